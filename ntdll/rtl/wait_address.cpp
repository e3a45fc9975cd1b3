// SPDX-License-Identifier: GPL-3.0-only
// Waiting for a memory word to change, the one blocking primitive of user mode: locks, condition variables
// and run-once blocks are made of it. Waiters queue in a small hash table; the kernel only parks and wakes
// threads by id.
#include "ntdll/rtl/sync.hpp"

namespace rtl {

Exit process_exit;

namespace {

struct Waiter {
    LIST_ENTRY links;
    const volatile void* address;
    HANDLE thread;
    volatile LONG woken;
};

struct Bucket {
    volatile LONG held;
    LIST_ENTRY waiters;
};

constexpr unsigned bucket_count = 128;
Bucket buckets[bucket_count];

Bucket& bucket_of(const volatile void* address) {
    const ULONG_PTR value = reinterpret_cast<ULONG_PTR>(address);
    return buckets[(value >> 3 ^ value >> 10) % bucket_count];
}

// Held for a few instructions only. A thread that is preempted while holding it must get to run: sleep, not
// spin.
class BucketLock {
public:
    explicit BucketLock(Bucket& bucket) : bucket_(bucket) {
        for (unsigned tries = 0; __atomic_exchange_n(&bucket_.held, 1, __ATOMIC_ACQUIRE); ++tries) {
            if (tries < 4) {
                NtYieldExecution();
            } else {
                LARGE_INTEGER interval;
                interval.QuadPart = -10000;
                NtDelayExecution(FALSE, &interval);
            }
        }
        if (!bucket_.waiters.Flink) InitializeListHead(&bucket_.waiters);
    }
    ~BucketLock() { __atomic_store_n(&bucket_.held, 0, __ATOMIC_RELEASE); }
    BucketLock(const BucketLock&) = delete;
    BucketLock& operator=(const BucketLock&) = delete;

private:
    Bucket& bucket_;
};

bool differs(const volatile void* address, const void* expected, SIZE_T size) {
    switch (size) {
        case 1:
            return *static_cast<const volatile UCHAR*>(address) != *static_cast<const UCHAR*>(expected);
        case 2:
            return *static_cast<const volatile USHORT*>(address) != *static_cast<const USHORT*>(expected);
        case 4:
            return *static_cast<const volatile ULONG*>(address) != *static_cast<const ULONG*>(expected);
        default:
            return *static_cast<const volatile ULONG64*>(address) != *static_cast<const ULONG64*>(expected);
    }
}

// Waits until woken. A time-out that loses the race against a waker still takes the wake-up, which would else
// stay pending for the thread's next wait.
NTSTATUS park(Bucket& bucket, Waiter& waiter, const LARGE_INTEGER* timeout) {
    while (!__atomic_load_n(&waiter.woken, __ATOMIC_ACQUIRE)) {
        if (process_exit.alone && !timeout) NtTerminateProcess(NtCurrentProcess(), process_exit.status);
        const NTSTATUS status = NtWaitForAlertByThreadId(const_cast<void*>(waiter.address), timeout);
        if (status == STATUS_ALERTED || status == STATUS_SUCCESS) continue;
        BucketLock lock(bucket);
        if (!waiter.woken) {
            RemoveEntryList(&waiter.links);
            return status;
        }
        timeout = nullptr;
    }
    return STATUS_SUCCESS;
}

// A waiter compares and queues while it holds the bucket; the waker has changed the value, with a locked
// instruction, before it comes here. So a bucket seen neither held nor filled has nobody who missed the
// change.
bool nobody_waits(Bucket& bucket) {
    if (__atomic_load_n(&bucket.held, __ATOMIC_ACQUIRE)) return false;
    const PLIST_ENTRY first = __atomic_load_n(&bucket.waiters.Flink, __ATOMIC_ACQUIRE);
    return !first || first == &bucket.waiters;
}

void wake(const void* address, bool all) {
    constexpr unsigned batch = 32;
    Bucket& bucket = bucket_of(address);
    if (nobody_waits(bucket)) return;
    for (bool more = true; more;) {
        HANDLE threads[batch];
        unsigned count = 0;
        more = false;
        {
            BucketLock lock(bucket);
            for (PLIST_ENTRY link = bucket.waiters.Flink; link != &bucket.waiters;) {
                Waiter* waiter = CONTAINING_RECORD(link, Waiter, links);
                link = link->Flink;
                if (waiter->address != address) continue;
                if (count == batch) {
                    more = true;
                    break;
                }
                RemoveEntryList(&waiter->links);
                threads[count++] = waiter->thread;
                // The waiter's stack frame may be gone as soon as this is set.
                __atomic_store_n(&waiter->woken, 1, __ATOMIC_RELEASE);
                if (!all) break;
            }
        }
        for (unsigned i = 0; i < count; ++i)
            NtAlertThreadByThreadId(threads[i]);
    }
}

}  // namespace

// Who waited is dead, its Waiter was on a stack that is gone, and a bucket may have been held.
void be_alone(NTSTATUS status) {
    process_exit.status = status;
    process_exit.alone = true;
    for (Bucket& bucket : buckets) {
        bucket.held = 0;
        bucket.waiters = {};
    }
}

NTSTATUS wait_for_change(const volatile void* key, const volatile void* address, const void* expected,
                         SIZE_T size, const LARGE_INTEGER* timeout) {
    Bucket& bucket = bucket_of(key);
    Waiter waiter = {{}, key, this_thread(), 0};
    {
        BucketLock lock(bucket);
        if (differs(address, expected, size)) return STATUS_SUCCESS;
        InsertTailList(&bucket.waiters, &waiter.links);
    }
    return park(bucket, waiter, timeout);
}

}  // namespace rtl

extern "C" {

NTSTATUS NTAPI RtlWaitOnAddress(volatile const VOID* Address, const VOID* CompareAddress, SIZE_T Size,
                                const LARGE_INTEGER* Timeout) {
    if (Size != 1 && Size != 2 && Size != 4 && Size != 8) return STATUS_INVALID_PARAMETER;
    return rtl::wait_for_change(Address, Address, CompareAddress, Size, Timeout);
}

void NTAPI RtlWakeAddressSingle(const VOID* Address) {
    rtl::wake(Address, false);
}

void NTAPI RtlWakeAddressAll(const VOID* Address) {
    rtl::wake(Address, true);
}

}  // extern "C"
