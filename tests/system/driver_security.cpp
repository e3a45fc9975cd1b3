// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors of files that a driver keeps: NtQuerySecurityObject and NtSetSecurityObject as a file
// system answers them, one that knows nothing of security, and one that tells nonsense.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"

namespace {

using test::check;

constexpr ULONG kParts = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
alignas(8) UCHAR answer[0x4000];
alignas(8) UCHAR list[0x2000];

void expect(const char* name, NTSTATUS status, NTSTATUS expected) {
    check(name, status == expected, "status", static_cast<ULONG>(status));
}

HANDLE open(const WCHAR* path, ACCESS_MASK access) {
    test::Path full(u"\\Device\\Clerk", path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &full.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io{};
    HANDLE file = nullptr;
    NTSTATUS status = NtOpenFile(&file, access | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ,
                                 FILE_SYNCHRONOUS_IO_NONALERT);
    expect("a file of the driver's is opened", status, STATUS_SUCCESS);
    return file;
}

ULONG needed;
NTSTATUS query(HANDLE file, ULONG which, ULONG length) {
    needed = 0;
    return NtQuerySecurityObject(file, which, answer, length, &needed);
}

const SECURITY_DESCRIPTOR_RELATIVE& header() {
    return *reinterpret_cast<const SECURITY_DESCRIPTOR_RELATIVE*>(answer);
}

const ACL& dacl() {
    return *reinterpret_cast<const ACL*>(answer + header().Dacl);
}

SID everyone = {SID_REVISION, 1, SECURITY_WORLD_SID_AUTHORITY, {SECURITY_WORLD_RID}};

// A list with so many entries for everyone, and the absolute descriptor that it is in.
void make(SECURITY_DESCRIPTOR& descriptor, ULONG entries) {
    auto* acl = reinterpret_cast<PACL>(list);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(acl, sizeof list, ACL_REVISION);
    for (ULONG i = 0; i < entries; i++)
        RtlAddAccessAllowedAce(acl, ACL_REVISION, FILE_GENERIC_READ + i * FILE_EXECUTE, &everyone);
    acl->AclSize = static_cast<USHORT>(sizeof(ACL) + entries * (8 + RtlLengthSid(&everyone)));
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, acl, FALSE);
}

void of_a_file_system() {
    HANDLE file = open(u"\\kept", READ_CONTROL | WRITE_DAC | WRITE_OWNER);
    expect("how long its descriptor is", query(file, kParts, 0), STATUS_BUFFER_TOO_SMALL);
    ULONG length = needed;
    expect("  a byte too little", query(file, kParts, length - 1), STATUS_BUFFER_TOO_SMALL);
    check("  is told again", needed == length, "bytes", needed);
    expect("  and enough", query(file, kParts, length), STATUS_SUCCESS);
    check("  it is one", needed == length && RtlValidSecurityDescriptor(answer));
    check("  with an owner", header().Owner != 0 && header().Dacl != 0);
    expect("its owner alone", query(file, OWNER_SECURITY_INFORMATION, length), STATUS_SUCCESS);
    check("  and nothing else", header().Owner != 0 && header().Dacl == 0);
    SECURITY_DESCRIPTOR descriptor;
    constexpr ULONG kEntries[] = {1, 60};  // in the request itself, and by a window
    for (ULONG entries : kEntries) {
        make(descriptor, entries);
        expect("a list is set", NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &descriptor),
               STATUS_SUCCESS);
        expect("  and asked for", query(file, kParts, sizeof answer), STATUS_SUCCESS);
        check("  it is the new one", header().Owner != 0 && dacl().AceCount == entries, "entries",
              dacl().AceCount);
    }
    make(descriptor, 65);
    expect("more than anybody's list may have",
           NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &descriptor), STATUS_INVALID_ACL);
    make(descriptor, 1);
    constexpr ULONG kDialup = 1;  // a group that nobody here is in
    SID stranger = {SID_REVISION, 1, SECURITY_NT_AUTHORITY, {kDialup}};
    RtlSetOwnerSecurityDescriptor(&descriptor, &stranger, FALSE);
    expect("an owner who is not the caller's to name",
           NtSetSecurityObject(file, OWNER_SECURITY_INFORMATION, &descriptor), STATUS_INVALID_OWNER);
    NtClose(file);
    file = open(u"\\kept", FILE_READ_DATA);
    expect("without the right to read it", query(file, kParts, sizeof answer), STATUS_ACCESS_DENIED);
    expect("  nor to set it", NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &descriptor),
           STATUS_ACCESS_DENIED);
    NtClose(file);
}

void of_the_device() {
    HANDLE device = open(u"", READ_CONTROL);
    expect("the device's own", query(device, kParts, sizeof answer), STATUS_SUCCESS);
    check("  is the Executive's", header().Dacl != 0 && dacl().AceCount == 4, "entries", dacl().AceCount);
    NtClose(device);
}

void of_who_knows_nothing() {
    HANDLE file = open(u"\\none", READ_CONTROL | WRITE_DAC);
    expect("no security", query(file, kParts, sizeof answer), STATUS_SUCCESS);
    check("  is everyone's", header().Owner != 0 && RtlEqualSid(answer + header().Owner, &everyone));
    check("  to do all", (header().Control & SE_DACL_PRESENT) != 0 && header().Dacl == 0);
    SECURITY_DESCRIPTOR descriptor;
    make(descriptor, 1);
    expect("  what is set", NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &descriptor),
           STATUS_SUCCESS);
    query(file, kParts, sizeof answer);
    check("  is nowhere", header().Dacl == 0);
    NtClose(file);
}

void of_who_tells_nonsense() {
    HANDLE file = open(u"\\wrong", READ_CONTROL);
    memset(answer, 0xa5, 64);
    expect("nonsense", query(file, kParts, sizeof answer), STATUS_INVALID_SECURITY_DESCR);
    bool untouched = true;
    for (ULONG i = 0; i < 64; i++)
        untouched &= answer[i] == 0xa5;
    check("  does not come through", untouched);
    NtClose(file);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    NTSTATUS status = test::load_driver(u"Clerk", u"System32\\drivers\\clerk.sys");
    expect("a driver that keeps a descriptor is loaded", status, STATUS_SUCCESS);
    if (NT_SUCCESS(status)) {
        of_a_file_system();
        of_the_device();
        of_who_knows_nothing();
        of_who_tells_nonsense();
        test::unload_driver(u"Clerk");
    }
    test::end();
}
