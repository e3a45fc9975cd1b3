// SPDX-License-Identifier: GPL-3.0-only
// What is told of power, and what small settings of the system keep.
#include "tests/system/test.h"

namespace {

template <typename T>
NTSTATUS ask(POWER_INFORMATION_LEVEL level, T& out, ULONG length = sizeof(T)) {
    return NtPowerInformation(level, nullptr, 0, &out, length);
}

}  // namespace

TEST(power_is_described) {
    SYSTEM_POWER_CAPABILITIES capabilities = {};
    CHECK(ask(SystemPowerCapabilities, capabilities) == STATUS_SUCCESS);
    CHECK(capabilities.SystemS5 && !capabilities.SystemS3 && !capabilities.SystemBatteriesPresent);
    CHECK(ask(SystemPowerCapabilities, capabilities, sizeof(capabilities) - 1) == STATUS_BUFFER_TOO_SMALL);
    SYSTEM_BATTERY_STATE battery = {};
    CHECK(ask(SystemBatteryState, battery) == STATUS_SUCCESS);
    CHECK(battery.AcOnLine && !battery.BatteryPresent);
    PROCESSOR_POWER_INFORMATION processor = {};
    CHECK(ask(ProcessorInformation, processor) == STATUS_SUCCESS);
    CHECK(processor.MaxMhz > 0 && processor.CurrentMhz == processor.MaxMhz);
    ULONGLONG time = 1;
    CHECK(ask(LastWakeTime, time) == STATUS_SUCCESS && time == 0);
    CHECK(NtPowerInformation(SystemBatteryState, &time, sizeof(time), &battery, sizeof(battery)) ==
          STATUS_INVALID_PARAMETER);
    CHECK(ask(static_cast<POWER_INFORMATION_LEVEL>(99), time) == STATUS_INVALID_PARAMETER);
}

TEST(the_processor_is_described) {
    static ULONGLONG words[256];
    auto* bytes = reinterpret_cast<UCHAR*>(words);
    ULONG length = 0;
    CHECK(NtQuerySystemInformation(SystemLogicalProcessorInformation, nullptr, 0, &length) ==
          STATUS_INFO_LENGTH_MISMATCH);
    CHECK(length >= 3 * sizeof(SYSTEM_LOGICAL_PROCESSOR_INFORMATION));
    CHECK(NtQuerySystemInformation(SystemLogicalProcessorInformation, words, sizeof(words), &length) ==
          STATUS_SUCCESS);
    ULONG seen = 0;
    for (ULONG at = 0; at + sizeof(SYSTEM_LOGICAL_PROCESSOR_INFORMATION) <= length;
         at += sizeof(SYSTEM_LOGICAL_PROCESSOR_INFORMATION)) {
        auto* entry = reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION*>(bytes + at);
        CHECK(entry->ProcessorMask == 1);
        seen |= 1u << entry->Relationship;
    }
    CHECK((seen & 0xb) == 0xb);
    ULONG relation = RelationAll;
    CHECK(NtQuerySystemInformationEx(SystemLogicalProcessorAndGroupInformation, &relation, sizeof(relation),
                                     words, sizeof(words), &length) == STATUS_SUCCESS);
    seen = 0;
    ULONG at = 0;
    while (at < length) {
        auto* entry = reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(bytes + at);
        REQUIRE(entry->Size >= 48 && entry->Size <= length - at);
        seen |= 1u << entry->Relationship;
        at += entry->Size;
    }
    CHECK((seen & 0x1b) == 0x1b);
    relation = RelationGroup;
    CHECK(NtQuerySystemInformationEx(SystemLogicalProcessorAndGroupInformation, &relation, sizeof(relation),
                                     words, 79, &length) == STATUS_INFO_LENGTH_MISMATCH);
    CHECK(length == 80);
    relation = 5;
    CHECK(NtQuerySystemInformationEx(SystemLogicalProcessorAndGroupInformation, &relation, sizeof(relation),
                                     words, sizeof(words), &length) == STATUS_INVALID_PARAMETER);
    HANDLE process = NtCurrentProcess();
    CHECK(NtQuerySystemInformationEx(SystemSupportedProcessorArchitectures, &process, sizeof(process), words,
                                     sizeof(words), &length) == STATUS_SUCCESS);
    CHECK(length == 8 && words[0] == 0xf8664);
    process = nullptr;
    CHECK(NtQuerySystemInformationEx(SystemCpuSetInformation, &process, sizeof(process), words, 31,
                                     &length) == STATUS_BUFFER_TOO_SMALL);
    CHECK(length == 32);
    SYSTEM_PROCESSOR_IDLE_INFORMATION idle = {};
    CHECK(NtQuerySystemInformation(SystemProcessorIdleInformation, &idle, sizeof(idle), &length) ==
          STATUS_SUCCESS);
    CHECK(length == sizeof(idle) && idle.IdleTime > 0);
    SYSTEM_PROCESSOR_POWER_INFORMATION power = {};
    CHECK(NtQuerySystemInformation(SystemProcessorPowerInformation, &power, sizeof(power), &length) ==
          STATUS_SUCCESS);
    CHECK(power.CurrentFrequency == 100 && power.CurrentProcessorTime >= power.CurrentProcessorIdleTime);
}

