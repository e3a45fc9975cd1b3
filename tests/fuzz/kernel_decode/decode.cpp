// SPDX-License-Identifier: GPL-3.0-only
// libFuzzer: the bytes are system calls, interrupts and faults of whatever threads come to run. After each
// the derivation tree and the scheduler must be in order.
#include "abi/sel4/extensions.h"
#include "kernel/api/entry.hpp"
#include "kernel/sched/sched.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

void require(bool condition) {
    if (!condition) __builtin_trap();
}

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
    bool empty() const { return left_ == 0; }
    std::uint8_t byte() {
        if (left_ == 0) return 0;
        left_--;
        return *data_++;
    }
    // Small numbers mostly: one byte, or an interesting one, or eight bytes.
    Word word() {
        const std::uint8_t kind = byte();
        if (kind < 160) return kind;
        if (kind < 220) return Word{kind - 160u} << 12;
        if (kind < 240) return Word{1} << (byte() & 63);
        if (kind < 250) return ~Word{byte()};
        Word value = 0;
        for (int i = 0; i < 8; i++)
            value = value << 8 | byte();
        return value;
    }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

void check_slot(const Cte& slot) {
    if (slot.is_empty()) {
        require(slot.links.previous == 0 && slot.links.next_and_flags == 0);
        return;
    }
    require(!slot.next() || slot.next()->previous() == &slot);
    require(!slot.previous() || slot.previous()->next() == &slot);
}

void check(Kernel& kernel) {
    for (Word i = 0; i < 1024; i++)
        check_slot(kernel.slot(i));
    for (Word i = 0; i < Tcb::kSlots; i++)
        check_slot(kernel.root().slots()[i]);
    require(kernel_current->state == ThreadState::running || kernel_current == &kernel_idle);
    require(!kernel_current->queued && !sched::state.candidate && !sched::state.choose);
    const int highest = sched::highest(sched::state.ready[sched::state.domain]);
    require(kernel_current == &kernel_idle ? highest < 0 : highest <= kernel_current->priority);
}

void system_call(Kernel& kernel, Input& input, std::int64_t number) {
    auto& context = kernel_current->arch.context;
    const Word cptr = input.word();
    Word label = input.byte();
    if (label >= 0xf0) label += NEPTUNE_Label_VSpace_MapPages - 0xf0;
    const Word length = input.byte() % 16, extra = input.byte() % 4;
    IpcBuffer* buffer = ipc_buffer(*kernel_current, true);
    for (Word i = 0; i < length && (i < kMessageRegisters || buffer); i++)
        set_message_word(context, buffer, i, input.word());
    for (Word i = 0; buffer && i < extra; i++)
        buffer->caps_or_badges[i] = input.word();
    if (buffer && extra == 3) {
        buffer->receiveCNode = seL4_CapInitThreadCNode;
        buffer->receiveIndex = input.word();
        buffer->receiveDepth = 64;
    }
    kernel.syscall(number, cptr, label << 12 | extra << 7 | length);
}

void event(Kernel& kernel, Input& input) {
    const std::uint8_t kind = input.byte();
    if (kind < 16) return kernel_timer_tick();
    if (kind < 24) return kernel_interrupt(input.byte());
    if (kernel_current == &kernel_idle) return kernel_timer_tick();
    if (kind < 32) return kernel_vm_fault(input.word(), kind & 31, kind & 1);
    if (kind < 40) return kernel_user_exception(kind & 7, input.byte());
    if (kind < 44) return kernel_unknown_trap(input.word());
    const std::int64_t number = kind < 160 ? -1 : -static_cast<std::int64_t>(kind % 10 + 1);
    system_call(kernel, input, number);
}

// A few threads, endpoints and levels of paging to begin with.
void furnish(Kernel& kernel) {
    const Word endpoint = kernel.make(seL4_EndpointObject);
    kernel.make(seL4_NotificationObject);
    for (std::uint8_t priority : {255, 255, 100}) {
        const Word thread = kernel.make_thread(priority, endpoint);
        kernel.call(thread, seL4_Label_TCB_Resume);
    }
    kernel.make(seL4_CapTableObject, 4);
    kernel.call(kernel.make(seL4_X86_PDPTObject), seL4_Label_PDPT_Map, {0, 0}, {seL4_CapInitThreadVSpace});
    kernel.call(kernel.make(seL4_X86_PageDirectoryObject), seL4_Label_PageDirectory_Map, {0, 0},
                {seL4_CapInitThreadVSpace});
    kernel.make(seL4_X86_PageTableObject);
    kernel.make(seL4_X86_4K, 0, 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Kernel kernel;
    furnish(kernel);
    Input input(data, size);
    fake::interrupts.every = input.byte() % 8;
    while (!input.empty()) {
        event(kernel, input);
        check(kernel);
    }
    return 0;
}
