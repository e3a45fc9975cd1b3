// SPDX-License-Identifier: GPL-3.0-only
// What abi/sel4/extensions.h adds: tested where it is announced, and nothing to say where it is not.
#include "abi/sel4/extensions.h"

#include "harness.hpp"

namespace conformance {
namespace {

const seL4_BootInfoHeader* find_block(Word id) {
    const auto* bytes = reinterpret_cast<const char*>(rt::info) + 4096;
    for (Word at = 0; at + sizeof(seL4_BootInfoHeader) <= rt::info->extraLen;) {
        const auto* header = reinterpret_cast<const seL4_BootInfoHeader*>(bytes + at);
        seL4_BootInfoHeader copy;
        __builtin_memcpy(&copy, header, sizeof copy);
        if (copy.id == id) return header;
        if (copy.len == 0) break;
        at += copy.len;
    }
    return nullptr;
}

void check_execute_disable() {
    if (!find_block(NEPTUNE_BOOTINFO_EXECUTE_DISABLE)) return;
    const Word frame = rt::object(seL4_X86_4K), page = rt::addresses(4096);
    expect_code("extension: map a page not to be executed",
                rt::map(frame, page, seL4_ReadWrite, NEPTUNE_X86_ExecuteDisable));
    volatile auto* code = reinterpret_cast<volatile unsigned char*>(page);
    code[0] = 0x90;  // nop
    code[1] = 0xeb;  // and again
    code[2] = 0xfd;
    const Word handler = rt::object(seL4_EndpointObject);
    const rt::Thread thread = rt::spawn(reinterpret_cast<rt::Entry>(page), 0, kOwnPriority, handler);
    Word badge, mr[4] = {};
    const auto info = seL4_RecvWithMRs(handler, &badge, &mr[0], &mr[1], &mr[2], &mr[3]);
    expect("extension: executing it is a page fault", seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault);
    expect_equal("extension: at the instruction", mr[seL4_VMFault_IP], page);
    expect_equal("extension: as a prefetch", mr[seL4_VMFault_PrefetchFault], 1);
    expect_equal("extension: of a present page, by a user, of an instruction", mr[seL4_VMFault_FSR], 0x15);
    rt::stop(thread);
}

void check_page_runs() {
    // A stock kernel's VSpace has no invocations.
    const bool announced = find_block(NEPTUNE_BOOTINFO_PAGE_RUNS);
    const Word page = rt::addresses(3 * 4096), frame = rt::object(seL4_X86_4K);
    if (!announced) {
        expect_error("extension: no runs of pages",
                     invoke(kSpace, NEPTUNE_Label_VSpace_MapPages, {page, 3, 0, frame, 0}, {kRoot}),
                     seL4_IllegalOperation);
        return;
    }
    rt::map(frame, page);  // with the tables it takes
    const Word second = rt::object(seL4_X86_4K), copy = rt::slot(),
               endpoint = rt::object(seL4_EndpointObject);
    const auto map = [&](std::initializer_list<Word> words) {
        return invoke(kSpace, NEPTUNE_Label_VSpace_MapPages, words, {kRoot});
    };
    // An interrupt may end a run early; what is done again stays as it is.
    const auto expect_done = [&](const char* name, std::initializer_list<Word> words, Word count) {
        Answer answer = map(words);
        for (int i = 0; i < 3 && answer.label == seL4_NoError && answer.mr[0] < count; ++i)
            answer = map(words);
        expect(name, answer.label == seL4_NoError && answer.length == 1 && answer.mr[0] == count);
    };
    expect_error("extension: a run without a page", map({page, 3, 0}), seL4_TruncatedMessage);
    expect_error("extension: a run that begins with no frame", map({page, 3, 0, endpoint, 0}),
                 seL4_InvalidCapability, {1});
    expect_error("extension: a run into a slot in use", map({page, 3, 0, second, endpoint}),
                 seL4_DeleteFirst);
    expect_done("extension: a run of two", {page, 3, 0, frame, 0, second, 0}, 2);
    expect_success("extension: a copy",
                   invoke(kSpace, NEPTUNE_Label_VSpace_UnmapPages, {0, second}, {kRoot}));
    expect_success("extension: made on the way", map({page + 4096, 3, 0, second, copy}));
    expect_done("extension: what has no frame stays as it is",
                {page, 3, 0, frame, 0, 0, 0, second, 0, endpoint, 0}, 3);
    auto* words = reinterpret_cast<volatile Word*>(page);
    words[0] = 1;
    words[512] = 2;
    expect("extension: what is written through a copy", words[1024] == 2 && words[0] == 1);
    Answer left = invoke(kSpace, NEPTUNE_Label_VSpace_UnmapPages, {0b10, frame, copy, endpoint}, {kRoot});
    expect("extension: a run that ends early",
           left.label == seL4_NoError && (left.mr[0] == 1 || left.mr[0] == 2));
    if (left.mr[0] == 1) left = invoke(kSpace, NEPTUNE_Label_VSpace_UnmapPages, {1, copy}, {kRoot});
    expect("extension: the copy is gone", is_empty(copy));
    expect_code("extension: and the frame may go elsewhere", rt::map(frame, page + 4096));
    expect("extension: with what is in it", words[512] == 1);
    // Pages that the CPU has looked at change their rights, and are gone.
    expect_done("extension: a run for reading", {page + 4096, 2, 0, frame, 0, second, 0}, 2);
    const Word handler = rt::object(seL4_EndpointObject);
    const rt::Thread writer = rt::spawn([](Word at) { *reinterpret_cast<volatile Word*>(at) = 3; },
                                        page + 8192, kOwnPriority, handler);
    Word badge, mr[4] = {};
    seL4_RecvWithMRs(handler, &badge, &mr[0], &mr[1], &mr[2], &mr[3]);
    expect_equal("extension: writing there is a page fault", mr[seL4_VMFault_Addr], page + 8192);
    rt::stop(writer);
    expect("extension: and nothing was written", words[1024] == 2);
}

// A thread of its own that writes a word, and runs a function.
volatile Word watched[2];

[[gnu::noinline]] void stopped_function() {
    asm volatile("" : : : "memory");
}

void write_and_run(Word) {
    for (;;) {
        watched[0] = 1;
        watched[1] = 2;
        stopped_function();
    }
}

struct Stop {
    Word label, ip, number, code;
};

void check_debug_registers() {
    constexpr Word kTcb = kSelf, kSet = NEPTUNE_Label_TCB_SetDebugRegisters;
    if (!find_block(NEPTUNE_BOOTINFO_DEBUG_REGISTERS)) {
        expect_error("extension: no debug registers", invoke(kTcb, kSet, {0, 0, 0, 0, 0}),
                     seL4_IllegalOperation);
        return;
    }
    const Word handler = rt::object(seL4_EndpointObject);
    const rt::Thread thread = rt::make_thread(handler);
    const auto stop = [&] {
        Word badge, mr[4] = {};
        const auto info = seL4_RecvWithMRs(handler, &badge, &mr[0], &mr[1], &mr[2], &mr[3]);
        return Stop{seL4_MessageInfo_get_label(info), mr[0], mr[3], seL4_GetMR(4)};
    };
    const auto go_on = [] { seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0)); };
    const auto address = [](const volatile void* at) { return reinterpret_cast<Word>(at); };
    const Word function = reinterpret_cast<Word>(stopped_function);
    // The second word, eight bytes, written; and the function.
    constexpr Word kControl = 1 | Word{9} << 16 | 1 << 6;
    expect_error("extension: a breakpoint of the kernel",
                 invoke(thread.tcb, kSet, {0xffffffff80100000, 0, 0, 0, 1}), seL4_InvalidArgument, {0});
    expect_error("extension: a breakpoint of ports", invoke(thread.tcb, kSet, {0x1000, 0, 0, 0, 1 | 2 << 16}),
                 seL4_InvalidArgument, {0});
    expect_success("extension: breakpoints",
                   invoke(thread.tcb, kSet, {address(&watched[1]), 0, 0, function, kControl}));
    watched[1] = 7;  // this thread has none
    rt::start(thread, write_and_run, 0, kOwnPriority);
    for (int round = 0; round < 2; ++round) {
        Stop seen = stop();
        expect("extension: a write is caught when it is done", seen.label == seL4_Fault_UserException &&
                                                                   seen.number == 1 && seen.code == 1 &&
                                                                   watched[1] == 2);
        go_on();
        seen = stop();
        expect("extension: an instruction before it is", seen.label == seL4_Fault_UserException &&
                                                             seen.ip == function && seen.number == 1 &&
                                                             seen.code == 8);
        watched[1] = 0;
        if (round == 0) go_on();
    }
    // At the same instruction again, by its registers: with the resume flag and without.
    seL4_UserContext context{};
    seL4_TCB_ReadRegisters(thread.tcb, 0, 0, 20, &context);
    context.rflags |= 1 << 16;
    seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 20, &context);
    expect("extension: the resume flag leads past it", stop().code == 1);
    seL4_TCB_ReadRegisters(thread.tcb, 0, 0, 20, &context);
    context.rip = function;
    seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 20, &context);
    expect("extension: without it the thread stops there", stop().code == 8);
    seL4_TCB_ReadRegisters(thread.tcb, 0, 0, 20, &context);
    context.rflags |= 1 << 16 | 1 << 8;
    seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 20, &context);
    const Stop stepped = stop();
    expect("extension: with the trap flag it does behind it",
           stepped.code == 1 << 14 && stepped.ip != function);
    seL4_TCB_ReadRegisters(thread.tcb, 0, 0, 20, &context);
    context.rflags &= ~(Word{1} << 8);
    seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 20, &context);
    expect("extension: and goes on when that is cleared", stop().code == 1);
    expect_success("extension: no breakpoints", invoke(thread.tcb, kSet, {0, 0, 0, 0, 0}));
    go_on();
    const rt::Thread after = rt::spawn(
        [](Word) {
            seL4_Yield();
            for (;;)
                asm volatile("ud2");
        },
        0, kOwnPriority, handler);
    expect_equal("extension: a thread without breakpoints is not stopped", stop().number, 6);
    rt::stop(after);
    rt::stop(thread);
}

}  // namespace

void extension_suite() {
    check_execute_disable();
    check_page_runs();
    check_debug_registers();
}

}  // namespace conformance
