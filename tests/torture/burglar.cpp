// SPDX-License-Identifier: GPL-3.0-only
//
// A burglar: a program that is run with an ordinary user's rights and tries what only the system and its
// administrators may do. Each row of the tables names what it tries and the status that NT documents.
#include "tests/torture/burglar.hpp"
#include "abi/nt/neptune.h"

namespace {

using burglar::attempts;
using burglar::expect;

alignas(8) UCHAR list[64 * 1024];
ULONG length;

// The process with this image, 0 when there is none.
HANDLE find_process(const WCHAR* image) {
    UNICODE_STRING wanted;
    RtlInitUnicodeString(&wanted, image);
    if (!NT_SUCCESS(NtQuerySystemInformation(SystemProcessInformation, list, sizeof list, &length)))
        return nullptr;
    for (UCHAR* at = list;;) {
        auto* process = reinterpret_cast<SYSTEM_PROCESS_INFORMATION*>(at);
        if (RtlEqualUnicodeString(&process->ImageName, &wanted, TRUE)) return process->UniqueProcessId;
        if (process->NextEntryOffset == 0) return nullptr;
        at += process->NextEntryOffset;
    }
}

HANDLE first_thread(HANDLE id) {
    NtQuerySystemInformation(SystemProcessInformation, list, sizeof list, &length);
    for (UCHAR* at = list;;) {
        auto* process = reinterpret_cast<SYSTEM_PROCESS_INFORMATION*>(at);
        if (process->UniqueProcessId == id) return process->Threads[0].ClientId.UniqueThread;
        if (process->NextEntryOffset == 0) return nullptr;
        at += process->NextEntryOffset;
    }
}

struct Right {
    const char* name;
    ACCESS_MASK access;
};

constexpr Right kOfProcesses[] = {
    {"end it", PROCESS_TERMINATE},
    {"make a thread in it", PROCESS_CREATE_THREAD},
    {"change its memory's protection", PROCESS_VM_OPERATION},
    {"read its memory", PROCESS_VM_READ},
    {"write its memory", PROCESS_VM_WRITE},
    {"copy its handles", PROCESS_DUP_HANDLE},
    {"make a child of it", PROCESS_CREATE_PROCESS},
    {"set its quota", PROCESS_SET_QUOTA},
    {"change it", PROCESS_SET_INFORMATION},
    {"look into it", PROCESS_QUERY_INFORMATION},
    {"suspend it", PROCESS_SUSPEND_RESUME},
    {"delete it", DELETE},
    {"change its descriptor", WRITE_DAC},
    {"take it over", WRITE_OWNER},
    {"do everything", PROCESS_ALL_ACCESS},
    {"write, generically", GENERIC_WRITE},
};
constexpr Right kOfThreads[] = {
    {"end its thread", THREAD_TERMINATE},          {"suspend its thread", THREAD_SUSPEND_RESUME},
    {"read its registers", THREAD_GET_CONTEXT},    {"set its registers", THREAD_SET_CONTEXT},
    {"change its thread", THREAD_SET_INFORMATION}, {"act as its thread", THREAD_DIRECT_IMPERSONATION},
};
constexpr const WCHAR* kVictims[] = {u"smss.exe", u"ntcmd.exe", u"i8042prt.sys"};

TEST(others_processes) {
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    for (const WCHAR* victim : kVictims) {
        CLIENT_ID process = {find_process(victim), nullptr};
        CLIENT_ID thread = {process.UniqueProcess, first_thread(process.UniqueProcess)};
        CHECK(process.UniqueProcess != nullptr);
        HANDLE handle = nullptr;
        for (const Right& right : kOfProcesses)
            expect(right.name, NtOpenProcess(&handle, right.access, &attributes, &process),
                   STATUS_ACCESS_DENIED);
        for (const Right& right : kOfThreads)
            expect(right.name, NtOpenThread(&handle, right.access, &attributes, &thread),
                   STATUS_ACCESS_DENIED);
        // What everybody may.
        constexpr ACCESS_MASK kHarmless = PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE | READ_CONTROL;
        expect("it is seen", NtOpenProcess(&handle, kHarmless, &attributes, &process), STATUS_SUCCESS);
        HANDLE token = nullptr;
        NTSTATUS status = NtOpenProcessToken(handle, TOKEN_DUPLICATE, &token);
        expect("copy its token", status, STATUS_ACCESS_DENIED);
        expect("end it by the harmless handle", NtTerminateProcess(handle, 0), STATUS_ACCESS_DENIED);
        expect("suspend it by the harmless handle", NtSuspendProcess(handle), STATUS_ACCESS_DENIED);
        HANDLE more = nullptr;
        expect(
            "widen the harmless handle",
            NtDuplicateObject(NtCurrentProcess(), handle, NtCurrentProcess(), &more, PROCESS_TERMINATE, 0, 0),
            STATUS_ACCESS_DENIED);
        NtClose(handle);
    }
}

// --- privileges

NTSTATUS load_driver() {
    UNICODE_STRING name =
        RTL_CONSTANT_STRING(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\beep");
    return NtLoadDriver(&name);
}
NTSTATUS unload_driver() {
    UNICODE_STRING name =
        RTL_CONSTANT_STRING(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\i8042prt");
    return NtUnloadDriver(&name);
}
NTSTATUS set_clock() {
    LARGE_INTEGER time = {}, before = {};
    return NtSetSystemTime(&time, &before);
}
NTSTATUS set_log() {
    UNICODE_STRING text = RTL_CONSTANT_STRING(u"all:trace");
    return NtNeptuneSetLog(&text);
}
NTSTATUS show_log() {
    UNICODE_STRING text = {};
    return NtNeptuneSetLog(&text);
}
NTSTATUS power_off() {
    return NtShutdownSystem(ShutdownPowerOff);
}
NTSTATUS reboot() {
    return NtShutdownSystem(ShutdownReboot);
}
NTSTATUS debug_control() {
    return NtSystemDebugControl(static_cast<SYSDBG_COMMAND>(0), nullptr, 0, nullptr, 0, nullptr);
}

NTSTATUS permanent_by_flag() {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\BaseNamedObjects\\burglar");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_PERMANENT, nullptr, nullptr);
    HANDLE event = nullptr;
    return NtCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
}
NTSTATUS permanent_later() {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\BaseNamedObjects\\burglar");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, nullptr, nullptr);
    HANDLE event = nullptr;
    NTSTATUS status = NtCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
    if (NT_SUCCESS(status)) status = NtMakePermanentObject(event);
    NtClose(event);
    return status;
}

NTSTATUS enable(ULONG privilege) {
    return RtlAdjustPrivilege(privilege, TRUE, FALSE, nullptr);
}
NTSTATUS enable_debug() {
    return enable(SE_DEBUG_PRIVILEGE);
}
NTSTATUS enable_load_driver() {
    return enable(SE_LOAD_DRIVER_PRIVILEGE);
}
NTSTATUS enable_shutdown() {
    return enable(SE_SHUTDOWN_PRIVILEGE);
}
NTSTATUS enable_system_time() {
    return enable(SE_SYSTEMTIME_PRIVILEGE);
}
NTSTATUS enable_take_ownership() {
    return enable(SE_TAKE_OWNERSHIP_PRIVILEGE);
}
NTSTATUS enable_tcb() {
    return enable(SE_TCB_PRIVILEGE);
}

NTSTATUS create_token() {
    HANDLE token = nullptr;
    LUID id = {0x3e7, 0};
    LARGE_INTEGER never;
    never.QuadPart = 0x7fffffffffffffff;
    TOKEN_USER user = {};
    TOKEN_GROUPS groups = {};
    TOKEN_PRIVILEGES privileges = {};
    TOKEN_PRIMARY_GROUP primary = {};
    TOKEN_SOURCE source = {};
    return NtCreateToken(&token, TOKEN_ALL_ACCESS, nullptr, TokenPrimary, &id, &never, &user, &groups,
                         &privileges, nullptr, &primary, nullptr, &source);
}

HANDLE own_token() {
    HANDLE token = nullptr;
    NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &token);
    return token;
}
NTSTATUS raise_integrity() {
    struct {
        UCHAR revision = 1, count = 1, authority[6] = {0, 0, 0, 0, 0, 16};
        ULONG part = SECURITY_MANDATORY_HIGH_RID;
    } high;
    TOKEN_MANDATORY_LABEL label = {{&high, 0}};
    return NtSetInformationToken(own_token(), TokenIntegrityLevel, &label, sizeof label);
}
NTSTATUS enable_administrators() {
    struct {
        UCHAR revision = 1, count = 2, authority[6] = {0, 0, 0, 0, 0, 5};
        ULONG parts[2] = {32, 544};
    } administrators;
    TOKEN_GROUPS change = {1, {{&administrators, SE_GROUP_ENABLED}}};
    return NtAdjustGroupsToken(own_token(), FALSE, &change, 0, nullptr, nullptr);
}
NTSTATUS change_session() {
    ULONG session = 0;
    return NtSetInformationToken(own_token(), TokenSessionId, &session, sizeof session);
}
NTSTATUS see_audit_list() {
    CLIENT_ID self = NtCurrentTeb()->ClientId;
    self.UniqueThread = nullptr;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    HANDLE handle = nullptr;
    return NtOpenProcess(&handle, ACCESS_SYSTEM_SECURITY, &attributes, &self);
}

// --- the namespace and the registry

NTSTATUS open_link(const WCHAR* path, ACCESS_MASK access) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, nullptr, nullptr);
    HANDLE link = nullptr;
    return NtOpenSymbolicLinkObject(&link, access, &attributes);
}
NTSTATUS delete_system_root() {
    return open_link(u"\\SystemRoot", DELETE);
}
NTSTATUS take_system_root() {
    return open_link(u"\\SystemRoot", WRITE_OWNER);
}
NTSTATUS delete_drive() {
    return open_link(u"\\??\\C:", DELETE);
}
NTSTATUS open_directory(const WCHAR* path, ACCESS_MASK access) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, nullptr, nullptr);
    HANDLE directory = nullptr;
    return NtOpenDirectoryObject(&directory, access, &attributes);
}
NTSTATUS delete_devices() {
    return open_directory(u"\\Device", DELETE);
}
NTSTATUS delete_root() {
    return open_directory(u"\\", DELETE);
}
NTSTATUS name_in_devices() {
    return open_directory(u"\\Device", DIRECTORY_CREATE_OBJECT);
}
NTSTATUS name_in_known_dlls() {
    return open_directory(u"\\KnownDlls", DIRECTORY_CREATE_OBJECT);
}
NTSTATUS create_named(const WCHAR* path) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, nullptr, nullptr);
    HANDLE event = nullptr;
    return NtCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
}
NTSTATUS plant_device() {
    return create_named(u"\\Device\\burglar");
}
NTSTATUS plant_dll() {
    return create_named(u"\\KnownDlls\\burglar.dll");
}
NTSTATUS plant_in_root() {
    return create_named(u"\\burglar");
}
NTSTATUS open_key(const WCHAR* path, ACCESS_MASK access) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key = nullptr;
    return NtOpenKey(&key, access, &attributes);
}
NTSTATUS change_services() {
    return open_key(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\beep", KEY_SET_VALUE);
}
NTSTATUS delete_services() {
    return open_key(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\beep", DELETE);
}
NTSTATUS change_start() {
    return open_key(u"\\Registry\\Machine\\System\\CurrentControlSet\\Control", KEY_WRITE);
}
NTSTATUS create_in_machine() {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Registry\\Machine\\Software\\burglar");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key = nullptr;
    return NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, nullptr, 0, nullptr);
}
NTSTATUS read_services() {
    return open_key(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\beep", KEY_READ);
}

NTSTATUS write_own_hive() {
    HANDLE key = nullptr;
    return RtlOpenCurrentUser(KEY_ALL_ACCESS, &key);
}
NTSTATUS write_default_hive() {
    return open_key(u"\\Registry\\User\\.Default", KEY_SET_VALUE);
}

struct Attempt {
    const char* what;
    NTSTATUS (*run)();
    NTSTATUS documented;
};

constexpr Attempt kAttempts[] = {
    {"load a driver", load_driver, STATUS_PRIVILEGE_NOT_HELD},
    {"unload a driver", unload_driver, STATUS_PRIVILEGE_NOT_HELD},
    {"set the clock", set_clock, STATUS_PRIVILEGE_NOT_HELD},
    {"set the log", set_log, STATUS_PRIVILEGE_NOT_HELD},
    {"fill the log", show_log, STATUS_PRIVILEGE_NOT_HELD},
    {"power off", power_off, STATUS_PRIVILEGE_NOT_HELD},
    {"reboot", reboot, STATUS_PRIVILEGE_NOT_HELD},
    {"control the debugger", debug_control, STATUS_ACCESS_DENIED},
    {"a permanent object", permanent_by_flag, STATUS_PRIVILEGE_NOT_HELD},
    {"an object made permanent", permanent_later, STATUS_PRIVILEGE_NOT_HELD},
    {"enable SeDebugPrivilege", enable_debug, STATUS_PRIVILEGE_NOT_HELD},
    {"enable SeLoadDriverPrivilege", enable_load_driver, STATUS_PRIVILEGE_NOT_HELD},
    {"enable SeShutdownPrivilege", enable_shutdown, STATUS_PRIVILEGE_NOT_HELD},
    {"enable SeSystemtimePrivilege", enable_system_time, STATUS_PRIVILEGE_NOT_HELD},
    {"enable SeTakeOwnershipPrivilege", enable_take_ownership, STATUS_PRIVILEGE_NOT_HELD},
    {"enable SeTcbPrivilege", enable_tcb, STATUS_PRIVILEGE_NOT_HELD},
    {"make a token", create_token, STATUS_PRIVILEGE_NOT_HELD},
    {"raise its own integrity", raise_integrity, STATUS_PRIVILEGE_NOT_HELD},
    {"enable Administrators", enable_administrators, STATUS_CANT_ENABLE_DENY_ONLY},
    {"go to another session", change_session, STATUS_PRIVILEGE_NOT_HELD},
    {"see its own audit list", see_audit_list, STATUS_PRIVILEGE_NOT_HELD},
    {"delete \\SystemRoot", delete_system_root, STATUS_ACCESS_DENIED},
    {"take \\SystemRoot over", take_system_root, STATUS_ACCESS_DENIED},
    {"delete \\??\\C:", delete_drive, STATUS_ACCESS_DENIED},
    {"delete \\Device", delete_devices, STATUS_ACCESS_DENIED},
    {"delete the root", delete_root, STATUS_ACCESS_DENIED},
    {"make names in \\Device", name_in_devices, STATUS_ACCESS_DENIED},
    {"make names in \\KnownDlls", name_in_known_dlls, STATUS_ACCESS_DENIED},
    {"an object in \\Device", plant_device, STATUS_ACCESS_DENIED},
    {"an object in \\KnownDlls", plant_dll, STATUS_ACCESS_DENIED},
    {"an object in the root", plant_in_root, STATUS_ACCESS_DENIED},
    {"change a service", change_services, STATUS_ACCESS_DENIED},
    {"delete a service", delete_services, STATUS_ACCESS_DENIED},
    {"change how the system starts", change_start, STATUS_ACCESS_DENIED},
    {"a key below Machine", create_in_machine, STATUS_ACCESS_DENIED},
    {"change others' user keys", write_default_hive, STATUS_ACCESS_DENIED},
    {"read a service", read_services, STATUS_SUCCESS},
    {"write what is its user's", write_own_hive, STATUS_SUCCESS},
};

TEST(what_takes_privileges_or_is_the_systems) {
    for (const Attempt& attempt : kAttempts)
        expect(attempt.what, attempt.run(), attempt.documented);
    test::print("%d attempts", attempts);
}

}  // namespace
