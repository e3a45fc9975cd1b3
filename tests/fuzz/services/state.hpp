// SPDX-License-Identifier: GPL-3.0-only
//
// What must be after a play as it was before: pages, objects and handles of every type, names.
#pragma once

#include <map>
#include <set>
#include <string>

#include "executive/ob/namespace.hpp"

namespace fuzz {

class State {
public:
    State();
    uint64_t free_pages() const { return free_pages_; }
    // What differs in objects and handles; empty when nothing does.
    std::string objects_since(const State& before) const;

private:
    struct Counts {
        uint32_t objects;
        uint32_t handles;
        bool operator==(const Counts&) const = default;
    };
    uint64_t free_pages_;
    std::map<std::u16string_view, Counts> types_;
};

// The names of the namespace, to find what was left in it.
class Names {
public:
    Names();
    // Permanent objects that were not there, in whatever directory, leave it.
    void remove_new() const;

private:
    static void walk(ob::Directory& directory, std::set<ob::Object*>& into);
    std::set<ob::Object*> known_;
};

// Of the registry and of the boot volume, what calls may have made under "torture" (tests/torture/services).
void remove_keys();
void remove_files();
// What calls need to be there.
void prepare_places();

}  // namespace fuzz
