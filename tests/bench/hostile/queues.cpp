// SPDX-License-Identifier: GPL-3.0-only
//
// Long queues: APCs, timers, packets.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

HANDLE gate;

NTSTATUS NTAPI wait_for(PVOID handle) {
    return NtWaitForSingleObject(handle, TRUE, nullptr);
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

// Carriage returns, which leave the screen as it is.
void displays() {
    static WCHAR text[16'000];
    for (WCHAR& unit : text)
        unit = u'\r';
    UNICODE_STRING string;
    string.Buffer = text;
    string.Length = string.MaximumLength = sizeof text;
    NtDisplayString(&string);
}

void reports() {
    static const WCHAR* const kColours[] = {u"\x1b[91m", u"\x1b[92;44m", u"\x1b[0m"};
    app::Text typed(u"\r");
    for (ULONG i = 0; i < 78; ++i) {
        typed.append(View(kColours[i % 3]));
        typed.append(u"x");
    }
    UNICODE_STRING string = typed.unicode(), empty = {};
    char text[200];
    for (char& c : text)
        c = '.';
    for (int round = 0; round < 4; ++round) {
        NtDisplayString(&string);
        NtNeptuneSetLog(&empty);  // a few lines that say what is logged
        for (int i = 0; i < 3; ++i) {
            NtNeptuneLog(0, 0, text, sizeof text);
            sleep(1);
        }
    }
    RtlInitUnicodeString(&string, u"\x1b[0m\r\x1b[K");
    NtDisplayString(&string);
}

constexpr Load kLoads[] = {
    {u"apcs", apcs},         {u"timers", timers},   {u"packets", packets},
    {u"displays", displays}, {u"reports", reports},
};

}  // namespace

Loads queue_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
