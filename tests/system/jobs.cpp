// SPDX-License-Identifier: GPL-3.0-only
// Jobs: who is in one, what is counted, what binds, who is told, who is ended. The program is its own child,
// which waits, computes, uses memory or writes.
#include "tests/system/test.h"

namespace {

bool says(const UNICODE_STRING& arguments, PCWSTR word) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, word);
    return RtlEqualUnicodeString(&arguments, &text, FALSE);
}

void sleep(LONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = LONGLONG{-10'000} * milliseconds;
    NtDelayExecution(FALSE, &time);
}

// How many of 64 pieces of 64 KiB it gets.
NTSTATUS child_commits() {
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
NTSTATUS child_writes() {
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

NTSTATUS child(const UNICODE_STRING& arguments) {
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
    explicit Child(ULONG flags = 0, HANDLE job = nullptr, PCWSTR command = u"jobs waits");
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

Child::Child(ULONG flags, HANDLE job, PCWSTR line) {
    UNICODE_STRING nt = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\jobs.exe");
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
    if (thread) NtClose(thread);
}

HANDLE make_job() {
    HANDLE job = nullptr;
    NtCreateJobObject(&job, JOB_OBJECT_ALL_ACCESS, nullptr);
    return job;
}

NTSTATUS limit(HANDLE job, ULONG flags, ULONG processes = 0) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = flags;
    limits.BasicLimitInformation.ActiveProcessLimit = processes;
    return NtSetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
}

JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting(HANDLE job) {
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts = {};
    NtQueryInformationJobObject(job, JobObjectBasicAccountingInformation, &counts, sizeof(counts), nullptr);
    return counts;
}

}  // namespace

CHILD(child);

static LARGE_INTEGER no_time = {};

TEST(nobody_is_in_a_job_first) {
    CHECK(NtIsProcessInJob(NtCurrentProcess(), nullptr) == STATUS_PROCESS_NOT_IN_JOB);
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts;
    CHECK(NtQueryInformationJobObject(nullptr, JobObjectBasicAccountingInformation, &counts, sizeof(counts),
                                      nullptr) == STATUS_ACCESS_DENIED);
}

TEST(a_process_joins_and_leaves) {
    const HANDLE job = make_job(), other = make_job();
    {
        Child one;
        REQUIRE(one.process);
        CHECK(!one.in(job) && !one.in(nullptr));
        CHECK(NtAssignProcessToJobObject(job, one.process) == STATUS_SUCCESS);
        CHECK(one.in(job) && one.in(nullptr) && !one.in(other));
        CHECK(accounting(job).ActiveProcesses == 1 && accounting(job).TotalProcesses == 1);
        struct {
            JOBOBJECT_BASIC_PROCESS_ID_LIST list;
            ULONG_PTR more[3];
        } ids = {};
        CHECK(NtQueryInformationJobObject(job, JobObjectBasicProcessIdList, &ids, sizeof(ids), nullptr) ==
              STATUS_SUCCESS);
        CHECK(ids.list.NumberOfAssignedProcesses == 1 && ids.list.NumberOfProcessIdsInList == 1);
        CHECK(ids.list.ProcessIdList[0] == one.id());
        // A job with processes of its own is not nested in another.
        Child two;
        CHECK(NtAssignProcessToJobObject(other, two.process) == STATUS_SUCCESS);
        CHECK(NtAssignProcessToJobObject(other, one.process) == STATUS_ACCESS_DENIED);
    }
    CHECK(accounting(job).ActiveProcesses == 0 && accounting(job).TotalProcesses == 1);
    NtClose(job);
    NtClose(other);
}

TEST(jobs_nest) {
    const HANDLE outer = make_job(), inner = make_job();
    Child one;
    CHECK(NtAssignProcessToJobObject(outer, one.process) == STATUS_SUCCESS);
    CHECK(NtAssignProcessToJobObject(inner, one.process) == STATUS_SUCCESS);
    CHECK(one.in(outer) && one.in(inner));
    CHECK(NtAssignProcessToJobObject(outer, one.process) == STATUS_ACCESS_DENIED);
    CHECK(NtTerminateJobObject(outer, 9) == STATUS_SUCCESS);
    CHECK(one.wait() == 9);
    NtClose(outer);
    NtClose(inner);
}

TEST(as_many_as_it_may) {
    const HANDLE job = make_job();
    CHECK(limit(job, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, 0) == STATUS_INVALID_PARAMETER);
    CHECK(limit(job, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, 2) == STATUS_SUCCESS);
    Child one(0, job), two(0, job), three(0, job);
    CHECK(one.status == STATUS_SUCCESS && two.status == STATUS_SUCCESS &&
          three.status == STATUS_QUOTA_EXCEEDED);
    CHECK(one.in(job) && two.in(job) && !three.process);
    Child outside;
    CHECK(NtAssignProcessToJobObject(job, outside.process) == STATUS_QUOTA_EXCEEDED);
    // It ends, as documented of this limit.
    CHECK(outside.wait() == STATUS_QUOTA_EXCEEDED);
    NtTerminateProcess(one.process, 0);
    one.wait();
    const Child another;
    CHECK(NtAssignProcessToJobObject(job, another.process) == STATUS_SUCCESS);
    NtClose(job);
}

TEST(closing_ends_those_in_it) {
    const HANDLE job = make_job();
    CHECK(limit(job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE) == STATUS_SUCCESS);
    Child one(0, job), two(0, job), outside;
    CHECK(one.in(job) && two.in(job));
    NtClose(job);
    CHECK(one.wait() == STATUS_SUCCESS && two.wait() == STATUS_SUCCESS);
    CHECK(outside.process && outside.wait() == STATUS_TIMEOUT);
}

TEST(limits_as_they_were_set) {
    const HANDLE job = make_job();
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    CHECK(limit(job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_BREAKAWAY_OK) == STATUS_SUCCESS);
    JOBOBJECT_BASIC_LIMIT_INFORMATION basic = {};
    basic.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    basic.ActiveProcessLimit = 7;
    CHECK(NtSetInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof(basic)) ==
          STATUS_SUCCESS);
    CHECK(NtQueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits),
                                      nullptr) == STATUS_SUCCESS);
    CHECK(limits.BasicLimitInformation.ActiveProcessLimit == 7);
    CHECK(limits.BasicLimitInformation.LimitFlags ==
          (JOB_OBJECT_LIMIT_ACTIVE_PROCESS | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
           JOB_OBJECT_LIMIT_BREAKAWAY_OK));
    CHECK(limit(job, 0x80000000) == STATUS_INVALID_PARAMETER);
    basic.LimitFlags = JOB_OBJECT_LIMIT_BREAKAWAY_OK;  // of the extended class
    CHECK(NtSetInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof(basic)) ==
          STATUS_INVALID_PARAMETER);
    CHECK(NtSetInformationJobObject(job, JobObjectBasicLimitInformation, &basic, 8) ==
          STATUS_INFO_LENGTH_MISMATCH);
    NtClose(job);
}

