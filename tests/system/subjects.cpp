// SPDX-License-Identifier: GPL-3.0-only
//
// What a driver sees of whose request it is, and who may open its devices: guard.sys from a program's side.
#include "abi/nt/neptune.h"
#include "tests/drivers/guard/guard.h"
#include "tests/system/test.h"

namespace {

constexpr WCHAR kService[] = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Guard";
constexpr ACCESS_MASK kBoth = FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE;

void set(HANDLE key, const WCHAR* name, ULONG type, const void* data, ULONG length) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    NtSetValueKey(key, &text, 0, type, const_cast<void*>(data), length);
}

NTSTATUS load() {
    UNICODE_STRING path = RTL_CONSTANT_STRING(kService);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key = nullptr;
    NTSTATUS status =
        NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    if (!NT_SUCCESS(status)) return status;
    constexpr WCHAR image[] = u"System32\\drivers\\guard.sys";
    constexpr ULONG kernel_driver = 1, demand_start = 3;
    set(key, u"ImagePath", REG_SZ, image, sizeof image);
    set(key, u"Type", REG_DWORD, &kernel_driver, sizeof kernel_driver);
    set(key, u"Start", REG_DWORD, &demand_start, sizeof demand_start);
    NtClose(key);
    return NtLoadDriver(&path);
}

NTSTATUS open(const WCHAR* path, HANDLE& file, ACCESS_MASK access = kBoth,
              const SECURITY_QUALITY_OF_SERVICE* quality = nullptr) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    attributes.SecurityQualityOfService = const_cast<SECURITY_QUALITY_OF_SERVICE*>(quality);
    IO_STATUS_BLOCK result;
    file = nullptr;
    return NtOpenFile(&file, access, &attributes, &result, FILE_SHARE_READ | FILE_SHARE_WRITE,
                      access & SYNCHRONIZE ? FILE_SYNCHRONOUS_IO_NONALERT : 0);
}

template <typename T>
NTSTATUS control(HANDLE file, ULONG code, T& answer, ULONG word = 0) {
    IO_STATUS_BLOCK result{};
    return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, code, &word, sizeof word, &answer,
                                 sizeof answer);
}

GUARD_SEEN look(HANDLE file) {
    GUARD_SEEN seen{};
    CHECK(control(file, GUARD_LOOK, seen) == STATUS_SUCCESS);
    return seen;
}

// As an ordinary user's program would be: no administrator, no privileges.
HANDLE ordinary(SECURITY_IMPERSONATION_LEVEL level) {
    HANDLE own = nullptr, filtered = nullptr, token = nullptr;
    NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &own);
    NtFilterToken(own, LUA_TOKEN, nullptr, nullptr, nullptr, &filtered);
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, level, FALSE, FALSE};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    attributes.SecurityQualityOfService = &quality;
    NtDuplicateToken(filtered, TOKEN_ALL_ACCESS, &attributes, FALSE, TokenImpersonation, &token);
    NtClose(own);
    NtClose(filtered);
    return token;
}

void act_as(HANDLE token) {
    CHECK(NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &token, sizeof token) ==
          STATUS_SUCCESS);
}

ULONG own_process() {
    return static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(NtCurrentTeb()->ClientId.UniqueProcess));
}

HANDLE guard;

TEST(the_driver_sees_who_asks) {
    NTSTATUS status = load();
    if (!NT_SUCCESS(status)) test::print("it is not loaded: %x", static_cast<ULONG>(status));
    CHECK(NT_SUCCESS(status));
    CHECK(open(u"\\Device\\Guard", guard) == STATUS_SUCCESS);
    GUARD_SEEN seen = look(guard);
    CHECK(seen.Process == own_process());
    CHECK(seen.CurrentProcess == own_process() && seen.ProcessOfObject == own_process());
    CHECK(seen.SameProcessObject);
    auto thread = reinterpret_cast<ULONG_PTR>(NtCurrentTeb()->ClientId.UniqueThread);
    CHECK(seen.Thread == thread);
    CHECK(seen.Mode == 1 && seen.PreviousMode == 1 && !seen.SystemThread);
    CHECK(seen.Session == 1 && seen.TokenSession == 1);
    CHECK(!seen.Acting && seen.Level == 77);
    CHECK(seen.Admin && !seen.Restricted);
    CHECK(seen.LoadDriver);
    CHECK(seen.AdminsOnly && seen.Everybody && seen.EverybodyOfKernel);
    CHECK(!seen.NullDescriptor);
    CHECK(seen.Granted == (READ_CONTROL | 1));
}

