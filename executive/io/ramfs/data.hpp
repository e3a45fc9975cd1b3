// SPDX-License-Identifier: GPL-3.0-only
//
// What the bytes of a file in memory take. The control area of a file is the file; behind it is its room in
// the volume's allowance, and where the file lies in the boot archive, which serves it until it is written
// to. Room is taken for all of a file when it grows or leaves the archive, as a disk's clusters are, so that
// writing within its size, through a request or a view, does not fail for want of it.
#pragma once

#include <span>

#include "executive/mm/control_area.hpp"

namespace io::ramfs {

// How many pages a volume may still take. Those that it has taken are committed, for the cache. The last of
// it is kept from programs (ke/claim.hpp), as the last of memory is.
class Allowance {
public:
    explicit constexpr Allowance(uint64_t pages = 0) : total_(pages), free_(pages) {}
    uint64_t total() const { return total_; }
    uint64_t free() const { return free_; }
    // STATUS_DISK_FULL.
    Result<void> take(uint64_t pages);
    void give_back(uint64_t pages);
    // A file or directory, whatever is in it. STATUS_DISK_FULL.
    Result<void> add_node();
    void remove_node() { --nodes_; }
    // Bytes of a node's descriptor, which count for each that has it. STATUS_DISK_FULL.
    Result<void> add_descriptor(size_t bytes);
    void remove_descriptor(size_t bytes) { descriptors_ -= bytes; }

private:
    uint64_t total_;
    uint64_t free_;
    uint64_t nodes_ = 0;
    uint64_t descriptors_ = 0;  // bytes
};

// Makes the control area of a file; of `archived` bytes, which begin on a page and are there for good.
using MakeRoom = Result<Ref<mm::ControlArea>> (*)(Allowance& allowance, std::span<const uint8_t> archived);

class FileRoom final : public mm::Backing {
public:
    static Result<Ref<mm::ControlArea>> create(Allowance& allowance, std::span<const uint8_t> archived);
    FileRoom(Allowance& allowance, std::span<const uint8_t> archived);

    bool in_memory() const override { return true; }
    mm::FrameNumber resident(uint64_t page) const override;
    Result<void> begin_writing() override;
    Result<void> resize(uint64_t bytes) override;
    [[clang::coro_wrapper]] Task<NTSTATUS> extend(mm::ControlArea& area, uint64_t bytes) override;

private:
    Result<void> take(uint64_t pages);

    Allowance& allowance_;  // of a volume, which is there for good
    std::span<const uint8_t> archive_;
    uint64_t size_;       // bytes
    uint64_t taken_ = 0;  // pages of the allowance
};

}  // namespace io::ramfs
