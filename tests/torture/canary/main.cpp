// SPDX-License-Identifier: GPL-3.0-only
//
// The canary: a process of SYSTEM's that watches itself and the system while others are at work.
//     canary start   starts it, as a child of smss, by an administrator's SeDebugPrivilege
//     canary         asks it what is not as it was, and prints one line for each kind of thing
//     canary watch   what `start` starts
#include "apps/common/format.hpp"
#include "apps/common/native.hpp"
#include "tests/common/report.hpp"
#include "tests/torture/canary/self.hpp"

namespace canary {
namespace {

using app::View;

constexpr LONGLONG kMillisecond = 10'000;
constexpr LONGLONG kGlance = 200 * kMillisecond;       // between two looks at itself
constexpr LONGLONG kPatience = 60'000 * kMillisecond;  // for its answer

LARGE_INTEGER in(LONGLONG time) {
    LARGE_INTEGER timeout;
    timeout.QuadPart = -time;
    return timeout;
}

void survey(Report& report) {
    begin_survey();
    survey_processes();
    survey_drivers();
    survey_keys();
    survey_files();
    survey_objects();
    report.things = end_survey();
    ++report.looks;
}

// Above whatever others make of themselves, so that they cannot hold it up.
void rise() {
    PROCESS_PRIORITY_CLASS information = {};
    information.PriorityClass = PROCESS_PRIORITY_CLASS_REALTIME;
    NtSetInformationProcess(NtCurrentProcess(), ProcessPriorityClass, &information, sizeof information);
}

[[noreturn]] void watch() {
    BOOLEAN before;
    RtlAdjustPrivilege(SE_INC_BASE_PRIORITY_PRIVILEGE, TRUE, FALSE, &before);
    rise();
    const HANDLE asked = make_event(kAskedName, true);
    const HANDLE answer = make_event(kToldName, true);
    Report* report = map_report(true);
    report_to(report);
    if (!asked || !answer || !report || !furnish()) NtTerminateProcess(NtCurrentProcess(), STATUS_NO_MEMORY);
    survey(*report);
    NtSetEvent(answer, nullptr);
    for (;;) {
        LARGE_INTEGER timeout = in(kGlance);
        const bool is_asked = NtWaitForSingleObject(asked, FALSE, &timeout) == STATUS_WAIT_0;
        look_at_self();
        if (!is_asked) continue;
        survey(*report);
        NtSetEvent(answer, nullptr);
    }
}

// --- who starts it and asks it

HANDLE find_process(const WCHAR* image) {
    alignas(8) static UCHAR list[0x40000];
    UNICODE_STRING wanted;
    RtlInitUnicodeString(&wanted, image);
    ULONG length = 0;
    if (!NT_SUCCESS(NtQuerySystemInformation(SystemProcessInformation, list, sizeof list, &length)))
        return nullptr;
    for (UCHAR* at = list;;) {
        const auto& process = *reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(at);
        if (RtlEqualUnicodeString(&process.ImageName, &wanted, TRUE)) return process.UniqueProcessId;
        if (!process.NextEntryOffset) return nullptr;
        at += process.NextEntryOffset;
    }
}

// The child of a process has its token, whoever makes it.
NTSTATUS start_below(HANDLE parent) {
    UNICODE_STRING image = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\canary.exe");
    UNICODE_STRING line = RTL_CONSTANT_STRING(u"canary watch");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &line, nullptr, nullptr, nullptr,
                                     nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    status = RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, parent, FALSE,
                                  nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return status;
    status = NtResumeThread(process.Thread, nullptr);
    NtClose(process.Thread);
    NtClose(process.Process);
    return status;
}

NTSTATUS start() {
    BOOLEAN before;
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, TRUE, FALSE, &before);
    CLIENT_ID client = {find_process(u"smss.exe"), nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    app::Handle parent;
    const NTSTATUS status = NtOpenProcess(parent.receive(), PROCESS_CREATE_PROCESS, &attributes, &client);
    return NT_SUCCESS(status) ? start_below(parent.get()) : status;
}

// The event by which it tells exists a moment after it has started.
HANDLE find_answer() {
    for (int i = 0; i < 200; ++i) {
        if (const HANDLE answer = make_event(kToldName, false)) return answer;
        LARGE_INTEGER pause = in(50 * kMillisecond);
        NtDelayExecution(FALSE, &pause);
    }
    return nullptr;
}

bool wait_for_answer(HANDLE answer) {
    LARGE_INTEGER timeout = in(kPatience);
    return NtWaitForSingleObject(answer, FALSE, &timeout) == STATUS_WAIT_0;
}

void show() {
    const Report* report = map_report(false);
    if (!report) return test::fail("canary", "shows nothing", 0);
    test::note("# things watched", report->things);
    test::check("canary-knows", report->things > 100, "too few things", report->things);
    for (ULONG group = 0; group < static_cast<ULONG>(Group::Count); ++group) {
        bool good = true;
        for (ULONG i = 0; i < report->count && i < kMostFindings; ++i) {
            if (report->findings[i].group != static_cast<Group>(group)) continue;
            test::fail(kGroupNames[group], report->findings[i].what, report->looks);
            good = false;
        }
        if (good) test::pass(kGroupNames[group]);
    }
    test::check("canary-finds-nothing", report->count == 0, "things are not as they were", report->count);
}

void begin_watch() {
    const NTSTATUS status = start();
    test::check("canary-starts", NT_SUCCESS(status), "no", static_cast<ULONG>(status));
    const HANDLE answer = find_answer();
    if (!answer || !wait_for_answer(answer)) return test::fail("canary", "does not answer", 0);
    show();
}

void ask() {
    const HANDLE asked = make_event(kAskedName, false);
    const HANDLE answer = find_answer();
    if (!asked || !answer) return test::fail("canary", "is not there", 0);
    NtSetEvent(asked, nullptr);
    if (!wait_for_answer(answer)) return test::fail("canary", "does not answer", 0);
    show();
}

}  // namespace
}  // namespace canary

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    const app::View line(peb->ProcessParameters->CommandLine);
    if (line.equals(u"canary watch")) canary::watch();
    test::begin(peb);
    if (line.equals(u"canary start"))
        canary::begin_watch();
    else
        canary::ask();
    test::end();
}
