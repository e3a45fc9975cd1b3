// SPDX-License-Identifier: GPL-3.0-only
//
// The bytes of a file under one name: each file has a main stream, without a name, and files and directories
// have any number of named ones ([MS-FSCC] 2.1.5.3), `file:name:$DATA`. Of a directory, the main stream
// stands for its entries and has no bytes.
//
// Sharing, locks, sizes, sections and pending deletes are each stream's own; times, attributes and security
// the file's. A stream that is removed while it is open lives on as long as that.
#pragma once

#include "base/folded_name.hpp"
#include "base/ref.hpp"
#include "base/tree.hpp"
#include "executive/io/byte_locks.hpp"
#include "executive/io/ramfs/data.hpp"
#include "executive/io/share_access.hpp"
#include "executive/ke/chained.hpp"

namespace io::ramfs {

class Stream final : public RefCounted, public TreeLink<struct StreamTag>, private ke::Chained<Stream> {
public:
    // A main stream's name is empty; a named one takes room as a file does. `make_room` null: it has no
    // bytes. STATUS_DISK_FULL.
    static Result<Ref<Stream>> create(std::u16string_view name, Allowance& allowance, MakeRoom make_room,
                                      std::span<const uint8_t> archived = {});
    Stream(FoldedName name, Allowance* charged, Ref<mm::ControlArea> data);
    ~Stream() override;

    bool named() const { return name_.length() > 0; }
    std::u16string_view name() const { return name_.view(); }
    const FoldedName& folded_name() const { return name_; }

    bool has_data() const { return static_cast<bool>(data_); }
    // REQUIRES: it has data.
    mm::ControlArea& data() const { return *data_; }
    uint64_t size() const { return data_ ? data_->size() : 0; }
    // As long as there are any, it is neither made shorter nor deleted.
    bool has_sections() const { return data_ && data_->sections() > 0; }
    bool has_images() const { return data_ && data_->images() > 0; }
    // Are there locks on its bytes?
    bool locked() const { return locks && !locks->idle(); }

    ShareAccess share;
    Ref<ByteLocks> locks;         // null: there have been none yet
    bool delete_pending = false;  // of a named one

private:
    friend class Streams;
    void last_reference_gone() const override { end_in_turn(); }

    FoldedName name_;
    Allowance* charged_;  // null: it is counted with its file
    Ref<mm::ControlArea> data_;
    // In its file's chain: each holds the next one, so that they end one after the other, in slices.
    Ref<Stream> next_;
    Stream* previous_ = nullptr;
    uint64_t epoch_ = 0;  // Streams::epoch_ as long as it is one of them
};

struct KeyOfStream {
    FoldedNameKey operator()(const Stream& stream) const { return FoldedNameKey(stream.folded_name()); }
};

// Those of one file or directory.
class Streams {
public:
    explicit Streams(Ref<Stream> main) : main_(std::move(main)) {}

    Stream& main() const { return *main_; }
    // Named ones, in the order of their names without regard to case.
    Stream* find(std::u16string_view name) const { return named_.find(FoldedKey(name)); }
    Stream* first() const { return named_.first(); }
    Stream* after(Stream& stream) const { return named_.next(stream); }
    // Another one after each change of their names.
    uint64_t changed() const { return changed_; }
    bool has(const Stream& stream) const { return &stream == main_.get() || stream.epoch_ == epoch_; }

    // REQUIRES: a named one, none of this name.
    void insert(Stream& stream);
    // REQUIRES: a named one of these.
    void remove(Stream& stream);
    // All named ones, in a time that does not depend on how many there are.
    void remove_all();
    // Gives one of them another name. REQUIRES: none has it; both are named. All memory is taken before
    // anything changes.
    Result<void> rename(Stream& stream, std::u16string_view name);
    // The main stream becomes one of this name, and `main` the main one. The same; STATUS_DISK_FULL.
    Result<void> name_main(std::u16string_view name, Ref<Stream> main, Allowance& allowance);
    // A named one becomes the main stream, in place of what was.
    void make_main(Stream& stream);

    // One of them is opened and closed: NT's sharing rules, stream by stream, but that who may delete the
    // main stream, and so the file, needs all to allow that. STATUS_SHARING_VIOLATION; else whether it has
    // to be said so at its closing.
    Result<bool> open(Stream& stream, ACCESS_MASK access, uint32_t share);
    void close(Stream& stream, ACCESS_MASK access, uint32_t share, bool keeps);

private:
    Ref<Stream> main_;
    Tree<Stream, StreamTag, KeyOfStream> named_;
    Ref<Stream> chain_;
    uint64_t epoch_ = 1;
    uint64_t changed_ = 0;
    uint32_t keepers_ = 0;  // files that have a named one open and forbid to delete
};

// What a path says of a stream behind its last part's name: "[:name][:type]".
struct StreamName {
    std::u16string_view name;  // empty: the main one
    bool data = false;         // it is to have bytes: a name or $DATA is given
    bool directory = false;    // $INDEX_ALLOCATION
};
// `text` is empty or begins with a colon. STATUS_OBJECT_NAME_INVALID.
Result<StreamName> parse_stream_name(std::u16string_view text);

}  // namespace io::ramfs
