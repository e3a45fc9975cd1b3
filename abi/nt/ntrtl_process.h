// SPDX-License-Identifier: GPL-3.0-only
// Processes, threads, environment, paths, fiber-local storage.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntmmapi.h"
#include "abi/nt/ntpebteb.h"
#include "abi/nt/ntpsapi.h"

NT_BEGIN_C

typedef struct _RTL_USER_PROCESS_INFORMATION {
    ULONG Length;
    HANDLE Process;
    HANDLE Thread;
    CLIENT_ID ClientId;
    SECTION_IMAGE_INFORMATION ImageInformation;
} RTL_USER_PROCESS_INFORMATION, *PRTL_USER_PROCESS_INFORMATION;
C_ASSERT(sizeof(RTL_USER_PROCESS_INFORMATION) == 0x68);

// The new process is left suspended: resume Information->Thread. ImagePath is an NT path.
NTSTATUS NTAPI RtlCreateUserProcess(PCUNICODE_STRING ImagePath, ULONG Attributes,
                                    PRTL_USER_PROCESS_PARAMETERS Parameters, PVOID ProcessSecurityDescriptor,
                                    PVOID ThreadSecurityDescriptor, HANDLE ParentProcess,
                                    BOOLEAN InheritHandles, HANDLE DebugPort, HANDLE TokenHandle,
                                    PRTL_USER_PROCESS_INFORMATION Information);
NTSTATUS NTAPI RtlCreateUserThread(HANDLE Process, PVOID ThreadSecurityDescriptor, BOOLEAN CreateSuspended,
                                   ULONG ZeroBits, SIZE_T MaximumStackSize, SIZE_T CommittedStackSize,
                                   PUSER_THREAD_START_ROUTINE StartAddress, PVOID Parameter, PHANDLE Thread,
                                   PCLIENT_ID ClientId);
DECLSPEC_NORETURN void NTAPI RtlExitUserProcess(NTSTATUS ExitStatus);
DECLSPEC_NORETURN void NTAPI RtlExitUserThread(NTSTATUS ExitStatus);
DECLSPEC_NORETURN void NTAPI RtlUserThreadStart(PUSER_THREAD_START_ROUTINE Function, PVOID Parameter);

NTSTATUS NTAPI RtlCreateProcessParameters(PRTL_USER_PROCESS_PARAMETERS* Parameters,
                                          PCUNICODE_STRING ImagePathName, PCUNICODE_STRING DllPath,
                                          PCUNICODE_STRING CurrentDirectory, PCUNICODE_STRING CommandLine,
                                          PWSTR Environment, PCUNICODE_STRING WindowTitle,
                                          PCUNICODE_STRING DesktopInfo, PCUNICODE_STRING ShellInfo,
                                          PCUNICODE_STRING RuntimeData);
// The same with flags: RTL_USER_PROC_PARAMS_NORMALIZED leaves the strings as pointers.
NTSTATUS NTAPI RtlCreateProcessParametersEx(PRTL_USER_PROCESS_PARAMETERS* Parameters,
                                            PCUNICODE_STRING ImagePathName, PCUNICODE_STRING DllPath,
                                            PCUNICODE_STRING CurrentDirectory, PCUNICODE_STRING CommandLine,
                                            PWSTR Environment, PCUNICODE_STRING WindowTitle,
                                            PCUNICODE_STRING DesktopInfo, PCUNICODE_STRING ShellInfo,
                                            PCUNICODE_STRING RuntimeData, ULONG Flags);
void NTAPI RtlDestroyProcessParameters(PRTL_USER_PROCESS_PARAMETERS Parameters);
PRTL_USER_PROCESS_PARAMETERS NTAPI RtlNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS Parameters);
PRTL_USER_PROCESS_PARAMETERS NTAPI RtlDeNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS Parameters);

NTSTATUS NTAPI RtlCreateEnvironment(BOOLEAN CloneCurrent, PWSTR* Environment);
void NTAPI RtlDestroyEnvironment(PWSTR Environment);
void NTAPI RtlSetCurrentEnvironment(PWSTR Environment, PWSTR* PreviousEnvironment);
// Environment null: the process's own. Value null deletes. Lengths returned include no terminator; when the
// buffer is too small the status is STATUS_BUFFER_TOO_SMALL and Length is what is needed.
NTSTATUS NTAPI RtlQueryEnvironmentVariable_U(PCWSTR Environment, PCUNICODE_STRING Name,
                                             PUNICODE_STRING Value);
