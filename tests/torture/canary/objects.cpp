// SPDX-License-Identifier: GPL-3.0-only
//
// The namespace but the places where everybody makes names: each name with the type of what it names, and of
// directories, links, events and sections also the descriptor and where a link leads.
#include <string.h>

#include "apps/common/native.hpp"
#include "tests/torture/canary/inventory.hpp"

namespace canary {
namespace {

constexpr ULONG kMostName = 512;  // bytes

bool equal(const UNICODE_STRING& text, const WCHAR* other) {
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, other);
    return RtlEqualUnicodeString(&text, &string, FALSE);
}

// The directory itself is looked at, what is in it is not.
bool is_everybodys(const Trail& trail) {
    constexpr const WCHAR* kOpen[] = {u"\\BaseNamedObjects", u"\\RPC Control",
                                      u"\\Sessions\\1\\BaseNamedObjects"};
    for (const WCHAR* open : kOpen)
        if (trail.is(open)) return true;
    return false;
}

NTSTATUS open(HANDLE directory, const UNICODE_STRING& name, const UNICODE_STRING& type, app::Handle& object) {
    app::Attributes attributes(app::View(name.Buffer, name.Length / sizeof(WCHAR)), OBJ_CASE_INSENSITIVE,
                               directory);
    if (equal(type, u"Directory"))
        return NtOpenDirectoryObject(object.receive(), DIRECTORY_QUERY | DIRECTORY_TRAVERSE | READ_CONTROL,
                                     attributes.get());
    if (equal(type, u"SymbolicLink"))
        return NtOpenSymbolicLinkObject(object.receive(), SYMBOLIC_LINK_QUERY | READ_CONTROL,
                                        attributes.get());
    if (equal(type, u"Event")) return NtOpenEvent(object.receive(), READ_CONTROL, attributes.get());
    if (equal(type, u"Section")) return NtOpenSection(object.receive(), READ_CONTROL, attributes.get());
    // To open a device is to call its driver.
    return STATUS_NOT_SUPPORTED;
}

ULONG64 target_of(HANDLE link) {
    WCHAR text[256];
    UNICODE_STRING target = {0, sizeof text, text};
    const NTSTATUS status = NtQuerySymbolicLinkObject(link, &target, nullptr);
    return NT_SUCCESS(status) ? Hash().add(target).value() : static_cast<ULONG>(status);
}

void walk(HANDLE directory, Trail& trail);

void look_at(HANDLE directory, Trail& trail, const UNICODE_STRING& name, const UNICODE_STRING& type) {
    app::Handle object;
    const NTSTATUS status = open(directory, name, type, object);
    Hash hash;
    hash.add(type).add(static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) hash.add(security_of(object.get()));
    if (NT_SUCCESS(status) && equal(type, u"SymbolicLink")) hash.add(target_of(object.get()));
    see(Group::Objects, trail.name(), hash.value());
    if (NT_SUCCESS(status) && equal(type, u"Directory") && !is_everybodys(trail)) walk(object.get(), trail);
}

struct Entry {
    WCHAR name_text[kMostName / sizeof(WCHAR)];
    WCHAR type_text[64];
    UNICODE_STRING name;
    UNICODE_STRING type;

    explicit Entry(const OBJECT_DIRECTORY_INFORMATION& from) {
        name = copy(from.Name, name_text, sizeof name_text);
        type = copy(from.TypeName, type_text, sizeof type_text);
    }
    static UNICODE_STRING copy(const UNICODE_STRING& from, WCHAR* to, ULONG size) {
        UNICODE_STRING text = {};
        text.Length = text.MaximumLength = from.Length < size ? from.Length : static_cast<USHORT>(size);
        text.Buffer = to;
        memcpy(to, from.Buffer, text.Length);
        return text;
    }
};

void walk(HANDLE directory, Trail& trail) {
    alignas(8) static UCHAR buffer[2048];
    ULONG position = 0;
    while (NT_SUCCESS(
        NtQueryDirectoryObject(directory, buffer, sizeof buffer, TRUE, FALSE, &position, nullptr))) {
        const Entry entry(*reinterpret_cast<const OBJECT_DIRECTORY_INFORMATION*>(buffer));
        // The registry has a survey of its own.
        if (equal(entry.type, u"Key")) continue;
        if (!trail.enter(entry.name)) {
            found(Group::Objects, "is too deep", trail.name());
            continue;
        }
        look_at(directory, trail, entry.name, entry.type);
        trail.leave();
    }
}

// Those of the canary's own, where everybody makes names.
void look_at_own(const WCHAR* path, const WCHAR* type_name) {
    Trail trail(path);
    UNICODE_STRING type;
    RtlInitUnicodeString(&type, type_name);
    look_at(nullptr, trail, trail.name(), type);
}

}  // namespace

void survey_objects() {
    static Trail trail(u"\\");
    app::Attributes attributes{app::View(u"\\")};
    app::Handle root;
    const NTSTATUS status = NtOpenDirectoryObject(
        root.receive(), DIRECTORY_QUERY | DIRECTORY_TRAVERSE | READ_CONTROL, attributes.get());
    see(Group::Objects, trail.name(),
        NT_SUCCESS(status) ? security_of(root.get()) : static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) walk(root.get(), trail);
    look_at_own(kSectionName, u"Section");
    look_at_own(kAskedName, u"Event");
    look_at_own(kToldName, u"Event");
}

}  // namespace canary
