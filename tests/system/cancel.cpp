// SPDX-License-Identifier: GPL-3.0-only
//
// Threads ended, alerted and cancelled in the midst of calls: nobody else notices.
#include "abi/nt/neptune.h"
#include "tests/common/silent_pipe.hpp"
#include "tests/system/test.h"

namespace {

void sleep_ms(LONGLONG milliseconds) {
    LARGE_INTEGER interval;
    interval.QuadPart = -milliseconds * 10'000;
    NtDelayExecution(FALSE, &interval);
}

HANDLE start(PUSER_THREAD_START_ROUTINE routine, PVOID parameter = nullptr, bool suspended = false) {
    HANDLE thread = nullptr;
    RtlCreateUserThread(NtCurrentProcess(), nullptr, suspended, 0, 0, 0, routine, parameter, &thread,
                        nullptr);
    return thread;
}

NTSTATUS wait(HANDLE handle, LONGLONG milliseconds = 5000) {
    LARGE_INTEGER timeout;
    timeout.QuadPart = -milliseconds * 10'000;
    return NtWaitForSingleObject(handle, FALSE, &timeout);
}

// Ends a thread and sees it gone.
bool end(HANDLE thread) {
    const bool ended = NT_SUCCESS(NtTerminateThread(thread, 0)) && wait(thread) == STATUS_SUCCESS;
    NtClose(thread);
    return ended;
}

void set_priority(HANDLE thread, LONG increment) {
    NtSetInformationThread(thread, ThreadBasePriority, &increment, sizeof increment);
}

SilentPipe pipe;

constexpr ULONG kLength = 12;

NTSTATUS read(HANDLE file, IO_STATUS_BLOCK& io, UCHAR (&buffer)[kLength]) {
    LARGE_INTEGER start_of_file = {};
    return NtReadFile(file, nullptr, nullptr, nullptr, &io, buffer, kLength, &start_of_file, nullptr);
}

volatile int stage;

NTSTATUS NTAPI delayed_then_waiting(PVOID) {
    stage = 1;
    sleep_ms(300);  // ends while it is on the errand
    stage = 2;
    return NtWaitForAlertByThreadId(nullptr, nullptr);
}

// Keeps every thread of a lower priority from running for half a second.
NTSTATUS NTAPI hog(PVOID) {
    LARGE_INTEGER start, now;
    NtQuerySystemTime(&start);
    do
        NtQuerySystemTime(&now);
    while (now.QuadPart - start.QuadPart < 5'000'000);
    return STATUS_SUCCESS;
}

}  // namespace

// Its call is over before it is back from moving its floating point state; the next call is a new one.
TEST(ended_after_an_errand) {
    stage = 0;
    HANDLE thread = start(delayed_then_waiting);
    while (stage != 1)
        sleep_ms(1);
    set_priority(thread, -15);
    HANDLE spinner = start(hog);
    sleep_ms(5);
    static CONTEXT context;
    context.ContextFlags = CONTEXT_FULL;
    CHECK(NtGetContextThread(thread, &context) == STATUS_SUCCESS);
    while (stage != 2)
        sleep_ms(10);
    sleep_ms(20);
    CHECK(end(thread));
    CHECK(end(spinner));
    sleep_ms(20);
}

namespace {

HANDLE file;
IO_STATUS_BLOCK pending_io;
UCHAR key[kLength];

NTSTATUS NTAPI cancel_io(PVOID) {
    IO_STATUS_BLOCK io;
    return NtCancelIoFile(file, &io);
}

}  // namespace

// The request that it waits for is somebody else's and goes its own way.
TEST(ended_inside_cancel) {
    file = pipe.open(0);
    REQUIRE(file);
    CHECK(read(file, pending_io, key) == STATUS_PENDING);
    HANDLE thread = start(cancel_io, nullptr, true);
    set_priority(thread, 2);
    set_priority(NtCurrentThread(), 1);
    NtResumeThread(thread, nullptr);  // runs at once, and waits inside
    CHECK(end(thread));
    set_priority(NtCurrentThread(), 0);
    NtClose(file);
    sleep_ms(50);
}

