// SPDX-License-Identifier: GPL-3.0-only
// What is set of processes and threads is checked, and told again.
#include "tests/system/test.h"

namespace {

template <typename T>
NTSTATUS set_process(PROCESSINFOCLASS what, T value) {
    return NtSetInformationProcess(NtCurrentProcess(), what, &value, sizeof(value));
}

template <typename T>
NTSTATUS set_thread(THREADINFOCLASS what, T value) {
    return NtSetInformationThread(NtCurrentThread(), what, &value, sizeof(value));
}

template <typename T>
T of_process(PROCESSINFOCLASS what) {
    T value = {};
    ULONG length = 0;
    CHECK(NtQueryInformationProcess(NtCurrentProcess(), what, &value, sizeof(value), &length) ==
              STATUS_SUCCESS &&
          length == sizeof(value));
    return value;
}

template <typename T>
T of_thread(THREADINFOCLASS what) {
    T value = {};
    ULONG length = 0;
    CHECK(NtQueryInformationThread(NtCurrentThread(), what, &value, sizeof(value), &length) ==
              STATUS_SUCCESS &&
          length == sizeof(value));
    return value;
}

}  // namespace

TEST(settings_of_a_process_are_kept) {
    CHECK(set_process(ProcessAffinityMask, ULONG_PTR{2}) == STATUS_INVALID_PARAMETER);
    CHECK(set_process(ProcessAffinityMask, ULONG_PTR{0}) == STATUS_INVALID_PARAMETER);
    CHECK(set_process(ProcessAffinityMask, ULONG{1}) == STATUS_INFO_LENGTH_MISMATCH);
    CHECK(set_process(ProcessAffinityMask, ULONG_PTR{1}) == STATUS_SUCCESS);
    CHECK(set_process(ProcessPriorityBoost, ULONG{1}) == STATUS_SUCCESS);
    CHECK(of_process<ULONG>(ProcessPriorityBoost) == 1 && of_thread<ULONG>(ThreadPriorityBoost) == 1);
    CHECK(set_process(ProcessPriorityBoost, ULONG{0}) == STATUS_SUCCESS);
    CHECK(of_process<ULONG>(ProcessPriorityBoost) == 0 && of_thread<ULONG>(ThreadPriorityBoost) == 0);
    CHECK(of_process<ULONG>(ProcessIoPriority) == IoPriorityNormal);
    CHECK(set_process(ProcessIoPriority, ULONG{IoPriorityLow}) == STATUS_SUCCESS);
    CHECK(of_process<ULONG>(ProcessIoPriority) == IoPriorityLow);
    CHECK(set_process(ProcessIoPriority, ULONG{IoPriorityCritical}) == STATUS_INVALID_PARAMETER);
    CHECK(of_process<ULONG>(ProcessPagePriority) == MEMORY_PRIORITY_NORMAL);
    CHECK(set_process(ProcessPagePriority, ULONG{3}) == STATUS_SUCCESS);
    CHECK(of_process<ULONG>(ProcessPagePriority) == 3);
    CHECK(set_process(ProcessPagePriority, ULONG{6}) == STATUS_INVALID_PARAMETER);
    CHECK(of_process<USHORT>(ProcessGroupInformation) == 0);
    POWER_THROTTLING_PROCESS_STATE state = {1, 1, 1};
    CHECK(set_process(ProcessPowerThrottlingState, state) == STATUS_SUCCESS);
    CHECK(of_process<POWER_THROTTLING_PROCESS_STATE>(ProcessPowerThrottlingState).StateMask == 1);
    state.Version = 2;
    CHECK(set_process(ProcessPowerThrottlingState, state) == STATUS_INVALID_PARAMETER);
    PROCESS_EXTENDED_BASIC_INFORMATION basic = {};
    CHECK(NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &basic, sizeof(basic),
                                    nullptr) == STATUS_INVALID_PARAMETER);
    basic.Size = sizeof(basic);
    CHECK(NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &basic, sizeof(basic),
                                    nullptr) == STATUS_SUCCESS);
    CHECK(basic.BasicInfo.PebBaseAddress == NtCurrentPeb() && basic.Flags == 0);
    const auto first = of_process<PROCESS_CYCLE_TIME_INFORMATION>(ProcessCycleTime);
    CHECK(of_process<PROCESS_CYCLE_TIME_INFORMATION>(ProcessCycleTime).CurrentCycleCount >
          first.CurrentCycleCount);
    CHECK(of_process<VM_COUNTERS_EX2>(ProcessVmCounters).PrivateWorkingSetSize > 0);
    CHECK(of_process<POOLED_USAGE_AND_LIMITS>(ProcessPooledUsageAndLimits).PagefileUsage > 0);
    CHECK(!of_process<PROCESS_CHILD_PROCESS_INFORMATION>(ProcessChildProcessInformation)
               .ProhibitChildProcesses);
}

