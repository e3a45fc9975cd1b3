// SPDX-License-Identifier: GPL-3.0-only
// Processes, threads, jobs, debug objects: creation, information classes, ends.
#include "differ.h"

static ULONGLONG buffer[300];
static ULONG length;

PROGRAM(process_classes) {
    static const struct {
        ULONG number, size;
    } classes[] = {{0, 48},  {2, 48},  {3, 88}, {4, 32}, {7, 8},   {12, 4},  {14, 48},
                   {18, 2},  {20, 4},  {21, 8}, {22, 4}, {23, 36}, {24, 4},  {26, 8},
                   {28, 4},  {29, 4},  {30, 8}, {31, 4}, {33, 4},  {34, 4},  {36, 4},
                   {37, 64}, {38, 16}, {39, 4}, {47, 4}, {52, 8},  {64, 24}, {99, 8}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        char label[40];
        length = 777;
        sprintf(label, "class %lu", classes[i].number);
        NTSTATUS status =
            QUIET(NtQueryInformationProcess, SELF, classes[i].number, buffer, classes[i].size, &length);
        line(label, "%08lx, %lu", (ULONG)status, length);
        sprintf(label, "class %lu, short", classes[i].number);
        ST(label, NtQueryInformationProcess, SELF, classes[i].number, buffer, 1, &length);
    }
}

PROGRAM(process_values) {
    ULONG value = 9;
    ST("debug flags", NtQueryInformationProcess, SELF, 31, &value, 4, &length);
    NUM("value", value);
    ST("hard error mode", NtQueryInformationProcess, SELF, 12, &value, 4, &length);
    NUM("value", value);
    ST("execute flags", NtQueryInformationProcess, SELF, 34, &value, 4, &length);
    HEX("value", value);
    ST("cookie", NtQueryInformationProcess, SELF, 36, &value, 4, &length);
    ST("priority class", NtQueryInformationProcess, SELF, 18, buffer, 2, &length);
    NUM("foreground", ((UCHAR*)buffer)[0]);
    NUM("class", ((UCHAR*)buffer)[1]);
    ST("break on termination", NtQueryInformationProcess, SELF, 29, &value, 4, &length);
    NUM("value", value);
    ST("wow64", NtQueryInformationProcess, SELF, 26, buffer, 8, &length);
    NUM("value", buffer[0]);
    ST("debug object", NtQueryInformationProcess, SELF, 30, buffer, 8, &length);
    ST("of a bad one", NtQueryInformationProcess, 0x9998, 0, buffer, 48, &length);
    ST("of a thread", NtQueryInformationProcess, THREAD, 0, buffer, 48, &length);
    ST("set class 99", NtSetInformationProcess, SELF, 99, buffer, 8);
    ST("set basic", NtSetInformationProcess, SELF, 0, buffer, 48);
    ST("set affinity 0", NtSetInformationProcess, SELF, 21, &(ULONGLONG){0}, 8);
    ST("set priority class 9", NtSetInformationProcess, SELF, 18, &(USHORT){0x0900}, 2);
    ST("set short", NtSetInformationProcess, SELF, 12, &value, 3);
}

PROGRAM(thread_classes) {
    static const struct {
        ULONG number, size;
    } classes[] = {{0, 48}, {1, 32}, {2, 4},   {3, 4},  {4, 8},  {9, 8},   {11, 8},
                   {12, 4}, {14, 4}, {16, 4},  {17, 1}, {18, 4}, {20, 4},  {22, 4},
                   {24, 4}, {28, 8}, {30, 16}, {33, 4}, {35, 4}, {38, 64}, {99, 8}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        char label[40];
        length = 777;
        sprintf(label, "class %lu", classes[i].number);
        NTSTATUS status =
            QUIET(NtQueryInformationThread, THREAD, classes[i].number, buffer, classes[i].size, &length);
        line(label, "%08lx, %lu", (ULONG)status, length);
    }
    ST("short", NtQueryInformationThread, THREAD, 0, buffer, 47, &length);
    ST("bad", NtQueryInformationThread, 0x9998, 0, buffer, 48, &length);
    ST("a process", NtQueryInformationThread, SELF, 0, buffer, 48, &length);
    ST("set priority 99", NtSetInformationThread, THREAD, 3, &(LONG){99}, 4);
    ST("set priority -99", NtSetInformationThread, THREAD, 3, &(LONG){-99}, 4);
    ST("set affinity 0", NtSetInformationThread, THREAD, 4, &(ULONGLONG){0}, 8);
    ST("hide with a size", NtSetInformationThread, THREAD, 17, buffer, 1);
    ST("hide", NtSetInformationThread, THREAD, 17, NULL, 0);
    ST("set basic", NtSetInformationThread, THREAD, 0, buffer, 48);
}

