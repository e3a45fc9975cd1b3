// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/platform/executive.hpp"

#include "abi/nt/ntdll.h"
#include "nt/wdm_services.h"
#include "wdm/platform/platform.hpp"

namespace platform {

NTSTATUS create_device(const UNICODE_STRING& name, ULONG driver_number, ULONG type, ULONG characteristics,
                       bool exclusive, PVOID descriptor, ULONG& index) {
    return NtWdmCreateDevice(&name, driver_number, type, characteristics, exclusive, descriptor, &index);
}

void delete_device(ULONG index) {
    NtWdmDeleteDevice(index);
}

// The link lives as long as its handle: it goes with the driver host.
NTSTATUS create_link(const UNICODE_STRING& name, const UNICODE_STRING& target, HANDLE& link) {
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_ALL_ACCESS, &attributes, &target);
}

NTSTATUS connect_interrupt(ULONG line, bool level, bool active_low, ULONG& bit, ULONG& ack_cptr) {
    return NtWdmConnectInterrupt(line, level, active_low, &bit, &ack_cptr);
}

void disconnect_interrupt(ULONG bit) {
    NtWdmDisconnectInterrupt(bit);
}

NTSTATUS claim_ports(USHORT first, USHORT last, ULONG& cptr) {
    return NtWdmClaimPorts(first, last, &cptr);
}

void* map_physical(ULONG64 address, SIZE_T length, ULONG cache) {
    LARGE_INTEGER physical;
    physical.QuadPart = static_cast<LONGLONG>(address);
    PVOID base = nullptr;
    return NT_SUCCESS(NtWdmMapIoSpace(physical, length, cache, &base)) ? base : nullptr;
}

void unmap_physical(void* base, SIZE_T length) {
    NtWdmUnmapIoSpace(base, length);
}

void* allocate_contiguous(SIZE_T length, const PhysicalLimits& limits) {
    LARGE_INTEGER lowest, highest, boundary, address{};
    lowest.QuadPart = static_cast<LONGLONG>(limits.lowest);
    highest.QuadPart = static_cast<LONGLONG>(limits.highest);
    boundary.QuadPart = static_cast<LONGLONG>(limits.boundary);
    PVOID base = nullptr;
    NTSTATUS status = NtWdmAllocateContiguous(length, lowest, highest, boundary, &base, &address);
    return NT_SUCCESS(status) ? base : nullptr;
}

void free_contiguous(void* base) {
    NtWdmFreeContiguous(base);
}

ULONG64 physical_address(const void* base) {
    LARGE_INTEGER address{};
    NtWdmGetPhysicalAddress(const_cast<void*>(base), &address);
    return static_cast<ULONG64>(address.QuadPart);
}

NTSTATUS page_numbers(const void* base, ULONG_PTR* numbers, SIZE_T count) {
    return NtWdmGetPageNumbers(const_cast<void*>(base), numbers,
                               static_cast<ULONG>(count * sizeof(ULONG_PTR)));
}

NTSTATUS move_buffer(void* to, const void* from, SIZE_T length) {
    return NtWdmMoveBuffer(to, const_cast<void*>(from), length);
}

bool is_readable(const void* address) {
    MEMORY_BASIC_INFORMATION information{};
    NTSTATUS status = NtQueryVirtualMemory(NtCurrentProcess(), const_cast<void*>(address),
                                           MemoryBasicInformation, &information, sizeof information, nullptr);
    return NT_SUCCESS(status) && information.State == MEM_COMMIT && information.Protect != PAGE_NOACCESS;
}

NTSTATUS check_access(ULONG64 request, PVOID descriptor, ACCESS_MASK desired, const GENERIC_MAPPING& mapping,
                      ACCESS_MASK& granted, ULONG64& privileges) {
    return NtWdmCheckAccess(request, descriptor, desired, &mapping, &granted, &privileges);
}

NTSTATUS query_subject(ULONG64 request, ULONG which, ULONG information_class, PVOID information, ULONG length,
                       ULONG& needed) {
    return NtWdmQuerySubject(request, which, information_class, information, length, &needed);
}

NTSTATUS impersonate_subject(ULONG64 request, ULONG level, bool ask_only) {
    return NtWdmImpersonateSubject(request, level, ask_only);
}

NTSTATUS impersonate_opener(ULONG64 request, ULONG64 file) {
    return NtWdmImpersonateOpener(request, file);
}

void revert_to_self() {
    HANDLE none = nullptr;
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof none);
}

void log(const char* text, SIZE_T length) {
    DbgPrint("%.*s\n", static_cast<int>(length), text);
}

void end_host(ULONG code, const ULONG64 (&p)[4], const char* text, SIZE_T length) {
    NtWdmBugCheck(code, p[0], p[1], p[2], p[3], const_cast<char*>(text), static_cast<ULONG>(length));
    __builtin_trap();
}

}  // namespace platform
