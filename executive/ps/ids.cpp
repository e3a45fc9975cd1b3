// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/ids.hpp"

#include "base/ref.hpp"

namespace ps {

namespace {

struct Entry {
    ob::Object* holder = nullptr;
    uint32_t next_free = 0;
};

// They grow by a block, and nothing that is there moves.
constexpr uint32_t kPerBlock = 64;
constexpr uint32_t kPerGroup = 64;
constexpr uint32_t kMostGroups = 64;
constexpr uint32_t kMost = kPerBlock * kPerGroup * kMostGroups;
struct Block {
    Entry entries[kPerBlock] = {};
};
struct Group {
    Own<Block> blocks[kPerGroup];
};
constinit Group* groups[kMostGroups] = {};
constinit uint32_t count;  // entries; the first is never used
constinit uint32_t first_free;
constinit uint32_t last_free;

Entry& entry(uint32_t index) {
    uint32_t block = index / kPerBlock;
    return groups[block / kPerGroup]->blocks[block % kPerGroup]->entries[index % kPerBlock];
}

Result<uint32_t> new_entry() {
    if (count == kMost) return fail(STATUS_INSUFFICIENT_RESOURCES);
    uint32_t number = count / kPerBlock;
    Group*& group = groups[number / kPerGroup];
    if (!group) group = TRY(make_own<Group>()).leak();
    Own<Block>& block = group->blocks[number % kPerGroup];
    if (!block) block = TRY(make_own<Block>());
    return count++;
}

}  // namespace

Result<uint32_t> allocate_id(ob::Object& holder) {
    uint32_t id = TRY(reserve_id());
    set_holder(id, holder);
    return id;
}

void set_holder(uint32_t id, ob::Object& holder) {
    entry(id / 4).holder = &holder;
}

Result<uint32_t> reserve_id() {
    if (count == 0) TRY(new_entry());
    // A few freed ids are kept back, so that a stale one names nobody for a while.
    constexpr uint32_t kKeptBack = 64;
    if (first_free == 0 || count < kKeptBack) return TRY(new_entry()) * 4;
    uint32_t index = first_free;
    first_free = entry(index).next_free;
    if (first_free == 0) last_free = 0;
    entry(index) = {};
    return index * 4;
}

void release_id(uint32_t id) {
    if (id == 0) return;
    uint32_t index = id / 4;
    entry(index) = {};
    (last_free ? entry(last_free).next_free : first_free) = index;
    last_free = index;
}

ob::Object* find_id(uint32_t id) {
    if (id % 4 != 0 || id / 4 >= count) return nullptr;
    return entry(id / 4).holder;
}

}  // namespace ps