static DWORD CALLBACK nothing(void* value) {
    return (DWORD)(ULONG_PTR)value;
}

PROGRAM(suspending) {
    HANDLE thread = CreateThread(NULL, 0, nothing, (void*)5, CREATE_SUSPENDED, NULL);
    ULONG count = 9;
    DWORD code;
    ST("suspend", NtSuspendThread, thread, &count);
    NUM("count", count);
    ST("resume", NtResumeThread, thread, &count);
    NUM("count", count);
    ST("resume", NtResumeThread, thread, &count);
    NUM("count", count);
    WaitForSingleObject(thread, 10000);
    GetExitCodeThread(thread, &code);
    NUM("code", code);
    ST("suspend ended", NtSuspendThread, thread, &count);
    ST("resume ended", NtResumeThread, thread, &count);
    NUM("count", count);
    thread = CreateThread(NULL, 0, nothing, NULL, CREATE_SUSPENDED, NULL);
    NTSTATUS status = 0;
    int times = 0;
    for (; times < 200 && status >= 0; times++)
        status = QUIET(NtSuspendThread, thread, &count);
    NUM("times", times);
    say_status("then", status);
    WIN("win32 says", SuspendThread(thread) != (DWORD)-1);
    ST("terminate", NtTerminateThread, thread, 7);
    WaitForSingleObject(thread, 10000);
    GetExitCodeThread(thread, &code);
    NUM("code", code);
    ST("terminate again", NtTerminateThread, thread, 8);
    GetExitCodeThread(thread, &code);
    NUM("code", code);
    ST("last thread by null", NtTerminateThread, NULL, 8);
}

PROGRAM(contexts) {
    CONTEXT context = {.ContextFlags = CONTEXT_FULL};
    HANDLE thread = CreateThread(NULL, 0, nothing, (void*)5, CREATE_SUSPENDED, NULL);
    ST("get", NtGetContextThread, thread, &context);
    HEX("flags", context.ContextFlags);
    HEX("code segment", context.SegCs);
    HEX("stack segment", context.SegSs);
    HEX("mxcsr", context.MxCsr);
    HEX("control word", context.FltSave.ControlWord);
    HEX("flags", context.EFlags);
    NUM("argument", context.Rdx);
    NUM("stack alignment", context.Rsp & 15);
    context.EFlags |= 0x3000 | 1;
    ST("set", NtSetContextThread, thread, &context);
    ST("get", NtGetContextThread, thread, &context);
    HEX("flags", context.EFlags);
    context.ContextFlags = CONTEXT_CONTROL;
    context.Rip = 0xffff800000000000;
    ST("kernel address", NtSetContextThread, thread, &context);
    context.ContextFlags = 0;
    ST("no flags", NtGetContextThread, thread, &context);
    context.ContextFlags = CONTEXT_DEBUG_REGISTERS;
    context.Dr7 = 0xffffffff;
    ST("debug", NtSetContextThread, thread, &context);
    ST("debug read", NtGetContextThread, thread, &context);
    HEX("dr7", context.Dr7);
    ST("bad", NtGetContextThread, 0x9998, &context);
    ST("null", NtGetContextThread, thread, NULL);
    TerminateThread(thread, 0);
    WaitForSingleObject(thread, 10000);
    context.ContextFlags = CONTEXT_FULL;
    ST("ended", NtGetContextThread, thread, &context);
    ST("set ended", NtSetContextThread, thread, &context);
}

