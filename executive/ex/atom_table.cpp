// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/atom_table.hpp"

namespace ex {

Result<size_t> AtomTable::free_place() {
    if (first_free_ > 0) {
        size_t index = first_free_ - 1;
        first_free_ = place(index).next_free;
        return index;
    }
    if (places_ == kMaximumAtoms) return fail(STATUS_NO_MEMORY);
    Own<Block>& block = blocks_[places_ / kPlaces];
    if (!block) {
        block = TRY(make_own<Block>());
        bytes_ += sizeof(Block);
    }
    return places_++;
}

Result<RTL_ATOM> AtomTable::add(std::u16string_view name) {
    if (Atom* atom = find(name)) {
        if (++atom->uses == MAXUSHORT) atom->pinned = true;
        if (atom->uses == 0) atom->uses = MAXUSHORT;
        return atom->number;
    }
    auto atom = TRY(make_own<Atom>());
    atom->name = TRY(FoldedName::create(name));
    atom->uses = 1;
    if (bytes_ + bytes_of(*atom) > kMostBytes) return fail(STATUS_NO_MEMORY);
    size_t index = TRY(free_place());
    atom->number = static_cast<RTL_ATOM>(kFirstNamed + index);
    bytes_ += bytes_of(*atom);
    by_name_.insert(*atom);
    place(index).atom = std::move(atom);
    return static_cast<RTL_ATOM>(kFirstNamed + index);
}

AtomTable::Atom* AtomTable::at(RTL_ATOM number) {
    size_t index = number - size_t{kFirstNamed};
    return number >= kFirstNamed && index < places_ ? place(index).atom.get() : nullptr;
}

Result<void> AtomTable::remove(RTL_ATOM number) {
    Atom* atom = at(number);
    if (!atom) return fail(STATUS_INVALID_HANDLE);
    if (atom->pinned || --atom->uses > 0) return {};
    by_name_.remove(*atom);
    bytes_ -= bytes_of(*atom);
    size_t index = number - size_t{kFirstNamed};
    place(index).atom.reset();
    place(index).next_free = std::exchange(first_free_, index + 1);
    return {};
}

Result<RTL_ATOM> integer_atom(std::u16string_view name) {
    uint64_t number;
    if (!name.starts_with(u'#') || !parse_number(name.substr(1), 10, number)) return RTL_ATOM{0};
    if (number == 0 || number >= AtomTable::kFirstNamed) return fail(STATUS_INVALID_PARAMETER);
    return static_cast<RTL_ATOM>(number);
}

}  // namespace ex
