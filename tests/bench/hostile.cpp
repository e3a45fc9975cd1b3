// SPDX-License-Identifier: GPL-3.0-only
//
// A hostile load: services with large sizes, counts and depths. After each load it prints the longest turns
// of the Executive and what caused them, at the end the longest of all, and how late a 10 ms sleep of a
// thread of high priority ever was. Under -icount shift=0 and with the boot option turns=1 the figures are
// guest instructions.
//
//   hostile [LOAD...]      the named loads only
#include "abi/nt/neptune.h"
#include "apps/common/format.hpp"
#include "apps/common/native.hpp"

namespace {

using app::View;

constexpr ULONG kAccess = EVENT_ALL_ACCESS;
constexpr SIZE_T kMegabyte = 1 << 20;
constexpr ULONG kMaximumThreads = 1000;

HANDLE output = nullptr;
volatile bool over;
volatile ULONG64 lateness;
ULONG64 longest_of_all;
ULONG64 latest_of_all;
HANDLE threads[kMaximumThreads];
HANDLE gate;

template <typename... Values>
void print(View pattern, const Values&... values) {
    const app::Text text = app::format(pattern, values...);
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

ULONG64 counter() {
    ULONG low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return static_cast<ULONG64>(high) << 32 | low;
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

NTSTATUS NTAPI wait_for(PVOID handle) {
    return NtWaitForSingleObject(handle, TRUE, nullptr);
}

// --- what is measured

// Ten milliseconds are ten million ticks where a tick is an instruction.
NTSTATUS NTAPI sleep_often(PVOID) {
    constexpr ULONG64 kPeriod = 10'000'000;
    while (!over) {
        const ULONG64 before = counter();
        sleep(10);
        const ULONG64 took = counter() - before;
        if (took > kPeriod && took - kPeriod > lateness) lateness = took - kPeriod;
    }
    return STATUS_SUCCESS;
}

void report(View load) {
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
    if (lateness > latest_of_all) latest_of_all = lateness;
    lateness = 0;
}

// --- the loads

void copies() {
    constexpr SIZE_T kSize = 64 * kMegabyte;
    PVOID from = memory(kSize);
    PVOID to = memory(kSize);
    SIZE_T count;
    NtReadVirtualMemory(NtCurrentProcess(), from, to, kSize, &count);
    NtWriteVirtualMemory(NtCurrentProcess(), from, to, kSize, &count);
    give_back(from);
    give_back(to);
}

void wakes() {
    NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
    for (HANDLE& thread : threads)
        thread = start(&wait_for, gate);
    sleep(20);
    NtSetEvent(gate, nullptr);
    for (const HANDLE thread : threads) {
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
    NtClose(gate);
}

void semaphores() {
    NtCreateSemaphore(&gate, SEMAPHORE_ALL_ACCESS, nullptr, 0, kMaximumThreads);
    for (HANDLE& thread : threads)
        thread = start(&wait_for, gate);
    sleep(20);
    NtReleaseSemaphore(gate, kMaximumThreads, nullptr);
    for (const HANDLE thread : threads) {
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
    NtClose(gate);
}

void run_child(View word) {
    app::Text command(u"hostile ");
    command.append(word);
    UNICODE_STRING path, line = command.unicode();
    RtlInitUnicodeString(&path, u"\\SystemRoot\\System32\\hostile.exe");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &line, nullptr, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    const NTSTATUS status = RtlCreateUserProcess(&path, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                                 nullptr, FALSE, nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return fail(word, status);
    NtResumeThread(process.Thread, nullptr);
    NtWaitForSingleObject(process.Process, FALSE, nullptr);
    NtClose(process.Thread);
    NtClose(process.Process);
}

void child_threads() {
    NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
    for (HANDLE& thread : threads)
        thread = start(&wait_for, gate);
    sleep(20);
}
void child_handles() {
    for (ULONG i = 0; i < 20'000; ++i)
        NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
}
void child_memory() {
    constexpr SIZE_T kSize = 64 * kMegabyte;
    auto* base = static_cast<volatile UCHAR*>(memory(kSize));
    for (SIZE_T at = 0; at < kSize; at += 4096)
        base[at] = 1;
}
void child_section() {
    HANDLE section;
    LARGE_INTEGER size;
    size.QuadPart = 64 * kMegabyte;
    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT, nullptr);
    PVOID base = nullptr;
    SIZE_T view = 0;
    NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                       PAGE_READWRITE);
    for (SIZE_T at = 0; base && at < view; at += 4096)
        static_cast<volatile UCHAR*>(base)[at] = 1;
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

void frees() {
    constexpr SIZE_T kSize = 64 * kMegabyte;
    auto* base = static_cast<volatile UCHAR*>(memory(kSize));
    for (SIZE_T at = 0; at < kSize; at += 4096)
        base[at] = 1;
    PVOID range = const_cast<UCHAR*>(base);
    SIZE_T size = kSize;
    ULONG before;
    NtProtectVirtualMemory(NtCurrentProcess(), &range, &size, PAGE_READONLY, &before);
    give_back(range);
    child_section();
}

app::Text numbered(View stem, ULONG number) {
    return app::format(u"{}{}", stem, number);
}

void file_names() {
    constexpr ULONG kNames = 5'000;
    HANDLE directory;
    IO_STATUS_BLOCK io;
    app::Attributes where(u"\\SystemRoot\\hostile");
    NTSTATUS status = NtCreateFile(&directory, FILE_LIST_DIRECTORY | SYNCHRONIZE, where.get(), &io, nullptr,
                                   0, FILE_SHARE_VALID_FLAGS, FILE_OPEN_IF,
                                   FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (!NT_SUCCESS(status)) return fail(u"directory", status);
    for (ULONG i = kNames; i > 0; --i) {
        const app::Text name = numbered(u"a name of some length ", 100'000 + i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, directory);
        HANDLE file;
        status =
            NtCreateFile(&file, FILE_READ_DATA | DELETE | SYNCHRONIZE, attributes.get(), &io, nullptr, 0, 0,
                         FILE_CREATE, FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
        if (!NT_SUCCESS(status)) return fail(u"file", status);
    }
    PVOID buffer = memory(kMegabyte);
    BOOLEAN restart = TRUE;
    do {
        status = NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, kMegabyte,
                                      FileBothDirectoryInformation, FALSE, nullptr, restart);
        restart = FALSE;
    } while (status == STATUS_SUCCESS);
    UNICODE_STRING pattern;
    RtlInitUnicodeString(&pattern, u"*nowhere");
    NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, kMegabyte,
                         FileBothDirectoryInformation, FALSE, &pattern, TRUE);
    give_back(buffer);
    NtClose(directory);
}

void keys() {
    constexpr ULONG kKeys = 10'000;
    HANDLE root;
    app::Attributes where(u"\\Registry\\Machine\\Hostile");
    NTSTATUS status =
        NtCreateKey(&root, KEY_ALL_ACCESS, where.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    if (!NT_SUCCESS(status)) return fail(u"key", status);
    for (ULONG i = kKeys; i > 0; --i) {
        const app::Text name = numbered(u"key ", 100'000 + i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, root);
        HANDLE key;
        status =
            NtCreateKey(&key, KEY_ALL_ACCESS, attributes.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
        if (!NT_SUCCESS(status)) return fail(u"subkey", status);
        NtClose(key);
        const UNICODE_STRING value = app::unicode(name.view());
        NtSetValueKey(root, &value, 0, REG_DWORD, &i, sizeof i);
    }
    static UCHAR buffer[4096];
    ULONG length;
    NtQueryKey(root, KeyFullInformation, buffer, sizeof buffer, &length);
    NtEnumerateKey(root, kKeys - 1, KeyBasicInformation, buffer, sizeof buffer, &length);
    NtEnumerateValueKey(root, kKeys - 1, KeyValueBasicInformation, buffer, sizeof buffer, &length);
    for (ULONG i = 1; i <= kKeys; ++i) {
        const app::Text name = numbered(u"key ", 100'000 + i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, root);
        HANDLE key;
        if (NT_SUCCESS(NtOpenKey(&key, KEY_ALL_ACCESS, attributes.get()))) {
            NtDeleteKey(key);
            NtClose(key);
        }
        const UNICODE_STRING value = app::unicode(name.view());
        NtDeleteValueKey(root, &value);
    }
    NtDeleteKey(root);
    NtClose(root);
}

void object_names() {
    constexpr ULONG kNames = 10'000;
    HANDLE directory;
    app::Attributes where(u"\\BaseNamedObjects\\hostile");
    NTSTATUS status = NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, where.get());
    if (!NT_SUCCESS(status)) return fail(u"object directory", status);
    HANDLE first = nullptr;
    for (ULONG i = 0; i < kNames; ++i) {
        const app::Text name = numbered(u"event ", i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, directory);
        HANDLE event;
        status = NtCreateEvent(&event, kAccess, attributes.get(), NotificationEvent, FALSE);
        if (!NT_SUCCESS(status)) return fail(u"event", status);
        if (!first) first = event;
    }
    PVOID buffer = memory(4 * kMegabyte);
    ULONG context = 0, length;
    NtQueryDirectoryObject(directory, buffer, 4 * kMegabyte, FALSE, TRUE, &context, &length);
    context = kNames - 1;
    NtQueryDirectoryObject(directory, buffer, kMegabyte, FALSE, FALSE, &context, &length);
    NtQuerySystemInformation(SystemHandleInformation, buffer, 4 * kMegabyte, &length);
    NtQuerySystemInformation(SystemExtendedHandleInformation, buffer, 4 * kMegabyte, &length);
    NtQuerySystemInformation(SystemProcessInformation, buffer, 4 * kMegabyte, &length);
    give_back(buffer);
    for (ULONG i = 0; i < kNames; ++i)
        NtClose(reinterpret_cast<HANDLE>(reinterpret_cast<ULONG_PTR>(first) + 4 * i));
    NtClose(directory);
}

void transfers() {
    constexpr ULONG kSize = 64 * kMegabyte;
    PVOID buffer = memory(kSize);
    IO_STATUS_BLOCK io;
    app::Handle null, file;
    NTSTATUS status = app::open_file(u"\\Device\\Null", FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE,
                                     FILE_SYNCHRONOUS_IO_NONALERT, *null.receive());
    if (NT_SUCCESS(status))
        status = NtWriteFile(null.get(), nullptr, nullptr, nullptr, &io, buffer, kSize, nullptr, nullptr);
    if (!NT_SUCCESS(status)) fail(u"null", status);
    app::Attributes where(u"\\SystemRoot\\hostile.bin");
    status = NtCreateFile(file.receive(), FILE_READ_DATA | FILE_WRITE_DATA | DELETE | SYNCHRONIZE,
                          where.get(), &io, nullptr, 0, 0, FILE_OVERWRITE_IF,
                          FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (!NT_SUCCESS(status)) return fail(u"file", status);
    LARGE_INTEGER start = {};
    for (int round = 0; round < 2; ++round) {
        status = NtWriteFile(file.get(), nullptr, nullptr, nullptr, &io, buffer, kSize / 4, &start, nullptr);
        if (!NT_SUCCESS(status)) fail(u"write", status);
        status = NtReadFile(file.get(), nullptr, nullptr, nullptr, &io, buffer, kSize / 4, &start, nullptr);
        if (!NT_SUCCESS(status)) fail(u"read", status);
    }
    NtFlushBuffersFile(file.get(), &io);
    FILE_END_OF_FILE_INFORMATION end = {};
    end.EndOfFile.QuadPart = 1;
    NtSetInformationFile(file.get(), &io, &end, sizeof end, FileEndOfFileInformation);
    give_back(buffer);
}

void NTAPI nothing(PVOID, PVOID, PVOID) {}

void apcs() {
    for (ULONG i = 0; i < 4096; ++i)
        NtQueueApcThread(NtCurrentThread(), reinterpret_cast<PVOID>(&nothing), nullptr, nullptr, nullptr);
    NtTestAlert();
    NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
    HANDLE thread = nullptr;
    NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                     reinterpret_cast<PVOID>(&wait_for), gate, THREAD_CREATE_FLAGS_CREATE_SUSPENDED, 0, 0, 0,
                     nullptr);
    for (ULONG i = 0; i < 4096; ++i)
        NtQueueApcThread(thread, reinterpret_cast<PVOID>(&nothing), nullptr, nullptr, nullptr);
    NtTerminateThread(thread, 0);
    NtWaitForSingleObject(thread, FALSE, nullptr);
    NtClose(thread);
    NtClose(gate);
}

void timers() {
    constexpr ULONG kTimers = 5'000;
    static HANDLE timer[kTimers];
    LARGE_INTEGER due;
    NtQuerySystemTime(&due);
    due.QuadPart += 20'000'000;  // all at the same time, two seconds from now
    for (HANDLE& handle : timer) {
        NtCreateTimer(&handle, TIMER_ALL_ACCESS, nullptr, NotificationTimer);
        NtSetTimer(handle, &due, nullptr, nullptr, FALSE, 0, nullptr);
    }
    NtWaitForSingleObject(timer[kTimers - 1], FALSE, nullptr);
    sleep(20);
    for (const HANDLE handle : timer)
        NtClose(handle);
}

void packets() {
    constexpr ULONG kPackets = 5'000;
    static FILE_IO_COMPLETION_INFORMATION taken[kPackets];
    HANDLE port;
    NTSTATUS status = NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    if (!NT_SUCCESS(status)) return fail(u"port", status);
    for (int round = 0; round < 2; ++round) {
        for (ULONG i = 0; i < kPackets; ++i)
            NtSetIoCompletion(port, nullptr, nullptr, STATUS_SUCCESS, i);
        ULONG count = 0;
        LARGE_INTEGER now = {};
        if (round == 0) NtRemoveIoCompletionEx(port, taken, kPackets, &count, &now, FALSE);
    }
    NtClose(port);
}

NTSTATUS NTAPI wait_keyed(PVOID key) {
    return NtWaitForKeyedEvent(gate, key, FALSE, nullptr);
}

void keyed() {
    NtCreateKeyedEvent(&gate, KEYEDEVENT_ALL_ACCESS, nullptr, 0);
    for (ULONG i = 0; i < kMaximumThreads; ++i)
        threads[i] = start(&wait_keyed, reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(2 * i + 2)));
    sleep(20);
    for (ULONG i = kMaximumThreads; i > 0; --i)
        NtReleaseKeyedEvent(gate, reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(2 * i)), FALSE, nullptr);
    for (const HANDLE thread : threads) {
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
    NtClose(gate);
}

void atoms() {
    constexpr ULONG kAtoms = 10'000;
    for (int round = 0; round < 2; ++round)
        for (ULONG i = 0; i < kAtoms; ++i) {
            const app::Text name = numbered(u"hostile atom ", i);
            RTL_ATOM atom;
            const UNICODE_STRING text = name.unicode();
            if (!NT_SUCCESS(NtAddAtom(text.Buffer, text.Length, &atom))) break;
            if (round) NtDeleteAtom(atom), NtDeleteAtom(atom);
        }
}

void deep_names() {
    static WCHAR path[32'000];
    for (ULONG i = 0; i < 16'000; ++i) {
        path[2 * i] = u'\\';
        path[2 * i + 1] = u'a';
    }
    HANDLE handle;
    static const WCHAR* const kPrefixes[] = {u"\\SystemRoot", u"\\Registry\\Machine", u"\\BaseNamedObjects"};
    for (const WCHAR* prefix : kPrefixes) {
        app::Text name{View(prefix)};
        name.append(View(path, 32'000 - 40));
        app::Attributes attributes(name.view());
        app::open_file(name.view(), FILE_READ_DATA | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT, handle);
        NtOpenKey(&handle, KEY_READ, attributes.get());
        NtOpenEvent(&handle, kAccess, attributes.get());
    }
}

struct Load {
    const WCHAR* name;
    void (*run)();
};
constexpr Load kLoads[] = {
    {u"copies", copies},
    {u"wakes", wakes},
    {u"semaphores", semaphores},
    {u"keyed", keyed},
    {u"threads", thread_ends},
    {u"handles", handle_ends},
    {u"memory", memory_ends},
    {u"section", section_ends},
    {u"frees", frees},
    {u"files", file_names},
    {u"keys", keys},
    {u"names", object_names},
    {u"transfers", transfers},
    {u"apcs", apcs},
    {u"timers", timers},
    {u"packets", packets},
    {u"atoms", atoms},
    {u"deep", deep_names},
};
constexpr Load kChildren[] = {
    {u"child_threads", child_threads},
    {u"child_handles", child_handles},
    {u"child_memory", child_memory},
    {u"child_section", child_section},
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

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    RtlNormalizeProcessParams(peb->ProcessParameters);
    output = peb->ProcessParameters->StandardOutput;
    const View line(peb->ProcessParameters->CommandLine);
    for (const Load& child : kChildren)
        if (contains(line, child.name)) {
            child.run();
            NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
        }
    const SIZE_T blank = line.find(u' ');
    const View wanted = line.from(blank);
    const HANDLE sleeper = start(&sleep_often, nullptr);
    LONG increment = 15;
    NtSetInformationThread(sleeper, ThreadBasePriority, &increment, sizeof increment);
    report(u"before");
    longest_of_all = latest_of_all = 0;
    for (const Load& load : kLoads) {
        if (wanted.size > 1 && !contains(wanted, load.name)) continue;
        load.run();
        report(load.name);
    }
    over = true;
    NtWaitForSingleObject(sleeper, FALSE, nullptr);
    print(u"bench longest-turn {}\n", longest_of_all);
    print(u"bench timer-lateness {}\n", latest_of_all);
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
