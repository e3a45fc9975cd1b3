// SPDX-License-Identifier: GPL-3.0-only
//
// The memory volume, request by request.
#include <gtest/gtest.h>

#include "tests/host/io/volume_test.hpp"

namespace {

using base::Ref;
using io::Major;
using test::kReadWrite;
using test::VolumeTest;

TEST_F(VolumeTest, OpensAndRefuses) {
    auto file = open(u"\\WINDOWS\\system32\\NTDLL.dll", FILE_OPEN, 0, FILE_READ_DATA);
    ASSERT_TRUE(file);
    EXPECT_EQ(information, uint64_t{FILE_OPENED});
    EXPECT_EQ(read(*file, 0, 2), "MZ");
    EXPECT_EQ(read(*file, 5999, 10).size(), 1u);
    EXPECT_EQ(read(*file, 6000, 10), "");
    EXPECT_EQ(status, STATUS_END_OF_FILE);
    close(file);
    struct {
        const char16_t* name;
        uint32_t disposition, options;
        NTSTATUS status;
    } wrong[] = {{u"\\Windows\\none", FILE_OPEN, 0, STATUS_OBJECT_NAME_NOT_FOUND},
                 {u"\\none\\x", FILE_CREATE, 0, STATUS_OBJECT_PATH_NOT_FOUND},
                 {u"\\Windows\\boot.options\\x", FILE_OPEN, 0, STATUS_OBJECT_PATH_NOT_FOUND},
                 {u"\\Windows", FILE_OPEN, FILE_NON_DIRECTORY_FILE, STATUS_FILE_IS_A_DIRECTORY},
                 {u"\\Windows\\boot.options", FILE_OPEN, FILE_DIRECTORY_FILE, STATUS_NOT_A_DIRECTORY},
                 {u"\\Windows\\boot.options", FILE_CREATE, 0, STATUS_OBJECT_NAME_COLLISION},
                 {u"\\Windows\\a*b", FILE_CREATE, 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\Windows\\\\x", FILE_OPEN, 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\Windows\\..", FILE_OPEN, 0, STATUS_OBJECT_NAME_INVALID},
                 {u"x", FILE_OPEN, 0, STATUS_OBJECT_NAME_INVALID},
                 {u"\\x", FILE_OVERWRITE, 0, STATUS_OBJECT_NAME_NOT_FOUND}};
    for (auto& [name, disposition, options, expected] : wrong) {
        EXPECT_FALSE(open(name, disposition, options));
        EXPECT_EQ(status, expected) << std::string(name, name + std::u16string_view(name).size());
    }
}

TEST_F(VolumeTest, WritesGrowTruncateAndEnd) {
    auto file = open(u"\\t", FILE_CREATE);
    ASSERT_TRUE(file);
    EXPECT_EQ(write(*file, "hello", 0), STATUS_SUCCESS);
    EXPECT_EQ(write(*file, " world", io::kAtEnd), STATUS_SUCCESS);
    EXPECT_EQ(read(*file, 0, 100), "hello world");
    EXPECT_EQ(write(*file, "x", 10000), STATUS_SUCCESS);  // a hole
    EXPECT_EQ(read(*file, 9999, 2), std::string("\0x", 2));
    FILE_END_OF_FILE_INFORMATION end{};
    end.EndOfFile.QuadPart = 5;
    EXPECT_EQ(set(*file, FileEndOfFileInformation, end), STATUS_SUCCESS);
    end.EndOfFile.QuadPart = 8;
    EXPECT_EQ(set(*file, FileEndOfFileInformation, end), STATUS_SUCCESS);
    EXPECT_EQ(read(*file, 0, 100), std::string("hello\0\0\0", 8));
    EXPECT_EQ(write(*file, std::string(300000, 'x'), 0), STATUS_DISK_FULL);
    EXPECT_EQ(read(*file, 0, 5), "hello");
    end.EndOfFile.QuadPart = -1;
    EXPECT_EQ(set(*file, FileEndOfFileInformation, end), STATUS_INVALID_PARAMETER);
    close(file);
}

TEST_F(VolumeTest, AnArchivedFileBecomesItsOwn) {
    auto file = open(u"\\Windows\\System32\\ntdll.dll");
    EXPECT_EQ(write(*file, "changed", 4090), STATUS_SUCCESS);
    EXPECT_EQ(read(*file, 0, 2), "MZ");
    EXPECT_EQ(read(*file, 4090, 7), "changed");
    EXPECT_EQ(archived[4090], 0);
    auto area = volume->control_area(*file);
    ASSERT_TRUE(area);
    (*area)->add_section(false, false);
    FILE_END_OF_FILE_INFORMATION end{};
    EXPECT_EQ(set(*file, FileEndOfFileInformation, end), STATUS_USER_MAPPED_FILE);
    FILE_DISPOSITION_INFORMATION erase{TRUE};
    EXPECT_EQ(set(*file, FileDispositionInformation, erase), STATUS_CANNOT_DELETE);
    (*area)->remove_section(false, false);
    close(file);
}

TEST_F(VolumeTest, DeletionAndSharing) {
    auto file = open(u"\\t", FILE_CREATE);
    auto other = open(u"\\t", FILE_OPEN);
    FILE_DISPOSITION_INFORMATION erase{TRUE};
    EXPECT_EQ(set(*file, FileDispositionInformation, erase), STATUS_SUCCESS);
    EXPECT_FALSE(open(u"\\t"));
    EXPECT_EQ(status, STATUS_DELETE_PENDING);
    close(file);
    EXPECT_EQ(write(*other, "still", 0), STATUS_SUCCESS);
    close(other);
    EXPECT_FALSE(open(u"\\t"));
    EXPECT_EQ(status, STATUS_OBJECT_NAME_NOT_FOUND);
    file = open(u"\\u", FILE_CREATE, FILE_DELETE_ON_CLOSE, kReadWrite, 0);
    EXPECT_FALSE(open(u"\\u"));
    EXPECT_EQ(status, STATUS_SHARING_VIOLATION);
    close(file);
    EXPECT_FALSE(open(u"\\u"));
    auto directory = open(u"\\Windows", FILE_OPEN, FILE_DIRECTORY_FILE, DELETE | SYNCHRONIZE);
    EXPECT_EQ(set(*directory, FileDispositionInformation, erase), STATUS_DIRECTORY_NOT_EMPTY);
    close(directory);
}

TEST_F(VolumeTest, Rename) {
    auto directory = open(u"\\d", FILE_CREATE, FILE_DIRECTORY_FILE);
    auto file = open(u"\\t", FILE_CREATE);
    FILE_RENAME_INFORMATION rename{};
    EXPECT_EQ(set(*file, FileRenameInformation, rename, u"\\d\\u"), STATUS_SUCCESS);
    EXPECT_EQ(file->name(), u"\\d\\u");
    auto same = open(u"\\D\\U");
    EXPECT_TRUE(same);
    close(same);
    EXPECT_EQ(set(*directory, FileRenameInformation, rename, u"\\d\\e"), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(set(*file, FileRenameInformation, rename, u"\\Windows\\boot.options"),
              STATUS_OBJECT_NAME_COLLISION);
    rename.ReplaceIfExists = TRUE;
    EXPECT_EQ(set(*file, FileRenameInformation, rename, u"\\Windows\\boot.options"), STATUS_SUCCESS);
    EXPECT_EQ(set(*file, FileRenameInformation, rename, u"\\none\\x"), STATUS_OBJECT_PATH_NOT_FOUND);
    close(file);
    close(directory);
}

// What moves into a directory that is about to go would be gone with it.
TEST_F(VolumeTest, NothingMovesIntoAGoingDirectory) {
    auto directory = open(u"\\d", FILE_CREATE, FILE_DIRECTORY_FILE);
    auto file = open(u"\\t", FILE_CREATE);
    FILE_DISPOSITION_INFORMATION erase{TRUE};
    EXPECT_EQ(set(*directory, FileDispositionInformation, erase), STATUS_SUCCESS);
    FILE_RENAME_INFORMATION rename{};
    EXPECT_EQ(set(*file, FileRenameInformation, rename, u"\\d\\u"), STATUS_DELETE_PENDING);
    close(directory);
    close(file);
    EXPECT_TRUE(file = open(u"\\t"));
    close(file);
}

// Whoever fills a volume leaves room for those who put it in order.
TEST_F(VolumeTest, TheLastOfItIsNoPrograms) {
    io::ramfs::Allowance allowance(64);
    test::claim = ke::Claim::Program;
    EXPECT_TRUE(allowance.take(62));
    EXPECT_EQ(allowance.take(1).error(), STATUS_DISK_FULL);
    unsigned nodes = 0;
    while (nodes < 10'000 && allowance.add_node())
        ++nodes;
    test::claim = ke::Claim::Allowed;
    EXPECT_TRUE(allowance.take(2));
    EXPECT_EQ(allowance.take(1).error(), STATUS_DISK_FULL);
    unsigned kept = 0;
    while (kept < 10'000 && allowance.add_node())
        ++kept;
    EXPECT_EQ(kept, 64u);
    EXPECT_GT(nodes, 256u);
    test::claim = ke::Claim::Own;
}

TEST_F(VolumeTest, AnyDepth) {
    constexpr unsigned kLevels = 100'000;
    io::ramfs::Allowance allowance(1 << 20);
    auto make = [&] {
        return MUST(
            io::ramfs::Node::create(FILE_ATTRIBUTE_DIRECTORY, allowance, &io::ramfs::FileRoom::create));
    };
    auto top = make();
    std::vector<io::ramfs::Node*> levels{top.get()};
    while (levels.size() <= kLevels) {
        auto node = make();
        MUST(levels.back()->add(u"d", *node));
        levels.push_back(node.get());
    }
    auto path = [&](unsigned level) -> base::Result<std::u16string> {
        io::ramfs::Climb climb;
        while (!TRY(climb.go_on(levels[level]->link()))) {
        }
        return std::u16string(climb.path());
    };
    EXPECT_EQ(MUST(path(0)), u"\\");
    EXPECT_EQ(MUST(path(2)), u"\\d\\d");
    EXPECT_EQ(MUST(path(16'383)).size(), 32'766u);
    EXPECT_EQ(path(16'384).error(), STATUS_NAME_TOO_LONG);
    top.reset();
}

// A path is walked down and up in slices, however deep it is, and between two of them anything may move.
struct DeepVolumeTest : VolumeTest {
    static constexpr size_t kLevels = 5'000;
    DeepVolumeTest() {
        volume = MUST(io::ramfs::Volume::create(1 << 20));
        io::ramfs::Node* directory = &volume->root();
        for (size_t i = 0; i < kLevels; ++i) {
            auto node = MUST(io::ramfs::Node::create(FILE_ATTRIBUTE_DIRECTORY, volume->allowance(),
                                                     &io::ramfs::FileRoom::create));
            MUST(directory->add(u"d", *node));
            directory = node.get();
            deep += u"\\d";
        }
        ke::slice_ticks = 0;
    }
    ~DeepVolumeTest() override {
        // Its nodes end in slices, and need it.
        while (io::ramfs::Link* entry = volume->root().next_entry({}))
            volume->root().remove(*entry);
        while (slice()) {
        }
        ke::slice_ticks = usual;
    }
    static bool slice() { return ke::Pacer::instance().called(0); }
    // How many more slices it takes.
    static unsigned finish(io::Irp& irp) {
        unsigned slices = 0;
        while (!irp.is_done()) {
            ++slices;
            slice();
        }
        return slices;
    }
    // Begins to open it.
    Ref<io::Irp> begin_open(std::u16string_view name, uint32_t disposition = FILE_OPEN) {
        io::OpenOptions wanted{kReadWrite, FILE_SHARE_VALID_FLAGS, FILE_DIRECTORY_FILE, disposition, 0};
        file = MUST(base::make_ref<io::File>(volume, MUST(base::String::create(name)), wanted));
        Ref<io::Irp> irp = MUST(io::Irp::create(Major::Create, *file, nullptr));
        irp->parameters.create.desired_access = wanted.access;
        irp->parameters.create.options = disposition << 24 | wanted.options;
        irp->parameters.create.share_access = static_cast<uint16_t>(wanted.share);
        irp->start();
        return irp;
    }
    Ref<io::File> opened(std::u16string_view name, uint32_t disposition = FILE_OPEN) {
        Ref<io::Irp> irp = begin_open(name, disposition);
        finish(*irp);
        EXPECT_EQ(irp->status(), STATUS_SUCCESS);
        file->set_opened();
        return file;
    }
    Ref<io::Irp> begin_rename(io::File& renamed, std::u16string_view name) {
        Ref<io::Irp> irp = MUST(io::Irp::create(Major::SetInformation, renamed, nullptr));
        irp->input = io::IrpBuffer::executive({reinterpret_cast<uint8_t*>(&rename), sizeof rename});
        irp->parameters.query.information_class = FileRenameInformation;
        irp->name = MUST(base::String::create(name));
        irp->start();
        return irp;
    }
    const uint64_t usual = ke::slice_ticks;
    std::u16string deep;
    Ref<io::File> file;
    FILE_RENAME_INFORMATION rename{};
};

TEST_F(DeepVolumeTest, IsWalkedInSlices) {
    Ref<io::Irp> irp = begin_open(deep);
    EXPECT_FALSE(irp->is_done());
    EXPECT_GT(finish(*irp), 1u);
    EXPECT_EQ(irp->status(), STATUS_SUCCESS);
    file->set_opened();
    Ref<io::File> last = file;
    irp = begin_open(deep + u"\\e", FILE_CREATE);
    EXPECT_GT(finish(*irp), 1u);
    EXPECT_EQ(irp->status(), STATUS_SUCCESS);
    file->set_opened();
    close(file);
    irp = begin_open(deep + u"\\none\\e");
    EXPECT_GT(finish(*irp), 1u);
    EXPECT_EQ(irp->status(), STATUS_OBJECT_PATH_NOT_FOUND);
    file.reset();
    // Its name.
    std::vector<uint8_t> answer(70'000);
    irp = MUST(io::Irp::create(Major::QueryInformation, *last, nullptr));
    irp->output = io::IrpBuffer::executive(answer);
    irp->parameters.query.information_class = FileNameInformation;
    irp->start();
    EXPECT_GT(finish(*irp), 1u);
    EXPECT_EQ(irp->status(), STATUS_SUCCESS);
    auto* name = reinterpret_cast<const FILE_NAME_INFORMATION*>(answer.data());
    EXPECT_EQ(
        std::u16string_view(reinterpret_cast<const char16_t*>(name->FileName), name->FileNameLength / 2),
        deep);
    close(last);
}

TEST_F(DeepVolumeTest, NothingMovesIntoItself) {
    Ref<io::File> top = opened(u"\\d");
    Ref<io::Irp> irp = begin_rename(*top, deep + u"\\into");
    EXPECT_GT(finish(*irp), 1u);
    EXPECT_EQ(irp->status(), STATUS_INVALID_PARAMETER);
    // Each into the other, at once.
    Ref<io::File> side = opened(u"\\side", FILE_CREATE);
    irp = begin_rename(*side, deep + u"\\side");
    EXPECT_FALSE(irp->is_done());
    Ref<io::Irp> other = begin_rename(*top, u"\\side\\d");
    finish(*other);
    EXPECT_EQ(other->status(), STATUS_SUCCESS);
    finish(*irp);
    EXPECT_EQ(irp->status(), STATUS_OBJECT_PATH_NOT_FOUND);
    irp = begin_rename(*side, u"\\side" + deep + u"\\side");
    finish(*irp);
    EXPECT_EQ(irp->status(), STATUS_INVALID_PARAMETER);
    close(side);
    close(top);
    file.reset();
}

std::u16string names_in(std::span<const uint8_t> bytes) {
    std::u16string names;
    for (size_t at = 0;;) {
        auto* entry = reinterpret_cast<const FILE_BOTH_DIR_INFORMATION*>(bytes.data() + at);
        names.append(reinterpret_cast<const char16_t*>(entry->FileName), entry->FileNameLength / 2);
        names += u' ';
        if (entry->NextEntryOffset == 0) return names;
        at += entry->NextEntryOffset;
    }
}

TEST_F(VolumeTest, Directories) {
    for (const char16_t* name : {u"\\c.txt", u"\\a.txt", u"\\b.sys"}) {
        auto file = open(name, FILE_CREATE);
        close(file);
    }
    auto root = open(u"\\", FILE_OPEN, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY | SYNCHRONIZE);
    ASSERT_TRUE(root);
    uint8_t bytes[4096];
    auto query = [&](size_t length, std::u16string_view pattern, uint8_t flags) {
        return run(Major::DirectoryControl, *root, {}, std::span(bytes).first(length), 0,
                   FileBothDirectoryInformation, pattern, flags);
    };
    EXPECT_EQ(query(4096, u"*", 0), STATUS_SUCCESS);
    EXPECT_EQ(names_in(bytes), u"a.txt b.sys c.txt Windows ");
    EXPECT_EQ(query(4096, u"", 0), STATUS_NO_MORE_FILES);
    EXPECT_EQ(query(4096, u"*.txt", io::kRestartScan | io::kReturnSingleEntry), STATUS_SUCCESS);
    EXPECT_EQ(names_in(bytes), u"a.txt ");
    EXPECT_EQ(query(4096, u"", 0), STATUS_SUCCESS);
    EXPECT_EQ(names_in(bytes), u"c.txt ");
    EXPECT_EQ(query(120, u"*", io::kRestartScan), STATUS_SUCCESS);  // room for one
    EXPECT_EQ(names_in(bytes), u"a.txt ");
    EXPECT_EQ(query(0x60, u"*", io::kRestartScan), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(query(10, u"*", io::kRestartScan), STATUS_INFO_LENGTH_MISMATCH);
    close(root);
    root = open(u"\\", FILE_OPEN, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY | SYNCHRONIZE);
    EXPECT_EQ(query(4096, u"*.none", 0), STATUS_NO_SUCH_FILE);
    close(root);
}

// What is at hand is moved at once; of all else the request has to take care.
TEST_F(VolumeTest, MovesAtOnceWhatIsAtHand) {
    ke::Quota quota(1 << 30);
    auto space = MUST(mm::AddressSpace::create(quota));
    mm::FrameNumber frames[3];
    for (mm::FrameNumber& frame : frames)
        frame = MUST(mm::allocate_frame());
    const uint64_t memory = MUST(space->map_frames(frames, PAGE_READWRITE));
    for (mm::FrameNumber frame : frames)
        mm::release_frame(frame);
    std::string text(5000, 0);
    for (size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(i * 7);
    auto file = open(u"\\data", FILE_CREATE);
    auto move = [&](io::File& of, uint64_t offset, uint64_t address, size_t length) {
        return io::Device::Move{of, offset, *space, address, length};
    };
    EXPECT_EQ(volume->write_now(move(*file, 0, memory, 100)), 0u);  // it would grow
    EXPECT_EQ(write(*file, text, 0), STATUS_SUCCESS);
    EXPECT_EQ(volume->read_now(move(*file, 50, memory + 4000, 4500)), 4500u);
    std::string seen(4500, 0);
    ASSERT_TRUE(space->copy_in(seen.data(), memory + 4000, seen.size()));
    EXPECT_EQ(seen, text.substr(50, 4500));
    EXPECT_EQ(volume->read_now(move(*file, 4000, memory, 4096)), 1000u);
    EXPECT_EQ(volume->read_now(move(*file, 5000, memory, 1)), 0u);
    EXPECT_EQ(volume->read_now(move(*file, 0, memory + 3 * 4096 - 10, 11)), 0u);
    EXPECT_EQ(volume->write_now(move(*file, 100, memory + 4000, 4500)), 4500u);
    EXPECT_EQ(read(*file, 0, 5000), text.substr(0, 100) + text.substr(50, 4500) + text.substr(4600));
    EXPECT_EQ(volume->write_now(move(*file, 4990, memory, 11)), 0u);
    EXPECT_EQ(volume->write_now(move(*file, 0, memory - 1, 2)), 0u);
    close(file);
    // The archive's bytes are read where they are, and never written.
    file = open(u"\\Windows\\System32\\ntdll.dll");
    EXPECT_EQ(volume->read_now(move(*file, 0, memory, 2)), 2u);
    EXPECT_EQ(volume->write_now(move(*file, 0, memory, 2)), 0u);
    EXPECT_EQ(write(*file, "x", 0), STATUS_SUCCESS);
    EXPECT_EQ(volume->write_now(move(*file, 1, memory, 2)), 2u);
    EXPECT_EQ(volume->write_now(move(*file, 4096, memory, 2)), 0u);
    EXPECT_EQ(archived[0], 'M');
    close(file);
    auto root = open(u"\\", FILE_OPEN, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY | SYNCHRONIZE);
    EXPECT_EQ(volume->read_now(move(*root, 0, memory, 2)), 0u);
    close(root);
}

TEST_F(VolumeTest, Information) {
    auto file = open(u"\\Windows\\System32\\ntdll.dll", FILE_OPEN, 0, FILE_READ_DATA);
    uint8_t bytes[512];
    EXPECT_EQ(run(Major::QueryInformation, *file, {}, bytes, 0, FileStandardInformation), STATUS_SUCCESS);
    EXPECT_EQ(reinterpret_cast<FILE_STANDARD_INFORMATION*>(bytes)->EndOfFile.QuadPart, 6000);
    EXPECT_EQ(reinterpret_cast<FILE_STANDARD_INFORMATION*>(bytes)->AllocationSize.QuadPart, 8192);
    EXPECT_EQ(run(Major::QueryInformation, *file, {}, bytes, 0, FileNameInformation), STATUS_SUCCESS);
    EXPECT_EQ(reinterpret_cast<FILE_NAME_INFORMATION*>(bytes)->FileNameLength, 27u * 2);
    EXPECT_EQ(run(Major::QueryInformation, *file, {}, std::span(bytes).first(10), 0, FileNameInformation),
              STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(run(Major::QueryInformation, *file, {}, bytes, 0, FileAllInformation), STATUS_SUCCESS);
    for (uint32_t wrong = 0; wrong < 100; ++wrong)
        for (size_t length : {0, 1, 8, 40})
            (void)run(Major::QueryInformation, *file, {}, std::span(bytes).first(length), 0, wrong);
    EXPECT_EQ(run(Major::QueryVolumeInformation, *file, {}, bytes, 0, FileFsSizeInformation), STATUS_SUCCESS);
    EXPECT_EQ(run(Major::QueryVolumeInformation, *file, {}, bytes, 0, 77), STATUS_INVALID_INFO_CLASS);
    close(file);
}

}  // namespace
