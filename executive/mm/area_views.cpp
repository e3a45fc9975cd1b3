// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/area_views.hpp"

#include <algorithm>

#include "executive/mm/page_tables.hpp"

namespace mm {

// In order of keys, past all that end too early.
AreaView* AreaViews::next(const AreaViewKey& from, uint64_t first, uint64_t end) const {
    AreaView* view = tree_.find_at_or_after(from);
    bool below = false;  // is something below `view` still to be looked at, before itself?
    while (view && (below || view->end() <= first)) {
        AreaView* left = below ? tree_.child(*view, 0) : nullptr;
        if (left && left->furthest > first) {
            view = left;
            continue;
        }
        if (view->end() > first) break;
        AreaView* right = tree_.child(*view, 1);
        below = right && right->furthest > first;
        if (below) {
            view = right;
            continue;
        }
        AreaView* parent = tree_.parent(*view);
        for (; parent && tree_.child(*parent, 1) == view; parent = tree_.parent(*view))
            view = parent;
        view = parent;
    }
    return view && view->first < end ? view : nullptr;
}

namespace {

bool concerns(const PageEntry& entry, AreaViews::Revoke what) {
    if (entry.owned) return false;
    switch (what) {
        case AreaViews::Revoke::Writing:
            return entry.mapped && entry.writable;
        case AreaViews::Revoke::Resident:
            return (entry.frame & kBootFrame) != 0;
        case AreaViews::Revoke::All:
            return true;
    }
    return true;
}

}  // namespace

bool AreaViews::revoke(Place& place, uint64_t first, uint64_t end, Revoke what, const ke::Slice& slice) {
    for (AreaView* view; (view = next(place.view, first, end)); place = {{view->first, view->serial + 1}}) {
        bool same = place.view.first == view->first && place.view.serial == view->serial;
        place.view = {view->first, view->serial};
        uint64_t page = std::max({first, view->first, same ? place.page : 0});
        uint64_t stop = view->address + (std::min(end, view->end()) - view->first) * kPageSize;
        uint64_t at = view->address + (page - view->first) * kPageSize;
        for (at = view->tables->next_used(at, stop); at < stop;
             at = view->tables->next_used(at + kPageSize, stop)) {
            PageEntry& entry = *view->tables->find(at);
            if (concerns(entry, what)) {
                if (what == Revoke::Writing) {
                    view->tables->unmap(entry);
                } else {
                    view->tables->clear(entry, at);
                }
            }
            place.page = view->first + (at - view->address) / kPageSize + 1;
            if (slice.over()) return false;
        }
        if (slice.over()) {
            place = {{view->first, view->serial + 1}};
            return false;
        }
    }
    return true;
}

}  // namespace mm
