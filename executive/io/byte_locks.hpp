// SPDX-License-Identifier: GPL-3.0-only
//
// The byte-range locks of one stream of a file, and those who wait for some: NT's rules ([MS-FSA] 2.1.4.10,
// LockFileEx). For a file system of the Executive's own, which asks before it reads or writes; a driver keeps
// its own. Who maps a file is not asked.
//
// A lock belongs to a file object, a process and a key. An exclusive one keeps all others from reading and
// writing, a shared one everybody from writing, its owner too. What overlaps is found in a time that does not
// depend on how many there are.
#pragma once

#include "base/tree.hpp"
#include "executive/io/file.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ob/charge.hpp"

namespace io {

struct LockOwner {
    uint64_t file = 0;  // File::number()
    uint32_t process = 0;
    uint32_t key = 0;
    bool operator==(const LockOwner&) const = default;
};

// Bytes of a file. As NT has it, one of no length lies between two bytes: it overlaps what has bytes on both
// sides. The one of no length at 0 overlaps nothing.
struct ByteRange {
    uint64_t first = 0;
    uint64_t length = 0;
    // STATUS_INVALID_LOCK_RANGE: it goes beyond 2^64.
    static Result<ByteRange> of(uint64_t first, uint64_t length) {
        if (length > 0 && first + length - 1 < first) return fail(STATUS_INVALID_LOCK_RANGE);
        return ByteRange{first, length};
    }
    bool nothing() const { return first == 0 && length == 0; }
    uint64_t last() const { return first + length - 1; }
    bool overlaps(const ByteRange& other) const { return first <= other.last() && last() >= other.first; }
    bool operator==(const ByteRange&) const = default;
};

class ByteLock final : public TreeLink<struct ByteLockTag>, public ListLink<struct FileLockTag> {
public:
    ByteLock(const ByteRange& locked, const LockOwner& locker, bool is_exclusive)
        : range(locked), owner(locker), exclusive(is_exclusive) {}
    const ByteRange range;
    const LockOwner owner;
    const bool exclusive;

private:
    friend class ByteLocks;
    friend struct ByteLockKey;
    friend struct ByteLockSummary;
    ob::Charge charge_;
    uint64_t number_ = 0;  // in the order in which they were asked for, from 1 on
    // Of its subtree.
    uint64_t least_ = 0;     // first byte
    uint64_t greatest_ = 0;  // last byte
    bool one_owner_ = true;  // all are this one's owner's
};

struct ByteLockKey {
    const ByteLock* lock;
    bool operator<(const ByteLockKey& other) const;
};
struct KeyOfByteLock {
    ByteLockKey operator()(const ByteLock& lock) const { return {&lock}; }
};
struct ByteLockSummary {
    bool operator()(ByteLock& lock, const ByteLock* left, const ByteLock* right) const;
};

class ByteLocks final : public RefCounted, private ke::PacedWork {
public:
    ByteLocks() = default;
    ~ByteLocks() override;

    // Nobody has or wants any.
    bool idle() const { return exclusive_.empty() && shared_.empty() && inert_.empty() && waiting_.empty(); }
    // May this owner read or write these bytes? STATUS_FILE_LOCK_CONFLICT.
    Result<void> check(const LockOwner& owner, const ByteRange& range, bool writes) const;
    // Granted, if it need not wait: false, if it must. STATUS_QUOTA_EXCEEDED, STATUS_INSUFFICIENT_RESOURCES.
    Result<bool> lock_now(File& file, const ByteRange& range, const LockOwner& owner, bool exclusive,
                          ke::Client* charged);
    // IRP_MN_LOCK: it is granted, or the request waits until it is, is cancelled, or its file is closed.
    // STATUS_LOCK_NOT_GRANTED, STATUS_INVALID_LOCK_RANGE, STATUS_QUOTA_EXCEEDED,
    // STATUS_INSUFFICIENT_RESOURCES.
    enum class Answer : uint8_t { Granted, Waits };
    Result<Answer> lock(Irp& irp);
    // IRP_MN_UNLOCK_SINGLE: the exclusive lock of just this range and owner, else a shared one.
    // STATUS_RANGE_NOT_LOCKED.
    Result<void> unlock(const Irp& irp);
    Result<void> unlock(const ByteRange& range, const LockOwner& owner);
    // It waits no more, and is completed with this status. Nothing, if it did not wait.
    void cancel(Irp& irp, NTSTATUS status = STATUS_CANCELLED);
    // Of the lock that was asked for last, also by who waits.
    uint64_t last_number() const { return last_number_; }
    // The file object has no handle any more: its locks go, and its requests that wait are completed with
    // STATUS_RANGE_NOT_LOCKED. What is many goes slice by slice, and is in the way of others until then.
    void release_all(File& file);
    // One of these goes, that is in no file's list.
    void let_go(ByteLock& lock);
    static uint64_t number_of(const ByteLock& lock) { return lock.number_; }

private:
    using Locks = base::Tree<ByteLock, ByteLockTag, KeyOfByteLock, ByteLockSummary>;
    using OfFile = List<ByteLock, FileLockTag>;

    static ByteLock* behind(const Locks& locks, ByteLock* subtree);
    // Does one overlap these bytes, of another owner than `except`?
    static bool conflict(const Locks& locks, const ByteRange& range, const LockOwner* except);
    bool grantable(const ByteLock& lock) const { return grantable(lock.range, lock.owner, lock.exclusive); }
    bool grantable(const ByteRange& range, const LockOwner& owner, bool exclusive) const;
    Locks& tree_of(const ByteLock& lock) {
        return lock.range.nothing() ? inert_ : lock.exclusive ? exclusive_ : shared_;
    }
    Result<Own<ByteLock>> make(File& file, const ByteRange& range, const LockOwner& owner, bool exclusive,
                               ke::Client* charged);
    ByteLock* find(const ByteRange& range, const LockOwner& owner, bool exclusive);
    void insert(ByteLock& lock, File& file);
    void remove(ByteLock& lock);
    void complete(Irp& waiting, NTSTATUS status);
    void tidy();
    bool slice() override;
    bool offer_some(const ke::Slice& slice);

    Locks exclusive_;
    Locks shared_;
    Locks inert_;  // of no length at 0
    uint64_t last_number_ = 0;
    List<Irp, QueueTag> waiting_;  // in their order; a reference is held for each
    Irp* next_ = nullptr;          // of these, who is asked next whether his lock can be granted now
    bool ask_all_ = false;         // again, from the first on
    OfFile doomed_;                // of files that are closed
    Ref<ByteLocks> keep_;          // while it is with the pacer
};

}  // namespace io
