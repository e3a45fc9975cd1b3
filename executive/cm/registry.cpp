// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/registry.hpp"

#include <string.h>

#include <algorithm>
#include <optional>

#include "executive/cm/cm.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/frames.hpp"
#include "executive/ob/charge.hpp"

namespace cm {

namespace {

constexpr unsigned kMaximumLinks = 32;
constexpr std::u16string_view kRootPath = u"\\Registry";
constexpr std::u16string_view kLinkValue = u"SymbolicLinkValue";

constinit Key* g_root = nullptr;

// The next component; `path` loses it and the backslashes around it, as many as there are.
std::u16string_view take_component(std::u16string_view& path) {
    size_t end = find_unit(path, u'\\');
    std::u16string_view component = path.substr(0, end);
    path = end == path.npos ? std::u16string_view() : path.substr(end + 1);
    while (path.starts_with(u'\\')) [[unlikely]]
        path.remove_prefix(1);
    return component;
}

// What is behind \Registry in an absolute path.
Result<std::u16string_view> below_root(std::u16string_view path) {
    if (!starts_with_ignore_case(path, kRootPath)) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    path.remove_prefix(kRootPath.size());
    if (!path.empty() && path.front() != u'\\') return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    return path;
}

std::u16string_view units_of(std::span<const uint8_t> data) {
    return {reinterpret_cast<const char16_t*>(data.data()), data.size() / sizeof(char16_t)};
}

// Units of a text value up to its first zero.
std::u16string_view text_of(std::span<const uint8_t> data) {
    std::u16string_view text = units_of(data);
    return text.substr(0, find_unit(text, u'\0'));
}

Result<const Value*> typed_value(const Key& key, std::u16string_view name, ULONG type, ULONG other) {
    const Value* value = key.find_value(name);
    if (!value) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    if (value->type != type && value->type != other) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    return value;
}

std::u16string_view without_outer_backslashes(std::u16string_view path) {
    while (path.starts_with(u'\\'))
        path.remove_prefix(1);
    while (path.ends_with(u'\\'))
        path.remove_suffix(1);
    return path;
}

// A link's target and the rest of the path behind it: an absolute path.
Result<String> redirect(const Key& link, std::u16string_view rest) {
    const Value* value = TRY(typed_value(link, kLinkValue, REG_LINK, REG_LINK));
    const ValueData& target = *value->data;
    size_t length = target.filled() / sizeof(char16_t);
    if (length + rest.size() > UNICODE_STRING_MAX_CHARS) return fail(STATUS_NAME_TOO_LONG);
    // With room for what separates them.
    String path = TRY(String::create_room(length + 1 + rest.size()));
    std::span<char16_t> units = path.units();
    for (size_t done = 0; done < length * sizeof(char16_t);) {
        std::span<const uint8_t> part = target.from(done);
        size_t bytes = std::min(part.size(), length * sizeof(char16_t) - done);
        memcpy(reinterpret_cast<uint8_t*>(units.data()) + done, part.data(), bytes);
        done += bytes;
    }
    units[length] = u'\\';
    std::ranges::copy(rest, units.subspan(length + 1).begin());
    path.truncate(rest.empty() ? length : units.size());
    return path;
}

// The walk along one path; a link puts it on a new path of its own.
class Walk {
public:
    Walk(Key& start, std::u16string_view path, bool open_link)
        : current_(start), remaining_(without_outer_backslashes(path)), open_link_(open_link) {}

    // Nothing: the slice is over before the walk's end. Null: it takes as long as it takes.
    Result<std::optional<Place>> go_on(const ke::Slice* slice);
    // Has its path to itself, so that it can outlast whoever gave it.
    Result<void> own_path();
    size_t memory() const { return path_.length() * sizeof(char16_t); }

private:
    Result<void> follow(const Key& link);

