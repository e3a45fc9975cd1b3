// SPDX-License-Identifier: GPL-3.0-only
//
// A control area: the pages of one file stream, or of a section without a file, wherever they are used.
// Cached reads and writes, data sections and, as far as their pages lie so in the file, image sections all
// use these same frames, so there is nothing to keep coherent. The stream holds a reference, and so does each
// section.
//
// Page numbers are offsets / 4096, 0 to 2^40 - 1. Memory is taken for pages that are there, never for sizes.
//
// A page that has to come from a slow backing comes by a Transfer, which whoever needs the page can wait for;
// it ends by itself, whoever has gone meanwhile, and after it everything is looked at again. A page is dirty
// from the first write fault, or write through page(), after it was last written; when a paging write starts,
// a view that can write the page without a fault has made it dirty again. Nothing here waits, but the tasks
// of transfers.
#pragma once

#include "executive/ke/slice.hpp"
#include "executive/mm/area_views.hpp"
#include "executive/mm/backing.hpp"
#include "executive/mm/kept_pages.hpp"

namespace mm {

inline constexpr uint64_t kLargestFile = uint64_t{1} << 52;  // bytes

// Pages on their way from the backing or to it.
class Transfer final : public RefCounted, public TreeLink<Transfer> {
public:
    uint64_t first() const { return first_; }
    unsigned count() const { return count_; }
    uint64_t end() const { return first_ + count_; }
    // With the backing's status; STATUS_IN_PAGE_ERROR never.
    Event& done() { return done_; }

private:
    friend class ControlArea;
    uint64_t first_ = 0;
    unsigned count_ = 0;
    bool begun_ = false;  // its task runs
    FrameNumber frames_[Backing::kMostPages] = {};
    FrameNumber zeros_ = kNoFrame;  // stands in for pages that are not there
    Event done_;
};
struct KeyOfTransfer {
    uint64_t operator()(const Transfer& transfer) const { return transfer.first(); }
};

class Image;

class ControlArea final : public RefCounted {
public:
    enum class Use : uint8_t { Read, Write };

    // Of a file of so many bytes, whose data is valid up to there; or, without a backing, of pages of zeros.
    static Result<Ref<ControlArea>> create(Own<Backing> backing, uint64_t size);
    explicit ControlArea(Own<Backing> backing, uint64_t size, Own<KeptPages> pages);
    ~ControlArea() override;

    // Of a section that is committed as a whole: what its pages are kept by is committed too.
    void promise_nodes() { pages_->store.promise_nodes(); }
    uint64_t size() const { return size_; }
    uint64_t valid_length() const { return valid_; }
    bool has_file() const { return static_cast<bool>(backing_); }
    Backing* backing() const { return backing_.get(); }
    // Are pages dirty after they were written to, and cleaned?
    bool tracks_writes() const { return tracks_writes_; }

    // --- pages
    // What a page holds, for a look: the frame, or kNoFrame where nobody has put anything.
    FrameNumber look(uint64_t page) const {
        FrameNumber entry = pages_->store.find(page);
        if (entry && !(entry & kFetching)) [[likely]]
            return entry & kFrameBits;
        return entry || !backing_ ? kNoFrame : backing_->resident(page);
    }
    // The page's frame, to be mapped or written to; made if need be, dirty from now on if it is for writing.
    // The reference stays the area's. kNoFrame: it must be fetched first. STATUS_NO_MEMORY. REQUIRES: for
    // writing, prepare_writing() has said so; inside the file.
    Result<FrameNumber> page(uint64_t page, Use use) {
        FrameNumber entry = pages_->store.find(page);
        bool known = use == Use::Read || !tracks_writes_ || (entry & kDirty);
        if (entry && known && !(entry & kFetching)) [[likely]]
            return entry & kFrameBits;
        return first_use(page, entry, use);
    }
    // Reads without waiting; bytes behind the file's end are zeros. False: missed() is not there.
    bool read(uint64_t offset, std::span<uint8_t> into) const;
    // The page that read() lacked last.
    uint64_t missed() const { return missed_; }
    // To read a page that somebody is waiting for: the frame, kNoFrame where it is zeros, or as absent().
    Result<FrameNumber> read_page(uint64_t page) {
        FrameNumber frame = look(page);
        if (frame == kNoFrame && tracks_writes_ && page * kPageSize < valid_) return fail(absent(page));
        return frame;
    }
    // The same to write it: a frame.
    Result<FrameNumber> write_page(uint64_t at) {
        Result<FrameNumber> frame = page(at, Use::Write);
        if (frame && *frame == kNoFrame) return fail(absent(at));
        return frame;
    }
    // For an access to a page that is not there: has it fetched, with some of those behind it, and leaves a
    // ke::PageIn. What the access fails with: STATUS_IN_PAGE_ERROR, or why nothing can be fetched.
    NTSTATUS absent(uint64_t page);
    // For an image section that wants the page as it is in the file: a frame that will not change while the
    // image is mapped, or kNoFrame: it takes a copy.
    FrameNumber unchanging(uint64_t page) const { return writers_ == 0 ? look(page) : kNoFrame; }
    // Before the first page() for writing: makes sure that no view shows a frame which writing will not
    // change. Again until it says true; it does a slice each time. STATUS_DISK_FULL.
    Result<bool> prepare_writing() { return hidden_ ? Result<bool>(true) : hide_resident(); }
    // It has said so.
    bool ready_for_writing() const { return hidden_; }

