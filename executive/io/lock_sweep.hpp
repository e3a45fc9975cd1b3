// SPDX-License-Identifier: GPL-3.0-only
//
// A process has closed a handle to a file that others have handles to as well. Locks belong to the file
// object and a process: when it was the process's last handle, its locks go, and its requests that wait for
// some are completed with STATUS_RANGE_NOT_LOCKED, as NT has it (the cleanup of IopCloseFile, which calls
// FsRtlFastUnlockAll). Nobody counts handles by process, so the process's table is looked through, in slices,
// and only when the file has locks or requests for some. One sweep of a file follows the other.
#pragma once

#include "executive/io/byte_locks.hpp"
#include "executive/io/pending_sweep.hpp"

namespace io {

class LockSweep final : public ListLink<struct SweepTag>, private ke::PacedWork {
public:
    // Nothing, if one for this process is under way and has not found out yet. Without memory for it the
    // locks stay until the file's last handle goes.
    static void begin(File& file, ke::Client& client);
    LockSweep(File& file, ke::Client& client, Ref<ByteLocks> locks);

private:
    bool slice() override;
    // True when all has been looked through, or one was found (kept_).
    bool look(const ke::Slice& slice);
    // Locks that were asked for before the process was found to have no handle.
    bool is_old(const ByteLock& lock) const { return ByteLocks::number_of(lock) <= last_number_; }
    bool end_waits(const ke::Slice& slice);
    bool release(const ke::Slice& slice);

    Ref<File> file_;
    Ref<ob::Object> process_;  // whose client it is
    ke::Client& client_;
    Ref<ByteLocks> locks_;
    uint64_t made_;     // File::handles_made(), when the look began
    size_t index_ = 0;  // in the table
    bool looked_ = false;
    bool kept_ = false;
    uint64_t last_number_ = 0;
    std::optional<PendingSweep> waits_;
    bool ended_waits_ = false;
    List<ByteLock, FileLockTag> left_;  // of the file's, not looked at yet
};

}  // namespace io
