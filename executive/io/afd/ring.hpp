// SPDX-License-Identifier: GPL-3.0-only
//
// The bytes between two ends of a stream: a ring of frames with two counters that run freely, which are the
// journal of what has come and gone. Its frames are made as the bytes first get there, and none is shared
// with anything else of the machine, so that the process of a transport may map them later. Its maker has
// charged all of it.
#pragma once

#include <span>

#include "executive/ke/user_memory.hpp"
#include "executive/mm/frames.hpp"

namespace io::afd {

class Ring {
public:
    static constexpr size_t kPages = 16;
    static constexpr size_t kCapacity = kPages * mm::kPageSize;

    Ring() = default;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    ~Ring();

    uint64_t produced() const { return produced_; }
    uint64_t consumed() const { return consumed_; }
    size_t available() const { return static_cast<size_t>(produced_ - consumed_); }
    size_t room() const { return kCapacity - available(); }

    // The frames behind the next `length` bytes. STATUS_NO_MEMORY, mm::later(). REQUIRES: length <= room().
    Result<void> prepare(size_t length);
    // Copies bytes in behind those that are there and `at` more; they count once published. An error of the
    // client's memory changes nothing. REQUIRES: prepared.
    Result<void> put(ke::UserMemory& memory, uint64_t address, size_t at, size_t length);
    void put(std::span<const uint8_t> bytes, size_t at);
    void publish(size_t length) { produced_ += length; }
    // The same of the bytes `at` behind the first. REQUIRES: they are available.
    Result<void> get(ke::UserMemory& memory, uint64_t address, size_t at, size_t length) const;
    void consume(size_t length) { consumed_ += length; }

private:
    uint8_t* at(uint64_t counter) const {
        return mm::alias(frames_[counter / mm::kPageSize % kPages]) + counter % mm::kPageSize;
    }
    // How many of these bytes lie in one page.
    static size_t piece(uint64_t counter, size_t length) {
        size_t left = mm::kPageSize - counter % mm::kPageSize;
        return length < left ? length : left;
    }

    uint64_t produced_ = 0;
    uint64_t consumed_ = 0;
    mm::FrameNumber frames_[kPages] = {};
};

}  // namespace io::afd
