// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/console.hpp"

#include "abi/console/condrv.h"

namespace ntcmd {
namespace {

constexpr WCHAR kTab = u'\t';
constexpr SIZE_T kLongestLine = 8191 + 2;  // as the console's host has it, and its end

// Touched as far as lines reach.
constinit struct {
    ULONG state;
    WCHAR text[kLongestLine];
} got = {};

NTSTATUS open_of(HANDLE reference, View name, ULONG options, app::Handle& file) {
    app::Attributes attributes(name, OBJ_CASE_INSENSITIVE, reference);
    IO_STATUS_BLOCK block;
    return NtOpenFile(file.receive(), FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, attributes.get(),
                      &block, FILE_SHARE_READ | FILE_SHARE_WRITE, options);
}

bool ask(HANDLE file, ULONG code, const void* input, SIZE_T length, void* output, SIZE_T room) {
    IO_STATUS_BLOCK block;
    return NT_SUCCESS(NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &block, code,
                                            const_cast<void*>(input), static_cast<ULONG>(length), output,
                                            static_cast<ULONG>(room)));
}

void trim_end(Text& line) {
    while (!line.empty() && (line.view().back() == u'\n' || line.view().back() == u'\r'))
        line.truncate(line.size() - 1);
}

}  // namespace

void Console::open(HANDLE reference, HANDLE input) {
    input_ = input;
    ULONG mode = 0;
    keys_ = input && ask(input, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode);
    if (!reference) return;
    open_of(reference, u"Connection", FILE_SYNCHRONOUS_IO_NONALERT, connection_);
    open_of(reference, u"Output", FILE_SYNCHRONOUS_IO_NONALERT, output_);
    if (!NT_SUCCESS(NtCreateEvent(break_.receive(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE)) ||
        !NT_SUCCESS(open_of(reference, u"Events", 0, events_)))
        events_.close();
    listen();
}

bool Console::interrupted() const {
    const NTSTATUS status = *const_cast<const volatile NTSTATUS*>(&wait_.Status);
    return waits_ && status != STATUS_PENDING && NT_SUCCESS(status);
}

void Console::listen() {
    if (!events_.get() || (waits_ && !interrupted())) return;
    wait_.Status = STATUS_PENDING;
    const NTSTATUS status = NtDeviceIoControlFile(events_.get(), break_.get(), nullptr, nullptr, &wait_,
                                                  CONDRV_AWAIT_EVENT, nullptr, 0, &event_, sizeof event_);
    waits_ = NT_SUCCESS(status);
}

bool Console::wait_or_break(HANDLE object, const LARGE_INTEGER* timeout) {
    auto* const time = const_cast<LARGE_INTEGER*>(timeout);
    while (waits_) {
        const HANDLE handles[2] = {break_.get(), object};
        const NTSTATUS status = NtWaitForMultipleObjects(object ? 2 : 1, handles, WaitAny, FALSE, time);
        if (status != STATUS_WAIT_0) return false;
        if (interrupted()) return true;
        waits_ = false;  // the console is gone
    }
    if (object)
        NtWaitForSingleObject(object, FALSE, time);
    else
        NtDelayExecution(FALSE, time);
    return false;
}

NTSTATUS Console::control(ULONG code, const void* input, SIZE_T length, void* output, SIZE_T room,
                          SIZE_T& done) const {
    IO_STATUS_BLOCK block = {};
    done = 0;
    if (!input_) return STATUS_INVALID_HANDLE;
    const NTSTATUS status =
        NtDeviceIoControlFile(input_, nullptr, nullptr, nullptr, &block, code, const_cast<void*>(input),
                              static_cast<ULONG>(length), output, static_cast<ULONG>(room));
    if (NT_SUCCESS(status)) done = block.Information;
    return status;
}

// Newest first; empty when the console does not say.
List<ULONG> Console::processes() const {
    List<ULONG> list;
    // A few more than were told of: others start meanwhile.
    constexpr ULONG kAtFirst = 64, kMore = 16;
    constexpr unsigned kMostAttempts = 8;
    ULONG room = kAtFirst;
    for (unsigned attempt = 0; attempt < kMostAttempts; ++attempt) {
        while (list.size() < room)
            list.push(0);
        SIZE_T done = 0;
        const NTSTATUS status =
            control(CONDRV_GET_PROCESS_LIST, nullptr, 0, list.begin(), list.size() * sizeof(ULONG), done);
        if (status != STATUS_BUFFER_TOO_SMALL) {
            while (list.size() > (NT_SUCCESS(status) ? done / sizeof(ULONG) : 0))
                list.remove(list.size() - 1);
            return list;
        }
        room = (list[0] > room ? list[0] : room) + kMore;
    }
    list.clear();
    return list;
}

bool Console::is_process(HANDLE process) const {
    PROCESS_BASIC_INFORMATION basic = {};
    if (!NT_SUCCESS(
            NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof basic, nullptr)))
        return false;
    for (const ULONG id : processes())
        if (id == basic.UniqueProcessId) return true;
    return false;
}