namespace {

volatile NTSTATUS results[4];
UCHAR keys[4][kLength];
IO_STATUS_BLOCK blocks[4];

constexpr NTSTATUS kWaits = 0x7777;  // not ended yet

NTSTATUS NTAPI read_synchronously(PVOID number) {
    const auto i = reinterpret_cast<ULONG_PTR>(number);
    results[i] = kWaits;
    const NTSTATUS status = read(file, blocks[i], keys[i]);
    results[i] = status;
    return status;
}

HANDLE start_reader(ULONG_PTR number) {
    HANDLE thread = start(read_synchronously, reinterpret_cast<PVOID>(number));
    sleep_ms(30);
    return thread;
}

ULONG leases_of_pipes() {
    static NEPTUNE_DRIVER_INFORMATION drivers[64];
    ULONG length = 0;
    NtQuerySystemInformation(static_cast<SYSTEM_INFORMATION_CLASS>(SystemNeptuneDriverInformation), drivers,
                             sizeof drivers, &length);
    for (ULONG i = 0; i < length / sizeof *drivers; ++i)
        if (drivers[i].Name[0] == u'N' && drivers[i].Name[1] == u'p' && drivers[i].Name[2] == u'f')
            return drivers[i].LeasedRequests;
    return 9999;
}

}  // namespace

