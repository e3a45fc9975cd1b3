// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\ConDrv: consoles. A console is what its host process says it is (apps/conhost); the device only
// brings requests to it, and answers back.
//
// Names below the device, absolute or relative to a file of a console:
//   Server         a new console; whoever opens it is its host
//   Reference      names a console to children (RTL_USER_PROCESS_PARAMETERS.ConsoleHandle); takes what Input
//                  takes. Not relative: the caller's own or, for a holder of SeTcbPrivilege that has none,
//                  the system's, for which the open waits
//   Connection     makes the caller one of a console's processes until it is closed. Not relative: of none,
//                  until CONDRV_BIND_PID
//   Input, CurrentIn           its input; waiting for one is waiting for records
//   Output, CurrentOut         its active screen buffer
//   ScreenBuffer               a new one
//   Events         for CONDRV_AWAIT_EVENT
//   Console        CurrentIn for who reads, CurrentOut for who writes
// All files but Server and Events are synchronous, whatever the opener asks for.
// Not relative: of the console whose process the caller is. STATUS_INVALID_HANDLE when it is none's.
//
// The numbers and layouts of what programs ask are those that libwine 8.0's kernelbase uses (read off its
// binary); COORD, SMALL_RECT, CHAR_INFO and INPUT_RECORD are those of wincon.h.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntioapi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CONDRV_CODE(Function, Access) CTL_CODE(FILE_DEVICE_CONSOLE, Function, METHOD_BUFFERED, Access)

// --- Of any file of a console but its server's
#define CONDRV_GET_MODE CONDRV_CODE(0, FILE_READ_ACCESS)   // out: ULONG
#define CONDRV_SET_MODE CONDRV_CODE(1, FILE_WRITE_ACCESS)  // in: ULONG

// --- Of input files and references
#define CONDRV_READ_CONSOLE CONDRV_CODE(10, FILE_READ_ACCESS)    // out: characters
#define CONDRV_READ_FILE CONDRV_CODE(11, FILE_READ_ACCESS)       // out: bytes in the input code page
#define CONDRV_READ_INPUT CONDRV_CODE(12, FILE_READ_ACCESS)      // out: INPUT_RECORDs, at least one
#define CONDRV_WRITE_INPUT CONDRV_CODE(13, FILE_WRITE_ACCESS)    // in: INPUT_RECORDs
#define CONDRV_PEEK CONDRV_CODE(14, FILE_READ_ACCESS)            // out: INPUT_RECORDs, perhaps none
#define CONDRV_GET_INPUT_INFO CONDRV_CODE(15, FILE_READ_ACCESS)  // out: CONDRV_INPUT_INFO
#define CONDRV_SET_INPUT_INFO CONDRV_CODE(16, FILE_WRITE_ACCESS)
#define CONDRV_GET_TITLE CONDRV_CODE(17, FILE_READ_ACCESS)   // out: ULONG, its length; characters
#define CONDRV_SET_TITLE CONDRV_CODE(18, FILE_WRITE_ACCESS)  // in: characters
#define CONDRV_CTRL_EVENT CONDRV_CODE(19, FILE_ANY_ACCESS)   // in: CONDRV_EVENT
#define CONDRV_BEEP CONDRV_CODE(20, FILE_ANY_ACCESS)
#define CONDRV_FLUSH CONDRV_CODE(21, FILE_ANY_ACCESS)
#define CONDRV_GET_WINDOW CONDRV_CODE(22, FILE_ANY_ACCESS)        // out: ULONG, 0
#define CONDRV_GET_PROCESS_LIST CONDRV_CODE(23, FILE_ANY_ACCESS)  // out: ULONGs
// in: ULONG, the characters that end it; what is there already. out: ULONG, the keys' state; characters
#define CONDRV_READ_CONSOLE_CONTROL CONDRV_CODE(24, FILE_READ_ACCESS)

// The lines that were entered (SetConsoleHistoryInfo and the like): a list for each client that reads lines,
// under the name of its program's file ("cmd.exe", by any case)
#define CONDRV_GET_HISTORY_INFO CONDRV_CODE(62, FILE_READ_ACCESS)   // out: CONDRV_HISTORY_INFO
#define CONDRV_SET_HISTORY_INFO CONDRV_CODE(63, FILE_WRITE_ACCESS)  // in: CONDRV_HISTORY_INFO
// in: a program's name. out: its lines, the oldest first, each with a 0 behind it; who has too little room is
// told with STATUS_BUFFER_TOO_SMALL how many bytes they are, ULONG
#define CONDRV_GET_HISTORY CONDRV_CODE(64, FILE_READ_ACCESS)
#define CONDRV_EXPUNGE_HISTORY CONDRV_CODE(65, FILE_WRITE_ACCESS)  // in: a program's name

