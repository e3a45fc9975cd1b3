// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/section.hpp"

#include "base/bits.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/pages.hpp"
#include "executive/mm/region.hpp"

namespace mm {

namespace {

// No view can show more.
constexpr uint64_t kLargestSection = uint64_t{1} << 47;

uint64_t pages_of(uint64_t bytes) {
    return align_up(bytes, kPageSize) / kPageSize;
}

}  // namespace

constinit const ob::Type Section::kType = {
    u"Section",
    {STANDARD_RIGHTS_READ | SECTION_QUERY | SECTION_MAP_READ, STANDARD_RIGHTS_WRITE | SECTION_MAP_WRITE,
     STANDARD_RIGHTS_EXECUTE | SECTION_MAP_EXECUTE, SECTION_ALL_ACCESS},
    SECTION_ALL_ACCESS | SYNCHRONIZE | SECTION_MAP_EXECUTE_EXPLICIT,
};

Section::Section(uint64_t size, uint32_t protection, uint32_t attributes, Ref<ControlArea> area,
                 Ref<Image> image)
    : Object(kType),
      size_(size),
      protection_(protection),
      attributes_(attributes),
      area_(std::move(area)),
      image_(std::move(image)) {
    set_extra_charge(sizeof(Section) + (has_file() ? 0 : sizeof(ControlArea)));
    area_->add_section(static_cast<bool>(image_), !image_ && writes());
}

Section::~Section() {
    area_->remove_section(static_cast<bool>(image_), !image_ && writes());
    uncommit_pages(charged_);
    bury(std::move(committed_));
}

// Memory that is not a file's is promised when it is asked for, unless it is only reserved.
Result<Ref<Section>> Section::create_data(uint64_t size, uint32_t protection, uint32_t attributes) {
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (size == 0) return fail(STATUS_INVALID_PARAMETER_4);
    if (size > kLargestSection) return fail(STATUS_SECTION_TOO_BIG);
    if (memory_is_short()) return fail(attributes & SEC_RESERVE ? STATUS_NO_MEMORY : STATUS_COMMITMENT_LIMIT);
    size = align_up(size, kPageSize);
    Ref<ControlArea> area = TRY(ControlArea::create(nullptr, size));
    Ref<Section> section = TRY(make_ref<Section>(size, protection, attributes, std::move(area), nullptr));
    if (section->reserves()) {
        section->committed_ = TRY(make_own<CommittedPages>());
    } else {
        uint64_t pages = pages_of(size) + PageStore::node_pages(pages_of(size));
        TRY(commit_pages(pages));
        section->charged_ = pages;
        section->area_->promise_nodes();
    }
    return section;
}

Result<Ref<Section>> Section::create_data(uint64_t size, uint32_t protection, uint32_t attributes,
                                          Ref<ControlArea> file) {
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (size == 0) size = file->size();
    if (size == 0) return fail(STATUS_MAPPED_FILE_SIZE_ZERO);
    if (size > kLargestSection || size > file->size()) return fail(STATUS_SECTION_TOO_BIG);
    if (memory_is_short()) return fail(STATUS_NO_MEMORY);
    return make_ref<Section>(size, protection, attributes, std::move(file), nullptr);
}

Result<Ref<Section>> Section::create_image(Ref<ControlArea> file, uint32_t protection, uint32_t attributes,
                                           std::u16string_view name) {
    Ref<Image> image = TRY(Image::of(file, !(attributes & SEC_NOCACHE)));
    if (memory_is_short()) return fail(STATUS_NO_MEMORY);
    String file_name = TRY(String::create(name));
    SECTION_IMAGE_INFORMATION information = image->information();
    uint64_t size = image->size();
    Ref<Section> section =
        TRY(make_ref<Section>(size, protection, attributes, std::move(file), std::move(image)));
    section->file_name_ = std::move(file_name);
    section->image_information_ = information;
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

bool Section::writes() const {
    return can_write(protection_) && !copy_on_write(protection_);
}

bool Section::may_be_viewed(uint32_t protection) const {
    return compatible_protection(protection_, protection);
}

uint32_t Section::entry_point() const {
    return image_->entry_point();
}

void Section::extend(uint64_t size) {
    if (size > size_) size_ = size;
}

bool Section::committed(uint64_t page) const {
    return committed_ ? committed_->contains(page) : page < pages_of(size_);
}

uint64_t Section::committed_end(uint64_t page) const {
    if (committed_) return committed_->run_end(page);
    return page < pages_of(size_) ? pages_of(size_) : UINT64_MAX;
}

Result<void> Section::charge_to(ke::Client& client) {
    charge_ = TRY(ob::Charge::take(client, charged_ * kPageSize));
    return {};
}

Result<uint64_t> Section::commit(uint64_t first, uint64_t end) {
    if (!committed_) return end;
    uint64_t before = committed_->pages();
    end = TRY(committed_->add(first, end));
    charge_.grow((committed_->pages() - before) * kPageSize);
    return end;
}

Result<Ref<ImagePages>> Section::image_pages(int64_t delta) {
    if (pages_ && pages_->delta() == delta) return pages_;
    Ref<ImagePages> pages = TRY(ImagePages::at(image_, delta));
    if (delta == image_->delta()) pages_ = pages;
    return pages;
}

Result<FrameNumber> Section::image_frame(uint64_t page) {
    if (page >= pages_of(size_)) return fail(STATUS_ACCESS_VIOLATION);
    return TRY(image_pages(image_->delta()))->frame(static_cast<uint32_t>(page));
}

}  // namespace mm
