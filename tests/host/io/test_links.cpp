// SPDX-License-Identifier: GPL-3.0-only
//
// Hard links: [MS-FSA] 2.1.5.15.6 and what deleting and renaming mean where a file has several names.
#include <string.h>

#include "abi/nt/ntdisposition.h"
#include "abi/nt/ntfileinfo.h"
#include "tests/host/io/volume_test.hpp"

namespace {

using base::Ref;
using io::Major;
using test::kReadWrite;

struct LinksTest : test::VolumeTest {
    NTSTATUS link(io::File& file, std::u16string_view name, uint8_t flags = 0,
                  uint32_t information_class = FileLinkInformation) {
        FILE_LINK_INFORMATION header{};
        header.Flags = flags;
        return set(file, information_class, header, name);
    }
    NTSTATUS rename(io::File& file, std::u16string_view name, uint8_t flags = 0,
                    uint32_t information_class = FileRenameInformation) {
        return link(file, name, flags, information_class);
    }
    NTSTATUS erase(io::File& file, uint32_t flags = FILE_DISPOSITION_DELETE) {
        return set(file, FileDispositionInformationEx, FILE_DISPOSITION_INFORMATION_EX{flags});
    }
    template <typename T>
    T query(io::File& file, uint32_t information_class) {
        T value{};
        EXPECT_EQ(run(Major::QueryInformation, file, {}, {reinterpret_cast<uint8_t*>(&value), sizeof value},
                      0, information_class),
                  STATUS_SUCCESS);
        return value;
    }
    ULONG links(io::File& file) {
        return query<FILE_STANDARD_INFORMATION>(file, FileStandardInformation).NumberOfLinks;
    }
    LONGLONG id(io::File& file) {
        return query<FILE_INTERNAL_INFORMATION>(file, FileInternalInformation).IndexNumber.QuadPart;
    }
    bool exists(std::u16string_view name) {
        auto file = open(name);
        if (file) close(file);
        return file || status != STATUS_OBJECT_NAME_NOT_FOUND;
    }
    // The names, each behind the id of its folder.
    using Names = std::vector<std::pair<LONGLONG, std::u16string>>;
    Names names(io::File& file, size_t room = 64 << 10) {
        std::vector<uint8_t> answer(room);
        status = run(Major::QueryInformation, file, {}, answer, 0, FileHardLinkInformation);
        FILE_LINKS_INFORMATION header;
        memcpy(&header, answer.data(), offsetof(FILE_LINKS_INFORMATION, Entry));
        needed = header.BytesNeeded;
        EXPECT_EQ(information == needed, status == STATUS_SUCCESS);
        Names found;
        size_t at = offsetof(FILE_LINKS_INFORMATION, Entry);
        for (ULONG i = 0; i < header.EntriesReturned; ++i) {
            constexpr size_t kName = offsetof(FILE_LINK_ENTRY_INFORMATION, FileName);
            FILE_LINK_ENTRY_INFORMATION entry;
            memcpy(&entry, answer.data() + at, kName);
            std::u16string name(entry.FileNameLength, 0);
            memcpy(name.data(), answer.data() + at + kName, name.size() * 2);
            found.emplace_back(entry.ParentFileId, name);
            EXPECT_EQ(entry.NextEntryOffset == 0, i + 1 == header.EntriesReturned);
            at += entry.NextEntryOffset;
        }
        return found;
    }
    void touch(std::u16string_view name, uint32_t options = 0) {
        auto file = open(name, FILE_CREATE, options);
        ASSERT_TRUE(file);
        close(file);
    }

