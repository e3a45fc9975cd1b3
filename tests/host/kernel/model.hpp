// SPDX-License-Identifier: GPL-3.0-only
// A reference model of capabilities: slots, the derivation tree, untyped memory, CSpaces. Maps, lists and
// strings of bits, and no cleverness: it is there to be obviously right. Invocations are carried out on it as
// the contract says, for comparison with the kernel.
#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "abi/sel4/labels.h"
#include "abi/sel4/types.h"

namespace model {

using Word = std::uint64_t;

enum class Kind { untyped, endpoint, notification, cnode, tcb, frame, table, zombie, other };

struct Cap {
    Kind kind = Kind::other;
    Word object = 0;  // physical address; for `other` whatever tells it apart
    Word bits = 0;    // size of untyped and frames, radix of a CNode, type of a table
    Word badge = 0;
    bool write = false, read = false, grant = false, grant_reply = false;
    Word guard = 0, guard_size = 0;
    bool device = false;
    Word used = 0;  // bytes of an untyped that are not free; slots of a zombie still to be emptied

    bool operator==(const Cap&) const = default;
    std::string text() const;
};

using Address = Word;  // of a slot: where its CNode's memory is, plus 32 times the index

// A capability and its place in the tree.
struct Node {
    Cap cap;
    Address where = 0;
    bool original = false;  // what is derived from it becomes its child, else its sibling
    Node* parent = nullptr;
    std::list<Node*> children;
};

struct Invocation {
    Word cptr = 0;
    Word label = 0;
    std::vector<Word> words;
    std::vector<Word> caps;
    std::string text() const;
};

struct Result {
    Word label = seL4_NoError;
    std::vector<Word> words;
    bool operator==(const Result&) const = default;
    std::string text() const;
};

class Model {
public:
    // The root CNode: where its slots are, and the slot in it that holds a capability to it.
    Model(Address root, Word radix, Word root_slot);

    void add_root_cap(Address where, const Cap& cap, bool original = true);
    void add_child(Address parent, Address where, const Cap& cap);
    // It is one the model knows about: of untyped memory, a CNode, or nothing.
    bool covers(const Invocation& call) const;
    Result invoke(const Invocation& call);

    const std::map<Address, std::unique_ptr<Node>>& nodes() const { return nodes_; }
    // All slots in the order of the derivation list, tree by tree.
    std::vector<std::vector<Address>> trees() const;
    const Node* at(Address where) const;

private:
    struct Found {
        bool ok = false;
        Address where = 0;
        Word bits_left = 0;
        std::vector<Word> failure;  // type and words
    };
    using Failure = std::unique_ptr<Result>;

    Node* node(Address where);
    Found resolve(const Cap& root, Word index, Word bits) const;
    Failure lookup(const Cap* root, Word index, Word depth, bool source, Address* where) const;
    const Cap* argument(const Invocation& call, std::size_t index) const;

    Result retype(Node& untyped, const Invocation& call);
    Result cnode(const Cap& root, const Invocation& call);
    Result copy_or_move(const Invocation& call, Address target);
    Result rotate(const Invocation& call, Address target);
    Result derive(Node& source, Cap cap, bool mint, Word data, Address target);

    void insert_after(Node& source, Address where, const Cap& cap, bool original);
    void move(Address from, Address to);
    void detach(Address where);
    void remove(Address where);
    void remove_inside(Address where);
    bool bury(Node& node);
    void revoke(Address where);

    std::map<Address, std::unique_ptr<Node>> nodes_;
    Address root_slot_;
    std::list<Node*> roots_;
};

}  // namespace model
