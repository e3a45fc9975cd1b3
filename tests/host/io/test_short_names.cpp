// SPDX-License-Identifier: GPL-3.0-only
//
// 8.3 names: what becomes of long ones (KB 142982), and that files are found by them.
#include <string.h>

#include <algorithm>

#include "abi/nt/ntfileinfo.h"
#include "tests/host/io/volume_test.hpp"

namespace {

using base::Ref;
using io::Major;
using io::ramfs::is_short;
using io::ramfs::ShortNames;
using test::kReadWrite;

std::u16string made(std::u16string_view name, unsigned attempt = 0) {
    return std::u16string(ShortNames(name).made(attempt).view());
}

TEST(ShortNameText, WhatIsShortAlready) {
    for (const char16_t* name :
         {u"a", u"README", u"ReadMe.Txt", u"12345678.123", u"!#$%&'()", u"-@^_`{}.~", u"x.y"})
        EXPECT_TRUE(is_short(name));
    for (const char16_t* name : {u"123456789", u"a.1234", u"a.b.c", u".a", u"a.", u"a b", u"a+b", u"a[1]",
                                 u"a;b", u"a,b", u"a=b", u"\u00e4", u"a..b"})
        EXPECT_FALSE(is_short(name));
}

TEST(ShortNameText, WhatBecomesOfLongOnes) {
    EXPECT_EQ(made(u"This is a file.html"), u"THISIS~1.HTM");
    EXPECT_EQ(made(u"This is a file.html", 3), u"THISIS~4.HTM");
    EXPECT_EQ(made(u"a.b.c.text"), u"ABC~1.TEX");
    EXPECT_EQ(made(u".profile"), u"PROFIL~1");
    EXPECT_EQ(made(u"...a.b"), u"A~1.B");
    EXPECT_EQ(made(u"a+b [1].c;d"), u"A_B_1_~1.C_D");
    EXPECT_EQ(made(u"ends with."), u"ENDSWI~1");
    EXPECT_EQ(made(u"\u00e4\u4e00b.x\u00e4"), u"__B~1.X_");
    EXPECT_EQ(made(u"a.   "), u"A~1");
    // The fifth of alike names and those behind it are told apart by four digits of the whole name.
    std::u16string fifth = made(u"This is a file.html", 4), other = made(u"This is a file too.html", 4);
    ASSERT_EQ(fifth.size(), 12u);
    EXPECT_EQ(fifth.substr(0, 2) + fifth.substr(6), u"TH~1.HTM");
    EXPECT_EQ(other.substr(6), u"~1.HTM");
    EXPECT_NE(fifth, other);
    EXPECT_EQ(made(u"THIS is a file.html", 5), fifth.substr(0, 6) + u"~2.HTM");
    for (unsigned attempt = 0; attempt < ShortNames::kMost; ++attempt)
        for (const char16_t* name : {u"averylongname.extension", u". .", u"\u4e00", u"~", u"a b"})
            EXPECT_TRUE(is_short(made(name, attempt))) << attempt;
}

struct ShortNamesTest : test::VolumeTest {
    std::u16string short_name(io::File& file) {
        uint8_t answer[4 + 24] = {};
        status = run(Major::QueryInformation, file, {}, answer, 0, FileAlternateNameInformation);
        if (!NT_SUCCESS(status)) return u"?";
        ULONG length;
        memcpy(&length, answer, sizeof length);
        EXPECT_EQ(information, 4 + length);
        std::u16string text(length / 2, 0);
        memcpy(text.data(), answer + 4, length);
        return text;
    }
    std::u16string short_name(std::u16string_view name) {
        auto file = open(name);
        if (!file) return u"none";
        std::u16string text = short_name(*file);
        close(file);
        return text;
    }
    void make(std::u16string_view name) {
        auto file = open(name, FILE_CREATE);
        ASSERT_TRUE(file);
        close(file);
    }
    // "name short "
    std::u16string list(std::u16string_view pattern) {
        auto root = open(u"\\", FILE_OPEN, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY | SYNCHRONIZE);
        uint8_t bytes[4096];
        status = run(Major::DirectoryControl, *root, {}, bytes, 0, FileBothDirectoryInformation, pattern, 0);
        close(root);
        std::u16string text;
        for (size_t at = 0; NT_SUCCESS(status);) {
            auto* entry = reinterpret_cast<const FILE_BOTH_DIR_INFORMATION*>(bytes + at);
            text.append(reinterpret_cast<const char16_t*>(entry->FileName), entry->FileNameLength / 2);
            text += u' ';
            text.append(reinterpret_cast<const char16_t*>(entry->ShortName),
                        static_cast<size_t>(entry->ShortNameLength) / 2);
            text += u' ';
            if (entry->NextEntryOffset == 0) break;
            at += entry->NextEntryOffset;
        }
        return text;
    }
    NTSTATUS set_short(std::u16string_view file_name, std::u16string_view name) {
        auto file = open(file_name);
        std::vector<uint8_t> data(4 + name.size() * 2);
        ULONG length = static_cast<ULONG>(name.size() * 2);
        memcpy(data.data(), &length, 4);
        memcpy(data.data() + 4, name.data(), length);
        NTSTATUS result = run(Major::SetInformation, *file, data, {}, 0, FileShortNameInformation);
        close(file);
        return result;
    }
};

TEST_F(ShortNamesTest, FilesAreFoundByThem) {
    make(u"\\a long name.text");
    make(u"\\a long name.texts");
    make(u"\\short.txt");
    EXPECT_EQ(short_name(u"\\a long name.text"), u"ALONGN~1.TEX");
    EXPECT_EQ(short_name(u"\\a long name.texts"), u"ALONGN~2.TEX");
    EXPECT_EQ(short_name(u"\\short.txt"), u"?");
    EXPECT_EQ(status, STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(short_name(u"\\alongn~2.tex"), u"ALONGN~2.TEX");
    EXPECT_EQ(short_name(u"\\alongn~3.tex"), u"none");
    // A pattern means either name.
    EXPECT_EQ(list(u"*~1*"), u"a long name.text ALONGN~1.TEX ");
    EXPECT_EQ(list(u"a l*s"), u"a long name.texts ALONGN~2.TEX ");
    EXPECT_EQ(list(u"short*"), u"short.txt  ");
    // What is made by a name that another has as its short one is that.
    EXPECT_FALSE(open(u"\\ALONGN~1.TEX", FILE_CREATE));
    EXPECT_EQ(status, STATUS_OBJECT_NAME_COLLISION);
    // A new name has another short one, and a deleted one's is free.
    auto file = open(u"\\alongn~1.tex");
    FILE_RENAME_INFORMATION rename{};
    EXPECT_EQ(set(*file, FileRenameInformation, rename, u"\\other long name"), STATUS_SUCCESS);
    EXPECT_EQ(short_name(*file), u"OTHERL~1");
    // Its own short name is its to take.
    EXPECT_EQ(set(*file, FileRenameInformation, rename, u"\\OTHERL~1"), STATUS_SUCCESS);
    EXPECT_EQ(short_name(*file), u"?");
    close(file);
    make(u"\\a long name.text");
    EXPECT_EQ(short_name(u"\\a long name.text"), u"ALONGN~1.TEX");
    // A further name has none.
    file = open(u"\\short.txt");
    FILE_LINK_INFORMATION link{};
    EXPECT_EQ(set(*file, FileLinkInformation, link, u"\\a long name.of another"), STATUS_SUCCESS);
    EXPECT_EQ(short_name(u"\\a long name.of another"), u"?");
    close(file);
}

TEST_F(ShortNamesTest, ManyAlike) {
    auto name = [](int i) {
        return u"\\alike long name " + std::u16string(1, static_cast<char16_t>(0x4e00 + i));
    };
    std::vector<std::u16string> names;
    for (int i = 0; i < 40; ++i)
        make(name(i));
    for (int i = 0; i < 40; ++i)
        names.push_back(short_name(name(i)));
    EXPECT_TRUE(std::ranges::all_of(names, is_short));
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST_F(ShortNamesTest, CanBeSet) {
    make(u"\\a long name.text");
    make(u"\\b");
    EXPECT_EQ(set_short(u"\\a long name.text", u"mine.x"), STATUS_SUCCESS);
    EXPECT_EQ(short_name(u"\\MINE.X"), u"MINE.X");
    EXPECT_EQ(short_name(u"\\alongn~1.tex"), u"none");
    EXPECT_EQ(set_short(u"\\a long name.text", u"B"), STATUS_OBJECT_NAME_COLLISION);
    for (const char16_t* wrong : {u"too long name", u"a b", u"123456789", u"a.b.c"})
        EXPECT_EQ(set_short(u"\\a long name.text", wrong), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(set_short(u"\\a long name.text", u""), STATUS_SUCCESS);
    EXPECT_EQ(short_name(u"\\a long name.text"), u"?");
}

}  // namespace
