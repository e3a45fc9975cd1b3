// SPDX-License-Identifier: GPL-3.0-only
//
// A native program at its console: standard handles that work, and clients that do not keep each other
// waiting. The shell that runs it sits at the console.
#include "tests/system/consoles.h"

namespace {

// Into the input, as if it had been typed; \x26 is the up arrow.
void type(PCWSTR text) {
    struct {
        USHORT type, pad;
        LONG down;
        USHORT repeat, key, scan;
        WCHAR character;
        ULONG state;
    } keys[64] = {};
    ULONG count = 0;
    for (; text[count]; ++count) {
        keys[count].type = 1;  // KEY_EVENT
        keys[count].down = TRUE;
        keys[count].repeat = 1;
        const bool arrow = text[count] == 0x26;
        keys[count].key = text[count] == '\r' ? 0x0D : arrow ? 0x26 : static_cast<USHORT>(text[count] - 32);
        keys[count].character = arrow ? 0 : text[count];
    }
    HANDLE input = NtCurrentPeb()->ProcessParameters->StandardInput;
    CHECK(NT_SUCCESS(ask(input, CONDRV_WRITE_INPUT, keys, count * sizeof keys[0], nullptr, 0)));
}

ULONG read_line(char* line, ULONG room) {
    IO_STATUS_BLOCK io = {};
    HANDLE input = NtCurrentPeb()->ProcessParameters->StandardInput;
    CHECK(NT_SUCCESS(NtReadFile(input, nullptr, nullptr, nullptr, &io, line, room, nullptr, nullptr)));
    return static_cast<ULONG>(io.Information);
}

// --- Other processes: `consoles WORD NUMBER`

constexpr ULONG kMostProcesses = 4096;
ULONG list[kMostProcesses];

// How many processes the console has.
ULONG processes() {
    IO_STATUS_BLOCK io = {};
    const NTSTATUS status = NtDeviceIoControlFile(console(), nullptr, nullptr, nullptr, &io,
                                                  CONDRV_GET_PROCESS_LIST, nullptr, 0, list, sizeof list);
    return NT_SUCCESS(status) ? static_cast<ULONG>(io.Information / sizeof list[0]) : 0;
}

// One of the console's processes, until it is ended.
NTSTATUS sit() {
    connect();
    for (;;)
        NtDelayExecution(FALSE, const_cast<LARGE_INTEGER*>(&kMinute));
}

// Among `others` later ones it waits for Ctrl-C or Ctrl-Break, and ends with 70 and the event's number.
NTSTATUS await_event(ULONG others) {
    static HANDLE crowd[kMostProcesses];
    const ULONG before = processes();
    connect();
    for (ULONG i = 0; i < others; ++i)
        crowd[i] = start(u"consoles sit");
    while (processes() < before + 1 + others)
        NtYieldExecution();
    HANDLE events = open_of_console(u"Events", FILE_SYNCHRONOUS_IO_NONALERT);
    ULONG event = 9;
    test::print("awaits an event");
    IO_STATUS_BLOCK io;
    NTSTATUS status = NtDeviceIoControlFile(events, nullptr, nullptr, nullptr, &io, CONDRV_AWAIT_EVENT,
                                            nullptr, 0, &event, sizeof event);
    if (status == STATUS_PENDING) NtWaitForSingleObject(events, FALSE, nullptr);
    test::print("event %u", event);
    for (ULONG i = 0; i < others; ++i)
        NtTerminateProcess(crowd[i], STATUS_SUCCESS);
    return static_cast<NTSTATUS>(70 + event);
}

// Whether the console has a row that begins with the text behind the word.
NTSTATUS look_for(const UNICODE_STRING& arguments) {
    static WCHAR cells[65536];
    CONDRV_OUTPUT_INFO info = {};
    CONDRV_RECTANGLE all = {0, 0, CONDRV_MODE_TEXT, 0};
    HANDLE output = NtCurrentPeb()->ProcessParameters->StandardOutput;
    constexpr ULONG kWord = 7;  // `begins `
    const ULONG length = arguments.Length / sizeof(WCHAR) - kWord;
    if (!NT_SUCCESS(ask(output, CONDRV_GET_OUTPUT_INFO, nullptr, 0, &info, sizeof info)) ||
        !NT_SUCCESS(ask(output, CONDRV_READ_OUTPUT, &all, sizeof all, cells, sizeof cells)))
        return STATUS_UNSUCCESSFUL;
    bool found = false;
    for (SHORT row = 0; row < info.Height && length < 80; ++row)
        found |= !memcmp(cells + row * info.Width, arguments.Buffer + kWord, length * sizeof(WCHAR));
    test::print(found ? "it does" : "it does not");
    return STATUS_SUCCESS;
}

// What a line takes to standard output; `speed 1`: to the machine's screen and line themselves.
NTSTATUS measure(ULONG device) {
    HANDLE file = device ? open_of(nullptr, u"\\Device\\Console", FILE_SYNCHRONOUS_IO_NONALERT)
                         : NtCurrentPeb()->ProcessParameters->StandardOutput;
    test::print("%u instructions a line", instructions_a_line(file));
    return STATUS_SUCCESS;
}

NTSTATUS other_process(const UNICODE_STRING& arguments) {
    if (says(arguments, u"sit")) return sit();
    if (says(arguments, u"speed")) return measure(number_in(arguments));
    if (says(arguments, u"begins")) return look_for(arguments);
    if (says(arguments, u"await")) return await_event(number_in(arguments));
    return STATUS_NOT_IMPLEMENTED;
}
CHILD(other_process);

// Much to do and nothing to see: the cell in the first column, over and over.
constexpr ULONG kLong = 4 << 20;
volatile bool begun, done;
char* text;

NTSTATUS NTAPI write_long(PVOID) {
    IO_STATUS_BLOCK io;
    HANDLE file = open_of_console(u"Output", FILE_SYNCHRONOUS_IO_NONALERT);
    begun = true;
    const NTSTATUS status = NtWriteFile(file, nullptr, nullptr, nullptr, &io, text, kLong, nullptr, nullptr);
    done = true;
    NtClose(file);
    return NT_SUCCESS(status) && io.Information == kLong ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

}  // namespace

TEST(standard_handles_are_the_consoles) {
    const PRTL_USER_PROCESS_PARAMETERS given = NtCurrentPeb()->ProcessParameters;
    ULONG mode = 0;
    CHECK(console() != nullptr);
    CHECK(NT_SUCCESS(ask(given->StandardInput, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    CHECK(mode & 1);  // ENABLE_PROCESSED_INPUT
    CHECK(NT_SUCCESS(ask(given->StandardOutput, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    CHECK(mode & 2);  // ENABLE_WRAP_AT_EOL_OUTPUT
}

// What another program puts into the input is read from StandardInput as bytes, a line at a time.
TEST(a_line_is_read_from_standard_input) {
    type(u"hi\r");
    char line[16] = {};
    CHECK(read_line(line, sizeof line) == 4 && memcmp(line, "hi\r\n", 4) == 0);
}

// Who has too little room is told how many processes there are.
TEST(the_list_of_processes_has_its_length) {
    ULONG count = 0;
    HANDLE connection = connect();
    const ULONG all = processes();
    CHECK(all >= 2 &&
          list[0] == static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(NtCurrentTeb()->ClientId.UniqueProcess)));
    CHECK(ask(console(), CONDRV_GET_PROCESS_LIST, nullptr, 0, &count, sizeof count) ==
              STATUS_BUFFER_TOO_SMALL &&
          count == all);
    CHECK(ask(console(), CONDRV_GET_PROCESS_LIST, nullptr, 0, &count, 2) == STATUS_BUFFER_TOO_SMALL);
    NtClose(connection);
}

// What was entered is kept for each client under its program's name.
TEST(lines_are_kept_by_program) {
    CONDRV_HISTORY_INFO before = {}, info = {};
    CHECK(NT_SUCCESS(ask(console(), CONDRV_GET_HISTORY_INFO, nullptr, 0, &before, sizeof before)));
    CHECK(before.Lines == 50 && before.Lists == 4 && before.Flags == 0);
    WCHAR own[] = u"CONSOLES.exe", shells[] = u"ntcmd.exe";
    constexpr ULONG kOwn = sizeof own - sizeof(WCHAR), kShells = sizeof shells - sizeof(WCHAR);
    CHECK(NT_SUCCESS(ask(console(), CONDRV_EXPUNGE_HISTORY, own, kOwn, nullptr, 0)));
    type(u"one\rtwo\rtwo\r\r");
    char line[16] = {};
    for (unsigned i = 0; i < 4; ++i)
        read_line(line, sizeof line);
    // A password is typed without echo.
    HANDLE input = NtCurrentPeb()->ProcessParameters->StandardInput;
    ULONG mode = 0;
    CHECK(NT_SUCCESS(ask(input, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    ULONG silent = mode & ~4u;  // ENABLE_ECHO_INPUT
    CHECK(NT_SUCCESS(ask(input, CONDRV_SET_MODE, &silent, sizeof silent, nullptr, 0)));
    type(u"secret\r");
    CHECK(read_line(line, sizeof line) == 8 && memcmp(line, "secret", 6) == 0);
    CHECK(NT_SUCCESS(ask(input, CONDRV_SET_MODE, &mode, sizeof mode, nullptr, 0)));
    WCHAR lines[512];
    IO_STATUS_BLOCK io;
    const auto get = [&](WCHAR* name, ULONG length, ULONG room) {
        io.Information = 0;
        return NtDeviceIoControlFile(console(), nullptr, nullptr, nullptr, &io, CONDRV_GET_HISTORY, name,
                                     length, lines, room);
    };
    CHECK(NT_SUCCESS(get(own, kOwn, sizeof lines)));
    CHECK(io.Information == 16 && memcmp(lines, u"one\0two\0", 16) == 0);
    CHECK(get(own, kOwn, 15) == STATUS_BUFFER_TOO_SMALL && lines[0] == 16 && lines[1] == 0);
    CHECK(get(own, kOwn, 0) == STATUS_BUFFER_TOO_SMALL);
    // Up recalls what this program read, not the shell's lines.
    type(u"\x26\r");
    CHECK(read_line(line, sizeof line) == 5 && memcmp(line, "two", 3) == 0);
    CHECK(NT_SUCCESS(get(shells, kShells, sizeof lines)));
    bool mixed = false;
    for (ULONG i = 0; i + 3 < io.Information / sizeof(WCHAR); ++i)
        mixed |= memcmp(lines + i, u"two", 6) == 0;
    CHECK(io.Information > 0 && !mixed);
    // Limits, and that they hold.
    info = {1, 4, 0};
    CHECK(NT_SUCCESS(ask(console(), CONDRV_SET_HISTORY_INFO, &info, sizeof info, nullptr, 0)));
    CHECK(NT_SUCCESS(get(own, kOwn, sizeof lines)) && io.Information == 8);
    constexpr CONDRV_HISTORY_INFO kBad[] = {{1000, 4, 0}, {50, 1000, 0}, {50, 4, 2}};
    for (const CONDRV_HISTORY_INFO& bad : kBad) {
        info = bad;
        CHECK(ask(console(), CONDRV_SET_HISTORY_INFO, &info, sizeof info, nullptr, 0) ==
              STATUS_INVALID_PARAMETER);
    }
    CHECK(NT_SUCCESS(ask(console(), CONDRV_EXPUNGE_HISTORY, own, kOwn, nullptr, 0)));
    CHECK(NT_SUCCESS(get(own, kOwn, sizeof lines)) && io.Information == 0);
    CHECK(NT_SUCCESS(ask(console(), CONDRV_SET_HISTORY_INFO, &before, sizeof before, nullptr, 0)));
}

TEST(a_long_write_keeps_nobody_waiting) {
    PVOID memory = nullptr;
    SIZE_T size = kLong;
    CHECK(NT_SUCCESS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &memory, 0, &size, MEM_COMMIT, PAGE_READWRITE)));
    text = static_cast<char*>(memory);
    for (ULONG i = 0; i < kLong; i++)
        text[i] = i % 2 ? '\r' : ' ';
    HANDLE thread = nullptr;
    CHECK(NT_SUCCESS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, write_long, nullptr,
                                         &thread, nullptr)));
    while (!begun)
        NtYieldExecution();
    HANDLE file = open_of_console(u"Output", FILE_SYNCHRONOUS_IO_NONALERT);
    ULONG answered = 0;
    for (ULONG i = 0; i < 20 && !done; i++) {
        ULONG mode = 0;
        IO_STATUS_BLOCK io;
        answered += NT_SUCCESS(ask(file, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)) &&
                    NT_SUCCESS(NtWriteFile(file, nullptr, nullptr, nullptr, &io, "\r", 1, nullptr, nullptr));
    }
    CHECK(answered == 20 && !done);
    NtWaitForSingleObject(thread, FALSE, nullptr);
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    CHECK(basic.ExitStatus == STATUS_SUCCESS);
    NtClose(thread);
    NtClose(file);
}

// A writer that is gone takes its write along, and the console goes on.
TEST(a_long_write_ends_with_its_thread) {
    begun = false;
    done = false;
    HANDLE thread = nullptr;
    CHECK(NT_SUCCESS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, write_long, nullptr,
                                         &thread, nullptr)));
    while (!begun)
        NtYieldExecution();
    ULONG mode = 0;
    HANDLE file = open_of_console(u"Output", FILE_SYNCHRONOUS_IO_NONALERT);
    for (ULONG i = 0; i < 3; i++)
        CHECK(NT_SUCCESS(ask(file, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    NtTerminateThread(thread, STATUS_CANCELLED);
    CHECK(NtWaitForSingleObject(thread, FALSE, nullptr) == STATUS_SUCCESS && !done);
    CHECK(NT_SUCCESS(ask(file, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    NtClose(thread);
    NtClose(file);
}
