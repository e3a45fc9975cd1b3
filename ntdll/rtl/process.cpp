// SPDX-License-Identifier: GPL-3.0-only
// Making processes and threads, and ending them.
#include "ntdll/ldr/ldr.hpp"
#include "ntdll/rtl/sync.hpp"

namespace {

constexpr ULONG attribute_count = 4;

// A PS_ATTRIBUTE_LIST of bounded length.
struct Attributes {
    SIZE_T total = sizeof(SIZE_T);
    PS_ATTRIBUTE entries[attribute_count];

    void add(ULONG_PTR kind, SIZE_T size, PVOID value) {
        const SIZE_T index = (total - sizeof(SIZE_T)) / sizeof(PS_ATTRIBUTE);
        entries[index] = {kind, size, {}, nullptr};
        entries[index].ValuePtr = value;
        total += sizeof(PS_ATTRIBUTE);
    }
    PPS_ATTRIBUTE_LIST list() { return reinterpret_cast<PPS_ATTRIBUTE_LIST>(this); }
};
static_assert(offsetof(Attributes, entries) == offsetof(PS_ATTRIBUTE_LIST, Attributes));

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCreateUserProcess(PCUNICODE_STRING ImagePath, ULONG,
                                    PRTL_USER_PROCESS_PARAMETERS Parameters, PVOID ProcessSecurityDescriptor,
                                    PVOID ThreadSecurityDescriptor, HANDLE ParentProcess,
                                    BOOLEAN InheritHandles, HANDLE DebugPort, HANDLE TokenHandle,
                                    PRTL_USER_PROCESS_INFORMATION Information) {
    if (!ImagePath || !Parameters || !Information) return STATUS_INVALID_PARAMETER;
    Attributes attributes = {};
    attributes.add(PS_ATTRIBUTE_IMAGE_NAME, ImagePath->Length, ImagePath->Buffer);
    attributes.add(PS_ATTRIBUTE_CLIENT_ID, sizeof(CLIENT_ID), &Information->ClientId);
    attributes.add(PS_ATTRIBUTE_IMAGE_INFO, sizeof(SECTION_IMAGE_INFORMATION),
                   &Information->ImageInformation);
    if (ParentProcess) {
        attributes.add(PS_ATTRIBUTE_PARENT_PROCESS, sizeof(HANDLE), ParentProcess);
    } else if (TokenHandle) {
        attributes.add(PS_ATTRIBUTE_TOKEN, sizeof(HANDLE), TokenHandle);
    } else if (DebugPort) {
        attributes.add(PS_ATTRIBUTE_DEBUG_PORT, sizeof(HANDLE), DebugPort);
    }
    OBJECT_ATTRIBUTES process;
    OBJECT_ATTRIBUTES thread;
    InitializeObjectAttributes(&process, nullptr, 0, nullptr, ProcessSecurityDescriptor);
    InitializeObjectAttributes(&thread, nullptr, 0, nullptr, ThreadSecurityDescriptor);
    PS_CREATE_INFO create = {};
    create.Size = sizeof(create);
    Information->Length = sizeof(*Information);
    RtlNormalizeProcessParams(Parameters);
    return NtCreateUserProcess(&Information->Process, &Information->Thread, MAXIMUM_ALLOWED, MAXIMUM_ALLOWED,
                               &process, &thread, InheritHandles ? PROCESS_CREATE_FLAGS_INHERIT_HANDLES : 0,
                               THREAD_CREATE_FLAGS_CREATE_SUSPENDED, Parameters, &create, attributes.list());
}

NTSTATUS NTAPI RtlCreateUserThread(HANDLE Process, PVOID ThreadSecurityDescriptor, BOOLEAN CreateSuspended,
                                   ULONG ZeroBits, SIZE_T MaximumStackSize, SIZE_T CommittedStackSize,
                                   PUSER_THREAD_START_ROUTINE StartAddress, PVOID Parameter, PHANDLE Thread,
                                   PCLIENT_ID ClientId) {
    CLIENT_ID client_id;
    Attributes attributes = {};
    attributes.add(PS_ATTRIBUTE_CLIENT_ID, sizeof(client_id), &client_id);
    OBJECT_ATTRIBUTES thread;
    InitializeObjectAttributes(&thread, nullptr, 0, nullptr, ThreadSecurityDescriptor);
    HANDLE handle;
    const NTSTATUS status =
        NtCreateThreadEx(&handle, THREAD_ALL_ACCESS, &thread, Process, reinterpret_cast<PVOID>(StartAddress),
                         Parameter, CreateSuspended ? THREAD_CREATE_FLAGS_CREATE_SUSPENDED : 0, ZeroBits,
                         CommittedStackSize, MaximumStackSize, attributes.list());
    if (!NT_SUCCESS(status)) return status;
    if (ClientId) *ClientId = client_id;
    if (Thread) {
        *Thread = handle;
    } else {
        NtClose(handle);
    }
    return status;
}

void NTAPI RtlExitUserProcess(NTSTATUS ExitStatus) {
    // The other threads go first, so that the detach routines run alone.
    NtTerminateProcess(nullptr, ExitStatus);
    rtl::be_alone(ExitStatus);
    LdrShutdownProcess();
    NtTerminateProcess(NtCurrentProcess(), ExitStatus);
    __builtin_trap();
}

void NTAPI RtlExitUserThread(NTSTATUS ExitStatus) {
    ULONG last = FALSE;
    NtQueryInformationThread(NtCurrentThread(), ThreadAmILastThread, &last, sizeof(last), nullptr);
    if (last) RtlExitUserProcess(ExitStatus);
    LdrShutdownThread();
    NtTerminateThread(NtCurrentThread(), ExitStatus);
    __builtin_trap();
}

// What RtlUserThreadStart calls: the function, and the end of the thread with what it returned. Win32
// programs start through kernel32's thunk, which never returns.
DECLSPEC_NORETURN void KiStartThread(PUSER_THREAD_START_ROUTINE function, PVOID parameter) {
    using BaseThreadInitThunk = void(NTAPI*)(ULONG, PUSER_THREAD_START_ROUTINE, PVOID);
    static BaseThreadInitThunk thunk;
    static bool looked;
    if (!looked) {
        UNICODE_STRING kernel32 = RTL_CONSTANT_STRING(u"kernel32.dll");
        ANSI_STRING name;
        RtlInitAnsiString(&name, "BaseThreadInitThunk");
        PVOID base;
        PVOID address = nullptr;
        if (NT_SUCCESS(LdrGetDllHandle(nullptr, nullptr, &kernel32, &base))) {
            LdrGetProcedureAddress(base, &name, 0, &address);
        }
        thunk = reinterpret_cast<BaseThreadInitThunk>(address);
        looked = true;
    }
    if (thunk) thunk(0, function, parameter);
    RtlExitUserThread(function(parameter));
}

}  // extern "C"
