// SPDX-License-Identifier: GPL-3.0-only
//
// The platform on the build machine: C++ threads and clocks, fake notifications, ports and interrupts.
#include "wdm/platform/platform.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "abi/nt/ntstatus.h"
#include "wdm/ex/raise.hpp"
#include "wdm/mm/image.hpp"
#include "wdm/platform/executive.hpp"
#include "wdm/platform/host/host.hpp"

namespace platform {
namespace {

using Clock = std::chrono::steady_clock;

struct Signal {
    std::mutex mutex;
    std::condition_variable changed;
    ULONG64 bits = 0;
    unsigned count = 0;

    void raise(ULONG64 with) {
        std::lock_guard guard(mutex);
        bits |= with;
        count++;
        changed.notify_all();
    }
    ULONG64 wait() {
        std::unique_lock guard(mutex);
        changed.wait(guard, [this] { return bits != 0; });
        return std::exchange(bits, 0);
    }
    bool wait_for(int milliseconds) {
        std::unique_lock guard(mutex);
        if (!changed.wait_for(guard, std::chrono::milliseconds(milliseconds), [this] { return bits != 0; }))
            return false;
        bits = 0;
        return true;
    }
};

// Never destroyed: host threads still use these when the process ends.
Signal& requests = *new Signal;
Signal& completions = *new Signal;
Signal& interrupts = *new Signal;
std::atomic<unsigned> acknowledged{0};
std::atomic<ULONG64> masked{0};  // a bit for each line
std::function<void(ULONG)> on_connect;

struct Parking {
    std::mutex mutex;
    std::condition_variable changed;
    bool token = false;
};

std::mutex& parkings_mutex = *new std::mutex;
auto& parkings = *new std::map<ULONG64, std::shared_ptr<Parking>>;
std::atomic<ULONG64> next_id{1};

std::shared_ptr<Parking> parking_of(ULONG64 id) {
    std::lock_guard guard(parkings_mutex);
    std::shared_ptr<Parking>& parking = parkings[id];
    if (!parking) parking = std::make_shared<Parking>();
    return parking;
}

struct ThreadEnd {};

std::mutex devices_mutex;
std::vector<std::u16string> devices;

std::map<std::u16string, host::Entry> images;

std::u16string text_of(const UNICODE_STRING& name) {
    return {name.Buffer, name.Length / sizeof(WCHAR)};
}

thread_local _KTHREAD* thread_pointer = nullptr;
thread_local ULONG64 own_id = 0;

}  // namespace

_KTHREAD* current_thread() {
    return thread_pointer;
}

void set_current_thread(_KTHREAD* thread) {
    thread_pointer = thread;
}

ULONG64 current_process_id() {
    return 1000;
}

ULONG64 current_thread_id() {
    if (own_id == 0) own_id = next_id++;
    return own_id;
}

HANDLE start_thread(void (*entry)(void*), void* argument) {
    ULONG64 id = next_id++;
    std::thread([entry, argument, id] {
        own_id = id;
        try {
            entry(argument);
        } catch (const ThreadEnd&) {
        }
    }).detach();
    return reinterpret_cast<HANDLE>(id);
}

ULONG64 thread_id(HANDLE thread) {
    return reinterpret_cast<ULONG64>(thread);
}

void exit_thread(NTSTATUS) {
    throw ThreadEnd();
}

void set_priority(HANDLE, LONG) {}

void close_handle(HANDLE) {}

void park(ULONG64 timeout) {
    auto parking = parking_of(current_thread_id());
    std::unique_lock guard(parking->mutex);
    auto ready = [&] { return parking->token; };
    if (timeout == kForever)
        parking->changed.wait(guard, ready);
    else
        parking->changed.wait_for(guard, std::chrono::nanoseconds(timeout * 100), ready);
    parking->token = false;
}

void unpark(ULONG64 thread_id) {
    auto parking = parking_of(thread_id);
    std::lock_guard guard(parking->mutex);
    parking->token = true;
    parking->changed.notify_one();
}

void yield() {
    std::this_thread::yield();
}

ULONG64 interrupt_time() {
    static const Clock::time_point start = Clock::now();
    return static_cast<ULONG64>(std::chrono::nanoseconds(Clock::now() - start).count() / 100) + 1;
}

ULONG64 system_time() {
    return 132'000'000'000'000'000 + interrupt_time();
}

void stall(ULONG microseconds) {
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
}

void* allocate(SIZE_T bytes) {
    return bytes < 4096 ? std::aligned_alloc(16, (bytes + 15) & ~SIZE_T{15})
                        : std::aligned_alloc(4096, (bytes + 4095) & ~SIZE_T{4095});
}

void* allocate_executable(SIZE_T bytes) {
    return allocate(bytes);
}

void release(void* block) {
    std::free(block);
}

void wait_for_requests() {
    requests.wait();
}

void signal_completions() {
    completions.raise(1);
}

ULONG64 wait_for_interrupts() {
    return interrupts.wait();
}

void acknowledge_interrupt(ULONG line) {
    masked &= ~(1ull << line);
    acknowledged++;
}

ULONG port_read(ULONG, USHORT port, ULONG bytes) {
    return host::ports()[port].read(port, bytes);
}

void port_write(ULONG, USHORT port, ULONG bytes, ULONG value) {
    host::ports()[port].write(port, bytes, value);
}

void log(const char* text, SIZE_T length) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(length), text);
}

