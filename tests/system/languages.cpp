// SPDX-License-Identifier: GPL-3.0-only
// Languages of the user interface, stacks of activation contexts, registry values by path.
#include "abi/nt/ntactctx.h"
#include "abi/nt/ntmui.h"
#include "abi/nt/ntrtl_registry.h"
#include "tests/system/test.h"

namespace {

bool same(const WCHAR* list, const WCHAR* expected, ULONG size) {
    return memcmp(list, expected, size * sizeof(WCHAR)) == 0;
}

}  // namespace

TEST(languages_are_lists_of_names_or_numbers) {
    WCHAR list[64];
    ULONG count = 0, size = 0;
    CHECK(RtlGetSystemPreferredUILanguages(MUI_LANGUAGE_NAME, 0, &count, nullptr, &size) == STATUS_SUCCESS);
    CHECK(count == 1 && size == 7);
    size = 6;
    CHECK(RtlGetSystemPreferredUILanguages(MUI_LANGUAGE_NAME, 0, &count, list, &size) ==
          STATUS_BUFFER_TOO_SMALL);
    CHECK(size == 7);
    CHECK(RtlGetSystemPreferredUILanguages(MUI_LANGUAGE_NAME, 0, &count, list, &size) == STATUS_SUCCESS);
    CHECK(same(list, u"en-US\0", 7));
    size = 64;
    CHECK(RtlGetUserPreferredUILanguages(MUI_LANGUAGE_ID, 0, &count, list, &size) == STATUS_SUCCESS);
    CHECK(size == 6 && same(list, u"0409\0", 6));
    CHECK(RtlGetUserPreferredUILanguages(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME, 0, &count, list, &size) ==
          STATUS_INVALID_PARAMETER);
}

TEST(threads_and_processes_prefer_their_own) {
    WCHAR list[64];
    ULONG count = 0, size = 64;
    CHECK(RtlGetThreadPreferredUILanguages(MUI_LANGUAGE_NAME | MUI_THREAD_LANGUAGES, &count, list, &size) ==
          STATUS_SUCCESS);
    CHECK(count == 0 && size == 2);
    CHECK(RtlSetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, u"de-DE\0fr-FR\0", &count) == STATUS_SUCCESS);
    CHECK(count == 2);
    CHECK(RtlSetProcessPreferredUILanguages(MUI_LANGUAGE_ID, u"0410\0", &count) == STATUS_SUCCESS);
    size = 64;
    CHECK(RtlGetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, &count, list, &size) == STATUS_SUCCESS);
    CHECK(count == 4 && same(list, u"de-DE\0fr-FR\0it-IT\0en-US\0", 25));
    size = 64;
    CHECK(RtlGetThreadPreferredUILanguages(MUI_LANGUAGE_ID | MUI_THREAD_LANGUAGES, &count, list, &size) ==
          STATUS_SUCCESS);
    CHECK(count == 2 && same(list,
                             u"0407\0"
                             u"040C\0",
                             11));
    CHECK(RtlSetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, u"xx-XX\0", &count) ==
          STATUS_INVALID_PARAMETER);
    CHECK(RtlSetThreadPreferredUILanguages(0, nullptr, &count) == STATUS_SUCCESS && count == 0);
    CHECK(RtlSetProcessPreferredUILanguages(0, nullptr, &count) == STATUS_SUCCESS);
    size = 64;
    CHECK(RtlGetProcessPreferredUILanguages(MUI_LANGUAGE_NAME, &count, list, &size) == STATUS_SUCCESS &&
          count == 0);
}

