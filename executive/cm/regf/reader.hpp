// SPDX-License-Identifier: GPL-3.0-only
//
// Makes keys of a hive's file, in slices: a tree apart, that nobody sees before all of it is there. What is
// damaged is refused, whatever it is: STATUS_REGISTRY_CORRUPT.
#pragma once

#include "base/vector.hpp"
#include "executive/cm/key.hpp"
#include "executive/cm/regf/cells.hpp"

namespace cm::regf {

class Reader {
public:
    // The keys are to lie where the root has this level; all but the root are volatile, or none is. REQUIRES:
    // the file outlives it; `notes` is empty.
    Reader(const Store& file, OwnStore notes, uint32_t level, bool is_volatile = false)
        : file_(file), cells_(file, std::move(notes)), level_(level), volatile_(is_volatile) {}
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // A slice; true when all keys are there. STATUS_NOT_REGISTRY_FILE, STATUS_REGISTRY_CORRUPT,
    // STATUS_REGISTRY_QUOTA_LIMIT, STATUS_INSUFFICIENT_RESOURCES.
    Result<bool> step();
    // REQUIRES: they are there; once.
    Ref<Key> take_root() { return std::move(root_); }
    const BaseBlock& block() const { return block_; }

private:
    // A list of subkeys, or the list of such lists.
    struct List {
        Cell cell;
        uint32_t count = 0;
        uint32_t next = 0;
        uint32_t entry = 0;  // bytes of each; 0: there is no list
        bool of_lists = false;
    };
    struct Level {
        Ref<Key> key;
        uint64_t last_write = 0;
        List lists;  // where they are many
        List subkeys;
        Cell values;
        uint32_t value_count = 0;
        uint32_t next_value = 0;
    };
    // A value that is read: its name, its data, then its key is searched for one of its name.
    struct Reading {
        bool begun = false;
        size_t node = 0;  // in the file
        String name;
        size_t named = 0;  // units that are there
        Ref<ValueData> data;
        ValueSearch::State search;
        Cell cell;      // of the data, or the segment
        size_t at = 0;  // in it
        Cell segments;  // empty: it lies in one cell
        uint32_t count = 0;
        uint32_t next = 0;
    };

    Result<bool> go_on();
    Result<void> open_level(uint32_t offset, bool root);
    Result<List> open_list(uint32_t offset);
    Result<bool> next_subkey(Level& level);
    Result<void> open_value(uint32_t offset);
    void read_name();
    Result<void> open_data();
    Result<void> open_data(uint32_t offset, uint32_t length);
    Result<void> read_some();
    Result<void> set_value(Key& key);
    Result<void> go_on_with_value(Key& key);
    Result<String> name_at(size_t at, size_t length, bool narrow) const;
    Result<Ref<ob::Descriptor>> descriptor_at(uint32_t offset);

    const Store& file_;
    Cells cells_;
    uint32_t level_;
    bool volatile_;
    BaseBlock block_{};
    Ref<Key> root_;
    Vector<Level> levels_;
    Reading reading_;
    bool looked_ = false;
    bool begun_ = false;
};

}  // namespace cm::regf
