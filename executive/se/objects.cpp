// SPDX-License-Identifier: GPL-3.0-only
//
// What the reference monitor does for objects (executive/ob/security.hpp).
#include "abi/nt/ntobapi.h"
#include "base/acl.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/call.hpp"
#include "executive/ob/handle.hpp"
#include "executive/se/access_check.hpp"
#include "executive/se/capture.hpp"

namespace se {

Result<ACCESS_MASK> check_access(const Token& token, const ob::Object& object, ACCESS_MASK desired) {
    const ob::Type& type = object.type();
    if (token.only_identifies()) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    if (object.security().empty() && !(desired & ACCESS_SYSTEM_SECURITY))
        return ob::creator_access(type, desired);
    ACCESS_MASK mapped = type.map(desired);
    if (mapped & ~(type.valid_access | MAXIMUM_ALLOWED | ACCESS_SYSTEM_SECURITY))
        return fail(STATUS_ACCESS_DENIED);
    AccessAnswer answer = access_check({token, object.security(), mapped, type.mapping});
    if (answer.status == STATUS_SUCCESS) return answer.granted & (type.valid_access | ACCESS_SYSTEM_SECURITY);
    log.info("access denied: {x} of a {}: {s}", mapped, type.name, answer.status);
    return fail(answer.status);
}

}  // namespace se

namespace ob {

Result<ACCESS_MASK> check_access(ke::Call& call, Object& object, ACCESS_MASK desired) {
    return se::check_access(se::subject(call), object, desired);
}

Result<void> assign_security(ke::Call& call, Object& object, uint64_t descriptor) {
    if (!descriptor) return {};
    return object.set_security(TRY(se::capture_descriptor(call, descriptor)));
}

Result<void> secure_own(Object& object, Makers makers) {
    constexpr ACCESS_MASK kMake = DIRECTORY_CREATE_OBJECT | DIRECTORY_CREATE_SUBDIRECTORY;
    const Type& type = object.type();
    base::AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, type.mapping.read | type.mapping.execute, base::kEveryone));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, type.mapping.all, base::kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, type.mapping.all, base::kAdministrators));
    if (makers == Makers::Services) TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, kMake, base::kService));
    if (makers == Makers::Everybody) TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, kMake, base::kEveryone));
    base::Vector<uint8_t> list = TRY(dacl.finish());
    base::Parts parts;
    parts.owner = base::SidView(base::kAdministrators).bytes();
    parts.group = base::SidView(base::kLocalSystem).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    return object.set_security(TRY(base::build_descriptor(parts)));
}

Result<void> check_making(ke::Call& call, Object& directory, bool subdirectory) {
    if (directory.security().empty()) return {};
    TRY(check_access(call, directory,
                     subdirectory ? DIRECTORY_CREATE_SUBDIRECTORY : DIRECTORY_CREATE_OBJECT));
    return {};
}

Result<void> check_permanence(ke::Call& call) {
    if (!se::holds_privilege(call, SE_CREATE_PERMANENT_PRIVILEGE)) return fail(STATUS_PRIVILEGE_NOT_HELD);
    return {};
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
