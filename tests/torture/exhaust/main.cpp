// SPDX-License-Identifier: GPL-3.0-only
//
//   exhaust KIND       starts a process that makes pieces of this kind until it is told that there is no
//   more,
//                      and leaves it holding them: it tries again ten times a second until it is killed
//
// The line that it prints is `exhaust: process PID holds N KIND, then 0xSTATUS`.
#include "tests/torture/exhaust/exhaust.hpp"

namespace exhaust {

namespace {

constexpr WCHAR kSection[] = u"\\BaseNamedObjects\\exhaust";

// What the one who holds tells the one who has started it.
struct Shared {
    volatile ULONG pieces;
    volatile ULONG status;
    volatile ULONG over;
};

void print(const app::Text& text) {
    UNICODE_STRING string = text.unicode();
    NtDisplayString(&string);
}

void sleep(LONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    NtDelayExecution(FALSE, &time);
}

Shared* map_shared(bool create) {
    app::Attributes attributes{View(kSection)};
    LARGE_INTEGER size;
    size.QuadPart = kPage;
    HANDLE section = nullptr;
    NTSTATUS status = create ? NtCreateSection(&section, SECTION_ALL_ACCESS, attributes.get(), &size,
                                               PAGE_READWRITE, SEC_COMMIT, nullptr)
                             : NtOpenSection(&section, SECTION_ALL_ACCESS, attributes.get());
    PVOID base = nullptr;
    SIZE_T view = 0;
    if (NT_SUCCESS(status))
        status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                                    PAGE_READWRITE);
    return NT_SUCCESS(status) ? static_cast<Shared*>(base) : nullptr;
}

bool find(View name, Kind& found) {
    const Kinds all[] = {object_kinds(), memory_kinds(), queue_kinds(), program_kinds()};
    for (const Kinds& kinds : all)
        for (SIZE_T i = 0; i < kinds.count; ++i)
            if (View(kinds.first[i].name).equals(name)) {
                found = kinds.first[i];
                return true;
            }
    return false;
}

[[noreturn]] void hold(View name) {
    Kind kind{};
    Shared* shared = map_shared(false);
    if (!shared || !find(name, kind)) NtTerminateProcess(NtCurrentProcess(), STATUS_INVALID_PARAMETER);
    shared->pieces = 0;
    for (ULONG index = 0;;) {
        const NTSTATUS status = kind.more(index);
        if (NT_SUCCESS(status)) {
            shared->pieces = ++index;
            continue;
        }
        if (!shared->over) shared->status = static_cast<ULONG>(status);
        shared->over = 1;
        sleep(100);
    }
}

// A child of `exhaust processes`: as long as its parent.
[[noreturn]] void live_as_long_as_the_parent() {
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &basic, sizeof basic, nullptr);
    CLIENT_ID client = {reinterpret_cast<HANDLE>(basic.InheritedFromUniqueProcessId), nullptr};
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    HANDLE parent = nullptr;
    if (NT_SUCCESS(NtOpenProcess(&parent, SYNCHRONIZE, &attributes, &client)))
        NtWaitForSingleObject(parent, FALSE, nullptr);
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
    __builtin_unreachable();
}

NTSTATUS start(View name) {
    Kind kind{};
    if (!find(name, kind)) return STATUS_INVALID_PARAMETER;
    Shared* shared = map_shared(true);
    if (!shared) return STATUS_NO_MEMORY;
    app::Text words(u"hold ");
    words.append(name);
    RTL_USER_PROCESS_INFORMATION process = {};
    NTSTATUS status = start_self(words, false, process);
    if (!NT_SUCCESS(status)) return status;
    LARGE_INTEGER tenth;
    tenth.QuadPart = -1'000'000;
    bool ended = false;
    while (!shared->over && !ended)
        ended = NtWaitForSingleObject(process.Process, FALSE, &tenth) == STATUS_SUCCESS;
    if (ended) {
        PROCESS_BASIC_INFORMATION basic = {};
        NtQueryInformationProcess(process.Process, ProcessBasicInformation, &basic, sizeof basic, nullptr);
        print(app::format(u"exhaust: the process ended with 0x{} after {} {}\n",
                          app::hex(static_cast<ULONG>(basic.ExitStatus), 8),
                          static_cast<ULONG>(shared->pieces), name));
        return STATUS_SUCCESS;
    }
    print(app::format(u"exhaust: process {} holds {} {}, then 0x{}\n",
                      static_cast<ULONG64>(reinterpret_cast<ULONG_PTR>(process.ClientId.UniqueProcess)),
                      static_cast<ULONG>(shared->pieces), name,
                      app::hex(static_cast<ULONG>(shared->status), 8)));
    return STATUS_SUCCESS;
}

}  // namespace

app::Text numbered(View stem, ULONG number) {
    return app::format(u"{}{}", stem, number);
}

NTSTATUS start_self(View words, bool suspended, RTL_USER_PROCESS_INFORMATION& process) {
    app::Text command(u"exhaust ");
    command.append(words);
    UNICODE_STRING path, line = command.unicode();
    RtlInitUnicodeString(&path, u"\\SystemRoot\\System32\\exhaust.exe");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &line, nullptr, nullptr, nullptr,
                                     nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    process = {};
    process.Length = sizeof process;
    status = RtlCreateUserProcess(&path, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr, FALSE,
                                  nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    if (NT_SUCCESS(status) && !suspended) NtResumeThread(process.Thread, nullptr);
    return status;
}

}  // namespace exhaust

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    using namespace exhaust;
    RtlNormalizeProcessParams(peb->ProcessParameters);
    const View line(peb->ProcessParameters->CommandLine);
    const SIZE_T space = line.find(u' ');
    View words = space < line.size ? line.from(space + 1) : View();
    if (words.equals(View(u"child"))) live_as_long_as_the_parent();
    if (words.size > 5 && words.first(5).equals(View(u"hold "))) hold(words.from(5));
    NtTerminateProcess(NtCurrentProcess(), start(words));
}
