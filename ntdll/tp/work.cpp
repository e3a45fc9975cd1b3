// SPDX-License-Identifier: GPL-3.0-only
// Work objects and single callbacks.
#include "ntdll/tp/pool.hpp"

namespace tp {
namespace {

void run_simple(Object& object, PTP_CALLBACK_INSTANCE instance, ULONG_PTR) {
    reinterpret_cast<PTP_SIMPLE_CALLBACK>(object.callback)(instance, object.context);
}
void run_work(Object& object, PTP_CALLBACK_INSTANCE instance, ULONG_PTR) {
    reinterpret_cast<PTP_WORK_CALLBACK>(object.callback)(instance, object.context,
                                                         reinterpret_cast<PTP_WORK>(&object));
}
Object& object_of(PTP_WORK work) {
    return *reinterpret_cast<Object*>(work);
}

// RtlQueueWorkItem's callbacks know of no instance.
struct Item {
    WORKERCALLBACKFUNC function;
    PVOID context;
};
void NTAPI run_item(PTP_CALLBACK_INSTANCE, PVOID context) {
    const Item item = *static_cast<Item*>(context);
    free(context);
    item.function(item.context);
}

}  // namespace
}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI TpSimpleTryPost(PTP_SIMPLE_CALLBACK Callback, PVOID Context, PTP_CALLBACK_ENVIRON Environ) {
    Object* object;
    const NTSTATUS status =
        create(&object, sizeof(Object), Kind::Simple, reinterpret_cast<PVOID>(Callback), Context, Environ);
    if (!NT_SUCCESS(status)) return status;
    object->run = run_simple;
    post(*object);
    // Nobody else releases it; its group may have done so already.
    if (claim_release(*object)) dereference(*object);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI TpAllocWork(PTP_WORK* Work, PTP_WORK_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON Environ) {
    Object* object;
    const NTSTATUS status =
        create(&object, sizeof(Object), Kind::Work, reinterpret_cast<PVOID>(Callback), Context, Environ);
    if (!NT_SUCCESS(status)) return status;
    object->run = run_work;
    *Work = reinterpret_cast<PTP_WORK>(object);
    return STATUS_SUCCESS;
}

void NTAPI TpPostWork(PTP_WORK Work) {
    post(object_of(Work));
}
void NTAPI TpWaitForWork(PTP_WORK Work, ULONG CancelPending) {
    tp::wait(object_of(Work), CancelPending != 0);
}
void NTAPI TpReleaseWork(PTP_WORK Work) {
    release(object_of(Work));
}

NTSTATUS NTAPI RtlQueueWorkItem(WORKERCALLBACKFUNC Function, PVOID Context, ULONG Flags) {
    auto* item = static_cast<Item*>(allocate(sizeof(Item)));
    if (!item) return STATUS_NO_MEMORY;
    *item = {Function, Context};
    TP_CALLBACK_ENVIRON environ = {};
    environ.Version = 1;
    environ.u.s.LongFunction = (Flags & WT_EXECUTELONGFUNCTION) != 0;
    const NTSTATUS status = TpSimpleTryPost(run_item, item, &environ);
    if (!NT_SUCCESS(status)) free(item);
    return status;
}

}  // extern "C"
