// SPDX-License-Identifier: GPL-3.0-only
//
// Types whose objects may be moved to another address as bytes, the old place then being no object any more.
// Pointers that own are such types although their copies mean something.
#pragma once

#include <type_traits>

namespace base {

template <typename T>
inline constexpr bool moves_as_bytes = std::is_trivially_copyable_v<T>;

}  // namespace base
