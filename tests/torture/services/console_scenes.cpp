// SPDX-License-Identifier: GPL-3.0-only
#include "abi/console/condrv.h"
#include "abi/nt/ntdll.h"
#include "tests/torture/services/calls.hpp"
#include "tests/torture/services/controls.hpp"
#include "tests/torture/services/scenes.hpp"

namespace torture {

namespace {

constexpr ULONG kRounds = 150;    // controls of one scene
constexpr ULONG kFiles = 6;       // of a console that are open at once
constexpr ULONG kAnswers = 4000;  // of a host that is one of our threads
constexpr ULONG kBytes = 5000;    // of an answer; a message carries CONDRV_MOST_DATA

void attributes_of(OBJECT_ATTRIBUTES& attributes, UNICODE_STRING& name, const WCHAR* text, HANDLE root) {
    RtlInitUnicodeString(&name, text);
    attributes = {};
    attributes.Length = sizeof attributes;
    attributes.RootDirectory = root;
    attributes.ObjectName = &name;
    attributes.Attributes = OBJ_CASE_INSENSITIVE | OBJ_INHERIT;
}

// What it calls is on the nurse's page.
class Clients {
public:
    Clients(ThreadPage& page, ProcessWorld& world) : page_(page), world_(world) {}

    template <typename... Args>
    NTSTATUS call(const char* service, Args... args) {
        return torture::call(page_, index_of(service), Words{{ULONG64(args)...}});
    }
    HANDLE open(const WCHAR* text, HANDLE root) {
        OBJECT_ATTRIBUTES attributes;
        UNICODE_STRING name;
        IO_STATUS_BLOCK block;
        HANDLE file = nullptr;
        attributes_of(attributes, name, text, root);
        const NTSTATUS status = call("NtOpenFile", &file, FILE_GENERIC_READ | FILE_GENERIC_WRITE, &attributes,
                                     &block, FILE_SHARE_VALID_FLAGS, FILE_SYNCHRONOUS_IO_NONALERT);
        return NT_SUCCESS(status) ? file : nullptr;
    }
    // Every control there is, of a file of every kind.
    void play(HANDLE reference) {
        static const WCHAR* const kNames[kFiles] = {u"Reference",    u"Input",      u"Output",
                                                    u"ScreenBuffer", u"Connection", u"Events"};
        HANDLE files[kFiles] = {};
        for (ULONG i = 0; i < kFiles; ++i)
            files[i] = open(kNames[i], reference);
        for (ULONG i = 0; i < kRounds && !orders().stop; ++i) {
            const Control control =
                console_control(world_, static_cast<ULONG>(world_.below(console_controls())));
            const ULONG length = static_cast<ULONG>(world_.below(kBytes));
            if (!may_wait(control.code))
                call("NtDeviceIoControlFile", files[world_.below(kFiles)], nullptr, nullptr, nullptr,
                     world_.room(16), control.code, control.input, control.length, world_.room(length),
                     length);
            if (!world_.chance(5)) continue;
            HANDLE& one = files[world_.below(kFiles)];
            call("NtClose", one);
            one = open(kNames[world_.below(kFiles)], reference);
        }
        for (HANDLE file : files)
            if (file) call("NtClose", file);
    }

private:
    // For keys or for events, which nobody would send; and what is the host's to say.
    static bool may_wait(ULONG code) {
        return code == CONDRV_READ_CONSOLE || code == CONDRV_READ_FILE ||
               code == CONDRV_READ_CONSOLE_CONTROL || code == CONDRV_READ_INPUT ||
               code == CONDRV_AWAIT_EVENT || code == CONDRV_CTRL_EVENT || code >= CONDRV_SERVER_NEXT;
    }

