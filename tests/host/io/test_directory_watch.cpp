// SPDX-License-Identifier: GPL-3.0-only
//
// NtNotifyChangeDirectoryFile on the memory volume: what is told of which change, and to whom.
#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "abi/nt/ntdisposition.h"
#include "executive/io/open.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/pacer.hpp"
#include "tests/host/io/fake_process.hpp"

namespace {

using base::Ref;
using io::Irp;
using io::Major;

constexpr uint32_t kNames = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;

struct DirectoryWatchTest : testing::Test {
    struct Asked {
        Ref<Irp> irp;
        std::vector<uint8_t> buffer;
    };

    DirectoryWatchTest() {
        volume = MUST(io::ramfs::Volume::create(64));
        folder = open(u"\\d", FILE_CREATE, FILE_DIRECTORY_FILE);
    }
    ~DirectoryWatchTest() override {
        if (folder) close(folder);
        asked_.clear();
        volume.reset();
        test::run_loop();
        EXPECT_EQ(test::frames_in_use(), 0u);
    }
    Ref<io::File> open(std::u16string_view name, uint32_t disposition = FILE_OPEN, uint32_t options = 0) {
        constexpr ACCESS_MASK kAccess = FILE_READ_DATA | FILE_WRITE_DATA | DELETE | SYNCHRONIZE;
        io::OpenOptions wanted{kAccess, FILE_SHARE_VALID_FLAGS, options, disposition, 0};
        auto task = io::open_on(nullptr, volume, MUST(base::String::create(name)), wanted);
        task.start(nullptr);
        return MUST(task.take()).file;
    }
    static void close(Ref<io::File>& file) {
        file->last_handle_closed();
        file.reset();
        test::run_loop();
    }
    void make(std::u16string_view name, uint32_t options = 0) {
        auto file = open(name, FILE_CREATE, options);
        close(file);
    }
    void erase(std::u16string_view name) {
        auto file = open(name, FILE_OPEN, FILE_DELETE_ON_CLOSE);
        close(file);
    }
    void rename(std::u16string_view from, std::u16string_view to) {
        auto file = open(from);
        uint8_t flags = FILE_RENAME_REPLACE_IF_EXISTS;
        Ref<Irp> irp = MUST(Irp::create(Major::SetInformation, *file, nullptr));
        irp->parameters.query.information_class = FileRenameInformation;
        irp->input = io::IrpBuffer::executive({&flags, 1});
        irp->name = MUST(base::String::create(to));
        irp->start();
        EXPECT_EQ(irp->status(), STATUS_SUCCESS);
        irp.reset();
        close(file);
    }
    void write(io::File& file, size_t length, int64_t offset) {
        std::vector<uint8_t> data(length);
        Ref<Irp> irp = MUST(Irp::create(Major::Write, file, nullptr));
        irp->parameters.transfer = {offset, 0};
        irp->input = io::IrpBuffer::executive(data);
        irp->start();
        EXPECT_EQ(irp->status(), STATUS_SUCCESS);
        test::run_loop();
    }
    // What waits is kept until the end.
    Asked& watch(io::File& file, uint32_t filter, bool tree = false, size_t length = 1000,
                 uint8_t minor = io::kMinorNotifyChangeDirectory) {
        Asked& asked = asked_.emplace_back(MUST(Irp::create(Major::DirectoryControl, file, nullptr)),
                                           std::vector<uint8_t>(length));
        asked.irp->minor = minor;
        asked.irp->stack_flags = tree ? io::kWatchTree : 0;
        asked.irp->parameters.query.information_class = filter;
        asked.irp->output = io::IrpBuffer::executive(asked.buffer);
        asked.irp->start();
        return asked;
    }
    // "1 name, 2 name".
    static std::string told(const Asked& asked) {
        if (!asked.irp->is_done()) return "waits";
        if (asked.irp->status() != STATUS_SUCCESS) return std::to_string(asked.irp->status());
        std::string text;
        for (size_t at = 0; at < asked.irp->information();) {
            auto& entry = *reinterpret_cast<const FILE_NOTIFY_INFORMATION*>(asked.buffer.data() + at);
            if (!text.empty()) text += ", ";
            text += std::to_string(entry.Action) + " ";
            for (ULONG i = 0; i < entry.FileNameLength / 2; ++i)
                text += static_cast<char>(entry.FileName[i]);
            if (entry.NextEntryOffset == 0) break;
            at += entry.NextEntryOffset;
        }
        return text;
    }

