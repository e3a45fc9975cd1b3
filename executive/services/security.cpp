// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors of objects.
#include "base/new_descriptor.hpp"
#include "executive/ob/ob.hpp"
#include "executive/se/assign.hpp"
#include "executive/se/capture.hpp"
#include "executive/se/label.hpp"
#include "executive/services.hpp"

namespace {

using namespace base;

// Not what later Windows keeps in an access list besides.
constexpr SECURITY_INFORMATION kSettable =
    OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
    SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION |
    PROTECTED_SACL_SECURITY_INFORMATION | UNPROTECTED_DACL_SECURITY_INFORMATION |
    UNPROTECTED_SACL_SECURITY_INFORMATION;

ACCESS_MASK access_to_change(SECURITY_INFORMATION which) {
    ACCESS_MASK access = 0;
    constexpr SECURITY_INFORMATION kWhose =
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION;
    if (which & kWhose) access |= WRITE_OWNER;
    if (which & DACL_SECURITY_INFORMATION) access |= WRITE_DAC;
    if (which & SACL_SECURITY_INFORMATION) access |= ACCESS_SYSTEM_SECURITY;
    return access;
}

// The system list is two in one: labels, and entries for auditing. What is not to be changed stays.
Result<Vector<uint8_t>> changed_sacl(ke::Call& call, const Parts& old_parts, const Parts& given,
                                     SECURITY_INFORMATION which) {
    bool label = which & LABEL_SECURITY_INFORMATION;
    if (label) TRY(se::check_label(call, given.sacl));
    return se::joined(label ? given.sacl : old_parts.sacl,
                      which & SACL_SECURITY_INFORMATION ? given.sacl : old_parts.sacl);
}

Result<Vector<uint8_t>> changed(ke::Call& call, const ob::Object& object, std::span<const uint8_t> changes,
                                SECURITY_INFORMATION which) {
    constexpr SECURITY_INFORMATION kSystem = SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION;
    if (which & OWNER_SECURITY_INFORMATION) TRY(se::check_owner(call, changes));
    Parts given = parts_of(changes);
    Vector<uint8_t> sacl, with_sacl;
    if (which & kSystem) {
        sacl = TRY(changed_sacl(call, parts_of(object.security()), given, which));
        given.sacl = sacl.span();
        given.has_sacl = !sacl.empty();
        with_sacl = TRY(build_descriptor(given));
        changes = with_sacl.span();
        which |= SACL_SECURITY_INFORMATION;
    }
    const ob::GenericMapping& mapping = object.type().mapping;
    auto made = TRY(base::changed_descriptor(object.security(), changes, which, false,
                                             {mapping.read, mapping.write, mapping.execute, mapping.all}));
    return se::is_short(made.span()) ? std::move(made) : Result<Vector<uint8_t>>(fail(STATUS_INVALID_ACL));
}

// Nobody can be made the owner, or the group, by a descriptor that names none.
bool lacks_whose(std::span<const uint8_t> changes, SECURITY_INFORMATION which) {
    Parts given = parts_of(changes);
    return ((which & OWNER_SECURITY_INFORMATION) && given.owner.empty()) ||
           ((which & GROUP_SECURITY_INFORMATION) && given.group.empty());
}

Result<Ref<ob::Object>> to_be_asked(ke::Call& call, const NtQuerySecurityObjectArgs& args) {
    ACCESS_MASK access = READ_CONTROL;
    if (args.SecurityInformation & SACL_SECURITY_INFORMATION) access |= ACCESS_SYSTEM_SECURITY;
    return std::move(TRY(ob::resolve_any(call, args.Handle, access)).object);
}

NTSTATUS query_kept(ke::Call& call, const NtQuerySecurityObjectArgs& args, const ob::Object& object) {
    Vector<uint8_t> part = TRY(base::extract(object.security(), args.SecurityInformation));
    ob::Answer answer(args.SecurityDescriptor);
    TRY(answer.append(part.data(), part.size()));
    return answer.deliver(call, args.LengthNeeded, STATUS_BUFFER_TOO_SMALL);
}

ke::Task<NTSTATUS> ask_elsewhere(ke::Call& call, NtQuerySecurityObjectArgs args, Ref<ob::Object> object) {
    CO_TRY(call.probe(args.LengthNeeded));
    size_t most = args.SecurityDescriptor.length;
    auto asked = CO_TRY(co_await object->ask_security(call.thread(), args.SecurityInformation, most));
    CO_TRY(call.write(args.LengthNeeded, static_cast<ULONG>(asked.length)));
    if (asked.length > most) co_return STATUS_BUFFER_TOO_SMALL;
    co_return to_status(
        call.copy_out(args.SecurityDescriptor, asked.descriptor.data(), asked.descriptor.size()));
}

NTSTATUS set_kept(ke::Call& call, const NtSetSecurityObjectArgs& args, ob::Object& object,
                  std::span<const uint8_t> changes) {
    size_t size = object.security().size();
    if (size == 0) return STATUS_NO_SECURITY_ON_OBJECT;
    Vector<uint8_t> made = TRY(changed(call, object, changes, args.SecurityInformation));
    ob::HandleEntry* entry = call.handles().find(args.Handle);
    bool is_charged = object.type().secured != ob::Secured::Elsewhere;
    if (entry && is_charged && made.size() > size) TRY(call.handles().add_charge(*entry, made.size() - size));
    return to_status(object.set_security(std::move(made)));
}

// What a driver of NT's has checked where it uses SeSetSecurityDescriptorInfo: here it does not know the
// client's token.
ke::Task<NTSTATUS> tell_elsewhere(ke::Call& call, NtSetSecurityObjectArgs args, Ref<ob::Object> object,
                                  Vector<uint8_t> changes) {
    SECURITY_INFORMATION which = args.SecurityInformation;
    if (which & OWNER_SECURITY_INFORMATION) CO_TRY(se::check_owner(call, changes.span()));
    if (which & LABEL_SECURITY_INFORMATION) CO_TRY(se::check_label(call, parts_of(changes.span()).sacl));
    co_return co_await object->tell_security(call.thread(), which, std::move(changes));
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtQuerySecurityObject(ke::Call& call,
                                                                 NtQuerySecurityObjectArgs args) {
    auto object = to_be_asked(call, args);
    if (!object) return object.error();
    if ((*object)->security_is_elsewhere()) return ask_elsewhere(call, args, std::move(*object));
    return query_kept(call, args, **object);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSetSecurityObject(ke::Call& call, NtSetSecurityObjectArgs args) {
    if (args.SecurityInformation & ~kSettable) return STATUS_NOT_SUPPORTED;
    auto resolved = ob::resolve_any(call, args.Handle, access_to_change(args.SecurityInformation));
    if (!resolved) return resolved.error();
    auto changes = se::capture_descriptor(call, reinterpret_cast<uint64_t>(args.SecurityDescriptor));
    if (!changes) return changes.error();
    if (lacks_whose(changes->span(), args.SecurityInformation)) return STATUS_INVALID_SECURITY_DESCR;
    if (resolved->object->security_is_elsewhere())
        return tell_elsewhere(call, args, std::move(resolved->object), std::move(*changes));
    return set_kept(call, args, *resolved->object, changes->span());
}
