// SPDX-License-Identifier: GPL-3.0-only
//
// Handle tables and the way from a handle to a typed, access-checked object. Handle values are multiples of
// 4, never 0; freed ones are reused late. The table belongs to its process and is charged to it. It grows by
// a block of 64 places at a time and nothing in it ever moves, so that one more handle costs the same however
// many there are.
#pragma once

#include "executive/ke/slice.hpp"
#include "executive/ob/object.hpp"
#include "executive/ob/security.hpp"

namespace ob {

struct HandleEntry {
    Object* object = nullptr;  // a reference is held; null: free
    union {
        ACCESS_MASK access = 0;
        uint32_t next_free;  // while free
    };
    uint32_t attributes : 8 = 0;  // OBJ_INHERIT, OBJ_PROTECT_CLOSE
    uint32_t charge : 24 = 0;     // bytes in the quota of the table's process
};

class HandleTable {
public:
    explicit HandleTable(ke::Client& client) : client_(client) {}
    HandleTable(const HandleTable&) = delete;
    HandleTable& operator=(const HandleTable&) = delete;
    // REQUIRES: close_all() has been called.
    ~HandleTable();

    Result<HANDLE> insert(Ref<Object> object, ACCESS_MASK granted, ULONG attributes);
    // STATUS_INVALID_HANDLE; STATUS_HANDLE_NOT_CLOSABLE for a protected one.
    Result<void> close(HANDLE handle);
    // Closes a handle that insert() has just given, protected or not. REQUIRES: it is open.
    void undo_insert(HANDLE handle) { remove(index_of(handle)); }
    // The entry, or null. Pseudo handles are not in the table.
    HandleEntry* find(HANDLE handle) {
        uint64_t index = reinterpret_cast<uint64_t>(handle) / 4;
        if (index >= size_) [[unlikely]]
            return nullptr;
        HandleEntry& entry = at(index);
        return entry.object ? &entry : nullptr;
    }
    uint32_t count() const { return count_; }
    // For an object that grew: its growth is charged to this handle. STATUS_QUOTA_EXCEEDED.
    Result<void> add_charge(HandleEntry& entry, size_t bytes);
    // Copies the inheritable handles of another table to the same values, in slices: `index` is 0 in the
    // first and says how far it came; true when that was all. Only those named, where any are. REQUIRES:
    // nothing else was inserted.
    Result<bool> inherit(HandleTable& parent, size_t& index, std::span<const HANDLE> only = {});
    // For the end of a process; protected handles too. Looks at so many places, or blocks of them, of the
    // table; true when nothing is left.
    bool close_all(size_t limit = SIZE_MAX);
    // Whether no place is left to look at.
    bool is_end(size_t index) const { return index >= size_; }
    // The first open handle at this place of the table or behind it, null when there is none or the slice is
    // over: `index` says how far it came.
    HANDLE next_open(size_t& index, const ke::Slice& slice) {
        for (index = index ? index : 1; index < size_; ++index) {
            if (at(index).object) return reinterpret_cast<HANDLE>(index * 4);
            if (index % 64 == 0 && slice.over()) return nullptr;
        }
        return nullptr;
    }

private:
    static constexpr size_t kPlaces = 64;
    static constexpr size_t kBlocks = 128;
    // 16,777,216 places, as on NT.
    static constexpr size_t kMostGroups = 2048;
    struct Block {
        HandleEntry places[kPlaces];
    };
    struct Group {
        Block* blocks[kBlocks] = {};
    };
    // Of a block, whether or not there is a handle in it, with its place among the others.
    static constexpr size_t kBlockCharge = sizeof(Block) + sizeof(Block*);

    static uint32_t index_of(HANDLE handle) {
        return static_cast<uint32_t>(reinterpret_cast<uint64_t>(handle) / 4);
    }
    // REQUIRES: index < size_.
    HandleEntry& at(uint64_t index) {
        return groups_.data()[index / (kBlocks * kPlaces)]
            ->blocks[index / kPlaces % kBlocks]
            ->places[index % kPlaces];
    }
    // One place more, the last.
    Result<uint32_t> extend();
    struct Place {
        uint32_t index;
        HandleEntry* entry;
    };
    Result<Place> take_place();
    void put_free(uint32_t index, HandleEntry& entry);
    void fill(HandleEntry& entry, Ref<Object> object, ACCESS_MASK granted, ULONG attributes, size_t charge);
    void remove(uint32_t index);

    ke::Client& client_;
    Vector<Group*> groups_;
    uint32_t size_ = 0;  // places; the first is never used
    uint32_t first_free_ = 0;
    uint32_t last_free_ = 0;
    uint32_t count_ = 0;
    uint32_t close_cursor_ = 1;
};

struct Resolved {
    Ref<Object> object;
    ACCESS_MASK granted;
};

// Any object behind a handle of the caller, pseudo handles included. STATUS_INVALID_HANDLE,
// STATUS_ACCESS_DENIED.
Result<Resolved> resolve_any(ke::Call& call, HANDLE handle, ACCESS_MASK desired);
Result<Resolved> resolve_typed(ke::Call& call, HANDLE handle, ACCESS_MASK desired, const Type& type);

// An object of this type, held. The usual line of a service that waits:
// auto file = CO_TRY(ob::resolve<io::File>(call, args.FileHandle, args.FileHandleAccess));
template <typename T>
Result<Ref<T>> resolve(ke::Call& call, HANDLE handle, ACCESS_MASK desired) {
    HandleEntry* entry = call.handles().find(handle);
    if (entry && &entry->object->type() == &T::kType && (entry->access & desired) == desired) [[likely]]
        return Ref<T>(static_cast<T*>(entry->object));
    Resolved resolved = TRY(resolve_typed(call, handle, desired, T::kType));
    return Ref<T>(static_cast<T*>(resolved.object.get()));
}

// The same without a reference, for services that do not wait: the handle keeps the object (and a pseudo
// handle names what lives as long as the caller) until one is closed.
// auto* event = TRY(ob::borrow<ex::Event>(call, args.EventHandle, args.EventHandleAccess));
template <typename T>
[[gnu::always_inline]] inline Result<T*> borrow(ke::Call& call, HANDLE handle, ACCESS_MASK desired) {
    HandleEntry* entry = call.handles().find(handle);
    if (entry && &entry->object->type() == &T::kType && (entry->access & desired) == desired) [[likely]]
        return static_cast<T*>(entry->object);
    Resolved resolved = TRY(resolve_typed(call, handle, desired, T::kType));
    return static_cast<T*>(resolved.object.get());
}

// What the creator of an object gets: all it asks for of what the type has. STATUS_PRIVILEGE_NOT_HELD:
// ACCESS_SYSTEM_SECURITY without SeSecurityPrivilege.
Result<ACCESS_MASK> creator_access(ke::Call& call, const Type& type, ACCESS_MASK desired);

// Gives the caller a handle with this access and writes it out; undone when the write fails.
Result<void> give_handle(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object> object, ACCESS_MASK granted,
                         ULONG attributes);
// The same for a new object: with creator_access().
Result<void> open_handle(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object> object, ACCESS_MASK desired,
                         ULONG attributes);

}  // namespace ob
