// SPDX-License-Identifier: GPL-3.0-only
//
// Callback objects, by name within the host: drivers that share a host can notify each other.
#include <new>

#include "abi/nt/ntdll.h"
#include "wdm/platform/platform.hpp"
#include "wdm/rtl/list.hpp"
#include "wdm/rtl/string.hpp"

typedef VOID(NTAPI* PCALLBACK_FUNCTION)(PVOID CallbackContext, PVOID Argument1, PVOID Argument2);

namespace {

struct Callback {
    LIST_ENTRY link;
    LIST_ENTRY registrations;
    UNICODE_STRING name;
};

struct Registration {
    LIST_ENTRY link;
    PCALLBACK_FUNCTION function;
    PVOID context;
};

constinit LIST_ENTRY callbacks{&callbacks, &callbacks};
constinit platform::Lock callbacks_lock;

Callback* find(const UNICODE_STRING& name) {
    for (LIST_ENTRY* at = callbacks.Flink; at != &callbacks; at = at->Flink) {
        auto* callback = CONTAINING_RECORD(at, Callback, link);
        if (rtl::equal_ignoring_case(callback->name, name)) return callback;
    }
    return nullptr;
}

}  // namespace

extern "C" {

NTSTATUS ExCreateCallback(PVOID* object, POBJECT_ATTRIBUTES attributes, BOOLEAN create, BOOLEAN) {
    platform::Guard guard(callbacks_lock);
    const UNICODE_STRING none{};
    const UNICODE_STRING& name = attributes->ObjectName != nullptr ? *attributes->ObjectName : none;
    Callback* callback = name.Length != 0 ? find(name) : nullptr;
    if (callback == nullptr && !create) return STATUS_OBJECT_NAME_NOT_FOUND;
    if (callback == nullptr) {
        void* memory = platform::allocate(sizeof(Callback));
        if (memory == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
        callback = new (memory) Callback{};
        rtl::duplicate(name, callback->name);
        rtl::initialise(callback->registrations);
        rtl::insert_tail(callbacks, callback->link);
    }
    *object = callback;
    return STATUS_SUCCESS;
}

PVOID ExRegisterCallback(PVOID object, PCALLBACK_FUNCTION function, PVOID context) {
    void* memory = platform::allocate(sizeof(Registration));
    if (memory == nullptr) return nullptr;
    auto* registration = new (memory) Registration{{}, function, context};
    platform::Guard guard(callbacks_lock);
    rtl::insert_tail(static_cast<Callback*>(object)->registrations, registration->link);
    return registration;
}

VOID ExUnregisterCallback(PVOID handle) {
    auto* registration = static_cast<Registration*>(handle);
    platform::Guard guard(callbacks_lock);
    rtl::remove(registration->link);
    platform::release(registration);
}

VOID ExNotifyCallback(PVOID object, PVOID argument1, PVOID argument2) {
    LIST_ENTRY& head = static_cast<Callback*>(object)->registrations;
    for (LIST_ENTRY* at = head.Flink; at != &head;) {
        auto* registration = CONTAINING_RECORD(at, Registration, link);
        at = at->Flink;
        registration->function(registration->context, argument1, argument2);
    }
}

}  // extern "C"
