// SPDX-License-Identifier: GPL-3.0-only
//
// The file form of a hive, regf 1.3 to 1.6: structures and numbers alone. A base block of 4096 bytes, then
// hive bins of cells; offsets of cells count from the first bin. (The format is described in msuhanov/regf,
// "Windows registry file format specification".)
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace cm::regf {

inline constexpr uint32_t kPage = 4096;
inline constexpr uint32_t kBaseBlock = kPage;
inline constexpr uint32_t kNone = ~uint32_t{0};
inline constexpr uint32_t kMinorStandard = 3;
inline constexpr uint32_t kMinorLatest = 5;

constexpr uint32_t four(const char (&text)[5]) {
    return static_cast<uint32_t>(static_cast<uint8_t>(text[0])) | static_cast<uint32_t>(text[1]) << 8 |
           static_cast<uint32_t>(text[2]) << 16 | static_cast<uint32_t>(text[3]) << 24;
}
constexpr uint16_t two(const char (&text)[3]) {
    return static_cast<uint16_t>(static_cast<uint8_t>(text[0]) | text[1] << 8);
}

struct BaseBlock {
    uint32_t signature;
    uint32_t primary_sequence;
    uint32_t secondary_sequence;
    uint32_t timestamp[2];
    uint32_t major;
    uint32_t minor;
    uint32_t type;
    uint32_t format;
    uint32_t root;
    uint32_t bins_size;
    uint32_t clustering;
    uint16_t file_name[32];
    uint32_t reserved[99];
    uint32_t checksum;  // of what is before it
};
static_assert(sizeof(BaseBlock) == 512 && offsetof(BaseBlock, checksum) == 508);
inline constexpr uint32_t kSignature = four("regf");
inline constexpr uint32_t kTypePrimary = 0;
inline constexpr uint32_t kFormatMemory = 1;

struct Bin {
    uint32_t signature;
    uint32_t offset;
    uint32_t size;
    uint32_t reserved[2];
    uint32_t timestamp[2];
    uint32_t spare;
};
static_assert(sizeof(Bin) == 32);
inline constexpr uint32_t kBinSignature = four("hbin");

struct KeyNode {
    uint16_t signature;
    uint16_t flags;
    uint32_t last_write[2];
    uint32_t spare;
    uint32_t parent;
    uint32_t subkeys;
    uint32_t volatile_subkeys;
    uint32_t subkey_list;
    uint32_t volatile_list;
    uint32_t values;
    uint32_t value_list;
    uint32_t security;
    uint32_t key_class;
    uint32_t largest_name;
    uint32_t largest_class;
    uint32_t largest_value_name;
    uint32_t largest_value_data;
    uint32_t work;
    uint16_t name_length;  // bytes, as all lengths
    uint16_t class_length;
};
static_assert(sizeof(KeyNode) == 76);
inline constexpr uint16_t kKeyNode = two("nk");
inline constexpr uint16_t kHiveEntry = 0x4;
inline constexpr uint16_t kNoDelete = 0x8;
inline constexpr uint16_t kLink = 0x10;
inline constexpr uint16_t kNarrowKeyName = 0x20;  // one byte a character

struct ValueNode {
    uint16_t signature;
    uint16_t name_length;
    uint32_t data_length;
    uint32_t data;
    uint32_t type;
    uint16_t flags;
    uint16_t spare;
};
static_assert(sizeof(ValueNode) == 20);
inline constexpr uint16_t kValueNode = two("vk");
inline constexpr uint16_t kNarrowValueName = 1;
inline constexpr uint32_t kDataInPlace = 0x8000'0000;  // in data_length: four bytes or less, in `data`

struct Security {
    uint16_t signature;
    uint16_t reserved;
    uint32_t next;
    uint32_t previous;
    uint32_t references;
    uint32_t length;
};
static_assert(sizeof(Security) == 20);
inline constexpr uint16_t kSecurity = two("sk");

struct ListHead {
    uint16_t signature;
    uint16_t count;
};
inline constexpr uint16_t kIndexLeaf = two("li");  // of offsets
inline constexpr uint16_t kFastLeaf = two("lf");   // of offsets, each with four letters of the name
inline constexpr uint16_t kHashLeaf = two("lh");   // of offsets, each with a hash of the name
inline constexpr uint16_t kIndexRoot = two("ri");  // of lists
// What a leaf in one page has.
inline constexpr uint32_t kMostInLeaf = 500;

struct BigData {
    uint16_t signature;
    uint16_t count;
    uint32_t list;
};
inline constexpr uint16_t kBigData = two("db");
inline constexpr uint32_t kSegment = 16344;  // bytes of data in each but the last

// A log: a sector that is a base block, of this type, then entries of whole sectors.
inline constexpr uint32_t kSector = 512;
inline constexpr uint32_t kTypeLog = 6;

struct LogEntry {
    uint32_t signature;
    uint32_t size;
    uint32_t flags;
    uint32_t sequence;
    uint32_t bins_size;
    uint32_t pages;
    uint32_t hash_of_pages[2];  // of what is behind this structure
    uint32_t hash[2];           // of what is before it
};
static_assert(sizeof(LogEntry) == 40 && offsetof(LogEntry, hash) == 32);
inline constexpr uint32_t kLogEntry = four("HvLE");

// The log of before Windows 8.1: the base block's sector, this, a bit for each sector of the bins, and from
// the next sector on those sectors of which the bit is set.
inline constexpr uint32_t kTypeOldLog = 1;
inline constexpr uint32_t kDirtyVector = four("DIRT");

// One for each of an entry's pages, before the first of them.
struct PageReference {
    uint32_t offset;
    uint32_t size;
};

}  // namespace cm::regf
