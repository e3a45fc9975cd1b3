// SPDX-License-Identifier: GPL-3.0-only
//
// Who may do what with files ([MS-FSA] 2.1.5.1): the program is an administrator's, and acts as an ordinary
// user where it says so.
#include "tests/system/test.h"

namespace {

constexpr const WCHAR* kFolder = u"\\??\\C:\\rights";
constexpr const WCHAR* kFile = u"\\??\\C:\\rights\\file";

SID everyone = {1, 1, SECURITY_WORLD_SID_AUTHORITY, {0}};
SID system_user = {1, 1, SECURITY_NT_AUTHORITY, {18}};
SID medium = {1, 1, SECURITY_MANDATORY_LABEL_AUTHORITY, {SECURITY_MANDATORY_MEDIUM_RID}};
struct {
    UCHAR revision = 1, count = 2;
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
    ULONG parts[2] = {32, 544};
} administrators;

// An access list in a descriptor, for everybody or the administrators alone.
struct Given {
    alignas(8) UCHAR bytes[4096];
    SECURITY_DESCRIPTOR descriptor;
    PACL list = reinterpret_cast<PACL>(bytes);
    Given() {
        RtlCreateAcl(list, sizeof bytes, ACL_REVISION);
        RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
        RtlSetDaclSecurityDescriptor(&descriptor, TRUE, list, FALSE);
        RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    }
    Given& allow(PSID sid, ACCESS_MASK access, ULONG flags = 0) {
        RtlAddAccessAllowedAceEx(list, ACL_REVISION, flags, access, sid);
        return *this;
    }
};
// All for the administrators, and this for everybody.
struct ForAll : Given {
    explicit ForAll(ACCESS_MASK access, ULONG flags = 0) {
        allow(&administrators, FILE_ALL_ACCESS, flags);
        if (access) allow(&everyone, access, flags);
    }
};

NTSTATUS reach(HANDLE& file, const WCHAR* path, ACCESS_MASK access, ULONG disposition = FILE_OPEN,
               ULONG options = 0, const Given* given = nullptr) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr,
                               given ? const_cast<SECURITY_DESCRIPTOR*>(&given->descriptor) : nullptr);
    IO_STATUS_BLOCK block;
    file = nullptr;
    return NtCreateFile(&file, access, &attributes, &block, nullptr, 0,
                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, disposition, options, nullptr,
                        0);
}
NTSTATUS touch(const WCHAR* path, ACCESS_MASK access, ULONG disposition = FILE_OPEN, ULONG options = 0,
               const Given* given = nullptr) {
    HANDLE file;
    NTSTATUS status = reach(file, path, access, disposition, options, given);
    if (file) NtClose(file);
    return status;
}
NTSTATUS make(const WCHAR* path, const Given& given, bool folder = false) {
    touch(path, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    return touch(path, FILE_READ_ATTRIBUTES, FILE_CREATE, folder ? FILE_DIRECTORY_FILE : 0, &given);
}

void act_as(HANDLE token) {
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &token, sizeof token);
}

// Acts as the same user without an administrator's rights, and without the privilege, as long as it lives.
class Ordinary {
public:
    explicit Ordinary(ULONG without = SE_SHUTDOWN_PRIVILEGE) {
        HANDLE own = nullptr, filtered = nullptr;
        NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &own);
        TOKEN_PRIVILEGES removed = {1, {{{without, 0}, 0}}};
        NtFilterToken(own, LUA_TOKEN, nullptr, &removed, nullptr, &filtered);
        TOKEN_MANDATORY_LABEL label = {{&medium, 0}};
        NtSetInformationToken(filtered, TokenIntegrityLevel, &label, sizeof label);
        SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, SecurityImpersonation, FALSE, FALSE};
        OBJECT_ATTRIBUTES attributes;
        InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
        attributes.SecurityQualityOfService = &quality;
        HANDLE token = nullptr;
        NtDuplicateToken(filtered, TOKEN_ALL_ACCESS, &attributes, FALSE, TokenImpersonation, &token);
        act_as(token);
        const HANDLE made[] = {own, filtered, token};
        for (HANDLE handle : made)
            NtClose(handle);
    }
    ~Ordinary() { act_as(nullptr); }
};

