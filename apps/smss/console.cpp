// SPDX-License-Identifier: GPL-3.0-only
#include "apps/smss/console.hpp"

#include "apps/common/text.hpp"

namespace smss {
namespace {

constexpr LONGLONG kPause = -10'000'000;  // a second between two starts

struct Host {
    app::Text command_line;
    Start start = nullptr;
    HANDLE process = nullptr;
};
Host* the_host;

NTSTATUS NTAPI watch(PVOID parameter) {
    Host& host = *static_cast<Host*>(parameter);
    for (;;) {
        if (host.process) {
            NtWaitForSingleObject(host.process, FALSE, nullptr);
            NtClose(host.process);
            host.process = nullptr;
        }
        LARGE_INTEGER pause;
        pause.QuadPart = kPause;
        NtDelayExecution(FALSE, &pause);
        app::Handle process;
        if (NT_SUCCESS(host.start(host.command_line, process))) host.process = process.release();
    }
}

}  // namespace

bool is_console_host(app::View command_line) {
    return command_line.first(command_line.find(u' ')).equals(u"conhost.exe");
}

NTSTATUS start_console_host(app::View command_line, Start start) {
    void* memory = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(Host));
    if (!memory) return STATUS_NO_MEMORY;
    auto* host = ::new (memory) Host;
    host->command_line = app::Text(command_line);
    host->start = start;
    app::Handle process, thread;
    NTSTATUS status = start(command_line, process);
    if (!NT_SUCCESS(status)) return status;
    host->process = process.release();
    the_host = host;
    return RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, watch, host, thread.receive(),
                               nullptr);
}

void open_console(app::Handle& reference) {
    if (!the_host) return;
    app::Attributes attributes(app::View(u"\\Device\\ConDrv\\Reference"), OBJ_CASE_INSENSITIVE | OBJ_INHERIT);
    IO_STATUS_BLOCK block;
    NtOpenFile(reference.receive(), FILE_READ_DATA | FILE_WRITE_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
               attributes.get(), &block, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

}  // namespace smss
