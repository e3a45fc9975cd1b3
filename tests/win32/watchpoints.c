// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// Breakpoints in debug registers: watched variables and hooked functions, set by the thread's own handler, by
// another thread, and by a debugger, which is the same program. What it prints is by the documentation: where
// this was written Wine could not set any, and its calls all succeed and nothing is hit.
#include "say.h"

static volatile LONG watched[4];
static volatile LONG hits;
static DWORD64 seen[16];  // Dr6
static int (*volatile target)(int);

__declspec(dllexport) __attribute__((noinline)) int hooked(int value) {
    __asm__ volatile("nop");
    return value + 1;
}

static LONG CALLBACK note(EXCEPTION_POINTERS* pointers) {
    CONTEXT* context = pointers->ContextRecord;
    if (pointers->ExceptionRecord->ExceptionCode != EXCEPTION_SINGLE_STEP) return EXCEPTION_CONTINUE_SEARCH;
    if (hits < 16) seen[hits] = context->Dr6 & 0xf;
    hits++;
    // A hook: the function is given another number, and runs.
    if (context->Rip == (DWORD64)hooked) {
        context->Rcx = 100;
        context->EFlags |= 0x10000;
    }
    if (hits == 12) context->Dr7 = 0;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static CONTEXT registers_of(HANDLE thread) {
    CONTEXT context = {0};
    context.ContextFlags = CONTEXT_DEBUG_REGISTERS;
    YES(GetThreadContext(thread, &context));
    return context;
}

struct order {
    HANDLE thread;
    DWORD64 address[4], control;
};

static DWORD WINAPI set_of_another(void* argument) {
    const struct order* order = argument;
    CONTEXT context = {0};
    context.ContextFlags = CONTEXT_DEBUG_REGISTERS;
    context.Dr0 = order->address[0];
    context.Dr1 = order->address[1];
    context.Dr2 = order->address[2];
    context.Dr3 = order->address[3];
    context.Dr7 = order->control;
    SuspendThread(order->thread);
    YES(SetThreadContext(order->thread, &context));
    ResumeThread(order->thread);
    return 0;
}

static void set_by_another(DWORD64 first, DWORD64 second, DWORD64 control) {
    struct order order = {NULL, {first, second, 0, 0}, control};
    HANDLE helper;
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &order.thread, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    helper = CreateThread(NULL, 0, set_of_another, &order, 0, NULL);
    WaitForSingleObject(helper, INFINITE);
    CloseHandle(helper);
    CloseHandle(order.thread);
}

static void say_hits(const char* what) {
    LONG i;
    printf("%s: %ld", what, hits);
    for (i = 0; i < hits && i < 16; i++)
        printf(" %lx", (long)seen[i]);
    printf("\n");
    hits = 0;
}

static DWORD WINAPI write_all(void* unused) {
    (void)unused;
    watched[0] = watched[1] = 9;
    return registers_of(GetCurrentThread()).Dr7 != 0;
}

static void in_one_process(void) {
    PVOID handler = AddVectoredExceptionHandler(1, note);
    CONTEXT context;
    HANDLE thread;
    DWORD code = 7;
    int i;

    context = registers_of(GetCurrentThread());
    printf("at first: %d\n", !context.Dr0 && !context.Dr1 && !context.Dr2 && !context.Dr3 && !context.Dr7);
    // Four bytes written, and four read or written.
    set_by_another((DWORD64)&watched[0], (DWORD64)&watched[1], 0xfd0005);
    context = registers_of(GetCurrentThread());
    printf("set: %d %d %llx\n", context.Dr0 == (DWORD64)&watched[0], context.Dr1 == (DWORD64)&watched[1],
           (unsigned long long)context.Dr7);
    watched[0] = 1;
    watched[2] = 1;
    i = watched[0];
    watched[1] = 1;
    i += watched[1];
    say_hits("written, written, read");
    printf("sum: %d\n", i);
    thread = CreateThread(NULL, 0, write_all, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    printf("another thread has some: %lu\n", code);
    say_hits("its writes");
    set_by_another(0, 0, 0);
    watched[0] = 2;
    say_hits("off");

    target = hooked;
    set_by_another((DWORD64)hooked, 0, 1);
    for (i = 0; i < 3; i++)
        printf("hooked: %d\n", target(i));
    say_hits("calls");
    hits = 11;
    printf("hooked: %d\n", target(1));
    printf("no more: %d\n", target(1));
    printf("the handler took it: %d\n", registers_of(GetCurrentThread()).Dr7 == 0);
    hits = 0;
    RemoveVectoredExceptionHandler(handler);
}

static int program(void) {
    DebugBreak();
    watched[0] = 5;
    watched[3] = 6;
    target = hooked;
    return target(30) + watched[0];
}

static void at_breakpoint(HANDLE thread) {
    CONTEXT context = registers_of(thread);
    context.Dr0 = (DWORD64)&watched[0];
    context.Dr1 = (DWORD64)hooked;
    context.Dr2 = (DWORD64)&watched[3];
    context.Dr7 = 0x0d0d0000 | 0x15 | 0x100;
    YES(SetThreadContext(thread, &context));
}

static void at_step(HANDLE process, HANDLE thread, const EXCEPTION_RECORD* record) {
    CONTEXT context = {0};
    LONG now[4];
    context.ContextFlags = CONTEXT_CONTROL | CONTEXT_DEBUG_REGISTERS;
    YES(GetThreadContext(thread, &context));
    YES(ReadProcessMemory(process, (void*)watched, now, sizeof now, NULL));
    printf("hit %lx, words %ld %ld, in the function %d\n", (long)(context.Dr6 & 0xf), now[0], now[3],
           record->ExceptionAddress == (void*)hooked);
    if (context.Dr6 & 2) {
        context.Dr7 &= ~(DWORD64)4;
        YES(SetThreadContext(thread, &context));
    }
}

static void debug_child(const char* self) {
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION child = {0};
    DEBUG_EVENT event;
    char line[MAX_PATH + 32];
    int breaks = 0, ended = 0;
    sprintf(line, "%s child", self);
    YES(CreateProcessA(NULL, line, NULL, NULL, FALSE, DEBUG_ONLY_THIS_PROCESS, NULL, NULL, &startup, &child));
    while (!ended && WaitForDebugEvent(&event, 20000)) {
        DWORD answer = DBG_CONTINUE;
        const EXCEPTION_RECORD* record = &event.u.Exception.ExceptionRecord;
        if (event.dwDebugEventCode == CREATE_PROCESS_DEBUG_EVENT)
            CloseHandle(event.u.CreateProcessInfo.hFile);
        if (event.dwDebugEventCode == LOAD_DLL_DEBUG_EVENT) CloseHandle(event.u.LoadDll.hFile);
        if (event.dwDebugEventCode == EXIT_PROCESS_DEBUG_EVENT) {
            printf("exit %lu\n", event.u.ExitProcess.dwExitCode);
            ended = 1;
        }
        if (event.dwDebugEventCode == EXCEPTION_DEBUG_EVENT) {
            if (record->ExceptionCode == EXCEPTION_BREAKPOINT) {
                if (++breaks == 2) at_breakpoint(child.hThread);
            } else if (record->ExceptionCode == EXCEPTION_SINGLE_STEP) {
                at_step(child.hProcess, child.hThread, record);
            } else {
                answer = DBG_EXCEPTION_NOT_HANDLED;
            }
        }
        ContinueDebugEvent(event.dwProcessId, event.dwThreadId, answer);
    }
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
}

int main(int count, char** words) {
    char self[MAX_PATH];
    if (count > 1 && !strcmp(words[1], "child")) return program();
    GetModuleFileNameA(NULL, self, sizeof self);
    in_one_process();
    debug_child(self);
    return 0;
}
