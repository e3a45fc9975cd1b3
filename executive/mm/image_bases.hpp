// SPDX-License-Identifier: GPL-3.0-only
//
// Where images lie that may lie anywhere (IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE): each at a place of its own
// that nobody can foresee, the same in all processes as long as any section of it is there, so that relocated
// pages stay shared. Images whose headers name a base below 4 GiB stay there; the others lie in one GiB that
// is drawn when the system starts. A place takes whole blocks of 2 MiB that no other image has, as long as
// there are such, and no more of them than the image needs, so that a process has no more page tables for it
// than at the base of its headers.
#pragma once

#include <stdint.h>

namespace mm {

// In blocks of 2 MiB, of one of two stretches.
struct ImagePlace {
    uint64_t base = 0;  // 0: none was drawn
    uint16_t first = 0;
    uint16_t blocks = 0;
    uint8_t stretch = 0;
};

// Every image lies at the base that its headers name, and allocations at the lowest free address: what runs
// twice runs alike. For tests and measurements.
void keep_image_bases(bool yes);
// Of an image of `size` bytes. `wide` is IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA: without it an image above
// 4 GiB is moved by up to 16 MiB from where its headers say. None where images keep their bases, or for one
// of 256 MiB and more.
ImagePlace draw_image_place(uint64_t preferred, uint64_t size, bool wide);
void give_back(const ImagePlace& place);

// Where a process begins to look for places from below: at its program's image's own drawing, so that nobody
// can foresee where its stacks and heaps are. Moved by up to 16 MiB, or `wide`, as above, anywhere in the
// first 512 GiB but for the GiB of the images, where there are 16 MiB of memory. ke::kLowestUserAddress where
// images keep their bases.
uint64_t draw_lowest_address(bool wide);

}  // namespace mm
