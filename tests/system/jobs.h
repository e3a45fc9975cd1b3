// SPDX-License-Identifier: GPL-3.0-only
// Jobs in tests: children that do as their command line says, the program itself again; a job's port.
#pragma once

#include "tests/system/test.h"

namespace jobs {

inline bool says(const UNICODE_STRING& arguments, PCWSTR word) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, word);
    return RtlEqualUnicodeString(&arguments, &text, FALSE);
}

inline void sleep(LONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = LONGLONG{-10'000} * milliseconds;
    NtDelayExecution(FALSE, &time);
}

// How many of 64 pieces of 64 KiB it gets.
inline NTSTATUS child_commits() {
    NTSTATUS count = 0;
    for (unsigned i = 0; i < 64; ++i) {
        PVOID base = nullptr;
        SIZE_T size = 0x10000;
        const NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size,
                                                        MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (NT_SUCCESS(status)) {
            ++count;
        } else if (status != STATUS_COMMITMENT_LIMIT) {
            return status;
        }
    }
    return count;
}

// Ten writes of a hundred bytes.
inline NTSTATUS child_writes() {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\Null");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, nullptr, nullptr);
    HANDLE file = nullptr;
    IO_STATUS_BLOCK io;
    NTSTATUS status =
        NtOpenFile(&file, FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &io, 0, FILE_SYNCHRONOUS_IO_NONALERT);
    static char bytes[100];
    for (unsigned i = 0; i < 10 && NT_SUCCESS(status); ++i)
        status = NtWriteFile(file, nullptr, nullptr, nullptr, &io, bytes, sizeof(bytes), nullptr, nullptr);
    return status;
}

inline NTSTATUS child(const UNICODE_STRING& arguments) {
    if (says(arguments, u"commits")) return child_commits();
    if (says(arguments, u"writes")) return child_writes();
    if (says(arguments, u"breaks")) return STATUS_ACCESS_VIOLATION;
    if (says(arguments, u"computes"))
        for (;;)
            asm volatile("pause");
    if (!says(arguments, u"waits")) return STATUS_NOT_IMPLEMENTED;
    sleep(60'000);
    return 3;
}

struct Child {
    NTSTATUS status = STATUS_SUCCESS;
    HANDLE process = nullptr;
    explicit Child(ULONG flags = 0, HANDLE job = nullptr, PCWSTR command = u"job waits");
    ~Child() {
        if (process) NtTerminateProcess(process, 0);
        wait();
        if (process) NtClose(process);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    bool in(HANDLE job) const { return NtIsProcessInJob(process, job) == STATUS_PROCESS_IN_JOB; }
    NTSTATUS wait() const {
        PROCESS_BASIC_INFORMATION basic = {};
        LARGE_INTEGER timeout;
        timeout.QuadPart = -50'000'000;
        if (!process || NtWaitForSingleObject(process, FALSE, &timeout) != STATUS_SUCCESS)
            return STATUS_TIMEOUT;
        NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
        return basic.ExitStatus;
    }
    ULONG_PTR id() const {
        PROCESS_BASIC_INFORMATION basic = {};
        NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
        return basic.UniqueProcessId;
    }
};

inline Child::Child(ULONG flags, HANDLE job, PCWSTR line) {
    UNICODE_STRING nt = {};
    RtlDosPathNameToNtPathName_U_WithStatus(NtCurrentPeb()->ProcessParameters->ImagePathName.Buffer, &nt,
                                            nullptr, nullptr);
    UNICODE_STRING command;
    RtlInitUnicodeString(&command, line);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    UNICODE_STRING image = NtCurrentPeb()->ProcessParameters->ImagePathName;
    RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &command, nullptr, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    struct {
        SIZE_T length;
        PS_ATTRIBUTE attributes[2];
    } list = {};
    list.attributes[0].Attribute = PS_ATTRIBUTE_IMAGE_NAME;
    list.attributes[0].Size = nt.Length;
    list.attributes[0].ValuePtr = nt.Buffer;
    list.attributes[1].Attribute = 19 | PS_ATTRIBUTE_INPUT;
    list.attributes[1].Size = sizeof(job);
    list.attributes[1].ValuePtr = &job;
    list.length = sizeof(SIZE_T) + (job ? 2 : 1) * sizeof(PS_ATTRIBUTE);
    HANDLE thread = nullptr;
    status = NtCreateUserProcess(&process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, nullptr, nullptr,
                                 flags, 0, parameters, nullptr, reinterpret_cast<PPS_ATTRIBUTE_LIST>(&list));
    RtlDestroyProcessParameters(parameters);
    RtlFreeUnicodeString(&nt);
    if (thread) NtClose(thread);
}

inline HANDLE make_job() {
    HANDLE job = nullptr;
    NtCreateJobObject(&job, JOB_OBJECT_ALL_ACCESS, nullptr);
    return job;
}

inline NTSTATUS limit(HANDLE job, ULONG flags, ULONG processes = 0) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = flags;
    limits.BasicLimitInformation.ActiveProcessLimit = processes;
    return NtSetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
}

inline JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting(HANDLE job) {
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts = {};
    NtQueryInformationJobObject(job, JobObjectBasicAccountingInformation, &counts, sizeof(counts), nullptr);
    return counts;
}

inline LARGE_INTEGER no_time = {};

struct Port {
    HANDLE handle = nullptr;
    explicit Port(HANDLE job) {
        NtCreateIoCompletion(&handle, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
        JOBOBJECT_ASSOCIATE_COMPLETION_PORT associated = {nullptr, handle};
        CHECK(NtSetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &associated,
                                        sizeof(associated)) == STATUS_SUCCESS);
    }
    ~Port() { NtClose(handle); }
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    // The next message, 0 when none comes; whom it is about goes to `last`.
    ULONG next(LONG milliseconds = 5000) {
        PVOID key = nullptr, process = nullptr;
        IO_STATUS_BLOCK io = {};
        LARGE_INTEGER timeout;
        timeout.QuadPart = LONGLONG{-10'000} * milliseconds;
        if (NtRemoveIoCompletion(handle, &key, &process, &io, &timeout) != STATUS_SUCCESS) return 0;
        last = reinterpret_cast<ULONG_PTR>(process);
        return static_cast<ULONG>(io.Information);
    }
    ULONG_PTR last = 0;
};

}  // namespace jobs
