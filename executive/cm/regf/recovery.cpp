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
            case Phase::Old:
                TRY(apply_old());
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
    if (places_[0].over && places_[1].over)
        for (Place& place : places_)
            if (place.log && is_old_log(*place.log, valid)) return begin_old(*place.log, valid);
    if (!valid && block_.type != kTypeLog) return fail(STATUS_REGISTRY_CORRUPT);
    wanted_ = block_.secondary_sequence;
    phase_ = Phase::Choose;
    return {};
}

// It goes with a hive by the time of that's last whole state, which the first bin has too.
bool Recovery::is_old_log(const Store& log, bool valid) const {
    if (log.size() < kSector) return false;
    auto block = log.get<BaseBlock>(0);
    if (!is_valid(block, kTypeOldLog) || block.primary_sequence != block.secondary_sequence) return false;
    if (log.size() < kSector + sizeof kDirtyVector || log.get<uint32_t>(kSector) != kDirtyVector)
        return false;
    if (block.bins_size == 0 || block.bins_size % kPage != 0 ||
        block.bins_size > Store::kLargest - kBaseBlock)
        return false;
    if (valid) return number(block.timestamp) == number(block_.timestamp);
    if (file_.size() < kBaseBlock + sizeof(Bin)) return false;
    auto bin = file_.get<Bin>(kBaseBlock);
    return bin.signature == kBinSignature && number(block.timestamp) == number(bin.timestamp);
}

Result<void> Recovery::begin_old(const Store& log, bool valid) {
    auto block = log.get<BaseBlock>(0);
    uint32_t last = block.primary_sequence;
    if (valid) last = std::max({last, block_.primary_sequence, block_.secondary_sequence});
    size_t bits = block.bins_size / kSector;
    size_t vector = sizeof kDirtyVector + (bits + 7) / 8;
    from_ = kSector + (vector + kSector - 1) / kSector * kSector;
    if (from_ > log.size()) return fail(STATUS_REGISTRY_CORRUPT);
    TRY(file_.set_size(kBaseBlock + size_t{block.bins_size}));
    block_ = block;
    wanted_ = last + 1;
    old_ = &log;
    phase_ = Phase::Old;
    return {};
}

// A sector, or some that have not changed.
Result<void> Recovery::apply_old() {
    constexpr uint32_t kMostLookedAt = 64;
    uint32_t sectors = block_.bins_size / kSector, end = std::min(page_ + kMostLookedAt, sectors);
    auto is_dirty = [this](uint32_t sector) {
        return old_->get<uint8_t>(kSector + sizeof kDirtyVector + sector / 8) & 1u << (sector % 8);
    };
    while (page_ < end && !is_dirty(page_))
        ++page_;
    if (page_ == sectors) {
        applied_ = true;
        return finish();
    }
    if (page_ == end) return {};
    if (old_->size() - from_ < kSector) return fail(STATUS_REGISTRY_CORRUPT);
    uint8_t sector[kSector];
    old_->read(from_, sector);
    TRY(file_.write(kBaseBlock + size_t{page_} * kSector, sector));
    from_ += kSector;
    ++page_;
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
    if (!chosen_ || chosen_->entry.sequence != wanted_) return finish();
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
        applied_ = true;
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
    block_.primary_sequence = block_.secondary_sequence = wanted_;
    block_.checksum = checksum(block_);
    TRY(file_.put(0, block_));
    phase_ = Phase::Over;
    return {};
}

}  // namespace cm::regf
