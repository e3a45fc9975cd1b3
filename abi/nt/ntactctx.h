// SPDX-License-Identifier: GPL-3.0-only
// Activation contexts: which side-by-side assemblies a thread uses. There is none but the empty one (a null
// handle) yet.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

#define RTL_DEACTIVATE_ACTIVATION_CONTEXT_FLAG_FORCE_EARLY_DEACTIVATION 0x1
#define RTL_QUERY_ACTIVATION_CONTEXT_FLAG_USE_ACTIVE 0x4

typedef enum _ACTIVATION_CONTEXT_INFO_CLASS {
    ActivationContextBasicInformation = 1,
    ActivationContextDetailedInformation = 2,
    AssemblyDetailedInformationInActivationContext = 3,
    FileInformationInAssemblyOfAssemblyInActivationContext = 4,
    RunlevelInformationInActivationContext = 5,
    CompatibilityInformationInActivationContext = 6,
    ActivationContextManifestResourceName = 7,
} ACTIVATION_CONTEXT_INFO_CLASS;

typedef struct _ACTIVATION_CONTEXT_BASIC_INFORMATION {
    HANDLE ActivationContext;
    ULONG Flags;
} ACTIVATION_CONTEXT_BASIC_INFORMATION;

typedef struct _ACTIVATION_CONTEXT_RUN_LEVEL_INFORMATION {
    ULONG Flags;
    ULONG RunLevel;  // 0: unspecified
    ULONG UiAccess;
} ACTIVATION_CONTEXT_RUN_LEVEL_INFORMATION;

typedef struct _COMPATIBILITY_CONTEXT_ELEMENT {
    GUID Id;
    ULONG Type;
    ULONGLONG MaxVersionTested;
} COMPATIBILITY_CONTEXT_ELEMENT;
typedef struct _ACTIVATION_CONTEXT_COMPATIBILITY_INFORMATION {
    ULONG ElementCount;
    COMPATIBILITY_CONTEXT_ELEMENT Elements[1];
} ACTIVATION_CONTEXT_COMPATIBILITY_INFORMATION;

NTSTATUS NTAPI RtlCreateActivationContext(PHANDLE Context, const VOID* Description);
void NTAPI RtlAddRefActivationContext(HANDLE Context);
void NTAPI RtlReleaseActivationContext(HANDLE Context);
NTSTATUS NTAPI RtlZombifyActivationContext(HANDLE Context);
// The frames of a thread are a stack; a cookie names one. One that is not on the stack raises
// STATUS_SXS_INVALID_DEACTIVATION; one below others STATUS_SXS_EARLY_DEACTIVATION unless that is asked for.
NTSTATUS NTAPI RtlActivateActivationContext(ULONG Flags, HANDLE Context, PULONG_PTR Cookie);
void NTAPI RtlDeactivateActivationContext(ULONG Flags, ULONG_PTR Cookie);
void NTAPI RtlFreeThreadActivationContextStack(void);
NTSTATUS NTAPI RtlGetActiveActivationContext(PHANDLE Context);
BOOLEAN NTAPI RtlIsActivationContextActive(HANDLE Context);
NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG Flags, const GUID* Extension, ULONG Section,
                                                     PCUNICODE_STRING Name, PVOID Data);
NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG Flags, const GUID* Extension, ULONG Section,
                                                   const GUID* Guid, PVOID Data);
NTSTATUS NTAPI RtlQueryInformationActivationContext(ULONG Flags, HANDLE Context, PVOID SubInstance,
                                                    ULONG Class, PVOID Information, SIZE_T Size,
                                                    PSIZE_T ReturnLength);
NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG Flags, HANDLE Context, PCWSTR Namespace,
                                                            PCWSTR Name, PWSTR Buffer, SIZE_T Size,
                                                            PSIZE_T Written);

NT_END_C
