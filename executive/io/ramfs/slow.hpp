// SPDX-License-Identifier: GPL-3.0-only
//
// For tests: the room of a file that is as slow as a disk's. Its pages lie in memory all the same, but
// whoever wants one waits some milliseconds, transfers overtake each other, and some fail, as the boot option
// `slow=` says. What a file system behind a driver will be like, without the driver.
#pragma once

#include "executive/io/ramfs/data.hpp"

namespace io::ramfs {

struct Slowness {
    uint32_t most = 0;        // microseconds that a transfer may take, 0: not slow
    uint32_t fail_every = 0;  // one transfer in so many fails, 0: none
};

// `slow=MICROSECONDS[,FAILS]`, of the volume that initialize() makes then. Must be known before it runs.
void set_slowness(Slowness slowness);
const Slowness& slowness();

// Lets go of all pages of a clean file, also of those that are mapped: who touches one waits again.
Task<NTSTATUS> forget(Ref<mm::ControlArea> area);

class SlowRoom final : public mm::Backing {
public:
    // REQUIRES: no archived bytes.
    static Result<Ref<mm::ControlArea>> create(Allowance& allowance, std::span<const uint8_t> archived);
    explicit SlowRoom(Ref<mm::ControlArea> disk) : disk_(std::move(disk)) {}

    Result<void> resize(uint64_t bytes) override;
    [[clang::coro_wrapper]] Task<NTSTATUS> extend(mm::ControlArea& area, uint64_t bytes) override;
    Task<NTSTATUS> fetch(uint64_t first, std::span<const mm::FrameNumber> frames) override;
    Task<NTSTATUS> write(uint64_t first, std::span<const mm::FrameNumber> frames, uint64_t valid) override;

private:
    Ref<mm::ControlArea> disk_;
};

}  // namespace io::ramfs
