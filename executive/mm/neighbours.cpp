// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/neighbours.hpp"

#include "executive/ke/slice.hpp"
#include "executive/mm/chunks.hpp"
#include "executive/mm/commitment.hpp"

namespace mm {

namespace {

constexpr uint8_t kMostDisappointments = 8;
// Looking at a page costs a few instructions, a look at the clock some thirty.
constexpr unsigned kPagesAtOnce = 64;

// Chunks whose pages follow each other in physical memory are whole ones, but for the first.
FrameNumber in_run(FrameNumber first, uint64_t page) {
    uint64_t in_first = chunk_of(first).page_count() - first % kChunkPages;
    if (page < in_first) return first + static_cast<FrameNumber>(page);
    page -= in_first;
    uint32_t chunk = (first >> kChunkPageBits) + 1;
    unsigned own = chunk_of(chunk << kChunkPageBits).first_page;
    chunk += static_cast<uint32_t>(page / (kChunkPages - own));
    return chunk << kChunkPageBits | static_cast<FrameNumber>(own + page % (kChunkPages - own));
}

}  // namespace

bool RunPages::give_back(size_t count) {
    for (; count > 0 && claimed > 0; --count) {
        FrameNumber page = in_run(first, --claimed);
        if (claimed >= made) {
            add_free_page(page);
        } else {
            made = claimed;
            release_frame(page);
        }
        promises_kept(-1);
        uncommit_pages(1);
    }
    return claimed == 0;
}

FrameNumber FrameRun::frame(uint64_t page) const {
    return in_run(pages_->first, page);
}

Result<bool> Neighbours::make() {
    for (ke::Slice slice; !pages_ || pages_->made < count_;) {
        if (slice.over()) return false;
        TRY(work());
    }
    return true;
}

Result<Ref<FrameRun>> Neighbours::take() {
    return make_ref<FrameRun>(std::move(pages_));
}

Result<void> Neighbours::work() {
    switch (stage_) {
        case Stage::Look:
            return look();
        case Stage::Untype:
            return untype();
        case Stage::Claim:
            return claim();
        default:
            return fill();
    }
}

bool Neighbours::fits(uint64_t physical) const {
    return physical >= where_.lowest && physical <= where_.highest &&
           kPageSize - 1 <= where_.highest - physical;
}

// Chunk by chunk, with those that are taken for its sake; and once more when pages that had a type have
// become fit for another.
Result<void> Neighbours::look() {
    if (!may_take(count_)) return fail(STATUS_NO_MEMORY);
    if (chunk_ >= listed_chunks()) {
        if (grow(true)) return {};
        if (untyped_) return fail(STATUS_NO_MEMORY);
        // What was given up just now is on its way back.
        if (reap()) return {};
        stage_ = Stage::Untype;
        return {};
    }
    PageNumber first = chunk_ << kChunkPageBits;
    const Chunk& chunk = chunk_of(first);
    if (page_ < chunk.first_page) page_ = chunk.first_page;
    for (unsigned i = 0; i < kPagesAtOnce && page_ < chunk.page_count(); ++i, ++page_) {
        PageNumber page = first | page_;
        uint64_t physical = physical_address(page);
        bool usable = is_untyped(page) && fits(physical);
        bool goes_on = usable && run_ > 0 && physical == behind_ &&
                       (where_.boundary == 0 || physical % where_.boundary != 0);
        if (!goes_on) {
            run_ = 0;
            start_ = page;
        }
        behind_ = physical + kPageSize;
        run_ += usable;
        if (run_ < count_) continue;
        stage_ = Stage::Claim;
        return {};
    }
    if (page_ < chunk.page_count()) return {};
    ++chunk_;
    page_ = 0;
    return {};
}

// Frames and tables that nobody has at the moment lose their type.
Result<void> Neighbours::untype() {
    for (unsigned i = 0; i < 4; ++i) {
        if (untype_free_page()) continue;
        untyped_ = true;
        look_again();
        break;
    }
    return {};
}

void Neighbours::look_again() {
    bury(std::move(pages_));
    stage_ = Stage::Look;
    chunk_ = page_ = 0;
    run_ = 0;
}

Result<void> Neighbours::claim() {
    if (!pages_) {
        if (!may_take(count_)) return fail(STATUS_NO_MEMORY);
        pages_ = TRY(make_own<RunPages>());
        pages_->first = start_;
    }
    for (unsigned i = 0; i < kPagesAtOnce && pages_->claimed < count_; ++i) {
        PageNumber page = in_run(start_, pages_->claimed);
        if (!is_untyped(page)) {
            if (++disappointments_ == kMostDisappointments) return fail(STATUS_NO_MEMORY);
            look_again();
            return {};
        }
        // Others may be promised pages between two slices: each of these is promised when it is taken.
        TRY(commit_pages(1));
        claim_untyped(page);
        promises_kept(1);
        ++pages_->claimed;
    }
    if (pages_->claimed == count_) stage_ = Stage::Fill;
    return {};
}

Result<void> Neighbours::fill() {
    TRY(make_claimed(in_run(start_, pages_->made)));
    ++pages_->made;
    return {};
}

}  // namespace mm