TEST(ended_in_the_queue_for_a_file) {
    file = pipe.open(FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(file);
    HANDLE threads[3];
    for (ULONG_PTR i = 0; i < 3; ++i)
        threads[i] = start_reader(i);
    CHECK(end(threads[1]));
    sleep_ms(50);
    CHECK(results[0] == kWaits && results[2] == kWaits);
    // The turn passes on from who holds it.
    CHECK(end(threads[0]));
    sleep_ms(50);
    CHECK(results[2] == kWaits);
    IO_STATUS_BLOCK io;
    CHECK(NtCancelSynchronousIoFile(threads[2], nullptr, &io) == STATUS_SUCCESS);
    CHECK(wait(threads[2]) == STATUS_SUCCESS);
    CHECK(results[2] == STATUS_CANCELLED);
    NtClose(threads[2]);
    NtClose(file);
}

TEST(cancel_synchronous_requests) {
    file = pipe.open(FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(file);
    IO_STATUS_BLOCK io;
    CHECK(NtCancelSynchronousIoFile(NtCurrentThread(), nullptr, &io) == STATUS_NOT_FOUND);
    HANDLE thread = start_reader(0);
    CHECK(NtCancelSynchronousIoFile(thread, &blocks[1], &io) == STATUS_NOT_FOUND);
    CHECK(results[0] == kWaits);
    CHECK(NtCancelSynchronousIoFile(thread, &blocks[0], &io) == STATUS_SUCCESS &&
          io.Status == STATUS_SUCCESS);
    CHECK(wait(thread) == STATUS_SUCCESS);
    CHECK(results[0] == STATUS_CANCELLED);
    NtClose(thread);
    NtClose(file);
}

namespace {

volatile bool stop_waiting;

NTSTATUS NTAPI read_and_stay(PVOID) {
    results[0] = read(file, blocks[0], keys[0]);
    while (!stop_waiting)
        sleep_ms(5);
    return STATUS_SUCCESS;
}

}  // namespace

// NtCancelIoFile is for the calling thread's requests, NtCancelIoFileEx for the process's.
TEST(cancel_by_thread_and_by_process) {
    file = pipe.open(0);
    REQUIRE(file);
    stop_waiting = false;
    blocks[0].Status = kWaits;
    HANDLE thread = start(read_and_stay);
    sleep_ms(30);
    CHECK(results[0] == STATUS_PENDING);
    IO_STATUS_BLOCK io;
    CHECK(NtCancelIoFile(file, &io) == STATUS_SUCCESS);
    sleep_ms(50);
    CHECK(blocks[0].Status == kWaits);
    CHECK(NtCancelIoFileEx(file, &blocks[1], &io) == STATUS_NOT_FOUND);
    CHECK(NtCancelIoFileEx(file, &blocks[0], &io) == STATUS_SUCCESS);
    CHECK(wait(file) == STATUS_SUCCESS);
    CHECK(blocks[0].Status == STATUS_CANCELLED);
    CHECK(NtCancelIoFileEx(file, nullptr, &io) == STATUS_NOT_FOUND);
    stop_waiting = true;
    CHECK(wait(thread) == STATUS_SUCCESS);
    NtClose(thread);
    // One's own.
    CHECK(read(file, blocks[0], keys[0]) == STATUS_PENDING);
    CHECK(NtCancelIoFile(file, &io) == STATUS_SUCCESS);
    CHECK(blocks[0].Status == STATUS_CANCELLED);
    NtClose(file);
}

namespace {

NTSTATUS NTAPI read_often(PVOID) {
    static IO_STATUS_BLOCK many[56];
    for (IO_STATUS_BLOCK& block : many)
        read(file, block, keys[0]);
    stage = 1;
    return NtWaitForAlertByThreadId(nullptr, nullptr);
}

}  // namespace

TEST(requests_of_an_ended_thread_are_all_cancelled) {
    file = pipe.open(0);
    REQUIRE(file);
    sleep_ms(100);  // what earlier tests have closed
    const ULONG before = leases_of_pipes();
    stage = 0;
    HANDLE thread = start(read_often);
    while (stage == 0)
        sleep_ms(5);
    CHECK(leases_of_pipes() > before);
    CHECK(end(thread));
    sleep_ms(100);
    CHECK(leases_of_pipes() == before);
    NtClose(file);
}

// Its request is cancelled because of the alert, and then it is ended.
TEST(ended_after_an_alert) {
    file = pipe.open(FILE_SYNCHRONOUS_IO_ALERT);
    REQUIRE(file);
    HANDLE thread = start_reader(0);
    set_priority(NtCurrentThread(), 2);
    CHECK(NtAlertThread(thread) == STATUS_SUCCESS);
    CHECK(end(thread));
    set_priority(NtCurrentThread(), 0);
    // Alone, the alert is what the read ends with.
    thread = start_reader(1);
    CHECK(NtAlertThread(thread) == STATUS_SUCCESS);
    CHECK(wait(thread) == STATUS_SUCCESS);
    CHECK(results[1] == STATUS_ALERTED);
    NtClose(thread);
    NtClose(file);
}

namespace {

NTSTATUS NTAPI take_mutant(PVOID mutant) {
    return NtWaitForSingleObject(mutant, FALSE, nullptr);
}

void NTAPI no_apc(PVOID, PVOID, PVOID) {}

}  // namespace

TEST(what_an_ended_thread_leaves) {
    HANDLE mutant = nullptr, event = nullptr;
    NtCreateMutant(&mutant, MUTANT_ALL_ACCESS, nullptr, FALSE);
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE);
    HANDLE thread = start(take_mutant, mutant);
    CHECK(wait(thread) == STATUS_SUCCESS);
    CHECK(NtQueueApcThread(thread, reinterpret_cast<PVOID>(no_apc), nullptr, nullptr, nullptr) ==
          STATUS_UNSUCCESSFUL);
    NtClose(thread);
    HANDLE both[] = {event, mutant};
    LARGE_INTEGER none = {};
    CHECK(NtWaitForMultipleObjects(2, both, WaitAll, FALSE, &none) == STATUS_ABANDONED);
    NtClose(mutant);
    NtClose(event);
}

namespace {

LONG depth(HANDLE port) {
    IO_COMPLETION_BASIC_INFORMATION basic = {};
    NtQueryIoCompletion(port, IoCompletionBasicInformation, &basic, sizeof basic, nullptr);
    return basic.Depth;
}

NTSTATUS set_modes(HANDLE target, ULONG modes) {
    IO_STATUS_BLOCK io;
    FILE_IO_COMPLETION_NOTIFICATION_INFORMATION information = {modes};
    return NtSetInformationFile(target, &io, &information, sizeof information,
                                FileIoCompletionNotificationInformation);
}

NTSTATUS read_seed(HANDLE seed) {
    static UCHAR buffer[64];
    LARGE_INTEGER start_of_file = {};
    return NtReadFile(seed, nullptr, nullptr, reinterpret_cast<PVOID>(9), &pending_io, buffer, sizeof buffer,
                      &start_of_file, nullptr);
}

void NTAPI never_called(PVOID, PIO_STATUS_BLOCK, ULONG) {
    CHECK(false);
}

}  // namespace

// With a port, a routine is refused before anything is touched.
TEST(a_routine_and_a_port_exclude_each_other) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\config\\seed.reg");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io = {};
    UCHAR bytes[8];
    LARGE_INTEGER start_of_file = {};
    HANDLE seed = nullptr, port = nullptr, event = nullptr;
    REQUIRE(
        NT_SUCCESS(NtOpenFile(&seed, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ, 0)));
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE);
    NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    FILE_COMPLETION_INFORMATION completion = {port, nullptr};
    CHECK(NtSetInformationFile(seed, &io, &completion, sizeof completion, FileCompletionInformation) ==
          STATUS_SUCCESS);
    io.Status = STATUS_WAIT_1;
    CHECK(NtReadFile(seed, event, reinterpret_cast<PVOID>(never_called), bytes, &io, bytes, sizeof bytes,
                     &start_of_file, nullptr) == STATUS_INVALID_PARAMETER);
    CHECK(io.Status == STATUS_WAIT_1 && wait(event, 0) == STATUS_SUCCESS && depth(port) == 0);
    CHECK(NtFsControlFile(seed, nullptr, reinterpret_cast<PVOID>(never_called), nullptr, &io,
                          FSCTL_GET_REPARSE_POINT, nullptr, 0, bytes,
                          sizeof bytes) == STATUS_INVALID_PARAMETER);
    // Without a context there is no packet, with one there is one.
    CHECK(NtReadFile(seed, event, nullptr, nullptr, &io, bytes, sizeof bytes, &start_of_file, nullptr) ==
          STATUS_SUCCESS);
    CHECK(depth(port) == 0);
    CHECK(NtReadFile(seed, event, nullptr, bytes, &io, bytes, sizeof bytes, &start_of_file, nullptr) ==
          STATUS_SUCCESS);
    CHECK(depth(port) == 1 && wait(event, 0) == STATUS_SUCCESS);
    NtTestAlert();
    NtClose(event);
    NtClose(seed);
    NtClose(port);
}

