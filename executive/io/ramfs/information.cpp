// SPDX-License-Identifier: GPL-3.0-only
//
// Information about files and the volume, changes of attributes, sizes and names, directory queries.
#include "executive/io/information.hpp"

#include <string.h>

#include <algorithm>
#include <iterator>

#include "abi/nt/ntdisposition.h"
#include "abi/nt/ntfileinfo.h"
#include "abi/nt/ntreparse.h"

#include "executive/io/ramfs/names.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/io/ramfs/watching.hpp"
#include "executive/io/wildcard.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

constexpr uint32_t kSectorSize = 512;
constexpr uint32_t kSectorsPerUnit = mm::kPageSize / kSectorSize;
constexpr std::u16string_view kLabel = u"NEPTUNE";
constexpr std::u16string_view kFileSystem = u"RAMFS";
constexpr size_t kLargestAnswer = 1024;

template <typename T>
Result<T> input(const Irp& irp) {
    T value;
    if (irp.input.length < sizeof value) return fail(STATUS_INFO_LENGTH_MISMATCH);
    TRY(irp.read_input(0, {reinterpret_cast<uint8_t*>(&value), sizeof value}));
    return value;
}

LARGE_INTEGER units(uint64_t pages) {
    LARGE_INTEGER value;
    value.QuadPart = static_cast<LONGLONG>(pages);
    return value;
}

template <typename T>
void set_text(T& header, size_t at, std::u16string_view text, std::span<uint8_t> into) {
    memcpy(into.data(), &header, at);
    memcpy(into.data() + at, text.data(), text.size() * 2);
}

// 0 and -1 leave a time as it is.
void set_time(uint64_t& time, LARGE_INTEGER value) {
    if (value.QuadPart > 0) time = static_cast<uint64_t>(value.QuadPart);
}

// A file does not become a folder, and a folder is not temporary.
bool contradicts(const Node& node, uint32_t attributes) {
    return attributes & (node.directory() ? FILE_ATTRIBUTE_TEMPORARY : FILE_ATTRIBUTE_DIRECTORY);
}

// The filters of those who hear of it.
Result<uint32_t> set_basic(Node& node, const FILE_BASIC_INFORMATION& basic) {
    constexpr uint32_t kSettable = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM |
                                   FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_TEMPORARY;
    if (contradicts(node, basic.FileAttributes)) return fail(STATUS_INVALID_PARAMETER);
    set_time(node.creation_time, basic.CreationTime);
    set_time(node.access_time, basic.LastAccessTime);
    set_time(node.write_time, basic.LastWriteTime);
    set_time(node.change_time, basic.ChangeTime);
    if (basic.FileAttributes != 0)
        node.attributes = (node.attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)) |
                          (basic.FileAttributes & kSettable);
    return (basic.FileAttributes ? FILE_NOTIFY_CHANGE_ATTRIBUTES : 0u) |
           (basic.CreationTime.QuadPart > 0 ? FILE_NOTIFY_CHANGE_CREATION : 0u) |
           (basic.LastAccessTime.QuadPart > 0 ? FILE_NOTIFY_CHANGE_LAST_ACCESS : 0u) |
           (basic.LastWriteTime.QuadPart > 0 ? FILE_NOTIFY_CHANGE_LAST_WRITE : 0u);
}

Result<void> set_size(const OpenNode& open, LARGE_INTEGER size, bool only_shrink) {
    Stream& stream = *open.stream;
    if (!stream.has_data() || size.QuadPart < 0) return fail(STATUS_INVALID_PARAMETER);
    auto bytes = static_cast<uint64_t>(size.QuadPart);
    if (only_shrink && bytes >= stream.size()) return {};
    if (bytes < stream.size() && stream.has_sections()) return fail(STATUS_USER_MAPPED_FILE);
    TRY(stream.data().resize_or_wait(bytes));
    open.node->touch(true);
    return {};
}

}  // namespace

