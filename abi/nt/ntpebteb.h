// SPDX-License-Identifier: GPL-3.0-only
// Process parameters, PEB and TEB at the NT 10 x64 offsets; each one that anybody relies on is asserted.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntldr_data.h"
#include "abi/nt/ntxcapi.h"

NT_BEGIN_C

struct _RTL_CRITICAL_SECTION;
struct _RTL_BITMAP;

typedef struct _CURDIR {
    UNICODE_STRING DosPath;
    HANDLE Handle;
} CURDIR, *PCURDIR;

typedef struct _RTL_DRIVE_LETTER_CURDIR {
    USHORT Flags;
    USHORT Length;
    ULONG TimeStamp;
    STRING DosPath;
} RTL_DRIVE_LETTER_CURDIR, *PRTL_DRIVE_LETTER_CURDIR;

#define RTL_MAX_DRIVE_LETTERS 32

#define RTL_USER_PROC_PARAMS_NORMALIZED 0x00000001
#define RTL_USER_PROC_PROFILE_USER 0x00000002
#define RTL_USER_PROC_APP_MANIFEST_PRESENT 0x00002000

typedef struct _RTL_USER_PROCESS_PARAMETERS {
    ULONG MaximumLength;
    ULONG Length;
    ULONG Flags;
    ULONG DebugFlags;
    HANDLE ConsoleHandle;
    ULONG ConsoleFlags;
    HANDLE StandardInput;
    HANDLE StandardOutput;
    HANDLE StandardError;
    CURDIR CurrentDirectory;
    UNICODE_STRING DllPath;
    UNICODE_STRING ImagePathName;
    UNICODE_STRING CommandLine;
    PWCHAR Environment;
    ULONG StartingX;
    ULONG StartingY;
    ULONG CountX;
    ULONG CountY;
    ULONG CountCharsX;
    ULONG CountCharsY;
    ULONG FillAttribute;
    ULONG WindowFlags;
    ULONG ShowWindowFlags;
    UNICODE_STRING WindowTitle;
    UNICODE_STRING DesktopInfo;
    UNICODE_STRING ShellInfo;
    UNICODE_STRING RuntimeData;
    RTL_DRIVE_LETTER_CURDIR CurrentDirectories[RTL_MAX_DRIVE_LETTERS];
    ULONG_PTR EnvironmentSize;
    ULONG_PTR EnvironmentVersion;
    PVOID PackageDependencyData;
    ULONG ProcessGroupId;
    ULONG LoaderThreads;
    UNICODE_STRING RedirectionDllName;
    UNICODE_STRING HeapPartitionName;
    PULONGLONG DefaultThreadpoolCpuSetMasks;
    ULONG DefaultThreadpoolCpuSetMaskCount;
    ULONG DefaultThreadpoolThreadMaximum;
    ULONG HeapMemoryTypeMask;
    ULONG Reserved_;
} RTL_USER_PROCESS_PARAMETERS, *PRTL_USER_PROCESS_PARAMETERS;
C_ASSERT(offsetof(RTL_USER_PROCESS_PARAMETERS, StandardInput) == 0x20);
C_ASSERT(offsetof(RTL_USER_PROCESS_PARAMETERS, CurrentDirectory) == 0x38);
C_ASSERT(offsetof(RTL_USER_PROCESS_PARAMETERS, CommandLine) == 0x70);
C_ASSERT(offsetof(RTL_USER_PROCESS_PARAMETERS, Environment) == 0x80);
C_ASSERT(offsetof(RTL_USER_PROCESS_PARAMETERS, WindowTitle) == 0xb0);
C_ASSERT(offsetof(RTL_USER_PROCESS_PARAMETERS, CurrentDirectories) == 0xf0);
C_ASSERT(offsetof(RTL_USER_PROCESS_PARAMETERS, EnvironmentSize) == 0x3f0);
C_ASSERT(sizeof(RTL_USER_PROCESS_PARAMETERS) == 0x448);

