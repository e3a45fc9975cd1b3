// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ob/handle.hpp"

#include <algorithm>

#include "abi/nt/ntseapi.h"
#include "executive/hal/log.hpp"

namespace ob {

HandleTable::~HandleTable() {
    ASSERT(count_ == 0);
    for (Group* group : groups_)
        delete group;
}

Result<uint32_t> HandleTable::extend() {
    uint32_t index = size_;
    size_t group = index / (kBlocks * kPlaces);
    if (group == groups_.size()) {
        if (group == kMostGroups) return fail(STATUS_INSUFFICIENT_RESOURCES);
        Own<Group> made = TRY(make_own<Group>());
        TRY(groups_.push_back(made.get()));
        made.leak();
    }
    Block*& block = groups_[group]->blocks[index / kPlaces % kBlocks];
    if (!block) {
        Own<Block> made = TRY(make_own<Block>());
        TRY(client_.quota().charge(kBlockCharge));
        block = made.leak();
    }
    ++size_;
    return index;
}

Result<HandleTable::Place> HandleTable::take_place() {
    if (uint32_t index = first_free_) [[likely]] {
        HandleEntry& entry = at(index);
        first_free_ = entry.next_free;
        if (!first_free_) last_free_ = 0;
        return Place{index, &entry};
    }
    if (size_ == 0) TRY(extend());
    uint32_t index = TRY(extend());
    return Place{index, &at(index)};
}

void HandleTable::put_free(uint32_t index, HandleEntry& entry) {
    entry.next_free = 0;
    if (last_free_) {
        at(last_free_).next_free = index;
    } else {
        first_free_ = index;
    }
    last_free_ = index;
}

void HandleTable::fill(HandleEntry& entry, Ref<Object> object, ACCESS_MASK granted, ULONG attributes,
                       size_t charge) {
    entry.access = granted;
    entry.attributes = attributes & (OBJ_INHERIT | OBJ_PROTECT_CLOSE);
    entry.charge = static_cast<uint32_t>(charge);
    entry.object = object.leak();
    ++entry.object->handle_count_;
    ++entry.object->type_.handle_count;
    ++count_;
}

Result<HANDLE> HandleTable::insert(Ref<Object> object, ACCESS_MASK granted, ULONG attributes) {
    size_t charge = object->charge();
    TRY(client_.quota().charge(charge));
    auto place = take_place();
    if (!place) {
        client_.quota().release(charge);
        return place.failure();
    }
    uint64_t handle = uint64_t{place->index} * 4;
    if (log.tracing()) [[unlikely]]
        log.trace("{}: handle {x} to a {}, access {x}", client_.image_name(), handle, object->type().name,
                  granted);
    fill(*place->entry, std::move(object), granted, attributes, charge);
    return reinterpret_cast<HANDLE>(handle);
}

void HandleTable::remove(uint32_t index) {
    HandleEntry& entry = at(index);
    Ref<Object> object = Ref<Object>::adopt(entry.object);
    if (log.tracing()) [[unlikely]]
        log.trace("{}: handle {x} closed", client_.image_name(), index * 4);
    entry.object = nullptr;
    put_free(index, entry);
    --count_;
    client_.quota().release(entry.charge);
    --object->type_.handle_count;
    uint32_t left = --object->handle_count_;
    object->handle_closed(client_);
    if (left > 0) return;
    object->last_handle_closed();
    if (!object->permanent_) object->leave_directory();
}

Result<void> HandleTable::close(HANDLE handle) {
    HandleEntry* entry = find(handle);
    if (!entry) return fail(STATUS_INVALID_HANDLE);
    if (entry->attributes & OBJ_PROTECT_CLOSE) return fail(STATUS_HANDLE_NOT_CLOSABLE);
    remove(index_of(handle));
    return {};
}

Result<void> HandleTable::add_charge(HandleEntry& entry, size_t bytes) {
    constexpr size_t kMost = (1u << 24) - 1;
    if (bytes > kMost - entry.charge) return fail(STATUS_QUOTA_EXCEEDED);
    TRY(client_.quota().charge(bytes));
    entry.charge = static_cast<uint32_t>(entry.charge + bytes) & kMost;
    return {};
}

// Places up to the last that is inherited are made; those between are free.
Result<bool> HandleTable::inherit(HandleTable& parent, size_t& index, std::span<const HANDLE> only) {
    ke::Slice slice;
    auto wanted = [only](size_t at) {
        return only.empty() ||
               std::any_of(only.begin(), only.end(), [at](HANDLE handle) { return index_of(handle) == at; });
    };
    for (index = index ? index : 1; index < parent.size_; ++index) {
        HandleEntry& from = parent.at(index);
        if (from.object && (from.attributes & OBJ_INHERIT) && wanted(index)) {
            while (size_ <= index) {
                uint32_t made = TRY(extend());
                if (made == 0 || made == index) continue;
                put_free(made, at(made));
                if (slice.over()) return false;
            }
            size_t charge = from.object->charge();
            TRY(client_.quota().charge(charge));
            fill(at(index), Ref<Object>(from.object), from.access, from.attributes, charge);
        }
        if (slice.over()) return ++index >= parent.size_;
    }
    return true;
}

bool HandleTable::close_all(size_t limit) {
    for (; close_cursor_ < size_; ++close_cursor_) {
        if (limit-- == 0) return false;
        if (at(close_cursor_).object) remove(close_cursor_);
    }
    // None is open; the last block first, so that what is left is still a table.
    first_free_ = last_free_ = 0;
    for (; size_ > 0; size_ = (size_ - 1) / kPlaces * kPlaces) {
        if (limit-- == 0) return false;
        Block*& last = groups_[(size_ - 1) / (kBlocks * kPlaces)]->blocks[(size_ - 1) / kPlaces % kBlocks];
        client_.quota().release(kBlockCharge);
        delete std::exchange(last, nullptr);
    }
    close_cursor_ = 1;
    return true;
}

namespace {

constexpr int64_t kLowestPseudoHandle = -6;

// -1 process, -2 thread, -4 to -6 tokens.
Result<Resolved> resolve_pseudo(ke::Call& call, HANDLE handle) {
    int64_t value = reinterpret_cast<int64_t>(handle);
    Ref<Object> object;
    if (value == -1) {
        object = Ref<Object>(call.client().process_object());
    } else if (value == -2) {
        object = Ref<Object>(call.thread().thread_object());
    } else if (value >= kLowestPseudoHandle && value <= -4) {
        object = TRY(pseudo_token(call, value));
        // All that NT lets these do.
        return Resolved{std::move(object), TOKEN_QUERY | TOKEN_QUERY_SOURCE};
    } else {
        return fail(STATUS_INVALID_HANDLE);
    }
    ACCESS_MASK all = object->type().valid_access;
    return Resolved{std::move(object), all};
}

}  // namespace

Result<Resolved> resolve_any(ke::Call& call, HANDLE handle, ACCESS_MASK desired) {
    HandleEntry* entry = call.handles().find(handle);
    if (!entry) [[unlikely]]
        return resolve_pseudo(call, handle);
    if ((entry->access & desired) != desired) return fail(STATUS_ACCESS_DENIED);
    return Resolved{Ref<Object>(entry->object), entry->access};
}

Result<Resolved> resolve_typed(ke::Call& call, HANDLE handle, ACCESS_MASK desired, const Type& type) {
    Resolved resolved = TRY(resolve_any(call, handle, 0));
    if (&resolved.object->type() != &type) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    if ((resolved.granted & desired) != desired) return fail(STATUS_ACCESS_DENIED);
    return resolved;
}

Result<ACCESS_MASK> creator_access(ke::Call& call, const Type& type, ACCESS_MASK desired) {
    constexpr ACCESS_MASK kSpecial = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL |
                                     MAXIMUM_ALLOWED | ACCESS_SYSTEM_SECURITY;
    if (!(desired & kSpecial)) [[likely]]
        return desired & type.valid_access;
    ACCESS_MASK mapped = type.map(desired & MAXIMUM_ALLOWED ? desired | GENERIC_ALL : desired);
    if (mapped & ACCESS_SYSTEM_SECURITY) TRY(check_privilege(call, SE_SECURITY_PRIVILEGE));
    return mapped & (type.valid_access | ACCESS_SYSTEM_SECURITY);
}

namespace {

[[gnu::always_inline]] inline Result<void> give(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object>& object,
                                                ACCESS_MASK granted, ULONG attributes) {
    if (out.null()) return fail(STATUS_ACCESS_VIOLATION);
    HANDLE handle = TRY(call.handles().insert(std::move(object), granted, attributes));
    auto written = call.write(out, handle);
    if (!written) call.handles().undo_insert(handle);
    return written;
}

}  // namespace

Result<void> give_handle(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object> object, ACCESS_MASK granted,
                         ULONG attributes) {
    return give(call, out, object, granted, attributes);
}

Result<void> open_handle(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object> object, ACCESS_MASK desired,
                         ULONG attributes) {
    ACCESS_MASK granted = TRY(creator_access(call, object->type(), desired));
    return give(call, out, object, granted, attributes);
}

}  // namespace ob
