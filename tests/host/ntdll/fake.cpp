// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/ntdll/fake.hpp"

#include <asm/prctl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include "ntdll/rtl/debugger.hpp"
#include "ntdll/rtl/startup.hpp"

namespace base {

void assertion_failed(const char*, const char*, int) {
    abort();
}

}  // namespace base

bool rtl::tell_debugger(const char*, SIZE_T) {
    return false;
}

namespace fake {

int allocations_left = -1;

namespace {

PEB peb;
RTL_USER_PROCESS_PARAMETERS parameters;
WCHAR directory[520] = u"C:\\Work\\";
WCHAR environment[] = u"ALPHA=one\0BETA=two words\0EMPTY=\0PATH=C:\\Bin;C:\\Tools\0";
std::atomic<ULONG_PTR> next_thread = 4;

struct Region {
    SIZE_T size;
    std::map<ULONG_PTR, bool> pages;
};
std::mutex memory_lock;
std::map<ULONG_PTR, Region> regions;

struct Alert {
    std::mutex lock;
    std::condition_variable changed;
    bool pending = false;
};
std::mutex alerts_lock;
std::map<HANDLE, Alert> alerts;

Alert& alert_of(HANDLE thread) {
    std::lock_guard guard(alerts_lock);
    return alerts[thread];
}

void make_shared_page() {
    void* at = mmap(reinterpret_cast<void*>(0x7ffe0000), 0x2000, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == MAP_FAILED) abort();
    auto* shared = static_cast<KUSER_SHARED_DATA*>(at);
    shared->NtMajorVersion = 10;
    shared->NtBuildNumber = 19045;
    shared->Cookie = 0x12345678;
    shared->NtProductType = NtProductWinNt;
    shared->QpcFrequency = 10000000;
}

void make_process() {
    make_shared_page();
    parameters.CurrentDirectory.DosPath = {16, sizeof(directory), directory};
    parameters.Environment = environment;
    parameters.EnvironmentSize = sizeof(environment);
    parameters.Flags = RTL_USER_PROC_PARAMS_NORMALIZED;
    peb.ProcessParameters = &parameters;
    peb.ImageSubsystem = IMAGE_SUBSYSTEM_NATIVE;
    if (!NT_SUCCESS(rtl::init_process(&peb))) abort();
}

Region* region_of(ULONG_PTR address, ULONG_PTR& base) {
    auto next = regions.upper_bound(address);
    if (next == regions.begin()) return nullptr;
    --next;
    base = next->first;
    return address < base + next->second.size ? &next->second : nullptr;
}

class Environment : public testing::Environment {
    void SetUp() override { enter(); }
};
const auto* const registered = testing::AddGlobalTestEnvironment(new Environment);

}  // namespace

void enter() {
    static thread_local TEB teb;
    static std::once_flag process;
    if (teb.NtTib.Self) return;
    teb.NtTib.Self = &teb.NtTib;
    teb.ProcessEnvironmentBlock = &peb;
    teb.ClientId.UniqueThread = reinterpret_cast<HANDLE>(next_thread.fetch_add(4));
    syscall(SYS_arch_prctl, ARCH_SET_GS, &teb);
    std::call_once(process, make_process);
    rtl::init_thread(&teb);
}

SIZE_T committed() {
    std::lock_guard guard(memory_lock);
    SIZE_T pages = 0;
    for (const auto& [base, region] : regions)
        pages += region.pages.size();
    return pages * PAGE_SIZE;
}

}  // namespace fake

using namespace fake;

