// SPDX-License-Identifier: GPL-3.0-only
// The loader's module lists, as debuggers and programs walk them.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

typedef struct _PEB_LDR_DATA {
    ULONG Length;
    BOOLEAN Initialized;
    HANDLE SsHandle;
    LIST_ENTRY InLoadOrderModuleList;
    LIST_ENTRY InMemoryOrderModuleList;
    LIST_ENTRY InInitializationOrderModuleList;
    PVOID EntryInProgress;
    BOOLEAN ShutdownInProgress;
    HANDLE ShutdownThreadId;
} PEB_LDR_DATA, *PPEB_LDR_DATA;
C_ASSERT(offsetof(PEB_LDR_DATA, InLoadOrderModuleList) == 0x10);
C_ASSERT(sizeof(PEB_LDR_DATA) == 0x58);

#define LDRP_STATIC_LINK 0x00000002
#define LDRP_IMAGE_DLL 0x00000004
#define LDRP_LOAD_IN_PROGRESS 0x00001000
#define LDRP_UNLOAD_IN_PROGRESS 0x00002000
#define LDRP_ENTRY_PROCESSED 0x00004000
#define LDRP_DONT_CALL_FOR_THREADS 0x00040000
#define LDRP_PROCESS_ATTACH_CALLED 0x00080000
#define LDRP_IMAGE_NOT_AT_BASE 0x00200000

typedef enum _LDR_DDAG_STATE {
    LdrModulesMerged = -5,
    LdrModulesInitError = -4,
    LdrModulesSnapError = -3,
    LdrModulesUnloaded = -2,
    LdrModulesUnloading = -1,
    LdrModulesPlaceHolder = 0,
    LdrModulesMapping = 1,
    LdrModulesMapped = 2,
    LdrModulesWaitingForDependencies = 3,
    LdrModulesSnapping = 4,
    LdrModulesSnapped = 5,
    LdrModulesCondensed = 6,
    LdrModulesReadyToInit = 7,
    LdrModulesInitializing = 8,
    LdrModulesReadyToRun = 9
} LDR_DDAG_STATE;

typedef struct _LDR_DDAG_NODE {
    LIST_ENTRY Modules;
    PVOID ServiceTagList;
    LONG LoadCount;
    ULONG LoadWhileUnloadingCount;
    ULONG LowestLink;
    ULONG Reserved_;
    PVOID Dependencies;
    PVOID IncomingDependencies;
    LDR_DDAG_STATE State;
    ULONG Reserved2_;
    SINGLE_LIST_ENTRY CondenseLink;
    ULONG PreorderNumber;
    ULONG Reserved3_;
} LDR_DDAG_NODE, *PLDR_DDAG_NODE;

struct _ACTIVATION_CONTEXT;

typedef struct _LDR_DATA_TABLE_ENTRY {
    LIST_ENTRY InLoadOrderLinks;
    LIST_ENTRY InMemoryOrderLinks;
    LIST_ENTRY InInitializationOrderLinks;
    PVOID DllBase;
    PVOID EntryPoint;
    ULONG SizeOfImage;
    UNICODE_STRING FullDllName;
    UNICODE_STRING BaseDllName;
    ULONG Flags;
    USHORT ObsoleteLoadCount;
    USHORT TlsIndex;
    LIST_ENTRY HashLinks;
    ULONG TimeDateStamp;
    struct _ACTIVATION_CONTEXT* EntryPointActivationContext;
    PVOID Lock;
    PLDR_DDAG_NODE DdagNode;
    LIST_ENTRY NodeModuleLink;
    PVOID LoadContext;
    PVOID ParentDllBase;
    PVOID SwitchBackContext;
    PVOID BaseAddressIndexNode[3];
    PVOID MappingInfoIndexNode[3];
    ULONG_PTR OriginalBase;
    LARGE_INTEGER LoadTime;
    ULONG BaseNameHashValue;
    ULONG LoadReason;
    ULONG ImplicitPathOptions;
    ULONG ReferenceCount;
    ULONG DependentLoadFlags;
    UCHAR SigningLevel;
} LDR_DATA_TABLE_ENTRY, *PLDR_DATA_TABLE_ENTRY;
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, DllBase) == 0x30);
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, FullDllName) == 0x48);
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, BaseDllName) == 0x58);
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, Flags) == 0x68);
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, TlsIndex) == 0x6e);
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, TimeDateStamp) == 0x80);
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, DdagNode) == 0x98);
C_ASSERT(offsetof(LDR_DATA_TABLE_ENTRY, OriginalBase) == 0xf8);

NT_END_C
