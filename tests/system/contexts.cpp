// SPDX-License-Identifier: GPL-3.0-only
//
// Threads seen from outside: suspension, registers read and written, in user code and inside a call; ends;
// priorities; what is told about processes and threads.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

volatile ULONG64 counter;
volatile bool stop;
volatile bool arrived;
volatile ULONG64 register_seen;

// The thread started last has come to what it is for.
volatile bool begun;

NTSTATUS NTAPI spin(PVOID) {
    for (; !stop; begun = true)
        counter = counter + 1;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI sleeper(PVOID parameter) {
    begun = true;
    return NtWaitForSingleObject(parameter, FALSE, nullptr);
}

void pause(LONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    NtDelayExecution(FALSE, &time);
}

void set_base_priority(HANDLE thread, LONG increment) {
    NtSetInformationThread(thread, ThreadBasePriority, &increment, sizeof increment);
}

HANDLE start(PUSER_THREAD_START_ROUTINE routine, PVOID parameter = nullptr) {
    begun = false;
    HANDLE thread = nullptr;
    NTSTATUS status = NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                       reinterpret_cast<PVOID>(routine), parameter, 0, 0, 0, 0, nullptr);
    expect("thread", status, STATUS_SUCCESS);
    while (NT_SUCCESS(status) && !begun)
        pause(1);
    return thread;
}

// Whoever runs before this thread is in its wait when this one goes on.
HANDLE start_waiting(HANDLE event) {
    set_base_priority(NtCurrentThread(), -2);
    HANDLE thread = start(sleeper, event);
    set_base_priority(NtCurrentThread(), 0);
    return thread;
}

NTSTATUS wait(HANDLE handle, LONG milliseconds = 5000) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    return NtWaitForSingleObject(handle, FALSE, &time);
}

NTSTATUS exit_status(HANDLE thread) {
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    return basic.ExitStatus;
}

void suspension() {
    stop = false;
    HANDLE thread = start(spin);
    pause(30);
    ULONG before = 9;
    expect("suspend", NtSuspendThread(thread, &before), STATUS_SUCCESS);
    check("was running", before == 0);
    const ULONG64 at = counter;
    check("it ran", at > 0);
    pause(40);
    check("it stands", counter == at);
    expect("suspend again", NtSuspendThread(thread, &before), STATUS_SUCCESS);
    check("count one", before == 1);
    NtResumeThread(thread, &before);
    check("count two", before == 2);
    pause(20);
    check("it still stands", counter == at);
    NtResumeThread(thread, nullptr);
    pause(30);
    check("it goes on", counter > at);
    stop = true;
    expect("it ends", wait(thread), STATUS_SUCCESS);
    expect("exit status", exit_status(thread), STATUS_SUCCESS);
    NtClose(thread);
}

// Where a spinning thread is sent: it says what it finds in a register and leaves.
[[noreturn]] void landing() {
    ULONG64 value;
    asm volatile("mov %%r12, %0" : "=r"(value));
    register_seen = value;
    arrived = true;
    RtlExitUserThread(77);
}

