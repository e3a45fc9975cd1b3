// SPDX-License-Identifier: GPL-3.0-only
//
// The bytes of a file in memory. A file of the boot archive is served from where it lies until it is written
// to; then its pages become frames of their own, taken from the volume's allowance.
#pragma once

#include "base/vector.hpp"
#include "executive/mm/frames.hpp"

namespace io::ramfs {

// How many frames a volume may still take.
class Allowance {
public:
    explicit constexpr Allowance(uint64_t pages = 0) : total_(pages), free_(pages) {}
    uint64_t total() const { return total_; }
    uint64_t free() const { return free_; }
    // Are so many to be had? What was cut off files lately is given back first when it is needed.
    bool have(uint64_t pages);
    // STATUS_DISK_FULL.
    Result<mm::FrameNumber> take();
    void give_back(mm::FrameNumber frame);
    // A file or directory, whatever is in it. STATUS_DISK_FULL.
    Result<void> add_node();
    void remove_node() { --nodes_; }

private:
    uint64_t total_;
    uint64_t free_;
    uint64_t nodes_ = 0;
};

class FileData {
public:
    explicit FileData(Allowance& allowance) : allowance_(allowance) {}
    FileData(const FileData&) = delete;
    FileData& operator=(const FileData&) = delete;
    ~FileData();

    // REQUIRES: nothing written yet. The bytes begin on a page and are there for good.
    void set_archive(std::span<const uint8_t> bytes);
    bool in_archive() const { return archive_.data() != nullptr; }
    // Takes frames of its own for what lies in the archive, so that it can be written to in place.
    Result<void> leave_archive();

    uint64_t size() const { return size_; }
    uint64_t allocated() const;
    // The bytes from `offset` to the end of their page or of the file, whichever comes first; never empty
    // inside the file.
    std::span<const uint8_t> read(uint64_t offset) const;
    // The page at `offset` to write to, from there to its end; the file is not grown by it.
    Result<std::span<uint8_t>> writable(uint64_t offset);
    // Zeros what is new; gives back what is cut off. STATUS_DISK_FULL, with nothing changed.
    Result<void> resize(uint64_t size);
    // Never kNoFrame inside the file, but when memory is short.
    mm::FrameNumber frame(uint64_t page);

private:
    Result<uint8_t*> page(uint64_t index);
    void drop(Vector<mm::FrameNumber> frames);

    Allowance& allowance_;
    std::span<const uint8_t> archive_;
    Vector<mm::FrameNumber> frames_;  // kNoFrame: a page of zeros
    uint64_t size_ = 0;
};

}  // namespace io::ramfs
