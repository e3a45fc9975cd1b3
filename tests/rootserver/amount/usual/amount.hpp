// SPDX-License-Identifier: GPL-3.0-only
// How much the random tests do in every run of the tests. Chosen by include path.
#pragma once

namespace amount {

inline constexpr unsigned long long kHostileCalls = 1'000'000;
inline constexpr unsigned long long kCodeRounds = 20'000;
inline constexpr unsigned long long kEdges = 2'000;  // of each line

}  // namespace amount
