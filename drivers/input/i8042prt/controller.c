// SPDX-License-Identifier: GPL-3.0-only
//
// Bringing up controller and keyboard by polling, before the interrupt is connected. Every wait has an end. A
// byte that is no answer to a command is a key: it is kept, so that what was typed while the driver was
// started (again) arrives.
#include "i8042prt.h"

#define POLL_MICROSECONDS 50
#define CONTROLLER_POLLS 2000  // 100 ms
#define KEYBOARD_POLLS 4000    // 200 ms
#define RESET_POLLS 20000      // 1 s: the keyboard's self-test
#define DRAIN_LIMIT 64
#define STRAY_LIMIT 64

static BOOLEAN WaitInputEmpty(PI8042_EXTENSION Extension) {
    ULONG i;

    for (i = 0; i < CONTROLLER_POLLS; i++) {
        if ((READ_PORT_UCHAR(Extension->CommandPort) & STATUS_INPUT_FULL) == 0) return TRUE;
        KeStallExecutionProcessor(POLL_MICROSECONDS);
    }
    return FALSE;
}

static BOOLEAN WaitByte(PI8042_EXTENSION Extension, ULONG Polls, PUCHAR Byte) {
    ULONG i;

    for (i = 0; i < Polls; i++) {
        UCHAR Status = READ_PORT_UCHAR(Extension->CommandPort);

        if ((Status & STATUS_OUTPUT_FULL) != 0) {
            *Byte = READ_PORT_UCHAR(Extension->DataPort);
            if ((Status & STATUS_AUX_DATA) == 0) return TRUE;
        }
        KeStallExecutionProcessor(POLL_MICROSECONDS);
    }
    return FALSE;
}

static BOOLEAN WriteController(PI8042_EXTENSION Extension, UCHAR Command) {
    if (!WaitInputEmpty(Extension)) return FALSE;
    WRITE_PORT_UCHAR(Extension->CommandPort, Command);
    return TRUE;
}

BOOLEAN I8042WriteKeyboard(PI8042_EXTENSION Extension, UCHAR Byte) {
    if (!WaitInputEmpty(Extension)) return FALSE;
    WRITE_PORT_UCHAR(Extension->DataPort, Byte);
    return TRUE;
}

static BOOLEAN ReadConfig(PI8042_EXTENSION Extension, PUCHAR Config) {
    return WriteController(Extension, CONTROLLER_READ_CONFIG) &&
           WaitByte(Extension, CONTROLLER_POLLS, Config);
}

static BOOLEAN WriteConfig(PI8042_EXTENSION Extension, UCHAR Config) {
    return WriteController(Extension, CONTROLLER_WRITE_CONFIG) && I8042WriteKeyboard(Extension, Config);
}

// Keeps the keys that wait in the controller. The keyboard's clock is off, so there is an end.
static VOID KeepWaitingKeys(PI8042_EXTENSION Extension) {
    ULONG i;
    UCHAR Byte;

    for (i = 0; i < DRAIN_LIMIT && WaitByte(Extension, 2, &Byte); i++)
        I8042TakeByte(Extension, Byte);
}

static NTSTATUS TestController(PI8042_EXTENSION Extension) {
    ULONG Try;
    UCHAR Answer;

    for (Try = 0; Try < I8042_RETRIES; Try++) {
        if (!WriteController(Extension, CONTROLLER_SELF_TEST)) return STATUS_IO_TIMEOUT;
        if (WaitByte(Extension, KEYBOARD_POLLS, &Answer) && Answer == SELF_TEST_PASSED) return STATUS_SUCCESS;
    }
    return STATUS_IO_DEVICE_ERROR;
}

static BOOLEAN TestKeyboardPort(PI8042_EXTENSION Extension) {
    UCHAR Answer;

    return WriteController(Extension, CONTROLLER_TEST_KEYBOARD) &&
           WaitByte(Extension, CONTROLLER_POLLS, &Answer) && Answer == KEYBOARD_TEST_PASSED;
}

