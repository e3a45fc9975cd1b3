// SPDX-License-Identifier: GPL-3.0-only
//
// A hostile load: services with large sizes, counts and depths. After each load it prints the longest turns
// of the Executive and what caused them, at the end the longest of all, and how late a 10 ms sleep of a
// thread of high priority ever was, while programs ask and while a driver does. Under -icount shift=0 and
// with the boot option turns=1 the figures are guest instructions.
//
//   hostile [LOAD...]      the named loads only
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

HANDLE output = nullptr;
volatile bool over;
volatile ULONG64 lateness;
ULONG64 longest_of_all;
ULONG64 latest_of_programs;
ULONG64 latest_of_drivers;  // while a driver, whose threads come before programs', starts or asks for a lot

ULONG64 counter() {
    ULONG low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return static_cast<ULONG64>(high) << 32 | low;
}

// Ten milliseconds are ten million ticks where a tick is an instruction. In between it has something to do,
// so that it is seen to compute now and then.
NTSTATUS NTAPI sleep_often(PVOID) {
    constexpr ULONG64 kPeriod = 10'000'000;
    constexpr ULONG64 kWork = 1'000'000;
    while (!over) {
        const ULONG64 before = counter();
        sleep(10);
        const ULONG64 took = counter() - before;
        if (took > kPeriod && took - kPeriod > lateness) lateness = took - kPeriod;
        while (counter() - before < took + kWork)
            continue;
    }
    return STATUS_SUCCESS;
}

void report(View load, ULONG64& latest) {
    static NEPTUNE_TURN turns[512];
    constexpr ULONG64 kWorthSaying = 20'000;
    ULONG length = 0;
    NtQuerySystemInformation(static_cast<SYSTEM_INFORMATION_CLASS>(SystemNeptuneTurns), turns, sizeof turns,
                             &length);
    for (ULONG i = 0; i < length / sizeof turns[0]; ++i) {
        if (turns[i].Ticks > longest_of_all) longest_of_all = turns[i].Ticks;
        if (turns[i].Ticks > kWorthSaying)
            print(u"# {}: {} in {}\n", load, turns[i].Ticks, View(turns[i].Name));
    }
    if (lateness > 100'000) print(u"# {}: a sleep was late by {}\n", load, static_cast<ULONG64>(lateness));
    if (lateness > latest) latest = lateness;
    lateness = 0;
}

// Null when there is none. `environment`: null for this process's own.
HANDLE start_child(View word, BOOLEAN inherit = FALSE, PWSTR environment = nullptr) {
    app::Text command(u"hostile ");
    command.append(word);
    UNICODE_STRING path, line = command.unicode();
    RtlInitUnicodeString(&path, u"\\SystemRoot\\System32\\hostile.exe");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &line, environment, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    const NTSTATUS status = RtlCreateUserProcess(&path, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                                 nullptr, inherit, nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) {
        fail(word, status);
        return nullptr;
    }
    NtResumeThread(process.Thread, nullptr);
    NtClose(process.Thread);
    return process.Process;
}

void end_child(HANDLE process) {
    if (!process) return;
    NtWaitForSingleObject(process, FALSE, nullptr);
    NtClose(process);
}

void run_child(View word) {
    end_child(start_child(word));
}

void thread_ends() {
    run_child(u"child_threads");
}
void handle_ends() {
    run_child(u"child_handles");
}
void memory_ends() {
    run_child(u"child_memory");
}
void section_ends() {
    run_child(u"child_section");
}

void inheritances() {
    constexpr ULONG kHandles = 10'000;
    static HANDLE handles[kHandles];
    app::Attributes inherited(View(), OBJ_INHERIT);
    inherited.get()->ObjectName = nullptr;
    for (HANDLE& handle : handles)
        NtCreateEvent(&handle, kAccess, inherited.get(), NotificationEvent, FALSE);
    end_child(start_child(u"child_nothing", TRUE));
    for (const HANDLE handle : handles)
        NtClose(handle);
}
void environments() {
    constexpr SIZE_T kUnits = 100'000;
    auto* environment = static_cast<PWSTR>(memory(kMegabyte));
    environment[0] = u'A';
    environment[1] = u'=';
    for (SIZE_T i = 2; i < kUnits; ++i)
        environment[i] = u'x';
    end_child(start_child(u"child_nothing", FALSE, environment));
    give_back(environment);
}
void suspensions() {
    const HANDLE child = start_child(u"child_waits");
    if (!child) return;
    sleep(200);
    NTSTATUS status = NtSuspendProcess(child);
    if (!NT_SUCCESS(status)) fail(u"suspend", status);
    PROCESS_PRIORITY_CLASS priority = {};
    priority.PriorityClass = PROCESS_PRIORITY_CLASS_BELOW_NORMAL;
    NtSetInformationProcess(child, ProcessPriorityClass, &priority, sizeof priority);
    status = NtResumeProcess(child);
    if (!NT_SUCCESS(status)) fail(u"resume", status);
    NtTerminateProcess(child, 0);
    end_child(child);
}

constexpr Load kEnds[] = {
    {u"threads", thread_ends},  {u"handles", handle_ends},   {u"memory", memory_ends},
    {u"section", section_ends}, {u"inherits", inheritances}, {u"environment", environments},
    {u"suspends", suspensions},
};

bool contains(View text, View word) {
    for (SIZE_T at = 0; at + word.size <= text.size; ++at) {
        SIZE_T same = 0;
        while (same < word.size && text[at + same] == word[same])
            ++same;
        if (same == word.size) return true;
    }
    return false;
}

void run(const Loads& loads, View wanted, ULONG64& latest) {
    for (SIZE_T i = 0; i < loads.count; ++i) {
        const Load& load = loads.first[i];
        if (wanted.size > 1 && !contains(wanted, load.name)) continue;
        load.run();
        report(load.name, latest);
    }
}

void run_all(View wanted) {
    const HANDLE sleeper = start(&sleep_often, nullptr);
    LONG increment = 15;
    NtSetInformationThread(sleeper, ThreadBasePriority, &increment, sizeof increment);
    report(u"boot", latest_of_programs);
    const Loads of_programs[] = {memory_loads(),  thread_loads(), {kEnds, sizeof kEnds / sizeof kEnds[0]},
                                 name_loads(),    queue_loads(),  registry_loads(),
                                 request_loads(), token_loads(),  file_loads()};
    const Loads of_drivers[] = {restart_loads(), hoard_loads()};
    for (const Loads& loads : of_programs)
        run(loads, wanted, latest_of_programs);
    for (const Loads& loads : of_drivers)
        run(loads, wanted, latest_of_drivers);
    over = true;
    NtWaitForSingleObject(sleeper, FALSE, nullptr);
    print(u"bench longest-turn {}\n", longest_of_all);
    print(u"bench timer-lateness {}\n", latest_of_programs);
    print(u"bench timer-lateness-beside-a-driver {}\n", latest_of_drivers);
}

}  // namespace

