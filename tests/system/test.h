// SPDX-License-Identifier: GPL-3.0-only
// Native test programs. A program is a set of TEST(name) { CHECK(expression); ... } and needs nothing else:
// the entry point is here. Each test prints `ok name` or `FAIL name file:line expression`;
// the last line is `N passed, N failed`, and the exit status is the number of failed tests.
#pragma once

#include "abi/nt/ntdll.h"

namespace test {

struct Case {
    const char* name;
    void (*run)();
};

// The part of a program that its own test starts again as another process.
using ChildMain = NTSTATUS (*)(const UNICODE_STRING& arguments);
__attribute__((used, section(".chd$a"))) static const ChildMain child_first = nullptr;
__attribute__((used, section(".chd$z"))) static const ChildMain child_last = nullptr;

using Entry = const Case*;
__attribute__((used, section(".tst$a"))) static const Entry first = nullptr;
__attribute__((used, section(".tst$z"))) static const Entry last = nullptr;

inline HANDLE output;
inline const char* running;
inline bool running_failed;

inline void put(const char* text, ULONG size) {
    if (output) {
        IO_STATUS_BLOCK io;
        if (NT_SUCCESS(NtWriteFile(output, nullptr, nullptr, nullptr, &io, text, size, nullptr, nullptr)))
            return;
    }
    WCHAR wide[256];
    for (ULONG i = 0; i < size; ++i)
        wide[i] = static_cast<UCHAR>(text[i]);
    UNICODE_STRING string = {static_cast<USHORT>(size * sizeof(WCHAR)), sizeof(wide), wide};
    NtDisplayString(&string);
}

// One line of output.
inline void print(const char* format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int size = _vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (size < 0) size = sizeof(line) - 1;
    line[size] = '\n';
    put(line, static_cast<ULONG>(size) + 1);
}

// Reports a failed check of the test that runs.
inline void fail(const char* expression, const char* file, int line) {
    running_failed = true;
    print("FAIL %s %s:%d %s", running, file, line, expression);
}

// The words after the program's name on the command line; empty when there are none.
inline UNICODE_STRING arguments() {
    UNICODE_STRING line = NtCurrentPeb()->ProcessParameters->CommandLine;
    const auto skip = [&line](bool spaces) {
        while (line.Length && (line.Buffer[0] == ' ') == spaces) {
            ++line.Buffer;
            line.Length -= sizeof(WCHAR);
        }
    };
    skip(false);
    skip(true);
    return line;
}

inline int run_all() {
    int passed = 0;
    int failed = 0;
    // The linker sorts the entries between the first and the last and may pad them with zeros.
    for (const volatile Entry* at = &first; at != &last; ++at) {
        const Case* entry = *at;
        if (!entry) continue;
        running = entry->name;
        running_failed = false;
        entry->run();
        if (running_failed) {
            ++failed;
        } else {
            ++passed;
            print("ok %s", entry->name);
        }
    }
    print("%d passed, %d failed", passed, failed);
    return failed;
}

}  // namespace test

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::output = peb->ProcessParameters->StandardOutput;
    for (const volatile test::ChildMain* at = &test::child_first; at != &test::child_last; ++at) {
        const test::ChildMain child = *at;
        const NTSTATUS status = child ? child(test::arguments()) : STATUS_NOT_IMPLEMENTED;
        if (status != STATUS_NOT_IMPLEMENTED) RtlExitUserProcess(status);
    }
    RtlExitUserProcess(test::run_all());
}

// Runs `function` before any test; unless it returns STATUS_NOT_IMPLEMENTED the program ends with what it
// returns.
#define CHILD(function) \
    __attribute__((used, section(".chd$m"))) static const test::ChildMain child_##function = function

#define TEST(name)                                                                                       \
    static void test_##name();                                                                           \
    static const test::Case case_##name = {#name, test_##name};                                          \
    __attribute__((used, section(".tst$m"))) static const test::Case* const entry_##name = &case_##name; \
    static void test_##name()

#define CHECK(expression)                                               \
    do {                                                                \
        if (!(expression)) test::fail(#expression, __FILE__, __LINE__); \
    } while (0)

// Ends the test when it does not hold.
#define REQUIRE(expression)                                                    \
    do {                                                                       \
        if (!(expression)) return test::fail(#expression, __FILE__, __LINE__); \
    } while (0)
