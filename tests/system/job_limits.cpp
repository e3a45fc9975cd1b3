// SPDX-License-Identifier: GPL-3.0-only
// Limits of jobs: which make sense, how they bind, who is told. The program is its own child, which waits,
// computes, uses memory or writes.
#include "tests/system/jobs.h"

using namespace jobs;

CHILD(child);

namespace {

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
        const Child one(0, job, u"job commits");
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
    const Child two(0, inner, u"job commits");
    const NTSTATUS got = two.wait();
    CHECK(got > 8 && got < 48);
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
    const Child one(0, job, u"job computes"), other(0, job);
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
    const Child one(0, job, u"job computes"), other(0, job);
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
    const Child one(0, job, u"job computes");
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
    const Child one(0, job, u"job writes");
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
    const Child one(0, job, u"job breaks");
    CHECK(one.wait() == STATUS_ACCESS_VIOLATION);
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS && port.last == one.id());
    CHECK(port.next() == JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS && port.last == one.id());
    NtClose(job);
}

TEST(lengths_of_what_is_told) {
    const HANDLE job = make_job();
    alignas(8) UCHAR room[1024];
    const struct {
        JOBOBJECTINFOCLASS what;
        ULONG size;
    } classes[] = {
        {JobObjectBasicAccountingInformation, 48},
        {JobObjectBasicLimitInformation, 64},
        {JobObjectBasicUIRestrictions, 4},
        {JobObjectEndOfJobTimeInformation, 4},
        {JobObjectBasicAndIoAccountingInformation, 96},
        {JobObjectExtendedLimitInformation, 144},
        {JobObjectJobSetInformation, 4},
        {JobObjectGroupInformation, 2},
        {JobObjectNotificationLimitInformation, 48},
        {JobObjectLimitViolationInformation, 80},
        {JobObjectGroupInformationEx, 16},
        {JobObjectCpuRateControlInformation, 8},
        {JobObjectMemoryUsageInformation, 16},
    };
    for (const auto& each : classes) {
        ULONG length = 0;
        CHECK(NtQueryInformationJobObject(job, each.what, room, each.size, &length) == STATUS_SUCCESS);
        CHECK(length == each.size);
        CHECK(NtQueryInformationJobObject(job, each.what, room, each.size - 1, &length) ==
              STATUS_INFO_LENGTH_MISMATCH);
        CHECK(NtQueryInformationJobObject(job, each.what, room, each.size + 1, &length) ==
              STATUS_INFO_LENGTH_MISMATCH);
    }
    // What can only be set, and what there is none of.
    constexpr ULONG kNone[] = {0, 7, 99};
    for (const ULONG what : kNone) {
        CHECK(NtQueryInformationJobObject(job, static_cast<JOBOBJECTINFOCLASS>(what), room, 16, nullptr) ==
              STATUS_INVALID_INFO_CLASS);
        if (what != 7)
            CHECK(NtSetInformationJobObject(job, static_cast<JOBOBJECTINFOCLASS>(what), room, 16) ==
                  STATUS_INVALID_INFO_CLASS);
    }
    CHECK(NtSetInformationJobObject(job, JobObjectBasicAccountingInformation, room, 48) ==
          STATUS_INVALID_INFO_CLASS);
    // Rights.
    HANDLE weak = nullptr;
    REQUIRE(NtDuplicateObject(NtCurrentProcess(), job, NtCurrentProcess(), &weak, SYNCHRONIZE, 0, 0) ==
            STATUS_SUCCESS);
    CHECK(NtQueryInformationJobObject(weak, JobObjectBasicUIRestrictions, room, 4, nullptr) ==
          STATUS_ACCESS_DENIED);
    CHECK(NtSetInformationJobObject(weak, JobObjectBasicUIRestrictions, room, 4) == STATUS_ACCESS_DENIED);
    CHECK(NtTerminateJobObject(weak, 0) == STATUS_ACCESS_DENIED);
    CHECK(NtAssignProcessToJobObject(weak, NtCurrentProcess()) == STATUS_ACCESS_DENIED);
    NtClose(weak);
    NtClose(job);
}

// Those around it are told too; whoever was one too many counts as one that was in it.
TEST(the_jobs_around_are_told) {
    const HANDLE outer = make_job(), inner = make_job();
    const Child one(0, outer);
    REQUIRE(NtAssignProcessToJobObject(inner, one.process) == STATUS_SUCCESS);
    CHECK(limit(inner, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, 1) == STATUS_SUCCESS);
    Port port(outer);
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS && port.last == one.id());
    const Child two(0, outer);
    CHECK(port.next() == JOB_OBJECT_MSG_NEW_PROCESS && port.last == two.id());
    CHECK(NtAssignProcessToJobObject(inner, two.process) == STATUS_QUOTA_EXCEEDED);
    CHECK(port.next() == JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT && port.last == 0);
    CHECK(accounting(inner).TotalProcesses == 2 && accounting(inner).TotalTerminatedProcesses == 1);
    CHECK(accounting(inner).ActiveProcesses == 1);
    // The limit of the one inside is none of the one around.
    const Child three(0, outer);
    CHECK(three.status == STATUS_SUCCESS);
    NtTerminateJobObject(outer, 0);
    NtClose(inner);
    NtClose(outer);
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
