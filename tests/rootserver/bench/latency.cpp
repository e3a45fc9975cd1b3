// SPDX-License-Identifier: GPL-3.0-only
// How long an interrupt may have to wait: the worst over many alarms that go off while another thread does
// what keeps a kernel busy longest. Only meaningful where the clock counts instructions (-icount shift=0).
#include "hpet.hpp"

namespace bench {
namespace {

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr int kAlarms = 150;
constexpr Word kLongestDelay = 60'000;
constexpr Word kMemoryBits = 22;

Word memory;
Word first_slot;
constexpr Word kSlots = 512;

void spin(Word) {
    for (;;)
        asm volatile("pause");
}

// One large object: megabytes to clear.
void clear_memory(Word) {
    for (;;) {
        rt::retype(memory, seL4_CapTableObject, kMemoryBits - 5, first_slot);
        rt::revoke(memory);
    }
}

void many_objects(Word) {
    for (;;) {
        rt::retype(memory, seL4_X86_4K, 0, first_slot, 256);
        rt::retype(memory, seL4_TCBObject, 0, first_slot + 256, 256);
        rt::revoke(memory);
    }
}

void many_copies(Word) {
    for (;;) {
        rt::retype(memory, seL4_EndpointObject, 0, first_slot);
        for (Word i = 1; i < kSlots; ++i) {
            seL4_CNode_Mint(kRoot, first_slot + i, 64, kRoot, first_slot, 64, seL4_AllRights, i);
        }
        rt::revoke(first_slot);
        rt::revoke(memory);
    }
}

// A CNode full of capabilities to other objects, taken apart as a zombie.
void full_cnode(Word) {
    for (;;) {
        rt::retype(memory, seL4_CapTableObject, 9, first_slot);
        seL4_Untyped_Retype(memory, seL4_EndpointObject, 0, first_slot, 0, 0, 0, 256);
        seL4_Untyped_Retype(memory, seL4_NotificationObject, 0, first_slot, 0, 0, 256, 256);
        rt::remove(first_slot);
        rt::revoke(memory);
    }
}

// A whole address space at once: its tables vanish with their pages mapped.
void address_spaces(Word) {
    const Word base = rt::addresses(Word{1} << 21);
    for (;;) {
        const Word vspace = first_slot;
        rt::retype(memory, seL4_X64_PML4Object, 0, vspace);
        seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace);
        rt::retype(memory, seL4_X86_PDPTObject, 0, vspace + 1);
        seL4_X86_PDPT_Map(vspace + 1, vspace, base, seL4_X86_WriteBack);
        rt::retype(memory, seL4_X86_PageDirectoryObject, 0, vspace + 2);
        seL4_X86_PageDirectory_Map(vspace + 2, vspace, base, seL4_X86_WriteBack);
        rt::retype(memory, seL4_X86_PageTableObject, 0, vspace + 3);
        seL4_X86_PageTable_Map(vspace + 3, vspace, base, seL4_X86_WriteBack);
        rt::retype(memory, seL4_X86_4K, 0, vspace + 4, 64);
        for (Word i = 0; i < 64; ++i) {
            seL4_X86_Page_Map(vspace + 4 + i, vspace, base + i * 4096, seL4_ReadWrite, seL4_X86_WriteBack);
        }
        seL4_X86_PageTable_Unmap(vspace + 3);
        rt::remove(vspace);
        rt::revoke(memory);
    }
}

[[gnu::naked]] void receive_forever() {
    asm volatile("movq $-5, %rdx; syscall; 1: jmp 1b");
}

void start_receivers(Word first_tcb, Word count, Word endpoint) {
    seL4_UserContext context{};
    context.rip = reinterpret_cast<Word>(receive_forever);
    context.rdi = endpoint;
    for (Word tcb = first_tcb; tcb < first_tcb + count; ++tcb) {
        seL4_TCB_SetSpace(tcb, 0, kRoot, 0, seL4_CapInitThreadVSpace, 0);
        rt::set_priority(tcb, kPriority - 1);
        seL4_TCB_WriteRegisters(tcb, 1, 0, 20, &context);
    }
}

// Hundreds of threads wait at one endpoint, which then vanishes.
void long_queue(Word) {
    constexpr Word kThreads = 256;
    const Word endpoint = first_slot + kThreads;
    for (;;) {
        rt::retype(memory, seL4_EndpointObject, 0, endpoint);
        rt::retype(memory, seL4_TCBObject, 0, first_slot, kThreads);
        start_receivers(first_slot, kThreads, endpoint);
        rt::remove(endpoint);
        rt::revoke(memory);
    }
}

// Endpoints vanish one after the other, at each some dozens of threads.
void many_queues(Word) {
    constexpr Word kThreads = 60, kEndpoints = 8;
    const Word endpoints = first_slot + kThreads * kEndpoints;
    for (;;) {
        for (Word i = 0; i < kEndpoints; ++i)
            rt::retype(memory, seL4_TCBObject, 0, first_slot + i * kThreads, kThreads);
        rt::retype(memory, seL4_EndpointObject, 0, endpoints, kEndpoints);
        for (Word i = 0; i < kEndpoints; ++i)
            start_receivers(first_slot + i * kThreads, kThreads, endpoints + i);
        rt::revoke(memory);
    }
}

// Every I/O port that nobody holds, handed out and taken back.
void many_ports(Word) {
    constexpr Word kFirst = 0x1000, kLast = 0xffff;
    for (;;) {
        seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, kFirst, kLast, kRoot, first_slot, 64);
        rt::remove(first_slot);
    }
}

