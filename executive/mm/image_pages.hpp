// SPDX-License-Identifier: GPL-3.0-only
//
// The pages of an image as it is at one base, for all processes that have it there: those that the file can
// show as they are, and copies, relocated, of the others. Pages that are copied on writing are among them as
// long as nobody has written to them and the file shows them. What copies there can be is committed when the
// first view at the base is made, and goes with the last.
#pragma once

#include "base/tree.hpp"
#include "executive/mm/image.hpp"
#include "executive/mm/kept_pages.hpp"

namespace mm {

class ImagePages final : public RefCounted, public TreeLink<ImagePages> {
public:
    // The pages at this distance, in bytes, from the base that the image's headers name. STATUS_NO_MEMORY,
    // STATUS_COMMITMENT_LIMIT. REQUIRES: distance 0, or the image's relocations are known.
    static Result<Ref<ImagePages>> at(Ref<Image> image, int64_t delta);
    int64_t delta() const { return delta_; }
    // Pages that are committed for it: copies, and what they are kept by.
    uint64_t committed() const { return committed_; }
    // The frame of a page of the image, made if need be; the reference stays with these.
    // STATUS_IN_PAGE_ERROR with a ke::PageIn: a page of the file has to come first.
    Result<FrameNumber> frame(uint32_t page);
    // The same if it has been made, else kNoFrame.
    FrameNumber kept(uint32_t page) const { return pages_->store.find(page); }
    // The content of a page that a process gets a copy of. One that relocations change is relocated once for
    // all, and kept. The same status.
    Result<void> fill(uint32_t page, std::span<uint8_t> out);

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    ImagePages(Ref<Image> image, int64_t delta, Own<KeptPages> pages);
    ~ImagePages() override;
    Result<FrameNumber> copy(uint32_t page);

    Ref<Image> image_;
    int64_t delta_;
    uint64_t committed_ = 0;
    uint64_t copies_left_ = 0;  // committed and not made yet
    Own<KeptPages> pages_;
};

}  // namespace mm
