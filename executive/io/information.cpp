// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/information.hpp"

#include <string.h>

#include <algorithm>

#include "abi/nt/ntfileinfo.h"
#include "base/bits.hpp"

namespace io {

namespace {

LARGE_INTEGER quad(uint64_t value) {
    LARGE_INTEGER result;
    result.QuadPart = static_cast<LONGLONG>(value);
    return result;
}

FILE_BASIC_INFORMATION basic(const FileFacts& facts) {
    FILE_BASIC_INFORMATION result{};
    result.CreationTime.QuadPart = facts.creation_time;
    result.LastAccessTime.QuadPart = facts.access_time;
    result.LastWriteTime.QuadPart = facts.write_time;
    result.ChangeTime.QuadPart = facts.change_time;
    result.FileAttributes = facts.attributes;
    return result;
}

FILE_STANDARD_INFORMATION standard(const FileFacts& facts) {
    FILE_STANDARD_INFORMATION result{};
    result.AllocationSize = quad(facts.allocation);
    result.EndOfFile = quad(facts.end_of_file);
    result.NumberOfLinks = facts.lasting_links;
    result.DeletePending = facts.delete_pending;
    result.Directory = facts.directory;
    return result;
}

FILE_NETWORK_OPEN_INFORMATION network(const FileFacts& facts) {
    FILE_NETWORK_OPEN_INFORMATION result{};
    result.CreationTime.QuadPart = facts.creation_time;
    result.LastAccessTime.QuadPart = facts.access_time;
    result.LastWriteTime.QuadPart = facts.write_time;
    result.ChangeTime.QuadPart = facts.change_time;
    result.AllocationSize = quad(facts.allocation);
    result.EndOfFile = quad(facts.end_of_file);
    result.FileAttributes = facts.attributes;
    return result;
}

template <typename T>
Result<Packed> pack(std::span<uint8_t> into, const T& value) {
    if (into.size() < sizeof value) return fail(STATUS_INFO_LENGTH_MISMATCH);
    memcpy(into.data(), &value, sizeof value);
    return Packed{STATUS_SUCCESS, sizeof value};
}

// A counted name at the end of a structure, cut where the buffer ends.
Result<Packed> pack_name(std::span<uint8_t> into, size_t at, std::u16string_view name) {
    constexpr size_t kText = offsetof(FILE_NAME_INFORMATION, FileName);
    if (into.size() < at + kText) return fail(STATUS_INFO_LENGTH_MISMATCH);
    if (name.empty()) name = u"\\";
    ULONG length = static_cast<ULONG>(name.size() * 2);
    memcpy(into.data() + at, &length, sizeof length);
    size_t copied = std::min<size_t>(length, into.size() - at - kText);
    memcpy(into.data() + at + kText, name.data(), copied);
    return Packed{copied < length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, at + kText + copied};
}

Result<Packed> pack_all(std::span<uint8_t> into, const FileFacts& facts, std::u16string_view name) {
    constexpr size_t kName = offsetof(FILE_ALL_INFORMATION, NameInformation);
    if (into.size() < kName + offsetof(FILE_NAME_INFORMATION, FileName))
        return fail(STATUS_INFO_LENGTH_MISMATCH);
    FILE_ALL_INFORMATION all{};
    all.BasicInformation = basic(facts);
    all.StandardInformation = standard(facts);
    all.InternalInformation.IndexNumber = quad(facts.id);
    all.EaInformation.EaSize = facts.ea_size;
    memcpy(into.data(), &all, kName);
    return pack_name(into, kName, name);
}

FILE_STANDARD_LINK_INFORMATION links(const FileFacts& facts) {
    FILE_STANDARD_LINK_INFORMATION result{};
    result.NumberOfAccessibleLinks = facts.lasting_links;
    result.TotalNumberOfLinks = facts.links;
    result.DeletePending = facts.delete_pending;
    result.Directory = facts.directory;
    return result;
}

FILE_COMPRESSION_INFORMATION compression(const FileFacts& facts) {
    FILE_COMPRESSION_INFORMATION result{};
    result.CompressedFileSize = quad(facts.end_of_file);
    return result;
}

FILE_ID_128 long_id(const FileFacts& facts) {
    FILE_ID_128 id{};
    memcpy(id.Identifier, &facts.id, sizeof facts.id);
    return id;
}

// Where a directory entry's name begins; 0 for a class that is none.
size_t entry_name_offset(uint32_t information_class) {
    switch (information_class) {
        case FileDirectoryInformation:
            return offsetof(FILE_DIRECTORY_INFORMATION, FileName);
        case FileFullDirectoryInformation:
            return offsetof(FILE_FULL_DIR_INFORMATION, FileName);
        case FileBothDirectoryInformation:
            return offsetof(FILE_BOTH_DIR_INFORMATION, FileName);
        case FileIdFullDirectoryInformation:
            return offsetof(FILE_ID_FULL_DIR_INFORMATION, FileName);
        case FileIdBothDirectoryInformation:
            return offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName);
        case FileNamesInformation:
            return offsetof(FILE_NAMES_INFORMATION, FileName);
        case FileIdExtdDirectoryInformation:
            return offsetof(FILE_ID_EXTD_DIR_INFORMATION, FileName);
        case FileIdExtdBothDirectoryInformation:
            return offsetof(FILE_ID_EXTD_BOTH_DIR_INFORMATION, FileName);
        default:
            return 0;
    }
}

template <typename T>
void set_short_name(T& entry, std::u16string_view name) {
    size_t bytes = std::min(name.size() * 2, sizeof entry.ShortName);
    entry.ShortNameLength = static_cast<CCHAR>(bytes);
    if (bytes > 0) memcpy(entry.ShortName, name.data(), bytes);
}

// The largest of the entry structures; the smaller ones are its beginning, but for the place of the id.
FILE_ID_BOTH_DIR_INFORMATION entry(const FileFacts& facts, size_t name_bytes,
                                   std::u16string_view short_name) {
    FILE_ID_BOTH_DIR_INFORMATION result{};
    set_short_name(result, short_name);
    result.CreationTime.QuadPart = facts.creation_time;
    result.LastAccessTime.QuadPart = facts.access_time;
    result.LastWriteTime.QuadPart = facts.write_time;
    result.ChangeTime.QuadPart = facts.change_time;
    result.EndOfFile = quad(facts.end_of_file);
    result.AllocationSize = quad(facts.allocation);
    result.FileAttributes = facts.attributes;
    result.FileNameLength = static_cast<ULONG>(name_bytes);
    // As [MS-FSCC] has it, a reparse point says its tag here.
    result.EaSize = facts.reparse_tag ? facts.reparse_tag : facts.ea_size;
    result.FileId = quad(facts.id);
    return result;
}

constexpr size_t kLargestEntry = offsetof(FILE_ID_EXTD_BOTH_DIR_INFORMATION, FileName);
static_assert(kLargestEntry >= offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName));

