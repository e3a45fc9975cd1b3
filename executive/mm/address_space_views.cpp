// SPDX-License-Identifier: GPL-3.0-only
//
// Views: sections, frames and device memory mapped into a process.
#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/image.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

constexpr uint64_t kGranularity = MM_ALLOCATION_GRANULARITY;

}  // namespace

// Where a view goes: where asked, else for an image where its pages are relocated for, else anywhere.
Result<uint64_t> AddressSpace::place_view(Section& section, uint64_t base, uint64_t size, uint32_t type,
                                          const Bounds& bounds, int64_t& delta, Progress& progress) {
    Image* image = section.image();
    bool replaces = type & MEM_REPLACE_PLACEHOLDER;
    if (base && !is_aligned(base, replaces && !image ? kPageSize : kGranularity))
        return fail(STATUS_MAPPED_ALIGNMENT);
    if (!base && image) {
        uint64_t wanted = image->preferred_base() + static_cast<uint64_t>(image->delta());
        bool usable = is_aligned(wanted, kGranularity) && wanted >= ke::kLowestUserAddress &&
                      wanted >= bounds.lowest && is_aligned(wanted, bounds.alignment) &&
                      size <= bounds.highest && wanted <= bounds.highest - size;
        if (usable && regions().vacant(wanted, size)) base = wanted;
    }
    if (!base) base = TRY(find_place(size, bounds, type & MEM_TOP_DOWN));
    if (base < ke::kLowestUserAddress || size > ke::kHighestUserAddress ||
        base > ke::kHighestUserAddress - size)
        return fail(STATUS_INVALID_PARAMETER_3);
    if (replaces ? !placeholder_at(base, size) : !regions().vacant(base, size))
        return fail(STATUS_CONFLICTING_ADDRESSES);
    if (image) {
        delta = static_cast<int64_t>(base - image->preferred_base());
        if (delta != 0) progress.more = !TRY(image->prepare_relocation());
        if (!progress.more) image->settle(delta);
    }
    return base;
}

// Sizes are compared before they are rounded: the caller may name any 64 bits.
Result<void> AddressSpace::check_view(const Section& section, uint64_t offset, uint64_t& size, uint32_t type,
                                      uint32_t protection) {
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    bool image = section.image() != nullptr;
    bool grows = type & MEM_RESERVE;
    if (grows && !section.extensible()) return fail(STATUS_INVALID_PARAMETER_9);
    if (!is_aligned(offset, type & MEM_REPLACE_PLACEHOLDER ? kPageSize : kGranularity))
        return fail(STATUS_MAPPED_ALIGNMENT);
    if (offset >= section.size() || (image && offset != 0)) return fail(STATUS_INVALID_VIEW_SIZE);
    uint64_t left = section.size() - offset;
    if (size > (grows ? ke::kHighestUserAddress : left)) return fail(STATUS_INVALID_VIEW_SIZE);
    if (!image && !section.may_be_viewed(protection)) return fail(STATUS_SECTION_PROTECTION);
    if (size == 0 || image) size = left;
    size = align_up(size, kPageSize);
    return {};
}

// The control area knows the view from now on.
Result<void> AddressSpace::show(Region& region, ControlArea& area) {
    region.view = TRY(make_own<AreaView>());
    region.view->tables = tables_.get();
    region.view->address = region.base;
    region.view->first = region.section_page;
    region.view->pages = region.pages;
    area.views().add(*region.view);
    return {};
}

Result<void> AddressSpace::set_image_runs(Region& region, Section& section) {
    uint64_t page = region.first_page();
    for (const ImagePart& part : section.image()->parts()) {
        TRY(Region::reserve_change());
        uint64_t first = region.first_page() + part.first_page;
        region.append(page, first - page, PAGE_READONLY);
        region.append(first, part.pages, part.protection);
        page = first + part.pages;
    }
    TRY(Region::reserve_change());
    region.append(page, region.end_page() - page, PAGE_READONLY);
    return {};
}

Result<AddressSpace::View> AddressSpace::map(Section& section, uint64_t base, uint64_t offset, uint64_t size,
                                             uint32_t type, uint32_t protection) {
    return to_the_end([&](Progress& progress) {
        return map(section, base, offset, size, type, protection, Bounds{}, progress);
    });
}

// What takes slices is getting to know an image's relocations, and it is the image that keeps how far that
// came.
Result<AddressSpace::View> AddressSpace::map(Section& section, uint64_t base, uint64_t offset, uint64_t size,
                                             uint32_t type, uint32_t protection, const Bounds& bounds,
                                             Progress& progress) {
    progress.more = false;
    TRY(check_view(section, offset, size, type, protection));
    int64_t delta = 0;
    base = TRY(place_view(section, base, size, type, bounds, delta, progress));
    if (progress.more) return View{};
    if (memory_is_short()) return fail(STATUS_NO_MEMORY);
    if (section.area().tracks_writes()) set_may_wait();
    bool image = section.image() != nullptr;
    Own<Region> region = TRY(make_own<Region>(image ? uint32_t{PAGE_READONLY} : protection));
    region->base = base;
    region->pages = size / kPageSize;
    region->kind = image ? Region::Kind::Image : Region::Kind::Data;
    region->section = Ref<Section>(section);
    region->section_page = offset / kPageSize;
    if (image) region->image = TRY(section.image_pages(delta));
    region->allocation_protection = image ? PAGE_EXECUTE_WRITECOPY : protection;
    if (image) {
        TRY(set_image_runs(*region, section));
    } else {
        region->partial = section.reserves() || (type & MEM_RESERVE);
        region->watched = section.area().tracks_writes();
        TRY(show(*region, section.area()));
    }
    uint64_t copies = region->copies_left = region->copied_pages();
    TRY(charge_commit(copies));
    Result<void> added;
    if (type & MEM_REPLACE_PLACEHOLDER) {
        added = replace_region(*placeholder_at(base, size), std::move(region));
    } else if (Result<Region*> entered = add_region(std::move(region)); !entered) {
        added = entered.failure();
    }
    if (!added) {
        release_commit(copies);
        return added.failure();
    }
    if (log.tracing()) [[unlikely]]
        log.trace("view {p}-{p} of {}{}", base, base + size, section.file_name(), delta ? ", relocated" : "");
    return View{base, size, image && delta != section.image()->own_delta()};
}

