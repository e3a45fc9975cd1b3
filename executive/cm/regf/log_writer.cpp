// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/regf/log_writer.hpp"

#include <string.h>

#include <algorithm>

#include "executive/cm/regf/checksum.hpp"
#include "executive/ke/slice.hpp"

namespace cm::regf {

namespace {

constexpr size_t kPart = 1024;

void put_words(uint32_t (&to)[2], uint64_t value) {
    to[0] = static_cast<uint32_t>(value);
    to[1] = static_cast<uint32_t>(value >> 32);
}

}  // namespace

// By words of eight bytes, with a multiplication each; never 0, which stands for no page.
uint64_t page_hash(const Store& image, uint32_t page) {
    uint64_t hash = 0xcbf29ce484222325, words[kPart / sizeof(uint64_t)];
    for (size_t at = 0; at < kPage; at += kPart) {
        image.read(kBaseBlock + size_t{page} * kPage + at, {reinterpret_cast<uint8_t*>(words), kPart});
        for (uint64_t word : words) {
            hash = (hash ^ word) * 0x9e3779b97f4a7c15;
            hash ^= hash >> 32;
        }
    }
    return hash ? hash : 1;
}

Result<bool> LogWriter::step() {
    ke::Slice slice;
    while (phase_ != Phase::Over) {
        switch (phase_) {
            case Phase::Compare:
                TRY(compare());
                break;
            case Phase::Take:
                TRY(take_page());
                break;
            default:
                TRY(hash_some());
        }
        if (slice.over()) break;
    }
    return phase_ == Phase::Over;
}

Result<void> LogWriter::compare() {
    if (page_ == 0) {
        TRY(dirty_->set_size(pages()));
        if (hashes_.size() < pages() * sizeof(uint64_t)) TRY(hashes_.set_size(pages() * sizeof(uint64_t)));
    }
    if (page_ == pages()) return begin_entry();
    uint64_t hash = page_hash(image_, page_);
    if (hashes_.get<uint64_t>(page_ * sizeof hash) != hash) {
        TRY(hashes_.put(page_ * sizeof hash, hash));
        TRY(dirty_->put(page_, uint8_t{1}));
        ++count_;
    }
    ++page_;
    return {};
}

Result<void> LogWriter::begin_entry() {
    size_t bytes = sizeof(LogEntry) + size_t{count_} * (sizeof(PageReference) + kPage);
    size_ = static_cast<uint32_t>((bytes + kSector - 1) / kSector * kSector);
    TRY(log_->set_size(kSector + size_));
    auto block = image_.get<BaseBlock>(0);
    block.type = kTypeLog;
    block.primary_sequence = block.secondary_sequence = block.primary_sequence - 1;
    block.checksum = checksum(block);
    TRY(log_->put(0, block));
    page_ = 0;
    phase_ = Phase::Take;
    return {};
}

Result<void> LogWriter::take_page() {
    while (page_ < pages() && !is_dirty(page_) && (page_ + 1) % 256 != 0)
        ++page_;
    if (page_ == pages()) {
        phase_ = Phase::Hash;
        return {};
    }
    uint32_t page = page_++;
    if (!is_dirty(page)) return {};
    size_t entry = kSector + sizeof(LogEntry);
    TRY(log_->put(entry + taken_ * sizeof(PageReference), PageReference{page * kPage, kPage}));
    size_t to = entry + count_ * sizeof(PageReference) + size_t{taken_} * kPage;
    uint8_t part[kPart];
    for (size_t at = 0; at < kPage; at += kPart) {
        image_.read(kBaseBlock + size_t{page} * kPage + at, part);
        TRY(log_->write(to + at, part));
    }
    ++taken_;
    return {};
}

Result<void> LogWriter::hash_some() {
    size_t all = size_ - sizeof(LogEntry);
    if (hashed_ == all) return finish();
    uint8_t part[kPart];
    size_t length = std::min(kPart, all - hashed_);
    log_->read(kSector + sizeof(LogEntry) + hashed_, {part, length});
    hash_.add({part, length});
    hashed_ += length;
    return {};
}

Result<void> LogWriter::finish() {
    auto block = image_.get<BaseBlock>(0);
    LogEntry entry{};
    entry.signature = kLogEntry;
    entry.size = size_;
    entry.sequence = block.primary_sequence - 1;
    entry.bins_size = block.bins_size;
    entry.pages = count_;
    put_words(entry.hash_of_pages, hash_.value());
    Marvin head;
    uint8_t bytes[offsetof(LogEntry, hash)];
    memcpy(bytes, &entry, sizeof bytes);
    head.add(bytes);
    put_words(entry.hash, head.value());
    TRY(log_->put(kSector, entry));
    phase_ = Phase::Over;
    return {};
}

}  // namespace cm::regf