NTSTATUS NTAPI RtlQueryEnvironmentVariable(PCWSTR Environment, PCWSTR Name, SIZE_T NameLength, PWSTR Value,
                                           SIZE_T ValueLength, PSIZE_T ReturnLength);
NTSTATUS NTAPI RtlSetEnvironmentVariable(PWSTR* Environment, PCUNICODE_STRING Name, PCUNICODE_STRING Value);
NTSTATUS NTAPI RtlExpandEnvironmentStrings_U(PCWSTR Environment, PCUNICODE_STRING Source,
                                             PUNICODE_STRING Destination, PULONG ReturnedLength);

typedef enum _RTL_PATH_TYPE {
    RtlPathTypeUnknown,
    RtlPathTypeUncAbsolute,
    RtlPathTypeDriveAbsolute,
    RtlPathTypeDriveRelative,
    RtlPathTypeRooted,
    RtlPathTypeRelative,
    RtlPathTypeLocalDevice,
    RtlPathTypeRootLocalDevice
} RTL_PATH_TYPE;

typedef struct _RTL_RELATIVE_NAME_U {
    UNICODE_STRING RelativeName;
    HANDLE ContainingDirectory;
    PVOID CurDirRef;
} RTL_RELATIVE_NAME_U, *PRTL_RELATIVE_NAME_U;

RTL_PATH_TYPE NTAPI RtlDetermineDosPathNameType_U(PCWSTR Path);
ULONG NTAPI RtlIsDosDeviceName_U(PCWSTR Path);
ULONG NTAPI RtlGetFullPathName_U(PCWSTR Path, ULONG BufferBytes, PWSTR Buffer, PWSTR* FilePart);
BOOLEAN NTAPI RtlDosPathNameToNtPathName_U(PCWSTR DosPath, PUNICODE_STRING NtPath, PWSTR* FilePart,
                                           PRTL_RELATIVE_NAME_U RelativeName);
NTSTATUS NTAPI RtlDosPathNameToNtPathName_U_WithStatus(PCWSTR DosPath, PUNICODE_STRING NtPath,
                                                       PWSTR* FilePart, PRTL_RELATIVE_NAME_U RelativeName);
ULONG NTAPI RtlGetCurrentDirectory_U(ULONG BufferBytes, PWSTR Buffer);
NTSTATUS NTAPI RtlSetCurrentDirectory_U(PCUNICODE_STRING Path);
ULONG NTAPI RtlDosSearchPath_U(PCWSTR Path, PCWSTR Name, PCWSTR Extension, ULONG BufferBytes, PWSTR Buffer,
                               PWSTR* FilePart);
BOOLEAN NTAPI RtlDoesFileExists_U(PCWSTR Path);
PWSTR NTAPI RtlGetNtSystemRoot(void);
NTSTATUS NTAPI RtlGetExePath(PCWSTR Name, PWSTR* Path);
NTSTATUS NTAPI RtlGetSearchPath(PWSTR* Path);
void NTAPI RtlReleasePath(PWSTR Path);

PPEB NTAPI RtlGetCurrentPeb(void);
void NTAPI RtlAcquirePebLock(void);
void NTAPI RtlReleasePebLock(void);
ULONG NTAPI RtlGetLastWin32Error(void);
void NTAPI RtlSetLastWin32Error(ULONG Error);
void NTAPI RtlRestoreLastWin32Error(ULONG Error);
void NTAPI RtlSetLastWin32ErrorAndNtStatusFromNtStatus(NTSTATUS Status);
NTSTATUS NTAPI RtlGetLastNtStatus(void);
ULONG NTAPI RtlGetThreadErrorMode(void);
NTSTATUS NTAPI RtlSetThreadErrorMode(ULONG Mode, PULONG OldMode);

typedef void(NTAPI* PFLS_CALLBACK_FUNCTION)(PVOID Data);
NTSTATUS NTAPI RtlFlsAlloc(PFLS_CALLBACK_FUNCTION Callback, PULONG Index);
NTSTATUS NTAPI RtlFlsFree(ULONG Index);
NTSTATUS NTAPI RtlFlsGetValue(ULONG Index, PVOID* Value);
NTSTATUS NTAPI RtlFlsSetValue(ULONG Index, PVOID Value);
void NTAPI RtlProcessFlsData(PVOID FlsData, ULONG Flags);

NT_END_C
