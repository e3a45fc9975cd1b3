// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/epoch.hpp"

#include "apps/common/ordinary_token.hpp"
#include "tests/common/report.hpp"
#include "tests/torture/services/prey.hpp"
#include "tests/torture/services/process_list.hpp"
#include "tests/torture/services/random.hpp"
#include "tests/torture/services/shared.hpp"

namespace torture {
namespace {

constexpr ULONG kRound = 50;       // milliseconds
constexpr ULONG kPatience = 60;    // rounds without a call, before a process is ended and started again
constexpr ULONG kGivenUp = 600;    // rounds without any call at all, before the epoch fails
constexpr ULONG kProgress = 40;    // rounds
constexpr ULONG kDescendants = 8;  // rounds

struct Child {
    HANDLE process;
    ULONG64 calls;  // when they last grew
    ULONG still;    // rounds since
};

Child children[kMostProcesses];

// With which the fuzzing processes are started; null: the keeper's own.
HANDLE token;

ULONG64 calls_of(ULONG process) {
    ULONG64 sum = 0;
    for (ULONG i = 0; i < kThreadsEach; ++i)
        sum += shared().pages[process * kThreadsEach + i].calls;
    return sum;
}

ULONG64 all_calls() {
    ULONG64 sum = 0;
    for (ULONG i = 0; i < kMostProcesses; ++i)
        sum += calls_of(i);
    return sum;
}

NTSTATUS create(const WCHAR* line, RTL_USER_PROCESS_INFORMATION& process) {
    UNICODE_STRING image;
    UNICODE_STRING command;
    RtlInitUnicodeString(&image, u"\\SystemRoot\\System32\\services.exe");
    RtlInitUnicodeString(&command, line);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &command, nullptr, nullptr,
                                     nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    process.Length = sizeof process;
    status = RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr, FALSE,
                                  nullptr, token, &process);
    RtlDestroyProcessParameters(parameters);
    return status;
}

bool start(ULONG index) {
    WCHAR line[] = u"services worker 0";
    line[sizeof line / sizeof *line - 2] = static_cast<WCHAR>('0' + index);
    RTL_USER_PROCESS_INFORMATION process = {};
    const NTSTATUS status = create(line, process);
    if (!NT_SUCCESS(status)) {
        children[index].process = nullptr;
        return false;
    }
    NtResumeThread(process.Thread, nullptr);
    NtClose(process.Thread);
    children[index] = {process.Process, calls_of(index), 0};
    return true;
}

void end(Child& child) {
    NtTerminateProcess(child.process, STATUS_SUCCESS);
    NtClose(child.process);
    child.process = nullptr;
}

bool ended(const Child& child) {
    LARGE_INTEGER at_once = {};
    return NtWaitForSingleObject(child.process, FALSE, &at_once) == STATUS_WAIT_0;
}

void look_after(ULONG index, bool condemned) {
    Child& child = children[index];
    if (child.process) {
        const ULONG64 calls = calls_of(index);
        child.still = calls == child.calls ? child.still + 1 : 0;
        child.calls = calls;
        if (!ended(child) && !condemned && child.still < kPatience) return;
        add(shared().processes_ended);
        end(child);
    }
    // There may be no memory for it now; the next round tries again.
    start(index);
}

// Until all calls were made; false when nothing moves any more.
bool run_rounds(const Plan& plan) {
    Random random(plan.seed ^ plan.epoch);
    ULONG64 before = 0;
    ULONG still = 0;
    for (ULONG round = 1;; ++round) {
        pause(kRound);
        const ULONG64 calls = all_calls();
        if (calls >= plan.calls) return true;
        still = calls == before ? still + 1 : 0;
        before = calls;
        if (still > kGivenUp) return false;
        if (round % kProgress == 0) test::note("# calls", calls);
        for (ULONG i = 0; i < plan.processes; ++i)
            look_after(i, random.next() % 100 == 0);
        if (round % kDescendants == 0) end_descendants(false);
    }
}

void end_all(const Plan& plan) {
    own_orders().stop = 1;
    for (ULONG i = 0; i < plan.processes; ++i)
        if (children[i].process) end(children[i]);
    test::check("all-gone", end_descendants(true), "processes do not end");
}

bool clock_advances() {
    LARGE_INTEGER before;
    LARGE_INTEGER after;
    NtQuerySystemTime(&before);
    pause(30);
    NtQuerySystemTime(&after);
    return after.QuadPart - before.QuadPart >= 200'000;
}

// Whether one of the words of a text is `name`.
bool names(const UNICODE_STRING& text, const char* name) {
    const ULONG length = text.Length / sizeof(WCHAR);
    for (ULONG start = 0; start < length; ++start) {
        if (start && text.Buffer[start - 1] != u' ') continue;
        ULONG i = 0;
        while (name[i] && start + i < length && text.Buffer[start + i] == static_cast<WCHAR>(name[i]))
            ++i;
        if (!name[i] && (start + i == length || text.Buffer[start + i] == u' ')) return true;
    }
    return false;
}

NTSTATUS take_rights() {
    constexpr ACCESS_MASK kAccess =
        TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_QUERY | TOKEN_ADJUST_DEFAULT;
    app::Handle own;
    app::Handle ordinary;
    NTSTATUS status = NtOpenProcessToken(NtCurrentProcess(), kAccess, own.receive());
    if (NT_SUCCESS(status)) status = app::make_ordinary_token(own.get(), ordinary);
    token = ordinary.release();
    return status;
}

// Processes that are not the run's own, each with its first thread; the keeper among them.
void find_others() {
    Orders& all = own_orders();
    ProcessList list;
    for (const SYSTEM_PROCESS_INFORMATION* process = list.first(); process; process = list.next(process)) {
        if (!process->NumberOfThreads || all.others_count == kMostOthers) continue;
        if (is_prey(process->ImageName) && process->UniqueProcessId != all.keeper) continue;
        all.others[all.others_count++] = {process->UniqueProcessId,
                                          process->Threads[0].ClientId.UniqueThread};
    }
}

void set_up(const Plan& plan) {
    Orders& all = own_orders();
    all.seed = plan.seed;
    all.keeper = NtCurrentTeb()->ClientId.UniqueProcess;
    all.epoch = plan.epoch;
    all.threads = plan.threads;
    const bool only = plan.selection.Length && plan.selection.Buffer[0] == u'o';
    for (unsigned i = 0; i < service_table::count; ++i)
        all.left_out[i] =
            plan.selection.Length && names(plan.selection, service_table::services[i].name) != only;
    all.ordinary = plan.ordinary;
    if (plan.ordinary) find_others();
    all.scenes = !plan.selection.Length;
    for (ULONG i = 0; i < kSlots; ++i) {
        ThreadPage& page = shared().pages[i];
        page.mark = kPageMark;
        page.mark_complement = ~kPageMark;
        page.slot = i;
    }
}

// Above whatever the fuzzing processes make of themselves.
void rise() {
    PROCESS_PRIORITY_CLASS information = {};
    information.PriorityClass = PROCESS_PRIORITY_CLASS_REALTIME;
    NtSetInformationProcess(NtCurrentProcess(), ProcessPriorityClass, &information, sizeof information);
    LONG priority = 15;
    NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority);
}