ACCESS_MASK granted(const WCHAR* path, ACCESS_MASK access, ULONG options = 0) {
    HANDLE file;
    if (!NT_SUCCESS(reach(file, path, access, FILE_OPEN, options))) return 0;
    IO_STATUS_BLOCK block;
    FILE_ACCESS_INFORMATION information = {};
    NtQueryInformationFile(file, &block, &information, sizeof information, FileAccessInformation);
    NtClose(file);
    return information.AccessFlags;
}

TEST(what_the_list_says) {
    make(kFolder, ForAll(FILE_LIST_DIRECTORY | FILE_TRAVERSE | FILE_ADD_FILE), true);
    CHECK(make(kFile, ForAll(FILE_READ_DATA)) == STATUS_SUCCESS);
    Ordinary user;
    CHECK(touch(kFile, FILE_READ_DATA) == STATUS_SUCCESS);
    CHECK(touch(kFile, FILE_WRITE_DATA) == STATUS_ACCESS_DENIED);
    CHECK(touch(kFile, FILE_READ_DATA | FILE_WRITE_DATA) == STATUS_ACCESS_DENIED);
    CHECK(touch(kFile, DELETE) == STATUS_ACCESS_DENIED);
    CHECK(touch(kFile, READ_CONTROL) == STATUS_ACCESS_DENIED);
    CHECK(touch(kFile, ACCESS_SYSTEM_SECURITY) == STATUS_PRIVILEGE_NOT_HELD);
    // The folder's list lets him see it.
    CHECK(granted(kFile, MAXIMUM_ALLOWED) == (FILE_READ_DATA | FILE_READ_ATTRIBUTES));
    CHECK(granted(kFile, MAXIMUM_ALLOWED | FILE_READ_DATA) == (FILE_READ_DATA | FILE_READ_ATTRIBUTES));
    CHECK(touch(kFile, MAXIMUM_ALLOWED | FILE_WRITE_DATA) == STATUS_ACCESS_DENIED);
}

TEST(what_replacing_takes) {
    make(kFile, ForAll(FILE_WRITE_DATA | FILE_WRITE_EA | FILE_READ_DATA));
    {
        Ordinary user;
        CHECK(touch(kFile, FILE_READ_DATA, FILE_OVERWRITE) == STATUS_ACCESS_DENIED);
        CHECK(touch(kFile, FILE_READ_DATA, FILE_SUPERSEDE) == STATUS_ACCESS_DENIED);
    }
    make(kFile, ForAll(FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES | FILE_READ_DATA));
    {
        Ordinary user;
        CHECK(touch(kFile, FILE_READ_DATA, FILE_OVERWRITE) == STATUS_SUCCESS);
        CHECK(touch(kFile, FILE_READ_DATA, FILE_OVERWRITE_IF) == STATUS_SUCCESS);
        CHECK(touch(kFile, FILE_READ_DATA, FILE_SUPERSEDE) == STATUS_ACCESS_DENIED);
    }
    make(kFile, ForAll(DELETE | FILE_READ_DATA));
    Ordinary user;
    CHECK(touch(kFile, FILE_READ_DATA, FILE_SUPERSEDE) == STATUS_SUCCESS);
}