// --- Of output files
#define CONDRV_WRITE_CONSOLE CONDRV_CODE(30, FILE_WRITE_ACCESS)  // in: characters
#define CONDRV_WRITE_FILE CONDRV_CODE(31, FILE_WRITE_ACCESS)     // in: bytes in the output code page
// in: CONDRV_RECTANGLE. out: of a rectangle the SMALL_RECT that was read before what was read
#define CONDRV_READ_OUTPUT CONDRV_CODE(32, FILE_READ_ACCESS)
// in: CONDRV_RECTANGLE and what to write. out: the SMALL_RECT, or ULONG, how many, that were written
#define CONDRV_WRITE_OUTPUT CONDRV_CODE(33, FILE_WRITE_ACCESS)
#define CONDRV_GET_OUTPUT_INFO CONDRV_CODE(34, FILE_READ_ACCESS)   // out: CONDRV_OUTPUT_INFO, the font's name
#define CONDRV_SET_OUTPUT_INFO CONDRV_CODE(35, FILE_WRITE_ACCESS)  // in: CONDRV_SET_OUTPUT
#define CONDRV_ACTIVATE CONDRV_CODE(36, FILE_WRITE_ACCESS)
#define CONDRV_FILL_OUTPUT CONDRV_CODE(37, FILE_WRITE_ACCESS)  // in: CONDRV_FILL. out: ULONG, how many
#define CONDRV_SCROLL CONDRV_CODE(38, FILE_WRITE_ACCESS)       // in: CONDRV_SCROLL_AREA

// --- Of a connection that has none: to the console of a process, ULONG; -1: of the caller's parent
#define CONDRV_BIND_PID CONDRV_CODE(51, FILE_ANY_ACCESS)
// Of Events: waits for the next Ctrl-C or Ctrl-Break of its process, or, where that is none of
// the console's, for all of them. out: ULONG, CTRL_C_EVENT or
// CTRL_BREAK_EVENT. A native program's way to hear of them: without such a request waiting they end it.
#define CONDRV_AWAIT_EVENT CONDRV_CODE(61, FILE_ANY_ACCESS)

// Of RTL_USER_PROCESS_PARAMETERS.ConsoleFlags, beside NT's lowest bit (Ctrl-C is ignored): the command
// interpreter that somebody was given to type at. Ctrl-C and Ctrl-Break are for what it runs, as if it
// handled them: NT's does, libwine's has no handler. Its children do not inherit it.
#define CONDRV_FLAG_SHELL 0x40000000u

typedef struct CONDRV_INPUT_INFO {
    ULONG InputCodePage;
    ULONG OutputCodePage;
    ULONG Records;  // that can be read
} CONDRV_INPUT_INFO;

#define CONDRV_SET_INPUT_CODE_PAGE 1u
#define CONDRV_SET_OUTPUT_CODE_PAGE 2u
typedef struct CONDRV_SET_INPUT {
    ULONG Mask;
    CONDRV_INPUT_INFO Info;
} CONDRV_SET_INPUT;

#define CONDRV_HISTORY_NO_DUPLICATES 1u  // HISTORY_NO_DUP_FLAG
typedef struct CONDRV_HISTORY_INFO {
    ULONG Lines;  // in a list; at most 999, and all lists together hold 262,144 characters
    ULONG Lists;  // at most 999
    ULONG Flags;
} CONDRV_HISTORY_INFO;

typedef struct CONDRV_EVENT {
    LONG Event;   // CTRL_C_EVENT or CTRL_BREAK_EVENT
    ULONG Group;  // 0: all processes of the console
} CONDRV_EVENT;

#define CONDRV_MODE_TEXT 0u        // WCHARs
#define CONDRV_MODE_ATTRIBUTES 1u  // USHORTs
#define CONDRV_MODE_BOTH 2u        // CHAR_INFOs
typedef struct CONDRV_RECTANGLE {
    ULONG X;
    ULONG Y;
    ULONG Mode;
    ULONG Width;  // 0: on over the ends of lines
} CONDRV_RECTANGLE;

typedef struct CONDRV_OUTPUT_INFO {
    SHORT CursorSize;  // percent of a cell
    SHORT CursorVisible;
    SHORT CursorX, CursorY;
    SHORT Width, Height;
    SHORT Attributes;
    SHORT PopupAttributes;
    SHORT Left, Top, Right, Bottom;  // of the window
    SHORT MaxWidth, MaxHeight;       // of a window, by the screen
    SHORT FontWidth, FontHeight;
    SHORT FontWeight, FontFamily;
    ULONG Colors[16];
} CONDRV_OUTPUT_INFO;

