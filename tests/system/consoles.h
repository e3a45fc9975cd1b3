// SPDX-License-Identifier: GPL-3.0-only
//
// What tests of consoles share: files of a console, and this program again as another process.
#pragma once

#include "abi/console/condrv.h"
#include "tests/system/test.h"

inline const LARGE_INTEGER kMinute = {.QuadPart = -600'000'000};

inline HANDLE console() {
    return NtCurrentPeb()->ProcessParameters->ConsoleHandle;
}

// Relative to a console's file, or absolute.
inline HANDLE open_of(HANDLE root, PCWSTR name, ULONG options, ULONG attributes_of_handle = 0) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE | attributes_of_handle, root,
                               nullptr);
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr;
    NtOpenFile(&file, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &io,
               FILE_SHARE_READ | FILE_SHARE_WRITE, options);
    return file;
}

inline NTSTATUS ask(HANDLE file, ULONG code, void* input, ULONG length, void* output, ULONG room) {
    IO_STATUS_BLOCK io;
    return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, code, input, length, output, room);
}

inline HANDLE open_of_console(PCWSTR name, ULONG options) {
    return open_of(console(), name, options);
}

inline HANDLE connect() {
    return open_of_console(u"Connection", FILE_SYNCHRONOUS_IO_NONALERT);
}

inline ULONG number_in(const UNICODE_STRING& text) {
    ULONG number = 0;
    for (ULONG i = 0; i < text.Length / sizeof(WCHAR); ++i)
        if (text.Buffer[i] >= '0' && text.Buffer[i] <= '9') number = number * 10 + (text.Buffer[i] - '0');
    return number;
}

inline bool says(const UNICODE_STRING& arguments, PCWSTR word) {
    UNICODE_STRING prefix;
    RtlInitUnicodeString(&prefix, word);
    return RtlPrefixUnicodeString(&prefix, &arguments, TRUE);
}

// A program, with these for its console and standard handles. Null: it cannot be started.
inline HANDLE start(const UNICODE_STRING& image, PCWSTR arguments, HANDLE reference, HANDLE input,
                    HANDLE output) {
    UNICODE_STRING line;
    RtlInitUnicodeString(&line, arguments);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    UNICODE_STRING path = image;
    if (!NT_SUCCESS(RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &line, nullptr,
                                                 nullptr, nullptr, nullptr, nullptr,
                                                 RTL_USER_PROC_PARAMS_NORMALIZED)))
        return nullptr;
    parameters->ConsoleHandle = reference;
    parameters->StandardInput = input;
    parameters->StandardOutput = parameters->StandardError = output;
    RTL_USER_PROCESS_INFORMATION made = {};
    made.Length = sizeof made;
    const NTSTATUS status = RtlCreateUserProcess(&path, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                                 nullptr, TRUE, nullptr, nullptr, &made);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return nullptr;
    NtResumeThread(made.Thread, nullptr);
    NtClose(made.Thread);
    return made.Process;
}

// This program again, at the same console.
inline HANDLE start(PCWSTR arguments) {
    const PRTL_USER_PROCESS_PARAMETERS own = NtCurrentPeb()->ProcessParameters;
    return start(own->ImagePathName, arguments, own->ConsoleHandle, own->StandardInput, own->StandardOutput);
}

// Instructions, under -icount, that a line of 64 characters takes.
inline ULONG instructions_a_line(HANDLE file) {
    char line[64];
    constexpr ULONG kLines = 4096;
    for (ULONG i = 0; i < sizeof line; ++i)
        line[i] = static_cast<char>('!' + i);
    line[sizeof line - 1] = '\n';
    IO_STATUS_BLOCK io = {};
    const ULONG64 begun = __builtin_ia32_rdtsc();
    for (ULONG i = 0; i < kLines; ++i) {
        line[0] = static_cast<char>('a' + i % 26);
        NtWriteFile(file, nullptr, nullptr, nullptr, &io, line, sizeof line, nullptr, nullptr);
    }
    return static_cast<ULONG>((__builtin_ia32_rdtsc() - begun) / kLines);
}
