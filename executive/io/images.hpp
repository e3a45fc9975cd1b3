// SPDX-License-Identifier: GPL-3.0-only
//
// How the components below io reach files: ps opens programs by path, sections take their pages from files.
#pragma once

#include "executive/mm/section.hpp"

namespace io {

// The image section of a file. `call` null: for the Executive itself.
Task<Result<Ref<mm::Section>>> open_image(ke::Call* call, String path);

void initialize_images();

}  // namespace io
