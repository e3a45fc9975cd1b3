// SPDX-License-Identifier: GPL-3.0-only
//
// Which of the filters of NtNotifyChangeDirectoryFile a node's coming and going concerns.
#pragma once

#include "executive/io/ramfs/node.hpp"

namespace io::ramfs {

inline uint32_t name_filter(const Node& node) {
    return node.directory() ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
}

}  // namespace io::ramfs
