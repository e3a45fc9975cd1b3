// SPDX-License-Identifier: GPL-3.0-only
//
// The services of the Executive that only driver hosts have (abi/wdm/wdm.services) and the few native ones
// that the runtime needs for itself, as typed functions. Every one may be refused; the status is the
// Executive's.
#pragma once

#include "abi/nt/ntseapi.h"
#include "abi/wdm/ring.h"

namespace platform {

NTSTATUS attach(WDM_ATTACH& attach);

NTSTATUS create_device(const UNICODE_STRING& name, ULONG driver_number, ULONG type, ULONG characteristics,
                       bool exclusive, PVOID descriptor, ULONG& index);
void delete_device(ULONG index);
NTSTATUS create_link(const UNICODE_STRING& name, const UNICODE_STRING& target, HANDLE& link);

NTSTATUS connect_interrupt(ULONG line, bool level, bool active_low, ULONG& bit, ULONG& ack_cptr);
void disconnect_interrupt(ULONG bit);
NTSTATUS claim_ports(USHORT first, USHORT last, ULONG& cptr);
void* map_physical(ULONG64 address, SIZE_T length, ULONG cache);
void unmap_physical(void* base, SIZE_T length);
// From `lowest` to `highest`, that byte included, and across no multiple of `boundary`, a power of two; 0:
// any.
struct PhysicalLimits {
    ULONG64 lowest;
    ULONG64 highest;
    ULONG64 boundary;
};
void* allocate_contiguous(SIZE_T length, const PhysicalLimits& limits);
void free_contiguous(void* base);
ULONG64 physical_address(const void* base);
// Physical addresses / 4096 of `count` pages from that of `base` on.
NTSTATUS page_numbers(const void* base, ULONG_PTR* numbers, SIZE_T count);
bool is_readable(const void* address);

// Of whose request it is, by its Id (0: the calling thread itself), as long as the host has it.
// STATUS_INVALID_PARAMETER.
NTSTATUS check_access(ULONG64 request, PVOID descriptor, ACCESS_MASK desired, const GENERIC_MAPPING& mapping,
                      ACCESS_MASK& granted, ULONG64& privileges);
// `which`: WDM_SUBJECT_*. `needed`: bytes. STATUS_BUFFER_TOO_SMALL.
NTSTATUS query_subject(ULONG64 request, ULONG which, ULONG information_class, PVOID information, ULONG length,
                       ULONG& needed);
// The calling thread acts as him; `ask_only`: might it? STATUS_BAD_IMPERSONATION_LEVEL.
NTSTATUS impersonate_subject(ULONG64 request, ULONG level, bool ask_only);
// Whose request that is acts as who opened the file.
NTSTATUS impersonate_opener(ULONG64 request, ULONG64 file);
void revert_to_self();

}  // namespace platform
