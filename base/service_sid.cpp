// SPDX-License-Identifier: GPL-3.0-only
#include "base/service_sid.hpp"

#include <bit>

#include "base/string.hpp"

namespace base {

namespace {

// SHA-1 (FIPS 180-4), fed byte by byte.
class Sha1 {
public:
    void put(uint8_t byte) {
        block_[length_ % kBlock] = byte;
        if (++length_ % kBlock == 0) mix();
    }
    // Five words, the most significant byte of each first. Nothing can be put in after that.
    const uint32_t* finish() {
        uint64_t bits = length_ * 8;
        put(0x80);
        while (length_ % kBlock != kBlock - 8)
            put(0);
        for (int shift = 56; shift >= 0; shift -= 8)
            put(static_cast<uint8_t>(bits >> shift));
        return state_;
    }

private:
    static constexpr size_t kBlock = 64;
    void mix();

    uint32_t state_[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint64_t length_ = 0;  // bytes
    uint8_t block_[kBlock] = {};
};

struct Round {
    uint32_t choice, constant;
};

Round round_of(unsigned step, uint32_t b, uint32_t c, uint32_t d) {
    if (step < 20) return {(b & c) | (~b & d), 0x5a827999};
    if (step < 40) return {b ^ c ^ d, 0x6ed9eba1};
    if (step < 60) return {(b & c) | (b & d) | (c & d), 0x8f1bbcdc};
    return {b ^ c ^ d, 0xca62c1d6};
}

void Sha1::mix() {
    uint32_t words[80];
    for (unsigned i = 0; i < 16; ++i)
        words[i] = uint32_t{block_[4 * i]} << 24 | uint32_t{block_[4 * i + 1]} << 16 |
                   uint32_t{block_[4 * i + 2]} << 8 | block_[4 * i + 3];
    for (unsigned i = 16; i < 80; ++i)
        words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    uint32_t a = state_[0], b = state_[1], c = state_[2], d = state_[3], e = state_[4];
    for (unsigned i = 0; i < 80; ++i) {
        Round round = round_of(i, b, c, d);
        uint32_t next = std::rotl(a, 5) + round.choice + e + round.constant + words[i];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    state_[0] += a;
    state_[1] += b;
    state_[2] += c;
    state_[3] += d;
    state_[4] += e;
}

}  // namespace

Sid service_sid(std::u16string_view name) {
    Sha1 sha;
    for (char16_t unit : name) {
        char16_t upper = upcase(unit);
        sha.put(static_cast<uint8_t>(upper));
        sha.put(static_cast<uint8_t>(upper >> 8));
    }
    const uint32_t* words = sha.finish();
    auto part = [words](unsigned i) { return __builtin_bswap32(words[i]); };
    return Sid(5, {SECURITY_SERVICE_ID_BASE_RID, part(0), part(1), part(2), part(3), part(4)});
}

}  // namespace base
