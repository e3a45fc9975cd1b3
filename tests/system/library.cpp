// SPDX-License-Identifier: GPL-3.0-only
// Exported names of the run-time library whose work is done by the system or the calling convention.
#include "abi/nt/ntcrt_more.h"
#include "abi/nt/ntetw.h"
#include "abi/nt/ntnls.h"
#include "abi/nt/ntrtl_extended.h"
#include "abi/nt/ntrtl_table.h"
#include "abi/nt/ntrtl_text.h"
#include "tests/system/test.h"

namespace {

NTSTATUS message(WCHAR* to, ULONG size, const WCHAR* text, ...) {
    va_list arguments;
    va_start(arguments, text);
    ULONG written = 0;
    const NTSTATUS status = RtlFormatMessage(text, 0, FALSE, FALSE, FALSE, &arguments, to, size, &written);
    va_end(arguments);
    return NT_SUCCESS(status) && written != (wcslen(to) + 1) * sizeof(WCHAR) ? STATUS_UNSUCCESSFUL : status;
}

}  // namespace

TEST(messages_take_a_list_of_arguments) {
    WCHAR text[64];
    CHECK(message(text, sizeof(text), u"%1 has %2!d! of %3!I64u!", u"it", -3, 1ull << 40) == STATUS_SUCCESS);
    CHECK(wcscmp(text, u"it has -3 of 1099511627776") == 0);
    CHECK(message(text, 8, u"%1", u"long") == STATUS_BUFFER_OVERFLOW);
}

TEST(c_library_names) {
    int a = 0;
    char word[8];
    CHECK(sscanf("12 abc", "%d %7s", &a, word) == 2 && a == 12 && strcmp(word, "abc") == 0);
    CHECK(_snprintf_s(word, sizeof(word), 7, "%s-%d", "ab", 123) == 6 && strcmp(word, "ab-123") == 0);
    CHECK(strcpy_s(word, sizeof(word), "12345678") == 34 && !word[0]);
    CHECK(atol("-77x") == -77 && _wtol(u" 15") == 15);
    CHECK(strcmp(_ltoa(-12, word, 10), "-12") == 0);
    WCHAR wide[16];
    CHECK(wcscmp(_ltow(-1, wide, 16), u"ffffffff") == 0);
    CHECK(_snwprintf_s(wide, 16, 15, u"%s", u"wide") == 4 && wcscmp(wide, u"wide") == 0);
    CHECK(isalpha('a') == 0x102 && isdigit('5') == 4 && isspace(' ') == 8 && isxdigit('f') == 0x80);
    CHECK(towupper(0xe4) == 0xe4 && towupper('z') == 'Z');
    CHECK(iswlower('q') && !iswlower('Q'));
}

TEST(providers_register_and_nobody_listens) {
    const GUID provider = {1, 2, 3, {4}};
    const EVENT_DESCRIPTOR event = {};
    REGHANDLE handle = 0, second = 0;
    CHECK(EtwEventRegister(&provider, nullptr, nullptr, &handle) == 0 && handle);
    CHECK(EtwEventRegister(&provider, nullptr, nullptr, &second) == 0 && second != handle);
    CHECK(!EtwEventEnabled(handle, &event) && !EtwEventProviderEnabled(handle, 1, ~0ull));
    CHECK(EtwEventWrite(handle, &event, 0, nullptr) == 0);
    CHECK(EtwEventUnregister(handle) == 0);
    CHECK(EtwEventUnregister(handle) == 6);
    CHECK(EtwEventWrite(handle, &event, 0, nullptr) == 6);
    CHECK(EtwEventUnregister(second) == 0);
    GUID id = {}, other = {}, back = {};
    CHECK(EtwEventActivityIdControl(EVENT_ACTIVITY_CTRL_CREATE_ID, &id) == 0);
    CHECK(EtwEventActivityIdControl(EVENT_ACTIVITY_CTRL_CREATE_ID, &other) == 0);
    CHECK(memcmp(&id, &other, sizeof(id)) != 0);
    CHECK(EtwEventActivityIdControl(EVENT_ACTIVITY_CTRL_SET_ID, &id) == 0);
    CHECK(EtwEventActivityIdControl(EVENT_ACTIVITY_CTRL_GET_SET_ID, &other) == 0);
    CHECK(memcmp(&id, &other, sizeof(id)) == 0);
    CHECK(EtwEventActivityIdControl(EVENT_ACTIVITY_CTRL_GET_ID, &back) == 0);
    CHECK(EtwEventActivityIdControl(9, &back) == 87);
}

