// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/instruction.hpp"

#include "executive/hal/machine.hpp"
#include "executive/ps/thread.hpp"

namespace ps {

namespace {

constexpr size_t kMostBytes = 4;

// Operand size, repetition and REX; the others do not occur on these instructions.
bool is_prefix(uint8_t byte) {
    return byte == 0x66 || byte == 0xf2 || byte == 0xf3 || (byte & 0xf0) == 0x40;
}

Instruction port_form(uint8_t opcode, bool operand_size, uint8_t length, uint8_t immediate) {
    Instruction instruction;
    instruction.kind = Instruction::Kind::Port;
    instruction.output = opcode & 2;
    instruction.width = !(opcode & 1) ? 1 : operand_size ? 2 : 4;
    instruction.length = length;
    bool through_dx = opcode & 8;
    if (!through_dx) {
        instruction.immediate_port = immediate;
        ++instruction.length;
    }
    return instruction;
}

Instruction software_interrupt(uint8_t number) {
    Instruction instruction;
    instruction.length = 2;
    instruction.kind = number == 0x29   ? Instruction::Kind::FastFail
                       : number == 0x2c ? Instruction::Kind::Assertion
                       : number == 0x2d ? Instruction::Kind::DebugService
                                        : Instruction::Kind::Other;
    return instruction;
}

bool privileged(uint8_t first, uint8_t second) {
    // hlt, cli, sti; mov to and from control and debug registers, lgdt and its kin, wrmsr, rdmsr, invd,
    // wbinvd, clts.
    if (first == 0xf4 || first == 0xfa || first == 0xfb) return true;
    if (first != 0x0f) return false;
    return (second >= 0x20 && second <= 0x23) || second == 0x00 || second == 0x01 || second == 0x06 ||
           second == 0x08 || second == 0x09 || second == 0x30 || second == 0x32;
}

}  // namespace

Instruction decode_instruction(mm::AddressSpace& space, uint64_t address) {
    uint8_t bytes[kMostBytes + 2] = {};
    for (size_t i = 0; i < sizeof bytes; ++i)
        if (!space.copy_in(&bytes[i], address + i, 1)) break;
    uint8_t at = 0;
    bool operand_size = false;
    for (; at < kMostBytes && is_prefix(bytes[at]); ++at)
        operand_size |= bytes[at] == 0x66;
    uint8_t opcode = bytes[at];
    uint8_t next = bytes[at + 1];
    // e4-e7 with an immediate port, ec-ef through dx.
    if ((opcode & 0xf4) == 0xe4) return port_form(opcode, operand_size, static_cast<uint8_t>(at + 1), next);
    if (opcode == 0xcd) return software_interrupt(next);
    Instruction instruction;
    if (privileged(opcode, next)) instruction.kind = Instruction::Kind::Privileged;
    return instruction;
}

// A driver host's own in or out, done for it when the port is its. True: it went on.
bool Thread::port_instruction(CONTEXT& context) {
    Process::Supervisor* host = process_->supervisor();
    Instruction instruction = decode_instruction(process_->space(), context.Rip);
    uint16_t port = instruction.immediate_port >= 0 ? static_cast<uint16_t>(instruction.immediate_port)
                                                    : static_cast<uint16_t>(context.Rdx);
    for (uint16_t i = 0; i < instruction.width; ++i)
        if (!host || !host->owns_port(static_cast<uint16_t>(port + i))) return false;
    uint64_t mask = instruction.width == 4 ? 0xffffffff : instruction.width == 2 ? 0xffff : 0xff;
    uint32_t value = static_cast<uint32_t>(context.Rax & mask);
    if (instruction.output) {
        if (instruction.width == 1) hal::out8(port, static_cast<uint8_t>(value));
        if (instruction.width == 2) hal::out16(port, static_cast<uint16_t>(value));
        if (instruction.width == 4) hal::out32(port, value);
    } else {
        value = instruction.width == 1   ? hal::in8(port)
                : instruction.width == 2 ? hal::in16(port)
                                         : hal::in32(port);
        // A 32-bit result clears the upper half, the smaller ones leave it.
        context.Rax = instruction.width == 4 ? value : (context.Rax & ~mask) | value;
    }
    context.Rip += instruction.length;
    context.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
    return static_cast<bool>(set_context(context));
}

}  // namespace ps
