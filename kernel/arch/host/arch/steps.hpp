// SPDX-License-Identifier: GPL-3.0-only
// Host tests: small, so that every place where a long operation can be torn is seen.
#pragma once

namespace arch {

inline constexpr unsigned kDeletionsPerCheck = 1;
inline constexpr unsigned kWaitersPerCheck = 16;

}  // namespace arch