typedef struct _PEB {
    BOOLEAN InheritedAddressSpace;
    BOOLEAN ReadImageFileExecOptions;
    BOOLEAN BeingDebugged;
    union {
        UCHAR BitField;
        struct {
            UCHAR ImageUsesLargePages : 1;
            UCHAR IsProtectedProcess : 1;
            UCHAR IsImageDynamicallyRelocated : 1;
            UCHAR SkipPatchingUser32Forwarders : 1;
            UCHAR IsPackagedProcess : 1;
            UCHAR IsAppContainer : 1;
            UCHAR IsProtectedProcessLight : 1;
            UCHAR IsLongPathAwareProcess : 1;
        };
    };
    UCHAR Padding0[4];
    HANDLE Mutant;
    PVOID ImageBaseAddress;
    PPEB_LDR_DATA Ldr;
    PRTL_USER_PROCESS_PARAMETERS ProcessParameters;
    PVOID SubSystemData;
    PVOID ProcessHeap;
    struct _RTL_CRITICAL_SECTION* FastPebLock;
    PVOID AtlThunkSListPtr;
    PVOID IFEOKey;
    union {
        ULONG CrossProcessFlags;
        struct {
            ULONG ProcessInJob : 1;
            ULONG ProcessInitializing : 1;
            ULONG ProcessUsingVEH : 1;
            ULONG ProcessUsingVCH : 1;
            ULONG ProcessUsingFTH : 1;
            ULONG ReservedBits0 : 27;
        };
    };
    UCHAR Padding1[4];
    PVOID KernelCallbackTable;
    ULONG SystemReserved;
    ULONG AtlThunkSListPtr32;
    PVOID ApiSetMap;
    ULONG TlsExpansionCounter;
    UCHAR Padding2[4];
    struct _RTL_BITMAP* TlsBitmap;
    ULONG TlsBitmapBits[2];
    PVOID ReadOnlySharedMemoryBase;
    PVOID SharedData;
    PVOID* ReadOnlyStaticServerData;
    PVOID AnsiCodePageData;
    PVOID OemCodePageData;
    PVOID UnicodeCaseTableData;
    ULONG NumberOfProcessors;
    ULONG NtGlobalFlag;
    LARGE_INTEGER CriticalSectionTimeout;
    SIZE_T HeapSegmentReserve;
    SIZE_T HeapSegmentCommit;
    SIZE_T HeapDeCommitTotalFreeThreshold;
    SIZE_T HeapDeCommitFreeBlockThreshold;
    ULONG NumberOfHeaps;
    ULONG MaximumNumberOfHeaps;
    PVOID* ProcessHeaps;
    PVOID GdiSharedHandleTable;
    PVOID ProcessStarterHelper;
    ULONG GdiDCAttributeList;
    UCHAR Padding3[4];
    struct _RTL_CRITICAL_SECTION* LoaderLock;
    ULONG OSMajorVersion;
    ULONG OSMinorVersion;
    USHORT OSBuildNumber;
    USHORT OSCSDVersion;
    ULONG OSPlatformId;
    ULONG ImageSubsystem;
    ULONG ImageSubsystemMajorVersion;
    ULONG ImageSubsystemMinorVersion;
    UCHAR Padding4[4];
    ULONG_PTR ActiveProcessAffinityMask;
    ULONG GdiHandleBuffer[60];
    PVOID PostProcessInitRoutine;
    struct _RTL_BITMAP* TlsExpansionBitmap;
    ULONG TlsExpansionBitmapBits[32];
    ULONG SessionId;
    UCHAR Padding5[4];
    ULARGE_INTEGER AppCompatFlags;
    ULARGE_INTEGER AppCompatFlagsUser;
    PVOID pShimData;
    PVOID AppCompatInfo;
    UNICODE_STRING CSDVersion;
    PVOID ActivationContextData;
    PVOID ProcessAssemblyStorageMap;
    PVOID SystemDefaultActivationContextData;
    PVOID SystemAssemblyStorageMap;
    SIZE_T MinimumStackCommit;
    PVOID FlsCallback;
    LIST_ENTRY FlsListHead;
    PVOID FlsBitmap;
    ULONG FlsBitmapBits[4];
    ULONG FlsHighIndex;
    UCHAR Padding6[4];
    PVOID WerRegistrationData;
    PVOID WerShipAssertPtr;
    PVOID pUnused;
    PVOID pImageHeaderHash;
    ULONGLONG TracingFlags;
    ULONGLONG CsrServerReadOnlySharedMemoryBase;
    ULONGLONG TppWorkerpListLock;
    LIST_ENTRY TppWorkerpList;
    PVOID WaitOnAddressHashTable[128];
    PVOID TelemetryCoverageHeader;
    ULONG CloudFileFlags;
    ULONG CloudFileDiagFlags;
    CHAR PlaceholderCompatibilityMode;
    CHAR PlaceholderCompatibilityModeReserved[7];
    PVOID LeapSecondData;
    ULONG LeapSecondFlags;
    ULONG NtGlobalFlag2;
} PEB, *PPEB;
C_ASSERT(offsetof(PEB, ImageBaseAddress) == 0x10);
C_ASSERT(offsetof(PEB, Ldr) == 0x18);
C_ASSERT(offsetof(PEB, ProcessHeap) == 0x30);
C_ASSERT(offsetof(PEB, KernelCallbackTable) == 0x58);
C_ASSERT(offsetof(PEB, ApiSetMap) == 0x68);
C_ASSERT(offsetof(PEB, TlsBitmap) == 0x78);
C_ASSERT(offsetof(PEB, AnsiCodePageData) == 0xa0);
C_ASSERT(offsetof(PEB, NumberOfProcessors) == 0xb8);
C_ASSERT(offsetof(PEB, ProcessHeaps) == 0xf0);
C_ASSERT(offsetof(PEB, LoaderLock) == 0x110);
C_ASSERT(offsetof(PEB, OSMajorVersion) == 0x118);
C_ASSERT(offsetof(PEB, ImageSubsystem) == 0x128);
C_ASSERT(offsetof(PEB, ActiveProcessAffinityMask) == 0x138);
C_ASSERT(offsetof(PEB, TlsExpansionBitmap) == 0x238);
C_ASSERT(offsetof(PEB, SessionId) == 0x2c0);
C_ASSERT(offsetof(PEB, CSDVersion) == 0x2e8);
C_ASSERT(offsetof(PEB, FlsListHead) == 0x328);
C_ASSERT(offsetof(PEB, WaitOnAddressHashTable) == 0x3a0);
C_ASSERT(sizeof(PEB) == 0x7c8);

