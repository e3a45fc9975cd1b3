// SPDX-License-Identifier: GPL-3.0-only
//
// A volume whose files live in memory: the boot archive's, and those written since. What is written is gone
// with the power. Requests are answered at once; those that would take longer than a turn go on as paced
// work.
#pragma once

#include "executive/io/file.hpp"
#include "executive/io/ramfs/access.hpp"
#include "executive/io/ramfs/names.hpp"
#include "executive/io/ramfs/node.hpp"
#include "executive/ke/page_in.hpp"

namespace io::ramfs {

// An open file or directory.
class OpenNode final : public FileContext {
public:
    OpenNode(Ref<Node> opened, Ref<Link> by, Ref<Stream> of)
        : node(std::move(opened)), link(std::move(by)), stream(std::move(of)) {}
    ~OpenNode() override;
    // It is open from now on, with these rights. STATUS_SHARING_VIOLATION.
    Result<void> opened(ACCESS_MASK access, uint32_t share, bool deletes);
    // It is not any more. REQUIRES: the same values.
    void closed(ACCESS_MASK access, uint32_t share);

    Ref<Node> node;
    Ref<Link> link;  // that it was opened by; null: the root
    Ref<Stream> stream;
    // Of the stream.
    FileFacts facts() const;
    // It is a directory's entries.
    bool lists() const { return !stream->has_data(); }
    // The folder that it is in; null: it is in none (any more).
    Node* folder() const { return link ? link->folder() : nullptr; }
    bool delete_pending() const { return link && link->delete_pending(); }
    // FILE_DISPOSITION_*, of the name that it was opened by, or of the named stream. The first:
    // STATUS_DIRECTORY_NOT_EMPTY, STATUS_CANNOT_DELETE.
    Result<void> check_deletable(uint32_t flags) const;
    void set_disposition(uint32_t flags);
    // It is closed: does its stream go with it, does its name?
    bool stream_goes() const;
    bool link_goes() const;
    bool delete_on_close = false;
    // Its name goes with this file, whoever else has it open (FILE_DISPOSITION_POSIX_SEMANTICS).
    bool posix_delete = false;
    // Directory query: where it stands.
    String pattern;
    unsigned dots = 0;  // of `.` and `..`, which come first
    String last_name;
    // Query of extended attributes: the next one, and Node::eas_changed() when it was found; 0: none was.
    size_t next_ea = 0;
    uint64_t eas_seen = 0;
    bool query_started = false;
    // Volume::moves_of() when its file got the name that it has.
    uint64_t moves_seen = 0;

private:
    bool writes_ = false;
    bool keeps_ = false;  // Streams::open()
};

class Volume final : public Device {
public:
    // May take this many pages for what is written.
    static Result<Ref<Volume>> create(uint64_t pages, MakeRoom make_room = &FileRoom::create);

    Node& root() { return *root_; }
    Allowance& allowance() { return allowance_; }
    // Before anything is added: the volume has security from now on.
    Result<void> secure(Vector<uint8_t> of_root);
    // Adds a file of the archive, with the directories on its path. `path` is relative to the root, parts
    // separated by a backslash. STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_COLLISION.
    Result<Node*> add_archive_file(std::u16string_view path, std::span<const uint8_t> bytes);
    // The same for a directory, with the descriptor that it is to have.
    Result<void> add_directory(std::u16string_view path, std::span<const uint8_t> descriptor);

    size_t read_now(const Move& move) override;
    size_t write_now(const Move& move) override;
    std::optional<NTSTATUS> lock_now(const ByteLocking& locking) override;
    std::optional<NTSTATUS> unlock_now(const ByteLocking& locking) override;
    void start(Irp& irp) override;
    void cancel(Irp& irp) override;
    void cleanup(File& file) override;
    Result<Ref<mm::ControlArea>> control_area(File& file) override;
    Place place_of(const File& file) const override;
    bool checks_access() const override { return true; }
    const Ref<ob::Descriptor>* descriptor_of(const File& file) const override;
    Result<void> set_descriptor_of(File& file, Ref<ob::Descriptor> descriptor) override;

