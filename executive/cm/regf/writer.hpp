// SPDX-License-Identifier: GPL-3.0-only
//
// Makes the file form of a key and all below it that is not volatile, in slices. The tree is one moment's:
// where the registry has changed between two slices, it begins anew.
#pragma once

#include "base/vector.hpp"
#include "executive/cm/key.hpp"
#include "executive/cm/regf/format.hpp"
#include "executive/cm/regf/store.hpp"

namespace cm::regf {

struct WriteOptions {
    bool latest = true;  // regf 1.5, else 1.3
    bool narrow = true;  // names of Latin-1 take a byte a character, but for very long ones
    uint32_t sequence = 1;
};

class Writer {
public:
    Writer(Ref<Key> root, OwnStore store, const WriteOptions& options);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // A slice; true when it is there. STATUS_KEY_DELETED, STATUS_QUOTA_EXCEEDED,
    // STATUS_INSUFFICIENT_RESOURCES, STATUS_REGISTRY_QUOTA_LIMIT (larger than a file of ours can be).
    Result<bool> step();
    // How often it has begun anew.
    const unsigned& attempts() const { return attempts_; }
    // The changes() of the root's hive, if it is one's, at the moment that it shows.
    uint64_t changes_seen() const { return tree_version_; }
    // REQUIRES: it is there.
    Store& store() { return *store_; }
    OwnStore take_store() { return std::move(store_); }

private:
    // A key that is being written, and where it lies.
    struct Level {
        Ref<Key> key;
        uint32_t node = kNone;
        uint32_t list = kNone;  // of its subkeys
        uint32_t count = 0;     // that the list has room for
        size_t next = 0;        // subkey to be looked at
        uint32_t done = 0;      // subkeys in the list
        uint32_t value_list = kNone;
        size_t next_value = 0;
        size_t counted = 0;  // subkeys that have been looked at to know how many are not volatile
    };
    void begin();
    // One thing more; true when nothing is left.
    Result<bool> go_on();
    Result<bool> finish();
    Result<uint32_t> allocate(size_t bytes);
    Result<uint32_t> write_name(std::u16string_view name, size_t at, bool narrow);
    Result<void> open_level(Key& key, uint32_t parent);
    Result<uint32_t> security_cell(KeySecurity& security);
    Result<void> write_value(Level& level, const Value& value);
    Result<void> begin_data(const Value& value, uint32_t cell);
    Result<bool> write_data();
    Result<void> make_list(Level& level);
    Result<void> add_to_list(Level& level, uint32_t node, std::u16string_view name);
    bool is_narrow(std::u16string_view name) const;
    // Of a cell's contents in the file.
    static size_t place(uint32_t cell) { return kBaseBlock + cell + sizeof(int32_t); }

    Ref<Key> root_;
    OwnStore store_;
    WriteOptions options_;
    uint64_t version_ = 0;  // of the registry when it began
    uint64_t tree_version_ = 0;
    unsigned attempts_ = 0;
    uint64_t number_ = 0;  // of the attempt, among all that there ever were
    bool begun_ = false;
    Vector<Level> levels_;
    uint32_t first_security_ = kNone;
    uint32_t last_security_ = kNone;
    uint32_t bin_ = 0;   // of the bin that is being filled
    uint32_t next_ = 0;  // free from here
    uint32_t end_ = 0;   // of the bin, and of all
    // Data that is being written.
    Ref<ValueData> data_;
    size_t data_done_ = 0;
    uint32_t data_cell_ = kNone;  // or of the segment
    uint32_t segments_ = kNone;   // the list of them
};

}  // namespace cm::regf
