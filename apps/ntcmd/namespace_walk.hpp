// SPDX-License-Identifier: GPL-3.0-only
//
// Directories of the object namespace and of volumes, walked in one way.
#pragma once

#include "apps/common/text.hpp"

namespace ntcmd {

struct DirectoryEntry {
    app::View name;
    app::View type;  // of an object
    bool is_object = false;
    bool is_directory = false;  // a directory of files
    ULONG64 size = 0;
    LARGE_INTEGER time = {};
};

using Visit = void (*)(const DirectoryEntry& entry, void* context);

// A directory of objects where there is one of that path, else a directory of files.
NTSTATUS walk_directory(const app::Text& path, Visit visit, void* context);
NTSTATUS walk_objects(const app::Text& path, Visit visit, void* context);
NTSTATUS walk_files(const app::Text& path, Visit visit, void* context);
// STATUS_SUCCESS when the path is a directory of either kind.
NTSTATUS check_directory(const app::Text& path);

}  // namespace ntcmd
