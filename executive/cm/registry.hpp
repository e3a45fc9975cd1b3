// SPDX-License-Identifier: GPL-3.0-only
//
// The registry as a whole: one tree of keys at \Registry, volatile: filled at boot from the seed file, gone
// at power-off.
#pragma once

#include "executive/cm/key.hpp"
#include "executive/ke/call.hpp"

namespace cm {

// \Registry. REQUIRES: cm::initialize() has been called.
Key& root();

struct Place {
    Ref<Key> key;     // null: only the last component is missing
    Ref<Key> parent;  // where it would go
    String name;
};
// Walks from a key along a relative path (backslashes at either end are allowed, and several between two
// components), following links.
// STATUS_OBJECT_NAME_NOT_FOUND when more than the last component is missing, STATUS_OBJECT_NAME_INVALID,
// STATUS_INVALID_PARAMETER (a component too long), STATUS_KEY_DELETED, STATUS_TOO_MANY_LINKS,
// STATUS_ACCESS_DENIED (a hive that cannot be come into by name).
Result<Place> walk(Key& start, std::u16string_view path, bool open_link);
// Where a call's OBJECT_ATTRIBUTES lead, in slices of the call: 32 links of 64 KiB, each with hundreds of
// levels. As ob::lookup() and walk(); STATUS_OBJECT_TYPE_MISMATCH for what is no key.
Result<Place> lookup(ke::Call& call, const ke::Call::Attributes& attributes, bool open_link);

// The same for a service that has waited already, or may: by the pacer. An absolute name begins with
// \Registry.
ke::Task<Result<Place>> find_place(ke::Call& call, ke::Call::Attributes attributes, bool open_link);

// --- for the Executive's own use; paths begin with \Registry
// STATUS_OBJECT_NAME_NOT_FOUND.
Result<Ref<Key>> open_key(std::u16string_view path);
// Makes missing keys on the way.
Result<Ref<Key>> create_key(std::u16string_view path);
// The values, with their types checked: STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH.
Result<uint32_t> read_dword(const Key& key, std::u16string_view name);
// The Executive itself takes no longer text, in bytes.
inline constexpr size_t kLongestText = UNICODE_STRING_MAX_CHARS * sizeof(char16_t);
// REG_SZ or REG_EXPAND_SZ, without its terminating zero. STATUS_NAME_TOO_LONG when it has more than `most`
// bytes.
Result<String> read_string(const Key& key, std::u16string_view name, size_t most = kLongestText);
// REG_MULTI_SZ.
Result<Vector<String>> read_strings(const Key& key, std::u16string_view name);
Result<void> write_dword(Key& key, std::u16string_view name, uint32_t value);
Result<void> write_string(Key& key, std::u16string_view name, std::u16string_view text);
// The subkey at this place in the order of names, or null.
inline Ref<Key> subkey(const Key& key, size_t index) {
    return index < key.subkey_count() ? Ref<Key>(key.subkey(index)) : Ref<Key>();
}

}  // namespace cm
