// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/io/fake_memory.hpp"

#include "executive/mm/commitment.hpp"
#include "executive/mm/control_area.hpp"
#include "executive/mm/edge_pages.hpp"

#include <string.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace {

struct Frame {
    alignas(4096) uint8_t bytes[4096] = {};
    uint32_t references = 0;
};

std::vector<std::unique_ptr<Frame>> g_frames(1);  // number 0 is no frame
std::vector<mm::FrameNumber> g_free;
size_t g_limit = SIZE_MAX;
std::vector<const uint8_t*> g_boot;

struct Space {
    std::map<uint64_t, mm::FrameNumber> pages;
    std::map<uint64_t, size_t> windows;
    uint64_t next = 0x10000000;
};
std::map<const mm::AddressSpace*, Space> g_spaces;

Frame& frame_of(mm::FrameNumber number) {
    return *g_frames.at(number);
}

}  // namespace

namespace ke {

Claim present_claim() {
    return test::claim;
}

}  // namespace ke

namespace mm {

// The real ones keep paging objects and regions; here the pages are in g_spaces.
class PageTables {};
class Regions {};
struct Region : ListLink<Region> {};

Result<FrameNumber> allocate_frame() {
    if (test::frames_in_use() >= g_limit) return fail(STATUS_NO_MEMORY);
    if (g_free.empty()) {
        g_free.push_back(static_cast<FrameNumber>(g_frames.size()));
        g_frames.emplace_back();
    }
    FrameNumber number = g_free.back();
    g_free.pop_back();
    g_frames[number] = std::make_unique<Frame>();
    g_frames[number]->references = 1;
    return number;
}
void add_frame(FrameNumber number) {
    ++frame_of(number).references;
}
void release_frame(FrameNumber number) {
    ASSERT(frame_of(number).references > 0);
    if (--frame_of(number).references > 0) return;
    g_frames[number].reset();  // whoever still uses it is found out
    g_free.push_back(number);
}
uint8_t* alias(FrameNumber number) {
    if (number & kBootFrame) return const_cast<uint8_t*>(g_boot.at(number & ~kBootFrame));
    return frame_of(number).bytes;
}
uint64_t physical_address(FrameNumber number) {
    return number * kPageSize;
}
// A page of the archive: a frame with its bytes, that is never counted.
FrameNumber boot_frame(const void* address) {
    static std::map<const void*, FrameNumber> known;
    FrameNumber& number = known[address];
    if (number == 0) {
        number = static_cast<FrameNumber>(g_boot.size()) | kBootFrame;
        g_boot.push_back(static_cast<const uint8_t*>(address));
    }
    return number;
}
Result<FrameNumber> allocate_client_frame() {
    return allocate_frame();
}
Result<FrameNumber> allocate_promised_frame() {
    return allocate_frame();
}
void release_promised_frame(FrameNumber number) {
    release_frame(number);
}
Result<void> commit_pages(uint64_t) {
    return {};
}
void uncommit_pages(uint64_t) {}
uint32_t frame_references(FrameNumber number) {
    return frame_of(number).references;
}
// Nothing is mapped here.
bool AreaViews::revoke(Place&, uint64_t, uint64_t, Revoke, const ke::Slice&) {
    return true;
}

AddressSpace::AddressSpace(ke::Quota& quota) : quota_(quota) {}
AddressSpace::~AddressSpace() {
    tear_down(SIZE_MAX);
    g_spaces.erase(this);
}
Result<Own<AddressSpace>> AddressSpace::create(ke::Quota& quota) {
    return Own<AddressSpace>(new AddressSpace(quota));
}
NTSTATUS AddressSpace::touch(uint64_t address, ke::Access access) {
    return page(address, access) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

Result<uint8_t*> AddressSpace::page(uint64_t address, ke::Access) {
    uint8_t* byte = test::at(*this, address);
    if (!byte) return fail(STATUS_ACCESS_VIOLATION);
    return byte;
}
uint8_t* AddressSpace::present(uint64_t address, ke::Access) {
    return test::at(*this, address);
}
Result<uint64_t> AddressSpace::map_frames(std::span<const FrameNumber> frames, uint32_t) {
    Space& space = g_spaces[this];
    uint64_t base = space.next;
    space.next += (frames.size() + 1) * kPageSize;
    space.windows[base] = frames.size();
    for (size_t i = 0; i < frames.size(); ++i) {
        add_frame(frames[i]);
        space.pages[base / kPageSize + i] = frames[i];
    }
    return base;
}
Result<uint64_t> AddressSpace::map_pinned(PinnedPages& pinned, const EdgePages& edges, uint32_t protection) {
    std::vector<FrameNumber> frames;
    for (uint64_t page = 0; page < pinned.pages(); ++page) {
        FrameNumber edge = edges.at(pinned, page);
        frames.push_back(edge != kNoFrame ? edge : pinned.frame(page));
    }
    return map_frames(frames, protection);
}
void AddressSpace::discard(uint64_t address) {
    Space& space = g_spaces[this];
    auto window = space.windows.find(address);
    if (window == space.windows.end()) return;
    for (size_t i = 0; i < window->second; ++i) {
        release_frame(space.pages[address / kPageSize + i]);
        space.pages.erase(address / kPageSize + i);
    }
    space.windows.erase(window);
}
void AddressSpace::unmap_pinned(uint64_t address) {
    discard(address);
}
FrameNumber AddressSpace::present_frame(uint64_t address) {
    auto& pages = g_spaces[this].pages;
    auto found = pages.find(address / kPageSize);
    return found == pages.end() ? kNoFrame : found->second;
}
Result<Ref<PinnedPages>> AddressSpace::begin_pinning(uint64_t address, size_t length, ke::Access access) {
    Ref<PinnedPages> pinned = TRY(make_ref<PinnedPages>());
    pinned->offset_ = address % kPageSize;
    pinned->address_ = address - pinned->offset_;
    pinned->length_ = length;
    pinned->access_ = access;
    return pinned;
}
Result<void> AddressSpace::go_on_pinning(PinnedPages& pinned) {
    // A slice here has no end.
    for (; !pinned.complete(); ++pinned.pinned_) {
        uint64_t address = pinned.address_ + pinned.pinned_ * kPageSize;
        TRY(page(address, pinned.access_));
        FrameNumber& place = TRY(pinned.places())[0];
        add_frame(present_frame(address));
        place = present_frame(address);
    }
    return {};
}
// Nobody asks what there is of either here.
AddressSpace::Counters AddressSpace::counters() const {
    return {};
}
Result<void> AddressSpace::set_working_set(WorkingSet) {
    return {};
}
bool AddressSpace::sweep() {
    return true;
}
bool AddressSpace::tear_down(size_t) {
    Space& space = g_spaces[this];
    for (auto& [number, frame] : space.pages)
        release_frame(frame);
    space.pages.clear();
    space.windows.clear();
    return true;
}
PinnedPages::PinnedPages() = default;
PinnedPages::~PinnedPages() {
    for (uint64_t page = 0; page < kFew && page < pinned_; ++page)
        release_frame(few_[page]);
}
Result<Ref<PinnedPages>> PinnedPages::with(std::span<const uint8_t> bytes, ke::Access access) {
    Ref<PinnedPages> made = TRY(make_ref<PinnedPages>());
    made->length_ = bytes.size();
    made->access_ = access;
    for (; !made->complete(); ++made->pinned_) {
        made->few_[made->pinned_] = TRY(allocate_frame());
        std::span<const uint8_t> rest = bytes.subspan(made->pinned_ * kPageSize);
        memcpy(alias(made->few_[made->pinned_]), rest.data(), std::min<size_t>(rest.size(), kPageSize));
    }
    return made;
}
void PinnedPages::copy_out(size_t at, std::span<uint8_t> data) const {
    for (size_t i = 0; i < data.size(); ++i) {
        uint64_t position = offset_ + at + i;
        data[i] = alias(frame(position / kPageSize))[position % kPageSize];
    }
}
FrameNumber PinnedPages::more(uint64_t page) const {
    return kept_->store.find(page - kFew);
}
Result<std::span<FrameNumber>> PinnedPages::places() {
    if (pinned_ < kFew) return std::span(few_).subspan(pinned_);
    if (!kept_) kept_ = TRY(make_own<KeptPages>());
    return kept_->store.make_many(pinned_ - kFew);
}

}  // namespace mm

namespace test {

size_t frames_in_use() {
    return g_frames.size() - 1 - g_free.size();
}

void limit_frames(size_t count) {
    g_limit = count;
}

uint8_t* at(mm::AddressSpace& space, uint64_t address) {
    mm::FrameNumber frame = space.present_frame(address);
    return frame == mm::kNoFrame ? nullptr : mm::alias(frame) + address % mm::kPageSize;
}

size_t windows(mm::AddressSpace& space) {
    return g_spaces[&space].windows.size();
}

}  // namespace test