// Sends one byte and waits for its acknowledgement.
static BOOLEAN SendAcknowledged(PI8042_EXTENSION Extension, UCHAR Byte) {
    ULONG Try, Stray;
    UCHAR Answer;

    for (Try = 0; Try < I8042_RETRIES; Try++) {
        if (!I8042WriteKeyboard(Extension, Byte)) return FALSE;
        Answer = 0;
        for (Stray = 0; Stray < STRAY_LIMIT && WaitByte(Extension, KEYBOARD_POLLS, &Answer); Stray++) {
            if (Answer == KEYBOARD_ACK) return TRUE;
            if (Answer == KEYBOARD_RESEND) break;
            I8042TakeByte(Extension, Answer);
        }
        if (Answer != KEYBOARD_RESEND) return FALSE;
    }
    return FALSE;
}

static BOOLEAN ResetKeyboard(PI8042_EXTENSION Extension) {
    UCHAR Answer;

    return SendAcknowledged(Extension, KEYBOARD_RESET) && WaitByte(Extension, RESET_POLLS, &Answer) &&
           Answer == KEYBOARD_BAT_PASSED;
}

static BOOLEAN SetUpKeyboard(PI8042_EXTENSION Extension) {
    return SendAcknowledged(Extension, KEYBOARD_SET_TYPEMATIC) &&
           SendAcknowledged(Extension, I8042TypematicByte(&Extension->Typematic)) &&
           SendAcknowledged(Extension, KEYBOARD_SET_LEDS) &&
           SendAcknowledged(Extension, (UCHAR)Extension->Indicators.LedFlags) &&
           SendAcknowledged(Extension, KEYBOARD_ENABLE);
}

// A keyboard that answers is not reset: that would throw away what was just typed.
static BOOLEAN FindKeyboard(PI8042_EXTENSION Extension) {
    if (!TestKeyboardPort(Extension)) DbgPrint("i8042prt: the keyboard port failed its test\n");
    if (!WriteController(Extension, CONTROLLER_ENABLE_KEYBOARD)) return FALSE;
    if (SetUpKeyboard(Extension)) return TRUE;
    return ResetKeyboard(Extension) && SetUpKeyboard(Extension);
}

NTSTATUS I8042InitializeController(PI8042_EXTENSION Extension) {
    NTSTATUS Status;
    UCHAR Config;

    if (READ_PORT_UCHAR(Extension->CommandPort) == STATUS_NOTHING_THERE) return STATUS_NO_SUCH_DEVICE;
    if (!WriteController(Extension, CONTROLLER_DISABLE_KEYBOARD)) return STATUS_IO_TIMEOUT;
    if (!WriteController(Extension, CONTROLLER_DISABLE_AUX)) return STATUS_IO_TIMEOUT;
    KeepWaitingKeys(Extension);
    Status = TestController(Extension);
    if (!NT_SUCCESS(Status)) return Status;
    if (!ReadConfig(Extension, &Config)) return STATUS_IO_TIMEOUT;

    // The self-test may have enabled what was disabled above.
    Config &= (UCHAR) ~(CONFIG_KEYBOARD_INTERRUPT | CONFIG_AUX_INTERRUPT | CONFIG_KEYBOARD_DISABLED);
    Config |= CONFIG_TRANSLATE | CONFIG_SYSTEM_FLAG | CONFIG_AUX_DISABLED;
    if (!WriteConfig(Extension, Config)) return STATUS_IO_TIMEOUT;
    Extension->KeyboardPresent = FindKeyboard(Extension);
    if (!Extension->KeyboardPresent)
        DbgPrint("i8042prt: no keyboard answers; one plugged in later will be heard\n");
    return WriteConfig(Extension, Config | CONFIG_KEYBOARD_INTERRUPT) ? STATUS_SUCCESS : STATUS_IO_TIMEOUT;
}

VOID I8042DisableKeyboard(PI8042_EXTENSION Extension) {
    WriteController(Extension, CONTROLLER_DISABLE_KEYBOARD);
}
