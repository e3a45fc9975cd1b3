// SPDX-License-Identifier: GPL-3.0-only
//
// Attempts from inside a driver host. None goes through the driver runtime: ntdll's stubs are looked up in
// its export table, and capabilities are invoked by their numbers.
#include <ntifs.h>

#include "tests/drivers/burglar/burglar.h"
#include "tests/drivers/burglar/services.h"

#define DISPATCHERS 32
#define DISPATCHING (32 * sizeof(ULONG) + 64 * sizeof(ULONG64))  // WDM_RING
#define FORGED_ID 0x7777777777ULL
// abi/nt/neptune.h: the slots of a thread's CNode, and of what its host shares, which is in one of them.
#define SLOTS (8 * 64)

static UCHAR List[32 * 1024];

static OBJECT_ATTRIBUTES* Named(PCWSTR Name) {
    static UNICODE_STRING Text;
    static OBJECT_ATTRIBUTES Attributes;

    RtlInitUnicodeString(&Text, Name);
    InitializeObjectAttributes(&Attributes, Name ? &Text : NULL, OBJ_CASE_INSENSITIVE, NULL, NULL);
    return &Attributes;
}

static UNICODE_STRING* Text(PCWSTR Name) {
    static UNICODE_STRING String;

    RtlInitUnicodeString(&String, Name);
    return &String;
}

// --- victims

typedef struct _VICTIM {
    HANDLE Process, Thread;
} VICTIM;

// SYSTEM_PROCESS_INFORMATION: NextEntryOffset at 0, ImageName at 0x38, UniqueProcessId at 0x50, Threads at
// 0x100, with ClientId at 0x28 of each.
static BOOLEAN FindVictim(PCWSTR Image, VICTIM* Victim) {
    UNICODE_STRING Wanted;
    ULONG Length;
    PUCHAR At = List;

    RtlInitUnicodeString(&Wanted, Image);
    if (!NT_SUCCESS(NT("NtQuerySystemInformation", 5, W(List), sizeof(List), W(&Length)))) return FALSE;
    for (;;) {
        if (RtlEqualUnicodeString((PUNICODE_STRING)(At + 0x38), &Wanted, TRUE)) {
            Victim->Process = *(HANDLE*)(At + 0x50);
            Victim->Thread = *(HANDLE*)(At + 0x100 + 0x30);
            return TRUE;
        }
        if (*(PULONG)At == 0) return FALSE;
        At += *(PULONG)At;
    }
}

static NTSTATUS OpenProcess(const VICTIM* Victim, ULONG Access, HANDLE* Handle) {
    CLIENT_ID Id = {Victim->Process, NULL};
    return NT("NtOpenProcess", W(Handle), Access, W(Named(NULL)), W(&Id));
}

static NTSTATUS OpenThread(const VICTIM* Victim, ULONG Access) {
    CLIENT_ID Id = {Victim->Process, Victim->Thread};
    HANDLE Handle;
    return NT("NtOpenThread", W(&Handle), Access, W(Named(NULL)), W(&Id));
}

#define HARMLESS 0x1000  // PROCESS_QUERY_LIMITED_INFORMATION

static HANDLE See(const VICTIM* Victim) {
    HANDLE Handle = NULL;
    OpenProcess(Victim, HARMLESS, &Handle);
    return Handle;
}

static NTSTATUS TakeToken(const VICTIM* Victim) {
    HANDLE Token;
    return NT("NtOpenProcessToken", W(See(Victim)), 2, W(&Token));
}
static NTSTATUS EndIt(const VICTIM* Victim) {
    return NT("NtTerminateProcess", W(See(Victim)), 0);
}
static NTSTATUS StopIt(const VICTIM* Victim) {
    return NT("NtSuspendProcess", W(See(Victim)));
}
static NTSTATUS ReadIt(const VICTIM* Victim) {
    UCHAR Byte;
    return NT("NtReadVirtualMemory", W(See(Victim)), 0x7ffe0000, W(&Byte), 1, 0);
}
static NTSTATUS Widen(const VICTIM* Victim) {
    HANDLE More;
    return NT("NtDuplicateObject", W(-1), W(See(Victim)), W(-1), W(&More), 1, 0, 0);
}
static NTSTATUS StealHandle(const VICTIM* Victim) {
    HANDLE More;
    return NT("NtDuplicateObject", W(See(Victim)), 4, W(-1), W(&More), 0, 0, 2);
}