Result<Volume::Outcome> Volume::query_information(Irp& irp, OpenNode& open, Progress& progress) {
    if (irp.parameters.query.information_class == FileHardLinkInformation)
        return list_links(irp, open, progress.links_listed);
    if (irp.parameters.query.information_class == FileStreamInformation)
        return list_streams(irp, open, progress.streams_listed);
    if (irp.parameters.query.information_class == FileAlternateNameInformation)
        return query_short_name(irp, open);
    Climb& climb = progress.climb;
    if (!TRY(climb.go_on(open.link.get()))) {
        if (irp.from_client()) TRY(climb.hold(irp.client()));
        return Outcome{.more = true};
    }
    String of_stream;
    std::u16string_view path = climb.path();
    if (open.stream->named()) {
        of_stream = TRY(String::create(path));
        TRY(of_stream.append(u':'));
        TRY(of_stream.append(open.stream->name()));
        path = of_stream.view();
    }
    Vector<uint8_t> answer;
    size_t most = kLargestAnswer + path.size() * 2;
    TRY(answer.resize(std::min(irp.output.length, most)));
    Packed packed =
        TRY(pack_file_information(irp.parameters.query.information_class, open.facts(), path, answer.span()));
    TRY(irp.write_output(0, answer.span().first(packed.length)));
    return Outcome{packed.length, packed.status};
}

Result<Volume::Outcome> Volume::set_information(Irp& irp, OpenNode& open, Progress& progress) {
    Node& node = *open.node;
    switch (irp.parameters.query.information_class) {
        case FileBasicInformation:
            report_modified(open, TRY(set_basic(node, TRY(input<FILE_BASIC_INFORMATION>(irp)))));
            return Outcome{};
        case FileEndOfFileInformation:
            TRY(set_size(open, TRY(input<FILE_END_OF_FILE_INFORMATION>(irp)).EndOfFile, false));
            report_modified(open, FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE);
            return Outcome{};
        case FileAllocationInformation:
            TRY(set_size(open, TRY(input<FILE_ALLOCATION_INFORMATION>(irp)).AllocationSize, true));
            report_modified(open, FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE);
            return Outcome{};
        case FileValidDataLengthInformation:
            return Outcome{};
        case FileDispositionInformation:
        case FileDispositionInformationEx:
            TRY(set_disposition(irp, open));
            return Outcome{};
        case FileRenameInformation:
        case FileRenameInformationEx:
            return rename(irp, open, progress);
        case FileShortNameInformation:
            TRY(set_short_name(irp, open));
            report_modified(open, name_filter(node));
            return Outcome{};
        case FileLinkInformation:
        case FileLinkInformationEx:
            return add_link(irp, open, progress);
        default:
            return fail(STATUS_INVALID_INFO_CLASS);
    }
}

Result<Volume::Outcome> Volume::query_short_name(Irp& irp, OpenNode& open) {
    std::u16string_view name = open.link ? open.link->short_name().view() : std::u16string_view();
    if (name.empty() || open.stream->named()) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    uint8_t answer[sizeof(ULONG) + ShortName::kLongest * 2];
    std::span<uint8_t> room = std::span(answer).first(std::min(irp.output.length, sizeof answer));
    Packed packed = TRY(pack_file_information(FileAlternateNameInformation, {}, name, room));
    TRY(irp.write_output(0, room.first(packed.length)));
    return Outcome{packed.length, packed.status};
}

