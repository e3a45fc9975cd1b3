// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// A debugger and the program it debugs, which are the same: all events from the first to the last, a
// breakpoint that it writes into the program, single steps, texts, memory and registers, a debugger that
// comes later and goes.
#include "say.h"

static char self[MAX_PATH + 16];

__declspec(dllexport) __attribute__((noinline)) int add(int a, int b) {
    return a + b;
}

static DWORD WINAPI in_thread(void* argument) {
    return (DWORD)(DWORD_PTR)argument;
}

static LONG CALLBACK skip(EXCEPTION_POINTERS* pointers) {
    if (pointers->ExceptionRecord->ExceptionCode != 0xe0000042) return EXCEPTION_CONTINUE_SEARCH;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static int program(const char* what) {
    HANDLE thread;
    ULONG_PTR words[2] = {7, 8};
    DWORD code;
    if (!strcmp(what, "wait")) Sleep(20000);
    if (!strcmp(what, "crash")) *(volatile int*)16 = 1;
    if (strcmp(what, "all")) return 1;
    AddVectoredExceptionHandler(1, skip);
    if (!IsDebuggerPresent()) return 2;
    OutputDebugStringA("first text");
    OutputDebugStringW(L"second text");
    RaiseException(0xe0000042, 0, 2, words);
    thread = CreateThread(NULL, 0, in_thread, (void*)17, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    if (code != 17) return 3;
    FreeLibrary(LoadLibraryA("version.dll"));
    DebugBreak();
    return add(20, 3);
}

static PROCESS_INFORMATION start(const char* what, DWORD flags) {
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process = {0};
    char line[MAX_PATH + 32];
    sprintf(line, "%s %s", self, what);
    YES(CreateProcessA(NULL, line, NULL, NULL, FALSE, flags, NULL, NULL, &startup, &process));
    return process;
}

static const char* name_of(DWORD code) {
    static const char* const names[] = {"?",           "exception",    "create thread", "create process",
                                        "exit thread", "exit process", "load",          "unload",
                                        "text",        "rip"};
    return code < sizeof names / sizeof names[0] ? names[code] : "?";
}

static void text_of(HANDLE process, const OUTPUT_DEBUG_STRING_INFO* info) {
    char text[64] = {0};
    SIZE_T read = 0;
    ReadProcessMemory(process, info->lpDebugStringData, text,
                      info->nDebugStringLength < 63 ? info->nDebugStringLength : 63, &read);
    printf("text [%s], length %d, unicode %d\n", text, info->nDebugStringLength, info->fUnicode);
}

static int known(DWORD code) {
    return code == EXCEPTION_BREAKPOINT || code == EXCEPTION_SINGLE_STEP || code == 0xe0000042 ||
           code == EXCEPTION_ACCESS_VIOLATION;
}

static void debug(PROCESS_INFORMATION child) {
    HANDLE process = NULL, thread = NULL;
    DWORD main_thread = 0, breaks = 0, steps = 0;
    BYTE* place = (BYTE*)add;
    BYTE original = 0, trap = 0xcc;
    SIZE_T done;
    CONTEXT context;
    for (;;) {
        DEBUG_EVENT event;
        DWORD status = DBG_CONTINUE;
        if (!WaitForDebugEvent(&event, 10000)) {
            printf("wait: error %lu\n", GetLastError());
            return;
        }
        switch (event.dwDebugEventCode) {
            case CREATE_PROCESS_DEBUG_EVENT:
                process = event.u.CreateProcessInfo.hProcess;
                thread = event.u.CreateProcessInfo.hThread;
                main_thread = event.dwThreadId;
                printf("create process: file %d, start %d, base %d, local %d, ids %d\n",
                       event.u.CreateProcessInfo.hFile != NULL,
                       event.u.CreateProcessInfo.lpStartAddress != NULL,
                       event.u.CreateProcessInfo.lpBaseOfImage == (void*)GetModuleHandle(NULL),
                       event.u.CreateProcessInfo.lpThreadLocalBase != NULL,
                       event.dwProcessId == child.dwProcessId && event.dwThreadId == child.dwThreadId);
                CloseHandle(event.u.CreateProcessInfo.hFile);
                YES(ReadProcessMemory(process, place, &original, 1, &done));
                YES(WriteProcessMemory(process, place, &trap, 1, &done));
                break;
            case LOAD_DLL_DEBUG_EVENT:
                if (breaks) printf("load: file %d\n", event.u.LoadDll.hFile != NULL);
                CloseHandle(event.u.LoadDll.hFile);
                break;
            case UNLOAD_DLL_DEBUG_EVENT:
                if (breaks) printf("unload\n");
                break;
            case CREATE_THREAD_DEBUG_EVENT:
                printf("create thread: handle %d, local %d\n", event.u.CreateThread.hThread != NULL,
                       event.u.CreateThread.lpThreadLocalBase != NULL);
                break;
            case EXIT_THREAD_DEBUG_EVENT:
                printf("exit thread: %lu\n", event.u.ExitThread.dwExitCode);
                break;
            case OUTPUT_DEBUG_STRING_EVENT:
                text_of(process, &event.u.DebugString);
                break;
            case EXIT_PROCESS_DEBUG_EVENT:
                printf("exit process: %lx, main thread %d\n", event.u.ExitProcess.dwExitCode,
                       event.dwThreadId == main_thread);
                ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE);
                return;
            case EXCEPTION_DEBUG_EVENT: {
                const EXCEPTION_RECORD* record = &event.u.Exception.ExceptionRecord;
                context.ContextFlags = CONTEXT_FULL;
                if (!known(record->ExceptionCode)) {
                    status = DBG_EXCEPTION_NOT_HANDLED;
                    break;
                }
                if (record->ExceptionCode == EXCEPTION_BREAKPOINT && breaks++ &&
                    record->ExceptionAddress == place) {
                    printf("breakpoint in add\n");
                    YES(GetThreadContext(thread, &context));
                    NUM(context.Rip - (DWORD64)place);
                    NUM((int)context.Rcx);
                    context.Rip = (DWORD64)place;
                    context.Rdx += 100;
                    context.EFlags |= 0x100;
                    YES(SetThreadContext(thread, &context));
                    YES(WriteProcessMemory(process, place, &original, 1, &done));
                    YES(FlushInstructionCache(process, place, 1));
                } else if (record->ExceptionCode == EXCEPTION_SINGLE_STEP) {
                    GetThreadContext(thread, &context);
                    if (!steps)
                        printf("step by %d, flag %d\n", (int)(context.Rip - (DWORD64)place),
                               !!(context.EFlags & 0x100));
                    if (++steps == 1) printf("one step\n");
                } else {
                    printf("exception %lx, first chance %lu, parameters %lu\n", record->ExceptionCode,
                           event.u.Exception.dwFirstChance, record->NumberParameters);
                    if (record->ExceptionCode != EXCEPTION_BREAKPOINT) status = DBG_EXCEPTION_NOT_HANDLED;
                }
                break;
            }
            default:
                printf("%s\n", name_of(event.dwDebugEventCode));
        }
        ContinueDebugEvent(event.dwProcessId, event.dwThreadId, status);
    }
}

static DWORD end_of(PROCESS_INFORMATION child) {
    DWORD code = 0;
    if (WaitForSingleObject(child.hProcess, 5000)) printf("it goes on\n");
    GetExitCodeProcess(child.hProcess, &code);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    return code;
}

static void come_and_go(void) {
    PROCESS_INFORMATION child = start("wait", 0);
    DEBUG_EVENT event;
    BOOL present = FALSE;
    int processes = 0, others = 0;
    Sleep(500);
    YES(CheckRemoteDebuggerPresent(child.hProcess, &present));
    NUM(present);
    YES(DebugActiveProcess(child.dwProcessId));
    YES(CheckRemoteDebuggerPresent(child.hProcess, &present));
    NUM(present);
    while (WaitForDebugEvent(&event, 5000)) {
        processes += event.dwDebugEventCode == CREATE_PROCESS_DEBUG_EVENT;
        others += event.dwDebugEventCode == LOAD_DLL_DEBUG_EVENT;
        ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE);
        if (event.dwDebugEventCode == EXCEPTION_DEBUG_EVENT) break;
    }
    HEX(event.u.Exception.ExceptionRecord.ExceptionCode);
    NUM(processes);
    NUM(others >= 4);
    YES(DebugActiveProcessStop(child.dwProcessId));
    YES(CheckRemoteDebuggerPresent(child.hProcess, &present));
    NUM(present);
    YES(DebugActiveProcess(GetCurrentProcessId()));
    YES(TerminateProcess(child.hProcess, 5));
    NUM(end_of(child));
}

int main(int argc, char** argv) {
    PROCESS_INFORMATION child;
    if (argc > 1) return program(argv[1]);
    GetModuleFileNameA(NULL, self, MAX_PATH);
    NUM(IsDebuggerPresent());
    child = start("all", DEBUG_ONLY_THIS_PROCESS);
    debug(child);
    NUM(end_of(child));
    child = start("crash", DEBUG_PROCESS);
    debug(child);
    HEX(end_of(child));
    come_and_go();
    return 0;
}
