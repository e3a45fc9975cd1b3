// SPDX-License-Identifier: GPL-3.0-only
//
// Executive resources: shared or exclusive, recursive, first come first served except that shared owners may
// enter again. The owner table is a list of our own hanging on OwnerTable; SharedWaiters and ExclusiveWaiters
// hold the semaphore and event, made with the resource, that waiters sleep on.
#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/dispatcher.hpp"

namespace {

constexpr USHORT kOwnedExclusive = 0x80;  // ERESOURCE.Flag

struct Owner {
    Owner* next;
    ULONG_PTR thread;
    ULONG count;
};

struct Waiters {
    KSEMAPHORE shared;
    KEVENT exclusive;
};

constinit platform::Lock resources_lock;

Owner*& owners(ERESOURCE& resource) {
    return reinterpret_cast<Owner*&>(resource.OwnerTable);
}

ULONG_PTR current_id() {
    return reinterpret_cast<ULONG_PTR>(&ke::current());
}

Owner* find(ERESOURCE& resource, ULONG_PTR thread) {
    for (Owner* owner = owners(resource); owner != nullptr; owner = owner->next)
        if (owner->thread == thread) return owner;
    return nullptr;
}

bool is_exclusive(const ERESOURCE& resource) {
    return (resource.Flag & kOwnedExclusive) != 0;
}

bool add_owner(ERESOURCE& resource, ULONG_PTR thread) {
    if (Owner* owner = find(resource, thread)) {
        owner->count++;
        return true;
    }
    void* memory = platform::allocate(sizeof(Owner));
    if (memory == nullptr) return false;
    owners(resource) = new (memory) Owner{owners(resource), thread, 1};
    resource.ActiveEntries++;
    resource.ActiveCount++;
    return true;
}

enum class Mode { kShared, kSharedStarveExclusive, kExclusive };

// Under resources_lock.
bool try_enter(ERESOURCE& resource, Mode mode, ULONG_PTR thread) {
    Owner* mine = find(resource, thread);
    bool free = resource.ActiveCount == 0;
    if (mode == Mode::kExclusive) {
        bool alone = mine != nullptr && is_exclusive(resource);
        if (!free && !alone) return false;
        if (!add_owner(resource, thread)) return false;
        resource.Flag |= kOwnedExclusive;
        return true;
    }
    bool others_wait = resource.NumberOfExclusiveWaiters != 0 && mode == Mode::kShared;
    bool may = mine != nullptr || free || (!is_exclusive(resource) && !others_wait);
    return may && add_owner(resource, thread);
}

bool enter(ERESOURCE& resource, Mode mode, bool wait) {
    ULONG_PTR thread = current_id();
    bool waited = false;
    for (;;) {
        {
            platform::Guard guard(resources_lock);
            ULONG& waiters =
                mode == Mode::kExclusive ? resource.NumberOfExclusiveWaiters : resource.NumberOfSharedWaiters;
            if (waited) waiters--;
            if (try_enter(resource, mode, thread)) return true;
            if (!wait) return false;
            waiters++;
            resource.ContentionCount++;
        }
        waited = true;
        if (mode == Mode::kExclusive)
            ke::wait_one(resource.ExclusiveWaiters, nullptr);
        else
            ke::wait_one(resource.SharedWaiters, nullptr);
    }
}

// Lets waiters try again. Under resources_lock.
void wake(ERESOURCE& resource) {
    if (resource.NumberOfExclusiveWaiters != 0 && resource.ActiveCount == 0) {
        KeSetEvent(resource.ExclusiveWaiters, 0, FALSE);
        return;
    }
    if (resource.NumberOfSharedWaiters != 0 && !is_exclusive(resource))
        KeReleaseSemaphore(resource.SharedWaiters, 0, static_cast<LONG>(resource.NumberOfSharedWaiters),
                           FALSE);
}

void leave(ERESOURCE& resource, ULONG_PTR thread) {
    platform::Guard guard(resources_lock);
    for (Owner** link = &owners(resource); *link != nullptr; link = &(*link)->next) {
        Owner* owner = *link;
        if (owner->thread != thread) continue;
        if (--owner->count != 0) return;
        *link = owner->next;
        platform::release(owner);
        resource.ActiveEntries--;
        if (--resource.ActiveCount == 0) resource.Flag &= static_cast<USHORT>(~kOwnedExclusive);
        return wake(resource);
    }
    ke::bug_check(ke::kResourceNotOwned, reinterpret_cast<ULONG64>(&resource), thread);
}

}  // namespace

