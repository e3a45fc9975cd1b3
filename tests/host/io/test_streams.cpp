// SPDX-License-Identifier: GPL-3.0-only
//
// Named streams of files and directories: [MS-FSCC] 2.1.5, [MS-FSA] 2.1.5.1, 2.1.5.15.11.1.
#include <string.h>

#include "abi/nt/ntdisposition.h"
#include "abi/nt/ntnotify.h"
#include "tests/host/io/volume_test.hpp"

namespace {

using base::Ref;
using io::Major;
using test::kReadWrite;

struct StreamsTest : test::VolumeTest {
    // "::$DATA 5 :x:$DATA 0 "
    std::u16string list(io::File& file, size_t room = 4096) {
        std::vector<uint8_t> answer(room);
        status = run(Major::QueryInformation, file, {}, answer, 0, FileStreamInformation);
        std::u16string text;
        for (size_t at = 0; information > 0;) {
            FILE_STREAM_INFORMATION entry;
            memcpy(&entry, answer.data() + at, sizeof entry);
            std::u16string name(entry.StreamNameLength / 2, 0);
            memcpy(name.data(), answer.data() + at + offsetof(FILE_STREAM_INFORMATION, StreamName),
                   entry.StreamNameLength);
            std::string size = std::to_string(entry.StreamSize.QuadPart);
            text += name + u" " + std::u16string(size.begin(), size.end()) + u" ";
            if (entry.NextEntryOffset == 0) break;
            at += entry.NextEntryOffset;
        }
        return text;
    }
    std::u16string list(std::u16string_view name) {
        auto file = open(name, FILE_OPEN, 0, FILE_READ_ATTRIBUTES);
        if (!file) return u"?";
        std::u16string text = list(*file);
        close(file);
        return text;
    }
    void make(std::u16string_view name, std::string text = {}, uint32_t options = 0) {
        auto file = open(name, FILE_OPEN_IF, options);
        ASSERT_TRUE(file);
        if (!text.empty()) EXPECT_EQ(write(*file, text, 0), STATUS_SUCCESS);
        close(file);
    }
    std::string text_of(std::u16string_view name) {
        auto file = open(name, FILE_OPEN, 0, FILE_READ_DATA);
        if (!file) return "?";
        std::string text = read(*file, 0, 100);
        close(file);
        return text;
    }
    NTSTATUS rename(std::u16string_view file_name, std::u16string_view name, bool replace = false) {
        auto file = open(file_name);
        FILE_RENAME_INFORMATION header{};
        header.ReplaceIfExists = replace;
        NTSTATUS result = set(*file, FileRenameInformation, header, name);
        close(file);
        return result;
    }
    NTSTATUS erase(io::File& file, uint32_t flags = FILE_DISPOSITION_DELETE) {
        return set(file, FileDispositionInformationEx, FILE_DISPOSITION_INFORMATION_EX{flags});
    }
};

TEST_F(StreamsTest, EachHasItsOwnBytes) {
    make(u"\\t", "main");
    make(u"\\t:One", "first one");
    make(u"\\T:two:$data", "2");
    EXPECT_EQ(text_of(u"\\t"), "main");
    EXPECT_EQ(text_of(u"\\t::$DATA"), "main");
    EXPECT_EQ(text_of(u"\\t:ONE"), "first one");
    EXPECT_EQ(list(u"\\t"), u"::$DATA 4 :One:$DATA 9 :two:$DATA 1 ");
    auto file = open(u"\\t:two");
    FILE_STANDARD_INFORMATION standard{};
    auto ask = [&] {
        return run(Major::QueryInformation, *file, {},
                   {reinterpret_cast<uint8_t*>(&standard), sizeof standard}, 0, FileStandardInformation);
    };
    EXPECT_EQ(ask(), STATUS_SUCCESS);
    EXPECT_EQ(standard.EndOfFile.QuadPart, 1);
    uint8_t name[100] = {};
    EXPECT_EQ(run(Major::QueryInformation, *file, {}, name, 0, FileNameInformation), STATUS_SUCCESS);
    EXPECT_EQ(information, 4u + 12u);
    EXPECT_EQ(memcmp(name + 4, u"\\t:two", 12), 0);
    FILE_END_OF_FILE_INFORMATION end{};
    end.EndOfFile.QuadPart = 9;
    EXPECT_EQ(set(*file, FileEndOfFileInformation, end), STATUS_SUCCESS);
    EXPECT_EQ(text_of(u"\\t"), "main");
    // Too short for all.
    EXPECT_EQ(list(*file, 90), u"::$DATA 4 :One:$DATA 9 ");
    EXPECT_EQ(status, STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(list(*file, 10), u"");
    EXPECT_EQ(status, STATUS_BUFFER_OVERFLOW);
    close(file);
    // A file is made by the name of its stream.
    make(u"\\new:stream", "x");
    EXPECT_EQ(list(u"\\new"), u"::$DATA 0 :stream:$DATA 1 ");
    EXPECT_EQ(text_of(u"\\none:stream"), "?");
    EXPECT_EQ(status, STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(text_of(u"\\t:none"), "?");
    EXPECT_EQ(status, STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_FALSE(open(u"\\t:one", FILE_CREATE));
    EXPECT_EQ(status, STATUS_OBJECT_NAME_COLLISION);
}

TEST_F(StreamsTest, Directories) {
    make(u"\\d", "", FILE_DIRECTORY_FILE);
    EXPECT_EQ(list(u"\\d"), u"");
    EXPECT_EQ(status, STATUS_SUCCESS);
    make(u"\\d:s", "of a directory");
    make(u"\\:s", "of the root");
    EXPECT_EQ(list(u"\\d"), u":s:$DATA 14 ");
    EXPECT_EQ(text_of(u"\\:s"), "of the root");
    auto named = open(u"\\d::$INDEX_ALLOCATION", FILE_OPEN, FILE_DIRECTORY_FILE);
    ASSERT_TRUE(named);
    close(named);
    named = open(u"\\d:$i30:$Index_Allocation");
    ASSERT_TRUE(named);
    close(named);
    struct {
        const char16_t* name;
        uint32_t options;
        NTSTATUS status;
    } wrong[] = {{u"\\d::$DATA", 0, STATUS_FILE_IS_A_DIRECTORY},
                 {u"\\d::$DATA", FILE_DIRECTORY_FILE, STATUS_NOT_A_DIRECTORY},
                 {u"\\d:s", FILE_DIRECTORY_FILE, STATUS_NOT_A_DIRECTORY},
                 {u"\\d:new", FILE_DIRECTORY_FILE, STATUS_NOT_A_DIRECTORY},
                 {u"\\none:new", FILE_DIRECTORY_FILE, STATUS_NOT_A_DIRECTORY},
                 {u"\\Windows\\boot.options::$INDEX_ALLOCATION", 0, STATUS_NOT_A_DIRECTORY},
                 {u"\\t:s:$FOO", 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\t:s:", 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\t:", 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\t::", 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\t:a/b", 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\t:a:$DATA:$DATA", 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\t:s\\u", 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\t:s\\", 0, STATUS_OBJECT_NAME_INVALID}};
    for (auto& [name, options, expected] : wrong) {
        EXPECT_FALSE(open(name, FILE_OPEN_IF, options));
        EXPECT_EQ(status, expected) << std::string(name, name + std::u16string_view(name).size());
    }
    // What no file's name may have.
    make(u"\\t:?a*\"<\x01>");
    EXPECT_EQ(list(u"\\t"), u"::$DATA 0 :?a*\"<\x01>:$DATA 0 ");
}

TEST_F(StreamsTest, SharingIsEachOnes) {
    make(u"\\t", "main");
    auto one = open(u"\\t:one", FILE_OPEN_IF, 0, FILE_READ_DATA | FILE_WRITE_DATA, 0);
    ASSERT_TRUE(one);
    EXPECT_FALSE(open(u"\\t:one", FILE_OPEN, 0, FILE_READ_DATA));
    EXPECT_EQ(status, STATUS_SHARING_VIOLATION);
    auto two = open(u"\\t:two", FILE_OPEN_IF, 0, FILE_READ_DATA, 0);
    auto main = open(u"\\t", FILE_OPEN, 0, FILE_READ_DATA | FILE_WRITE_DATA, 0);
    EXPECT_TRUE(two && main);
    close(main);
    // But who deletes the file takes all of them.
    EXPECT_FALSE(open(u"\\t", FILE_OPEN, 0, DELETE));
    EXPECT_EQ(status, STATUS_SHARING_VIOLATION);
    close(one);
    close(two);
    main = open(u"\\t", FILE_OPEN, 0, DELETE);
    ASSERT_TRUE(main);
    EXPECT_FALSE(open(u"\\t:one", FILE_OPEN, 0, FILE_READ_DATA, FILE_SHARE_READ));
    EXPECT_EQ(status, STATUS_SHARING_VIOLATION);
    close(main);
}

TEST_F(StreamsTest, Deletion) {
    make(u"\\t", "main");
    auto one = open(u"\\t:one", FILE_CREATE), again = open(u"\\t:one");
    EXPECT_EQ(erase(*one), STATUS_SUCCESS);
    EXPECT_FALSE(open(u"\\t:one"));
    EXPECT_EQ(status, STATUS_DELETE_PENDING);
    EXPECT_EQ(text_of(u"\\t"), "main");
    close(one);
    EXPECT_EQ(list(u"\\t"), u"::$DATA 4 :one:$DATA 0 ");
    close(again);
    EXPECT_EQ(list(u"\\t"), u"::$DATA 4 ");
    auto gone = open(u"\\t:gone", FILE_CREATE, FILE_DELETE_ON_CLOSE);
    close(gone);
    EXPECT_EQ(list(u"\\t"), u"::$DATA 4 ");
    // A file with an open stream is there until that is closed, but nobody opens it any more.
    auto held = open(u"\\t:held", FILE_CREATE);
    auto main = open(u"\\t");
    EXPECT_EQ(erase(*main), STATUS_SUCCESS);
    close(main);
    EXPECT_FALSE(open(u"\\t"));
    EXPECT_EQ(status, STATUS_DELETE_PENDING);
    EXPECT_FALSE(open(u"\\t:held"));
    EXPECT_EQ(status, STATUS_DELETE_PENDING);
    EXPECT_EQ(write(*held, "still", 0), STATUS_SUCCESS);
    close(held);
    EXPECT_FALSE(open(u"\\t"));
    EXPECT_EQ(status, STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_F(StreamsTest, WhoOverwritesTheFileOverwritesAll) {
    for (uint32_t disposition : {FILE_SUPERSEDE, FILE_OVERWRITE, FILE_OVERWRITE_IF}) {
        make(u"\\t", "main");
        make(u"\\t:one", "1");
        make(u"\\t:two", "2");
        auto two = open(u"\\t:two");
        auto one = open(u"\\t:one", disposition);
        EXPECT_EQ(information, disposition == FILE_SUPERSEDE ? 0u : 3u);  // FILE_SUPERSEDED, FILE_OVERWRITTEN
        close(one);
        EXPECT_EQ(list(u"\\t"), u"::$DATA 4 :one:$DATA 0 :two:$DATA 1 ");
        auto main = open(u"\\t", disposition);
        EXPECT_EQ(list(*main), u"::$DATA 0 ");
        // Whoever has one of them goes on with it.
        EXPECT_EQ(read(*two, 0, 1), "2");
        EXPECT_EQ(erase(*two), STATUS_SUCCESS);
        close(two);
        close(main);
    }
}

TEST_F(StreamsTest, OtherNames) {
    make(u"\\t", "main");
    make(u"\\t:one", "1");
    make(u"\\t:empty");
    EXPECT_EQ(rename(u"\\t:one", u":two"), STATUS_SUCCESS);
    EXPECT_EQ(rename(u"\\t:two", u":Two:$DATA"), STATUS_SUCCESS);
    EXPECT_EQ(list(u"\\t"), u"::$DATA 4 :empty:$DATA 0 :Two:$DATA 1 ");
    EXPECT_EQ(rename(u"\\t:two", u":empty"), STATUS_OBJECT_NAME_COLLISION);
    EXPECT_EQ(rename(u"\\t:empty", u":two", true), STATUS_INVALID_PARAMETER);
    auto held = open(u"\\t:empty");
    EXPECT_EQ(rename(u"\\t:two", u":empty", true), STATUS_ACCESS_DENIED);
    close(held);
    EXPECT_EQ(rename(u"\\t:two", u":empty", true), STATUS_SUCCESS);
    EXPECT_EQ(list(u"\\t"), u"::$DATA 4 :empty:$DATA 1 ");
    for (const char16_t* wrong : {u":", u"::", u":a/b", u":x:$FOO", u"::$INDEX_ALLOCATION", u"\\t"})
        EXPECT_EQ(rename(u"\\t:empty", wrong), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(rename(u"\\t", u"\\t:x"), STATUS_OBJECT_NAME_INVALID);
    // The main one gets a name, a named one loses it.
    EXPECT_EQ(rename(u"\\t:empty", u"::$DATA", true), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(rename(u"\\t", u":was main"), STATUS_SUCCESS);
    EXPECT_EQ(list(u"\\t"), u"::$DATA 0 :empty:$DATA 1 :was main:$DATA 4 ");
    EXPECT_EQ(rename(u"\\t:empty", u"::$DATA", true), STATUS_SUCCESS);
    EXPECT_EQ(list(u"\\t"), u"::$DATA 1 :was main:$DATA 4 ");
    EXPECT_EQ(text_of(u"\\t"), "1");
    make(u"\\d", "", FILE_DIRECTORY_FILE);
    EXPECT_EQ(rename(u"\\d", u":x"), STATUS_INVALID_PARAMETER);
}

// They take room, and their end is that of no turn.
TEST_F(StreamsTest, ManyEndInSlices) {
    volume = MUST(io::ramfs::Volume::create(2048));
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
    constexpr unsigned kMany = 500;
    for (unsigned i = 0; i < kMany; ++i)
        make(u"\\t:" + std::u16string(1, static_cast<char16_t>(0x4e00 + i)), "x");
    EXPECT_EQ(left(), before - kMany - 1);
    auto file = open(u"\\t");
    // The list goes on where it was.
    const uint64_t usual = std::exchange(ke::slice_ticks, 0);
    std::vector<uint8_t> answer(64 << 10);
    Ref<io::Irp> irp = MUST(io::Irp::create(Major::QueryInformation, *file, nullptr));
    irp->output = io::IrpBuffer::executive(answer);
    irp->parameters.query.information_class = FileStreamInformation;
    irp->start();
    EXPECT_FALSE(irp->is_done());
    while (!irp->is_done())
        ke::Pacer::instance().called(0);
    EXPECT_EQ(irp->status(), STATUS_SUCCESS);
    EXPECT_GT(irp->information(), kMany * 40u);
    irp.reset();
    EXPECT_EQ(erase(*file), STATUS_SUCCESS);
    close(file);
    EXPECT_LT(left(), before - kMany / 2);
    while (ke::Pacer::instance().called(0)) {
    }
    ke::slice_ticks = usual;
    EXPECT_EQ(left(), before);
}

}  // namespace
