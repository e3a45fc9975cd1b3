// SPDX-License-Identifier: GPL-3.0-only
//
// How the components below io reach files: ps opens programs by path, sections take their pages from files.
#pragma once

#include "executive/prelude.hpp"

namespace io {

void initialize_images();

}  // namespace io
