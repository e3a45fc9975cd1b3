// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/ids.hpp"

#include "base/vector.hpp"

namespace ps {

namespace {

struct Entry {
    ob::Object* holder;
    uint32_t next_free;
};

[[clang::no_destroy]] constinit Vector<Entry> entries;
constinit uint32_t first_free;
constinit uint32_t last_free;

}  // namespace

Result<uint32_t> allocate_id(ob::Object& holder) {
    if (entries.empty()) TRY(entries.push_back({nullptr, 0}));
    // A few freed ids are kept back, so that a stale one names nobody for a while.
    constexpr size_t kKeptBack = 64;
    if (first_free == 0 || entries.size() < kKeptBack) {
        TRY(entries.push_back({&holder, 0}));
        return static_cast<uint32_t>(entries.size() - 1) * 4;
    }
    uint32_t index = first_free;
    first_free = entries[index].next_free;
    if (first_free == 0) last_free = 0;
    entries[index] = {&holder, 0};
    return index * 4;
}

void release_id(uint32_t id) {
    if (id == 0) return;
    uint32_t index = id / 4;
    entries[index] = {nullptr, 0};
    (last_free ? entries[last_free].next_free : first_free) = index;
    last_free = index;
}

ob::Object* find_id(uint32_t id) {
    if (id % 4 != 0 || id / 4 >= entries.size()) return nullptr;
    return entries[id / 4].holder;
}

}  // namespace ps
