// SPDX-License-Identifier: GPL-3.0-only
//
// A driver sees and changes of its client's memory what it was given: nothing of what lies beside a buffer on
// its first and last page.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/scribbler/scribbler.h"

namespace {

using test::check;

constexpr ULONG kPage = 4096;
constexpr ULONG kSize = 5 * kPage;
alignas(kPage) UCHAR memory[kSize];
alignas(kPage) const UCHAR constant[3 * kPage] = {7};

// Neither 0 nor SCRIBBLER_BYTE.
UCHAR secret(ULONG at) {
    return static_cast<UCHAR>(at % 199 + 1);
}

void restore() {
    for (ULONG at = 0; at < kSize; at++)
        memory[at] = secret(at);
}

// Bytes that are not as they ought to be when the driver has written over the first `written` of [at, at +
// length). A page that the buffer fills may be anything.
ULONG wrong_bytes(ULONG at, ULONG length, ULONG written) {
    ULONG wrong = 0;
    for (ULONG place = 0; place < kSize; place++) {
        ULONG page = place & ~(kPage - 1);
        bool whole = page >= at && page + kPage <= at + length;
        if (place >= at && place < at + written)
            wrong += memory[place] != SCRIBBLER_BYTE;
        else if (!whole)
            wrong += memory[place] != secret(place);
    }
    return wrong;
}

ULONG seen(HANDLE file) {
    ULONG count = ~0u;
    NTSTATUS status = test::control(file, SCRIBBLER_SEEN, count);
    return NT_SUCCESS(status) ? count : ~0u;
}

struct Buffer {
    ULONG at, length;
};
constexpr ULONG kAlone = SCRIBBLER_SHORT + 1;
constexpr Buffer kBuffers[] = {
    {kPage, kAlone},         {kPage + 1, kAlone},         {2 * kPage - kAlone, kAlone},
    {2 * kPage - 1, kAlone}, {2 * kPage - 768, kAlone},   {kPage, kPage},
    {kPage + 1, kPage},      {kPage + 4095, kPage},       {kPage + 512, kPage - 512},
    {kPage, kPage + 1},      {kPage - 1, kPage + 2},      {kPage + 100, 2 * kPage},
    {kPage - 5, 3 * kPage},  {kPage - 5, 3 * kPage + 11}, {kPage, 3 * kPage},
};

template <typename Request>
void each_buffer(const char* name, HANDLE file, bool output, Request request) {
    ULONG wrong = 0, failed = 0;
    for (const Buffer& buffer : kBuffers) {
        restore();
        NTSTATUS status = request(memory + buffer.at, buffer.length);
        failed += !NT_SUCCESS(status);
        wrong += wrong_bytes(buffer.at, buffer.length, output ? buffer.length : 0);
    }
    check(name, failed == 0, "failed", failed);
    check("  only the buffer is changed", wrong == 0, "wrong bytes", wrong);
    check("  only the buffer is seen", seen(file) == 0);
}

void transfers(HANDLE file) {
    LARGE_INTEGER offset{};
    IO_STATUS_BLOCK io{};
    each_buffer("reads", file, true, [&](void* buffer, ULONG length) {
        return NtReadFile(file, nullptr, nullptr, nullptr, &io, buffer, length, &offset, nullptr);
    });
    each_buffer("writes", file, false, [&](void* buffer, ULONG length) {
        return NtWriteFile(file, nullptr, nullptr, nullptr, &io, buffer, length, &offset, nullptr);
    });
    constexpr ULONG kCodes[] = {SCRIBBLER_IN_DIRECT, SCRIBBLER_OUT_DIRECT, SCRIBBLER_NEITHER};
    for (ULONG code : kCodes) {
        each_buffer("controls", file, true, [&](void* buffer, ULONG length) {
            return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, code, nullptr, 0, buffer,
                                         length);
        });
    }
    each_buffer("a long input beside it", file, true, [&](void* buffer, ULONG length) {
        static UCHAR input[2000];
        memset(input, 7, sizeof input);
        return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, SCRIBBLER_NEITHER, input + 100,
                                     1000, buffer, length);
    });
}