TEST(stacks_grow_down_to_their_guard) {
    INITIAL_TEB teb = {};
    REQUIRE(RtlCreateUserStack(0x4000, 0x20000, 0, 0x1000, 0x10000, &teb) == STATUS_SUCCESS);
    char* base = static_cast<char*>(teb.StackBase);
    char* limit = static_cast<char*>(teb.StackLimit);
    CHECK(base - limit == 0x4000);
    CHECK(base - static_cast<char*>(teb.StackAllocationBase) == 0x20000);
    base[-1] = 1;
    limit[0] = 1;
    MEMORY_BASIC_INFORMATION information = {};
    CHECK(NtQueryVirtualMemory(NtCurrentProcess(), limit - 1, MemoryBasicInformation, &information,
                               sizeof(information), nullptr) == STATUS_SUCCESS);
    CHECK(information.Protect == (PAGE_READWRITE | PAGE_GUARD) && information.RegionSize == 0x1000);
    RtlFreeUserStack(teb.StackAllocationBase);
    CHECK(NtQueryVirtualMemory(NtCurrentProcess(), limit, MemoryBasicInformation, &information,
                               sizeof(information), nullptr) == STATUS_SUCCESS);
    CHECK(information.State == MEM_FREE);
    CHECK(RtlCreateUserStack(0, 0, 0, 0, 0, &teb) == STATUS_INVALID_PARAMETER);
}

TEST(extended_contexts) {
    ULONG length = 0;
    CHECK(RtlGetExtendedContextLength(CONTEXT_FULL, &length) == STATUS_SUCCESS);
    CHECK(length == sizeof(CONTEXT) + sizeof(CONTEXT_EX) + 15);
    CHECK(RtlGetExtendedContextLength(0x10001, &length) == STATUS_INVALID_PARAMETER);
    alignas(16) static char memory[sizeof(CONTEXT) * 2 + 256];
    alignas(16) static char copy[sizeof(memory)];
    PCONTEXT_EX extended, other;
    REQUIRE(RtlInitializeExtendedContext(memory + 3, CONTEXT_FULL, &extended) == STATUS_SUCCESS);
    REQUIRE(RtlInitializeExtendedContext(copy, CONTEXT_CONTROL, &other) == STATUS_SUCCESS);
    auto* context = static_cast<PCONTEXT>(RtlLocateLegacyContext(extended, &length));
    CHECK(length == sizeof(CONTEXT) && context->ContextFlags == CONTEXT_FULL);
    CHECK((reinterpret_cast<ULONG_PTR>(context) & 15) == 0 && static_cast<void*>(context + 1) == extended);
    context->Rip = 0x1234;
    context->Rax = 0x5678;
    CHECK(RtlCopyExtendedContext(other, CONTEXT_CONTROL, extended) == STATUS_SUCCESS);
    auto* copied = static_cast<PCONTEXT>(RtlLocateLegacyContext(other, nullptr));
    CHECK(copied->Rip == 0x1234 && copied->Rax == 0);
    CHECK(!RtlLocateExtendedFeature(extended, 2, &length));
    CHECK(RtlGetExtendedFeaturesMask(extended) == 0);
    CHECK(RtlGetEnabledExtendedFeatures(~0ull) == USER_SHARED_DATA->XState.EnabledFeatures);
}

TEST(questions_about_32_bit_processes) {
    USHORT current = 0, native = 0;
    CHECK(RtlWow64GetProcessMachines(NtCurrentProcess(), &current, &native) == STATUS_SUCCESS);
    CHECK(current == 0x8664 && native == 0x8664);
    CHECK(!NT_SUCCESS(RtlWow64GetProcessMachines(reinterpret_cast<HANDLE>(0xdead0), &current, &native)));
    CHECK(RtlWow64EnableFsRedirection(TRUE) == STATUS_NOT_IMPLEMENTED);
}

TEST(single_functions) {
    ULONG product = 99;
    CHECK(!RtlGetProductInfo(5, 1, 0, 0, &product) && product == 0);
    CHECK(RtlGetProductInfo(6, 1, 0, 0, &product) && product != 0);
    LARGE_INTEGER time;
    time.QuadPart = ((1ll * 24 + 2) * 3600 + 3 * 60 + 4) * 10000000 + 50000;
    TIME_FIELDS fields;
    RtlTimeToElapsedTimeFields(&time, &fields);
    CHECK(fields.Day == 1 && fields.Hour == 2 && fields.Minute == 3 && fields.Second == 4 &&
          fields.Milliseconds == 5);
    PVOID ntdll = nullptr;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"ntdll.dll");
    REQUIRE(LdrGetDllHandle(nullptr, nullptr, &name, &ntdll) == STATUS_SUCCESS);
    using GetProductInfo = BOOLEAN(NTAPI*)(ULONG, ULONG, ULONG, ULONG, PULONG);
    auto found = reinterpret_cast<GetProductInfo>(RtlFindExportedRoutineByName(ntdll, "RtlGetProductInfo"));
    REQUIRE(found);
    CHECK(found(6, 0, 0, 0, &product));
    CHECK(!RtlFindExportedRoutineByName(ntdll, "NoSuchName"));
    HANDLE debug = DbgUiGetThreadDebugObject();
    CHECK(!debug);
    DbgUiSetThreadDebugObject(reinterpret_cast<HANDLE>(0x44));
    CHECK(DbgUiGetThreadDebugObject() == reinterpret_cast<HANDLE>(0x44));
    DbgUiSetThreadDebugObject(nullptr);
    CHECK(DbgUiIssueRemoteBreakin(NtCurrentProcess()) == STATUS_SUCCESS);
}

