// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/port_range.hpp"

#include "executive/ke/kernel.hpp"

namespace ke {

namespace {

struct FirstPort {
    uint16_t operator()(const PortRange& range) const { return range.first(); }
};
[[clang::no_destroy]] constinit Tree<PortRange, PortRangeTag, FirstPort> ranges;

}  // namespace

Result<Ref<PortRange>> PortRange::claim(uint16_t first, uint16_t last) {
    if (last < first) return fail(STATUS_INVALID_PARAMETER);
    PortRange* before = ranges.find_at_or_before(last);
    if (before && before->first_ == first && before->last_ == last) return Ref<PortRange>(*before);
    // The kernel gives no port out twice.
    if (before && before->last_ >= first) return fail(STATUS_CONFLICTING_ADDRESSES);
    CPtr capability = executive_ports(first, last);
    bool own = capability == 0;
    if (own) capability = TRY(issue_ports(first, last));
    auto range = make_ref<PortRange>(first, last, capability, own);
    if (!range) {
        if (own) delete_ports(capability);
        return range.failure();
    }
    ranges.insert(**range);
    return range;
}

CPtr PortRange::covering(uint16_t first, uint16_t last) {
    PortRange* range = ranges.find_at_or_before(first);
    return range && range->last_ >= last ? range->capability_ : 0;
}

PortRange::~PortRange() {
    ranges.remove(*this);
    if (own_) delete_ports(capability_);
}

}  // namespace ke
