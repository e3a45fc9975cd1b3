// SPDX-License-Identifier: GPL-3.0-only
//
// Frames that lie next to each other in physical memory, for devices that know nothing of pages. They are
// looked for among all free pages, whatever those were used for before, and made in slices.
#pragma once

#include "base/ref.hpp"
#include "executive/mm/frames.hpp"
#include "executive/mm/remains.hpp"

namespace mm {

// Pages of a run: first those that are frames already, then those that are only set aside.
struct RunPages final : Remains {
    FrameNumber first = kNoFrame;
    uint64_t made = 0;     // pages
    uint64_t claimed = 0;  // pages, those made included
    bool give_back(size_t count) override;
};

// A run that is there: it goes, slice by slice, with the last reference.
class FrameRun final : public RefCounted {
public:
    uint64_t count() const { return pages_->made; }  // pages
    // REQUIRES: page < count().
    FrameNumber frame(uint64_t page) const;
    // Bytes.
    uint64_t physical() const { return physical_address(pages_->first); }

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit FrameRun(Own<RunPages> pages) : pages_(std::move(pages)) {}
    ~FrameRun() override { bury(std::move(pages_)); }

    Own<RunPages> pages_;
};

class Neighbours {
public:
    // Where in physical memory all of them have to be, in bytes: from `lowest` to `highest`, that byte
    // included, and not across a multiple of `boundary`, a power of two; 0: across any.
    struct Where {
        uint64_t lowest = 0;
        uint64_t highest = UINT64_MAX;
        uint64_t boundary = 0;
        bool operator==(const Where&) const = default;
    };
    // REQUIRES: count > 0.
    Neighbours(uint64_t count, Where where) : count_(count), where_(where) {}
    Neighbours(const Neighbours&) = delete;
    Neighbours& operator=(const Neighbours&) = delete;
    ~Neighbours() { bury(std::move(pages_)); }
    bool is_for(uint64_t count, const Where& where) const { return count_ == count && where_ == where; }
    // A slice; true when all are there. STATUS_NO_MEMORY: nowhere are so many free.
    Result<bool> make();
    // REQUIRES: they are there, and have not been taken.
    Result<Ref<FrameRun>> take();

private:
    enum class Stage : uint8_t { Look, Untype, Claim, Fill };

    Result<void> work();
    Result<void> look();
    Result<void> untype();
    Result<void> claim();
    Result<void> fill();
    bool fits(uint64_t physical) const;
    void look_again();

    uint64_t count_;
    Where where_;
    Stage stage_ = Stage::Look;
    bool untyped_ = false;          // all free pages have been made fit to be found
    uint8_t disappointments_ = 0;   // runs of which somebody took a page before they were claimed
    uint32_t chunk_ = 0;            // where to look next
    uint32_t page_ = 0;             // in that chunk
    FrameNumber start_ = kNoFrame;  // of the run at hand
    uint64_t run_ = 0;              // pages of it so far
    uint64_t behind_ = 0;           // bytes: its physical end
    Own<RunPages> pages_;
};

}  // namespace mm
