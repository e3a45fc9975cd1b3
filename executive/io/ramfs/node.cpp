// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/node.hpp"

#include "base/bits.hpp"
#include "executive/io/ramfs/reparse.hpp"
#include "executive/ke/clock.hpp"

namespace io::ramfs {

namespace {

constinit uint64_t last_id = 0;

}  // namespace

Result<Ref<Node>> Node::create(uint32_t attributes, Allowance& allowance, MakeRoom make_room,
                               std::span<const uint8_t> archived) {
    bool directory = attributes & FILE_ATTRIBUTE_DIRECTORY;
    Ref<Stream> main = TRY(Stream::create({}, allowance, directory ? nullptr : make_room, archived));
    TRY(allowance.add_node());
    auto node = make_ref<Node>(attributes, allowance, std::move(main));
    if (!node) allowance.remove_node();
    return node;
}

Node::Node(uint32_t node_attributes, Allowance& allowance, Ref<Stream> main)
    : streams(std::move(main)), attributes(node_attributes), id_(++last_id), allowance_(allowance) {
    creation_time = access_time = write_time = change_time = ke::system_time();
}

Node::~Node() {
    while (Link* entry = entries_.first())
        remove(*entry);
    allowance_.remove_descriptor(ob::Descriptor::bytes(descriptor_).size() + reparse_.size() +
                                 (eas_ ? eas_->bytes() : 0));
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

Result<void> Node::set_eas(Ref<EaSet> eas) {
    if (eas) TRY(allowance_.add_descriptor(eas->bytes()));
    if (eas_) allowance_.remove_descriptor(eas_->bytes());
    eas_ = std::move(eas);
    ++eas_changed_;
    change_time = ke::system_time();
    return {};
}

Link* Node::find(std::u16string_view name) const {
    Link* entry = entries_.find(FoldedKey(name));
    if (entry || name.size() > ShortName::kLongest || by_short_name_.empty()) [[likely]]
        return entry;
    return by_short_name_.find(ShortKey{name});
}

void Node::set_short_name(Link& entry, ShortName name) {
    if (!entry.short_name_.empty()) by_short_name_.remove(entry);
    entry.short_name_ = name;
    if (!name.empty()) by_short_name_.insert(entry);
}

Link* Node::next_entry(std::u16string_view name) const {
    if (name.empty()) return entries_.first();
    Link* entry = entries_.find_at_or_after(FoldedKey(name));
    if (entry && equal_ignore_case(entry->name(), name)) return entries_.next(*entry);
    return entry;
}

namespace {

// Could a name that was made be this one's own?
bool looks_made(std::u16string_view name) {
    return name.size() <= ShortName::kLongest && name.find(u'~') != name.npos;
}

}  // namespace

bool Node::is_free(ShortName name) const {
    return !by_short_name_.find(ShortKey{name.view()}) &&
           (tildes_ == 0 || !entries_.find(FoldedKey(name.view())));
}

// One that no other entry has; empty: it needs none, or there are too many like it. Where the last plain one
// is taken there are many alike, and those before it are not looked for.
ShortName Node::free_short_name(std::u16string_view name) const {
    if (is_short(name)) return {};
    ShortNames names(name);
    bool crowded = !is_free(names.made(ShortNames::kPlainNumbers - 1));
    for (unsigned attempt = crowded ? ShortNames::kPlainNumbers : 0; attempt < ShortNames::kMost; ++attempt)
        if (ShortName made = names.made(attempt); is_free(made)) return made;
    return {};
}

void Node::insert(Link& entry) {
    ASSERT(!entry.folder_);
    entry.add_ref();
    entry.folder_ = this;
    entries_.insert(entry);
    tildes_ += looks_made(entry.name());
    if (!entry.takes_room_) set_short_name(entry, free_short_name(entry.name()));
    Node& node = entry.node();
    node.links_.push_back(entry);
    ++node.links_count_;
    ++node.links_changed_;
    node.links_going_ += entry.delete_pending_;
    node.deleted_ = false;
    touch(true);
}

void Node::remove(Link& entry) {
    ASSERT(entry.folder_ == this);
    entries_.remove(entry);
    tildes_ -= looks_made(entry.name());
    set_short_name(entry, {});
    entry.folder_ = nullptr;
    Node& node = entry.node();
    node.links_.remove(entry);
    --node.links_count_;
    ++node.links_changed_;
    node.links_going_ -= entry.delete_pending_;
    node.deleted_ = node.links_count_ == 0;
    touch(true);
    entry.release();
}

Result<Link*> Node::add(std::u16string_view name, Node& entry) {
    Ref<Link> link = TRY(Link::create(name, entry));
    insert(*link);
    return link.get();
}

FileFacts Node::facts(const Link* link) const {
    FileFacts facts;
    facts.creation_time = static_cast<int64_t>(creation_time);
    facts.access_time = static_cast<int64_t>(access_time);
    facts.write_time = static_cast<int64_t>(write_time);
    facts.change_time = static_cast<int64_t>(change_time);
    facts.end_of_file = size();
    facts.allocation = align_up(size(), mm::kPageSize);
    facts.id = id_;
    facts.ea_size = eas_ ? static_cast<uint32_t>(eas_->packed_length()) : 0;
    facts.attributes = attributes ? attributes : uint32_t{FILE_ATTRIBUTE_NORMAL};
    facts.directory = directory();
    facts.delete_pending = link && link->delete_pending();
    facts.links = link ? links() : 1;
    facts.lasting_links = link ? lasting_links() : 1;
    facts.parent_id = link && link->folder() ? link->folder()->id_ : id_;
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
