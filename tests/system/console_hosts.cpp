// SPDX-License-Identifier: GPL-3.0-only
//
// A console of this program's own, as AllocConsole makes one: what its clients see when its host is killed,
// and what they may ask of it without harm to others.
#include "tests/system/consoles.h"

namespace {

constexpr ULONG kClients = 30, kKinds = 6;

struct Hosted {
    HANDLE server = nullptr, reference = nullptr, input = nullptr, output = nullptr, host = nullptr;

    Hosted() {
        constexpr ULONG kSynchronous = FILE_SYNCHRONOUS_IO_NONALERT;
        server = open_of(nullptr, u"\\Device\\ConDrv\\Server", 0, OBJ_INHERIT);
        reference = open_of(server, u"Reference", kSynchronous, OBJ_INHERIT);
        input = open_of(reference, u"Input", kSynchronous, OBJ_INHERIT);
        WCHAR line[40] = u"conhost.exe --server 0x";
        WCHAR digits[] = u"00000000";
        for (ULONG i = 8, left = static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(server)); i-- > 0; left >>= 4)
            digits[i] = u"0123456789ABCDEF"[left & 15];
        wcscat(line, digits);
        UNICODE_STRING image = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\conhost.exe");
        host = start(image, line, nullptr, nullptr, nullptr);
        NtClose(server);
        output = open_of(reference, u"Output", kSynchronous, OBJ_INHERIT);
    }
    Hosted(const Hosted&) = delete;
    Hosted& operator=(const Hosted&) = delete;
    ~Hosted() {
        NtClose(input);
        NtClose(output);
        NtClose(reference);
        if (!host) return;
        // It ends with the last process of its console; here there may have been none.
        NtTerminateProcess(host, STATUS_SUCCESS);
        NtWaitForSingleObject(host, FALSE, nullptr);
        NtClose(host);
    }
    bool works() const {
        IO_STATUS_BLOCK io = {};
        ULONG mode = 0;
        return NT_SUCCESS(ask(input, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)) &&
               NT_SUCCESS(ask(output, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)) &&
               NT_SUCCESS(NtWriteFile(output, nullptr, nullptr, nullptr, &io, "here\n", 5, nullptr, nullptr));
    }
    ULONG processes() const {
        ULONG list[64];
        IO_STATUS_BLOCK io = {};
        NtDeviceIoControlFile(input, nullptr, nullptr, nullptr, &io, CONDRV_GET_PROCESS_LIST, nullptr, 0,
                              list, sizeof list);
        return static_cast<ULONG>(io.Information / sizeof list[0]);
    }
};

// What a request that waits ends with.
NTSTATUS wait_in(ULONG kind) {
    const PRTL_USER_PROCESS_PARAMETERS own = NtCurrentPeb()->ProcessParameters;
    static UCHAR data[65536];
    ULONG wakes = 1u << 9;
    IO_STATUS_BLOCK io;
    HANDLE connection = connect(), input = own->StandardInput;
    if (!connection) return STATUS_INVALID_HANDLE;
    switch (kind) {
        case 0:
            return NtReadFile(input, nullptr, nullptr, nullptr, &io, data, sizeof data, nullptr, nullptr);
        case 1:
            return ask(input, CONDRV_READ_INPUT, nullptr, 0, data, sizeof data);
        case 2:
            return ask(open_of_console(u"Events", FILE_SYNCHRONOUS_IO_NONALERT), CONDRV_AWAIT_EVENT, nullptr,
                       0, data, sizeof(ULONG));
        case 3: {
            NTSTATUS status = NtWaitForSingleObject(input, FALSE, nullptr);
            return status == STATUS_SUCCESS
                       ? NtReadFile(input, nullptr, nullptr, nullptr, &io, data, 1, nullptr, nullptr)
                       : status;
        }
        case 4:
            for (ULONG i = 0; i < sizeof data; ++i)
                data[i] = i % 80 ? 'w' : '\n';
            for (;;) {
                const NTSTATUS status = NtWriteFile(own->StandardOutput, nullptr, nullptr, nullptr, &io, data,
                                                    sizeof data, nullptr, nullptr);
                if (!NT_SUCCESS(status)) return status;
            }
        default:
            return ask(input, CONDRV_READ_CONSOLE_CONTROL, &wakes, sizeof wakes, data, sizeof data);
    }
}