// What a driver wrote to a direct buffer is there, whatever it answers; of a buffered one as much as it says.
void entitled(HANDLE file) {
    IO_STATUS_BLOCK io{};
    ULONG at = 2 * kPage - 500, length = 1200;
    restore();
    NTSTATUS status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, SCRIBBLER_FAIL, nullptr, 0,
                                            memory + at, length);
    check("a direct request that fails", status == STATUS_IO_DEVICE_ERROR, "status",
          static_cast<ULONG>(status));
    check("  its buffer is as the driver left it", wrong_bytes(at, length, length) == 0);
    restore();
    status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, SCRIBBLER_HALF, nullptr, 0,
                                   memory + at, length);
    check("a buffered answer of half the length", NT_SUCCESS(status) && io.Information == length / 2,
          "status", static_cast<ULONG>(status));
    check("  half of it is there", wrong_bytes(at, length, length / 2) == 0);
}

ULONG wrong_in(const UCHAR* buffer, ULONG length, UCHAR byte) {
    ULONG wrong = 0;
    for (ULONG i = 0; i < length; i++)
        wrong += buffer[i] != byte;
    return wrong;
}

// Every kind of length, at every kind of place, direct and buffered, with a guard on both sides.
void lengths(HANDLE file) {
    constexpr ULONG kMegabyte = 1 << 20;
    constexpr ULONG kLengths[] = {0,      1,         128,           129,           768,    769,
                                  4095,   4096,      4097,          65'535,        65'536, 65'537,
                                  69'632, kMegabyte, kMegabyte + 1, 17 * kMegabyte};
    constexpr ULONG kOffsets[] = {kPage, kPage + 1, 2 * kPage - 1};
    PVOID base = nullptr;
    SIZE_T size = 64 * kMegabyte;
    NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                              PAGE_READWRITE);
    check("room for long buffers", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    if (!NT_SUCCESS(status)) return;
    auto* room = static_cast<UCHAR*>(base);
    HANDLE buffered = nullptr;
    test::open_device(u"ScribblerBuffered", buffered);
    for (ULONG length : kLengths) {
        ULONG failed = 0, wrong = 0, beside = 0;
        for (ULONG at : kOffsets) {
            UCHAR* buffer = room + at;
            LARGE_INTEGER offset{}, idle;
            idle.QuadPart = SCRIBBLER_IDLE;
            IO_STATUS_BLOCK io{};
            buffer[-1] = buffer[length] = 0x11;
            memset(buffer, 0x22, length);
            // One that has no buffer has no MDL.
            status = NtReadFile(file, nullptr, nullptr, nullptr, &io, buffer, length, &offset, nullptr);
            failed += length == 0 ? status != STATUS_INVALID_PARAMETER
                                  : !NT_SUCCESS(status) || io.Information != length;
            ULONG written = length > SCRIBBLER_LONG ? kPage : length;
            wrong += wrong_in(buffer, written, SCRIBBLER_BYTE);
            wrong += wrong_in(buffer + length - written, written, SCRIBBLER_BYTE);
            // A driver that writes nothing gives nothing but zeros.
            status = NtReadFile(buffered, nullptr, nullptr, nullptr, &io, buffer, length, &idle, nullptr);
            failed += !NT_SUCCESS(status) || io.Information != length;
            wrong += wrong_in(buffer, length, 0);
            beside += buffer[-1] != 0x11 || buffer[length] != 0x11;
        }
        check("reads of every length", failed == 0, "length", length);
        check("  with the driver's bytes", wrong == 0, "wrong", wrong);
        check("  and no others", beside == 0);
    }
    check("  nor any seen", seen(file) == 0);
    LARGE_INTEGER offset{};
    offset.QuadPart = SCRIBBLER_IDLE;
    IO_STATUS_BLOCK io{};
    // A process may pin a quarter of RAM, and a request has 64 MiB at most.
    SYSTEM_BASIC_INFORMATION machine{};
    NtQuerySystemInformation(SystemBasicInformation, &machine, sizeof machine, nullptr);
    const ULONG64 share = ULONG64{machine.NumberOfPhysicalPages} * kPage / 4;
    const ULONG longest = static_cast<ULONG>(share < 64 * kMegabyte ? share / 4 * 3 : 64 * kMegabyte);
    status = NtReadFile(file, nullptr, nullptr, nullptr, &io, room, longest, &offset, nullptr);
    check("the longest", NT_SUCCESS(status) && io.Information == longest, "status",
          static_cast<ULONG>(status));
    if (share < 64 * kMegabyte) {
        status = NtReadFile(file, nullptr, nullptr, nullptr, &io, room, 64 * kMegabyte, &offset, nullptr);
        check("one that it may not pin", status == STATUS_QUOTA_EXCEEDED, "status",
              static_cast<ULONG>(status));
    }
    status = NtReadFile(file, nullptr, nullptr, nullptr, &io, room, 64 * kMegabyte + 1, &offset, nullptr);
    check("one that is too long", status == STATUS_INVALID_BUFFER_SIZE, "status", static_cast<ULONG>(status));
    NtClose(buffered);
    size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

// METHOD_IN_DIRECT is for what the driver reads: the client needs no right to write there.
void in_direct(HANDLE file) {
    IO_STATUS_BLOCK io{};
    auto* bytes = const_cast<UCHAR*>(constant);
    constexpr ULONG kLengths[] = {16, kAlone, 2 * kPage};
    for (ULONG length : kLengths) {
        NTSTATUS status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, SCRIBBLER_LOOK, nullptr,
                                                0, bytes + 5, length);
        check("a buffer that may be read only, to be read", NT_SUCCESS(status), "status",
              static_cast<ULONG>(status));
        status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, SCRIBBLER_OUT_DIRECT, nullptr, 0,
                                       bytes + 5, length);
        check("  to be written", status == STATUS_ACCESS_VIOLATION, "status", static_cast<ULONG>(status));
        status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, SCRIBBLER_LOOK, nullptr, 0,
                                       reinterpret_cast<void*>(0x10), length);
        check("  no buffer at all", status == STATUS_ACCESS_VIOLATION, "status", static_cast<ULONG>(status));
    }
    check("  nothing beside it is seen", seen(file) == 0);
    check("  nothing is changed", constant[0] == 7 && wrong_in(constant + 1, sizeof constant - 1, 0) == 0);
}

