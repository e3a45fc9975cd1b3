// SPDX-License-Identifier: GPL-3.0-only
// Single functions that belong to no larger part.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG product_undefined = 0;
constexpr ULONG product_standard_server = 0x7;
constexpr ULONG product_professional = 0x30;

}  // namespace

extern "C" {

// The types came with NT 6: who asks for an older system knows none.
BOOLEAN NTAPI RtlGetProductInfo(ULONG MajorVersion, ULONG, ULONG, ULONG, PULONG ProductType) {
    if (!ProductType) return FALSE;
    *ProductType = product_undefined;
    if (MajorVersion < 6) return FALSE;
    *ProductType =
        USER_SHARED_DATA->NtProductType == NtProductWinNt ? product_professional : product_standard_server;
    return TRUE;
}

// No process is of a package.
NTSTATUS NTAPI RtlQueryPackageIdentity(HANDLE, PWSTR, PSIZE_T, PWSTR, PSIZE_T, PBOOLEAN Packaged) {
    if (Packaged) *Packaged = FALSE;
    return STATUS_NOT_FOUND;
}

// PHCM_APPLICATION_DEFAULT: no file system here has placeholders that could be shown or not.
CHAR NTAPI RtlQueryProcessPlaceholderCompatibilityMode(void) {
    return 0;
}

ULONG NTAPI RtlGetNtGlobalFlags(void) {
    return rtl::peb()->NtGlobalFlag;
}
void NTAPI RtlCopyLuid(PLUID To, const LUID* From) {
    *To = *From;
}
void NTAPI RtlCopyLuidAndAttributesArray(ULONG Count, const LUID_AND_ATTRIBUTES* From,
                                         PLUID_AND_ATTRIBUTES To) {
    for (ULONG i = 0; i < Count; ++i)
        To[i] = From[i];
}
BOOLEAN NTAPI RtlEqualLuid(const LUID* A, const LUID* B) {
    return A->LowPart == B->LowPart && A->HighPart == B->HighPart;
}

void NTAPI RtlTimeToElapsedTimeFields(const LARGE_INTEGER* Time, PTIME_FIELDS Fields) {
    constexpr LONGLONG per_millisecond = 10000;
    LONGLONG left = Time->QuadPart / per_millisecond;
    *Fields = {};
    Fields->Milliseconds = static_cast<SHORT>(left % 1000);
    left /= 1000;
    Fields->Second = static_cast<SHORT>(left % 60);
    left /= 60;
    Fields->Minute = static_cast<SHORT>(left % 60);
    left /= 60;
    Fields->Hour = static_cast<SHORT>(left % 24);
    Fields->Day = static_cast<SHORT>(left / 24);
}

PVOID NTAPI RtlFindExportedRoutineByName(PVOID Module, PCSTR Name) {
    ANSI_STRING name;
    RtlInitAnsiString(&name, Name);
    PVOID address = nullptr;
    return NT_SUCCESS(LdrGetProcedureAddress(Module, &name, 0, &address)) ? address : nullptr;
}

NTSTATUS NTAPI RtlSetTimeZoneInformation(const VOID* Information) {
    return NtSetSystemInformation(SystemCurrentTimeZoneInformation, const_cast<PVOID>(Information),
                                  sizeof(RTL_TIME_ZONE_INFORMATION));
}

void NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message) {
    DbgPrint("Assertion failed: %s%s%s in %s, line %u\n", Message ? Message : "", Message ? ": " : "",
             static_cast<char*>(FailedAssertion), static_cast<char*>(FileName), LineNumber);
    DbgBreakPoint();
}

}  // extern "C"
