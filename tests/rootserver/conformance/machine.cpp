// SPDX-License-Identifier: GPL-3.0-only
// What depends on the CPU and on how the kernel was built.
#include "puppet.hpp"

namespace conformance {
namespace {

struct Cpuid {
    std::uint32_t eax, ebx, ecx, edx;
};

Cpuid cpuid(std::uint32_t leaf) {
    Cpuid r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(0));
    return r;
}

bool has_fsgsbase() {
    return cpuid(0).eax >= 7 && (cpuid(7).ebx & 1) != 0;
}
bool has_huge_pages() {
    return (cpuid(0x80000001).edx & (1u << 26)) != 0;
}

// Sets its GS base itself, lets others run, and looks again.
[[gnu::naked]] void set_base_and_yield() {
    asm volatile(
        "wrgsbase %rdi\n"
        "movq $-7, %rdx\n"
        "syscall\n"
        "rdgsbase %rax\n"
        "ud2");
}

void check_bases() {
    if (!has_fsgsbase()) return;
    Puppet first(kOwnPriority);
    Puppet second(kOwnPriority);
    seL4_UserContext context{};
    context.rdi = 0x1234'5678'9000;
    first.run_at(set_base_and_yield, context);
    context.rdi = 0x1abc'def0'0000;
    second.run_at(set_base_and_yield, context);
    settle();
    first.poll();
    second.poll();
    expect_equal("bases: what user code sets stays with the thread", first.registers().rax, 0x1234'5678'9000);
    expect_equal("bases: and is in its context", first.registers().gs_base, 0x1234'5678'9000);
    expect_equal("bases: the other thread's too", second.registers().rax, 0x1abc'def0'0000);
}

void check_tls_call() {
    constexpr seL4_Int64 kNumber = seL4_SysSetTLSBase;
    Puppet puppet;
    const Result result = puppet.run({kNumber, 0x7000'0000});
    if (has_fsgsbase()) {
        expect("SetTLSBase: unknown where user code can do it itself",
               result.fault == seL4_Fault_UnknownSyscall &&
                   result.fault_words[18] == static_cast<Word>(kNumber));
    } else {
        expect("SetTLSBase: sets the base",
               result.outcome == Outcome::returned && puppet.registers().fs_base == 0x7000'0000);
    }
}

// A debug kernel answers, any other raises a fault.
void check_debug_calls() {
    constexpr Word kTcbTag = 12;
    constexpr Word kCNodeTag = 10;
    Puppet puppet;
    const Result result = puppet.run({seL4_SysDebugCapIdentify, kSelf});
    if (result.outcome != Outcome::returned) {
        expect("debug calls: unknown to this kernel", result.fault == seL4_Fault_UnknownSyscall);
        return;
    }
    expect_equal("DebugCapIdentify: a thread", result.badge, kTcbTag);
    expect_equal("DebugCapIdentify: a CNode", puppet.run({seL4_SysDebugCapIdentify, kRoot}).badge, kCNodeTag);
    expect_equal("DebugCapIdentify: nothing", puppet.run({seL4_SysDebugCapIdentify, 0}).badge, 0);
    expect("DebugPutChar", puppet.run({seL4_SysDebugPutChar, '\n'}).outcome == Outcome::returned);
    __builtin_memcpy(puppet.buffer()->msg, "puppet", 7);
    expect("DebugNameThread",
           puppet.run({seL4_SysDebugNameThread, puppet.tcb()}).outcome == Outcome::returned);
}

// The first untyped of that kind that a huge page fits in; 0 if there is none.
Word untyped_for_huge_page() {
    const seL4_BootInfo& info = *rt::info;
    for (Word i = 0; i < info.untyped.end - info.untyped.start; ++i) {
        const seL4_UntypedDesc& piece = info.untypedList[i];
        if (piece.isDevice && piece.sizeBits >= 30) return info.untyped.start + i;
    }
    return 0;
}

void check_huge_pages() {
    const Word memory = untyped_for_huge_page();
    if (!has_huge_pages() || memory == 0) return;
    const Word huge = rt::slot();
    const Word at = Word{3} << 40;
    expect_code("huge page: retype", rt::retype(memory, seL4_X64_HugePageObject, 0, huge));
    expect_error("huge page: misaligned", invoke(huge, seL4_Label_Page_Map, {at + 4096, 3, 0}, {kSpace}),
                 seL4_AlignmentError);
    expect_code("huge page: map", rt::map(huge, at));
    const Word directory = rt::object(seL4_X86_PageDirectoryObject);
    expect_error("huge page: no directory over it",
                 invoke(directory, seL4_Label_PageDirectory_Map, {at, 0}, {kSpace}), seL4_DeleteFirst);
    expect_code("huge page: unmap", seL4_X86_Page_Unmap(huge));
    expect_success("huge page: a directory in its place",
                   invoke(directory, seL4_Label_PageDirectory_Map, {at, 0}, {kSpace}));
    expect_error("huge page: not over a directory", invoke(huge, seL4_Label_Page_Map, {at, 3, 0}, {kSpace}),
                 seL4_DeleteFirst);
    rt::remove(huge);
}

}  // namespace

void machine_suite() {
    check_bases();
    check_tls_call();
    check_debug_calls();
    check_huge_pages();
}

}  // namespace conformance
