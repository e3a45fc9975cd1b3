// SPDX-License-Identifier: GPL-3.0-only
// Host tests: small, so that every place where a long operation can be torn is seen.
#pragma once

namespace arch {

inline constexpr unsigned kWorkPerCheck = 16;
inline constexpr unsigned kDeletionWork = 16;

}  // namespace arch