// [MS-FSA] 2.1.5.15.13; without a name it has none any more.
Result<void> Volume::set_short_name(Irp& irp, OpenNode& open) {
    constexpr size_t kText = offsetof(FILE_NAME_INFORMATION, FileName);
    const se::Token* token = irp.checked_as();
    if (token && !token->holds(SE_RESTORE_PRIVILEGE)) return fail(STATUS_PRIVILEGE_NOT_HELD);
    ULONG length = TRY(input<ULONG>(irp));
    char16_t text[ShortName::kLongest];
    if (length % 2 || length > sizeof text || length > irp.input.length - kText)
        return fail(STATUS_INVALID_PARAMETER);
    TRY(irp.read_input(kText, {reinterpret_cast<uint8_t*>(text), length}));
    std::u16string_view name(text, length / 2);
    if ((!name.empty() && !is_short(name)) || !open.folder() || open.stream->named())
        return fail(STATUS_INVALID_PARAMETER);
    Link* there = name.empty() ? nullptr : open.folder()->find(name);
    if (there && there != open.link.get()) return fail(STATUS_OBJECT_NAME_COLLISION);
    // What is its own name already is no other one.
    bool own = !name.empty() && equal_ignore_case(name, open.link->name());
    open.folder()->set_short_name(*open.link, name.empty() || own ? ShortName() : ShortName(name));
    return {};
}

Result<void> Volume::set_disposition(Irp& irp, OpenNode& open) {
    bool extended = irp.parameters.query.information_class == FileDispositionInformationEx;
    uint32_t flags = extended ? TRY(input<FILE_DISPOSITION_INFORMATION_EX>(irp)).Flags
                              : TRY(input<FILE_DISPOSITION_INFORMATION>(irp)).DeleteFile & 1u;
    if (flags & FILE_DISPOSITION_DELETE) TRY(open.check_deletable(flags));
    open.set_disposition(flags);
    return {};
}

// How far a query is that has given nothing yet: the first one of its file, or a later one.
constexpr size_t kNothingYet = 1;
constexpr size_t kNothingMore = 2;

Result<bool> Volume::add_dots(DirectoryWriter& writer, const OpenNode& open, bool single, unsigned& dots) {
    static constexpr std::u16string_view kNames[] = {u".", u".."};
    Node& directory = *open.node;
    for (; directory.parent() && dots < std::size(kNames); ++dots) {
        if (single && writer.count() > 0) return false;
        std::u16string_view name = kNames[dots];
        if (!matches_wildcard(open.pattern, name)) continue;
        Node& shown = dots == 0 ? directory : *directory.parent();
        if (!TRY(writer.add(name, {}, shown.facts(shown.link()))) || writer.overflowed()) return false;
    }
    return !single || writer.count() == 0;
}

Result<Volume::Outcome> Volume::query_directory(Irp& irp, OpenNode& open, size_t& done) {
    Node& directory = *open.node;
    if (irp.minor != kMinorQueryDirectory) return fail(STATUS_INVALID_DEVICE_REQUEST);
    if (!open.lists()) return fail(STATUS_INVALID_PARAMETER);
    bool first = !open.query_started;
    bool begins = done == 0;
    if (begins && (first || (irp.stack_flags & kRestartScan))) {
        // The pattern of the first query stays until a scan is restarted with another.
        if (first || !irp.name.empty()) open.pattern = TRY(String::create(irp.name));
        open.last_name = String();
        open.dots = 0;
        open.query_started = true;
    }
    DirectoryWriter writer = TRY(DirectoryWriter::create(irp));
    ke::Slice slice;
    Link* passed = nullptr;
    unsigned dots = open.dots;
    bool more = false;
    bool room = TRY(add_dots(writer, open, irp.stack_flags & kReturnSingleEntry, dots));
    for (Link* entry = room ? directory.next_entry(open.last_name) : nullptr; entry;
         entry = directory.entry_after(*entry)) {
        // A full buffer is not promised: what there is after a slice is given, and only who has nothing goes
        // on.
        if (slice.over()) {
            more = writer.count() == 0;
            break;
        }
        std::u16string_view short_name = entry->short_name().view();
        if (matches_wildcard(open.pattern, entry->name()) ||
            (!short_name.empty() && matches_wildcard(open.pattern, short_name))) {
            if (!TRY(writer.add(entry->name(), short_name, entry->node().facts(entry)))) break;
            if (writer.overflowed()) break;
        }
        passed = entry;
        if (writer.count() > 0 && (irp.stack_flags & kReturnSingleEntry)) break;
    }
    // The place moves on with the answer: a request that fails, or waits for a page of its client's, has
    // given nothing and begins at the same entry again.
    if (passed) open.last_name = TRY(String::create(passed->name()));
    open.dots = dots;
    if (more) {
        if (begins) done = first ? kNothingYet : kNothingMore;
        return Outcome{.more = true};
    }
    if (writer.overflowed()) return Outcome{writer.length(), STATUS_BUFFER_OVERFLOW};
    bool never = begins ? first : done == kNothingYet;
    if (writer.count() == 0) return fail(never ? STATUS_NO_SUCH_FILE : STATUS_NO_MORE_FILES);
    return Outcome{writer.length()};
}

