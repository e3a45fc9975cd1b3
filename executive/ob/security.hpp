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

// The descriptor that the creator of an object asks for by address; 0: none, which is empty.
Result<Vector<uint8_t>> capture_security(ke::Call& call, uint64_t descriptor);
// Gives a new object its descriptor: what is asked for (captured), what the directory hands down where there
// is one, what the caller's token says of the rest. As se::assigned_descriptor().
Result<void> assign_security(ke::Call& call, Object& object, std::span<const uint8_t> asked,
                             const Object* directory);

// The descriptor of an object that the Executive itself names: all for SYSTEM and administrators, read and
// execute for everybody; and who may make names in a directory. With `hands_down` the same holds for what
// others put there, and all for its owner.
enum class Makers : uint8_t { System, Services, Everybody };
Result<void> secure_own(Object& object, Makers makers, bool hands_down);

// May the caller make objects in this directory, other directories when `subdirectory`? STATUS_ACCESS_DENIED.
Result<void> check_making(ke::Call& call, Object& directory, bool subdirectory);

// Does the caller go through directories without being asked for DIRECTORY_TRAVERSE? SeChangeNotifyPrivilege.
bool may_traverse(ke::Call& call);

// STATUS_PRIVILEGE_NOT_HELD.
Result<void> check_privilege(ke::Call& call, ULONG privilege);

// What the pseudo handles of tokens name: -4 the process's, -5 the thread's, -6 whichever counts.
// STATUS_NO_TOKEN.
Result<Ref<Object>> pseudo_token(ke::Call& call, int64_t handle);

}  // namespace ob
