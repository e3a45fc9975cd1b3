// SPDX-License-Identifier: GPL-3.0-only
//
// Handle tables and the way from a handle to a typed, access-checked object. Handle values are multiples of
// 4, never 0; freed ones are reused late. The table belongs to its process and is charged to it.
#pragma once

#include "executive/ob/object.hpp"

namespace ob {

struct HandleEntry {
    Object* object = nullptr;  // a reference is held; null: free
    ACCESS_MASK access = 0;
    uint16_t attributes = 0;  // OBJ_INHERIT, OBJ_PROTECT_CLOSE
    uint16_t generation = 0;
    uint32_t next_free = 0;
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
    // The entry, or null. Pseudo handles are not in the table.
    HandleEntry* find(HANDLE handle) {
        uint64_t index = reinterpret_cast<uint64_t>(handle) / 4;
        if (index >= entries_.size()) [[unlikely]]
            return nullptr;
        HandleEntry& entry = entries_[index];
        return entry.object ? &entry : nullptr;
    }
    uint32_t count() const { return count_; }
    // Copies the inheritable handles of another table to the same values. REQUIRES: this table is empty.
    Result<void> inherit(HandleTable& parent);
    // For the end of a process; protected handles too.
    void close_all();
    // Calls visit(HANDLE, HandleEntry&) for each open handle.
    template <typename Visit>
    void for_each(Visit&& visit) {
        for (size_t index = 1; index < entries_.size(); ++index)
            if (entries_[index].object) visit(reinterpret_cast<HANDLE>(index * 4), entries_[index]);
    }

private:
    ke::Client& client_;
    Vector<HandleEntry> entries_;
    uint32_t first_free_ = 0;
    uint32_t last_free_ = 0;
    uint32_t count_ = 0;
};

struct Resolved {
    Ref<Object> object;
    ACCESS_MASK granted;
};

// Any object behind a handle of the caller, pseudo handles included. STATUS_INVALID_HANDLE,
// STATUS_ACCESS_DENIED.
Result<Resolved> resolve_any(ke::Call& call, HANDLE handle, ACCESS_MASK desired);
Result<Resolved> resolve_typed(ke::Call& call, HANDLE handle, ACCESS_MASK desired, const Type& type);

// The usual line of a service: auto event = TRY(ob::resolve<ex::Event>(call, args.EventHandle,
// args.EventHandleAccess));
template <typename T>
Result<Ref<T>> resolve(ke::Call& call, HANDLE handle, ACCESS_MASK desired) {
    HandleEntry* entry = call.handles().find(handle);
    if (entry && &entry->object->type() == &T::kType && (entry->access & desired) == desired) [[likely]]
        return Ref<T>(static_cast<T*>(entry->object));
    Resolved resolved = TRY(resolve_typed(call, handle, desired, T::kType));
    return Ref<T>(static_cast<T*>(resolved.object.get()));
}

// Gives the caller a handle to an object and writes it out; undone when the write fails.
Result<void> open_handle(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object> object, ACCESS_MASK desired,
                         ULONG attributes);

}  // namespace ob