Result<Volume::Outcome> Volume::query_volume(Irp& irp) {
    uint8_t answer[128] = {};
    size_t length = 0;
    switch (irp.parameters.query.information_class) {
        case FileFsVolumeInformation: {
            FILE_FS_VOLUME_INFORMATION volume{};
            volume.VolumeCreationTime.QuadPart = static_cast<LONGLONG>(root_->creation_time);
            volume.VolumeSerialNumber = kVolumeSerialNumber;
            volume.VolumeLabelLength = static_cast<ULONG>(kLabel.size() * 2);
            constexpr size_t kText = offsetof(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
            set_text(volume, kText, kLabel, answer);
            length = kText + kLabel.size() * 2;
            break;
        }
        case FileFsSizeInformation: {
            FILE_FS_SIZE_INFORMATION size{units(allowance_.total()), units(allowance_.free()),
                                          kSectorsPerUnit, kSectorSize};
            memcpy(answer, &size, length = sizeof size);
            break;
        }
        case FileFsFullSizeInformation: {
            FILE_FS_FULL_SIZE_INFORMATION size{units(allowance_.total()), units(allowance_.free()),
                                               units(allowance_.free()), kSectorsPerUnit, kSectorSize};
            memcpy(answer, &size, length = sizeof size);
            break;
        }
        case FileFsAttributeInformation: {
            FILE_FS_ATTRIBUTE_INFORMATION attributes{};
            attributes.FileSystemAttributes = FILE_CASE_PRESERVED_NAMES | FILE_UNICODE_ON_DISK |
                                              FILE_SUPPORTS_REPARSE_POINTS | FILE_NAMED_STREAMS |
                                              FILE_SUPPORTS_HARD_LINKS | FILE_SUPPORTS_EXTENDED_ATTRIBUTES;
            attributes.MaximumComponentNameLength = 255;
            attributes.FileSystemNameLength = static_cast<ULONG>(kFileSystem.size() * 2);
            constexpr size_t kText = offsetof(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
            set_text(attributes, kText, kFileSystem, answer);
            length = kText + kFileSystem.size() * 2;
            break;
        }
        case FileFsSectorSizeInformation: {
            FILE_FS_SECTOR_SIZE_INFORMATION size{};
            size.LogicalBytesPerSector = kSectorSize;
            size.PhysicalBytesPerSectorForAtomicity = kSectorSize;
            size.PhysicalBytesPerSectorForPerformance = kSectorSize;
            size.FileSystemEffectivePhysicalBytesPerSectorForAtomicity = kSectorSize;
            size.Flags = SSINFO_FLAGS_ALIGNED_DEVICE | SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE |
                         SSINFO_FLAGS_NO_SEEK_PENALTY;
            memcpy(answer, &size, length = sizeof size);
            break;
        }
        default:
            return fail(STATUS_INVALID_INFO_CLASS);
    }
    size_t copied = std::min(length, irp.output.length);
    TRY(irp.write_output(0, {answer, copied}));
    return Outcome{copied, copied < length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS};
}

}  // namespace io::ramfs