PROGRAM(ends) {
    if (child_word) {
        if (*child_word == 'v') *(volatile int*)8 = 1;
        if (*child_word == 'r') RaiseException(0xe0001234, 0, 0, NULL);
        if (*child_word == 'd') __asm__ volatile("int3");
        if (*child_word == 'z') __asm__ volatile("xor %%ecx, %%ecx; idiv %%ecx" ::: "eax", "ecx", "edx");
        if (*child_word == 'i') __asm__ volatile("ud2");
        if (*child_word == 'p') __asm__ volatile("hlt");
        if (*child_word == 's') __asm__ volatile("pushfq; orq $0x100, (%rsp); popfq; nop");
        if (*child_word == 't') TerminateProcess(GetCurrentProcess(), 0x1234);
        if (*child_word == 'e') ExitProcess(0xffffffff);
        if (*child_word == 'l') ExitThread(6);
        if (*child_word == 'a') abort();
        if (*child_word == 'c') CALL(RtlRaiseStatus, 0xc0000017);
        return;
    }
    static const char* ways[] = {"violation", "raise",     "debug", "zero", "illegal",  "privileged",
                                 "step",      "terminate", "exit",  "last", "c-status", "nothing"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        HEX(ways[i], ended(spawn(ways[i], 0, FALSE)));
}

PROGRAM(termination) {
    if (child_word) {
        Sleep(20000);
        return;
    }
    PROCESS_INFORMATION process = spawn("x", 0, FALSE);
    DWORD code = 9;
    WIN("still", GetExitCodeProcess(process.hProcess, &code));
    NUM("code", code);
    NUM("wait", WaitForSingleObject(process.hProcess, 0));
    ST("terminate", NtTerminateProcess, process.hProcess, 77);
    NUM("wait", WaitForSingleObject(process.hProcess, 10000));
    GetExitCodeProcess(process.hProcess, &code);
    NUM("code", code);
    ST("again", NtTerminateProcess, process.hProcess, 78);
    GetExitCodeProcess(process.hProcess, &code);
    NUM("code", code);
    char* base = NULL;
    SIZE_T size = 0x1000;
    ST("memory of a dead one", NtAllocateVirtualMemory, process.hProcess, &base, 0, &size, MEM_COMMIT,
       PAGE_READWRITE);
    ST("query a dead one", NtQueryInformationProcess, process.hProcess, 0, buffer, 48, &length);
    ST("read a dead one", NtReadVirtualMemory, process.hProcess, 0x7ffe0000, buffer, 8, &size);
    WIN("remote thread", CreateRemoteThread(process.hProcess, NULL, 0, nothing, NULL, 0, NULL));
    ST("suspend it", NtSuspendProcess, process.hProcess);
    ST("resume it", NtResumeProcess, process.hProcess);
    HANDLE copy;
    ST("handle into it", NtDuplicateObject, SELF, SELF, process.hProcess, &copy, 0, 0, 2);
}

PROGRAM(open_process) {
    HANDLE process = NULL;
    CLIENT_ID id = {(HANDLE)(ULONG_PTR)GetCurrentProcessId(), NULL};
    OBJECT_ATTRIBUTES* plain = attributes(NULL, 0);
    ST("by id", NtOpenProcess, &process, PROCESS_QUERY_INFORMATION, plain, &id);
    ST("no id", NtOpenProcess, &process, PROCESS_QUERY_INFORMATION, plain, NULL);
    ST("name and id", NtOpenProcess, &process, PROCESS_QUERY_INFORMATION, attributes(L"\\x", 0), &id);
    id.UniqueProcess = (HANDLE)0x12345674;
    ST("none", NtOpenProcess, &process, PROCESS_QUERY_INFORMATION, plain, &id);
    id.UniqueProcess = NULL;
    ST("zero", NtOpenProcess, &process, PROCESS_QUERY_INFORMATION, plain, &id);
    id.UniqueProcess = (HANDLE)(ULONG_PTR)GetCurrentProcessId();
    id.UniqueThread = (HANDLE)0x12345674;
    ST("with a thread that is none", NtOpenProcess, &process, PROCESS_QUERY_INFORMATION, plain, &id);
    id.UniqueProcess = NULL;
    id.UniqueThread = (HANDLE)(ULONG_PTR)GetCurrentThreadId();
    ST("thread", NtOpenThread, &process, THREAD_QUERY_INFORMATION, plain, &id);
    id.UniqueProcess = (HANDLE)0x12345674;
    ST("thread of another process", NtOpenThread, &process, THREAD_QUERY_INFORMATION, plain, &id);
    id.UniqueThread = (HANDLE)0x12345674;
    ST("no thread", NtOpenThread, &process, THREAD_QUERY_INFORMATION, plain, &id);
    WIN("win32 process 0", OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, 0));
    WIN("win32 no process", OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, 0x12345674));
    WIN("win32 no thread", OpenThread(THREAD_QUERY_INFORMATION, FALSE, 0x12345674));
    WIN("id of a bad handle", GetProcessId((HANDLE)0x9998));
}

