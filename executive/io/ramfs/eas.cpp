// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/eas.hpp"

#include <string.h>

#include <algorithm>

#include "abi/nt/ntiofile.h"
#include "abi/nt/ntiolists.h"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

using Bytes = std::span<const uint8_t>;

constexpr size_t kPackedHeader = 4;
constexpr size_t kListHeader = offsetof(FILE_FULL_EA_INFORMATION, EaName);
constexpr size_t kLongestName = 254;
constexpr uint32_t kUsed = 1u << 31;

uint8_t upper(uint8_t unit) {
    return static_cast<uint8_t>(unit >= 'a' && unit <= 'z' ? unit - 'a' + 'A' : unit);
}

int compare(Bytes a, Bytes b) {
    for (size_t i = 0; i < a.size() && i < b.size(); ++i)
        if (upper(a[i]) != upper(b[i])) return upper(a[i]) < upper(b[i]) ? -1 : 1;
    return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

// FsRtlIsEaNameValid (ntifs.h): what FAT allows in a name without wild cards.
bool is_name(Bytes name) {
    constexpr std::string_view kForbidden = "\\/:*?\"<>|,+=[];";
    for (uint8_t unit : name)
        if (unit < ' ' || kForbidden.find(static_cast<char>(unit)) != kForbidden.npos) return false;
    return !name.empty() && name.size() <= kLongestName;
}

// Of a list that has been checked.
struct ListEntry {
    uint32_t next;  // bytes; 0: the last
    EaSet::Entry entry;
};
ListEntry list_entry(Bytes list, size_t at) {
    FILE_FULL_EA_INFORMATION head;
    memcpy(&head, list.data() + at, kListHeader);
    Bytes name = list.subspan(at + kListHeader, head.EaNameLength);
    Bytes value = list.subspan(at + kListHeader + head.EaNameLength + 1, head.EaValueLength);
    return {head.NextEntryOffset, {head.Flags, name, value}};
}

}  // namespace

EaSet::Entry EaSet::at(size_t ordinal) const {
    Bytes entry = bytes_.span().subspan(offsets_[ordinal]);
    size_t name = entry[1], value = entry[2] | size_t{entry[3]} << 8;
    return {entry[0], entry.subspan(kPackedHeader, name), entry.subspan(kPackedHeader + name + 1, value)};
}

size_t EaSet::bytes() const {
    return sizeof(EaSet) + bytes_.capacity() + offsets_.capacity() * sizeof(uint32_t) +
           by_name_.capacity() * sizeof(uint16_t);
}

// Among by_name_: the first one that does not come before the name.
size_t EaSet::place_of(Bytes name) const {
    auto before = [&](uint16_t ordinal, Bytes wanted) { return compare(at(ordinal).name, wanted) < 0; };
    return static_cast<size_t>(std::lower_bound(by_name_.begin(), by_name_.end(), name, before) -
                               by_name_.begin());
}

std::optional<size_t> EaSet::find(Bytes name) const {
    size_t place = place_of(name);
    if (place == by_name_.size() || compare(at(by_name_[place]).name, name) != 0) return std::nullopt;
    return by_name_[place];
}

Result<void> EaSet::add(const Entry& entry) {
    const size_t length = kPackedHeader + entry.name.size() + 1 + entry.value.size();
    if (packed_length() + length > kMostPacked) return fail(STATUS_EA_TOO_LARGE);
    const size_t offset = bytes_.size(), place = place_of(entry.name);
    TRY(offsets_.push_back(static_cast<uint32_t>(offset)));
    TRY(bytes_.resize(offset + length));
    uint8_t* to = bytes_.data() + offset;
    to[0] = entry.flags;
    to[1] = static_cast<uint8_t>(entry.name.size());
    to[2] = static_cast<uint8_t>(entry.value.size());
    to[3] = static_cast<uint8_t>(entry.value.size() >> 8);
    std::ranges::transform(entry.name, to + kPackedHeader, upper);
    to[kPackedHeader + entry.name.size()] = 0;
    std::ranges::copy(entry.value, to + kPackedHeader + entry.name.size() + 1);
    TRY(by_name_.push_back(0));
    std::copy_backward(by_name_.begin() + place, by_name_.end() - 1, by_name_.end());
    by_name_[place] = static_cast<uint16_t>(offsets_.size() - 1);
    needed_ += (entry.flags & FILE_NEED_EA) != 0;
    return {};
}

