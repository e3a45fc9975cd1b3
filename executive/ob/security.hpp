// SPDX-License-Identifier: GPL-3.0-only
//
// What ob asks of the security reference monitor. That stands above ob, since tokens are objects, so these
// are declared here and defined in executive/se/objects.cpp.
#pragma once

#include "executive/ob/object.hpp"

namespace ob {

// What an opener gets: `desired` mapped and checked against the object's security. STATUS_ACCESS_DENIED,
// STATUS_PRIVILEGE_NOT_HELD.
Result<ACCESS_MASK> check_access(ke::Call& call, Object& object, ACCESS_MASK desired);

// Gives a new object the descriptor that its creator names by address; 0: none.
Result<void> assign_security(ke::Call& call, Object& object, uint64_t descriptor);

// The descriptor of an object that the Executive itself names: all for SYSTEM and administrators, read and
// execute for everybody; and who may make names in a directory.
enum class Makers : uint8_t { System, Services, Everybody };
Result<void> secure_own(Object& object, Makers makers);

// May the caller make objects in this directory, other directories when `subdirectory`? STATUS_ACCESS_DENIED.
Result<void> check_making(ke::Call& call, Object& directory, bool subdirectory);

// May the caller make objects permanent? STATUS_PRIVILEGE_NOT_HELD.
Result<void> check_permanence(ke::Call& call);

// What the pseudo handles of tokens name: -4 the process's, -5 the thread's, -6 whichever counts.
// STATUS_NO_TOKEN.
Result<Ref<Object>> pseudo_token(ke::Call& call, int64_t handle);

}  // namespace ob