// A read that pends, at a driver that is killed, and is started again, and is asked to cancel it.
void killed_and_cancelled(HANDLE file) {
    HANDLE waiting = nullptr;
    test::Path path(u"\\Device\\", u"Scribbler");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io{}, read{}, cancelled{};
    NtOpenFile(&waiting, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ | FILE_SHARE_WRITE,
               0);
    ULONG at = 2 * kPage - 500, length = 1200;
    LARGE_INTEGER offset;
    offset.QuadPart = SCRIBBLER_PEND;
    restore();
    NTSTATUS status =
        NtReadFile(waiting, nullptr, nullptr, nullptr, &read, memory + at, length, &offset, nullptr);
    check("a read that pends", status == STATUS_PENDING, "status", static_cast<ULONG>(status));
    check("  is seen by the driver alone", seen(file) == 0 && wrong_bytes(at, length, 0) == 0);
    ULONG before = test::host_process(u"Scribbler");
    test::kill_process(before);
    ULONG stale = seen(file);
    if (stale == ~0u) stale = seen(file);  // the request may have been at hand
    check("  its driver is another after a kill", test::host_process(u"Scribbler") != before);
    check("  which sees nothing of what the first wrote", stale == 0, "bytes", stale);
    check("  nor does the client", wrong_bytes(at, length, 0) == 0);
    status = NtCancelIoFile(waiting, &cancelled);
    check("  and cancels it", NT_SUCCESS(status) && read.Status == STATUS_CANCELLED, "status",
          static_cast<ULONG>(read.Status));
    check("  with what it had written", wrong_bytes(at, length, length) == 0);
    NtClose(waiting);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    HANDLE file = nullptr;
    // It fills 17 MiB at a time, also on a machine that has other work.
    constexpr ULONG kPatience = 10'000;
    NTSTATUS status = test::load_driver(u"Scribbler", u"System32\\drivers\\scribbler.sys", kPatience);
    if (NT_SUCCESS(status)) status = test::open_device(u"Scribbler", file);
    check("a driver that scribbles is loaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) {
        transfers(file);
        entitled(file);
        lengths(file);
        in_direct(file);
        killed_and_cancelled(file);
        NtClose(file);
        test::unload_driver(u"Scribbler");
    }
    test::end();
}
