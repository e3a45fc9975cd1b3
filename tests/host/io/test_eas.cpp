// SPDX-License-Identifier: GPL-3.0-only
//
// Extended attributes on the memory volume: ZwQueryEaFile and ZwSetEaFile (ntifs.h), [MS-FSA] 2.1.5.16 and
// 2.1.5.1.
#include <string.h>

#include "abi/nt/ntiolists.h"
#include "tests/host/io/volume_test.hpp"

namespace {

using base::Ref;
using io::Major;
using test::kReadWrite;

struct Ea {
    std::string name;
    std::string value;
    UCHAR flags = 0;
    bool operator==(const Ea&) const = default;
};
using Eas = std::vector<Ea>;

std::vector<uint8_t> packed(const Eas& eas) {
    std::vector<uint8_t> list;
    for (const Ea& ea : eas) {
        constexpr size_t kName = offsetof(FILE_FULL_EA_INFORMATION, EaName);
        size_t length = kName + ea.name.size() + 1 + ea.value.size(), at = list.size();
        bool last = &ea == &eas.back();
        FILE_FULL_EA_INFORMATION head{};
        head.NextEntryOffset = last ? 0 : static_cast<ULONG>((length + 3) & ~size_t{3});
        head.Flags = ea.flags;
        head.EaNameLength = static_cast<UCHAR>(ea.name.size());
        head.EaValueLength = static_cast<USHORT>(ea.value.size());
        list.resize(at + (last ? length : head.NextEntryOffset));
        memcpy(list.data() + at, &head, kName);
        memcpy(list.data() + at + kName, ea.name.c_str(), ea.name.size() + 1);
        memcpy(list.data() + at + kName + ea.name.size() + 1, ea.value.data(), ea.value.size());
    }
    return list;
}

std::vector<uint8_t> names(const std::vector<std::string>& wanted) {
    std::vector<uint8_t> list;
    for (const std::string& name : wanted) {
        constexpr size_t kName = offsetof(FILE_GET_EA_INFORMATION, EaName);
        size_t length = (kName + name.size() + 1 + 3) & ~size_t{3}, at = list.size();
        FILE_GET_EA_INFORMATION head{};
        head.NextEntryOffset = &name == &wanted.back() ? 0 : static_cast<ULONG>(length);
        head.EaNameLength = static_cast<UCHAR>(name.size());
        list.resize(at + length);
        memcpy(list.data() + at, &head, kName);
        memcpy(list.data() + at + kName, name.c_str(), name.size() + 1);
    }
    return list;
}

struct EasTest : test::VolumeTest {
    Ref<io::Irp> begin(Major major, io::File& file, std::vector<uint8_t> list, std::span<uint8_t> out,
                       uint8_t flags, uint32_t index) {
        Ref<io::Irp> irp = MUST(io::Irp::create(major, file, nullptr));
        MUST(irp->data.append(list));
        irp->input = io::IrpBuffer::executive(irp->data.span());
        irp->output = io::IrpBuffer::executive(out);
        irp->stack_flags = flags;
        irp->parameters.attributes.index = index;
        irp->start();
        while (!irp->is_done())
            ke::Pacer::instance().called(0);
        status = irp->status();
        information = irp->information();
        return irp;
    }
    NTSTATUS assign(io::File& file, const Eas& eas) {
        begin(Major::SetEa, file, packed(eas), {}, 0, 0);
        return status;
    }
    Eas ask(io::File& file, uint8_t flags = io::kRestartScan, size_t room = 4096,
            std::vector<std::string> wanted = {}, uint32_t index = 0) {
        std::vector<uint8_t> answer(room);
        begin(Major::QueryEa, file, names(wanted), answer, flags, index);
        Eas eas;
        for (size_t at = 0; information > 0 && !NT_ERROR(status);) {
            constexpr size_t kName = offsetof(FILE_FULL_EA_INFORMATION, EaName);
            FILE_FULL_EA_INFORMATION head;
            memcpy(&head, answer.data() + at, kName);
            auto* text = reinterpret_cast<const char*>(answer.data() + at + kName);
            EXPECT_EQ(text[head.EaNameLength], 0);
            eas.push_back(
                {{text, head.EaNameLength}, {text + head.EaNameLength + 1, head.EaValueLength}, head.Flags});
            if (head.NextEntryOffset == 0) break;
            at += head.NextEntryOffset;
        }
        return eas;
    }
    ULONG size_of(io::File& file) {
        FILE_EA_INFORMATION answer{};
        EXPECT_EQ(run(Major::QueryInformation, file, {}, {reinterpret_cast<uint8_t*>(&answer), sizeof answer},
                      0, FileEaInformation),
                  STATUS_SUCCESS);
        return answer.EaSize;
    }
    // Opens with a list, as NtCreateFile does once it is checked.
    Ref<io::File> make(std::u16string_view name, const Eas& eas, uint32_t disposition, uint32_t options = 0) {
        std::vector<uint8_t> list = eas.empty() ? std::vector<uint8_t>() : packed(eas);
        io::OpenOptions wanted{kReadWrite, FILE_SHARE_VALID_FLAGS, options, disposition, 0};
        auto file = MUST(base::make_ref<io::File>(volume, MUST(base::String::create(name)), wanted));
        Ref<io::Irp> irp = MUST(io::Irp::create(Major::Create, *file, nullptr));
        irp->parameters.create.desired_access = wanted.access;
        irp->parameters.create.options = disposition << 24 | options;
        irp->parameters.create.share_access = FILE_SHARE_VALID_FLAGS;
        MUST(irp->data.append(list));
        irp->input.length = list.size();
        irp->start();
        while (!irp->is_done())
            ke::Pacer::instance().called(0);
        status = irp->status();
        if (!NT_SUCCESS(status)) return {};
        file->set_opened();
        return file;
    }
};

TEST_F(EasTest, AreKeptInTheirOrderAndOneCase) {
    auto file = open(u"\\t", FILE_CREATE);
    ask(*file);
    EXPECT_EQ(status, STATUS_NO_EAS_ON_FILE);
    EXPECT_EQ(size_of(*file), 0u);
    EXPECT_EQ(assign(*file, {{"zeta", "1"}, {"Alpha", "two"}, {"mid", std::string("\0x", 2), FILE_NEED_EA}}),
              STATUS_SUCCESS);
    Eas all{{"ZETA", "1"}, {"ALPHA", "two"}, {"MID", std::string("\0x", 2), FILE_NEED_EA}};
    EXPECT_EQ(ask(*file), all);
    EXPECT_EQ(status, STATUS_SUCCESS);
    EXPECT_EQ(size_of(*file), 4u + (5 + 4 + 1) + (5 + 5 + 3) + (5 + 3 + 2));
    // One takes its place, one goes, one comes; the last of equal names counts.
    EXPECT_EQ(assign(*file, {{"alpha", "x"}, {"zeta", ""}, {"none", ""}, {"new", "a"}, {"NEW", "b"}}),
              STATUS_SUCCESS);
    Eas now{{"ALPHA", "x"}, {"MID", std::string("\0x", 2), FILE_NEED_EA}, {"NEW", "b"}};
    EXPECT_EQ(ask(*file), now);
    EXPECT_EQ(assign(*file, {{"alpha", ""}, {"mid", ""}, {"new", ""}}), STATUS_SUCCESS);
    ask(*file);
    EXPECT_EQ(status, STATUS_NO_EAS_ON_FILE);
    close(file);
}

TEST_F(EasTest, AreScannedFromWhereTheLastEnded) {
    auto file = open(u"\\t", FILE_CREATE), other = open(u"\\t");
    EXPECT_EQ(assign(*file, {{"A", "1"}, {"B", "22"}, {"C", "333"}}), STATUS_SUCCESS);
    EXPECT_EQ(ask(*file, io::kReturnSingleEntry), (Eas{{"A", "1"}}));
    EXPECT_EQ(ask(*file, 0, 24), (Eas{{"B", "22"}}));
    EXPECT_EQ(status, STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(ask(*file, 0, 8), Eas{});
    EXPECT_EQ(status, STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(ask(*file, 0), (Eas{{"C", "333"}}));
    EXPECT_EQ(status, STATUS_SUCCESS);
    ask(*file, 0);
    EXPECT_EQ(status, STATUS_NO_MORE_EAS);
    // Each file has its own place; an index is one from 1 on.
    EXPECT_EQ(ask(*other, io::kReturnSingleEntry), (Eas{{"A", "1"}}));
    EXPECT_EQ(ask(*other, io::kIndexSpecified | io::kReturnSingleEntry, 4096, {}, 3), (Eas{{"C", "333"}}));
    ask(*other, io::kIndexSpecified, 4096, {}, 4);
    EXPECT_EQ(status, STATUS_NO_MORE_EAS);
    for (uint32_t index : {0u, 5u, 0xffffffffu}) {
        ask(*other, io::kIndexSpecified, 4096, {}, index);
        EXPECT_EQ(status, STATUS_NONEXISTENT_EA_ENTRY);
    }
    // By their names, also what is not there.
    EXPECT_EQ(ask(*other, 0, 4096, {"c", "none", "a"}), (Eas{{"C", "333"}, {"none", ""}, {"A", "1"}}));
    EXPECT_EQ(ask(*other, io::kReturnSingleEntry, 4096, {"b", "a"}), (Eas{{"B", "22"}}));
    // A scan does not go on in others than it began in.
    EXPECT_EQ(ask(*file, io::kRestartScan | io::kReturnSingleEntry), (Eas{{"A", "1"}}));
    EXPECT_EQ(assign(*other, {{"D", "4"}}), STATUS_SUCCESS);
    ask(*file, 0);
    EXPECT_EQ(status, STATUS_EA_CORRUPT_ERROR);
    EXPECT_EQ(ask(*file).size(), 4u);
    close(file);
    close(other);
}

TEST_F(EasTest, WhatIsRefused) {
    auto file = open(u"\\t", FILE_CREATE);
    EXPECT_EQ(assign(*file, {{"GOOD", "1"}}), STATUS_SUCCESS);
    for (std::string wrong : {std::string(), std::string("a*b"), std::string("a;"), std::string("a\x01"),
                              std::string(255, 'x')}) {
        EXPECT_EQ(assign(*file, {{"OTHER", "22"}, {wrong, "1"}}), STATUS_INVALID_EA_NAME) << wrong;
        EXPECT_EQ(information, 16u);
    }
    EXPECT_EQ(assign(*file, {{"OTHER", "22"}, {"X", "1", 0x40}}), STATUS_INVALID_EA_FLAG);
    EXPECT_EQ(information, 16u);
    EXPECT_EQ(assign(*file, {{"BIG", std::string(65000, 'x')}, {"BIGGER", std::string(600, 'x')}}),
              STATUS_EA_TOO_LARGE);
    // All or nothing.
    EXPECT_EQ(ask(*file), (Eas{{"GOOD", "1"}}));
    // 4 + (5 + 4 + 1) + (5 + 3 + value)
    EXPECT_EQ(assign(*file, {{"BIG", std::string(65535 - 4 - 10 - 8, 'x')}}), STATUS_SUCCESS);
    EXPECT_EQ(size_of(*file), 65535u);
    EXPECT_EQ(assign(*file, {{"BIG", std::string(65535 - 4 - 10 - 7, 'x')}}), STATUS_EA_TOO_LARGE);
    close(file);
}

TEST_F(EasTest, ComeWithANewFile) {
    auto file = make(u"\\t", {{"a", "1"}}, FILE_CREATE);
    ASSERT_TRUE(file);
    EXPECT_EQ(ask(*file), (Eas{{"A", "1"}}));
    close(file);
    // Who opens gives none; who overwrites replaces all of them.
    file = make(u"\\t", {{"b", "2"}}, FILE_OPEN_IF);
    EXPECT_EQ(ask(*file), (Eas{{"A", "1"}}));
    close(file);
    file = make(u"\\t", {{"b", "2", FILE_NEED_EA}}, FILE_OVERWRITE);
    EXPECT_EQ(ask(*file), (Eas{{"B", "2", FILE_NEED_EA}}));
    close(file);
    EXPECT_FALSE(make(u"\\t", {}, FILE_OPEN, FILE_NO_EA_KNOWLEDGE));
    EXPECT_EQ(status, STATUS_ACCESS_DENIED);
    EXPECT_FALSE(make(u"\\u", {{"b", "2", FILE_NEED_EA}}, FILE_CREATE, FILE_NO_EA_KNOWLEDGE));
    EXPECT_EQ(status, STATUS_ACCESS_DENIED);
    EXPECT_FALSE(make(u"\\u", {{"b?", "2"}}, FILE_CREATE));
    EXPECT_EQ(status, STATUS_INVALID_EA_NAME);
    EXPECT_FALSE(open(u"\\u"));
    file = make(u"\\t", {}, FILE_SUPERSEDE);
    EXPECT_EQ(size_of(*file), 0u);
    close(file);
    file = make(u"\\d", {{"of", "a folder"}}, FILE_CREATE, FILE_DIRECTORY_FILE);
    EXPECT_EQ(ask(*file), (Eas{{"OF", "a folder"}}));
    close(file);
}

// Thousands are set, found and given in slices.
TEST_F(EasTest, InSlices) {
    volume = MUST(io::ramfs::Volume::create(2048));
    auto file = open(u"\\t", FILE_CREATE);
    Eas many;
    for (int i = 0; i < 2000; ++i)
        many.push_back({"N" + std::to_string(i * 7919 % 2000), std::to_string(i)});
    const uint64_t usual = std::exchange(ke::slice_ticks, 0);
    EXPECT_EQ(assign(*file, many), STATUS_SUCCESS);
    EXPECT_EQ(ask(*file, io::kRestartScan, 64 << 10), many);
    // 321 * 7919 is 1999 modulo 2000.
    EXPECT_EQ(ask(*file, 0, 64 << 10, {"n1999", "n0"}), (Eas{{"N1999", "321"}, {"N0", "0"}}));
    ke::slice_ticks = usual;
    close(file);
}

}  // namespace