extern "C" {

NTSTATUS NtAllocateVirtualMemory(HANDLE, PVOID* BaseAddress, ULONG_PTR, SIZE_T* RegionSize,
                                 ULONG AllocationType, ULONG) {
    if (allocations_left == 0) return STATUS_NO_MEMORY;
    if (allocations_left > 0) --allocations_left;
    std::lock_guard guard(memory_lock);
    const SIZE_T size = rtl::round_up(*RegionSize, PAGE_SIZE);
    if (size > 0x4000000000) return STATUS_NO_MEMORY;
    if (AllocationType & MEM_RESERVE) {
        void* at =
            mmap(nullptr, size + 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED) return STATUS_NO_MEMORY;
        const ULONG_PTR base = rtl::round_up(reinterpret_cast<ULONG_PTR>(at), 0x10000);
        regions[base] = {size, {}};
        *BaseAddress = reinterpret_cast<PVOID>(base);
    }
    *RegionSize = size;
    if (!(AllocationType & MEM_COMMIT)) return STATUS_SUCCESS;
    const ULONG_PTR start = rtl::round_down(reinterpret_cast<ULONG_PTR>(*BaseAddress), PAGE_SIZE);
    ULONG_PTR base;
    Region* region = region_of(start, base);
    if (!region || start + size > base + region->size) return STATUS_CONFLICTING_ADDRESSES;
    mprotect(reinterpret_cast<void*>(start), size, PROT_READ | PROT_WRITE);
    for (ULONG_PTR page = start; page < start + size; page += PAGE_SIZE)
        region->pages[page] = true;
    return STATUS_SUCCESS;
}

NTSTATUS NtFreeVirtualMemory(HANDLE, PVOID* BaseAddress, SIZE_T* RegionSize, ULONG FreeType) {
    std::lock_guard guard(memory_lock);
    const ULONG_PTR start = reinterpret_cast<ULONG_PTR>(*BaseAddress);
    ULONG_PTR base;
    Region* region = region_of(start, base);
    if (!region) return STATUS_MEMORY_NOT_ALLOCATED;
    if (FreeType == MEM_RELEASE) {
        if (start != base || *RegionSize) return STATUS_INVALID_PARAMETER;
        munmap(reinterpret_cast<void*>(base), region->size);
        regions.erase(base);
        return STATUS_SUCCESS;
    }
    for (ULONG_PTR page = start; page < start + *RegionSize; page += PAGE_SIZE)
        region->pages.erase(page);
    mmap(reinterpret_cast<void*>(start), *RegionSize, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    return STATUS_SUCCESS;
}

NTSTATUS NtWaitForAlertByThreadId(PVOID, const LARGE_INTEGER* Timeout) {
    Alert& alert = alert_of(rtl::teb()->ClientId.UniqueThread);
    std::unique_lock lock(alert.lock);
    const auto ready = [&] { return alert.pending; };
    if (!Timeout) {
        alert.changed.wait(lock, ready);
    } else if (!alert.changed.wait_for(lock, std::chrono::nanoseconds(-Timeout->QuadPart * 100), ready)) {
        return STATUS_TIMEOUT;
    }
    alert.pending = false;
    return STATUS_ALERTED;
}

NTSTATUS NtAlertThreadByThreadId(HANDLE ThreadId) {
    Alert& alert = alert_of(ThreadId);
    std::lock_guard guard(alert.lock);
    alert.pending = true;
    alert.changed.notify_one();
    return STATUS_SUCCESS;
}

NTSTATUS NtTerminateProcess(HANDLE, NTSTATUS ExitStatus) {
    throw Raised{ExitStatus};
}
NTSTATUS NtYieldExecution() {
    sched_yield();
    return STATUS_SUCCESS;
}
NTSTATUS NtDelayExecution(BOOLEAN, const LARGE_INTEGER*) {
    usleep(100);
    return STATUS_SUCCESS;
}
NTSTATUS NtQuerySystemTime(LARGE_INTEGER* SystemTime) {
    SystemTime->QuadPart = 133536834150000000;
    return STATUS_SUCCESS;
}
NTSTATUS NtQueryPerformanceCounter(LARGE_INTEGER* Counter, LARGE_INTEGER* Frequency) {
    Counter->QuadPart = 123456789;
    if (Frequency) Frequency->QuadPart = 10000000;
    return STATUS_SUCCESS;
}
NTSTATUS NtNeptuneLog(ULONG, ULONG, const VOID*, ULONG) {
    return STATUS_SUCCESS;
}
NTSTATUS NtClose(HANDLE) {
    return STATUS_SUCCESS;
}
NTSTATUS NtOpenFile(HANDLE* FileHandle, ACCESS_MASK, const OBJECT_ATTRIBUTES*, IO_STATUS_BLOCK*, ULONG,
                    ULONG) {
    *FileHandle = reinterpret_cast<HANDLE>(0x44);
    return STATUS_SUCCESS;
}
NTSTATUS NtQueryAttributesFile(const OBJECT_ATTRIBUTES*, FILE_BASIC_INFORMATION*) {
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

void RtlRaiseStatus(NTSTATUS Status) {
    throw Raised{Status};
}
}
