// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/helper_thread.hpp"

#include "abi/sel4/sel4.h"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/registers.hpp"

namespace ke {

namespace {

Result<CPtr> badged_endpoint(uint64_t badge) {
    CPtr slot = TRY(allocate_slot());
    seL4_Error error = seL4_CNode_Mint(cspace_root(), slot, kDepth, cspace_root(), service_endpoint(), kDepth,
                                       seL4_CapRights_new(1, 0, 0, 1), badge);
    if (!error) return slot;
    free_slot(slot);
    return fail(from_kernel(error));
}

}  // namespace

Result<void> HelperThread::start(unsigned kernel_priority) {
    ASSERT(resources_.tcb == 0);
    wake_ = TRY(allocate_notification());
    serving_ = TRY(badged_endpoint(reinterpret_cast<uint64_t>(this) | Dispatcher::kHelperBit));
    resources_ = TRY(allocate_helper());
    set_priority(kernel_priority);
    seL4_UserContext registers{};
    registers.rip = reinterpret_cast<uint64_t>(&enter);
    // As behind a call instruction.
    registers.rsp = resources_.stack_top - sizeof(uint64_t);
    registers.rflags = 0x202;
    registers.rdi = reinterpret_cast<uint64_t>(this);
    seL4_Error error = seL4_TCB_WriteRegisters(resources_.tcb, true, 0, kRegisterCount, &registers);
    return error ? Result<void>(fail(from_kernel(error))) : Result<void>();
}

void HelperThread::set_priority(unsigned kernel_priority) {
    seL4_TCB_SetSchedParams(resources_.tcb, seL4_CapInitThreadTCB, 0, kernel_priority);
}

void HelperThread::signal() {
    seL4_RawSend(seL4_SysNBSend, wake_, 0, 0, 0, 0, 0);
}

void HelperThread::enter(HelperThread* self) {
    self->run();
    // The notification of a thread that has returned is signalled for nobody.
    for (;;)
        self->wait();
}

void HelperThread::wait() {
    seL4_Word badge, words[4];
    seL4_RawCall(seL4_SysRecv, wake_, &badge, 0, &words[0], &words[1], &words[2], &words[3]);
}

uint64_t HelperThread::call(uint64_t word) {
    seL4_Word badge, words[4] = {word, 0, 0, 0};
    seL4_RawCall(seL4_SysCall, serving_, &badge, seL4_MessageInfo_new(0, 0, 0, 1).words[0], &words[0],
                 &words[1], &words[2], &words[3]);
    return words[0];
}

seL4_Error HelperThread::retype(CPtr untyped, seL4_Word type, seL4_Word size_bits, CPtr root,
                                seL4_Word node_index, seL4_Word depth, seL4_Word index, seL4_Word count) {
    constexpr unsigned kArguments = 6;
    seL4_Word badge, words[4] = {type, size_bits, node_index, depth};
    buffer().msg[4] = index;
    buffer().msg[5] = count;
    buffer().caps_or_badges[0] = root;
    seL4_Word info = seL4_MessageInfo_new(seL4_Label_Untyped_Retype, 0, 1, kArguments).words[0];
    seL4_MessageInfo_t answer = {
        {seL4_RawCall(seL4_SysCall, untyped, &badge, info, &words[0], &words[1], &words[2], &words[3])}};
    return static_cast<seL4_Error>(seL4_MessageInfo_get_label(answer));
}

}  // namespace ke
