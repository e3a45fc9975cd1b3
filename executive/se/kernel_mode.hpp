// SPDX-License-Identifier: GPL-3.0-only
//
// Drivers' calls. As on NT they are the kernel's: opens of keys, files and devices are not checked. But a
// driver is worth only its own rights (docs/security.md): what it opens so it may use, not hand over to
// others, so the rights that change who may do what are left out, unless the object is its own.
#pragma once

#include "executive/prelude.hpp"

namespace se {

constexpr ACCESS_MASK less_guard_rights(ACCESS_MASK granted) {
    return granted & ~(WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY);
}

}  // namespace se
