// SPDX-License-Identifier: GPL-3.0-only
//
// Files as sections: images opened by path, and what an open file gives a section its pages from.
#pragma once

#include "executive/mm/section.hpp"

namespace io {

// The image section of the file at this NT path, opened for `call`'s process; null: for the Executive itself.
Task<Result<Ref<mm::Section>>> open_image(ke::Call* call, String path);

// The pages of an open file, for sections. STATUS_OBJECT_TYPE_MISMATCH when the object is no file. The name
// lives as long as the file object.
Result<Ref<mm::ControlArea>> control_area(ob::Object& file, std::u16string_view& name);

}  // namespace io
