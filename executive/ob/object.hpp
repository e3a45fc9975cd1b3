// SPDX-License-Identifier: GPL-3.0-only
//
// Objects: what handles name. An object lives while anybody holds a reference; it is *open* while handles
// name it, and when the last handle goes, last_handle_closed() lets it let go of its users. A named object is
// held by its directory and leaves it with its last handle, unless it is permanent. Objects are charged to
// the process that creates them.
#pragma once

#include "abi/nt/ntdef.h"
#include "base/list.hpp"
#include "base/ref.hpp"
#include "base/string.hpp"
#include "executive/ke/ke.hpp"

namespace ob {

class Directory;

struct GenericMapping {
    ACCESS_MASK read, write, execute, all;
};

// One per kind of object, with static storage. Compared by address.
struct Type {
    const char16_t* name;
    GenericMapping mapping;
    ACCESS_MASK valid_access;
    // A lookup stops here and leaves the rest of the path to the caller (devices, keys).
    bool parses = false;
    mutable uint32_t object_count = 0;
    mutable uint32_t handle_count = 0;

    std::u16string_view view() const { return name; }
    // Generic rights become this type's; others stay.
    ACCESS_MASK map(ACCESS_MASK desired) const;
};

class Object : public RefCounted, public ListLink<struct DirectoryEntryTag> {
public:
    const Type& type() const { return type_; }
    std::u16string_view name() const { return name_; }
    Directory* directory() const { return directory_; }
    bool permanent() const { return permanent_; }
    void set_permanent(bool permanent);
    uint32_t handle_count() const { return handle_count_; }

    // What a wait on a handle waits for; null when it cannot be waited on (STATUS_OBJECT_TYPE_MISMATCH).
    virtual ke::Waitable* waitable() { return nullptr; }
    // Called for each closed handle with the number that this process and all processes still have.
    virtual void handle_closed(ke::Client& client, uint32_t remaining_in_client) {
        (void)client;
        (void)remaining_in_client;
    }
    virtual void last_handle_closed() {}
    // The security descriptor in self-relative form, empty when it has none.
    std::span<const uint8_t> security() const { return security_.span(); }
    Result<void> set_security(std::span<const uint8_t> descriptor);

protected:
    explicit Object(const Type& type) : type_(type) { ++type.object_count; }
    ~Object() override { --type_.object_count; }

private:
    friend class Directory;
    friend class HandleTable;
    const Type& type_;
    Directory* directory_ = nullptr;
    String name_;
    Vector<uint8_t> security_;
    uint32_t handle_count_ = 0;
    bool permanent_ = false;
};

// The object as T, or null. T::kType is T's type object.
template <typename T>
T* as(Object& object) {
    return &object.type() == &T::kType ? static_cast<T*>(&object) : nullptr;
}

}  // namespace ob
