// SPDX-License-Identifier: GPL-3.0-only
// Starting processes: command line, environment, standard handles, exit status. The program is its own child.
#include "tests/system/test.h"
#include "tests/system/tls.h"

namespace {

bool allocate_at_exit;

// Takes the heap's lock with it when the process ends.
NTSTATUS NTAPI hold_heap(PVOID ready) {
    RtlLockHeap(RtlProcessHeap());
    NtSetEvent(ready, nullptr);
    LARGE_INTEGER forever;
    forever.QuadPart = -1000000000;
    NtDelayExecution(FALSE, &forever);
    return 0;
}

void leave_heap_locked() {
    HANDLE ready = nullptr;
    NtCreateEvent(&ready, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    HANDLE thread = nullptr;
    RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, hold_heap, ready, &thread, nullptr);
    NtWaitForSingleObject(ready, FALSE, nullptr);
    allocate_at_exit = true;
    RtlExitUserProcess(66);
}

ULONG hard_error_mode() {
    ULONG mode = ~0u;
    NtQueryInformationProcess(NtCurrentProcess(), ProcessDefaultHardErrorMode, &mode, sizeof(mode), nullptr);
    return mode;
}

NTSTATUS child(const UNICODE_STRING& arguments) {
    UNICODE_STRING environment = RTL_CONSTANT_STRING(u"child environment");
    UNICODE_STRING fault = RTL_CONSTANT_STRING(u"child fault");
    UNICODE_STRING exit = RTL_CONSTANT_STRING(u"child exit 'with words'  and  spaces");
    UNICODE_STRING locked = RTL_CONSTANT_STRING(u"child locked");
    UNICODE_STRING errors = RTL_CONSTANT_STRING(u"child errors");
    if (RtlEqualUnicodeString(&arguments, &errors, FALSE)) return static_cast<NTSTATUS>(hard_error_mode());
    if (RtlEqualUnicodeString(&arguments, &locked, FALSE)) leave_heap_locked();
    if (RtlEqualUnicodeString(&arguments, &exit, FALSE)) return 77;
    if (RtlEqualUnicodeString(&arguments, &fault, FALSE)) *reinterpret_cast<volatile int*>(0x40) = 1;
    if (RtlEqualUnicodeString(&arguments, &environment, FALSE)) {
        UNICODE_STRING name = RTL_CONSTANT_STRING(u"NEPTUNE_TEST");
        WCHAR text[32];
        UNICODE_STRING value = {0, sizeof(text), text};
        UNICODE_STRING expected = RTL_CONSTANT_STRING(u"from the parent");
        if (!NT_SUCCESS(RtlQueryEnvironmentVariable_U(nullptr, &name, &value))) return 1;
        return RtlEqualUnicodeString(&value, &expected, FALSE) ? 55 : 2;
    }
    return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS start(const WCHAR* line, RTL_USER_PROCESS_INFORMATION& information) {
    UNICODE_STRING image = NtCurrentPeb()->ProcessParameters->ImagePathName;
    UNICODE_STRING command;
    RtlInitUnicodeString(&command, line);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &command, nullptr, nullptr,
                                     nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    UNICODE_STRING nt = {};
    status = RtlDosPathNameToNtPathName_U_WithStatus(image.Buffer, &nt, nullptr, nullptr);
    if (!NT_SUCCESS(status)) return status;
    status = RtlCreateUserProcess(&nt, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr, FALSE,
                                  nullptr, nullptr, &information);
    RtlFreeUnicodeString(&nt);
    RtlDestroyProcessParameters(parameters);
    return status;
}

NTSTATUS exit_status_of(HANDLE process) {
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
    return basic.ExitStatus;
}

NTSTATUS run(const WCHAR* line, NTSTATUS& exit_status) {
    RTL_USER_PROCESS_INFORMATION information = {};
    const NTSTATUS status = start(line, information);
    if (!NT_SUCCESS(status)) return status;
    NtResumeThread(information.Thread, nullptr);
    NtWaitForSingleObject(information.Process, FALSE, nullptr);
    exit_status = exit_status_of(information.Process);
    NtClose(information.Thread);
    NtClose(information.Process);
    return status;
}

}  // namespace

CHILD(child);

void NTAPI tls_callback(PVOID, ULONG reason, PVOID) {
    if (reason == DLL_PROCESS_DETACH && allocate_at_exit) RtlAllocateHeap(RtlProcessHeap(), 0, 100);
}

// A lock whose owner was ended with the process must not keep the process.
TEST(exit_with_a_lock_held_by_another_thread) {
    NTSTATUS exit_status = 0;
    CHECK(NT_SUCCESS(run(u"process child locked", exit_status)));
    CHECK(exit_status == 66);
}

// Who is refused an end from outside can see that the process ends already: GetExitCodeProcess is not
// STILL_ACTIVE.
TEST(exit_status_is_told_from_the_beginning_of_the_end) {
    RTL_USER_PROCESS_INFORMATION information = {};
    CHECK(NT_SUCCESS(start(u"process child fault", information)));
    CHECK(exit_status_of(information.Process) == STATUS_PENDING);
    for (unsigned i = 0; i < 200; ++i) {
        HANDLE thread = nullptr;
        CHECK(NT_SUCCESS(RtlCreateUserThread(information.Process, nullptr, TRUE, 0, 0, 0, hold_heap, nullptr,
                                             &thread, nullptr)));
        NtClose(thread);
    }
    CHECK(NtTerminateProcess(information.Process, 91) == STATUS_SUCCESS);
    CHECK(exit_status_of(information.Process) == 91);
    CHECK(NtTerminateProcess(information.Process, 92) != STATUS_SUCCESS);
    CHECK(exit_status_of(information.Process) == 91);
    NtClose(information.Thread);
    NtClose(information.Process);
}

TEST(command_line_and_exit_status) {
    NTSTATUS exit_status = 0;
    CHECK(NT_SUCCESS(run(u"process child exit 'with words'  and  spaces", exit_status)));
    CHECK(exit_status == 77);
}

TEST(environment_is_inherited) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"Neptune_Test");
    UNICODE_STRING value = RTL_CONSTANT_STRING(u"from the parent");
    CHECK(NT_SUCCESS(RtlSetEnvironmentVariable(nullptr, &name, &value)));
    NTSTATUS exit_status = 0;
    CHECK(NT_SUCCESS(run(u"process child environment", exit_status)));
    CHECK(exit_status == 55);
}

