// SPDX-License-Identifier: GPL-3.0-only
//
// The registry but what is the user's own and the fuzzer's: each key, its descriptor and each of its values.
#include "apps/common/native.hpp"
#include "tests/torture/canary/inventory.hpp"

namespace canary {
namespace {

alignas(8) UCHAR buffer[0x10000];

bool is_users(const Trail& trail) {
    constexpr WCHAR kUsers[] = u"\\Registry\\User\\S-1-5-21-";
    UNICODE_STRING start;
    RtlInitUnicodeString(&start, kUsers);
    const UNICODE_STRING name = trail.name();
    return RtlPrefixUnicodeString(&start, &name, TRUE);
}

bool is_left_out(const Trail& trail) {
    return trail.is(u"\\Registry\\Machine\\Software\\torture") || is_users(trail);
}

// Where the driver writes down which lights are on: whoever may write to the keyboard switches them.
bool is_lights(const Trail& trail) {
    return trail.is(
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\i8042prt\\Parameters\\"
        u"KeyboardIndicators");
}

// A part of a key, as a thing of its own.
void see_part(Trail& trail, const UNICODE_STRING& part, ULONG64 content) {
    if (!trail.enter(part)) return found(Group::Registry, "has too long a name", trail.name());
    if (!is_lights(trail)) see(Group::Registry, trail.name(), content);
    trail.leave();
}
void see_part(Trail& trail, const WCHAR* part, ULONG64 content) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, part);
    see_part(trail, name, content);
}

void see_values(HANDLE key, Trail& trail) {
    ULONG length = 0;
    for (ULONG index = 0;; ++index) {
        const NTSTATUS status =
            NtEnumerateValueKey(key, index, KeyValueFullInformation, buffer, sizeof buffer, &length);
        if (!NT_SUCCESS(status)) return see_part(trail, u"(end of values)", static_cast<ULONG>(status));
        auto& value = *reinterpret_cast<KEY_VALUE_FULL_INFORMATION*>(buffer);
        UNICODE_STRING name;
        name.Length = name.MaximumLength = static_cast<USHORT>(value.NameLength);
        name.Buffer = value.Name;
        see_part(trail, name,
                 Hash().add(value.Type).add(buffer + value.DataOffset, value.DataLength).value());
    }
}

void see_key(HANDLE key, Trail& trail) {
    see_part(trail, u"(descriptor)", security_of(key));
    see_values(key, trail);
}

void walk(HANDLE root, Trail& trail);

void walk_child(HANDLE key, Trail& trail, const UNICODE_STRING& name) {
    if (!trail.enter(name)) return found(Group::Registry, "is too deep", trail.name());
    if (!is_left_out(trail)) {
        const UNICODE_STRING own = trail.name();
        const WCHAR* last = own.Buffer + (own.Length - name.Length) / sizeof(WCHAR);
        app::Attributes attributes(app::View(last, name.Length / sizeof(WCHAR)),
                                   OBJ_CASE_INSENSITIVE | OBJ_OPENLINK, key);
        app::Handle child;
        const NTSTATUS status = NtOpenKey(child.receive(), KEY_READ | READ_CONTROL, attributes.get());
        see(Group::Registry, own, static_cast<ULONG>(status));
        if (NT_SUCCESS(status)) see_key(child.get(), trail);
        if (NT_SUCCESS(status)) walk(child.get(), trail);
    }
    trail.leave();
}

void walk(HANDLE key, Trail& trail) {
    ULONG length = 0;
    for (ULONG index = 0;; ++index) {
        if (!NT_SUCCESS(NtEnumerateKey(key, index, KeyBasicInformation, buffer, sizeof buffer, &length)))
            return;
        auto& basic = *reinterpret_cast<KEY_BASIC_INFORMATION*>(buffer);
        UNICODE_STRING name;
        name.Length = name.MaximumLength = static_cast<USHORT>(basic.NameLength);
        name.Buffer = basic.Name;
        walk_child(key, trail, name);
    }
}

}  // namespace

void survey_keys() {
    static Trail trail(u"\\Registry");
    app::Attributes attributes{app::View(u"\\Registry")};
    app::Handle key;
    const NTSTATUS status = NtOpenKey(key.receive(), KEY_READ | READ_CONTROL, attributes.get());
    if (!NT_SUCCESS(status)) return found(Group::Registry, "\\Registry cannot be opened");
    walk(key.get(), trail);
}

}  // namespace canary
