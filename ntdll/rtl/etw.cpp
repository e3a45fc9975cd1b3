// SPDX-License-Identifier: GPL-3.0-only
// Event tracing without anybody who listens. A handle is the place of a registration and its number, so that
// one that was given back is known.
#include "abi/nt/ntetw.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG success = 0;
constexpr ULONG invalid_handle = 6;      // ERROR_INVALID_HANDLE
constexpr ULONG not_enough_memory = 8;   // ERROR_NOT_ENOUGH_MEMORY
constexpr ULONG invalid_parameter = 87;  // ERROR_INVALID_PARAMETER
constexpr ULONG most = 1024;             // registrations of a process, as on NT

RTL_SRWLOCK lock;
// Odd: in use. Grows with each use.
ULONG numbers[most];

ULONGLONG handle_of(ULONG place) {
    return static_cast<ULONGLONG>(numbers[place]) << 32 | (place + 1);
}

ULONG enter(const GUID* provider, ULONGLONG* handle) {
    if (!provider || !handle) return invalid_parameter;
    rtl::ExclusiveGuard guard(lock);
    for (ULONG i = 0; i < most; ++i) {
        if (numbers[i] & 1) continue;
        ++numbers[i];
        *handle = handle_of(i);
        return success;
    }
    return not_enough_memory;
}

bool valid(ULONGLONG handle) {
    const ULONG place = static_cast<ULONG>(handle) - 1;
    return place < most && (numbers[place] & 1) && handle_of(place) == handle;
}

ULONG leave(ULONGLONG handle) {
    rtl::ExclusiveGuard guard(lock);
    if (!valid(handle)) return invalid_handle;
    ++numbers[static_cast<ULONG>(handle) - 1];
    return success;
}

ULONG check(ULONGLONG handle, const void* event) {
    if (!event) return invalid_parameter;
    rtl::SharedGuard guard(lock);
    return valid(handle) ? success : invalid_handle;
}

// Unique on this machine: the process, the time of the first one, a counter.
GUID new_activity() {
    static LONGLONG started;
    static ULONG counter;
    LARGE_INTEGER now;
    NtQuerySystemTime(&now);
    LONGLONG none = 0;
    __atomic_compare_exchange_n(&started, &none, now.QuadPart, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    const ULONGLONG process = reinterpret_cast<ULONG_PTR>(rtl::teb()->ClientId.UniqueProcess);
    GUID id = {};
    id.Data1 = __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
    id.Data2 = static_cast<USHORT>(process);
    id.Data3 = static_cast<USHORT>(process >> 16);
    rtl::copy(id.Data4, &started, sizeof(id.Data4));
    return id;
}

}  // namespace

extern "C" {

ULONG NTAPI EtwEventRegister(const GUID* Provider, PVOID, PVOID, PREGHANDLE Handle) {
    return enter(Provider, Handle);
}
ULONG NTAPI EtwEventUnregister(REGHANDLE Handle) {
    return leave(Handle);
}
ULONG NTAPI EtwEventSetInformation(REGHANDLE Handle, ULONG, PVOID, ULONG) {
    return check(Handle, &Handle);
}
BOOLEAN NTAPI EtwEventEnabled(REGHANDLE, const EVENT_DESCRIPTOR*) {
    return FALSE;
}
BOOLEAN NTAPI EtwEventProviderEnabled(REGHANDLE, UCHAR, ULONGLONG) {
    return FALSE;
}
ULONG NTAPI EtwEventWrite(REGHANDLE Handle, const EVENT_DESCRIPTOR* Event, ULONG, PVOID) {
    return check(Handle, Event);
}
ULONG NTAPI EtwEventWriteEx(REGHANDLE Handle, const EVENT_DESCRIPTOR* Event, ULONGLONG, ULONG, const GUID*,
                            const GUID*, ULONG, PVOID) {
    return check(Handle, Event);
}
ULONG NTAPI EtwEventWriteTransfer(REGHANDLE Handle, const EVENT_DESCRIPTOR* Event, const GUID*, const GUID*,
                                  ULONG, PVOID) {
    return check(Handle, Event);
}
ULONG NTAPI EtwEventWriteString(REGHANDLE Handle, UCHAR, ULONGLONG, PCWSTR Text) {
    return check(Handle, Text);
}

ULONG NTAPI EtwEventActivityIdControl(ULONG ControlCode, GUID* Activity) {
    GUID& current = rtl::teb()->ActivityId;
    if (!Activity) return invalid_parameter;
    const GUID before = current;
    switch (ControlCode) {
        case EVENT_ACTIVITY_CTRL_GET_ID:
            *Activity = before;
            return success;
        case EVENT_ACTIVITY_CTRL_SET_ID:
            current = *Activity;
            return success;
        case EVENT_ACTIVITY_CTRL_CREATE_ID:
            *Activity = new_activity();
            return success;
        case EVENT_ACTIVITY_CTRL_GET_SET_ID:
            current = *Activity;
            *Activity = before;
            return success;
        case EVENT_ACTIVITY_CTRL_CREATE_SET_ID:
            current = new_activity();
            *Activity = before;
            return success;
        default:
            return invalid_parameter;
    }
}

ULONG NTAPI EtwRegisterTraceGuidsW(PVOID RequestAddress, PVOID, const GUID* Control, ULONG, PVOID, PCWSTR,
                                   PCWSTR, PTRACEHANDLE Handle) {
    return RequestAddress ? enter(Control, Handle) : invalid_parameter;
}
ULONG NTAPI EtwRegisterTraceGuidsA(PVOID RequestAddress, PVOID, const GUID* Control, ULONG, PVOID, PCSTR,
                                   PCSTR, PTRACEHANDLE Handle) {
    return RequestAddress ? enter(Control, Handle) : invalid_parameter;
}
ULONG NTAPI EtwUnregisterTraceGuids(TRACEHANDLE Handle) {
    return leave(Handle);
}

// There is no session, so that no handle of one is right.
ULONG NTAPI EtwGetTraceEnableFlags(TRACEHANDLE) {
    RtlSetLastWin32Error(invalid_handle);
    return 0;
}
UCHAR NTAPI EtwGetTraceEnableLevel(TRACEHANDLE) {
    RtlSetLastWin32Error(invalid_handle);
    return 0;
}
TRACEHANDLE NTAPI EtwGetTraceLoggerHandle(PVOID) {
    RtlSetLastWin32Error(invalid_parameter);
    return ~0ull;
}
ULONG NTAPI EtwLogTraceEvent(TRACEHANDLE, PVOID Event) {
    return Event ? invalid_handle : invalid_parameter;
}
ULONG EtwTraceMessage(TRACEHANDLE, ULONG, const GUID*, USHORT, ...) {
    return invalid_handle;
}
ULONG NTAPI EtwTraceMessageVa(TRACEHANDLE, ULONG, const GUID*, USHORT, PVOID) {
    return invalid_handle;
}

}  // extern "C"
