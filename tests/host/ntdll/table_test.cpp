// SPDX-License-Identifier: GPL-3.0-only
// Atom tables, handle tables, generic tables, hash functions (test vectors of their standards), LZNT1.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "abi/nt/ntrtl_hash.h"
#include "abi/nt/ntrtl_table.h"
#include "tests/host/ntdll/fake.hpp"

namespace {

TEST(Atoms, NamesHaveNumbersAndCounts) {
    PRTL_ATOM_TABLE table = nullptr;
    ASSERT_EQ(RtlCreateAtomTable(0, &table), STATUS_SUCCESS);
    RTL_ATOM first, same, other;
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"Name", &first), STATUS_SUCCESS);
    EXPECT_GE(first, 0xc000);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"nAME", &same), STATUS_SUCCESS);
    EXPECT_EQ(first, same);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"Other", &other), STATUS_SUCCESS);
    EXPECT_NE(first, other);
    ULONG count = 0, flags = 9, length = 64;
    WCHAR name[32];
    EXPECT_EQ(RtlQueryAtomInAtomTable(table, first, &count, &flags, name, &length), STATUS_SUCCESS);
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(flags, 0u);
    EXPECT_EQ(length, 8u);
    EXPECT_EQ(std::u16string(name), u"Name");
    length = 6;
    EXPECT_EQ(RtlQueryAtomInAtomTable(table, first, nullptr, nullptr, name, &length), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(name), u"Na");
    EXPECT_EQ(length, 4u);
    length = 2;
    EXPECT_EQ(RtlQueryAtomInAtomTable(table, first, nullptr, nullptr, name, &length),
              STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(length, 8u);
    EXPECT_EQ(RtlDeleteAtomFromAtomTable(table, first), STATUS_SUCCESS);
    EXPECT_EQ(RtlLookupAtomInAtomTable(table, u"NAME", &same), STATUS_SUCCESS);
    EXPECT_EQ(RtlDeleteAtomFromAtomTable(table, first), STATUS_SUCCESS);
    EXPECT_EQ(RtlLookupAtomInAtomTable(table, u"NAME", &same), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(RtlDeleteAtomFromAtomTable(table, first), STATUS_INVALID_HANDLE);
    EXPECT_EQ(RtlPinAtomInAtomTable(table, other), STATUS_SUCCESS);
    EXPECT_EQ(RtlDeleteAtomFromAtomTable(table, other), STATUS_WAS_LOCKED);
    EXPECT_EQ(RtlEmptyAtomTable(table, FALSE), STATUS_SUCCESS);
    EXPECT_EQ(RtlLookupAtomInAtomTable(table, u"other", &same), STATUS_SUCCESS);
    EXPECT_EQ(RtlEmptyAtomTable(table, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(RtlLookupAtomInAtomTable(table, u"other", &same), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(RtlDestroyAtomTable(table), STATUS_SUCCESS);
}

TEST(Atoms, NumbersAreAtoms) {
    PRTL_ATOM_TABLE table = nullptr;
    ASSERT_EQ(RtlCreateAtomTable(37, &table), STATUS_SUCCESS);
    RTL_ATOM atom = 0;
    EXPECT_EQ(RtlAddAtomToAtomTable(table, reinterpret_cast<PCWSTR>(static_cast<ULONG_PTR>(123)), &atom),
              STATUS_SUCCESS);
    EXPECT_EQ(atom, 123);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"#456", &atom), STATUS_SUCCESS);
    EXPECT_EQ(atom, 456);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, reinterpret_cast<PCWSTR>(static_cast<ULONG_PTR>(0xc000)), &atom),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"#49152", &atom), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"#12a", &atom), STATUS_SUCCESS);
    EXPECT_GE(atom, 0xc000);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"", &atom), STATUS_OBJECT_NAME_INVALID);
    const std::u16string longest(255, 'x');
    EXPECT_EQ(RtlAddAtomToAtomTable(table, longest.c_str(), &atom), STATUS_SUCCESS);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, (longest + u"x").c_str(), &atom), STATUS_INVALID_PARAMETER);
    ULONG count = 0, flags = 0, length = 64;
    WCHAR name[32];
    EXPECT_EQ(RtlQueryAtomInAtomTable(table, 456, &count, &flags, name, &length), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(name), u"#456");
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(flags, 1u);
    EXPECT_EQ(RtlDeleteAtomFromAtomTable(table, 456), STATUS_SUCCESS);
    RtlDestroyAtomTable(table);
}

