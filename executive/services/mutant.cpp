// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/mutant.hpp"
#include "executive/ps/thread.hpp"
#include "executive/services.hpp"

using namespace base;

NTSTATUS NtCreateMutant(ke::Call& call, const NtCreateMutantArgs& args) {
    Ref<ex::Mutant> mutant = TRY(ex::Mutant::create());
    NTSTATUS status =
        TRY(ob::create_handle(call, args.ObjectAttributes, mutant, args.DesiredAccess, args.MutantHandle));
    // Only a new one can be owned from the start; an existing one was opened instead of ours.
    if (status == STATUS_SUCCESS && args.InitialOwner) mutant->consume(call.thread());
    return status;
}

NTSTATUS NtOpenMutant(ke::Call& call, const NtOpenMutantArgs& args) {
    return to_status(
        ob::open_named<ex::Mutant>(call, args.ObjectAttributes, args.DesiredAccess, args.MutantHandle));
}

NTSTATUS NtReleaseMutant(ke::Call& call, const NtReleaseMutantArgs& args) {
    auto* mutant = TRY(ob::borrow<ex::Mutant>(call, args.MutantHandle, args.MutantHandleAccess));
    TRY(call.probe(args.PreviousCount));
    int32_t before = TRY(mutant->release_by(call.thread()));
    return to_status(call.write(args.PreviousCount, before));
}

NTSTATUS NtQueryMutant(ke::Call& call, const NtQueryMutantArgs& args) {
    auto* mutant = TRY(ob::borrow<ex::Mutant>(call, args.MutantHandle, args.MutantHandleAccess));
    switch (static_cast<ULONG>(args.MutantInformationClass)) {
        case MutantBasicInformation: {
            MUTANT_BASIC_INFORMATION basic{};
            basic.CurrentCount = mutant->count();
            basic.OwnedByCaller = mutant->owner() == &call.thread();
            basic.AbandonedState = mutant->abandoned();
            return ob::give_exact(call, args.MutantInformation, args.ReturnLength, basic);
        }
        case MutantOwnerInformation: {
            MUTANT_OWNER_INFORMATION owner{};
            if (auto* thread = static_cast<ps::Thread*>(mutant->owner())) {
                owner.ClientId.UniqueProcess = ULongToHandle(thread->process().id());
                owner.ClientId.UniqueThread = ULongToHandle(thread->id());
            }
            return ob::give_exact(call, args.MutantInformation, args.ReturnLength, owner);
        }
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
