// SPDX-License-Identifier: GPL-3.0-only
//
// The tokens of driver hosts.
#pragma once

#include "executive/se/token.hpp"

namespace se {

// The first of `services` is the user, NT SERVICE\name; all are groups. It is of the services' logon and of
// System integrity, is no administrator, and holds only SeChangeNotifyPrivilege, SeImpersonatePrivilege and
// SeCreateGlobalPrivilege. REQUIRES: there is one.
Result<Ref<Token>> service_token(const Vector<Sid>& services);

}  // namespace se
