// SPDX-License-Identifier: GPL-3.0-only
//
// Reparse points on the memory volume: what may be set, where links lead, and who sees them instead.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "abi/nt/ntreparse.h"
#include "executive/io/open.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ob/namespace.hpp"
#include "tests/host/io/fake_process.hpp"

namespace {

using base::Ref;
using io::Irp;
using io::Major;

std::vector<uint8_t> link_data(uint32_t tag, std::u16string_view target, uint32_t flags = 0) {
    size_t head =
        tag == IO_REPARSE_TAG_SYMLINK ? REPARSE_SYMLINK_HEADER_SIZE : REPARSE_MOUNT_POINT_HEADER_SIZE;
    std::vector<uint8_t> data(REPARSE_DATA_BUFFER_HEADER_SIZE + head + target.size() * 2);
    REPARSE_DATA_HEADER header{tag, static_cast<USHORT>(data.size() - REPARSE_DATA_BUFFER_HEADER_SIZE), 0};
    REPARSE_LINK_DATA link{0, static_cast<USHORT>(target.size() * 2), 0, 0, flags};
    std::memcpy(data.data(), &header, sizeof header);
    std::memcpy(data.data() + sizeof header, &link, head);
    std::memcpy(data.data() + sizeof header + head, target.data(), target.size() * 2);
    return data;
}

struct ReparseTest : testing::Test {
    ReparseTest() {
        [[maybe_unused]] static test::Fixture& namespaces = *new test::Fixture;
        volume = MUST(io::ramfs::Volume::create(64));
        EXPECT_TRUE(ob::insert_path(u"\\Device\\Reparse", *volume, true));
        for (const char16_t* folder : {u"\\a", u"\\a\\b", u"\\c"})
            make(folder, FILE_DIRECTORY_FILE);
        make(u"\\a\\b\\file");
    }
    ~ReparseTest() override {
        volume->make_temporary();
        volume.reset();
        test::run_loop();
        EXPECT_EQ(test::frames_in_use(), 0u);
    }
    Ref<io::File> open(std::u16string_view name, uint32_t disposition = FILE_OPEN, uint32_t options = 0) {
        constexpr ACCESS_MASK kAccess = FILE_READ_DATA | FILE_WRITE_DATA | DELETE | SYNCHRONIZE;
        io::OpenOptions wanted{kAccess, FILE_SHARE_VALID_FLAGS, options, disposition, 0};
        auto task = io::open_on(nullptr, volume, MUST(base::String::create(name)), wanted);
        task.start(nullptr);
        test::run_loop();
        EXPECT_TRUE(task.done());
        auto opened = task.take();
        status = opened ? STATUS_SUCCESS : opened.error();
        return opened ? opened->file : Ref<io::File>();
    }
    static void close(Ref<io::File>& file) {
        file->last_handle_closed();
        file.reset();
    }
    void make(std::u16string_view name, uint32_t options = 0) {
        auto file = open(name, FILE_CREATE, options);
        ASSERT_TRUE(file);
        close(file);
    }
    // Where the name leads; an error's number otherwise.
    std::u16string leads_to(std::u16string_view name) {
        auto file = open(name);
        if (!file) return u"";
        std::u16string path(file->name());
        close(file);
        return path;
    }
    NTSTATUS control(io::File& file, uint32_t code, std::span<uint8_t> in, std::span<uint8_t> out = {}) {
        Ref<Irp> irp = MUST(Irp::create(Major::FileSystemControl, file, nullptr));
        irp->parameters.control.code = code;
        irp->input = io::IrpBuffer::executive(in);
        irp->output = io::IrpBuffer::executive(out);
        irp->start();
        information = irp->information();
        return irp->status();
    }
    NTSTATUS link(std::u16string_view name, std::vector<uint8_t> data, uint32_t options = 0) {
        auto file = open(name, FILE_OPEN_IF, options | FILE_OPEN_REPARSE_POINT);
        NTSTATUS result = control(*file, FSCTL_SET_REPARSE_POINT, data);
        close(file);
        return result;
    }
    NTSTATUS relative(std::u16string_view name, std::u16string_view target, uint32_t options = 0) {
        return link(name, link_data(IO_REPARSE_TAG_SYMLINK, target, SYMLINK_FLAG_RELATIVE), options);
    }