// What a line takes where nobody sees it.
NTSTATUS measure() {
    Hosted hosted;
    test::print("%u instructions a line", instructions_a_line(hosted.output));
    return STATUS_SUCCESS;
}

// Makes a console that nobody sits at, says who its host is and ends without a word to it.
NTSTATUS make_and_die() {
    Hosted hosted;
    if (!hosted.works()) return STATUS_UNSUCCESSFUL;
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(hosted.host, ProcessBasicInformation, &basic, sizeof basic, nullptr);
    NtTerminateProcess(NtCurrentProcess(), static_cast<NTSTATUS>(basic.UniqueProcessId));
    return STATUS_UNSUCCESSFUL;
}

NTSTATUS client(const UNICODE_STRING& arguments) {
    if (says(arguments, u"speed")) return measure();
    if (says(arguments, u"maker")) return make_and_die();
    if (!says(arguments, u"client")) return STATUS_NOT_IMPLEMENTED;
    // An overlapped request is waited for.
    const NTSTATUS status = wait_in(number_in(arguments));
    return status == STATUS_SUCCESS ? STATUS_UNSUCCESSFUL : status;
}
CHILD(client);

NTSTATUS exit_status(HANDLE process) {
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof basic, nullptr);
    return basic.ExitStatus;
}

ULONG committed() {
    SYSTEM_PERFORMANCE_INFORMATION information = {};
    NtQuerySystemInformation(SystemPerformanceInformation, &information, sizeof information, nullptr);
    return information.CommittedPages;
}

// Answers how many clients did not end as they should.
ULONG kill_with_clients() {
    LARGE_INTEGER moment, patience;
    moment.QuadPart = -1'000'000;      // 100 ms
    patience.QuadPart = -200'000'000;  // 20 s
    Hosted hosted;
    if (!hosted.works()) return kClients;
    const UNICODE_STRING& image = NtCurrentPeb()->ProcessParameters->ImagePathName;
    HANDLE clients[kClients] = {};
    for (ULONG i = 0; i < kClients; ++i) {
        WCHAR line[] = u"console_hosts client 0";
        line[sizeof line / sizeof(WCHAR) - 2] = static_cast<WCHAR>('0' + i % kKinds);
        clients[i] = start(image, line, hosted.reference, hosted.input, hosted.output);
    }
    for (ULONG i = 0; i < 200 && hosted.processes() < kClients; ++i)
        NtDelayExecution(FALSE, &moment);
    NtDelayExecution(FALSE, &moment);
    ULONG bad = hosted.processes() == kClients ? 0 : 1;
    NtTerminateProcess(hosted.host, STATUS_UNSUCCESSFUL);
    for (ULONG i = 0; i < kClients; ++i) {
        const NTSTATUS waited = NtWaitForSingleObject(clients[i], FALSE, &patience);
        const NTSTATUS status = exit_status(clients[i]);
        if (waited != STATUS_SUCCESS || status != STATUS_PIPE_DISCONNECTED) {
            ++bad;
            test::print("client of kind %u: wait 0x%08x, ended with 0x%08x", i % kKinds, waited, status);
        }
        NtTerminateProcess(clients[i], STATUS_SUCCESS);
        NtClose(clients[i]);
    }
    // What is open of it says so, and so does what is opened through it.
    IO_STATUS_BLOCK io;
    bad += NtWriteFile(hosted.output, nullptr, nullptr, nullptr, &io, "x", 1, nullptr, nullptr) !=
           STATUS_PIPE_DISCONNECTED;
    HANDLE late = open_of(hosted.reference, u"Output", FILE_SYNCHRONOUS_IO_NONALERT);
    bad += late != nullptr;
    return bad;
}

}  // namespace

