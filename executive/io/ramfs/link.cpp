// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/link.hpp"

#include "executive/io/ramfs/node.hpp"

namespace io::ramfs {

Result<Ref<Link>> Link::create(std::u16string_view name, Node& node) {
    bool first = node.links_count_ == 0;
    if (node.links_count_ >= kMostLinks) return fail(STATUS_TOO_MANY_LINKS);
    FoldedName own_name = TRY(FoldedName::create(name));
    if (!first) TRY(node.allowance_.add_node());
    auto link = make_ref<Link>(std::move(own_name), node, !first);
    if (!link && !first) node.allowance_.remove_node();
    return link;
}

Link::Link(FoldedName name, Node& node, bool takes_room)
    : name_(std::move(name)), node_(node), takes_room_(takes_room) {}

Link::~Link() {
    if (takes_room_) node_->allowance_.remove_node();
}

Result<void> Link::move(Node& target, std::u16string_view name) {
    FoldedName new_name = TRY(FoldedName::create(name));
    Ref<Link> keep(*this);
    folder_->remove(*this);
    name_ = std::move(new_name);
    target.insert(*this);
    ++moves_;
    return {};
}

void Link::set_delete_pending(bool pending) {
    if (folder_ && pending != delete_pending_) pending ? ++node_->links_going_ : --node_->links_going_;
    delete_pending_ = pending;
}

bool Link::held_by_sections() const {
    uint32_t others = node_->lasting_links() - (folder_ && !delete_pending_ ? 1 : 0);
    return others == 0 && node_->has_sections();
}

}  // namespace io::ramfs