SIZE_T Console::width() const {
    constexpr SIZE_T kUsual = 80;
    CONDRV_OUTPUT_INFO info = {};
    const bool known = ask(output_.get(), CONDRV_GET_OUTPUT_INFO, nullptr, 0, &info, sizeof info);
    return known && info.Width > 0 ? static_cast<SIZE_T>(info.Width) : kUsual;
}

void Console::clear() {
    CONDRV_OUTPUT_INFO info = {};
    if (!ask(output_.get(), CONDRV_GET_OUTPUT_INFO, nullptr, 0, &info, sizeof info)) return;
    CONDRV_FILL fill = {};
    ULONG done = 0;
    fill.Mode = CONDRV_MODE_BOTH;
    fill.Count = LONG{info.Width} * info.Height;
    fill.Wrap = TRUE;
    fill.Character = u' ';
    fill.Attributes = static_cast<USHORT>(info.Attributes);
    ask(output_.get(), CONDRV_FILL_OUTPUT, &fill, sizeof fill, &done, sizeof done);
    CONDRV_SET_OUTPUT set = {};
    set.Mask = CONDRV_SET_CURSOR_POSITION;
    ask(output_.get(), CONDRV_SET_OUTPUT_INFO, &set, sizeof set, nullptr, 0);
}

NTSTATUS Console::read_line(Text& line) {
    if (!keys_) return read_file_line(line);
    constexpr SIZE_T kHead = sizeof(ULONG) / sizeof(WCHAR);
    const ULONG wakes = 1u << kTab;
    WCHAR head[kHead];
    RtlCopyMemory(head, &wakes, sizeof wakes);
    line.insert(0, View(head, kHead));
    IO_STATUS_BLOCK block = {};
    const NTSTATUS status =
        NtDeviceIoControlFile(input_, nullptr, nullptr, nullptr, &block, CONDRV_READ_CONSOLE_CONTROL,
                              const_cast<WCHAR*>(line.view().data),
                              static_cast<ULONG>(line.size() * sizeof(WCHAR)), &got, sizeof got);
    line.clear();
    if (!NT_SUCCESS(status) || block.Information < sizeof got.state) return status;
    line.append(View(got.text, (block.Information - sizeof got.state) / sizeof(WCHAR)));
    trim_end(line);
    return STATUS_SUCCESS;
}

// A file or a pipe: bytes of UTF-8, and no more after its end.
NTSTATUS Console::read_file_line(Text& line) {
    line.clear();
    for (ULONG used = 0;;) {
        IO_STATUS_BLOCK block = {};
        char* const bytes = reinterpret_cast<char*>(got.text);
        const NTSTATUS status =
            NtReadFile(input_, nullptr, nullptr, nullptr, &block, bytes + used, 1, nullptr, nullptr);
        const bool ends = !NT_SUCCESS(status) || block.Information == 0;
        if (ends && !used) return NT_SUCCESS(status) ? STATUS_END_OF_FILE : status;
        if (!ends && bytes[used++] != '\n' && used < kLongestLine) continue;
        for (ULONG at = 0; at < used;) {
            // A byte makes no more than one character.
            WCHAR text[64];
            ULONG part = used - at < 64 ? used - at : 64;
            while (part > 1 && at + part < used && (bytes[at + part] & 0xC0) == 0x80)
                --part;
            ULONG length = 0;
            RtlUTF8ToUnicodeN(text, sizeof text, &length, bytes + at, part);
            line.append(View(text, length / sizeof(WCHAR)));
            at += part;
        }
        trim_end(line);
        return STATUS_SUCCESS;
    }
}

void Output::open(HANDLE standard_output, const Console& console) {
    output_ = standard_output;
    console_ = &console;
}

bool Output::write_bytes(const char* bytes, ULONG length) {
    if (console_->interrupted()) return false;
    IO_STATUS_BLOCK status;
    LARGE_INTEGER end;
    end.QuadPart = -1;  // FILE_WRITE_TO_END_OF_FILE
    if (length)
        NtWriteFile(handle(), nullptr, nullptr, nullptr, &status, bytes, length, file_ ? &end : nullptr,
                    nullptr);
    return true;
}

void Output::write(View text) {
    char bytes[384];
    ULONG used = 0;
    for (SIZE_T i = 0; i < text.size; ++i) {
        if (used + 4 > sizeof bytes) {
            if (!write_bytes(bytes, used)) return;
            used = 0;
        }
        used += app::to_utf8(text, i, bytes + used);
    }
    write_bytes(bytes, used);
}

}  // namespace ntcmd
