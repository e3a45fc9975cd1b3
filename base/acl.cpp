// SPDX-License-Identifier: GPL-3.0-only
#include "base/acl.hpp"

#include "base/bits.hpp"

namespace base {

namespace {

constexpr size_t kMaskAt = 4;
constexpr size_t kFlagsAt = 8;   // of an object entry
constexpr size_t kGuidsAt = 12;  // of an object entry
constexpr size_t kGuid = sizeof(GUID);

template <typename T>
T load(const uint8_t* at) {
    T value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}

Ace read_ace(const uint8_t* at) {
    return {at, at[0], at[1], load<uint16_t>(at + 2)};
}

// REQUIRES: its size lies inside its list.
Result<void> check_ace(const Ace& ace) {
    Ace::Layout layout = Ace::layout(ace.type);
    if (layout == Ace::Layout::Other) return {};
    if (ace.size < (layout == Ace::Layout::Plain ? kFlagsAt : kGuidsAt)) return fail(STATUS_INVALID_ACL);
    size_t sid = ace.sid_offset();
    if (sid > ace.size) return fail(STATUS_INVALID_ACL);
    TRY(SidView::at(ace.bytes().subspan(sid)));
    return {};
}

}  // namespace

Ace::Layout Ace::layout(uint8_t type) {
    switch (type) {
        case ACCESS_ALLOWED_ACE_TYPE:
        case ACCESS_DENIED_ACE_TYPE:
        case SYSTEM_AUDIT_ACE_TYPE:
        case SYSTEM_ALARM_ACE_TYPE:
        case ACCESS_ALLOWED_CALLBACK_ACE_TYPE:
        case ACCESS_DENIED_CALLBACK_ACE_TYPE:
        case SYSTEM_AUDIT_CALLBACK_ACE_TYPE:
        case SYSTEM_ALARM_CALLBACK_ACE_TYPE:
        case SYSTEM_MANDATORY_LABEL_ACE_TYPE:
            return Layout::Plain;
        case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
        case ACCESS_DENIED_OBJECT_ACE_TYPE:
        case SYSTEM_AUDIT_OBJECT_ACE_TYPE:
        case SYSTEM_ALARM_OBJECT_ACE_TYPE:
        case ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE:
        case ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE:
        case SYSTEM_AUDIT_CALLBACK_OBJECT_ACE_TYPE:
        case SYSTEM_ALARM_CALLBACK_OBJECT_ACE_TYPE:
            return Layout::Object;
        default:
            return Layout::Other;
    }
}

ACCESS_MASK Ace::mask() const {
    return load<ACCESS_MASK>(at + kMaskAt);
}

bool Ace::has(ULONG flag) const {
    return layout(type) == Layout::Object && (load<ULONG>(at + kFlagsAt) & flag);
}

const uint8_t* Ace::object_type() const {
    return has(ACE_OBJECT_TYPE_PRESENT) ? at + kGuidsAt : nullptr;
}

const uint8_t* Ace::inherited_object_type() const {
    if (!has(ACE_INHERITED_OBJECT_TYPE_PRESENT)) return nullptr;
    return at + kGuidsAt + (has(ACE_OBJECT_TYPE_PRESENT) ? kGuid : 0);
}

size_t Ace::sid_offset() const {
    if (layout(type) == Layout::Plain) return kMaskAt + sizeof(ACCESS_MASK);
    return kGuidsAt + (has(ACE_OBJECT_TYPE_PRESENT) ? kGuid : 0) +
           (has(ACE_INHERITED_OBJECT_TYPE_PRESENT) ? kGuid : 0);
}

AceReader::AceReader(std::span<const uint8_t> acl) {
    if (acl.empty()) return;
    at_ = acl.data() + sizeof(ACL);
    left_ = ace_count(acl);
}

bool AceReader::next(Ace& ace) {
    if (left_ == 0) return false;
    --left_;
    ace = read_ace(at_);
    at_ += ace.size;
    return true;
}

size_t acl_size(std::span<const uint8_t> acl) {
    return load<uint16_t>(acl.data() + offsetof(ACL, AclSize));
}

unsigned ace_count(std::span<const uint8_t> acl) {
    return load<uint16_t>(acl.data() + offsetof(ACL, AceCount));
}

Result<void> check_acl(std::span<const uint8_t> bytes) {
    if (bytes.size() < sizeof(ACL)) return fail(STATUS_INVALID_ACL);
    auto header = load<ACL>(bytes.data());
    if (header.AclRevision < MIN_ACL_REVISION || header.AclRevision > MAX_ACL_REVISION)
        return fail(STATUS_INVALID_ACL);
    if (header.AclSize < sizeof(ACL) || header.AclSize > bytes.size()) return fail(STATUS_INVALID_ACL);
    size_t at = sizeof(ACL);
    for (unsigned left = header.AceCount; left > 0; --left) {
        if (!range_fits(at, sizeof(ACE_HEADER), header.AclSize)) return fail(STATUS_INVALID_ACL);
        Ace ace = read_ace(bytes.data() + at);
        if (ace.size < sizeof(ACE_HEADER) || !range_fits(at, ace.size, header.AclSize))
            return fail(STATUS_INVALID_ACL);
        TRY(check_ace(ace));
        at += ace.size;
    }
    return {};
}

Result<void> AclBuilder::begin() {
    return bytes_.empty() ? bytes_.resize(sizeof(ACL)) : Result<void>();
}

Result<void> AclBuilder::append(const Ace& ace, uint8_t flags, ACCESS_MASK mask, SidView sid) {
    TRY(begin());
    size_t head = sid.null() ? ace.size : ace.sid_offset();
    size_t start = bytes_.size();
    TRY(bytes_.append(ace.bytes().first(head)));
    if (!sid.null()) {
        TRY(bytes_.append(sid.bytes()));
        TRY(bytes_.append(ace.bytes().subspan(head + ace.sid().size())));
    }
    size_t size = bytes_.size() - start;
    if (bytes_.size() > UINT16_MAX) return fail(STATUS_INVALID_ACL);
    auto ace_size = static_cast<uint16_t>(size);
    uint8_t* at = bytes_.data() + start;
    at[1] = flags;
    __builtin_memcpy(at + 2, &ace_size, sizeof ace_size);
    if (ace.known()) __builtin_memcpy(at + kMaskAt, &mask, sizeof mask);
    if (Ace::layout(ace.type) == Ace::Layout::Object) revision_ = ACL_REVISION_DS;
    ++count_;
    return {};
}

Result<void> AclBuilder::append(uint8_t type, uint8_t flags, ACCESS_MASK mask, SidView sid) {
    TRY(begin());
    size_t size = kMaskAt + sizeof mask + sid.size();
    if (bytes_.size() + size > UINT16_MAX) return fail(STATUS_INVALID_ACL);
    uint8_t head[kMaskAt + sizeof mask] = {type, flags, static_cast<uint8_t>(size),
                                           static_cast<uint8_t>(size >> 8)};
    __builtin_memcpy(head + kMaskAt, &mask, sizeof mask);
    TRY(bytes_.append(head));
    TRY(bytes_.append(sid.bytes()));
    ++count_;
    return {};
}

Result<Vector<uint8_t>> AclBuilder::finish(uint8_t revision) {
    TRY(begin());
    ACL header{revision > revision_ ? revision : revision_, 0, static_cast<USHORT>(bytes_.size()),
               static_cast<USHORT>(count_), 0};
    __builtin_memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
}

}  // namespace base