TEST(an_open_says_what_was_asked_and_granted) {
    HANDLE file;
    CHECK(open(u"\\Device\\Guard", file, FILE_READ_DATA | SYNCHRONIZE) == STATUS_SUCCESS);
    GUARD_SEEN seen = look(file);
    CHECK(seen.Desired == (FILE_READ_DATA | SYNCHRONIZE));
    CHECK(seen.Original == seen.Desired && seen.Previously == seen.Desired && seen.Remaining == 0);
    CHECK(seen.Options == (FILE_OPEN << 24 | FILE_SYNCHRONOUS_IO_NONALERT));
    CHECK(seen.OpenedByAdmin && seen.OpenedInMode == 1);
    NtClose(file);
    // A name on it is the driver's to guard.
    CHECK(open(u"\\Device\\Guard\\name", file, FILE_READ_DATA | SYNCHRONIZE) == STATUS_SUCCESS);
    seen = look(file);
    CHECK(seen.Remaining == (FILE_READ_DATA | SYNCHRONIZE) && seen.Previously == 0);
    NtClose(file);
}

TEST(whom_a_thread_acts_as) {
    HANDLE token = ordinary(SecurityImpersonation);
    act_as(token);
    GUARD_SEEN seen = look(guard);
    act_as(nullptr);
    CHECK(seen.Process == own_process());
    CHECK(seen.Acting && seen.Level == SecurityImpersonation);
    CHECK(!seen.Admin && !seen.LoadDriver && !seen.AdminsOnly);
    CHECK(seen.Everybody && seen.Granted == (READ_CONTROL | 1));
    CHECK(seen.OpenedByAdmin);  // the file was opened before
    NtClose(token);
    // One who is merely identified may nothing.
    token = ordinary(SecurityIdentification);
    act_as(token);
    seen = look(guard);
    act_as(nullptr);
    CHECK(seen.Level == SecurityIdentification && !seen.Everybody && !seen.LoadDriver);
    NtClose(token);
}

