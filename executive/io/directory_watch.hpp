// SPDX-License-Identifier: GPL-3.0-only
//
// What NtNotifyChangeDirectoryFile tells: the changes of one directory, and who watches it. For a file system
// of the Executive's own, which reports what it changes; a driver keeps its own lists.
//
// As on NT, a file object's first request says what it watches from then on and how long its buffer is;
// changes between two requests are kept for the next. They are kept once for all who watch the directory.
// Who falls behind by more than his buffer, or by more than kMostChanges, is told STATUS_NOTIFY_ENUM_DIR: he
// has to look himself. Telling everybody is done in slices.
#pragma once

#include "abi/nt/ntnotify.h"
#include "executive/io/file.hpp"
#include "executive/io/information.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ob/charge.hpp"

namespace io {

class DirectoryWatches;

// One file object's, from its first request until it is closed.
class DirectoryWatch final : public ListLink<struct WatchTag> {
public:
    DirectoryWatch(DirectoryWatches& watches, uint32_t filter, bool tree, ob::Charge charge);
    ~DirectoryWatch();

private:
    friend class DirectoryWatches;
    Ref<DirectoryWatches> watches_;
    const uint32_t filter_;
    const bool tree_;
    uint64_t told_;                // the number of the last change that it need not be told of
    List<Irp, QueueTag> waiting_;  // a reference is held for each
    ob::Charge charge_;
};

class DirectoryWatches final : public RefCounted,
                               public ListLink<struct WatchedTreeTag>,
                               private ke::PacedWork {
public:
    // Changes that are kept for who has not asked yet.
    static constexpr size_t kMostChanges = 256;
    // A buffer counts for no more than this many bytes.
    static constexpr size_t kMostBuffer = 64 << 10;

    ~DirectoryWatches() override;

    bool empty() { return watches_.empty(); }
    // Does somebody watch what lies below too?
    bool watches_tree() const { return trees_ > 0; }

    struct Change {
        uint32_t filter;  // FILE_NOTIFY_CHANGE_*
        uint32_t action;  // FILE_ACTION_*
        bool below;       // not of the directory's own entries
        const FileFacts& facts;
        uint64_t parent_id;
    };
    // `name`: from the directory on. For want of memory it is told as one that was lost.
    void add(const Change& change, std::u16string_view name);
    // Something below has changed, nobody says what.
    void lose_tree();

    // IRP_MN_NOTIFY_CHANGE_DIRECTORY(_EX): it is done at once, or waits until something changes, it is
    // cancelled, or its file or the directory goes. STATUS_QUOTA_EXCEEDED, STATUS_INSUFFICIENT_RESOURCES.
    // `irp.file()` may have a watch of this directory, or none.
    struct Answer {
        NTSTATUS status;  // STATUS_PENDING: it waits
        uint64_t information;
    };
    Result<Answer> watch(Irp& irp);
    // It waits no more. Nothing, if it did not wait.
    void cancel(Irp& irp);
    // The file object is closed: STATUS_NOTIFY_CLEANUP for what it waits for, and its watch goes.
    void end(File& file);
    // The directory is being deleted: STATUS_DELETE_PENDING for all who wait, now and later.
    void directory_goes();

private:
    friend class DirectoryWatch;
    struct Kept : ListLink<struct KeptTag> {
        uint64_t number = 0;
        uint32_t filter = 0;
        uint32_t action = 0;
        bool below = false;
        String name;
        FileFacts facts;
        uint64_t parent_id = 0;
    };
    class Packer;

    bool concerns(const DirectoryWatch& watch, const Kept& change) const;
    std::optional<Answer> tell(DirectoryWatch& watch, Irp& irp);
    static void complete(Irp& waiting, const Answer& answer);
    bool keep(const Change& change, std::u16string_view name);
    void forget_through(uint64_t number);
    void lose_through(uint64_t number);
    void begin_pass();
    bool slice() override;
    bool tell_some(const ke::Slice& slice);

    List<DirectoryWatch, WatchTag> watches_;
    uint32_t trees_ = 0;
    List<Irp, QueueTag> ended_;  // of files that are closed
    List<Kept, KeptTag> kept_;
    size_t kept_count_ = 0;
    uint64_t last_number_ = 0;
    uint64_t lost_through_ = 0;        // those up to here that not all have been told of are not kept
    uint64_t lost_below_through_ = 0;  // the same for who watches the tree
    DirectoryWatch* next_ = nullptr;   // whom the pass that is under way looks at next
    uint64_t least_told_ = 0;          // of those it has looked at
    bool from_first_ = false;          // it is to begin again
    bool gone_ = false;
    Ref<DirectoryWatches> keep_;  // while it is with the pacer
};

}  // namespace io
