// SPDX-License-Identifier: GPL-3.0-only
//
// I/O ports that driver hosts use. All who ask for the same range share one capability, which is deleted,
// with its copies in hosts, when the last of them lets go; then the kernel can give its ports out anew. No
// two ranges overlap, so that one is found in the time of a look-up however many there are.
#pragma once

#include <stdint.h>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "base/tree.hpp"
#include "executive/ke/hardware.hpp"

namespace ke {

class PortRange final : public RefCounted, public TreeLink<struct PortRangeTag> {
public:
    // The ports first to last. STATUS_CONFLICTING_ADDRESSES when they overlap another range in part.
    static Result<Ref<PortRange>> claim(uint16_t first, uint16_t last);
    PortRange(uint16_t first, uint16_t last, CPtr capability, bool own)
        : first_(first), last_(last), capability_(capability), own_(own) {}
    ~PortRange() override;

    // The capability of one that has all these ports, 0 for none; it goes with its range.
    static CPtr covering(uint16_t first, uint16_t last);

    uint16_t first() const { return first_; }
    uint16_t last() const { return last_; }
    CPtr capability() const { return capability_; }

private:
    uint16_t first_;
    uint16_t last_;
    CPtr capability_;
    bool own_;  // made for drivers: the Executive's own stay
};

}  // namespace ke
