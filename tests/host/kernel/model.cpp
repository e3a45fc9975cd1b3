// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/kernel/model.hpp"

#include <algorithm>
#include <sstream>

#include "kernel/object/tcb.hpp"
#include "tests/host/kernel/bits.hpp"

namespace model {

namespace {

constexpr Word kSlotSize = 32;
constexpr Word kTcbSlots = offsetof(kernel::Tcb, cspace);  // in a TCB: its five slots

Result error(Word label, std::vector<Word> words = {}) {
    return {label, std::move(words)};
}

std::unique_ptr<Result> failure(Word label, std::vector<Word> words = {}) {
    return std::make_unique<Result>(error(label, std::move(words)));
}

Word log2_of_object(Word type, Word size_bits) {
    switch (type) {
        case seL4_UntypedObject:
            return size_bits;
        case seL4_TCBObject:
            return 11;
        case seL4_EndpointObject:
            return 4;
        case seL4_NotificationObject:
            return 5;
        case seL4_CapTableObject:
            return size_bits + 5;
        case seL4_X64_HugePageObject:
            return 30;
        case seL4_X86_LargePageObject:
            return 21;
        default:
            return 12;
    }
}

bool is_frame(Word type) {
    return type == seL4_X86_4K || type == seL4_X86_LargePageObject || type == seL4_X64_HugePageObject;
}

Cap new_object(Word type, Word address, Word size_bits, bool device) {
    Cap cap;
    cap.object = address;
    cap.bits = log2_of_object(type, size_bits);
    cap.device = device;
    switch (type) {
        case seL4_UntypedObject:
            cap.kind = Kind::untyped;
            break;
        case seL4_TCBObject:
            cap.kind = Kind::tcb;
            break;
        case seL4_EndpointObject:
            cap.kind = Kind::endpoint;
            cap.write = cap.read = cap.grant = cap.grant_reply = true;
            break;
        case seL4_NotificationObject:
            cap.kind = Kind::notification;
            cap.write = cap.read = true;
            break;
        case seL4_CapTableObject:
            cap.kind = Kind::cnode;
            cap.bits = size_bits;
            break;
        default:
            cap.kind = is_frame(type) ? Kind::frame : Kind::table;
            if (cap.kind == Kind::frame) {
                cap.write = cap.read = true;
            } else {
                cap.bits = type;
            }
    }
    return cap;
}

void mask(Cap& cap, Word rights) {
    const bool write = rights & 1, read = rights & 2, grant = rights & 4, grant_reply = rights & 8;
    if (cap.kind == Kind::frame) {
        cap.read = cap.read && read;
        cap.write = cap.read && cap.write && write;
        return;
    }
    cap.write = cap.write && write;
    cap.read = cap.read && read;
    cap.grant = cap.grant && grant;
    cap.grant_reply = cap.grant_reply && grant_reply;
}

// With new data; false: not possible.
bool set_data(Cap& cap, bool may_badge, Word data) {
    if (cap.kind == Kind::endpoint || cap.kind == Kind::notification) {
        if (!may_badge || cap.badge != 0) return false;
        cap.badge = data;
    }
    if (cap.kind == Kind::cnode) {
        if (data % 64 + cap.bits > 64) return false;
        cap.guard_size = data % 64;
        cap.guard = number_of(bits_of(data >> 6, cap.guard_size));
    }
    return true;
}

}  // namespace

Model::Model(Address root, Word radix, Word root_slot) : root_slot_(root + kSlotSize * root_slot) {
    Cap cap;
    cap.kind = Kind::cnode;
    cap.object = root;
    cap.bits = radix;
    cap.guard_size = 64 - radix;
    add_root_cap(root_slot_, cap);
}

void Model::add_root_cap(Address where, const Cap& cap, bool original) {
    auto& node = nodes_[where] = std::make_unique<Node>();
    node->cap = cap;
    node->where = where;
    node->original = original;
    roots_.push_back(node.get());
}

void Model::add_child(Address parent, Address where, const Cap& cap) {
    insert_after(*node(parent), where, cap, false);
}

const Node* Model::at(Address where) const {
    auto found = nodes_.find(where);
    return found == nodes_.end() ? nullptr : found->second.get();
}

Node* Model::node(Address where) {
    return const_cast<Node*>(at(where));
}

Model::Found Model::resolve(const Cap& root, Word index, Word bits) const {
    std::string rest = bits_of(index, bits);
    const Cap* cap = &root;
    while (true) {
        const std::string guard = bits_of(cap->guard, cap->guard_size);
        if (rest.substr(0, guard.size()) != guard)
            return {.failure = {seL4_GuardMismatch, rest.size(), cap->guard, cap->guard_size}};
        if (guard.size() + cap->bits > rest.size())
            return {.failure = {seL4_DepthMismatch, rest.size(), guard.size() + cap->bits}};
        const Word offset = number_of(rest.substr(guard.size(), cap->bits));
        rest = rest.substr(guard.size() + cap->bits);
        const Address where = cap->object + kSlotSize * offset;
        const Node* found = at(where);
        if (rest.empty() || !found || found->cap.kind != Kind::cnode)
            return {.ok = true, .where = where, .bits_left = rest.size(), .failure = {}};
        cap = &found->cap;
    }
}

Model::Failure Model::lookup(const Cap* root, Word index, Word depth, bool source, Address* where) const {
    if (!root || root->kind != Kind::cnode) return failure(seL4_FailedLookup, {source, seL4_InvalidRoot});
    if (depth < 1 || depth > 64) return failure(seL4_RangeError, {1, 64});
    const Found found = resolve(*root, index, depth);
    if (!found.ok) {
        std::vector<Word> words = {source};
        words.insert(words.end(), found.failure.begin(), found.failure.end());
        return failure(seL4_FailedLookup, words);
    }
    if (found.bits_left) return failure(seL4_FailedLookup, {source, seL4_DepthMismatch, found.bits_left, 0});
    *where = found.where;
    return nullptr;
}

// The capability passed as extra argument, null when the slot is empty.
const Cap* Model::argument(const Invocation& call, std::size_t index) const {
    const Found found = resolve(at(root_slot_)->cap, call.caps[index], 64);
    const Node* node = found.ok ? at(found.where) : nullptr;
    return node ? &node->cap : nullptr;
}

bool Model::covers(const Invocation& call) const {
    const Found found = resolve(at(root_slot_)->cap, call.cptr, 64);
    const Node* node = found.ok ? at(found.where) : nullptr;
    return !node || node->cap.kind == Kind::untyped || node->cap.kind == Kind::cnode;
}

Result Model::invoke(const Invocation& call) {
    const Found found = resolve(at(root_slot_)->cap, call.cptr, 64);
    Node* invoked = found.ok ? node(found.where) : nullptr;
    if (!invoked) return error(seL4_InvalidCapability, {0});
    if (invoked->cap.kind == Kind::untyped) return retype(*invoked, call);
    if (invoked->cap.kind == Kind::cnode) return cnode(Cap(invoked->cap), call);
    return error(seL4_IllegalOperation);
}

Result Model::retype(Node& untyped, const Invocation& call) {
    if (call.label != seL4_Label_Untyped_Retype) return error(seL4_IllegalOperation);
    if (call.words.size() < 6 || call.caps.empty()) return error(seL4_TruncatedMessage);
    const auto [type, size_bits, index, depth, offset, count] =
        std::tuple(call.words[0], call.words[1], call.words[2], call.words[3], call.words[4], call.words[5]);
    if (type > 11) return error(seL4_InvalidArgument, {0});
    const Word bits = log2_of_object(type, size_bits);
    if (size_bits > 63 || bits > 47) return error(seL4_RangeError, {0, 47});
    if (type == seL4_CapTableObject && size_bits == 0) return error(seL4_InvalidArgument, {1});
    if (type == seL4_UntypedObject && size_bits < 4) return error(seL4_InvalidArgument, {1});

    const Cap* target = argument(call, 0);
    if (depth != 0) {
        Address where = 0;
        if (auto failed = lookup(target, index, depth, false, &where)) return *failed;
        target = at(where) ? &at(where)->cap : nullptr;
    }
    if (!target || target->kind != Kind::cnode)
        return error(seL4_FailedLookup, {0, seL4_MissingCapability, depth % 256});
    const Word size = Word{1} << target->bits;
    if (offset >= size) return error(seL4_RangeError, {0, size - 1});
    if (count < 1 || count > 256) return error(seL4_RangeError, {1, 256});
    if (offset + count > size) return error(seL4_RangeError, {1, size - offset});
    const Address first = target->object + kSlotSize * offset;
    for (Word i = 0; i < count; i++)
        if (at(first + kSlotSize * i)) return error(seL4_DeleteFirst);

    const Word used = untyped.children.empty() ? 0 : untyped.cap.used;
    const Word left = (Word{1} << untyped.cap.bits) - used;
    if (left / (Word{1} << bits) < count) return error(seL4_NotEnoughMemory, {left});
    if (untyped.cap.device && !is_frame(type) && type != seL4_UntypedObject)
        return error(seL4_InvalidArgument, {1});

    Word next = used;
    while (next % (Word{1} << bits))
        next += 16;
    for (Word i = 0; i < count; i++, next += Word{1} << bits)
        insert_after(untyped, first + kSlotSize * i,
                     new_object(type, untyped.cap.object + next, size_bits, untyped.cap.device), true);
    untyped.cap.used = next;
    return {};
}

Result Model::cnode(const Cap& root, const Invocation& call) {
    if (call.label < seL4_Label_CNode_Revoke || call.label > seL4_Label_CNode_SaveCaller)
        return error(seL4_IllegalOperation);
    if (call.words.size() < 2) return error(seL4_TruncatedMessage);
    Address target = 0;
    if (auto failed = lookup(&root, call.words[0], call.words[1], false, &target)) return *failed;
    switch (call.label) {
        case seL4_Label_CNode_Revoke:
            revoke(target);
            return {};
        case seL4_Label_CNode_Delete:
            if (at(target)) remove(target);
            return {};
        case seL4_Label_CNode_CancelBadgedSends: {
            const Node* node = at(target);
            const bool good = node && node->cap.kind == Kind::endpoint && node->cap.write && node->cap.read &&
                              node->cap.grant && node->cap.grant_reply;
            return good ? Result{} : error(seL4_IllegalOperation);
        }
        case seL4_Label_CNode_Rotate:
            return rotate(call, target);
        case seL4_Label_CNode_SaveCaller:
            return at(target) ? error(seL4_DeleteFirst) : Result{};  // there never is a caller
        default:
            return copy_or_move(call, target);
    }
}

Result Model::copy_or_move(const Invocation& call, Address target) {
    if (call.words.size() < 4 || call.caps.empty()) return error(seL4_TruncatedMessage);
    if (at(target)) return error(seL4_DeleteFirst);
    Address from = 0;
    const Word depth = call.words[3];
    if (auto failed = lookup(argument(call, 0), call.words[2], depth, true, &from)) return *failed;
    Node* source = node(from);
    if (!source) return error(seL4_FailedLookup, {1, seL4_MissingCapability, depth});
    if (call.label == seL4_Label_CNode_Move) {
        move(from, target);
        return {};
    }
    if (call.words.size() < 5) return error(seL4_TruncatedMessage);
    if (call.label == seL4_Label_CNode_Mutate) {
        Cap cap = source->cap;
        if (!set_data(cap, false, call.words[4])) return error(seL4_IllegalOperation);
        move(from, target);
        node(target)->cap = cap;
        return {};
    }
    const bool mint = call.label == seL4_Label_CNode_Mint;
    if (mint && call.words.size() < 6) return error(seL4_TruncatedMessage);
    Cap cap = source->cap;
    mask(cap, call.words[4]);
    return derive(*source, cap, mint, mint ? call.words[5] : 0, target);
}

Result Model::derive(Node& source, Cap cap, bool mint, Word data, Address target) {
    if (mint && !set_data(cap, true, data)) return error(seL4_IllegalOperation);
    if (cap.kind == Kind::table) return error(seL4_IllegalOperation);  // none is ever mapped here
    if (cap.kind == Kind::untyped) {
        if (!source.children.empty()) return error(seL4_RevokeFirst);
        source.cap.used = Word{1} << source.cap.bits;
    }
    insert_after(source, target, cap, cap.kind == Kind::untyped || cap.badge != source.cap.badge);
    return {};
}

Result Model::rotate(const Invocation& call, Address target) {
    if (call.words.size() < 8 || call.caps.size() < 2) return error(seL4_TruncatedMessage);
    Address from = 0, pivot = 0;
    if (auto failed = lookup(argument(call, 1), call.words[6], call.words[7], true, &from)) return *failed;
    if (auto failed = lookup(argument(call, 0), call.words[3], call.words[4], true, &pivot)) return *failed;
    if (pivot == from || pivot == target) return error(seL4_IllegalOperation);
    if (from != target && at(target)) return error(seL4_DeleteFirst);
    if (!at(from)) return error(seL4_FailedLookup, {1, seL4_MissingCapability, call.words[7]});
    if (!at(pivot)) return error(seL4_FailedLookup, {0, seL4_MissingCapability, call.words[4]});
    Cap source_cap = at(from)->cap, pivot_cap = at(pivot)->cap;
    if (!set_data(source_cap, false, call.words[5]) || !set_data(pivot_cap, false, call.words[2]))
        return error(seL4_IllegalOperation);
    constexpr Address kNowhere = 1;
    move(pivot, kNowhere);
    move(from, pivot);
    move(kNowhere, target);
    node(pivot)->cap = source_cap;
    node(target)->cap = pivot_cap;
    return {};
}

// Directly behind the source in the list: its first child, or its next sibling.
void Model::insert_after(Node& source, Address where, const Cap& cap, bool original) {
    auto& node = nodes_[where] = std::make_unique<Node>();
    node->cap = cap;
    node->where = where;
    node->original = original;
    if (source.original) {
        node->parent = &source;
        source.children.push_front(node.get());
        return;
    }
    node->parent = source.parent;
    auto& siblings = source.parent ? source.parent->children : roots_;
    siblings.insert(std::next(std::find(siblings.begin(), siblings.end(), &source)), node.get());
}

void Model::move(Address from, Address to) {
    auto node = std::move(nodes_[from]);
    nodes_.erase(from);
    node->where = to;
    nodes_[to] = std::move(node);
}

void Model::detach(Address where) {
    const auto gone = std::move(nodes_[where]);
    nodes_.erase(where);
    auto& siblings = gone->parent ? gone->parent->children : roots_;
    const auto place = std::find(siblings.begin(), siblings.end(), gone.get());
    for (Node* child : gone->children)
        child->parent = gone->parent;
    siblings.splice(place, gone->children);
    siblings.remove(gone.get());
}

// Makes a zombie of the last capability of a CNode or TCB. False: it is nothing of the sort, and no zombie
// either.
bool Model::bury(Node& node) {
    Cap& cap = node.cap;
    if (cap.kind == Kind::zombie) return true;
    if (cap.kind != Kind::cnode && cap.kind != Kind::tcb) return false;
    for (const auto& [address, other] : nodes_)
        if (other.get() != &node && other->cap.kind == cap.kind && other->cap.object == cap.object)
            return false;
    Cap zombie;
    zombie.kind = Kind::zombie;
    const bool tcb = cap.kind == Kind::tcb;
    zombie.object = tcb ? cap.object + kTcbSlots : cap.object;
    zombie.bits = tcb ? 63 : cap.bits;
    zombie.used = tcb ? 5 : Word{1} << cap.bits;
    cap = zombie;
    return true;
}

// Deletes what is in the slot, and with the last capability of a CNode what is in that.
void Model::remove(Address where) {
    while (Node* node = this->node(where)) {
        const bool zombie = bury(*node);
        const Cap before = node->cap;
        if (!zombie || before.used == 0 || (before.used == 1 && before.object == where)) return detach(where);
        remove_inside(before.object + kSlotSize * (before.used - 1));
        node = this->node(where);
        if (node && node->cap == before && !at(before.object + kSlotSize * (before.used - 1)))
            node->cap.used--;
    }
}

// The same for a slot of a zombie. There is no recursion: a zombie found there is put aside, into its own
// first slot, where nobody but a revocation of the memory it is in finds it again.
void Model::remove_inside(Address where) {
    while (Node* node = this->node(where)) {
        const bool zombie = bury(*node);
        const Cap cap = node->cap;
        if (!zombie || cap.used == 0 || (cap.used == 1 && cap.object == where)) return detach(where);
        if (cap.object == where) return;
        constexpr Address kNowhere = 1;
        move(where, kNowhere);
        if (at(cap.object)) move(cap.object, where);
        move(kNowhere, cap.object);
    }
}

void Model::revoke(Address where) {
    // Looked up each time: the slot itself may go with what is revoked.
    while (at(where) && !at(where)->children.empty())
        remove(at(where)->children.front()->where);
}

std::vector<std::vector<Address>> Model::trees() const {
    std::vector<std::vector<Address>> result;
    for (const Node* root : roots_) {
        std::vector<Address> order;
        std::vector<const Node*> stack = {root};
        while (!stack.empty()) {
            const Node* node = stack.back();
            stack.pop_back();
            order.push_back(node->where);
            for (auto child = node->children.rbegin(); child != node->children.rend(); ++child)
                stack.push_back(*child);
        }
        result.push_back(order);
    }
    return result;
}

std::string Cap::text() const {
    static const char* const names[] = {"untyped", "endpoint", "notification", "cnode", "tcb",
                                        "frame",   "table",    "zombie",       "other"};
    std::ostringstream out;
    out << names[static_cast<int>(kind)] << std::hex << " at " << object << " bits " << bits << " badge "
        << badge << " rights " << write << read << grant << grant_reply << " guard " << guard << "/"
        << guard_size << " device " << device << " used " << used;
    return out.str();
}

std::string Invocation::text() const {
    std::ostringstream out;
    out << "{0x" << std::hex << cptr << std::dec << ", " << label << ", {";
    for (Word word : words)
        out << word << ", ";
    out << "}, {";
    for (Word cap : caps)
        out << cap << ", ";
    out << "}},";
    return out.str();
}

std::string Result::text() const {
    std::ostringstream out;
    out << "label " << label << " words";
    for (Word word : words)
        out << " " << word;
    return out.str();
}

}  // namespace model
