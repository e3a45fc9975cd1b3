// SPDX-License-Identifier: GPL-3.0-only
//
// Services on registry values.
#include "executive/cm/cm.hpp"
#include "executive/cm/information.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

constexpr std::u16string_view kLinkValue = u"SymbolicLinkValue";

Result<Ref<cm::KeyObject>> live_key(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    auto object = TRY(ob::resolve<cm::KeyObject>(call, handle, access));
    if (object->key().is_deleted()) return fail(STATUS_KEY_DELETED);
    return object;
}

}  // namespace

NTSTATUS NtSetValueKey(ke::Call& call, const NtSetValueKeyArgs& args) {
    auto object = TRY(live_key(call, args.KeyHandle, args.KeyHandleAccess));
    String name = TRY(call.capture_string(args.ValueName));
    if (name.length() > cm::Key::kMaximumValueName) return STATUS_INVALID_PARAMETER;
    if (args.Data.length > cm::Key::limit()) return STATUS_REGISTRY_QUOTA_LIMIT;
    cm::Key& key = object->key();
    if (key.is_link() && (args.Type != REG_LINK || !equal_ignore_case(name, kLinkValue)))
        return STATUS_ACCESS_DENIED;
    Vector<uint8_t> data;
    TRY(data.resize(args.Data.length));
    TRY(call.copy_in(data.data(), args.Data));
    return to_status(key.set_value(name, args.Type, data.span()));
}

NTSTATUS NtDeleteValueKey(ke::Call& call, const NtDeleteValueKeyArgs& args) {
    auto object = TRY(live_key(call, args.KeyHandle, args.KeyHandleAccess));
    String name = TRY(call.capture_string(args.ValueName));
    return to_status(object->key().remove_value(name));
}

NTSTATUS NtQueryValueKey(ke::Call& call, const NtQueryValueKeyArgs& args) {
    auto object = TRY(live_key(call, args.KeyHandle, args.KeyHandleAccess));
    String name = TRY(call.capture_string(args.ValueName));
    const cm::Value* value = object->key().find_value(name);
    if (!value) return STATUS_OBJECT_NAME_NOT_FOUND;
    return cm::give_value_information(call, *value, args.KeyValueInformationClass, args.KeyValueInformation,
                                      args.ResultLength);
}

NTSTATUS NtEnumerateValueKey(ke::Call& call, const NtEnumerateValueKeyArgs& args) {
    auto object = TRY(live_key(call, args.KeyHandle, args.KeyHandleAccess));
    const cm::Key& key = object->key();
    if (args.Index >= key.value_count()) return STATUS_NO_MORE_ENTRIES;
    return cm::give_value_information(call, key.value(args.Index), args.KeyValueInformationClass,
                                      args.KeyValueInformation, args.ResultLength);
}