TEST(what_the_folder_gives) {
    make(kFile, ForAll(0));
    {
        Ordinary user;
        CHECK(touch(kFile, FILE_READ_ATTRIBUTES) == STATUS_SUCCESS);
        CHECK(touch(kFile, DELETE) == STATUS_ACCESS_DENIED);
    }
    touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    make(kFolder, ForAll(FILE_DELETE_CHILD | FILE_TRAVERSE), true);
    make(kFile, ForAll(0));
    Ordinary user;
    CHECK(touch(kFile, FILE_READ_ATTRIBUTES) == STATUS_ACCESS_DENIED);
    CHECK(touch(kFile, DELETE) == STATUS_SUCCESS);
    CHECK(touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE) == STATUS_SUCCESS);
    CHECK(touch(kFile, FILE_READ_DATA) == STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST(what_adding_takes) {
    make(kFolder, ForAll(FILE_ADD_FILE), true);
    {
        Ordinary user;
        // Who makes a file gets what he asks for.
        CHECK(touch(kFile, FILE_ALL_ACCESS, FILE_CREATE) == STATUS_SUCCESS);
        CHECK(touch(u"\\??\\C:\\rights\\below", FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE) ==
              STATUS_ACCESS_DENIED);
    }
    touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    make(kFolder, ForAll(FILE_ADD_SUBDIRECTORY), true);
    Ordinary user;
    CHECK(touch(kFile, FILE_READ_DATA, FILE_CREATE) == STATUS_ACCESS_DENIED);
    CHECK(touch(kFile, FILE_READ_DATA, FILE_OPEN_IF) == STATUS_ACCESS_DENIED);
    CHECK(touch(u"\\??\\C:\\rights\\below", FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE) ==
          STATUS_SUCCESS);
}

TEST(going_through_folders) {
    touch(u"\\??\\C:\\rights\\below", DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE | FILE_DIRECTORY_FILE);
    make(kFolder, ForAll(0), true);
    make(kFile, ForAll(FILE_READ_DATA));
    {
        Ordinary user;
        CHECK(touch(kFile, FILE_READ_DATA) == STATUS_SUCCESS);
    }
    {
        Ordinary user(SE_CHANGE_NOTIFY_PRIVILEGE);
        CHECK(touch(kFile, FILE_READ_DATA) == STATUS_ACCESS_DENIED);
    }
    touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    make(kFolder, ForAll(FILE_TRAVERSE), true);
    make(kFile, ForAll(FILE_READ_DATA));
    Ordinary user(SE_CHANGE_NOTIFY_PRIVILEGE);
    CHECK(touch(kFile, FILE_READ_DATA) == STATUS_SUCCESS);
}

NTSTATUS rename(const WCHAR* from, const WCHAR* to, bool replace) {
    HANDLE file;
    NTSTATUS status = reach(file, from, DELETE | SYNCHRONIZE, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(status)) return status;
    alignas(8) UCHAR bytes[256] = {};
    auto& wish = *reinterpret_cast<FILE_RENAME_INFORMATION*>(bytes);
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, to);
    wish.ReplaceIfExists = replace;
    wish.FileNameLength = name.Length;
    RtlCopyMemory(wish.FileName, name.Buffer, name.Length);
    IO_STATUS_BLOCK block;
    status = NtSetInformationFile(file, &block, bytes, sizeof bytes, FileRenameInformation);
    NtClose(file);
    return status;
}

TEST(what_renaming_takes) {
    constexpr const WCHAR* kThere = u"\\??\\C:\\there";
    constexpr const WCHAR* kNew = u"\\??\\C:\\there\\new";
    make(kThere, ForAll(FILE_TRAVERSE), true);
    make(kFile, ForAll(DELETE | FILE_READ_DATA | SYNCHRONIZE));
    {
        Ordinary user;
        CHECK(rename(kFile, kNew, false) == STATUS_ACCESS_DENIED);
    }
    make(kThere, ForAll(FILE_TRAVERSE | FILE_ADD_FILE), true);
    make(kNew, ForAll(FILE_READ_DATA));
    {
        Ordinary user;
        CHECK(rename(kFile, kNew, false) == STATUS_OBJECT_NAME_COLLISION);
        CHECK(rename(kFile, kNew, true) == STATUS_ACCESS_DENIED);
    }
    make(kNew, ForAll(DELETE));
    {
        Ordinary user;
        CHECK(rename(kFile, kNew, true) == STATUS_SUCCESS);
    }
    // It has kept its list.
    Ordinary user;
    CHECK(touch(kNew, FILE_READ_DATA | DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE) == STATUS_SUCCESS);
}

