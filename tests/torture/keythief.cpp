// SPDX-License-Identifier: GPL-3.0-only
//
// The burglar (burglar.cpp) among named objects and registry keys: what an ordinary user's program may not do
// to what is not its user's, and what nobody may to his own without a privilege. Each row names what it tries
// and the status that NT documents.
#include "tests/system/test.h"

namespace {

struct Sid {
    UCHAR revision = SID_REVISION, count, authority[6];
    ULONG parts[2];
};
Sid everyone = {SID_REVISION, 1, {0, 0, 0, 0, 0, 1}, {SECURITY_WORLD_RID}};
Sid local_system = {SID_REVISION, 1, {0, 0, 0, 0, 0, 5}, {SECURITY_LOCAL_SYSTEM_RID}};
Sid administrators = {
    SID_REVISION, 2, {0, 0, 0, 0, 0, 5}, {SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS}};
Sid low = {SID_REVISION, 1, {0, 0, 0, 0, 0, 16}, {SECURITY_MANDATORY_LOW_RID}};
Sid high = {SID_REVISION, 1, {0, 0, 0, 0, 0, 16}, {SECURITY_MANDATORY_HIGH_RID}};

int attempts;

void expect(const char* what, NTSTATUS status, NTSTATUS documented) {
    ++attempts;
    if (status == documented) return;
    test::running_failed = true;
    test::print("FAIL %s: %x, not %x", what, static_cast<ULONG>(status), static_cast<ULONG>(documented));
}

class Named {
public:
    explicit Named(const WCHAR* path, PVOID descriptor = nullptr, HANDLE root = nullptr, ULONG flags = 0) {
        RtlInitUnicodeString(&name_, path);
        InitializeObjectAttributes(&attributes_, path ? &name_ : nullptr, OBJ_CASE_INSENSITIVE | flags, root,
                                   descriptor);
    }
    operator POBJECT_ATTRIBUTES() { return &attributes_; }

private:
    UNICODE_STRING name_;
    OBJECT_ATTRIBUTES attributes_;
};

// A descriptor with one list of one entry, or an owner.
class Descriptor {
public:
    Descriptor() { RtlCreateSecurityDescriptor(&descriptor_, SECURITY_DESCRIPTOR_REVISION); }
    Descriptor& allow(ACCESS_MASK access, Sid& who) {
        RtlAddAccessAllowedAce(begin(), ACL_REVISION, access, &who);
        RtlSetDaclSecurityDescriptor(&descriptor_, TRUE, list(), FALSE);
        return *this;
    }
    Descriptor& label(Sid& level) {
        add(SYSTEM_MANDATORY_LABEL_ACE_TYPE, 0, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, level);
        RtlSetSaclSecurityDescriptor(&descriptor_, TRUE, list(), FALSE);
        return *this;
    }
    Descriptor& audit(ACCESS_MASK access) {
        add(SYSTEM_AUDIT_ACE_TYPE, SUCCESSFUL_ACCESS_ACE_FLAG, access, everyone);
        RtlSetSaclSecurityDescriptor(&descriptor_, TRUE, list(), FALSE);
        return *this;
    }
    Descriptor& owner(Sid& who) {
        RtlSetOwnerSecurityDescriptor(&descriptor_, &who, FALSE);
        return *this;
    }
    PVOID get() { return &descriptor_; }

private:
    PACL list() { return reinterpret_cast<PACL>(bytes_); }
    PACL begin() {
        RtlCreateAcl(list(), sizeof bytes_, ACL_REVISION);
        return list();
    }
    void add(UCHAR type, UCHAR flags, ACCESS_MASK mask, const Sid& sid) {
        struct {
            ACE_HEADER header;
            ACCESS_MASK mask;
            Sid sid;
        } ace = {{type, flags, static_cast<USHORT>(16 + 4 * sid.count)}, mask, sid};
        RtlAddAce(begin(), ACL_REVISION, ~0u, &ace, ace.header.AceSize);
    }
    SECURITY_DESCRIPTOR descriptor_;
    alignas(8) UCHAR bytes_[128];
};

// By reference: the status may be made after the arguments are.
NTSTATUS close(NTSTATUS status, const HANDLE& handle) {
    if (NT_SUCCESS(status)) NtClose(handle);
    return status;
}

// --- directories

struct Place {
    const WCHAR* path;
    bool open_to_all;  // everybody makes names there
};
constexpr Place kPlaces[] = {
    {u"\\", false},           {u"\\Device", false},
    {u"\\Driver", false},     {u"\\FileSystem", false},
    {u"\\??", false},         {u"\\KnownDlls", false},
    {u"\\NLS", false},        {u"\\ObjectTypes", false},
    {u"\\Callback", false},   {u"\\KernelObjects", false},
    {u"\\Sessions", false},   {u"\\Sessions\\1", false},
    {u"\\RPC Control", true}, {u"\\BaseNamedObjects", true},
};

constexpr ACCESS_MASK kOfOwners[] = {DELETE, WRITE_DAC, WRITE_OWNER};

NTSTATUS open_directory(const WCHAR* path, ACCESS_MASK access) {
    Named name(path);
    HANDLE directory = nullptr;
    return close(NtOpenDirectoryObject(&directory, access, name), directory);
}

TEST(directories_of_the_system) {
    for (const Place& place : kPlaces) {
        expect("look into it", open_directory(place.path, DIRECTORY_QUERY | DIRECTORY_TRAVERSE),
               STATUS_SUCCESS);
        for (ACCESS_MASK access : kOfOwners)
            expect("delete it, change its list, take it over", open_directory(place.path, access),
                   STATUS_ACCESS_DENIED);
        expect("see its audit list", open_directory(place.path, ACCESS_SYSTEM_SECURITY),
               STATUS_PRIVILEGE_NOT_HELD);
        NTSTATUS makes = place.open_to_all ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
        expect("make names there", open_directory(place.path, DIRECTORY_CREATE_OBJECT), makes);
        HANDLE root = nullptr, made = nullptr;
        Named name(place.path);
        CHECK(NtOpenDirectoryObject(&root, DIRECTORY_TRAVERSE, name) == STATUS_SUCCESS);
        Named thief(u"thief", nullptr, root);
        expect("a semaphore in it", close(NtCreateSemaphore(&made, SEMAPHORE_ALL_ACCESS, thief, 0, 1), made),
               makes);
        expect("a directory in it", close(NtCreateDirectoryObject(&made, DIRECTORY_ALL_ACCESS, thief), made),
               makes);
        UNICODE_STRING target = RTL_CONSTANT_STRING(u"\\Device");
        expect("a link in it",
               close(NtCreateSymbolicLinkObject(&made, SYMBOLIC_LINK_ALL_ACCESS, thief, &target), made),
               makes);
        NtClose(root);
    }
}

// --- what is one's own

NTSTATUS make_mutant(PVOID descriptor, ACCESS_MASK access = MUTANT_ALL_ACCESS) {
    Named name(u"\\BaseNamedObjects\\thief", descriptor);
    HANDLE mutant = nullptr;
    return close(NtCreateMutant(&mutant, access, name, FALSE), mutant);
}
NTSTATUS change_event(SECURITY_INFORMATION which, PVOID descriptor, ACCESS_MASK access = EVENT_ALL_ACCESS) {
    Named name(u"\\BaseNamedObjects\\thief");
    HANDLE event = nullptr;
    NTSTATUS status = NtCreateEvent(&event, access, name, NotificationEvent, FALSE);
    if (!NT_SUCCESS(status)) return status;
    status = NtSetSecurityObject(event, which, descriptor);
    NtClose(event);
    return status;
}
ACCESS_MASK granted(HANDLE handle) {
    OBJECT_BASIC_INFORMATION basic = {};
    NtQueryObject(handle, ObjectBasicInformation, &basic, sizeof basic, nullptr);
    return basic.GrantedAccess;
}

TEST(its_own_objects) {
    expect("one of the system's", make_mutant(Descriptor().owner(local_system).get()), STATUS_INVALID_OWNER);
    expect("one of the administrators'", make_mutant(Descriptor().owner(administrators).get()),
           STATUS_INVALID_OWNER);
    expect("one with a High label", make_mutant(Descriptor().label(high).get()), STATUS_PRIVILEGE_NOT_HELD);
    expect("one with a Low label", make_mutant(Descriptor().label(low).get()), STATUS_SUCCESS);
    expect("one with an audit list", make_mutant(Descriptor().audit(MUTANT_QUERY_STATE).get()),
           STATUS_PRIVILEGE_NOT_HELD);
    expect("one whose audit list it sees", make_mutant(nullptr, MUTANT_QUERY_STATE | ACCESS_SYSTEM_SECURITY),
           STATUS_PRIVILEGE_NOT_HELD);
    expect("give it away", change_event(OWNER_SECURITY_INFORMATION, Descriptor().owner(local_system).get()),
           STATUS_INVALID_OWNER);
    expect("label it High", change_event(LABEL_SECURITY_INFORMATION, Descriptor().label(high).get()),
           STATUS_PRIVILEGE_NOT_HELD);
    expect("label it Low", change_event(LABEL_SECURITY_INFORMATION, Descriptor().label(low).get()),
           STATUS_SUCCESS);
    expect("label it without WRITE_OWNER",
           change_event(LABEL_SECURITY_INFORMATION, Descriptor().label(low).get(), EVENT_MODIFY_STATE),
           STATUS_ACCESS_DENIED);
    expect("audit it", change_event(SACL_SECURITY_INFORMATION, Descriptor().audit(EVENT_QUERY_STATE).get()),
           STATUS_ACCESS_DENIED);
}

TEST(a_copy_of_a_handle_is_no_way_around_the_list) {
    Named name(u"\\BaseNamedObjects\\thief", Descriptor().allow(EVENT_QUERY_STATE, everyone).get());
    HANDLE event = nullptr, weak = nullptr, copy = nullptr;
    CHECK(NtCreateEvent(&event, EVENT_ALL_ACCESS, name, NotificationEvent, FALSE) == STATUS_SUCCESS);
    CHECK(NtOpenEvent(&weak, EVENT_QUERY_STATE, name) == STATUS_SUCCESS);
    auto copied = [&](HANDLE from, ACCESS_MASK access, ULONG options = 0) {
        return NtDuplicateObject(NtCurrentProcess(), from, NtCurrentProcess(), &copy, access, 0, options);
    };
    expect("set it by a copy", copied(weak, EVENT_MODIFY_STATE), STATUS_ACCESS_DENIED);
    expect("all by a copy", copied(weak, GENERIC_ALL), STATUS_ACCESS_DENIED);
    expect("the audit list by a copy", copied(weak, ACCESS_SYSTEM_SECURITY), STATUS_PRIVILEGE_NOT_HELD);
    expect("what its owner may", copied(weak, WRITE_DAC), STATUS_SUCCESS);
    NtClose(copy);
    expect("a bit that events have not", copied(weak, EVENT_QUERY_STATE | 0x8000), STATUS_SUCCESS);
    CHECK(granted(copy) == EVENT_QUERY_STATE);
    NtClose(copy);
    expect("what the source has", copied(event, EVENT_MODIFY_STATE), STATUS_SUCCESS);
    NtClose(copy);
    NtClose(weak);
    NtClose(event);
    // Without a name and a descriptor whoever has a handle may have all.
    CHECK(NtCreateEvent(&event, EVENT_QUERY_STATE, nullptr, NotificationEvent, FALSE) == STATUS_SUCCESS);
    expect("all of a nameless one", copied(event, EVENT_ALL_ACCESS), STATUS_SUCCESS);
    NtClose(copy);
    expect("change what is not there",
           NtSetSecurityObject(event, DACL_SECURITY_INFORMATION, Descriptor().allow(1, everyone).get()),
           STATUS_ACCESS_DENIED);
    NtClose(event);
}

// --- keys

constexpr const WCHAR* kService = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\beep";

NTSTATUS open_key(const WCHAR* path, ACCESS_MASK access) {
    Named name(path);
    HANDLE key = nullptr;
    return close(NtOpenKey(&key, access, name), key);
}
NTSTATUS make_key(const WCHAR* path, ULONG options = 0, HANDLE root = nullptr, PVOID descriptor = nullptr) {
    Named name(path, descriptor, root);
    HANDLE key = nullptr;
    return close(NtCreateKey(&key, KEY_READ, name, 0, nullptr, options, nullptr), key);
}

constexpr ACCESS_MASK kOfKeys[] = {KEY_SET_VALUE, KEY_CREATE_SUB_KEY, KEY_CREATE_LINK, KEY_WRITE,
                                   DELETE,        WRITE_DAC,          WRITE_OWNER,     KEY_ALL_ACCESS,
                                   GENERIC_WRITE, GENERIC_ALL};
constexpr const WCHAR* kKeys[] = {
    u"\\Registry",
    u"\\Registry\\Machine",
    u"\\Registry\\Machine\\Software",
    u"\\Registry\\Machine\\System\\CurrentControlSet\\Control",
    u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager",
    kService,
    u"\\Registry\\User",
    u"\\Registry\\User\\.Default",
    u"\\Registry\\User\\S-1-5-18",
};

TEST(keys_of_the_system) {
    for (const WCHAR* path : kKeys) {
        expect("read it", open_key(path, KEY_READ), STATUS_SUCCESS);
        for (ACCESS_MASK access : kOfKeys)
            expect("change it", open_key(path, access), STATUS_ACCESS_DENIED);
        expect("see its audit list", open_key(path, ACCESS_SYSTEM_SECURITY), STATUS_PRIVILEGE_NOT_HELD);
        Named name(path);
        HANDLE key = nullptr, copy = nullptr;
        CHECK(NtOpenKey(&key, MAXIMUM_ALLOWED, name) == STATUS_SUCCESS);
        CHECK(granted(key) == KEY_READ);
        expect("a key below it", make_key(u"thief", 0, key), STATUS_ACCESS_DENIED);
        expect("a volatile key below it", make_key(u"thief", REG_OPTION_VOLATILE, key), STATUS_ACCESS_DENIED);
        expect("a link below it", make_key(u"thief", REG_OPTION_CREATE_LINK | REG_OPTION_VOLATILE, key),
               STATUS_ACCESS_DENIED);
        UNICODE_STRING text = RTL_CONSTANT_STRING(u"thief");
        ULONG number = 1;
        expect("a value", NtSetValueKey(key, &text, 0, REG_DWORD, &number, sizeof number),
               STATUS_ACCESS_DENIED);
        expect("delete it", NtDeleteKey(key), STATUS_ACCESS_DENIED);
        expect("rename it", NtRenameKey(key, &text), STATUS_ACCESS_DENIED);
        expect("its list",
               NtSetSecurityObject(key, DACL_SECURITY_INFORMATION,
                                   Descriptor().allow(KEY_ALL_ACCESS, everyone).get()),
               STATUS_ACCESS_DENIED);
        expect("its label",
               NtSetSecurityObject(key, LABEL_SECURITY_INFORMATION, Descriptor().label(low).get()),
               STATUS_ACCESS_DENIED);
        expect("more by a copy",
               NtDuplicateObject(NtCurrentProcess(), key, NtCurrentProcess(), &copy, KEY_SET_VALUE, 0, 0),
               STATUS_ACCESS_DENIED);
        NtClose(key);
    }
}

TEST(keys_of_its_own) {
    HANDLE user = nullptr, key = nullptr, again = nullptr;
    CHECK(RtlOpenCurrentUser(KEY_ALL_ACCESS, &user) == STATUS_SUCCESS);
    expect("a key of the system's", make_key(u"thief", 0, user, Descriptor().owner(local_system).get()),
           STATUS_INVALID_OWNER);
    expect("a key with a High label", make_key(u"thief", 0, user, Descriptor().label(high).get()),
           STATUS_PRIVILEGE_NOT_HELD);
    expect("a key with an audit list", make_key(u"thief", 0, user, Descriptor().audit(KEY_READ).get()),
           STATUS_PRIVILEGE_NOT_HELD);
    Named name(u"thief", nullptr, user);
    CHECK(NtCreateKey(&key, KEY_ALL_ACCESS, name, 0, nullptr, 0, nullptr) == STATUS_SUCCESS);
    expect("give it away",
           NtSetSecurityObject(key, OWNER_SECURITY_INFORMATION, Descriptor().owner(local_system).get()),
           STATUS_INVALID_OWNER);
    expect("label it High",
           NtSetSecurityObject(key, LABEL_SECURITY_INFORMATION, Descriptor().label(high).get()),
           STATUS_PRIVILEGE_NOT_HELD);
    expect("label it Low",
           NtSetSecurityObject(key, LABEL_SECURITY_INFORMATION, Descriptor().label(low).get()),
           STATUS_SUCCESS);
    expect("close it to itself",
           NtSetSecurityObject(key, DACL_SECURITY_INFORMATION, Descriptor().allow(KEY_READ, everyone).get()),
           STATUS_SUCCESS);
    expect("open what it has closed", NtOpenKey(&again, KEY_SET_VALUE, name), STATUS_ACCESS_DENIED);
    expect("a key below it", make_key(u"below", 0, key), STATUS_ACCESS_DENIED);
    expect("what an open handle has stays", NtDeleteKey(key), STATUS_SUCCESS);
    expect("the list of what is gone",
           NtSetSecurityObject(key, DACL_SECURITY_INFORMATION, Descriptor().allow(KEY_READ, everyone).get()),
           STATUS_KEY_DELETED);
    NtClose(key);
    NtClose(user);
}

// --- lists of what there is

TEST(what_it_may_not_open_is_passed_over) {
    HANDLE process = nullptr;
    int found = 0;
    NTSTATUS status;
    for (HANDLE from = nullptr;; from = process, ++found) {
        status = NtGetNextProcess(from, PROCESS_VM_READ, 0, 0, &process);
        if (from) NtClose(from);
        if (!NT_SUCCESS(status)) break;
    }
    expect("go through the processes", status, STATUS_NO_MORE_ENTRIES);
    // Itself, at least; smss, the shell and the hosts are not among them.
    CHECK(found >= 1);
    int seen = 0;
    for (HANDLE from = nullptr;; from = process, ++seen) {
        status = NtGetNextProcess(from, PROCESS_QUERY_LIMITED_INFORMATION, 0, 0, &process);
        if (from) NtClose(from);
        if (!NT_SUCCESS(status)) break;
    }
    CHECK(seen >= found + 2);
    test::print("%d attempts", attempts);
}

}  // namespace
