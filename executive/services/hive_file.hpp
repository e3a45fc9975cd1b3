// SPDX-License-Identifier: GPL-3.0-only
//
// A hive's bytes to and from an open file, whatever it lies on. The requests are the Executive's own.
#pragma once

#include "executive/cm/regf/store.hpp"
#include "executive/io/file.hpp"

namespace services {

// All of the file. STATUS_NOT_REGISTRY_FILE when it is too large or has fewer than `least` bytes; what the
// device answers; STATUS_THREAD_IS_TERMINATING.
ke::Task<base::Result<cm::regf::OwnStore>> read_hive_file(ke::Call& call, base::Ref<io::File> file,
                                                          size_t least);
// Bytes of the store to the same place of the file. REQUIRES: the store outlives it; they are in it.
ke::Task<NTSTATUS> write_hive_part(ke::Call& call, base::Ref<io::File> file, const cm::regf::Store& store,
                                   size_t from, size_t to);
// Cuts the file where it is longer.
ke::Task<NTSTATUS> set_hive_size(ke::Call& call, base::Ref<io::File> file, size_t size);
// What has been written is where it stays.
ke::Task<NTSTATUS> flush_hive_file(ke::Call& call, base::Ref<io::File> file);

}  // namespace services
