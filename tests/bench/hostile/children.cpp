// SPDX-License-Identifier: GPL-3.0-only
//
// Processes that end with much: threads, handles, memory, a section.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

constexpr ULONG kThreads = 1000;

HANDLE gate;

NTSTATUS NTAPI wait_for(PVOID handle) {
    return NtWaitForSingleObject(handle, TRUE, nullptr);
}

void child_threads() {
    NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
    for (ULONG i = 0; i < kThreads; ++i)
        start(&wait_for, gate);
    sleep(20);
}
void child_handles() {
    for (ULONG i = 0; i < 20'000; ++i)
        NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
}
void child_memory() {
    constexpr SIZE_T kSize = 64 * kMegabyte;
    auto* base = static_cast<volatile UCHAR*>(memory(kSize));
    for (SIZE_T at = 0; at < kSize; at += 4096)
        base[at] = 1;
}
void child_section() {
    HANDLE section;
    LARGE_INTEGER size;
    size.QuadPart = 64 * kMegabyte;
    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT, nullptr);
    PVOID base = nullptr;
    SIZE_T view = 0;
    NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                       PAGE_READWRITE);
    for (SIZE_T at = 0; base && at < view; at += 4096)
        static_cast<volatile UCHAR*>(base)[at] = 1;
}

void child_nothing() {}
void child_waits() {
    NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
    for (ULONG i = 0; i < kThreads; ++i)
        start(&wait_for, gate);
    NtWaitForSingleObject(gate, FALSE, nullptr);
}

constexpr Load kLoads[] = {
    {u"child_threads", child_threads}, {u"child_handles", child_handles}, {u"child_memory", child_memory},
    {u"child_section", child_section}, {u"child_nothing", child_nothing}, {u"child_waits", child_waits},
};

}  // namespace

Loads child_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
