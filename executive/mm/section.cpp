// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/section.hpp"

#include <string.h>

#include "base/bits.hpp"
#include "executive/mm/image.hpp"
#include "executive/mm/pages.hpp"
#include "executive/mm/region.hpp"

namespace mm {

namespace {

// The record of a section's frames is one allocation.
constexpr uint64_t kLargestSection = uint64_t{16} << 30;

}  // namespace

constinit const ob::Type Section::kType = {
    u"Section",
    {STANDARD_RIGHTS_READ | SECTION_QUERY | SECTION_MAP_READ, STANDARD_RIGHTS_WRITE | SECTION_MAP_WRITE,
     STANDARD_RIGHTS_EXECUTE | SECTION_MAP_EXECUTE, SECTION_ALL_ACCESS},
    SECTION_ALL_ACCESS | SYNCHRONIZE | SECTION_MAP_EXECUTE_EXPLICIT,
};

Section::Section(uint64_t size, uint32_t protection, uint32_t attributes, Ref<Backing> backing)
    : Object(kType),
      size_(size),
      protection_(protection),
      attributes_(attributes),
      backing_(std::move(backing)) {}

Section::~Section() {
    for (FrameNumber frame : frames_)
        if (frame != kNoFrame) release_frame(frame);
}

Result<Ref<Section>> Section::create_data(uint64_t size, uint32_t protection, uint32_t attributes,
                                          Ref<Backing> backing) {
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (backing && size == 0) size = backing->size();
    if (size == 0) return fail(backing ? STATUS_MAPPED_FILE_SIZE_ZERO : STATUS_INVALID_PARAMETER_4);
    if (size > kLargestSection) return fail(STATUS_SECTION_TOO_BIG);
    if (backing && size > align_up(backing->size(), kPageSize) && !can_write(protection))
        return fail(STATUS_SECTION_TOO_BIG);
    Ref<Section> section = TRY(make_ref<Section>(size, protection, attributes, std::move(backing)));
    TRY(section->frames_.resize(align_up(size, kPageSize) / kPageSize));
    return section;
}

Result<Ref<Section>> Section::create_image(Ref<Backing> backing, uint32_t protection,
                                           std::u16string_view name) {
    Own<Image> image = TRY(Image::create(backing));
    Ref<Section> section =
        TRY(make_ref<Section>(image->size(), protection, uint32_t{SEC_IMAGE}, std::move(backing)));
    TRY(section->frames_.resize(align_up(image->size(), kPageSize) / kPageSize));
    section->file_name_ = TRY(String::create(name));
    section->image_information_ = image->information();
    section->image_ = std::move(image);
    return section;
}

bool Section::is_code(uint64_t offset) const {
    if (!image_ || offset >= size_) return false;
    uint64_t page = offset / kPageSize;
    for (const ImagePart& part : image_->parts())
        if (page >= part.first_page && page - part.first_page < part.pages)
            return can_execute(part.protection);
    return false;
}

bool Section::may_be_viewed(uint32_t protection) const {
    protection &= ~uint32_t{PAGE_GUARD};
    if (can_execute(protection) && !can_execute(protection_)) return false;
    if (!can_write(protection) || copy_on_write(protection)) return true;
    return can_write(protection_) && !copy_on_write(protection_);
}

Result<void> Section::extend(uint64_t size) {
    if (size <= size_) return {};
    if (backing_ || size > kLargestSection) return fail(STATUS_SECTION_NOT_EXTENDED);
    TRY(frames_.resize(align_up(size, kPageSize) / kPageSize));
    size_ = size;
    return {};
}

uint32_t Section::entry_point() const {
    return image_->entry_point();
}

Result<void> Section::fill(FrameNumber frame, uint64_t page) {
    std::span<uint8_t> bytes(alias(frame), kPageSize);
    if (image_) return image_->fill(static_cast<uint32_t>(page), image_->delta(), bytes);
    if (!backing_ || page * kPageSize >= backing_->size()) return {};
    uint64_t left = backing_->size() - page * kPageSize;
    return backing_->read_now(page * kPageSize, bytes.first(left < kPageSize ? left : kPageSize));
}

Result<FrameNumber> Section::frame(uint64_t page) {
    if (page >= frames_.size()) return fail(STATUS_ACCESS_VIOLATION);
    FrameNumber& slot = frames_[page];
    if (slot != kNoFrame) return slot;
    if (backing_) {
        FrameNumber resident =
            image_ ? image_->resident(static_cast<uint32_t>(page)) : backing_->resident_page(page);
        // The boot image itself is never written: a writable view gets a copy.
        bool written =
            !image_ && can_write(protection_) && !copy_on_write(protection_) && (resident & kBootFrame);
        if (resident != kNoFrame && !written) {
            add_frame(resident);
            return slot = resident;
        }
    }
    FrameNumber frame = TRY(allocate_frame());
    if (Result<void> filled = fill(frame, page); !filled) {
        release_frame(frame);
        return filled.failure();
    }
    return slot = frame;
}

Result<void> Section::write_back(uint64_t page) {
    if (page >= frames_.size() || frames_[page] == kNoFrame || !backing_) return {};
    uint64_t offset = page * kPageSize;
    if (offset >= backing_->size()) return {};
    uint64_t left = backing_->size() - offset;
    return backing_->write_back(offset, {alias(frames_[page]), left < kPageSize ? left : kPageSize});
}

}  // namespace mm
