// SPDX-License-Identifier: GPL-3.0-only
//
// A way along a file's requests that are pending now, in slices: one that ends meanwhile takes itself, and
// nothing else, off the list, and what is begun meanwhile is behind its end.
#pragma once

#include "executive/io/file.hpp"
#include "executive/ke/slice.hpp"

namespace io {

// REQUIRES: the file outlives it.
class PendingSweep {
public:
    explicit PendingSweep(File& file) : file_(file) {
        file.pending().push_front(at_);
        file.pending().push_back(end_);
    }
    PendingSweep(const PendingSweep&) = delete;
    PendingSweep& operator=(const PendingSweep&) = delete;

    // The next that `chosen` picks; null when there is none, or the slice is over.
    template <typename Chosen>
    Irp* next(const ke::Slice& slice, Chosen chosen) {
        while (!over()) {
            PendingEntry& entry = *file_.pending().next(at_);
            PendingEntry& behind = *file_.pending().next(entry);
            file_.pending().remove(at_);
            file_.pending().insert_before(behind, at_);
            if (!entry.is_place && chosen(static_cast<Irp&>(entry))) return &static_cast<Irp&>(entry);
            if (slice.over()) break;
        }
        return nullptr;
    }
    bool over() { return file_.pending().next(at_) == &end_; }

private:
    File& file_;
    PendingEntry at_{true};
    PendingEntry end_{true};
};

}  // namespace io