extern "C" {

NTSTATUS ExInitializeResourceLite(PERESOURCE resource) {
    __builtin_memset(resource, 0, sizeof *resource);
    void* memory = platform::allocate(sizeof(Waiters));
    if (memory == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    auto* waiters = new (memory) Waiters{};
    KeInitializeSemaphore(&waiters->shared, 0, 0x7fffffff);
    KeInitializeEvent(&waiters->exclusive, SynchronizationEvent, FALSE);
    resource->SharedWaiters = &waiters->shared;
    resource->ExclusiveWaiters = &waiters->exclusive;
    return STATUS_SUCCESS;
}

NTSTATUS ExDeleteResourceLite(PERESOURCE resource) {
    while (Owner* owner = owners(*resource)) {
        owners(*resource) = owner->next;
        platform::release(owner);
    }
    if (resource->SharedWaiters != nullptr) platform::release(resource->SharedWaiters);
    resource->SharedWaiters = nullptr;
    return STATUS_SUCCESS;
}

BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE resource, BOOLEAN wait) {
    return enter(*resource, Mode::kExclusive, wait != FALSE);
}

BOOLEAN ExAcquireResourceSharedLite(PERESOURCE resource, BOOLEAN wait) {
    return enter(*resource, Mode::kShared, wait != FALSE);
}

BOOLEAN ExAcquireSharedStarveExclusive(PERESOURCE resource, BOOLEAN wait) {
    return enter(*resource, Mode::kSharedStarveExclusive, wait != FALSE);
}

BOOLEAN ExAcquireSharedWaitForExclusive(PERESOURCE resource, BOOLEAN wait) {
    return enter(*resource, Mode::kShared, wait != FALSE);
}

BOOLEAN ExTryToAcquireResourceExclusiveLite(PERESOURCE resource) {
    return enter(*resource, Mode::kExclusive, false);
}

VOID ExReleaseResourceLite(PERESOURCE resource) {
    leave(*resource, current_id());
}

VOID ExReleaseResourceForThreadLite(PERESOURCE resource, ULONG_PTR thread) {
    leave(*resource, thread);
}

VOID ExConvertExclusiveToSharedLite(PERESOURCE resource) {
    platform::Guard guard(resources_lock);
    resource->Flag &= static_cast<USHORT>(~kOwnedExclusive);
    wake(*resource);
}

BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE resource) {
    platform::Guard guard(resources_lock);
    return is_exclusive(*resource) && find(*resource, current_id()) != nullptr;
}

ULONG ExIsResourceAcquiredSharedLite(PERESOURCE resource) {
    platform::Guard guard(resources_lock);
    Owner* owner = find(*resource, current_id());
    return owner != nullptr ? owner->count : 0;
}

NTSTATUS ExReinitializeResourceLite(PERESOURCE resource) {
    ExDeleteResourceLite(resource);
    return ExInitializeResourceLite(resource);
}

// The current owner's claim becomes that of `owner`, who may be any thread.
VOID ExSetResourceOwnerPointer(PERESOURCE resource, PVOID owner) {
    platform::Guard guard(resources_lock);
    Owner* mine = find(*resource, current_id());
    if (mine != nullptr) mine->thread = reinterpret_cast<ULONG_PTR>(owner);
}

ULONG ExGetExclusiveWaiterCount(PERESOURCE resource) {
    return resource->NumberOfExclusiveWaiters;
}

ULONG ExGetSharedWaiterCount(PERESOURCE resource) {
    return resource->NumberOfSharedWaiters;
}

PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE resource) {
    ke::current().critical_regions++;
    ExAcquireResourceExclusiveLite(resource, TRUE);
    return nullptr;
}

VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE resource) {
    ExReleaseResourceLite(resource);
    ke::current().critical_regions--;
}

}  // extern "C"
