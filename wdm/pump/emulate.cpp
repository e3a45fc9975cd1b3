// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/pump/emulate.hpp"

#include "abi/wdm/ketypes.h"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/ports.hpp"
#include "wdm/ke/thread.hpp"

namespace pump {
namespace {

constexpr ULONG64 kDirectionFlag = 1 << 10;

struct Prefixes {
    bool operand16 = false;
    bool repeat = false;
    UCHAR rex = 0;
};

const UCHAR* skip_prefixes(const UCHAR* code, Prefixes& prefixes) {
    for (int i = 0; i < 4; i++, code++) {
        if (*code == 0x66)
            prefixes.operand16 = true;
        else if (*code == 0xf2 || *code == 0xf3)
            prefixes.repeat = true;
        else if ((*code & 0xf0) == 0x40)
            prefixes.rex = *code;
        else
            break;
    }
    return code;
}

ULONG64& general_register(CONTEXT& context, ULONG number) {
    return (&context.Rax)[number & 15];
}

// A narrow read leaves the rest of rax as it was; a 32-bit one clears the upper half.
void set_accumulator(CONTEXT& context, ULONG bytes, ULONG value) {
    if (bytes == 4) {
        context.Rax = value;
        return;
    }
    ULONG64 mask = bytes == 1 ? 0xff : 0xffff;
    context.Rax = (context.Rax & ~mask) | (value & mask);
}

bool port_in(CONTEXT& context, USHORT port, ULONG bytes) {
    ULONG value = 0;
    if (!ke::read_port(port, bytes, value)) return false;
    set_accumulator(context, bytes, value);
    return true;
}

bool port_out(const CONTEXT& context, USHORT port, ULONG bytes) {
    return ke::write_port(port, bytes, static_cast<ULONG>(context.Rax));
}

// ins and outs, with or without rep. Memory is touched as the driver would: a bad pointer faults here the
// same.
bool port_string(CONTEXT& context, bool in, bool repeat, ULONG bytes) {
    LONGLONG step = (context.EFlags & kDirectionFlag) != 0 ? -static_cast<LONGLONG>(bytes) : bytes;
    auto port = static_cast<USHORT>(context.Rdx);
    ULONG64& pointer = in ? context.Rdi : context.Rsi;
    ULONG64 count = repeat ? context.Rcx : 1;
    for (; count != 0; count--) {
        auto* memory = reinterpret_cast<void*>(pointer);
        ULONG value = 0;
        if (in) {
            if (!ke::read_port(port, bytes, value)) return false;
            __builtin_memcpy(memory, &value, bytes);
        } else {
            __builtin_memcpy(&value, memory, bytes);
            if (!ke::write_port(port, bytes, value)) return false;
        }
        pointer += static_cast<ULONG64>(step);
        if (repeat) context.Rcx = count - 1;
    }
    return true;
}

bool set_irql(KIRQL irql) {
    if (irql > ke::current_irql())
        ke::raise_irql(irql);
    else
        ke::lower_irql(irql);
    return true;
}

// mov between a general and a control register; of the control registers only cr8, the IRQL, is a driver's
// business.
bool control_register(CONTEXT& context, bool write, UCHAR modrm, UCHAR rex) {
    ULONG control = ((modrm >> 3) & 7) + ((rex & 4) != 0 ? 8 : 0);
    ULONG64& general = general_register(context, (modrm & 7u) + ((rex & 1) != 0 ? 8 : 0));
    if (control != 8) return false;
    if (write) return set_irql(static_cast<KIRQL>(general & 15));
    general = ke::current_irql();
    return true;
}

bool clear_interrupts() {
    _KTHREAD& thread = ke::current();
    if (thread.irql == HIGH_LEVEL) return true;
    thread.irql_before_cli = ke::raise_irql(HIGH_LEVEL);
    return true;
}

bool set_interrupts() {
    _KTHREAD& thread = ke::current();
    if (thread.irql == HIGH_LEVEL) ke::lower_irql(thread.irql_before_cli);
    return true;
}

// The two-byte instructions; `length` counts from the 0f.
bool two_byte(CONTEXT& context, const UCHAR* code, UCHAR rex, ULONG& length) {
    length = 2;
    switch (code[1]) {
        case 0x08:  // invd
        case 0x09:  // wbinvd: caches are coherent here, and the Executive's to flush
            return true;
        case 0x20:
        case 0x22:
            length = 3;
            return control_register(context, code[1] == 0x22, code[2], rex);
        default:
            return false;
    }
}

bool one_byte(CONTEXT& context, const UCHAR* code, const Prefixes& prefixes, ULONG& length) {
    UCHAR opcode = code[0];
    ULONG wide = prefixes.operand16 ? 2 : 4;
    ULONG bytes = (opcode & 1) != 0 ? wide : 1;
    length = 1;
    switch (opcode) {
        case 0x6c:
        case 0x6d:
            return port_string(context, true, prefixes.repeat, bytes);
        case 0x6e:
        case 0x6f:
            return port_string(context, false, prefixes.repeat, bytes);
        case 0xe4:
        case 0xe5:
            length = 2;
            return port_in(context, code[1], bytes);
        case 0xe6:
        case 0xe7:
            length = 2;
            return port_out(context, code[1], bytes);
        case 0xec:
        case 0xed:
            return port_in(context, static_cast<USHORT>(context.Rdx), bytes);
        case 0xee:
        case 0xef:
            return port_out(context, static_cast<USHORT>(context.Rdx), bytes);
        case 0xf4:
            platform::yield();
            return true;  // hlt
        case 0xfa:
            return clear_interrupts();
        case 0xfb:
            return set_interrupts();
        default:
            return false;
    }
}

}  // namespace

bool emulate(CONTEXT& context, const UCHAR* code) {
    Prefixes prefixes;
    const UCHAR* opcode = skip_prefixes(code, prefixes);
    ULONG length = 0;
    bool done = *opcode == 0x0f ? two_byte(context, opcode, prefixes.rex, length)
                                : one_byte(context, opcode, prefixes, length);
    if (done) context.Rip += static_cast<ULONG64>(opcode - code) + length;
    return done;
}

}  // namespace pump