TEST(messages_at_a_port) {
    const HANDLE job = make_job();
    HANDLE port = nullptr;
    NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT associated = {&port, port};
    CHECK(NtSetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &associated,
                                    sizeof(associated)) == STATUS_SUCCESS);
    ULONG_PTR id = 0;
    {
        Child one(0, job);
        id = one.id();
    }
    const ULONG expected[] = {JOB_OBJECT_MSG_NEW_PROCESS, JOB_OBJECT_MSG_EXIT_PROCESS,
                              JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO};
    for (const ULONG message : expected) {
        PVOID key = nullptr, process = nullptr;
        IO_STATUS_BLOCK io = {};
        LARGE_INTEGER timeout;
        timeout.QuadPart = -50'000'000;
        CHECK(NtRemoveIoCompletion(port, &key, &process, &io, &timeout) == STATUS_SUCCESS);
        CHECK(key == &port && io.Information == message);
        CHECK(reinterpret_cast<ULONG_PTR>(process) ==
              (message == JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO ? 0 : id));
    }
    NtClose(port);
    NtClose(job);
}

namespace {

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

NTSTATUS set(HANDLE job, const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits) {
    return NtSetInformationJobObject(job, JobObjectExtendedLimitInformation,
                                     const_cast<PVOID>(static_cast<const void*>(&limits)), sizeof(limits));
}

JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits_of(HANDLE job) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    NtQueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits), nullptr);
    return limits;
}