    ULONG needed = 0;
};

TEST_F(LinksTest, AllNamesAreOneFile) {
    touch(u"\\d", FILE_DIRECTORY_FILE);
    auto file = open(u"\\t", FILE_CREATE);
    EXPECT_EQ(link(*file, u"\\d\\Other name"), STATUS_SUCCESS);
    EXPECT_EQ(write(*file, "hello", 0), STATUS_SUCCESS);
    auto other = open(u"\\D\\other NAME");
    ASSERT_TRUE(other);
    EXPECT_EQ(read(*other, 0, 10), "hello");
    EXPECT_EQ(id(*file), id(*other));
    EXPECT_EQ(links(*file), 2u);
    auto folder = open(u"\\d", FILE_OPEN, FILE_DIRECTORY_FILE), root = open(u"\\");
    EXPECT_EQ(names(*other), (Names{{id(*root), u"t"}, {id(*folder), u"Other name"}}));
    EXPECT_EQ(status, STATUS_SUCCESS);
    EXPECT_EQ(names(*folder), (Names{{id(*root), u"d"}}));
    // Too short for both.
    ULONG all = needed;
    EXPECT_EQ(names(*other, 40), (Names{{id(*root), u"t"}}));
    EXPECT_EQ(status, STATUS_BUFFER_OVERFLOW);
    EXPECT_GT(needed, all);
    // A sharing mode is the file's, by whatever name.
    EXPECT_FALSE(open(u"\\d\\other name", FILE_OPEN, 0, kReadWrite, FILE_SHARE_READ));
    EXPECT_EQ(status, STATUS_SHARING_VIOLATION);
    for (auto* each : {&file, &other, &folder, &root})
        close(*each);
}

TEST_F(LinksTest, ADeletedNameLeavesTheOthers) {
    auto file = open(u"\\t", FILE_CREATE);
    EXPECT_EQ(link(*file, u"\\u"), STATUS_SUCCESS);
    EXPECT_EQ(erase(*file), STATUS_SUCCESS);
    EXPECT_EQ(links(*file), 1u);
    EXPECT_TRUE(query<FILE_STANDARD_INFORMATION>(*file, FileStandardInformation).DeletePending);
    auto counts = query<FILE_STANDARD_LINK_INFORMATION>(*file, FileStandardLinkInformation);
    EXPECT_EQ(counts.NumberOfAccessibleLinks, 1u);
    EXPECT_EQ(counts.TotalNumberOfLinks, 2u);
    EXPECT_FALSE(open(u"\\t"));
    EXPECT_EQ(status, STATUS_DELETE_PENDING);
    EXPECT_EQ(link(*file, u"\\v"), STATUS_ACCESS_DENIED);
    auto other = open(u"\\u");
    ASSERT_TRUE(other);
    EXPECT_FALSE(query<FILE_STANDARD_INFORMATION>(*other, FileStandardInformation).DeletePending);
    // The name goes with the last file that was opened by it, whoever has the file by another one.
    close(file);
    EXPECT_FALSE(exists(u"\\t"));
    EXPECT_EQ(links(*other), 1u);
    EXPECT_EQ(link(*other, u"\\t"), STATUS_SUCCESS);
    auto third = open(u"\\t");
    EXPECT_EQ(erase(*other, FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS), STATUS_SUCCESS);
    auto held = open(u"\\t");
    close(other);
    EXPECT_FALSE(exists(u"\\u"));
    EXPECT_EQ(links(*third), 1u);
    // A section keeps the last name alone.
    auto area = MUST(volume->control_area(*third));
    area->add_section(false, false);
    EXPECT_EQ(erase(*third), STATUS_CANNOT_DELETE);
    EXPECT_EQ(link(*third, u"\\w"), STATUS_SUCCESS);
    EXPECT_EQ(erase(*third), STATUS_SUCCESS);
    area->remove_section(false, false);
    area.reset();
    close(held);
    close(third);
    EXPECT_FALSE(exists(u"\\t"));
    EXPECT_TRUE(exists(u"\\w"));
}

TEST_F(LinksTest, WhatIsRefused) {
    touch(u"\\d", FILE_DIRECTORY_FILE);
    touch(u"\\x");
    auto file = open(u"\\t", FILE_CREATE), directory = open(u"\\d", FILE_OPEN, FILE_DIRECTORY_FILE);
    EXPECT_EQ(link(*directory, u"\\e"), STATUS_FILE_IS_A_DIRECTORY);
    EXPECT_EQ(link(*file, u"\\none\\u"), STATUS_OBJECT_PATH_NOT_FOUND);
    EXPECT_EQ(link(*file, u"\\a?b"), STATUS_OBJECT_NAME_INVALID);
    EXPECT_EQ(link(*file, u"\\"), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_EQ(link(*file, u"\\x"), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_EQ(link(*file, u"\\t"), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_EQ(link(*file, u"\\d", FILE_LINK_REPLACE_IF_EXISTS), STATUS_ACCESS_DENIED);
    auto held = open(u"\\x");
    EXPECT_EQ(link(*file, u"\\x", FILE_LINK_REPLACE_IF_EXISTS), STATUS_ACCESS_DENIED);
    uint8_t posix = FILE_LINK_REPLACE_IF_EXISTS | FILE_LINK_POSIX_SEMANTICS;
    // A boolean knows nothing of flags.
    EXPECT_EQ(link(*file, u"\\x", posix), STATUS_ACCESS_DENIED);
    EXPECT_EQ(links(*file), 1u);
    EXPECT_EQ(link(*file, u"\\x", posix, FileLinkInformationEx), STATUS_SUCCESS);
    EXPECT_EQ(links(*held), 0u);
    EXPECT_EQ(links(*file), 2u);
    // What is asked for is there already.
    EXPECT_EQ(link(*file, u"\\X", FILE_LINK_REPLACE_IF_EXISTS), STATUS_SUCCESS);
    EXPECT_EQ(links(*file), 2u);
    EXPECT_EQ(link(*file, u"\\Windows\\boot.options", FILE_LINK_REPLACE_IF_EXISTS), STATUS_SUCCESS);
    EXPECT_EQ(links(*file), 3u);
    for (auto* each : {&file, &directory, &held})
        close(*each);
}

TEST_F(LinksTest, RenamingMovesOneName) {
    auto file = open(u"\\t", FILE_CREATE);
    EXPECT_EQ(link(*file, u"\\u"), STATUS_SUCCESS);
    EXPECT_EQ(rename(*file, u"\\v"), STATUS_SUCCESS);
    EXPECT_TRUE(exists(u"\\u") && exists(u"\\v") && !exists(u"\\t"));
    // Over another name of its own: one is left.
    EXPECT_EQ(rename(*file, u"\\u"), STATUS_OBJECT_NAME_COLLISION);
    auto other = open(u"\\u");
    EXPECT_EQ(rename(*file, u"\\u", FILE_RENAME_REPLACE_IF_EXISTS), STATUS_ACCESS_DENIED);
    close(other);
    EXPECT_EQ(rename(*file, u"\\u", FILE_RENAME_REPLACE_IF_EXISTS), STATUS_SUCCESS);
    EXPECT_EQ(links(*file), 1u);
    EXPECT_TRUE(exists(u"\\u") && !exists(u"\\v"));
    close(file);
}

TEST_F(LinksTest, AsManyAsNtfsHas) {
    auto number = [](unsigned i) { return u"\\" + std::u16string(1, static_cast<char16_t>(0x4e00 + i)); };
    volume = MUST(io::ramfs::Volume::create(2048));
    auto file = open(number(0), FILE_CREATE);
    for (unsigned i = 1; i < 1024; ++i)
        ASSERT_EQ(link(*file, number(i)), STATUS_SUCCESS);
    EXPECT_EQ(link(*file, number(1024)), STATUS_TOO_MANY_LINKS);
    EXPECT_EQ(links(*file), 1024u);
    EXPECT_EQ(names(*file).size(), 1024u);
    // Slice by slice.
    const uint64_t usual = std::exchange(ke::slice_ticks, 0);
    std::vector<uint8_t> answer(64 << 10);
    Ref<io::Irp> irp = MUST(io::Irp::create(Major::QueryInformation, *file, nullptr));
    irp->output = io::IrpBuffer::executive(answer);
    irp->parameters.query.information_class = FileHardLinkInformation;
    irp->start();
    EXPECT_FALSE(irp->is_done());
    while (!irp->is_done())
        ke::Pacer::instance().called(0);
    ke::slice_ticks = usual;
    EXPECT_EQ(irp->status(), STATUS_SUCCESS);
    FILE_LINKS_INFORMATION header;
    memcpy(&header, answer.data(), offsetof(FILE_LINKS_INFORMATION, Entry));
    EXPECT_EQ(header.EntriesReturned, 1024u);
    close(file);
}

// Names take room as files do.
TEST_F(LinksTest, NamesAreCounted) {
    io::ramfs::Allowance& allowance = volume->allowance();
    auto left = [&] {
        unsigned nodes = 0;
        while (allowance.add_node())
            ++nodes;
        for (unsigned i = 0; i < nodes; ++i)
            allowance.remove_node();
        return nodes;
    };
    const unsigned before = left();
    auto file = open(u"\\t", FILE_CREATE);
    EXPECT_EQ(link(*file, u"\\u"), STATUS_SUCCESS);
    EXPECT_EQ(left(), before - 2);
    auto other = open(u"\\u");
    EXPECT_EQ(erase(*file), STATUS_SUCCESS);
    close(file);
    EXPECT_EQ(erase(*other), STATUS_SUCCESS);
    close(other);
    test::run_loop();
    EXPECT_EQ(left(), before);
}

}  // namespace
