// SPDX-License-Identifier: GPL-3.0-only
//
// Error log entries: the packet a driver fills is written to the log as one line and freed.
#include "abi/nt/ntdll.h"
#include "abi/wdm/iotypes.h"
#include "wdm/platform/platform.hpp"

// Fixed head of IO_ERROR_LOG_PACKET.
typedef struct _IO_ERROR_LOG_HEAD {
    UCHAR MajorFunctionCode;
    UCHAR RetryCount;
    USHORT DumpDataSize;
    USHORT NumberOfStrings;
    USHORT StringOffset;
    USHORT EventCategory;
    NTSTATUS ErrorCode;
    ULONG UniqueErrorValue;
    NTSTATUS FinalStatus;
} IO_ERROR_LOG_HEAD;

namespace {

struct Entry {
    PVOID io_object;
    ULONG64 pad;
    IO_ERROR_LOG_HEAD packet;
};

Entry* entry_of(PVOID packet) {
    return CONTAINING_RECORD(packet, Entry, packet);
}

const UNICODE_STRING& name_of(PVOID io_object) {
    auto* device = static_cast<PDEVICE_OBJECT>(io_object);
    if (device->Type == IO_TYPE_DEVICE) return device->DriverObject->DriverName;
    return static_cast<PDRIVER_OBJECT>(io_object)->DriverName;
}

}  // namespace

extern "C" {

PVOID IoAllocateErrorLogEntry(PVOID io_object, UCHAR size) {
    SIZE_T bytes = sizeof(Entry) + size;
    auto* entry = static_cast<Entry*>(platform::allocate(bytes));
    if (entry == nullptr) return nullptr;
    memset(entry, 0, bytes);
    entry->io_object = io_object;
    return &entry->packet;
}

VOID IoFreeErrorLogEntry(PVOID packet) {
    platform::release(entry_of(packet));
}

VOID IoWriteErrorLogEntry(PVOID packet) {
    Entry* entry = entry_of(packet);
    DbgPrint("%wZ: error %08x, unique %u, status %08x, major %u\n", &name_of(entry->io_object),
             entry->packet.ErrorCode, entry->packet.UniqueErrorValue, entry->packet.FinalStatus,
             entry->packet.MajorFunctionCode);
    platform::release(entry);
}

}  // extern "C"
