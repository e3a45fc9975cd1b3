// SPDX-License-Identifier: GPL-3.0-only
// What every theme has: `THEME.exe` runs its programs one after the other, `THEME.exe PROGRAM` one of them.
#include "differ.h"
#include <stdarg.h>
#include <stdlib.h>

enum { MOST = 64, SECONDS = 40 };
static struct {
    const char* name;
    void (*run)(void);
} programs[MOST];
static int count;
static const char* running;
static char self[MAX_PATH];
const char* child_word;

void add_program(const char* name, void (*run)(void)) {
    int at = count++;
    for (; at > 0 && strcmp(programs[at - 1].name, name) > 0; at--)
        programs[at] = programs[at - 1];
    programs[at].name = name;
    programs[at].run = run;
}

static void say(const char* text) {
    DWORD done;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)strlen(text), &done, NULL);
}

void line(const char* label, const char* format, ...) {
    char text[2048];
    int length = snprintf(text, sizeof text, "%s = ", label);
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(text + length, sizeof text - length - 2, format, arguments);
    va_end(arguments);
    strcpy(text + length, "\n");
    say(text);
}

Word call_words(const char* name, int number, const Word* given) {
    typedef Word (*Function)(Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word,
                             Word, Word);
    Word w[15] = {0};
    Function function = (Function)(void*)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
    for (int i = 0; i < number; i++)
        w[i] = given[i];
    return !function ? 0xc0000139
                     : function(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11],
                                w[12], w[13], w[14]);
}

NTSTATUS say_status(const char* label, NTSTATUS status) {
    line(label, "%08lx", (ULONG)status);
    return status;
}

int say_done(const char* label, int done) {
    DWORD error = GetLastError();
    if (done)
        line(label, "yes");
    else
        line(label, "no, error %lu", error);
    SetLastError(error);
    return done;
}

void say_bytes(const char* label, const void* data, size_t size) {
    char text[512] = "";
    for (size_t i = 0; i < size && i < 200; i++)
        sprintf(text + 2 * i, "%02x", ((const unsigned char*)data)[i]);
    line(label, "%s", text);
}

static void* lasting(size_t size) {
    return calloc(1, size);
}

UNICODE_STRING* name_of(const wchar_t* text) {
    UNICODE_STRING* name = lasting(sizeof *name);
    name->Length = (USHORT)(wcslen(text) * sizeof(wchar_t));
    name->MaximumLength = (USHORT)(name->Length + sizeof(wchar_t));
    name->Buffer = wcscpy(lasting(name->MaximumLength), text);
    return name;
}

OBJECT_ATTRIBUTES* attributes_in(HANDLE root, const wchar_t* name, ULONG flags) {
    OBJECT_ATTRIBUTES* made = lasting(sizeof *made);
    made->Length = sizeof *made;
    made->RootDirectory = root;
    made->ObjectName = name ? name_of(name) : NULL;
    made->Attributes = flags;
    return made;
}

OBJECT_ATTRIBUTES* attributes(const wchar_t* name, ULONG flags) {
    return attributes_in(NULL, name, flags);
}

LARGE_INTEGER* milliseconds(int number) {
    LARGE_INTEGER* time = lasting(sizeof *time);
    time->QuadPart = -10000LL * number;
    return time;
}

const wchar_t* nt_path(const wchar_t* name) {
    wchar_t* path = lasting(2 * MAX_PATH * sizeof *path);
    wcscpy(path, L"\\??\\");
    GetCurrentDirectoryW(MAX_PATH, path + 4);
    if (*name) wcscat(wcscat(path, L"\\"), name);
    return path;
}

static PROCESS_INFORMATION start(const char* program, const char* word, const char* folder, DWORD flags,
                                 BOOL inherit) {
    char command[2 * MAX_PATH];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process = {0};
    snprintf(command, sizeof command, "\"%s\" %s %s", self, program, word);
    CreateProcessA(self, command, NULL, NULL, inherit, flags, NULL, folder, &startup, &process);
    return process;
}

PROCESS_INFORMATION spawn(const char* word, DWORD flags, BOOL inherit) {
    return start(running, word, NULL, flags, inherit);
}

DWORD ended(PROCESS_INFORMATION process) {
    DWORD code = 0xdead;
    if (WaitForSingleObject(process.hProcess, SECONDS * 1000) == WAIT_OBJECT_0)
        GetExitCodeProcess(process.hProcess, &code);
    else
        TerminateProcess(process.hProcess, code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code;
}

static void run_all(void) {
    char* theme = strrchr(self, '\\') + 1;
    char folder[MAX_PATH], text[MAX_PATH];
    int length = (int)(strrchr(theme, '.') - theme);
    for (int i = 0; i < count; i++) {
        snprintf(folder, sizeof folder, "%.*s-%s", length, theme, programs[i].name);
        CreateDirectoryA(folder, NULL);
        snprintf(text, sizeof text, "== %.*s/%s\n", length, theme, programs[i].name);
        say(text);
        PROCESS_INFORMATION process = start(programs[i].name, "", folder, 0, TRUE);
        DWORD code = process.hProcess ? ended(process) : GetLastError();
        line("exit", "%lx", code);
    }
    say("== end\n");
}

int main(int number, char** words) {
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    GetModuleFileNameA(NULL, self, sizeof self);
    running = number > 1 ? words[1] : "";
    child_word = number > 2 ? words[2] : NULL;
    for (int i = 0; i < count; i++)
        if (!strcmp(programs[i].name, running)) {
            programs[i].run();
            return 0;
        }
    run_all();
    return 0;
}
