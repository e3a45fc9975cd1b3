// SPDX-License-Identifier: GPL-3.0-only
//
// Cancel-safe queues: the driver supplies the list and its lock, this supplies the order of events between
// queueing, removal and cancellation. An IRP in the queue has our cancel routine; whoever clears it owns the
// IRP.
#include "abi/nt/ntstatus.h"
#include "abi/wdm/iotypes.h"
#include "wdm/ke/irql.hpp"

namespace {

// A queue of IoCsqInitializeEx keeps this in the place of CsqInsertIrp.
using InsertEx = NTSTATUS(NTAPI*)(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext);

PDRIVER_CANCEL exchange_cancel(IRP& irp, PDRIVER_CANCEL routine) {
    return __atomic_exchange_n(&irp.CancelRoutine, routine, __ATOMIC_SEQ_CST);
}

PVOID& slot_of(IRP& irp) {
    return irp.Tail.Overlay.u.DriverContext[3];
}

// The queue that an IRP's slot names, directly or through the caller's context.
IO_CSQ* queue_of(IRP& irp) {
    auto* type = static_cast<ULONG*>(slot_of(irp));
    if (*type != IO_TYPE_CSQ_IRP_CONTEXT) return reinterpret_cast<IO_CSQ*>(type);
    return reinterpret_cast<IO_CSQ_IRP_CONTEXT*>(type)->Csq;
}

void forget_context(IRP& irp) {
    auto* type = static_cast<ULONG*>(slot_of(irp));
    if (type != nullptr && *type == IO_TYPE_CSQ_IRP_CONTEXT)
        reinterpret_cast<IO_CSQ_IRP_CONTEXT*>(type)->Irp = nullptr;
    slot_of(irp) = nullptr;
}

VOID NTAPI cancel_queued(PDEVICE_OBJECT, PIRP irp) {
    IO_CSQ* csq = queue_of(*irp);
    ke::lower_irql(irp->CancelIrql);  // releases the cancel spin lock
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    csq->CsqRemoveIrp(csq, irp);
    forget_context(*irp);
    csq->CsqReleaseLock(csq, irql);
    csq->CsqCompleteCanceledIrp(csq, irp);
}

// Takes a removed IRP out of reach of cancellation; false when the cancel routine has it already.
bool claim(IO_CSQ& csq, IRP& irp) {
    if (exchange_cancel(irp, nullptr) == nullptr) return false;
    csq.CsqRemoveIrp(&csq, &irp);
    forget_context(irp);
    return true;
}

}  // namespace

extern "C" {

NTSTATUS IoCsqInitialize(PIO_CSQ csq, decltype(IO_CSQ::CsqInsertIrp) insert,
                         decltype(IO_CSQ::CsqRemoveIrp) remove, decltype(IO_CSQ::CsqPeekNextIrp) peek,
                         decltype(IO_CSQ::CsqAcquireLock) acquire, decltype(IO_CSQ::CsqReleaseLock) release,
                         decltype(IO_CSQ::CsqCompleteCanceledIrp) complete) {
    *csq = {IO_TYPE_CSQ, insert, remove, peek, acquire, release, complete, nullptr};
    return STATUS_SUCCESS;
}

NTSTATUS IoCsqInitializeEx(PIO_CSQ csq, InsertEx insert, decltype(IO_CSQ::CsqRemoveIrp) remove,
                           decltype(IO_CSQ::CsqPeekNextIrp) peek, decltype(IO_CSQ::CsqAcquireLock) acquire,
                           decltype(IO_CSQ::CsqReleaseLock) release,
                           decltype(IO_CSQ::CsqCompleteCanceledIrp) complete) {
    IoCsqInitialize(csq, reinterpret_cast<decltype(IO_CSQ::CsqInsertIrp)>(reinterpret_cast<void*>(insert)),
                    remove, peek, acquire, release, complete);
    csq->Type = IO_TYPE_CSQ_EX;
    return STATUS_SUCCESS;
}

NTSTATUS IoCsqInsertIrpEx(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context, PVOID insert_context) {
    if (context != nullptr) *context = {IO_TYPE_CSQ_IRP_CONTEXT, irp, csq};
    slot_of(*irp) = context != nullptr ? static_cast<PVOID>(context) : csq;
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    if (csq->Type == IO_TYPE_CSQ_EX)
        status =
            reinterpret_cast<InsertEx>(reinterpret_cast<void*>(csq->CsqInsertIrp))(csq, irp, insert_context);
    else
        csq->CsqInsertIrp(csq, irp);
    if (status < 0) {
        csq->CsqReleaseLock(csq, irql);
        return status;
    }
    irp->Tail.Overlay.CurrentStackLocation->Control |= SL_PENDING_RETURNED;
    exchange_cancel(*irp, cancel_queued);
    // Cancelled before the routine was there: then nobody else will complete it.
    if (irp->Cancel && claim(*csq, *irp)) {
        csq->CsqReleaseLock(csq, irql);
        csq->CsqCompleteCanceledIrp(csq, irp);
        return status;
    }
    csq->CsqReleaseLock(csq, irql);
    return status;
}

VOID IoCsqInsertIrp(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context) {
    IoCsqInsertIrpEx(csq, irp, context, nullptr);
}

PIRP IoCsqRemoveNextIrp(PIO_CSQ csq, PVOID peek_context) {
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    PIRP irp = csq->CsqPeekNextIrp(csq, nullptr, peek_context);
    while (irp != nullptr && !claim(*csq, *irp))
        irp = csq->CsqPeekNextIrp(csq, irp, peek_context);
    csq->CsqReleaseLock(csq, irql);
    return irp;
}

PIRP IoCsqRemoveIrp(PIO_CSQ csq, PIO_CSQ_IRP_CONTEXT context) {
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    PIRP irp = context->Irp;
    if (irp != nullptr && !claim(*csq, *irp)) irp = nullptr;
    csq->CsqReleaseLock(csq, irql);
    return irp;
}

}  // extern "C"
