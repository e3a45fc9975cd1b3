// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/key.hpp"

#include <new>

#include "base/path.hpp"
#include "executive/cm/change.hpp"
#include "executive/cm/hive_root.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/clock.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"

namespace cm {

namespace {

constinit uint64_t changes_made = 0;
constinit uint32_t hive_roots = 0;  // in the registry
constinit bool unseen = false;

// Without its data, which is charged for itself.
size_t cost_of(std::u16string_view name) {
    return sizeof(Value) + name.size() * sizeof(char16_t);
}

void raise(ULONG& largest, size_t value) {
    if (value > largest) largest = static_cast<ULONG>(value);
}

}  // namespace

uint64_t changes() {
    return changes_made;
}

Unseen::Unseen() : before_(std::exchange(unseen, true)) {}

Unseen::~Unseen() {
    unseen = before_;
}

// The values of a key that is no more, as many as there are, given back in slices.
class Key::ValueRemains final : public ke::PacedWork {
public:
    explicit ValueRemains(Values&& values) : values_(std::move(values)) {}
    static bool some(Values& values) {
        ke::Slice slice;
        while (Value* value = values.first()) {
            values.remove(*value);
            delete value;
            if (slice.over()) return values.empty();
        }
        return true;
    }
    bool slice() override {
        if (!some(values_)) return false;
        delete this;
        return true;
    }

private:
    Values values_;
};

Key::Key(Ref<KeySecurity> security) : security_(std::move(security)), charged_(sizeof(Key)) {}

Key::~Key() {
    while (Watch* watch = watches_.pop_front())
        watch->fired(STATUS_NOTIFY_CLEANUP);
    while (Key* subkey = subkeys_.first()) {
        take_out(*subkey);
        subkey->release();
    }
    uncharge(charged_);
    if (ValueRemains::some(values_)) return;
    if (auto* remains = new (std::nothrow) ValueRemains(std::move(values_)))
        ke::Pacer::instance().add_idle(*remains);
    while (!ValueRemains::some(values_)) {
    }
}

Result<Ref<Key>> Key::create_root() {
    return create(TRY(KeySecurity::usual()));
}

Result<Ref<Key>> Key::create(Ref<KeySecurity> security) {
    TRY(charge(sizeof(Key)));
    auto key = make_ref<Key>(std::move(security));
    if (!key) uncharge(sizeof(Key));
    return key;
}

Result<String> Key::path() const {
    if (deleted_) return String();
    auto up = [](const Key& key) -> const Key* { return key.parent_; };
    return path_below(u"\\Registry", *this, TRY(climb(*this, up)).length, up);
}

Key* Key::find(std::u16string_view name) const {
    return subkeys_.find(FoldedKey(name));
}

Result<Ref<Key>> Key::create_apart(uint32_t level) {
    Ref<Key> key = TRY(create(TRY(KeySecurity::usual())));
    key->level_ = level;
    return key;
}

Result<void> Key::set_class(std::u16string_view key_class) {
    if (key_class.size() > kMaximumName) return fail(STATUS_INVALID_PARAMETER);
    String text = TRY(String::create(key_class));
    TRY(charge(key_class.size() * sizeof(char16_t)));
    charged_ += key_class.size() * sizeof(char16_t);
    class_ = std::move(text);
    return {};
}

Result<void> Key::attach(Key& key, std::u16string_view name, HiveRoot& hive) {
    if (deleted_) return fail(STATUS_KEY_DELETED);
    ASSERT(!key.parent_ && key.level_ == level_ + 1);
    FoldedName text = TRY(FoldedName::create(name));
    TRY(charge(text.bytes()));
    key.charged_ += text.bytes();
    key.name_ = std::move(text);
    key.hive_ = &hive;
    ++hive_roots;
    insert(key);
    raise(largest_.name, name.size() * sizeof(char16_t));
    changed(REG_NOTIFY_CHANGE_NAME);
    return {};
}

void Key::detach() {
    Ref<Key> self(*this);
    Key& parent = *parent_;
    parent.take_out(*this);
    release();
    if (std::exchange(hive_, nullptr)) --hive_roots;
    deleted_ = true;
    parent.changed(REG_NOTIFY_CHANGE_NAME);
}

bool Key::drop_first() {
    Key* key = subkeys_.first();
    if (!key) return false;
    take_out(*key);
    key->deleted_ = true;
    key->release();
    return true;
}

bool Key::adopt_one(Key& other) {
    ASSERT(level_ == other.level_);
    if (Value* value = other.values_.first()) {
        size_t cost = cost_of(value->name);
        other.by_name_.remove(*value);
        other.values_.remove(*value);
        other.charged_ -= cost;
        ++other.values_version_;
        charged_ += cost;
        value->order = ++last_order_;
        values_.insert(*value);
        by_name_.insert(*value);
        return true;
    }
    Key* key = other.subkeys_.first();
    if (!key) return false;
    other.take_out(*key);
    insert(*key);
    key->release();  // insert() has taken another reference
    return true;
}

void Key::adopt_all(Key& other) {
    ASSERT(subkeys_.empty() && values_.empty() && level_ == other.level_);
    subkeys_.swap(other.subkeys_);
    values_.swap(other.values_);
    by_name_.swap(other.by_name_);
    std::swap(class_, other.class_);
    std::swap(security_, other.security_);
    std::swap(largest_, other.largest_);
    // What both have been charged with, but for this one's name, goes along.
    size_t name = name_.bytes();
    std::swap(charged_, other.charged_);
    charged_ += name;
    other.charged_ -= name;
    last_order_ = other.last_order_;
    ++values_version_;
    changed(REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_CHANGE_SECURITY);
}

void Key::insert(Key& key) {
    key.add_ref();
    key.parent_ = this;
    subkeys_.insert(key);
}

void Key::take_out(Key& key) {
    subkeys_.remove(key);
    key.parent_ = nullptr;
}

Result<Ref<Key>> Key::add(std::u16string_view name, std::u16string_view key_class, bool is_volatile,
                          Ref<ob::Descriptor> descriptor) {
    if (deleted_) return fail(STATUS_KEY_DELETED);
    if (name.size() > kMaximumName || key_class.size() > kMaximumName) return fail(STATUS_INVALID_PARAMETER);
    if (level_ == kMaximumLevel) return fail(STATUS_INVALID_PARAMETER);
    if (volatile_ && !is_volatile) return fail(STATUS_CHILD_MUST_BE_VOLATILE);
    Ref<KeySecurity> security = descriptor ? TRY(KeySecurity::of(std::move(descriptor))) : security_;
    Ref<Key> key = TRY(create(std::move(security)));
    size_t text = FoldedName::bytes(name.size()) + key_class.size() * sizeof(char16_t);
    TRY(charge(text));
    key->charged_ += text;
    key->name_ = TRY(FoldedName::create(name));
    key->class_ = TRY(String::create(key_class));
    key->level_ = level_ + 1;
    key->volatile_ = is_volatile;
    key->last_write_ = ke::system_time();
    insert(*key);
    raise(largest_.name, name.size() * sizeof(char16_t));
    raise(largest_.key_class, key_class.size() * sizeof(char16_t));
    changed(REG_NOTIFY_CHANGE_NAME);
    log.trace("key {} made below {}", name, name_.view());
    return key;
}

Result<void> Key::set_security(Ref<ob::Descriptor> descriptor) {
    if (deleted_) return fail(STATUS_KEY_DELETED);
    security_ = TRY(KeySecurity::of(std::move(descriptor)));
    changed(REG_NOTIFY_CHANGE_SECURITY);
    return {};
}

Result<void> Key::remove() {
    if (deleted_) return fail(STATUS_KEY_DELETED);
    if (!parent_ || hive_ || !subkeys_.empty()) return fail(STATUS_CANNOT_DELETE);
    log.trace("key {} removed", name_.view());
    Ref<Key> self(*this);
    Key& parent = *parent_;
    report_change(*this, REG_NOTIFY_CHANGE_NAME);
    parent.take_out(*this);
    release();
    if (parent.subkeys_.empty()) parent.largest_.name = parent.largest_.key_class = 0;
    deleted_ = true;
    parent.changed(REG_NOTIFY_CHANGE_NAME);
    return {};
}

Result<void> Key::rename(std::u16string_view name) {
    if (deleted_) return fail(STATUS_KEY_DELETED);
    if (!parent_ || hive_) return fail(STATUS_ACCESS_DENIED);
    if (name.empty() || name.size() > kMaximumName || find_unit(name, u'\\') != name.npos)
        return fail(STATUS_INVALID_PARAMETER);
    Key* sibling = parent_->find(name);
    if (sibling && sibling != this) return fail(STATUS_CANNOT_DELETE);
    FoldedName text = TRY(FoldedName::create(name));
    TRY(charge(text.bytes()));
    uncharge(name_.bytes());
    charged_ += text.bytes() - name_.bytes();
    Ref<Key> self(*this);
    Key& parent = *parent_;
    parent.take_out(*this);
    release();
    name_ = std::move(text);
    parent.insert(*this);
    raise(parent.largest_.name, name.size() * sizeof(char16_t));
    parent.changed(REG_NOTIFY_CHANGE_NAME);
    return {};
}

const Value* Key::find_value(std::u16string_view name) const {
    ValueSearch search(*this, name.size());
    search.take_all(name);
    return search.found();
}

Result<void> Key::set_value(std::u16string_view name, ULONG type, std::span<const uint8_t> data) {
    Ref<ValueData> copy = TRY(ValueData::create(data));
    ValueSearch search(*this, name.size());
    search.take_all(name);
    return set_value(search.found(), name, search.state().hash, type, std::move(copy));
}

Result<void> Key::set_value(Value* found, std::u16string_view name, uint64_t hash, ULONG type,
                            Ref<ValueData> data) {
    if (deleted_) return fail(STATUS_KEY_DELETED);
    if (name.size() > kMaximumValueName) return fail(STATUS_INVALID_PARAMETER);
    size_t size = data->size();
    if (found) {
        found->type = type;
        found->data = std::move(data);
    } else {
        TRY(add_value(name, hash, type, std::move(data)));
    }
    raise(largest_.value_name, name.size() * sizeof(char16_t));
    raise(largest_.value_data, size);
    log.trace("value {} of {}, type {}, {} bytes", name, name_.view(), type, size);
    changed(REG_NOTIFY_CHANGE_LAST_SET);
    return {};
}

Result<void> Key::add_value(std::u16string_view name, uint64_t hash, ULONG type, Ref<ValueData> data) {
    Own<Value> value = TRY(make_own<Value>());
    value->name = TRY(String::create(name));
    TRY(charge(cost_of(name)));
    charged_ += cost_of(name);
    value->hash = hash;
    value->type = type;
    value->data = std::move(data);
    value->order = ++last_order_;
    ++values_version_;
    Value& added = *value.leak();
    values_.insert(added);
    by_name_.insert(added);
    return {};
}

Result<void> Key::remove_value(std::u16string_view name) {
    if (deleted_) return fail(STATUS_KEY_DELETED);
    ValueSearch search(*this, name.size());
    search.take_all(name);
    if (!search.found()) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    remove_value(*search.found());
    return {};
}

void Key::remove_value(Value& value) {
    log.trace("value {} of {} removed", value.name.view(), name_.view());
    uncharge(cost_of(value.name));
    charged_ -= cost_of(value.name);
    by_name_.remove(value);
    values_.remove(value);
    delete &value;
    ++values_version_;
    if (values_.empty()) largest_.value_name = largest_.value_data = 0;
    changed(REG_NOTIFY_CHANGE_LAST_SET);
}

void Key::changed(ULONG filter) {
    if (unseen) [[unlikely]]
        return;
    last_write_ = ke::system_time();
    ++changes_made;
    if (HiveRoot* hive = hive_around()) [[unlikely]]
        hive->note_change();
    report_change(*this, filter);
}

HiveRoot* Key::hive_around() const {
    if (!hive_roots) [[likely]]
        return nullptr;
    const Key* key = this;
    while (key && !key->hive_)
        key = key->parent_;
    return key ? key->hive_ : nullptr;
}

}  // namespace cm
