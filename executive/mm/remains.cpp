// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/remains.hpp"

#include "base/task.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

[[clang::no_destroy]] constinit List<Remains, Remains> graves;

class Digger final : public Ready {
public:
    void run() override {
        if (reap()) Loop::instance().post(*this);
    }
};
[[clang::no_destroy]] constinit Digger digger;

}  // namespace

void bury(Own<Remains> remains) {
    if (!remains || remains->give_back(kPagesPerSlice)) return;
    bool first = graves.empty();
    graves.push_back(*remains.leak());
    if (first) Loop::instance().post(digger);
}

bool reap() {
    Remains* remains = graves.front();
    if (!remains) return false;
    if (remains->give_back(kPagesPerSlice)) delete remains;
    return !graves.empty();
}

}  // namespace mm
