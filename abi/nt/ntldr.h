// SPDX-License-Identifier: GPL-3.0-only
// The loader's exported functions.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntimage.h"
#include "abi/nt/ntldr_data.h"
#include "abi/nt/ntpebteb.h"

NT_BEGIN_C

#define LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT 0x1
#define LDR_GET_DLL_HANDLE_EX_PIN 0x2
#define LDR_ADDREF_DLL_PIN 0x1
#define LDR_LOCK_LOADER_LOCK_FLAG_RAISE_ON_ERRORS 0x1
#define LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY 0x2
#define LDR_LOCK_LOADER_LOCK_DISPOSITION_INVALID 0
#define LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED 1
#define LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_NOT_ACQUIRED 2

typedef struct _LDR_DLL_NOTIFICATION_DATA {
    ULONG Flags;
    PCUNICODE_STRING FullDllName;
    PCUNICODE_STRING BaseDllName;
    PVOID DllBase;
    ULONG SizeOfImage;
} LDR_DLL_NOTIFICATION_DATA, *PLDR_DLL_NOTIFICATION_DATA;
#define LDR_DLL_NOTIFICATION_REASON_LOADED 1
#define LDR_DLL_NOTIFICATION_REASON_UNLOADED 2
typedef void(NTAPI* PLDR_DLL_NOTIFICATION_FUNCTION)(ULONG Reason, const LDR_DLL_NOTIFICATION_DATA* Data,
                                                    PVOID Context);
typedef void(NTAPI* PLDR_ENUM_CALLBACK)(PLDR_DATA_TABLE_ENTRY Module, PVOID Context, BOOLEAN* Stop);

typedef struct _LDR_RESOURCE_INFO {
    ULONG_PTR Type;
    ULONG_PTR Name;
    ULONG_PTR Language;
} LDR_RESOURCE_INFO, *PLDR_RESOURCE_INFO;

// DllPath is a search path, 1 or null for the default one; DllCharacteristics takes Win32 LOAD_LIBRARY flags.
NTSTATUS NTAPI LdrLoadDll(PCWSTR DllPath, PULONG DllCharacteristics, PCUNICODE_STRING DllName,
                          PVOID* BaseAddress);
NTSTATUS NTAPI LdrUnloadDll(PVOID BaseAddress);
NTSTATUS NTAPI LdrGetDllHandle(PCWSTR DllPath, PULONG DllCharacteristics, PCUNICODE_STRING DllName,
                               PVOID* BaseAddress);
NTSTATUS NTAPI LdrGetDllHandleEx(ULONG Flags, PCWSTR DllPath, PULONG DllCharacteristics,
                                 PCUNICODE_STRING DllName, PVOID* BaseAddress);
NTSTATUS NTAPI LdrGetDllFullName(PVOID BaseAddress, PUNICODE_STRING FullName);
NTSTATUS NTAPI LdrAddRefDll(ULONG Flags, PVOID BaseAddress);
NTSTATUS NTAPI LdrGetProcedureAddress(PVOID BaseAddress, const ANSI_STRING* Name, ULONG Ordinal,
                                      PVOID* ProcedureAddress);
NTSTATUS NTAPI LdrGetProcedureAddressEx(PVOID BaseAddress, const ANSI_STRING* Name, ULONG Ordinal,
                                        PVOID* ProcedureAddress, ULONG Flags);
NTSTATUS NTAPI LdrFindEntryForAddress(PVOID Address, PLDR_DATA_TABLE_ENTRY* Module);
NTSTATUS NTAPI LdrEnumerateLoadedModules(ULONG Reserved, PLDR_ENUM_CALLBACK Callback, PVOID Context);
NTSTATUS NTAPI LdrDisableThreadCalloutsForDll(PVOID BaseAddress);
NTSTATUS NTAPI LdrLockLoaderLock(ULONG Flags, PULONG Disposition, PULONG_PTR Cookie);
NTSTATUS NTAPI LdrUnlockLoaderLock(ULONG Flags, ULONG_PTR Cookie);
NTSTATUS NTAPI LdrRegisterDllNotification(ULONG Flags, PLDR_DLL_NOTIFICATION_FUNCTION Function, PVOID Context,
                                          PVOID* Cookie);
NTSTATUS NTAPI LdrUnregisterDllNotification(PVOID Cookie);
NTSTATUS NTAPI LdrGetDllPath(PCWSTR Module, ULONG Flags, PWSTR* Path, PWSTR* SearchPaths);
NTSTATUS NTAPI LdrFindResource_U(PVOID BaseAddress, const LDR_RESOURCE_INFO* Info, ULONG Level,
                                 PIMAGE_RESOURCE_DATA_ENTRY* Entry);
NTSTATUS NTAPI LdrFindResourceDirectory_U(PVOID BaseAddress, const LDR_RESOURCE_INFO* Info, ULONG Level,
                                          PIMAGE_RESOURCE_DIRECTORY* Directory);
NTSTATUS NTAPI LdrAccessResource(PVOID BaseAddress, const IMAGE_RESOURCE_DATA_ENTRY* Entry, PVOID* Data,
                                 PULONG Size);
PVOID NTAPI LdrResolveDelayLoadedAPI(PVOID Base, const IMAGE_DELAYLOAD_DESCRIPTOR* Descriptor,
                                     PVOID FailureDllHook, PVOID FailureSystemHook, PIMAGE_THUNK_DATA Thunk,
                                     ULONG Flags);
NTSTATUS NTAPI LdrQueryImageFileExecutionOptions(PCUNICODE_STRING Key, PCWSTR Value, ULONG Type, PVOID Data,
                                                 ULONG InputSize, PULONG OutputSize);
PIMAGE_BASE_RELOCATION NTAPI LdrProcessRelocationBlock(PVOID Page, ULONG Count, PUSHORT Relocations,
                                                       LONG_PTR Delta);
NTSTATUS NTAPI LdrAddDllDirectory(PCUNICODE_STRING Directory, PVOID* Cookie);
NTSTATUS NTAPI LdrRemoveDllDirectory(PVOID Cookie);
NTSTATUS NTAPI LdrSetDllDirectory(PCUNICODE_STRING Directory);
NTSTATUS NTAPI LdrGetDllDirectory(PUNICODE_STRING Directory);
NTSTATUS NTAPI LdrSetDefaultDllDirectories(ULONG Flags);
void NTAPI LdrShutdownProcess(void);
void NTAPI LdrShutdownThread(void);
DECLSPEC_NORETURN void NTAPI LdrInitializeThunk(PCONTEXT Context, PVOID NtdllBase, ULONG_PTR Unknown3,
                                                ULONG_PTR Unknown4);

NT_END_C
