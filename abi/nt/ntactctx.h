// SPDX-License-Identifier: GPL-3.0-only
// Activation contexts: which side-by-side assemblies a thread uses. A null handle is the process's own, which
// comes from the program's manifest. The layouts are those of winnt.h, winbase.h and of the sections'
// documented data.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

#define RTL_DEACTIVATE_ACTIVATION_CONTEXT_FLAG_FORCE_EARLY_DEACTIVATION 0x1
#define RTL_QUERY_ACTIVATION_CONTEXT_FLAG_IS_MODULE 0x1
#define RTL_QUERY_ACTIVATION_CONTEXT_FLAG_IS_ADDRESS 0x2
#define RTL_QUERY_ACTIVATION_CONTEXT_FLAG_USE_ACTIVE 0x4
#define RTL_QUERY_ACTIVATION_CONTEXT_FLAG_NO_ADDREF 0x80000000

#define CREATEPROCESS_MANIFEST_RESOURCE_ID 1
#define ISOLATIONAWARE_MANIFEST_RESOURCE_ID 2

typedef struct _ACTCTXW {
    ULONG cbSize;
    ULONG dwFlags;
    PCWSTR lpSource;
    USHORT wProcessorArchitecture;
    USHORT wLangId;
    PCWSTR lpAssemblyDirectory;
    PCWSTR lpResourceName;
    PCWSTR lpApplicationName;
    PVOID hModule;
} ACTCTXW;
C_ASSERT(sizeof(ACTCTXW) == 0x38);

#define ACTCTX_FLAG_PROCESSOR_ARCHITECTURE_VALID 0x1
#define ACTCTX_FLAG_LANGID_VALID 0x2
#define ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID 0x4
#define ACTCTX_FLAG_RESOURCE_NAME_VALID 0x8
#define ACTCTX_FLAG_SET_PROCESS_DEFAULT 0x10
#define ACTCTX_FLAG_APPLICATION_NAME_VALID 0x20
#define ACTCTX_FLAG_SOURCE_IS_ASSEMBLYREF 0x40
#define ACTCTX_FLAG_HMODULE_VALID 0x80

#define ACTIVATION_CONTEXT_PATH_TYPE_NONE 1
#define ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE 2
#define ACTIVATION_CONTEXT_PATH_TYPE_URL 3
#define ACTIVATION_CONTEXT_PATH_TYPE_ASSEMBLYREF 4

#define ACTCTX_RUN_LEVEL_UNSPECIFIED 0
#define ACTCTX_RUN_LEVEL_AS_INVOKER 1
#define ACTCTX_RUN_LEVEL_HIGHEST_AVAILABLE 2
#define ACTCTX_RUN_LEVEL_REQUIRE_ADMIN 3

#define ACTCTX_COMPATIBILITY_ELEMENT_TYPE_OS 1
#define ACTCTX_COMPATIBILITY_ELEMENT_TYPE_MAXVERSIONTESTED 3

#define ACTIVATION_CONTEXT_SECTION_ASSEMBLY_INFORMATION 1
#define ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION 2
#define ACTIVATION_CONTEXT_SECTION_WINDOW_CLASS_REDIRECTION 3
#define ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION 4
#define ACTIVATION_CONTEXT_SECTION_COM_INTERFACE_REDIRECTION 5
#define ACTIVATION_CONTEXT_SECTION_COM_TYPE_LIBRARY_REDIRECTION 6
#define ACTIVATION_CONTEXT_SECTION_COM_PROGID_REDIRECTION 7
#define ACTIVATION_CONTEXT_SECTION_GLOBAL_OBJECT_RENAME_TABLE 8
#define ACTIVATION_CONTEXT_SECTION_CLR_SURROGATES 9
#define ACTIVATION_CONTEXT_SECTION_APPLICATION_SETTINGS 10

#define FIND_ACTCTX_SECTION_KEY_RETURN_HACTCTX 0x1
#define FIND_ACTCTX_SECTION_KEY_RETURN_FLAGS 0x2
#define FIND_ACTCTX_SECTION_KEY_RETURN_ASSEMBLY_METADATA 0x4

// Who found it: `ulFlags`.
#define ACTIVATION_CONTEXT_SECTION_KEYED_DATA_FLAG_FOUND_IN_PROCESS_DEFAULT 0x1

typedef struct _ACTCTX_SECTION_KEYED_DATA {
    ULONG cbSize;
    ULONG ulDataFormatVersion;
    PVOID lpData;
    ULONG ulLength;
    PVOID lpSectionGlobalData;
    ULONG ulSectionGlobalDataLength;
    PVOID lpSectionBase;
    ULONG ulSectionTotalLength;
    HANDLE hActCtx;
    ULONG ulAssemblyRosterIndex;  // from 1
    ULONG ulFlags;
    struct {
        PVOID lpInformation;
        PVOID lpSectionBase;
        ULONG ulSectionLength;
        PVOID lpSectionGlobalDataBase;
        ULONG ulSectionGlobalDataLength;
    } AssemblyMetadata;
} ACTCTX_SECTION_KEYED_DATA;
C_ASSERT(sizeof(ACTCTX_SECTION_KEYED_DATA) == 0x70);

