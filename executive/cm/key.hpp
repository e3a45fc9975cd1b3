// SPDX-License-Identifier: GPL-3.0-only
//
// A registry key: its name, class, values and subkeys. Keys hold references to their subkeys; a subkey knows
// its parent, which outlives it or has let it go. Nothing here blocks.
#pragma once

#include "abi/nt/ntregapi.h"
#include "base/folded_name.hpp"
#include "base/list.hpp"
#include "base/ranked_tree.hpp"
#include "base/ref.hpp"
#include "base/string.hpp"
#include "base/tree.hpp"
#include "executive/cm/budget.hpp"
#include "executive/cm/key_security.hpp"
#include "executive/cm/opening.hpp"
#include "executive/cm/value_data.hpp"
#include "executive/ke/chained.hpp"

namespace cm {

class HiveRoot;
class Key;
class Watch;
struct WatchTag;
class Change;
struct ChangeTag;

struct Value : TreeLink<struct ValueNameTag>, RankedLink<struct ValueOrderTag> {
    String name;
    uint64_t hash = 0;  // of the name (NameHash)
    ULONG type = REG_NONE;
    Ref<ValueData> data;  // never null
    uint64_t order = 0;   // later ones have greater numbers; not 0
};

// Of a name without regard to case, made part by part.
class NameHash {
public:
    NameHash() = default;
    // Goes on where another one was.
    explicit NameHash(uint64_t value) : value_(value) {}
    void add(std::u16string_view part);
    uint64_t value() const { return value_; }

private:
    uint64_t value_ = 0xcbf29ce484222325;
};

// remains.hpp
void end_tree(Ref<Key> root);

// Another number after each change of a key of the registry, its values or its subkeys.
uint64_t changes();

// While one lives, what changes is a tree apart, that nobody sees: it is no change of the registry, and keys
// keep the times that they are given.
class Unseen {
public:
    Unseen();
    ~Unseen();
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

private:
    bool before_;
};

// The largest of what a key has, or had since it was last without subkeys, or values: lengths in bytes.
struct Largest {
    ULONG name = 0;
    ULONG key_class = 0;
    ULONG value_name = 0;
    ULONG value_data = 0;
};

class Key final : public RefCounted, private ke::Chained<Key>, public RankedLink<struct SubkeyTag> {
public:
    // In UTF-16 units.
    static constexpr size_t kMaximumName = 255;
    static constexpr size_t kMaximumValueName = 16383;
    // Levels below \Registry, as NT documents for its registry.
    static constexpr uint32_t kMaximumLevel = 512;

    static Result<Ref<Key>> create_root();
    ~Key() override;

    std::u16string_view name() const { return name_.view(); }
    std::u16string_view key_class() const { return class_; }
    Key* parent() const { return parent_; }
    uint64_t last_write() const { return last_write_; }
    bool is_volatile() const { return volatile_; }
    bool is_deleted() const { return deleted_; }
    bool is_link() const { return link_; }
    void make_link() { link_ = true; }
    uint32_t level() const { return level_; }
    void set_last_write(uint64_t time) { last_write_ = time; }
    // Never null.
    const Ref<KeySecurity>& security() const { return security_; }
    // STATUS_KEY_DELETED, STATUS_REGISTRY_QUOTA_LIMIT. Its subkeys keep what they have, as on NT.
    Result<void> set_security(Ref<ob::Descriptor> descriptor);
    // \Registry\Machine\...; empty for a deleted key. STATUS_NAME_TOO_LONG.
    Result<String> path() const;

    // --- subkeys, in order of name
    size_t subkey_count() const { return subkeys_.size(); }
    // REQUIRES: index < subkey_count().
    Key& subkey(size_t index) const { return subkeys_.at(index); }
    Key* find(std::u16string_view name) const;
    // STATUS_INVALID_PARAMETER for a name too long or a level too deep, STATUS_REGISTRY_QUOTA_LIMIT,
    // STATUS_KEY_DELETED, STATUS_CHILD_MUST_BE_VOLATILE. Without a descriptor of its own it has this one's.
    // REQUIRES: no subkey of this name, which is not empty.
    Result<Ref<Key>> add(std::u16string_view name, std::u16string_view key_class, bool is_volatile,
                         Ref<ob::Descriptor> descriptor = nullptr);
    // The root of a tree of its own, to be attached where keys have this level.
    static Result<Ref<Key>> create_apart(uint32_t level);
    // STATUS_INVALID_PARAMETER, STATUS_REGISTRY_QUOTA_LIMIT. REQUIRES: it has none yet.
    Result<void> set_class(std::u16string_view key_class);
    // The other, and all below it, becomes a subkey, the root of a hive. REQUIRES: no subkey of this name,
    // which is not empty; the other is apart, with the level of this one's subkeys; the hive outlives its
    // being there.
    Result<void> attach(Key& key, std::u16string_view name, HiveRoot& hive);
    // Out of its parent, with all below it: it counts as deleted. REQUIRES: it has a parent.
    void detach();
    // Ends the first of the subkeys, and tells nobody; false: there is none. REQUIRES: that has no subkeys.
    bool drop_first();
    // Of which it is the root, and cannot be deleted or renamed; null: of none.
    HiveRoot* hive() const { return hive_; }
    // The one that it lies in; null: in none.
    HiveRoot* hive_around() const;
    // Takes a value, or else a subkey, of the other, which has the same level; false: it has none. Several
    // may have one name then: this one is to end, and nobody looks for any in it.
    bool adopt_one(Key& other);
    // The subkey of this index, of a tree apart, is to be another's, which has the same level (adopt_all).
    // REQUIRES: nothing is done with this one but that, or to take it back the same way.
    void promise_subkey(size_t index, Key& other) { subkeys_.at(index).parent_ = &other; }
    // Takes all that the other has, which is promised to this one, its class and its descriptor too.
    // REQUIRES: it has neither subkeys nor values.
    void adopt_all(Key& other);
    Key* first_subkey() const { return subkeys_.first(); }
    // STATUS_CANNOT_DELETE for a root, of a hive too, and for a key with subkeys.
    Result<void> remove();
    // STATUS_CANNOT_DELETE when a sibling has the name, STATUS_ACCESS_DENIED for a root.
    Result<void> rename(std::u16string_view name);