    Volume(uint64_t pages, MakeRoom make_room)
        : Device(FILE_DEVICE_DISK_FILE_SYSTEM, 0, Moves::AtOnce), allowance_(pages), make_room_(make_room) {}

private:
    struct Outcome {
        uint64_t information = 0;
        NTSTATUS status = STATUS_SUCCESS;
        bool more = false;   // only a slice of it was done
        bool later = false;  // it goes on by itself
    };
    // How far a list of a file's names or streams has come.
    template <typename Item>
    struct Listing {
        Ref<Item> next{};      // null, as long as nothing is counted: the first
        uint64_t changed = 0;  // links_changed() or Streams::changed(), when it began
        size_t needed = 0;     // bytes, of all so far
        size_t written = 0;
        size_t last = 0;  // where the last one that was written begins
        uint32_t count = 0;
        bool full = false;
    };
    // How far a query of extended attributes has come.
    struct EaScan {
        bool begun = false;
        Ref<EaSet> eas;  // as they were when it began
        uint64_t changed = 0;
        size_t at = 0;  // the next one, or in the list of names
        size_t written = 0;
        size_t last = 0;
        uint32_t count = 0;
    };
    // How far a request has come, over all its slices.
    struct Progress {
        size_t done = 0;     // bytes
        unsigned links = 0;  // that a rename has followed
        bool grew = false;   // a file that is written to
        bool made = false;   // a long name is to be made, in a slice that does nothing else
        Walk walk;
        Access access;
        Climb climb;
        Listing<Link> links_listed;
        Listing<Stream> streams_listed;
        EaScan eas;
        EaChange ea_change;
        uint64_t moves = 0;  // of directories_moved_, when the walk began
    };
    class Unfinished;
    // Tells all who watch a tree that something has changed in it, in slices: which trees it is in would take
    // too long to find out.
    class Losses final : public ke::PacedWork {
    public:
        explicit Losses(Volume& volume) : volume_(volume) {}
        void begin();
        bool slice() override;
        void add(DirectoryWatches& tree) { trees_.push_back(tree); }
        bool any() const { return !trees_.empty() || !told_.empty(); }

