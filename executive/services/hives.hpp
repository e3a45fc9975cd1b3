// SPDX-License-Identifier: GPL-3.0-only
//
// The hives that NtLoadKey has put into the registry, and work on trees of keys that must see one moment of
// them.
#pragma once

#include "executive/cm/hive_root.hpp"
#include "executive/cm/key.hpp"
#include "executive/ex/event.hpp"
#include "executive/services/hive_file.hpp"

namespace cm::regf {
class LogWriter;
}

namespace services {

// \Registry\Machine\NAME: below the roots of hives every key lies in one, or could.
inline constexpr uint32_t kHiveLevel = 2;

// STATUS_PRIVILEGE_NOT_HELD; drivers need none.
base::Result<void> check_hive_privilege(ke::Call& call, ULONG privilege);

// The open files of a hive: itself, and its logs, which are written in turn.
struct HiveFiles {
    base::Ref<io::File> hive;
    base::Ref<io::File> logs[2];
    HiveFiles() = default;
    HiveFiles(HiveFiles&&) = default;
    HiveFiles& operator=(HiveFiles&&) = default;
    ~HiveFiles();
};

class Hive final : public cm::HiveRoot, public base::ListLink<struct HiveTag> {
public:
    // The one that has this key as its root; null: none.
    static base::Ref<Hive> of_root(const cm::Key& key);
    // The one that the key lies in; null: in none.
    static base::Ref<Hive> of(const cm::Key& key);
    // `flags`: REG_APP_HIVE and the like. `sequence`: that of its file, which holds the tree. The client pays
    // for what its writing takes.
    Hive(ke::Client& client, base::Ref<cm::Key> root, ob::Charge charge, uint32_t sequence, ULONG flags);

    // Puts it into the registry, and takes the files then. STATUS_KEY_DELETED, STATUS_REGISTRY_QUOTA_LIMIT.
    // REQUIRES: once; what Key::attach() does.
    base::Result<void> load(cm::Key& parent, std::u16string_view name, HiveFiles&& files);
    cm::Key& root() const { return *root_; }
    // Open while it is loaded, and while somebody has the turn.
    const HiveFiles& files() const { return files_; }
    const base::Ref<io::File>& file() const { return files_.hive; }
    ULONG flags() const { return flags_; }
    bool is_loaded() const { return loaded_; }
    // Writes it to its file where it has changed since it was last. One who comes while another does it
    // waits.
    static ke::Task<NTSTATUS> flush(Behalf by, base::Ref<Hive> hive);
    // All that are loaded, as the machine goes off. What cannot be written is left;
    // STATUS_THREAD_IS_TERMINATING.
    static ke::Task<NTSTATUS> flush_all(Behalf by);
    // Nothing has changed since.
    bool is_flushed() const { return flushed_ == changes(); }
    // The file holds something else than the tree.
    void note_dirty() { --flushed_; }
    void note_flushed() { flushed_ = changes(); }
    // Nobody else writes or reads its file before it is passed; it may be unloaded. STATUS_SUCCESS, or why it
    // was not waited for.
    ke::Task<NTSTATUS> take_turn(const Behalf& by);
    void pass_turn();
    // Out of the registry, without a look at whether it has been flushed. REQUIRES: it is loaded.
    void unload();
    // Somebody has been promised an event.
    bool is_waited_for() const { return static_cast<bool>(event_); }
    // It is flushed and unloaded when none of its keys is open any more, which is now or later; and this
    // event is set then, if there is one.
    void unload_when_closed(base::Ref<ex::Event> event);

private:
    struct Waiting : base::ListLink<struct HiveTurnTag> {
        base::Event event;
    };
    using All = base::List<Hive, HiveTag>;
    static All& all();
    void close_files() { HiveFiles closed(std::move(files_)); }
    void all_closed() override;
    static ke::Task<NTSTATUS> end(base::Ref<Hive> hive);
    static ke::Task<NTSTATUS> write(const Behalf& by, Hive& hive);
    static ke::Task<NTSTATUS> write_log(const Behalf& by, Hive& hive, const cm::regf::Store& log);
    static ke::Task<NTSTATUS> write_pages(const Behalf& by, Hive& hive, cm::regf::Store& image,
                                          const cm::regf::LogWriter& log);

    static inline constinit size_t loaded_hives_ = 0;

    cm::regf::Payer payer_;
    base::Ref<cm::Key> root_;
    HiveFiles files_;
    ob::Charge charge_;
    uint32_t sequence_;
    ULONG flags_;
    uint64_t flushed_ = 0;       // changes() of then
    cm::regf::OwnStore hashes_;  // of the pages of its file, which are known after it was written once
    base::List<Waiting, HiveTurnTag> waiting_;
    base::Ref<ex::Event> event_;
    bool turn_taken_ = false;
    bool loaded_ = false;
    bool ends_when_closed_ = false;
    bool ending_ = false;
};

// Repeats steps of somebody who begins anew where the registry changed meanwhile, and counts how often he
// does: after a few times no program runs in between. REQUIRES: what `by` and `attempts` name outlives it.
ke::Task<NTSTATUS> undisturbed(const Behalf& by, ke::SliceStep step, const unsigned& attempts);
template <typename Worker>
[[clang::coro_wrapper]] ke::Task<NTSTATUS> undisturbed(const Behalf& by, Worker& worker) {
    return undisturbed(by, [&worker] { return worker.step(); }, worker.attempts());
}

}  // namespace services
