// SPDX-License-Identifier: GPL-3.0-only
//
// Long listings of the memory volume, which end after a slice and go on with the next query.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "executive/io/open.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/slice.hpp"
#include "tests/host/io/fake_process.hpp"

namespace {

using base::Ref;

constexpr int kEntries = 1000;

Ref<io::File> make_folder(const Ref<io::ramfs::Volume>& volume) {
    io::OpenOptions wanted{FILE_LIST_DIRECTORY | SYNCHRONIZE, 0, FILE_DIRECTORY_FILE, FILE_OPEN, 0};
    auto task = io::open_on(nullptr, volume, MUST(base::String::create(u"\\folder")), wanted);
    task.start(nullptr);
    return MUST(task.take()).file;
}

NTSTATUS query(io::File& folder, std::span<uint8_t> out, uint8_t flags) {
    Ref<io::Irp> irp = MUST(io::Irp::create(io::Major::DirectoryControl, folder, nullptr));
    irp->output = io::IrpBuffer::executive(out);
    irp->parameters.query.information_class = FileNamesInformation;
    irp->minor = io::kMinorQueryDirectory;
    irp->stack_flags = flags;
    irp->start();
    EXPECT_TRUE(irp->is_done());
    return irp->status();
}

std::u16string names_in(std::span<const uint8_t> bytes) {
    std::u16string names;
    for (size_t at = 0;;) {
        auto* entry = reinterpret_cast<const FILE_NAMES_INFORMATION*>(bytes.data() + at);
        names.append(reinterpret_cast<const char16_t*>(entry->FileName), entry->FileNameLength / 2);
        names += u' ';
        if (entry->NextEntryOffset == 0) return names;
        at += entry->NextEntryOffset;
    }
}

// However the slices fall, each entry is in the listing once.
TEST(VolumeListing, HasEachEntryOnce) {
    auto volume = MUST(io::ramfs::Volume::create(4096));
    std::u16string all = u". .. ";
    for (int i = 0; i < kEntries; ++i) {
        std::string digits = std::to_string(kEntries + i);
        std::u16string name(digits.begin(), digits.end());
        ASSERT_TRUE(volume->add_archive_file(u"folder\\" + name, {}));
        all += name + u" ";
    }
    Ref<io::File> folder = make_folder(volume);
    alignas(8) uint8_t bytes[8192];
    const uint64_t usual = ke::slice_ticks;
    for (ke::slice_ticks = 0; ke::slice_ticks < 20'000; ke::slice_ticks += 500) {
        std::u16string seen;
        NTSTATUS status = query(*folder, bytes, io::kRestartScan);
        for (; NT_SUCCESS(status); status = query(*folder, bytes, 0))
            seen += names_in(bytes);
        EXPECT_EQ(status, STATUS_NO_MORE_FILES);
        EXPECT_TRUE(seen == all) << "slices of " << ke::slice_ticks << " ticks: " << seen.size() << " of "
                                 << all.size();
    }
    ke::slice_ticks = usual;
    folder->last_handle_closed();
}

}  // namespace
