// SPDX-License-Identifier: GPL-3.0-only
// A debugger and what it debugs: the program itself, started again with a word that says what to do. PROGRAM
// is its name.
#pragma once

#include "abi/nt/ntrtl_extended.h"
#include "tests/system/test.h"

namespace {

constexpr ULONG kMostEvents = 64;
constexpr LONGLONG kSecond = -10'000'000;

volatile LONG shared_word;

__attribute__((noinline)) bool write_nowhere() {
    __try {
        *reinterpret_cast<volatile int*>(0x40) = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return true;
    }
    return false;
}

NTSTATUS NTAPI short_thread(PVOID) {
    return 5;
}

NTSTATUS NTAPI spinning_thread(PVOID) {
    for (;;)
        shared_word = shared_word + 1;
}

HANDLE start_thread(PUSER_THREAD_START_ROUTINE routine, ULONG flags = 0) {
    HANDLE thread = nullptr;
    NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                     reinterpret_cast<PVOID>(routine), nullptr, flags, 0, 0, 0, nullptr);
    return thread;
}

void wait_long() {
    LARGE_INTEGER long_time;
    long_time.QuadPart = 60 * kSecond;
    NtDelayExecution(FALSE, &long_time);
}

NTSTATUS load_and_unload() {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"ldrtest.dll");
    PVOID base = nullptr;
    NTSTATUS status = LdrLoadDll(nullptr, nullptr, &name, &base);
    if (!NT_SUCCESS(status)) return status;
    LdrUnloadDll(base);
    return 4;
}

__attribute__((noinline)) ULONG64 compute(ULONG64 value) {
    asm volatile("addq $1, %0\n\taddq $2, %0\n\taddq $3, %0\n\tnop" : "+r"(value));
    return value;
}

struct Child {
    HANDLE process = nullptr;
    HANDLE thread = nullptr;
    NTSTATUS status = STATUS_SUCCESS;
    Child(const WCHAR* words, HANDLE debugger, ULONG flags = 0, ULONG thread_flags = 0);
    ~Child() {
        if (process) NtTerminateProcess(process, 0);
        if (process) NtClose(process);
        if (thread) NtClose(thread);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    NTSTATUS wait(LONGLONG timeout = 5 * kSecond) const {
        LARGE_INTEGER time;
        time.QuadPart = timeout;
        PROCESS_BASIC_INFORMATION basic = {};
        if (!process || NtWaitForSingleObject(process, FALSE, &time) != STATUS_SUCCESS) return STATUS_TIMEOUT;
        NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
        return basic.ExitStatus;
    }
};

Child::Child(const WCHAR* words, HANDLE debugger, ULONG flags, ULONG thread_flags) {
    UNICODE_STRING nt = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\" PROGRAM u".exe");
    UNICODE_STRING command;
    RtlInitUnicodeString(&command, words);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    UNICODE_STRING image = NtCurrentPeb()->ProcessParameters->ImagePathName;
    RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &command, nullptr, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    struct {
        SIZE_T length;
        PS_ATTRIBUTE attributes[2];
    } list = {};
    list.attributes[0].Attribute = PS_ATTRIBUTE_IMAGE_NAME;
    list.attributes[0].Size = nt.Length;
    list.attributes[0].ValuePtr = nt.Buffer;
    list.attributes[1].Attribute = PS_ATTRIBUTE_DEBUG_PORT;
    list.attributes[1].Size = sizeof(HANDLE);
    list.attributes[1].ValuePtr = debugger;
    list.length = sizeof(SIZE_T) + (debugger ? 2 : 1) * sizeof(PS_ATTRIBUTE);
    status =
        NtCreateUserProcess(&process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, nullptr, nullptr, flags,
                            thread_flags, parameters, nullptr, reinterpret_cast<PPS_ATTRIBUTE_LIST>(&list));
    RtlDestroyProcessParameters(parameters);
}

NTSTATUS spawn_and_wait() {
    Child child(u"child exits", nullptr);
    return child.wait(30 * kSecond) == 7 ? 9 : 1;
}

NTSTATUS child(const UNICODE_STRING& arguments) {
    const auto is = [&arguments](const WCHAR* word) {
        UNICODE_STRING wanted;
        RtlInitUnicodeString(&wanted, word);
        return RtlEqualUnicodeString(&arguments, &wanted, FALSE);
    };
    if (is(u"exits")) return NtCurrentPeb()->BeingDebugged ? 77 : 7;
    if (is(u"throws")) return write_nowhere() ? 8 : 1;
    if (is(u"dies")) *reinterpret_cast<volatile int*>(0x44) = 1;
    if (is(u"prints")) {
        DbgPrint("told %d", 42);
        return 3;
    }
    if (is(u"raises")) {
        EXCEPTION_RECORD record = {};
        record.ExceptionCode = static_cast<NTSTATUS>(0xe0000001);
        record.NumberParameters = 1;
        record.ExceptionInformation[0] = 99;
        RtlRaiseException(&record);
        return 6;
    }
    if (is(u"loads")) return load_and_unload();
    if (is(u"computes")) {
        DbgBreakPoint();
        return static_cast<NTSTATUS>(compute(10));
    }
    if (is(u"threads")) {
        const HANDLE thread = start_thread(short_thread);
        NtWaitForSingleObject(thread, FALSE, nullptr);
        THREAD_BASIC_INFORMATION basic = {};
        NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof(basic), nullptr);
        return 100 + basic.ExitStatus;
    }
    if (is(u"hides")) {
        NtWaitForSingleObject(start_thread(short_thread, THREAD_CREATE_FLAGS_HIDE_FROM_DEBUGGER), FALSE,
                              nullptr);
        return 11;
    }
    if (is(u"spins")) {
        start_thread(spinning_thread);
        for (;;)
            DbgBreakPoint();
    }
    if (is(u"crowd")) {
        for (unsigned i = 0; i < 40; ++i)
            start_thread([](PVOID) -> NTSTATUS {
                wait_long();
                return 0;
            });
        wait_long();
    }
    if (is(u"waits")) wait_long();
    if (is(u"spawns")) return spawn_and_wait();
    return STATUS_NOT_IMPLEMENTED;
}

