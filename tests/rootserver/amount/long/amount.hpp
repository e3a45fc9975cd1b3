// SPDX-License-Identifier: GPL-3.0-only
// How much the random tests do in a long run. Chosen by include path.
#pragma once

namespace amount {

inline constexpr unsigned long long kHostileCalls = 10'000'000;
inline constexpr unsigned long long kCodeRounds = 500'000;
inline constexpr unsigned long long kEdges = 200'000;  // of each line

}  // namespace amount