// Code pages of the caller's own: one of single bytes, and one with a lead byte.
TEST(custom_code_pages) {
    static USHORT unicode_of[256];
    static USHORT two_bytes[256 + 256];  // the lead bytes' offsets, and the characters of the one there is
    static UCHAR byte_of[0x10000];
    static USHORT bytes_of[0x10000];
    for (ULONG i = 0; i < 256; ++i)
        unicode_of[i] = static_cast<USHORT>(i);
    for (ULONG i = 0; i < 0x10000; ++i) {
        byte_of[i] = i < 256 ? static_cast<UCHAR>(i) : '?';
        bytes_of[i] = byte_of[i];
    }
    two_bytes[0x81] = 256;
    two_bytes[256 + 0x40] = 0x3000;
    bytes_of[0x3000] = 0x8140;
    CPTABLEINFO single = {}, both = {};
    single.MultiByteTable = both.MultiByteTable = unicode_of;
    single.WideCharTable = byte_of;
    both.WideCharTable = bytes_of;
    both.DBCSCodePage = 1;
    both.DBCSOffsets = two_bytes;
    char narrow[8] = {};
    WCHAR wide[8] = {};
    ULONG bytes = 0;
    CHECK(RtlUnicodeToCustomCPN(&single, narrow, sizeof(narrow), &bytes, u"a\x20ac", 4) == STATUS_SUCCESS);
    CHECK(bytes == 2 && narrow[0] == 'a' && narrow[1] == '?');
    CHECK(RtlUpcaseUnicodeToCustomCPN(&single, narrow, 1, &bytes, u"ab", 4) == STATUS_BUFFER_OVERFLOW);
    CHECK(bytes == 1 && narrow[0] == 'A');
    CHECK(RtlUnicodeToCustomCPN(&both, narrow, sizeof(narrow), &bytes, u"x\x3000y", 6) == STATUS_SUCCESS);
    CHECK(bytes == 4 && !memcmp(narrow, "x\x81\x40y", 4));
    CHECK(RtlUnicodeToCustomCPN(&both, narrow, 2, &bytes, u"x\x3000", 4) == STATUS_BUFFER_OVERFLOW &&
          bytes == 1);
    CHECK(RtlCustomCPToUnicodeN(&both, wide, sizeof(wide), &bytes, "x\x81\x40y", 4) == STATUS_SUCCESS);
    CHECK(bytes == 6 && wide[0] == 'x' && wide[1] == 0x3000 && wide[2] == 'y');
    CHECK(RtlCustomCPToUnicodeN(&both, wide, sizeof(wide), &bytes, "\x81", 1) == STATUS_SUCCESS &&
          bytes == 2);
    CHECK(RtlUpcaseUnicodeToOemN(narrow, sizeof(narrow), &bytes, u"oem", 6) == STATUS_SUCCESS);
    CHECK(bytes == 3 && !memcmp(narrow, "OEM", 3));
    UNICODE_STRING text = RTL_CONSTANT_STRING(u"text");
    STRING counted = {0, 4, narrow}, made = {};
    CHECK(RtlUpcaseUnicodeStringToCountedOemString(&counted, &text, FALSE) == STATUS_SUCCESS);
    CHECK(counted.Length == 4 && !memcmp(narrow, "TEXT", 4));
    counted.MaximumLength = 3;
    CHECK(RtlUpcaseUnicodeStringToCountedOemString(&counted, &text, FALSE) == STATUS_BUFFER_OVERFLOW);
    CHECK(RtlUpcaseUnicodeStringToAnsiString(&made, &text, TRUE) == STATUS_SUCCESS);
    CHECK(made.Length == 4 && made.MaximumLength == 5 && !memcmp(made.Buffer, "TEXT", 5));
    RtlFreeAnsiString(&made);
    BOOLEAN packaged = TRUE;
    CHECK(RtlQueryPackageIdentity(nullptr, nullptr, nullptr, nullptr, nullptr, &packaged) ==
          STATUS_NOT_FOUND);
    CHECK(!packaged);
}
