// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/server.hpp"

namespace conhost {

NTSTATUS Server::open(HANDLE given) {
    NTSTATUS status = NtCreateEvent(event_.receive(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    if (NT_SUCCESS(status))
        status = NtCreateEvent(control_event_.receive(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    if (!NT_SUCCESS(status)) return status;
    *device_.receive() = given;
    if (given) return STATUS_SUCCESS;
    return app::open_file(app::View(u"\\Device\\ConDrv\\Server"),
                          FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, 0, *device_.receive());
}

NTSTATUS Server::control(ULONG code, const void* input, SIZE_T length, void* output, SIZE_T room,
                         SIZE_T& done) {
    IO_STATUS_BLOCK block = {};
    NTSTATUS status =
        NtDeviceIoControlFile(device_.get(), control_event_.get(), nullptr, nullptr, &block, code, input,
                              static_cast<ULONG>(length), output, static_cast<ULONG>(room));
    if (status == STATUS_PENDING) {
        NtWaitForSingleObject(control_event_.get(), FALSE, nullptr);
        status = block.Status;
    }
    done = NT_SUCCESS(status) ? block.Information : 0;
    return status;
}

NTSTATUS Server::publish() {
    SIZE_T done;
    return control(CONDRV_SERVER_PUBLISH, nullptr, 0, nullptr, 0, done);
}

NTSTATUS Server::ask() {
    const SIZE_T length = answer_.head.Id ? sizeof answer_.head + answer_length_ : 0;
    if (length) RtlCopyMemory(&sent_, &answer_, length);
    answer_.head.Id = 0;
    NTSTATUS status = NtDeviceIoControlFile(device_.get(), event_.get(), nullptr, nullptr, &status_,
                                            CONDRV_SERVER_NEXT, length ? &sent_ : nullptr,
                                            static_cast<ULONG>(length), &message_, sizeof message_);
    asking_ = status == STATUS_PENDING;
    return status;
}

bool Server::is_there() const {
    LARGE_INTEGER now = {};
    return NtWaitForSingleObject(event_.get(), FALSE, &now) == STATUS_SUCCESS;
}

NTSTATUS Server::asked() {
    asking_ = false;
    return status_.Status;
}

SIZE_T Server::read(ULONG64 id, ULONG64 offset, UCHAR* into) {
    const CONDRV_PART part = {id, offset};
    SIZE_T done = 0;
    control(CONDRV_SERVER_READ, &part, sizeof part, into, kPart, done);
    return done;
}

void Server::send_answer() {
    if (!answer_.head.Id) return;
    SIZE_T done;
    control(CONDRV_SERVER_ANSWER, &answer_, sizeof answer_.head + answer_length_, nullptr, 0, done);
    answer_.head.Id = 0;
}

void Server::answer(ULONG64 id, NTSTATUS status, ULONG64 information, const void* data, SIZE_T length) {
    if (!id) return;
    send_answer();
    const auto* bytes = static_cast<const UCHAR*>(data);
    // What does not fit goes first.
    for (SIZE_T at = CONDRV_MOST_DATA; at < length;) {
        const SIZE_T count = length - at < CONDRV_MOST_DATA ? length - at : CONDRV_MOST_DATA;
        part_.head = {id, at};
        RtlCopyMemory(part_.data, bytes + at, count);
        SIZE_T done;
        const NTSTATUS written =
            control(CONDRV_SERVER_WRITE, &part_, sizeof part_.head + count, nullptr, 0, done);
        if (!NT_SUCCESS(written)) status = written;
        at += count;
    }
    answer_.head = {id, information, status, 0};
    answer_length_ = length < CONDRV_MOST_DATA ? length : CONDRV_MOST_DATA;
    if (answer_length_) RtlCopyMemory(answer_.data, bytes, answer_length_);
    if (asking_) send_answer();
}

void Server::signal(bool ready) {
    if (ready == ready_) return;
    ready_ = ready;
    const ULONG value = ready;
    SIZE_T done;
    control(CONDRV_SERVER_SIGNAL, &value, sizeof value, nullptr, 0, done);
}

}  // namespace conhost
