// SPDX-License-Identifier: GPL-3.0-only
//
// Which pages of a section without a file are committed. They stay so as long as the section: this set only
// grows. Spans of neighbours, so that what one step costs does not depend on how many pages there are; what
// the section leaves behind is given back in slices.
#pragma once

#include "base/result.hpp"
#include "base/tree.hpp"
#include "executive/mm/remains.hpp"

namespace mm {

class CommittedPages final : public Remains {
public:
    ~CommittedPages() override;
    bool give_back(size_t count) override;

    // How many.
    uint64_t pages() const { return pages_; }
    bool contains(uint64_t page) const {
        Span* span = spans_.find_at_or_before(page);
        return span && page < span->end;
    }
    // Behind the last page from `page` on that is committed as `page` is, or not as it is not; UINT64_MAX
    // when all are.
    uint64_t run_end(uint64_t page) const;
    // Adds the first pages of [first, end) that are not committed, up to one that is; how far it came. A page
    // costs what commit_pages() says. STATUS_COMMITMENT_LIMIT.
    Result<uint64_t> add(uint64_t first, uint64_t end);

private:
    struct Span : TreeLink<Span> {
        uint64_t first;
        uint64_t end;
    };
    struct FirstPage {
        uint64_t operator()(const Span& span) const { return span.first; }
    };

    Tree<Span, Span, FirstPage> spans_;
    uint64_t pages_ = 0;
};

}  // namespace mm