// Sections: a header, entries, data. Offsets are from the section's beginning unless said otherwise, lengths
// of text in bytes without its terminator.
#define ACTIVATION_CONTEXT_STRING_SECTION_MAGIC 0x64487353 /* SsHd */
#define ACTIVATION_CONTEXT_GUID_SECTION_MAGIC 0x64487347   /* GsHd */

typedef struct _ACTIVATION_CONTEXT_STRING_SECTION_HEADER {
    ULONG Magic;
    ULONG HeaderSize;
    ULONG FormatVersion;
    ULONG DataFormatVersion;
    ULONG Flags;
    ULONG ElementCount;
    ULONG ElementListOffset;
    ULONG HashAlgorithm;
    ULONG SearchStructureOffset;
    ULONG UserDataOffset;
    ULONG UserDataSize;
} ACTIVATION_CONTEXT_STRING_SECTION_HEADER;

typedef struct _ACTIVATION_CONTEXT_STRING_SECTION_ENTRY {
    ULONG PseudoKey;  // the hash of the key
    ULONG KeyOffset;
    ULONG KeyLength;
    ULONG Offset;
    ULONG Length;
    ULONG AssemblyRosterIndex;
} ACTIVATION_CONTEXT_STRING_SECTION_ENTRY;

typedef struct _ACTIVATION_CONTEXT_GUID_SECTION_HEADER {
    ULONG Magic;
    ULONG HeaderSize;
    ULONG FormatVersion;
    ULONG DataFormatVersion;
    ULONG Flags;
    ULONG ElementCount;
    ULONG ElementListOffset;
    ULONG SearchStructureOffset;
    ULONG UserDataOffset;
    ULONG UserDataSize;
} ACTIVATION_CONTEXT_GUID_SECTION_HEADER;

typedef struct _ACTIVATION_CONTEXT_GUID_SECTION_ENTRY {
    GUID Guid;
    ULONG Offset;
    ULONG Length;
    ULONG AssemblyRosterIndex;
} ACTIVATION_CONTEXT_GUID_SECTION_ENTRY;

#define ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_INCLUDES_BASE_NAME 0x1
#define ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_OMITS_ASSEMBLY_ROOT 0x2

typedef struct _ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG TotalPathLength;
    ULONG PathSegmentCount;
    ULONG PathSegmentOffset;
} ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT {
    ULONG Length;
    ULONG Offset;
} ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT;

typedef struct _ACTIVATION_CONTEXT_DATA_WINDOW_CLASS_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG VersionSpecificClassNameLength;
    ULONG VersionSpecificClassNameOffset;  // from this structure
    ULONG DllNameLength;
    ULONG DllNameOffset;
} ACTIVATION_CONTEXT_DATA_WINDOW_CLASS_REDIRECTION;

#define ACTIVATION_CONTEXT_DATA_COM_SERVER_MISCSTATUS_FLAG_OFFSET 8

typedef struct _ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION {
    ULONG Size;
    ULONG
    Flags;  // which MiscStatus there are, by bits from 8 on: default, icon, content, thumbnail, docprint
    ULONG ThreadingModel;
    GUID ReferenceClsid;
    GUID ConfiguredClsid;  // made for this context
    GUID ImplementedClsid;
    GUID TypeLibraryId;
    ULONG ModuleLength;
    ULONG ModuleOffset;
    ULONG ProgIdLength;
    ULONG ProgIdOffset;  // from this structure
    ULONG ShimDataLength;
    ULONG ShimDataOffset;  // from this structure
    ULONG MiscStatusDefault;
    ULONG MiscStatusContent;
    ULONG MiscStatusThumbnail;
    ULONG MiscStatusIcon;
    ULONG MiscStatusDocPrint;
} ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION;
C_ASSERT(sizeof(ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION) == 0x78);

#define ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM_TYPE_CLR_CLASS 2

typedef struct _ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM {
    ULONG Size;
    ULONG Flags;
    ULONG Type;
    ULONG ModuleLength;
    ULONG ModuleOffset;
    ULONG TypeLength;
    ULONG TypeOffset;  // from this structure, as the next
    ULONG ShimVersionLength;
    ULONG ShimVersionOffset;
    ULONG DataLength;
    ULONG DataOffset;
} ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM;

#define ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION_FLAG_NUM_METHODS_VALID 0x1
#define ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION_FLAG_BASE_INTERFACE_VALID 0x2

