// SPDX-License-Identifier: GPL-3.0-only
//
// Services on handles of every type.
#include "abi/nt/ntobapi.h"
#include "abi/nt/ntseapi.h"
#include "executive/cm/cm.hpp"
#include "executive/cm/key_name.hpp"
#include "executive/ob/ob.hpp"
#include "executive/services.hpp"

namespace {

using namespace base;

// Pseudo handles (-1 to -6) can be closed to no effect.
bool is_pseudo(HANDLE handle) {
    int64_t value = reinterpret_cast<int64_t>(handle);
    return value >= -6 && value <= -1;
}

// In slices of the call.
Result<String> name_of(ke::Call& call, ob::Object& object) {
    auto* key = ob::as<cm::KeyObject>(object);
    return key ? cm::full_name(call, key->key()) : ob::full_name(call, object);
}

NTSTATUS give_basic(ke::Call& call, const NtQueryObjectArgs& args, const ob::Resolved& resolved) {
    ob::Object& object = *resolved.object;
    Result<String> name = name_of(call, object);
    // A name that no UNICODE_STRING holds cannot be asked for.
    if (!name && name.error() != STATUS_NAME_TOO_LONG) return name.error();
    ob::HandleEntry* entry = call.handles().find(args.Handle);
    OBJECT_BASIC_INFORMATION basic{};
    if (entry) basic.Attributes = entry->attributes;
    if (object.permanent()) basic.Attributes |= OBJ_PERMANENT;
    basic.GrantedAccess = resolved.granted;
    basic.HandleCount = object.handle_count();
    // Ours, held during this call, does not count.
    basic.PointerCount = object.reference_count() - 1;
    if (name && !name->empty())
        basic.NameInfoSize = static_cast<ULONG>(sizeof(OBJECT_NAME_INFORMATION) + 2 * name->length() + 2);
    basic.TypeInfoSize =
        static_cast<ULONG>(sizeof(OBJECT_TYPE_INFORMATION) + 2 * object.type().view().size() + 2);
    basic.SecurityDescriptorSize = static_cast<ULONG>(object.security().size());
    return ob::give_exact(call, args.ObjectInformation, args.ReturnLength, basic);
}

NTSTATUS give_name(ke::Call& call, const NtQueryObjectArgs& args, ob::Object& object) {
    String name = TRY(name_of(call, object));
    ob::Answer answer(args.ObjectInformation);
    TRY(answer.expect(sizeof(OBJECT_NAME_INFORMATION) + 2 * (name.length() + 1)));
    size_t header = TRY(answer.append(OBJECT_NAME_INFORMATION{}));
    if (!name.empty()) answer.put(header, OBJECT_NAME_INFORMATION{TRY(answer.append_string(name))});
    bool header_fits = args.ObjectInformation.length >= sizeof(OBJECT_NAME_INFORMATION);
    return answer.deliver(call, args.ReturnLength,
                          header_fits ? STATUS_BUFFER_OVERFLOW : STATUS_INFO_LENGTH_MISMATCH);
}

Result<void> append_type(ob::Answer& answer, const ob::Type& type) {
    OBJECT_TYPE_INFORMATION information{};
    information.TotalNumberOfObjects = type.object_count;
    information.TotalNumberOfHandles = type.handle_count;
    information.HighWaterNumberOfObjects = type.object_count;
    information.HighWaterNumberOfHandles = type.handle_count;
    information.GenericMapping = {type.mapping.read, type.mapping.write, type.mapping.execute,
                                  type.mapping.all};
    information.ValidAccessMask = type.valid_access;
    information.TypeIndex = type.index;
    information.MaintainHandleCount = TRUE;
    size_t header = TRY(answer.append(information));
    information.TypeName = TRY(answer.append_string(type.view()));
    answer.put(header, information);
    return answer.align(8);
}

NTSTATUS give_type(ke::Call& call, const NtQueryObjectArgs& args, const ob::Type& type) {
    ob::Answer answer(args.ObjectInformation);
    TRY(append_type(answer, type));
    return answer.deliver(call, args.ReturnLength);
}

NTSTATUS give_types(ke::Call& call, const NtQueryObjectArgs& args) {
    ob::Answer answer(args.ObjectInformation);
    TRY(answer.append(OBJECT_TYPES_INFORMATION{static_cast<ULONG>(ob::types().size())}));
    TRY(answer.align(8));
    for (const ob::Type* type : ob::types())
        TRY(append_type(answer, *type));
    return answer.deliver(call, args.ReturnLength);
}

NTSTATUS give_flags(ke::Call& call, const NtQueryObjectArgs& args) {
    OBJECT_HANDLE_FLAG_INFORMATION flags{};
    if (ob::HandleEntry* entry = call.handles().find(args.Handle)) {
        flags.Inherit = (entry->attributes & OBJ_INHERIT) != 0;
        flags.ProtectFromClose = (entry->attributes & OBJ_PROTECT_CLOSE) != 0;
    }
    return ob::give(call, args.ObjectInformation, args.ReturnLength, flags);
}

}  // namespace

