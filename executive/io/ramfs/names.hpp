// SPDX-License-Identifier: GPL-3.0-only
//
// Paths on a memory volume.
#pragma once

#include "executive/io/ramfs/node.hpp"

namespace io::ramfs {

// STATUS_OBJECT_NAME_INVALID for what can be no file's name.
Result<void> check_name(std::u16string_view name);

// Where a path leads: the directory of its last part, that part, and the entry when it exists. For the root
// itself, node is the root and parent is null.
struct Target {
    Node* parent = nullptr;
    std::u16string_view name;
    Node* node = nullptr;
    bool must_be_directory = false;  // the path ended in a backslash
};
// STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_NAME_INVALID.
Result<Target> find_target(Node& root, std::u16string_view path);

}  // namespace io::ramfs
