// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/image.hpp"

#include <string.h>

#include <algorithm>

#include "abi/nt/ntimage.h"
#include "base/bits.hpp"

namespace mm {

namespace {

constexpr uint32_t kPage = static_cast<uint32_t>(kPageSize);
constexpr uint32_t kLargestRelocations = 16u << 20;

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
        TRY(backing_->read_now(uint64_t{part->raw_offset} + offset, out.subspan(done, count)));
        done += count;
    }
    return {};
}

Result<void> Image::prepare_relocation() {
    if (relocations_read_) return {};
    if (relocation_size_ == 0 || relocation_rva_ == 0) {
        relocations_read_ = true;
        return {};
    }
    if (relocation_size_ > kLargestRelocations || !range_fits(relocation_rva_, relocation_size_, size_))
        return fail(STATUS_INVALID_IMAGE_FORMAT);
    Vector<uint8_t> data;
    TRY(data.resize(relocation_size_));
    TRY(read(relocation_rva_, data.span()));
    Vector<Block> blocks;
    for (uint32_t offset = 0; relocation_size_ - offset >= sizeof(BlockHeader);) {
        auto header = load<BlockHeader>(&data[offset]);
        if (header.size == 0) break;
        if (header.size < sizeof(BlockHeader) || header.size > relocation_size_ - offset ||
            header.rva >= size_)
            return fail(STATUS_INVALID_IMAGE_FORMAT);
        uint32_t count = (header.size - static_cast<uint32_t>(sizeof header)) / 2;
        TRY(blocks.push_back({header.rva / kPage, offset + static_cast<uint32_t>(sizeof header), count}));
        offset += header.size;
    }
    std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.page < b.page; });
    relocations_ = std::move(data);
    blocks_ = std::move(blocks);
    relocations_read_ = true;
    return {};
}

size_t Image::first_block(uint32_t page) const {
    return static_cast<size_t>(
        std::lower_bound(blocks_.begin(), blocks_.end(), page,
                         [](const Block& block, uint32_t wanted) { return block.page < wanted; }) -
        blocks_.begin());
}

bool Image::has_relocations(uint32_t page) const {
    // An entry of the page before may reach into this one.
    size_t index = first_block(page > 0 ? page - 1 : 0);
    return index < blocks_.size() && blocks_[index].page <= page;
}

// Applies the entries of one block as far as their bytes lie in `page`.
void Image::apply(const Block& block, uint32_t page, int64_t delta, std::span<uint8_t> out) const {
    for (uint32_t i = 0; i < block.count; ++i) {
        auto entry = load<uint16_t>(&relocations_[block.offset + i * 2]);
        unsigned type = entry >> 12;
        unsigned width = type == IMAGE_REL_BASED_DIR64 ? 8 : type == IMAGE_REL_BASED_HIGHLOW ? 4 : 0;
        if (width == 0) continue;
        int64_t at = int64_t{block.page} * kPage + (entry & 0xfff) - int64_t{page} * kPage;
        if (at >= int64_t{kPage} || at + width <= 0) continue;
        // A target across a page boundary is added to as a whole, from the file, and stored in part.
        uint8_t bytes[8] = {};
        bool inside = at >= 0 && at + width <= kPage;
        uint32_t rva = page * kPage + static_cast<uint32_t>(at);
        if (inside) {
            memcpy(bytes, &out[static_cast<size_t>(at)], width);
        } else if (!read(rva, {bytes, width})) {
            continue;
        }
        uint64_t value = load<uint64_t>(bytes) + static_cast<uint64_t>(delta);
        memcpy(bytes, &value, width);
        for (unsigned byte = 0; byte < width; ++byte)
            if (at + byte >= 0 && at + byte < kPage) out[static_cast<size_t>(at + byte)] = bytes[byte];
    }
}

void Image::relocate(uint32_t page, int64_t delta, std::span<uint8_t> out) const {
    for (size_t i = first_block(page > 0 ? page - 1 : 0); i < blocks_.size() && blocks_[i].page <= page; ++i)
        apply(blocks_[i], page, delta, out);
    uint32_t offset = image_base_offset_ - page * kPage;
    if (image_base_offset_ / kPage != page || offset + 8 > kPage) return;
    uint64_t base = preferred_base_ + static_cast<uint64_t>(delta);
    memcpy(&out[offset], &base, sizeof base);
}

Result<void> Image::fill(uint32_t page, int64_t delta, std::span<uint8_t> out) const {
    const ImagePart* part = part_of(page);
    uint32_t offset = part ? (page - part->first_page) * kPage : 0;
    if (part && offset < part->raw_size) {
        size_t count = std::min<size_t>(out.size(), part->raw_size - offset);
        TRY(backing_->read_now(uint64_t{part->raw_offset} + offset, out.first(count)));
    }
    if (delta != 0) relocate(page, delta, out);
    return {};
}

FrameNumber Image::resident(uint32_t page) const {
    const ImagePart* part = part_of(page);
    if (!part || !is_aligned(part->raw_offset, kPageSize)) return kNoFrame;
    uint32_t offset = (page - part->first_page) * kPage;
    uint64_t at = uint64_t{part->raw_offset} + offset;
    // The rest of the file's last page is zero, so it serves as well.
    bool whole =
        offset + kPage <= part->raw_size || (offset < part->raw_size && at + kPage > backing_->size());
    if (!whole) return kNoFrame;
    if (delta_ != 0 && (has_relocations(page) || image_base_offset_ / kPage == page)) return kNoFrame;
    return backing_->resident_page(at / kPageSize);
}

}  // namespace mm
