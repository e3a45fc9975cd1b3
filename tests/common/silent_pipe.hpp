// SPDX-License-Identifier: GPL-3.0-only
//
// A file behind a driver whose reads wait for ever, for any program: an end of a pipe that nobody writes
// into.
#pragma once

#include "abi/nt/ntdll.h"

class SilentPipe {
public:
    // The end to be read, the caller's to close; null for failure. The other end stays until
    // the next one is opened. `options`: FILE_SYNCHRONOUS_IO_*.
    HANDLE open(ULONG options) {
        if (writer_) NtClose(writer_);
        writer_ = nullptr;
        UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\NamedPipe\\silent");
        OBJECT_ATTRIBUTES attributes;
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
        IO_STATUS_BLOCK io;
        LARGE_INTEGER timeout;
        timeout.QuadPart = -500'000;
        constexpr ULONG kQuota = 4096, kAnyNumber = ~0u;
        HANDLE reader = nullptr;
        NTSTATUS status = NtCreateNamedPipeFile(
            &reader, FILE_GENERIC_READ, &attributes, &io, FILE_SHARE_WRITE, FILE_OPEN_IF, options,
            FILE_PIPE_BYTE_STREAM_TYPE, FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_QUEUE_OPERATION, kAnyNumber,
            kQuota, kQuota, &timeout);
        if (!NT_SUCCESS(status)) return nullptr;
        status =
            NtOpenFile(&writer_, FILE_GENERIC_WRITE, &attributes, &io, FILE_SHARE_READ | FILE_SHARE_WRITE, 0);
        if (NT_SUCCESS(status)) return reader;
        writer_ = nullptr;
        NtClose(reader);
        return nullptr;
    }

private:
    HANDLE writer_ = nullptr;
};