typedef struct _NT_TIB {
    PEXCEPTION_REGISTRATION_RECORD ExceptionList;
    PVOID StackBase;
    PVOID StackLimit;
    PVOID SubSystemTib;
    union {
        PVOID FiberData;
        ULONG Version;
    };
    PVOID ArbitraryUserPointer;
    struct _NT_TIB* Self;
} NT_TIB, *PNT_TIB;

typedef struct _RTL_ACTIVATION_CONTEXT_STACK_FRAME {
    struct _RTL_ACTIVATION_CONTEXT_STACK_FRAME* Previous;
    PVOID ActivationContext;
    ULONG Flags;
    ULONG Reserved_;
} RTL_ACTIVATION_CONTEXT_STACK_FRAME, *PRTL_ACTIVATION_CONTEXT_STACK_FRAME;

typedef struct _ACTIVATION_CONTEXT_STACK {
    PRTL_ACTIVATION_CONTEXT_STACK_FRAME ActiveFrame;
    LIST_ENTRY FrameListCache;
    ULONG Flags;
    ULONG NextCookieSequenceNumber;
    ULONG StackId;
    ULONG Reserved_;
} ACTIVATION_CONTEXT_STACK, *PACTIVATION_CONTEXT_STACK;
C_ASSERT(sizeof(ACTIVATION_CONTEXT_STACK) == 0x28);

typedef struct _GDI_TEB_BATCH {
    ULONG Offset;
    ULONG Reserved_;
    ULONG_PTR HDC;
    ULONG Buffer[310];
} GDI_TEB_BATCH;

