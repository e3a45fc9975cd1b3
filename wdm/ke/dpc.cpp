// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ke/dpc.hpp"

#include "wdm/ke/activity.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/code_range.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/rtl/list.hpp"

namespace ke {
namespace {

constexpr UCHAR kHighImportance = 2;

constinit platform::Lock queue_lock;
constinit LIST_ENTRY queue{&queue, &queue};

struct Call {
    PKDEFERRED_ROUTINE routine;
    PVOID context, argument1, argument2;
};

// Takes the first DPC off the queue; from here on its owner may reuse the object.
KDPC* take(Call& call) {
    platform::Guard guard(queue_lock);
    LIST_ENTRY* entry = rtl::pop(queue);
    if (entry == nullptr) return nullptr;
    KDPC* dpc = CONTAINING_RECORD(entry, KDPC, DpcListEntry);
    call = {dpc->DeferredRoutine, dpc->DeferredContext, dpc->SystemArgument1, dpc->SystemArgument2};
    dpc->DpcData = nullptr;
    queued_dpcs.fetch_sub(1, std::memory_order_relaxed);
    return dpc;
}

}  // namespace

void run_dpcs() {
    Call call;
    while (dpcs_pending()) {
        KDPC* dpc = take(call);
        if (dpc == nullptr) return;
        {
            Active active(kDpcActivity, WDM_ACTIVITY_DPC, reinterpret_cast<const void*>(call.routine));
            call.routine(dpc, call.context, call.argument1, call.argument2);
        }
        if (current_irql() != DISPATCH_LEVEL) [[unlikely]]
            bug_check(kIrqlUnexpectedValue, reinterpret_cast<ULONG64>(call.routine), current_irql(),
                      DISPATCH_LEVEL);
    }
}

bool queue_dpc(KDPC& dpc, PVOID argument1, PVOID argument2) {
    platform::Guard guard(queue_lock);
    if (dpc.DpcData != nullptr) return false;
    dpc.SystemArgument1 = argument1;
    dpc.SystemArgument2 = argument2;
    dpc.DpcData = &queue;
    if (dpc.Importance == kHighImportance)
        rtl::insert_head(queue, dpc.DpcListEntry);
    else
        rtl::insert_tail(queue, dpc.DpcListEntry);
    queued_dpcs.fetch_add(1, std::memory_order_release);
    return true;
}

const void* find_dpc(const CodeRange& range) {
    platform::Guard guard(queue_lock);
    for (LIST_ENTRY* entry = queue.Flink; entry != &queue; entry = entry->Flink) {
        const KDPC* dpc = CONTAINING_RECORD(entry, KDPC, DpcListEntry);
        if (range.contains(dpc->DeferredRoutine)) return reinterpret_cast<const void*>(dpc->DeferredRoutine);
    }
    return nullptr;
}

}  // namespace ke

extern "C" {

VOID KeInitializeDpc(PKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context) {
    *dpc = KDPC{};
    dpc->Type = KOBJECT_DPC;
    dpc->Importance = 1;
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
}

VOID KeSetImportanceDpc(PKDPC dpc, ULONG importance) {
    dpc->Importance = static_cast<UCHAR>(importance);
}

VOID KeSetTargetProcessorDpc(PKDPC dpc, CCHAR) {
    dpc->Number = 0;
}

BOOLEAN KeInsertQueueDpc(PKDPC dpc, PVOID argument1, PVOID argument2) {
    if (!ke::queue_dpc(*dpc, argument1, argument2)) return FALSE;
    // Below DISPATCH_LEVEL the "software interrupt" comes at once.
    if (ke::current_irql() < DISPATCH_LEVEL) ke::AtIrql now(DISPATCH_LEVEL);
    return TRUE;
}

BOOLEAN KeRemoveQueueDpc(PKDPC dpc) {
    platform::Guard guard(ke::queue_lock);
    if (dpc->DpcData == nullptr) return FALSE;
    rtl::remove(dpc->DpcListEntry);
    dpc->DpcData = nullptr;
    ke::queued_dpcs.fetch_sub(1, std::memory_order_relaxed);
    return TRUE;
}

// Every DPC runs under the dispatch lock, so passing through DISPATCH_LEVEL once means that none is left.
VOID KeFlushQueuedDpcs(void) {
    ke::AtIrql now(DISPATCH_LEVEL);
}

}  // extern "C"
