// SPDX-License-Identifier: GPL-3.0-only
//
// What a driver host may know and do of whose request it has (docs/security.md). It names the request by its
// Id, as long as it has it; the token stays here. Id 0 is the calling thread itself.
#include "abi/wdm/subject.h"
#include "base/new_descriptor.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/io/file.hpp"
#include "executive/io/host_channel.hpp"
#include "executive/ps/thread.hpp"
#include "executive/se/access_check.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"
#include "executive/services/impersonation.hpp"
#include "executive/services/token_information.hpp"

namespace {

using namespace base;
using se::Token;

// STATUS_INVALID_PARAMETER: its host has no request of this number.
Result<io::Irp*> request_of(ke::Call& call, uint64_t id) {
    auto& process = static_cast<ps::Process&>(call.client());
    auto* host = static_cast<io::HostChannel*>(process.supervisor());
    if (!host || host->process() != &process) return fail(STATUS_PRIVILEGE_NOT_HELD);
    io::Irp* irp = host->lent(id);
    if (!irp) return fail(STATUS_INVALID_PARAMETER);
    return irp;
}

Result<const Token*> existing(const Token* token, NTSTATUS else_status) {
    if (!token) return fail(else_status);
    return token;
}

// STATUS_NO_TOKEN: he acts as his process. STATUS_PROCESS_IS_TERMINATING: what is asked for has gone with it.
Result<const Token*> token_of(ke::Call& call, uint64_t id, uint32_t which) {
    if (which > WDM_SUBJECT_IMPERSONATION) return fail(STATUS_INVALID_PARAMETER);
    if (id == 0) {
        if (which == WDM_SUBJECT_IMPERSONATION)
            return existing(call.thread().impersonation(), STATUS_NO_TOKEN);
        return which == WDM_SUBJECT_PRIMARY ? &call.client().token() : &se::subject(call);
    }
    io::Irp& irp = *TRY(request_of(call, id));
    const io::Subject& subject = irp.subject();
    bool worn = subject.numbers.Acting != 0;
    if (which == WDM_SUBJECT_IMPERSONATION && !worn) return fail(STATUS_NO_TOKEN);
    if (which == WDM_SUBJECT_PRIMARY && worn) {
        auto* process = irp.from_client() ? &static_cast<ps::Process&>(irp.client()) : nullptr;
        return existing(process ? process->primary_token().get() : nullptr, STATUS_PROCESS_IS_TERMINATING);
    }
    if (subject.numbers.Process == 0) return &se::system_token();
    return existing(subject.token.get(), STATUS_PROCESS_IS_TERMINATING);
}

// How far a host may act as whose request it has: as he said when he opened the file, and no further than he
// acts himself as somebody. The Executive and its own lend themselves to nobody.
Result<void> check_level(const io::Irp& irp, SECURITY_IMPERSONATION_LEVEL level) {
    SECURITY_IMPERSONATION_LEVEL most = SecurityIdentification;
    if (irp.file() && irp.subject().numbers.Process != 0) most = irp.file()->options().level;
    if (irp.subject().numbers.Acting != 0)
        most = std::min(most, static_cast<SECURITY_IMPERSONATION_LEVEL>(irp.subject().numbers.Acting - 1));
    if (level > most) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    return {};
}

}  // namespace

NTSTATUS NtWdmCheckAccess(ke::Call& call, const NtWdmCheckAccessArgs& args) {
    const Token* token = TRY(token_of(call, args.Request, WDM_SUBJECT_EFFECTIVE));
    if (token->only_identifies()) return STATUS_BAD_IMPERSONATION_LEVEL;
    GENERIC_MAPPING mapping = TRY(call.read(args.GenericMapping));
    auto address = reinterpret_cast<uint64_t>(args.SecurityDescriptor);
    Vector<uint8_t> descriptor = TRY(se::capture_descriptor(call, address));
    ob::GenericMapping rights{mapping.GenericRead, mapping.GenericWrite, mapping.GenericExecute,
                              mapping.GenericAll};
    ACCESS_MASK desired = base::map_generic(args.DesiredAccess, mapping);
    se::AccessAnswer answer = se::access_check({*token, descriptor.span(), desired, rights});
    bool granted = answer.status == STATUS_SUCCESS;
    TRY(call.write(args.GrantedAccess, granted ? answer.granted : 0));
    TRY(call.write(args.Privileges, answer.privileges));
    return answer.status;
}

// Not a linked token: that would be a handle.
NTSTATUS NtWdmQuerySubject(ke::Call& call, const NtWdmQuerySubjectArgs& args) {
    const Token* token = TRY(token_of(call, args.Request, args.Which));
    if (args.TokenInformationClass == TokenLinkedToken) return STATUS_ACCESS_DENIED;
    ob::Answer answer(args.TokenInformation);
    TRY(services::append_token_information(answer, *token, args.TokenInformationClass));
    return answer.deliver(call, args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
}

NTSTATUS NtWdmImpersonateSubject(ke::Call& call, const NtWdmImpersonateSubjectArgs& args) {
    if (args.Level > SecurityDelegation) return STATUS_INVALID_PARAMETER;
    auto level = static_cast<SECURITY_IMPERSONATION_LEVEL>(args.Level);
    io::Irp& irp = *TRY(request_of(call, args.Request));
    TRY(check_level(irp, level));
    const Token* token = TRY(token_of(call, args.Request, WDM_SUBJECT_EFFECTIVE));
    if (args.AskOnly) return STATUS_SUCCESS;
    return to_status(services::impersonate(ps::current(call), TRY(services::as_seen(*token, level))));
}

NTSTATUS NtWdmImpersonateOpener(ke::Call& call, const NtWdmImpersonateOpenerArgs& args) {
    io::Irp& irp = *TRY(request_of(call, args.Request));
    ps::Thread* thread = irp.reachable() ? ps::find_thread(irp.subject().numbers.Thread) : nullptr;
    if (!irp.from_client() || !thread || &thread->process() != &irp.client()) return STATUS_INVALID_PARAMETER;
    auto opener = TRY(static_cast<io::DriverDevice&>(irp.device()).opener_of(args.File));
    if (!opener.subject.token) return STATUS_PROCESS_IS_TERMINATING;
    return to_status(
        services::impersonate(*thread, TRY(services::as_seen(*opener.subject.token, opener.level))));
}
