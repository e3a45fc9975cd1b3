// SPDX-License-Identifier: GPL-3.0-only
//
// The object namespace: directories of named objects, symbolic links, path lookup without regard to case
// where OBJ_CASE_INSENSITIVE is given (and always, as NT does by default). Lookup never blocks: it stops at
// an object whose type parses (a device, a key) and hands back the rest of the path, which the opener of that
// kind goes on with.
#pragma once

#include "executive/ke/chained.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/handle.hpp"

namespace ob {

class Directory final : public Object, private ke::Chained<Directory> {
public:
    static const Type kType;
    static constexpr size_t kMaximumName = 1024;  // UTF-16 units of one component
    static Result<Ref<Directory>> create();

    // STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID, STATUS_NAME_TOO_LONG. The directory holds a
    // reference.
    Result<void> insert(Object& object, FoldedName name);
    Result<void> insert(Object& object, std::u16string_view name);
    void remove(Object& object);
    Object* find(std::u16string_view name) const { return find(FoldedKey(name)); }
    Object* find(const FoldedKey& name) const;
    // In order of name.
    Object* first() { return entries_.first(); }
    Object* next(Object& object) { return entries_.next(object); }
    uint32_t count() const { return count_; }
    // The entry at this index in order of name, null when there are fewer. Looks for a slice from where it
    // came to the last time, if nothing changed since; `found` is false when that was not enough: ask again.
    Object* seek(uint32_t index, const ke::Slice& slice, bool& found);

private:
    class Emptying;
    struct KeyOfEntry {
        FoldedNameKey operator()(const Object& object) const { return FoldedNameKey(object.folded_name()); }
    };
    Directory() : Object(kType) {}
    ~Directory() override;
    // Entries that no handle keeps, directories among them, go with it.
    void last_reference_gone() const override;
    Tree<Object, DirectoryEntryTag, KeyOfEntry> entries_;
    uint32_t count_ = 0;
    // Where seek() was. Null: at the first entry.
    Object* seek_entry_ = nullptr;
    uint32_t seek_index_ = 0;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
};

class SymbolicLink final : public Object {
public:
    static const Type kType;
    static Result<Ref<SymbolicLink>> create(std::u16string_view target);
    std::u16string_view target() const { return target_; }

private:
    explicit SymbolicLink(String target) : Object(kType), target_(std::move(target)) {
        set_extra_charge(2 * target_.length());
    }
    String target_;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
};

Directory& root();

// Where a path leads.
struct Found {
    // Null when only the last component is missing.
    Ref<Object> object;
    // Of the last component; null for the root itself and behind a parsing object.
    Ref<Directory> parent;
    // Its name, where the object is missing.
    FoldedName name;
    // What is left of the path behind a parsing object: with its leading backslash, or as it was given when
    // the start is that object itself. Else empty.
    String rest;
};

// Follows symbolic links, the last component only when `open_link` is false. STATUS_OBJECT_PATH_NOT_FOUND,
// STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_TYPE_MISMATCH,
// STATUS_TOO_MANY_LINKS. `start` null: the path is absolute. All in one turn, for paths of the Executive's
// own.
Result<Found> find(Object* start, std::u16string_view path, bool open_link);
// By absolute path, links followed, where a missing object is STATUS_OBJECT_NAME_NOT_FOUND: in slices, for a
// thread that waits, or the Executive itself where `call` is null.
ke::Task<Result<Found>> lookup(ke::Call* call, String path);
// With the caller's RootDirectory handle, in slices of the call: a path may lead through thousands of
// directories and 32 links.
Result<Found> lookup(ke::Call& call, const ke::Call::Attributes& attributes);

// The same for who makes an object there: without one the last component may be missing.
Result<Found> find(ke::Call& call, const ke::Call::Attributes& attributes);

// The object's path as Object::full_name() gives it, in slices of the call: one can be thousands of
// directories deep.
Result<String> full_name(ke::Call& call, Object& object);

// Opens an existing object of this type by name and writes a handle.
template <typename T>
Result<void> open_named(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> attributes, ACCESS_MASK desired,
                        ke::UserOut<HANDLE> out);
// The same for an object that the caller has looked up.
Result<void> open_found(ke::Call& call, const ke::Call::Attributes& attributes, const Found& found,
                        ACCESS_MASK desired, ke::UserOut<HANDLE> out, const Type& type);
// Puts a new object into the namespace (when a name was given) and writes a handle. With OBJ_OPENIF an
// existing one of the same type is opened instead: the result is STATUS_OBJECT_NAME_EXISTS then, else
// STATUS_SUCCESS.
Result<NTSTATUS> create_handle(ke::Call& call, const ke::Call::Attributes& attributes, Ref<Object> object,
                               ACCESS_MASK desired, ke::UserOut<HANDLE> out);
// The same with attributes not read yet; null: no name.
Result<NTSTATUS> create_handle(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> attributes, Ref<Object> object,
                               ACCESS_MASK desired, ke::UserOut<HANDLE> out);
// For the Executive's own objects at boot: creates missing directories on the way.
Result<void> insert_path(std::u16string_view path, Object& object, bool permanent);

Result<void> open_named_typed(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> attributes, ACCESS_MASK desired,
                              ke::UserOut<HANDLE> out, const Type& type);
template <typename T>
Result<void> open_named(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> attributes, ACCESS_MASK desired,
                        ke::UserOut<HANDLE> out) {
    return open_named_typed(call, attributes, desired, out, T::kType);
}

// Builds \, \Device, \??, \DosDevices, \KernelObjects, \BaseNamedObjects, \Sessions..., \ObjectTypes. Once,
// at boot.
Result<void> initialize();

}  // namespace ob
