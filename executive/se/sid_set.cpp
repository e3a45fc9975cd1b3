// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/sid_set.hpp"

namespace se {

namespace {

uint64_t seed() {
    static constinit uint64_t value = 0;
    while (value == 0)
        value = __builtin_ia32_rdtsc() * 0xd1b5'4a32'd192'ed03u;
    return value;
}

}  // namespace

Result<Ref<SidSet>> SidSet::create() {
    return make_ref<SidSet>();
}

Result<uint32_t> SidSet::add(SidView sid) {
    uint32_t hash = sid.hash(seed());
    if (uint32_t known = find(sid, hash); known != kNone) return known;
    if (size() == kMost) return fail(STATUS_TOO_MANY_SIDS);
    TRY(links_.push_back({hash, heads_[hash % kHeads]}));
    if (auto added = sids_.push_back(Sid(sid)); !added) {
        links_.pop_back();
        return added.failure();
    }
    auto place = static_cast<uint32_t>(size() - 1);
    heads_[hash % kHeads] = static_cast<uint16_t>(place + 1);
    return place;
}

uint32_t SidSet::find(SidView sid) const {
    return find(sid, sid.hash(seed()));
}

uint32_t SidSet::find(SidView sid, uint32_t hash) const {
    for (uint16_t at = heads_[hash % kHeads]; at; at = links_.data()[at - 1].next) {
        if (links_.data()[at - 1].hash == hash && sid == sids_.data()[at - 1]) return at - 1u;
    }
    return kNone;
}

}  // namespace se
