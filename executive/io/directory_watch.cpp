// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/directory_watch.hpp"

#include <string.h>

#include <algorithm>

#include "base/bits.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/slice.hpp"

namespace io {

namespace {

constexpr size_t kPlainName = offsetof(FILE_NOTIFY_INFORMATION, FileName);
constexpr size_t kExtendedName = offsetof(FILE_NOTIFY_EXTENDED_INFORMATION, FileName);

LARGE_INTEGER quad(uint64_t value) {
    LARGE_INTEGER result;
    result.QuadPart = static_cast<LONGLONG>(value);
    return result;
}

// What a list of this many bytes takes in memory, in a rough way: it is kept with more about each name.
size_t memory_of(size_t buffer) {
    return 4096 + 3 * std::min(buffer, DirectoryWatches::kMostBuffer);
}

}  // namespace

// The entries of one answer.
class DirectoryWatches::Packer {
public:
    explicit Packer(const Irp& irp)
        : extended_(irp.minor == kMinorNotifyChangeDirectoryEx),
          most_(std::min(irp.output.length, kMostBuffer)) {}
    // False: it has no room.
    bool add(const Kept& change) {
        size_t at = align_up(bytes_.size(), extended_ ? 8 : 4);
        size_t name_at = extended_ ? kExtendedName : kPlainName;
        size_t name_bytes = change.name.length() * sizeof(char16_t);
        if (at + name_at + name_bytes > most_) return false;
        if (!bytes_.resize(at + name_at + name_bytes)) return false;
        if (any_) {
            auto distance = static_cast<ULONG>(at - last_);
            memcpy(bytes_.data() + last_, &distance, sizeof distance);
        }
        extended_ ? put_extended(at, change) : put_plain(at, change);
        memcpy(bytes_.data() + at + name_at, change.name.view().data(), name_bytes);
        last_ = at;
        any_ = true;
        return true;
    }
    bool any() const { return any_; }
    std::span<const uint8_t> bytes() const { return bytes_.span(); }

private:
    void put_plain(size_t at, const Kept& change) {
        FILE_NOTIFY_INFORMATION entry{};
        entry.Action = change.action;
        entry.FileNameLength = static_cast<ULONG>(change.name.length() * sizeof(char16_t));
        memcpy(bytes_.data() + at, &entry, kPlainName);
    }
    void put_extended(size_t at, const Kept& change) {
        FILE_NOTIFY_EXTENDED_INFORMATION entry{};
        entry.Action = change.action;
        entry.CreationTime.QuadPart = change.facts.creation_time;
        entry.LastModificationTime.QuadPart = change.facts.write_time;
        entry.LastChangeTime.QuadPart = change.facts.change_time;
        entry.LastAccessTime.QuadPart = change.facts.access_time;
        entry.AllocatedLength = quad(change.facts.allocation);
        entry.FileSize = quad(change.facts.end_of_file);
        entry.FileAttributes = change.facts.attributes;
        entry.FileId = quad(change.facts.id);
        entry.ParentFileId = quad(change.parent_id);
        entry.FileNameLength = static_cast<ULONG>(change.name.length() * sizeof(char16_t));
        memcpy(bytes_.data() + at, &entry, kExtendedName);
    }

