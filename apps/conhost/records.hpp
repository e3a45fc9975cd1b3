// SPDX-License-Identifier: GPL-3.0-only
//
// What programs read of a console's input, with wincon.h's layouts and numbers.
#pragma once

#include "abi/nt/nt.h"

namespace conhost {

inline constexpr USHORT kKeyEvent = 1, kMouseEvent = 2, kWindowEvent = 4, kMenuEvent = 8, kFocusEvent = 16;

// KEY_EVENT_RECORD's control key state.
inline constexpr ULONG kRightAlt = 0x01, kLeftAlt = 0x02, kRightControl = 0x04, kLeftControl = 0x08,
                       kShift = 0x10, kNumLock = 0x20, kScrollLock = 0x40, kCapsLock = 0x80,
                       kEnhanced = 0x100;
inline constexpr ULONG kAnyControl = kRightControl | kLeftControl, kAnyAlt = kRightAlt | kLeftAlt;

inline constexpr USHORT kVkCancel = 0x03, kVkBack = 0x08, kVkTab = 0x09, kVkReturn = 0x0D, kVkShift = 0x10,
                        kVkControl = 0x11, kVkMenu = 0x12, kVkPause = 0x13, kVkCapital = 0x14,
                        kVkEscape = 0x1B, kVkSpace = 0x20, kVkPrior = 0x21, kVkNext = 0x22, kVkEnd = 0x23,
                        kVkHome = 0x24, kVkLeft = 0x25, kVkUp = 0x26, kVkRight = 0x27, kVkDown = 0x28,
                        kVkInsert = 0x2D, kVkDelete = 0x2E, kVkF1 = 0x70, kVkF12 = 0x7B, kVkNumLock = 0x90,
                        kVkScroll = 0x91;

struct KeyEvent {
    ULONG down = 1;
    USHORT repeat = 1;
    USHORT key = 0;   // virtual key
    USHORT scan = 0;  // of set 1
    WCHAR character = 0;
    ULONG state = 0;
};

struct SizeEvent {
    SHORT width, height;
};

// INPUT_RECORD
struct Record {
    USHORT type = kKeyEvent;
    USHORT reserved = 0;
    union {
        KeyEvent key{};
        SizeEvent size;
        UCHAR bytes[16];
    };
};
static_assert(sizeof(KeyEvent) == 16 && sizeof(Record) == 20);

inline Record key_record(USHORT key, USHORT scan, WCHAR character, ULONG state, bool down = true) {
    Record record;
    record.key.down = down;
    record.key.key = key;
    record.key.scan = scan;
    record.key.character = character;
    record.key.state = state;
    return record;
}

// Console modes of the input and of a screen buffer.
inline constexpr ULONG kProcessedInput = 0x1, kLineInput = 0x2, kEchoInput = 0x4, kWindowInput = 0x8,
                       kMouseInput = 0x10, kInsertMode = 0x20, kQuickEdit = 0x40, kExtendedFlags = 0x80,
                       kAutoPosition = 0x100, kVirtualTerminalInput = 0x200;
inline constexpr ULONG kProcessedOutput = 0x1, kWrapAtEnd = 0x2, kVirtualTerminalProcessing = 0x4,
                       kDisableNewlineAutoReturn = 0x8, kGridAttributes = 0x10;
inline constexpr ULONG kInputModes = 0x3FF, kOutputModes = 0x1F;

}  // namespace conhost
