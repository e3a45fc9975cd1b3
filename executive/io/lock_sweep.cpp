// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/lock_sweep.hpp"

#include "executive/io/subject.hpp"

namespace io {

void LockSweep::begin(File& file, ke::Client& client) {
    for (LockSweep& sweep : file.lock_sweeps)
        if (&sweep.client_ == &client) return;
    auto* sweep = new (std::nothrow) LockSweep(file, client, Ref<ByteLocks>(file.locks_in));
    if (!sweep) return;
    file.lock_sweeps.push_back(*sweep);
    ke::Pacer::instance().add(*sweep);
}

LockSweep::LockSweep(File& file, ke::Client& client, Ref<ByteLocks> locks)
    : file_(file),
      process_(client.process_object()),
      client_(client),
      locks_(std::move(locks)),
      made_(file.handles_made()) {}

bool LockSweep::look(const ke::Slice& slice) {
    // A new handle may lie where it has been already.
    if (std::exchange(made_, file_->handles_made()) != made_) index_ = 0;
    while (HANDLE handle = client_.handles().next_open(index_, slice)) {
        if (client_.handles().find(handle)->object == file_.get()) return kept_ = true;
        ++index_;
        if (slice.used_up()) return false;
    }
    return !slice.used_up();
}

// Of a file that is closed meanwhile all of them go.
bool LockSweep::release(const ke::Slice& slice) {
    uint32_t process = static_cast<ps::Process&>(client_).id();
    while (ByteLock* lock = left_.pop_front()) {
        if (lock->owner.process == process || file_->byte_locks_ended)
            locks_->let_go(*lock);
        else
            file_->byte_locks.push_back(*lock);
        if (slice.used_up()) return left_.empty();
    }
    return true;
}

bool LockSweep::slice() {
    ke::Slice slice;
    if (!looked_) {
        looked_ = look(slice);
        if (!looked_) return false;
        if (!kept_) left_.take_all(file_->byte_locks);
    }
    if (!kept_ && !release(slice)) return false;
    // Before the file goes, whose list it is in.
    ListLink<SweepTag>::unlink();
    delete this;
    return true;
}

}  // namespace io
