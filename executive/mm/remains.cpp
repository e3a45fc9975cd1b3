// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/remains.hpp"

#include "executive/ke/pacer.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

[[clang::no_destroy]] constinit List<Remains, Remains> graves;

class Digger final : public ke::PacedWork {
public:
    bool slice() override { return !reap(); }
};
[[clang::no_destroy]] constinit Digger digger;

}  // namespace

void bury(Own<Remains> remains) {
    if (!remains || remains->give_back(kPagesAtOnce)) return;
    graves.push_back(*remains.leak());
    if (!digger.linked()) ke::Pacer::instance().add(digger);
}

bool reap() {
    Remains* remains = graves.front();
    if (!remains) return false;
    if (remains->give_back(kPagesPerSlice)) delete remains;
    return !graves.empty();
}

}  // namespace mm