void end_host(ULONG code, const ULONG64 (&)[4], const char* text, SIZE_T length) {
    std::fprintf(stderr, "bug check %x: %.*s\n", code, static_cast<int>(length), text);
    std::_Exit(70);
}

void Lock::wait_while_wanted() {
    std::this_thread::yield();
}

void Lock::wake_one() {}

// --- the Executive

NTSTATUS create_device(const UNICODE_STRING& name, ULONG, ULONG, ULONG, bool, PVOID, ULONG& index) {
    std::lock_guard guard(devices_mutex);
    for (const std::u16string& known : devices)
        if (known == text_of(name)) return STATUS_OBJECT_NAME_COLLISION;
    devices.push_back(text_of(name));
    index = static_cast<ULONG>(devices.size() - 1);
    return STATUS_SUCCESS;
}

void revert_to_self() {}

void delete_device(ULONG index) {
    std::lock_guard guard(devices_mutex);
    if (index < devices.size()) devices[index].clear();
}

NTSTATUS create_link(const UNICODE_STRING&, const UNICODE_STRING&, HANDLE& link) {
    link = reinterpret_cast<HANDLE>(2);
    return STATUS_SUCCESS;
}

NTSTATUS connect_interrupt(ULONG line, bool, bool, ULONG& bit, ULONG& ack_cptr) {
    bit = line;
    ack_cptr = line;
    if (on_connect) on_connect(line);
    return STATUS_SUCCESS;
}

void disconnect_interrupt(ULONG) {}

NTSTATUS claim_ports(USHORT first, USHORT last, ULONG& cptr) {
    for (ULONG port = first; port <= last; port++)
        if (!host::ports().contains(static_cast<USHORT>(port))) return STATUS_ACCESS_DENIED;
    cptr = 1;
    return STATUS_SUCCESS;
}

void* map_physical(ULONG64, SIZE_T, ULONG) {
    return nullptr;
}

void unmap_physical(void*, SIZE_T) {}

void* allocate_contiguous(SIZE_T, const PhysicalLimits&) {
    return nullptr;
}

void free_contiguous(void*) {}

ULONG64 physical_address(const void* base) {
    return reinterpret_cast<ULONG64>(base);
}

NTSTATUS page_numbers(const void* base, ULONG_PTR* numbers, SIZE_T count) {
    for (SIZE_T i = 0; i < count; i++)
        numbers[i] = reinterpret_cast<ULONG64>(base) / 4096 + i;
    return STATUS_SUCCESS;
}

NTSTATUS move_buffer(void* to, const void* from, SIZE_T length) {
    std::memcpy(to, from, length);
    return STATUS_SUCCESS;
}

bool is_readable(const void* address) {
    return address != nullptr;
}

namespace host {

WDM_RING& ring() {
    alignas(4096) static UCHAR memory[WDM_RING_SIZE(WDM_MOST_DEPTH)];
    return *reinterpret_cast<WDM_RING*>(memory);
}

void wake_pump() {
    requests.raise(1);
}

bool wait_for_completion(int milliseconds) {
    return completions.wait_for(milliseconds);
}

unsigned completion_signals() {
    std::lock_guard guard(completions.mutex);
    return completions.count;
}

void raise_interrupt(ULONG bit) {
    interrupts.raise(1ull << bit);
}

void edge(ULONG line) {
    ULONG64 bit = 1ull << line;
    if ((masked.fetch_or(bit) & bit) == 0) interrupts.raise(bit);
}

void set_on_connect(std::function<void(ULONG line)> hook) {
    on_connect = std::move(hook);
}

unsigned acknowledgements() {
    return acknowledged;
}

std::map<USHORT, Port>& ports() {
    static auto& map = *new std::map<USHORT, Port>;
    return map;
}

std::vector<std::u16string> device_names() {
    std::lock_guard guard(devices_mutex);
    return devices;
}

void add_image(std::u16string path, Entry entry) {
    images[std::move(path)] = entry;
}

}  // namespace host
}  // namespace platform

namespace mm {

NTSTATUS load_image(const UNICODE_STRING& path, Image& image) {
    auto found = platform::images.find(platform::text_of(path));
    if (found == platform::images.end()) return STATUS_OBJECT_NAME_NOT_FOUND;
    image = {nullptr, 0, reinterpret_cast<void*>(found->second)};
    return STATUS_SUCCESS;
}

void unload_image(void*) {}

}  // namespace mm

namespace ex {

void raise_status(NTSTATUS status) {
    throw status;
}

}  // namespace ex