    private:
        Volume& volume_;
        Ref<Volume> keep_;
        List<DirectoryWatches, WatchedTreeTag> trees_;
        List<DirectoryWatches, WatchedTreeTag> told_;  // meanwhile
    };
    // Does a slice of a request: it is complete, there is more to do, or a page has to come first, which goes
    // on by itself.
    enum class Step : uint8_t { Complete, More, Waits };
    Step step(Irp& irp, Progress& progress);
    void go_on(Irp& irp, Progress progress);
    static Task<NTSTATUS> go_on_later(Ref<Volume> volume, Ref<Irp> irp, Progress progress, ke::PageIn page);
    static Task<NTSTATUS> clean(Ref<Irp> irp, Ref<mm::ControlArea> area);
    void run(Irp& irp, Task<NTSTATUS> rest);
    Result<Outcome> serve(Irp& irp, Progress& progress);
    Result<Outcome> create(Irp& irp, Progress& progress);
    Result<Outcome> open_existing(Irp& irp, Progress& progress, const Target& target);
    Result<Outcome> create_new(Irp& irp, Progress& progress, const Target& target);
    void overwrite(Irp& irp, const OpenNode& open);
    // Another one after each change of the names on the way to a file.
    uint64_t moves_of(const OpenNode& open) const {
        return directories_moved_ + (open.link ? open.link->moves() : 0);
    }
    static Result<std::optional<Ref<EaSet>>> new_eas(Irp& irp, Progress& progress);
    static Result<size_t> first_ea(const Irp& irp, OpenNode& open);
    Result<Outcome> query_ea(Irp& irp, OpenNode& open, EaScan& scan);
    static Result<std::optional<Ref<EaSet>>> change_eas(Irp& irp, EaChange& change,
                                                        std::span<const uint8_t> list,
                                                        const Ref<EaSet>& before);
    Result<Outcome> set_ea(Irp& irp, OpenNode& open, EaChange& change);
    Result<Node*> add_entry(std::u16string_view path, std::span<const uint8_t> bytes, bool directory,
                            std::span<const uint8_t> descriptor);
    Result<Outcome> read(Irp& irp, OpenNode& open, size_t& done);
    Result<Outcome> write(Irp& irp, OpenNode& open, Progress& progress);
    Result<Outcome> flush(Irp& irp, OpenNode& open);
    static Result<ByteLocks*> locks_of(Stream& stream);
    Result<Outcome> control_locks(Irp& irp, OpenNode& open);
    Result<Outcome> watch(Irp& irp, OpenNode& open);
    Result<Outcome> control(Irp& irp, OpenNode& open);
    Result<Outcome> set_reparse_point(Irp& irp, OpenNode& open);
    Result<Outcome> get_reparse_point(Irp& irp, OpenNode& open);
    Result<Outcome> delete_reparse_point(Irp& irp, OpenNode& open);
    // Tells who watches. `filter`: FILE_NOTIFY_CHANGE_*, `action`: FILE_ACTION_*. An entry of this name of
    // this folder; REQUIRES of the second: it has a name.
    void report(Node& folder, const Link& entry, std::u16string_view name, uint32_t filter, uint32_t action) {
        if (watching_ > 0) [[unlikely]]
            tell_watchers(folder, entry, name, filter, action);
    }
    // The filters are those of a main stream.
    void report_modified(const OpenNode& open, uint32_t filter) {
        if (watching_ > 0 && open.folder()) [[unlikely]]
            tell_of_change(open, filter);
    }
    void tell_of_change(const OpenNode& open, uint32_t filter);
    void report_stream(const OpenNode& open, std::u16string_view name, uint32_t action);
    void tell_watchers(Node& folder, const Link& entry, std::u16string_view name, uint32_t filter,
                       uint32_t action);
    void remove_entry(Link& entry);
    Result<Outcome> query_information(Irp& irp, OpenNode& open, Progress& progress);
    Result<Outcome> set_information(Irp& irp, OpenNode& open, Progress& progress);
    Result<Outcome> query_directory(Irp& irp, OpenNode& open, size_t& done);
    Result<Outcome> query_volume(Irp& irp);
    Result<std::optional<Target>> find_new_name(Irp& irp, OpenNode& open, Progress& progress);
    void replace(Link& replaced);
    Result<Outcome> rename(Irp& irp, OpenNode& open, Progress& progress);
    Result<Outcome> rename_stream(Irp& irp, OpenNode& open, uint8_t flags);
    Result<Outcome> add_link(Irp& irp, OpenNode& open, Progress& progress);
    Result<Outcome> list_links(Irp& irp, OpenNode& open, Listing<Link>& listing);
    Result<Outcome> list_streams(Irp& irp, OpenNode& open, Listing<Stream>& listing);
    Result<Outcome> query_short_name(Irp& irp, OpenNode& open);
    static Result<void> set_short_name(Irp& irp, OpenNode& open);
    Result<void> set_disposition(Irp& irp, OpenNode& open);
    // False: the buffer is full.
    Result<bool> add_dots(class io::DirectoryWriter& writer, const OpenNode& open, bool single,
                          unsigned& dots);

    Ref<Node> root_;
    Allowance allowance_;
    MakeRoom make_room_;
    uint64_t directories_moved_ = 0;  // how often
    uint64_t watching_ = 0;           // files that watch a directory
    Losses losses_{*this};
};

}  // namespace io::ramfs
