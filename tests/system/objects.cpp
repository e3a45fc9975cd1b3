// SPDX-License-Identifier: GPL-3.0-only
//
// Handles, names, directories and links as a program sees them.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

// OBJECT_ATTRIBUTES with a name that lives as long.
class Named {
public:
    explicit Named(PCWSTR name, ULONG flags = OBJ_CASE_INSENSITIVE, HANDLE root = nullptr) {
        RtlInitUnicodeString(&name_, name);
        InitializeObjectAttributes(&attributes_, &name_, flags, root, nullptr);
    }
    operator POBJECT_ATTRIBUTES() { return &attributes_; }

private:
    UNICODE_STRING name_;
    OBJECT_ATTRIBUTES attributes_;
};

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

void handles() {
    HANDLE event = nullptr;
    expect("create event", NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
           STATUS_SUCCESS);
    LONG previous = 7;
    expect("set event", NtSetEvent(event, &previous), STATUS_SUCCESS);
    check("was clear", previous == 0);
    HANDLE weak = nullptr;
    expect("duplicate with less",
           NtDuplicateObject(NtCurrentProcess(), event, NtCurrentProcess(), &weak, EVENT_QUERY_STATE, 0, 0),
           STATUS_SUCCESS);
    expect("weak handle", NtSetEvent(weak, nullptr), STATUS_ACCESS_DENIED);
    expect("same object", NtCompareObjects(event, weak), STATUS_SUCCESS);
    HANDLE moved = nullptr;
    expect("move",
           NtDuplicateObject(NtCurrentProcess(), weak, NtCurrentProcess(), &moved, 0, 0,
                             DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE),
           STATUS_SUCCESS);
    expect("source is closed", NtClose(weak), STATUS_INVALID_HANDLE);
    expect("duplicate to nobody",
           NtDuplicateObject(NtCurrentProcess(), moved, nullptr, nullptr, 0, 0, DUPLICATE_SAME_ACCESS),
           STATUS_INVALID_PARAMETER);
    SECURITY_DESCRIPTOR nobody;
    RtlCreateSecurityDescriptor(&nobody, SECURITY_DESCRIPTOR_REVISION);
    expect("no owner is set", NtSetSecurityObject(event, OWNER_SECURITY_INFORMATION, &nobody),
           STATUS_INVALID_SECURITY_DESCR);
    expect("no group is set", NtSetSecurityObject(event, GROUP_SECURITY_INFORMATION, &nobody),
           STATUS_INVALID_SECURITY_DESCR);
    expect("close", NtClose(moved), STATUS_SUCCESS);
    expect("close again", NtClose(moved), STATUS_INVALID_HANDLE);
    expect("wrong type", NtReleaseSemaphore(event, 1, nullptr), STATUS_OBJECT_TYPE_MISMATCH);
    expect("bad out pointer",
           NtCreateEvent(reinterpret_cast<PHANDLE>(8), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
           STATUS_ACCESS_VIOLATION);
    expect("close event", NtClose(event), STATUS_SUCCESS);
    expect("pseudo handle", NtClose(NtCurrentProcess()), STATUS_SUCCESS);
}

void names() {
    HANDLE event = nullptr, second = nullptr;
    Named name(u"\\BaseNamedObjects\\SystemTest"), upper(u"\\BASENAMEDOBJECTS\\SYSTEMTEST");
    Named again(u"\\BaseNamedObjects\\SystemTest", OBJ_CASE_INSENSITIVE | OBJ_OPENIF);
    expect("create named", NtCreateEvent(&event, EVENT_ALL_ACCESS, name, NotificationEvent, FALSE),
           STATUS_SUCCESS);
    expect("open without case", NtOpenEvent(&second, EVENT_ALL_ACCESS, upper), STATUS_SUCCESS);
    NtClose(second);
    expect("collision", NtCreateEvent(&second, EVENT_ALL_ACCESS, name, NotificationEvent, FALSE),
           STATUS_OBJECT_NAME_COLLISION);
    expect("open if", NtCreateEvent(&second, EVENT_ALL_ACCESS, again, NotificationEvent, FALSE),
           STATUS_OBJECT_NAME_EXISTS);
    NtClose(second);
    UCHAR buffer[256];
    ULONG length = 0;
    expect("query name", NtQueryObject(event, ObjectNameInformation, buffer, sizeof buffer, &length),
           STATUS_SUCCESS);
    UNICODE_STRING wanted;
    RtlInitUnicodeString(&wanted, u"\\BaseNamedObjects\\SystemTest");
    check("the name", RtlEqualUnicodeString(reinterpret_cast<PUNICODE_STRING>(buffer), &wanted, FALSE));
    NtClose(event);
    expect("gone with its handle", NtOpenEvent(&second, EVENT_ALL_ACCESS, name),
           STATUS_OBJECT_NAME_NOT_FOUND);
    Named nowhere(u"\\Nowhere\\Event"), bare(u"Event");
    expect("no such path", NtOpenEvent(&second, EVENT_ALL_ACCESS, nowhere), STATUS_OBJECT_PATH_NOT_FOUND);
    expect("no backslash", NtOpenEvent(&second, EVENT_ALL_ACCESS, bare), STATUS_OBJECT_PATH_SYNTAX_BAD);
}

void directories() {
    HANDLE directory = nullptr, link = nullptr, inner = nullptr, opened = nullptr;
    Named path(u"\\BaseNamedObjects\\SystemTestFolder");
    expect("create directory", NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, path),
           STATUS_SUCCESS);
    Named relative(u"Inner", OBJ_CASE_INSENSITIVE, directory);
    expect("relative create", NtCreateEvent(&inner, EVENT_ALL_ACCESS, relative, NotificationEvent, TRUE),
           STATUS_SUCCESS);
    UNICODE_STRING target;
    RtlInitUnicodeString(&target, u"\\BaseNamedObjects\\SystemTestFolder");
    Named link_path(u"\\??\\SystemTestLink");
    expect("create link", NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_ALL_ACCESS, link_path, &target),
           STATUS_SUCCESS);
    Named through(u"\\DosDevices\\SystemTestLink\\Inner");
    expect("open through links", NtOpenEvent(&opened, EVENT_ALL_ACCESS, through), STATUS_SUCCESS);
    NtClose(opened);
    WCHAR characters[64];
    UNICODE_STRING text = {0, sizeof characters, characters};
    expect("query link", NtQuerySymbolicLinkObject(link, &text, nullptr), STATUS_SUCCESS);
    check("the target", RtlEqualUnicodeString(&text, &target, FALSE));
    UCHAR buffer[512];
    ULONG context = 0, length = 0;
    expect("list", NtQueryDirectoryObject(directory, buffer, sizeof buffer, FALSE, TRUE, &context, &length),
           STATUS_SUCCESS);
    auto* entry = reinterpret_cast<OBJECT_DIRECTORY_INFORMATION*>(buffer);
    UNICODE_STRING wanted;
    RtlInitUnicodeString(&wanted, u"Event");
    check("its type", RtlEqualUnicodeString(&entry->TypeName, &wanted, FALSE));
    check("the list ends", entry[1].Name.Buffer == nullptr);
    expect("no more",
           NtQueryDirectoryObject(directory, buffer, sizeof buffer, FALSE, FALSE, &context, &length),
           STATUS_NO_MORE_ENTRIES);
    expect("list without a context",
           NtQueryDirectoryObject(directory, buffer, sizeof buffer, FALSE, TRUE, nullptr, &length),
           STATUS_ACCESS_VIOLATION);
    NtClose(inner);
    NtClose(link);
    NtClose(directory);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    handles();
    names();
    directories();
    test::end();
}
