// SPDX-License-Identifier: GPL-3.0-only
//
// What is told about threads, and what can be set.
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"
#include "executive/services/impersonation.hpp"

using namespace ps;

namespace {

struct Query {
    ke::Call& call;
    Thread& thread;
    const NtQueryInformationThreadArgs& args;

    template <typename T>
    NTSTATUS give(const T& value) const {
        return ob::give_exact(call, args.ThreadInformation, args.ReturnLength, value);
    }
};

NTSTATUS basic(const Query& query) {
    THREAD_BASIC_INFORMATION information{};
    const Thread& thread = query.thread;
    information.ExitStatus = thread.ended() ? thread.exit_status() : STATUS_PENDING;
    information.TebBaseAddress = reinterpret_cast<PTEB>(thread.teb());
    information.ClientId = {ULongToHandle(thread.process().id()), ULongToHandle(thread.id())};
    information.AffinityMask = 1;
    information.Priority = static_cast<KPRIORITY>(thread.current_priority());
    information.BasePriority = thread.priority_increment();
    return query.give(information);
}

NTSTATUS times(const Query& query) {
    KERNEL_USER_TIMES information{};
    information.CreateTime.QuadPart = static_cast<LONGLONG>(query.thread.create_time());
    information.ExitTime.QuadPart = static_cast<LONGLONG>(query.thread.exit_time());
    information.UserTime.QuadPart = static_cast<LONGLONG>(query.thread.cpu_time());
    return query.give(information);
}

NTSTATUS name(const Query& query) {
    ob::Answer answer(query.args.ThreadInformation);
    size_t at = TRY(answer.reserve(sizeof(UNICODE_STRING)));
    UNICODE_STRING text = TRY(answer.append_string(query.thread.name()));
    answer.put(at, text);
    return answer.deliver(query.call, query.args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
}

NTSTATUS answer(const Query& query) {
    switch (static_cast<ULONG>(query.args.ThreadInformationClass)) {
        case ThreadBasicInformation:
            return basic(query);
        case ThreadTimes:
            return times(query);
        case ThreadAffinityMask:
            return query.give(ULONG_PTR{1});
        case ThreadQuerySetWin32StartAddress:
            return query.give(query.thread.start_address());
        case ThreadPerformanceCount:
            return query.give(LARGE_INTEGER{});
        case ThreadAmILastThread:
            return query.give(ULONG{query.thread.process().thread_count() == 1});
        case ThreadPriorityBoost:
            return query.give(ULONG{query.thread.boost_disabled()});
        case ThreadIsIoPending:
        case ThreadBreakOnTermination:
            return query.give(ULONG{0});
        case ThreadHideFromDebugger:
            return query.give(BOOLEAN{query.thread.debug().hidden});
        case ThreadIsTerminated:
            return query.give(ULONG{query.thread.ended()});
        case ThreadSuspendCount:
            return query.give(ULONG{query.thread.suspend_count()});
        case ThreadNameInformation:
            return name(query);
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

base::Result<LONG> read_long(ke::Call& call, const NtSetInformationThreadArgs& args) {
    if (args.ThreadInformationLength != sizeof(LONG)) return base::fail(STATUS_INFO_LENGTH_MISMATCH);
    LONG value;
    TRY(call.copy_in(&value, args.ThreadInformation));
    return value;
}

NTSTATUS set_base_priority(ke::Call& call, Thread& thread, const NtSetInformationThreadArgs& args) {
    LONG increment = TRY(read_long(call, args));
    bool saturating = increment == 15 || increment == 16 || increment == -15 || increment == -16;
    if (!saturating && (increment < -2 || increment > 2)) return STATUS_INVALID_PARAMETER;
    thread.set_priority_increment(increment);
    return STATUS_SUCCESS;
}

NTSTATUS set_priority(ke::Call& call, Thread& thread, const NtSetInformationThreadArgs& args) {
    LONG priority = TRY(read_long(call, args));
    if (priority <= 0 || priority >= MAXIMUM_PRIORITY) return STATUS_INVALID_PARAMETER;
    thread.set_priority_increment(priority - thread.process().base_priority());
    return STATUS_SUCCESS;
}

// Not zero: no boosts.
NTSTATUS set_boost(ke::Call& call, Thread& thread, const NtSetInformationThreadArgs& args) {
    thread.disable_boost(TRY(read_long(call, args)) != 0);
    return STATUS_SUCCESS;
}

// The right that it takes is its own.
NTSTATUS set_impersonation(ke::Call& call, const NtSetInformationThreadArgs& args) {
    auto thread = TRY(ob::resolve<Thread>(call, args.ThreadHandle, THREAD_SET_THREAD_TOKEN));
    HANDLE token;
    if (args.ThreadInformationLength != sizeof token) return STATUS_INFO_LENGTH_MISMATCH;
    TRY(call.copy_in(&token, args.ThreadInformation));
    return base::to_status(services::set_impersonation(call, *thread, token));
}

NTSTATUS set_name(ke::Call& call, Thread& thread, const NtSetInformationThreadArgs& args) {
    if (args.ThreadInformationLength != sizeof(THREAD_NAME_INFORMATION)) return STATUS_INFO_LENGTH_MISMATCH;
    auto given = TRY(call.read(ke::UserIn<THREAD_NAME_INFORMATION>(args.ThreadInformation.address)));
    thread.set_name(TRY(call.capture(given.ThreadName)));
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS NtQueryInformationThread(ke::Call& call, const NtQueryInformationThreadArgs& args) {
    auto thread = TRY(
        resolve_thread(call, args.ThreadHandle, THREAD_QUERY_INFORMATION, THREAD_QUERY_LIMITED_INFORMATION));
    return answer({call, *thread, args});
}

NTSTATUS NtSetInformationThread(ke::Call& call, const NtSetInformationThreadArgs& args) {
    if (static_cast<ULONG>(args.ThreadInformationClass) == ThreadImpersonationToken)
        return set_impersonation(call, args);
    auto thread =
        TRY(resolve_thread(call, args.ThreadHandle, THREAD_SET_INFORMATION, THREAD_SET_LIMITED_INFORMATION));
    switch (static_cast<ULONG>(args.ThreadInformationClass)) {
        case ThreadPriority:
            return set_priority(call, *thread, args);
        case ThreadBasePriority:
            return set_base_priority(call, *thread, args);
        case ThreadNameInformation:
            return set_name(call, *thread, args);
        case ThreadPriorityBoost:
            return set_boost(call, *thread, args);
        case ThreadHideFromDebugger:
            if (args.ThreadInformationLength != 0) return STATUS_INFO_LENGTH_MISMATCH;
            thread->debug().hidden = true;
            return STATUS_SUCCESS;
        case ThreadAffinityMask:
        case ThreadIdealProcessor:
        case ThreadQuerySetWin32StartAddress:
        case ThreadZeroTlsCell:
        case ThreadIoPriority:
        case ThreadPagePriority:
            return STATUS_SUCCESS;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