// What begins like the others and has a long id.
void lay_out_extended(const FileFacts& facts, const FILE_ID_BOTH_DIR_INFORMATION& full,
                      std::u16string_view short_name, uint8_t* out) {
    FILE_ID_EXTD_BOTH_DIR_INFORMATION extended{};
    memcpy(&extended, &full, offsetof(FILE_ID_EXTD_BOTH_DIR_INFORMATION, EaSize));
    extended.EaSize = facts.ea_size;
    extended.ReparsePointTag = facts.reparse_tag;
    extended.FileId = long_id(facts);
    set_short_name(extended, short_name);
    memcpy(out, &extended, kLargestEntry);
}

void lay_out_entry(uint32_t information_class, const FileFacts& facts, size_t name_bytes,
                   std::u16string_view short_name, uint8_t* out) {
    FILE_ID_BOTH_DIR_INFORMATION full = entry(facts, name_bytes, short_name);
    memcpy(out, &full, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName));
    if (information_class == FileIdExtdDirectoryInformation ||
        information_class == FileIdExtdBothDirectoryInformation) {
        lay_out_extended(facts, full, short_name, out);
    } else if (information_class == FileNamesInformation) {
        FILE_NAMES_INFORMATION names{};
        names.FileNameLength = full.FileNameLength;
        memcpy(out, &names, sizeof names);
    } else if (information_class == FileIdFullDirectoryInformation) {
        memcpy(out + offsetof(FILE_ID_FULL_DIR_INFORMATION, FileId), &full.FileId, sizeof full.FileId);
    }
}

}  // namespace