    // --- values, in order of their making
    size_t value_count() const { return values_.size(); }
    // REQUIRES: index < value_count().
    const Value& value(size_t index) const { return values_.at(index); }
    // The one that was the so-and-so-many-th to be made, or null.
    Value* value_of(uint64_t order) const { return values_.find(order); }
    // For names that are short; ValueSearch finds any.
    const Value* find_value(std::u16string_view name) const;
    Result<void> set_value(std::u16string_view name, ULONG type, std::span<const uint8_t> data);
    // STATUS_OBJECT_NAME_NOT_FOUND.
    Result<void> remove_value(std::u16string_view name);
    // What a ValueSearch found, null when it found none, gets this data, all of which is there.
    Result<void> set_value(Value* found, std::u16string_view name, uint64_t hash, ULONG type,
                           Ref<ValueData> data);
    void remove_value(Value& value);
    // Another after a value was made or removed.
    uint64_t values_version() const { return values_version_; }

    // Openings of it that there are: objects that handles name.
    List<Opening, OpeningTag>& openings() { return openings_; }

    // Those who wait for a change here.
    List<Watch, WatchTag>& watches() { return watches_; }
    // Changes of it that some of them have not been told of yet: one of a kind at most.
    List<Change, ChangeTag>& changes() { return changes_; }
    const Largest& largest() const { return largest_; }

private:
    struct NameOf {
        FoldedNameKey operator()(const Key& key) const { return FoldedNameKey(key.name_); }
    };
    // Values are found by the hashes of their names: names may have thousands of units, and be the same but
    // for the last.
    struct HashedName {
        uint64_t hash;
        size_t length;  // units
        uint64_t order;
        bool operator<(const HashedName& other) const {
            if (hash != other.hash) return hash < other.hash;
            return length != other.length ? length < other.length : order < other.order;
        }
    };
    struct NameOfValue {
        HashedName operator()(const Value& value) const {
            return {value.hash, value.name.length(), value.order};
        }
    };
    struct OrderOfValue {
        uint64_t operator()(const Value& value) const { return value.order; }
    };
    using Subkeys = RankedTree<Key, SubkeyTag, NameOf>;
    using Values = RankedTree<Value, ValueOrderTag, OrderOfValue>;
    class ValueRemains;
    class TreeRemains;
    friend void end_tree(Ref<Key> root);
    friend class ValueSearch;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit Key(Ref<KeySecurity> security);
    static Result<Ref<Key>> create(Ref<KeySecurity> security);
    void last_reference_gone() const override { end_in_turn(); }
    void insert(Key& key);
    // Its name stays. REQUIRES: somebody else holds it.
    void take_out(Key& key);
    void changed(ULONG filter);
    Result<void> add_value(std::u16string_view name, uint64_t hash, ULONG type, Ref<ValueData> data);

    FoldedName name_;
    String class_;
    Ref<KeySecurity> security_;
    Key* parent_ = nullptr;
    // A reference to each is held.
    Subkeys subkeys_;
    // Owned.
    Values values_;
    Tree<Value, ValueNameTag, NameOfValue> by_name_;
    uint64_t last_order_ = 0;
    uint64_t values_version_ = 0;
    Largest largest_;
    List<Watch, WatchTag> watches_;
    List<Change, ChangeTag> changes_;
    uint64_t last_write_ = 0;
    size_t charged_ = 0;
    HiveRoot* hive_ = nullptr;
    List<Opening, OpeningTag> openings_;
    uint32_t level_ = 0;  // 0 (\Registry) to kMaximumLevel
    bool volatile_ = false;
    bool deleted_ = false;
    bool link_ = false;
};

// Looks for a value by its name, which is taken part by part, twice: for its hash, and to be compared with
// the names that have the same. It holds no pointer, so that a call's next slice may take it up; a value that
// is made meanwhile may be missed.
class ValueSearch {
public:
    struct State {
        uint64_t taken = 0;  // units, of both times
        uint64_t hash = NameHash().value();
        uint64_t order = 0;  // the value that is compared
    };
    // `length` in units.
    ValueSearch(const Key& key, size_t length) : ValueSearch(key, length, State()) {}
    // Goes on where another one was; this is checked.
    ValueSearch(const Key& key, size_t length, const State& state);

    bool over() const { return over_; }
    // REQUIRES: over().
    Value* found() const { return found_; }
    // Not over: the index of the unit that is wanted next.
    size_t wanted() const { return state_.taken < length_ ? state_.taken : state_.taken - length_; }
    // REQUIRES: not over; the part begins with the unit that is wanted and does not go beyond the name.
    void take(std::u16string_view part);
    bool hashed() const { return state_.taken >= length_; }
    // REQUIRES: hashed(). Compares anew, since the key's values are others than they were.
    void compare_anew();
    void take_all(std::u16string_view name);
    const State& state() const { return state_; }

private:
    // The next value of this hash and length, from this order on, or the end.
    void look_at(uint64_t order);

    const Key& key_;
    size_t length_;
    State state_;
    bool over_ = false;
    Value* found_ = nullptr;
};

}  // namespace cm
