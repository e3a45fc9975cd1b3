// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ob/object.hpp"

#include "base/path.hpp"
#include "executive/ob/namespace.hpp"

namespace ob {

namespace {

constexpr unsigned kMaximumTypes = 64;
constinit const Type* g_types[kMaximumTypes] = {};
constinit unsigned g_type_count = 0;
constinit uint32_t g_permanent_count = 0;

}  // namespace

Result<Own<Permanence>> Permanence::take(ke::Client& client) {
    bool full = client.quota().permanent_objects == Object::kMostPermanent ||
                g_permanent_count == Object::kMostPermanentOfAll;
    if (full) return fail(STATUS_QUOTA_EXCEEDED);
    return make_own<Permanence>(client);
}

Permanence::Permanence(ke::Client& client) : quota_(client.quota()), process_(client.process_object()) {
    ++quota_.permanent_objects;
    ++g_permanent_count;
}

Permanence::~Permanence() {
    --quota_.permanent_objects;
    --g_permanent_count;
}

void register_type(const Type& type) {
    if (type.index) return;
    ASSERT(g_type_count < kMaximumTypes);
    g_types[g_type_count] = &type;
    type.index = static_cast<uint8_t>(++g_type_count);
}

std::span<const Type* const> types() {
    return {g_types, g_type_count};
}

ACCESS_MASK Type::map(ACCESS_MASK desired) const {
    ACCESS_MASK mapped = desired & ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
    if (desired & GENERIC_READ) mapped |= mapping.read;
    if (desired & GENERIC_WRITE) mapped |= mapping.write;
    if (desired & GENERIC_EXECUTE) mapped |= mapping.execute;
    if (desired & GENERIC_ALL) mapped |= mapping.all;
    return mapped;
}

[[clang::coro_wrapper]] ke::Task<Result<Object::Asked>> Object::ask_security(ke::Thread&,
                                                                             SECURITY_INFORMATION, size_t) {
    return Result<Asked>(fail(STATUS_NO_SECURITY_ON_OBJECT));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> Object::tell_security(ke::Thread&, SECURITY_INFORMATION,
                                                                 Vector<uint8_t>) {
    return STATUS_NO_SECURITY_ON_OBJECT;
}

Object::~Object() {
    --type_.object_count;
}

Result<void> Object::make_permanent(ke::Client& client) {
    if (permanent_) return {};
    if (directory_) permanence_ = TRY(Permanence::take(client));
    permanent_ = true;
    return {};
}

void Object::make_temporary() {
    if (!permanent_) return;
    permanence_.reset();
    permanent_ = false;
    if (handle_count_ == 0) leave_directory();
}

void Object::leave_directory() {
    if (directory_) directory_->remove(*this);
}

Result<String> Object::full_name() const {
    if (this == &root()) return String::create(u"\\");
    auto up = [](const Object& object) -> const Object* { return object.directory_; };
    auto climbed = TRY(climb<Object>(*this, up));
    // An object below a directory that has left the namespace has no path.
    if (&climbed.top != &root()) return String();
    return path_below<Object>({}, *this, climbed.length, up);
}

}  // namespace ob
