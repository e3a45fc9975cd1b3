// SPDX-License-Identifier: GPL-3.0-only
// What all kinds of objects share: environment, references, cleanup groups, one call of a callback.
#include "ntdll/tp/pool.hpp"

namespace tp {
namespace {

struct Environ {
    Pool* pool = nullptr;
    Group* group = nullptr;
    PTP_CLEANUP_GROUP_CANCEL_CALLBACK cancel = nullptr;
    PVOID race_dll = nullptr;
    PTP_SIMPLE_CALLBACK finalization = nullptr;
    bool long_function = false;
    UCHAR priority = TP_CALLBACK_PRIORITY_NORMAL;
};

NTSTATUS read(const TP_CALLBACK_ENVIRON_V3* from, Environ& environ) {
    if (from) {
        if (from->Version != 1 && from->Version != 3) return STATUS_INVALID_PARAMETER;
        environ.pool = reinterpret_cast<Pool*>(from->Pool);
        environ.group = reinterpret_cast<Group*>(from->CleanupGroup);
        environ.cancel = from->CleanupGroupCancelCallback;
        environ.race_dll = from->RaceDll;
        environ.finalization = from->FinalizationCallback;
        environ.long_function = from->u.s.LongFunction;
        if (from->Version == 3) {
            if (from->CallbackPriority >= TP_CALLBACK_PRIORITY_INVALID) return STATUS_INVALID_PARAMETER;
            environ.priority = static_cast<UCHAR>(from->CallbackPriority);
        }
    }
    if (!environ.pool) environ.pool = default_pool();
    return STATUS_SUCCESS;
}

void dereference_group(Group& group) {
    if (!__atomic_sub_fetch(&group.refs, 1, __ATOMIC_ACQ_REL)) free(&group);
}

// What the callback asked for, in the order of the documentation's list.
void complete(const _TP_CALLBACK_INSTANCE& instance) {
    if (instance.section) RtlLeaveCriticalSection(instance.section);
    if (instance.mutex) NtReleaseMutant(instance.mutex, nullptr);
    if (instance.semaphore)
        NtReleaseSemaphore(instance.semaphore, static_cast<LONG>(instance.semaphore_count), nullptr);
    if (instance.event) NtSetEvent(instance.event, nullptr);
    if (instance.dll) LdrUnloadDll(instance.dll);
}

}  // namespace

NTSTATUS create(Object** result, SIZE_T size, Kind kind, PVOID callback, PVOID context,
                const TP_CALLBACK_ENVIRON_V3* from) {
    if (!callback) return STATUS_INVALID_PARAMETER;
    Environ environ;
    NTSTATUS status = read(from, environ);
    if (!NT_SUCCESS(status)) return status;
    auto* object = static_cast<Object*>(allocate(size));
    if (!object) return STATUS_NO_MEMORY;
    if (environ.race_dll && !NT_SUCCESS(status = LdrAddRefDll(0, environ.race_dll))) {
        free(object);
        return status;
    }
    object->kind = kind;
    object->long_function = environ.long_function;
    object->priority = environ.priority;
    object->refs = 1;
    object->pool = environ.pool;
    __atomic_fetch_add(&object->pool->refs, 1, __ATOMIC_RELAXED);
    object->cancel = environ.cancel;
    object->finalization = environ.finalization;
    object->callback = callback;
    object->context = context;
    object->race_dll = environ.race_dll;
    object->group = environ.group;
    *result = object;
    if (!environ.group) return STATUS_SUCCESS;
    __atomic_fetch_add(&environ.group->refs, 1, __ATOMIC_RELAXED);
    rtl::ExclusiveGuard guard(environ.group->lock);
    object->in_group = true;
    InsertTailList(&environ.group->members, &object->group_links);
    return STATUS_SUCCESS;
}

void reference(Object& object) {
    __atomic_fetch_add(&object.refs, 1, __ATOMIC_RELAXED);
}

void dereference(Object& object) {
    if (__atomic_sub_fetch(&object.refs, 1, __ATOMIC_ACQ_REL)) return;
    if (object.destroy) object.destroy(object);
    Pool* pool = object.pool;
    Group* group = object.group;
    PVOID dll = object.race_dll;
    free(&object);
    if (group) dereference_group(*group);
    dereference(*pool);
    if (dll) LdrUnloadDll(dll);
}

bool claim_release(Object& object) {
    return !__atomic_exchange_n(&object.released, 1, __ATOMIC_ACQ_REL);
}

void leave_group(Object& object) {
    if (!object.group) return;
    rtl::ExclusiveGuard guard(object.group->lock);
    if (!object.in_group) return;
    object.in_group = false;
    RemoveEntryList(&object.group_links);
}

void release(Object& object) {
    if (!claim_release(object)) return;
    leave_group(object);
    if (object.stop) object.stop(object);
    dereference(object);
}

void run_callback(Object& object, ULONG_PTR token, bool may_run_long) {
    _TP_CALLBACK_INSTANCE instance = {};
    instance.object = &object;
    instance.thread = rtl::teb()->ClientId.UniqueThread;
    instance.associated = true;
    instance.may_run_long = may_run_long;
    object.run(object, &instance, token);
    if (object.finalization) object.finalization(&instance, object.context);
    complete(instance);
    if (object.kind == Kind::Simple) leave_group(object);
    Pool& pool = *object.pool;
    bool idle;
    {
        rtl::ExclusiveGuard guard(pool.lock);
        if (instance.may_run_long) --pool.busy_long;
        --object.running;
        if (instance.associated) --object.associated;
        idle = !object.pending && !object.running;
        if (!object.pending && !object.associated) RtlWakeAllConditionVariable(&object.finished);
    }
    if (idle) dereference(object);
}

}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI TpAllocCleanupGroup(PTP_CLEANUP_GROUP* Group) {
    auto* group = static_cast<tp::Group*>(allocate(sizeof(tp::Group)));
    if (!group) return STATUS_NO_MEMORY;
    InitializeListHead(&group->members);
    group->refs = 1;
    *Group = reinterpret_cast<PTP_CLEANUP_GROUP>(group);
    return STATUS_SUCCESS;
}

