// SPDX-License-Identifier: GPL-3.0-only
//
// Asks the runtime all that it may know of whose request it is, and lets the test judge.
#include <ntifs.h>

#include "tests/drivers/guard/guard.h"

typedef struct _OPENED {
    GUARD_SEEN Seen;
} OPENED;

NTKERNELAPI BOOLEAN NTAPI SeTokenIsAdmin(PACCESS_TOKEN Token);
NTKERNELAPI BOOLEAN NTAPI SeTokenIsRestricted(PACCESS_TOKEN Token);
NTKERNELAPI PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp);
NTKERNELAPI ULONG NTAPI IoGetRequestorProcessId(PIRP Irp);
NTKERNELAPI NTSTATUS NTAPI IoGetRequestorSessionId(PIRP Irp, PULONG Session);

typedef NTSTATUS(NTAPI* CREATE_SECURE)(PDRIVER_OBJECT, ULONG, PUNICODE_STRING, DEVICE_TYPE, ULONG, BOOLEAN,
                                       PCUNICODE_STRING, LPCGUID, PDEVICE_OBJECT*);

static GENERIC_MAPPING Mapping = {1, 2, 4, 0x1f0007};
static PDEVICE_OBJECT Devices[3];

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// A descriptor of SYSTEM's with one entry.
typedef struct _ONE {
    SECURITY_DESCRIPTOR Descriptor;
    UCHAR List[64];
} ONE;

static PSECURITY_DESCRIPTOR Allow(ONE* One, PSID Sid, ACCESS_MASK Access) {
    PACL List = (PACL)One->List;

    RtlCreateSecurityDescriptor(&One->Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(List, sizeof(One->List), ACL_REVISION);
    RtlAddAccessAllowedAce(List, ACL_REVISION, Access, Sid);
    RtlSetDaclSecurityDescriptor(&One->Descriptor, TRUE, List, FALSE);
    RtlSetOwnerSecurityDescriptor(&One->Descriptor, SeExports->SeLocalSystemSid, FALSE);
    RtlSetGroupSecurityDescriptor(&One->Descriptor, SeExports->SeLocalSystemSid, FALSE);
    return &One->Descriptor;
}

static BOOLEAN May(PSECURITY_SUBJECT_CONTEXT Context, PSID Sid, KPROCESSOR_MODE Mode, ACCESS_MASK Desired,
                   unsigned* Granted) {
    ONE One;
    ACCESS_MASK Access = 0;
    NTSTATUS Status;
    BOOLEAN Is = SeAccessCheck(Sid != NULL ? Allow(&One, Sid, READ_CONTROL | 1) : NULL, Context, FALSE,
                               Desired, 0, NULL, &Mapping, Mode, &Access, &Status);

    if (Granted != NULL) *Granted = Access;
    return Is && NT_SUCCESS(Status);
}

static VOID LookAtToken(PSECURITY_SUBJECT_CONTEXT Context, GUARD_SEEN* Seen) {
    PACCESS_TOKEN Token = SeQuerySubjectContextToken(Context);
    LUID Logon = {0, 0};
    ULONG Session = 77;

    Seen->Acting = Context->ClientToken != NULL;
    Seen->Level = Context->ClientToken != NULL ? Context->ImpersonationLevel : 77;
    Seen->Admin = SeTokenIsAdmin(Token);
    Seen->Restricted = SeTokenIsRestricted(Token);
    SeQueryAuthenticationIdToken(Token, &Logon);
    SeQuerySessionIdToken(Token, &Session);
    Seen->LogonLow = Logon.LowPart;
    Seen->TokenSession = Session;
}

static VOID Look(PIRP Irp, GUARD_SEEN* Seen) {
    SECURITY_SUBJECT_CONTEXT Context;
    ULONG Session = 77;

    Seen->Process = IoGetRequestorProcessId(Irp);
    Seen->CurrentProcess = HandleToUlong(PsGetCurrentProcessId());
    Seen->ProcessOfObject = HandleToUlong(PsGetProcessId(IoGetRequestorProcess(Irp)));
    Seen->SameProcessObject = IoGetRequestorProcess(Irp) == PsGetCurrentProcess();
    Seen->Thread = HandleToUlong(PsGetCurrentThreadId());
    IoGetRequestorSessionId(Irp, &Session);
    Seen->Session = Session;
    Seen->Mode = Irp->RequestorMode;
    Seen->PreviousMode = ExGetPreviousMode();
    Seen->SystemThread = PsIsSystemThread(PsGetCurrentThread());
    SeCaptureSubjectContext(&Context);
    SeLockSubjectContext(&Context);
    LookAtToken(&Context, Seen);
    Seen->LoadDriver = SeSinglePrivilegeCheck(SeExports->SeLoadDriverPrivilege, Irp->RequestorMode);
    Seen->AdminsOnly = May(&Context, SeExports->SeAliasAdminsSid, UserMode, 1, NULL);
    Seen->Everybody = May(&Context, SeExports->SeWorldSid, UserMode, 1, NULL);
    Seen->EverybodyOfKernel = May(&Context, SeExports->SeAliasAdminsSid, KernelMode, 2, NULL);
    Seen->NullDescriptor = May(&Context, NULL, UserMode, 1, NULL);
    May(&Context, SeExports->SeWorldSid, UserMode, MAXIMUM_ALLOWED, &Seen->Granted);
    SeUnlockSubjectContext(&Context);
    SeReleaseSubjectContext(&Context);
}

static NTSTATUS OpenSmss(void) {
    CLIENT_ID Id;
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle;
    ULONG_PTR Number;
    NTSTATUS Status = STATUS_NOT_FOUND;

    InitializeObjectAttributes(&Attributes, NULL, 0, NULL, NULL);
    for (Number = 4;
         Number < 64 && Status != STATUS_ACCESS_DENIED && Status != STATUS_BAD_IMPERSONATION_LEVEL;
         Number += 4) {
        Id.UniqueProcess = (HANDLE)Number;
        Id.UniqueThread = NULL;
        Status = ZwOpenProcess(&Handle, 1, &Attributes, &Id);
    }
    return Status;
}

static VOID ActAs(ULONG Level, GUARD_ACTED* Acted) {
    SECURITY_QUALITY_OF_SERVICE Quality = {sizeof(Quality), Level, SECURITY_STATIC_TRACKING, FALSE};
    SECURITY_CLIENT_CONTEXT Client;

    RtlZeroMemory(Acted, sizeof(*Acted));
    Acted->Created = SeCreateClientSecurity(PsGetCurrentThread(), &Quality, FALSE, &Client);
    if (!NT_SUCCESS(Acted->Created)) return;
    Acted->TokenType = SeTokenType(Client.ClientToken);
    Acted->Acted = SeImpersonateClientEx(&Client, NULL);
    Acted->OpenedSmss = OpenSmss();
    PsRevertToSelf();
    Acted->After = OpenSmss();
    SeDeleteClientSecurity(&Client);
}

static NTSTATUS OpenUp(void) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\GuardAdmins");
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Result;
    ONE One;
    HANDLE File;
    NTSTATUS Status;

    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, NULL, NULL);
    Status =
        ZwOpenFile(&File, WRITE_DAC | SYNCHRONIZE, &Attributes, &Result, 7, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status)) return Status;
    Status =
        ZwSetSecurityObject(File, DACL_SECURITY_INFORMATION, Allow(&One, SeExports->SeWorldSid, 0x1f01ff));
    ZwClose(File);
    return Status;
}

