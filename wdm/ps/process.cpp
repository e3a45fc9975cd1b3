// SPDX-License-Identifier: GPL-3.0-only
//
// Threads as a driver makes and finds them: system threads are threads of the host.
#include "abi/nt/ntdll.h"
#include "wdm/ke/dispatcher.hpp"

namespace {

// What PsCreateSystemThread's caller gets is a real thread handle; the KTHREAD is found by its id.
NTSTATUS duplicate_handle(HANDLE source, HANDLE& copy) {
    return NtDuplicateObject(NtCurrentProcess(), source, NtCurrentProcess(), &copy, 0, 0,
                             DUPLICATE_SAME_ACCESS);
}

CLIENT_ID client_id_of(HANDLE thread) {
    THREAD_BASIC_INFORMATION information{};
    NtQueryInformationThread(thread, ThreadBasicInformation, &information, sizeof information, nullptr);
    return information.ClientId;
}

}  // namespace

extern "C" {

PKTHREAD PsGetCurrentThread(void) {
    return &ke::current();
}

NTSTATUS PsCreateSystemThread(PHANDLE handle, ULONG, PVOID, HANDLE, CLIENT_ID* client, PKSTART_ROUTINE start,
                              PVOID context) {
    _KTHREAD* thread = ke::create_thread(start, context);
    if (thread == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = duplicate_handle(thread->handle, *handle);
    if (client != nullptr) *client = client_id_of(thread->handle);
    ke::dereference(*thread);
    return status;
}

NTSTATUS PsTerminateSystemThread(NTSTATUS status) {
    ke::end_thread(status);
}

NTSTATUS PsLookupThreadByThreadId(HANDLE id, PKTHREAD* thread) {
    *thread = ke::find_thread(reinterpret_cast<ULONG64>(id));
    return *thread != nullptr ? STATUS_SUCCESS : STATUS_INVALID_CID;
}

BOOLEAN PsGetVersion(PULONG major, PULONG minor, PULONG build, PUNICODE_STRING csd) {
    if (major != nullptr) *major = 10;
    if (minor != nullptr) *minor = 0;
    if (build != nullptr) *build = 19045;
    if (csd != nullptr) *csd = {};
    return TRUE;
}

NTSTATUS PsSetCreateProcessNotifyRoutine(PVOID, BOOLEAN) {
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS PsSetLoadImageNotifyRoutine(PVOID) {
    return STATUS_NOT_SUPPORTED;
}

}  // extern "C"
