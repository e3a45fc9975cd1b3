// SPDX-License-Identifier: GPL-3.0-only
//
// Access control lists as NT lays them out: a header and a row of entries (ACEs), each with its own size. A
// list is checked once when it comes in; what reads it after that needs no checks of its own.
#pragma once

#include "base/sid.hpp"
#include "base/vector.hpp"

namespace base {

// One entry of a checked list. Pointers go into the list.
struct Ace {
    const uint8_t* at = nullptr;
    uint8_t type = 0;
    uint8_t flags = 0;
    uint16_t size = 0;  // bytes, header included

    std::span<const uint8_t> bytes() const { return {at, size}; }
    // Has it a mask and a SID where they are expected? An entry of another kind is nothing but bytes.
    bool known() const { return layout(type) != Layout::Other; }
    // All that follows. REQUIRES: known().
    ACCESS_MASK mask() const;
    // Null where the entry has none: 16 bytes, a GUID.
    const uint8_t* object_type() const;
    const uint8_t* inherited_object_type() const;
    SidView sid() const { return SidView::checked(at + sid_offset()); }
    size_t sid_offset() const;

    enum class Layout : uint8_t { Other, Plain, Object };
    static Layout layout(uint8_t type);

private:
    bool has(ULONG flag) const;
};

// Goes through the entries of a checked list; an empty span has none.
class AceReader {
public:
    explicit AceReader(std::span<const uint8_t> acl);
    // False behind the last.
    bool next(Ace& ace);

private:
    const uint8_t* at_ = nullptr;
    unsigned left_ = 0;
};

// `bytes` begin with a list and may go on behind it: do all entries lie inside it, and do those with a SID
// hold a whole one? STATUS_INVALID_ACL, STATUS_INVALID_SID.
Result<void> check_acl(std::span<const uint8_t> bytes);
// Of a list whose header has been checked: bytes and entries.
size_t acl_size(std::span<const uint8_t> acl);
unsigned ace_count(std::span<const uint8_t> acl);

// Puts a list together.
class AclBuilder {
public:
    // Bytes of an entry that is changed in its flags, its mask, or its SID; `sid` null: as it is.
    Result<void> append(const Ace& ace, uint8_t flags, ACCESS_MASK mask, SidView sid = {});
    Result<void> append(uint8_t type, uint8_t flags, ACCESS_MASK mask, SidView sid);
    unsigned count() const { return count_; }
    // The list: its revision is 2, or higher when an entry asks for it. STATUS_INVALID_ACL when it is too
    // long for one (65,535 bytes).
    Result<Vector<uint8_t>> finish(uint8_t revision = ACL_REVISION);

private:
    Vector<uint8_t> bytes_;  // the entries, behind room for the header
    unsigned count_ = 0;
    uint8_t revision_ = ACL_REVISION;
    Result<void> begin();
};

}  // namespace base
