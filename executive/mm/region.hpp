// SPDX-License-Identifier: GPL-3.0-only
//
// A region (VAD): one allocation or one view, from its base to its end, with the protection of each of its
// pages as runs. A run without protection is reserved only.
#pragma once

#include "executive/mm/address_space.hpp"

namespace mm {

struct Run {
    uint32_t first_page;
    uint32_t protection;  // PAGE_*; 0: reserved, not committed
    bool operator==(const Run&) const = default;
};

struct Region : TreeLink<RegionTag> {
    enum class Kind : uint8_t { Private, Data, Image, Frames, Device };

    uint64_t base = 0;
    uint64_t pages = 0;
    Kind kind = Kind::Private;
    uint32_t allocation_protection = 0;
    Ref<Section> section;        // Data, Image
    uint64_t section_page = 0;   // of the section, at base
    int64_t image_delta = 0;     // this view's distance from the base its headers name
    Vector<FrameNumber> frames;  // Frames: references held
    uint64_t physical = 0;       // Device
    hal::Cache cache = hal::Cache::Normal;
    Vector<Run> runs;  // ordered; the first starts at page 0

    uint64_t end() const { return base + pages * kPageSize; }
    bool contains(uint64_t address) const { return address >= base && address < end(); }
    uint32_t page_of(uint64_t address) const { return static_cast<uint32_t>((address - base) / kPageSize); }

    Result<void> initialize(uint32_t protection) { return runs.push_back({0, protection}); }
    uint32_t protection(uint32_t page) const { return runs[run_of(page)].protection; }
    // The first page behind `page` with another protection.
    uint32_t run_end(uint32_t page) const;
    // Makes room for the changes of one set(), which then cannot fail.
    Result<void> reserve_change() { return runs.reserve(runs.size() + 2); }
    // REQUIRES: reserve_change() since the last set().
    void set(uint32_t first, uint32_t end, uint32_t protection);
    // Pages in [first, end) that are committed.
    uint64_t committed(uint32_t first, uint32_t end) const;

private:
    size_t run_of(uint32_t page) const;
    size_t split(uint32_t page);
};

inline uint64_t RegionKey::operator()(const Region& region) const {
    return region.base;
}

inline bool can_read(uint32_t protection) {
    return (protection & 0xff) > PAGE_NOACCESS && !(protection & PAGE_GUARD);
}
inline bool can_write(uint32_t protection) {
    constexpr uint32_t kWritable =
        PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    return (protection & kWritable) != 0 && !(protection & PAGE_GUARD);
}
inline bool can_execute(uint32_t protection) {
    constexpr uint32_t kExecutable =
        PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    return (protection & kExecutable) != 0 && !(protection & PAGE_GUARD);
}
inline bool copy_on_write(uint32_t protection) {
    return (protection & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY)) != 0;
}
// One PAGE_* access bit and modifiers that go with it.
bool valid_protection(uint32_t protection);

}  // namespace mm