UCHAR priority_class(HANDLE process) {
    PROCESS_PRIORITY_CLASS priority = {};
    NtQueryInformationProcess(process, ProcessPriorityClass, &priority, sizeof(priority), nullptr);
    return priority.PriorityClass;
}

}  // namespace

TEST(limits_that_make_no_sense) {
    const HANDLE job = make_job();
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = limits.BasicLimitInformation;
    const ULONG zero_is_none[] = {JOB_OBJECT_LIMIT_PROCESS_TIME,    JOB_OBJECT_LIMIT_JOB_TIME,
                                  JOB_OBJECT_LIMIT_ACTIVE_PROCESS,  JOB_OBJECT_LIMIT_AFFINITY,
                                  JOB_OBJECT_LIMIT_PRIORITY_CLASS,  JOB_OBJECT_LIMIT_WORKINGSET,
                                  JOB_OBJECT_LIMIT_SUBSET_AFFINITY, 0x8000};
    for (const ULONG flag : zero_is_none) {
        basic.LimitFlags = flag;
        CHECK(set(job, limits) == STATUS_INVALID_PARAMETER);
    }
    basic.LimitFlags = JOB_OBJECT_LIMIT_SCHEDULING_CLASS;
    basic.SchedulingClass = 10;
    CHECK(set(job, limits) == STATUS_INVALID_PARAMETER);
    basic.SchedulingClass = 5;
    CHECK(set(job, limits) == STATUS_SUCCESS);
    basic.LimitFlags = JOB_OBJECT_LIMIT_JOB_TIME | JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME;
    basic.PerJobUserTimeLimit.QuadPart = 1;
    CHECK(set(job, limits) == STATUS_INVALID_PARAMETER);
    basic.LimitFlags = JOB_OBJECT_LIMIT_AFFINITY | JOB_OBJECT_LIMIT_SUBSET_AFFINITY;
    basic.Affinity = 2;
    CHECK(set(job, limits) == STATUS_INVALID_PARAMETER);
    basic.Affinity = 1;
    CHECK(set(job, limits) == STATUS_SUCCESS);
    ULONG rate[2] = {JOB_OBJECT_CPU_RATE_CONTROL_ENABLE, 1000};
    CHECK(NtSetInformationJobObject(job, JobObjectCpuRateControlInformation, rate, sizeof(rate)) ==
          STATUS_NOT_SUPPORTED);
    NtClose(job);
}

TEST(a_process_has_as_much_memory_as_it_may) {
    const HANDLE job = make_job();
    Port port(job);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = 2 << 20;
    REQUIRE(set(job, limits) == STATUS_SUCCESS);
    {
        const Child one(0, job, u"jobs commits");
        const NTSTATUS got = one.wait();
        CHECK(got > 8 && got < 32);
        CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS);
        CHECK(port.next() == JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT);
        CHECK(port.last == one.id());
    }
    limits = limits_of(job);
    CHECK(limits.PeakProcessMemoryUsed > (1 << 20) && limits.PeakProcessMemoryUsed <= (2 << 20));
    CHECK(limits.PeakJobMemoryUsed == limits.PeakProcessMemoryUsed);
    JOBOBJECT_MEMORY_USAGE_INFORMATION memory = {};
    CHECK(NtQueryInformationJobObject(job, JobObjectMemoryUsageInformation, &memory, sizeof(memory),
                                      nullptr) == STATUS_SUCCESS);
    CHECK(memory.JobMemory == 0 && memory.PeakJobMemoryUsed == limits.PeakJobMemoryUsed);
    NtClose(job);
}