typedef struct _OPENING {
    const char* Name;
    ULONG Access;
    BOOLEAN OfThread;
} OPENING;

static const OPENING Openings[] = {
    {"open it to read its memory", 0x10, FALSE},
    {"open it to write its memory", 0x20 | 8, FALSE},
    {"open it to make a thread", 2, FALSE},
    {"open it to end it", 1, FALSE},
    {"open it to suspend it", 0x800, FALSE},
    {"open it to copy its handles", 0x40, FALSE},
    {"open it to debug it", 0x1fffff, FALSE},
    {"open it to change who may", WRITE_DAC, FALSE},
    {"open it to take it over", WRITE_OWNER, FALSE},
    {"open its thread to end it", 1, TRUE},
    {"open its thread to set its registers", 0x10, TRUE},
    {"open its thread to act as it", 0x200, TRUE},
};

typedef struct _BY_HANDLE {
    const char* Name;
    NTSTATUS (*Try)(const VICTIM* Victim);
} BY_HANDLE;

static const BY_HANDLE ByHandle[] = {
    {"copy its token", TakeToken},
    {"end it by a harmless handle", EndIt},
    {"suspend it by a harmless handle", StopIt},
    {"read it by a harmless handle", ReadIt},
    {"widen a harmless handle", Widen},
    {"take a handle of its", StealHandle},
};

static const PCWSTR Victims[] = {L"smss.exe", L"ntcmd.exe", L"i8042prt.sys"};
static const char* const VictimNames[] = {"smss", "the shell", "the keyboard's host"};

// --- the system

