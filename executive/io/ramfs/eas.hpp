// SPDX-License-Identifier: GPL-3.0-only
//
// Extended attributes of a file ([MS-FSCC] 2.4.15): names of bytes in one case, each with up to 65,535 bytes.
// A set never changes; who sets some makes another set, slice by slice, and gives it to the file when it is
// whole. So nobody sees half of a change, and a set ends at once.
#pragma once

#include <optional>
#include <span>

#include "base/ref.hpp"
#include "base/vector.hpp"
#include "executive/ob/charge.hpp"

namespace io::ramfs {

class EaSet final : public RefCounted {
public:
    // All of them in OS/2's packed form, which a file's EaSize is: 4 bytes and 5 for each besides its name
    // and value. No file has more.
    static constexpr size_t kMostPacked = 65535;

    struct Entry {
        uint8_t flags;
        std::span<const uint8_t> name;
        std::span<const uint8_t> value;
    };
    size_t count() const { return offsets_.size(); }
    // In the order in which they were made. REQUIRES: below count().
    Entry at(size_t ordinal) const;
    // Which it is. `name` in any case.
    std::optional<size_t> find(std::span<const uint8_t> name) const;
    size_t packed_length() const { return 4 + bytes_.size(); }
    // Is one of them such that who knows nothing of attributes must not have the file (FILE_NEED_EA)?
    bool needed() const { return needed_ > 0; }
    // Of memory.
    size_t bytes() const;

private:
    friend class EaChange;
    // STATUS_EA_TOO_LARGE.
    Result<void> add(const Entry& entry);
    size_t place_of(std::span<const uint8_t> name) const;

    Vector<uint8_t> bytes_;     // flags, length of the name, of the value (2), name, 0, value
    Vector<uint32_t> offsets_;  // of each
    Vector<uint16_t> by_name_;  // each, in the order of their names
    uint32_t needed_ = 0;
};

// What a list of FILE_FULL_EA_INFORMATION makes of a set, a slice at a time. The last of equal names counts;
// one without a value takes the attribute away.
class EaChange {
public:
    // Nothing: the slice is over. Later slices are given the same list, which has been checked
    // (base/list_check.hpp); when `before` is another set than in the slice before, it begins again. Null: no
    // attribute is left. STATUS_INVALID_EA_NAME, STATUS_INVALID_EA_FLAG (wrong_at() says where),
    // STATUS_EA_TOO_LARGE.
    Result<std::optional<Ref<EaSet>>> go_on(std::span<const uint8_t> list, const Ref<EaSet>& before);
    size_t wrong_at() const { return at_; }
    // The client pays for it as long as it is under way. STATUS_QUOTA_EXCEEDED.
    Result<void> hold(ke::Client& client);

private:
    enum class Phase : uint8_t { Sort, Keep, Add, Done };

    Result<bool> do_one(std::span<const uint8_t> list);
    Result<bool> sort_one(std::span<const uint8_t> list);
    Result<bool> keep_one(std::span<const uint8_t> list);
    Result<bool> add_one(std::span<const uint8_t> list);
    size_t place_of(std::span<const uint8_t> list, std::span<const uint8_t> name) const;

    Phase phase_ = Phase::Sort;
    size_t at_ = 0;             // in the list, or of the kept ones
    Vector<uint32_t> by_name_;  // offsets of the list's entries, the order of their names; kUsed: done with
    Ref<EaSet> before_;
    Ref<EaSet> after_;
    ob::Charge charge_;
};

}  // namespace io::ramfs
