// SPDX-License-Identifier: GPL-3.0-only
//
// Sections: memory that can be mapped into several processes. A data section has frames filled with zeros (no
// backing) or from a file; an image section lays a PE file out as its headers say, relocated once for the
// address it is given at its first mapping, its pages shared between processes until written.
#pragma once

#include "abi/nt/ntmmapi.h"
#include "base/vector.hpp"
#include "executive/mm/backing.hpp"
#include "executive/ob/object.hpp"

namespace mm {

class Image;
struct KeptPages;

class Section final : public ob::Object {
public:
    static const ob::Type kType;
    // No backing: `size` bytes of zeros (SEC_COMMIT or SEC_RESERVE). With a backing: size 0 means the file's
    // size.
    static Result<Ref<Section>> create_data(uint64_t size, uint32_t protection, uint32_t attributes,
                                            Ref<Backing> backing);
    // STATUS_INVALID_IMAGE_NOT_MZ, STATUS_INVALID_IMAGE_FORMAT, STATUS_INVALID_IMAGE_PROTECT... The name is
    // for reports.
    static Result<Ref<Section>> create_image(Ref<Backing> backing, uint32_t protection,
                                             std::u16string_view name);

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
    // Makes a data section without a file larger. STATUS_SECTION_NOT_EXTENDED.
    Result<void> extend(uint64_t size);
    // Offset of the image's entry point. REQUIRES: an image section.
    uint32_t entry_point() const;
    // The file's name as it was opened, for MemoryMappedFilenameInformation and fault reports.
    std::u16string_view file_name() const { return file_name_; }

    // The frame of page `page` (of the section, from 0), made if need be; the reference stays the section's.
    // STATUS_PENDING: fetch() first.
    Result<FrameNumber> frame(uint64_t page);
    // A page that may have changed goes to the file; one that never came from it does not.
    Result<void> write_back(uint64_t page);
    // The first page >= `from` and < `end` that may have a frame, or `end`; as PageStore::next().
    uint64_t next_page(uint64_t from, uint64_t end) const;
    Backing* backing() const { return backing_.get(); }

private:
    friend class AddressSpace;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Section(uint64_t size, uint32_t protection, uint32_t attributes, Ref<Backing> backing,
            Own<KeptPages> pages);
    ~Section() override;
    static Result<Ref<Section>> create(uint64_t size, uint32_t protection, uint32_t attributes,
                                       Ref<Backing> backing);
    Result<void> commit(uint64_t size);
    Result<void> fill(FrameNumber frame, uint64_t page);

    uint64_t size_;
    uint32_t protection_;
    uint32_t attributes_;
    Ref<Backing> backing_;
    Own<KeptPages> pages_;
    uint64_t committed_ = 0;  // pages charged
    Own<Image> image_;
    SECTION_IMAGE_INFORMATION image_information_{};
    String file_name_;
};

}  // namespace mm
