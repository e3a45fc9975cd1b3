// SPDX-License-Identifier: GPL-3.0-only
#include "tests/drivers/burglar/services.h"

typedef ULONG_PTR(NTAPI* SERVICE)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR,
                                  ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR);

static PUCHAR Ntdll;

void FindNtdll(void) {
    PUCHAR Peb, Loader;
    PLIST_ENTRY First;

    __asm__("movq %%gs:0x60, %0" : "=r"(Peb));
    Loader = *(PUCHAR*)(Peb + 0x18);
    // In the order of memory the second is the first that was loaded.
    First = *(PLIST_ENTRY*)(Loader + 0x20);
    Ntdll = *(PUCHAR*)((PUCHAR)First->Flink + 0x20);
}

static SERVICE Find(const char* Name) {
    PUCHAR Headers = Ntdll + *(PULONG)(Ntdll + 0x3c);
    PUCHAR Exports = Ntdll + *(PULONG)(Headers + 0x88);
    ULONG Count = *(PULONG)(Exports + 0x18), i;
    PULONG Addresses = (PULONG)(Ntdll + *(PULONG)(Exports + 0x1c));
    PULONG Names = (PULONG)(Ntdll + *(PULONG)(Exports + 0x20));
    PUSHORT Ordinals = (PUSHORT)(Ntdll + *(PULONG)(Exports + 0x24));

    for (i = 0; i < Count; i++)
        if (strcmp((const char*)Ntdll + Names[i], Name) == 0)
            return (SERVICE)(Ntdll + Addresses[Ordinals[i]]);
    return NULL;
}

NTSTATUS Serve(const char* Name, const ULONG_PTR* A) {
    SERVICE Service = Find(Name);

    if (Service == NULL) return STATUS_PROCEDURE_NOT_FOUND;
    return (NTSTATUS)Service(A[0], A[1], A[2], A[3], A[4], A[5], A[6], A[7], A[8], A[9], A[10]);
}
