// SPDX-License-Identifier: GPL-3.0-only
//
// Objects, names, handles, keys.
#include "tests/torture/exhaust/exhaust.hpp"

namespace exhaust {

namespace {

// A directory of our own, which goes with us.
HANDLE directory() {
    static HANDLE made;
    if (made) return made;
    app::Attributes where{View(u"\\BaseNamedObjects\\exhausted")};
    NtCreateDirectoryObject(&made, DIRECTORY_ALL_ACCESS, where.get());
    return made;
}

NTSTATUS events(ULONG index) {
    const app::Text name = numbered(u"event ", index);
    app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, directory());
    HANDLE event;
    return NtCreateEvent(&event, EVENT_ALL_ACCESS, attributes.get(), NotificationEvent, FALSE);
}

NTSTATUS names(ULONG index) {
    const app::Text name = numbered(u"directory ", index);
    app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, directory());
    HANDLE handle;
    return NtCreateDirectoryObject(&handle, DIRECTORY_ALL_ACCESS, attributes.get());
}

NTSTATUS handles(ULONG) {
    static HANDLE event;
    if (!event) return NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    HANDLE copy;
    return NtDuplicateObject(NtCurrentProcess(), event, NtCurrentProcess(), &copy, 0, 0,
                             DUPLICATE_SAME_ACCESS);
}

NTSTATUS timers(ULONG) {
    HANDLE timer;
    const NTSTATUS status = NtCreateTimer(&timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer);
    if (!NT_SUCCESS(status)) return status;
    LARGE_INTEGER due;
    due.QuadPart = -36'000'000'000;
    return NtSetTimer(timer, &due, nullptr, nullptr, FALSE, 0, nullptr);
}

NTSTATUS links(ULONG) {
    static WCHAR target[1000];
    for (WCHAR& unit : target)
        unit = u'x';
    target[0] = u'\\';
    UNICODE_STRING text = app::unicode(View(target, 1000));
    HANDLE link;
    return NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_ALL_ACCESS, nullptr, &text);
}

// Security descriptors of as many entries as there may be on objects that are there already; those without a
// name have none.
NTSTATUS security(ULONG index) {
    constexpr ULONG kEntries = 64;
    static ULONG descriptor[512];
    auto* acl = reinterpret_cast<PACL>(descriptor + 64);
    RtlCreateSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(acl, sizeof descriptor - 256, ACL_REVISION);
    static ULONG everyone[] = {0x00000101, 0x01000000, 0};
    for (ULONG i = 0; i < kEntries; ++i)
        if (!NT_SUCCESS(RtlAddAccessAllowedAce(acl, ACL_REVISION, EVENT_ALL_ACCESS, everyone))) break;
    RtlSetDaclSecurityDescriptor(descriptor, TRUE, acl, FALSE);
    const app::Text name = numbered(u"secured ", index);
    app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, directory());
    HANDLE event;
    const NTSTATUS status =
        NtCreateEvent(&event, EVENT_ALL_ACCESS, attributes.get(), NotificationEvent, FALSE);
    return NT_SUCCESS(status) ? NtSetSecurityObject(event, DACL_SECURITY_INFORMATION, descriptor) : status;
}

