// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/regf/cells.hpp"

#include "executive/cm/regf/checksum.hpp"

namespace cm::regf {

Result<BaseBlock> Cells::base_block(const Store& file) {
    if (file.size() < kBaseBlock) return fail(STATUS_NOT_REGISTRY_FILE);
    auto block = file.get<BaseBlock>(0);
    if (block.signature != kSignature) return fail(STATUS_NOT_REGISTRY_FILE);
    if (block.checksum != checksum(block)) return fail(STATUS_REGISTRY_CORRUPT);
    if (block.major != 1 || block.minor < 2 || block.minor > 6 || block.type != kTypePrimary ||
        block.format != kFormatMemory)
        return fail(STATUS_NOT_REGISTRY_FILE);
    if (block.bins_size == 0 || block.bins_size % kPage != 0 || block.bins_size > file.size() - kBaseBlock)
        return fail(STATUS_REGISTRY_CORRUPT);
    return block;
}

Result<bool> Cells::look(const ke::Slice& slice, const BaseBlock& block) {
    if (size_ == 0) {
        size_ = block.bins_size;
        TRY(used_->set_size(size_ / 64 + size_t{size_}));
    }
    while (next_ < size_) {
        if (slice.over()) return false;
        if (next_ == bin_end_) {
            auto bin = file_.get<Bin>(kBaseBlock + next_);
            if (bin.signature != kBinSignature || bin.offset != next_) return fail(STATUS_REGISTRY_CORRUPT);
            if (bin.size == 0 || bin.size % kPage != 0 || bin.size > size_ - next_)
                return fail(STATUS_REGISTRY_CORRUPT);
            bin_end_ = next_ + bin.size;
            next_ += sizeof(Bin);
        }
        auto length = file_.get<int32_t>(kBaseBlock + next_);
        uint32_t magnitude = length < 0 ? -static_cast<uint32_t>(length) : static_cast<uint32_t>(length);
        if (magnitude == 0 || magnitude % 8 != 0 || magnitude > bin_end_ - next_)
            return fail(STATUS_REGISTRY_CORRUPT);
        if (length < 0) {
            auto byte = static_cast<uint8_t>(used_->get<uint8_t>(next_ / 64) | 1u << (next_ / 8 % 8));
            TRY(used_->put(next_ / 64, byte));
        }
        next_ += magnitude;
    }
    return true;
}

Result<Cell> Cells::take(uint32_t offset, size_t least) {
    if (offset >= size_ || offset % 8 != 0) return fail(STATUS_REGISTRY_CORRUPT);
    auto byte = used_->get<uint8_t>(offset / 64);
    auto bit = static_cast<uint8_t>(1u << (offset / 8 % 8));
    if (!(byte & bit)) return fail(STATUS_REGISTRY_CORRUPT);
    TRY(used_->put(offset / 64, static_cast<uint8_t>(byte & ~bit)));
    uint32_t length = -static_cast<uint32_t>(file_.get<int32_t>(kBaseBlock + offset));
    Cell cell{kBaseBlock + offset + sizeof(int32_t), static_cast<uint32_t>(length - sizeof(int32_t))};
    if (cell.length < least) return fail(STATUS_REGISTRY_CORRUPT);
    return cell;
}

void* Cells::note(uint32_t offset) const {
    if (offset >= size_ || offset % 8 != 0) return nullptr;
    return used_->get<void*>(place_of_note(offset));
}

Result<void> Cells::set_note(uint32_t offset, void* what) {
    return used_->put(place_of_note(offset), what);
}

}  // namespace cm::regf
