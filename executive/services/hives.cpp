// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/hives.hpp"

#include "abi/nt/ntreghive.h"

#include "executive/cm/regf/checksum.hpp"
#include "executive/cm/regf/log_writer.hpp"
#include "executive/cm/regf/writer.hpp"
#include "executive/cm/remains.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/se/token.hpp"

namespace services {

using namespace base;
using cm::regf::OwnStore;

Result<void> check_hive_privilege(ke::Call& call, ULONG privilege) {
    if (call.client().is_driver_host() || se::holds_privilege(call, privilege)) return {};
    return fail(STATUS_PRIVILEGE_NOT_HELD);
}

ke::Task<NTSTATUS> undisturbed(const Behalf& by, ke::SliceStep step, const unsigned& attempts) {
    constexpr unsigned kPatience = 4, kMost = 64;
    bool over = false;
    auto some = [&]() -> Result<bool> {
        over = TRY(step());
        return over || attempts > kPatience;
    };
    NTSTATUS status = co_await by.in_slices(some, ke::FirstSlice::Paced);
    if (over || !NT_SUCCESS(status)) co_return status;
    auto alone = [&]() -> Result<bool> {
        if (attempts > kMost) return fail(STATUS_RETRY);
        return step();
    };
    co_return co_await by.in_slices(alone, ke::FirstSlice::Paced, ke::Pacer::kRaisedPriority);
}

Hive::All& Hive::all() {
    [[clang::no_destroy]] static constinit All every;
    return every;
}

Ref<Hive> Hive::of_root(const cm::Key& key) {
    return Ref<Hive>(static_cast<Hive*>(key.hive()));
}

Ref<Hive> Hive::of(const cm::Key& key) {
    return Ref<Hive>(static_cast<Hive*>(key.hive_around()));
}

HiveFiles::~HiveFiles() {
    if (hive) hive->last_handle_closed();
    for (Ref<io::File>& log : logs)
        if (log) log->last_handle_closed();
}

Hive::Hive(ke::Client& client, Ref<cm::Key> root, ob::Charge charge, uint32_t sequence, ULONG flags)
    : HiveRoot(!(flags & REG_APP_HIVE)),
      payer_(client),
      root_(std::move(root)),
      charge_(std::move(charge)),
      sequence_(sequence),
      flags_(flags) {}

// The registry holds a reference.
Result<void> Hive::load(cm::Key& parent, std::u16string_view name, HiveFiles&& files) {
    TRY(parent.attach(*root_, name, *this));
    files_ = std::move(files);
    note_flushed();
    loaded_ = true;
    ends_when_closed_ = flags_ & REG_APP_HIVE;
    all().push_back(*this);
    ++loaded_hives_;
    add_ref();
    return {};
}

void Hive::unload() {
    ASSERT(loaded_);
    loaded_ = false;
    unlink();
    --loaded_hives_;
    root_->detach();
    cm::end_tree(root_);
    // Who has a key of it open still has this; and who works on its files ends that.
    if (!turn_taken_) close_files();
    if (event_) event_->set();
    release();
}

void Hive::unload_when_closed(Ref<ex::Event> event) {
    event_ = std::move(event);
    ends_when_closed_ = true;
    if (openings() == 0) all_closed();
}

void Hive::all_closed() {
    if (!loaded_ || !ends_when_closed_ || ending_) return;
    ending_ = true;
    Ref<Hive> self(*this);
    auto job = ke::Job::start([&] [[clang::coro_wrapper]] { return end(self); });
    if (job) return;
    // What has changed since it was flushed is lost, as with the memory that this lacks.
    unload();
}

ke::Task<NTSTATUS> Hive::end(Ref<Hive> hive) {
    NTSTATUS status = STATUS_SUCCESS;
    do {
        status = co_await flush(Behalf(hive->payer_), hive);
    } while (NT_SUCCESS(status) && hive->loaded_ && hive->openings() == 0 && !hive->is_flushed());
    hive->ending_ = false;
    // Somebody may have loaded it anew meanwhile, or unloaded it.
    if (!hive->loaded_ || hive->openings()) co_return status;
    if (!NT_SUCCESS(status))
        cm::log.warning("hive {}: unloaded, but not written: {s}", hive->root_->name(), status);
    hive->unload();
    co_return status;
}

ke::Task<NTSTATUS> Hive::take_turn(const Behalf& by) {
    if (!turn_taken_) {
        turn_taken_ = true;
        co_return STATUS_SUCCESS;
    }
    Waiting waiting;
    waiting_.push_back(waiting);
    co_return co_await by.wait(waiting.event);
}

void Hive::pass_turn() {
    if (Waiting* next = waiting_.pop_front()) return next->event.signal();
    turn_taken_ = false;
    if (!loaded_) close_files();
}

// The log first; then a base block that says that the file is being written, the pages that have changed, and
// a base block that says that it is whole. Whenever this ends, the file or the file and its log are a hive.
ke::Task<NTSTATUS> Hive::write(const Behalf& by, Hive& hive) {
    cm::regf::WriteOptions options;
    options.sequence = hive.sequence_ + 1;
    auto store = CO_TRY(OwnStore::create(by.payer));
    auto writer = CO_TRY(make_own<cm::regf::Writer>(hive.root_, std::move(store), options));
    NTSTATUS status = co_await undisturbed(by, *writer);
    if (!NT_SUCCESS(status)) co_return status;
    if (!hive.hashes_) hive.hashes_ = CO_TRY(OwnStore::create(hive.payer_));
    OwnStore dirty = CO_TRY(OwnStore::create(by.payer)), log = CO_TRY(OwnStore::create(by.payer));
    OwnStore hashes = std::move(hive.hashes_);  // again the hive's when they are true
    auto logged =
        CO_TRY(make_own<cm::regf::LogWriter>(writer->store(), *hashes, std::move(dirty), std::move(log)));
    status = co_await by.in_slices([&] { return logged->step(); });
    if (NT_SUCCESS(status)) status = co_await write_log(by, hive, logged->log());
    if (NT_SUCCESS(status)) status = co_await write_pages(by, hive, writer->store(), *logged);
    if (!NT_SUCCESS(status)) co_return status;
    hive.hashes_ = std::move(hashes);
    hive.flushed_ = writer->changes_seen();
    co_return status;
}

ke::Task<NTSTATUS> Hive::write_log(const Behalf& by, Hive& hive, const cm::regf::Store& log) {
    Ref<io::File> file = hive.files_.logs[hive.sequence_ % 2];
    NTSTATUS status = co_await write_hive_part(by, file, log, 0, log.size());
    if (NT_SUCCESS(status)) status = co_await set_hive_size(by, file, log.size());
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(by, file);
    co_return status;
}

ke::Task<NTSTATUS> Hive::write_pages(const Behalf& by, Hive& hive, cm::regf::Store& image,
                                     const cm::regf::LogWriter& log) {
    constexpr size_t kPage = cm::regf::kPage;
    Ref<io::File> file = hive.files_.hive;
    auto whole = image.get<cm::regf::BaseBlock>(0);
    auto torn = whole;
    torn.secondary_sequence = hive.sequence_;
    torn.checksum = cm::regf::checksum(torn);
    CO_TRY(image.put(0, torn));
    NTSTATUS status = co_await write_hive_part(by, file, image, 0, kPage);
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(by, file);
    // From here on the file may need this log, and the next one must be another.
    if (NT_SUCCESS(status)) ++hive.sequence_;
    for (uint32_t page = 0, end; NT_SUCCESS(status) && page < log.pages(); page = end) {
        // A run of pages that have changed; of those that have not, a few hundred at a time.
        constexpr uint32_t kMostInRun = 256;
        bool dirty = log.is_dirty(page);
        for (end = page + 1; end < log.pages() && end - page < kMostInRun && log.is_dirty(end) == dirty;)
            ++end;
        if (dirty)
            status = co_await write_hive_part(by, file, image, kPage + page * kPage, kPage + end * kPage);
    }
    if (NT_SUCCESS(status)) status = co_await set_hive_size(by, file, image.size());
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(by, file);
    if (!NT_SUCCESS(status)) co_return status;
    CO_TRY(image.put(0, whole));
    status = co_await write_hive_part(by, file, image, 0, kPage);
    if (NT_SUCCESS(status)) status = co_await flush_hive_file(by, file);
    co_return status;
}

ke::Task<NTSTATUS> Hive::flush(Behalf by, Ref<Hive> hive) {
    if (hive->is_flushed()) co_return STATUS_SUCCESS;
    NTSTATUS status = co_await hive->take_turn(by);
    if (status != STATUS_SUCCESS) co_return status;
    if (hive->loaded_ && !hive->is_flushed()) status = co_await write(by, *hive);
    hive->pass_turn();
    co_return status;
}

ke::Task<NTSTATUS> Hive::flush_all(Behalf by) {
    // Each once: those that have had their turn go to the end.
    for (size_t left = loaded_hives_; left > 0; --left) {
        Ref<Hive> hive(all().pop_front());
        if (!hive) break;
        all().push_back(*hive);
        NTSTATUS status = co_await flush(by, hive);
        if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
        if (!NT_SUCCESS(status)) cm::log.warning("hive {}: not written: {s}", hive->root_->name(), status);
    }
    co_return STATUS_SUCCESS;
}

}  // namespace services
