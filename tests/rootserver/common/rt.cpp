// SPDX-License-Identifier: GPL-3.0-only
#include "rt.hpp"

extern "C" {
extern const char __executable_start[];
void thread_start();
void root_start(const seL4_BootInfo* boot_info);
}

namespace rt {

const seL4_BootInfo* info;

namespace {

constexpr Word kPage = 4096;
constexpr Word kStackSize = 4 * kPage;
constexpr Word kFreeAddresses = Word{1} << 40;

alignas(kPage) unsigned char stacks[kMaxThreads][kStackSize];
alignas(kPage) unsigned char buffers[kMaxThreads][kPage];
bool stack_used[kMaxThreads];

Word next_slot;
Word next_address = kFreeAddresses;
Word ram;  // the untyped that everything is made from

void choose_ram() {
    Word best = 0;
    for (Word i = 0; i < info->untyped.end - info->untyped.start; ++i) {
        const seL4_UntypedDesc& piece = info->untypedList[i];
        if (piece.isDevice || piece.sizeBits <= best) continue;
        best = piece.sizeBits;
        ram = info->untyped.start + i;
    }
    if (ram == 0) die("no RAM untyped");
}

void must(seL4_Error error, const char* what) {
    if (error != seL4_NoError) {
        print("error ", static_cast<int>(error));
        die(what);
    }
}

}  // namespace

Word slot() {
    if (next_slot == info->empty.end) die("out of capability slots");
    return next_slot++;
}

seL4_Error retype(Word from, Word type, Word size_bits, Word first_slot, Word count) {
    return seL4_Untyped_Retype(from, type, size_bits, seL4_CapInitThreadCNode, 0, 0, first_slot, count);
}

Word object(Word type, Word size_bits) {
    const Word target = slot();
    must(retype(ram, type, size_bits, target), "no memory for an object");
    return target;
}

Word untyped(Word size_bits) {
    return object(seL4_UntypedObject, size_bits);
}

Word frame_of(const void* page) {
    const auto offset =
        reinterpret_cast<Word>(page) - (reinterpret_cast<Word>(__executable_start) & ~(kPage - 1));
    return info->userImageFrames.start + offset / kPage;
}

void remove(Word target) {
    must(seL4_CNode_Delete(seL4_CapInitThreadCNode, target, 64), "delete");
}
void revoke(Word target) {
    must(seL4_CNode_Revoke(seL4_CapInitThreadCNode, target, 64), "revoke");
}

Word mint(Word source, seL4_CapRights_t rights, Word badge) {
    const Word target = slot();
    must(seL4_CNode_Mint(seL4_CapInitThreadCNode, target, 64, seL4_CapInitThreadCNode, source, 64, rights,
                         badge),
         "mint");
    return target;
}

Word copy(Word source, seL4_CapRights_t rights) {
    const Word target = slot();
    must(seL4_CNode_Copy(seL4_CapInitThreadCNode, target, 64, seL4_CapInitThreadCNode, source, 64, rights),
         "copy");
    return target;
}

Word io_ports(Word first, Word last) {
    const Word target = slot();
    must(
        seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, seL4_CapInitThreadCNode, target, 64),
        "I/O ports");
    return target;
}

seL4_Error map(Word frame, Word address, seL4_CapRights_t rights, Word attributes) {
    return map_in(seL4_CapInitThreadVSpace, frame, address, rights, attributes);
}

seL4_Error map_in(Word vspace, Word frame, Word address, seL4_CapRights_t rights, Word attributes) {
    constexpr Word kMissingLevel[] = {39, 30, 21};
    const auto attr = static_cast<seL4_X86_VMAttributes>(attributes);
    for (int tries = 0; tries < 4; ++tries) {
        const seL4_Error error = seL4_X86_Page_Map(frame, vspace, address, rights, attr);
        if (error != seL4_FailedLookup) return error;
        const Word missing = seL4_GetMR(2);
        if (missing == kMissingLevel[0]) {
            const Word table = object(seL4_X86_PDPTObject);
            must(seL4_X86_PDPT_Map(table, vspace, address, attr), "map PDPT");
        } else if (missing == kMissingLevel[1]) {
            const Word table = object(seL4_X86_PageDirectoryObject);
            must(seL4_X86_PageDirectory_Map(table, vspace, address, attr), "map PD");
        } else if (missing == kMissingLevel[2]) {
            const Word table = object(seL4_X86_PageTableObject);
            must(seL4_X86_PageTable_Map(table, vspace, address, attr), "map PT");
        } else {
            return error;
        }
    }
    return seL4_FailedLookup;
}

Word clone_vspace() {
    const Word vspace = object(seL4_X64_PML4Object);
    must(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace), "assign an ASID");
    const Word begin = reinterpret_cast<Word>(__executable_start) & ~(kPage - 1);
    const Word frames = info->userImageFrames.end - info->userImageFrames.start;
    for (Word i = 0; i < frames; ++i) {
        const Word frame = copy(info->userImageFrames.start + i);
        must(map_in(vspace, frame, begin + i * kPage), "map the image again");
    }
    return vspace;
}

Word addresses(Word size) {
    constexpr Word kUnit = Word{1} << 21;
    const Word result = next_address;
    next_address += (size + kUnit - 1) & ~(kUnit - 1);
    return result;
}

Thread make_thread(Word fault_handler, Word vspace) {
    for (int i = 0; i < kMaxThreads; ++i) {
        if (stack_used[i]) continue;
        stack_used[i] = true;
        const Word tcb = object(seL4_TCBObject);
        const auto buffer = reinterpret_cast<Word>(buffers[i]);
        must(seL4_TCB_Configure(tcb, fault_handler, seL4_CapInitThreadCNode, 0, vspace, 0, buffer,
                                frame_of(buffers[i])),
             "configure a thread");
        return {tcb, reinterpret_cast<seL4_IPCBuffer*>(buffer),
                reinterpret_cast<Word>(stacks[i] + kStackSize)};
    }
    die("out of thread stacks");
}

void start(const Thread& thread, Entry entry, Word argument, Word priority) {
    seL4_UserContext context{};
    context.rip = reinterpret_cast<Word>(thread_start);
    context.rsp = thread.stack_top;
    context.rflags = 0x202;
    context.rdi = reinterpret_cast<Word>(entry);
    context.rsi = argument;
    set_priority(thread.tcb, priority);
    must(seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 20, &context), "start a thread");
}

Thread spawn(Entry entry, Word argument, Word priority, Word fault_handler, Word vspace) {
    const Thread thread = make_thread(fault_handler, vspace);
    start(thread, entry, argument, priority);
    return thread;
}

void stop(const Thread& thread) {
    remove(thread.tcb);
    stack_used[(thread.stack_top - reinterpret_cast<Word>(stacks)) / kStackSize - 1] = false;
}

void set_priority(Word tcb, Word priority) {
    must(seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, priority), "set a priority");
}

}  // namespace rt

void root_start(const seL4_BootInfo* boot_info) {
    rt::info = boot_info;
    rt::next_slot = boot_info->empty.start;
    seL4_SetIPCBuffer(boot_info->ipcBuffer);
    rt::choose_ram();
    root_main();
    rt::power_off();
}
