// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/entry.hpp"
#include "kernel/object/io_port.hpp"
#include "kernel/object/irq.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/platform/platform.hpp"
#include "kernel/sched/sched.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace fake {

using namespace kernel;

namespace {

constexpr Word kCNodeAddress = Word{1} << 20, kTcbAddress = Word{2} << 20, kPml4Address = kTcbAddress + 4096;
constexpr Word kPoolAddress = kPml4Address + 4096, kBufferAddress = kPoolAddress + 4096;
constexpr Word kIrqSlots = kBufferAddress + 4096;
constexpr Word kBufferVirtual = 0x40'0000;

// Forgets what an earlier test left in the kernel's own tables.
void reset_tables() {
    sched::state = {};
    kernel_idle = {};
    for (Word irq = 0; irq < platform::kIrqCount; irq++)
        release_irq(irq);
    release_io_ports(IoPortCap{.first = 0, .last = 65535});
    for (Word i = 0; i < vspace::kAsidPools; i++) {
        if (const auto* pool = vspace::find_pool(i))
            vspace::release_pool({.base = i * vspace::kAsidsPerPool, .address = arch::window_offset(pool)});
    }
}

}  // namespace

Kernel::Kernel() {
    reset_tables();
    map_memory();
    interrupts = {};
    arch::features.fsgsbase = true;
    boot_objects();
    boot_thread();
}

const Cte& Kernel::irq_slot(Word irq) {
    return arch::from_physical<Cte>(kIrqSlots)[irq];
}

void Kernel::boot_objects() {
    cnode_ = arch::from_physical<Cte>(kCNodeAddress);
    buffer_ = arch::from_physical<IpcBuffer>(kBufferAddress);
    initialise_irqs(arch::from_physical<Cte>(kIrqSlots));
    auto& pool = *arch::from_physical<vspace::AsidPool>(kPoolAddress);
    vspace::install_pool(0, pool);
    vspace::assign_asid(arch::from_physical<Word>(kPml4Address), 1);
    TableCap pml4 = table_cap(CapTag::pml4, kPml4Address);
    pml4.asid = 1;
    insert_root_cap(slot(seL4_CapInitThreadTCB), TcbCap{.address = kTcbAddress});
    insert_root_cap(slot(seL4_CapInitThreadCNode),
                    CNodeCap{.address = kCNodeAddress, .radix = kRadix, .guard_size = 64 - kRadix});
    insert_root_cap(slot(seL4_CapInitThreadVSpace), pml4);
    insert_root_cap(slot(seL4_CapIRQControl), control_cap(CapTag::irq_control));
    insert_root_cap(slot(seL4_CapASIDControl), control_cap(CapTag::asid_control));
    insert_root_cap(slot(seL4_CapInitThreadASIDPool), AsidPoolCap{.base = 0, .address = kPoolAddress});
    insert_root_cap(slot(seL4_CapIOPortControl), control_cap(CapTag::io_port_control));
    insert_root_cap(
        slot(seL4_CapInitThreadIPCBuffer),
        FrameCap{.asid = 1, .page = kBufferVirtual >> 12, .address = kBufferAddress, .rights = 3});
    insert_root_cap(slot(seL4_CapDomain), control_cap(CapTag::domain));
    insert_root_cap(slot(kUntyped), UntypedCap{.address = kUntypedAddress, .size_bits = kUntypedBits});
    insert_root_cap(slot(kDeviceUntyped),
                    UntypedCap{.address = kDeviceAddress, .size_bits = 31, .device = 1});
    insert_root_cap(slot(kSmallUntyped), UntypedCap{.address = kSmallAddress, .size_bits = 12});
}

void Kernel::boot_thread() {
    root_ = arch::from_physical<Tcb>(kTcbAddress);
    initialise_tcb(*root_, 0);
    root_->priority = root_->mcp = 255;
    root_->state = ThreadState::running;
    root_->buffer_address = kBufferVirtual;
    insert_derived_cap(slot(seL4_CapInitThreadCNode).cap, slot(seL4_CapInitThreadCNode), root_->cspace);
    insert_derived_cap(slot(seL4_CapInitThreadVSpace).cap, slot(seL4_CapInitThreadVSpace), root_->vspace);
    Cte& frame = slot(seL4_CapInitThreadIPCBuffer);
    insert_derived_cap(FrameCap{.address = kBufferAddress, .rights = 3}, frame, root_->buffer);
    ensure_master_reply(*root_);
    sched::start(*root_);
}

void Kernel::syscall(std::int64_t number, Word cptr, Word info) {
    constexpr Word kInstruction = 0x1000;
    auto& context = kernel_current->arch.context;
    Tcb* caller = kernel_current;
    context.rdx = static_cast<Word>(number);
    context.rdi = cptr;
    context.rsi = info;
    // A preempted call is one whose thread is about to make it again.
    for (int tries = 0; tries < 100'000; tries++) {
        context.fault_ip = kInstruction;
        context.rip = kInstruction + 2;
        context.trap = arch::kTrapSyscall;
        bool done = false;
        if (number == seL4_SysCall) {
            done = kernel_call() != nullptr;
        } else if (number == seL4_SysReplyRecv) {
            done = kernel_reply_recv() != nullptr;
        } else {
            kernel_syscall();
        }
        if (done || kernel_current != caller || context.rip != kInstruction) return;
    }
    __builtin_trap();
}

Answer Kernel::call(Word cptr, Word label, const std::vector<Word>& words, const std::vector<Word>& caps) {
    auto& context = kernel_current->arch.context;
    IpcBuffer* buffer = ipc_buffer(*kernel_current, true);
    for (Word i = 0; i < words.size(); i++)
        set_message_word(context, buffer, i, words[i]);
    for (Word i = 0; i < caps.size(); i++)
        buffer->caps_or_badges[i] = caps[i];
    syscall(seL4_SysCall, cptr, (label << 12) | (Word{caps.size()} << 7) | words.size());
    const MessageInfo info{context.rsi};
    Answer answer{.label = info.label(), .length = info.length(), .badge = context.rdi, .mr = {}};
    for (Word i = 0; i < 8 && i < answer.length; i++)
        answer.mr[i] = i < kMessageRegisters ? message_registers(context)[i] : buffer->msg[i];
    return answer;
}

Answer Kernel::call(Word cptr, Word label, std::initializer_list<Word> words,
                    std::initializer_list<Word> caps) {
    return call(cptr, label, std::vector<Word>(words), std::vector<Word>(caps));
}

Word Kernel::make(seL4_ObjectType type, Word size_bits, Word count) {
    const Word first = next_slot_;
    next_slot_ += count;
    const Answer answer = call(kUntyped, seL4_Label_Untyped_Retype, {type, size_bits, 0, 0, first, count},
                               {seL4_CapInitThreadCNode});
    if (answer.label != seL4_NoError) __builtin_trap();
    return first;
}

Word Kernel::make_thread(std::uint8_t priority, Word fault_handler) {
    const Word tcb = make(seL4_TCBObject), frame = make(seL4_X86_4K);
    call(tcb, seL4_Label_TCB_Configure, {fault_handler, 0, 0, kBufferVirtual},
         {seL4_CapInitThreadCNode, seL4_CapInitThreadVSpace, frame});
    call(tcb, seL4_Label_TCB_SetSchedParams, {255, priority}, {seL4_CapInitThreadTCB});
    return tcb;
}

}  // namespace fake