TEST(firmware_tables_are_given) {
    static ULONG words[0x8000 / sizeof(ULONG)];
    auto* asked = reinterpret_cast<SYSTEM_FIRMWARE_TABLE_INFORMATION*>(words);
    ULONG length = 0;
    const auto ask = [&](ULONG provider, ULONG action, ULONG id, ULONG size) {
        asked->ProviderSignature = provider;
        asked->Action = static_cast<SYSTEM_FIRMWARE_TABLE_ACTION>(action);
        asked->TableID = id;
        return NtQuerySystemInformation(SystemFirmwareTableInformation, words, size, &length);
    };
    constexpr ULONG kAcpi = 0x41435049, kSmbios = 0x52534d42, kFacp = 0x50434146;
    CHECK(ask(kAcpi, SystemFirmwareTable_Enumerate, 0, 15) == STATUS_INFO_LENGTH_MISMATCH);
    CHECK(ask(kAcpi, SystemFirmwareTable_Enumerate, 0, 16) == STATUS_BUFFER_TOO_SMALL);
    CHECK(ask(kAcpi, SystemFirmwareTable_Enumerate, 0, sizeof(words)) == STATUS_SUCCESS);
    CHECK(length == 16 + asked->TableBufferLength);
    bool there = false;
    for (ULONG i = 0; i < asked->TableBufferLength / 4; ++i)
        there = there || words[4 + i] == kFacp;
    CHECK(there);
    CHECK(ask(kAcpi, SystemFirmwareTable_Get, kFacp, sizeof(words)) == STATUS_SUCCESS);
    CHECK(words[4] == kFacp && words[5] == asked->TableBufferLength);
    CHECK(ask(kAcpi, SystemFirmwareTable_Get, 0x31313131, sizeof(words)) == STATUS_NOT_FOUND);
    CHECK(ask(kAcpi, 2, kFacp, sizeof(words)) == STATUS_NOT_IMPLEMENTED);
    CHECK(ask(0x11111111, SystemFirmwareTable_Get, 0, sizeof(words)) == STATUS_NOT_IMPLEMENTED);
    CHECK(ask(kSmbios, SystemFirmwareTable_Get, 1, sizeof(words)) == STATUS_NOT_FOUND);
    // A machine that UEFI started does not say where it is.
    const NTSTATUS smbios = ask(kSmbios, SystemFirmwareTable_Get, 0, sizeof(words));
    CHECK(smbios == STATUS_SUCCESS || smbios == STATUS_NOT_FOUND);
    if (smbios == STATUS_SUCCESS) CHECK(words[5] + 8 == asked->TableBufferLength);
}

TEST(power_actions_are_checked) {
    CHECK(NtInitiatePowerAction(static_cast<POWER_ACTION>(8), PowerSystemShutdown, 0, FALSE) ==
          STATUS_INVALID_PARAMETER);
    CHECK(NtInitiatePowerAction(PowerActionShutdown, PowerSystemMaximum, 0, FALSE) ==
          STATUS_INVALID_PARAMETER);
    CHECK(NtInitiatePowerAction(PowerActionShutdownOff, PowerSystemShutdown, 0x100, FALSE) ==
          STATUS_INVALID_PARAMETER);
    BOOLEAN before = FALSE;
    const NTSTATUS off = RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, FALSE, FALSE, &before);
    CHECK(NtInitiatePowerAction(PowerActionShutdownOff, PowerSystemShutdown, 0, FALSE) ==
          STATUS_PRIVILEGE_NOT_HELD);
    if (!NT_SUCCESS(off) || !NT_SUCCESS(RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &before)))
        return;
    CHECK(NtInitiatePowerAction(PowerActionSleep, PowerSystemSleeping1, 0, FALSE) == STATUS_NOT_SUPPORTED);
    CHECK(NtInitiatePowerAction(PowerActionHibernate, PowerSystemHibernate, 0, FALSE) ==
          STATUS_NOT_SUPPORTED);
    CHECK(NtInitiatePowerAction(PowerActionNone, PowerSystemUnspecified, 0, FALSE) == STATUS_SUCCESS);
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, FALSE, FALSE, &before);
}

