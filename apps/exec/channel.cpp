// SPDX-License-Identifier: GPL-3.0-only
#include "apps/exec/channel.hpp"

namespace exec {

using app::View;

NTSTATUS open_pipe(ULONG number, bool inherited, app::Handle& pipe) {
    app::Text path(u"\\Device\\ExecChannel\\");
    path.append(static_cast<WCHAR>(u'0' + number));
    app::Attributes attributes(path, OBJ_CASE_INSENSITIVE | (inherited ? OBJ_INHERIT : 0));
    IO_STATUS_BLOCK block;
    const bool to_guest = number == EXEC_PIPE_ORDERS || number == EXEC_PIPE_INPUT || number == EXEC_PIPE_PUT;
    return NtOpenFile(pipe.receive(), to_guest ? FILE_GENERIC_READ : FILE_GENERIC_WRITE, attributes.get(),
                      &block, FILE_SHARE_READ | FILE_SHARE_WRITE,
                      FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
}

NTSTATUS Channel::open() {
    const NTSTATUS status = open_pipe(EXEC_PIPE_ORDERS, false, orders_);
    return NT_SUCCESS(status) ? open_pipe(EXEC_PIPE_REPORTS, false, reports_) : status;
}

NTSTATUS Channel::read(void* to, ULONG length) {
    for (auto* at = static_cast<UCHAR*>(to); length;) {
        IO_STATUS_BLOCK block = {};
        const NTSTATUS status =
            NtReadFile(orders_.get(), nullptr, nullptr, nullptr, &block, at, length, nullptr, nullptr);
        if (!NT_SUCCESS(status)) return status;
        at += block.Information;
        length -= static_cast<ULONG>(block.Information);
    }
    return STATUS_SUCCESS;
}

NTSTATUS Channel::next_order(ULONG& kind) {
    EXEC_MESSAGE message = {};
    const NTSTATUS status = read(&message, sizeof message);
    if (!NT_SUCCESS(status)) return status;
    if (message.Length > EXEC_LARGEST_MESSAGE) return STATUS_INVALID_BUFFER_SIZE;
    if (message.Length > room_) {
        RtlFreeHeap(RtlProcessHeap(), 0, body_);
        body_ = RtlAllocateHeap(RtlProcessHeap(), 0, message.Length);
        room_ = body_ ? message.Length : 0;
        if (!body_) return STATUS_NO_MEMORY;
    }
    kind = message.Kind;
    length_ = message.Length;
    return read(body_, length_);
}

NTSTATUS Channel::report(ULONG kind, const void* body, ULONG length) {
    const EXEC_MESSAGE message = {kind, length};
    IO_STATUS_BLOCK block;
    const NTSTATUS status =
        NtWriteFile(reports_.get(), nullptr, nullptr, nullptr, &block, const_cast<EXEC_MESSAGE*>(&message),
                    sizeof message, nullptr, nullptr);
    if (!NT_SUCCESS(status) || !length) return status;
    return NtWriteFile(reports_.get(), nullptr, nullptr, nullptr, &block, const_cast<void*>(body), length,
                       nullptr, nullptr);
}

}  // namespace exec
