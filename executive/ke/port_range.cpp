// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/port_range.hpp"

#include "executive/ke/kernel.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit List<PortRange, PortRangeTag> ranges;

}  // namespace

Result<Ref<PortRange>> PortRange::claim(uint16_t first, uint16_t last) {
    if (last < first) return fail(STATUS_INVALID_PARAMETER);
    for (PortRange& range : ranges)
        if (range.first_ == first && range.last_ == last) return Ref<PortRange>(range);
    CPtr capability = executive_ports(first, last);
    bool own = capability == 0;
    if (own) capability = TRY(issue_ports(first, last));
    auto range = make_ref<PortRange>(first, last, capability, own);
    if (!range) {
        if (own) delete_ports(capability);
        return range.failure();
    }
    ranges.push_back(**range);
    return range;
}

CPtr PortRange::covering(uint16_t first, uint16_t last) {
    for (PortRange& range : ranges)
        if (range.first_ <= first && range.last_ >= last) return range.capability_;
    return 0;
}

PortRange::~PortRange() {
    if (own_) delete_ports(capability_);
}

}  // namespace ke
