// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/semaphore.hpp"
#include "executive/services.hpp"

using namespace base;

NTSTATUS NtCreateSemaphore(ke::Call& call, const NtCreateSemaphoreArgs& args) {
    Ref<ex::Semaphore> semaphore = TRY(ex::Semaphore::create(args.InitialCount, args.MaximumCount));
    return TRY(ob::create_handle(call, args.ObjectAttributes, std::move(semaphore), args.DesiredAccess,
                                 args.SemaphoreHandle));
}

NTSTATUS NtOpenSemaphore(ke::Call& call, const NtOpenSemaphoreArgs& args) {
    return to_status(
        ob::open_named<ex::Semaphore>(call, args.ObjectAttributes, args.DesiredAccess, args.SemaphoreHandle));
}

NTSTATUS NtReleaseSemaphore(ke::Call& call, const NtReleaseSemaphoreArgs& args) {
    auto* semaphore = TRY(ob::borrow<ex::Semaphore>(call, args.SemaphoreHandle, args.SemaphoreHandleAccess));
    if (args.ReleaseCount <= 0) return STATUS_INVALID_PARAMETER;
    TRY(call.probe(args.PreviousCount));
    int32_t before = TRY(semaphore->release_by(args.ReleaseCount));
    return to_status(call.write(args.PreviousCount, before));
}

NTSTATUS NtQuerySemaphore(ke::Call& call, const NtQuerySemaphoreArgs& args) {
    if (static_cast<ULONG>(args.SemaphoreInformationClass) != SemaphoreBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    auto* semaphore = TRY(ob::borrow<ex::Semaphore>(call, args.SemaphoreHandle, args.SemaphoreHandleAccess));
    SEMAPHORE_BASIC_INFORMATION basic{semaphore->count(), semaphore->limit()};
    return ob::give_exact(call, args.SemaphoreInformation, args.ReturnLength, basic);
}
