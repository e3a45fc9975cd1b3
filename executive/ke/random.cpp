// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/random.hpp"

#include <cpuid.h>
#include <string.h>

#include <algorithm>
#include <bit>

namespace ke {

namespace {

constexpr unsigned kKeyWords = 8;
constexpr unsigned kBlockWords = 16;
constexpr unsigned kDoubleRounds = 10;

constinit uint32_t key[kKeyWords];
constinit uint32_t uses;

void quarter(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
    d = std::rotl(d ^ (a += b), 16);
    b = std::rotl(b ^ (c += d), 12);
    d = std::rotl(d ^ (a += b), 8);
    b = std::rotl(b ^ (c += d), 7);
}

void chacha_block(uint32_t (&out)[kBlockWords]) {
    uint32_t in[kBlockWords] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    memcpy(&in[4], key, sizeof key);
    in[12] = uses++;
    memcpy(out, in, sizeof in);
    uint32_t* x = out;
    for (unsigned i = 0; i < kDoubleRounds; ++i) {
        for (unsigned column = 0; column < 4; ++column)
            quarter(x[column], x[4 + column], x[8 + column], x[12 + column]);
        for (unsigned row = 0; row < 4; ++row)
            quarter(x[row], x[4 + (row + 1) % 4], x[8 + (row + 2) % 4], x[12 + (row + 3) % 4]);
    }
    for (unsigned i = 0; i < kBlockWords; ++i)
        out[i] += in[i];
}

bool has_generator() {
    uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_RDRND);
}

// It may have nothing to give for a moment; its word is not needed then.
uint64_t generated() {
    uint64_t value = 0;
    asm volatile("rdrand %0" : "=r"(value)::"cc");
    return value;
}

void stir() {
    static const bool generator = has_generator();
    uint64_t time = __builtin_ia32_rdtsc();
    key[0] ^= static_cast<uint32_t>(time);
    key[1] ^= static_cast<uint32_t>(time >> 32);
    for (unsigned i = 2; generator && i < kKeyWords; i += 2) {
        uint64_t word = generated();
        key[i] ^= static_cast<uint32_t>(word);
        key[i + 1] ^= static_cast<uint32_t>(word >> 32);
    }
}

}  // namespace

void fill_random(std::span<uint8_t> out) {
    stir();
    do {
        uint32_t block[kBlockWords];
        chacha_block(block);
        memcpy(key, block, sizeof key);
        size_t count = std::min(out.size(), sizeof block - sizeof key);
        memcpy(out.data(), &block[kKeyWords], count);
        out = out.subspan(count);
    } while (!out.empty());
}

uint64_t random_number() {
    uint8_t bytes[8];
    fill_random(bytes);
    return std::bit_cast<uint64_t>(bytes);
}

}  // namespace ke
