// SPDX-License-Identifier: GPL-3.0-only
//
// Pages of RAM by number and what each is at the moment. A page number is chunk * 512 + index; its four slots
// in the chunk's CNode are its untyped, its object, its alias (a frame's second capability, mapped in the
// window) and one that belongs to the general slot pool. Free pages are kept by kind, so that the common
// frame -> frame costs no kernel call.
#pragma once

#include "executive/mm/cspace.hpp"
#include "executive/mm/frames.hpp"

namespace mm {

using PageNumber = FrameNumber;

enum class PageKind : uint8_t { Untyped, Frame, PageTable, Directory, Pointer, Root, Thread, Pool, Count };

inline constexpr unsigned kPageBits = 12;
inline constexpr unsigned kChunkPageBits = 9;
inline constexpr unsigned kChunkPages = 1u << kChunkPageBits;
inline constexpr unsigned kSlotsPerPageBits = 2;

enum class Slot : uint8_t { Untyped, Object, Alias, Spare };

CPtr page_slot(PageNumber page, Slot slot);

// A page of this kind, its object unmapped. Frames are zeroed; others are as the kernel made them.
Result<PageNumber> take_page(PageKind kind);
// REQUIRES: nothing is mapped through it any more and no copy of its capabilities is left.
void give_page(PageNumber page);
// A page that has no type yet and belongs to nobody.
void add_free_page(PageNumber page);
// Where the boot image is mapped and the slot of its first frame. Once.
void set_boot_image(uint64_t start, uint64_t first_frame);

// The capability of a frame for its first mapping (RAM) or to copy from (boot image).
CPtr frame_capability(FrameNumber frame);

// Maps a frame capability into the Executive's own space, with paging objects as needed.
Result<void> map_own(CPtr frame, uint64_t address, seL4_Word attributes);

inline constexpr uint64_t kWindowBase = 0x200000000000;
inline constexpr uint64_t kHeapBase = 0x300000000000;
inline constexpr uint64_t kDeviceBase = 0x400000000000;
inline constexpr uint64_t kHelperBase = 0x600000000000;

}  // namespace mm
