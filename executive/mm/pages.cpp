// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/pages.hpp"

#include <string.h>

#include <algorithm>

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/chunks.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/later.hpp"
#include "executive/mm/remains.hpp"
#include "executive/mm/sources.hpp"

namespace mm {

namespace {

struct FreeList {
    PageNumber head = kNoFrame;
    uint32_t count = 0;
};

// With fewer pages at hand than kReserve, every so many pages that are taken pay for a step towards the next
// chunk: few enough that the steps of the largest chunk, about 40, end before the reserve does, and so many
// that one fault, which may take a page and its paging objects, pays for no more than one. With half of it
// gone the next chunk comes from RAM that is not ready too, rather than whole in the turn that finds no page.
constexpr uint32_t kReserve = 256;
constexpr uint32_t kPagesPerGrowth = 4;
// What the record of a frame in use holds in the place of the page before it in a list.
constexpr PageNumber kUnpromised = 0;
constexpr PageNumber kPromised = 1;

constinit FreeList free_lists[static_cast<unsigned>(PageKind::Count)];
constinit uint64_t free_pages;  // on all lists
constinit uint64_t image_start_address;
constinit uint64_t image_frames_start;

FreeList& list_of(PageKind kind) {
    return free_lists[static_cast<unsigned>(kind)];
}

void push(PageNumber page, PageKind kind) {
    PageInfo& info = page_info(page);
    FreeList& list = list_of(kind);
    info.kind = static_cast<uint8_t>(kind);
    info.next_free = list.head;
    list.head = page;
    ++list.count;
    ++free_pages;
}

PageNumber pop(PageKind kind) {
    FreeList& list = list_of(kind);
    PageNumber page = list.head;
    if (page == kNoFrame) return kNoFrame;
    list.head = page_info(page).next_free;
    --list.count;
    --free_pages;
    return page;
}

// Pages without a type are listed both ways, since neighbours are taken out of the middle.
void push_untyped(PageNumber page) {
    PageNumber behind = list_of(PageKind::Untyped).head;
    push(page, PageKind::Untyped);
    page_info(page).listed = 1;
    page_info(page).previous = kNoFrame;
    if (behind) page_info(behind).previous = page;
    ++chunk_of(page).free_untyped;
}

void unlink_untyped(PageNumber page) {
    FreeList& list = list_of(PageKind::Untyped);
    PageInfo& info = page_info(page);
    PageNumber& link = info.previous ? page_info(info.previous).next_free : list.head;
    link = info.next_free;
    if (info.next_free) page_info(info.next_free).previous = info.previous;
    info.listed = 0;
    --list.count;
    --free_pages;
    --chunk_of(page).free_untyped;
}

seL4_Word object_type(PageKind kind) {
    switch (kind) {
        case PageKind::Frame:
            return seL4_X86_4K;
        case PageKind::PageTable:
            return seL4_X86_PageTableObject;
        case PageKind::Directory:
            return seL4_X86_PageDirectoryObject;
        case PageKind::Pointer:
            return seL4_X86_PDPTObject;
        case PageKind::Root:
            return seL4_X64_PML4Object;
        default:
            return seL4_UntypedObject;
    }
}

bool has_object(PageKind kind) {
    return object_type(kind) != seL4_UntypedObject;
}

// Undoes a free page's type.
void untype(PageNumber page) {
    seL4_CNode_Revoke(ke::cspace_root(), page_slot(page, Slot::Untyped), ke::kDepth);
}

// One of a kind that has too many free. Frames last: they are the common need.
PageNumber retyped_page() {
    constexpr PageKind kOrder[] = {PageKind::PageTable, PageKind::Directory, PageKind::Pointer,
                                   PageKind::Frame};
    for (PageKind kind : kOrder) {
        if (PageNumber page = pop(kind)) {
            untype(page);
            return page;
        }
    }
    return kNoFrame;
}

// A page of no type: a free one, one from a new chunk, or one of another kind.
PageNumber untyped_page() {
    FreeList& list = list_of(PageKind::Untyped);
    static constinit uint32_t taken;
    if (list.count < kReserve && ++taken % kPagesPerGrowth == 0) grow(list.count < kReserve / 2);
    while (list.count == 0) {
        if (grow(true)) continue;
        if (list_of(PageKind::Frame).count == 0) (void)reap();
        return retyped_page();
    }
    PageNumber page = list.head;
    unlink_untyped(page);
    return page;
}

Result<void> make_frame(PageNumber page) {
    CPtr object = page_slot(page, Slot::Object);
    CPtr alias_slot = page_slot(page, Slot::Alias);
    seL4_Error error = seL4_CNode_Copy(ke::cspace_root(), alias_slot, ke::kDepth, ke::cspace_root(), object,
                                       ke::kDepth, seL4_AllRights);
    if (error) return fail(ke::from_kernel(error));
    return map_own(alias_slot, kWindowBase + uint64_t{page} * kPageSize, seL4_X86_Default_VMAttributes);
}

Result<void> type_page(PageNumber page, PageKind kind) {
    if (!has_object(kind)) return {};
    seL4_Error error = cspace().retype_into(page_slot(page, Slot::Untyped), object_type(kind), 0,
                                            page_slot(page, Slot::Object));
    if (error) return fail(ke::from_kernel(error));
    return kind == PageKind::Frame ? make_frame(page) : Result<void>();
}

void begin_use(PageNumber page, PageKind kind) {
    page_info(page).kind = static_cast<uint8_t>(kind);
    page_info(page).references = 1;
    page_info(page).previous = kUnpromised;
}

// Gives an unlisted page of no type a kind and its first user; on failure it is free again.
Result<void> become(PageNumber page, PageKind kind) {
    if (Result<void> typed = type_page(page, kind); !typed) {
        untype(page);
        push_untyped(page);
        return typed.failure();
    }
    begin_use(page, kind);
    return {};
}

}  // namespace

void add_free_page(PageNumber page) {
    push_untyped(page);
}

void set_boot_image(uint64_t start, uint64_t first_frame) {
    image_start_address = start;
    image_frames_start = first_frame;
}

Result<PageNumber> take_page(PageKind kind) {
    PageNumber page = has_object(kind) ? pop(kind) : kNoFrame;
    if (page != kNoFrame) {
        if (kind == PageKind::Frame) memset(alias(page), 0, kPageSize);
        page_info(page).references = 1;
        page_info(page).previous = kUnpromised;
        return page;
    }
    page = untyped_page();
    if (page == kNoFrame) {
        log.warning("RAM is used up");
        return fail(STATUS_NO_MEMORY);
    }
    TRY(become(page, kind));
    return page;
}

void give_page(PageNumber page) {
    PageKind kind = kind_of(page_info(page));
    if (has_object(kind)) return push(page, kind);
    untype(page);
    push_untyped(page);
}

Result<FrameNumber> allocate_frame() {
    return take_page(PageKind::Frame);
}

namespace {

// A slice of what the dead still have comes back. False: they have nothing more.
bool relieve() {
    return reap() || ke::Pacer::instance().relieve();
}

}  // namespace

bool memory_is_short() {
    return !may_take(1);
}

// What the dead still have comes first.
Result<FrameNumber> allocate_client_frame() {
    for (ke::Slice slice; memory_is_short();) {
        if (slice.over()) return fail(later());
        if (!relieve() && memory_is_short()) return fail(STATUS_NO_MEMORY);
    }
    return allocate_frame();
}

// It may still be with the dead, some of whose pages others hold as well.
Result<FrameNumber> allocate_promised_frame() {
    for (ke::Slice slice; free_pages + unused_pages() == 0;) {
        if (slice.over()) return fail(later());
        if (!relieve()) break;
    }
    FrameNumber frame = TRY(allocate_frame());
    page_info(frame).previous = kPromised;
    promises_kept(1);
    return frame;
}

namespace {

void end_promise(FrameNumber frame) {
    if (page_info(frame).previous != kPromised) return;
    page_info(frame).previous = kUnpromised;
    promises_kept(-1);
}

}  // namespace

void release_promised_frame(FrameNumber frame) {
    if (frame & kBootFrame) return;
    end_promise(frame);
    release_frame(frame);
}

void add_frame(FrameNumber frame) {
    if (!(frame & kBootFrame)) ++page_info(frame).references;
}

void release_frame(FrameNumber frame) {
    if (frame & kBootFrame) return;
    ASSERT(page_info(frame).references > 0);
    if (--page_info(frame).references > 0) return;
    end_promise(frame);
    give_page(frame);
}

uint32_t frame_references(FrameNumber frame) {
    return frame & kBootFrame ? 1 : page_info(frame).references;
}

uint8_t* alias(FrameNumber frame) {
    uint64_t address = frame & kBootFrame ? image_start_address + uint64_t{frame & ~kBootFrame} * kPageSize
                                          : kWindowBase + uint64_t{frame} * kPageSize;
    return reinterpret_cast<uint8_t*>(address);
}

FrameNumber boot_frame(const void* address) {
    uint64_t offset = reinterpret_cast<uint64_t>(address) - image_start_address;
    ASSERT(is_aligned(offset, kPageSize));
    return kBootFrame | static_cast<FrameNumber>(offset / kPageSize);
}

CPtr frame_capability(FrameNumber frame) {
    return frame & kBootFrame ? image_frames_start + (frame & ~kBootFrame) : page_slot(frame, Slot::Object);
}

bool is_untyped(PageNumber page) {
    return page_info(page).listed;
}

void claim_untyped(PageNumber page) {
    unlink_untyped(page);
}

Result<void> make_claimed(PageNumber page) {
    if (Result<void> typed = type_page(page, PageKind::Frame); !typed) {
        untype(page);
        return typed.failure();
    }
    begin_use(page, PageKind::Frame);
    return {};
}

bool untype_free_page() {
    PageNumber page = retyped_page();
    if (page == kNoFrame) return false;
    push_untyped(page);
    return true;
}

uint64_t free_page_count() {
    return unused_pages() + free_pages;
}

MemoryCounts memory_counts() {
    return {source_pages(), free_page_count()};
}

}  // namespace mm