TEST(a_host_that_is_killed_leaves_nobody_waiting) {
    CHECK(kill_with_clients() == 0);
    const ULONG before = committed();
    for (unsigned i = 0; i < 3; ++i)
        CHECK(kill_with_clients() == 0);
    const ULONG after = committed();
    // What others do meanwhile is a few pages.
    CHECK(after <= before + 32);
    Hosted next;
    CHECK(next.works());
}

TEST(a_host_ends_with_the_maker_of_a_console_that_nobody_used) {
    const UNICODE_STRING& image = NtCurrentPeb()->ProcessParameters->ImagePathName;
    HANDLE maker = start(image, u"console_hosts maker", nullptr, nullptr, nullptr);
    CHECK(maker && NtWaitForSingleObject(maker, FALSE, &kMinute) == STATUS_SUCCESS);
    const NTSTATUS host = exit_status(maker);
    CHECK(NT_SUCCESS(host));
    NtClose(maker);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    CLIENT_ID client = {ULongToHandle(static_cast<ULONG>(host)), nullptr};
    HANDLE process = nullptr;
    const NTSTATUS status = NtOpenProcess(&process, SYNCHRONIZE, &attributes, &client);
    CHECK(status == STATUS_INVALID_CID || NtWaitForSingleObject(process, FALSE, &kMinute) == STATUS_SUCCESS);
    if (process) NtClose(process);
}

namespace {

NTSTATUS resize(HANDLE output, ULONG mask, int width, int height) {
    CONDRV_SET_OUTPUT set = {};
    set.Mask = mask;
    set.Info.Width = static_cast<SHORT>(width);
    set.Info.Height = static_cast<SHORT>(height);
    set.Info.Right = static_cast<SHORT>(width - 1);
    set.Info.Bottom = static_cast<SHORT>(height - 1);
    return ask(output, CONDRV_SET_OUTPUT_INFO, &set, sizeof set, nullptr, 0);
}

NTSTATUS set_mode(HANDLE file, ULONG mode) {
    return ask(file, CONDRV_SET_MODE, &mode, sizeof mode, nullptr, 0);
}

// Long lines, zeros, what is no UTF-8, sequences that do not end: in every mode.
bool write_nonsense(const Hosted& hosted) {
    static char data[20000];
    for (ULONG i = 0; i < sizeof data; ++i)
        data[i] = static_cast<char>(i < 10000 ? 'x' : i * 37 ^ i >> 3);
    for (ULONG mode = 0; mode < 32; ++mode) {
        IO_STATUS_BLOCK io = {};
        if (!NT_SUCCESS(set_mode(hosted.output, mode)) ||
            !NT_SUCCESS(NtWriteFile(hosted.output, nullptr, nullptr, nullptr, &io, data, sizeof data, nullptr,
                                    nullptr)) ||
            io.Information != sizeof data ||
            !NT_SUCCESS(ask(hosted.output, CONDRV_WRITE_CONSOLE, data, sizeof data, nullptr, 0)))
            return false;
    }
    CONDRV_SCROLL_AREA area = {-32768, -32768, 32767, 32767, 32767, -32768, -1, -1, 32767, 32767, 'y', 7};
    ask(hosted.output, CONDRV_SCROLL, &area, sizeof area, nullptr, 0);
    return NT_SUCCESS(set_mode(hosted.output, 3)) && hosted.works();
}

volatile bool writing_ends;
NTSTATUS NTAPI keep_writing(PVOID file) {
    NTSTATUS status = STATUS_SUCCESS;
    IO_STATUS_BLOCK io;
    static char data[9000];
    while (!writing_ends && NT_SUCCESS(status))
        status = NtWriteFile(file, nullptr, nullptr, nullptr, &io, data, sizeof data, nullptr, nullptr);
    return status;
}

}  // namespace

