// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/debug_registers.hpp"

#include <string.h>

#include "abi/nt/neptune.h"
#include "abi/nt/single_step.h"
#include "abi/sel4/extensions.h"
#include "executive/hal/machine.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/thread.hpp"

namespace ke {

namespace {

constexpr unsigned kBreakpoints = 4;
constexpr uint64_t kEnabled = 0x55;        // of DR7, the bits for one thread
constexpr uint64_t kControl = 0xffff0155;  // kinds and lengths, those bits, and exactness
constexpr uint64_t kStatus = 0xe00f;       // of DR6: breakpoints 0 to 3, and other causes
constexpr uint64_t kExecution = 0, kInputOutput = 2;

constinit bool announced;

// A program's instructions that reach ports fault before they do: such a breakpoint is never hit. That of an
// execution is the instruction's first byte, whatever length is said.
uint64_t armed_bits(uint64_t control, unsigned number) {
    const uint64_t enabled = control & uint64_t{1} << 2 * number;
    const unsigned shift = 16 + 4 * number;
    const uint64_t kind = control >> shift & 3;
    if (!enabled || kind == kInputOutput) return 0;
    return enabled | (kind == kExecution ? 0 : control & uint64_t{15} << shift);
}

}  // namespace

bool DebugRegisters::active() const {
    return control & kEnabled;
}

uint64_t DebugRegisters::armed() const {
    uint64_t bits = 0;
    for (unsigned i = 0; i < kBreakpoints; ++i)
        bits |= armed_bits(control, i);
    return bits;
}

bool has_debug_registers(const CONTEXT& context) {
    return (context.ContextFlags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS;
}

DebugRegisters to_debug_registers(const CONTEXT& context) {
    DebugRegisters registers{
        {context.Dr0, context.Dr1, context.Dr2, context.Dr3}, context.Dr6 & kStatus, context.Dr7 & kControl};
    if (!registers.active()) return {};
    for (uint64_t& address : registers.address)
        if (address > NEPTUNE_HIGHEST_USER_ADDRESS) address = 0;
    return registers;
}

void from_debug_registers(const DebugRegisters& registers, CONTEXT& context) {
    context.Dr0 = registers.address[0];
    context.Dr1 = registers.address[1];
    context.Dr2 = registers.address[2];
    context.Dr3 = registers.address[3];
    context.Dr6 = registers.status;
    context.Dr7 = registers.control;
}

void find_debug_registers() {
    announced = !hal::boot_block(NEPTUNE_BOOTINFO_DEBUG_REGISTERS).empty();
}

bool kernel_has_debug_registers() {
    return announced;
}

Result<void> load_debug_registers(CPtr tcb, const DebugRegisters& registers) {
    if (!announced) return fail(STATUS_NOT_SUPPORTED);
    seL4_Word words[kBreakpoints];
    memcpy(words, registers.address, sizeof words);
    seL4_GetIPCBuffer()->msg[kBreakpoints] = registers.armed();
    seL4_MessageInfo_t answer = seL4_CallWithMRs(
        tcb, seL4_MessageInfo_new(NEPTUNE_Label_TCB_SetDebugRegisters, 0, 0, kBreakpoints + 1), &words[0],
        &words[1], &words[2], &words[3]);
    if (seL4_MessageInfo_get_label(answer) != seL4_NoError) return fail(STATUS_NOT_SUPPORTED);
    return {};
}

// --- of a thread

// ntdll asks this word whether contexts of the thread's own go through the Executive.
void Thread::tell_of_breakpoints() const {
    uint64_t page = reinterpret_cast<uint64_t>(resources_.message_words - 1);
    *reinterpret_cast<volatile uint64_t*>(page + NEPTUNE_BREAKPOINTS - NEPTUNE_THREAD_PAGE) =
        debug_registers_.active();
}

Result<void> Thread::set_debug_registers(const CONTEXT& context) {
    if (!has_debug_registers(context)) return {};
    if (place_ == Place::Dead || !started_) return fail(STATUS_THREAD_IS_TERMINATING);
    const DebugRegisters wanted = to_debug_registers(context);
    DebugRegisters now = debug_registers_;
    now.status = wanted.status;
    if (memcmp(&now, &wanted, sizeof now) != 0) {
        if (wanted.active() || debug_registers_.active()) TRY(load_debug_registers(resources_.tcb, wanted));
    }
    debug_registers_ = wanted;
    tell_of_breakpoints();
    return {};
}

void Thread::show_debug_registers(CONTEXT& context) const {
    if (has_debug_registers(context)) from_debug_registers(debug_registers_, context);
}

void Thread::note_debug_status(uint64_t status) {
    if (debug_registers_.active()) debug_registers_.status = status & kStatus;
}

void Thread::drop_debug_registers() {
    if (!debug_registers_.active()) return;
    debug_registers_ = {};
    (void)load_debug_registers(resources_.tcb, debug_registers_);
}

}  // namespace ke
