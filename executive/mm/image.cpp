// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/image.hpp"

#include <string.h>

#include <algorithm>

#include "abi/nt/ntimage.h"
#include "base/bits.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/region.hpp"

namespace mm {

namespace {

constexpr uint32_t kPage = static_cast<uint32_t>(kPageSize);
constexpr uint32_t kLargestRelocations = 16u << 20;
// Relocations of one page: every fourth byte could be the address of something.
constexpr uint32_t kMostEntries = 1024;

// The bytes that one of a kind changes; -1 for a kind that this machine does not have.
int width_of(unsigned type) {
    switch (type) {
        case IMAGE_REL_BASED_ABSOLUTE:
            return 0;
        case IMAGE_REL_BASED_HIGH:
        case IMAGE_REL_BASED_LOW:
            return 2;
        case IMAGE_REL_BASED_HIGHLOW:
            return 4;
        case IMAGE_REL_BASED_DIR64:
            return 8;
        default:
            return -1;
    }
}

struct BlockHeader {
    uint32_t rva;
    uint32_t size;  // with this header
};

template <typename T>
T load(const uint8_t* at) {
    T value;
    memcpy(&value, at, sizeof value);
    return value;
}

}  // namespace

const ImagePart* Image::part_of(uint32_t page) const {
    for (const ImagePart& part : parts_)
        if (page >= part.first_page && page - part.first_page < part.pages) return &part;
    return nullptr;
}

Result<void> Image::read(uint32_t rva, std::span<uint8_t> out) const {
    for (size_t done = 0; done < out.size();) {
        uint32_t at = rva + static_cast<uint32_t>(done);
        const ImagePart* part = part_of(at / kPage);
        if (!part) return fail(STATUS_INVALID_IMAGE_FORMAT);
        uint32_t offset = at - part->first_page * kPage;
        if (offset >= part->raw_size) return fail(STATUS_INVALID_IMAGE_FORMAT);
        size_t count = std::min<size_t>(out.size() - done, part->raw_size - offset);
        if (!file_->read(uint64_t{part->raw_offset} + offset, out.subspan(done, count)))
            return fail(file_->absent(file_->missed()));
        done += count;
    }
    return {};
}

void Image::forbid_execution() {
    for (ImagePart& part : parts_)
        part.protection = part.protection == PAGE_EXECUTE_WRITECOPY ? uint32_t{PAGE_WRITECOPY}
                          : can_execute(part.protection)            ? uint32_t{PAGE_READONLY}
                                                                    : part.protection;
}

// One that may lie anywhere. Without a relocation, unless they were stripped, it has nothing to relocate.
void Image::draw_place() {
    if (fixed_ || !(information_.DllCharacteristics & IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE)) return;
    bool wide = (information_.DllCharacteristics & IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA) &&
                (information_.ImageCharacteristics & IMAGE_FILE_LARGE_ADDRESS_AWARE);
    place_ = draw_image_place(preferred_base_, size_, wide);
    if (place_.base == 0) return;
    own_delta_ = static_cast<int64_t>(place_.base - preferred_base_);
    information_.TransferAddress = reinterpret_cast<PVOID>(place_.base + entry_point_);
    settle(own_delta_);
}

Result<bool> Image::prepare_relocation() {
    if (relocation_rva_ == 0 || fixed_) return true;
    if (relocation_size_ > kLargestRelocations || !range_fits(relocation_rva_, relocation_size_, size_))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    ke::Slice slice;
    while (relocation_size_ - known_ >= sizeof(BlockHeader)) {
        if (slice.over()) return false;
        BlockHeader header;
        TRY(read(relocation_rva_ + known_, {reinterpret_cast<uint8_t*>(&header), sizeof header}));
        if (header.size == 0) break;
        if (header.size < sizeof(BlockHeader) || header.size > relocation_size_ - known_ ||
            header.rva >= size_)
            return fail(STATUS_INVALID_IMAGE_FORMAT);
        TRY(check_entries(relocation_rva_ + known_ + static_cast<uint32_t>(sizeof header), header.rva % kPage,
                          (header.size - static_cast<uint32_t>(sizeof header)) / 2));
        TRY(add_block(header.rva / kPage, (header.size - static_cast<uint32_t>(sizeof header)) / 2));
        known_ += header.size;
    }
    return true;
}

// Each is of a kind that is known, and reaches no further than into the page behind that of its block.
Result<void> Image::check_entries(uint32_t rva, uint32_t block_offset, uint32_t count) const {
    if (count > kMostEntries) return fail(STATUS_INVALID_IMAGE_FORMAT);
    uint16_t entries[64];
    for (uint32_t done = 0; done < count;) {
        uint32_t part = std::min<uint32_t>(count - done, 64);
        size_t bytes = part * sizeof(uint16_t);
        TRY(read(rva + done * 2, {reinterpret_cast<uint8_t*>(entries), bytes}));
        for (uint32_t i = 0; i < part; ++i) {
            int width = width_of(entries[i] >> 12);
            if (width < 0 || block_offset + (entries[i] & 0xfff) + static_cast<uint32_t>(width) > 2 * kPage)
                return fail(STATUS_INVALID_IMAGE_FORMAT);
        }
        done += part;
    }
    return {};
}

// The blocks of a page lie one behind the other, as linkers write them, and have no more entries than a page
// has use for: what bringing in one page may take is bounded.
Result<void> Image::add_block(uint32_t page, uint32_t entries) {
    bool known = has_relocations(page), next_known = has_relocations(page + 1);
    FrameNumber& first = *TRY(blocks_.make(page));
    if (first != 0 && page != last_page_) return fail(STATUS_INVALID_IMAGE_FORMAT);
    last_entries_ = (first == 0 ? 0 : last_entries_) + entries;
    if (last_entries_ > kMostEntries) return fail(STATUS_INVALID_IMAGE_FORMAT);
    if (first == 0) first = 1 + known_;
    last_page_ = page;
    if (!known) count_relocated(page);
    if (!next_known) count_relocated(page + 1);
    return {};
}

bool Image::has_relocations(uint32_t page) const {
    // An entry of the page before may reach into this one.
    return blocks_.find(page) != 0 || (page > 0 && blocks_.find(page - 1) != 0);
}

// Applies one entry as far as its bytes lie in `page`.
Result<void> Image::apply_entry(uint16_t entry, uint32_t block_rva, uint32_t page, int64_t delta,
                                std::span<uint8_t> out) const {
    unsigned type = entry >> 12;
    unsigned width = static_cast<unsigned>(std::max(width_of(type), 0));
    int64_t at = int64_t{block_rva} + (entry & 0xfff) - int64_t{page} * kPage;
    if (width == 0 || at >= int64_t{kPage} || at + width <= 0) return {};
    // A target across a page boundary is added to as a whole, from the file, and stored in part.
    uint8_t bytes[8] = {};
    bool inside = at >= 0 && at + width <= kPage;
    uint32_t rva = page * kPage + static_cast<uint32_t>(at);
    if (inside) {
        memcpy(bytes, &out[static_cast<size_t>(at)], width);
    } else {
        TRY(read(rva, {bytes, width}));
    }
    uint64_t distance = static_cast<uint64_t>(delta) >> (type == IMAGE_REL_BASED_HIGH ? 16 : 0);
    uint64_t value = load<uint64_t>(bytes) + distance;
    memcpy(bytes, &value, width);
    for (unsigned byte = 0; byte < width; ++byte)
        if (at + byte >= 0 && at + byte < kPage) out[static_cast<size_t>(at + byte)] = bytes[byte];
    return {};
}

// Applies the blocks of one page. The file may be another than it was when it was checked: what does not make
// sense is not applied.
Result<void> Image::apply(uint32_t block_page, uint32_t page, int64_t delta, std::span<uint8_t> out) const {
    uint32_t offset = blocks_.find(block_page);
    if (offset == 0) return {};
    uint32_t left = kMostEntries;
    for (--offset; known_ - offset >= sizeof(BlockHeader);) {
        BlockHeader header;
        TRY(read(relocation_rva_ + offset, {reinterpret_cast<uint8_t*>(&header), sizeof header}));
        if (header.rva / kPage != block_page || header.size < sizeof header || header.size > known_ - offset)
            return {};
        for (uint32_t done = sizeof header; header.size - done >= sizeof(uint16_t);) {
            uint16_t entries[64];
            uint32_t count = std::min<uint32_t>((header.size - done) / sizeof(uint16_t), 64);
            if (count > left) return {};
            TRY(read(relocation_rva_ + offset + done,
                     {reinterpret_cast<uint8_t*>(entries), count * sizeof(uint16_t)}));
            left -= count;
            for (uint32_t i = 0; i < count; ++i) {
                Result<void> applied = apply_entry(entries[i], header.rva, page, delta, out);
                if (!applied && applied.error() != STATUS_INVALID_IMAGE_FORMAT) return applied;
            }
            done += count * sizeof(uint16_t);
        }
        offset += header.size;
    }
    return {};
}

Result<void> Image::relocate(uint32_t page, int64_t delta, std::span<uint8_t> out) const {
    for (uint32_t block = page > 0 ? page - 1 : 0; block <= page; ++block) {
        Result<void> applied = apply(block, page, delta, out);
        if (!applied && applied.error() != STATUS_INVALID_IMAGE_FORMAT) return applied;
    }
    uint32_t offset = image_base_offset_ - page * kPage;
    if (image_base_offset_ / kPage != page || offset + image_base_width_ > kPage) return {};
    uint64_t base = preferred_base_ + static_cast<uint64_t>(delta);
    memcpy(&out[offset], &base, image_base_width_);
    return {};
}

Result<void> Image::fill(uint32_t page, int64_t delta, std::span<uint8_t> out) const {
    const ImagePart* part = part_of(page);
    uint32_t offset = part ? (page - part->first_page) * kPage : 0;
    if (part && offset < part->raw_size) {
        size_t count = std::min<size_t>(out.size(), part->raw_size - offset);
        if (!file_->read(uint64_t{part->raw_offset} + offset, out.first(count)))
            return fail(file_->absent(file_->missed()));
    }
    if (delta != 0 && !fixed_) return relocate(page, delta, out);
    return {};
}

// Is it a page that is shared, and the file has it as a whole where it could be mapped from?
bool Image::shown_by_file(uint32_t page) const {
    const ImagePart* part = part_of(page);
    return part && !copy_on_write(part->protection) && is_aligned(part->raw_offset, kPageSize) &&
           page - part->first_page < part->raw_size / kPageSize;
}

// The same of a page that each process has a copy of once it has written to it.
bool Image::copied_when_written(uint32_t page) const {
    const ImagePart* part = part_of(page);
    return part && copy_on_write(part->protection);
}

void Image::count_relocated(uint32_t page) {
    relocated_ += shown_by_file(page);
    relocated_copies_ += copied_when_written(page);
}

uint64_t Image::own_pages(int64_t delta) const {
    uint64_t pages = align_up(uint64_t{size()}, kPageSize) / kPageSize;
    for (const ImagePart& part : parts()) {
        if (copy_on_write(part.protection)) {
            pages -= part.pages;
        } else if (is_aligned(part.raw_offset, kPageSize)) {
            pages -= std::min<uint64_t>(part.raw_size / kPageSize, part.pages);
        }
    }
    // Elsewhere the base in the headers is another too.
    return delta == 0 ? pages
                      : pages + relocated_ + relocated_copies_ + shown_by_file(image_base_offset_ / kPage);
}

FrameNumber Image::unchanging(uint32_t page, int64_t delta) const {
    const ImagePart* part = part_of(page);
    if (!part || !is_aligned(part->raw_offset, kPageSize)) return kNoFrame;
    uint32_t offset = (page - part->first_page) * kPage;
    uint64_t at = uint64_t{part->raw_offset} + offset;
    // The rest of the file's last page is zero, so it serves as well.
    bool whole = offset + kPage <= part->raw_size || (offset < part->raw_size && at + kPage > file_->size());
    if (!whole) return kNoFrame;
    if (delta != 0 && !fixed_ && (has_relocations(page) || image_base_offset_ / kPage == page))
        return kNoFrame;
    return file_->unchanging(at / kPageSize);
}

}  // namespace mm
