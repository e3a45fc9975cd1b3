// SPDX-License-Identifier: GPL-3.0-only
//
// What waits in queues: packets, APCs, requests, watches, atoms.
#include "tests/drivers/scribbler/scribbler.h"
#include "tests/torture/exhaust/exhaust.hpp"

namespace exhaust {

namespace {

NTSTATUS packets(ULONG) {
    static HANDLE port;
    if (!port) return NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    return NtSetIoCompletion(port, nullptr, nullptr, STATUS_SUCCESS, 0);
}

void NTAPI nothing(PVOID, PVOID, PVOID) {}

HANDLE begun;  // told by each thread as it begins

NTSTATUS wait_for_ever() {
    LARGE_INTEGER for_ever;
    for_ever.QuadPart = INT64_MIN;
    return NtDelayExecution(FALSE, &for_ever);
}

NTSTATUS NTAPI begin_and_wait(PVOID) {
    NtSetEvent(begun, nullptr);
    return wait_for_ever();
}

NTSTATUS new_thread(HANDLE& thread, PUSER_THREAD_START_ROUTINE routine, PVOID argument = nullptr,
                    ULONG flags = 0) {
    return NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                            reinterpret_cast<PVOID>(routine), argument, flags, 0, 16384, 65536, nullptr);
}

// The routine begins by setting `begun`. A thread that finds no memory to begin with ends with that status.
NTSTATUS begin_thread(PUSER_THREAD_START_ROUTINE routine, PVOID argument = nullptr) {
    if (!begun) {
        const NTSTATUS made = NtCreateEvent(&begun, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
        if (!NT_SUCCESS(made)) return made;
    }
    HANDLE thread;
    const NTSTATUS made = new_thread(thread, routine, argument);
    if (!NT_SUCCESS(made)) return made;
    HANDLE either[] = {begun, thread};
    const NTSTATUS which = NtWaitForMultipleObjects(2, either, WaitAny, FALSE, nullptr);
    if (which == STATUS_WAIT_0) return STATUS_SUCCESS;
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    NtClose(thread);
    return which == STATUS_WAIT_1 ? basic.ExitStatus : which;
}

// Threads that have not begun, each with as many as it may have.
NTSTATUS apcs(ULONG) {
    static HANDLE thread;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (thread)
            status = NtQueueApcThread(thread, reinterpret_cast<PVOID>(&nothing), nullptr, nullptr, nullptr);
        if (NT_SUCCESS(status) || attempt == 1) return status;
        const NTSTATUS made =
            new_thread(thread, &begin_and_wait, nullptr, THREAD_CREATE_FLAGS_CREATE_SUSPENDED);
        if (!NT_SUCCESS(made)) return made;
    }
    return status;
}

NTSTATUS threads(ULONG) {
    return begin_thread(&begin_and_wait);
}

NTSTATUS NTAPI wait_for_many(PVOID event) {
    NtSetEvent(begun, nullptr);
    HANDLE events[MAXIMUM_WAIT_OBJECTS];
    for (HANDLE& each : events)
        each = event;
    return NtWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, events, WaitAny, FALSE, nullptr);
}

// Waits that take the most: 64 objects each.
NTSTATUS waits(ULONG) {
    static HANDLE event;
    if (!event) return NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    return begin_thread(&wait_for_many, event);
}