TEST(devices_are_guarded) {
    HANDLE file, token = ordinary(SecurityImpersonation);
    CHECK(open(u"\\Device\\GuardAdmins", file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open(u"\\Device\\GuardSecure\\name", file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open(u"\\Device\\GuardBad", file) == STATUS_OBJECT_NAME_NOT_FOUND);
    act_as(token);
    CHECK(open(u"\\Device\\Guard", file) == STATUS_SUCCESS);
    GUARD_SEEN seen = look(file);
    CHECK(!seen.OpenedByAdmin);
    NtClose(file);
    CHECK(open(u"\\Device\\Guard", file, WRITE_DAC) == STATUS_ACCESS_DENIED);
    CHECK(open(u"\\Device\\Guard", file, FILE_ALL_ACCESS) == STATUS_ACCESS_DENIED);
    CHECK(open(u"\\Device\\Guard", file, MAXIMUM_ALLOWED | SYNCHRONIZE) == STATUS_SUCCESS);
    seen = look(file);
    CHECK(seen.Desired == (FILE_GENERIC_READ | FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE));
    NtClose(file);
    CHECK(open(u"\\Device\\GuardAdmins", file) == STATUS_ACCESS_DENIED);
    CHECK(open(u"\\Device\\GuardAdmins\\name", file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open(u"\\Device\\GuardSecure", file) == STATUS_ACCESS_DENIED);
    CHECK(open(u"\\Device\\GuardSecure\\name", file) == STATUS_ACCESS_DENIED);
    act_as(nullptr);
    NtClose(token);
}

TEST(a_device_s_descriptor_is_read_and_set_by_a_handle) {
    HANDLE file;
    UCHAR buffer[256];
    ULONG length = 0;
    CHECK(open(u"\\Device\\Guard", file, READ_CONTROL | WRITE_DAC | SYNCHRONIZE) == STATUS_SUCCESS);
    CHECK(NtQuerySecurityObject(file, DACL_SECURITY_INFORMATION, buffer, sizeof buffer, &length) ==
          STATUS_SUCCESS);
    BOOLEAN present = FALSE, defaulted;
    PACL list = nullptr;
    CHECK(RtlGetDaclSecurityDescriptor(buffer, &present, &list, &defaulted) == STATUS_SUCCESS);
    CHECK(present && list && list->AceCount == 4);
    // Nobody but who is there already.
    SECURITY_DESCRIPTOR none;
    ACL empty = {ACL_REVISION, 0, sizeof(ACL), 0, 0};
    RtlCreateSecurityDescriptor(&none, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&none, TRUE, &empty, FALSE);
    CHECK(NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &none) == STATUS_SUCCESS);
    HANDLE other;
    CHECK(open(u"\\Device\\Guard", other) == STATUS_ACCESS_DENIED);
    CHECK(NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, buffer) == STATUS_SUCCESS);
    CHECK(open(u"\\Device\\Guard", other) == STATUS_SUCCESS);
    NtClose(other);
    CHECK(NtSetSecurityObject(guard, DACL_SECURITY_INFORMATION, buffer) == STATUS_ACCESS_DENIED);
    NtClose(file);
}

TEST(a_driver_changes_its_own_device_s) {
    HANDLE file, token = ordinary(SecurityImpersonation);
    NTSTATUS answer = STATUS_UNSUCCESSFUL;
    CHECK(control(guard, GUARD_OPEN_UP, answer) == STATUS_SUCCESS);
    CHECK(answer == STATUS_SUCCESS);
    act_as(token);
    CHECK(open(u"\\Device\\GuardAdmins", file) == STATUS_SUCCESS);
    act_as(nullptr);
    NtClose(file);
    NtClose(token);
}

TEST(a_driver_acts_as_its_client_as_far_as_he_says) {
    GUARD_ACTED acted{};
    // Nothing was said: enough to know who it is.
    CHECK(control(guard, GUARD_ACT_AS, acted, SecurityImpersonation) == STATUS_SUCCESS);
    CHECK(acted.Created == STATUS_BAD_IMPERSONATION_LEVEL);
    CHECK(control(guard, GUARD_ACT_AS, acted, SecurityIdentification) == STATUS_SUCCESS);
    CHECK(acted.Created == STATUS_SUCCESS && acted.Acted == STATUS_SUCCESS);
    CHECK(acted.TokenType == TokenImpersonation);
    CHECK(acted.OpenedSmss == STATUS_BAD_IMPERSONATION_LEVEL);
    CHECK(acted.After == STATUS_ACCESS_DENIED);
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, SecurityImpersonation, FALSE, FALSE};
    HANDLE file;
    CHECK(open(u"\\Device\\Guard", file, kBoth, &quality) == STATUS_SUCCESS);
    CHECK(control(file, GUARD_ACT_AS, acted, SecurityImpersonation) == STATUS_SUCCESS);
    CHECK(acted.Created == STATUS_SUCCESS && acted.Acted == STATUS_SUCCESS);
    CHECK(acted.After == STATUS_ACCESS_DENIED);
    CHECK(control(file, GUARD_ACT_AS, acted, SecurityDelegation) == STATUS_SUCCESS);
    CHECK(acted.Created == STATUS_BAD_IMPERSONATION_LEVEL);
    // Nor further than he acts as another himself.
    HANDLE token = ordinary(SecurityIdentification);
    act_as(token);
    NTSTATUS status = control(file, GUARD_ACT_AS, acted, SecurityImpersonation);
    act_as(nullptr);
    CHECK(status == STATUS_SUCCESS && acted.Created == STATUS_BAD_IMPERSONATION_LEVEL);
    NtClose(token);
    NtClose(file);
    quality.ImpersonationLevel = static_cast<SECURITY_IMPERSONATION_LEVEL>(4);
    CHECK(open(u"\\Device\\Guard", file, kBoth, &quality) == STATUS_INVALID_PARAMETER);
}

TEST(descriptors_of_drivers_own_objects) {
    GUARD_ASSIGNED assigned{};
    CHECK(control(guard, GUARD_ASSIGN, assigned) == STATUS_SUCCESS);
    CHECK(assigned.Status == STATUS_SUCCESS);
    CHECK(assigned.Valid && assigned.HasDacl);
    CHECK(assigned.Asked == STATUS_SUCCESS && assigned.ShortLength == STATUS_BUFFER_TOO_SMALL);
}

TEST(and_goes) {
    NtClose(guard);
    UNICODE_STRING path = RTL_CONSTANT_STRING(kService);
    CHECK(NtUnloadDriver(&path) == STATUS_SUCCESS);
}

}  // namespace
