// SPDX-License-Identifier: GPL-3.0-only
//
// Files as sections: images opened by path, and what an open file gives a section its pages from.
#pragma once

#include "executive/mm/section.hpp"

namespace io {

// The image section of the file at this NT path, opened for `call`'s process; null: for the Executive itself.
Task<Result<Ref<mm::Section>>> open_image(ke::Call* call, String path);

// The content of an open file. STATUS_OBJECT_TYPE_MISMATCH when the object is no file, STATUS_ACCESS_DENIED
// when its handle may not read it. The name lives as long as the file object.
Result<Ref<mm::Backing>> file_backing(ob::Object& file, ACCESS_MASK granted, std::u16string_view& name);

}  // namespace io
