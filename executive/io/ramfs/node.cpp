// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/node.hpp"

#include "base/bits.hpp"
#include "executive/io/ramfs/reparse.hpp"
#include "executive/ke/clock.hpp"

namespace io::ramfs {

namespace {

constinit uint64_t last_id = 0;

}  // namespace

Result<Ref<Node>> Node::create(std::u16string_view name, uint32_t attributes, Allowance& allowance,
                               MakeRoom make_room, std::span<const uint8_t> archived) {
    FoldedName own_name = TRY(FoldedName::create(name));
    Ref<mm::ControlArea> area;
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) area = TRY(make_room(allowance, archived));
    TRY(allowance.add_node());
    auto node = make_ref<Node>(std::move(own_name), attributes, allowance, std::move(area));
    if (!node) allowance.remove_node();
    return node;
}

Node::Node(FoldedName name, uint32_t node_attributes, Allowance& allowance, Ref<mm::ControlArea> area)
    : attributes(node_attributes),
      data_(std::move(area)),
      name_(std::move(name)),
      id_(++last_id),
      allowance_(allowance) {
    creation_time = access_time = write_time = change_time = ke::system_time();
}

Node::~Node() {
    while (Node* entry = entries_.first())
        remove(*entry);
    allowance_.remove_descriptor(ob::Descriptor::bytes(descriptor_).size() + reparse_.size());
    allowance_.remove_node();
}

Result<void> Node::set_descriptor(Ref<ob::Descriptor> descriptor) {
    TRY(allowance_.add_descriptor(ob::Descriptor::bytes(descriptor).size()));
    allowance_.remove_descriptor(ob::Descriptor::bytes(descriptor_).size());
    descriptor_ = std::move(descriptor);
    return {};
}

Result<void> Node::set_reparse(Vector<uint8_t> data) {
    TRY(allowance_.add_descriptor(data.size()));
    allowance_.remove_descriptor(reparse_.size());
    reparse_ = std::move(data);
    attributes &= ~uint32_t{FILE_ATTRIBUTE_REPARSE_POINT};
    if (!reparse_.empty()) attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
    change_time = ke::system_time();
    return {};
}

Node* Node::find(std::u16string_view name) const {
    return entries_.find(FoldedKey(name));
}

Node* Node::next_entry(std::u16string_view name) const {
    if (name.empty()) return entries_.first();
    Node* entry = entries_.find_at_or_after(FoldedKey(name));
    if (entry && equal_ignore_case(entry->name(), name)) return entries_.next(*entry);
    return entry;
}

void Node::insert(Node& entry) {
    ASSERT(!entry.parent_);
    entry.add_ref();
    entry.parent_ = this;
    entries_.insert(entry);
    touch(true);
}

void Node::remove(Node& entry) {
    ASSERT(entry.parent_ == this);
    entries_.remove(entry);
    entry.parent_ = nullptr;
    touch(true);
    entry.release();
}

Result<void> Node::move(Node& target, std::u16string_view name) {
    FoldedName new_name = TRY(FoldedName::create(name));
    Ref<Node> keep(*this);
    parent_->remove(*this);
    name_ = std::move(new_name);
    target.insert(*this);
    return {};
}

FileFacts Node::facts() const {
    FileFacts facts;
    facts.creation_time = static_cast<int64_t>(creation_time);
    facts.access_time = static_cast<int64_t>(access_time);
    facts.write_time = static_cast<int64_t>(write_time);
    facts.change_time = static_cast<int64_t>(change_time);
    facts.end_of_file = size();
    facts.allocation = align_up(size(), mm::kPageSize);
    facts.id = id_;
    facts.attributes = attributes ? attributes : uint32_t{FILE_ATTRIBUTE_NORMAL};
    facts.directory = directory();
    facts.delete_pending = delete_pending;
    facts.parent_id = parent_ ? parent_->id_ : id_;
    facts.volume = kVolumeSerialNumber;
    if (!reparse_.empty()) facts.reparse_tag = reparse_tag(reparse_.span());
    return facts;
}

void Node::touch(bool written) {
    uint64_t now = ke::system_time();
    access_time = now;
    if (written) write_time = change_time = now;
}

}  // namespace io::ramfs
