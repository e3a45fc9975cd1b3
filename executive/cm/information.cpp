// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/information.hpp"

namespace cm {

namespace {

ULONG bytes_of(std::u16string_view text) {
    return static_cast<ULONG>(text.size() * sizeof(char16_t));
}

LARGE_INTEGER write_time(const Key& key) {
    LARGE_INTEGER time;
    time.QuadPart = static_cast<LONGLONG>(key.last_write());
    return time;
}

Result<void> add_basic(ob::Answer& answer, const Key& key) {
    KEY_BASIC_INFORMATION basic{};
    basic.LastWriteTime = write_time(key);
    basic.NameLength = bytes_of(key.name());
    TRY(answer.append(&basic, offsetof(KEY_BASIC_INFORMATION, Name)));
    TRY(answer.append_text(key.name()));
    return {};
}

Result<void> add_node(ob::Answer& answer, const Key& key) {
    constexpr ULONG kFixed = offsetof(KEY_NODE_INFORMATION, Name);
    KEY_NODE_INFORMATION node{};
    node.LastWriteTime = write_time(key);
    node.NameLength = bytes_of(key.name());
    node.ClassLength = bytes_of(key.key_class());
    node.ClassOffset = node.ClassLength ? kFixed + node.NameLength : ~ULONG{0};
    TRY(answer.append(&node, kFixed));
    TRY(answer.append_text(key.name()));
    TRY(answer.append_text(key.key_class()));
    return {};
}

// Structures that count subkeys and values have these members in common.
template <typename T>
void count(T& counts, const Key& key) {
    counts.LastWriteTime = write_time(key);
    counts.SubKeys = static_cast<ULONG>(key.subkey_count());
    counts.Values = static_cast<ULONG>(key.value_count());
    counts.MaxNameLen = key.largest().name;
    counts.MaxValueNameLen = key.largest().value_name;
    counts.MaxValueDataLen = key.largest().value_data;
}

Result<void> add_full(ob::Answer& answer, const Key& key) {
    constexpr ULONG kFixed = offsetof(KEY_FULL_INFORMATION, Class);
    KEY_FULL_INFORMATION full{};
    count(full, key);
    full.MaxClassLen = key.largest().key_class;
    full.ClassLength = bytes_of(key.key_class());
    full.ClassOffset = full.ClassLength ? kFixed : ~ULONG{0};
    TRY(answer.append(&full, kFixed));
    TRY(answer.append_text(key.key_class()));
    return {};
}

Result<void> add_cached(ob::Answer& answer, const Key& key) {
    KEY_CACHED_INFORMATION cached{};
    count(cached, key);
    cached.NameLength = bytes_of(key.name());
    TRY(answer.append(cached));
    return {};
}

Result<void> add_name(ob::Answer& answer, const Key& key) {
    String path = TRY(key.path());
    TRY(answer.append(bytes_of(path)));
    TRY(answer.append_text(path));
    return {};
}

Result<void> add_flags(ob::Answer& answer, const Key& key) {
    constexpr ULONG kVolatile = 1;
    struct {
        ULONG wow64, key, control;
    } flags = {0, key.is_volatile() ? kVolatile : 0, 0};
    TRY(answer.append(flags));
    return {};
}

struct Form {
    ULONG which;
    size_t fixed;
    Result<void> (*add)(ob::Answer& answer, const Key& key);
};

constexpr Form kForms[] = {
    {KeyBasicInformation, offsetof(KEY_BASIC_INFORMATION, Name), add_basic},
    {KeyNodeInformation, offsetof(KEY_NODE_INFORMATION, Name), add_node},
    {KeyFullInformation, offsetof(KEY_FULL_INFORMATION, Class), add_full},
    {KeyNameInformation, offsetof(KEY_NAME_INFORMATION, Name), add_name},
    {KeyCachedInformation, sizeof(KEY_CACHED_INFORMATION), add_cached},
    {KeyFlagsInformation, 12, add_flags},
};

Result<void> add_value_full(ob::Answer& answer, const Value& value) {
    KEY_VALUE_FULL_INFORMATION full{};
    full.Type = value.type;
    full.DataLength = static_cast<ULONG>(value.data.size());
    full.NameLength = bytes_of(value.name);
    size_t names_end = offsetof(KEY_VALUE_FULL_INFORMATION, Name) + full.NameLength;
    full.DataOffset = static_cast<ULONG>(align_up(names_end, 8));
    TRY(answer.append(&full, offsetof(KEY_VALUE_FULL_INFORMATION, Name)));
    TRY(answer.append_text(value.name));
    if (value.data.empty()) return {};
    TRY(answer.align(8));
    TRY(answer.append(value.data.data(), value.data.size()));
    return {};
}

Result<void> add_value_partial(ob::Answer& answer, const Value& value) {
    ULONG header[] = {0, value.type, static_cast<ULONG>(value.data.size())};
    TRY(answer.append(header, sizeof(header)));
    TRY(answer.append(value.data.data(), value.data.size()));
    return {};
}

}  // namespace

NTSTATUS give_key_information(const ke::Call& call, const Key& key, ULONG which, ke::UserOutBuffer out,
                              ke::UserOut<ULONG> length) {
    for (const Form& form : kForms) {
        if (form.which != which) continue;
        ob::Answer answer(out);
        TRY(form.add(answer, key));
        return answer.deliver_part(call, length, form.fixed);
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS give_value_information(const ke::Call& call, const Value& value, ULONG which, ke::UserOutBuffer out,
                                ke::UserOut<ULONG> length) {
    ob::Answer answer(out);
    switch (which) {
        case KeyValueBasicInformation: {
            ULONG header[] = {0, value.type, bytes_of(value.name)};
            TRY(answer.append(header, sizeof(header)));
            TRY(answer.append_text(value.name));
            return answer.deliver_part(call, length, sizeof(header));
        }
        case KeyValueFullInformation:
        case KeyValueFullInformationAlign64:
            TRY(add_value_full(answer, value));
            return answer.deliver_part(call, length, offsetof(KEY_VALUE_FULL_INFORMATION, Name));
        case KeyValuePartialInformation:
            TRY(add_value_partial(answer, value));
            return answer.deliver_part(call, length, offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data));
        case KeyValuePartialInformationAlign64: {
            ULONG header[] = {value.type, static_cast<ULONG>(value.data.size())};
            TRY(answer.append(header, sizeof(header)));
            TRY(answer.append(value.data.data(), value.data.size()));
            return answer.deliver_part(call, length, sizeof(header));
        }
        default:
            return STATUS_INVALID_PARAMETER;
    }
}

}  // namespace cm