TEST(hard_error_mode_is_kept_and_inherited) {
    CHECK(hard_error_mode() == 0);
    ULONG mode = 5;
    CHECK(NtSetInformationProcess(NtCurrentProcess(), ProcessDefaultHardErrorMode, &mode, 2) ==
          STATUS_INFO_LENGTH_MISMATCH);
    CHECK(NT_SUCCESS(
        NtSetInformationProcess(NtCurrentProcess(), ProcessDefaultHardErrorMode, &mode, sizeof(mode))));
    CHECK(hard_error_mode() == 5);
    NTSTATUS exit_status = 0;
    CHECK(NT_SUCCESS(run(u"process child errors", exit_status)));
    CHECK(exit_status == 5);
}

TEST(fault_ends_the_child_alone) {
    NTSTATUS exit_status = 0;
    CHECK(NT_SUCCESS(run(u"process child fault", exit_status)));
    CHECK(exit_status == STATUS_ACCESS_VIOLATION);
}

TEST(missing_program) {
    UNICODE_STRING image = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\nosuch.exe");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    REQUIRE(NT_SUCCESS(RtlCreateProcessParameters(&parameters, &image, nullptr, nullptr, nullptr, nullptr,
                                                  nullptr, nullptr, nullptr, nullptr)));
    RTL_USER_PROCESS_INFORMATION information = {};
    CHECK(RtlCreateUserProcess(&image, 0, parameters, nullptr, nullptr, nullptr, FALSE, nullptr, nullptr,
                               &information) == STATUS_OBJECT_NAME_NOT_FOUND);
    RtlDestroyProcessParameters(parameters);
}

TEST(file_that_is_no_program) {
    UNICODE_STRING image = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\config\\seed.reg");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    REQUIRE(NT_SUCCESS(RtlCreateProcessParameters(&parameters, &image, nullptr, nullptr, nullptr, nullptr,
                                                  nullptr, nullptr, nullptr, nullptr)));
    RTL_USER_PROCESS_INFORMATION information = {};
    CHECK(RtlCreateUserProcess(&image, 0, parameters, nullptr, nullptr, nullptr, FALSE, nullptr, nullptr,
                               &information) == STATUS_INVALID_IMAGE_NOT_MZ);
    RtlDestroyProcessParameters(parameters);
}

TEST(parameters_of_this_process) {
    PRTL_USER_PROCESS_PARAMETERS parameters = NtCurrentPeb()->ProcessParameters;
    CHECK(parameters->Flags & RTL_USER_PROC_PARAMS_NORMALIZED);
    CHECK(parameters->ImagePathName.Length && parameters->CommandLine.Length);
    CHECK(parameters->Environment);
    CHECK(parameters->EnvironmentSize >= 4);
    CHECK(NtCurrentPeb()->OSMajorVersion == 10);
}
