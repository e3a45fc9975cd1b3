// SPDX-License-Identifier: GPL-3.0-only
//
// Opening and adjusting tokens, local unique ids.
#include "executive/ob/ob.hpp"
#include "executive/ps/thread.hpp"
#include "executive/se/access_check.hpp"
#include "executive/services.hpp"
#include "executive/services/token_arguments.hpp"

using namespace base;

namespace {

// The check is made as the process when it asks for that.
Result<void> open(ke::Call& call, const Ref<se::Token>& token, bool as_self, ACCESS_MASK desired,
                  ULONG attributes, ke::UserOut<HANDLE> out) {
    const se::Token& who = as_self ? call.client().token() : se::subject(call);
    ACCESS_MASK granted = TRY(se::check_access(who, se::Token::kType, token->security(), desired));
    return ob::give_handle(call, out, token, granted, attributes);
}

Result<void> open_process_token(ke::Call& call, HANDLE handle, ACCESS_MASK access_to_process,
                                ACCESS_MASK desired, ULONG attributes, ke::UserOut<HANDLE> out) {
    auto process = TRY(ob::resolve<ps::Process>(call, handle, access_to_process));
    if (!process->primary_token()) return fail(STATUS_PROCESS_IS_TERMINATING);
    return open(call, process->primary_token(), false, desired, attributes, out);
}

template <typename Args>
Result<void> open_thread_token(ke::Call& call, const Args& args, ULONG attributes) {
    auto thread = TRY(ob::resolve<ps::Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    Ref<se::Token> token = thread->impersonation_token();
    if (!token) return fail(STATUS_NO_TOKEN);
    if (token->content().level == SecurityAnonymous) return fail(STATUS_CANT_OPEN_ANONYMOUS);
    return open(call, token, args.OpenAsSelf, args.DesiredAccess, attributes, args.TokenHandle);
}

using Change = services::ListedPrivilege;

Result<Vector<Change>> disable_all(const se::Privileges& privileges) {
    Vector<Change> changes;
    for (ULONG number = 0; number <= se::Privileges::kMost; ++number)
        if (uint64_t bit = privileges.present & se::Privileges::bit(number))
            TRY(changes.push_back({bit, {number, 0}, 0}));
    return changes;
}

void apply(se::Privileges& privileges, const Change& change) {
    uint64_t bit = change.bit & privileges.present;
    if (change.attributes & SE_PRIVILEGE_REMOVED) return privileges.remove(bit);
    privileges.enabled &= ~bit;
    if (change.attributes & SE_PRIVILEGE_ENABLED) privileges.enabled |= bit;
}

// The privileges that the changes change, as they are before.
Result<void> append_previous(ob::Answer& answer, const se::Privileges& before,
                             const Vector<Change>& changes) {
    se::Privileges now = before;
    ULONG count = 0;
    size_t header = TRY(answer.append(count));
    for (const Change& change : changes) {
        if (!(change.bit & now.present)) continue;
        ULONG attributes = now.attributes(change.luid.LowPart);
        uint64_t enabled = now.enabled, present = now.present;
        apply(now, change);
        if (enabled == now.enabled && present == now.present) continue;
        TRY(answer.append(LUID_AND_ATTRIBUTES{change.luid, attributes}));
        ++count;
    }
    answer.put(header, count);
    return {};
}

}  // namespace

NTSTATUS NtOpenProcessToken(ke::Call& call, const NtOpenProcessTokenArgs& args) {
    return to_status(open_process_token(call, args.ProcessHandle, args.ProcessHandleAccess,
                                        args.DesiredAccess, 0, args.TokenHandle));
}

NTSTATUS NtOpenProcessTokenEx(ke::Call& call, const NtOpenProcessTokenExArgs& args) {
    return to_status(open_process_token(call, args.ProcessHandle, args.ProcessHandleAccess,
                                        args.DesiredAccess, args.HandleAttributes, args.TokenHandle));
}

NTSTATUS NtOpenThreadToken(ke::Call& call, const NtOpenThreadTokenArgs& args) {
    return to_status(open_thread_token(call, args, 0));
}

NTSTATUS NtOpenThreadTokenEx(ke::Call& call, const NtOpenThreadTokenExArgs& args) {
    return to_status(open_thread_token(call, args, args.HandleAttributes));
}

NTSTATUS NtAdjustPrivilegesToken(ke::Call& call, const NtAdjustPrivilegesTokenArgs& args) {
    ACCESS_MASK access = args.TokenHandleAccess | (args.PreviousState.null() ? 0 : TOKEN_QUERY);
    auto* token = TRY(ob::borrow<se::Token>(call, args.TokenHandle, access));
    const se::Privileges& before = token->content().privileges;
    if (!args.DisableAllPrivileges && args.NewState.null()) return STATUS_INVALID_PARAMETER;
    Vector<Change> changes = args.DisableAllPrivileges
                                 ? TRY(disable_all(before))
                                 : TRY(services::read_privileges(call, args.NewState.address()));
    if (!args.PreviousState.null()) {
        ob::Answer answer(args.PreviousState);
        TRY(append_previous(answer, before, changes));
        NTSTATUS status = answer.deliver(call, args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
        if (status != STATUS_SUCCESS) return status;
    }
    bool all = true;
    se::Privileges& privileges = token->change().privileges;
    for (const Change& change : changes) {
        all = all && (change.bit & privileges.present);
        apply(privileges, change);
    }
    return all ? STATUS_SUCCESS : STATUS_NOT_ALL_ASSIGNED;
}

NTSTATUS NtAllocateLocallyUniqueId(ke::Call& call, const NtAllocateLocallyUniqueIdArgs& args) {
    if (args.Luid.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(call.write(args.Luid, se::allocate_luid()));
}

NTSTATUS NtAllocateUuids(ke::Call& call, const NtAllocateUuidsArgs& args) {
    // The time is handed out in ranges that never overlap; the seed stands for a network card's address.
    constexpr ULONG kRange = 10000;
    static constinit uint64_t next = 0;
    if (args.Time.null() || args.Range.null() || args.Sequence.null() || args.Seed.null())
        return STATUS_ACCESS_VIOLATION;
    uint64_t now = ke::system_time();
    ULARGE_INTEGER time;
    time.QuadPart = now > next ? now : next;
    uint64_t mixed = ke::boot_time() * 0x9e3779b97f4a7c15u;
    constexpr uint8_t kMulticast = 1;
    uint8_t seed[6];
    for (unsigned i = 0; i < sizeof(seed); ++i)
        seed[i] = static_cast<uint8_t>(mixed >> (8 * i + 8));
    seed[0] |= kMulticast;
    TRY(call.write(args.Time, time));
    TRY(call.write(args.Range, kRange));
    TRY(call.write(args.Sequence, static_cast<ULONG>(mixed >> 56)));
    TRY(call.memory().copy_out(args.Seed.address(), seed, sizeof(seed)));
    next = time.QuadPart + kRange;
    return STATUS_SUCCESS;
}
