// SPDX-License-Identifier: GPL-3.0-only
//
// From an open file to keys: a tree apart, that nobody sees yet.
#pragma once

#include "executive/cm/regf/store.hpp"
#include "executive/services/hives.hpp"

namespace services {

struct ReadHive {
    base::Ref<cm::Key> root;
    uint32_t sequence = 0;  // of its base block
    bool repaired = false;  // by its logs: the file does not hold it yet
    ReadHive() = default;
    ReadHive(ReadHive&&) = default;
    ReadHive& operator=(ReadHive&&) = default;
    // Ends the tree, if it is still here.
    ~ReadHive();
};

// The hive whose file's bytes are in the store, repaired there by its logs where it is not whole; the keys
// have this level and those below it. STATUS_NOT_REGISTRY_FILE, STATUS_REGISTRY_CORRUPT,
// STATUS_REGISTRY_QUOTA_LIMIT. REQUIRES: the store and the files outlive it.
ke::Task<base::Result<ReadHive>> read_hive(ke::Call& call, cm::regf::Store& store, const HiveFiles& files,
                                           uint32_t level, bool is_volatile = false);
// All of the file, then its keys, which are to lie below this one, or to be a hive of their own.
ke::Task<base::Result<ReadHive>> read_hive(ke::Call& call, base::Ref<io::File> file, const cm::Key* below);

}  // namespace services
