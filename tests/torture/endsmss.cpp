// SPDX-License-Identifier: GPL-3.0-only
//
// Ends smss, which nobody may, by a thread of it that cannot run, which SeDebugPrivilege may make. With the
// word `shell` the process that started this one is ended as well, before smss is back, and another of
// its name is left behind.
#include "apps/common/native.hpp"

namespace {

HANDLE open(HANDLE id, ACCESS_MASK access) {
    CLIENT_ID client = {id, nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    HANDLE process = nullptr;
    NtOpenProcess(&process, access, &attributes, &client);
    return process;
}

HANDLE find_process(const WCHAR* image) {
    alignas(8) static UCHAR list[0x20000];
    UNICODE_STRING wanted;
    RtlInitUnicodeString(&wanted, image);
    ULONG length = 0;
    if (!NT_SUCCESS(NtQuerySystemInformation(SystemProcessInformation, list, sizeof list, &length)))
        return nullptr;
    for (UCHAR* at = list;;) {
        const auto& process = *reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(at);
        if (RtlEqualUnicodeString(&process.ImageName, &wanted, TRUE)) return process.UniqueProcessId;
        if (!process.NextEntryOffset) return nullptr;
        at += process.NextEntryOffset;
    }
}

// A program that is called like the shell, and does nothing.
NTSTATUS leave_namesake() {
    UNICODE_STRING image = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\ntcmd.exe");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &image, nullptr, nullptr, nullptr,
                                     nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    status = RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr, FALSE,
                                  nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    return status;
}

NTSTATUS end_shell() {
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &basic, sizeof basic, nullptr);
    const HANDLE shell =
        open(reinterpret_cast<HANDLE>(basic.InheritedFromUniqueProcessId), PROCESS_TERMINATE);
    return NtTerminateProcess(shell, STATUS_SUCCESS);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    BOOLEAN before;
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, TRUE, FALSE, &before);
    const HANDLE smss = open(find_process(u"smss.exe"), PROCESS_ALL_ACCESS);
    HANDLE thread = nullptr;
    NTSTATUS status = NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, smss,
                                       reinterpret_cast<PVOID>(0x10), nullptr, 0, 0, 0, 0, nullptr);
    if (NT_SUCCESS(status)) status = NtWaitForSingleObject(smss, FALSE, nullptr);
    const UNICODE_STRING& line = peb->ProcessParameters->CommandLine;
    const bool shell_too = line.Buffer[line.Length / sizeof(WCHAR) - 1] == u'l';
    if (NT_SUCCESS(status) && shell_too) status = leave_namesake();
    if (NT_SUCCESS(status) && shell_too) status = end_shell();
    NtTerminateProcess(NtCurrentProcess(), status);
}
