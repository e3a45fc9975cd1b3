// SPDX-License-Identifier: GPL-3.0-only
//
// Objects: what handles name. An object lives while anybody holds a reference; it is *open* while handles
// name it, and when the last handle goes, last_handle_closed() lets it let go of its users. A named object is
// held by its directory and leaves it with its last handle, unless it is permanent. Objects are charged to
// the process that creates them.
#pragma once

#include "abi/nt/ntseapi.h"
#include "base/folded_name.hpp"
#include "base/ref.hpp"
#include "base/string.hpp"
#include "base/tree.hpp"
#include "executive/ke/ke.hpp"
#include "executive/ob/descriptor.hpp"

namespace ob {

class Directory;
class Object;

struct GenericMapping {
    ACCESS_MASK read, write, execute, all;
};

// Which objects of a type have a security descriptor.
enum class Secured : uint8_t {
    Named,      // those with a name, and those whose creator asks for one
    Always,     // all
    Elsewhere,  // what an object stands for has one (a key, a file)
};

// One per kind of object, with static storage. Compared by address.
struct Type {
    const char16_t* name;
    GenericMapping mapping;
    ACCESS_MASK valid_access;
    // A lookup stops here and leaves the rest of the path to the caller (devices, keys).
    bool parses = false;
    Secured secured = Secured::Named;
    // Place in the list of types, 1 and up, given to each type when it is first seen.
    mutable uint8_t index = 0;
    mutable uint32_t object_count = 0;
    mutable uint32_t handle_count = 0;

    std::u16string_view view() const { return name; }
    // Generic rights become this type's; others stay.
    ACCESS_MASK map(ACCESS_MASK desired) const;
};

// Makes the type known (idempotent), so that it is listed before its first object exists.
void register_type(const Type& type);
// All types in order of their index, which is position + 1.
std::span<const Type* const> types();

// The place of a permanent object among those of the process that made it so.
class Permanence {
public:
    static Result<Own<Permanence>> take(ke::Client& client);
    explicit Permanence(ke::Client& client);
    ~Permanence();

private:
    ke::Quota& quota_;
    Ref<Object> process_;  // whose quota it is
};

class Object : public RefCounted, public TreeLink<struct DirectoryEntryTag> {
public:
    const Type& type() const { return type_; }
    std::u16string_view name() const { return name_.view(); }
    const FoldedName& folded_name() const { return name_; }
    Directory* directory() const { return directory_; }
    bool permanent() const { return permanent_; }
    // A permanent object stays in its directory without handles, one that is not leaves it with the last: at
    // once when it has none. It counts for the process that made it so as long as it is in its directory,
    // also when that has ended: STATUS_QUOTA_EXCEEDED when it has kMostPermanent of them, or all together
    // kMostPermanentOfAll. Without a directory it goes as others do and counts for nobody.
    static constexpr uint32_t kMostPermanent = 1024;
    static constexpr uint32_t kMostPermanentOfAll = 32 * kMostPermanent;
    Result<void> make_permanent(ke::Client& client);
    void make_temporary();
    // Permanent for the Executive itself, which bounds their number where it makes them: counts for nobody.
    void keep_name() { permanent_ = true; }
    uint32_t handle_count() const { return handle_count_; }
    // Bytes that each handle to it counts for in its process's quota: the handle's place and the object.
    size_t charge() const {
        return kBaseCharge + extra_charge_ + name_.bytes() + Descriptor::bytes(security_).size();
    }
    static constexpr size_t kBaseCharge = 256;

    // What a wait on a handle waits for; null when it cannot be waited on (STATUS_OBJECT_TYPE_MISMATCH).
    virtual ke::Waitable* waitable() { return nullptr; }
    // Called for each closed handle, then last_handle_closed() when no process has one any more.
    virtual void handle_closed(ke::Client& client) { (void)client; }
    virtual void last_handle_closed() {}
    // The path that would open it, empty when it has none. Default: its place in the namespace.
    // STATUS_NAME_TOO_LONG when no UNICODE_STRING holds it.
    virtual Result<String> full_name() const;
    // The security descriptor; null when it has none. Types whose objects stand for something that has one
    // keep it there.
    virtual const Ref<Descriptor>& descriptor() const { return security_; }
    // STATUS_QUOTA_EXCEEDED or the like, where it is charged to somebody else than those with handles.
    virtual Result<void> set_descriptor(Ref<Descriptor> descriptor) {
        security_ = std::move(descriptor);
        return {};
    }
    // Some are with who has to be asked: the file system that a file is of. descriptor() is null then, and
    // these ask; whoever calls has checked the handle and what is to be set.
    virtual bool security_is_elsewhere() const { return false; }
    struct Asked {
        Vector<uint8_t> descriptor;  // checked; of more bytes than were asked for only their number is known
        size_t length = 0;
    };
    // The chosen parts, if they have no more than `most` bytes.
    virtual ke::Task<Result<Asked>> ask_security(ke::Thread& thread, SECURITY_INFORMATION which, size_t most);
    // Sets the chosen parts, of a checked descriptor.
    virtual ke::Task<NTSTATUS> tell_security(ke::Thread& thread, SECURITY_INFORMATION which,
                                             Vector<uint8_t> changes);
    // Its bytes, empty when it has none.
    std::span<const uint8_t> security() const { return Descriptor::bytes(descriptor()); }
    // The same from bytes, which have been checked.
    Result<void> set_security(Vector<uint8_t> descriptor) {
        return set_descriptor(TRY(Descriptor::of(std::move(descriptor))));
    }

protected:
    explicit Object(const Type& type) : type_(type) {
        if (type.index == 0) [[unlikely]]
            register_type(type);
        ++type.object_count;
    }
    ~Object() override;
    // For types that hold more than their own size, once, when made.
    void set_extra_charge(size_t bytes) { extra_charge_ = static_cast<uint32_t>(bytes); }

private:
    friend class Directory;
    friend class HandleTable;
    void leave_directory();

    const Type& type_;
    Directory* directory_ = nullptr;
    FoldedName name_;
    Ref<Descriptor> security_;
    uint32_t handle_count_ = 0;
    uint32_t extra_charge_ = 0;
    bool permanent_ = false;
    Own<Permanence> permanence_;  // null unless a process made it permanent and it is in a directory
};

// The object as T, or null. T::kType is T's type object.
template <typename T>
T* as(Object& object) {
    return &object.type() == &T::kType ? static_cast<T*>(&object) : nullptr;
}

}  // namespace ob
