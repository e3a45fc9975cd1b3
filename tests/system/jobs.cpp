// SPDX-License-Identifier: GPL-3.0-only
// Jobs: who is in one, what is counted, who is told, who is ended. The program is its own child.
#include "tests/system/jobs.h"

using namespace jobs;

CHILD(child);

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
