// SPDX-License-Identifier: GPL-3.0-only
//
// Are the entries of a list of extended attributes or quotas within its bytes, and each where the one before
// says? The rules are those of IoCheckEaBufferValidity and IoCheckQuotaBufferValidity (ntifs.h): whoever has
// checked a list may walk it without looking at a length again. Of a list of names the same is asked, without
// values.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>

namespace base {

// FILE_FULL_EA_, FILE_GET_EA_, FILE_QUOTA_, FILE_GET_QUOTA_INFORMATION.
enum class ListKind : uint8_t { Attributes, AttributeNames, Quotas, QuotaSids };

// A check that can be made in parts. The bytes must not change meanwhile.
class ListCheck {
public:
    ListCheck(ListKind kind, std::span<const uint8_t> list) : kind_(kind), list_(list) {}

    // Looks at no more than so many entries; true when it is over.
    bool go_on(unsigned most);
    // REQUIRES: it is over.
    bool good() const { return state_ == State::Good; }
    // Bytes from the list's beginning to the entry that is wrong. REQUIRES: it is over, and not good.
    size_t wrong_at() const { return at_; }

private:
    enum class State : uint8_t { Running, Good, Wrong };

    // One entry, and on to the next.
    State look();

    ListKind kind_;
    State state_ = State::Running;
    std::span<const uint8_t> list_;
    size_t at_ = 0;
};

}  // namespace base
