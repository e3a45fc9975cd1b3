// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/io/irp.hpp"

#include "abi/nt/ntstatus.h"
#include "wdm/io/violation.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/rtl/list.hpp"

namespace io {
namespace {

NTSTATUS NTAPI stop_and_signal(PDEVICE_OBJECT, PIRP irp, PVOID context) {
    if (irp->PendingReturned) KeSetEvent(static_cast<PKEVENT>(context), 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

constexpr SIZE_T kCleared = 128;
static_assert(sizeof(IRP) >= kCleared);

inline void clear_some(UCHAR* at) {
    using Block [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = ULONG64;
    auto* blocks = reinterpret_cast<Block*>(at);
    for (SIZE_T i = 0; i < kCleared / sizeof(Block); ++i)
        blocks[i] = Block{};
}

// For the price of the bytes, of which there are kCleared or more; the last ones a second time.
inline void clear(void* memory, SIZE_T size) {
    auto* at = static_cast<UCHAR*>(memory);
    UCHAR* last = at + size - kCleared;
    for (; at < last; at += kCleared) {
        clear_some(at);
        asm("" : "+r"(at));  // or it becomes a call after all
    }
    clear_some(last);
}

}  // namespace

void initialise_irp(IRP& irp, SIZE_T size, CCHAR stack_size) {
    clear(&irp, size);
    irp.Type = IO_TYPE_IRP;
    irp.Size = static_cast<USHORT>(size);
    irp.StackCount = stack_size;
    irp.CurrentLocation = static_cast<CHAR>(stack_size + 1);
    rtl::initialise(irp.ThreadListEntry);
    auto* locations = reinterpret_cast<IO_STACK_LOCATION*>(&irp + 1);
    irp.Tail.Overlay.CurrentStackLocation = locations + stack_size;
}

NTSTATUS call_driver(DEVICE_OBJECT& device, IRP& irp) {
    if (irp.Type != IO_TYPE_IRP) [[unlikely]]
        ke::bug_check(ke::kInconsistentIrp, reinterpret_cast<ULONG64>(&irp));
    if (--irp.CurrentLocation <= 0) [[unlikely]]
        ke::bug_check(ke::kNoMoreIrpStackLocations, reinterpret_cast<ULONG64>(&irp));
    IO_STACK_LOCATION& location = *--irp.Tail.Overlay.CurrentStackLocation;
    location.DeviceObject = &device;
    ULONG major = location.MajorFunction;
    if (major > IRP_MJ_MAXIMUM_FUNCTION) [[unlikely]]
        ke::bug_check(ke::kInconsistentIrp, reinterpret_cast<ULONG64>(&irp), major);
    const _KTHREAD& thread = ke::current();
    KIRQL before = thread.irql;
    NTSTATUS status = device.DriverObject->MajorFunction[major](&device, &irp);
    if (KIRQL after = thread.irql; after != before) [[unlikely]]
        irql_changed(device, major, before, after);
    return status;
}

NTSTATUS call_and_wait(DEVICE_OBJECT& device, IRP& irp) {
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IO_STACK_LOCATION& location = next_location(irp);
    location.CompletionRoutine = stop_and_signal;
    location.Context = &done;
    location.Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
    NTSTATUS status = call_driver(device, irp);
    if (status != STATUS_PENDING) return status;
    ke::wait_one(&done, nullptr);
    return irp.IoStatus.Status;
}

}  // namespace io

extern "C" {

VOID IoInitializeIrp(PIRP irp, USHORT size, CCHAR stack_size) {
    io::initialise_irp(*irp, size, stack_size);
}

PIRP IoAllocateIrp(CCHAR stack_size, BOOLEAN) {
    if (stack_size <= 0) return nullptr;
    SIZE_T size = io::irp_size(stack_size);
    auto* irp = static_cast<PIRP>(platform::allocate(size));
    if (irp != nullptr) io::initialise_irp(*irp, size, stack_size);
    return irp;
}

VOID IoFreeIrp(PIRP irp) {
    if (irp->Type != IO_TYPE_IRP || (irp->AllocationFlags & io::kIrpIsLease) != 0) [[unlikely]]
        ke::bug_check(ke::kMultipleIrpCompleteRequests, reinterpret_cast<ULONG64>(irp));
    irp->Type = 0;
    platform::release(irp);
}

VOID IoReuseIrp(PIRP irp, NTSTATUS status) {
    UCHAR flags = irp->AllocationFlags;
    io::initialise_irp(*irp, irp->Size, irp->StackCount);
    irp->AllocationFlags = flags;
    irp->IoStatus.Status = status;
}

USHORT IoSizeOfIrp(CCHAR stack_size) {
    return static_cast<USHORT>(io::irp_size(stack_size));
}

NTSTATUS IofCallDriver(PDEVICE_OBJECT device, PIRP irp) {
    return io::call_driver(*device, *irp);
}

NTSTATUS PoCallDriver(PDEVICE_OBJECT device, PIRP irp) {
    return io::call_driver(*device, *irp);
}

BOOLEAN IoForwardIrpSynchronously(PDEVICE_OBJECT device, PIRP irp) {
    if (irp->CurrentLocation <= 1) return FALSE;
    IO_STACK_LOCATION& next = io::next_location(*irp);
    next = io::current_location(*irp);
    next.Control = 0;
    io::call_and_wait(*device, *irp);
    return TRUE;
}

// The exchange is what decides between a cancel and a driver that starts the IRP at the same time.
BOOLEAN IoCancelIrp(PIRP irp) {
    KIRQL old = ke::raise_irql(DISPATCH_LEVEL);
    irp->Cancel = TRUE;
    PDRIVER_CANCEL routine = __atomic_exchange_n(&irp->CancelRoutine, nullptr, __ATOMIC_SEQ_CST);
    if (routine == nullptr) {
        ke::lower_irql(old);
        return FALSE;
    }
    irp->CancelIrql = old;
    PIO_STACK_LOCATION location = &io::current_location(*irp);
    routine(location->DeviceObject, irp);  // it releases the cancel spin lock
    return TRUE;
}

// The cancel spin lock needs no word of its own: DISPATCH_LEVEL is exclusive.
VOID IoAcquireCancelSpinLock(PKIRQL irql) {
    *irql = ke::raise_irql(DISPATCH_LEVEL);
}

VOID IoReleaseCancelSpinLock(KIRQL irql) {
    ke::lower_irql(irql);
}

BOOLEAN IoIsOperationSynchronous(PIRP irp) {
    constexpr ULONG kSynchronousFile = 0x2;  // FO_SYNCHRONOUS_IO
    PFILE_OBJECT file = io::current_location(*irp).FileObject;
    if ((irp->Flags & IRP_SYNCHRONOUS_API) != 0) return TRUE;
    return file != nullptr && (file->Flags & kSynchronousFile) != 0;
}

PIRP IoGetTopLevelIrp(void) {
    return static_cast<PIRP>(ke::current().top_level_irp);
}

VOID IoSetTopLevelIrp(PIRP irp) {
    ke::current().top_level_irp = irp;
}

}  // extern "C"