bool fits(const Plan& plan) {
    return plan.processes && plan.processes <= kMostProcesses && plan.threads &&
           plan.threads <= kThreadsEach - 2;
}

}  // namespace

void pause(ULONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -static_cast<LONGLONG>(milliseconds) * 10'000;
    NtDelayExecution(FALSE, &time);
}

void run_epoch(const Plan& plan) {
    if (!fits(plan))
        return test::fail("plan", "more processes or threads than there are slots", plan.processes);
    NTSTATUS status = plan.ordinary ? take_rights() : STATUS_SUCCESS;
    if (!NT_SUCCESS(status)) return test::fail("rights", "cannot be taken away", static_cast<ULONG>(status));
    status = map_shared(true);
    if (!NT_SUCCESS(status)) return test::fail("section", "cannot be made", static_cast<ULONG>(status));
    set_up(plan);
    rise();
    prepare_places();
    const bool done = run_rounds(plan);
    test::check("calls-go-on", done, "no call was made for 30 seconds, of", all_calls());
    end_all(plan);
    test::check("threads-end", shared().undying == 0, "a thread was ended and is still there; slot",
                shared().undying_slot);
    clean_up();
    test::check("clock-advances", clock_advances());
    print_counts();
    unmap_shared();
    if (token) NtClose(token);
    print_state();
}

}  // namespace torture
