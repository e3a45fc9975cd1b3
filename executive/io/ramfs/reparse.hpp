// SPDX-License-Identifier: GPL-3.0-only
//
// Reparse points ([MS-FSCC] 2.1.2): what lies at a node in place of what its name leads to. Symbolic links
// and mount points are followed; whoever opens any other without FILE_OPEN_REPARSE_POINT is refused.
#pragma once

#include "executive/io/ramfs/node.hpp"

namespace io::ramfs {

// FSCTL_SET_REPARSE_POINT's buffer. STATUS_IO_REPARSE_DATA_INVALID, STATUS_IO_REPARSE_TAG_INVALID.
Result<void> check_reparse_data(std::span<const uint8_t> data);
// REQUIRES: data that has been checked, not empty.
uint32_t reparse_tag(std::span<const uint8_t> data);

// Where a path leads instead.
struct Redirect {
    String path;
    bool on_volume;  // else from the root of all names
};
// Of `path` the part from `begin` (its backslash) to `end` is the name of this node. Parts `.` and `..` of a
// relative link are taken off what is before it. STATUS_IO_REPARSE_TAG_NOT_HANDLED,
// STATUS_REPARSE_POINT_NOT_RESOLVED, STATUS_NAME_TOO_LONG.
Result<Redirect> follow(const Node& link, std::u16string_view path, size_t begin, size_t end);

}  // namespace io::ramfs
