// SPDX-License-Identifier: GPL-3.0-only
// Waits. A thread waits for up to 63 handles and for the event by which it is told of changes. It waits for
// duplicates, so that a handle that is closed too early, and given out again, disturbs nobody; only the
// thread itself closes them.
#include "ntdll/tp/wait.hpp"

namespace tp {

struct Bucket {
    LIST_ENTRY links;
    LIST_ENTRY registrations;
    ULONG count;
    HANDLE changed;
};

struct Registration {
    LIST_ENTRY links;
    Bucket* bucket;
    Wait* wait;  // null: nobody is interested any more
    HANDLE handle;
    LONGLONG until;
};

namespace {

constexpr ULONG most = 63;
constexpr LONGLONG idle_time = 10 * 10000000ll;

RTL_SRWLOCK lock;
LIST_ENTRY buckets = {&buckets, &buckets};

void destroy(Registration& registration) {
    RemoveEntryList(&registration.links);
    --registration.bucket->count;
    NtClose(registration.handle);
    free(&registration);
}

void note(Object& object, ULONG_PTR result) {
    if (result == wait_signalled) ++static_cast<Wait&>(object).signalled;
}

// With the lock, which is dropped while a callback runs in this thread.
void fire(Registration& registration, ULONG_PTR result) {
    Wait& wait = *registration.wait;
    wait.registration = nullptr;
    destroy(registration);
    if (!wait.in_wait_thread) return post(wait, note, result);
    begin_here(wait);
    RtlReleaseSRWLockExclusive(&lock);
    run_callback(wait, result, false);
    RtlAcquireSRWLockExclusive(&lock);
}

struct Round {
    HANDLE handles[most + 1];
    Registration* registrations[most];
    ULONG count = 0;
    LONGLONG until = never;
};

// Clears away what nobody wants any more; the others are waited for next.
void collect(Bucket& bucket, Round& round) {
    round.handles[0] = bucket.changed;
    for (PLIST_ENTRY link = bucket.registrations.Flink; link != &bucket.registrations;) {
        Registration& registration = *CONTAINING_RECORD(link, Registration, links);
        link = link->Flink;
        if (!registration.wait) {
            destroy(registration);
            continue;
        }
        round.registrations[round.count++] = &registration;
        round.handles[round.count] = registration.handle;
        if (registration.until < round.until) round.until = registration.until;
    }
}

NTSTATUS wait_for(const Round& round) {
    LARGE_INTEGER timeout;
    const LONGLONG time = now();
    const LONGLONG left = round.count == 0 ? idle_time : round.until > time ? round.until - time : 0;
    timeout.QuadPart = -left;
    return NtWaitForMultipleObjects(round.count + 1, const_cast<HANDLE*>(round.handles), WaitAny, FALSE,
                                    round.count && round.until == never ? nullptr : &timeout);
}

// One of the handles cannot be waited for: it is found, and not waited for again.
void drop_bad(const Round& round) {
    for (ULONG i = 0; i < round.count; ++i) {
        Registration& registration = *round.registrations[i];
        if (!registration.wait) continue;
        LARGE_INTEGER none = {};
        const NTSTATUS status = NtWaitForSingleObject(registration.handle, FALSE, &none);
        if (status == STATUS_SUCCESS) {
            fire(registration, wait_signalled);
        } else if (!NT_SUCCESS(status)) {
            registration.wait->registration = nullptr;
            registration.wait = nullptr;
        }
    }
}

void expire(const Round& round) {
    const LONGLONG time = now();
    for (ULONG i = 0; i < round.count; ++i) {
        Registration& registration = *round.registrations[i];
        if (registration.wait && registration.until <= time) fire(registration, wait_timed_out);
    }
}

// The place in the round of the handle that ended the wait; `count` if none did.
ULONG signalled(const Round& round, NTSTATUS status) {
    constexpr NTSTATUS firsts[] = {STATUS_WAIT_0, STATUS_ABANDONED_WAIT_0};
    for (const NTSTATUS first : firsts) {
        if (status > first && status <= first + static_cast<NTSTATUS>(round.count))
            return static_cast<ULONG>(status - first - 1);
    }
    return round.count;
}

NTSTATUS NTAPI wait_thread(PVOID parameter) {
    Bucket& bucket = *static_cast<Bucket*>(parameter);
    RtlAcquireSRWLockExclusive(&lock);
    for (;;) {
        Round round;
        collect(bucket, round);
        RtlReleaseSRWLockExclusive(&lock);
        const NTSTATUS status = wait_for(round);
        RtlAcquireSRWLockExclusive(&lock);
        const ULONG which = signalled(round, status);
        if (which < round.count) {
            if (round.registrations[which]->wait) fire(*round.registrations[which], wait_signalled);
        } else if (status == STATUS_TIMEOUT) {
            if (!round.count && IsListEmpty(&bucket.registrations)) break;
            expire(round);
        } else if (!NT_SUCCESS(status)) {
            drop_bad(round);
        }
    }
    RemoveEntryList(&bucket.links);
    RtlReleaseSRWLockExclusive(&lock);
    NtClose(bucket.changed);
    free(&bucket);
    return STATUS_SUCCESS;
}

NTSTATUS new_bucket(Bucket** result) {
    auto* bucket = static_cast<Bucket*>(allocate(sizeof(Bucket)));
    if (!bucket) return STATUS_NO_MEMORY;
    InitializeListHead(&bucket->registrations);
    NTSTATUS status = NtCreateEvent(&bucket->changed, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    if (!NT_SUCCESS(status)) {
        free(bucket);
        return status;
    }
    InsertTailList(&buckets, &bucket->links);
    status = start_thread(wait_thread, bucket, nullptr);
    if (!NT_SUCCESS(status)) {
        RemoveEntryList(&bucket->links);
        NtClose(bucket->changed);
        free(bucket);
        return status;
    }
    *result = bucket;
    return STATUS_SUCCESS;
}

NTSTATUS find_bucket(Bucket** result) {
    for (PLIST_ENTRY link = buckets.Flink; link != &buckets; link = link->Flink) {
        Bucket* bucket = CONTAINING_RECORD(link, Bucket, links);
        if (bucket->count >= most) continue;
        *result = bucket;
        return STATUS_SUCCESS;
    }
    return new_bucket(result);
}

bool end(Wait& wait) {
    Registration* registration = wait.registration;
    if (!registration) return false;
    wait.registration = nullptr;
    registration->wait = nullptr;
    NtSetEvent(registration->bucket->changed, nullptr);
    return true;
}

ULONG_PTR dequeue(Object& object) {
    Wait& wait = static_cast<Wait&>(object);
    if (!wait.signalled) return wait_timed_out;
    --wait.signalled;
    return wait_signalled;
}
void drop(Object& object, ULONG) {
    static_cast<Wait&>(object).signalled = 0;
}
void run_wait(Object& object, PTP_CALLBACK_INSTANCE instance, ULONG_PTR result) {
    reinterpret_cast<PTP_WAIT_CALLBACK>(object.callback)(
        instance, object.context, reinterpret_cast<PTP_WAIT>(&object), static_cast<TP_WAIT_RESULT>(result));
}
Wait& wait_of(PTP_WAIT wait) {
    return *static_cast<Wait*>(reinterpret_cast<Object*>(wait));
}

}  // namespace

void init_wait(Wait& wait) {
    wait.run = run_wait;
    wait.dequeue = dequeue;
    wait.drop = drop;
    wait.stop = stop_wait;
}

NTSTATUS arm(Wait& wait, HANDLE handle, LONGLONG until) {
    auto* registration = static_cast<Registration*>(allocate(sizeof(Registration)));
    if (!registration) return STATUS_NO_MEMORY;
    NTSTATUS status = NtDuplicateObject(NtCurrentProcess(), handle, NtCurrentProcess(), &registration->handle,
                                        SYNCHRONIZE, 0, 0);
    if (!NT_SUCCESS(status)) {
        free(registration);
        return status;
    }
    registration->wait = &wait;
    registration->until = until;
    {
        rtl::ExclusiveGuard guard(lock);
        end(wait);
        if (!wait.closed) status = find_bucket(&registration->bucket);
        if (!wait.closed && NT_SUCCESS(status)) {
            wait.registration = registration;
            InsertTailList(&registration->bucket->registrations, &registration->links);
            ++registration->bucket->count;
            NtSetEvent(registration->bucket->changed, nullptr);
            return STATUS_SUCCESS;
        }
    }
    NtClose(registration->handle);
    free(registration);
    return status;
}

bool disarm(Wait& wait, bool close) {
    rtl::ExclusiveGuard guard(lock);
    if (close) wait.closed = true;
    return end(wait);
}

void stop_wait(Object& object) {
    disarm(static_cast<Wait&>(object), true);
}

}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI TpAllocWait(PTP_WAIT* Wait, PTP_WAIT_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON Environ) {
    Object* object;
    const NTSTATUS status =
        create(&object, sizeof(tp::Wait), Kind::Wait, reinterpret_cast<PVOID>(Callback), Context, Environ);
    if (!NT_SUCCESS(status)) return status;
    init_wait(*static_cast<tp::Wait*>(object));
    *Wait = reinterpret_cast<PTP_WAIT>(object);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI TpSetWaitEx(PTP_WAIT Wait, HANDLE Handle, const LARGE_INTEGER* Timeout, PVOID) {
    const BOOLEAN before = disarm(wait_of(Wait), false);
    if (!Handle) return before;
    const NTSTATUS status = arm(wait_of(Wait), Handle, Timeout ? deadline(Timeout->QuadPart) : never);
    if (!NT_SUCCESS(status)) RtlRaiseStatus(status);
    return before;
}
void NTAPI TpSetWait(PTP_WAIT Wait, HANDLE Handle, const LARGE_INTEGER* Timeout) {
    TpSetWaitEx(Wait, Handle, Timeout, nullptr);
}
void NTAPI TpWaitForWait(PTP_WAIT Wait, ULONG CancelPending) {
    tp::wait(wait_of(Wait), CancelPending != 0);
}
void NTAPI TpReleaseWait(PTP_WAIT Wait) {
    release(wait_of(Wait));
}

}  // extern "C"