NTSTATUS NtClose(ke::Call& call, const NtCloseArgs& args) {
    if (is_pseudo(args.Handle)) return STATUS_SUCCESS;
    return to_status(call.handles().close(args.Handle));
}

NTSTATUS NtQueryObject(ke::Call& call, const NtQueryObjectArgs& args) {
    if (args.ObjectInformationClass == ObjectTypesInformation) return give_types(call, args);
    ob::Resolved resolved = TRY(ob::resolve_any(call, args.Handle, 0));
    switch (static_cast<ULONG>(args.ObjectInformationClass)) {
        case ObjectBasicInformation:
            return give_basic(call, args, resolved);
        case ObjectNameInformation:
            return give_name(call, args, *resolved.object);
        case ObjectTypeInformation:
            return give_type(call, args, resolved.object->type());
        case ObjectHandleFlagInformation:
            return give_flags(call, args);
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtSetInformationObject(ke::Call& call, const NtSetInformationObjectArgs& args) {
    if (static_cast<ULONG>(args.ObjectInformationClass) != ObjectHandleFlagInformation)
        return STATUS_INVALID_INFO_CLASS;
    OBJECT_HANDLE_FLAG_INFORMATION flags;
    if (args.ObjectInformation.length != sizeof(flags)) return STATUS_INFO_LENGTH_MISMATCH;
    TRY(call.copy_in(&flags, args.ObjectInformation));
    ob::HandleEntry* entry = call.handles().find(args.Handle);
    if (!entry) return STATUS_INVALID_HANDLE;
    entry->attributes =
        (flags.Inherit ? OBJ_INHERIT : 0u) | (flags.ProtectFromClose ? OBJ_PROTECT_CLOSE : 0u);
    return STATUS_SUCCESS;
}

NTSTATUS NtMakeTemporaryObject(ke::Call& call, const NtMakeTemporaryObjectArgs& args) {
    ob::Resolved resolved = TRY(ob::resolve_any(call, args.Handle, DELETE));
    resolved.object->make_temporary();
    return STATUS_SUCCESS;
}

NTSTATUS NtMakePermanentObject(ke::Call& call, const NtMakePermanentObjectArgs& args) {
    TRY(ob::check_privilege(call, SE_CREATE_PERMANENT_PRIVILEGE));
    ob::Resolved resolved = TRY(ob::resolve_any(call, args.Handle, 0));
    return to_status(resolved.object->make_permanent(call.client()));
}

NTSTATUS NtCompareObjects(ke::Call& call, const NtCompareObjectsArgs& args) {
    ob::Resolved first = TRY(ob::resolve_any(call, args.FirstObjectHandle, 0));
    ob::Resolved second = TRY(ob::resolve_any(call, args.SecondObjectHandle, 0));
    return first.object == second.object ? STATUS_SUCCESS : STATUS_NOT_SAME_OBJECT;
}
