// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/atom_table.hpp"

namespace ex {

Result<size_t> AtomTable::free_place() {
    if (!free_.empty()) {
        size_t place = free_.back();
        free_.pop_back();
        return place;
    }
    if (atoms_.size() == kMaximumAtoms) return fail(STATUS_NO_MEMORY);
    // So that remove() always has room.
    if (free_.capacity() <= atoms_.size()) TRY(free_.reserve(2 * atoms_.size() + 4));
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
    size_t place = number - size_t{kFirstNamed};
    atoms_[place].reset();
    MUST(free_.push_back(static_cast<uint16_t>(place)));
    return {};
}

Result<RTL_ATOM> integer_atom(std::u16string_view name) {
    uint64_t number;
    if (!name.starts_with(u'#') || !parse_number(name.substr(1), 10, number)) return RTL_ATOM{0};
    if (number == 0 || number >= AtomTable::kFirstNamed) return fail(STATUS_INVALID_PARAMETER);
    return static_cast<RTL_ATOM>(number);
}

}  // namespace ex
