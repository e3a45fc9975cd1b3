// SPDX-License-Identifier: GPL-3.0-only
//
// A PE file as image sections see it: where each page's bytes come from, its protection, and the
// relocations. All headers are checked once, when the image is created; nothing in the file is trusted after
// that. All sections of a file have one, as long as nobody can write the file.
#pragma once

#include <span>

#include "abi/nt/ntmmapi.h"
#include "base/ref.hpp"
#include "base/tree.hpp"
#include "base/vector.hpp"
#include "executive/mm/control_area.hpp"
#include "executive/mm/image_bases.hpp"

namespace mm {

// The headers, or one section of the file.
struct ImagePart {
    uint32_t first_page;
    uint32_t pages;
    uint32_t protection;
    uint32_t raw_offset;
    uint32_t raw_size;  // bytes of the file; zeros behind
};

class ImagePages;
struct DeltaOfPages {
    int64_t operator()(const ImagePages& pages) const;
};

class Image final : public RefCounted {
public:
    // The one that the file has already, or a new one. One that is not to be executed (SEC_IMAGE_NO_EXECUTE)
    // is always new. One for 32-bit processors is made too, for its resources. STATUS_INVALID_IMAGE_NOT_MZ,
    // STATUS_INVALID_IMAGE_FORMAT. Here and below STATUS_IN_PAGE_ERROR with a ke::PageIn: a page of
    // the file has to come first.
    static Result<Ref<Image>> of(Ref<ControlArea> file, bool executable);

    // The base that the headers name.
    uint64_t preferred_base() const { return preferred_base_; }
    // How far from it the image lies as all see it: what its section says and where a view is not said to be
    // moved. 0 but for an image whose place was drawn.
    int64_t own_delta() const { return own_delta_; }
    uint64_t size() const { return size_; }
    // It has no relocations and runs at its preferred base alone: views elsewhere show it as it is.
    bool fixed() const { return fixed_; }
    std::span<const ImagePart> parts() const { return parts_.span(); }
    const SECTION_IMAGE_INFORMATION& information() const { return information_; }
    uint32_t entry_point() const { return entry_point_; }

    // How far from its preferred base the first view was, or where its place was drawn: others go there too
    // if they can, so that they share its pages.
    int64_t delta() const { return delta_; }
    void settle(int64_t delta) {
        if (settled_) return;
        settled_ = true;
        delta_ = delta;
    }
    // Looks through the relocations, a slice at a time: true when it knows them all. An image without any has
    // nothing to relocate. STATUS_INVALID_IMAGE_FORMAT.
    Result<bool> prepare_relocation();
    // The page as it is at this distance from the preferred base.
    Result<void> fill(uint32_t page, int64_t delta, std::span<uint8_t> out) const;
    // Pages that all processes at this distance share and that the file cannot show as they are.
    uint64_t own_pages(int64_t delta) const;
    // Do relocations change the page wherever it is not at its preferred base?
    bool relocates(uint32_t page) const { return !fixed_ && has_relocations(page); }
    // A frame of the file that is the page at this distance already and stays so, or kNoFrame.
    FrameNumber unchanging(uint32_t page, int64_t delta) const;
    // What views there are at each base.
    Tree<ImagePages, ImagePages, DeltaOfPages>& bases() { return bases_; }

private:
    friend class ImageParser;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit Image(Ref<ControlArea> file) : file_(std::move(file)) {}
    ~Image() override;
    void forbid_execution();
    void draw_place();
    const ImagePart* part_of(uint32_t page) const;
    Result<void> relocate(uint32_t page, int64_t delta, std::span<uint8_t> out) const;
    Result<void> apply(uint32_t block_page, uint32_t page, int64_t delta, std::span<uint8_t> out) const;
    Result<void> apply_entry(uint16_t entry, uint32_t block_rva, uint32_t page, int64_t delta,
                             std::span<uint8_t> out) const;
    bool has_relocations(uint32_t page) const;
    bool shown_by_file(uint32_t page) const;
    bool copied_when_written(uint32_t page) const;
    void count_relocated(uint32_t page);
    Result<void> check_entries(uint32_t rva, uint32_t block_offset, uint32_t count) const;
    Result<void> add_block(uint32_t page, uint32_t entries);
    Result<void> read(uint32_t rva, std::span<uint8_t> out) const;

    Ref<ControlArea> file_;
    uint64_t preferred_base_ = 0;
    uint64_t size_ = 0;
    uint32_t entry_point_ = 0;
    uint32_t image_base_offset_ = 0;  // of OptionalHeader.ImageBase
    uint32_t image_base_width_ = sizeof(uint64_t);
    bool fixed_ = false;
    uint32_t relocation_rva_ = 0;
    uint32_t relocation_size_ = 0;
    bool settled_ = false;
    int64_t delta_ = 0;
    int64_t own_delta_ = 0;
    ImagePlace place_;
    Vector<ImagePart> parts_;
    // Of the relocations: how many bytes have been looked through; of the block looked at last, its page and
    // the entries for that page so far.
    uint32_t known_ = 0;
    uint32_t last_page_ = ~0u;
    uint32_t last_entries_ = 0;
    PageStore blocks_{PageStore::Of::Numbers};  // by page: 1 + the offset of its first block
    uint64_t relocated_copies_ = 0;             // and of those that are copied on writing
    uint64_t relocated_ = 0;  // pages that they change, of those that are shared and that the file shows
    Tree<ImagePages, ImagePages, DeltaOfPages> bases_;
    SECTION_IMAGE_INFORMATION information_{};
};

}  // namespace mm
