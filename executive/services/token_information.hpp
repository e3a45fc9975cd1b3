// SPDX-License-Identifier: GPL-3.0-only
//
// What NtQueryInformationToken says of a token.
#pragma once

#include "executive/ob/answer.hpp"
#include "executive/se/token.hpp"

namespace services {

// A class whose answer is no handle. STATUS_INVALID_INFO_CLASS and what the class is refused with.
base::Result<void> append_token_information(ob::Answer& answer, const se::Token& token, ULONG which);

}  // namespace services