TEST(notification_modes) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\config\\seed.reg");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    HANDLE seed = nullptr, port = nullptr;
    REQUIRE(
        NT_SUCCESS(NtOpenFile(&seed, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ, 0)));
    NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    FILE_COMPLETION_INFORMATION completion = {port, reinterpret_cast<PVOID>(7)};
    CHECK(NtSetInformationFile(seed, &io, &completion, sizeof completion, FileCompletionInformation) ==
          STATUS_SUCCESS);
    CHECK(read_seed(seed) == STATUS_SUCCESS && depth(port) == 1);
    CHECK(set_modes(seed, 0x80) == STATUS_INVALID_PARAMETER);
    CHECK(set_modes(seed, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) == STATUS_SUCCESS);
    CHECK(read_seed(seed) == STATUS_SUCCESS && depth(port) == 1);
    // What has been set stays set.
    CHECK(set_modes(seed, FILE_SKIP_SET_EVENT_ON_HANDLE) == STATUS_SUCCESS);
    CHECK(read_seed(seed) == STATUS_SUCCESS && depth(port) == 1);
    CHECK(wait(seed, 0) == STATUS_TIMEOUT);
    NtClose(seed);
    // A request that goes on posts its packet also when it is cancelled.
    file = pipe.open(0);
    REQUIRE(file);
    CHECK(NtSetInformationFile(file, &io, &completion, sizeof completion, FileCompletionInformation) ==
          STATUS_SUCCESS);
    CHECK(set_modes(file, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) == STATUS_SUCCESS);
    LARGE_INTEGER start_of_file = {};
    CHECK(NtReadFile(file, nullptr, nullptr, reinterpret_cast<PVOID>(9), &pending_io, key, kLength,
                     &start_of_file, nullptr) == STATUS_PENDING);
    CHECK(NtCancelIoFile(file, &io) == STATUS_SUCCESS && depth(port) == 2);
    NtClose(file);
    NtClose(port);
}
