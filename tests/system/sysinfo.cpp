// SPDX-License-Identifier: GPL-3.0-only
//
// System information, tokens, time, locale, atoms.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

alignas(16) UCHAR buffer[0x10000];
ULONG length;

NTSTATUS query(SYSTEM_INFORMATION_CLASS which, ULONG size = sizeof buffer) {
    return NtQuerySystemInformation(which, buffer, size, &length);
}

void system_classes() {
    expect("basic", query(SystemBasicInformation, sizeof(SYSTEM_BASIC_INFORMATION)), STATUS_SUCCESS);
    auto* basic = reinterpret_cast<SYSTEM_BASIC_INFORMATION*>(buffer);
    check("page size", basic->PageSize == 4096);
    check("some memory", basic->NumberOfPhysicalPages > 1000, "pages", basic->NumberOfPhysicalPages);
    expect("basic too short", query(SystemBasicInformation, 8), STATUS_INFO_LENGTH_MISMATCH);
    expect("performance", query(SystemPerformanceInformation), STATUS_SUCCESS);
    expect("time of day", query(SystemTimeOfDayInformation), STATUS_SUCCESS);
    expect("handles", query(SystemExtendedHandleInformation), STATUS_SUCCESS);
    expect("types", query(SystemNeptuneObjectTypes), STATUS_SUCCESS);
    expect("drivers", query(SystemNeptuneDriverInformation), STATUS_SUCCESS);
    expect("unknown class", query(static_cast<SYSTEM_INFORMATION_CLASS>(3999)), STATUS_INVALID_INFO_CLASS);
    expect("bad pointer",
           NtQuerySystemInformation(SystemBasicInformation, reinterpret_cast<PVOID>(64),
                                    sizeof(SYSTEM_BASIC_INFORMATION), nullptr),
           STATUS_ACCESS_VIOLATION);
}

// Counts of the whole system: the faults only rise, a program's pages are not the Executive's.
void performance() {
    constexpr ULONG kPages = 64;
    SYSTEM_PERFORMANCE_INFORMATION before, after;
    NtQuerySystemInformation(SystemPerformanceInformation, &before, sizeof before, nullptr);
    PVOID base = nullptr;
    SIZE_T size = kPages * 4096;
    NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    for (ULONG page = 0; page < kPages; ++page)
        static_cast<volatile char*>(base)[page * 4096] = 1;
    NtQuerySystemInformation(SystemPerformanceInformation, &after, sizeof after, nullptr);
    check("faults are counted", after.PageFaultCount > before.PageFaultCount);
    check("committed pages are counted", after.CommittedPages >= before.CommittedPages + kPages);
    check("a program's pages are not the Executive's",
          after.NonPagedPoolPages < before.NonPagedPoolPages + kPages / 2);
    size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    NtQuerySystemInformation(SystemPerformanceInformation, &before, sizeof before, nullptr);
    check("they come back", before.CommittedPages + kPages <= after.CommittedPages);
    check("the peak stays", before.PeakCommitment >= after.CommittedPages);
    check("the faults stay", before.PageFaultCount >= after.PageFaultCount);
}

void processes() {
    expect("processes", query(SystemProcessInformation), STATUS_SUCCESS);
    HANDLE self = NtCurrentTeb()->ClientId.UniqueProcess;
    bool found = false;
    for (UCHAR* at = buffer;;) {
        auto* process = reinterpret_cast<SYSTEM_PROCESS_INFORMATION*>(at);
        if (process->UniqueProcessId == self) {
            found = true;
            check("its threads", process->NumberOfThreads >= 1);
            check("its thread's process", process->Threads[0].ClientId.UniqueProcess == self);
            UNICODE_STRING name;
            RtlInitUnicodeString(&name, u"sysinfo.exe");
            check("its name", RtlEqualUnicodeString(&process->ImageName, &name, TRUE));
        }
        if (process->NextEntryOffset == 0) break;
        at += process->NextEntryOffset;
    }
    check("this process is listed", found);
}

