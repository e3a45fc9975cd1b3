// SPDX-License-Identifier: GPL-3.0-only
//
// A native program: prints its own path, opens the example driver's device and reads from it. Needs ntdll.dll
// only.
#include "abi/nt/ntdll.h"

static void Print(const WCHAR* Format, ...) {
    WCHAR Text[256];
    UNICODE_STRING String;
    va_list Arguments;

    va_start(Arguments, Format);
    _vsnwprintf(Text, ARRAYSIZE(Text), Format, Arguments);
    va_end(Arguments);
    Text[ARRAYSIZE(Text) - 1] = 0;
    RtlInitUnicodeString(&String, Text);
    NtDisplayString(&String);
}

static NTSTATUS ReadCounter(PULONG Value) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(u"\\??\\Counter");
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status;
    HANDLE File;

    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    Status = NtOpenFile(&File, FILE_READ_DATA | SYNCHRONIZE, &Attributes, &IoStatus, FILE_SHARE_READ,
                        FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status)) return Status;
    Status = NtReadFile(File, NULL, NULL, NULL, &IoStatus, Value, sizeof(*Value), NULL, NULL);
    NtClose(File);
    return Status;
}

void NTAPI NtProcessStartup(PPEB Peb) {
    ULONG Value = 0;
    NTSTATUS Status;

    Print(u"This is %wZ\n", &Peb->ProcessParameters->ImagePathName);
    Status = ReadCounter(&Value);
    if (NT_SUCCESS(Status))
        Print(u"The counter stands at %u\n", Value);
    else
        Print(u"The counter cannot be read (%08x); is counter.sys loaded?\n", Status);
    NtTerminateProcess(NtCurrentProcess(), Status);
}