TEST(a_job_has_as_much_memory_as_it_may) {
    const HANDLE outer = make_job(), inner = make_job();
    Port port(outer);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_JOB_MEMORY;
    limits.JobMemoryLimit = 3 << 20;
    REQUIRE(set(outer, limits) == STATUS_SUCCESS);
    const Child first(0, outer);
    REQUIRE(NtAssignProcessToJobObject(inner, first.process) == STATUS_SUCCESS);
    // That of the job around binds.
    const Child two(0, inner, u"jobs commits");
    const NTSTATUS got = two.wait();
    CHECK(got == STATUS_ACCESS_DENIED || (got > 8 && got < 48));
    NtTerminateJobObject(outer, 0);
    first.wait();
    CHECK(limits_of(outer).PeakJobMemoryUsed <= (3 << 20));
    NtClose(inner);
    NtClose(outer);
}

TEST(the_time_of_a_process_is_up) {
    const HANDLE job = make_job();
    Port port(job);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_TIME;
    limits.BasicLimitInformation.PerProcessUserTimeLimit.QuadPart = 1'000'000;
    REQUIRE(set(job, limits) == STATUS_SUCCESS);
    const Child one(0, job, u"jobs computes"), other(0, job);
    CHECK(one.wait() == JOB_OBJECT_TIME_LIMIT_STATUS);
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS && port.next() == JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK(port.next() == JOB_OBJECT_MSG_END_OF_PROCESS_TIME && port.last == one.id());
    CHECK(port.next() == JOB_OBJECT_MSG_EXIT_PROCESS && port.last == one.id());
    const auto counts = accounting(job);
    CHECK(counts.TotalTerminatedProcesses == 1 && counts.ActiveProcesses == 1);
    CHECK(counts.TotalUserTime.QuadPart >= 1'000'000);
    CHECK(NtWaitForSingleObject(other.process, FALSE, &no_time) == STATUS_TIMEOUT);
    NtClose(job);
}

TEST(the_time_of_a_job_is_up) {
    const HANDLE job = make_job();
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_JOB_TIME;
    limits.BasicLimitInformation.PerJobUserTimeLimit.QuadPart = 1'000'000;
    REQUIRE(set(job, limits) == STATUS_SUCCESS);
    CHECK(NtWaitForSingleObject(job, FALSE, &no_time) == STATUS_TIMEOUT);
    const Child one(0, job, u"jobs computes"), other(0, job);
    CHECK(one.wait() == JOB_OBJECT_TIME_LIMIT_STATUS && other.wait() == JOB_OBJECT_TIME_LIMIT_STATUS);
    LARGE_INTEGER timeout;
    timeout.QuadPart = -10'000'000;
    CHECK(NtWaitForSingleObject(job, FALSE, &timeout) == STATUS_SUCCESS);
    CHECK(accounting(job).TotalTerminatedProcesses == 2);
    // A new period.
    REQUIRE(set(job, limits) == STATUS_SUCCESS);
    CHECK(NtWaitForSingleObject(job, FALSE, &no_time) == STATUS_TIMEOUT);
    CHECK(accounting(job).ThisPeriodTotalUserTime.QuadPart == 0);
    NtClose(job);
}

