// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -ladvapi32
// Who may do what with files: descriptors made, set, read back, handed down to what is made below, and what
// comes of them. Wine 8.0 maps lists to the modes of Unix, so much of this it cannot say.
#include <aclapi.h>
#include <sddl.h>
#include "say.h"

static BYTE me[SECURITY_MAX_SID_SIZE + sizeof(TOKEN_USER)];
static PSID own;

// The list of a file as text; the own SID as ME.
static void list(const char* name, SECURITY_INFORMATION what) {
    PSECURITY_DESCRIPTOR found = NULL;
    char *text = NULL, *sid, *at;
    DWORD error = GetNamedSecurityInfoA((char*)name, SE_FILE_OBJECT, what, NULL, NULL, NULL, NULL, &found);
    if (error) {
        printf("%s: error %lu\n", name, error);
        return;
    }
    ConvertSecurityDescriptorToStringSecurityDescriptorA(found, SDDL_REVISION_1, what, &text, NULL);
    ConvertSidToStringSidA(own, &sid);
    while ((at = strstr(text, sid))) {
        memcpy(at, "ME", 2);
        memmove(at + 2, at + strlen(sid), strlen(at + strlen(sid)) + 1);
    }
    printf("%s: %s\n", name, text);
    LocalFree(text);
    LocalFree(found);
}

static DWORD opens(const char* name, DWORD access) {
    HANDLE file = CreateFileA(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    CloseHandle(file);
    return 0;
}

static void make(const char* name, const char* text) {
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, FALSE};
    HANDLE file;
    if (text)
        ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1,
                                                             &attributes.lpSecurityDescriptor, NULL);
    file = CreateFileA(name, GENERIC_WRITE, 0, text ? &attributes : NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) printf("%s: error %lu\n", name, GetLastError());
    CloseHandle(file);
}

static void sids(void) {
    BYTE copy[SECURITY_MAX_SID_SIZE];
    SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
    YES(CopySid(sizeof copy, copy, own));
    YES(EqualSid(copy, own));
    YES(CopySid(8, copy, own));
    YES(InitializeSid(copy, &nt, 2));
    NUM(*GetSidSubAuthorityCount(copy));
    YES(InitializeSid(copy, &nt, 16));
}

