// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/npfs/kernel.hpp"

#include <algorithm>
#include <map>

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path);

namespace test {

ULONG asking_process = kProcess;
NTSTATUS access_answer = STATUS_SUCCESS;
ACCESS_MASK access_asked;
PFILE_OBJECT impersonated;
size_t allocations;
size_t allocations_left = SIZE_MAX;

namespace {

DRIVER_OBJECT driver;
DEVICE_OBJECT device;
bool locked;
std::map<PKTIMER, PKDPC> timers;
std::vector<std::pair<PIRP, PDRIVER_CANCEL>> taken;  // cancel routines on their way
Request* victim;
unsigned points_left;
bool reached;

DRIVER_OBJECT& started() {
    static const bool once = [] { return DriverEntry(&driver, nullptr) == STATUS_SUCCESS; }();
    EXPECT_TRUE(once);
    return driver;
}

Request& request_of(PIRP irp) {
    return *reinterpret_cast<Request*>(reinterpret_cast<char*>(irp) - offsetof(Request, irp));
}

// The first half of a cancel: whoever takes the routine has the request.
void begin_cancel(IRP& irp) {
    irp.Cancel = TRUE;
    if (PDRIVER_CANCEL routine = std::exchange(irp.CancelRoutine, nullptr)) taken.emplace_back(&irp, routine);
}

void run_cancels() {
    while (!taken.empty() && !locked) {
        auto [irp, routine] = taken.front();
        taken.erase(taken.begin());
        irp->CancelIrql = 0;
        routine(&device, irp);
    }
}

void come_to_point(PIRP irp) {
    if (!victim || irp != &victim->irp) return;
    if (points_left-- > 0) return;
    begin_cancel(std::exchange(victim, nullptr)->irp);
    reached = true;
}

void acquire(KSPIN_LOCK*) {
    EXPECT_FALSE(locked) << "the lock is taken twice";
    locked = true;
}

void release(KSPIN_LOCK*) {
    EXPECT_TRUE(locked);
    locked = false;
    run_cancels();
}

NTSTATUS NTAPI impersonate_opener(PFILE_OBJECT file) {
    impersonated = file;
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS dispatch(Request& request) {
    NTSTATUS status = started().MajorFunction[request.stack.MajorFunction](&device, &request.irp);
    EXPECT_FALSE(locked);
    run_cancels();
    return status;
}

void cancel_at(Request& request, unsigned point) {
    victim = &request;
    points_left = point;
    reached = false;
}
bool cancel_was_reached() {
    return reached;
}
void cancel_nowhere() {
    victim = nullptr;
}

bool fire_timer() {
    if (timers.empty()) return false;
    PKDPC dpc = timers.begin()->second;
    timers.erase(timers.begin());
    dpc->DeferredRoutine(dpc, dpc->DeferredContext, nullptr, nullptr);
    run_cancels();
    return true;
}

Request::Request(UCHAR major, PipeFile& file, size_t in, size_t out)
    : buffer(std::max(in, out)), answer(out) {
    stack.MajorFunction = major;
    stack.FileObject = &file.object;
    stack.DeviceObject = &device;
    for (auto* bytes : {&buffer, &input, &answer})
        bytes->reserve(1);  // of none there is an address too
    context.AccessState = &access;
    irp.RequestorMode = UserMode;
    irp.Tail.Overlay.CurrentStackLocation = reinterpret_cast<PIO_STACK_LOCATION>(&stack);
}

Request::~Request() {
    EXPECT_EQ(completions, 1u) << "a request is not completed";
}

NTSTATUS Request::send() {
    irp.AssociatedIrp.SystemBuffer = buffer.data();
    irp.UserBuffer = answer.data();
    NTSTATUS status = dispatch(*this);
    if (status != STATUS_PENDING) {
        EXPECT_TRUE(done());
        EXPECT_EQ(status, irp.IoStatus.Status);
    } else {
        EXPECT_TRUE(stack.Control & SL_PENDING_RETURNED);
    }
    return status;
}

void Request::cancel() {
    begin_cancel(irp);
    run_cancels();
}

PipeFile::PipeFile(std::u16string path, PipeFile* related) : name(std::move(path)) {
    object.FileName.Buffer = name.data();
    object.FileName.Length = object.FileName.MaximumLength = static_cast<USHORT>(name.size() * 2);
    object.RelatedFileObject = related ? &related->object : nullptr;
}

PipeFile::~PipeFile() {
    close();
}

void PipeFile::close() {
    if (!std::exchange(open, false)) return;
    for (UCHAR major : {IRP_MJ_CLEANUP, IRP_MJ_CLOSE}) {
        Request request(major, *this);
        EXPECT_EQ(request.send(), STATUS_SUCCESS);
    }
}

}  // namespace test

using namespace test;

extern "C" {

PDRIVER_CANCEL IoSetCancelRoutine(PIRP irp, PDRIVER_CANCEL routine) {
    come_to_point(irp);
    PDRIVER_CANCEL before = std::exchange(irp->CancelRoutine, routine);
    if (routine) come_to_point(irp);
    return before;
}

VOID IofCompleteRequest(PIRP irp, CCHAR) {
    Request& request = request_of(irp);
    ++request.completions;
    EXPECT_EQ(request.completions, 1u) << "completed twice";
    EXPECT_EQ(irp->CancelRoutine, nullptr) << "it can still be cancelled";
}

VOID IoReleaseCancelSpinLock(KIRQL) {}

NTSTATUS IoCreateDevice(PDRIVER_OBJECT, ULONG, PUNICODE_STRING, ULONG type, ULONG, BOOLEAN,
                        PDEVICE_OBJECT* made) {
    EXPECT_EQ(type, ULONG{FILE_DEVICE_NAMED_PIPE});
    *made = &device;
    return STATUS_SUCCESS;
}

PGENERIC_MAPPING IoGetFileObjectGenericMapping() {
    static GENERIC_MAPPING mapping{FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                   FILE_ALL_ACCESS};
    return &mapping;
}

ULONG IoGetRequestorProcessId(PIRP) {
    return asking_process;
}
NTSTATUS IoGetRequestorSessionId(PIRP, ULONG* session) {
    *session = 1;
    return STATUS_SUCCESS;
}

PVOID ExAllocatePoolWithTag(ULONG, SIZE_T bytes, ULONG) {
    if (allocations_left == 0) return nullptr;
    --allocations_left;
    ++allocations;
    return malloc(bytes);
}
VOID ExFreePool(PVOID memory) {
    EXPECT_NE(memory, nullptr);
    --allocations;
    free(memory);
}
VOID ExFreePoolWithTag(PVOID memory, ULONG) {
    ExFreePool(memory);
}

KIRQL KeAcquireSpinLockRaiseToDpc(KSPIN_LOCK* lock) {
    acquire(lock);
    return 0;
}
VOID KeReleaseSpinLock(KSPIN_LOCK* lock, KIRQL) {
    release(lock);
}
VOID KeAcquireSpinLockAtDpcLevel(KSPIN_LOCK* lock) {
    acquire(lock);
}
VOID KeReleaseSpinLockFromDpcLevel(KSPIN_LOCK* lock) {
    release(lock);
}

VOID KeInitializeDpc(PKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context) {
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
}
VOID KeInitializeTimer(PKTIMER) {}
BOOLEAN KeSetTimer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc) {
    EXPECT_LT(due.QuadPart, 0);
    timers[timer] = dpc;
    return FALSE;
}
BOOLEAN KeCancelTimer(PKTIMER timer) {
    return timers.erase(timer) != 0;
}

PVOID MmGetSystemRoutineAddress(PUNICODE_STRING) {
    return reinterpret_cast<PVOID>(&impersonate_opener);
}

WCHAR RtlUpcaseUnicodeChar(WCHAR unit) {
    return unit >= u'a' && unit <= u'z' ? static_cast<WCHAR>(unit - 32) : unit;
}
BOOLEAN RtlEqualUnicodeString(const UNICODE_STRING* one, const UNICODE_STRING* other, BOOLEAN) {
    return std::equal(one->Buffer, one->Buffer + one->Length / 2, other->Buffer,
                      other->Buffer + other->Length / 2,
                      [](WCHAR a, WCHAR b) { return RtlUpcaseUnicodeChar(a) == RtlUpcaseUnicodeChar(b); });
}

// A descriptor is its length and as many bytes.
ULONG RtlLengthSecurityDescriptor(PVOID descriptor) {
    return *static_cast<ULONG*>(descriptor);
}
BOOLEAN SeAccessCheck(PVOID, PSECURITY_SUBJECT_CONTEXT, BOOLEAN, ACCESS_MASK desired, ACCESS_MASK,
                      PPRIVILEGE_SET*, PGENERIC_MAPPING, KPROCESSOR_MODE, PACCESS_MASK granted,
                      NTSTATUS* status) {
    EXPECT_FALSE(locked) << "a check may take long";
    access_asked = *granted = desired;
    *status = access_answer;
    return NT_SUCCESS(access_answer);
}
NTSTATUS SeAssignSecurity(PVOID, PVOID wanted, PVOID* made, BOOLEAN, PSECURITY_SUBJECT_CONTEXT,
                          PGENERIC_MAPPING, ULONG) {
    ULONG length = wanted ? RtlLengthSecurityDescriptor(wanted) : sizeof(ULONG);
    *made = ExAllocatePoolWithTag(0, length, 0);
    if (!*made) return STATUS_INSUFFICIENT_RESOURCES;
    if (wanted)
        memcpy(*made, wanted, length);
    else
        memcpy(*made, &length, sizeof length);
    return STATUS_SUCCESS;
}
NTSTATUS SeDeassignSecurity(PVOID* descriptor) {
    ExFreePool(std::exchange(*descriptor, nullptr));
    return STATUS_SUCCESS;
}
VOID SeFreePrivileges(PPRIVILEGE_SET) {}
NTSTATUS SeQuerySecurityDescriptorInfo(SECURITY_INFORMATION*, PVOID answer, ULONG* length,
                                       PVOID* descriptor) {
    ULONG room = std::exchange(*length, RtlLengthSecurityDescriptor(*descriptor));
    if (room < *length) return STATUS_BUFFER_TOO_SMALL;
    memcpy(answer, *descriptor, *length);
    return STATUS_SUCCESS;
}
NTSTATUS SeSetSecurityDescriptorInfo(PVOID, SECURITY_INFORMATION*, PVOID changes, PVOID* descriptor, ULONG,
                                     PGENERIC_MAPPING) {
    return SeAssignSecurity(nullptr, changes, descriptor, FALSE, nullptr, nullptr, 0);
}

}  // extern "C"