static NTSTATUS LoadIt(void) {
    return NT("NtLoadDriver", W(Text(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\beep")));
}
static NTSTATUS UnloadIt(void) {
    return NT("NtUnloadDriver",
              W(Text(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\i8042prt")));
}
static NTSTATUS ShutDown(void) {
    return NT("NtShutdownSystem", 2);
}
static NTSTATUS SetClock(void) {
    LARGE_INTEGER Time = {0}, Before;
    return NT("NtSetSystemTime", W(&Time), W(&Before));
}
static NTSTATUS SetLog(void) {
    return NT("NtNeptuneSetLog", W(Text(L"all:trace")));
}
static NTSTATUS EnableDebug(void) {
    BOOLEAN Was;
    return NT("RtlAdjustPrivilege", 20, TRUE, FALSE, W(&Was));
}
static NTSTATUS PhysicalMemory(void) {
    HANDLE Handle;
    return NT("NtOpenSection", W(&Handle), 4, W(Named(L"\\Device\\PhysicalMemory")));
}
static NTSTATUS DeleteRoot(void) {
    HANDLE Handle = NULL;
    NTSTATUS Status = NT("NtOpenSymbolicLinkObject", W(&Handle), DELETE, W(Named(L"\\SystemRoot")));
    if (!NT_SUCCESS(Status)) return Status;
    return NT("NtMakeTemporaryObject", W(Handle));
}

// A list that gives everything to everybody, set on what a handle names.
static NTSTATUS OpenUp(HANDLE Handle) {
    SECURITY_DESCRIPTOR Descriptor;

    RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, NULL, FALSE);
    return NT("NtSetSecurityObject", W(Handle), DACL_SECURITY_INFORMATION, W(&Descriptor));
}
static NTSTATUS OpenUpRegistry(void) {
    HANDLE Key = NULL;
    NTSTATUS Status = NT("NtOpenKey", W(&Key), KEY_ALL_ACCESS, W(Named(L"\\Registry\\Machine\\System")));
    if (!NT_SUCCESS(Status)) return Status;
    Status = OpenUp(Key);
    ZwClose(Key);
    return Status;
}
static NTSTATUS OpenUpDevice(void) {
    HANDLE File = NULL;
    IO_STATUS_BLOCK Result;
    NTSTATUS Status = NT("NtOpenFile", W(&File), READ_CONTROL | WRITE_DAC | SYNCHRONIZE,
                         W(Named(L"\\Device\\Null")), W(&Result), 7, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status)) return Status;
    Status = OpenUp(File);
    ZwClose(File);
    return Status;
}
static NTSTATUS OpenUpDirectory(void) {
    HANDLE Handle;
    return NT("NtOpenDirectoryObject", W(&Handle), WRITE_DAC, W(Named(L"\\Device")));
}

// --- hardware

static NTSTATUS MapMemory(ULONG_PTR At) {
    PVOID Base;
    return NT("NtWdmMapIoSpace", At, PAGE_SIZE, 0, W(&Base));
}
static NTSTATUS MapRam(void) {
    return MapMemory(0x100000);
}
static NTSTATUS MapZero(void) {
    return MapMemory(0);
}
static NTSTATUS MapInterruptController(void) {
    return MapMemory(0xfee00000);
}
static NTSTATUS MapAll(void) {
    PVOID Base;
    return NT("NtWdmMapIoSpace", 0, W(-PAGE_SIZE), 0, W(&Base));
}
static NTSTATUS Claim(ULONG First, ULONG Last) {
    ULONG Slot;
    return NT("NtWdmClaimPorts", First, Last, W(&Slot));
}
static NTSTATUS KeyboardPort(void) {
    return Claim(0x64, 0x64);
}
static NTSTATUS PciPorts(void) {
    return Claim(0xcf8, 0xcff);
}
static NTSTATUS AllPorts(void) {
    return Claim(0, 0xffff);
}
static NTSTATUS PortsBeyond(void) {
    return Claim(0, 0x10064);
}
static NTSTATUS KeyboardInterrupt(void) {
    ULONG Bit, Slot;
    return NT("NtWdmConnectInterrupt", 1, FALSE, FALSE, W(&Bit), W(&Slot));
}
static NTSTATUS ForeignInterrupt(void) {
    return NT("NtWdmDisconnectInterrupt", 7);
}
static NTSTATUS PhysicalOfExecutive(void) {
    LARGE_INTEGER Address;
    return NT("NtWdmGetPhysicalAddress", 0xffffffff80000000, W(&Address));
}
static NTSTATUS FreeForeign(void) {
    return NT("NtWdmFreeContiguous", 0x7ffe0000);
}

// --- devices and requests

static NTSTATUS DeleteForeignDevice(void) {
    return NT("NtWdmDeleteDevice", 200);
}
static NTSTATUS TakeForeignName(void) {
    ULONG Index;
    return NT("NtWdmCreateDevice", W(Text(L"\\Device\\KeyboardClass0")), 1, 0x22, 0, FALSE, 0, W(&Index));
}
static NTSTATUS TakeNamedObject(void) {
    ULONG Index;
    return NT("NtWdmCreateDevice", W(Text(L"\\SystemRoot")), 1, 0x22, 0, FALSE, 0, W(&Index));
}

static ULONG64 OwnId(void) {
    ULONG64 Attach[6] = {0};
    volatile ULONG64* Lines;
    ULONG i;

    if (!NT_SUCCESS(NT("NtWdmAttach", W(Attach)))) return 0;
    Lines = (volatile ULONG64*)(Attach[0] + DISPATCHING);
    for (i = 0; i < DISPATCHERS; i++)
        if (Lines[i] != 0) return Lines[i];
    return 0;
}

static NTSTATUS Ask(ULONG64 Id, ULONG Class) {
    ULONG Length;
    return NT("NtWdmQuerySubject", Id, 0, Class, W(List), sizeof(List), W(&Length));
}
static NTSTATUS AskForged(void) {
    return Ask(FORGED_ID, 1);
}
static NTSTATUS AskNext(void) {
    return Ask(OwnId() + 1, 1);
}
static NTSTATUS AskLast(void) {
    return Ask(OwnId() - 1, 1);
}
static NTSTATUS AskOwn(void) {
    return Ask(OwnId(), 1);
}
static NTSTATUS AskLinked(void) {
    return Ask(OwnId(), 19);
}
static NTSTATUS AskNoToken(void) {
    ULONG Length;
    return NT("NtWdmQuerySubject", OwnId(), 7, 1, W(List), sizeof(List), W(&Length));
}
static NTSTATUS CheckForged(void) {
    GENERIC_MAPPING Mapping = {0};
    SECURITY_DESCRIPTOR Descriptor;
    ACCESS_MASK Granted;
    ULONG64 Privileges;

    RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION);
    return NT("NtWdmCheckAccess", FORGED_ID, W(&Descriptor), 1, W(&Mapping), W(&Granted), W(&Privileges));
}
static NTSTATUS ActAsForged(void) {
    return NT("NtWdmImpersonateSubject", FORGED_ID, 1, FALSE);
}
static NTSTATUS ActAsClient(void) {
    return NT("NtWdmImpersonateSubject", OwnId(), SecurityImpersonation, FALSE);
}
static NTSTATUS ActAsClientAfar(void) {
    return NT("NtWdmImpersonateSubject", OwnId(), SecurityDelegation, FALSE);
}
static NTSTATUS ActBeyond(void) {
    return NT("NtWdmImpersonateSubject", OwnId(), 4, FALSE);
}
// What may be, opens nothing.
static NTSTATUS OpenAsIdentified(void) {
    HANDLE None = NULL, Handle;
    VICTIM Victim;
    NTSTATUS Status = NT("NtWdmImpersonateSubject", OwnId(), SecurityIdentification, FALSE);

    if (!NT_SUCCESS(Status)) return Status;
    FindVictim(L"ntcmd.exe", &Victim);
    Status = OpenProcess(&Victim, 1, &Handle);
    NT("NtSetInformationThread", W(-2), 5, W(&None), sizeof(None));
    return Status;
}

// --- capabilities by their numbers. A send that does not block tells nothing, and the kernel does nothing
// where there is no such right: what comes of it is seen in who is there afterwards.

static VOID Send(ULONG_PTR Slot, ULONG_PTR Label) {
    register ULONG_PTR R10 __asm__("r10") = 0;
    register ULONG_PTR R8 __asm__("r8") = 1;
    register ULONG_PTR R9 __asm__("r9") = 2;
    register ULONG_PTR R15 __asm__("r15") = 3;
    ULONG_PTR Info = Label << 12 | 4;

    __asm__ __volatile__("movq %%rsp, %%rbx\n\tsyscall\n\tmovq %%rbx, %%rsp"
                         : "+D"(Slot), "+S"(Info), "+r"(R10), "+r"(R8), "+r"(R9), "+r"(R15)
                         : "d"((ULONG_PTR)-4)
                         : "rcx", "rbx", "r11", "memory");
}

// Not to the Executive's endpoints, where a message is a call or a fault.
static NTSTATUS InvokeAll(void) {
    ULONG_PTR Pointer, Label;

    for (Pointer = 0; Pointer < SLOTS; Pointer++) {
        if (Pointer / 64 == 0 || Pointer / 64 == 1) continue;
        for (Label = 1; Label <= 52; Label++)
            Send(Pointer, Label);
    }
    return STATUS_SUCCESS;
}

typedef struct _ATTEMPT {
    const char* Name;
    NTSTATUS (*Try)(void);
    NTSTATUS Documented;
} ATTEMPT;

static const ATTEMPT Attempts[] = {
    {"load a driver", LoadIt, STATUS_PRIVILEGE_NOT_HELD},
    {"unload a driver", UnloadIt, STATUS_PRIVILEGE_NOT_HELD},
    {"power off", ShutDown, STATUS_PRIVILEGE_NOT_HELD},
    {"set the clock", SetClock, STATUS_PRIVILEGE_NOT_HELD},
    {"set the log", SetLog, STATUS_PRIVILEGE_NOT_HELD},
    {"enable SeDebugPrivilege", EnableDebug, STATUS_PRIVILEGE_NOT_HELD},
    {"open physical memory", PhysicalMemory, STATUS_OBJECT_NAME_NOT_FOUND},
    {"delete \\SystemRoot", DeleteRoot, STATUS_ACCESS_DENIED},
    {"open a key up to all", OpenUpRegistry, STATUS_ACCESS_DENIED},
    {"open a device up to all", OpenUpDevice, STATUS_ACCESS_DENIED},
    {"open \\Device up to all", OpenUpDirectory, STATUS_ACCESS_DENIED},
    {"map the Executive's memory", MapRam, STATUS_ACCESS_DENIED},
    {"map the first page", MapZero, STATUS_ACCESS_DENIED},
    {"map the interrupt controller", MapInterruptController, STATUS_ACCESS_DENIED},
    {"map everything", MapAll, STATUS_ACCESS_DENIED},
    {"own port 0x64", KeyboardPort, STATUS_ACCESS_DENIED},
    {"own PCI's ports", PciPorts, STATUS_ACCESS_DENIED},
    {"own all ports", AllPorts, STATUS_ACCESS_DENIED},
    {"own ports that are none", PortsBeyond, STATUS_INVALID_PARAMETER},
    {"own the keyboard's interrupt", KeyboardInterrupt, STATUS_ACCESS_DENIED},
    {"let go of another's interrupt", ForeignInterrupt, STATUS_INVALID_PARAMETER},
    {"find the Executive's pages", PhysicalOfExecutive, STATUS_ACCESS_VIOLATION},
    {"free what it has not allocated", FreeForeign, STATUS_INVALID_PARAMETER},
    {"delete a device that is not its own", DeleteForeignDevice, STATUS_NO_SUCH_DEVICE},
    {"take the keyboard's name", TakeForeignName, STATUS_OBJECT_NAME_COLLISION},
    {"take \\SystemRoot's name", TakeNamedObject, STATUS_OBJECT_NAME_COLLISION},
    {"ask about a forged request", AskForged, STATUS_INVALID_PARAMETER},
    {"ask about the next request", AskNext, STATUS_INVALID_PARAMETER},
    {"ask about the last request", AskLast, STATUS_INVALID_PARAMETER},
    {"ask about its own request, as it may", AskOwn, STATUS_SUCCESS},
    {"be given a handle to a linked token", AskLinked, STATUS_ACCESS_DENIED},
    {"ask about a token that is none", AskNoToken, STATUS_INVALID_PARAMETER},
    {"check a forged request's access", CheckForged, STATUS_INVALID_PARAMETER},
    {"act as a forged request's client", ActAsForged, STATUS_INVALID_PARAMETER},
    {"act as its client", ActAsClient, STATUS_BAD_IMPERSONATION_LEVEL},
    {"act as its client afar", ActAsClientAfar, STATUS_BAD_IMPERSONATION_LEVEL},
    {"act as its client beyond all levels", ActBeyond, STATUS_INVALID_PARAMETER},
    {"open as one who is identified", OpenAsIdentified, STATUS_BAD_IMPERSONATION_LEVEL},
    {"invoke every capability", InvokeAll, STATUS_SUCCESS},
};

// ---

#define COUNT(Array) (sizeof(Array) / sizeof(*(Array)))
#define BY_VICTIM (COUNT(Openings) + COUNT(ByHandle))

static NTSTATUS TryVictim(ULONG Number, const VICTIM* Victim, BURGLAR_RESULT* Result) {
    HANDLE Handle;

    Result->Documented = STATUS_ACCESS_DENIED;
    if (Number >= COUNT(Openings)) {
        strcpy(Result->Attempt, ByHandle[Number - COUNT(Openings)].Name);
        return ByHandle[Number - COUNT(Openings)].Try(Victim);
    }
    strcpy(Result->Attempt, Openings[Number].Name);
    if (Openings[Number].OfThread) return OpenThread(Victim, Openings[Number].Access);
    return OpenProcess(Victim, Openings[Number].Access, &Handle);
}

static BOOLEAN Try(ULONG Number, BURGLAR_RESULT* Result) {
    VICTIM Victim;
    ULONG Which = Number / BY_VICTIM;

    RtlZeroMemory(Result, sizeof(*Result));
    if (Which < COUNT(Victims)) {
        strcpy(Result->Victim, VictimNames[Which]);
        Result->Status = STATUS_NOT_FOUND;
        if (FindVictim(Victims[Which], &Victim))
            Result->Status = TryVictim(Number % BY_VICTIM, &Victim, Result);
        return TRUE;
    }
    Number -= COUNT(Victims) * BY_VICTIM;
    if (Number >= COUNT(Attempts)) return FALSE;
    strcpy(Result->Attempt, Attempts[Number].Name);
    Result->Documented = Attempts[Number].Documented;
    Result->Status = Attempts[Number].Try();
    return TRUE;
}

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI BurglarControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG Number;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Location->Parameters.DeviceIoControl.IoControlCode != BURGLAR_TRY ||
        Location->Parameters.DeviceIoControl.InputBufferLength != sizeof(Number) ||
        Location->Parameters.DeviceIoControl.OutputBufferLength != sizeof(BURGLAR_RESULT))
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    Number = *(PULONG)Buffer;
    if (!Try(Number, Buffer)) return Complete(Irp, STATUS_NO_MORE_ENTRIES, 0);
    return Complete(Irp, STATUS_SUCCESS, sizeof(BURGLAR_RESULT));
}

static NTSTATUS NTAPI BurglarOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI BurglarUnload(PDRIVER_OBJECT DriverObject) {
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Burglar");
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    FindNtdll();
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = BurglarOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = BurglarOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = BurglarOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = BurglarControl;
    DriverObject->DriverUnload = BurglarUnload;
    return STATUS_SUCCESS;
}
