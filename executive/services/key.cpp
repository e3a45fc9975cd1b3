// SPDX-License-Identifier: GPL-3.0-only
//
// Services on registry keys.
#include "executive/cm/cm.hpp"
#include "executive/cm/information.hpp"
#include "executive/se/access_check.hpp"
#include "executive/se/assign.hpp"
#include "executive/se/kernel_mode.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

constexpr ACCESS_MASK kWow64Views = KEY_WOW64_64KEY | KEY_WOW64_32KEY;

// A driver's calls are the kernel's here: its keys are the system's.
bool is_checked(ke::Call& call) {
    return !call.client().is_driver_host();
}

// What REG_OPTION_BACKUP_RESTORE gives in place of what is asked for, whatever the key's list says (MSDN,
// "RegCreateKeyEx").
Result<ACCESS_MASK> access_for_backup(ke::Call& call) {
    ACCESS_MASK granted = 0;
    if (se::holds_privilege(call, SE_BACKUP_PRIVILEGE)) granted |= ACCESS_SYSTEM_SECURITY | KEY_READ;
    if (se::holds_privilege(call, SE_RESTORE_PRIVILEGE))
        granted |= ACCESS_SYSTEM_SECURITY | DELETE | KEY_WRITE;
    return granted ? Result<ACCESS_MASK>(granted) : fail(STATUS_ACCESS_DENIED);
}

// Gives a handle with what the key grants; who has just made it gets all.
Result<void> give_key(ke::Call& call, ke::UserOut<HANDLE> out, Ref<cm::Key> key, ACCESS_MASK desired,
                      ULONG attributes, ULONG options, bool made) {
    desired &= ~kWow64Views;
    Ref<cm::KeyObject> object = TRY(cm::KeyObject::create(std::move(key), call.client().id()));
    if (is_checked(call) && (options & REG_OPTION_BACKUP_RESTORE))
        return ob::give_handle(call, out, std::move(object), TRY(access_for_backup(call)), attributes);
    if (made) return ob::open_handle(call, out, std::move(object), desired, attributes);
    if (!is_checked(call)) {
        ACCESS_MASK all = TRY(ob::creator_access(call, object->type(), desired));
        return ob::give_handle(call, out, std::move(object), se::less_guard_rights(all), attributes);
    }
    ACCESS_MASK granted = TRY(ob::check_access(call, *object, desired));
    return ob::give_handle(call, out, std::move(object), granted, attributes);
}

Result<void> check_making(ke::Call& call, const cm::Key& parent, ACCESS_MASK access, ULONG options) {
    if (!is_checked(call)) return {};
    if ((options & REG_OPTION_BACKUP_RESTORE) && se::holds_privilege(call, SE_RESTORE_PRIVILEGE)) return {};
    TRY(se::check_access(se::subject(call), cm::KeyObject::kType, parent.security()->bytes(), access));
    return {};
}

// What a new key below this one gets. NT inherits to keys as to files, and marks what is inherited.
Result<Ref<ob::Descriptor>> new_security(ke::Call& call, const cm::Key& parent, uint64_t asked) {
    Vector<uint8_t> bytes = TRY(ob::capture_security(call, asked));
    se::Assignment assignment{cm::KeyObject::kType, bytes.span(), parent.security()->bytes()};
    assignment.is_container = true;
    assignment.flags = SEF_DACL_AUTO_INHERIT | SEF_SACL_AUTO_INHERIT;
    return ob::Descriptor::of(TRY(se::assigned_descriptor(call, assignment)));
}

NTSTATUS open_key(ke::Call& call, ke::UserOut<HANDLE> out, ACCESS_MASK desired,
                  ke::UserIn<OBJECT_ATTRIBUTES> in, ULONG options) {
    auto attributes = TRY(call.capture_attributes(in));
    if (!attributes.given) return STATUS_ACCESS_VIOLATION;
    bool open_link = (options & REG_OPTION_OPEN_LINK) || (attributes.flags & OBJ_OPENLINK);
    cm::Place place = TRY(cm::lookup(call, attributes, open_link));
    if (!place.key) return STATUS_OBJECT_NAME_NOT_FOUND;
    return to_status(give_key(call, out, std::move(place.key), desired, attributes.flags, options, false));
}

Result<String> capture_class(ke::Call& call, ke::UserIn<UNICODE_STRING> in) {
    if (in.null()) return String();
    return call.capture_string(in);
}