static VOID Assign(GUARD_ASSIGNED* Assigned) {
    SECURITY_SUBJECT_CONTEXT Context;
    PSECURITY_DESCRIPTOR Made = NULL;
    SECURITY_INFORMATION Which = OWNER_SECURITY_INFORMATION;
    PTOKEN_USER User = NULL;
    UCHAR Buffer[256];
    ULONG Length = sizeof(Buffer), None = 0;
    PSID Owner = NULL;
    PACL List = NULL;
    BOOLEAN Present = FALSE, Defaulted;

    RtlZeroMemory(Assigned, sizeof(*Assigned));
    SeCaptureSubjectContext(&Context);
    Assigned->Status = SeAssignSecurity(NULL, NULL, &Made, FALSE, &Context, &Mapping, PagedPool);
    if (NT_SUCCESS(Assigned->Status)) {
        Assigned->Valid = SeValidSecurityDescriptor(RtlLengthSecurityDescriptor(Made), Made);
        RtlGetOwnerSecurityDescriptor(Made, &Owner, &Defaulted);
        RtlGetDaclSecurityDescriptor(Made, &Present, &List, &Defaulted);
        Assigned->HasDacl = Present && List != NULL;
        SeQueryInformationToken(SeQuerySubjectContextToken(&Context), TokenUser, (PVOID*)&User);
        Assigned->OwnerIsUser = User != NULL && RtlEqualSid(Owner, User->User.Sid);
        if (User != NULL) ExFreePool(User);
        Assigned->Asked = SeQuerySecurityDescriptorInfo(&Which, Buffer, &Length, &Made);
        Assigned->ShortLength = SeQuerySecurityDescriptorInfo(&Which, Buffer, &None, &Made);
        SeDeassignSecurity(&Made);
    }
    SeReleaseSubjectContext(&Context);
}

