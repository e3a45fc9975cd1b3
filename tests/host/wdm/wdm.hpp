// SPDX-License-Identifier: GPL-3.0-only
//
// Declarations of the runtime's exports for tests, as a driver would have them from the DDK, and small
// helpers.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "abi/nt/ntstatus.h"
#include "abi/wdm/pnptypes.h"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/dpc.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/platform/host/host.hpp"

extern "C" {
KIRQL KeGetCurrentIrql(void);
KIRQL KfRaiseIrql(KIRQL irql);
VOID KeLowerIrql(KIRQL irql);
KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock);
VOID KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL old);
NTSTATUS KeWaitForMultipleObjects(ULONG count, PVOID objects[], WAIT_TYPE type, ULONG, KPROCESSOR_MODE,
                                  BOOLEAN, PLARGE_INTEGER timeout, PVOID wait_block_array);
LONG KePulseEvent(PKEVENT event, KPRIORITY, BOOLEAN);
VOID KeInitializeMutex(PKMUTANT mutex, ULONG level);
LONG KeReleaseMutex(PKMUTANT mutex, BOOLEAN wait);
VOID KeInitializeTimer(PKTIMER timer);
VOID KeInitializeTimerEx(PKTIMER timer, TIMER_TYPE type);
BOOLEAN KeSetTimer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc);
BOOLEAN KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period, PKDPC dpc);
BOOLEAN KeCancelTimer(PKTIMER timer);
BOOLEAN KeSynchronizeExecution(PKINTERRUPT interrupt, PKSYNCHRONIZE_ROUTINE routine, PVOID context);
NTSTATUS IoConnectInterrupt(PKINTERRUPT* interrupt, PKSERVICE_ROUTINE routine, PVOID context, PKSPIN_LOCK,
                            ULONG vector, KIRQL irql, KIRQL synchronize_irql, ULONG mode, BOOLEAN, KAFFINITY,
                            BOOLEAN);
VOID IoDisconnectInterrupt(PKINTERRUPT interrupt);
PIRP IoAllocateIrp(CCHAR stack_size, BOOLEAN quota);
LARGE_INTEGER MmGetPhysicalAddress(PVOID address);
VOID IoFreeIrp(PIRP irp);
NTSTATUS IofCallDriver(PDEVICE_OBJECT device, PIRP irp);
VOID IofCompleteRequest(PIRP irp, CCHAR boost);
BOOLEAN IoCancelIrp(PIRP irp);
VOID IoAcquireCancelSpinLock(PKIRQL irql);
VOID IoReleaseCancelSpinLock(KIRQL irql);
BOOLEAN IoForwardIrpSynchronously(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS IoRegisterShutdownNotification(PDEVICE_OBJECT device);
NTSTATUS IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT device);
VOID IoUnregisterShutdownNotification(PDEVICE_OBJECT device);
PIRP IoBuildDeviceIoControlRequest(ULONG code, PDEVICE_OBJECT device, PVOID input, ULONG input_length,
                                   PVOID output, ULONG output_length, BOOLEAN internal, PKEVENT event,
                                   PIO_STATUS_BLOCK status);
NTSTATUS IoCsqInitialize(PIO_CSQ csq, decltype(IO_CSQ::CsqInsertIrp), decltype(IO_CSQ::CsqRemoveIrp),
                         decltype(IO_CSQ::CsqPeekNextIrp), decltype(IO_CSQ::CsqAcquireLock),
                         decltype(IO_CSQ::CsqReleaseLock), decltype(IO_CSQ::CsqCompleteCanceledIrp));
VOID IoCsqInsertIrp(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context);
PIRP IoCsqRemoveNextIrp(PIO_CSQ csq, PVOID peek);
PIRP IoCsqRemoveIrp(PIO_CSQ csq, PIO_CSQ_IRP_CONTEXT context);
VOID IoStartPacket(PDEVICE_OBJECT device, PIRP irp, PULONG key, PDRIVER_CANCEL cancel);
VOID IoStartNextPacket(PDEVICE_OBJECT device, BOOLEAN cancelable);
VOID IoSetStartIoAttributes(PDEVICE_OBJECT device, BOOLEAN deferred, BOOLEAN no_cancel);
NTSTATUS IoCreateDevice(PDRIVER_OBJECT driver, ULONG extension_size, PUNICODE_STRING name, ULONG type,
                        ULONG characteristics, BOOLEAN exclusive, PDEVICE_OBJECT* device);
VOID IoDeleteDevice(PDEVICE_OBJECT device);
PDEVICE_OBJECT IoAttachDeviceToDeviceStack(PDEVICE_OBJECT source, PDEVICE_OBJECT target);
VOID IoDetachDevice(PDEVICE_OBJECT lower);
}

namespace test {

inline LARGE_INTEGER milliseconds(LONGLONG count) {
    LARGE_INTEGER time;
    time.QuadPart = -count * 10'000;
    return time;
}

// Waits up to two seconds for something another thread does.
template <typename Condition>
bool eventually(Condition condition) {
    for (int i = 0; i < 2000; i++) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return condition();
}

inline IO_STACK_LOCATION& next(PIRP irp) {
    return irp->Tail.Overlay.CurrentStackLocation[-1];
}

inline IO_STACK_LOCATION& current(PIRP irp) {
    return *irp->Tail.Overlay.CurrentStackLocation;
}

inline NTSTATUS complete(PIRP irp, NTSTATUS status, ULONG_PTR information = 0) {
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IofCompleteRequest(irp, 0);
    return status;
}

}  // namespace test