TEST(for_a_backup) {
    make(kFile, Given().allow(&system_user, FILE_ALL_ACCESS));
    BOOLEAN backup = FALSE, restore = FALSE, before;
    RtlAdjustPrivilege(SE_BACKUP_PRIVILEGE, TRUE, FALSE, &backup);
    RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, FALSE, FALSE, &restore);
    CHECK(touch(kFile, FILE_GENERIC_READ) == STATUS_ACCESS_DENIED);
    CHECK(touch(kFile, FILE_GENERIC_READ, FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT) == STATUS_SUCCESS);
    CHECK(touch(kFile, FILE_WRITE_DATA, FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT) == STATUS_ACCESS_DENIED);
    RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, TRUE, FALSE, &before);
    CHECK(touch(kFile, FILE_WRITE_DATA | DELETE, FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT) == STATUS_SUCCESS);
    CHECK(touch(kFile, DELETE, FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT | FILE_DELETE_ON_CLOSE) ==
          STATUS_SUCCESS);
    RtlAdjustPrivilege(SE_BACKUP_PRIVILEGE, backup, FALSE, &before);
    RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, restore, FALSE, &before);
}

struct Read {
    alignas(8) UCHAR bytes[8192];
    NTSTATUS status;
    explicit Read(const WCHAR* path) {
        HANDLE file;
        ULONG length;
        status = reach(file, path, READ_CONTROL);
        if (NT_SUCCESS(status))
            status = NtQuerySecurityObject(file, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                           bytes, sizeof bytes, &length);
        if (file) NtClose(file);
    }
    PACL list() {
        BOOLEAN present = FALSE, defaulted;
        PACL list = nullptr;
        RtlGetDaclSecurityDescriptor(bytes, &present, &list, &defaulted);
        return present ? list : nullptr;
    }
    bool has(ULONG index, ULONG flags, ACCESS_MASK mask, PSID sid) {
        PVOID at = nullptr;
        if (!list() || !NT_SUCCESS(RtlGetAce(list(), index, &at))) return false;
        auto* ace = static_cast<PACCESS_ALLOWED_ACE>(at);
        return ace->Header.AceFlags == flags && ace->Mask == mask && RtlEqualSid(&ace->SidStart, sid);
    }
};

