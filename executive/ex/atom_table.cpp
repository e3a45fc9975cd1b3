// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/atom_table.hpp"

namespace ex {

Result<size_t> AtomTable::free_place() {
    for (size_t i = 0; i < atoms_.size(); ++i)
        if (!atoms_[i]) return i;
    if (atoms_.size() == kMaximumAtoms) return fail(STATUS_NO_MEMORY);
    TRY(atoms_.push_back(nullptr));
    return atoms_.size() - 1;
}

Result<RTL_ATOM> AtomTable::add(std::u16string_view name) {
    if (Atom* atom = find(name)) {
        if (++atom->uses == MAXUSHORT) atom->pinned = true;
        if (atom->uses == 0) atom->uses = MAXUSHORT;
        return atom->number;
    }
    auto atom = TRY(make_own<Atom>());
    atom->name = TRY(String::create(name));
    atom->uses = 1;
    size_t place = TRY(free_place());
    atom->number = static_cast<RTL_ATOM>(kFirstNamed + place);
    by_name_.insert(*atom);
    atoms_[place] = std::move(atom);
    return atoms_[place]->number;
}

AtomTable::Atom* AtomTable::at(RTL_ATOM number) {
    size_t place = number - size_t{kFirstNamed};
    return number >= kFirstNamed && place < atoms_.size() ? atoms_[place].get() : nullptr;
}

Result<void> AtomTable::remove(RTL_ATOM number) {
    Atom* atom = at(number);
    if (!atom) return fail(STATUS_INVALID_HANDLE);
    if (atom->pinned || --atom->uses > 0) return {};
    by_name_.remove(*atom);
    atoms_[number - size_t{kFirstNamed}].reset();
    return {};
}

Result<RTL_ATOM> integer_atom(std::u16string_view name) {
    uint64_t number;
    if (!name.starts_with(u'#') || !parse_number(name.substr(1), 10, number)) return RTL_ATOM{0};
    if (number == 0 || number >= AtomTable::kFirstNamed) return fail(STATUS_INVALID_PARAMETER);
    return static_cast<RTL_ATOM>(number);
}

}  // namespace ex