PROGRAM(create_process) {
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION made;
    char none[] = "none.exe", empty[] = "", text[] = "text.exe";
    HANDLE file = CreateFileA("text.exe", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD done;
    WIN("absent", CreateProcessA(NULL, none, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    WIN("absent by name",
        CreateProcessA("none.exe", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    WIN("empty", CreateProcessA(NULL, empty, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    WIN("open file", CreateProcessA(NULL, text, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    WriteFile(file, "this is no program, and long enough for a header, it should be......", 64, &done, NULL);
    CloseHandle(file);
    WIN("text", CreateProcessA(NULL, text, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    CloseHandle(CreateFileA("empty.exe", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    WIN("empty file", CreateProcessA("empty.exe", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    char self[MAX_PATH];
    GetModuleFileNameA(NULL, self, MAX_PATH);
    WIN("folder absent", CreateProcessA(self, NULL, NULL, NULL, FALSE, 0, NULL, "C:\\none", &startup, &made));
    WIN("a folder", CreateProcessA("C:\\Windows", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    WIN("contradicting flags",
        CreateProcessA(self, NULL, NULL, NULL, FALSE, DETACHED_PROCESS | CREATE_NEW_CONSOLE, NULL, NULL,
                       &startup, &made));
}

PROGRAM(jobs) {
    HANDLE job = NULL;
    ST("create", NtCreateJobObject, &job, JOB_OBJECT_ALL_ACCESS, NULL);
    ST("we in it", NtIsProcessInJob, SELF, job);
    static const struct {
        ULONG number, size;
    } classes[] = {{1, 48}, {2, 64},  {3, 16}, {4, 4},  {5, 4},   {6, 4}, {7, 16},
                   {8, 96}, {9, 144}, {10, 4}, {11, 2}, {12, 80}, {99, 8}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        char label[40];
        length = 777;
        sprintf(label, "class %lu", classes[i].number);
        NTSTATUS status =
            QUIET(NtQueryInformationJobObject, job, classes[i].number, buffer, classes[i].size, &length);
        line(label, "%08lx, %lu", (ULONG)status, length);
    }
    ST("short", NtQueryInformationJobObject, job, 2, buffer, 63, &length);
    ST("set basic accounting", NtSetInformationJobObject, job, 1, buffer, 48);
    memset(buffer, 0, sizeof buffer);
    ((ULONG*)buffer)[4] = 0x80000000;
    ST("unknown limit", NtSetInformationJobObject, job, 2, buffer, 64);
    ST("set short", NtSetInformationJobObject, job, 2, buffer, 63);
    ST("assign bad", NtAssignProcessToJobObject, job, 0x9998);
    ST("terminate empty", NtTerminateJobObject, job, 5);
    ST("an event", NtTerminateJobObject, CreateEventA(NULL, 0, 0, NULL), 5);
    ST("wait", NtWaitForSingleObject, job, 0, &(LARGE_INTEGER){{0}});
}

PROGRAM(debug_objects) {
    if (child_word) return;
    HANDLE debug = NULL;
    ST("create", NtCreateDebugObject, &debug, 0x1f000f, attributes(NULL, 0), 0);
    ST("flags", NtCreateDebugObject, &debug, 0x1f000f, attributes(NULL, 0), 2);
    ST("nothing", NtWaitForDebugEvent, debug, 0, &(LARGE_INTEGER){{0}}, buffer);
    ST("self", NtDebugActiveProcess, SELF, debug);
    ST("remove", NtRemoveProcessDebug, SELF, debug);
    ST("continue", NtDebugContinue, debug, &(CLIENT_ID){(HANDLE)4, (HANDLE)8}, 0x10002);
    ST("bad continue", NtDebugContinue, debug, &(CLIENT_ID){(HANDLE)4, (HANDLE)8}, 7);
    ST("kill on exit", NtSetInformationDebugObject, debug, 1, &(ULONG){0}, 4, &length);
    ST("kill short", NtSetInformationDebugObject, debug, 1, &(ULONG){0}, 3, &length);
    ST("class", NtSetInformationDebugObject, debug, 5, &(ULONG){0}, 4, &length);
    DEBUG_EVENT event;
    PROCESS_INFORMATION process = spawn("x", DEBUG_ONLY_THIS_PROCESS, FALSE);
    int loads = 0, threads = 0, others = 0;
    for (int i = 0; i < 300 && WaitForDebugEvent(&event, 20000); i++) {
        loads += event.dwDebugEventCode == LOAD_DLL_DEBUG_EVENT;
        threads += event.dwDebugEventCode == CREATE_THREAD_DEBUG_EVENT;
        if (event.dwDebugEventCode == EXCEPTION_DEBUG_EVENT)
            HEX("exception", event.u.Exception.ExceptionRecord.ExceptionCode);
        if (event.dwDebugEventCode == CREATE_PROCESS_DEBUG_EVENT) NUM("process", 1);
        if (event.dwDebugEventCode == EXIT_PROCESS_DEBUG_EVENT) NUM("exit", event.u.ExitProcess.dwExitCode);
        ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE);
        if (event.dwDebugEventCode == EXIT_PROCESS_DEBUG_EVENT) break;
    }
    NUM("loads some", loads >= 3);
    NUM("others", others);
    ended(process);
}

PROGRAM(system_lengths) {
    static const ULONG numbers[] = {0, 1, 2, 3, 8, 21, 23, 28, 35, 37, 45, 50, 62, 66, 73, 76, 83, 103, 250};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char label[40];
        length = 777;
        sprintf(label, "class %lu", numbers[i]);
        NTSTATUS status = QUIET(NtQuerySystemInformation, numbers[i], buffer, 0, &length);
        line(label, "%08lx, %lu", (ULONG)status, numbers[i] == 73 || numbers[i] == 66 ? 0 : length);
    }
    ST("basic", NtQuerySystemInformation, 0, buffer, 64, &length);
    ST("basic long", NtQuerySystemInformation, 0, buffer, 65, &length);
    ST("time adjustment", NtQuerySystemInformation, 28, buffer, 12, &length);
    ST("set class 250", NtSetSystemInformation, 250, buffer, 8);
    ULONG least, most, now;
    ST("timer", NtQueryTimerResolution, &least, &most, &now);
    ST("counter", NtQueryPerformanceCounter, buffer, NULL);
    ST("bad counter", NtQueryPerformanceCounter, NULL, NULL);
    ST("locale", NtQueryDefaultLocale, 0, &length);
    HEX("it is", length);
}