// Makes the key that is missing and gives a handle to it; without a handle there is no key either.
Result<void> make_key(ke::Call& call, const NtCreateKeyArgs& args, const cm::Place& place,
                      const ke::Call::Attributes& attributes) {
    bool link = args.CreateOptions & REG_OPTION_CREATE_LINK;
    if (place.parent->is_link()) return fail(STATUS_ACCESS_DENIED);
    TRY(check_making(call, *place.parent, KEY_CREATE_SUB_KEY | (link ? KEY_CREATE_LINK : 0),
                     args.CreateOptions));
    String key_class = TRY(capture_class(call, args.Class));
    bool is_volatile = args.CreateOptions & REG_OPTION_VOLATILE;
    auto security = TRY(new_security(call, *place.parent, attributes.security_descriptor));
    Ref<cm::Key> key = TRY(place.parent->add(place.name, key_class, is_volatile, std::move(security)));
    if (args.CreateOptions & REG_OPTION_CREATE_LINK) key->make_link();
    auto given =
        give_key(call, args.KeyHandle, key, args.DesiredAccess, attributes.flags, args.CreateOptions, true);
    if (!given) MUST(key->remove());
    return given;
}

}  // namespace

NTSTATUS NtCreateKey(ke::Call& call, const NtCreateKeyArgs& args) {
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    if (!attributes.given) return STATUS_ACCESS_VIOLATION;
    TRY(call.probe(args.Disposition));
    bool link = args.CreateOptions & (REG_OPTION_CREATE_LINK | REG_OPTION_OPEN_LINK);
    cm::Place place = TRY(cm::lookup(call, attributes, link));
    if (place.key) {
        if (args.CreateOptions & REG_OPTION_CREATE_LINK) return STATUS_OBJECT_NAME_COLLISION;
        TRY(give_key(call, args.KeyHandle, std::move(place.key), args.DesiredAccess, attributes.flags,
                     args.CreateOptions, false));
        return to_status(call.write(args.Disposition, REG_OPENED_EXISTING_KEY));
    }
    TRY(make_key(call, args, place, attributes));
    return to_status(call.write(args.Disposition, REG_CREATED_NEW_KEY));
}

NTSTATUS NtOpenKey(ke::Call& call, const NtOpenKeyArgs& args) {
    return open_key(call, args.KeyHandle, args.DesiredAccess, args.ObjectAttributes, 0);
}

NTSTATUS NtOpenKeyEx(ke::Call& call, const NtOpenKeyExArgs& args) {
    if (args.OpenOptions & ~(REG_OPTION_OPEN_LINK | REG_OPTION_BACKUP_RESTORE | REG_OPTION_VOLATILE))
        return STATUS_INVALID_PARAMETER_4;
    return open_key(call, args.KeyHandle, args.DesiredAccess, args.ObjectAttributes, args.OpenOptions);
}

NTSTATUS NtDeleteKey(ke::Call& call, const NtDeleteKeyArgs& args) {
    auto object = TRY(ob::resolve<cm::KeyObject>(call, args.KeyHandle, args.KeyHandleAccess));
    if (object->key().is_deleted()) return STATUS_SUCCESS;
    return to_status(object->key().remove());
}

NTSTATUS NtRenameKey(ke::Call& call, const NtRenameKeyArgs& args) {
    auto object = TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    String name = TRY(call.capture_string(args.NewName));
    return to_status(object->key().rename(name));
}

NTSTATUS NtQueryKey(ke::Call& call, const NtQueryKeyArgs& args) {
    // The name alone can be asked for with any access.
    ULONG which = args.KeyInformationClass;
    ACCESS_MASK access =
        which == KeyNameInformation || which == KeyHandleTagsInformation ? 0 : KEY_QUERY_VALUE;
    auto object = TRY(cm::live_key(call, args.KeyHandle, access));
    return cm::give_key_information(call, object->key(), which, args.KeyInformation, args.ResultLength);
}

NTSTATUS NtEnumerateKey(ke::Call& call, const NtEnumerateKeyArgs& args) {
    auto object = TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    Ref<cm::Key> key = cm::subkey(object->key(), args.Index);
    if (!key) return STATUS_NO_MORE_ENTRIES;
    return cm::give_key_information(call, *key, args.KeyInformationClass, args.KeyInformation,
                                    args.ResultLength);
}

NTSTATUS NtSetInformationKey(ke::Call& call, const NtSetInformationKeyArgs& args) {
    auto object = TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    LARGE_INTEGER time;
    switch (args.KeySetInformationClass) {
        case KeyWriteTimeInformation:
            if (args.KeySetInformation.length != sizeof(time)) return STATUS_INFO_LENGTH_MISMATCH;
            TRY(call.copy_in(&time, args.KeySetInformation));
            object->key().set_last_write(static_cast<uint64_t>(time.QuadPart));
            return STATUS_SUCCESS;
        case KeyWow64FlagsInformation:
        case KeyControlFlagsInformation:
            // Flags of redirection and virtualisation, neither of which is done here.
            return args.KeySetInformation.length == sizeof(ULONG) ? STATUS_SUCCESS
                                                                  : STATUS_INFO_LENGTH_MISMATCH;
        default:
            return STATUS_INVALID_PARAMETER;
    }
}
