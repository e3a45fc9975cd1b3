// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/slow.hpp"

#include <string.h>

#include "executive/ke/page_in.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ke/timer.hpp"

namespace io::ramfs {

namespace {

constinit Slowness chosen;
constinit uint32_t transfers;
constinit uint32_t seed = 1;

uint32_t random(uint32_t below) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

class Pause final : public ke::Timer {
public:
    explicit Pause(uint32_t microseconds) { schedule(ke::interrupt_time() + uint64_t{microseconds} * 10); }
    void expired() override { over_.signal(); }
    Event::Waiter operator co_await() { return over_.operator co_await(); }

private:
    Event over_;
};

NTSTATUS fate() {
    bool fails = chosen.fail_every && ++transfers % chosen.fail_every == 0;
    return fails ? STATUS_DEVICE_DATA_ERROR : STATUS_SUCCESS;
}

}  // namespace

void set_slowness(Slowness slowness) {
    chosen = slowness;
}

const Slowness& slowness() {
    return chosen;
}

Result<Ref<mm::ControlArea>> SlowRoom::create(Allowance& allowance, std::span<const uint8_t> archived) {
    Ref<mm::ControlArea> disk = TRY(FileRoom::create(allowance, archived));
    Own<mm::Backing> room(TRY(make_own<SlowRoom>(std::move(disk))).leak());
    return mm::ControlArea::create(std::move(room), 0);
}

Task<NTSTATUS> forget(Ref<mm::ControlArea> area) {
    for (mm::AreaViews::Place place;;) {
        ke::Slice slice;
        if (area->views().revoke(place, 0, UINT64_MAX, mm::AreaViews::Revoke::All, slice)) break;
        Pause pause(1);
        co_await pause;
    }
    for (uint64_t page = 0; (page = area->trim(page, UINT64_MAX)) != UINT64_MAX;) {
        Pause pause(1);
        co_await pause;
    }
    co_return STATUS_SUCCESS;
}

Result<void> SlowRoom::resize(uint64_t bytes) {
    TRY(disk_->resize(bytes));
    return {};
}

[[clang::coro_wrapper]] Task<NTSTATUS> SlowRoom::extend(mm::ControlArea& area, uint64_t bytes) {
    Result<bool> resized = area.resize(bytes);
    return resized ? STATUS_SUCCESS : resized.error();
}

Task<NTSTATUS> SlowRoom::fetch(uint64_t first, std::span<const mm::FrameNumber> frames) {
    NTSTATUS status = fate();
    Pause pause(1 + random(chosen.most));
    co_await pause;
    if (status) co_return status;
    for (size_t i = 0; i < frames.size(); ++i) {
        mm::FrameNumber frame = disk_->look(first + i);
        if (frame == mm::kNoFrame) {
            memset(mm::alias(frames[i]), 0, mm::kPageSize);
        } else {
            memcpy(mm::alias(frames[i]), mm::alias(frame), mm::kPageSize);
        }
    }
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> SlowRoom::write(uint64_t first, std::span<const mm::FrameNumber> frames, uint64_t) {
    NTSTATUS status = fate();
    Pause pause(1 + random(chosen.most));
    co_await pause;
    if (status) co_return status;
    for (size_t i = 0; i < frames.size(); ++i) {
        if ((first + i) * mm::kPageSize >= disk_->size()) break;
        mm::FrameNumber frame = CO_TRY(disk_->page(first + i, mm::ControlArea::Use::Write));
        memcpy(mm::alias(frame), mm::alias(frames[i]), mm::kPageSize);
    }
    co_return STATUS_SUCCESS;
}

}  // namespace io::ramfs
