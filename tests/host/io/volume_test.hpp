// SPDX-License-Identifier: GPL-3.0-only
//
// A memory volume, and its requests as the Executive's own.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "executive/io/open.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "tests/host/io/fake_process.hpp"

namespace test {

using base::Ref;
using io::Major;

inline constexpr ACCESS_MASK kReadWrite = FILE_READ_DATA | FILE_WRITE_DATA | DELETE | SYNCHRONIZE;

struct VolumeTest : testing::Test {
    VolumeTest() {
        volume = MUST(io::ramfs::Volume::create(64));
        EXPECT_TRUE(volume->add_archive_file(u"Windows\\System32\\ntdll.dll", archived));
        EXPECT_TRUE(volume->add_archive_file(u"Windows\\boot.options", {}));
    }
    ~VolumeTest() override {
        volume.reset();
        EXPECT_EQ(test::frames_in_use(), 0u);
    }

    Ref<io::File> open(std::u16string_view name, uint32_t disposition = FILE_OPEN, uint32_t options = 0,
                       ACCESS_MASK access = kReadWrite, uint32_t share = FILE_SHARE_VALID_FLAGS) {
        io::OpenOptions wanted{access, share, options, disposition, 0};
        test::run_loop();
        auto task = io::open_on(nullptr, volume, MUST(base::String::create(name)), wanted);
        task.start(nullptr);
        EXPECT_TRUE(task.done());
        auto opened = task.take();
        status = opened ? STATUS_SUCCESS : opened.error();
        if (!opened) return {};
        information = opened->information;
        return opened->file;
    }
    void close(Ref<io::File>& file) {
        file->last_handle_closed();
        file.reset();
    }
    NTSTATUS run(Major major, io::File& file, std::span<uint8_t> in, std::span<uint8_t> out,
                 int64_t offset = 0, uint32_t information_class = 0, std::u16string_view name = {},
                 uint8_t flags = 0) {
        Ref<io::Irp> irp = MUST(io::Irp::create(major, file, nullptr));
        irp->input = io::IrpBuffer::executive(in);
        irp->output = io::IrpBuffer::executive(out);
        if (major == Major::Read || major == Major::Write) {
            irp->parameters.transfer = {offset, 0};
        } else {
            irp->parameters.query.information_class = information_class;
        }
        irp->name = MUST(base::String::create(name));
        irp->minor = 1;
        irp->stack_flags = flags;
        irp->start();
        EXPECT_TRUE(irp->is_done());
        information = irp->information();
        return irp->status();
    }
    NTSTATUS write(io::File& file, std::string text, int64_t offset) {
        return run(Major::Write, file, {reinterpret_cast<uint8_t*>(text.data()), text.size()}, {}, offset);
    }
    std::string read(io::File& file, int64_t offset, size_t length) {
        std::string text(length, '?');
        status = run(Major::Read, file, {}, {reinterpret_cast<uint8_t*>(text.data()), length}, offset);
        text.resize(NT_SUCCESS(status) ? information : 0);
        return text;
    }
    template <typename T>
    NTSTATUS set(io::File& file, uint32_t information_class, T value, std::u16string_view name = {}) {
        return run(Major::SetInformation, file, {reinterpret_cast<uint8_t*>(&value), sizeof value}, {}, 0,
                   information_class, name);
    }

    alignas(4096) uint8_t archived[6000] = {'M', 'Z'};
    Ref<io::ramfs::Volume> volume;
    NTSTATUS status = 0;
    uint64_t information = 0;
};

}  // namespace test