class Debugger {
public:
    explicit Debugger(ULONG flags = DEBUG_KILL_ON_CLOSE) {
        NtCreateDebugObject(&object, DEBUG_ALL_ACCESS, nullptr, flags);
    }
    ~Debugger() {
        close_handles();
        if (object) NtClose(object);
    }
    Debugger(const Debugger&) = delete;
    Debugger& operator=(const Debugger&) = delete;

    NTSTATUS next(LONGLONG timeout = 5 * kSecond) {
        close_handles();
        LARGE_INTEGER time;
        time.QuadPart = timeout;
        change = {};
        return NtWaitForDebugEvent(object, FALSE, &time, &change);
    }
    NTSTATUS go_on(NTSTATUS status = DBG_CONTINUE) {
        return NtDebugContinue(object, &change.AppClientId, status);
    }
    // Goes on until there is one of these; false: there is none.
    bool until(DBG_STATE state, NTSTATUS answer = DBG_CONTINUE) {
        for (ULONG i = 0; i < 4 * kMostEvents; ++i) {
            if (next() != STATUS_SUCCESS) return false;
            if (change.NewState == state) return true;
            if (go_on(answer) != STATUS_SUCCESS) return false;
        }
        return false;
    }
    // A letter for each event until the process's last, the loader's own breakpoint among them.
    const char* whole_life(NTSTATUS answer_to_exceptions = DBG_EXCEPTION_NOT_HANDLED) {
        ULONG count = 0;
        while (count + 1 < sizeof letters) {
            if (next() != STATUS_SUCCESS) break;
            letters[count++] = letter();
            const bool ends = change.NewState == DbgExitProcessStateChange;
            if (ends) exit_status = change.StateInfo.ExitProcess.ExitStatus;
            const bool first_break = change.NewState == DbgBreakpointStateChange && breaks++ == 0;
            const bool exception = change.NewState >= DbgExceptionStateChange &&
                                   change.NewState <= DbgSingleStepStateChange && !first_break;
            go_on(exception ? answer_to_exceptions : DBG_CONTINUE);
            if (ends) break;
        }
        letters[count] = '\0';
        return letters;
    }
    EXCEPTION_RECORD& record() { return change.StateInfo.Exception.ExceptionRecord; }

    HANDLE object = nullptr;
    DBGUI_WAIT_STATE_CHANGE change = {};
    NTSTATUS exit_status = STATUS_PENDING;

private:
    char letter() const {
        switch (change.NewState) {
            case DbgCreateProcessStateChange:
                return 'P';
            case DbgCreateThreadStateChange:
                return 'T';
            case DbgExitThreadStateChange:
                return 't';
            case DbgExitProcessStateChange:
                return 'p';
            case DbgLoadDllStateChange:
                return 'L';
            case DbgUnloadDllStateChange:
                return 'l';
            case DbgBreakpointStateChange:
                return 'b';
            case DbgSingleStepStateChange:
                return 's';
            case DbgExceptionStateChange:
                return change.StateInfo.Exception.FirstChance ? 'e' : 'E';
            default:
                return '?';
        }
    }
    void close_handles() {
        auto& info = change.StateInfo;
        const auto close = [](HANDLE handle) {
            if (handle) NtClose(handle);
        };
        if (change.NewState == DbgCreateProcessStateChange) {
            close(info.CreateProcessInfo.HandleToProcess);
            close(info.CreateProcessInfo.HandleToThread);
            close(info.CreateProcessInfo.NewProcess.FileHandle);
        } else if (change.NewState == DbgCreateThreadStateChange) {
            close(info.CreateThread.HandleToThread);
        } else if (change.NewState == DbgLoadDllStateChange) {
            close(info.LoadDll.FileHandle);
        }
        change.NewState = DbgIdle;
    }
    char letters[kMostEvents] = {};
    ULONG breaks = 0;
};

[[maybe_unused]] bool same(const char* a, const char* b) {
    if (strcmp(a, b) == 0) return true;
    test::print("# told %s, not %s", a, b);
    return false;
}

[[maybe_unused]] ULONG_PTR port_of(HANDLE process) {
    ULONG_PTR port = 1;
    NtQueryInformationProcess(process, ProcessDebugPort, &port, sizeof(port), nullptr);
    return port;
}

}  // namespace

CHILD(child);