TEST(Atoms, ThereAre16384OfThem) {
    PRTL_ATOM_TABLE table = nullptr;
    ASSERT_EQ(RtlCreateAtomTable(1000, &table), STATUS_SUCCESS);
    RTL_ATOM atom;
    for (unsigned i = 0; i < 0x4000; ++i) {
        const std::string digits = "atom" + std::to_string(i);
        ASSERT_EQ(RtlAddAtomToAtomTable(table, std::u16string(digits.begin(), digits.end()).c_str(), &atom),
                  STATUS_SUCCESS);
        ASSERT_EQ(atom, 0xc000 + i);
    }
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"more", &atom), STATUS_NO_MEMORY);
    EXPECT_EQ(RtlDeleteAtomFromAtomTable(table, 0xd000), STATUS_SUCCESS);
    EXPECT_EQ(RtlAddAtomToAtomTable(table, u"more", &atom), STATUS_SUCCESS);
    EXPECT_EQ(atom, 0xd000);
    RtlDestroyAtomTable(table);
}

TEST(HandleTable, EntriesComeAndGo) {
    struct Entry {
        ULONG flags;
        ULONG value;
        ULONG64 more;
    };
    RTL_HANDLE_TABLE table;
    RtlInitializeHandleTable(1000, sizeof(Entry), &table);
    std::vector<PRTL_HANDLE_TABLE_ENTRY> entries;
    for (ULONG i = 0; i < 1000; ++i) {
        ULONG index = ~0u;
        PRTL_HANDLE_TABLE_ENTRY entry = RtlAllocateHandle(&table, &index);
        ASSERT_NE(entry, nullptr);
        EXPECT_EQ(index, i);
        EXPECT_FALSE(RtlIsValidHandle(&table, entry));
        entry->Flags = RTL_HANDLE_ALLOCATED;
        EXPECT_TRUE(RtlIsValidHandle(&table, entry));
        entries.push_back(entry);
    }
    EXPECT_EQ(RtlAllocateHandle(&table, nullptr), nullptr);
    PRTL_HANDLE_TABLE_ENTRY found = nullptr;
    EXPECT_TRUE(RtlIsValidIndexHandle(&table, 500, &found));
    EXPECT_EQ(found, entries[500]);
    EXPECT_FALSE(RtlIsValidIndexHandle(&table, 1000, &found));
    EXPECT_FALSE(RtlIsValidHandle(
        &table, reinterpret_cast<PRTL_HANDLE_TABLE_ENTRY>(reinterpret_cast<char*>(entries[3]) + 8)));
    EXPECT_TRUE(RtlFreeHandle(&table, entries[500]));
    EXPECT_FALSE(RtlFreeHandle(&table, entries[500]));
    ULONG index;
    EXPECT_EQ(RtlAllocateHandle(&table, &index), entries[500]);
    EXPECT_EQ(index, 500u);
    EXPECT_EQ(RtlDestroyHandleTable(&table), STATUS_SUCCESS);
}

RTL_GENERIC_COMPARE_RESULTS NTAPI compare(PRTL_GENERIC_TABLE, PVOID a, PVOID b) {
    const int x = *static_cast<int*>(a), y = *static_cast<int*>(b);
    return x < y ? GenericLessThan : x > y ? GenericGreaterThan : GenericEqual;
}
PVOID NTAPI take(PRTL_GENERIC_TABLE, ULONG size) {
    return malloc(size);
}
void NTAPI give(PRTL_GENERIC_TABLE, PVOID at) {
    free(at);
}