    // --- size. Bytes.
    // STATUS_DISK_FULL, with nothing changed. False: what in_flight() names must end first; then again. What
    // is cut off goes at once, its memory comes back in slices. REQUIRES: no section when it becomes smaller.
    Result<bool> resize(uint64_t size);
    // resize() for who is called again when it can go on: STATUS_IN_PAGE_ERROR with a ke::PageIn instead of
    // false.
    Result<void> resize_or_wait(uint64_t size);
    // A transfer of pages >= `page`, or null.
    Transfer* in_flight(uint64_t page) const;
    void set_valid_length(uint64_t bytes) { valid_ = bytes; }
    // For a section that is larger than the file. STATUS_SECTION_NOT_EXTENDED, STATUS_DISK_FULL.
    [[clang::coro_wrapper]] Task<NTSTATUS> extend(uint64_t bytes) { return backing_->extend(*this, bytes); }

    // --- transfers
    // The transfer that brings in `page` and, if they are missing too, the pages behind it, `most` in all:
    // one that is under way or a new one; over already when there is nothing to bring in.
    Result<Ref<Transfer>> fetch(uint64_t page, unsigned most);
    // Writes what is dirty in [first, end), and waits for what is being written. It does not stop at an
    // error, and ends with the first one; what could not be written is dirty again. REQUIRES: run as a
    // ke::Job, which goes on when whoever waits for it has gone.
    Task<NTSTATUS> clean(uint64_t first, uint64_t end);
    bool is_dirty(uint64_t page) const { return (pages_->store.find(page) & kDirty) != 0; }
    // Lets go of clean pages in [first, end) that nobody maps or holds, at most those that a slice allows;
    // from where to go on.
    uint64_t trim(uint64_t first, uint64_t end);

    // --- who uses it
    AreaViews& views() { return views_; }
    // Sections, of data and images; with one, the file is neither made smaller nor deleted.
    void add_section(bool image, bool writes);
    void remove_section(bool image, bool writes);
    uint32_t sections() const { return sections_; }
    uint32_t images() const { return images_; }
    // Open files that may write.
    void add_writer() {
        ++writers_;
        image_ = nullptr;
    }
    void remove_writer() { --writers_; }

    // What its image sections have in common, null when there is none; forgotten once the file may be
    // another.
    Image* image() const { return image_; }
    void set_image(Image* image) { image_ = writers_ == 0 ? image : nullptr; }

private:
    static constexpr FrameNumber kDirty = 1u << 28;
    static constexpr FrameNumber kFetching = 1u << 29;
    static constexpr FrameNumber kWriting = 1u << 30;

    Result<FrameNumber> first_use(uint64_t page, FrameNumber entry, Use use);
    Result<FrameNumber> make(uint64_t page, Use use);
    Result<bool> hide_resident();
    Result<void> clear_tail(uint64_t size);
    Result<void> cut(uint64_t size);
    Transfer* transfer_of(uint64_t page) const;
    void end_fetch(Transfer& transfer, NTSTATUS status);
    void end_write(Transfer& transfer, NTSTATUS status);
    bool needs_fetch(uint64_t page) const;
    uint64_t find_dirty(uint64_t from, uint64_t end) const;
    Result<Ref<Transfer>> collect_dirty(uint64_t first, uint64_t end);
    Task<NTSTATUS> run_fetch(Ref<Transfer> transfer);
    Task<NTSTATUS> write_out(Ref<Transfer> transfer);
    bool revoke_writing(AreaViews::Place& place, const Transfer& transfer);

    Own<Backing> backing_;
    Own<KeptPages> pages_;
    uint64_t size_;
    uint64_t valid_;
    bool tracks_writes_;
    // Views may show the backing's resident frames; a pass that ends that is under way; where it is.
    bool shows_resident_;
    AreaViews::Place hiding_;
    bool hidden_ = false;
    bool tail_written_ = false;  // a view may have written behind the file's end
    uint32_t sections_ = 0;
    uint32_t images_ = 0;
    uint32_t writers_ = 0;
    Image* image_ = nullptr;
    mutable uint64_t missed_ = 0;
    AreaViews views_;
    Tree<Transfer, Transfer, KeyOfTransfer> transfers_;
};

}  // namespace mm
