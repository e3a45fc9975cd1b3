// SPDX-License-Identifier: GPL-3.0-only
//
// A file or directory of a memory volume. A directory holds a reference to each of its entries; open files
// and sections hold references too, so an entry that is deleted while in use lives on without a name.
#pragma once

#include "base/folded_name.hpp"
#include "base/ref.hpp"
#include "base/string.hpp"
#include "base/tree.hpp"
#include "executive/io/byte_locks.hpp"
#include "executive/io/directory_watch.hpp"
#include "executive/io/information.hpp"
#include "executive/io/ramfs/data.hpp"
#include "executive/io/share_access.hpp"
#include "executive/ke/chained.hpp"
#include "executive/ob/descriptor.hpp"

namespace io::ramfs {

class Node;

inline constexpr uint32_t kVolumeSerialNumber = 0x4e455054;

// Names order without regard to case.
struct KeyOfNode {
    FoldedNameKey operator()(const Node& node) const;
};

class Node final : public RefCounted, public TreeLink<struct SiblingTag>, private ke::Chained<Node> {
public:
    // A file has the bytes of the archive that are given, or none.
    static Result<Ref<Node>> create(std::u16string_view name, uint32_t attributes, Allowance& allowance,
                                    MakeRoom make_room, std::span<const uint8_t> archived = {});
    Node(FoldedName name, uint32_t attributes, Allowance& allowance, Ref<mm::ControlArea> area);
    ~Node() override;

    std::u16string_view name() const { return name_.view(); }
    const FoldedName& folded_name() const { return name_; }
    bool directory() const { return attributes & FILE_ATTRIBUTE_DIRECTORY; }
    Node* parent() const { return parent_; }

    // --- directories
    Node* find(std::u16string_view name) const;
    // The first entry behind this name in order; the very first when the name is empty.
    Node* next_entry(std::u16string_view name) const;
    // The one behind an entry of this directory.
    Node* entry_after(Node& entry) const { return entries_.next(entry); }
    bool empty() const { return entries_.empty(); }
    // REQUIRES: no entry of this name.
    void insert(Node& entry);
    void remove(Node& entry);

    // Moves it. All memory is taken before anything changes. REQUIRES: no entry of this name in `target`.
    Result<void> move(Node& target, std::u16string_view name);

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

    FileFacts facts() const;
    void touch(bool written);

    // The bytes of a file. REQUIRES: no directory.
    mm::ControlArea& data() const { return *data_; }
    uint64_t size() const { return data_ ? data_->size() : 0; }
    // As long as there are any, it is neither made shorter nor deleted.
    bool has_sections() const { return data_ && data_->sections() > 0; }
    bool has_images() const { return data_ && data_->images() > 0; }

    // Are there locks on its bytes?
    bool locked() const { return locks && !locks->idle(); }

    ShareAccess share;
    Ref<ByteLocks> locks;           // null: there have been none yet
    Ref<DirectoryWatches> watches;  // the same
    uint32_t attributes;
    bool delete_pending = false;
    uint64_t creation_time;
    uint64_t access_time;
    uint64_t write_time;
    uint64_t change_time;

private:
    void last_reference_gone() const override { end_in_turn(); }

    Ref<mm::ControlArea> data_;
    FoldedName name_;
    Ref<ob::Descriptor> descriptor_;
    Vector<uint8_t> reparse_;
    uint64_t id_;
    Allowance& allowance_;
    Node* parent_ = nullptr;
    Tree<Node, SiblingTag, KeyOfNode> entries_;
};

inline FoldedNameKey KeyOfNode::operator()(const Node& node) const {
    return FoldedNameKey(node.folded_name());
}

}  // namespace io::ramfs
