// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/terminal_stream.hpp"

namespace conhost {

NTSTATUS TerminalStream::open(app::View input, app::View output, int line_break) {
    break_ = line_break;
    NTSTATUS status = NtCreateEvent(ready_.receive(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    if (NT_SUCCESS(status))
        status = app::open_file(input, FILE_READ_DATA | SYNCHRONIZE, 0, *input_.receive());
    if (NT_SUCCESS(status))
        status = app::open_file(output, FILE_WRITE_DATA | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT,
                                *output_.receive());
    if (NT_SUCCESS(status)) start_read();
    return status;
}

void TerminalStream::send(const char* bytes, SIZE_T length) {
    IO_STATUS_BLOCK block;
    if (output_.get())
        NtWriteFile(output_.get(), nullptr, nullptr, nullptr, &block, const_cast<char*>(bytes),
                    static_cast<ULONG>(length), nullptr, nullptr);
}

void TerminalStream::start_read() {
    LARGE_INTEGER offset = {};
    const NTSTATUS status = NtReadFile(input_.get(), ready_.get(), nullptr, nullptr, &status_, bytes_,
                                       sizeof bytes_, &offset, nullptr);
    reading_ = NT_SUCCESS(status);
}

unsigned TerminalStream::events(HANDLE* into) {
    if (!reading_) return 0;
    into[0] = ready_.get();
    return 1;
}

// A stream that has ended brings no more keys.
void TerminalStream::take(unsigned) {
    reading_ = false;
    if (!NT_SUCCESS(status_.Status) || status_.Information == 0 || status_.Information > sizeof bytes_)
        return;
    for (SIZE_T i = 0; i < status_.Information; ++i)
        if (static_cast<UCHAR>(bytes_[i]) == break_)
            decoder_.line_break();
        else
            decoder_.take(bytes_ + i, 1);
    start_read();
}

}  // namespace conhost
