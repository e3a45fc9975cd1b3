// SPDX-License-Identifier: GPL-3.0-only
//
// All the RAM that programs may have is committed and touched, twice over, by a process of its own: it
// is told when there is no more, nobody else notices, and when it has ended all of it is there again.
#include "tests/common/report.hpp"

namespace {

constexpr SIZE_T kPage = 4096;
constexpr SIZE_T kBlock = SIZE_T{1} << 20;
constexpr ULONG kRounds = 2;
// The Executive's own tables grow a little with the first hungry process and stay.
constexpr ULONG kSlackPages = 64;

ULONG free_pages() {
    SYSTEM_PERFORMANCE_INFORMATION information = {};
    NtQuerySystemInformation(SystemPerformanceInformation, &information, sizeof information, nullptr);
    return information.AvailablePages;
}

// Commits and touches until that fails; the last kilobytes by single pages.
[[noreturn]] void eat() {
    NTSTATUS status = STATUS_SUCCESS;
    for (SIZE_T size = kBlock; size >= kPage;) {
        PVOID base = nullptr;
        SIZE_T given = size;
        status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &given, MEM_RESERVE | MEM_COMMIT,
                                         PAGE_READWRITE);
        if (!NT_SUCCESS(status)) size = size == kPage ? 0 : kPage;
        for (SIZE_T at = 0; NT_SUCCESS(status) && at < given; at += kPage) {
            UCHAR byte = 1;
            status =
                NtWriteVirtualMemory(NtCurrentProcess(), static_cast<char*>(base) + at, &byte, 1, nullptr);
        }
    }
    NtTerminateProcess(NtCurrentProcess(), status);
    __builtin_unreachable();
}

NTSTATUS run_eater() {
    UNICODE_STRING path = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\hungry.exe");
    UNICODE_STRING command = RTL_CONSTANT_STRING(u"hungry eat");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &command, nullptr, nullptr,
                                     nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    status = RtlCreateUserProcess(&path, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr, FALSE,
                                  nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return status;
    NtResumeThread(process.Thread, nullptr);
    NtWaitForSingleObject(process.Process, FALSE, nullptr);
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(process.Process, ProcessBasicInformation, &basic, sizeof basic, nullptr);
    NtClose(process.Thread);
    NtClose(process.Process);
    return basic.ExitStatus;
}

// A process's memory comes back after its end is known.
ULONG free_pages_at_rest(ULONG wanted) {
    ULONG pages = free_pages();
    for (int tenths = 0; tenths < 100 && pages < wanted; ++tenths) {
        LARGE_INTEGER tenth;
        tenth.QuadPart = -1'000'000;
        NtDelayExecution(FALSE, &tenth);
        pages = free_pages();
    }
    return pages;
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    const UNICODE_STRING& command = peb->ProcessParameters->CommandLine;
    if (command.Length >= 6 && command.Buffer[command.Length / 2 - 3] == u'e') eat();
    test::begin(peb);
    ULONG before = 0;
    for (ULONG round = 0; round < kRounds; ++round) {
        const NTSTATUS status = run_eater();
        test::check("told when there is no more",
                    status == STATUS_COMMITMENT_LIMIT || status == STATUS_NO_MEMORY, "another status",
                    static_cast<ULONG>(status));
        const ULONG after = free_pages_at_rest(before);
        test::note("free pages", after);
        if (round > 0) test::check("comes back", after + kSlackPages >= before, "pages lost", before - after);
        before = after;
    }
    test::end();
}