size_t minimum_query_length(uint32_t information_class) {
    switch (information_class) {
        case FileBasicInformation:
            return sizeof(FILE_BASIC_INFORMATION);
        case FileStandardInformation:
            return sizeof(FILE_STANDARD_INFORMATION);
        case FileInternalInformation:
            return sizeof(FILE_INTERNAL_INFORMATION);
        case FileEaInformation:
            return sizeof(FILE_EA_INFORMATION);
        case FileNameInformation:
        case FileNormalizedNameInformation:
        case FileAlternateNameInformation:
            return offsetof(FILE_NAME_INFORMATION, FileName);
        case FileAllInformation:
            return offsetof(FILE_ALL_INFORMATION, NameInformation) +
                   offsetof(FILE_NAME_INFORMATION, FileName);
        case FileNetworkOpenInformation:
            return sizeof(FILE_NETWORK_OPEN_INFORMATION);
        case FileAttributeTagInformation:
            return sizeof(FILE_ATTRIBUTE_TAG_INFORMATION);
        case FileIdInformation:
            return sizeof(FILE_ID_INFORMATION);
        case FileStandardLinkInformation:
            return sizeof(FILE_STANDARD_LINK_INFORMATION);
        case FileCompressionInformation:
            return sizeof(FILE_COMPRESSION_INFORMATION);
        case FileHardLinkInformation:
            return offsetof(FILE_LINKS_INFORMATION, Entry);
        default:
            return 0;
    }
}

Result<Packed> pack_file_information(uint32_t information_class, const FileFacts& facts,
                                     std::u16string_view name, std::span<uint8_t> into) {
    switch (information_class) {
        case FileBasicInformation:
            return pack(into, basic(facts));
        case FileStandardInformation:
            return pack(into, standard(facts));
        case FileInternalInformation:
            return pack(into, FILE_INTERNAL_INFORMATION{quad(facts.id)});
        case FileEaInformation:
            return pack(into, FILE_EA_INFORMATION{facts.ea_size});
        case FileNameInformation:
        case FileNormalizedNameInformation:
        case FileAlternateNameInformation:
            return pack_name(into, 0, name);
        case FileAllInformation:
            return pack_all(into, facts, name);
        case FileNetworkOpenInformation:
            return pack(into, network(facts));
        case FileAttributeTagInformation:
            return pack(into, FILE_ATTRIBUTE_TAG_INFORMATION{facts.attributes, facts.reparse_tag});
        case FileIdInformation:
            return pack(into, FILE_ID_INFORMATION{facts.volume, long_id(facts)});
        case FileStandardLinkInformation:
            return pack(into, links(facts));
        case FileCompressionInformation:
            return pack(into, compression(facts));
        default:
            return fail(STATUS_INVALID_INFO_CLASS);
    }
}

Result<DirectoryWriter> DirectoryWriter::create(Irp& irp) {
    size_t name_offset = entry_name_offset(irp.parameters.query.information_class);
    if (name_offset == 0) return fail(STATUS_INVALID_INFO_CLASS);
    if (irp.output.length < name_offset) return fail(STATUS_INFO_LENGTH_MISMATCH);
    return DirectoryWriter(irp, name_offset);
}

Result<bool> DirectoryWriter::add(std::u16string_view name, std::u16string_view short_name,
                                  const FileFacts& facts) {
    size_t at = align_up(length_, 8);
    size_t room = at < irp_->output.length ? irp_->output.length - at : 0;
    size_t name_bytes = name.size() * 2;
    if (name_offset_ + name_bytes > room) {
        if (count_ > 0) return false;
        overflowed_ = true;
    }
    uint8_t header[kLargestEntry];
    lay_out_entry(irp_->parameters.query.information_class, facts, name_bytes, short_name, header);
    TRY(irp_->write_output(at, {header, name_offset_}));
    size_t copied = std::min(name_bytes, room - name_offset_);
    TRY(irp_->write_output(at + name_offset_, {reinterpret_cast<const uint8_t*>(name.data()), copied}));
    if (count_ > 0) {
        auto distance = static_cast<ULONG>(at - last_);
        TRY(irp_->write_output(last_, {reinterpret_cast<const uint8_t*>(&distance), sizeof distance}));
    }
    last_ = at;
    length_ = at + name_offset_ + copied;
    ++count_;
    return true;
}

}  // namespace io