TEST(a_thread_says_what_it_needs) {
    ULONG before = 0;
    CHECK(NtSetThreadExecutionState(ES_CONTINUOUS | ES_SYSTEM_REQUIRED, &before) == STATUS_SUCCESS);
    CHECK(before == ES_CONTINUOUS);
    CHECK(NtSetThreadExecutionState(ES_DISPLAY_REQUIRED, &before) == STATUS_SUCCESS);
    CHECK(before == (ES_CONTINUOUS | ES_SYSTEM_REQUIRED));
    CHECK(NtSetThreadExecutionState(ES_CONTINUOUS, &before) == STATUS_SUCCESS);
    CHECK(before == (ES_CONTINUOUS | ES_SYSTEM_REQUIRED));
    CHECK(NtSetThreadExecutionState(ES_USER_PRESENT, &before) == STATUS_INVALID_PARAMETER);
    CHECK(NtSetThreadExecutionState(ES_AWAYMODE_REQUIRED, &before) == STATUS_INVALID_PARAMETER);
    CHECK(NtSetThreadExecutionState(ES_CONTINUOUS, nullptr) == STATUS_ACCESS_VIOLATION);
}

TEST(profile_intervals_are_kept) {
    ULONG interval = 0;
    CHECK(NtQueryIntervalProfile(ProfileTime, &interval) == STATUS_SUCCESS && interval > 0);
    CHECK(NtSetIntervalProfile(1, ProfileTime) == STATUS_SUCCESS);
    ULONG least = 0;
    CHECK(NtQueryIntervalProfile(ProfileTime, &least) == STATUS_SUCCESS && least == 1221);
    CHECK(NtSetIntervalProfile(interval, ProfileTime) == STATUS_SUCCESS);
    CHECK(NtQueryIntervalProfile(ProfileAlignmentFixup, &interval) == STATUS_SUCCESS && interval == 0);
    CHECK(NtQueryIntervalProfile(ProfileTime, nullptr) == STATUS_ACCESS_VIOLATION);
}

TEST(firmware_has_no_variables) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"BootOrder");
    GUID vendor = {};
    WCHAR value[8];
    UCHAR bytes[16];
    ULONG length = sizeof(bytes);
    BOOLEAN before = FALSE;
    RtlAdjustPrivilege(SE_SYSTEM_ENVIRONMENT_PRIVILEGE, FALSE, FALSE, &before);
    CHECK(NtQuerySystemEnvironmentValueEx(&name, &vendor, bytes, &length, nullptr) ==
          STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtQuerySystemEnvironmentValue(&name, value, sizeof(value), nullptr) == STATUS_PRIVILEGE_NOT_HELD);
    if (!NT_SUCCESS(RtlAdjustPrivilege(SE_SYSTEM_ENVIRONMENT_PRIVILEGE, TRUE, FALSE, &before))) return;
    CHECK(NtQuerySystemEnvironmentValueEx(&name, &vendor, bytes, &length, nullptr) == STATUS_NOT_IMPLEMENTED);
    CHECK(NtQuerySystemEnvironmentValue(&name, value, sizeof(value), nullptr) == STATUS_NOT_IMPLEMENTED);
    RtlAdjustPrivilege(SE_SYSTEM_ENVIRONMENT_PRIVILEGE, FALSE, FALSE, &before);
}

TEST(licences_are_told) {
    UNICODE_STRING number = RTL_CONSTANT_STRING(u"Kernel-MUI-Number-Allowed");
    UNICODE_STRING text = RTL_CONSTANT_STRING(u"Kernel-MUI-Language-Allowed");
    UNICODE_STRING none = RTL_CONSTANT_STRING(u"Nothing");
    UNICODE_STRING empty = {};
    ULONG type = 0, length = 0, value = 9;
    WCHAR words[16];
    CHECK(NtQueryLicenseValue(&number, &type, &value, sizeof(value), &length) == STATUS_SUCCESS);
    CHECK(type == REG_DWORD && length == sizeof(value) && value == 0);
    CHECK(NtQueryLicenseValue(&text, &type, words, sizeof(words), &length) == STATUS_SUCCESS);
    CHECK(type == REG_SZ && length == 6 * sizeof(WCHAR) && words[0] == 'E' && words[5] == 0);
    CHECK(NtQueryLicenseValue(&text, &type, words, 4, &length) == STATUS_BUFFER_TOO_SMALL);
    CHECK(length == 6 * sizeof(WCHAR));
    CHECK(NtQueryLicenseValue(&none, &type, words, 4, &length) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(NtQueryLicenseValue(&empty, &type, words, 4, &length) == STATUS_INVALID_PARAMETER);
    CHECK(NtQueryLicenseValue(&number, &type, words, 4, nullptr) == STATUS_INVALID_PARAMETER);
}

TEST(the_language_of_the_interface_is_kept) {
    USHORT before = 0, now = 0;
    CHECK(NtQueryDefaultUILanguage(&before) == STATUS_SUCCESS);
    CHECK(NtSetDefaultUILanguage(0x407) == STATUS_SUCCESS);
    CHECK(NtQueryDefaultUILanguage(&now) == STATUS_SUCCESS && now == 0x407);
    CHECK(NtSetDefaultUILanguage(0) == STATUS_SUCCESS);
    CHECK(NtQueryDefaultUILanguage(&now) == STATUS_SUCCESS && now == before);
}
