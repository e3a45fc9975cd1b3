// SPDX-License-Identifier: GPL-3.0-only
//
// The global atom table: names, compared without case, that stand for numbers from 0xC000 on, counted by
// their users. Numbers below that are atoms in themselves. As on NT atoms are the session's: they outlive the
// program that adds them, and are charged to no process; all together take no more than the table may have.
#pragma once

#include "abi/nt/ntexapi.h"
#include "base/folded_name.hpp"
#include "base/ref.hpp"
#include "base/tree.hpp"
#include "executive/prelude.hpp"

namespace ex {

class AtomTable {
public:
    static constexpr RTL_ATOM kFirstNamed = 0xc000;
    static constexpr size_t kMaximumName = 255;

    struct Atom : TreeLink<struct AtomTag> {
        FoldedName name;
        RTL_ATOM number = 0;
        USHORT uses = 0;
        bool pinned = false;  // its count reached the limit: it stays
    };

    // Bytes that the table may grow to.
    static constexpr size_t kMostBytes = 2 << 20;

    // A new user of the name. STATUS_NO_MEMORY when the table is full, by number or by bytes.
    Result<RTL_ATOM> add(std::u16string_view name);
    // Null when there is none.
    Atom* find(std::u16string_view name) { return by_name_.find(FoldedKey(name)); }
    Atom* at(RTL_ATOM number);
    // One user less. STATUS_INVALID_HANDLE.
    Result<void> remove(RTL_ATOM number);
    template <typename Visit>
    void for_each(Visit&& visit) {
        for (size_t place = 0; place < places_; ++place)
            if (Atom* atom = this->place(place).atom.get()) visit(*atom);
    }

private:
    static constexpr size_t kMaximumAtoms = 0x10000 - kFirstNamed;
    struct NameOf {
        FoldedNameKey operator()(const Atom& atom) const { return FoldedNameKey(atom.name); }
    };
    // The table grows by a block, and nothing in it moves.
    struct Place {
        Own<Atom> atom;
        size_t next_free = 0;  // while it has no atom; 0: the last
    };
    static constexpr size_t kPlaces = 64;
    struct Block {
        Place places[kPlaces];
    };
    Place& place(size_t index) { return blocks_[index / kPlaces]->places[index % kPlaces]; }
    Result<size_t> free_place();
    static size_t bytes_of(const Atom& atom) { return sizeof(Atom) + atom.name.bytes(); }

    Own<Block> blocks_[kMaximumAtoms / kPlaces];
    size_t places_ = 0;
    size_t bytes_ = 0;       // of blocks and atoms
    size_t first_free_ = 0;  // counted from 1
    Tree<Atom, AtomTag, NameOf> by_name_;
};

// The number that a name of the form "#123" stands for, 0 when it has another form; 0xC000 and above are not
// atoms of their own: STATUS_INVALID_PARAMETER.
Result<RTL_ATOM> integer_atom(std::u16string_view name);

}  // namespace ex