TEST(handed_down_by_the_folder) {
    constexpr ULONG kBelow = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;
    constexpr const WCHAR* kInner = u"\\??\\C:\\rights\\inner";
    make(kFolder, ForAll(FILE_GENERIC_READ, kBelow), true);
    touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    CHECK(touch(kFile, FILE_READ_DATA, FILE_CREATE) == STATUS_SUCCESS);
    Read file(kFile);
    CHECK(file.list() && file.list()->AceCount == 2);
    CHECK(file.has(0, INHERITED_ACE, FILE_ALL_ACCESS, &administrators));
    CHECK(file.has(1, INHERITED_ACE, FILE_GENERIC_READ, &everyone));
    CHECK(touch(kInner, FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    Read inner(kInner);
    CHECK(inner.has(1, INHERITED_ACE | kBelow, FILE_GENERIC_READ, &everyone));
    CHECK(touch(kInner, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE | FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
}

// A change concerns the file, so every later open; handles keep what they have.
TEST(a_changed_list) {
    make(kFile, ForAll(FILE_READ_DATA));
    HANDLE first, second;
    CHECK(reach(first, kFile, WRITE_DAC | READ_CONTROL) == STATUS_SUCCESS);
    {
        Ordinary user;
        CHECK(reach(second, kFile, FILE_READ_DATA) == STATUS_SUCCESS);
    }
    ForAll nothing(0);
    CHECK(NtSetSecurityObject(first, DACL_SECURITY_INFORMATION, &nothing.descriptor) == STATUS_SUCCESS);
    NtClose(first);
    CHECK(Read(kFile).list()->AceCount == 1);
    {
        Ordinary user;
        CHECK(touch(kFile, FILE_READ_DATA) == STATUS_ACCESS_DENIED);
        HANDLE wider = nullptr;
        CHECK(NtDuplicateObject(NtCurrentProcess(), second, NtCurrentProcess(), &wider, FILE_WRITE_DATA, 0,
                                0) == STATUS_ACCESS_DENIED);
    }
    NtClose(second);
}

// Whoever asks for a list asks for one that can be checked.
TEST(long_lists) {
    Given longest;
    for (ULONG i = 0; i < 63; ++i)
        longest.allow(&system_user, FILE_READ_DATA);
    longest.allow(&everyone, FILE_READ_DATA | DELETE);
    touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    CHECK(touch(kFile, FILE_READ_DATA, FILE_CREATE, 0, &longest) == STATUS_SUCCESS);
    {
        Ordinary user;
        CHECK(touch(kFile, FILE_READ_DATA) == STATUS_SUCCESS);
        CHECK(touch(kFile, FILE_WRITE_DATA) == STATUS_ACCESS_DENIED);
        CHECK(granted(kFile, MAXIMUM_ALLOWED) != 0);
        CHECK(touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE) == STATUS_SUCCESS);
    }
    longest.allow(&everyone, FILE_READ_DATA);
    CHECK(touch(kFile, FILE_READ_DATA, FILE_CREATE, 0, &longest) == STATUS_INVALID_ACL);
}

TEST(owners_that_one_may_not_give) {
    ForAll given(FILE_READ_DATA);
    RtlSetOwnerSecurityDescriptor(&given.descriptor, &system_user, FALSE);
    CHECK(touch(kFile, FILE_READ_DATA, FILE_CREATE, 0, &given) == STATUS_INVALID_OWNER);
    RtlSetOwnerSecurityDescriptor(&given.descriptor, &administrators, FALSE);
    CHECK(touch(kFile, FILE_READ_DATA, FILE_CREATE, 0, &given) == STATUS_SUCCESS);
    CHECK(touch(kFile, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE) == STATUS_SUCCESS);
}

// What an ordinary program finds on the boot volume.
TEST(the_volume_as_it_is_made) {
    Read root(u"\\??\\C:\\"), windows(u"\\SystemRoot"), image(u"\\SystemRoot\\System32\\ntdll.dll");
    CHECK(root.status == STATUS_SUCCESS && root.list()->AceCount == 5);
    CHECK(windows.status == STATUS_SUCCESS && windows.list()->AceCount == 4);
    CHECK(image.has(0, INHERITED_ACE, FILE_ALL_ACCESS, &system_user));
    CHECK(image.has(1, INHERITED_ACE, FILE_ALL_ACCESS, &administrators));
    Ordinary user;
    CHECK(granted(u"\\SystemRoot\\System32\\ntdll.dll", MAXIMUM_ALLOWED) ==
          (FILE_GENERIC_READ | FILE_GENERIC_EXECUTE));
    CHECK(touch(u"\\??\\C:\\Users\\Public\\file", FILE_ALL_ACCESS, FILE_CREATE) == STATUS_SUCCESS);
    CHECK(touch(u"\\??\\C:\\Users\\Public\\file", DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE) == STATUS_SUCCESS);
    CHECK(touch(u"\\SystemRoot\\Temp\\file", FILE_ALL_ACCESS, FILE_CREATE) == STATUS_SUCCESS);
    CHECK(touch(u"\\SystemRoot\\Temp\\file", DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE) == STATUS_SUCCESS);
    CHECK(touch(u"\\SystemRoot\\System32\\file", FILE_READ_DATA, FILE_CREATE) == STATUS_ACCESS_DENIED);
    CHECK(touch(u"\\??\\C:\\file", FILE_READ_DATA, FILE_CREATE) == STATUS_ACCESS_DENIED);
}

}  // namespace
