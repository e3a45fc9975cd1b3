// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/lock_sweep.hpp"

#include "executive/io/subject.hpp"

namespace io {

void LockSweep::begin(File& file, ke::Client& client) {
    // Those of one that is under way may hold all locks that there are.
    if (file.byte_locks.empty() && file.locks_waiting == 0 && file.lock_sweeps.empty()) return;
    for (LockSweep& sweep : file.lock_sweeps)
        if (&sweep.client_ == &client && !sweep.looked_) return;
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
    return client_.handles().is_end(index_);
}

bool LockSweep::end_waits(const ke::Slice& slice) {
    uint32_t process = static_cast<ps::Process&>(client_).id();
    auto own = [this, process](Irp& irp) {
        return irp.lock && irp.lock->owner.process == process && is_old(*irp.lock);
    };
    while (Irp* irp = waits_->next(slice, own)) {
        locks_->cancel(*irp, STATUS_RANGE_NOT_LOCKED);
        if (slice.used_up()) break;
    }
    return waits_->over();
}

// Of a file that is closed meanwhile all of them go.
bool LockSweep::release(const ke::Slice& slice) {
    uint32_t process = static_cast<ps::Process&>(client_).id();
    while (ByteLock* lock = left_.pop_front()) {
        bool own = lock->owner.process == process && is_old(*lock);
        if (own || file_->byte_locks_ended)
            locks_->let_go(*lock);
        else
            file_->byte_locks.push_back(*lock);
        if (slice.used_up()) return left_.empty();
    }
    return true;
}

bool LockSweep::slice() {
    if (file_->lock_sweeps.front() != this) return false;
    ke::Slice slice;
    if (!looked_) {
        looked_ = look(slice);
        if (looked_ && !kept_) {
            last_number_ = locks_->last_number();
            waits_.emplace(*file_);
        }
        if (!kept_) return false;
    }
    if (!kept_ && !ended_waits_) {
        ended_waits_ = end_waits(slice);
        if (!ended_waits_) return false;
        waits_.reset();
        left_.take_all(file_->byte_locks);
    }
    if (!kept_ && !release(slice)) return false;
    // Before the file goes, whose list it is in.
    ListLink<SweepTag>::unlink();
    delete this;
    return true;
}

}  // namespace io