HANDLE key() {
    static HANDLE made;
    if (made) return made;
    app::Attributes where{View(u"\\Registry\\Machine\\Exhausted")};
    NtCreateKey(&made, KEY_ALL_ACCESS, where.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    return made;
}

// The handle stays, and keeps its place.
NTSTATUS keys(ULONG index) {
    const app::Text name = numbered(u"key ", index);
    app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, key());
    HANDLE made;
    const NTSTATUS status =
        NtCreateKey(&made, KEY_ALL_ACCESS, attributes.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    // What a registry keeps without handles would be there after us.
    return NT_SUCCESS(status) ? NtDeleteKey(made) : status;
}

// A descriptor that no other object has, so that nobody shares it: one entry, for S-1-5-21-INDEX.
PSECURITY_DESCRIPTOR own_descriptor(ULONG index) {
    static ULONG descriptor[64];
    auto* acl = reinterpret_cast<PACL>(descriptor + 16);
    ULONG whose[] = {0x00000201, 0x05000000, 21, index};
    RtlCreateSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(acl, sizeof descriptor - 64, ACL_REVISION);
    RtlAddAccessAllowedAce(acl, ACL_REVISION, GENERIC_ALL, whose);
    RtlSetDaclSecurityDescriptor(descriptor, TRUE, acl, FALSE);
    return descriptor;
}

NTSTATUS secured_keys(ULONG index) {
    const app::Text name = numbered(u"key ", index);
    app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, key());
    attributes.get()->SecurityDescriptor = own_descriptor(index);
    HANDLE made;
    const NTSTATUS status =
        NtCreateKey(&made, KEY_ALL_ACCESS, attributes.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    return NT_SUCCESS(status) ? NtDeleteKey(made) : status;
}

NTSTATUS open_keys(ULONG) {
    app::Attributes where{View(u"\\Registry\\Machine")};
    HANDLE opened;
    return NtOpenKey(&opened, KEY_READ, where.get());
}

NTSTATUS files(ULONG) {
    HANDLE file;
    return app::open_file(u"\\SystemRoot\\System32\\ntdll.dll", FILE_READ_DATA | SYNCHRONIZE,
                          FILE_SYNCHRONOUS_IO_NONALERT, file);
}

// Files of the volume in memory, which go with their handles.
NTSTATUS new_files(ULONG index) {
    const app::Text path = numbered(u"\\SystemRoot\\exhausted ", index);
    app::Attributes attributes(path.view(), OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK io;
    HANDLE file;
    return NtCreateFile(&file, FILE_WRITE_DATA | DELETE | SYNCHRONIZE, attributes.get(), &io, nullptr, 0, 0,
                        FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT | FILE_DELETE_ON_CLOSE, nullptr, 0);
}

NTSTATUS secured_files(ULONG index) {
    const app::Text path = numbered(u"\\SystemRoot\\exhausted ", index);
    app::Attributes attributes(path.view(), OBJ_CASE_INSENSITIVE);
    attributes.get()->SecurityDescriptor = own_descriptor(index);
    IO_STATUS_BLOCK io;
    HANDLE file;
    return NtCreateFile(&file, FILE_WRITE_DATA | DELETE | SYNCHRONIZE, attributes.get(), &io, nullptr, 0, 0,
                        FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT | FILE_DELETE_ON_CLOSE, nullptr, 0);
}

// One file, as large as the volume lets it be.
NTSTATUS volume(ULONG index) {
    static HANDLE file;
    IO_STATUS_BLOCK io;
    if (!file) {
        app::Attributes attributes(View(u"\\SystemRoot\\exhausted"), OBJ_CASE_INSENSITIVE);
        const NTSTATUS status =
            NtCreateFile(&file, FILE_WRITE_DATA | DELETE | SYNCHRONIZE, attributes.get(), &io, nullptr, 0, 0,
                         FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT | FILE_DELETE_ON_CLOSE, nullptr, 0);
        if (!NT_SUCCESS(status)) return status;
    }
    FILE_END_OF_FILE_INFORMATION end;
    end.EndOfFile.QuadPart = LONGLONG{index + 1} * kPage;
    return NtSetInformationFile(file, &io, &end, sizeof end, FileEndOfFileInformation);
}

NTSTATUS tokens(ULONG) {
    static HANDLE own;
    if (!own) return NtOpenProcessToken(NtCurrentProcess(), TOKEN_DUPLICATE, &own);
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    HANDLE copy;
    return NtDuplicateToken(own, TOKEN_ALL_ACCESS, &attributes, FALSE, TokenPrimary, &copy);
}

NTSTATUS ports(ULONG) {
    HANDLE port;
    return NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
}

// Names as long as they may be.
NTSTATUS long_names(ULONG index) {
    constexpr SIZE_T kLength = 255;
    static WCHAR name[kLength];
    for (WCHAR& unit : name)
        unit = u'x';
    for (SIZE_T at = 0; index; index /= 10)
        name[at++] = static_cast<WCHAR>(u'0' + index % 10);
    app::Attributes attributes(View(name, kLength), OBJ_CASE_INSENSITIVE, directory());
    HANDLE event;
    return NtCreateEvent(&event, EVENT_ALL_ACCESS, attributes.get(), NotificationEvent, FALSE);
}

constexpr Kind kKinds[] = {
    {u"events", events},
    {u"names", names},
    {u"handles", handles},
    {u"timers", timers},
    {u"links", links},
    {u"security", security},
    {u"keys", keys},
    {u"open-keys", open_keys},
    {u"files", files},
    {u"new-files", new_files},
    {u"tokens", tokens},
    {u"ports", ports},
    {u"long-names", long_names},
    {u"volume", volume},
    {u"secured-keys", secured_keys},
    {u"secured-files", secured_files},
};

}  // namespace

Kinds object_kinds() {
    return {kKinds, sizeof kKinds / sizeof kKinds[0]};
}

}  // namespace exhaust