static NTSTATUS NTAPI GuardCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    PIO_SECURITY_CONTEXT Security = Location->Parameters.Create.SecurityContext;
    PACCESS_STATE Access = Security->AccessState;
    OPENED* Opened = ExAllocatePoolWithTag(NonPagedPool, sizeof(OPENED), 'draG');

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Opened == NULL) return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Opened, sizeof(*Opened));
    Opened->Seen.Desired = Security->DesiredAccess;
    Opened->Seen.Options = Security->FullCreateOptions;
    Opened->Seen.Remaining = Access->RemainingDesiredAccess;
    Opened->Seen.Previously = Access->PreviouslyGrantedAccess;
    Opened->Seen.Original = Access->OriginalDesiredAccess;
    Opened->Seen.OpenedByAdmin = SeTokenIsAdmin(SeQuerySubjectContextToken(&Access->SubjectSecurityContext));
    Opened->Seen.OpenedInMode = Irp->RequestorMode;
    Location->FileObject->FsContext = Opened;
    return Complete(Irp, STATUS_SUCCESS, FILE_OPENED);
}

static NTSTATUS NTAPI GuardCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI GuardClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    ExFreePool(IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI GuardControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG Room = Location->Parameters.DeviceIoControl.OutputBufferLength;
    GUARD_SEEN Seen;

    UNREFERENCED_PARAMETER(DeviceObject);
    switch (Location->Parameters.DeviceIoControl.IoControlCode) {
        case GUARD_LOOK:
            if (Room < sizeof(GUARD_SEEN)) break;
            Seen = ((OPENED*)Location->FileObject->FsContext)->Seen;
            Look(Irp, &Seen);
            RtlCopyMemory(Buffer, &Seen, sizeof(Seen));
            return Complete(Irp, STATUS_SUCCESS, sizeof(GUARD_SEEN));
        case GUARD_ACT_AS:
            if (Room < sizeof(GUARD_ACTED)) break;
            ActAs(*(PULONG)Buffer, Buffer);
            return Complete(Irp, STATUS_SUCCESS, sizeof(GUARD_ACTED));
        case GUARD_OPEN_UP:
            if (Room < sizeof(NTSTATUS)) break;
            *(NTSTATUS*)Buffer = OpenUp();
            return Complete(Irp, STATUS_SUCCESS, sizeof(NTSTATUS));
        case GUARD_ASSIGN:
            if (Room < sizeof(GUARD_ASSIGNED)) break;
            Assign(Buffer);
            return Complete(Irp, STATUS_SUCCESS, sizeof(GUARD_ASSIGNED));
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
    return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
}

static VOID NTAPI GuardUnload(PDRIVER_OBJECT DriverObject) {
    ULONG i;

    UNREFERENCED_PARAMETER(DriverObject);
    for (i = 0; i < 3; i++)
        if (Devices[i] != NULL) IoDeleteDevice(Devices[i]);
}

static NTSTATUS MakeSecure(PDRIVER_OBJECT DriverObject, PCWSTR Name, ULONG Characteristics, PCWSTR Sddl,
                           PDEVICE_OBJECT* Device) {
    UNICODE_STRING Path, Text, Routine;
    CREATE_SECURE Create;

    RtlInitUnicodeString(&Path, Name);
    RtlInitUnicodeString(&Text, Sddl);
    // The kit has it in a library of its own.
    RtlInitUnicodeString(&Routine, L"WdmlibIoCreateDeviceSecure");
    Create = (CREATE_SECURE)MmGetSystemRoutineAddress(&Routine);
    if (Create == NULL) return STATUS_PROCEDURE_NOT_FOUND;
    return Create(DriverObject, 0, &Path, FILE_DEVICE_UNKNOWN, Characteristics, FALSE, &Text, NULL, Device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    static const WCHAR Admins[] = L"D:P(A;;GA;;;SY)(A;;GA;;;BA)";
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Guard");
    PDEVICE_OBJECT Bad;
    NTSTATUS Status;
    ULONG i;

    UNREFERENCED_PARAMETER(RegistryPath);
    // A string that says nothing makes no device.
    if (NT_SUCCESS(MakeSecure(DriverObject, L"\\Device\\GuardBad", 0, L"D:P(A;;QQ;;;SY)", &Bad)))
        return STATUS_UNSUCCESSFUL;
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Devices[0]);
    if (NT_SUCCESS(Status))
        Status = MakeSecure(DriverObject, L"\\Device\\GuardAdmins", 0, Admins, &Devices[1]);
    if (NT_SUCCESS(Status))
        Status =
            MakeSecure(DriverObject, L"\\Device\\GuardSecure", FILE_DEVICE_SECURE_OPEN, Admins, &Devices[2]);
    if (!NT_SUCCESS(Status)) {
        GuardUnload(DriverObject);
        return Status;
    }
    for (i = 0; i < 3; i++)
        Devices[i]->Flags |= DO_BUFFERED_IO;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = GuardCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = GuardCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = GuardClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = GuardControl;
    DriverObject->DriverUnload = GuardUnload;
    return STATUS_SUCCESS;
}
