// SPDX-License-Identifier: GPL-3.0-only
//
// Native services that may wait long, as drivers call them: the thread first hands on the lead of the pump,
// so that a driver may open and use devices of its own host. All other Zw functions are ntdll's.
#include "abi/nt/ntdll.h"
#include "wdm/ke/dispatcher.hpp"

namespace {

template <typename Service, typename... Arguments>
NTSTATUS waiting(Service service, Arguments... arguments) {
    ke::announce_block();
    return service(arguments...);
}

}  // namespace

extern "C" {

NTSTATUS WdmZwCreateFile(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                         PIO_STATUS_BLOCK status, PLARGE_INTEGER size, ULONG file_attributes, ULONG share,
                         ULONG disposition, ULONG options, PVOID ea, ULONG ea_length) {
    return waiting(NtCreateFile, handle, access, attributes, status, size, file_attributes, share,
                   disposition, options, ea, ea_length);
}

NTSTATUS WdmZwOpenFile(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                       PIO_STATUS_BLOCK status, ULONG share, ULONG options) {
    return waiting(NtOpenFile, handle, access, attributes, status, share, options);
}

NTSTATUS WdmZwReadFile(HANDLE file, HANDLE event, PVOID apc, PVOID context, PIO_STATUS_BLOCK status,
                       PVOID buffer, ULONG length, PLARGE_INTEGER offset, PULONG key) {
    return waiting(NtReadFile, file, event, apc, context, status, buffer, length, offset, key);
}

NTSTATUS WdmZwWriteFile(HANDLE file, HANDLE event, PVOID apc, PVOID context, PIO_STATUS_BLOCK status,
                        PVOID buffer, ULONG length, PLARGE_INTEGER offset, PULONG key) {
    return waiting(NtWriteFile, file, event, apc, context, status, buffer, length, offset, key);
}

NTSTATUS WdmZwDeviceIoControlFile(HANDLE file, HANDLE event, PVOID apc, PVOID context,
                                  PIO_STATUS_BLOCK status, ULONG code, PVOID input, ULONG input_length,
                                  PVOID output, ULONG output_length) {
    return waiting(NtDeviceIoControlFile, file, event, apc, context, status, code, input, input_length,
                   output, output_length);
}

NTSTATUS WdmZwWaitForSingleObject(HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER timeout) {
    return waiting(NtWaitForSingleObject, handle, alertable, timeout);
}

NTSTATUS WdmZwWaitForMultipleObjects(ULONG count, HANDLE* handles, WAIT_TYPE type, BOOLEAN alertable,
                                     PLARGE_INTEGER timeout) {
    return waiting(NtWaitForMultipleObjects, count, handles, type, alertable, timeout);
}

NTSTATUS WdmZwFlushBuffersFile(HANDLE file, PIO_STATUS_BLOCK status) {
    return waiting(NtFlushBuffersFile, file, status);
}

NTSTATUS WdmZwLoadDriver(PUNICODE_STRING service) {
    return waiting(NtLoadDriver, service);
}

// IoCreateFile's further arguments choose ways of creation that only redirectors and pipes use.
NTSTATUS IoCreateFile(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                      PIO_STATUS_BLOCK status, PLARGE_INTEGER size, ULONG file_attributes, ULONG share,
                      ULONG disposition, ULONG options, PVOID ea, ULONG ea_length, ULONG, PVOID, ULONG) {
    return waiting(NtCreateFile, handle, access, attributes, status, size, file_attributes, share,
                   disposition, options, ea, ea_length);
}

}  // extern "C"