    Ref<Key> current_;
    std::u16string_view remaining_;
    String path_;  // holds what remains, or nothing: then that is its caller's
    unsigned links_ = 0;
    bool open_link_;
};

Result<void> Walk::own_path() {
    if (!path_.empty()) return {};
    path_ = TRY(String::create(remaining_));
    remaining_ = path_;
    return {};
}

Result<void> Walk::follow(const Key& link) {
    if (++links_ > kMaximumLinks) return fail(STATUS_TOO_MANY_LINKS);
    String path = TRY(redirect(link, remaining_));
    path_ = std::move(path);
    remaining_ = without_outer_backslashes(TRY(below_root(path_)));
    current_ = Ref<Key>(*g_root);
    return {};
}

Result<std::optional<Place>> Walk::go_on(const ke::Slice* slice) {
    Key* key = current_.get();
    while (!remaining_.empty()) {
        if (slice && slice->over()) {
            current_ = Ref<Key>(key);
            return std::nullopt;
        }
        std::u16string_view name = take_component(remaining_);
        if (name.empty()) return fail(STATUS_OBJECT_NAME_INVALID);
        if (name.size() > Key::kMaximumName) return fail(STATUS_INVALID_PARAMETER);
        Key* next = key->find(name);
        if (!next && !remaining_.empty()) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
        if (!next) return Place{{}, Ref<Key>(key), TRY(String::create(name))};
        key = next;
        if (next->hive() && !next->hive()->by_name()) [[unlikely]]
            return fail(STATUS_ACCESS_DENIED);
        if (!next->is_link() || (remaining_.empty() && open_link_)) continue;
        TRY(follow(*next));
        key = current_.get();
    }
    return Place{Ref<Key>(key), {}, {}};
}

// A walk that its call's next slice goes on with: the name as it was when the call began. The caller pays for
// it as long as it is kept.
class KeptWalk final : public ke::Kept {
public:
    KeptWalk(Walk walk, const ke::Call::Attributes& attributes)
        : walk_(std::move(walk)), root_(attributes.root), name_address_(attributes.name_address) {}
    bool is_of(const ke::Call::Attributes& attributes) const {
        return root_ == attributes.root && name_address_ == attributes.name_address;
    }
    Result<std::optional<Place>> go_on(const ke::Slice& slice) { return walk_.go_on(&slice); }
    Result<void> hold(ke::Client& client) {
        TRY(walk_.own_path());
        charge_ = ob::Charge();
        charge_ = TRY(ob::Charge::take(client, sizeof(KeptWalk) + walk_.memory()));
        return {};
    }

private:
    Walk walk_;
    HANDLE root_;
    uint64_t name_address_;
    ob::Charge charge_;
};

}  // namespace

Key& root() {
    ASSERT(g_root);
    return *g_root;
}

Result<Place> walk(Key& start, std::u16string_view path, bool open_link) {
    if (start.is_deleted()) return fail(STATUS_KEY_DELETED);
    return std::move(*TRY(Walk(start, path, open_link).go_on(nullptr)));
}

Result<Place> lookup(ke::Call& call, const ke::Call::Attributes& attributes, bool open_link) {
    // Names of 64 KiB are copied before and after.
    ke::Slice slice(ke::slice_ticks / 2);
    Own<KeptWalk> kept = call.take_kept<KeptWalk>();
    if (kept && !kept->is_of(attributes)) kept.reset();
    if (!kept) {
        ob::Found found = TRY(ob::lookup(call, attributes));
        auto* object = ob::as<KeyObject>(*found.object);
        if (!object) return fail(STATUS_OBJECT_TYPE_MISMATCH);
        if (object->key().is_deleted()) return fail(STATUS_KEY_DELETED);
        Walk walk(object->key(), found.rest, open_link);
        auto place = TRY(walk.go_on(&slice));
        if (place) return std::move(*place);
        TRY(walk.own_path());
        kept = TRY(make_own<KeptWalk>(std::move(walk), attributes));
    } else {
        auto place = TRY(kept->go_on(slice));
        if (place) return std::move(*place);
    }
    TRY(kept->hold(call.client()));
    call.keep(std::move(kept));
    return fail(call.again(call.progress()));
}

ke::Task<Result<Place>> find_place(ke::Call& call, ke::Call::Attributes attributes, bool open_link) {
    Ref<Key> start(root());
    std::u16string_view path = attributes.name;
    if (attributes.root) {
        start = Ref<Key>(CO_TRY(ob::resolve<KeyObject>(call, attributes.root, 0))->key());
        if (path.starts_with(u'\\')) co_return fail(STATUS_OBJECT_PATH_SYNTAX_BAD);
    } else {
        path = CO_TRY(below_root(path));
    }
    if (start->is_deleted()) co_return fail(STATUS_KEY_DELETED);
    Walk walk(*start, path, open_link);
    std::optional<Place> place;
    auto step = [&]() -> Result<bool> {
        ke::Slice slice;
        place = TRY(walk.go_on(&slice));
        return place.has_value();
    };
    NTSTATUS status = co_await ke::in_slices(call.thread(), step);
    if (!NT_SUCCESS(status)) co_return fail(status);
    co_return std::move(*place);
}

Result<Ref<Key>> open_key(std::u16string_view path) {
    Place place = TRY(walk(root(), TRY(below_root(path)), false));
    if (!place.key) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    return std::move(place.key);
}

Result<Ref<Key>> create_key(std::u16string_view path) {
    std::u16string_view rest = without_outer_backslashes(TRY(below_root(path)));
    Ref<Key> key(root());
    while (!rest.empty()) {
        std::u16string_view name = take_component(rest);
        Place place = TRY(walk(*key, name, false));
        key = place.key ? std::move(place.key) : TRY(place.parent->add(place.name, {}, false));
    }
    return key;
}

Result<uint32_t> read_dword(const Key& key, std::u16string_view name) {
    const Value* value = TRY(typed_value(key, name, REG_DWORD, REG_DWORD));
    uint32_t number;
    if (value->data->size() != sizeof(number)) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    memcpy(&number, value->data->from(0).data(), sizeof(number));
    return number;
}

Result<String> read_string(const Key& key, std::u16string_view name, size_t most) {
    const Value* value = TRY(typed_value(key, name, REG_SZ, REG_EXPAND_SZ));
    Vector<uint8_t> data = TRY(value->data->bytes(most));
    return String::create(text_of(data.span()));
}

Result<Vector<String>> read_strings(const Key& key, std::u16string_view name) {
    const Value* value = TRY(typed_value(key, name, REG_MULTI_SZ, REG_MULTI_SZ));
    Vector<String> strings;
    Vector<uint8_t> bytes = TRY(value->data->bytes(kLongestText));
    std::span<const uint8_t> data = bytes.span();
    while (true) {
        std::u16string_view text = text_of(data);
        if (text.empty()) return strings;
        TRY(strings.push_back(TRY(String::create(text))));
        size_t used = (text.size() + 1) * sizeof(char16_t);
        data = data.subspan(used < data.size() ? used : data.size());
    }
}

Result<void> write_dword(Key& key, std::u16string_view name, uint32_t value) {
    uint8_t bytes[sizeof(value)];
    memcpy(bytes, &value, sizeof(value));
    return key.set_value(name, REG_DWORD, bytes);
}

Result<void> write_string(Key& key, std::u16string_view name, std::u16string_view text) {
    String terminated = TRY(String::create(text));
    TRY(terminated.append(u'\0'));
    auto* bytes = reinterpret_cast<const uint8_t*>(terminated.view().data());
    return key.set_value(name, REG_SZ, {bytes, terminated.length() * sizeof(char16_t)});
}

Result<void> initialize() {
    set_limit(mm::memory_counts().total_pages * mm::kPageSize / 8);
    if (!g_root) g_root = TRY(Key::create_root()).leak();
    Ref<KeyObject> object = TRY(KeyObject::create(Ref<Key>(*g_root)));
    TRY(ob::insert_path(kRootPath, *object, true));
    // Not what a name of the Executive's has, but what a hive has.
    TRY(g_root->set_security(TRY(KeySecurity::usual())->descriptor()));
    for (const char16_t* path :
         {u"\\Registry\\Machine\\Hardware\\Description\\System", u"\\Registry\\Machine\\Software",
          u"\\Registry\\Machine\\System\\CurrentControlSet\\Services",
          u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager",
          u"\\Registry\\User\\.Default", u"\\Registry\\User\\S-1-5-18"})
        TRY(create_key(path));
    return {};
}

}  // namespace cm