TEST(a_name_is_told_without_an_end) {
    ULONG length = 0;
    struct {
        UNICODE_STRING name;
        WCHAR room[8];
    } told = {};
    CHECK(NtQueryInformationThread(NtCurrentThread(), ThreadNameInformation, &told, sizeof(told), &length) ==
          STATUS_SUCCESS);
    CHECK(length == sizeof(UNICODE_STRING) && told.name.Length == 0);
    THREAD_NAME_INFORMATION given = {RTL_CONSTANT_STRING(u"four")};
    CHECK(NtSetInformationThread(NtCurrentThread(), ThreadNameInformation, &given, sizeof(given)) ==
          STATUS_SUCCESS);
    CHECK(NtQueryInformationThread(NtCurrentThread(), ThreadNameInformation, &told, sizeof(told), &length) ==
          STATUS_SUCCESS);
    CHECK(length == sizeof(UNICODE_STRING) + 8 && told.name.Length == 8 && told.name.MaximumLength == 8);
    CHECK(NtQueryInformationThread(NtCurrentThread(), ThreadNameInformation, &told, length - 1, &length) ==
          STATUS_BUFFER_TOO_SMALL);
}

TEST(settings_of_a_thread_are_kept) {
    CHECK(set_thread(ThreadAffinityMask, ULONG_PTR{2}) == STATUS_INVALID_PARAMETER);
    CHECK(set_thread(ThreadAffinityMask, ULONG_PTR{1}) == STATUS_SUCCESS);
    CHECK(set_thread(ThreadIdealProcessor, ULONG{64}) == 0);
    CHECK(set_thread(ThreadIdealProcessor, ULONG{1}) == STATUS_INVALID_PARAMETER);
    CHECK(of_thread<ULONG>(ThreadIoPriority) == IoPriorityNormal);
    CHECK(set_thread(ThreadIoPriority, ULONG{IoPriorityVeryLow}) == STATUS_SUCCESS);
    CHECK(of_thread<ULONG>(ThreadIoPriority) == IoPriorityVeryLow);
    CHECK(set_thread(ThreadPagePriority, ULONG{1}) == STATUS_SUCCESS);
    CHECK(of_thread<ULONG>(ThreadPagePriority) == 1);
    CHECK(of_thread<LONG>(ThreadActualBasePriority) == 8);
    CHECK(of_thread<GROUP_AFFINITY>(ThreadGroupInformation).Mask == 1);
    CHECK(of_thread<PROCESSOR_NUMBER>(ThreadIdealProcessorEx).Number == 0);
    PVOID slot = &slot;
    NtCurrentTeb()->TlsSlots[40] = slot;
    CHECK(set_thread(ThreadZeroTlsCell, ULONG{40}) == STATUS_SUCCESS);
    CHECK(NtCurrentTeb()->TlsSlots[40] == nullptr);
    CHECK(set_thread(ThreadZeroTlsCell, ULONG{2000}) == STATUS_INVALID_PARAMETER);
    CLIENT_ID id = {};
    THREAD_TEB_INFORMATION teb = {&id, offsetof(TEB, ClientId), sizeof(id)};
    CHECK(NtQueryInformationThread(NtCurrentThread(), ThreadTebInformation, &teb, sizeof(teb), nullptr) ==
          STATUS_SUCCESS);
    CHECK(id.UniqueThread == NtCurrentTeb()->ClientId.UniqueThread);
    teb.TebOffset = 0x10000;
    CHECK(NtQueryInformationThread(NtCurrentThread(), ThreadTebInformation, &teb, sizeof(teb), nullptr) ==
          STATUS_INVALID_PARAMETER);
}
