// SPDX-License-Identifier: GPL-3.0-only
//
// The port driver of the PS/2 keyboard: an 8042 controller at ports 0x60 and 0x64 with a keyboard behind it.
// It speaks scan-code set 1 (the controller translates) and reports every make and break to the class driver
// above.
//
// Who touches what: controller.c only while the device starts, before the interrupt is connected; the fields
// under "interrupt lock" only the ISR and routines run by KeSynchronizeExecution; everything else the
// dispatch routines.
#pragma once

#include <ntddk.h>

#include <kbdmou.h>
#include <ntddkbd.h>

#define I8042_TAG '2408'
#define I8042_RING_SIZE 64
#define I8042_COMMAND_BYTES 2
#define I8042_RETRIES 3
#define I8042_COMMAND_TIMEOUT_MS 300
#define I8042_INDICATORS (KEYBOARD_SCROLL_LOCK_ON | KEYBOARD_NUM_LOCK_ON | KEYBOARD_CAPS_LOCK_ON)

// Status port
#define STATUS_OUTPUT_FULL 0x01
#define STATUS_INPUT_FULL 0x02
#define STATUS_AUX_DATA 0x20
#define STATUS_NOTHING_THERE 0xff

// Controller commands
#define CONTROLLER_READ_CONFIG 0x20
#define CONTROLLER_WRITE_CONFIG 0x60
#define CONTROLLER_DISABLE_AUX 0xa7
#define CONTROLLER_SELF_TEST 0xaa
#define CONTROLLER_TEST_KEYBOARD 0xab
#define CONTROLLER_DISABLE_KEYBOARD 0xad
#define CONTROLLER_ENABLE_KEYBOARD 0xae
#define SELF_TEST_PASSED 0x55
#define KEYBOARD_TEST_PASSED 0x00

// Configuration byte
#define CONFIG_KEYBOARD_INTERRUPT 0x01
#define CONFIG_AUX_INTERRUPT 0x02
#define CONFIG_SYSTEM_FLAG 0x04
#define CONFIG_KEYBOARD_DISABLED 0x10
#define CONFIG_AUX_DISABLED 0x20
#define CONFIG_TRANSLATE 0x40

// Keyboard commands and answers
#define KEYBOARD_SET_LEDS 0xed
#define KEYBOARD_SET_TYPEMATIC 0xf3
#define KEYBOARD_ENABLE 0xf4
#define KEYBOARD_RESET 0xff
#define KEYBOARD_ECHO 0xee
#define KEYBOARD_ACK 0xfa
#define KEYBOARD_RESEND 0xfe
#define KEYBOARD_BAT_PASSED 0xaa
#define SCAN_PREFIX_E0 0xe0
#define SCAN_PREFIX_E1 0xe1
#define SCAN_BREAK 0x80
#define SCAN_OVERRUN_1 0x00
#define SCAN_OVERRUN_2 0xff

typedef enum _COMMAND_STATE { CommandIdle, CommandSending, CommandDone, CommandFailed } COMMAND_STATE;

typedef struct _I8042_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT Lower;
    PDEVICE_OBJECT Physical;
    IO_REMOVE_LOCK RemoveLock;
    BOOLEAN Started;

    // Resources
    PUCHAR DataPort;
    PUCHAR CommandPort;  // status when read
    PKINTERRUPT Interrupt;
    ULONG InterruptVector;
    KIRQL InterruptIrql;
    KINTERRUPT_MODE InterruptMode;
    KAFFINITY InterruptAffinity;

    // The class driver. Enabled guards Connect: set after it, cleared before it.
    CONNECT_DATA Connect;
    BOOLEAN Enabled;

    BOOLEAN KeyboardPresent;
    KEYBOARD_TYPEMATIC_PARAMETERS Typematic;
    KEYBOARD_INDICATOR_PARAMETERS Indicators;

    KDPC InputDpc;
    KDPC CommandDpc;
    KDPC TimeoutDpc;
    KTIMER CommandTimer;

    // Interrupt lock
    KEYBOARD_INPUT_DATA Ring[I8042_RING_SIZE];
    ULONG First;
    ULONG Count;
    USHORT Prefix;  // KEY_E0 or KEY_E1 seen
    COMMAND_STATE Command;
    UCHAR CommandBytes[I8042_COMMAND_BYTES];
    ULONG CommandPosition;
    ULONG Retries;
} I8042_EXTENSION, *PI8042_EXTENSION;

// controller.c
NTSTATUS I8042InitializeController(PI8042_EXTENSION Extension);
VOID I8042DisableKeyboard(PI8042_EXTENSION Extension);
BOOLEAN I8042WriteKeyboard(PI8042_EXTENSION Extension, UCHAR Byte);

// interrupt.c
KSERVICE_ROUTINE I8042Interrupt;
KDEFERRED_ROUTINE I8042InputDpc;
VOID I8042TakeByte(PI8042_EXTENSION Extension, UCHAR Byte);
VOID I8042DrainOutput(PI8042_EXTENSION Extension);

// command.c
DRIVER_STARTIO I8042StartIo;
KDEFERRED_ROUTINE I8042CommandDpc;
KDEFERRED_ROUTINE I8042TimeoutDpc;
BOOLEAN I8042CommandAnswer(PI8042_EXTENSION Extension, UCHAR Byte);
UCHAR I8042TypematicByte(const KEYBOARD_TYPEMATIC_PARAMETERS* Typematic);

// ioctl.c
DRIVER_DISPATCH I8042InternalDeviceControl;
BOOLEAN I8042TypematicValid(const KEYBOARD_TYPEMATIC_PARAMETERS* Typematic);

// settings.c, at PASSIVE_LEVEL
VOID I8042LoadSettings(PI8042_EXTENSION Extension);
VOID I8042SaveIndicators(PI8042_EXTENSION Extension, const KEYBOARD_INDICATOR_PARAMETERS* Indicators);
VOID I8042SaveTypematic(PI8042_EXTENSION Extension, const KEYBOARD_TYPEMATIC_PARAMETERS* Typematic);

// pnp.c
DRIVER_ADD_DEVICE I8042AddDevice;
DRIVER_DISPATCH I8042Pnp;
DRIVER_DISPATCH I8042Power;
DRIVER_DISPATCH I8042SystemControl;