    Ref<io::ramfs::Volume> volume;
    NTSTATUS status = 0;
    uint64_t information = 0;
};

TEST_F(ReparseTest, RelativeLinksLeadFromTheirFolder) {
    EXPECT_EQ(relative(u"\\a\\l", u"b\\file"), STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\a\\l"), u"\\a\\b\\file");
    EXPECT_EQ(relative(u"\\a\\b\\up", u"..\\..\\c", FILE_DIRECTORY_FILE), STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\a\\b\\up"), u"\\c");
    make(u"\\c\\inside");
    EXPECT_EQ(leads_to(u"\\a\\b\\up\\inside"), u"\\c\\inside");
    EXPECT_EQ(relative(u"\\c\\root", u"\\a\\.\\l"), STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\a\\b\\up\\root"), u"\\a\\b\\file");
    EXPECT_EQ(relative(u"\\c\\none", u"nothing"), STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\c\\none"), u"");
    EXPECT_EQ(status, STATUS_OBJECT_NAME_NOT_FOUND);
    auto made = open(u"\\c\\none", FILE_OPEN_IF);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->name(), u"\\c\\nothing");
    close(made);
}

TEST_F(ReparseTest, MountPointsAndAbsoluteLinksLeadFromTheRootOfNames) {
    EXPECT_EQ(
        link(u"\\m", link_data(IO_REPARSE_TAG_MOUNT_POINT, u"\\Device\\Reparse\\a\\"), FILE_DIRECTORY_FILE),
        STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\m\\b\\file"), u"\\a\\b\\file");
    EXPECT_EQ(link(u"\\s", link_data(IO_REPARSE_TAG_SYMLINK, u"\\Device\\Reparse\\m\\b\\file")),
              STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\s"), u"\\a\\b\\file");
    EXPECT_EQ(link(u"\\n", link_data(IO_REPARSE_TAG_SYMLINK, u"\\Device\\Nowhere")), STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\n"), u"");
    EXPECT_EQ(status, STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_F(ReparseTest, SoManyAreFollowed) {
    auto name = [](int i) { return u"\\c\\l" + std::u16string(1, static_cast<char16_t>(0x4e00 + i)); };
    make(name(0));
    for (int i = 1; i <= 64; ++i)
        ASSERT_EQ(relative(name(i), name(i - 1).substr(3)), STATUS_SUCCESS);
    EXPECT_EQ(leads_to(name(63)), name(0));
    EXPECT_EQ(leads_to(name(64)), u"");
    EXPECT_EQ(status, STATUS_REPARSE_POINT_NOT_RESOLVED);
    EXPECT_EQ(relative(u"\\c\\self", u"self"), STATUS_SUCCESS);
    EXPECT_EQ(leads_to(u"\\c\\self"), u"");
    EXPECT_EQ(status, STATUS_REPARSE_POINT_NOT_RESOLVED);
}

TEST_F(ReparseTest, WhatIsSetComesBackAndGoes) {
    std::vector<uint8_t> data = link_data(IO_REPARSE_TAG_SYMLINK, u"b", SYMLINK_FLAG_RELATIVE);
    ASSERT_EQ(link(u"\\a\\l", data), STATUS_SUCCESS);
    auto file = open(u"\\a\\l", FILE_OPEN, FILE_OPEN_REPARSE_POINT);
    EXPECT_EQ(file->name(), u"\\a\\l");
    std::vector<uint8_t> back(200);
    EXPECT_EQ(control(*file, FSCTL_GET_REPARSE_POINT, {}, back), STATUS_SUCCESS);
    back.resize(information);
    EXPECT_EQ(back, data);
    back.resize(10);
    EXPECT_EQ(control(*file, FSCTL_GET_REPARSE_POINT, {}, back), STATUS_BUFFER_OVERFLOW);
    back.resize(4);
    EXPECT_EQ(control(*file, FSCTL_GET_REPARSE_POINT, {}, back), STATUS_BUFFER_TOO_SMALL);
    std::vector<uint8_t> other = link_data(IO_REPARSE_TAG_MOUNT_POINT, u"\\x");
    EXPECT_EQ(control(*file, FSCTL_SET_REPARSE_POINT, other), STATUS_IO_REPARSE_TAG_MISMATCH);
    REPARSE_DATA_HEADER head{IO_REPARSE_TAG_MOUNT_POINT, 0, 0};
    std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(&head), sizeof head);
    EXPECT_EQ(control(*file, FSCTL_DELETE_REPARSE_POINT, bytes), STATUS_IO_REPARSE_TAG_MISMATCH);
    head.ReparseTag = IO_REPARSE_TAG_SYMLINK;
    EXPECT_EQ(control(*file, FSCTL_DELETE_REPARSE_POINT, bytes), STATUS_SUCCESS);
    EXPECT_EQ(control(*file, FSCTL_DELETE_REPARSE_POINT, bytes), STATUS_NOT_A_REPARSE_POINT);
    EXPECT_EQ(control(*file, FSCTL_GET_REPARSE_POINT, {}, back), STATUS_NOT_A_REPARSE_POINT);
    close(file);
    EXPECT_EQ(leads_to(u"\\a\\l"), u"\\a\\l");
}

TEST_F(ReparseTest, WrongData) {
    auto file = open(u"\\wrong", FILE_CREATE);
    std::vector<uint8_t> good = link_data(IO_REPARSE_TAG_SYMLINK, u"target");
    for (size_t length = 0; length < good.size(); ++length)
        EXPECT_EQ(control(*file, FSCTL_SET_REPARSE_POINT, std::span(good).first(length)),
                  STATUS_IO_REPARSE_DATA_INVALID);
    std::vector<uint8_t> outside = good;
    outside[8] = 0xf0;  // SubstituteNameOffset
    EXPECT_EQ(control(*file, FSCTL_SET_REPARSE_POINT, outside), STATUS_IO_REPARSE_DATA_INVALID);
    std::vector<uint8_t> large(20'000);
    EXPECT_EQ(control(*file, FSCTL_SET_REPARSE_POINT, large), STATUS_IO_REPARSE_DATA_INVALID);
    std::vector<uint8_t> reserved(24);
    reserved[0] = 1;
    EXPECT_EQ(control(*file, FSCTL_SET_REPARSE_POINT, reserved), STATUS_IO_REPARSE_TAG_INVALID);
    std::vector<uint8_t> unknown(24);
    unknown[0] = 0x77;
    EXPECT_EQ(control(*file, FSCTL_SET_REPARSE_POINT, unknown), STATUS_SUCCESS);
    close(file);
    EXPECT_FALSE(open(u"\\wrong"));
    EXPECT_EQ(status, STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    auto full = open(u"\\a", FILE_OPEN, FILE_DIRECTORY_FILE);
    EXPECT_EQ(control(*full, FSCTL_SET_REPARSE_POINT, good), STATUS_DIRECTORY_NOT_EMPTY);
    close(full);
}

}  // namespace
