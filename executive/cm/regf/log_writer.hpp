// SPDX-License-Identifier: GPL-3.0-only
//
// Makes a hive's log, in slices: an entry with the pages that are others than they were when the hive was
// last written. Which these are, is known by a hash of each page. The entry has the number that the hive's
// file has before it, as NT's has.
#pragma once

#include <optional>

#include "executive/cm/regf/format.hpp"
#include "executive/cm/regf/marvin.hpp"
#include "executive/cm/regf/store.hpp"

namespace cm::regf {

class LogWriter {
public:
    // `hashes` are of the pages as they lie in the file, without the base block, and become those of the
    // image; `dirty` and `log` are empty. REQUIRES: image and hashes outlive it; the image's base block is
    // valid.
    LogWriter(const Store& image, Store& hashes, OwnStore dirty, OwnStore log)
        : image_(image), hashes_(hashes), dirty_(std::move(dirty)), log_(std::move(log)) {}

    // A slice; true when it is there.
    Result<bool> step();
    // REQUIRES, for all: it is there.
    const Store& log() const { return *log_; }
    uint32_t pages() const { return static_cast<uint32_t>(image_.size() / kPage - 1); }
    bool is_dirty(uint32_t page) const { return dirty_->get<uint8_t>(page) != 0; }
    uint32_t count() const { return count_; }

private:
    Result<void> compare();
    Result<void> begin_entry();
    Result<void> take_page();
    Result<void> hash_some();
    Result<void> finish();

    const Store& image_;
    Store& hashes_;
    OwnStore dirty_;
    OwnStore log_;
    uint32_t page_ = 0;
    uint32_t count_ = 0;
    uint32_t taken_ = 0;
    uint32_t size_ = 0;  // of the entry
    size_t hashed_ = 0;
    Marvin hash_;
    enum class Phase : uint8_t { Compare, Take, Hash, Over } phase_ = Phase::Compare;
};

// Of a page of the image, without its base block.
uint64_t page_hash(const Store& image, uint32_t page);

}  // namespace cm::regf
