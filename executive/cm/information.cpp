// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/information.hpp"

#include <string.h>

#include <algorithm>

#include "executive/cm/key_name.hpp"
#include "executive/ke/slice.hpp"

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

Result<void> add_name(ke::Call& call, ob::Answer& answer, const Key& key) {
    String path = TRY(full_name(call, key));
    TRY(answer.expect(sizeof(ULONG) + bytes_of(path)));
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
    {KeyCachedInformation, sizeof(KEY_CACHED_INFORMATION), add_cached},
    {KeyFlagsInformation, 12, add_flags},
};

// What is told of a value: a structure, the name in some, zeros up to where the data begins, the data.
struct ValueForm {
    uint8_t header[offsetof(KEY_VALUE_FULL_INFORMATION, Name)];
    size_t fixed = 0;  // bytes of it, which no caller's buffer may be too short for
    std::span<const uint8_t> name;
    size_t data = 0;  // where it begins
    size_t all = 0;   // bytes

    template <typename... Numbers>
    void set_header(Numbers... numbers) {
        const ULONG words[] = {numbers...};
        static_assert(sizeof(words) <= sizeof(header));
        memcpy(header, words, sizeof(words));
        fixed = data = all = sizeof(words);
    }
};

// STATUS_INVALID_PARAMETER for an unknown class.
Result<ValueForm> value_form(const Value& value, ULONG which) {
    ValueForm form;
    ULONG size = static_cast<ULONG>(value.data->size());
    ULONG name = bytes_of(value.name);
    switch (which) {
        case KeyValueBasicInformation:
            form.set_header(ULONG{0}, value.type, name);
            break;
        case KeyValuePartialInformation:
            form.set_header(ULONG{0}, value.type, size);
            break;
        case KeyValuePartialInformationAlign64:
            form.set_header(value.type, size);
            break;
        case KeyValueFullInformation:
        case KeyValueFullInformationAlign64: {
            size_t begin = align_up(sizeof(form.header) + name, 8);
            form.set_header(ULONG{0}, value.type, static_cast<ULONG>(begin), size, name);
            form.data = size > 0 ? begin : sizeof(form.header) + name;
            break;
        }
        default:
            return fail(STATUS_INVALID_PARAMETER);
    }
    bool named = which != KeyValuePartialInformation && which != KeyValuePartialInformationAlign64;
    if (named) form.name = {reinterpret_cast<const uint8_t*>(value.name.view().data()), size_t{name}};
    if (which == KeyValueBasicInformation) {
        form.data = form.all = form.fixed + name;
    } else {
        form.all = form.data + size;
    }
    return form;
}

// Some of its bytes from `at` on. REQUIRES: at < form.all.
std::span<const uint8_t> part_of(const ValueForm& form, const ValueData& data, size_t at) {
    static constexpr uint8_t kZeros[8] = {};
    constexpr size_t kPart = 2048;
    if (at < form.fixed) return std::span(form.header).subspan(at, form.fixed - at);
    if (at - form.fixed < form.name.size()) {
        auto rest = form.name.subspan(at - form.fixed);
        return rest.first(std::min(kPart, rest.size()));
    }
    if (at < form.data) return std::span(kZeros).first(form.data - at);
    return data.from(at - form.data);
}

// How far the telling of a value came: its bytes that were delivered, marked, so that it is not taken for a
// search that came as far; the data they are of; the value.
constexpr uint64_t kTelling = uint64_t{1} << 63;

}  // namespace

NTSTATUS give_key_information(ke::Call& call, const Key& key, ULONG which, ke::UserOutBuffer out,
                              ke::UserOut<ULONG> length) {
    ob::Answer answer(out);
    if (which == KeyNameInformation) {
        TRY(add_name(call, answer, key));
        return answer.deliver_part(call, length, offsetof(KEY_NAME_INFORMATION, Name));
    }
    for (const Form& form : kForms) {
        if (form.which != which) continue;
        TRY(form.add(answer, key));
        return answer.deliver_part(call, length, form.fixed);
    }
    return STATUS_INVALID_PARAMETER;
}

Value* value_being_told(const ke::Call& call, const Key& key) {
    const ke::Progress& progress = call.progress();
    Value* value = progress.done & kTelling ? key.value_of(progress.detail) : nullptr;
    return value && value->data->serial() == progress.cursor ? value : nullptr;
}

NTSTATUS give_value_information(ke::Call& call, const Value& value, ULONG which, ke::UserOutBuffer out,
                                ke::UserOut<ULONG> length) {
    ValueForm form = TRY(value_form(value, which));
    const ValueData& data = *value.data;
    if (out.length < form.fixed) {
        TRY(call.write(length, static_cast<ULONG>(form.all)));
        return STATUS_BUFFER_TOO_SMALL;
    }
    size_t fits = std::min(form.all, out.length);
    const ke::Progress& progress = call.progress();
    bool told = (progress.done & kTelling) && progress.cursor == data.serial();
    size_t done = told ? std::min<size_t>(progress.done & ~kTelling, fits) : 0;
    for (ke::Slice slice; done < fits;) {
        std::span<const uint8_t> part = part_of(form, data, done);
        part = part.first(std::min(part.size(), fits - done));
        TRY(call.memory().copy_out(out.address + done, part.data(), part.size()));
        done += part.size();
        if (done < fits && slice.over())
            return call.again({.done = kTelling | done, .cursor = data.serial(), .detail = value.order});
    }
    TRY(call.write(length, static_cast<ULONG>(form.all)));
    return fits == form.all ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

}  // namespace cm
