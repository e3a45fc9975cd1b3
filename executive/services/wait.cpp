// SPDX-License-Identifier: GPL-3.0-only
//
// Waiting on handles.
#include "executive/ex/event.hpp"
#include "executive/ex/mutant.hpp"
#include "executive/ex/semaphore.hpp"
#include "executive/ex/timeout.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

// The objects of one wait; the references keep them for as long as it lasts.
struct WaitSet {
    Vector<Ref<ob::Object>> objects;
    Vector<ke::Waitable*> waitables;
};

struct WaitTarget {
    Ref<ob::Object> object;
    ke::Waitable* waitable;
};

Result<WaitTarget> resolve_waitable(ke::Call& call, HANDLE handle) {
    ob::Resolved resolved = TRY(ob::resolve_any(call, handle, SYNCHRONIZE));
    ke::Waitable* waitable = resolved.object->waitable();
    if (!waitable) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    return WaitTarget{std::move(resolved.object), waitable};
}

Result<WaitSet> resolve_all(ke::Call& call, ULONG count, ke::UserIn<HANDLE> handles) {
    WaitSet set;
    TRY(set.objects.reserve(count));
    TRY(set.waitables.reserve(count));
    for (ULONG i = 0; i < count; ++i) {
        WaitTarget target = TRY(resolve_waitable(call, TRY(call.read(handles, i))));
        TRY(set.objects.push_back(std::move(target.object)));
        TRY(set.waitables.push_back(target.waitable));
    }
    return set;
}

bool has_duplicates(const WaitSet& set) {
    for (size_t i = 1; i < set.waitables.size(); ++i)
        for (size_t j = 0; j < i; ++j)
            if (set.waitables[i] == set.waitables[j]) return true;
    return false;
}

// What NtSignalAndWaitForSingleObject does to its first object.
Result<void> signal(ke::Call& call, const ob::Resolved& resolved) {
    ob::Object& object = *resolved.object;
    if (auto* event = ob::as<ex::Event>(object)) {
        if (!(resolved.granted & EVENT_MODIFY_STATE)) return fail(STATUS_ACCESS_DENIED);
        event->set();
    } else if (auto* mutant = ob::as<ex::Mutant>(object)) {
        TRY(mutant->release_by(call.thread()));
    } else if (auto* semaphore = ob::as<ex::Semaphore>(object)) {
        if (!(resolved.granted & SEMAPHORE_MODIFY_STATE)) return fail(STATUS_ACCESS_DENIED);
        TRY(semaphore->release_by(1));
    } else {
        return fail(STATUS_OBJECT_TYPE_MISMATCH);
    }
    return {};
}

ke::Task<NTSTATUS> wait_for(ke::Thread& thread, WaitTarget target, bool alertable, ke::Deadline deadline) {
    co_return co_await ke::wait(thread, *target.waitable, alertable, deadline);
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtWaitForSingleObject(ke::Call& call,
                                                                 NtWaitForSingleObjectArgs args) {
    WaitTarget target = TRY(resolve_waitable(call, args.Handle));
    ke::Deadline deadline = TRY(ex::read_timeout(call, args.Timeout));
    if (auto status = target.waitable->try_wait(call.thread())) return *status;
    return wait_for(call.thread(), std::move(target), args.Alertable, deadline);
}

ke::Task<NTSTATUS> NtWaitForMultipleObjects(ke::Call& call, NtWaitForMultipleObjectsArgs args) {
    if (args.Count == 0 || args.Count > ke::kMaximumWaitObjects) co_return STATUS_INVALID_PARAMETER_1;
    if (static_cast<ULONG>(args.WaitType) > WaitAny) co_return STATUS_INVALID_PARAMETER_3;
    WaitSet set = CO_TRY(resolve_all(call, args.Count, args.Handles));
    if (args.WaitType == WaitAll && has_duplicates(set)) co_return STATUS_INVALID_PARAMETER_MIX;
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.Timeout));
    co_return co_await ke::wait_many(call.thread(), set.waitables.span(), args.WaitType, args.Alertable,
                                     deadline);
}

ke::Task<NTSTATUS> NtSignalAndWaitForSingleObject(ke::Call& call, NtSignalAndWaitForSingleObjectArgs args) {
    ob::Resolved first = CO_TRY(ob::resolve_any(call, args.SignalHandle, 0));
    WaitTarget target = CO_TRY(resolve_waitable(call, args.WaitHandle));
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.Timeout));
    CO_TRY(signal(call, first));
    co_return co_await ke::wait(call.thread(), *target.waitable, args.Alertable, deadline);
}
