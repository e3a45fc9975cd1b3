// SPDX-License-Identifier: GPL-3.0-only
//
// The SID of a service, NT SERVICE\name: S-1-5-80 and the five words of the SHA-1 of the name in upper case
// (UTF-16, little-endian), as RtlCreateServiceSid computes it.
#pragma once

#include <string_view>

#include "base/sid.hpp"

namespace base {

Sid service_sid(std::u16string_view name);

}  // namespace base
