// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ob/object.hpp"

#include "abi/nt/ntdll.h"
#include "wdm/io/device.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/ob/types.hpp"
#include "wdm/ps/process.hpp"
#include "wdm/se/token.hpp"

namespace {

enum class Kind { kThread, kProcess, kToken, kDevice, kOther };

// Devices, drivers, files and IRPs begin with a 16-bit type and their size; threads with a dispatcher header.
Kind kind_of(PVOID object) {
    auto* words = static_cast<const USHORT*>(object);
    if (words[0] == IO_TYPE_DEVICE && words[1] >= sizeof(DEVICE_OBJECT)) return Kind::kDevice;
    auto* header = static_cast<const DISPATCHER_HEADER*>(object);
    if (header->Size != 0) return Kind::kOther;
    if (header->Type == se::kTokenHeader) return Kind::kToken;
    if (header->Type == KOBJECT_PROCESS) return Kind::kProcess;
    return header->Type == KOBJECT_THREAD ? Kind::kThread : Kind::kOther;
}

NTSTATUS thread_of_handle(HANDLE handle, PVOID* object) {
    if (handle == NtCurrentThread()) {
        ke::reference(ke::current());
        *object = &ke::current();
        return STATUS_SUCCESS;
    }
    THREAD_BASIC_INFORMATION information{};
    NTSTATUS status =
        NtQueryInformationThread(handle, ThreadBasicInformation, &information, sizeof information, nullptr);
    if (!NT_SUCCESS(status)) return status;
    if (information.ClientId.UniqueProcess != NtCurrentTeb()->ClientId.UniqueProcess)
        return STATUS_NOT_SUPPORTED;  // of another host: it has no body here
    auto id = reinterpret_cast<ULONG64>(information.ClientId.UniqueThread);
    *object = ke::find_thread(id);
    if (*object == nullptr) *object = ke::ended_thread(id);
    return *object != nullptr ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

}  // namespace

ob::TypeObject PsThreadTypeObject{.name = u"Thread"}, PsProcessTypeObject{.name = u"Process"},
    IoFileTypeObject{.name = u"File"}, ExEventTypeObject{.name = u"Event"},
    ExSemaphoreTypeObject{.name = u"Semaphore"}, IoDeviceTypeObject{.name = u"Device"},
    IoDriverTypeObject{.name = u"Driver"}, MmSectionTypeObject{.name = u"Section"},
    SeTokenTypeObject{.name = u"Token"};

extern "C" {

ob::TypeObject* PsThreadType = &PsThreadTypeObject;
ob::TypeObject* PsProcessType = &PsProcessTypeObject;
ob::TypeObject* IoFileObjectType = &IoFileTypeObject;
ob::TypeObject* ExEventObjectType = &ExEventTypeObject;
ob::TypeObject* ExSemaphoreObjectType = &ExSemaphoreTypeObject;
ob::TypeObject* IoDeviceObjectType = &IoDeviceTypeObject;
ob::TypeObject* IoDriverObjectType = &IoDriverTypeObject;
ob::TypeObject* MmSectionObjectType = &MmSectionTypeObject;
ob::TypeObject* SeTokenObjectType = &SeTokenTypeObject;

LONG_PTR ObfReferenceObject(PVOID object) {
    switch (kind_of(object)) {
        case Kind::kDevice:
            io::reference(*static_cast<PDEVICE_OBJECT>(object));
            break;
        case Kind::kThread:
            ke::reference(*static_cast<PKTHREAD>(object));
            break;
        case Kind::kProcess:
            ps::reference(*static_cast<PEPROCESS>(object));
            break;
        case Kind::kToken:
            se::reference(*static_cast<se::Token*>(object));
            break;
        case Kind::kOther:
            break;  // drivers and files live as long as the Executive says
    }
    return 1;
}

LONG_PTR ObfDereferenceObject(PVOID object) {
    switch (kind_of(object)) {
        case Kind::kDevice:
            io::dereference(*static_cast<PDEVICE_OBJECT>(object));
            break;
        case Kind::kThread:
            ke::dereference(*static_cast<PKTHREAD>(object));
            break;
        case Kind::kProcess:
            ps::dereference(*static_cast<PEPROCESS>(object));
            break;
        case Kind::kToken:
            se::dereference(*static_cast<se::Token*>(object));
            break;
        case Kind::kOther:
            break;
    }
    return 0;
}

NTSTATUS ObReferenceObjectByPointer(PVOID object, ACCESS_MASK, PVOID, KPROCESSOR_MODE) {
    ObfReferenceObject(object);
    return STATUS_SUCCESS;
}

VOID ObDereferenceObjectDeferDelete(PVOID object) {
    ObfDereferenceObject(object);
}

// Handles of this host to objects that exist here as memory: its threads. Objects of the Executive have no
// body in a driver host; the Zw functions work on their handles.
NTSTATUS ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK, PVOID type, KPROCESSOR_MODE, PVOID* object,
                                   PVOID information) {
    *object = nullptr;
    if (information != nullptr) memset(information, 0, 8);
    if (type != nullptr && type != PsThreadType) return STATUS_NOT_SUPPORTED;
    return thread_of_handle(handle, object);
}

NTSTATUS ObCloseHandle(HANDLE handle, KPROCESSOR_MODE) {
    return NtClose(handle);
}

VOID ObMakeTemporaryObject(PVOID) {}

}  // extern "C"
