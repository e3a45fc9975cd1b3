// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/fsrtl/calls.hpp"

#include <stddef.h>

#include "abi/nt/ntstatus.h"
#include "wdm/io/driver.hpp"

extern "C" {
NTSTATUS IoAllocateDriverObjectExtension(PDRIVER_OBJECT object, PVOID identification, ULONG size,
                                         PVOID* result);
PVOID IoGetDriverObjectExtension(PDRIVER_OBJECT object, PVOID identification);
VOID KeEnterCriticalRegion(void);
VOID KeLeaveCriticalRegion(void);
}

namespace fsrtl {
namespace {

// What a driver's callbacks are kept under.
constinit char callbacks_tag = 0;
// Which resource the file system wants back when the modified pages have been written.
constinit PERESOURCE to_release = nullptr;

FS_FILTER_CALLBACKS* callbacks_of(const DRIVER_OBJECT& driver) {
    return static_cast<FS_FILTER_CALLBACKS*>(
        IoGetDriverObjectExtension(const_cast<DRIVER_OBJECT*>(&driver), &callbacks_tag));
}

struct Around {
    PFS_FILTER_CALLBACK before;
    PFS_FILTER_COMPLETION_CALLBACK after;
};

Around around(const FS_FILTER_CALLBACKS& all, UCHAR operation) {
    switch (operation) {
        case WDM_CALL_ACQUIRE_FOR_SECTION:
            return {all.PreAcquireForSectionSynchronization, all.PostAcquireForSectionSynchronization};
        case WDM_CALL_RELEASE_FOR_SECTION:
            return {all.PreReleaseForSectionSynchronization, all.PostReleaseForSectionSynchronization};
        case WDM_CALL_ACQUIRE_FOR_MOD_WRITE:
            return {all.PreAcquireForModifiedPageWriter, all.PostAcquireForModifiedPageWriter};
        case WDM_CALL_RELEASE_FOR_MOD_WRITE:
            return {all.PreReleaseForModifiedPageWriter, all.PostReleaseForModifiedPageWriter};
        case WDM_CALL_ACQUIRE_FOR_FLUSH:
            return {all.PreAcquireForCcFlush, all.PostAcquireForCcFlush};
        default:
            return {all.PreReleaseForCcFlush, all.PostReleaseForCcFlush};
    }
}

// An entry of a table that may be of an older, shorter kind.
template <typename Routine>
Routine entry(const FAST_IO_DISPATCH& table, Routine FAST_IO_DISPATCH::* member) {
    const auto* at = reinterpret_cast<const UCHAR*>(&(table.*member));
    SIZE_T end = static_cast<SIZE_T>(at - reinterpret_cast<const UCHAR*>(&table)) + sizeof(Routine);
    return end <= table.SizeOfFastIoDispatch ? table.*member : nullptr;
}

NTSTATUS call_section(const FAST_IO_DISPATCH& table, PFAST_IO_ACQUIRE_FILE FAST_IO_DISPATCH::* member,
                      FILE_OBJECT* file) {
    if (PFAST_IO_ACQUIRE_FILE routine = entry(table, member)) routine(file);
    return STATUS_SUCCESS;
}

NTSTATUS call_flush(const FAST_IO_DISPATCH& table, PFAST_IO_ACQUIRE_FOR_CCFLUSH FAST_IO_DISPATCH::* member,
                    const Call& call) {
    PFAST_IO_ACQUIRE_FOR_CCFLUSH routine = entry(table, member);
    return routine != nullptr ? routine(call.file, call.device) : STATUS_SUCCESS;
}

NTSTATUS call_table(const FAST_IO_DISPATCH& table, const Call& call) {
    using Table = FAST_IO_DISPATCH;
    switch (call.operation) {
        case WDM_CALL_ACQUIRE_FOR_SECTION:
            return call_section(table, &Table::AcquireFileForNtCreateSection, call.file);
        case WDM_CALL_RELEASE_FOR_SECTION:
            return call_section(table, &Table::ReleaseFileForNtCreateSection, call.file);
        case WDM_CALL_ACQUIRE_FOR_MOD_WRITE: {
            LARGE_INTEGER ending = call.ending_offset;
            auto routine = entry(table, &Table::AcquireForModWrite);
            return routine != nullptr ? routine(call.file, &ending, &to_release, call.device)
                                      : STATUS_SUCCESS;
        }
        case WDM_CALL_RELEASE_FOR_MOD_WRITE: {
            auto routine = entry(table, &Table::ReleaseForModWrite);
            return routine != nullptr ? routine(call.file, to_release, call.device) : STATUS_SUCCESS;
        }
        case WDM_CALL_ACQUIRE_FOR_FLUSH:
            return call_flush(table, &Table::AcquireForCcFlush, call);
        default:
            return call_flush(table, &Table::ReleaseForCcFlush, call);
    }
}

void fill_parameters(FS_FILTER_CALLBACK_DATA& data, const Call& call, LARGE_INTEGER& ending) {
    constexpr ULONG kSyncTypeCreateSection = 1;
    data.SizeOfFsFilterCallbackData = sizeof data;
    data.Operation = call.operation;
    data.DeviceObject = call.device;
    data.FileObject = call.file;
    if (call.operation == WDM_CALL_ACQUIRE_FOR_SECTION)
        data.Parameters.AcquireForSectionSynchronization = {kSyncTypeCreateSection, call.page_protection};
    else if (call.operation == WDM_CALL_ACQUIRE_FOR_MOD_WRITE)
        data.Parameters.AcquireForModifiedPageWriter = {&ending, &to_release};
    else if (call.operation == WDM_CALL_RELEASE_FOR_MOD_WRITE)
        data.Parameters.ReleaseForModifiedPageWriter.ResourceToRelease = to_release;
}

NTSTATUS call_driver(const DRIVER_OBJECT& driver, const Call& call) {
    FS_FILTER_CALLBACK_DATA data{};
    LARGE_INTEGER ending = call.ending_offset;
    fill_parameters(data, call, ending);
    const FS_FILTER_CALLBACKS* callbacks = callbacks_of(driver);
    Around routines = callbacks != nullptr ? around(*callbacks, call.operation) : Around{};
    PVOID context = nullptr;
    NTSTATUS status = routines.before != nullptr ? routines.before(&data, &context) : STATUS_SUCCESS;
    if (status < 0) return status;
    auto* table = static_cast<const FAST_IO_DISPATCH*>(driver.FastIoDispatch);
    bool is_done = status == STATUS_FSFILTER_OP_COMPLETED_SUCCESSFULLY;
    status = table != nullptr && !is_done ? call_table(*table, call) : STATUS_SUCCESS;
    if (status == STATUS_INVALID_DEVICE_REQUEST) status = STATUS_SUCCESS;  // it has nothing to hold
    if (routines.after != nullptr) routines.after(&data, status, context);
    return status;
}

}  // namespace

bool wants_calls(const DRIVER_OBJECT& driver) {
    return driver.FastIoDispatch != nullptr || callbacks_of(driver) != nullptr;
}

// NT holds off APCs as long as a file is acquired.
NTSTATUS call(const Call& call) {
    bool acquires = (call.operation & 1) != 0;
    if (acquires) {
        KeEnterCriticalRegion();
        to_release = nullptr;
    }
    NTSTATUS status = call_driver(*call.device->DriverObject, call);
    if (!acquires || status < 0) KeLeaveCriticalRegion();
    return status;
}

}  // namespace fsrtl

extern "C" NTSTATUS FsRtlRegisterFileSystemFilterCallbacks(PDRIVER_OBJECT driver,
                                                           PFS_FILTER_CALLBACKS callbacks) {
    if (callbacks == nullptr || callbacks->SizeOfFsFilterCallbacks > sizeof(FS_FILTER_CALLBACKS))
        return STATUS_INVALID_PARAMETER;
    PVOID kept = nullptr;
    NTSTATUS status =
        IoAllocateDriverObjectExtension(driver, &fsrtl::callbacks_tag, sizeof(FS_FILTER_CALLBACKS), &kept);
    if (status < 0) return status;
    __builtin_memcpy(kept, callbacks, callbacks->SizeOfFsFilterCallbacks);
    return STATUS_SUCCESS;
}
