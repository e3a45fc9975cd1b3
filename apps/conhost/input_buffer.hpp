// SPDX-License-Identifier: GPL-3.0-only
//
// The records that programs have not read yet, in order. Keys that nobody reads are lost beyond kMost.
#pragma once

#include "apps/common/text.hpp"
#include "apps/conhost/records.hpp"

namespace conhost {

class InputBuffer {
public:
    static constexpr SIZE_T kMost = 65536;

    SIZE_T size() const { return records_.size() - first_; }
    bool empty() const { return size() == 0; }
    const Record& operator[](SIZE_T index) const { return records_[first_ + index]; }
    // False: it is full.
    bool push(const Record& record) {
        if (size() == kMost) return false;
        records_.push(record);
        return true;
    }
    // REQUIRES: count <= size().
    void take(SIZE_T count) {
        first_ += count;
        if (first_ == records_.size()) clear();
        if (first_ < kMost) return;
        for (SIZE_T i = first_; i < records_.size(); ++i)
            records_[i - first_] = records_[i];
        while (first_ > 0)
            records_.remove(records_.size() - 1), --first_;
    }
    void clear() {
        records_.clear();
        first_ = 0;
    }

private:
    app::List<Record> records_;
    SIZE_T first_ = 0;
};

}  // namespace conhost