// Named to be told of a key's next change, which does not come.
NTSTATUS watches(ULONG) {
    static IO_STATUS_BLOCK io;
    static HANDLE key;
    NTSTATUS status = STATUS_SUCCESS;
    if (!key) {
        app::Attributes where{View(u"\\Registry\\Machine\\Exhausted")};
        status = NtCreateKey(&key, KEY_ALL_ACCESS, where.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
        if (!NT_SUCCESS(status)) return status;
        NtDeleteKey(key);
    }
    app::Attributes where{View(u"\\Registry\\Machine\\System")};
    HANDLE watched;
    status = NtOpenKey(&watched, KEY_NOTIFY, where.get());
    if (!NT_SUCCESS(status)) return status;
    return NtNotifyChangeKey(watched, nullptr, nullptr, nullptr, &io, REG_NOTIFY_CHANGE_SECURITY, FALSE,
                             nullptr, 0, TRUE);
}

NTSTATUS atoms(ULONG index) {
    const app::Text name = numbered(u"an atom of some length, so that it takes as much as it can: ", index);
    RTL_ATOM atom;
    return NtAddAtom(name.unicode().Buffer, static_cast<ULONG>(name.size() * sizeof(WCHAR)), &atom);
}

// A driver that keeps what it is asked for ever (the test loads it).
NTSTATUS open_keeper(HANDLE& device, ACCESS_MASK access, ULONG options) {
    static IO_STATUS_BLOCK io;
    app::Attributes where{View(u"\\Device\\Scribbler")};
    return NtOpenFile(&device, access | SYNCHRONIZE, where.get(), &io, FILE_SHARE_READ | FILE_SHARE_WRITE,
                      options);
}

// A handle to it, for requests that go on by themselves.
NTSTATUS keeper(HANDLE& device) {
    static HANDLE opened;
    const NTSTATUS status = opened ? STATUS_SUCCESS : open_keeper(opened, FILE_READ_DATA, 0);
    device = opened;
    return status;
}

// Reads. Of some length, they are shown to it and pinned, all the same pages.
NTSTATUS pend(ULONG length) {
    static IO_STATUS_BLOCK io;
    static UCHAR buffer[0x4000];
    HANDLE device;
    const NTSTATUS status = keeper(device);
    if (!NT_SUCCESS(status)) return status;
    LARGE_INTEGER offset;
    offset.QuadPart = SCRIBBLER_PEND;
    return NtReadFile(device, nullptr, nullptr, nullptr, &io, buffer, length, &offset, nullptr);
}

NTSTATUS requests(ULONG) {
    return pend(sizeof(ULONG));
}

NTSTATUS long_requests(ULONG) {
    return pend(0x4000);
}

// With a pattern as long as a request takes one.
NTSTATUS named_requests(ULONG) {
    static IO_STATUS_BLOCK io;
    static UCHAR buffer[64];
    static WCHAR pattern[380];
    HANDLE device;
    const NTSTATUS status = keeper(device);
    if (!NT_SUCCESS(status)) return status;
    for (WCHAR& unit : pattern)
        unit = u'x';
    UNICODE_STRING text = app::unicode(View(pattern, sizeof pattern / sizeof pattern[0]));
    return NtQueryDirectoryFile(device, nullptr, nullptr, nullptr, &io, buffer, sizeof buffer,
                                FileNamesInformation, FALSE, &text, FALSE);
}

NTSTATUS locks(ULONG index) {
    static IO_STATUS_BLOCK io;
    HANDLE device;
    const NTSTATUS status = keeper(device);
    if (!NT_SUCCESS(status)) return status;
    LARGE_INTEGER from, length;
    from.QuadPart = LONGLONG{index} * kPage;
    length.QuadPart = kPage;
    return NtLockFile(device, nullptr, nullptr, nullptr, &io, &from, &length, 0, FALSE, TRUE);
}

// Of a file of the volume in memory, whose locks the Executive keeps.
NTSTATUS file_locks(ULONG index) {
    static HANDLE file;
    static IO_STATUS_BLOCK io;
    if (!file) {
        const NTSTATUS status =
            app::open_file(u"\\SystemRoot\\System32\\ntdll.dll", FILE_READ_DATA | SYNCHRONIZE,
                           FILE_SYNCHRONOUS_IO_NONALERT, file);
        if (!NT_SUCCESS(status)) return status;
    }
    LARGE_INTEGER from, length;
    from.QuadPart = LONGLONG{index} * kPage;
    length.QuadPart = kPage;
    return NtLockFile(file, nullptr, nullptr, nullptr, &io, &from, &length, 0, TRUE, TRUE);
}

// Of a directory that nothing changes in, with the largest buffer that counts.
NTSTATUS watch_directory(HANDLE& directory) {
    static IO_STATUS_BLOCK io;
    static UCHAR changes[0x10000];
    NTSTATUS status = STATUS_SUCCESS;
    if (!directory) {
        app::Attributes where(View(u"\\SystemRoot\\System32\\drivers"), OBJ_CASE_INSENSITIVE);
        status = NtOpenFile(&directory, FILE_LIST_DIRECTORY | SYNCHRONIZE, where.get(), &io,
                            FILE_SHARE_VALID_FLAGS, FILE_DIRECTORY_FILE);
    }
    if (!NT_SUCCESS(status)) return status;
    return NtNotifyChangeDirectoryFile(directory, nullptr, nullptr, nullptr, &io, changes, sizeof changes,
                                       FILE_NOTIFY_CHANGE_FILE_NAME, TRUE);
}

NTSTATUS directory_watches(ULONG) {
    HANDLE directory = nullptr;
    return watch_directory(directory);
}

NTSTATUS directory_requests(ULONG) {
    static HANDLE directory;
    return watch_directory(directory);
}

// Lists as long as they may be, of which the Executive keeps a copy as long as the driver does not answer.
NTSTATUS NTAPI set_and_wait(PVOID) {
    NtSetEvent(begun, nullptr);
    static UCHAR list[0x10000];
    list[5] = 1;     // EaNameLength
    list[8] = 'n';   // and the name
    list[6] = 0xf0;  // EaValueLength
    list[7] = 0xff;
    HANDLE device;
    IO_STATUS_BLOCK io;
    const NTSTATUS status = open_keeper(device, FILE_WRITE_EA, FILE_SYNCHRONOUS_IO_NONALERT);
    if (NT_SUCCESS(status)) NtSetEaFile(device, &io, list, sizeof list);
    return wait_for_ever();
}

NTSTATUS setting_threads(ULONG) {
    return begin_thread(&set_and_wait);
}

// Threads that each wait for one.
NTSTATUS NTAPI read_and_wait(PVOID) {
    NtSetEvent(begun, nullptr);
    HANDLE device;
    IO_STATUS_BLOCK io;
    UCHAR buffer[SCRIBBLER_SHORT];
    NTSTATUS status = open_keeper(device, FILE_READ_DATA, FILE_SYNCHRONOUS_IO_NONALERT);
    LARGE_INTEGER offset;
    offset.QuadPart = SCRIBBLER_PEND;
    if (NT_SUCCESS(status))
        status = NtReadFile(device, nullptr, nullptr, nullptr, &io, buffer, sizeof buffer, &offset, nullptr);
    return wait_for_ever();
}

NTSTATUS reading_threads(ULONG) {
    return begin_thread(&read_and_wait);
}

constexpr Kind kKinds[] = {
    {u"requests", requests},
    {u"long-requests", long_requests},
    {u"named-requests", named_requests},
    {u"locks", locks},
    {u"file-locks", file_locks},
    {u"directory-watches", directory_watches},
    {u"directory-requests", directory_requests},
    {u"setting-threads", setting_threads},
    {u"reading-threads", reading_threads},
    {u"packets", packets},
    {u"apcs", apcs},
    {u"threads", threads},
    {u"waits", waits},
    {u"watches", watches},
    {u"atoms", atoms},
};

}  // namespace

Kinds queue_kinds() {
    return {kKinds, sizeof kKinds / sizeof kKinds[0]};
}

}  // namespace exhaust
