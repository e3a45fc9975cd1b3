// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Job objects: who is in one, what it counts, its end, its messages. Wine 8.0 knows of no limits.
#include "say.h"

static char self[MAX_PATH + 16];

static PROCESS_INFORMATION start(DWORD flags) {
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process = {0};
    if (!CreateProcessA(NULL, self, NULL, NULL, FALSE, flags, NULL, NULL, &startup, &process))
        printf("start: error %lu\n", GetLastError());
    return process;
}

static void counts(HANDLE job) {
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION info;
    struct {
        JOBOBJECT_BASIC_PROCESS_ID_LIST list;
        ULONG_PTR more[8];
    } ids = {0};
    YES(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &info, sizeof info, NULL));
    printf("total %lu, active %lu, terminated %lu\n", info.TotalProcesses, info.ActiveProcesses,
           info.TotalTerminatedProcesses);
    YES(QueryInformationJobObject(job, JobObjectBasicProcessIdList, &ids, sizeof ids, NULL));
    NUM(ids.list.NumberOfProcessIdsInList);
}

int main(int argc, char** argv) {
    HANDLE job, again, port;
    PROCESS_INFORMATION one, two;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT associated;
    BOOL in;
    DWORD code, message, seen = 0;
    ULONG_PTR key;
    OVERLAPPED* process;
    if (argc > 1) {
        Sleep(10000);
        return (int)argv[1][0];
    }
    GetModuleFileNameA(NULL, self, MAX_PATH);
    strcat(self, " child");
    job = MADE(CreateJobObjectA(NULL, "Local\\job8"));
    again = MADE(OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, "Local\\job8"));
    MADE(OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, "Local\\none"));
    port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    associated.CompletionKey = (void*)5;
    associated.CompletionPort = port;
    YES(SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &associated,
                                sizeof associated));
    one = start(CREATE_SUSPENDED);
    YES(AssignProcessToJobObject(job, one.hProcess));
    YES(IsProcessInJob(one.hProcess, again, &in));
    NUM(in);
    YES(IsProcessInJob(GetCurrentProcess(), job, &in));
    NUM(in);
    ResumeThread(one.hThread);
    two = start(0);
    YES(AssignProcessToJobObject(again, two.hProcess));
    counts(job);
    YES(TerminateProcess(one.hProcess, 3));
    WaitForSingleObject(one.hProcess, 10000);
    counts(job);
    YES(TerminateJobObject(job, 55));
    NUM(WaitForSingleObject(two.hProcess, 10000));
    GetExitCodeProcess(two.hProcess, &code);
    NUM(code);
    while (GetQueuedCompletionStatus(port, &message, &key, &process, 1000)) {
        seen |= 1u << message;
        if (message == JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO) break;
    }
    NUM(key);
    NUM(seen >> JOB_OBJECT_MSG_NEW_PROCESS & 1);
    NUM(seen >> JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO & 1);
    CloseHandle(job);
    CloseHandle(again);
    job = CreateJobObjectA(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    limits.BasicLimitInformation.ActiveProcessLimit = 1;
    YES(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
    memset(&limits, 0, sizeof limits);
    YES(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL));
    HEX(limits.BasicLimitInformation.LimitFlags);
    one = start(CREATE_SUSPENDED);
    YES(AssignProcessToJobObject(job, one.hProcess));
    two = start(CREATE_SUSPENDED);
    YES(AssignProcessToJobObject(job, two.hProcess));
    TerminateProcess(two.hProcess, 0);
    CloseHandle(job);
    NUM(WaitForSingleObject(one.hProcess, 10000));
    return 0;
}