typedef struct _ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    GUID ProxyStubClsid32;
    ULONG NumMethods;
    GUID TypeLibraryId;
    GUID BaseInterface;
    ULONG NameLength;
    ULONG NameOffset;  // from this structure
} ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION;
C_ASSERT(sizeof(ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION) == 0x44);

typedef struct _ACTIVATION_CONTEXT_DATA_COM_TYPE_LIBRARY_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG NameLength;
    ULONG NameOffset;
    USHORT ResourceId;
    USHORT LibraryFlags;
    ULONG HelpDirLength;
    ULONG HelpDirOffset;  // from this structure
    USHORT MajorVersion;
    USHORT MinorVersion;
} ACTIVATION_CONTEXT_DATA_COM_TYPE_LIBRARY_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION {
    ULONG Size;
    ULONG Flags;
    ULONG ConfiguredClsidOffset;
} ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION;

typedef struct _ACTIVATION_CONTEXT_DATA_CLR_SURROGATE {
    ULONG Size;
    ULONG Flags;
    GUID SurrogateIdent;
    ULONG VersionOffset;  // from this structure, as the next
    ULONG VersionLength;
    ULONG TypeNameOffset;
    ULONG TypeNameLength;
} ACTIVATION_CONTEXT_DATA_CLR_SURROGATE;

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

// Lengths in characters, in the next three in bytes as their comments say; texts lie behind the structure.
typedef struct _ACTIVATION_CONTEXT_DETAILED_INFORMATION {
    ULONG dwFlags;
    ULONG ulFormatVersion;
    ULONG ulAssemblyCount;
    ULONG ulRootManifestPathType;
    ULONG ulRootManifestPathChars;
    ULONG ulRootConfigurationPathType;
    ULONG ulRootConfigurationPathChars;
    ULONG ulAppDirPathType;
    ULONG ulAppDirPathChars;
    PCWSTR lpRootManifestPath;
    PCWSTR lpRootConfigurationPath;
    PCWSTR lpAppDirPath;
} ACTIVATION_CONTEXT_DETAILED_INFORMATION;

typedef struct _ACTIVATION_CONTEXT_ASSEMBLY_DETAILED_INFORMATION {
    ULONG ulFlags;
    ULONG ulEncodedAssemblyIdentityLength;  // lengths in bytes
    ULONG ulManifestPathType;
    ULONG ulManifestPathLength;
    LARGE_INTEGER liManifestLastWriteTime;
    ULONG ulPolicyPathType;
    ULONG ulPolicyPathLength;
    LARGE_INTEGER liPolicyLastWriteTime;
    ULONG ulMetadataSatelliteRosterIndex;
    ULONG ulManifestVersionMajor;
    ULONG ulManifestVersionMinor;
    ULONG ulPolicyVersionMajor;
    ULONG ulPolicyVersionMinor;
    ULONG ulAssemblyDirectoryNameLength;
    PCWSTR lpAssemblyEncodedAssemblyIdentity;
    PCWSTR lpAssemblyManifestPath;
    PCWSTR lpAssemblyPolicyPath;
    PCWSTR lpAssemblyDirectoryName;
    ULONG ulFileCount;
} ACTIVATION_CONTEXT_ASSEMBLY_DETAILED_INFORMATION;

typedef struct _ACTIVATION_CONTEXT_QUERY_INDEX {
    ULONG ulAssemblyIndex;        // from 1
    ULONG ulFileIndexInAssembly;  // from 0
} ACTIVATION_CONTEXT_QUERY_INDEX;

typedef struct _ASSEMBLY_FILE_DETAILED_INFORMATION {
    ULONG ulFlags;
    ULONG ulFilenameLength;  // lengths in bytes
    ULONG ulPathLength;
    PCWSTR lpFileName;
    PCWSTR lpFilePath;
} ASSEMBLY_FILE_DETAILED_INFORMATION;

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

// `Description` is an ACTCTXW. STATUS_SXS_CANT_GEN_ACTCTX for a manifest that is none or an assembly that
// nobody has.
NTSTATUS NTAPI RtlCreateActivationContext(PHANDLE Context, const VOID* Description);
void NTAPI RtlAddRefActivationContext(HANDLE Context);
void NTAPI RtlReleaseActivationContext(HANDLE Context);
NTSTATUS NTAPI RtlZombifyActivationContext(HANDLE Context);
// The frames of a thread are a stack; a cookie names one. One that is not on the stack raises
// STATUS_SXS_INVALID_DEACTIVATION; one below others STATUS_SXS_EARLY_DEACTIVATION unless that is asked for.
NTSTATUS NTAPI RtlActivateActivationContextEx(ULONG Flags, struct _TEB* Teb, HANDLE Context,
                                              PULONG_PTR Cookie);
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
