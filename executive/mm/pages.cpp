// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/pages.hpp"

#include <string.h>

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/chunks.hpp"

namespace mm {

namespace {

struct FreeList {
    PageNumber head = kNoFrame;
    uint32_t count = 0;
};

constinit FreeList free_lists[static_cast<unsigned>(PageKind::Count)];
constinit uint64_t image_start_address;
constinit uint64_t image_frames_start;

FreeList& list_of(PageKind kind) {
    return free_lists[static_cast<unsigned>(kind)];
}

void push(PageNumber page, PageKind kind) {
    PageInfo& info = page_info(page);
    info.kind = kind;
    info.free_untyped = kind == PageKind::Untyped;
    info.next_free = list_of(kind).head;
    list_of(kind).head = page;
    ++list_of(kind).count;
}

PageNumber pop(PageKind kind) {
    FreeList& list = list_of(kind);
    PageNumber page = list.head;
    if (page == kNoFrame) return kNoFrame;
    list.head = page_info(page).next_free;
    page_info(page).free_untyped = false;
    --list.count;
    return page;
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
    page_info(page).kind = PageKind::Untyped;
}

// A page of no type: a free one, one from a new chunk, or one whose kind has too many free.
PageNumber untyped_page() {
    if (PageNumber page = pop(PageKind::Untyped)) return page;
    if (add_chunk()) return pop(PageKind::Untyped);
    // Frames last: they are the common need.
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

}  // namespace

void add_free_page(PageNumber page) {
    push(page, PageKind::Untyped);
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
        return page;
    }
    page = untyped_page();
    if (page == kNoFrame) {
        log.warning("RAM is used up");
        return fail(STATUS_NO_MEMORY);
    }
    if (Result<void> typed = type_page(page, kind); !typed) {
        untype(page);
        push(page, PageKind::Untyped);
        return typed.failure();
    }
    page_info(page).kind = kind;
    page_info(page).references = 1;
    return page;
}

void give_page(PageNumber page) {
    PageKind kind = page_info(page).kind;
    if (has_object(kind)) return push(page, kind);
    untype(page);
    push(page, PageKind::Untyped);
}

Result<FrameNumber> allocate_frame() {
    return take_page(PageKind::Frame);
}

void add_frame(FrameNumber frame) {
    if (!(frame & kBootFrame)) ++page_info(frame).references;
}

void release_frame(FrameNumber frame) {
    if (frame & kBootFrame) return;
    ASSERT(page_info(frame).references > 0);
    if (--page_info(frame).references == 0) give_page(frame);
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

// Frames next to each other exist only among pages that have no type yet: taken pages are removed from the
// free list.
Result<FrameNumber> allocate_contiguous(size_t count) {
    if (count == 0 || count > 256) return fail(STATUS_INVALID_PARAMETER);
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (PageNumber first = find_untyped_run(count)) {
            for (PageNumber page = first; page < first + count; ++page) {
                unlink_untyped(page);
                if (Result<void> typed = type_page(page, PageKind::Frame); !typed) return typed.failure();
                page_info(page).kind = PageKind::Frame;
                page_info(page).references = 1;
            }
            return first;
        }
        if (!add_chunk()) break;
    }
    return fail(STATUS_NO_MEMORY);
}

void unlink_untyped(PageNumber page) {
    FreeList& list = list_of(PageKind::Untyped);
    PageNumber* link = &list.head;
    while (*link != page)
        link = &page_info(*link).next_free;
    *link = page_info(page).next_free;
    page_info(page).free_untyped = false;
    --list.count;
}

MemoryCounts memory_counts() {
    MemoryCounts counts{total_pages(), untaken_pages()};
    for (const FreeList& list : free_lists)
        counts.free_pages += list.count;
    return counts;
}

}  // namespace mm
