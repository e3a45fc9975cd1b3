// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/regf/recovery.hpp"

#include <string.h>

#include <algorithm>

#include "executive/cm/regf/checksum.hpp"
#include "executive/ke/slice.hpp"

namespace cm::regf {

namespace {

constexpr size_t kPart = 1024;

uint64_t number(const uint32_t (&words)[2]) {
    return words[0] | static_cast<uint64_t>(words[1]) << 32;
}

bool is_valid(const BaseBlock& block, uint32_t type) {
    return block.signature == kSignature && block.type == type && block.checksum == checksum(block);
}

}  // namespace

bool Recovery::is_needed(const Store& file) {
    if (file.size() < kBaseBlock) return false;
    auto block = file.get<BaseBlock>(0);
    // What is no hive at all is not repaired either.
    if (block.signature != kSignature) return false;
    return !is_valid(block, kTypePrimary) || block.primary_sequence != block.secondary_sequence;
}

Recovery::Recovery(Store& file, const Store* first, const Store* second) : file_(file) {
    places_[0].log = first;
    places_[1].log = second;
}

Result<bool> Recovery::step() {
    ke::Slice slice;
    while (phase_ != Phase::Over) {
        switch (phase_) {
            case Phase::Begin:
                TRY(begin());
                break;
            case Phase::Choose:
                TRY(choose());
                break;
            case Phase::Hash:
                hash_some();
                break;
            default:
                TRY(apply_some());
        }
        if (slice.over()) break;
    }
    return phase_ == Phase::Over;
}

Result<void> Recovery::begin() {
    block_ = file_.get<BaseBlock>(0);
    bool valid = is_valid(block_, kTypePrimary);
    for (Place& place : places_) {
        if (!place.log || place.log->size() < kSector) continue;
        auto block = place.log->get<BaseBlock>(0);
        if (!is_valid(block, kTypeLog)) continue;
        place.over = false;
        look(place);
        // The hive's own base block is lost: the older log's goes with the first entry.
        if (!valid && (block_.type != kTypeLog || block.secondary_sequence < block_.secondary_sequence))
            block_ = block;
    }
    if (!valid && block_.type != kTypeLog) return fail(STATUS_REGISTRY_CORRUPT);
    wanted_ = block_.secondary_sequence;
    phase_ = Phase::Choose;
    return {};
}

void Recovery::look(Place& place) {
    size_t size = place.log->size();
    place.over = true;
    if (place.at > size || size - place.at < sizeof(LogEntry)) return;
    auto entry = place.log->get<LogEntry>(place.at);
    uint8_t bytes[offsetof(LogEntry, hash)];
    memcpy(bytes, &entry, sizeof bytes);
    Marvin hash;
    hash.add(bytes);
    if (entry.signature != kLogEntry || number(entry.hash) != hash.value()) return;
    if (entry.size < sizeof entry || entry.size % kSector != 0 || entry.size > size - place.at) return;
    if (entry.pages > (entry.size - sizeof entry) / sizeof(PageReference)) return;
    if (entry.bins_size == 0 || entry.bins_size % kPage != 0 ||
        entry.bins_size > Store::kLargest - kBaseBlock)
        return;
    place.entry = entry;
    place.over = false;
}

void Recovery::skip(Place& place) {
    place.at += place.entry.size;
    look(place);
}

// The entry with the lowest number that has not been applied; no number may be missing between two.
Result<void> Recovery::choose() {
    for (Place& place : places_) {
        if (!place.over && place.entry.sequence < wanted_) return skip(place), Result<void>();
    }
    chosen_ = nullptr;
    for (Place& place : places_)
        if (!place.over && (!chosen_ || place.entry.sequence < chosen_->entry.sequence)) chosen_ = &place;
    if (!chosen_ || (applied_ && chosen_->entry.sequence != wanted_)) return finish();
    hash_ = Marvin();
    hashed_ = 0;
    phase_ = Phase::Hash;
    return {};
}

void Recovery::hash_some() {
    size_t all = chosen_->entry.size - sizeof(LogEntry);
    if (hashed_ < all) {
        uint8_t part[kPart];
        size_t length = std::min(kPart, all - hashed_);
        chosen_->log->read(chosen_->at + sizeof(LogEntry) + hashed_, {part, length});
        hash_.add({part, length});
        hashed_ += length;
        return;
    }
    if (number(chosen_->entry.hash_of_pages) != hash_.value()) {
        chosen_->over = true;
        phase_ = Phase::Choose;
        return;
    }
    page_ = 0;
    page_done_ = 0;
    from_ = chosen_->at + sizeof(LogEntry) + size_t{chosen_->entry.pages} * sizeof(PageReference);
    phase_ = Phase::Apply;
}

Result<void> Recovery::apply_some() {
    const LogEntry& entry = chosen_->entry;
    if (page_ == 0 && page_done_ == 0) TRY(file_.set_size(kBaseBlock + size_t{entry.bins_size}));
    if (page_ == entry.pages) {
        block_.bins_size = entry.bins_size;
        applied_ = entry.sequence;
        wanted_ = entry.sequence + 1;
        skip(*chosen_);
        phase_ = Phase::Choose;
        return {};
    }
    auto page = chosen_->log->get<PageReference>(chosen_->at + sizeof entry + page_ * sizeof(PageReference));
    // A hash that is right says that it was written so: this is no hive's.
    if (page.size == 0 || page.offset > entry.bins_size || page.size > entry.bins_size - page.offset ||
        page.size - page_done_ > chosen_->at + entry.size - from_)
        return fail(STATUS_REGISTRY_CORRUPT);
    uint8_t part[kPart];
    size_t length = std::min<size_t>(kPart, page.size - page_done_);
    chosen_->log->read(from_, {part, length});
    TRY(file_.write(kBaseBlock + page.offset + page_done_, {part, length}));
    from_ += length;
    page_done_ += length;
    if (page_done_ < page.size) return {};
    ++page_;
    page_done_ = 0;
    return {};
}

Result<void> Recovery::finish() {
    if (!applied_) return fail(STATUS_REGISTRY_CORRUPT);
    block_.type = kTypePrimary;
    block_.primary_sequence = block_.secondary_sequence = applied_;
    block_.checksum = checksum(block_);
    TRY(file_.put(0, block_));
    phase_ = Phase::Over;
    return {};
}

}  // namespace cm::regf
