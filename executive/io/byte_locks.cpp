// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/byte_locks.hpp"

#include <algorithm>
#include <tuple>

#include "executive/ke/slice.hpp"

namespace io {

namespace {

LockOwner owner_of(const Irp& irp) {
    return {irp.file_number, irp.subject().numbers.Process, irp.parameters.lock.key};
}

Result<ByteRange> range_of(const Irp& irp) {
    const auto& lock = irp.parameters.lock;
    return ByteRange::of(static_cast<uint64_t>(lock.offset), static_cast<uint64_t>(lock.length));
}

}  // namespace

bool ByteLockKey::operator<(const ByteLockKey& other) const {
    auto key = [](const ByteLock& of) {
        return std::make_tuple(of.range.first, of.range.length, of.owner.file, of.owner.process, of.owner.key,
                               of.number_);
    };
    return key(*lock) < key(*other.lock);
}

bool ByteLockSummary::operator()(ByteLock& lock, const ByteLock* left, const ByteLock* right) const {
    uint64_t least = left ? left->least_ : lock.range.first;
    uint64_t greatest = lock.range.last();
    bool one_owner = true;
    for (const ByteLock* child : {left, right}) {
        if (!child) continue;
        greatest = std::max(greatest, child->greatest_);
        one_owner = one_owner && child->one_owner_ && child->owner == lock.owner;
    }
    bool changed = least != lock.least_ || greatest != lock.greatest_ || one_owner != lock.one_owner_;
    lock.least_ = least;
    lock.greatest_ = greatest;
    lock.one_owner_ = one_owner;
    return changed;
}

ByteLocks::~ByteLocks() {
    ASSERT(idle());
}

// The next subtree behind this one: its sister, or that of one above it.
ByteLock* ByteLocks::behind(const Locks& locks, ByteLock* subtree) {
    for (ByteLock* above = locks.parent(*subtree); above; above = locks.parent(*subtree)) {
        ByteLock* sister = locks.child(*above, 1);
        if (sister && sister != subtree) return sister;
        subtree = above;
    }
    return nullptr;
}

// Exclusive locks overlap none but shared ones of their owner, so of a subtree that lies in the range either
// all are the owner's, or somebody else's is soon found: what is looked at is on the way to the range's ends.
bool ByteLocks::conflict(const Locks& locks, const ByteRange& range, const LockOwner* except) {
    for (ByteLock* at = locks.root(); at;) {
        bool own = except && at->owner == *except;
        bool looked_into =
            at->greatest_ >= range.first && at->least_ <= range.last() && !(own && at->one_owner_);
        ByteLock* below = nullptr;
        if (looked_into) {
            if (!own && at->range.overlaps(range)) return true;
            below = locks.child(*at, 0) ? locks.child(*at, 0) : locks.child(*at, 1);
        }
        at = below ? below : behind(locks, at);
    }
    return false;
}

Result<void> ByteLocks::check(const LockOwner& owner, const ByteRange& range, bool writes) const {
    if (range.length == 0) return {};
    if (conflict(exclusive_, range, &owner) || (writes && conflict(shared_, range, nullptr)))
        return fail(STATUS_FILE_LOCK_CONFLICT);
    return {};
}

bool ByteLocks::grantable(const ByteRange& range, const LockOwner& owner, bool exclusive) const {
    if (range.nothing()) return true;
    if (!exclusive) return !conflict(exclusive_, range, &owner);
    return !conflict(exclusive_, range, nullptr) && !conflict(shared_, range, nullptr);
}

void ByteLocks::insert(ByteLock& lock, File& file) {
    tree_of(lock).insert(lock);
    file.byte_locks.push_back(lock);
}

void ByteLocks::remove(ByteLock& lock) {
    tree_of(lock).remove(lock);
    delete &lock;
}

Result<Own<ByteLock>> ByteLocks::make(File& file, const ByteRange& range, const LockOwner& owner,
                                      bool exclusive, ke::Client* charged) {
    auto lock = TRY(make_own<ByteLock>(range, owner, exclusive));
    if (charged) lock->charge_ = TRY(ob::Charge::take(*charged, sizeof(ByteLock)));
    lock->number_ = ++last_number_;
    file.locks_in = this;
    return lock;
}

Result<bool> ByteLocks::lock_now(File& file, const ByteRange& range, const LockOwner& owner, bool exclusive,
                                 ke::Client* charged) {
    if (!grantable(range, owner, exclusive)) return false;
    insert(*TRY(make(file, range, owner, exclusive, charged)).leak(), file);
    return true;
}

Result<ByteLocks::Answer> ByteLocks::lock(Irp& irp) {
    ByteRange range = TRY(range_of(irp));
    LockOwner owner = owner_of(irp);
    bool exclusive = (irp.stack_flags & kExclusiveLock) != 0;
    ke::Client* charged = irp.from_client() ? &irp.client() : nullptr;
    File& file = *irp.file();
    if (TRY(lock_now(file, range, owner, exclusive, charged))) return Answer::Granted;
    if (irp.stack_flags & kFailImmediately) return fail(STATUS_LOCK_NOT_GRANTED);
    irp.lock = TRY(make(file, range, owner, exclusive, charged));
    ++file.locks_waiting;
    irp.add_ref();
    waiting_.push_back(irp);
    return Answer::Waits;
}

ByteLock* ByteLocks::find(const ByteRange& range, const LockOwner& owner, bool exclusive) {
    const ByteLock probe(range, owner, exclusive);
    ByteLock* found = tree_of(probe).find_at_or_after(ByteLockKey{&probe});
    bool same = found && found->range == range && found->owner == owner && found->exclusive == exclusive;
    return same ? found : nullptr;
}

Result<void> ByteLocks::unlock(const Irp& irp) {
    return unlock(TRY(range_of(irp)), owner_of(irp));
}

Result<void> ByteLocks::unlock(const ByteRange& range, const LockOwner& owner) {
    ByteLock* lock = find(range, owner, true);
    if (!lock) lock = find(range, owner, false);
    if (!lock) return fail(STATUS_RANGE_NOT_LOCKED);
    remove(*lock);
    if (waiting_.empty()) return {};
    ask_all_ = true;
    tidy();
    return {};
}

void ByteLocks::complete(Irp& waiting, NTSTATUS status) {
    if (next_ == &waiting) next_ = waiting_.next(waiting);
    waiting_.remove(waiting);
    auto irp = Ref<Irp>::adopt(&waiting);
    Own<ByteLock> lock = std::move(irp->lock);
    --irp->file()->locks_waiting;
    if (NT_SUCCESS(status)) insert(*lock.leak(), *irp->file());
    irp->complete(status);
}

void ByteLocks::cancel(Irp& irp, NTSTATUS status) {
    if (irp.lock) complete(irp, status);
}

void ByteLocks::let_go(ByteLock& lock) {
    remove(lock);
    if (waiting_.empty()) return;
    ask_all_ = true;
    tidy();
}

void ByteLocks::release_all(File& file) {
    file.byte_locks_ended = true;
    doomed_.take_all(file.byte_locks);
    ask_all_ = true;
    tidy();
}

// Does what is left to do, a slice of it at once, also when more of it is with the pacer already: who locks
// or closes next is mostly the one who has let go.
void ByteLocks::tidy() {
    Ref<ByteLocks> keep(*this);
    if (slice()) return PacedWork::unlink();
    keep_ = std::move(keep);
    if (!PacedWork::linked()) ke::Pacer::instance().add(*this);
}

bool ByteLocks::slice() {
    Ref<ByteLocks> last = std::move(keep_);
    ke::Slice slice;
    while (ByteLock* lock = doomed_.pop_front()) {
        remove(*lock);
        if (slice.used_up()) break;
    }
    bool done = doomed_.empty() && offer_some(slice);
    if (!done) keep_ = std::move(last);
    return done;
}

// True: all who wait have been asked since the last lock went.
bool ByteLocks::offer_some(const ke::Slice& slice) {
    for (;;) {
        if (!next_ && !ask_all_) return true;
        if (!next_) {
            ask_all_ = false;
            next_ = waiting_.front();
            if (!next_) return true;
        }
        Irp& irp = *next_;
        next_ = waiting_.next(irp);
        if (irp.file()->byte_locks_ended)
            complete(irp, STATUS_RANGE_NOT_LOCKED);
        else if (grantable(*irp.lock))
            complete(irp, STATUS_SUCCESS);
        // Behind an item: a slice that is used up when it begins gets something done too.
        if (slice.used_up()) return !next_ && !ask_all_;
    }
}

}  // namespace io