void NTAPI TpReleaseCleanupGroup(PTP_CLEANUP_GROUP Group) {
    dereference_group(*reinterpret_cast<tp::Group*>(Group));
}

void NTAPI TpReleaseCleanupGroupMembers(PTP_CLEANUP_GROUP Group, ULONG CancelPending, PVOID Context) {
    tp::Group& group = *reinterpret_cast<tp::Group*>(Group);
    for (;;) {
        Object* object;
        {
            rtl::ExclusiveGuard guard(group.lock);
            if (IsListEmpty(&group.members)) return;
            object = CONTAINING_RECORD(group.members.Flink, Object, group_links);
            RemoveEntryList(&object->group_links);
            object->in_group = false;
            reference(*object);
        }
        if (object->stop) object->stop(*object);
        const ULONG dropped = wait(*object, CancelPending != 0);
        const bool ours = claim_release(*object);
        // Of a simple callback nothing is left to cancel once it has begun.
        if (CancelPending && object->cancel && (object->kind != Kind::Simple || dropped))
            object->cancel(object->context, Context);
        if (ours) dereference(*object);
        dereference(*object);
    }
}

NTSTATUS NTAPI TpCallbackMayRunLong(PTP_CALLBACK_INSTANCE Instance) {
    if (Instance->thread != rtl::teb()->ClientId.UniqueThread) return STATUS_UNSUCCESSFUL;
    if (Instance->may_run_long) return STATUS_SUCCESS;
    Pool& pool = *Instance->object->pool;
    rtl::ExclusiveGuard guard(pool.lock);
    if (!pool.idle && pool.threads >= pool.maximum) return STATUS_TOO_MANY_THREADS;
    Instance->may_run_long = true;
    ++pool.busy_long;
    return STATUS_SUCCESS;
}

void NTAPI TpDisassociateCallback(PTP_CALLBACK_INSTANCE Instance) {
    if (Instance->thread != rtl::teb()->ClientId.UniqueThread || !Instance->associated) return;
    Object& object = *Instance->object;
    rtl::ExclusiveGuard guard(object.pool->lock);
    Instance->associated = false;
    --object.associated;
    if (!object.pending && !object.associated) RtlWakeAllConditionVariable(&object.finished);
}

void NTAPI TpCallbackSetEventOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Event) {
    if (!Instance->event) Instance->event = Event;
}
void NTAPI TpCallbackReleaseSemaphoreOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Semaphore,
                                                  ULONG Count) {
    if (Instance->semaphore) return;
    Instance->semaphore = Semaphore;
    Instance->semaphore_count = Count;
}
void NTAPI TpCallbackReleaseMutexOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Mutex) {
    if (!Instance->mutex) Instance->mutex = Mutex;
}
void NTAPI TpCallbackLeaveCriticalSectionOnCompletion(PTP_CALLBACK_INSTANCE Instance,
                                                      PRTL_CRITICAL_SECTION CriticalSection) {
    if (!Instance->section) Instance->section = CriticalSection;
}
void NTAPI TpCallbackUnloadDllOnCompletion(PTP_CALLBACK_INSTANCE Instance, PVOID DllHandle) {
    if (!Instance->dll) Instance->dll = DllHandle;
}

}  // extern "C"
