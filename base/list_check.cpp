// SPDX-License-Identifier: GPL-3.0-only
#include "base/list_check.hpp"

#include <string.h>

#include "abi/nt/ntiofile.h"
#include "abi/nt/ntiolists.h"
#include "base/bits.hpp"
#include "base/sid.hpp"

namespace base {

namespace {

using Bytes = std::span<const uint8_t>;

// So many bytes an entry has, with its zero or its whole SID; 0: it is none, or does not fit.
size_t size_of_attribute(Bytes bytes, size_t header, size_t name_length_at, size_t value) {
    if (bytes.size() < header) return 0;
    size_t name = bytes[name_length_at];
    size_t size = header + name + 1 + value;
    return size <= bytes.size() && bytes[header + name] == 0 ? size : 0;
}

size_t size_of_full_attribute(Bytes bytes) {
    constexpr size_t kHeader = offsetof(FILE_FULL_EA_INFORMATION, EaName);
    if (bytes.size() < kHeader) return 0;
    USHORT value;
    memcpy(&value, bytes.data() + offsetof(FILE_FULL_EA_INFORMATION, EaValueLength), sizeof value);
    return size_of_attribute(bytes, kHeader, offsetof(FILE_FULL_EA_INFORMATION, EaNameLength), value);
}

size_t size_of_quota(Bytes bytes, size_t header) {
    static_assert(offsetof(FILE_QUOTA_INFORMATION, SidLength) ==
                  offsetof(FILE_GET_QUOTA_INFORMATION, SidLength));
    if (bytes.size() < header) return 0;
    ULONG length;
    memcpy(&length, bytes.data() + offsetof(FILE_QUOTA_INFORMATION, SidLength), sizeof length);
    if (length > bytes.size() - header) return 0;
    auto sid = SidView::at(bytes.subspan(header, length));
    return sid && sid->size() == length ? header + length : 0;
}

size_t size_of(ListKind kind, Bytes bytes) {
    switch (kind) {
        case ListKind::Attributes:
            return size_of_full_attribute(bytes);
        case ListKind::AttributeNames:
            return size_of_attribute(bytes, offsetof(FILE_GET_EA_INFORMATION, EaName),
                                     offsetof(FILE_GET_EA_INFORMATION, EaNameLength), 0);
        case ListKind::Quotas:
            return size_of_quota(bytes, offsetof(FILE_QUOTA_INFORMATION, Sid));
        case ListKind::QuotaSids:
            return size_of_quota(bytes, offsetof(FILE_GET_QUOTA_INFORMATION, Sid));
    }
    return 0;
}

}  // namespace

ListCheck::State ListCheck::look() {
    Bytes rest = list_.subspan(at_);
    size_t size = size_of(kind_, rest);
    if (size == 0) return State::Wrong;
    ULONG next;
    memcpy(&next, rest.data(), sizeof next);
    if (next == 0) return State::Good;
    size_t boundary = kind_ == ListKind::Quotas ? sizeof(LONGLONG) : sizeof(ULONG);
    if (next < size || next % boundary != 0 || next > rest.size()) return State::Wrong;
    at_ += next;
    return State::Running;
}

bool ListCheck::go_on(unsigned most) {
    while (state_ == State::Running && most-- > 0)
        state_ = look();
    return state_ != State::Running;
}

}  // namespace base