TEST(sizes_and_bytes_of_every_kind) {
    Hosted hosted;
    constexpr int kSizes[][2] = {{1, 1}, {32767, 1}, {1, 32767}, {80, 25}, {2, 2}, {2048, 2048}};
    CHECK(write_nonsense(hosted));
    for (const auto& size : kSizes) {
        // The window first, which a buffer is never smaller than.
        CHECK(NT_SUCCESS(resize(hosted.output, CONDRV_SET_WINDOW, 1, 1)));
        CHECK(NT_SUCCESS(resize(hosted.output, CONDRV_SET_SIZE, size[0], size[1])));
        CHECK(write_nonsense(hosted));
    }
    constexpr int kBad[][2] = {{0, 1}, {1, 0}, {-1, 25}, {32767, 32767}, {-32768, -32768}};
    for (const auto& size : kBad)
        CHECK(resize(hosted.output, CONDRV_SET_SIZE, size[0], size[1]) == STATUS_INVALID_PARAMETER);
    CHECK(hosted.works());
}

// The buffer that is shown changes, and goes, under a writer and with its file.
TEST(buffers_are_switched_under_writers) {
    Hosted hosted;
    HANDLE thread = nullptr;
    writing_ends = false;
    HANDLE first = open_of(hosted.reference, u"ScreenBuffer", FILE_SYNCHRONOUS_IO_NONALERT);
    CHECK(NT_SUCCESS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, keep_writing, first,
                                         &thread, nullptr)));
    for (unsigned i = 0; i < 100; ++i) {
        HANDLE second = open_of(hosted.reference, u"ScreenBuffer", FILE_SYNCHRONOUS_IO_NONALERT);
        CHECK(second && NT_SUCCESS(ask(first, CONDRV_ACTIVATE, nullptr, 0, nullptr, 0)));
        CHECK(NT_SUCCESS(resize(first, CONDRV_SET_WINDOW, 1 + i % 80, 1 + i % 25)));
        CHECK(NT_SUCCESS(ask(second, CONDRV_ACTIVATE, nullptr, 0, nullptr, 0)));
        NtClose(second);
        CHECK(hosted.works());
    }
    writing_ends = true;
    NtWaitForSingleObject(thread, FALSE, nullptr);
    NtClose(thread);
    NtClose(first);
    CHECK(hosted.works());
}

// Who reads a line is ended while it is typed: the next reader begins with nothing.
TEST(a_reader_is_ended_amid_its_line) {
    Hosted hosted;
    struct {
        USHORT type, pad;
        LONG down;
        USHORT repeat, key, scan;
        WCHAR character;
        ULONG state;
    } keys[3] = {};
    const WCHAR typed[] = u"ab\r";
    for (ULONG i = 0; i < 3; ++i) {
        keys[i].type = 1;
        keys[i].down = TRUE;
        keys[i].repeat = 1;
        keys[i].key = typed[i] == '\r' ? 0x0D : static_cast<USHORT>(typed[i] - 32);
        keys[i].character = typed[i];
    }
    const UNICODE_STRING& image = NtCurrentPeb()->ProcessParameters->ImagePathName;
    HANDLE reader = start(image, u"console_hosts client 0", hosted.reference, hosted.input, hosted.output);
    LARGE_INTEGER moment;
    moment.QuadPart = -1'000'000;
    for (unsigned i = 0; i < 50 && hosted.processes() == 0; ++i)
        NtDelayExecution(FALSE, &moment);
    NtDelayExecution(FALSE, &moment);
    CHECK(NT_SUCCESS(ask(hosted.input, CONDRV_WRITE_INPUT, keys, 2 * sizeof keys[0], nullptr, 0)));
    NtTerminateProcess(reader, STATUS_SUCCESS);
    CHECK(NtWaitForSingleObject(reader, FALSE, nullptr) == STATUS_SUCCESS);
    NtClose(reader);
    char line[16] = {};
    IO_STATUS_BLOCK io = {};
    CHECK(NT_SUCCESS(ask(hosted.input, CONDRV_WRITE_INPUT, keys + 1, 2 * sizeof keys[0], nullptr, 0)));
    CHECK(NT_SUCCESS(
        NtReadFile(hosted.input, nullptr, nullptr, nullptr, &io, line, sizeof line, nullptr, nullptr)));
    CHECK(io.Information == 3 && !memcmp(line, "b\r\n", 3));
}
