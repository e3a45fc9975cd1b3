// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ob/descriptor.hpp"

#include <string.h>

namespace ob {

namespace {

// Differs with each boot, so that nobody can choose descriptors of one hash.
uint64_t seed() {
    static constinit uint64_t value = 0;
    while (value == 0)
        value = __builtin_ia32_rdtsc() * 0x94d0'49bb'1331'11ebu;
    return value;
}

// The next word, with zeros behind the end: each new object's descriptor is looked at once, so not byte by
// byte.
uint64_t take_word(std::span<const uint8_t>& bytes) {
    uint64_t word = 0;
    if (bytes.size() >= sizeof word) [[likely]] {
        __builtin_memcpy(&word, bytes.data(), sizeof word);
        bytes = bytes.subspan(sizeof word);
    } else {
        memcpy(&word, bytes.data(), bytes.size());
        bytes = {};
    }
    return word;
}

uint64_t hash_of(std::span<const uint8_t> bytes) {
    constexpr uint64_t kOdd = 0x9e37'79b9'7f4a'7c15u;
    uint64_t value = (bytes.size() ^ seed()) * kOdd;
    while (!bytes.empty())
        value = (value ^ (value >> 32) ^ take_word(bytes)) * kOdd;
    return value ^ (value >> 32);
}

bool equal(std::span<const uint8_t> left, std::span<const uint8_t> right) {
    if (left.size() != right.size()) return false;
    while (!left.empty())
        if (take_word(left) != take_word(right)) return false;
    return true;
}

}  // namespace

Descriptor::Shared& Descriptor::shared() {
    static constinit Shared all;
    return all;
}

Result<Ref<Descriptor>> Descriptor::of(Vector<uint8_t> bytes) {
    if (bytes.empty()) return Ref<Descriptor>();
    bool may_share = bytes.size() <= kMostShared;
    uint64_t hash = may_share ? hash_of(bytes.span()) : 0;
    Descriptor* found = may_share ? shared().find(hash) : nullptr;
    if (found && equal(found->bytes(), bytes.span())) return Ref<Descriptor>(found);
    Ref<Descriptor> made = TRY(make_ref<Descriptor>(std::move(bytes)));
    made->hash_ = hash;
    // Beside another one of this hash it stays alone.
    made->shared_ = may_share && !found;
    if (made->shared_) shared().insert(*made);
    return made;
}

Descriptor::~Descriptor() {
    if (shared_) shared().remove(*this);
}

}  // namespace ob
