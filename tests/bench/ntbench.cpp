// SPDX-License-Identifier: GPL-3.0-only
//
// What native services cost. Run under -icount shift=0 the time-stamp counter counts guest instructions, so
// every figure is exact. The cost of reading the counter is taken off. Prints `bench NAME COUNT` lines; a
// service that fails prints `FAIL NAME status` and no count.
#include "apps/common/format.hpp"
#include "apps/common/native.hpp"
#include "tests/common/drivers.hpp"
#include "tests/drivers/scribbler/scribbler.h"

namespace {

using app::View;

constexpr unsigned kWarmUp = 20;
constexpr unsigned kRounds = 100;

HANDLE output = nullptr;

template <typename... Values>
void print(View pattern, const Values&... values) {
    const app::Text text = app::format(pattern, values...);
    if (!output) {
        UNICODE_STRING string = text.unicode();
        NtDisplayString(&string);
        return;
    }
    char bytes[256];
    ULONG length = 0;
    for (SIZE_T i = 0; i < text.size() && length + 4 < sizeof bytes; ++i)
        length += app::to_utf8(text, i, bytes + length);
    IO_STATUS_BLOCK io;
    NtWriteFile(output, nullptr, nullptr, nullptr, &io, bytes, length, nullptr, nullptr);
}

ULONG64 counter() {
    ULONG low, high;
    asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
    return static_cast<ULONG64>(high) << 32 | low;
}

ULONG64 counter_cost() {
    ULONG64 least = ~0ull;
    for (unsigned i = 0; i < 16; ++i) {
        const ULONG64 start = counter();
        const ULONG64 cost = counter() - start;
        least = cost < least ? cost : least;
    }
    return least;
}

// The operation answers a status; the smallest of many hot rounds is the figure, for an interrupt only adds.
template <typename Operation>
void measure(const WCHAR* name, Operation operation) {
    NTSTATUS status = STATUS_SUCCESS;
    for (unsigned i = 0; i < kWarmUp && NT_SUCCESS(status); ++i)
        status = operation();
    ULONG64 least = ~0ull;
    const ULONG64 overhead = counter_cost();
    for (unsigned i = 0; i < kRounds && NT_SUCCESS(status); ++i) {
        const ULONG64 start = counter();
        status = operation();
        const ULONG64 cost = counter() - start - overhead;
        least = cost < least ? cost : least;
    }
    if (NT_SUCCESS(status))
        print(u"bench {} {}\n", name, least);
    else
        print(u"FAIL {} 0x{}\n", name, app::hex(static_cast<ULONG>(status), 8));
}

void events() {
    app::Handle event;
    NtCreateEvent(event.receive(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE);
    measure(u"NtClearEvent", [&] { return NtClearEvent(event.get()); });
    measure(u"NtSetEvent", [&] { return NtSetEvent(event.get(), nullptr); });
    measure(u"NtWaitForSingleObject", [&] { return NtWaitForSingleObject(event.get(), FALSE, nullptr); });
    measure(u"NtCreateEvent+NtClose", [] {
        HANDLE handle;
        const NTSTATUS status = NtCreateEvent(&handle, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
        return NT_SUCCESS(status) ? NtClose(handle) : status;
    });
}

void keys() {
    app::Handle key;
    UNICODE_STRING path = RTL_CONSTANT_STRING(u"\\Registry\\Machine\\Software\\Bench");
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"number");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NtCreateKey(key.receive(), KEY_ALL_ACCESS, &attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    ULONG number = 7, length;
    measure(u"NtSetValueKey",
            [&] { return NtSetValueKey(key.get(), &name, 0, REG_DWORD, &number, sizeof number); });
    alignas(8) UCHAR buffer[64];
    measure(u"NtQueryValueKey", [&] {
        return NtQueryValueKey(key.get(), &name, KeyValuePartialInformation, buffer, sizeof buffer, &length);
    });
    measure(u"NtOpenKey+NtClose", [&] {
        HANDLE handle;
        const NTSTATUS status = NtOpenKey(&handle, KEY_READ, &attributes);
        return NT_SUCCESS(status) ? NtClose(handle) : status;
    });
    NtDeleteKey(key.get());
}

// Opens whose access is checked against a descriptor: of what has a name, and of a process.
void checked_opens() {
    UCHAR room[64];
    auto* list = reinterpret_cast<PACL>(room);
    SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    SID users = {SID_REVISION, 1, nt, {SECURITY_AUTHENTICATED_USER_RID}};
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateAcl(list, sizeof room, ACL_REVISION);
    RtlAddAccessAllowedAce(list, ACL_REVISION, EVENT_ALL_ACCESS, &users);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, list, FALSE);
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\BaseNamedObjects\\Bench");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, &descriptor);
    app::Handle event;
    NtCreateEvent(event.receive(), EVENT_ALL_ACCESS, &attributes, NotificationEvent, TRUE);
    measure(u"NtOpenEvent+NtClose-named", [&] {
        HANDLE handle;
        const NTSTATUS status = NtOpenEvent(&handle, EVENT_ALL_ACCESS, &attributes);
        return NT_SUCCESS(status) ? NtClose(handle) : status;
    });
    OBJECT_ATTRIBUTES nothing;
    InitializeObjectAttributes(&nothing, nullptr, 0, nullptr, nullptr);
    CLIENT_ID self = NtCurrentTeb()->ClientId;
    measure(u"NtOpenProcess+NtClose", [&] {
        HANDLE handle;
        const NTSTATUS status = NtOpenProcess(&handle, PROCESS_QUERY_INFORMATION, &nothing, &self);
        return NT_SUCCESS(status) ? NtClose(handle) : status;
    });
}

NTSTATUS allocate_and_free(bool touch) {
    PVOID base = nullptr;
    SIZE_T size = 64 * 1024;
    NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                              PAGE_READWRITE);
    if (!NT_SUCCESS(status)) return status;
    for (SIZE_T page = 0; touch && page < size; page += 4096)
        static_cast<volatile char*>(base)[page] = 1;
    size = 0;
    return NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

void null_device() {
    app::Handle file;
    const NTSTATUS status =
        app::open_file(View(u"\\Device\\Null"), FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE,
                       FILE_SYNCHRONOUS_IO_NONALERT, *file.receive());
    if (!NT_SUCCESS(status))
        return print(u"FAIL \\Device\\Null 0x{}\n", app::hex(static_cast<ULONG>(status), 8));
    char data[16] = {};
    measure(u"NtWriteFile-null-16", [&] {
        IO_STATUS_BLOCK io;
        return NtWriteFile(file.get(), nullptr, nullptr, nullptr, &io, data, sizeof data, nullptr, nullptr);
    });
    measure(u"NtReadFile-null-16", [&] {
        IO_STATUS_BLOCK io;
        const NTSTATUS read =
            NtReadFile(file.get(), nullptr, nullptr, nullptr, &io, data, sizeof data, nullptr, nullptr);
        return read == STATUS_END_OF_FILE ? STATUS_SUCCESS : read;
    });
}

NTSTATUS move_byte(HANDLE pipe, bool to_it) {
    IO_STATUS_BLOCK io;
    char byte = 0;
    if (to_it) return NtWriteFile(pipe, nullptr, nullptr, nullptr, &io, &byte, 1, nullptr, nullptr);
    return NtReadFile(pipe, nullptr, nullptr, nullptr, &io, &byte, 1, nullptr, nullptr);
}

// Gives back each byte, until the other end is closed.
template <auto kMove>
NTSTATUS NTAPI echo(PVOID end) {
    while (NT_SUCCESS(kMove(end, false)) && NT_SUCCESS(kMove(end, true)))
        ;
    NtTerminateThread(NtCurrentThread(), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

// A byte to another thread, which is at the other end, and back. Closes this one.
template <auto kMove>
void byte_and_back(const WCHAR* row, app::Handle& here, HANDLE there) {
    app::Handle thread;
    const NTSTATUS status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, echo<kMove>,
                                                there, thread.receive(), nullptr);
    if (!NT_SUCCESS(status)) return print(u"FAIL {} 0x{}\n", row, app::hex(static_cast<ULONG>(status), 8));
    measure(row, [&] {
        const NTSTATUS written = kMove(here.get(), true);
        return NT_SUCCESS(written) ? kMove(here.get(), false) : written;
    });
    here.close();
    NtWaitForSingleObject(thread.get(), FALSE, nullptr);
}

void pipe() {
    app::Handle server, client;
    app::Attributes attributes(View(u"\\??\\pipe\\bench"));
    constexpr ACCESS_MASK kAccess = FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE;
    constexpr ULONG kShare = FILE_SHARE_READ | FILE_SHARE_WRITE;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER timeout;
    timeout.QuadPart = -500'000;
    NTSTATUS status =
        NtCreateNamedPipeFile(server.receive(), kAccess, attributes.get(), &io, kShare, FILE_CREATE,
                              FILE_SYNCHRONOUS_IO_NONALERT, FILE_PIPE_BYTE_STREAM_TYPE,
                              FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_QUEUE_OPERATION, 1, 4096, 4096, &timeout);
    if (NT_SUCCESS(status))
        status = NtOpenFile(client.receive(), kAccess, attributes.get(), &io, kShare,
                            FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(status)) return print(u"FAIL pipe 0x{}\n", app::hex(static_cast<ULONG>(status), 8));
    byte_and_back<move_byte>(u"pipe-byte-and-back", client, server.get());
}

template <typename In>
NTSTATUS ask_socket(HANDLE socket, ULONG code, const In& in, void* out, ULONG room) {
    IO_STATUS_BLOCK io;
    return NtDeviceIoControlFile(socket, nullptr, nullptr, nullptr, &io, code, const_cast<In*>(&in),
                                 sizeof in, out, room);
}

// As libwine's ws2_32 sends and receives (docs/decisions/0028). An end of zero bytes is one for echo() too.
NTSTATUS move_socket_byte(HANDLE socket, bool to_it) {
    constexpr ULONG kReceive = 0x120334, kSend = 0x120338;
    char byte = 0;
    ULONG flags = 0;
    const ULONG64 buffer[] = {sizeof byte, reinterpret_cast<ULONG64>(&byte)};
    constexpr ULONG64 kOne = ULONG64{1} << 32;
    const ULONG64 send[] = {0, 0, kOne, reinterpret_cast<ULONG64>(buffer)};
    const ULONG64 receive[] = {
        0, 0, 0, reinterpret_cast<ULONG64>(&flags), kOne, reinterpret_cast<ULONG64>(buffer)};
    IO_STATUS_BLOCK io;
    const NTSTATUS status =
        to_it ? NtDeviceIoControlFile(socket, nullptr, nullptr, nullptr, &io, kSend,
                                      const_cast<ULONG64*>(send), sizeof send, nullptr, 0)
              : NtDeviceIoControlFile(socket, nullptr, nullptr, nullptr, &io, kReceive,
                                      const_cast<ULONG64*>(receive), sizeof receive, nullptr, 0);
    return NT_SUCCESS(status) && io.Information == 0 ? STATUS_END_OF_FILE : status;
}

void sockets() {
    constexpr ULONG kCreate = 0x120320, kAccept = 0x120324, kConnect = 0x12032c, kBind = 0x12003,
                    kListen = 0x1200b;
    app::Handle files[2];
    app::Attributes attributes(View(u"\\Device\\Afd"));
    IO_STATUS_BLOCK io;
    NTSTATUS status = STATUS_SUCCESS;
    const ULONG kind[] = {2, 1, 6, 0};
    for (app::Handle& file : files) {
        if (NT_SUCCESS(status))
            status = NtOpenFile(file.receive(), FILE_GENERIC_READ | FILE_GENERIC_WRITE, attributes.get(), &io,
                                0, FILE_SYNCHRONOUS_IO_NONALERT);
        if (NT_SUCCESS(status)) status = ask_socket(file.get(), kCreate, kind, nullptr, 0);
    }
    struct {
        ULONG zero;
        UCHAR address[16];
    } bound = {0, {2, 0, 0, 0, 127, 0, 0, 1}};
    const ULONG backlog[] = {0, 1, 0};
    struct {
        ULONG length, synchronous;
        UCHAR address[16];
    } to = {16, 1, {}};
    ULONG accepted = 0;
    if (NT_SUCCESS(status)) status = ask_socket(files[0].get(), kBind, bound, to.address, sizeof to.address);
    if (NT_SUCCESS(status)) status = ask_socket(files[0].get(), kListen, backlog, nullptr, 0);
    if (NT_SUCCESS(status)) status = ask_socket(files[1].get(), kConnect, to, nullptr, 0);
    if (NT_SUCCESS(status))
        status = ask_socket(files[0].get(), kAccept, ULONG{0}, &accepted, sizeof accepted);
    if (!NT_SUCCESS(status)) return print(u"FAIL socket 0x{}\n", app::hex(static_cast<ULONG>(status), 8));
    app::Handle server;
    *server.receive() = reinterpret_cast<HANDLE>(ULONG64{accepted});
    byte_and_back<move_socket_byte>(u"socket-byte-and-back", files[1], server.get());
}

// A file that has been written, so that its pages are its own.
void written_file() {
    app::Handle file;
    constexpr ACCESS_MASK kAccess = FILE_READ_DATA | FILE_WRITE_DATA | DELETE | SYNCHRONIZE;
    app::Attributes attributes(View(u"\\SystemRoot\\bench.dat"));
    IO_STATUS_BLOCK created;
    NtCreateFile(file.receive(), kAccess, attributes.get(), &created, nullptr, 0, 0, FILE_OVERWRITE_IF,
                 FILE_SYNCHRONOUS_IO_NONALERT | FILE_DELETE_ON_CLOSE, nullptr, 0);
    static char page[4096];
    LARGE_INTEGER start = {};
    measure(u"NtWriteFile-file-4K", [&] {
        IO_STATUS_BLOCK io;
        return NtWriteFile(file.get(), nullptr, nullptr, nullptr, &io, page, sizeof page, &start, nullptr);
    });
    measure(u"NtReadFile-file-4K", [&] {
        IO_STATUS_BLOCK io;
        return NtReadFile(file.get(), nullptr, nullptr, nullptr, &io, page, sizeof page, &start, nullptr);
    });
    LARGE_INTEGER length = {};
    length.QuadPart = 16;
    measure(u"NtLockFile+NtUnlockFile", [&] {
        IO_STATUS_BLOCK io;
        const NTSTATUS locked =
            NtLockFile(file.get(), nullptr, nullptr, nullptr, &io, &start, &length, 0, TRUE, TRUE);
        return NT_SUCCESS(locked) ? NtUnlockFile(file.get(), &io, &start, &length, 0) : locked;
    });
}

void files() {
    const View path(u"\\SystemRoot\\System32\\ntdll.dll");
    constexpr ACCESS_MASK kAccess = FILE_READ_DATA | SYNCHRONIZE;
    app::Handle file;
    app::open_file(path, kAccess, FILE_SYNCHRONOUS_IO_NONALERT, *file.receive());
    char data[16];
    LARGE_INTEGER start = {};
    measure(u"NtReadFile-file-16", [&] {
        IO_STATUS_BLOCK io;
        return NtReadFile(file.get(), nullptr, nullptr, nullptr, &io, data, sizeof data, &start, nullptr);
    });
    measure(u"NtOpenFile+NtClose-file", [&] {
        HANDLE handle;
        const NTSTATUS status = app::open_file(path, kAccess, FILE_SYNCHRONOUS_IO_NONALERT, handle);
        return NT_SUCCESS(status) ? NtClose(handle) : status;
    });
    written_file();
}

// Reads of a driver that touches nothing: what it costs to show it the buffer and, for buffered I/O, to copy.
void driver_reads() {
    struct Row {
        const WCHAR* name;
        const WCHAR* device;
        ULONG offset, length;
    };
    static const Row rows[] = {
        {u"NtReadFile-direct-4K", u"Scribbler", 0, 4096},
        {u"NtReadFile-direct-4K-between-pages", u"Scribbler", 2048, 4096},
        {u"NtReadFile-direct-1M", u"Scribbler", 0, 1 << 20},
        {u"NtReadFile-buffered-64K", u"ScribblerBuffered", 0, 64 * 1024},
    };
    alignas(4096) static UCHAR buffer[(1 << 20) + 4096];
    NTSTATUS status = test::load_driver(u"Scribbler", u"System32\\drivers\\scribbler.sys");
    for (const Row& row : rows) {
        app::Handle file;
        if (NT_SUCCESS(status)) status = test::open_device(row.device, *file.receive());
        LARGE_INTEGER start;
        start.QuadPart = SCRIBBLER_IDLE;
        measure(row.name, [&] {
            IO_STATUS_BLOCK io;
            if (!NT_SUCCESS(status)) return status;
            return NtReadFile(file.get(), nullptr, nullptr, nullptr, &io, buffer + row.offset, row.length,
                              &start, nullptr);
        });
    }
    test::unload_driver(u"Scribbler");
}

// As many regions as no program has: the next one is found as fast.
void among_many_regions() {
    for (ULONG i = 0; i < 10'000; ++i) {
        PVOID base = nullptr;
        SIZE_T size = 1;
        if (!NT_SUCCESS(
                NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE, PAGE_READWRITE)))
            return;
    }
    measure(u"NtAllocate+NtFree-64K-10000-regions", [] { return allocate_and_free(false); });
}

// This program again, told by its command line what to do. REQUIRES: who gets the handles closes them.
NTSTATUS start_self(const WCHAR* words, RTL_USER_PROCESS_INFORMATION& child) {
    UNICODE_STRING name = NtCurrentPeb()->ProcessParameters->ImagePathName;
    UNICODE_STRING command;
    RtlInitUnicodeString(&command, words);
    UNICODE_STRING image = {};
    NTSTATUS status = RtlDosPathNameToNtPathName_U_WithStatus(name.Buffer, &image, nullptr, nullptr);
    if (!NT_SUCCESS(status)) return status;
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    status = RtlCreateProcessParametersEx(&parameters, &name, nullptr, nullptr, &command, nullptr, nullptr,
                                          nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (NT_SUCCESS(status)) {
        status = RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr,
                                      FALSE, nullptr, nullptr, &child);
        RtlDestroyProcessParameters(parameters);
    }
    RtlFreeUnicodeString(&image);
    if (NT_SUCCESS(status)) NtResumeThread(child.Thread, nullptr);
    return status;
}

// A process that imports from ntdll alone and ends at once.
constexpr WCHAR kLeave[] = u"leave";

NTSTATUS run_process() {
    RTL_USER_PROCESS_INFORMATION child = {};
    NTSTATUS status = start_self(kLeave, child);
    if (!NT_SUCCESS(status)) return status;
    status = NtWaitForSingleObject(child.Process, FALSE, nullptr);
    NtClose(child.Thread);
    NtClose(child.Process);
    return status;
}

constexpr WCHAR kAnswer[] = u"answer";

struct ShortMessage {
    PORT_MESSAGE header = {};
    ULONG64 data = 0;
    ShortMessage() {
        header.u1.s1.DataLength = sizeof data;
        header.u1.s1.TotalLength = sizeof(ShortMessage);
    }
};

// Takes one client and answers its messages until it is gone.
void answer_messages() {
    app::Handle port, server;
    app::Attributes attributes(View(u"\\BaseNamedObjects\\ntbench"));
    ShortMessage message;
    NTSTATUS status = NtAlpcCreatePort(port.receive(), attributes.get(), nullptr);
    SIZE_T size = sizeof message;
    if (NT_SUCCESS(status))
        status = NtAlpcSendWaitReceivePort(port.get(), 0, nullptr, nullptr, &message.header, &size, nullptr,
                                           nullptr);
    if (NT_SUCCESS(status))
        status = NtAlpcAcceptConnectPort(server.receive(), port.get(), 0, nullptr, nullptr, nullptr,
                                         &message.header, nullptr, TRUE);
    PPORT_MESSAGE answer = nullptr;
    while (NT_SUCCESS(status)) {
        size = sizeof message;
        status = NtAlpcSendWaitReceivePort(port.get(), answer ? ALPC_MSGFLG_RELEASE_MESSAGE : 0, answer,
                                           nullptr, &message.header, &size, nullptr, nullptr);
        if ((message.header.u2.s2.Type & 0xfff) == LPC_PORT_CLOSED) return;
        answer = &message.header;
    }
}

// A message of eight bytes to another process, and its answer.
void messages() {
    RTL_USER_PROCESS_INFORMATION child = {};
    NTSTATUS status = start_self(kAnswer, child);
    app::Handle port;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\BaseNamedObjects\\ntbench");
    for (ULONG tries = 0; NT_SUCCESS(status) && tries < 500; ++tries) {
        const NTSTATUS connected =
            NtAlpcConnectPort(port.receive(), &name, nullptr, nullptr, ALPC_SYNC_CONNECTION, nullptr, nullptr,
                              nullptr, nullptr, nullptr, nullptr);
        if (connected != STATUS_OBJECT_NAME_NOT_FOUND) {
            status = connected;
            break;
        }
        LARGE_INTEGER moment;
        moment.QuadPart = -20'000;
        NtDelayExecution(FALSE, &moment);
    }
    measure(u"alpc-message-and-answer", [&] {
        if (!NT_SUCCESS(status)) return status;
        ShortMessage question, answer;
        SIZE_T size = sizeof answer;
        return NtAlpcSendWaitReceivePort(port.get(), ALPC_MSGFLG_SYNC_REQUEST, &question.header, nullptr,
                                         &answer.header, &size, nullptr, nullptr);
    });
    port.close();
    if (child.Process) NtClose(child.Process);
    if (child.Thread) NtClose(child.Thread);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    RtlNormalizeProcessParams(peb->ProcessParameters);
    UNICODE_STRING leave = RTL_CONSTANT_STRING(kLeave);
    if (RtlEqualUnicodeString(&peb->ProcessParameters->CommandLine, &leave, FALSE))
        NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
    UNICODE_STRING answer = RTL_CONSTANT_STRING(kAnswer);
    if (RtlEqualUnicodeString(&peb->ProcessParameters->CommandLine, &answer, FALSE)) {
        answer_messages();
        NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
    }
    output = peb->ProcessParameters->StandardOutput;
    events();
    checked_opens();
    keys();
    measure(u"NtAllocate+NtFree-64K", [] { return allocate_and_free(false); });
    measure(u"NtAllocate+NtFree-64K-touched", [] { return allocate_and_free(true); });
    among_many_regions();
    null_device();
    pipe();
    sockets();
    files();
    driver_reads();
    messages();
    measure(u"process-create-exit", run_process);
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
