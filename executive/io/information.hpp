// SPDX-License-Identifier: GPL-3.0-only
//
// What the information classes have in common: their sizes, and the packing of directory entries.
#pragma once

#include "abi/nt/ntioapi.h"
#include "executive/io/irp.hpp"

namespace io {

// The least buffer that NtQueryInformationFile takes for a class; 0 for a class that it does not know.
size_t minimum_query_length(uint32_t information_class);

// What a file system knows of a file, for all classes.
struct FileFacts {
    int64_t creation_time = 0;
    int64_t access_time = 0;
    int64_t write_time = 0;
    int64_t change_time = 0;
    uint64_t end_of_file = 0;
    uint64_t allocation = 0;
    uint64_t id = 0;
    uint64_t parent_id = 0;
    uint64_t volume = 0;  // its serial number
    uint32_t reparse_tag = 0;
    uint32_t ea_size = 0;
    uint32_t attributes = 0;
    uint32_t links = 1;          // its names
    uint32_t lasting_links = 1;  // of these, what no delete is pending for
    bool directory = false;
    bool delete_pending = false;
};

// Fills a class's structure from the facts. `name` is the name on the device. Returns the bytes written and
// STATUS_SUCCESS or STATUS_BUFFER_OVERFLOW (the name was cut). STATUS_INVALID_INFO_CLASS.
struct Packed {
    NTSTATUS status;
    size_t length;
};
Result<Packed> pack_file_information(uint32_t information_class, const FileFacts& facts,
                                     std::u16string_view name, std::span<uint8_t> into);

// Entries of a directory query, one behind the other into the IRP's output.
class DirectoryWriter {
public:
    // STATUS_INVALID_INFO_CLASS.
    static Result<DirectoryWriter> create(Irp& irp);

    // False when the entry does not fit any more. An entry that does not even fit into an empty buffer is
    // cut: the result of finish() is STATUS_BUFFER_OVERFLOW then.
    // `short_name`: empty, or an 8.3 name besides.
    Result<bool> add(std::u16string_view name, std::u16string_view short_name, const FileFacts& facts);
    uint32_t count() const { return count_; }
    size_t length() const { return length_; }
    bool overflowed() const { return overflowed_; }

private:
    DirectoryWriter(Irp& irp, size_t name_offset) : irp_(&irp), name_offset_(name_offset) {}

    Irp* irp_;
    size_t name_offset_;
    size_t last_ = 0;
    size_t length_ = 0;
    uint32_t count_ = 0;
    bool overflowed_ = false;
};

}  // namespace io
