// SPDX-License-Identifier: GPL-3.0-only
#include "base/sid.hpp"

#include <string.h>

namespace base {

namespace {

template <typename T>
T load(const uint8_t* at) {
    T value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}

}  // namespace

Result<SidView> SidView::at(std::span<const uint8_t> bytes) {
    if (bytes.size() < 8 || bytes[0] != SID_REVISION || bytes[1] > SID_MAX_SUB_AUTHORITIES)
        return fail(STATUS_INVALID_SID);
    SidView view(bytes.data());
    if (bytes.size() < view.size()) return fail(STATUS_INVALID_SID);
    return view;
}

bool SidView::operator==(const SidView& other) const {
    if (!bytes_ || !other.bytes_ || load<uint64_t>(bytes_) != load<uint64_t>(other.bytes_)) return false;
    for (size_t at = 8; at < size(); at += 4)
        if (load<uint32_t>(bytes_ + at) != load<uint32_t>(other.bytes_ + at)) return false;
    return true;
}

uint32_t SidView::hash(uint64_t seed) const {
    constexpr uint64_t kOdd = 0x9e37'79b9'7f4a'7c15u;
    uint64_t value = (load<uint64_t>(bytes_) ^ seed) * kOdd;
    for (size_t at = 8; at < size(); at += 4)
        value = (value ^ (value >> 32) ^ load<uint32_t>(bytes_ + at)) * kOdd;
    return static_cast<uint32_t>(value >> 32);
}

Sid::Sid(const SidView& view) {
    if (!view.null()) memcpy(&revision_, view.bytes().data(), view.size());
}

Result<Sid> Sid::parse(std::span<const uint8_t> bytes) {
    return Sid(TRY(SidView::at(bytes)));
}

}  // namespace base
