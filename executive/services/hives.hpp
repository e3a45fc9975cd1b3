// SPDX-License-Identifier: GPL-3.0-only
//
// The hives that NtLoadKey has put into the registry, and work on trees of keys that must see one moment of
// them.
#pragma once

#include "executive/cm/key.hpp"
#include "executive/cm/regf/store.hpp"
#include "executive/io/file.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ob/charge.hpp"

namespace cm::regf {
class LogWriter;
}

namespace services {

// The open files of a hive: itself, and its logs, which are written in turn.
struct HiveFiles {
    base::Ref<io::File> hive;
    base::Ref<io::File> logs[2];
    HiveFiles() = default;
    HiveFiles(HiveFiles&&) = default;
    HiveFiles& operator=(HiveFiles&&) = default;
    ~HiveFiles();
};

class Hive final : public base::RefCounted, public base::ListLink<struct HiveTag> {
public:
    // The one that has this key as its root; null: none.
    static base::Ref<Hive> of_root(const cm::Key& key);
    // The one that the key lies in; null: in none.
    static base::Ref<Hive> of(const cm::Key& key);
    // `repaired`: what its file holds is not what it should.
    Hive(base::Ref<cm::Key> root, HiveFiles files, ob::Charge charge, uint32_t sequence, bool repaired);

    cm::Key& root() const { return *root_; }
    // Writes it to its file where it has changed since it was last. One who comes while another does it
    // waits.
    static ke::Task<NTSTATUS> flush(ke::Call& call, base::Ref<Hive> hive);
    // Nothing has changed since.
    bool is_flushed() const;
    // Out of the registry. REQUIRES: once.
    void unload();

private:
    static ke::Task<NTSTATUS> write(ke::Call& call, Hive& hive);
    static ke::Task<NTSTATUS> write_log(ke::Call& call, Hive& hive, const cm::regf::Store& log);
    static ke::Task<NTSTATUS> write_pages(ke::Call& call, Hive& hive, cm::regf::Store& image,
                                          const cm::regf::LogWriter& log);
    static base::List<Hive, HiveTag>& all();

    base::Ref<cm::Key> root_;
    HiveFiles files_;
    ob::Charge charge_;
    uint32_t sequence_;
    uint64_t flushed_;           // the root's tree_changes() of then
    cm::regf::OwnStore hashes_;  // of the pages of its file, which are known after it was written once
    io::File::Turn turn_;
    bool loaded_ = true;
};

// Repeats steps of somebody who begins anew where the registry changed meanwhile, and says how often he has:
// after a few times no program runs in between.
template <typename Worker>
ke::Task<NTSTATUS> undisturbed(ke::Thread& thread, Worker& worker) {
    constexpr unsigned kPatience = 4, kMost = 64;
    bool over = false;
    auto step = [&]() -> base::Result<bool> {
        over = TRY(worker.step());
        return over || worker.attempts() > kPatience;
    };
    NTSTATUS status = co_await ke::in_slices(thread, step);
    if (over || !NT_SUCCESS(status)) co_return status;
    auto alone = [&]() -> base::Result<bool> {
        if (worker.attempts() > kMost) return base::fail(STATUS_RETRY);
        return worker.step();
    };
    co_return co_await ke::in_slices(thread, alone, ke::FirstSlice::Paced, ke::Pacer::kSystemPriority);
}

}  // namespace services
