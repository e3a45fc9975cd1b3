// SPDX-License-Identifier: GPL-3.0-only
//
// A file or directory of a memory volume, whatever its names are.
#pragma once

#include "executive/io/directory_watch.hpp"
#include "executive/io/information.hpp"
#include "executive/io/ramfs/eas.hpp"
#include "executive/io/ramfs/link.hpp"
#include "executive/io/ramfs/stream.hpp"
#include "executive/ke/chained.hpp"
#include "executive/ob/descriptor.hpp"

namespace io::ramfs {

inline constexpr uint32_t kVolumeSerialNumber = 0x4e455054;

class Node final : public RefCounted, private ke::Chained<Node> {
public:
    // It has no name yet. A file has the bytes of the archive that are given, or none.
    static Result<Ref<Node>> create(uint32_t attributes, Allowance& allowance, MakeRoom make_room,
                                    std::span<const uint8_t> archived = {});
    Node(uint32_t attributes, Allowance& allowance, Ref<Stream> main);
    ~Node() override;

    bool directory() const { return attributes & FILE_ATTRIBUTE_DIRECTORY; }

    // --- its names
    // One of them, a directory's only one; null: it has none (any more), as the root.
    Link* link() { return links_.front(); }
    Link* link_after(Link& link) { return links_.next(link); }
    // How many there are; and of those how many will stay.
    uint32_t links() const { return links_count_; }
    uint32_t lasting_links() const { return links_count_ - links_going_; }
    // Another one after each change of its names.
    uint64_t links_changed() const { return links_changed_; }
    // Of a directory: the folder that it is in; null for the root and for one that is deleted.
    Node* parent() { return link() ? link()->folder() : nullptr; }
    bool delete_pending() { return deleted_ || (link() && link()->delete_pending()); }

    // --- directories
    // By its name or its short one.
    Link* find(std::u16string_view name) const;
    // The first entry behind this name in order; the very first when the name is empty.
    Link* next_entry(std::u16string_view name) const;
    // The one behind an entry of this directory.
    Link* entry_after(Link& entry) const { return entries_.next(entry); }
    bool empty() const { return entries_.empty(); }
    // REQUIRES: no entry of this name; of a directory no other name.
    void insert(Link& entry);
    void remove(Link& entry);
    // Another short name for an entry, or, empty, none. REQUIRES: no entry of this name.
    void set_short_name(Link& entry, ShortName name);
    // Gives it a name in this directory. STATUS_DISK_FULL, STATUS_TOO_MANY_LINKS. REQUIRES: as insert().
    Result<Link*> add(std::u16string_view name, Node& entry);

    uint64_t id() const { return id_; }
    // Who may do what with it; null on a volume without security.
    const Ref<ob::Descriptor>& descriptor() const { return descriptor_; }
    // STATUS_DISK_FULL.
    Result<void> set_descriptor(Ref<ob::Descriptor> descriptor);

    // What is to be found instead of it, a buffer of FSCTL_SET_REPARSE_POINT that has been checked; empty:
    // nothing.
    std::span<const uint8_t> reparse() const { return reparse_.span(); }
    // STATUS_DISK_FULL.
    Result<void> set_reparse(Vector<uint8_t> data);

    // Its extended attributes; null: it has none.
    const Ref<EaSet>& eas() const { return eas_; }
    // STATUS_DISK_FULL.
    Result<void> set_eas(Ref<EaSet> eas);
    // Another one after each change; never 0.
    uint64_t eas_changed() const { return eas_changed_; }

    // As seen by this name; null: the root.
    FileFacts facts(const Link* link) const;
    void touch(bool written);

    // Of its main stream.
    mm::ControlArea& data() const { return streams.main().data(); }
    uint64_t size() const { return streams.main().size(); }
    bool has_sections() const { return streams.main().has_sections(); }
    bool has_images() const { return streams.main().has_images(); }

    Streams streams;
    Ref<DirectoryWatches> watches;  // null: there have been none yet
    uint32_t attributes;
    uint64_t creation_time;
    uint64_t access_time;
    uint64_t write_time;
    uint64_t change_time;

private:
    friend class Link;
    void last_reference_gone() const override { end_in_turn(); }
    ShortName free_short_name(std::u16string_view name) const;
    bool is_free(ShortName name) const;

    Ref<ob::Descriptor> descriptor_;
    Vector<uint8_t> reparse_;
    Ref<EaSet> eas_;
    uint64_t eas_changed_ = 1;
    uint64_t id_;
    Allowance& allowance_;
    List<Link, NameTag> links_;
    uint32_t links_count_ = 0;
    uint32_t links_going_ = 0;
    uint64_t links_changed_ = 0;
    bool deleted_ = false;  // its last name has gone
    Tree<Link, SiblingTag, KeyOfLink> entries_;
    Tree<Link, ShortTag, KeyOfShortName> by_short_name_;
    uint32_t tildes_ = 0;  // entries whose own names look like made ones
};

}  // namespace io::ramfs
