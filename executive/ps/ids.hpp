// SPDX-License-Identifier: GPL-3.0-only
//
// Process and thread ids share one number space: multiples of 4 from 4 on, reused late. An id is held as long
// as its object exists.
#pragma once

#include "executive/ob/object.hpp"

namespace ps {

// Names nobody until set_holder(): what is half made is not to be found.
Result<uint32_t> reserve_id();
void set_holder(uint32_t id, ob::Object& holder);
Result<uint32_t> allocate_id(ob::Object& holder);
void release_id(uint32_t id);
// The process or thread, or null.
ob::Object* find_id(uint32_t id);

}  // namespace ps