#define TLS_MINIMUM_AVAILABLE 64
#define TLS_EXPANSION_SLOTS 1024
#define TLS_OUT_OF_INDEXES 0xffffffffu

typedef struct _TEB {
    NT_TIB NtTib;
    PVOID EnvironmentPointer;
    CLIENT_ID ClientId;
    PVOID ActiveRpcHandle;
    PVOID ThreadLocalStoragePointer;
    PPEB ProcessEnvironmentBlock;
    ULONG LastErrorValue;
    ULONG CountOfOwnedCriticalSections;
    PVOID CsrClientThread;
    PVOID Win32ThreadInfo;
    ULONG User32Reserved[26];
    ULONG UserReserved[5];
    PVOID WOW32Reserved;
    LCID CurrentLocale;
    ULONG FpSoftwareStatusRegister;
    PVOID ReservedForDebuggerInstrumentation[16];
    PVOID SystemReserved1[30];
    CHAR PlaceholderCompatibilityMode;
    BOOLEAN PlaceholderHydrationAlwaysExplicit;
    CHAR PlaceholderReserved[10];
    ULONG ProxiedProcessId;
    ACTIVATION_CONTEXT_STACK ActivationStack;
    UCHAR WorkingOnBehalfTicket[8];
    NTSTATUS ExceptionCode;
    UCHAR Padding0[4];
    PACTIVATION_CONTEXT_STACK ActivationContextStackPointer;
    ULONG_PTR InstrumentationCallbackSp;
    ULONG_PTR InstrumentationCallbackPreviousPc;
    ULONG_PTR InstrumentationCallbackPreviousSp;
    ULONG TxFsContext;
    BOOLEAN InstrumentationCallbackDisabled;
    BOOLEAN UnalignedLoadStoreExceptions;
    UCHAR Padding1[2];
    GDI_TEB_BATCH GdiTebBatch;
    CLIENT_ID RealClientId;
    HANDLE GdiCachedProcessHandle;
    ULONG GdiClientPID;
    ULONG GdiClientTID;
    PVOID GdiThreadLocalInfo;
    ULONG_PTR Win32ClientInfo[62];
    PVOID glDispatchTable[233];
    ULONG_PTR glReserved1[29];
    PVOID glReserved2;
    PVOID glSectionInfo;
    PVOID glSection;
    PVOID glTable;
    PVOID glCurrentRC;
    PVOID glContext;
    NTSTATUS LastStatusValue;
    UCHAR Padding2[4];
    UNICODE_STRING StaticUnicodeString;
    WCHAR StaticUnicodeBuffer[261];
    UCHAR Padding3[6];
    PVOID DeallocationStack;
    PVOID TlsSlots[TLS_MINIMUM_AVAILABLE];
    LIST_ENTRY TlsLinks;
    PVOID Vdm;
    PVOID ReservedForNtRpc;
    PVOID DbgSsReserved[2];
    ULONG HardErrorMode;
    UCHAR Padding4[4];
    PVOID Instrumentation[11];
    GUID ActivityId;
    PVOID SubProcessTag;
    PVOID PerflibData;
    PVOID EtwTraceData;
    PVOID WinSockData;
    ULONG GdiBatchCount;
    union {
        PROCESSOR_NUMBER CurrentIdealProcessor;
        ULONG IdealProcessorValue;
    };
    ULONG GuaranteedStackBytes;
    UCHAR Padding5[4];
    PVOID ReservedForPerf;
    PVOID ReservedForOle;
    ULONG WaitingOnLoaderLock;
    UCHAR Padding6[4];
    PVOID SavedPriorityState;
    ULONG_PTR ReservedForCodeCoverage;
    PVOID ThreadPoolData;
    PVOID* TlsExpansionSlots;
    PVOID DeallocationBStore;
    PVOID BStoreLimit;
    ULONG MuiGeneration;
    ULONG IsImpersonating;
    PVOID NlsCache;
    PVOID pShimData;
    ULONG HeapData;
    UCHAR Padding7[4];
    HANDLE CurrentTransactionHandle;
    PVOID ActiveFrame;
    PVOID FlsData;
    PVOID PreferredLanguages;
    PVOID UserPrefLanguages;
    PVOID MergedPrefLanguages;
    ULONG MuiImpersonation;
    USHORT CrossTebFlags;
    union {
        USHORT SameTebFlags;
        struct {
            USHORT SafeThunkCall : 1;
            USHORT InDebugPrint : 1;
            USHORT HasFiberData : 1;
            USHORT SkipThreadAttach : 1;
            USHORT WerInShipAssertCode : 1;
            USHORT RanProcessInit : 1;
            USHORT ClonedThread : 1;
            USHORT SuppressDebugMsg : 1;
            USHORT DisableUserStackWalk : 1;
            USHORT RtlExceptionAttached : 1;
            USHORT InitialThread : 1;
            USHORT SessionAware : 1;
            USHORT LoadOwner : 1;
            USHORT LoaderWorker : 1;
            USHORT SkipLoaderInit : 1;
            USHORT SkipFileAPIBrokering : 1;
        };
    };
    PVOID TxnScopeEnterCallback;
    PVOID TxnScopeExitCallback;
    PVOID TxnScopeContext;
    ULONG LockCount;
    LONG WowTebOffset;
    PVOID ResourceRetValue;
    PVOID ReservedForWdf;
    ULONGLONG ReservedForCrt;
    GUID EffectiveContainerId;
} TEB, *PTEB;
C_ASSERT(offsetof(TEB, ClientId) == 0x40);
C_ASSERT(offsetof(TEB, ThreadLocalStoragePointer) == 0x58);
C_ASSERT(offsetof(TEB, ProcessEnvironmentBlock) == 0x60);
C_ASSERT(offsetof(TEB, LastErrorValue) == 0x68);
C_ASSERT(offsetof(TEB, WOW32Reserved) == 0x100);
C_ASSERT(offsetof(TEB, CurrentLocale) == 0x108);
C_ASSERT(offsetof(TEB, ActivationStack) == 0x290);
C_ASSERT(offsetof(TEB, ExceptionCode) == 0x2c0);
C_ASSERT(offsetof(TEB, ActivationContextStackPointer) == 0x2c8);
C_ASSERT(offsetof(TEB, GdiTebBatch) == 0x2f0);
C_ASSERT(offsetof(TEB, RealClientId) == 0x7d8);
C_ASSERT(offsetof(TEB, Win32ClientInfo) == 0x800);
C_ASSERT(offsetof(TEB, LastStatusValue) == 0x1250);
C_ASSERT(offsetof(TEB, StaticUnicodeString) == 0x1258);
C_ASSERT(offsetof(TEB, StaticUnicodeBuffer) == 0x1268);
C_ASSERT(offsetof(TEB, DeallocationStack) == 0x1478);
C_ASSERT(offsetof(TEB, TlsSlots) == 0x1480);
C_ASSERT(offsetof(TEB, TlsLinks) == 0x1680);
C_ASSERT(offsetof(TEB, ReservedForNtRpc) == 0x1698);
C_ASSERT(offsetof(TEB, HardErrorMode) == 0x16b0);
C_ASSERT(offsetof(TEB, ActivityId) == 0x1710);
C_ASSERT(offsetof(TEB, WinSockData) == 0x1738);
C_ASSERT(offsetof(TEB, GuaranteedStackBytes) == 0x1748);
C_ASSERT(offsetof(TEB, ReservedForOle) == 0x1758);
C_ASSERT(offsetof(TEB, TlsExpansionSlots) == 0x1780);
C_ASSERT(offsetof(TEB, FlsData) == 0x17c8);
C_ASSERT(offsetof(TEB, SameTebFlags) == 0x17ee);
C_ASSERT(offsetof(TEB, WowTebOffset) == 0x180c);
C_ASSERT(sizeof(TEB) == 0x1838);

// gs base is the TEB.
static inline PTEB NtCurrentTeb(void) {
    PTEB teb;
    __asm__("movq %%gs:0x30, %0" : "=r"(teb));
    return teb;
}
#define NtCurrentPeb() (NtCurrentTeb()->ProcessEnvironmentBlock)

NT_END_C
