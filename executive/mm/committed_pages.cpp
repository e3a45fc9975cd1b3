// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/committed_pages.hpp"

#include <algorithm>

#include "base/ref.hpp"
#include "executive/mm/commitment.hpp"

namespace mm {

CommittedPages::~CommittedPages() {
    while (!give_back(1000)) {
    }
}

bool CommittedPages::give_back(size_t count) {
    for (; count > 0; --count) {
        Span* span = spans_.first();
        if (!span) return true;
        uncommit_pages(span->end - span->first);
        spans_.remove(*span);
        delete span;
    }
    return spans_.empty();
}

uint64_t CommittedPages::run_end(uint64_t page) const {
    Span* span = spans_.find_at_or_before(page);
    if (span && page < span->end) return span->end;
    Span* next = spans_.find_at_or_after(page);
    return next ? next->first : UINT64_MAX;
}

Result<uint64_t> CommittedPages::add(uint64_t first, uint64_t end) {
    Span* before = spans_.find_at_or_before(first);
    if (before && first < before->end) return std::min(before->end, end);
    Span* next = spans_.find_at_or_after(first);
    if (next && next->first < end) end = next->first;
    bool joins = before && before->end == first;
    Own<Span> made;
    if (!joins) made = TRY(make_own<Span>());
    TRY(commit_pages(end - first));
    pages_ += end - first;
    if (joins) {
        before->end = end;
    } else {
        made->first = first;
        made->end = end;
        before = made.leak();
        spans_.insert(*before);
    }
    if (next && next->first == end) {
        spans_.remove(*next);
        before->end = next->end;
        delete next;
    }
    return end;
}

}  // namespace mm
