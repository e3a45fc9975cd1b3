// SPDX-License-Identifier: GPL-3.0-only
//
// The global atom table: names, compared without case, that stand for numbers from 0xC000 on, counted by
// their users. Numbers below that are atoms in themselves.
#pragma once

#include "abi/nt/ntexapi.h"
#include "base/ref.hpp"
#include "base/string.hpp"
#include "base/tree.hpp"
#include "executive/prelude.hpp"

namespace ex {

class AtomTable {
public:
    static constexpr RTL_ATOM kFirstNamed = 0xc000;
    static constexpr size_t kMaximumName = 255;

    struct Atom : TreeLink<struct AtomTag> {
        String name;
        RTL_ATOM number = 0;
        USHORT uses = 0;
        bool pinned = false;  // its count reached the limit: it stays
    };

    // A new user of the name. STATUS_NO_MEMORY when the table is full.
    Result<RTL_ATOM> add(std::u16string_view name);
    // Null when there is none.
    Atom* find(std::u16string_view name) { return by_name_.find(Name{name}); }
    Atom* at(RTL_ATOM number);
    // One user less. STATUS_INVALID_HANDLE.
    Result<void> remove(RTL_ATOM number);
    template <typename Visit>
    void for_each(Visit&& visit) {
        for (Own<Atom>& atom : atoms_)
            if (atom) visit(*atom);
    }

private:
    static constexpr size_t kMaximumAtoms = 0x10000 - kFirstNamed;
    struct Name {
        std::u16string_view text;
        bool operator<(const Name& other) const { return compare_ignore_case(text, other.text) < 0; }
    };
    struct NameOf {
        Name operator()(const Atom& atom) const { return {atom.name}; }
    };
    Result<size_t> free_place();

    Vector<Own<Atom>> atoms_;
    Vector<uint16_t> free_;  // places in atoms_ without an atom
    Tree<Atom, AtomTag, NameOf> by_name_;
};

// The number that a name of the form "#123" stands for, 0 when it has another form; 0xC000 and above are not
// atoms of their own: STATUS_INVALID_PARAMETER.
Result<RTL_ATOM> integer_atom(std::u16string_view name);

}  // namespace ex
