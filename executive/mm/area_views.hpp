// SPDX-License-Identifier: GPL-3.0-only
//
// The views of a control area: from a page of it to every place where it is mapped. A tree by first page in
// which each view knows the furthest end below it, so that finding one more view of a page costs a look-up
// however many there are. How many there are, and how many pages of each are mapped, is up to programs: a
// pass over them goes in steps, and its place is numbers only, for views come and go in between.
#pragma once

#include "base/tree.hpp"
#include "executive/ke/slice.hpp"
#include "executive/prelude.hpp"

namespace mm {

class PageTables;

struct AreaView : TreeLink<AreaView> {
    PageTables* tables = nullptr;
    uint64_t address = 0;  // bytes, of its first page
    uint64_t first = 0;    // page of the control area
    uint64_t pages = 0;
    uint64_t serial = 0;  // tells views with the same first page apart
    uint64_t furthest = 0;

    uint64_t end() const { return first + pages; }
};

struct AreaViewKey {
    uint64_t first = 0;
    uint64_t serial = 0;
    bool operator<(const AreaViewKey& other) const {
        return first != other.first ? first < other.first : serial < other.serial;
    }
};
struct KeyOfAreaView {
    AreaViewKey operator()(const AreaView& view) const { return {view.first, view.serial}; }
};
struct FurthestEnd {
    bool operator()(AreaView& view, const AreaView* left, const AreaView* right) const {
        uint64_t furthest = view.end();
        if (left && left->furthest > furthest) furthest = left->furthest;
        if (right && right->furthest > furthest) furthest = right->furthest;
        bool same = furthest == view.furthest;
        view.furthest = furthest;
        return !same;
    }
};

class AreaViews {
public:
    enum class Revoke : uint8_t {
        Writing,   // pages mapped for writing are unmapped; the next access maps them as it should be
        Resident,  // pages mapped from a frame of the boot image are forgotten
        All,       // pages are forgotten
    };
    // Where a pass is.
    struct Place {
        AreaViewKey view;
        uint64_t page = 0;  // of that view, the next
    };

    void add(AreaView& view) {
        view.serial = ++last_serial_;
        tree_.insert(view);
    }
    void remove(AreaView& view) { tree_.remove(view); }
    bool empty() const { return tree_.empty(); }
    // The view with the least key >= `from` that shows a page of [first, end), or null.
    AreaView* next(const AreaViewKey& from, uint64_t first, uint64_t end) const;
    // Goes on with a pass over what maps the pages [first, end) until all is done, and says so, or the slice
    // is over. A process's own copies are left alone.
    bool revoke(Place& place, uint64_t first, uint64_t end, Revoke what, const ke::Slice& slice);

private:
    Tree<AreaView, AreaView, KeyOfAreaView, FurthestEnd> tree_;
    uint64_t last_serial_ = 0;
};

}  // namespace mm