    ThreadPage& page_;
    ProcessWorld& world_;
};

// A host that answers anything, now and then not at all, until its server or its scene is gone.
NTSTATUS NTAPI answer(PVOID server) {
    static UCHAR message[sizeof(CONDRV_MESSAGE) + CONDRV_MOST_DATA];
    UCHAR bytes[sizeof(CONDRV_ANSWER) + 64] = {};
    auto& next = *reinterpret_cast<CONDRV_MESSAGE*>(message);
    auto& reply = *reinterpret_cast<CONDRV_ANSWER*>(bytes);
    Random random(reinterpret_cast<ULONG64>(server) * 31 + orders().seed);
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    for (ULONG i = 0; i < kAnswers; ++i) {
        IO_STATUS_BLOCK block = {};
        next.Id = 0;
        NTSTATUS status = NtDeviceIoControlFile(server, event, nullptr, nullptr, &block, CONDRV_SERVER_NEXT,
                                                bytes, sizeof bytes, message, sizeof message);
        LARGE_INTEGER time;
        time.QuadPart = -20'000'000;
        if (status == STATUS_PENDING && NtWaitForSingleObject(event, FALSE, &time) != STATUS_WAIT_0) break;
        if (NT_ERROR(status) || NT_ERROR(block.Status)) break;
        const ULONG64 roll = random.next() % 100;
        reply.Id = roll < 2 ? random.next() % 64 : next.Id;
        reply.Status = roll < 80 ? STATUS_SUCCESS : static_cast<NTSTATUS>(0xc0000000 + random.next() % 0x300);
        reply.Information = roll < 50 ? random.next() % 64 : roll < 53 ? random.next() : next.OutputLength;
        if (roll < 20) {
            CONDRV_PART part = {next.Id, random.next() % (next.InputLength + 8)};
            NtDeviceIoControlFile(server, event, nullptr, nullptr, &block, CONDRV_SERVER_READ, &part,
                                  sizeof part, message, sizeof message);
        }
        if (roll == 99) break;
    }
    NtClose(event);
    NtClose(server);
    NtTerminateThread(NtCurrentThread(), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

HANDLE open_server() {
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    IO_STATUS_BLOCK block;
    HANDLE server = nullptr;
    attributes_of(attributes, name, u"\\Device\\ConDrv\\Server", nullptr);
    NtOpenFile(&server, FILE_GENERIC_READ | FILE_GENERIC_WRITE, &attributes, &block, FILE_SHARE_VALID_FLAGS,
               0);
    return server;
}

bool host_by_thread(HANDLE server) {
    HANDLE copy = nullptr;
    HANDLE thread = nullptr;
    NtDuplicateObject(NtCurrentProcess(), server, NtCurrentProcess(), &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    const NTSTATUS status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0x10000, 0x4000,
                                                answer, copy, &thread, nullptr);
    if (NT_SUCCESS(status)) NtClose(thread);
    return NT_SUCCESS(status);
}

// The console's host of every program, with a console that nobody sees.
HANDLE host_by_process(HANDLE server) {
    WCHAR line[] = u"conhost.exe --server 0x00000000";
    ULONG64 left = reinterpret_cast<ULONG64>(server);
    for (ULONG at = sizeof line / sizeof *line - 2, i = 0; i < 8; ++i, left >>= 4)
        line[at - i] = static_cast<WCHAR>("0123456789ABCDEF"[left & 15]);
    UNICODE_STRING image;
    UNICODE_STRING command;
    RtlInitUnicodeString(&image, u"\\SystemRoot\\System32\\conhost.exe");
    RtlInitUnicodeString(&command, line);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    if (!NT_SUCCESS(RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &command, nullptr,
                                                 nullptr, nullptr, nullptr, nullptr,
                                                 RTL_USER_PROC_PARAMS_NORMALIZED)))
        return nullptr;
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    const NTSTATUS status = RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                                 nullptr, TRUE, nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return nullptr;
    NtResumeThread(process.Thread, nullptr);
    NtClose(process.Thread);
    return process.Process;
}

}  // namespace

void play_console_scene(ThreadPage& page, ProcessWorld& world) {
    const HANDLE server = open_server();
    if (!server) return;
    // Requests end with the last handle to the server: it is the host's alone from now on.
    Clients clients(page, world);
    const HANDLE reference = clients.open(u"Reference", server);
    const HANDLE host = world.chance(50) ? host_by_process(server) : nullptr;
    const bool hosted = host || host_by_thread(server);
    NtClose(server);
    if (reference && hosted) clients.play(reference);
    if (reference) NtClose(reference);
    if (!host) return;
    NtTerminateProcess(host, STATUS_SUCCESS);
    NtClose(host);
}

}  // namespace torture
