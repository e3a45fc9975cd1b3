// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/console.hpp"

#include "apps/common/native.hpp"

namespace ntcmd {

NTSTATUS Output::open(HANDLE standard_output) {
    if (standard_output) {
        console_ = standard_output;
        return STATUS_SUCCESS;
    }
    return app::open_file(View(u"\\Device\\Console"), FILE_WRITE_DATA | SYNCHRONIZE,
                          FILE_SYNCHRONOUS_IO_NONALERT, console_);
}

void Output::write_bytes(const char* bytes, ULONG length) {
    IO_STATUS_BLOCK status;
    LARGE_INTEGER end;
    end.QuadPart = -1;  // FILE_WRITE_TO_END_OF_FILE
    if (length)
        NtWriteFile(handle(), nullptr, nullptr, nullptr, &status, bytes, length, file_ ? &end : nullptr,
                    nullptr);
}

void Output::write(View text) {
    char bytes[384];
    ULONG used = 0;
    for (SIZE_T i = 0; i < text.size; ++i) {
        if (used + 4 > sizeof bytes) {
            write_bytes(bytes, used);
            used = 0;
        }
        used += app::to_utf8(text, i, bytes + used);
    }
    write_bytes(bytes, used);
}

NTSTATUS Keyboard::open() {
    NTSTATUS status = STATUS_SUCCESS;
    if (!ready_) status = NtCreateEvent(&ready_, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    if (NT_SUCCESS(status))
        status = app::open_file(View(u"\\Device\\KeyboardClass0"), FILE_READ_DATA | SYNCHRONIZE, 0, device_);
    return NT_SUCCESS(status) ? start_read() : status;
}

NTSTATUS Keyboard::start_read() {
    LARGE_INTEGER offset = {};
    const NTSTATUS status =
        NtReadFile(device_, ready_, nullptr, nullptr, &status_, input_, sizeof input_, &offset, nullptr);
    reading_ = NT_SUCCESS(status);
    return status;
}

// A read that is on its way: of this keyboard or, when its driver was stopped and perhaps started again, of
// the one that has its name now.
NTSTATUS Keyboard::listen() {
    if (present()) {
        const NTSTATUS status = start_read();
        if (NT_SUCCESS(status)) return status;
        NtClose(device_);
        device_ = nullptr;
    }
    return open();
}

// The read has ended: its keys into the queue, and the next read on its way.
void Keyboard::take_input() {
    reading_ = false;
    const ULONG count =
        NT_SUCCESS(status_.Status) ? static_cast<ULONG>(status_.Information / sizeof input_[0]) : 0;
    for (ULONG i = 0; i < count && i < sizeof input_ / sizeof input_[0]; ++i) {
        const Key key = translator_.translate(input_[i]);
        if (key.kind != KeyKind::None && queued_ < kQueue) queue_[queued_++] = key;
    }
    if (translator_.lamps() != lamps_) {
        lamps_ = translator_.lamps();
        KEYBOARD_INDICATOR_PARAMETERS lamps = {0, lamps_};
        IO_STATUS_BLOCK status;
        app::device_control(device_, IOCTL_KEYBOARD_SET_INDICATORS, &lamps, sizeof lamps, nullptr, 0, status);
    }
}

bool Keyboard::next_queued(Key& key) {
    if (!queued_) return false;
    key = queue_[0];
    --queued_;
    for (unsigned i = 0; i < queued_; ++i)
        queue_[i] = queue_[i + 1];
    return true;
}

Key Keyboard::read() {
    Key key;
    while (!next_queued(key)) {
        if (!reading_ && !NT_SUCCESS(listen())) {
            // There is none yet, or it is gone (its driver was stopped): look again in a second.
            LARGE_INTEGER second;
            second.QuadPart = -10'000'000;
            NtDelayExecution(FALSE, &second);
            continue;
        }
        NtWaitForSingleObject(ready_, FALSE, nullptr);
        take_input();
    }
    return key;
}

bool Keyboard::wait_or_break(HANDLE object, const LARGE_INTEGER* timeout, NTSTATUS& status) {
    while (true) {
        if (!reading_) listen();
        const HANDLE handles[2] = {object, ready_};
        status = NtWaitForMultipleObjects(reading_ ? 2 : 1, handles, WaitAny, FALSE, timeout);
        if (status != STATUS_WAIT_1) return false;
        const unsigned before = queued_;
        take_input();
        for (unsigned i = before; i < queued_; ++i) {
            if (queue_[i].kind != KeyKind::Character || !queue_[i].control || queue_[i].character != u'C')
                continue;
            queued_ = 0;
            return true;
        }
    }
}

void Keyboard::release() {
    if (!reading_) return;
    IO_STATUS_BLOCK status;
    NtCancelIoFile(device_, &status);
    NtWaitForSingleObject(ready_, FALSE, nullptr);
    take_input();
}

}  // namespace ntcmd
