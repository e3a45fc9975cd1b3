// SPDX-License-Identifier: GPL-3.0-only
//
// Sections: memory that can be mapped into several processes. A data section shows the pages of a control
// area, a file's or its own; an image section lays a PE file out as its headers say. The pages of an image
// are shared between all processes that have it at the same base, until written.
#pragma once

#include "abi/nt/ntmmapi.h"
#include "executive/mm/committed_pages.hpp"
#include "executive/mm/image_pages.hpp"
#include "executive/ob/charge.hpp"

namespace mm {

class Section final : public ob::Object {
public:
    static const ob::Type kType;
    // Without a file: `size` bytes of zeros, rounded up to pages. STATUS_SECTION_TOO_BIG,
    // STATUS_COMMITMENT_LIMIT.
    static Result<Ref<Section>> create_data(uint64_t size, uint32_t protection, uint32_t attributes);
    // Of a file, which is as large as the section, or larger; size 0 means the file's size. Where it may be
    // written, the area's prepare_writing() has come to its end. STATUS_MAPPED_FILE_SIZE_ZERO,
    // STATUS_SECTION_TOO_BIG.
    static Result<Ref<Section>> create_data(uint64_t size, uint32_t protection, uint32_t attributes,
                                            Ref<ControlArea> file);
    // STATUS_INVALID_IMAGE_NOT_MZ, STATUS_INVALID_IMAGE_FORMAT, STATUS_INVALID_IMAGE_PROTECT... The name is
    // for reports.
    static Result<Ref<Section>> create_image(Ref<ControlArea> file, uint32_t protection, uint32_t attributes,
                                             std::u16string_view name);

    // What it has committed, and will, counts in the quota of this client, whoever sees it, as long as it is
    // there. STATUS_QUOTA_EXCEEDED.
    Result<void> charge_to(ke::Client& client);

    // Bytes, 1 to 2^47.
    uint64_t size() const { return size_; }
    uint32_t protection() const { return protection_; }
    uint32_t attributes() const { return attributes_; }
    // May a view of this data section have this protection? One that copies on write needs no right to write.
    bool may_be_viewed(uint32_t protection) const;
    const SECTION_IMAGE_INFORMATION& image_information() const { return image_information_; }
    // Does this offset lie in an executable part of an image?
    bool is_code(uint64_t offset) const;
    // Null for a data section.
    Image* image() const { return image_.get(); }
    // Offset of the image's entry point. REQUIRES: an image section.
    uint32_t entry_point() const;
    // The file's name as it was opened, for MemoryMappedFilenameInformation and fault reports.
    std::u16string_view file_name() const { return file_name_; }
    // Of a data section its own pages, of an image its file's.
    ControlArea& area() const { return *area_; }
    bool has_file() const { return area_->has_file(); }
    // Does writing through a view change the section's pages?
    bool writes() const;

    // May NtExtendSection make it larger?
    bool extensible() const { return !image_ && has_file() && writes(); }
    // REQUIRES: extensible, and the file is so large.
    void extend(uint64_t size);

    // --- commitment, of a data section; pages from 0
    // Are there pages that it has not, or not yet: reserved ones, or those that it may be extended by?
    bool reserves() const { return attributes_ & SEC_RESERVE && !has_file(); }
    bool committed(uint64_t page) const;
    // Behind the last page from `page` on that is as committed as `page`.
    uint64_t committed_end(uint64_t page) const;
    // A step towards having [first, end) committed; how far it came. STATUS_COMMITMENT_LIMIT.
    // REQUIRES: no file; inside the section.
    Result<uint64_t> commit(uint64_t first, uint64_t end);

    // The pages of the image at this distance from the base that its headers name (image_pages.hpp).
    Result<Ref<ImagePages>> image_pages(int64_t delta);
    // The frame of a page of the image where its first view is, or would like to be.
    Result<FrameNumber> image_frame(uint64_t page);

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Section(uint64_t size, uint32_t protection, uint32_t attributes, Ref<ControlArea> area, Ref<Image> image);
    ~Section() override;

    uint64_t size_;
    uint32_t protection_;
    uint32_t attributes_;
    Ref<ControlArea> area_;
    uint64_t charged_ = 0;           // pages, of a section that is committed as a whole
    Own<CommittedPages> committed_;  // of one that is reserved
    ob::Charge charge_;
    Ref<Image> image_;
    Ref<ImagePages> pages_;  // of the image, where its first view is
    SECTION_IMAGE_INFORMATION image_information_{};
    String file_name_;
};

}  // namespace mm
