// SPDX-License-Identifier: GPL-3.0-only
//
// How a thread comes to act as somebody else.
#pragma once

#include "executive/ps/thread.hpp"

namespace services {

// An impersonation token that says the same, of this level.
base::Result<base::Ref<se::Token>> as_seen(const se::Token& token, SECURITY_IMPERSONATION_LEVEL level);
// From now on the thread acts as this token, or as a copy of it for identification alone where its process
// may not. STATUS_THREAD_IS_TERMINATING, STATUS_PROCESS_IS_TERMINATING.
base::Result<void> impersonate(ps::Thread& thread, base::Ref<se::Token> token);
// The same with a handle of the caller's; null: it is itself again. STATUS_BAD_TOKEN_TYPE.
base::Result<void> set_impersonation(ke::Call& call, ps::Thread& thread, HANDLE handle);

}  // namespace services
