// SPDX-License-Identifier: GPL-3.0-only
//
// The boot archive (abi/boot/archive.h), checked entry by entry although it comes from our own image: a
// damaged boot medium should be named as such.
#include "executive/io/archive.hpp"

#include <string.h>

#include "base/bits.hpp"

namespace io {

Result<Archive> Archive::open(std::span<const uint8_t> bytes) {
    if (bytes.size() < sizeof(BootArchiveHeader)) return fail(STATUS_FILE_CORRUPT_ERROR);
    BootArchiveHeader header;
    memcpy(&header, bytes.data(), sizeof header);
    uint64_t entries = uint64_t{header.count} * sizeof(BootArchiveEntry);
    bool sound = memcmp(header.magic, BOOT_ARCHIVE_MAGIC, sizeof header.magic) == 0 &&
                 header.entry_size == sizeof(BootArchiveEntry) && header.size <= bytes.size() &&
                 range_fits(sizeof header, entries, header.size);
    if (!sound) return fail(STATUS_FILE_CORRUPT_ERROR);
    return Archive(bytes.first(header.size), header.count);
}

Result<Archive::Entry> Archive::entry(uint32_t index) const {
    ASSERT(index < count_);
    const auto* raw = reinterpret_cast<const BootArchiveEntry*>(bytes_.data() + sizeof(BootArchiveHeader) +
                                                                index * sizeof(BootArchiveEntry));
    size_t length = 0;
    while (length < sizeof raw->name && raw->name[length] != 0)
        ++length;
    bool sound = length > 0 && length < sizeof raw->name && is_aligned(raw->offset, BOOT_ARCHIVE_PAGE) &&
                 range_fits(raw->offset, raw->size, bytes_.size());
    if (!sound) return fail(STATUS_FILE_CORRUPT_ERROR);
    return Entry{{raw->name, length}, bytes_.subspan(raw->offset, raw->size)};
}

std::span<const uint8_t> Archive::find(std::string_view name) const {
    for (uint32_t i = 0; i < count_; ++i) {
        auto found = entry(i);
        if (found && found->name == name) return found->bytes;
    }
    return {};
}

}  // namespace io
