// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ob/handle.hpp"

#include "executive/hal/log.hpp"
#include "executive/se/access_check.hpp"

namespace ob {

Result<uint32_t> HandleTable::take_entry() {
    if (uint32_t index = first_free_) {
        first_free_ = entries_[index].next_free;
        if (!first_free_) last_free_ = 0;
        return index;
    }
    if (entries_.empty()) TRY(entries_.push_back({}));
    TRY(entries_.push_back({}));
    return static_cast<uint32_t>(entries_.size() - 1);
}

void HandleTable::put_free(uint32_t index) {
    entries_[index].next_free = 0;
    if (last_free_) {
        entries_[last_free_].next_free = index;
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
    auto index = take_entry();
    if (!index) {
        client_.quota().release(charge);
        return index.failure();
    }
    if (log.tracing()) [[unlikely]]
        log.trace("{}: handle {x} to a {}, access {x}", client_.image_name(), *index * 4, object->type().name,
                  granted);
    fill(entries_[*index], std::move(object), granted, attributes, charge);
    return reinterpret_cast<HANDLE>(uint64_t{*index} * 4);
}

void HandleTable::remove(HandleEntry& entry) {
    Ref<Object> object = Ref<Object>::adopt(entry.object);
    if (log.tracing()) [[unlikely]]
        log.trace("{}: handle {x} closed", client_.image_name(), (&entry - entries_.data()) * 4);
    entry.object = nullptr;
    put_free(static_cast<uint32_t>(&entry - entries_.data()));
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
    remove(*entry);
    return {};
}

Result<void> HandleTable::add_charge(HandleEntry& entry, size_t bytes) {
    constexpr size_t kMost = (1u << 24) - 1;
    if (bytes > kMost - entry.charge) return fail(STATUS_QUOTA_EXCEEDED);
    TRY(client_.quota().charge(bytes));
    entry.charge = static_cast<uint32_t>(entry.charge + bytes) & kMost;
    return {};
}

Result<void> HandleTable::inherit(HandleTable& parent) {
    ASSERT(entries_.empty());
    size_t used = parent.entries_.size();
    while (used > 0 &&
           !(parent.entries_[used - 1].object && (parent.entries_[used - 1].attributes & OBJ_INHERIT)))
        --used;
    TRY(entries_.resize(used));
    for (uint32_t index = 1; index < used; ++index) {
        HandleEntry& from = parent.entries_[index];
        if (!from.object || !(from.attributes & OBJ_INHERIT)) {
            put_free(index);
            continue;
        }
        size_t charge = from.object->charge();
        TRY(client_.quota().charge(charge));
        fill(entries_[index], Ref<Object>(from.object), from.access, from.attributes, charge);
    }
    return {};
}

bool HandleTable::close_all(size_t limit) {
    for (; close_cursor_ < entries_.size(); ++close_cursor_) {
        if (limit-- == 0) return false;
        if (entries_[close_cursor_].object) remove(entries_[close_cursor_]);
    }
    return true;
}

namespace {

constexpr int64_t kLowestPseudoHandle = -6;

// -1 process, -2 thread, -4 to -6 tokens.
Result<Resolved> resolve_pseudo(ke::Call& call, HANDLE handle);

class SystemOnly final : public TokenSource {
public:
    const se::Token& subject(ke::Call&) override { return token_; }
    Result<Ref<Object>> pseudo_handle(ke::Call&, HANDLE) override { return fail(STATUS_INVALID_HANDLE); }

private:
    se::Token token_;
};

constinit SystemOnly g_system_only;
constinit TokenSource* g_token_source = &g_system_only;

Result<Resolved> resolve_pseudo(ke::Call& call, HANDLE handle) {
    int64_t value = reinterpret_cast<int64_t>(handle);
    Ref<Object> object;
    if (value == -1) {
        object = Ref<Object>(call.client().process_object());
    } else if (value == -2) {
        object = Ref<Object>(call.thread().thread_object());
    } else if (value >= kLowestPseudoHandle && value <= -4) {
        object = TRY(g_token_source->pseudo_handle(call, handle));
    } else {
        return fail(STATUS_INVALID_HANDLE);
    }
    ACCESS_MASK all = object->type().valid_access;
    return Resolved{std::move(object), all};
}

}  // namespace

void set_token_source(TokenSource& source) {
    g_token_source = &source;
}

const se::Token& subject(ke::Call& call) {
    return g_token_source->subject(call);
}

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

Result<ACCESS_MASK> creator_access(const Type& type, ACCESS_MASK desired) {
    ACCESS_MASK mapped = type.map(desired);
    if (mapped & MAXIMUM_ALLOWED) mapped = (mapped & ~MAXIMUM_ALLOWED) | type.valid_access;
    if (mapped & ~(type.valid_access | ACCESS_SYSTEM_SECURITY)) return fail(STATUS_ACCESS_DENIED);
    return mapped;
}

Result<ACCESS_MASK> check_access(ke::Call& call, Object& object, ACCESS_MASK desired) {
    const Type& type = object.type();
    if (object.security().empty() && !(desired & ACCESS_SYSTEM_SECURITY))
        return creator_access(type, desired);
    ACCESS_MASK mapped = type.map(desired);
    if (mapped & ~(type.valid_access | MAXIMUM_ALLOWED | ACCESS_SYSTEM_SECURITY))
        return fail(STATUS_ACCESS_DENIED);
    return se::access_check(subject(call), object.security(), mapped, type.valid_access);
}

Result<void> give_handle(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object> object, ACCESS_MASK granted,
                         ULONG attributes) {
    if (out.null()) return fail(STATUS_ACCESS_VIOLATION);
    HANDLE handle = TRY(call.handles().insert(std::move(object), granted, attributes));
    auto written = call.write(out, handle);
    if (!written) call.handles().undo_insert(handle);
    return written;
}

Result<void> open_handle(ke::Call& call, ke::UserOut<HANDLE> out, Ref<Object> object, ACCESS_MASK desired,
                         ULONG attributes) {
    ACCESS_MASK granted = TRY(creator_access(object->type(), desired));
    return give_handle(call, out, std::move(object), granted, attributes);
}

}  // namespace ob
