// SPDX-License-Identifier: GPL-3.0-only
//
// The channel between `./neptune exec` and the machine that it runs: a piece of memory that both see, with
// pipes in it. QEMU shows the memory to its guest as BAR 2 of an ivshmem device (PCI 1af4:1110); the tool
// maps the same file.
//
// A pipe carries bytes one way through a ring. `Written` and `Read` count bytes modulo 2^32 and are changed
// by one side only, the writer and the reader; the bytes at [Read, Written) lie at their numbers modulo the
// ring's size, which is a power of two. Either end may close: a reader that has taken everything behind a
// closed writer is at the end, a writer whose reader has closed has nobody to write to. Both are for good.
//
// Nobody polls. A side that found nothing to do sets its `Waits` word, looks once more, and sleeps; a side
// that has moved bytes, or closed, takes the other's word back to 0 and, if it was 1, rings: it sends one
// byte, whose value says nothing, over the second serial port (0x2f8, interrupt 3). Who is rung looks at all
// its pipes. A ring too many does no harm.
//
// Neither side trusts the other: a count that is further ahead than the ring is large ends the pipe.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#define EXEC_CHANNEL_MAGIC 0x3143584eu  // "NXC1"
#define EXEC_PIPES 9u

// Numbers of pipes, which are also their names below the guest's device: \Device\ExecChannel\0 and so on.
#define EXEC_PIPE_ORDERS 0u   // to the guest: messages
#define EXEC_PIPE_REPORTS 1u  // from the guest: messages
#define EXEC_PIPE_INPUT 2u    // to the guest: the program's standard input
#define EXEC_PIPE_OUTPUT 3u   // from the guest
#define EXEC_PIPE_ERROR 4u    // from the guest
#define EXEC_PIPE_PUT 5u      // to the guest: files
#define EXEC_PIPE_GET 6u      // from the guest: files
// Of a terminal, VT sequences in UTF-8; without one these rings have no bytes.
#define EXEC_PIPE_CONSOLE_INPUT 7u   // to the guest; CSI 8 ; rows ; columns t says how large it is
#define EXEC_PIPE_CONSOLE_OUTPUT 8u  // from the guest

typedef struct EXEC_PIPE {
    unsigned int
        Offset;  // of the ring from the beginning of the memory, in bytes; the tool's to say, as is Size
    unsigned int Size;  // of the ring: a power of two, or 0
    unsigned int ToGuest;
    unsigned int Reserved0[13];
    // The writer's.
    unsigned int Written;
    unsigned int WriterClosed;
    unsigned int WriterWaits;  // for room
    unsigned int Reserved1[13];
    // The reader's.
    unsigned int Read;
    unsigned int ReaderClosed;
    unsigned int ReaderWaits;  // for bytes
    unsigned int Reserved2[13];
} EXEC_PIPE;

// Where the memory begins. The tool has filled it in before the machine starts.
typedef struct EXEC_CHANNEL {
    unsigned int Magic;
    unsigned int Size;  // of the memory, in bytes
    unsigned int Reserved[14];
    EXEC_PIPE Pipes[EXEC_PIPES];
} EXEC_CHANNEL;

// Messages follow each other on the pipes of orders and reports: this, then `Length` bytes.
typedef struct EXEC_MESSAGE {
    unsigned int Kind;
    unsigned int Length;
} EXEC_MESSAGE;

#define EXEC_LARGEST_MESSAGE 0x400000u

// Order: start a program. EXEC_START, then its texts in this order, UTF-16 without terminators; of the
// environment each variable is NAME=VALUE with a zero behind it, and takes the place of one of that name.
// There is one program at a time, and another one can be
// started when it has ended.
#define EXEC_ORDER_START 1u
// Order: end the program, with STATUS_CONTROL_C_EXIT.
#define EXEC_ORDER_CANCEL 2u

// Order: send the files of a folder and of those below it. Its DOS path, UTF-16. They come on pipe
// EXEC_PIPE_GET: of each an EXEC_FILE, its name relative to the folder, UTF-16, and its bytes; then one whose
// NameBytes are 0, whose Flags say whether something could not be read.
#define EXEC_ORDER_GET 3u

// Report: it runs. EXEC_STARTED.
#define EXEC_REPORT_STARTED 1u
// Report: it has ended. EXEC_ENDED. What it had written is in the pipes before this is.
#define EXEC_REPORT_ENDED 2u
// Report: it could not be started. EXEC_ENDED.
#define EXEC_REPORT_FAILED 3u

#define EXEC_START_ADMINISTRATOR 1u  // with the administrator's rights, not an ordinary user's
// These standard handles are the console's, not the pipes.
#define EXEC_START_CONSOLE_INPUT 2u
#define EXEC_START_CONSOLE_OUTPUT 4u
#define EXEC_START_CONSOLE_ERROR 8u

typedef struct EXEC_START {
    unsigned int Flags;
    unsigned int ImageBytes;  // the program's DOS path
    unsigned int CommandBytes;
    unsigned int DirectoryBytes;
    unsigned int EnvironmentBytes;
} EXEC_START;

#define EXEC_FILE_FOLDER 1u      // no bytes follow
#define EXEC_FILE_INCOMPLETE 2u  // of the last one: the folder holds more

typedef struct EXEC_FILE {
    unsigned int NameBytes;
    unsigned int Flags;
    unsigned long long Size;
} EXEC_FILE;

typedef struct EXEC_STARTED {
    unsigned int ProcessId;
} EXEC_STARTED;

typedef struct EXEC_ENDED {
    unsigned int Status;  // the process's exit status, or why there is none
} EXEC_ENDED;

#ifdef __cplusplus
}
static_assert(sizeof(EXEC_FILE) == 16);
static_assert(sizeof(EXEC_PIPE) == 192);
static_assert(sizeof(EXEC_CHANNEL) == 64 + 192 * EXEC_PIPES);
#endif