TEST(GenericTable, KeepsOrderAndInsertion) {
    RTL_GENERIC_TABLE table;
    RtlInitializeGenericTable(&table, compare, take, give, nullptr);
    std::vector<int> numbers(500);
    for (int i = 0; i < 500; ++i)
        numbers[static_cast<size_t>(i)] = i * 3;
    std::mt19937 random(1);
    std::shuffle(numbers.begin(), numbers.end(), random);
    BOOLEAN added;
    for (int& number : numbers) {
        EXPECT_EQ(*static_cast<int*>(RtlInsertElementGenericTable(&table, &number, sizeof(int), &added)),
                  number);
        EXPECT_TRUE(added);
        RtlInsertElementGenericTable(&table, &number, sizeof(int), &added);
        EXPECT_FALSE(added);
    }
    EXPECT_EQ(RtlNumberGenericTableElements(&table), 500u);
    int expected = 0;
    for (PVOID at = RtlEnumerateGenericTable(&table, TRUE); at;
         at = RtlEnumerateGenericTable(&table, FALSE), expected += 3)
        EXPECT_EQ(*static_cast<int*>(at), expected);
    EXPECT_EQ(expected, 1500);
    PVOID key = nullptr;
    expected = 0;
    while (PVOID at = RtlEnumerateGenericTableWithoutSplaying(&table, &key)) {
        EXPECT_EQ(*static_cast<int*>(at), expected);
        expected += 3;
    }
    for (const ULONG index : {0u, 499u, 250u, 251u, 3u})
        EXPECT_EQ(*static_cast<int*>(RtlGetElementGenericTable(&table, index)), numbers[index]);
    EXPECT_EQ(RtlGetElementGenericTable(&table, 500), nullptr);
    int missing = 4;
    EXPECT_EQ(RtlLookupElementGenericTable(&table, &missing), nullptr);
    EXPECT_FALSE(RtlDeleteElementGenericTable(&table, &missing));
    for (int& number : numbers)
        EXPECT_TRUE(RtlDeleteElementGenericTable(&table, &number));
    EXPECT_TRUE(RtlIsGenericTableEmpty(&table));
}

std::string hex(const void* bytes, size_t size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) {
        char two[3];
        snprintf(two, 3, "%02x", static_cast<const UCHAR*>(bytes)[i]);
        text += two;
    }
    return text;
}
// In pieces of the given size.
std::string md4(const std::string& data, size_t piece = 1000) {
    MD4_CTX context;
    MD4Init(&context);
    for (size_t at = 0; at < data.size(); at += piece)
        MD4Update(&context, data.data() + at, static_cast<ULONG>(std::min(piece, data.size() - at)));
    MD4Final(&context);
    return hex(context.Digest, 16);
}
std::string md5(const std::string& data, size_t piece = 1000) {
    MD5_CTX context;
    MD5Init(&context);
    for (size_t at = 0; at < data.size(); at += piece)
        MD5Update(&context, data.data() + at, static_cast<ULONG>(std::min(piece, data.size() - at)));
    MD5Final(&context);
    return hex(context.Digest, 16);
}
std::string sha(const std::string& data, size_t piece = 1000) {
    A_SHA_CTX context;
    A_SHAInit(&context);
    for (size_t at = 0; at < data.size(); at += piece)
        A_SHAUpdate(&context, data.data() + at, static_cast<ULONG>(std::min(piece, data.size() - at)));
    ULONG digest[5];
    A_SHAFinal(&context, digest);
    return hex(digest, 20);
}

