// SPDX-License-Identifier: GPL-3.0-only
#include "apps/smss/console.hpp"

#include "apps/common/text.hpp"
#include "apps/conhost/kept.hpp"
#include "apps/smss/process_record.hpp"

namespace smss {
namespace {

constexpr app::View kHostValue(u"ConsoleHost");
constexpr LONGLONG kPause = -10'000'000;  // a second between two starts

struct Host {
    app::Text command_line;
    Start start = nullptr;
    HANDLE process = nullptr;
    HANDLE kept = nullptr;
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
        if (!NT_SUCCESS(host.start(host.command_line, process))) continue;
        record_process(kHostValue, process.get());
        host.process = process.release();
    }
}

// What outlives a host, for the system alone. It is there as long as smss, or a host, is. A machine with
// hardly any memory has more use for what it takes.
NTSTATUS make_kept(HANDLE& section) {
    constexpr ULONG kLeast = 16 << 20;
    SYSTEM_BASIC_INFORMATION machine = {};
    NtQuerySystemInformation(SystemBasicInformation, &machine, sizeof machine, nullptr);
    if (machine.NumberOfPhysicalPages < kLeast / 4096) return STATUS_NO_MEMORY;
    SID system = {SID_REVISION, 1, SECURITY_NT_AUTHORITY, {SECURITY_LOCAL_SYSTEM_RID}};
    alignas(8) UCHAR buffer[64];
    auto* dacl = reinterpret_cast<PACL>(buffer);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateAcl(dacl, sizeof buffer, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, SECTION_ALL_ACCESS, &system);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    app::Attributes attributes(conhost::kKeptName, OBJ_CASE_INSENSITIVE | OBJ_OPENIF);
    attributes.get()->SecurityDescriptor = &descriptor;
    LARGE_INTEGER size;
    size.QuadPart = sizeof(conhost::Kept);
    return NtCreateSection(&section, SECTION_ALL_ACCESS, attributes.get(), &size, PAGE_READWRITE, SEC_COMMIT,
                           nullptr);
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
    // Without it a console is lost with its host, and that is all.
    make_kept(host->kept);
    app::Handle process, thread;
    NTSTATUS status = STATUS_SUCCESS;
    if (!open_recorded(kHostValue, process)) {
        status = start(command_line, process);
        if (!NT_SUCCESS(status)) return status;
        record_process(kHostValue, process.get());
    }
    host->process = process.release();
    the_host = host;
    return RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, watch, host, thread.receive(),
                               nullptr);
}

void Console::open() {
    if (!the_host) return;
    constexpr ACCESS_MASK kBoth = FILE_READ_DATA | FILE_WRITE_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
    const auto open_named = [&](app::View name, HANDLE root, app::Handle& file) {
        app::Attributes attributes(name, OBJ_CASE_INSENSITIVE | OBJ_INHERIT, root);
        IO_STATUS_BLOCK block;
        return NtOpenFile(file.receive(), kBoth, attributes.get(), &block, FILE_SHARE_READ | FILE_SHARE_WRITE,
                          FILE_SYNCHRONOUS_IO_NONALERT);
    };
    if (NT_SUCCESS(open_named(u"\\Device\\ConDrv\\Reference", nullptr, reference)) &&
        NT_SUCCESS(open_named(u"Input", reference.get(), input)))
        open_named(u"Output", reference.get(), output);
}

}  // namespace smss
