// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors of objects.
#include "executive/ob/ob.hpp"
#include "executive/se/capture.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

namespace {

using namespace base;

// Not a label by itself, nor what later Windows keeps in an access list besides.
constexpr SECURITY_INFORMATION kSettable =
    OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
    SACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION | PROTECTED_SACL_SECURITY_INFORMATION |
    UNPROTECTED_DACL_SECURITY_INFORMATION | UNPROTECTED_SACL_SECURITY_INFORMATION;

ACCESS_MASK access_to_change(SECURITY_INFORMATION which) {
    ACCESS_MASK access = 0;
    if (which & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION)) access |= WRITE_OWNER;
    if (which & DACL_SECURITY_INFORMATION) access |= WRITE_DAC;
    if (which & SACL_SECURITY_INFORMATION) access |= ACCESS_SYSTEM_SECURITY;
    return access;
}

// One gives away only what one may own oneself, or everything with SeRestorePrivilege.
Result<void> check_owner(ke::Call& call, std::span<const uint8_t> changes) {
    base::Parts parts = base::parts_of(changes);
    if (parts.owner.empty()) return fail(STATUS_INVALID_OWNER);
    SidView owner = SidView::checked(parts.owner.data());
    bool may = se::subject(call).may_give_owner(owner) || se::holds_privilege(call, SE_RESTORE_PRIVILEGE);
    return may ? Result<void>() : fail(STATUS_INVALID_OWNER);
}

}  // namespace

NTSTATUS NtQuerySecurityObject(ke::Call& call, const NtQuerySecurityObjectArgs& args) {
    ACCESS_MASK access = READ_CONTROL;
    if (args.SecurityInformation & SACL_SECURITY_INFORMATION) access |= ACCESS_SYSTEM_SECURITY;
    ob::Resolved resolved = TRY(ob::resolve_any(call, args.Handle, access));
    Vector<uint8_t> part = TRY(base::extract(resolved.object->security(), args.SecurityInformation));
    ob::Answer answer(args.SecurityDescriptor);
    TRY(answer.append(part.data(), part.size()));
    return answer.deliver(call, args.LengthNeeded, STATUS_BUFFER_TOO_SMALL);
}

NTSTATUS NtSetSecurityObject(ke::Call& call, const NtSetSecurityObjectArgs& args) {
    if (args.SecurityInformation & ~kSettable) return STATUS_NOT_SUPPORTED;
    ob::Resolved resolved =
        TRY(ob::resolve_any(call, args.Handle, access_to_change(args.SecurityInformation)));
    uint64_t address = reinterpret_cast<uint64_t>(args.SecurityDescriptor);
    Vector<uint8_t> changes = TRY(se::capture_descriptor(call, address));
    ob::Object& object = *resolved.object;
    if (args.SecurityInformation & OWNER_SECURITY_INFORMATION) TRY(check_owner(call, changes.span()));
    Vector<uint8_t> merged = TRY(base::merge(object.security(), changes.span(), args.SecurityInformation));
    ob::HandleEntry* entry = call.handles().find(args.Handle);
    if (entry && merged.size() > object.security().size())
        TRY(call.handles().add_charge(*entry, merged.size() - object.security().size()));
    return to_status(object.set_security(std::move(merged)));
}
