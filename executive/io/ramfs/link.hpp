// SPDX-License-Identifier: GPL-3.0-only
//
// A name of a file or directory of a memory volume: an entry of a folder. A directory has one, a file up to
// kMostLinks, which are all alike. The folder holds a reference to each of its entries, an open file to the
// one that it was opened by, and each of them one to its file; so a name that is deleted while in use lives
// on in no folder, and a file without a name lives on as long as it is open.
#pragma once

#include "base/folded_name.hpp"
#include "base/list.hpp"
#include "base/ref.hpp"
#include "base/tree.hpp"
#include "executive/io/ramfs/short_name.hpp"
#include "executive/prelude.hpp"

namespace io::ramfs {

class Node;

// As NTFS.
inline constexpr uint32_t kMostLinks = 1024;

class Link final : public RefCounted,
                   public TreeLink<struct SiblingTag>,
                   public TreeLink<struct ShortTag>,
                   public ListLink<struct NameTag> {
public:
    // In no folder yet. All but the first name of a file take room of the volume's. STATUS_DISK_FULL,
    // STATUS_TOO_MANY_LINKS.
    static Result<Ref<Link>> create(std::u16string_view name, Node& node);
    Link(FoldedName name, Node& node, bool takes_room);
    ~Link() override;

    Node& node() const { return *node_; }
    std::u16string_view name() const { return name_.view(); }
    const FoldedName& folded_name() const { return name_; }
    // Empty: it has none, being short itself, or a further name of its file, as on NTFS.
    const ShortName& short_name() const { return short_name_; }
    // The folder that it is in; null: none, or none any more.
    Node* folder() const { return folder_; }

    // Moves it. All memory is taken before anything changes. REQUIRES: it is in a folder, and no entry of
    // this name in `target`.
    Result<void> move(Node& target, std::u16string_view name);
    // How often.
    uint64_t moves() const { return moves_; }

    // It goes when nobody has it open any more.
    bool delete_pending() const { return delete_pending_; }
    void set_delete_pending(bool pending);

    // It is the last name of a file that has sections.
    bool held_by_sections() const;

    uint32_t opens = 0;  // files that were opened by it

private:
    friend class Node;

    FoldedName name_;
    ShortName short_name_;
    Ref<Node> node_;
    Node* folder_ = nullptr;
    uint64_t moves_ = 0;
    bool delete_pending_ = false;
    const bool takes_room_;
};

// Names order without regard to case.
struct KeyOfLink {
    FoldedNameKey operator()(const Link& link) const { return FoldedNameKey(link.folded_name()); }
};

struct ShortKey {
    std::u16string_view name;
    bool operator<(const ShortKey& other) const { return compare_ignore_case(name, other.name) < 0; }
};
struct KeyOfShortName {
    ShortKey operator()(const Link& link) const { return {link.short_name().view()}; }
};

}  // namespace io::ramfs