    Ref<io::ramfs::Volume> volume;
    Ref<io::File> folder;
    std::deque<Asked> asked_;
};

TEST_F(DirectoryWatchTest, NamesComeGoAndChange) {
    Asked& first = watch(*folder, kNames);
    EXPECT_EQ(told(first), "waits");
    make(u"\\d\\a");
    EXPECT_EQ(told(first), "1 a");
    make(u"\\d\\b");
    rename(u"\\d\\a", u"\\d\\c");
    erase(u"\\d\\b");
    make(u"\\elsewhere");
    EXPECT_EQ(told(watch(*folder, kNames)), "1 b, 4 a, 5 c, 2 b");
    make(u"\\d\\sub", FILE_DIRECTORY_FILE);
    make(u"\\d\\sub\\below");
    rename(u"\\d\\c", u"\\d\\sub\\c");
    EXPECT_EQ(told(watch(*folder, kNames)), "1 sub, 2 c");
    EXPECT_EQ(told(watch(*folder, kNames)), "waits");
}

TEST_F(DirectoryWatchTest, TheFirstRequestSaysWhatIsWatched) {
    Asked& first = watch(*folder, FILE_NOTIFY_CHANGE_DIR_NAME);
    make(u"\\d\\a");
    EXPECT_EQ(told(first), "waits");
    make(u"\\d\\sub", FILE_DIRECTORY_FILE);
    EXPECT_EQ(told(first), "1 sub");
    make(u"\\d\\b");
    EXPECT_EQ(told(watch(*folder, kNames, true)), "waits");
}

TEST_F(DirectoryWatchTest, ATreeIsWatchedFromItsTop) {
    make(u"\\d\\sub", FILE_DIRECTORY_FILE);
    make(u"\\d\\sub\\deep", FILE_DIRECTORY_FILE);
    auto top = open(u"\\", FILE_OPEN, FILE_DIRECTORY_FILE);
    Asked &first = watch(*folder, kNames, true), &second = watch(*top, kNames, true);
    make(u"\\d\\sub\\deep\\a");
    EXPECT_EQ(told(first), "1 sub\\deep\\a");
    EXPECT_EQ(told(second), "1 d\\sub\\deep\\a");
    rename(u"\\d\\sub\\deep\\a", u"\\d\\sub\\a");
    EXPECT_EQ(told(watch(*folder, kNames, true)), "2 sub\\deep\\a, 1 sub\\a");
    close(top);
    EXPECT_TRUE(second.irp->is_done());
}

TEST_F(DirectoryWatchTest, WhatIsWrittenIsToldOnce) {
    auto file = open(u"\\d\\f", FILE_CREATE);
    Asked& sizes = watch(*folder, FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE);
    write(*file, 10, 0);
    EXPECT_EQ(told(sizes), "3 f");
    write(*file, 10, 10);
    write(*file, 10, 20);
    write(*file, 10, 30);
    EXPECT_EQ(told(watch(*folder, kNames)), "3 f");
    auto other = open(u"\\d", FILE_OPEN, FILE_DIRECTORY_FILE);
    Asked& only_sizes = watch(*other, FILE_NOTIFY_CHANGE_SIZE);
    write(*file, 10, 0);
    EXPECT_EQ(told(only_sizes), "waits");
    write(*file, 10, 40);
    EXPECT_EQ(told(only_sizes), "3 f");
    close(other);
    close(file);
}

TEST_F(DirectoryWatchTest, WhoFallsBehindHasToLook) {
    Asked& first = watch(*folder, kNames, false, 40);
    make(u"\\d\\a");
    EXPECT_EQ(told(first), "1 a");
    for (char16_t name[] = u"\\d\\n0"; name[4] < u'5'; ++name[4])
        make(name);
    Asked& late = watch(*folder, kNames, false, 40);
    EXPECT_EQ(late.irp->status(), STATUS_NOTIFY_ENUM_DIR);
    EXPECT_EQ(late.irp->information(), 0u);
    EXPECT_EQ(told(watch(*folder, kNames)), "waits");
    for (unsigned i = 0; i <= io::DirectoryWatches::kMostChanges; ++i)
        make(u"\\d\\m" + std::u16string(i + 1, u'x').substr(0, 1) + std::u16string(1, char16_t(0x4000 + i)));
    Asked& last = watch(*folder, kNames, false, 60000);
    ASSERT_TRUE(last.irp->is_done());
}

TEST_F(DirectoryWatchTest, ItEndsWithItsFileItsDirectoryOrACancel) {
    Asked& cancelled = watch(*folder, kNames);
    cancelled.irp->request_cancel();
    EXPECT_EQ(cancelled.irp->status(), STATUS_CANCELLED);
    Asked &closed = watch(*folder, kNames), &closed_too = watch(*folder, kNames);
    close(folder);
    EXPECT_EQ(closed.irp->status(), STATUS_NOTIFY_CLEANUP);
    EXPECT_EQ(closed_too.irp->status(), STATUS_NOTIFY_CLEANUP);
    folder = open(u"\\d", FILE_OPEN, FILE_DIRECTORY_FILE);
    Asked& deleted = watch(*folder, kNames);
    auto other = open(u"\\d", FILE_OPEN, FILE_DIRECTORY_FILE);
    Ref<Irp> irp = MUST(Irp::create(Major::SetInformation, *other, nullptr));
    FILE_DISPOSITION_INFORMATION_EX posix{FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS};
    irp->parameters.query.information_class = FileDispositionInformationEx;
    irp->input = io::IrpBuffer::executive({reinterpret_cast<uint8_t*>(&posix), sizeof posix});
    irp->start();
    irp.reset();
    close(other);
    EXPECT_EQ(deleted.irp->status(), STATUS_DELETE_PENDING);
}

// FILE_NOTIFY_INFORMATION: 6 a stream was added, 7 removed, 8 modified, "file:stream".
TEST_F(DirectoryWatchTest, StreamsAreToldByTheirFile) {
    constexpr uint32_t kStreams = FILE_NOTIFY_CHANGE_STREAM_NAME;
    constexpr uint32_t kBytes = FILE_NOTIFY_CHANGE_STREAM_SIZE | FILE_NOTIFY_CHANGE_STREAM_WRITE;
    auto other = open(u"\\d", FILE_OPEN, FILE_DIRECTORY_FILE);
    auto third = open(u"\\d", FILE_OPEN, FILE_DIRECTORY_FILE);
    Asked &names = watch(*folder, kNames | kStreams), &bytes = watch(*other, kBytes);
    Asked& of_files = watch(*third, FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE);
    make(u"\\d\\f:first");  // with its file
    EXPECT_EQ(told(names), "1 f");
    make(u"\\d\\f:second");
    EXPECT_EQ(told(watch(*folder, kNames)), "6 f:first, 6 f:second");
    auto stream = open(u"\\d\\f:first");
    EXPECT_EQ(told(bytes), "waits");
    write(*stream, 10, 0);
    EXPECT_EQ(told(bytes), "8 f:first");
    write(*stream, 10, 0);
    EXPECT_EQ(told(watch(*other, kBytes)), "8 f:first");
    close(stream);
    rename(u"\\d\\f:second", u":other");
    EXPECT_EQ(told(watch(*folder, kNames)), "7 f:second, 6 f:other");
    erase(u"\\d\\f:first");
    EXPECT_EQ(told(watch(*folder, kNames)), "7 f:first");
    // What is done to a stream is none of the file's own bytes, and the other way round.
    EXPECT_EQ(told(of_files), "waits");
    auto file = open(u"\\d\\f");
    write(*file, 10, 0);
    EXPECT_EQ(told(of_files), "3 f");
    EXPECT_EQ(told(watch(*other, kBytes)), "waits");
    close(file);
    // Streams that go with their file are not told of one by one: the file is.
    make(u"\\d\\f:one");
    make(u"\\d\\f:two");
    EXPECT_EQ(told(watch(*folder, kNames)), "6 f:one, 6 f:two");
    erase(u"\\d\\f");
    EXPECT_EQ(told(watch(*folder, kNames)), "2 f");
    close(other);
    close(third);
}

TEST_F(DirectoryWatchTest, WrongRequests) {
    auto file = open(u"\\f", FILE_CREATE);
    EXPECT_EQ(watch(*file, kNames).irp->status(), STATUS_INVALID_PARAMETER);
    close(file);
    EXPECT_EQ(watch(*folder, 0).irp->status(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(watch(*folder, 0x1000).irp->status(), STATUS_INVALID_PARAMETER);
}

TEST_F(DirectoryWatchTest, TheExtendedListSaysMore) {
    Asked& asked = watch(*folder, kNames, false, 1000, io::kMinorNotifyChangeDirectoryEx);
    auto file = open(u"\\d\\more", FILE_CREATE);
    ASSERT_TRUE(asked.irp->is_done());
    FILE_NOTIFY_EXTENDED_INFORMATION entry;
    std::memcpy(&entry, asked.buffer.data(), sizeof entry);
    EXPECT_EQ(entry.Action, ULONG{FILE_ACTION_ADDED});
    EXPECT_EQ(entry.FileNameLength, 8u);
    EXPECT_EQ(entry.FileAttributes, ULONG{FILE_ATTRIBUTE_ARCHIVE});
    EXPECT_NE(entry.FileId.QuadPart, entry.ParentFileId.QuadPart);
    close(file);
}

}  // namespace
