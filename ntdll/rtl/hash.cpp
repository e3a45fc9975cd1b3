// SPDX-License-Identifier: GPL-3.0-only
// MD4 (RFC 1320), MD5 (RFC 1321), SHA-1 (FIPS 180-1).
#include "abi/nt/ntrtl_hash.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG rotate(ULONG value, int by) {
    return value << by | value >> (32 - by);
}
constexpr ULONG swapped(ULONG value) {
    return __builtin_bswap32(value);
}

struct Block {
    ULONG words[16];
};

void md4(ULONG* state, const Block& block) {
    ULONG a = state[0], b = state[1], c = state[2], d = state[3];
    static constexpr int shifts[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    static constexpr int order[3][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                         {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
                                         {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15}};
    static constexpr ULONG constants[3] = {0, 0x5a827999, 0x6ed9eba1};
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 16; ++i) {
            const ULONG mixed = round == 0   ? (b & c) | (~b & d)
                                : round == 1 ? (b & c) | (b & d) | (c & d)
                                             : b ^ c ^ d;
            const ULONG sum = a + mixed + block.words[order[round][i]] + constants[round];
            a = d;
            d = c;
            c = b;
            b = rotate(sum, shifts[round][i % 4]);
        }
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

// The integer parts of 2^32 * |sin(i + 1)|.
constexpr ULONG sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

void md5(ULONG* state, const Block& block) {
    ULONG a = state[0], b = state[1], c = state[2], d = state[3];
    static constexpr int shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    static constexpr int factor[4] = {1, 5, 3, 7};
    static constexpr int offset[4] = {0, 1, 5, 0};
    for (int i = 0; i < 64; ++i) {
        const int round = i / 16;
        const ULONG mixed = round == 0   ? (b & c) | (~b & d)
                            : round == 1 ? (d & b) | (~d & c)
                            : round == 2 ? b ^ c ^ d
                                         : c ^ (b | ~d);
        const ULONG sum = a + mixed + sines[i] + block.words[(i * factor[round] + offset[round]) % 16];
        a = d;
        d = c;
        c = b;
        b += rotate(sum, shifts[round][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void sha1(ULONG* state, const Block& block) {
    ULONG words[80];
    for (int i = 0; i < 80; ++i) {
        words[i] = i < 16 ? swapped(block.words[i])
                          : rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
    static constexpr ULONG constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    ULONG a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; ++i) {
        const ULONG mixed = i < 20   ? (b & c) | (~b & d)
                            : i < 40 ? b ^ c ^ d
                            : i < 60 ? (b & c) | (b & d) | (c & d)
                                     : b ^ c ^ d;
        const ULONG sum = rotate(a, 5) + mixed + e + words[i] + constants[i / 20];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = sum;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

using Transform = void (*)(ULONG*, const Block&);

// Takes `size` bytes more, `used` of the buffer's 64 being filled.
void take(ULONG* state, UCHAR* buffer, ULONG used, const UCHAR* data, SIZE_T size, Transform transform) {
    Block block;
    while (size) {
        const SIZE_T part = size < 64 - used ? size : 64 - used;
        rtl::copy(buffer + used, data, part);
        data += part;
        size -= part;
        used += static_cast<ULONG>(part);
        if (used < 64) return;
        rtl::copy(&block, buffer, sizeof(block));
        transform(state, block);
        used = 0;
    }
}

// One bit, zeros, and the number of bits as the eight bytes `count`.
void finish(ULONG* state, UCHAR* buffer, ULONG used, const ULONG* count, Transform transform) {
    UCHAR tail[72] = {0x80};
    const ULONG size = used < 56 ? 56 - used : 120 - used;
    rtl::copy(tail + size, count, 8);
    take(state, buffer, used, tail, size + 8, transform);
}

// Adds bytes to a count of bits; returns how many bytes of the buffer were filled before.
ULONG add(ULONG& low, ULONG& high, ULONG size) {
    const ULONG used = low >> 3 & 63;
    const ULONGLONG bits = (static_cast<ULONGLONG>(high) << 32 | low) + (static_cast<ULONGLONG>(size) << 3);
    low = static_cast<ULONG>(bits);
    high = static_cast<ULONG>(bits >> 32);
    return used;
}

constexpr ULONG start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

}  // namespace

extern "C" {

void NTAPI MD4Init(MD4_CTX* Context) {
    rtl::zero(Context, sizeof(*Context));
    rtl::copy(Context->State, start, sizeof(Context->State));
}
void NTAPI MD4Update(MD4_CTX* Context, const VOID* Data, ULONG Size) {
    const ULONG used = add(Context->Count[0], Context->Count[1], Size);
    take(Context->State, Context->Buffer, used, static_cast<const UCHAR*>(Data), Size, md4);
}
void NTAPI MD4Final(MD4_CTX* Context) {
    finish(Context->State, Context->Buffer, Context->Count[0] >> 3 & 63, Context->Count, md4);
    rtl::copy(Context->Digest, Context->State, sizeof(Context->Digest));
}

void NTAPI MD5Init(MD5_CTX* Context) {
    rtl::zero(Context, sizeof(*Context));
    rtl::copy(Context->State, start, sizeof(Context->State));
}
void NTAPI MD5Update(MD5_CTX* Context, const VOID* Data, ULONG Size) {
    const ULONG used = add(Context->Count[0], Context->Count[1], Size);
    take(Context->State, Context->Buffer, used, static_cast<const UCHAR*>(Data), Size, md5);
}
void NTAPI MD5Final(MD5_CTX* Context) {
    finish(Context->State, Context->Buffer, Context->Count[0] >> 3 & 63, Context->Count, md5);
    rtl::copy(Context->Digest, Context->State, sizeof(Context->Digest));
}

void NTAPI A_SHAInit(A_SHA_CTX* Context) {
    rtl::copy(Context->State, start, sizeof(Context->State));
    Context->Count[0] = 0;
    Context->Count[1] = 0;
}
void NTAPI A_SHAUpdate(A_SHA_CTX* Context, const VOID* Data, ULONG Size) {
    const ULONG used = add(Context->Count[1], Context->Count[0], Size);
    take(Context->State, Context->Buffer, used, static_cast<const UCHAR*>(Data), Size, sha1);
}
void NTAPI A_SHAFinal(A_SHA_CTX* Context, PULONG Digest) {
    const ULONG count[2] = {swapped(Context->Count[0]), swapped(Context->Count[1])};
    finish(Context->State, Context->Buffer, Context->Count[1] >> 3 & 63, count, sha1);
    for (int i = 0; i < 5; ++i)
        Digest[i] = swapped(Context->State[i]);
    A_SHAInit(Context);
}

}  // extern "C"
