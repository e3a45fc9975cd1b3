// SPDX-License-Identifier: GPL-3.0-only
//
// What file systems and storage drivers ask of the I/O manager about volumes. Volumes are mounted by the
// Executive, not by a driver host: registrations are accepted and verifications refused.
#include "abi/nt/ntdll.h"
#include "wdm/io/device.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"

extern "C" {

VOID IoRegisterFileSystem(PDEVICE_OBJECT device) {
    io::reference(*device);
}

VOID IoUnregisterFileSystem(PDEVICE_OBJECT device) {
    io::dereference(*device);
}

NTSTATUS IoRegisterFsRegistrationChange(PDRIVER_OBJECT, PVOID) {
    return STATUS_SUCCESS;
}

VOID IoUnregisterFsRegistrationChange(PDRIVER_OBJECT, PVOID) {}

// The lock of all volume parameter blocks: DISPATCH_LEVEL is exclusive.
VOID IoAcquireVpbSpinLock(PKIRQL irql) {
    *irql = ke::raise_irql(DISPATCH_LEVEL);
}

VOID IoReleaseVpbSpinLock(KIRQL irql) {
    ke::lower_irql(irql);
}

PDEVICE_OBJECT IoGetDeviceToVerify(PKTHREAD thread) {
    return thread->device_to_verify;
}

VOID IoSetDeviceToVerify(PKTHREAD thread, PDEVICE_OBJECT device) {
    thread->device_to_verify = device;
}

VOID IoSetHardErrorOrVerifyDevice(PIRP irp, PDEVICE_OBJECT device) {
    irp->Tail.Overlay.Thread->device_to_verify = device;
}

NTSTATUS IoVerifyVolume(PDEVICE_OBJECT, BOOLEAN) {
    return STATUS_WRONG_VOLUME;
}

BOOLEAN IoRaiseInformationalHardError(NTSTATUS status, PUNICODE_STRING text, PKTHREAD) {
    DbgPrint("hard error %08x %wZ\n", status, text);
    return TRUE;
}

BOOLEAN IoSetThreadHardErrorMode(BOOLEAN) {
    return TRUE;
}

PGENERIC_MAPPING IoGetFileObjectGenericMapping(void) {
    static constinit GENERIC_MAPPING mapping{0x00120089, 0x00120116, 0x001200a0, 0x001f01ff};
    return &mapping;
}

// No section of the host maps a file that a driver of it serves.
BOOLEAN MmFlushImageSection(PVOID, ULONG) {
    return TRUE;
}

BOOLEAN MmCanFileBeTruncated(PVOID, PLARGE_INTEGER) {
    return TRUE;
}

BOOLEAN MmForceSectionClosed(PVOID, BOOLEAN) {
    return TRUE;
}

}  // extern "C"
