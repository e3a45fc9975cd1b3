// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/section.hpp"

#include <string.h>

#include "base/bits.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/image.hpp"
#include "executive/mm/kept_pages.hpp"
#include "executive/mm/pages.hpp"
#include "executive/mm/region.hpp"

namespace mm {

namespace {

// No view can show more.
constexpr uint64_t kLargestSection = uint64_t{1} << 47;

}  // namespace

constinit const ob::Type Section::kType = {
    u"Section",
    {STANDARD_RIGHTS_READ | SECTION_QUERY | SECTION_MAP_READ, STANDARD_RIGHTS_WRITE | SECTION_MAP_WRITE,
     STANDARD_RIGHTS_EXECUTE | SECTION_MAP_EXECUTE, SECTION_ALL_ACCESS},
    SECTION_ALL_ACCESS | SYNCHRONIZE | SECTION_MAP_EXECUTE_EXPLICIT,
};

Section::Section(uint64_t size, uint32_t protection, uint32_t attributes, Ref<Backing> backing,
                 Own<KeptPages> pages)
    : Object(kType),
      size_(size),
      protection_(protection),
      attributes_(attributes),
      backing_(std::move(backing)),
      pages_(std::move(pages)) {}

Section::~Section() {
    uncommit_pages(committed_);
    bury(std::move(pages_));
}

Result<Ref<Section>> Section::create(uint64_t size, uint32_t protection, uint32_t attributes,
                                     Ref<Backing> backing) {
    if (memory_is_short()) return fail(STATUS_NO_MEMORY);
    Own<KeptPages> pages = TRY(make_own<KeptPages>());
    return make_ref<Section>(size, protection, attributes, std::move(backing), std::move(pages));
}

// Memory that is not a file's is promised when it is asked for, unless it is only reserved.
Result<void> Section::commit(uint64_t size) {
    if (backing_ || (attributes_ & SEC_RESERVE)) return {};
    uint64_t pages = align_up(size, kPageSize) / kPageSize;
    TRY(commit_pages(pages - committed_));
    committed_ = pages;
    return {};
}

Result<Ref<Section>> Section::create_data(uint64_t size, uint32_t protection, uint32_t attributes,
                                          Ref<Backing> backing) {
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (backing && size == 0) size = backing->size();
    if (size == 0) return fail(backing ? STATUS_MAPPED_FILE_SIZE_ZERO : STATUS_INVALID_PARAMETER_4);
    if (size > kLargestSection) return fail(STATUS_SECTION_TOO_BIG);
    if (backing && size > align_up(backing->size(), kPageSize) && !can_write(protection))
        return fail(STATUS_SECTION_TOO_BIG);
    Ref<Section> section = TRY(create(size, protection, attributes, std::move(backing)));
    TRY(section->commit(size));
    return section;
}

Result<Ref<Section>> Section::create_image(Ref<Backing> backing, uint32_t protection,
                                           std::u16string_view name) {
    Own<Image> image = TRY(Image::create(backing));
    Ref<Section> section = TRY(create(image->size(), protection, uint32_t{SEC_IMAGE}, std::move(backing)));
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
    TRY(commit(size));
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
    if (page >= align_up(size_, kPageSize) / kPageSize) return fail(STATUS_ACCESS_VIOLATION);
    FrameNumber& slot = *TRY(pages_->store.make(page));
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
    FrameNumber frame = TRY(allocate_client_frame());
    if (Result<void> filled = fill(frame, page); !filled) {
        release_frame(frame);
        return filled.failure();
    }
    return slot = frame;
}

uint64_t Section::next_page(uint64_t from, uint64_t end) const {
    return pages_->store.next(from, end);
}

Result<void> Section::write_back(uint64_t page) {
    FrameNumber frame = pages_->store.find(page);
    uint64_t offset = page * kPageSize;
    if (frame == kNoFrame || !backing_ || offset >= backing_->size()) return {};
    uint64_t left = backing_->size() - offset;
    return backing_->write_back(offset, {alias(frame), left < kPageSize ? left : kPageSize});
}

}  // namespace mm