constexpr Word kFarEndpoint = 1;  // its CPtr, and its badge
constexpr Word kFullMessage = seL4_MsgMaxExtraCaps << 7 | seL4_MsgMaxLength;

[[gnu::naked]] void call_forever() {
    asm volatile("1: movq $-1, %%rdx; movq %0, %%rdi; movq %1, %%rsi; syscall; jmp 1b"
                 :
                 : "i"(kFarEndpoint), "i"(kFullMessage));
}
[[gnu::naked]] void serve_forever() {
    asm volatile("1: movq $-2, %%rdx; movq %0, %%rdi; movq %1, %%rsi; syscall; jmp 1b"
                 :
                 : "i"(kFarEndpoint), "i"(kFullMessage));
}

void start_far_thread(Word tcb, Word cspace, void (*code)()) {
    seL4_IPCBuffer* buffer = seL4_GetIPCBuffer();
    seL4_TCB_Configure(tcb, 0, cspace, 0, seL4_CapInitThreadVSpace, 0, reinterpret_cast<Word>(buffer),
                       rt::frame_of(buffer));
    rt::set_priority(tcb, kPriority - 2);
    seL4_UserContext context{};
    context.rip = reinterpret_cast<Word>(code);
    seL4_TCB_WriteRegisters(tcb, 1, 0, 20, &context);
}

// The longest messages with all their capabilities, in a CSpace of 64 levels: a CNode of two slots, the first
// of which leads back to it.
void far_capabilities(Word) {
    const Word node = first_slot, endpoint = first_slot + 1, tcbs = first_slot + 2;
    rt::retype(memory, seL4_CapTableObject, 1, node);
    rt::retype(memory, seL4_EndpointObject, 0, endpoint);
    rt::retype(memory, seL4_TCBObject, 0, tcbs, 2);
    seL4_CNode_Copy(node, 0, 1, kRoot, node, 64, seL4_AllRights);
    seL4_CNode_Mint(node, 1, 1, kRoot, endpoint, 64, seL4_AllRights, kFarEndpoint);
    start_far_thread(tcbs, node, serve_forever);
    start_far_thread(tcbs + 1, node, call_forever);
    // What arrives, badges, is what goes out next, CPtrs.
    seL4_IPCBuffer* buffer = seL4_GetIPCBuffer();
    for (Word& cap : buffer->caps_or_badges)
        cap = kFarEndpoint;
    buffer->receiveCNode = 0;
    buffer->receiveIndex = 0;
    buffer->receiveDepth = 64;
    for (;;)
        seL4_Yield();
}

struct Load {
    const char* name;
    rt::Entry run;
};
constexpr Load kLoads[] = {
    {"interrupt_latency_user", spin},           {"interrupt_latency_clear", clear_memory},
    {"interrupt_latency_retype", many_objects}, {"interrupt_latency_revoke", many_copies},
    {"interrupt_latency_cnode", full_cnode},    {"interrupt_latency_vspace", address_spaces},
    {"interrupt_latency_queue", long_queue},    {"interrupt_latency_queues", many_queues},
    {"interrupt_latency_ports", many_ports},    {"interrupt_latency_lookup", far_capabilities},
};

}  // namespace

void measure_latency() {
    Alarm alarm;
    if (!alarm.open()) return;
    memory = rt::untyped(kMemoryBits);
    first_slot = rt::slot();
    for (Word i = 1; i < kSlots; ++i)
        rt::slot();
    Word delay = 1;
    for (const Load& load : kLoads) {
        const rt::Thread thread = rt::spawn(load.run, 0, kPriority - 2);
        // The stubs know one buffer; while alarms ring only the load has use for it.
        seL4_SetIPCBuffer(thread.buffer);
        Word worst = 0;
        for (int i = 0; i < kAlarms; ++i) {
            delay = (delay * 1103515245 + 12345) % kLongestDelay;
            const Word late = alarm.late(20'000 + delay);
            if (late > worst) worst = late;
        }
        seL4_SetIPCBuffer(rt::info->ipcBuffer);
        rt::stop(thread);
        rt::revoke(memory);
        rt::remove(first_slot);  // what was not made of memory
        report(load.name, "", worst);
    }
}

}  // namespace bench
