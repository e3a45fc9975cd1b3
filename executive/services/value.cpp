// SPDX-License-Identifier: GPL-3.0-only
//
// Services on registry values.
#include <algorithm>

#include "executive/cm/cm.hpp"
#include "executive/cm/information.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

constexpr std::u16string_view kLinkValue = u"SymbolicLinkValue";

// The name a caller gives, which stays in its memory.
struct GivenName {
    uint64_t address;
    size_t length;  // units
};

Result<GivenName> read_name(ke::Call& call, ke::UserIn<UNICODE_STRING> in) {
    UNICODE_STRING name = TRY(call.read(in));
    if (name.Length % sizeof(char16_t) != 0) return fail(STATUS_INVALID_PARAMETER);
    if (name.Length != 0 && !name.Buffer) return fail(STATUS_ACCESS_VIOLATION);
    return GivenName{reinterpret_cast<uint64_t>(name.Buffer), name.Length / sizeof(char16_t)};
}

// The value of this name; STATUS_OBJECT_NAME_NOT_FOUND. A slice of the search may end with the answer
// "again".
Result<cm::Value*> find_value(ke::Call& call, const cm::Key& key, ke::UserIn<UNICODE_STRING> in) {
    constexpr size_t kPart = 128;
    GivenName name = TRY(read_name(call, in));
    const ke::Progress& progress = call.progress();
    cm::ValueSearch::State state;
    // Else it tells of a value that is not there any more (cm::value_being_told).
    if (progress.done > 0 && progress.done <= 2 * name.length)
        state = {progress.done, progress.cursor, progress.detail};
    cm::ValueSearch search(key, name.length, state);
    ke::Slice slice;
    while (!search.over()) {
        char16_t part[kPart];
        size_t length = std::min(kPart, name.length - search.wanted());
        TRY(call.memory().copy_in(part, name.address + search.wanted() * sizeof(char16_t),
                                  length * sizeof(char16_t)));
        search.take({part, length});
        if (!search.over() && slice.over()) {
            const cm::ValueSearch::State& reached = search.state();
            return fail(call.again({reached.taken, reached.hash, reached.order}));
        }
    }
    if (!search.found()) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    return search.found();
}

// A value about to be set: its data is copied, then its key searched for one of its name.
class Setting {
public:
    // REQUIRES: the key and the name outlive it.
    Setting(ke::Call& call, cm::Key& key, std::u16string_view name, const NtSetValueKeyArgs& args,
            Ref<cm::ValueData> data)
        : call_(call),
          key_(key),
          name_(name),
          type_(args.Type),
          from_(args.Data.address),
          data_(std::move(data)),
          search_(key, name.size()),
          version_(key.values_version()) {}

    // A slice; true when it is set.
    Result<bool> step() {
        constexpr size_t kPart = 128;
        ke::Slice slice;
        while (data_->filled() < data_->size()) {
            uint64_t at = from_ + data_->filled();
            std::span<uint8_t> room = TRY(data_->extend());
            TRY(call_.memory().copy_in(room.data(), at, room.size()));
            if (slice.over()) return false;
        }
        if (search_.hashed() && version_ != key_.values_version()) search_.compare_anew();
        version_ = key_.values_version();
        while (!search_.over()) {
            search_.take(name_.substr(search_.wanted(), kPart));
            if (!search_.over() && slice.over()) return false;
        }
        TRY(key_.set_value(search_.found(), name_, search_.state().hash, type_, std::move(data_)));
        return true;
    }

private:
    ke::Call& call_;
    cm::Key& key_;
    std::u16string_view name_;
    ULONG type_;
    uint64_t from_;
    Ref<cm::ValueData> data_;
    cm::ValueSearch search_;
    uint64_t version_;
};

}  // namespace

ke::Task<NTSTATUS> NtSetValueKey(ke::Call& call, NtSetValueKeyArgs args) {
    auto object = CO_TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    String name = CO_TRY(call.capture_string(args.ValueName));
    if (name.length() > cm::Key::kMaximumValueName) co_return STATUS_INVALID_PARAMETER;
    auto data = CO_TRY(cm::ValueData::create(args.Data.length));
    cm::Key& key = object->key();
    if (key.is_link() && (args.Type != REG_LINK || !equal_ignore_case(name, kLinkValue)))
        co_return STATUS_ACCESS_DENIED;
    Setting setting(call, key, name, args, std::move(data));
    if (CO_TRY(setting.step())) co_return STATUS_SUCCESS;
    co_return co_await ke::in_slices(call.thread(), [&setting] { return setting.step(); });
}

NTSTATUS NtDeleteValueKey(ke::Call& call, const NtDeleteValueKeyArgs& args) {
    auto object = TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    object->key().remove_value(*TRY(find_value(call, object->key(), args.ValueName)));
    return STATUS_SUCCESS;
}

NTSTATUS NtQueryValueKey(ke::Call& call, const NtQueryValueKeyArgs& args) {
    auto object = TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    const cm::Value* value = cm::value_being_told(call, object->key());
    if (!value) value = TRY(find_value(call, object->key(), args.ValueName));
    return cm::give_value_information(call, *value, args.KeyValueInformationClass, args.KeyValueInformation,
                                      args.ResultLength);
}

NTSTATUS NtEnumerateValueKey(ke::Call& call, const NtEnumerateValueKeyArgs& args) {
    auto object = TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    const cm::Key& key = object->key();
    if (args.Index >= key.value_count()) return STATUS_NO_MORE_ENTRIES;
    return cm::give_value_information(call, key.value(args.Index), args.KeyValueInformationClass,
                                      args.KeyValueInformation, args.ResultLength);
}
