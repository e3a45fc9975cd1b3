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

NTSTATUS client(const UNICODE_STRING& arguments) {
    if (says(arguments, u"speed")) return measure();
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