TEST(the_end_of_a_jobs_time_is_told) {
    const HANDLE job = make_job();
    Port port(job);
    ULONG action = JOB_OBJECT_POST_AT_END_OF_JOB + 1;
    CHECK(NtSetInformationJobObject(job, JobObjectEndOfJobTimeInformation, &action, sizeof(action)) ==
          STATUS_INVALID_PARAMETER);
    action = JOB_OBJECT_POST_AT_END_OF_JOB;
    CHECK(NtSetInformationJobObject(job, JobObjectEndOfJobTimeInformation, &action, sizeof(action)) ==
          STATUS_SUCCESS);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_JOB_TIME;
    limits.BasicLimitInformation.PerJobUserTimeLimit.QuadPart = 500'000;
    REQUIRE(set(job, limits) == STATUS_SUCCESS);
    const Child one(0, job, u"jobs computes");
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK(port.next() == JOB_OBJECT_MSG_END_OF_JOB_TIME && port.last == 0);
    CHECK(NtWaitForSingleObject(one.process, FALSE, &no_time) == STATUS_TIMEOUT);
    CHECK(!(limits_of(job).BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_JOB_TIME));
    NtTerminateJobObject(job, 1);
    NtClose(job);
}

TEST(priorities_and_working_sets_of_a_job) {
    const HANDLE job = make_job(), inner = make_job();
    const Child one(0, job);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PRIORITY_CLASS | JOB_OBJECT_LIMIT_WORKINGSET;
    limits.BasicLimitInformation.PriorityClass = PROCESS_PRIORITY_CLASS_BELOW_NORMAL;
    limits.BasicLimitInformation.MinimumWorkingSetSize = 0x64000;
    limits.BasicLimitInformation.MaximumWorkingSetSize = 0xc8000;
    REQUIRE(set(job, limits) == STATUS_SUCCESS);
    CHECK(priority_class(one.process) == PROCESS_PRIORITY_CLASS_BELOW_NORMAL);
    QUOTA_LIMITS quota = {};
    NtQueryInformationProcess(one.process, ProcessQuotaLimits, &quota, sizeof(quota), nullptr);
    CHECK(quota.MinimumWorkingSetSize == 0x64000 && quota.MaximumWorkingSetSize == 0xc8000);
    // It is the job that says.
    PROCESS_PRIORITY_CLASS other = {FALSE, PROCESS_PRIORITY_CLASS_HIGH};
    CHECK(NtSetInformationProcess(one.process, ProcessPriorityClass, &other, sizeof(other)) ==
          STATUS_SUCCESS);
    CHECK(priority_class(one.process) == PROCESS_PRIORITY_CLASS_BELOW_NORMAL);
    // Of nested jobs the lowest.
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PRIORITY_CLASS;
    limits.BasicLimitInformation.PriorityClass = PROCESS_PRIORITY_CLASS_ABOVE_NORMAL;
    REQUIRE(set(inner, limits) == STATUS_SUCCESS);
    CHECK(NtAssignProcessToJobObject(inner, one.process) == STATUS_SUCCESS);
    CHECK(priority_class(one.process) == PROCESS_PRIORITY_CLASS_BELOW_NORMAL);
    limits.BasicLimitInformation.PriorityClass = PROCESS_PRIORITY_CLASS_IDLE;
    REQUIRE(set(inner, limits) == STATUS_SUCCESS);
    CHECK(priority_class(one.process) == PROCESS_PRIORITY_CLASS_IDLE);
    NtClose(inner);
    NtClose(job);
}

