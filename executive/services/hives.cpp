// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/hives.hpp"

#include "executive/cm/regf/checksum.hpp"
#include "executive/cm/regf/log_writer.hpp"
#include "executive/cm/regf/writer.hpp"
#include "executive/cm/remains.hpp"
#include "executive/services/hive_file.hpp"

namespace services {

using namespace base;
using cm::regf::OwnStore;

List<Hive, HiveTag>& Hive::all() {
    [[clang::no_destroy]] static constinit List<Hive, HiveTag> every;
    return every;
}

Ref<Hive> Hive::of_root(const cm::Key& key) {
    for (Hive& hive : all())
        if (&hive.root() == &key) return Ref<Hive>(hive);
    return {};
}

Ref<Hive> Hive::of(const cm::Key& key) {
    constexpr uint32_t kRootLevel = 2;
    const cm::Key* at = &key;
    while (at && at->level() > kRootLevel)
        at = at->parent();
    return at ? of_root(*at) : Ref<Hive>();
}

HiveFiles::~HiveFiles() {
    if (hive) hive->last_handle_closed();
    for (Ref<io::File>& log : logs)
        if (log) log->last_handle_closed();
}

// The list of hives holds a reference.
Hive::Hive(Ref<cm::Key> root, HiveFiles files, ob::Charge charge, uint32_t sequence, bool repaired)
    : root_(std::move(root)),
      files_(std::move(files)),
      charge_(std::move(charge)),
      sequence_(sequence),
      flushed_(root_->tree_changes() - repaired) {
    all().push_back(*this);
    add_ref();
}

bool Hive::is_flushed() const {
    return flushed_ == root_->tree_changes();
}

void Hive::unload() {
    ASSERT(loaded_);
    loaded_ = false;
    unlink();
    root_->detach();
    cm::end_tree(root_);
    release();
}

// The log first; then a base block that says that the file is being written, the pages that have changed, and
// a base block that says that it is whole. Whenever this ends, the file or the file and its log are a hive.
ke::Task<NTSTATUS> Hive::write(ke::Call& call, Hive& hive) {
    cm::regf::WriteOptions options;
    options.sequence = hive.sequence_ + 1;
    auto store = CO_TRY(OwnStore::create(call.client()));
    auto writer = CO_TRY(make_own<cm::regf::Writer>(hive.root_, std::move(store), options));
    NTSTATUS status = co_await undisturbed(call.thread(), *writer);
    if (!NT_SUCCESS(status)) co_return status;
    if (!hive.hashes_) hive.hashes_ = CO_TRY(OwnStore::create(call.client()));
    OwnStore dirty = CO_TRY(OwnStore::create(call.client())), log = CO_TRY(OwnStore::create(call.client()));
    OwnStore hashes = std::move(hive.hashes_);  // again the hive's when they are true
    auto logged =
        CO_TRY(make_own<cm::regf::LogWriter>(writer->store(), *hashes, std::move(dirty), std::move(log)));
    status = co_await ke::in_slices(call.thread(), [&] { return logged->step(); });
    if (NT_SUCCESS(status)) status = co_await write_log(call, hive, logged->log());
    if (NT_SUCCESS(status)) status = co_await write_pages(call, hive, writer->store(), *logged);
    if (!NT_SUCCESS(status)) co_return status;
    hive.hashes_ = std::move(hashes);
    hive.flushed_ = writer->changes_seen();
    co_return status;
}

ke::Task<NTSTATUS> Hive::write_log(ke::Call& call, Hive& hive, const cm::regf::Store& log) {
    Ref<io::File> file = hive.files_.logs[hive.sequence_ % 2];
    NTSTATUS status = co_await write_hive_part(call, file, log, 0, log.size());
    if (NT_SUCCESS(status)) status = co_await set_hive_size(call, file, log.size());
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(call, file);
    co_return status;
}

ke::Task<NTSTATUS> Hive::write_pages(ke::Call& call, Hive& hive, cm::regf::Store& image,
                                     const cm::regf::LogWriter& log) {
    constexpr size_t kPage = cm::regf::kPage;
    Ref<io::File> file = hive.files_.hive;
    auto whole = image.get<cm::regf::BaseBlock>(0);
    auto torn = whole;
    torn.secondary_sequence = hive.sequence_;
    torn.checksum = cm::regf::checksum(torn);
    CO_TRY(image.put(0, torn));
    NTSTATUS status = co_await write_hive_part(call, file, image, 0, kPage);
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(call, file);
    // From here on the file may need this log, and the next one must be another.
    if (NT_SUCCESS(status)) ++hive.sequence_;
    for (uint32_t page = 0, end; NT_SUCCESS(status) && page < log.pages(); page = end) {
        // A run of pages that have changed; of those that have not, a few hundred at a time.
        constexpr uint32_t kMostInRun = 256;
        bool dirty = log.is_dirty(page);
        for (end = page + 1; end < log.pages() && end - page < kMostInRun && log.is_dirty(end) == dirty;)
            ++end;
        if (dirty)
            status = co_await write_hive_part(call, file, image, kPage + page * kPage, kPage + end * kPage);
    }
    if (NT_SUCCESS(status)) status = co_await set_hive_size(call, file, image.size());
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(call, file);
    if (!NT_SUCCESS(status)) co_return status;
    CO_TRY(image.put(0, whole));
    status = co_await write_hive_part(call, file, image, 0, kPage);
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(call, file);
    co_return status;
}

ke::Task<NTSTATUS> Hive::flush(ke::Call& call, Ref<Hive> hive) {
    if (hive->is_flushed()) co_return STATUS_SUCCESS;
    if (!hive->turn_.try_wait(call.thread())) {
        NTSTATUS status = co_await ke::wait(call.thread(), hive->turn_, false, ke::Deadline::never());
        if (status != STATUS_SUCCESS) co_return status;
    }
    NTSTATUS status = STATUS_SUCCESS;
    if (hive->loaded_ && !hive->is_flushed()) status = co_await write(call, *hive);
    hive->turn_.pass();
    co_return status;
}

}  // namespace services