void print_text(const app::Text& text) {
    char bytes[256];
    ULONG length = 0;
    for (SIZE_T i = 0; i < text.size() && length + 4 < sizeof bytes; ++i)
        length += app::to_utf8(text, i, bytes + length);
    IO_STATUS_BLOCK io;
    NtWriteFile(output, nullptr, nullptr, nullptr, &io, bytes, length, nullptr, nullptr);
}

void fail(View what, NTSTATUS status) {
    print(u"FAIL {} 0x{}\n", what, app::hex(static_cast<ULONG>(status), 8));
}

void sleep(LONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    NtDelayExecution(FALSE, &time);
}

PVOID memory(SIZE_T size) {
    PVOID base = nullptr;
    const NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size,
                                                    MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(status)) fail(u"memory", status);
    return base;
}

void give_back(PVOID base) {
    SIZE_T size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

HANDLE start(PUSER_THREAD_START_ROUTINE routine, PVOID parameter) {
    HANDLE thread = nullptr;
    const NTSTATUS status =
        NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                         reinterpret_cast<PVOID>(routine), parameter, 0, 0, 16384, 65536, nullptr);
    if (!NT_SUCCESS(status)) fail(u"thread", status);
    return thread;
}

app::Text numbered(View stem, ULONG number) {
    return app::format(u"{}{}", stem, number);
}

}  // namespace hostile

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    using namespace hostile;
    RtlNormalizeProcessParams(peb->ProcessParameters);
    output = peb->ProcessParameters->StandardOutput;
    const View line(peb->ProcessParameters->CommandLine);
    const Loads children = child_loads();
    for (SIZE_T i = 0; i < children.count; ++i)
        if (contains(line, children.first[i].name)) {
            children.first[i].run();
            NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
        }
    run_all(line.from(line.find(u' ')));
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
