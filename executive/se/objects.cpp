// SPDX-License-Identifier: GPL-3.0-only
//
// What the reference monitor does for objects (executive/ob/security.hpp).
#include "abi/nt/ntobapi.h"
#include "base/acl.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/call.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/se/access_check.hpp"
#include "executive/se/assign.hpp"
#include "executive/se/capture.hpp"
#include "executive/se/label.hpp"

namespace se {

namespace {

[[gnu::always_inline]] inline Result<ACCESS_MASK> check(const Token& token, const ob::Type& type,
                                                        std::span<const uint8_t> descriptor,
                                                        ACCESS_MASK desired) {
    if (token.only_identifies()) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    ACCESS_MASK mapped = type.map(desired);
    if (descriptor.empty() && !(mapped & (ACCESS_SYSTEM_SECURITY | MAXIMUM_ALLOWED)))
        return mapped & type.valid_access;
    AccessAnswer answer = access_check({token, descriptor, mapped, type.mapping});
    if (answer.status == STATUS_SUCCESS) return answer.granted & (type.valid_access | ACCESS_SYSTEM_SECURITY);
    // Programs ask for more than they get all the time: only who traces wants to know.
    log.trace("access denied: {x} of a {}: {s}", mapped, type.name, answer.status);
    return fail(answer.status);
}

}  // namespace

Result<ACCESS_MASK> check_access(const Token& token, const ob::Type& type,
                                 std::span<const uint8_t> descriptor, ACCESS_MASK desired) {
    return check(token, type, descriptor, desired);
}

}  // namespace se

namespace ob {

Result<ACCESS_MASK> check_access(ke::Call& call, Object& object, ACCESS_MASK desired) {
    return se::check(se::subject(call), object.type(), object.security(), desired);
}

Result<Vector<uint8_t>> capture_security(ke::Call& call, uint64_t descriptor) {
    return descriptor ? se::capture_descriptor(call, descriptor) : Vector<uint8_t>();
}

Result<void> assign_security(ke::Call& call, Object& object, std::span<const uint8_t> asked,
                             const Object* directory) {
    se::Assignment assignment{object.type(), asked, {}};
    if (directory) assignment.container = directory->security();
    assignment.is_container = &object.type() == &Directory::kType;
    return object.set_security(TRY(se::assigned_descriptor(call, assignment)));
}

Result<void> secure_own(Object& object, Makers makers, bool hands_down) {
    constexpr uint8_t kHeirs = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | INHERIT_ONLY_ACE;
    constexpr ACCESS_MASK kMake = DIRECTORY_CREATE_OBJECT | DIRECTORY_CREATE_SUBDIRECTORY;
    const Type& type = object.type();
    base::AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, type.mapping.read | type.mapping.execute, base::kEveryone));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, type.mapping.all, base::kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, type.mapping.all, base::kAdministrators));
    if (makers == Makers::Services) TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, kMake, base::kService));
    if (makers == Makers::Everybody) TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, kMake, base::kEveryone));
    if (hands_down) {
        TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, kHeirs, GENERIC_READ | GENERIC_EXECUTE, base::kEveryone));
        for (const base::Sid& sid : {base::kLocalSystem, base::kAdministrators, base::kCreatorOwner})
            TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, kHeirs, GENERIC_ALL, sid));
    }
    base::Vector<uint8_t> list = TRY(dacl.finish());
    base::Parts parts;
    parts.owner = base::SidView(base::kAdministrators).bytes();
    parts.group = base::SidView(base::kLocalSystem).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    // Where programs meet, those of low integrity do too.
    base::Vector<uint8_t> label;
    if (makers == Makers::Everybody)
        label = TRY(se::labelled({}, SECURITY_MANDATORY_LOW_RID, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP));
    parts.has_sacl = !label.empty();
    parts.sacl = label.span();
    return object.set_security(TRY(base::build_descriptor(parts)));
}

Result<void> check_making(ke::Call& call, Object& directory, bool subdirectory) {
    if (directory.security().empty()) return {};
    TRY(check_access(call, directory,
                     subdirectory ? DIRECTORY_CREATE_SUBDIRECTORY : DIRECTORY_CREATE_OBJECT));
    return {};
}

// Of whatever level its token is: what is found is checked all the same.
bool may_traverse(ke::Call& call) {
    return se::subject(call).content().privileges.holds(SE_CHANGE_NOTIFY_PRIVILEGE);
}

Result<void> check_privilege(ke::Call& call, ULONG privilege) {
    return se::holds_privilege(call, privilege) ? Result<void>() : fail(STATUS_PRIVILEGE_NOT_HELD);
}

Result<Ref<Object>> pseudo_token(ke::Call& call, int64_t handle) {
    constexpr int64_t kProcessToken = -4;
    constexpr int64_t kThreadToken = -5;
    if (handle == kProcessToken) return Ref<Object>(&call.client().token());
    if (handle != kThreadToken) return Ref<Object>(&se::subject(call));
    if (!call.thread().impersonation()) return fail(STATUS_NO_TOKEN);
    return Ref<Object>(call.thread().impersonation());
}

}  // namespace ob