TEST(activation_frames_are_a_stack) {
    ULONG_PTR first = 0, second = 0;
    HANDLE active = reinterpret_cast<HANDLE>(1);
    CHECK(RtlGetActiveActivationContext(&active) == STATUS_SUCCESS && !active);
    CHECK(!RtlIsActivationContextActive(nullptr));
    REQUIRE(RtlActivateActivationContext(0, nullptr, &first) == STATUS_SUCCESS);
    REQUIRE(RtlActivateActivationContext(0, nullptr, &second) == STATUS_SUCCESS);
    CHECK(first && second && first != second);
    CHECK(RtlIsActivationContextActive(nullptr));
    RtlDeactivateActivationContext(0, second);
    RtlDeactivateActivationContext(0, first);
    CHECK(!NtCurrentTeb()->ActivationContextStackPointer->ActiveFrame);
    REQUIRE(RtlActivateActivationContext(0, nullptr, &first) == STATUS_SUCCESS);
    REQUIRE(RtlActivateActivationContext(0, nullptr, &second) == STATUS_SUCCESS);
    RtlDeactivateActivationContext(RTL_DEACTIVATE_ACTIVATION_CONTEXT_FLAG_FORCE_EARLY_DEACTIVATION, first);
    CHECK(!NtCurrentTeb()->ActivationContextStackPointer->ActiveFrame);
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"comctl32.dll");
    CHECK(RtlFindActivationContextSectionString(0, nullptr, 2, &name, nullptr) ==
          STATUS_SXS_SECTION_NOT_FOUND);
    CHECK(RtlFindActivationContextSectionString(0, nullptr, 2, nullptr, nullptr) == STATUS_INVALID_PARAMETER);
    ACTIVATION_CONTEXT_BASIC_INFORMATION basic = {reinterpret_cast<HANDLE>(1), 1};
    SIZE_T length = 0;
    CHECK(RtlQueryInformationActivationContext(0, nullptr, nullptr, ActivationContextBasicInformation, &basic,
                                               sizeof(basic), &length) == STATUS_SUCCESS);
    CHECK(length == sizeof(basic) && !basic.ActivationContext && !basic.Flags);
}

TEST(registry_values_by_path) {
    const WCHAR* key = u"NeptuneLibraryTest";
    ULONG value = 77;
    CHECK(RtlCheckRegistryKey(RTL_REGISTRY_CONTROL, key) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(RtlDeleteRegistryValue(RTL_REGISTRY_CONTROL, key, u"Value") == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(RtlWriteRegistryValue(RTL_REGISTRY_CONTROL, key, u"Value", REG_DWORD, &value, sizeof(value)) ==
          STATUS_SUCCESS);
    CHECK(RtlCheckRegistryKey(RTL_REGISTRY_CONTROL, key) == STATUS_SUCCESS);
    CHECK(
        RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE,
                            u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\NeptuneLibraryTest") ==
        STATUS_SUCCESS);
    UNICODE_STRING path =
        RTL_CONSTANT_STRING(u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\NeptuneLibraryTest");
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"Value");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE handle;
    REQUIRE(NtOpenKey(&handle, KEY_ALL_ACCESS, &attributes) == STATUS_SUCCESS);
    alignas(8) char buffer[64];
    ULONG length;
    CHECK(NtQueryValueKey(handle, &name, KeyValuePartialInformation, buffer, sizeof(buffer), &length) ==
          STATUS_SUCCESS);
    const auto* information = reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    CHECK(information->Type == REG_DWORD && information->DataLength == 4 &&
          memcmp(information->Data, &value, 4) == 0);
    CHECK(RtlDeleteRegistryValue(RTL_REGISTRY_HANDLE, static_cast<PCWSTR>(handle), u"Value") ==
          STATUS_SUCCESS);
    CHECK(NtQueryValueKey(handle, &name, KeyValuePartialInformation, buffer, sizeof(buffer), &length) ==
          STATUS_OBJECT_NAME_NOT_FOUND);
    NtDeleteKey(handle);
    NtClose(handle);
    CHECK(RtlCheckRegistryKey(6, key) == STATUS_INVALID_PARAMETER);
    CHECK(NT_SUCCESS(RtlCheckRegistryKey(RTL_REGISTRY_USER, u"")));
}