#define CONDRV_SET_CURSOR_SHAPE 0x01u
#define CONDRV_SET_CURSOR_POSITION 0x02u
#define CONDRV_SET_SIZE 0x04u
#define CONDRV_SET_ATTRIBUTES 0x08u
#define CONDRV_SET_WINDOW 0x10u
#define CONDRV_SET_MAX_SIZE 0x20u
#define CONDRV_SET_POPUP_ATTRIBUTES 0x40u
#define CONDRV_SET_FONT 0x80u
typedef struct CONDRV_SET_OUTPUT {
    ULONG Mask;
    CONDRV_OUTPUT_INFO Info;
} CONDRV_SET_OUTPUT;

typedef struct CONDRV_FILL {
    LONG X;
    LONG Y;
    LONG Mode;
    LONG Count;
    LONG Wrap;
    WCHAR Character;
    USHORT Attributes;
} CONDRV_FILL;

typedef struct CONDRV_SCROLL_AREA {
    SHORT Left, Top, Right, Bottom;
    SHORT ToX, ToY;
    SHORT ClipLeft, ClipTop, ClipRight, ClipBottom;
    WCHAR FillCharacter;
    USHORT FillAttributes;
} CONDRV_SCROLL_AREA;

// --- Of a server
// in: nothing, or a CONDRV_ANSWER and bytes for the beginning of the request's output. out: the next
// CONDRV_MESSAGE, for which it waits, and the beginning of the request's input. An answer with Id 0 answers
// nothing.
#define CONDRV_SERVER_NEXT CONDRV_CODE(0x100, FILE_ANY_ACCESS)
// in: CONDRV_PART. out: the request's input from there on
#define CONDRV_SERVER_READ CONDRV_CODE(0x101, FILE_ANY_ACCESS)
// in: CONDRV_PART and bytes for the request's output
#define CONDRV_SERVER_WRITE CONDRV_CODE(0x102, FILE_ANY_ACCESS)
// in: ULONG: waits for input files are satisfied, or not
#define CONDRV_SERVER_SIGNAL CONDRV_CODE(0x103, FILE_ANY_ACCESS)
// It is the system's console from now on: SeTcbPrivilege
#define CONDRV_SERVER_PUBLISH CONDRV_CODE(0x104, FILE_ANY_ACCESS)

// in: a CONDRV_ANSWER and bytes, as for CONDRV_SERVER_NEXT
#define CONDRV_SERVER_ANSWER CONDRV_CODE(0x105, FILE_ANY_ACCESS)

// Bytes of data that go with one message, answer or part.
#define CONDRV_MOST_DATA 4096u

typedef struct CONDRV_ANSWER {
    ULONG64 Id;
    ULONG64 Information;
    NTSTATUS Status;
    ULONG Reserved;
} CONDRV_ANSWER;

typedef struct CONDRV_PART {
    ULONG64 Id;
    ULONG64 Offset;
} CONDRV_PART;

#define CONDRV_MESSAGE_OPEN 1u     // a request: a file was opened
#define CONDRV_MESSAGE_CLOSE 2u    // it is closed; no answer. Of files whose opening succeeded
#define CONDRV_MESSAGE_CONTROL 3u  // a request
#define CONDRV_MESSAGE_READ 4u     // a request
#define CONDRV_MESSAGE_WRITE 5u    // a request
#define CONDRV_MESSAGE_CANCEL 6u   // of the request with this Id, which is still to be answered

#define CONDRV_FILE_SERVER 1u
#define CONDRV_FILE_REFERENCE 2u
#define CONDRV_FILE_CONNECTION 3u
#define CONDRV_FILE_INPUT 4u
#define CONDRV_FILE_OUTPUT 5u
#define CONDRV_FILE_SCREEN_BUFFER 6u
#define CONDRV_FILE_EVENTS 7u

typedef struct CONDRV_MESSAGE {
    ULONG64 Id;    // 0: no request
    ULONG64 File;  // its number
    ULONG Kind;    // CONDRV_MESSAGE_*
    ULONG FileKind;
    ULONG Process;  // who asks; OPEN and CLOSE of a connection: whose it is
    ULONG Code;     // CONTROL
    ULONG InputLength;
    ULONG OutputLength;
} CONDRV_MESSAGE;

#ifdef __cplusplus
}
static_assert(sizeof(CONDRV_INPUT_INFO) == 12 && sizeof(CONDRV_SET_INPUT) == 16);
static_assert(sizeof(CONDRV_HISTORY_INFO) == 12);
static_assert(sizeof(CONDRV_RECTANGLE) == 16 && sizeof(CONDRV_FILL) == 24);
static_assert(sizeof(CONDRV_OUTPUT_INFO) == 100 && sizeof(CONDRV_SET_OUTPUT) == 104);
static_assert(sizeof(CONDRV_SCROLL_AREA) == 24);
static_assert(sizeof(CONDRV_ANSWER) == 24 && sizeof(CONDRV_MESSAGE) == 40);
#endif
