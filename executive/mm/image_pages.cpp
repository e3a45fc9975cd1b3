// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/image_pages.hpp"

#include <string.h>

#include "base/bits.hpp"
#include "executive/mm/commitment.hpp"

namespace mm {

int64_t DeltaOfPages::operator()(const ImagePages& pages) const {
    return pages.delta();
}

Result<Ref<ImagePages>> ImagePages::at(Ref<Image> image, int64_t delta) {
    if (ImagePages* there = image->bases().find(delta)) return Ref<ImagePages>(there);
    uint64_t copies = image->own_pages(delta);
    uint64_t nodes = PageStore::node_pages(align_up(image->size(), kPageSize) / kPageSize);
    Own<KeptPages> store = TRY(make_own<KeptPages>());
    Ref<ImagePages> pages = TRY(make_ref<ImagePages>(std::move(image), delta, std::move(store)));
    TRY(commit_pages(copies + nodes));
    pages->committed_ = copies + nodes;
    pages->copies_left_ = copies;
    pages->pages_->store.promise_nodes();
    return pages;
}

ImagePages::ImagePages(Ref<Image> image, int64_t delta, Own<KeptPages> pages)
    : image_(std::move(image)), delta_(delta), pages_(std::move(pages)) {
    image_->bases().insert(*this);
}

ImagePages::~ImagePages() {
    image_->bases().remove(*this);
    uncommit_pages(committed_);
    bury(std::move(pages_));
}

Result<FrameNumber> ImagePages::copy(uint32_t page) {
    bool promised = copies_left_ > 0;
    FrameNumber frame = TRY(promised ? allocate_promised_frame() : allocate_client_frame());
    Result<void> filled = image_->fill(page, delta_, {alias(frame), kPageSize});
    if (!filled) {
        release_frame(frame);
        return filled.failure();
    }
    copies_left_ -= promised;
    return frame;
}

Result<FrameNumber> ImagePages::frame(uint32_t page) {
    FrameNumber& place = *TRY(pages_->store.make(page));
    if (place != kNoFrame) return place;
    FrameNumber shown = image_->unchanging(page, delta_);
    if (shown == kNoFrame) return place = TRY(copy(page));
    add_frame(shown);
    return place = shown;
}

Result<void> ImagePages::fill(uint32_t page, std::span<uint8_t> out) {
    if (delta_ == 0 || !image_->relocates(page)) return image_->fill(page, delta_, out);
    FrameNumber original = TRY(frame(page));
    memcpy(out.data(), alias(original), out.size());
    return {};
}

}  // namespace mm
