// SPDX-License-Identifier: GPL-3.0-only
//
// What is told about threads, and what can be set.
#include <algorithm>

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
    std::u16string_view name = query.thread.name();
    size_t characters = TRY(answer.append_text(name));
    auto length = static_cast<USHORT>(name.size() * sizeof(WCHAR));
    answer.put(at, UNICODE_STRING{length, length, answer.user<WCHAR>(characters)});
    return answer.deliver(query.call, query.args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
}

// A part of the thread's TEB, to where the structure says.
NTSTATUS teb(const Query& query) {
    const auto& args = query.args;
    if (args.ThreadInformation.length != sizeof(THREAD_TEB_INFORMATION)) return STATUS_INFO_LENGTH_MISMATCH;
    auto wanted = TRY(query.call.read(ke::UserIn<THREAD_TEB_INFORMATION>(args.ThreadInformation.address)));
    if (wanted.BytesToRead > sizeof(TEB) || wanted.TebOffset > sizeof(TEB) - wanted.BytesToRead)
        return STATUS_INVALID_PARAMETER;
    if (query.thread.ended()) return STATUS_THREAD_IS_TERMINATING;
    uint8_t bytes[256];
    mm::AddressSpace& space = *TRY(query.thread.process().live_space());
    for (ULONG at = 0; at < wanted.BytesToRead; at += sizeof bytes) {
        size_t part = std::min<size_t>(sizeof bytes, wanted.BytesToRead - at);
        TRY(space.copy_in(bytes, query.thread.teb() + wanted.TebOffset + at, part));
        TRY(query.call.memory().copy_out(reinterpret_cast<uint64_t>(wanted.TebInformation) + at, bytes,
                                         part));
    }
    return base::to_status(query.call.write(args.ReturnLength, ULONG{sizeof wanted}));
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
        case ThreadIoPriority:
            return query.give(ULONG{query.thread.io_priority});
        case ThreadPagePriority:
            return query.give(PAGE_PRIORITY_INFORMATION{query.thread.page_priority});
        case ThreadActualBasePriority:
            return query.give(LONG{query.thread.priority()});
        case ThreadCycleTime:
            return query.give(
                THREAD_CYCLE_TIME_INFORMATION{ke::cycles(query.thread.cpu_time()), __builtin_ia32_rdtsc()});
        case ThreadGroupInformation:
            return query.give(GROUP_AFFINITY{.Mask = 1, .Group = 0, .Reserved = {}});
        case ThreadIdealProcessorEx:
            return query.give(PROCESSOR_NUMBER{});
        case ThreadTebInformation:
            return teb(query);
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

template <typename T>
base::Result<T> read_exact(ke::Call& call, const NtSetInformationThreadArgs& args) {
    if (args.ThreadInformationLength != sizeof(T)) return base::fail(STATUS_INFO_LENGTH_MISMATCH);
    T value;
    TRY(call.copy_in(&value, args.ThreadInformation));
    return value;
}

base::Result<LONG> read_long(ke::Call& call, const NtSetInformationThreadArgs& args) {
    return read_exact<LONG>(call, args);
}

// There is one processor, which is what all prefer. The answer is the one before.
NTSTATUS set_ideal_processor(ke::Call& call, const NtSetInformationThreadArgs& args) {
    constexpr ULONG kNone = 64;  // MAXIMUM_PROCESSORS: none, which only asks
    ULONG processor = TRY(read_exact<ULONG>(call, args));
    return processor == 0 || processor == kNone ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS set_group(ke::Call& call, const NtSetInformationThreadArgs& args) {
    GROUP_AFFINITY given = TRY(read_exact<GROUP_AFFINITY>(call, args));
    bool all =
        given.Group == 0 && given.Mask == 1 && !given.Reserved[0] && !given.Reserved[1] && !given.Reserved[2];
    return all ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS set_io_priority(ke::Call& call, Thread& thread, const NtSetInformationThreadArgs& args) {
    ULONG priority = TRY(read_exact<ULONG>(call, args));
    if (priority >= IoPriorityCritical) return STATUS_INVALID_PARAMETER;
    if (priority > IoPriorityNormal && !se::holds_privilege(call, SE_INC_BASE_PRIORITY_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    thread.io_priority = static_cast<uint8_t>(priority);
    return STATUS_SUCCESS;
}

NTSTATUS set_page_priority(ke::Call& call, Thread& thread, const NtSetInformationThreadArgs& args) {
    ULONG priority = TRY(read_exact<PAGE_PRIORITY_INFORMATION>(call, args)).PagePriority;
    if (priority > MEMORY_PRIORITY_NORMAL) return STATUS_INVALID_PARAMETER;
    thread.page_priority = static_cast<uint8_t>(priority);
    return STATUS_SUCCESS;
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

// The slot of all threads of the caller's process, in slices.
NTSTATUS zero_tls_cell(ke::Call& call, Thread& thread, const NtSetInformationThreadArgs& args) {
    constexpr ULONG kSlots = 64, kMore = 1024;
    constexpr PVOID kNothing = nullptr;
    ULONG index = TRY(read_exact<ULONG>(call, args));
    if (&thread != &current(call) || index >= kSlots + kMore) return STATUS_INVALID_PARAMETER;
    mm::AddressSpace& space = thread.process().space();
    uint64_t serial = call.progress().cursor;
    ke::Slice slice;
    while (Thread* next = thread.process().thread_from(serial)) {
        if (slice.over()) return call.again({.cursor = serial});
        uint64_t at = next->teb() + offsetof(TEB, TlsSlots) + index * sizeof(PVOID);
        if (index >= kSlots) {
            uint64_t more = 0;
            TRY(space.copy_in(&more, next->teb() + offsetof(TEB, TlsExpansionSlots), sizeof more));
            at = more ? more + (index - kSlots) * sizeof(PVOID) : 0;
        }
        // A thread whose TEB the program has spoilt keeps what it has.
        if (at) (void)space.copy_out(at, &kNothing, sizeof kNothing);
        serial = next->serial() + 1;
    }
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
            return TRY(read_exact<ULONG_PTR>(call, args)) == 1 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        case ThreadIdealProcessor:
            return set_ideal_processor(call, args);
        case ThreadGroupInformation:
            return set_group(call, args);
        case ThreadIoPriority:
            return set_io_priority(call, *thread, args);
        case ThreadPagePriority:
            return set_page_priority(call, *thread, args);
        case ThreadZeroTlsCell:
            return zero_tls_cell(call, *thread, args);
        case ThreadQuerySetWin32StartAddress:
            return STATUS_SUCCESS;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
