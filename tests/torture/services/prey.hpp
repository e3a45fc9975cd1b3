// SPDX-License-Identifier: GPL-3.0-only
//
// Whom a run may do to what it likes (an ordinary client may try on everybody): the processes that it has
// started, at whatever remove. Numbers are used again, so an identifier that was remembered may name a driver
// host or the shell by now; nothing but the object behind the open handle tells.
#pragma once

#include "tests/torture/services/world.hpp"

namespace torture {

// Whether the base name of an image is that of a program which only calls of a run start, or of the run's
// own.
bool is_prey(const UNICODE_STRING& image);

// Whether a handle of type Process or Thread names one of them, or one that is no more.
bool is_prey(HANDLE handle, service_table::Object type);

}  // namespace torture
