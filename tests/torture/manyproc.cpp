// SPDX-License-Identifier: GPL-3.0-only
//
// A thousand processes are started and end; free memory is then where it was. The first few are not counted:
// caches and tables of the Executive grow with the first process and stay.
#include "tests/common/report.hpp"

namespace {

constexpr ULONG kWarmUp = 20;
constexpr ULONG kProcesses = 1000;
// What may stay behind: less than one page for every ten processes would betray a leak in each of them.
constexpr ULONG kSlackPages = 64;

ULONG free_pages() {
    SYSTEM_PERFORMANCE_INFORMATION information = {};
    NtQuerySystemInformation(SystemPerformanceInformation, &information, sizeof information, nullptr);
    return information.AvailablePages;
}

NTSTATUS run_one(const WCHAR* image) {
    UNICODE_STRING path;
    RtlInitUnicodeString(&path, image);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &path, nullptr, nullptr, nullptr,
                                     nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
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
    status =
        NtQueryInformationProcess(process.Process, ProcessBasicInformation, &basic, sizeof basic, nullptr);
    NtClose(process.Thread);
    NtClose(process.Process);
    return NT_SUCCESS(status) ? basic.ExitStatus : status;
}

bool run_many(ULONG count, const char* name) {
    for (ULONG i = 0; i < count; ++i) {
        // Every second one leaves memory, handles and threads for the Executive to clear away.
        const NTSTATUS status =
            run_one(i % 2 ? u"\\SystemRoot\\System32\\nothing.exe" : u"\\SystemRoot\\System32\\untidy.exe");
        if (NT_SUCCESS(status)) continue;
        test::note("after processes", i);
        test::fail(name, "a process does not run", static_cast<ULONG>(status));
        return false;
    }
    test::pass(name);
    return true;
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    if (!run_many(kWarmUp, "first-processes")) test::end();
    const ULONG before = free_pages();
    run_many(kProcesses, "thousand-processes");
    const ULONG after = free_pages();
    test::note("free pages before", before);
    test::note("free pages after", after);
    test::check("memory-comes-back", before && after + kSlackPages >= before, "pages lost", before - after);
    test::end();
}