TEST(what_its_processes_wrote) {
    const HANDLE job = make_job();
    Port port(job);
    JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION soft = {};
    soft.LimitFlags = JOB_OBJECT_LIMIT_RATE_CONTROL;
    CHECK(NtSetInformationJobObject(job, JobObjectNotificationLimitInformation, &soft, sizeof(soft)) ==
          STATUS_NOT_SUPPORTED);
    soft.LimitFlags = JOB_OBJECT_LIMIT_WORKINGSET;
    CHECK(NtSetInformationJobObject(job, JobObjectNotificationLimitInformation, &soft, sizeof(soft)) ==
          STATUS_INVALID_PARAMETER);
    soft.LimitFlags = JOB_OBJECT_LIMIT_JOB_WRITE_BYTES;
    soft.IoWriteBytesLimit = 750;
    REQUIRE(NtSetInformationJobObject(job, JobObjectNotificationLimitInformation, &soft, sizeof(soft)) ==
            STATUS_SUCCESS);
    const Child one(0, job, u"jobs writes");
    CHECK(one.wait() == STATUS_SUCCESS);
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK(port.next() == JOB_OBJECT_MSG_NOTIFICATION_LIMIT && port.last == one.id());
    CHECK(port.next() == JOB_OBJECT_MSG_EXIT_PROCESS);
    CHECK(port.next() == JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO);
    JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION counts = {};
    CHECK(NtQueryInformationJobObject(job, JobObjectBasicAndIoAccountingInformation, &counts, sizeof(counts),
                                      nullptr) == STATUS_SUCCESS);
    CHECK(counts.IoInfo.WriteOperationCount == 10 && counts.IoInfo.WriteTransferCount == 1000);
    CHECK(counts.BasicInfo.TotalPageFaultCount > 0);
    JOBOBJECT_LIMIT_VIOLATION_INFORMATION violation = {};
    CHECK(NtQueryInformationJobObject(job, JobObjectLimitViolationInformation, &violation, sizeof(violation),
                                      nullptr) == STATUS_SUCCESS);
    CHECK(violation.ViolationLimitFlags == JOB_OBJECT_LIMIT_JOB_WRITE_BYTES);
    CHECK(violation.IoWriteBytes == 1000 && violation.IoWriteBytesLimit == 750);
    JOBOBJECT_EXTENDED_ACCOUNTING_INFORMATION extended = {};
    CHECK(NtQueryInformationJobObject(job, JobObjectExtendedAccountingInformation, &extended,
                                      sizeof(extended), nullptr) == STATUS_SUCCESS);
    CHECK(extended.IoInfo.WriteTransferCount == 1000 && extended.BasicInfo.TotalProcesses == 1);
    NtClose(job);
}

TEST(ends_that_are_no_good) {
    const HANDLE job = make_job();
    const Child first(0, job);
    // Those that are there are told of too.
    Port port(job);
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS && port.last == first.id());
    const Child one(0, job, u"jobs breaks");
    CHECK(one.wait() == STATUS_ACCESS_VIOLATION);
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS && port.last == one.id());
    CHECK(port.next() == JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS && port.last == one.id());
    NtClose(job);
}

TEST(there_are_no_sets_of_jobs) {
    const HANDLE job = make_job();
    JOB_SET_ARRAY set_of[2] = {{job, 1, 0}, {job, 2, 0}};
    CHECK(NtCreateJobSet(1, set_of, 0) == STATUS_INVALID_PARAMETER);
    CHECK(NtCreateJobSet(2, set_of, 1) == STATUS_INVALID_PARAMETER);
    CHECK(NtCreateJobSet(2, set_of, 0) == STATUS_NOT_SUPPORTED);
    set_of[0].JobHandle = nullptr;
    CHECK(NtCreateJobSet(2, set_of, 0) == STATUS_INVALID_HANDLE);
    NtClose(job);
}

// Last: the program itself is in a job from here on.
TEST(children_are_in_the_same_job) {
    const HANDLE job = make_job();
    REQUIRE(NtAssignProcessToJobObject(job, NtCurrentProcess()) == STATUS_SUCCESS);
    {
        Child one;
        CHECK(one.in(job));
        Child refused(PROCESS_CREATE_FLAGS_BREAKAWAY);
        CHECK(refused.status == STATUS_ACCESS_DENIED);
        CHECK(limit(job, JOB_OBJECT_LIMIT_BREAKAWAY_OK) == STATUS_SUCCESS);
        Child away(PROCESS_CREATE_FLAGS_BREAKAWAY), stays;
        CHECK(!away.in(job) && stays.in(job));
        CHECK(limit(job, JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK) == STATUS_SUCCESS);
        Child silent;
        CHECK(!silent.in(job));
    }
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts = {};
    CHECK(NtQueryInformationJobObject(nullptr, JobObjectBasicAccountingInformation, &counts, sizeof(counts),
                                      nullptr) == STATUS_SUCCESS);
    CHECK(counts.ActiveProcesses == 1 && counts.TotalProcesses == 3);
}
