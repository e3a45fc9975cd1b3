// SPDX-License-Identifier: GPL-3.0-only
//
// A registry key: its name, class, values and subkeys. Keys hold references to their subkeys; a subkey knows
// its parent, which outlives it or has let it go. All registry memory is counted against one limit, so no
// program can fill the machine with it. Nothing here blocks.
#pragma once

#include "abi/nt/ntregapi.h"
#include "base/chain.hpp"
#include "base/list.hpp"
#include "base/ranked_tree.hpp"
#include "base/ref.hpp"
#include "base/string.hpp"
#include "base/tree.hpp"
#include "executive/prelude.hpp"

namespace cm {

class Watch;
struct WatchTag;

struct Value : TreeLink<struct ValueNameTag>, RankedLink<struct ValueOrderTag> {
    String name;
    ULONG type = REG_NONE;
    Vector<uint8_t> data;
    uint64_t order = 0;  // later ones have greater numbers
};

// The largest of what a key has, or had since it was last without subkeys, or values: lengths in bytes.
struct Largest {
    ULONG name = 0;
    ULONG key_class = 0;
    ULONG value_name = 0;
    ULONG value_data = 0;
};

class Key final : public RefCounted, private Chained<Key>, public RankedLink<struct SubkeyTag> {
public:
    // In UTF-16 units.
    static constexpr size_t kMaximumName = 255;
    static constexpr size_t kMaximumValueName = 16383;
    // Levels below \Registry, as NT documents for its registry.
    static constexpr uint32_t kMaximumLevel = 512;
    // Bytes of names and data in all keys together: an eighth of the machine's memory, at most 32 MiB.
    static constexpr size_t kMaximumTotal = 32 << 20;
    static void set_limit(size_t bytes);
    static size_t limit();

    static Result<Ref<Key>> create_root();
    ~Key() override;

    std::u16string_view name() const { return name_; }
    std::u16string_view key_class() const { return class_; }
    Key* parent() const { return parent_; }
    uint64_t last_write() const { return last_write_; }
    bool is_volatile() const { return volatile_; }
    bool is_deleted() const { return deleted_; }
    bool is_link() const { return link_; }
    void make_link() { link_ = true; }
    void set_last_write(uint64_t time) { last_write_ = time; }
    // \Registry\Machine\...; empty for a deleted key. STATUS_NAME_TOO_LONG.
    Result<String> path() const;

    // --- subkeys, in order of name
    size_t subkey_count() const { return subkeys_.size(); }
    // REQUIRES: index < subkey_count().
    Key& subkey(size_t index) const { return subkeys_.at(index); }
    Key* find(std::u16string_view name) const { return subkeys_.find(Name{name}); }
    // STATUS_INVALID_PARAMETER for a name too long or a level too deep, STATUS_REGISTRY_QUOTA_LIMIT,
    // STATUS_KEY_DELETED, STATUS_CHILD_MUST_BE_VOLATILE. REQUIRES: no subkey of this name, which is not
    // empty.
    Result<Ref<Key>> add(std::u16string_view name, std::u16string_view key_class, bool is_volatile);
    // STATUS_CANNOT_DELETE for a root and for a key with subkeys.
    Result<void> remove();
    // STATUS_CANNOT_DELETE when a sibling has the name.
    Result<void> rename(std::u16string_view name);

    // --- values, in order of their making
    size_t value_count() const { return values_.size(); }
    // REQUIRES: index < value_count().
    const Value& value(size_t index) const { return values_.at(index); }
    const Value* find_value(std::u16string_view name) const { return by_name_.find(Name{name}); }
    Result<void> set_value(std::u16string_view name, ULONG type, std::span<const uint8_t> data);
    // STATUS_OBJECT_NAME_NOT_FOUND.
    Result<void> remove_value(std::u16string_view name);

    // Those who wait for a change here.
    List<Watch, WatchTag>& watches() { return watches_; }
    static size_t total_bytes();
    const Largest& largest() const { return largest_; }

private:
    struct Name {
        std::u16string_view text;
        bool operator<(const Name& other) const { return compare_ignore_case(text, other.text) < 0; }
    };
    struct NameOf {
        Name operator()(const Key& key) const { return {key.name()}; }
    };
    struct NameOfValue {
        Name operator()(const Value& value) const { return {value.name}; }
    };
    struct OrderOfValue {
        uint64_t operator()(const Value& value) const { return value.order; }
    };
    using Values = RankedTree<Value, ValueOrderTag, OrderOfValue>;
    class ValueRemains;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Key();
    void last_reference_gone() const override { end_in_turn(); }
    void insert(Key& key);
    // Its name stays. REQUIRES: somebody else holds it.
    void take_out(Key& key);
    void changed(ULONG filter);
    void add_value(Own<Value> value);

    String name_;
    String class_;
    Key* parent_ = nullptr;
    // A reference to each is held.
    RankedTree<Key, SubkeyTag, NameOf> subkeys_;
    // Owned.
    Values values_;
    Tree<Value, ValueNameTag, NameOfValue> by_name_;
    uint64_t last_order_ = 0;
    Largest largest_;
    List<Watch, WatchTag> watches_;
    uint64_t last_write_ = 0;
    size_t charged_ = 0;
    uint32_t level_ = 0;  // 0 (\Registry) to kMaximumLevel
    bool volatile_ = false;
    bool deleted_ = false;
    bool link_ = false;
};

}  // namespace cm
