// SPDX-License-Identifier: GPL-3.0-only
// The differential run's programs: each theme is an executable of small programs that print what calls
// answer, a line `label = value` each, here and under Wine. Nothing is printed that is not determined: no
// address, time or number of a process.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <winternl.h>

#pragma GCC diagnostic ignored "-Wint-conversion"
#pragma GCC diagnostic ignored "-Wint-to-pointer-cast"
#pragma GCC diagnostic ignored "-Wpointer-to-int-cast"

typedef ULONG_PTR Word;

// A program of a theme. It runs in a process and a folder of its own.
#define PROGRAM(name)                                           \
    static void name(void);                                     \
    __attribute__((constructor)) static void add_##name(void) { \
        add_program(#name, name);                               \
    }                                                           \
    static void name(void)
void add_program(const char* name, void (*run)(void));

// What a process is told that its program has started (spawn); null in the first one.
extern const char* child_word;
// Starts the program's executable again with a word; process and thread handles.
PROCESS_INFORMATION spawn(const char* word, DWORD flags, BOOL inherit);
// Waits for the end of what was spawned and gives its exit code, and 0xdead when it does not come. Closes the
// handles.
DWORD ended(PROCESS_INFORMATION process);

// A line of output.
void line(const char* label, const char* format, ...);
// Calls an export of ntdll.dll, every argument as a machine word; c0000139 when there is no such.
Word call_words(const char* name, int count, const Word* words);
NTSTATUS say_status(const char* label, NTSTATUS status);
int say_done(const char* label, int done);
void say_bytes(const char* label, const void* data, size_t size);

#define CALL(name, ...) \
    call_words(#name, (int)(sizeof((Word[]){__VA_ARGS__}) / sizeof(Word)), (Word[]){__VA_ARGS__})
// The status of a service, said and returned; only returned.
#define ST(label, name, ...) say_status(label, (NTSTATUS)CALL(name, __VA_ARGS__))
#define QUIET(name, ...) ((NTSTATUS)CALL(name, __VA_ARGS__))
// What a function of Win32 answers: whether it succeeded, else its error.
#define WIN(label, call) (SetLastError(0), say_done(label, !!(call)))
#define HEX(label, value) line(label, "%llx", (unsigned long long)(value))
#define NUM(label, value) line(label, "%lld", (long long)(value))
#define TEXT_OF(label, value) line(label, "[%s]", value)
#define WIDE_OF(label, value) line(label, "[%ls]", value)

enum {
    EVENT_QUERY_STATE = 1,
    DIRECTORY_QUERY = 1,
    DIRECTORY_TRAVERSE = 2,
    DIRECTORY_ALL_ACCESS = 0xf000f,
    SYMBOLIC_LINK_QUERY = 1,
    SYMBOLIC_LINK_ALL_ACCESS = 0xf0001
};
#define SELF ((HANDLE)(LONG_PTR) - 1)
#define THREAD ((HANDLE)(LONG_PTR) - 2)

// Names and attributes; each call's results live as long as the process.
UNICODE_STRING* name_of(const wchar_t* text);
OBJECT_ATTRIBUTES* attributes(const wchar_t* name, ULONG flags);
OBJECT_ATTRIBUTES* attributes_in(HANDLE root, const wchar_t* name, ULONG flags);
// A relative time in milliseconds.
LARGE_INTEGER* milliseconds(int count);
// The path of a file in the program's own folder, as \??\C:\...
const wchar_t* nt_path(const wchar_t* name);