// A step commits pages of the section, for all who see them, and gives this view's their protection.
Result<AddressSpace::Range> AddressSpace::commit_view(Region& region, uint64_t start, uint64_t end,
                                                      uint32_t protection, Progress& progress) {
    Section& section = *region.section;
    if (section.has_file()) return fail(STATUS_ALREADY_COMMITTED);
    if (!compatible_protection(region.allocation_protection, protection))
        return fail(STATUS_SECTION_PROTECTION);
    if (memory_is_short()) return fail(STATUS_NO_MEMORY);
    if (!within(progress.at, start, end)) progress.at = start;
    uint64_t view = region.section_page - region.first_page();
    progress.more = true;
    for (unsigned step = 0; step < kRunsPerSlice && progress.more; ++step) {
        uint64_t first = progress.at / kPageSize;
        TRY(reserve_change());
        uint64_t part = region.runs_end(first, end / kPageSize, 1);
        part = TRY(section.commit(first + view, part + view)) - view;
        progress.at = withdraw_rights(progress.at, part * kPageSize, protection);
        region.set(first, progress.at / kPageSize, protection);
        recount(region);
        if (progress.at < part * kPageSize) break;
        progress.more = progress.at < end;
    }
    return Range{start, end - start};
}

Result<AddressSpace::Shown> AddressSpace::shown(uint64_t base, uint64_t size) {
    uint64_t start = align_down(base, kPageSize);
    Region* region = region_at(start);
    if (!region || region->kind != Region::Kind::Data) return fail(STATUS_NOT_MAPPED_VIEW);
    if (size > region->end() - base) return fail(STATUS_INVALID_PARAMETER);
    uint64_t end = size ? align_up(base + size, kPageSize) : region->end();
    uint64_t view = region->section_page - region->first_page();
    return Shown{{start, end - start},
                 Ref<ControlArea>(region->section->area()),
                 start / kPageSize + view,
                 end / kPageSize + view};
}

Result<uint64_t> AddressSpace::map_frames(std::span<const FrameNumber> frames, uint32_t protection) {
    sweep_a_little();
    uint64_t size = frames.size() * kPageSize;
    if (size == 0) return fail(STATUS_INVALID_PARAMETER);
    Own<Region> region = TRY(make_own<Region>(protection));
    region->base = TRY(find_place(size));
    region->pages = frames.size();
    region->kind = Region::Kind::Frames;
    region->allocation_protection = protection;
    TRY(region->frames.reserve(frames.size()));
    for (FrameNumber frame : frames)
        MUST(region->frames.push_back(frame));
    for (FrameNumber frame : frames)
        add_frame(frame);
    return TRY(add_region(std::move(region)))->base;
}

Result<uint64_t> AddressSpace::map_run(FrameRun& run, uint32_t protection) {
    sweep_a_little();
    Own<Region> region = TRY(make_own<Region>(protection));
    region->base = TRY(find_place(run.count() * kPageSize));
    region->pages = run.count();
    region->kind = Region::Kind::Frames;
    region->allocation_protection = protection;
    region->run = Ref<FrameRun>(run);
    return TRY(add_region(std::move(region)))->base;
}

Result<uint64_t> AddressSpace::map_device(uint64_t physical, uint64_t size, hal::Cache cache) {
    constexpr uint64_t kLargest = uint64_t{1} << 30;
    if (size == 0 || size > kLargest || physical > (uint64_t{1} << 46)) return fail(STATUS_INVALID_PARAMETER);
    uint64_t first = align_down(physical, kPageSize);
    uint64_t pages = (align_up(physical + size, kPageSize) - first) / kPageSize;
    Own<Region> region = TRY(make_own<Region>(uint32_t{PAGE_READWRITE}));
    region->base = TRY(find_place(pages * kPageSize));
    region->pages = pages;
    region->kind = Region::Kind::Device;
    region->physical = first;
    region->cache = cache;
    region->allocation_protection = PAGE_READWRITE;
    return TRY(add_region(std::move(region)))->base + (physical - first);
}

Result<void> AddressSpace::map_shared_page(uint64_t address, FrameNumber frame) {
    if (!regions().vacant(address, kPageSize)) return fail(STATUS_CONFLICTING_ADDRESSES);
    Own<Region> region = TRY(make_own<Region>(uint32_t{PAGE_READONLY}));
    region->base = address;
    region->pages = 1;
    region->kind = Region::Kind::Frames;
    region->allocation_protection = PAGE_READONLY;
    TRY(region->frames.push_back(frame));
    add_frame(frame);
    TRY(add_region(std::move(region)));
    return {};
}

}  // namespace mm