TEST(Hashes, TestVectorsOfTheStandards) {
    std::string eighty;
    for (int i = 0; i < 8; ++i)
        eighty += "1234567890";
    EXPECT_EQ(md4(""), "31d6cfe0d16ae931b73c59d7e0c089c0");
    EXPECT_EQ(md4("abc"), "a448017aaf21d8525fc10ae87aa6729d");
    EXPECT_EQ(md4(eighty, 7), "e33b4ddc9c38f2199c3e7b164fcc0536");
    EXPECT_EQ(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(md5(eighty, 33), "57edf4a22be3c955ac49da2e2107b67a");
    EXPECT_EQ(sha("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 5),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(sha(std::string(1000000, 'a'), 64), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

std::vector<UCHAR> work_space() {
    ULONG size, fragment;
    EXPECT_EQ(RtlGetCompressionWorkSpaceSize(COMPRESSION_FORMAT_LZNT1, &size, &fragment), STATUS_SUCCESS);
    return std::vector<UCHAR>(size);
}

// The example of MS-XCA 3.3.
TEST(Lznt1, TheSpecificationsExample) {
    const UCHAR packed[] = {0x38, 0xb0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00,
                            0x10, 0xa2, 0x47, 0x01, 0xa0, 0x45, 0x20, 0x44, 0x00, 0x08, 0x45, 0x01,
                            0x50, 0x79, 0x00, 0xc0, 0x45, 0x20, 0x05, 0x24, 0x13, 0x88, 0x05, 0xb4,
                            0x02, 0x4a, 0x44, 0xef, 0x03, 0x58, 0x02, 0x8c, 0x09, 0x16, 0x01, 0x48,
                            0x45, 0x00, 0xbe, 0x00, 0x9e, 0x00, 0x04, 0x01, 0x18, 0x90, 0x00};
    char text[256] = {};
    ULONG size = 0;
    ASSERT_EQ(RtlDecompressBuffer(COMPRESSION_FORMAT_LZNT1, reinterpret_cast<PUCHAR>(text), sizeof(text),
                                  packed, sizeof(packed), &size),
              STATUS_SUCCESS);
    EXPECT_STREQ(
        text,
        "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G "
        "F# E D E A F# F# G A A G F# E D D E F# E D D");
}

TEST(Lznt1, GoesThereAndBack) {
    std::vector<UCHAR> space = work_space();
    std::mt19937 random(7);
    for (const ULONG size : {1u, 2u, 100u, 4095u, 4096u, 4097u, 20000u}) {
        for (const unsigned letters : {1u, 3u, 20u, 256u}) {
            std::vector<UCHAR> data(size), packed(size + 2 * (size / 4096 + 1)), back(size + 10, 0x55);
            for (UCHAR& byte : data)
                byte = static_cast<UCHAR>(random() % letters);
            ULONG packed_size = 0, back_size = 0;
            ASSERT_EQ(RtlCompressBuffer(COMPRESSION_FORMAT_LZNT1, data.data(), size, packed.data(),
                                        static_cast<ULONG>(packed.size()), 4096, &packed_size, space.data()),
                      STATUS_SUCCESS);
            if (size > 1000 && letters == 1) {
                EXPECT_LT(packed_size, size / 50);
            }
            ASSERT_EQ(RtlDecompressBuffer(COMPRESSION_FORMAT_LZNT1, back.data(), size + 10, packed.data(),
                                          packed_size, &back_size),
                      STATUS_SUCCESS);
            ASSERT_EQ(back_size, size);
            back.resize(size);
            EXPECT_EQ(back, data);
            if (size < 4097) continue;
            std::vector<UCHAR> part(1000);
            ASSERT_EQ(RtlDecompressFragment(COMPRESSION_FORMAT_LZNT1, part.data(), 1000, packed.data(),
                                            packed_size, 3600, &back_size, space.data()),
                      STATUS_SUCCESS);
            const ULONG expected = std::min(1000u, size - 3600);
            EXPECT_EQ(back_size, expected);
            EXPECT_TRUE(std::equal(part.begin(), part.begin() + expected, data.begin() + 3600));
            EXPECT_EQ(RtlCompressBuffer(COMPRESSION_FORMAT_LZNT1, data.data(), size, packed.data(), 5, 4096,
                                        &packed_size, space.data()),
                      STATUS_BUFFER_TOO_SMALL);
        }
    }
}

TEST(Lznt1, RefusesWhatIsCorrupt) {
    UCHAR to[8192];
    ULONG size;
    const UCHAR before_start[] = {0x03, 0xb0, 0x02, 'a', 0xff, 0xff};
    EXPECT_EQ(RtlDecompressBuffer(COMPRESSION_FORMAT_LZNT1, to, sizeof(to), before_start,
                                  sizeof(before_start), &size),
              STATUS_BAD_COMPRESSION_BUFFER);
    const UCHAR short_chunk[] = {0xff, 0xbf, 0, 'a'};
    EXPECT_EQ(RtlDecompressBuffer(COMPRESSION_FORMAT_LZNT1, to, sizeof(to), short_chunk, sizeof(short_chunk),
                                  &size),
              STATUS_BAD_COMPRESSION_BUFFER);
    EXPECT_EQ(RtlDecompressBuffer(7, to, 10, short_chunk, 4, &size), STATUS_UNSUPPORTED_COMPRESSION);
    EXPECT_EQ(RtlDecompressBuffer(COMPRESSION_FORMAT_DEFAULT, to, 10, short_chunk, 4, &size),
              STATUS_INVALID_PARAMETER);
    std::mt19937 random(3);
    for (int i = 0; i < 20000; ++i) {
        UCHAR noise[64];
        for (UCHAR& byte : noise)
            byte = static_cast<UCHAR>(random());
        noise[0] = 61;
        noise[1] = 0xb0;
        const std::vector<UCHAR> exact(noise, noise + sizeof(noise));
        std::vector<UCHAR> target(random() % 5000);
        RtlDecompressBuffer(COMPRESSION_FORMAT_LZNT1, target.data(), static_cast<ULONG>(target.size()),
                            exact.data(), sizeof(noise), &size);
    }
}

}  // namespace