    const bool extended_;
    const size_t most_;
    bool any_ = false;
    size_t last_ = 0;
    Vector<uint8_t> bytes_;
};

DirectoryWatch::DirectoryWatch(DirectoryWatches& watches, uint32_t filter, bool tree, ob::Charge charge)
    : watches_(watches),
      filter_(filter),
      tree_(tree),
      told_(watches.last_number_),
      charge_(std::move(charge)) {
    watches.watches_.push_back(*this);
    watches.trees_ += tree;
}

DirectoryWatch::~DirectoryWatch() {
    ASSERT(waiting_.empty());
    if (watches_->next_ == this) watches_->next_ = watches_->watches_.next(*this);
    watches_->trees_ -= tree_;
    ListLink<WatchTag>::unlink();
    if (watches_->empty()) watches_->forget_through(UINT64_MAX);
}

DirectoryWatches::~DirectoryWatches() {
    ASSERT(watches_.empty() && kept_.empty() && ended_.empty());
}

bool DirectoryWatches::concerns(const DirectoryWatch& watch, const Kept& change) const {
    return change.number > watch.told_ && (change.filter & watch.filter_) && (watch.tree_ || !change.below);
}

void DirectoryWatches::forget_through(uint64_t number) {
    while (Kept* oldest = kept_.front()) {
        if (oldest->number > number) return;
        kept_.remove(*oldest);
        --kept_count_;
        delete oldest;
    }
}

void DirectoryWatches::lose_through(uint64_t number) {
    forget_through(number);
    lost_through_ = std::max(lost_through_, number);
}

bool DirectoryWatches::keep(const Change& change, std::u16string_view name) {
    auto kept = make_own<Kept>();
    auto copy = String::create(name);
    if (!kept || !copy) return false;
    Kept& made = *kept->leak();
    made.number = last_number_;
    made.filter = change.filter;
    made.action = change.action;
    made.below = change.below;
    made.name = std::move(*copy);
    made.facts = change.facts;
    made.parent_id = change.parent_id;
    kept_.push_back(made);
    if (++kept_count_ > kMostChanges) lose_through(kept_.front()->number);
    return true;
}

void DirectoryWatches::add(const Change& change, std::u16string_view name) {
    if (watches_.empty()) return;
    ++last_number_;
    // A file that is written to again and again has changed once, for who has not heard of the first time.
    Kept* last = kept_.back();
    bool again = last && change.action == FILE_ACTION_MODIFIED && last->action == change.action &&
                 last->filter == change.filter && last->name.view() == name;
    if (again) {
        last->number = last_number_;
        last->facts = change.facts;
    } else if (!keep(change, name)) {
        lose_through(last_number_);
    }
    // Who hears of an old name hears of the new one with it.
    if (change.action != FILE_ACTION_RENAMED_OLD_NAME) begin_pass();
}

void DirectoryWatches::lose_tree() {
    lost_below_through_ = ++last_number_;
    begin_pass();
}

// Nothing: nothing has changed that concerns it.
std::optional<DirectoryWatches::Answer> DirectoryWatches::tell(DirectoryWatch& watch, Irp& irp) {
    constexpr Answer kLook{STATUS_NOTIFY_ENUM_DIR, 0};
    if (gone_) return Answer{STATUS_DELETE_PENDING, 0};
    bool missing = watch.told_ < lost_through_ || (watch.tree_ && watch.told_ < lost_below_through_);
    Packer packer(irp);
    bool fits = !missing;
    for (Kept* change = fits ? kept_.front() : nullptr; change && fits; change = kept_.next(*change))
        if (concerns(watch, *change)) fits = packer.add(*change);
    watch.told_ = last_number_;
    if (!fits) return kLook;
    if (!packer.any()) return std::nullopt;
    auto written = irp.write_output(0, packer.bytes());
    if (written) return Answer{STATUS_SUCCESS, packer.bytes().size()};
    // A page that would have to come first is not waited for.
    return ke::PageIn::take(written.error()) ? kLook : Answer{written.error(), 0};
}

Result<DirectoryWatches::Answer> DirectoryWatches::watch(Irp& irp) {
    File& file = *irp.file();
    if (!file.watch) {
        ob::Charge charge;
        if (irp.from_client()) charge = TRY(ob::Charge::take(irp.client(), memory_of(irp.output.length)));
        file.watch = TRY(make_own<DirectoryWatch>(*this, irp.parameters.query.information_class,
                                                  (irp.stack_flags & kWatchTree) != 0, std::move(charge)));
    }
    DirectoryWatch& watch = *file.watch;
    if (watch.waiting_.empty())
        if (auto answer = tell(watch, irp)) return *answer;
    irp.add_ref();
    watch.waiting_.push_back(irp);
    return Answer{STATUS_PENDING, 0};
}

void DirectoryWatches::complete(Irp& waiting, const Answer& answer) {
    static_cast<ListLink<QueueTag>&>(waiting).unlink();
    auto irp = Ref<Irp>::adopt(&waiting);
    irp->complete(answer.status, answer.information);
}

void DirectoryWatches::cancel(Irp& irp) {
    if (static_cast<ListLink<QueueTag>&>(irp).linked()) complete(irp, {STATUS_CANCELLED, 0});
}

void DirectoryWatches::end(File& file) {
    Ref<DirectoryWatches> keep(*this);
    ended_.take_all(file.watch->waiting_);
    file.watch.reset();
    begin_pass();
}

void DirectoryWatches::directory_goes() {
    gone_ = true;
    begin_pass();
}

void DirectoryWatches::begin_pass() {
    Ref<DirectoryWatches> keep(*this);
    from_first_ = true;
    if (slice()) return PacedWork::unlink();
    keep_ = std::move(keep);
    if (!PacedWork::linked()) ke::Pacer::instance().add(*this);
}

bool DirectoryWatches::slice() {
    Ref<DirectoryWatches> last = std::move(keep_);
    ke::Slice slice;
    bool done = true;
    while (Irp* irp = done ? ended_.front() : nullptr) {
        complete(*irp, {STATUS_NOTIFY_CLEANUP, 0});
        done = !slice.used_up();
    }
    if (done && tell_some(slice)) return true;
    keep_ = std::move(last);
    return false;
}

// True: all have been looked at since the last change, and what all have been told is forgotten.
bool DirectoryWatches::tell_some(const ke::Slice& slice) {
    for (;;) {
        if (!next_ && !from_first_) {
            forget_through(least_told_);
            return true;
        }
        if (!next_) {
            from_first_ = false;
            least_told_ = last_number_;
            next_ = watches_.front();
            if (!next_) continue;
        }
        DirectoryWatch& watch = *next_;
        Irp* irp = watch.waiting_.front();
        auto answer = irp ? tell(watch, *irp) : std::nullopt;
        // Where all who wait are told the same, the others follow one by one.
        if (!gone_ || !irp) next_ = watches_.next(watch);
        if (watch.waiting_.empty()) least_told_ = std::min(least_told_, watch.told_);
        if (answer) complete(*irp, *answer);
        if (slice.used_up()) return false;
    }
}

}  // namespace io
