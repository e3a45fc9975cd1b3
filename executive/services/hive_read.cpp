// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/hive_read.hpp"

#include "executive/cm/regf/reader.hpp"
#include "executive/cm/regf/recovery.hpp"
#include "executive/cm/remains.hpp"
#include "executive/services/hive_file.hpp"

namespace services {

using namespace base;
using cm::regf::OwnStore;
using cm::regf::Store;

namespace {

// By its logs. One that cannot be read is none.
ke::Task<NTSTATUS> repair(ke::Call& call, Store& store, const HiveFiles& files) {
    OwnStore logs[2];
    for (unsigned i = 0; i < 2; ++i) {
        if (!files.logs[i]) continue;
        auto log = co_await read_hive_file(call, files.logs[i], cm::regf::kSector);
        if (!log && log.error() == STATUS_THREAD_IS_TERMINATING) co_return log.error();
        if (log) logs[i] = std::move(*log);
    }
    auto store_of = [](const OwnStore& log) { return log ? &*log : nullptr; };
    auto recovery = CO_TRY(make_own<cm::regf::Recovery>(store, store_of(logs[0]), store_of(logs[1])));
    co_return co_await ke::in_slices(call.thread(), [&] { return recovery->step(); });
}

}  // namespace

ReadHive::~ReadHive() {
    if (root) cm::end_tree(std::move(root));
}

ke::Task<Result<ReadHive>> read_hive(ke::Call& call, Store& store, const HiveFiles& files, uint32_t level,
                                     bool is_volatile) {
    ReadHive read;
    NTSTATUS status = STATUS_SUCCESS;
    read.repaired = cm::regf::Recovery::is_needed(store);
    if (read.repaired) status = co_await repair(call, store, files);
    if (!NT_SUCCESS(status)) co_return fail(status);
    OwnStore notes = CO_TRY(OwnStore::create(call.client()));
    auto reader = CO_TRY(make_own<cm::regf::Reader>(store, std::move(notes), level, is_volatile));
    status = co_await ke::in_slices(call.thread(), [&] { return reader->step(); });
    if (!NT_SUCCESS(status)) co_return fail(status);
    read.root = reader->take_root();
    read.sequence = reader->block().secondary_sequence;
    co_return std::move(read);
}

ke::Task<Result<ReadHive>> read_hive(ke::Call& call, Ref<io::File> file, const cm::Key* below) {
    uint32_t level = below ? below->level() : kHiveLevel;
    bool is_volatile = below && below->is_volatile();
    OwnStore store = CO_TRY(co_await read_hive_file(call, std::move(file), cm::regf::kBaseBlock));
    co_return co_await read_hive(call, *store, HiveFiles(), level, is_volatile);
}

}  // namespace services