size_t EaChange::place_of(Bytes list, Bytes name) const {
    auto before = [&](uint32_t offset, Bytes wanted) {
        return compare(list_entry(list, offset & ~kUsed).entry.name, wanted) < 0;
    };
    return static_cast<size_t>(std::lower_bound(by_name_.begin(), by_name_.end(), name, before) -
                               by_name_.begin());
}

// In all of these: true when the phase is over.
Result<bool> EaChange::sort_one(Bytes list) {
    auto [next, entry] = list_entry(list, at_);
    if (!is_name(entry.name)) return fail(STATUS_INVALID_EA_NAME);
    if (entry.flags & ~FILE_NEED_EA) return fail(STATUS_INVALID_EA_FLAG);
    size_t place = place_of(list, entry.name);
    bool again =
        place < by_name_.size() && compare(list_entry(list, by_name_[place]).entry.name, entry.name) == 0;
    if (!again) {
        TRY(by_name_.push_back(0));
        std::copy_backward(by_name_.begin() + place, by_name_.end() - 1, by_name_.end());
    }
    by_name_[place] = static_cast<uint32_t>(at_);
    at_ += next;
    return next == 0;
}

Result<bool> EaChange::keep_one(Bytes list) {
    if (!before_ || at_ >= before_->count()) return true;
    EaSet::Entry entry = before_->at(at_++);
    size_t place = place_of(list, entry.name);
    if (place < by_name_.size()) {
        auto changed = list_entry(list, by_name_[place] & ~kUsed).entry;
        if (compare(changed.name, entry.name) == 0) {
            by_name_[place] |= kUsed;
            entry = changed;
        }
    }
    if (!entry.value.empty()) TRY(after_->add(entry));
    return false;
}

Result<bool> EaChange::add_one(Bytes list) {
    auto [next, entry] = list_entry(list, at_);
    bool counts = by_name_[place_of(list, entry.name)] == at_;
    if (counts && !entry.value.empty()) TRY(after_->add(entry));
    at_ += next;
    return next == 0;
}

Result<std::optional<Ref<EaSet>>> EaChange::go_on(Bytes list, const Ref<EaSet>& before) {
    if (!after_ || before_ != before) {
        ob::Charge charge = std::move(charge_);
        *this = EaChange();
        charge_ = std::move(charge);
        before_ = before;
        auto after = TRY(make_ref<EaSet>());
        size_t most = list.size() + (before ? before->bytes_.size() : 0);
        TRY(after->bytes_.reserve(std::min(most, EaSet::kMostPacked)));
        after_ = std::move(after);
    }
    for (ke::Slice slice; phase_ != Phase::Done;) {
        if (slice.over()) return std::optional<Ref<EaSet>>();
        if (!TRY(do_one(list))) continue;
        phase_ = static_cast<Phase>(static_cast<unsigned>(phase_) + 1);
        at_ = 0;
    }
    return std::optional(after_->count() ? after_ : Ref<EaSet>());
}

Result<bool> EaChange::do_one(Bytes list) {
    switch (phase_) {
        case Phase::Sort:
            return sort_one(list);
        case Phase::Keep:
            return keep_one(list);
        default:
            return add_one(list);
    }
}

Result<void> EaChange::hold(ke::Client& client) {
    size_t bytes = by_name_.capacity() * sizeof(uint32_t) + (after_ ? after_->bytes() : 0);
    charge_ = ob::Charge();
    charge_ = TRY(ob::Charge::take(client, bytes));
    return {};
}

}  // namespace io::ramfs
