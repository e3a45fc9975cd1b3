// SPDX-License-Identifier: GPL-3.0-only
//
// Handles of processes and threads where either of two rights will do; what an opener of one gets.
#pragma once

#include "executive/ps/thread.hpp"

namespace ps {

template <typename T>
Result<Ref<T>> resolve_either(ke::Call& call, HANDLE handle, ACCESS_MASK full, ACCESS_MASK limited) {
    Result<Ref<T>> object = ob::resolve<T>(call, handle, full);
    return object || object.error() != STATUS_ACCESS_DENIED ? std::move(object)
                                                            : ob::resolve<T>(call, handle, limited);
}

inline Result<Ref<Process>> resolve_process(ke::Call& call, HANDLE handle, ACCESS_MASK full,
                                            ACCESS_MASK limited) {
    return resolve_either<Process>(call, handle, full, limited);
}
// With SeDebugPrivilege all that is asked for, else what the descriptor grants. As ob::check_access().
inline Result<ACCESS_MASK> access_for(ke::Call& call, ob::Object& object, ACCESS_MASK desired) {
    if (se::holds_privilege(call, SE_DEBUG_PRIVILEGE) && !(desired & ACCESS_SYSTEM_SECURITY))
        return ob::creator_access(call, object.type(), desired);
    return ob::check_access(call, object, desired);
}

inline Result<Ref<Thread>> resolve_thread(ke::Call& call, HANDLE handle, ACCESS_MASK full,
                                          ACCESS_MASK limited) {
    return resolve_either<Thread>(call, handle, full, limited);
}

}  // namespace ps