void registers() {
    stop = false;
    arrived = false;
    HANDLE thread = start(spin);
    pause(20);
    NtSuspendThread(thread, nullptr);
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    expect("get context", NtGetContextThread(thread, &context), STATUS_SUCCESS);
    const ULONG64 code = reinterpret_cast<ULONG64>(&spin);
    check("it is in its loop", context.Rip >= code && context.Rip < code + 64, "rip", context.Rip);
    context.Rip = reinterpret_cast<ULONG64>(&landing);
    context.Rsp = (context.Rsp & ~15ull) - 0x28;
    context.R12 = 0x1234567887654321;
    expect("set context", NtSetContextThread(thread, &context), STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    expect("it ends elsewhere", wait(thread), STATUS_SUCCESS);
    check("it arrived", arrived && register_seen == 0x1234567887654321);
    expect("its status", exit_status(thread), 77);
    NtClose(thread);
}

HANDLE told;
HANDLE heard;

// Wakes somebody who goes first, and so stands right behind its system call when he looks.
NTSTATUS NTAPI tell(PVOID) {
    while (!stop) {
        begun = true;
        NtSetEvent(told, nullptr);
        NtWaitForSingleObject(heard, FALSE, nullptr);
    }
    return STATUS_SUCCESS;
}

void behind_a_call() {
    stop = false;
    NtCreateEvent(&told, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    NtCreateEvent(&heard, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    HANDLE thread = start(tell);
    set_base_priority(thread, -2);
    const ULONG64 code = reinterpret_cast<ULONG64>(&tell);
    bool right = true;
    bool kept = true;
    CONTEXT context = {};
    for (int round = 0; round < 20; ++round) {
        NtWaitForSingleObject(told, FALSE, nullptr);
        NtSuspendThread(thread, nullptr);
        context.ContextFlags = CONTEXT_FULL;
        NtGetContextThread(thread, &context);
        // On top of its stack is where the stub returns to.
        ULONG64 top = 0;
        NtReadVirtualMemory(NtCurrentProcess(), reinterpret_cast<PVOID>(context.Rsp), &top, sizeof top,
                            nullptr);
        right &= top > code && top < code + 256;
        // All of it back as it was, and a part: the thread goes on either way.
        if (round % 2 == 1) context.ContextFlags = CONTEXT_INTEGER;
        kept &= NT_SUCCESS(NtSetContextThread(thread, &context));
        NtResumeThread(thread, nullptr);
        NtSetEvent(heard, nullptr);
    }
    check("its stack pointer is true", right, "rsp", context.Rsp);
    check("it may be set again", kept);
    stop = true;
    NtSetEvent(heard, nullptr);
    expect("it ends", wait(thread), STATUS_SUCCESS);
    NtClose(thread);
    NtClose(told);
    NtClose(heard);
}

void inside_a_call() {
    arrived = false;
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    HANDLE thread = start_waiting(event);
    NtSuspendThread(thread, nullptr);
    NtSetEvent(event, nullptr);
    pause(20);
    check("its answer is held back", wait(thread, 20) == STATUS_TIMEOUT);
    NtResumeThread(thread, nullptr);
    expect("then it goes on", wait(thread), STATUS_SUCCESS);
    NtClose(thread);

    NtResetEvent(event, nullptr);
    thread = start_waiting(event);
    NtSuspendThread(thread, nullptr);
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    expect("context of a waiting thread", NtGetContextThread(thread, &context), STATUS_SUCCESS);
    context.Rip = reinterpret_cast<ULONG64>(&landing);
    context.Rsp = (context.Rsp & ~15ull) - 0x28;
    context.R12 = 99;
    expect("set it", NtSetContextThread(thread, &context), STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    check("not before its call is over", wait(thread, 20) == STATUS_TIMEOUT);
    NtSetEvent(event, nullptr);
    expect("elsewhere", wait(thread), STATUS_SUCCESS);
    check("arrived from a call", arrived, "arrived", arrived);
    check("with its register", register_seen == 99, "register", register_seen);
    expect("status of the landing", exit_status(thread), 77);
    NtClose(thread);
    NtClose(event);
}

// A thread that keeps numbers in registers of every kind, over and over, and says if one changed by itself.
volatile double expected = 1.5;
volatile ULONG64 wrong;
volatile double taken;

NTSTATUS NTAPI keep_numbers(PVOID parameter) {
    const bool calls = parameter != nullptr;
    while (!stop) {
        double value = expected;
        asm volatile("movsd %0, %%xmm9" ::"m"(value) : "xmm9");
        begun = true;
        if (calls) {
            pause(5);
        } else {
            for (int i = 0; i < 1000; ++i)
                asm volatile("pause");
        }
        asm volatile("movsd %%xmm9, %0" : "=m"(value));
        taken = value;
        if (value != 1.5 && value != 2.5) wrong = wrong + 1;
        counter = counter + 1;
    }
    return STATUS_SUCCESS;
}

double lane(const CONTEXT& context, int index) {
    double value;
    memcpy(&value, &context.FltSave.XmmRegisters[index], sizeof value);
    return value;
}

void floating_point(const char* name, PVOID calls) {
    stop = false;
    wrong = 0;
    HANDLE thread = start(keep_numbers, calls);
    bool found = true;
    CONTEXT context = {};
    for (int round = 0; round < 20; ++round) {
        pause(2 + round % 3);
        if (round % 2) NtSuspendThread(thread, nullptr);
        context.ContextFlags = CONTEXT_FULL;
        NTSTATUS status = NtGetContextThread(thread, &context);
        found = found && status == STATUS_SUCCESS &&
                (context.ContextFlags & CONTEXT_FLOATING_POINT) == CONTEXT_FLOATING_POINT &&
                lane(context, 9) == 1.5;
        if (round % 2) NtResumeThread(thread, nullptr);
    }
    check(name, found, "xmm9", static_cast<ULONG64>(lane(context, 9) * 10));
    // What is put there is what it goes on with, until it loads its own again.
    bool set = false;
    const double other = 2.5;
    for (int round = 0; round < 20 && !set; ++round) {
        NtSuspendThread(thread, nullptr);
        context.ContextFlags = CONTEXT_FLOATING_POINT;
        NtGetContextThread(thread, &context);
        memcpy(&context.FltSave.XmmRegisters[9], &other, sizeof other);
        context.ContextFlags = CONTEXT_FLOATING_POINT;
        set = NtSetContextThread(thread, &context) == STATUS_SUCCESS;
        context.ContextFlags = CONTEXT_FLOATING_POINT;
        set = set && NtGetContextThread(thread, &context) == STATUS_SUCCESS && lane(context, 9) == 2.5;
        taken = 0;
        NtResumeThread(thread, nullptr);
        pause(20);
        set = set && taken != 0;
    }
    check("numbers are set", set && wrong == 0, "wrong", wrong);
    const ULONG64 at = counter;
    pause(40);
    check("and it goes on", counter > at);
    // Ended in the middle of it.
    for (int round = 0; round < 5; ++round)
        NtGetContextThread(thread, &context);
    NtTerminateThread(thread, 5);
    context.ContextFlags = CONTEXT_FULL;
    NtGetContextThread(thread, &context);
    expect("it ends", wait(thread), STATUS_SUCCESS);
    expect("no context of what has ended", NtGetContextThread(thread, &context),
           STATUS_THREAD_IS_TERMINATING);
    NtClose(thread);
}

// What was read of a waiting thread can be written back: its call returns as it would have.
void round_trip() {
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    const ULONG parts[] = {CONTEXT_CONTROL | CONTEXT_INTEGER, CONTEXT_FULL};
    for (ULONG flags : parts) {
        NtResetEvent(event, nullptr);
        HANDLE thread = start_waiting(event);
        NtSuspendThread(thread, nullptr);
        CONTEXT context = {};
        context.ContextFlags = flags;
        NtGetContextThread(thread, &context);
        context.ContextFlags = flags;
        expect("written back", NtSetContextThread(thread, &context), STATUS_SUCCESS);
        NtResumeThread(thread, nullptr);
        NtSetEvent(event, nullptr);
        expect("as if nothing had been", wait(thread), STATUS_SUCCESS);
        expect("its wait's status", exit_status(thread), STATUS_SUCCESS);
        NtClose(thread);
    }
    NtClose(event);
}

volatile ULONG bad_looks;

NTSTATUS NTAPI look(PVOID thread) {
    begun = true;
    for (int i = 0; i < 150; ++i) {
        CONTEXT context = {};
        context.ContextFlags = CONTEXT_FULL;
        NTSTATUS status = NtGetContextThread(thread, &context);
        if (status != STATUS_SUCCESS || lane(context, 9) != 1.5) bad_looks = bad_looks + 1;
        if (i % 4 == 0 && NtSetContextThread(thread, &context) != STATUS_SUCCESS) bad_looks = bad_looks + 1;
    }
    return STATUS_SUCCESS;
}

// Several look at one thread and put back what they saw of its numbers, while it is stopped and started.
void many_look_at_one() {
    stop = false;
    wrong = 0;
    bad_looks = 0;
    HANDLE thread = start(keep_numbers, const_cast<ULONG64*>(&counter));
    pause(20);
    NtSuspendThread(thread, nullptr);
    HANDLE lookers[] = {start(look, thread), start(look, thread), start(look, thread)};
    for (HANDLE looker : lookers) {
        expect("a look", wait(looker, 20'000), STATUS_SUCCESS);
        NtClose(looker);
    }
    check("all saw the same", bad_looks == 0, "bad", bad_looks);
    NtResumeThread(thread, nullptr);
    HANDLE other = start(keep_numbers, const_cast<ULONG64*>(&counter));
    for (int i = 0; i < 60; ++i) {
        CONTEXT context = {};
        context.ContextFlags = CONTEXT_FULL;
        NtGetContextThread(i % 2 ? thread : other, &context);
        NtSuspendThread(thread, nullptr);
        if (i % 3 == 0) pause(1);
        NtGetContextThread(thread, &context);
        NtResumeThread(thread, nullptr);
    }
    stop = true;
    expect("it comes to its end", wait(thread), STATUS_SUCCESS);
    expect("so does the other", wait(other), STATUS_SUCCESS);
    check("with its numbers", wrong == 0, "wrong", wrong);
    NtClose(thread);
    NtClose(other);
}

void ends() {
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    HANDLE waiting = start_waiting(event);
    stop = false;
    HANDLE running = start(spin);
    HANDLE still = nullptr;
    NtCreateThreadEx(&still, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(), reinterpret_cast<PVOID>(&spin),
                     nullptr, THREAD_CREATE_FLAGS_CREATE_SUSPENDED, 0, 0, 0, nullptr);
    pause(20);
    expect("end a waiting thread", NtTerminateThread(waiting, 5), STATUS_SUCCESS);
    expect("end a running thread", NtTerminateThread(running, 6), STATUS_SUCCESS);
    expect("end one never started", NtTerminateThread(still, 7), STATUS_SUCCESS);
    HANDLE all[] = {waiting, running, still};
    LARGE_INTEGER time;
    time.QuadPart = -50'000'000;
    expect("all ended", NtWaitForMultipleObjects(3, all, WaitAll, FALSE, &time), STATUS_SUCCESS);
    check("their statuses",
          exit_status(waiting) == 5 && exit_status(running) == 6 && exit_status(still) == 7);
    expect("no resume", NtResumeThread(running, nullptr), STATUS_SUCCESS);
    CONTEXT context = {};
    check("no context", !NT_SUCCESS(NtGetContextThread(running, &context)));
    for (HANDLE handle : all)
        NtClose(handle);
    NtClose(event);
}

// The page that held the numbers of a thread which has ended is somebody else's soon: here this program's.
void numbers_of_the_dead() {
    stop = false;
    HANDLE thread = start(spin);
    pause(20);
    NtTerminateThread(thread, 0);
    expect("it ends", wait(thread), STATUS_SUCCESS);
    constexpr SIZE_T kSize = 16 << 20;
    PVOID base = nullptr;
    SIZE_T size = kSize;
    NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    const auto* bytes = static_cast<volatile UCHAR*>(base);
    ULONG64 sum = 0;
    for (SIZE_T i = 0; i < kSize; i += 4096)
        sum += bytes[i];
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FLOATING_POINT;
    memset(&context.FltSave, 0x55, sizeof context.FltSave);
    expect("no numbers for the dead", NtSetContextThread(thread, &context), STATUS_THREAD_IS_TERMINATING);
    for (SIZE_T i = 0; i < kSize; ++i)
        sum += bytes[i];
    check("nobody else's page has them", sum == 0, "sum", sum);
    size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    NtClose(thread);
}

void facts() {
    PROCESS_BASIC_INFORMATION process = {};
    expect("process",
           NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &process, sizeof process,
                                     nullptr),
           STATUS_SUCCESS);
    check("PEB", process.PebBaseAddress == NtCurrentTeb()->ProcessEnvironmentBlock);
    check("id",
          process.UniqueProcessId == reinterpret_cast<ULONG_PTR>(NtCurrentTeb()->ClientId.UniqueProcess));
    CLIENT_ID id = NtCurrentTeb()->ClientId;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    HANDLE self = nullptr;
    expect("open by id", NtOpenProcess(&self, PROCESS_QUERY_INFORMATION, &attributes, &id), STATUS_SUCCESS);
    expect("not for more", NtTerminateProcess(self, 1), STATUS_ACCESS_DENIED);
    NtClose(self);
    id.UniqueProcess = ULongToHandle(0x7ffffffc);
    id.UniqueThread = nullptr;
    expect("no such process", NtOpenProcess(&self, PROCESS_QUERY_INFORMATION, &attributes, &id),
           STATUS_INVALID_CID);
    ULONG small = 0;
    expect(
        "wrong length",
        NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &small, sizeof small, nullptr),
        STATUS_INFO_LENGTH_MISMATCH);
    expect("no such class",
           NtQueryInformationProcess(NtCurrentProcess(), static_cast<PROCESSINFOCLASS>(250), &small,
                                     sizeof small, nullptr),
           STATUS_INVALID_INFO_CLASS);
    // What is told as the priority is the one it runs at, boosts included.
    ULONG no_boost = 1;
    expect("no boosts",
           NtSetInformationThread(NtCurrentThread(), ThreadPriorityBoost, &no_boost, sizeof no_boost),
           STATUS_SUCCESS);
    LONG priority = 1;
    expect("priority",
           NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority),
           STATUS_SUCCESS);
    THREAD_BASIC_INFORMATION thread = {};
    NtQueryInformationThread(NtCurrentThread(), ThreadBasicInformation, &thread, sizeof thread, nullptr);
    check("one above", thread.Priority == process.BasePriority + 1);
    priority = 5;
    expect("not so high",
           NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority),
           STATUS_INVALID_PARAMETER);
    priority = 0;
    NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority);
    LARGE_INTEGER counter_value, frequency;
    NtQueryPerformanceCounter(&counter_value, &frequency);
    LARGE_INTEGER later;
    pause(100);
    NtQueryPerformanceCounter(&later, nullptr);
    const LONGLONG passed = (later.QuadPart - counter_value.QuadPart) * 1000 / frequency.QuadPart;
    check("100 ms are 100 ms", passed >= 99 && passed < 500, "ms", static_cast<ULONG64>(passed));
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    suspension();
    registers();
    behind_a_call();
    inside_a_call();
    floating_point("numbers of a thread that computes", nullptr);
    floating_point("numbers of a thread that waits", const_cast<ULONG64*>(&counter));
    round_trip();
    many_look_at_one();
    ends();
    numbers_of_the_dead();
    facts();
    test::end();
}
