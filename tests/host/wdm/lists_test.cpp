// SPDX-License-Identifier: GPL-3.0-only
//
// IoCheckEaBufferValidity and IoCheckQuotaBufferValidity: what is a list, where the first wrong entry of what
// is none lies, and that whoever walks what passed stays inside.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "abi/nt/ntiofile.h"
#include "abi/nt/ntiolists.h"
#include "abi/nt/ntstatus.h"
#include "base/list_check.hpp"

extern "C" NTSTATUS IoCheckEaBufferValidity(PFILE_FULL_EA_INFORMATION, ULONG, PULONG);
extern "C" NTSTATUS IoCheckQuotaBufferValidity(PFILE_QUOTA_INFORMATION, ULONG, PULONG);

namespace {

constexpr ULONG kNowhere = 0xdead;

using Bytes = std::vector<UCHAR>;

struct List {
    Bytes bytes;
    std::vector<size_t> entries;  // where they begin

    void begin(size_t boundary) {
        if (!entries.empty()) {
            bytes.resize((bytes.size() + boundary - 1) / boundary * boundary);
            put(entries.back(), static_cast<ULONG>(bytes.size() - entries.back()));
        }
        entries.push_back(bytes.size());
    }
    void put(size_t at, ULONG value) { std::memcpy(bytes.data() + at, &value, sizeof value); }
    List& attribute(const std::string& name, size_t value) {
        begin(4);
        bytes.resize(bytes.size() + 8);
        bytes[bytes.size() - 3] = static_cast<UCHAR>(name.size());
        bytes[bytes.size() - 2] = static_cast<UCHAR>(value);
        bytes[bytes.size() - 1] = static_cast<UCHAR>(value >> 8);
        bytes.insert(bytes.end(), name.begin(), name.end());
        bytes.push_back(0);
        bytes.resize(bytes.size() + value, 0x5a);
        return *this;
    }
    List& name(const std::string& name) {
        begin(4);
        bytes.resize(bytes.size() + 5);
        bytes.back() = static_cast<UCHAR>(name.size());
        bytes.insert(bytes.end(), name.begin(), name.end());
        bytes.push_back(0);
        return *this;
    }
    List& sid(size_t header, UCHAR parts) {
        begin(header == offsetof(FILE_QUOTA_INFORMATION, Sid) ? 8 : 4);
        size_t at = bytes.size();
        bytes.resize(at + header + 8 + 4 * parts);
        put(at + 4, 8 + 4u * parts);
        bytes[at + header] = SID_REVISION;
        bytes[at + header + 1] = parts;
        return *this;
    }
    List& quota(UCHAR parts) { return sid(offsetof(FILE_QUOTA_INFORMATION, Sid), parts); }
};

// The offset of what is wrong, or kNowhere. In memory of just its length, so that the sanitizer sees a step
// too far.
ULONG wrong_attribute(const Bytes& bytes) {
    Bytes exact(bytes);
    exact.shrink_to_fit();
    ULONG at = kNowhere;
    auto* list = reinterpret_cast<PFILE_FULL_EA_INFORMATION>(exact.data());
    NTSTATUS status = IoCheckEaBufferValidity(list, static_cast<ULONG>(exact.size()), &at);
    EXPECT_EQ(status, at == kNowhere ? STATUS_SUCCESS : STATUS_EA_LIST_INCONSISTENT);
    return at;
}

ULONG wrong_quota(const Bytes& bytes) {
    Bytes exact(bytes);
    exact.shrink_to_fit();
    ULONG at = kNowhere;
    auto* list = reinterpret_cast<PFILE_QUOTA_INFORMATION>(exact.data());
    NTSTATUS status = IoCheckQuotaBufferValidity(list, static_cast<ULONG>(exact.size()), &at);
    EXPECT_EQ(status, at == kNowhere ? STATUS_SUCCESS : STATUS_QUOTA_LIST_INCONSISTENT);
    return at;
}

List three() {
    List list;
    return list.attribute("one", 5).attribute("a longer name", 0).attribute("z", 300);
}

TEST(Lists, OfAttributes) {
    EXPECT_EQ(wrong_attribute(List().attribute("", 0).bytes), kNowhere);
    EXPECT_EQ(wrong_attribute(three().bytes), kNowhere);
    Bytes none;
    EXPECT_EQ(wrong_attribute(none), 0u);
    // Cut short, it is the last entry that is wrong.
    List list = three();
    for (size_t cut = 1; list.bytes.size() - cut > list.entries[2]; cut += 7)
        EXPECT_EQ(wrong_attribute(Bytes(list.bytes.begin(), list.bytes.end() - cut)), list.entries[2]) << cut;
    EXPECT_EQ(wrong_attribute(Bytes(list.bytes.begin(), list.bytes.begin() + list.entries[1] + 3)),
              list.entries[1]);
}

TEST(Lists, OfAttributesWithWrongEntries) {
    List list = three();
    size_t second = list.entries[1];
    Bytes unended = list.bytes;
    unended[second + 8 + 13] = 'x';  // where the name's zero was
    EXPECT_EQ(wrong_attribute(unended), second);
    Bytes long_name = list.bytes;
    long_name[list.entries[2] + 5] = 200;
    EXPECT_EQ(wrong_attribute(long_name), list.entries[2]);
    struct {
        ULONG next;
        size_t wrong;
    } cases[] = {{21, second}, {26, second}, {4, second}, {8, second}, {0xfffffffc, second}, {2000, second}};
    for (auto [next, wrong] : cases) {
        List bad = list;
        bad.put(second, next);
        EXPECT_EQ(wrong_attribute(bad.bytes), wrong) << next;
    }
    // The end of the bytes is no entry.
    List behind = list;
    behind.bytes.resize((behind.bytes.size() + 3) / 4 * 4);
    behind.put(list.entries[2], static_cast<ULONG>(behind.bytes.size() - list.entries[2]));
    EXPECT_EQ(wrong_attribute(behind.bytes), behind.bytes.size());
    // Whoever says that it ends here is believed.
    List shorter = list;
    shorter.put(second, 0);
    EXPECT_EQ(wrong_attribute(shorter.bytes), kNowhere);
}

TEST(Lists, OfQuotas) {
    EXPECT_EQ(wrong_quota(List().quota(1).bytes), kNowhere);
    List list = List().quota(1).quota(15).quota(2);
    EXPECT_EQ(wrong_quota(list.bytes), kNowhere);
    for (size_t cut = 1; list.bytes.size() - cut > list.entries[2]; ++cut)
        EXPECT_EQ(wrong_quota(Bytes(list.bytes.begin(), list.bytes.end() - cut)), list.entries[2]) << cut;
    size_t second = list.entries[1];
    constexpr size_t kSid = offsetof(FILE_QUOTA_INFORMATION, Sid);
    Bytes revision = list.bytes;
    revision[second + kSid] = 2;
    EXPECT_EQ(wrong_quota(revision), second);
    Bytes parts = list.bytes;
    parts[second + kSid + 1] = 16;
    EXPECT_EQ(wrong_quota(parts), second);
    // The length is the SID's, no more and no less.
    for (ULONG length : {0u, 7u, 64u, 67u, 69u, 0xffffffffu}) {
        List bad = list;
        bad.put(second + 4, length);
        EXPECT_EQ(wrong_quota(bad.bytes), second) << length;
    }
    // On a boundary of 8, where attributes need 4.
    List bad = list;
    bad.put(0, 60);
    EXPECT_EQ(wrong_quota(bad.bytes), 0u);
}

TEST(Lists, OfNamesAndSids) {
    List names;
    names.name("one").name("").name("three");
    base::ListCheck good(base::ListKind::AttributeNames, names.bytes);
    EXPECT_FALSE(good.go_on(2));
    EXPECT_TRUE(good.go_on(1));
    EXPECT_TRUE(good.good());
    names.bytes.back() = 'x';
    base::ListCheck bad(base::ListKind::AttributeNames, names.bytes);
    EXPECT_TRUE(bad.go_on(99));
    EXPECT_FALSE(bad.good());
    EXPECT_EQ(bad.wrong_at(), names.entries[2]);
    List sids;
    sids.sid(offsetof(FILE_GET_QUOTA_INFORMATION, Sid), 1).sid(offsetof(FILE_GET_QUOTA_INFORMATION, Sid), 5);
    base::ListCheck whose(base::ListKind::QuotaSids, sids.bytes);
    EXPECT_TRUE(whose.go_on(2));
    EXPECT_TRUE(whose.good());
}

// A file system that walks a list without a look at any length.
size_t walk(const Bytes& bytes) {
    size_t sum = 0, at = 0;
    for (;;) {
        FILE_FULL_EA_INFORMATION entry;
        if (at + 8 > bytes.size()) return SIZE_MAX;
        std::memcpy(&entry, bytes.data() + at, 8);
        size_t end = at + 8 + entry.EaNameLength + 1 + entry.EaValueLength;
        if (end > bytes.size() || bytes[at + 8 + entry.EaNameLength] != 0) return SIZE_MAX;
        sum += end - at;
        if (entry.NextEntryOffset == 0) return sum;
        if (at + entry.NextEntryOffset < end) return SIZE_MAX;
        at += entry.NextEntryOffset;
    }
}

TEST(Lists, WhatPassesCanBeWalked) {
    std::mt19937 random(20261201);
    unsigned passed = 0, refused = 0;
    for (unsigned round = 0; round < 20'000; ++round) {
        Bytes bytes = three().bytes;
        for (unsigned changes = random() % 4; changes > 0; --changes) {
            // Mostly what says something.
            size_t at = random() % 2 ? random() % bytes.size() : random() % 12;
            bytes[at] = static_cast<UCHAR>(random() % 3 ? random() % 32 : random());
        }
        bytes.resize(bytes.size() - random() % 3);
        bool good = wrong_attribute(bytes) == kNowhere;
        (good ? passed : refused)++;
        if (good) EXPECT_NE(walk(bytes), SIZE_MAX) << round;
    }
    EXPECT_GT(passed, 1000u);
    EXPECT_GT(refused, 1000u);
}

}  // namespace