static void set(void) {
    BYTE room[256], world[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof world;
    ACL* made = (ACL*)room;
    SECURITY_DESCRIPTOR descriptor;
    EXPLICIT_ACCESSA entry = {0};
    ACL* merged;
    CreateWellKnownSid(WinWorldSid, NULL, world, &size);
    make("one.txt", NULL);
    NUM(opens("one.txt", GENERIC_READ | GENERIC_WRITE));
    InitializeAcl(made, sizeof room, ACL_REVISION);
    YES(AddAccessAllowedAce(made, ACL_REVISION, FILE_GENERIC_READ | DELETE | WRITE_DAC | READ_CONTROL, own));
    YES(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    YES(SetSecurityDescriptorDacl(&descriptor, TRUE, made, FALSE));
    YES(SetFileSecurityA("one.txt", DACL_SECURITY_INFORMATION, &descriptor));
    list("one.txt", DACL_SECURITY_INFORMATION);
    NUM(opens("one.txt", GENERIC_READ));
    NUM(opens("one.txt", GENERIC_WRITE));
    NUM(opens("one.txt", DELETE));
    NUM(opens("one.txt", WRITE_OWNER));
    entry.grfAccessPermissions = FILE_WRITE_DATA;
    entry.grfAccessMode = DENY_ACCESS;
    entry.Trustee.TrusteeForm = TRUSTEE_IS_SID;
    entry.Trustee.ptstrName = (char*)world;
    NUM(SetEntriesInAclA(1, &entry, made, &merged));
    YES(SetSecurityDescriptorDacl(&descriptor, TRUE, merged, FALSE));
    YES(SetFileSecurityA("one.txt", DACL_SECURITY_INFORMATION, &descriptor));
    list("one.txt", DACL_SECURITY_INFORMATION);
    NUM(opens("one.txt", FILE_WRITE_DATA));
    NUM(opens("one.txt", FILE_APPEND_DATA));
    NUM(opens("one.txt", GENERIC_READ));
    LocalFree(merged);
    // An empty list lets nobody in, but its owner may change it.
    InitializeAcl(made, sizeof room, ACL_REVISION);
    YES(SetSecurityDescriptorDacl(&descriptor, TRUE, made, FALSE));
    YES(SetFileSecurityA("one.txt", DACL_SECURITY_INFORMATION, &descriptor));
    list("one.txt", DACL_SECURITY_INFORMATION);
    NUM(opens("one.txt", GENERIC_READ));
    YES(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    YES(SetFileSecurityA("one.txt", DACL_SECURITY_INFORMATION, &descriptor));
    NUM(opens("one.txt", FILE_ALL_ACCESS));
    YES(DeleteFileA("one.txt"));
}

static void inherit(void) {
    PSECURITY_DESCRIPTOR descriptor;
    YES(CreateDirectoryA("below", NULL));
    YES(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        "D:P(A;OICI;FA;;;WD)(D;OIIO;0x2;;;WD)(A;CIIO;GR;;;BA)(A;OINPIO;0x1;;;SY)", SDDL_REVISION_1,
        &descriptor, NULL));
    YES(SetFileSecurityA("below", DACL_SECURITY_INFORMATION, descriptor));
    list("below", DACL_SECURITY_INFORMATION);
    make("below\\file.txt", NULL);
    list("below\\file.txt", DACL_SECURITY_INFORMATION);
    YES(CreateDirectoryA("below\\folder", NULL));
    list("below\\folder", DACL_SECURITY_INFORMATION);
    make("below\\folder\\file.txt", NULL);
    list("below\\folder\\file.txt", DACL_SECURITY_INFORMATION);
    make("below\\own.txt", "D:(A;;FA;;;WD)");
    list("below\\own.txt", DACL_SECURITY_INFORMATION);
    NUM(opens("below\\own.txt", FILE_WRITE_DATA));
    YES(DeleteFileA("below\\own.txt"));
    YES(DeleteFileA("below\\folder\\file.txt"));
    YES(DeleteFileA("below\\file.txt"));
    YES(RemoveDirectoryA("below\\folder"));
    YES(RemoveDirectoryA("below"));
}

static void checks(void) {
    static GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                      FILE_ALL_ACCESS};
    PSECURITY_DESCRIPTOR descriptor;
    HANDLE token, copy;
    PRIVILEGE_SET privileges;
    DWORD size = sizeof privileges, granted = 0x55, wanted = GENERIC_READ;
    BOOL allowed = 5;
    YES(ConvertStringSecurityDescriptorToSecurityDescriptorA("O:WDG:WDD:(D;;0x4;;;WD)(A;;0x1200a9;;;WD)",
                                                             SDDL_REVISION_1, &descriptor, NULL));
    OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY, &token);
    YES(DuplicateToken(token, SecurityIdentification, &copy));
    MapGenericMask(&wanted, &mapping);
    HEX(wanted);
    YES(AccessCheck(descriptor, copy, wanted, &mapping, &privileges, &size, &granted, &allowed));
    printf("allowed %d, %lx\n", allowed, granted);
    YES(AccessCheck(descriptor, copy, FILE_WRITE_DATA, &mapping, &privileges, &size, &granted, &allowed));
    printf("allowed %d, %lx, error %lu\n", allowed, granted, GetLastError());
    YES(AccessCheck(descriptor, copy, MAXIMUM_ALLOWED, &mapping, &privileges, &size, &granted, &allowed));
    printf("allowed %d, %lx\n", allowed, granted);
    YES(AccessCheck(descriptor, copy, GENERIC_READ, &mapping, &privileges, &size, &granted, &allowed));
    YES(AccessCheck(descriptor, token, wanted, &mapping, &privileges, &size, &granted, &allowed));
    YES(AreAllAccessesGranted(7, 5));
    YES(AreAnyAccessesGranted(8, 5));
}

int main(void) {
    HANDLE token;
    DWORD size;
    OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
    GetTokenInformation(token, TokenUser, me, sizeof me, &size);
    own = ((TOKEN_USER*)me)->User.Sid;
    sids();
    set();
    inherit();
    checks();
    list("none.txt", DACL_SECURITY_INFORMATION);
    NUM(GetFileSecurityA("none.txt", OWNER_SECURITY_INFORMATION, NULL, 0, &size));
    NUM(GetLastError());
    return 0;
}
