// SPDX-License-Identifier: GPL-3.0-only
//
// What a status code means, in a few words for a person at the prompt.
#pragma once

#include "apps/common/text.hpp"

namespace ntcmd {

app::View status_text(NTSTATUS status);

}  // namespace ntcmd
