// SPDX-License-Identifier: GPL-3.0-only
//
// A file behind a pager that answers when the test says so, in the order it says, and fails as it says. What
// lies behind the valid data of its disk is garbage, which nobody must ever see.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "executive/mm/control_area.hpp"

class SlowBacking final : public mm::Backing {
public:
    static constexpr uint64_t kPage = mm::kPageSize;
    static constexpr uint8_t kGarbage = 0xcc;

    struct Request {
        bool writes;
        uint64_t first;
        std::vector<mm::FrameNumber> frames;
        uint64_t valid;
        base::Event done;
    };

    // `disk` is what is there from the start, valid to its end.
    explicit SlowBacking(std::vector<uint8_t> disk) : valid(disk.size()), disk_(std::move(disk)) {}

    [[clang::coro_wrapper]] base::Task<NTSTATUS> fetch(uint64_t first,
                                                       std::span<const mm::FrameNumber> frames) override {
        return ask(false, first, frames, 0);
    }
    [[clang::coro_wrapper]] base::Task<NTSTATUS> write(uint64_t first,
                                                       std::span<const mm::FrameNumber> frames,
                                                       uint64_t valid_then) override {
        if (write_begins) write_begins(first, frames.size());
        return ask(true, first, frames, valid_then);
    }
    base::Task<NTSTATUS> extend(mm::ControlArea& area, uint64_t bytes) override {
        auto resized = area.resize(bytes);
        co_return resized ? STATUS_SUCCESS : resized.error();
    }

    // Ends request `index`. A write that fails may have been done in part.
    void end(size_t index, NTSTATUS status) {
        std::shared_ptr<Request> request = pending[index];
        pending.erase(pending.begin() + static_cast<ptrdiff_t>(index));
        bool whole = NT_SUCCESS(status);
        for (size_t i = 0; i < request->frames.size() && (whole || (request->writes && i == 0)); ++i)
            move(*request, i);
        if (whole && request->writes && request->valid > valid) valid = request->valid;
        request->done.signal(status);
    }
    // What a new look at the file would give.
    uint8_t byte(uint64_t offset) const {
        return offset < valid && offset < disk_.size() ? disk_[offset] : 0;
    }

    std::vector<std::shared_ptr<Request>> pending;
    std::function<void(uint64_t first, uint64_t count)> write_begins;
    uint64_t valid;

private:
    base::Task<NTSTATUS> ask(bool writes, uint64_t first, std::span<const mm::FrameNumber> frames,
                             uint64_t valid_then) {
        auto request = std::make_shared<Request>();
        request->writes = writes;
        request->first = first;
        request->frames.assign(frames.begin(), frames.end());
        request->valid = valid_then;
        pending.push_back(request);
        co_return co_await request->done;
    }
    void move(Request& request, size_t i) {
        uint64_t offset = (request.first + i) * kPage;
        uint8_t* frame = mm::alias(request.frames[i]);
        if (disk_.size() < offset + kPage) disk_.resize(offset + kPage, kGarbage);
        if (request.writes) {
            memcpy(&disk_[offset], frame, kPage);
        } else {
            for (uint64_t at = 0; at < kPage; ++at)
                frame[at] = byte(offset + at);
        }
    }

    std::vector<uint8_t> disk_;
};