void tokens() {
    HANDLE token = nullptr;
    expect("open token", NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &token), STATUS_SUCCESS);
    expect("user", NtQueryInformationToken(token, TokenUser, buffer, sizeof buffer, &length), STATUS_SUCCESS);
    auto* user = reinterpret_cast<TOKEN_USER*>(buffer);
    auto* sid = static_cast<SID*>(user->User.Sid);
    // Of this machine.
    check("the administrator", sid->SubAuthorityCount == 5 &&
                                   sid->SubAuthority[0] == SECURITY_NT_NON_UNIQUE &&
                                   sid->SubAuthority[4] == DOMAIN_USER_RID_ADMIN);
    expect("too short", NtQueryInformationToken(token, TokenUser, buffer, 4, &length),
           STATUS_BUFFER_TOO_SMALL);
    for (ULONG which = TokenUser; which <= TokenPrivileges; ++which)
        expect("token class",
               NtQueryInformationToken(token, static_cast<TOKEN_INFORMATION_CLASS>(which), buffer,
                                       sizeof buffer, &length),
               STATUS_SUCCESS);
    TOKEN_PRIVILEGES change = {1, {{{SE_SHUTDOWN_PRIVILEGE, 0}, 0}}};
    TOKEN_PRIVILEGES previous = {};
    expect("drop a privilege",
           NtAdjustPrivilegesToken(token, FALSE, &change, sizeof previous, &previous, &length),
           STATUS_SUCCESS);
    check("it was there", previous.PrivilegeCount == 1);
    // Without it the machine stays on.
    expect("no shutdown", NtShutdownSystem(ShutdownPowerOff), STATUS_PRIVILEGE_NOT_HELD);
    change.Privileges[0].Luid.LowPart = 77;
    expect("no such privilege", NtAdjustPrivilegesToken(token, FALSE, &change, 0, nullptr, nullptr),
           STATUS_NOT_ALL_ASSIGNED);
    HANDLE none = nullptr;
    expect("no thread token", NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &none),
           STATUS_NO_TOKEN);
    expect("pseudo handle",
           NtQueryInformationToken(NtCurrentProcessToken(), TokenUser, buffer, sizeof buffer, &length),
           STATUS_SUCCESS);
    NtClose(token);
}

void the_rest() {
    LUID first, second;
    NtAllocateLocallyUniqueId(&first);
    NtAllocateLocallyUniqueId(&second);
    check("unique ids", second.LowPart > first.LowPart);
    LARGE_INTEGER now, later;
    expect("time", NtQuerySystemTime(&now), STATUS_SUCCESS);
    NtQuerySystemTime(&later);
    check("time goes on", later.QuadPart >= now.QuadPart);
    check("after 2020", now.QuadPart > 132'223'104'000'000'000);
    LCID locale = 0;
    expect("locale", NtQueryDefaultLocale(FALSE, &locale), STATUS_SUCCESS);
    check("english", locale == 0x409, "locale", locale);
    static WCHAR name[] = u"SystemTestAtom";
    USHORT atom = 0, same = 0;
    expect("add atom", NtAddAtom(name, sizeof name - sizeof(WCHAR), &atom), STATUS_SUCCESS);
    expect("find atom", NtFindAtom(name, sizeof name - sizeof(WCHAR), &same), STATUS_SUCCESS);
    check("the same", atom == same && atom >= 0xc000);
    expect("delete atom", NtDeleteAtom(atom), STATUS_SUCCESS);
    expect("atom is gone", NtFindAtom(name, sizeof name - sizeof(WCHAR), &same),
           STATUS_OBJECT_NAME_NOT_FOUND);
}

void hard_errors() {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, u"sysinfo-test.dll");
    const ULONG_PTR named[] = {reinterpret_cast<ULONG_PTR>(&name), 0};
    ULONG response = 7;
    expect("hard error", NtRaiseHardError(STATUS_DLL_NOT_FOUND, 1, 1, named, OptionOk, &response),
           STATUS_SUCCESS);
    check("nobody answered", response == 0, "response", response);
    const ULONG_PTR many[6] = {};
    expect("six parameters", NtRaiseHardError(STATUS_DLL_NOT_FOUND, 6, 0, many, OptionOk, &response),
           STATUS_INVALID_PARAMETER_2);
    expect("no such option", NtRaiseHardError(STATUS_DLL_NOT_FOUND, 1, 1, named, 7, &response),
           STATUS_INVALID_PARAMETER_4);
    const ULONG_PTR nowhere[] = {0x10};
    expect("a string nowhere", NtRaiseHardError(STATUS_DLL_NOT_FOUND, 1, 1, nowhere, OptionOk, &response),
           STATUS_ACCESS_VIOLATION);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    system_classes();
    performance();
    processes();
    tokens();
    the_rest();
    hard_errors();
    test::end();
}
