// SPDX-License-Identifier: GPL-3.0-only
//
// Lamps and repeat rate outlive this driver: what was set is kept in the device's registry key and set again
// when the device starts.
#include "i8042prt.h"

#define INDICATORS_VALUE L"KeyboardIndicators"
#define TYPEMATIC_VALUE L"KeyboardTypematic"  // rate, and delay in the upper half

static VOID SaveValue(PI8042_EXTENSION Extension, PCWSTR Name, ULONG Value) {
    UNICODE_STRING Text;
    HANDLE Key;

    // Without the registry the setting lasts as long as the driver.
    if (KeGetCurrentIrql() != PASSIVE_LEVEL) return;
    if (!NT_SUCCESS(
            IoOpenDeviceRegistryKey(Extension->Physical, PLUGPLAY_REGKEY_DEVICE, KEY_SET_VALUE, &Key)))
        return;
    RtlInitUnicodeString(&Text, Name);
    ZwSetValueKey(Key, &Text, 0, REG_DWORD, &Value, sizeof(Value));
    ZwClose(Key);
}

static BOOLEAN LoadValue(HANDLE Key, PCWSTR Name, PULONG Value) {
    UCHAR Buffer[FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + sizeof(ULONG)];
    PKEY_VALUE_PARTIAL_INFORMATION Information = (PVOID)Buffer;
    UNICODE_STRING Text;
    ULONG Length;

    RtlInitUnicodeString(&Text, Name);
    if (!NT_SUCCESS(
            ZwQueryValueKey(Key, &Text, KeyValuePartialInformation, Buffer, sizeof(Buffer), &Length)) ||
        Information->Type != REG_DWORD || Information->DataLength != sizeof(*Value))
        return FALSE;
    RtlCopyMemory(Value, Information->Data, sizeof(*Value));
    return TRUE;
}

VOID I8042LoadSettings(PI8042_EXTENSION Extension) {
    KEYBOARD_TYPEMATIC_PARAMETERS Typematic = {0, 0, 0};
    ULONG Value;
    HANDLE Key;

    if (!NT_SUCCESS(IoOpenDeviceRegistryKey(Extension->Physical, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &Key)))
        return;
    if (LoadValue(Key, INDICATORS_VALUE, &Value))
        Extension->Indicators.LedFlags = (USHORT)Value & I8042_INDICATORS;
    if (LoadValue(Key, TYPEMATIC_VALUE, &Value)) {
        Typematic.Rate = (USHORT)Value;
        Typematic.Delay = (USHORT)(Value >> 16);
        if (I8042TypematicValid(&Typematic)) Extension->Typematic = Typematic;
    }
    ZwClose(Key);
}

VOID I8042SaveIndicators(PI8042_EXTENSION Extension, const KEYBOARD_INDICATOR_PARAMETERS* Indicators) {
    SaveValue(Extension, INDICATORS_VALUE, Indicators->LedFlags & I8042_INDICATORS);
}

VOID I8042SaveTypematic(PI8042_EXTENSION Extension, const KEYBOARD_TYPEMATIC_PARAMETERS* Typematic) {
    SaveValue(Extension, TYPEMATIC_VALUE, Typematic->Rate | (ULONG)Typematic->Delay << 16);
}
