// SPDX-License-Identifier: GPL-3.0-only
//
// Many requests that wait, and are cancelled; the memory of others.
#include "tests/bench/hostile/hostile.hpp"
#include "tests/common/silent_pipe.hpp"

namespace hostile {

namespace {

constexpr ULONG kRequests = 3'000;
IO_STATUS_BLOCK status_blocks[kRequests];

// Reads of what nobody writes.
HANDLE ask_pipe() {
    static SilentPipe silent;
    const HANDLE pipe = silent.open(0);
    if (!pipe) {
        fail(u"pipe", STATUS_UNSUCCESSFUL);
        return nullptr;
    }
    NTSTATUS status = STATUS_SUCCESS;
    static UCHAR data[64];
    LARGE_INTEGER start = {};
    for (IO_STATUS_BLOCK& block : status_blocks) {
        status = NtReadFile(pipe, nullptr, nullptr, nullptr, &block, data, 24, &start, nullptr);
        if (status == STATUS_PENDING) continue;
        fail(u"read", status);
        break;
    }
    return pipe;
}

void cancels() {
    HANDLE pipe = ask_pipe();
    IO_STATUS_BLOCK io;
    NtCancelIoFile(pipe, &io);
    NtClose(pipe);
    pipe = ask_pipe();
    NtCancelIoFileEx(pipe, &status_blocks[kRequests - 1], &io);
    NtCancelIoFileEx(pipe, nullptr, &io);
    sleep(100);
    NtClose(pipe);
    pipe = ask_pipe();
    NtClose(pipe);
    sleep(100);
}

// Every page of both sides is made on the way, and of either side none, one or two by one piece.
void writes() {
    constexpr SIZE_T kSize = kMegabyte;
    static const SIZE_T kSkews[] = {0, 1, 4095};
    for (const SIZE_T skew : kSkews) {
        auto* from = static_cast<UCHAR*>(memory(kSize + 8192));
        auto* to = static_cast<UCHAR*>(memory(kSize + 8192));
        SIZE_T written = 0;
        NtWriteVirtualMemory(NtCurrentProcess(), to + skew, from, kSize, &written);
        if (written != kSize) fail(u"write", STATUS_PARTIAL_COPY);
        give_back(from);
        give_back(to);
    }
}

constexpr Load kLoads[] = {
    {u"cancels", cancels},
    {u"writes", writes},
};

}  // namespace

Loads request_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
