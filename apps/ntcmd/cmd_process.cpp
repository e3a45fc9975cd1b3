// SPDX-License-Identifier: GPL-3.0-only
//
// ps, threads, handles, kill: what runs, and ending it.
#include "abi/nt/neptune.h"
#include "apps/common/native.hpp"
#include "apps/ntcmd/rights.hpp"
#include "apps/ntcmd/shell.hpp"
#include "apps/ntcmd/system_table.hpp"

namespace ntcmd {
namespace {

ULONG64 number_of(HANDLE id) {
    return reinterpret_cast<ULONG_PTR>(id);
}

// Calls visit for every process until it answers false.
template <typename Visitor>
NTSTATUS for_each_process(Visitor visit) {
    SystemTable table(SystemProcessInformation);
    if (!NT_SUCCESS(table.status())) return table.status();
    for (ULONG offset = 0;;) {
        const auto* process = table.at<SYSTEM_PROCESS_INFORMATION>(offset);
        if (!visit(*process) || !process->NextEntryOffset) return STATUS_SUCCESS;
        offset += process->NextEntryOffset;
    }
}

// A driver's name names the process that hosts it.
ULONG64 host_of_driver(View name) {
    SystemTable table(SystemNeptuneDriverInformation);
    if (!NT_SUCCESS(table.status())) return 0;
    const auto* drivers = table.first<NEPTUNE_DRIVER_INFORMATION>();
    for (ULONG i = 0; i < table.length() / sizeof *drivers; ++i)
        if (View(drivers[i].FileName).equals(name) || View(drivers[i].Name).equals(name))
            return drivers[i].HostProcess;
    return 0;
}

// The process a word names: its number, its image's name with or without .exe, or a driver. 0 when there is
// none.
ULONG64 find_process(View word) {
    ULONG64 wanted = 0;
    const bool is_number = app::parse_number(word, wanted);
    Text with_exe(word);
    with_exe.append(View(u".exe"));
    ULONG64 found = 0;
    for_each_process([&](const SYSTEM_PROCESS_INFORMATION& process) {
        const View image(process.ImageName);
        const bool match = is_number ? number_of(process.UniqueProcessId) == wanted
                                     : image.equals(word) || image.equals(with_exe);
        if (match) found = number_of(process.UniqueProcessId);
        return !match;
    });
    return found || is_number ? found : host_of_driver(word);
}

// Answers false, having said so, when the command names a process that is not there. No name: 0, meaning all.
bool process_argument(Shell& shell, const Command& command, ULONG64& process) {
    process = 0;
    if (command.words.size() < 2) return true;
    process = find_process(command.words[1]);
    if (!process) shell.out.print(u"{}: there is no process {}\n", command.words[0], command.words[1]);
    return process != 0;
}

constexpr ULONG64 kTicksPerMillisecond = 10000;

const WCHAR* state_name(ULONG state) {
    static const WCHAR* const kStates[] = {u"initialized", u"ready",   u"running",    u"standby",
                                           u"terminated",  u"waiting", u"transition", u"deferred"};
    return state < sizeof kStates / sizeof kStates[0] ? kStates[state] : u"unknown";
}

}  // namespace

LONG command_ps(Shell& shell, const Command&) {
    shell.out.write(u"   PID  PARENT THREADS HANDLES   MEMORY KB    CPU MS  IMAGE\n");
    const NTSTATUS status = for_each_process([&](const SYSTEM_PROCESS_INFORMATION& process) {
        const View image(process.ImageName);
        shell.out.print(u"{} {} {} {} {} {}  {}\n", app::right(number_of(process.UniqueProcessId), 6),
                        app::right(number_of(process.InheritedFromUniqueProcessId), 7),
                        app::right(process.NumberOfThreads, 7), app::right(process.HandleCount, 7),
                        app::right(process.WorkingSetSize / 1024, 11),
                        app::right(static_cast<ULONG64>(process.UserTime.QuadPart) / kTicksPerMillisecond, 9),
                        image.empty() ? View(u"Executive") : image);
        return true;
    });
    return NT_SUCCESS(status) ? 0 : complain(shell, u"ps", status);
}

LONG command_threads(Shell& shell, const Command& command) {
    ULONG64 wanted = 0;
    if (!process_argument(shell, command, wanted)) return 1;
    shell.out.write(u"   PID     TID PRIORITY STATE        START             IMAGE\n");
    const NTSTATUS status = for_each_process([&](const SYSTEM_PROCESS_INFORMATION& process) {
        if (wanted && number_of(process.UniqueProcessId) != wanted) return true;
        const SYSTEM_THREAD_INFORMATION* threads = process.Threads;
        for (ULONG i = 0; i < process.NumberOfThreads; ++i)
            shell.out.print(u"{} {} {} {} {}  {}\n", app::right(number_of(process.UniqueProcessId), 6),
                            app::right(number_of(threads[i].ClientId.UniqueThread), 7),
                            app::right(static_cast<ULONG64>(threads[i].Priority), 8),
                            app::column(View(state_name(threads[i].ThreadState)), 12),
                            app::hex(reinterpret_cast<ULONG_PTR>(threads[i].StartAddress), 16),
                            View(process.ImageName));
        return true;
    });
    return NT_SUCCESS(status) ? 0 : complain(shell, u"threads", status);
}

LONG command_handles(Shell& shell, const Command& command) {
    ULONG64 wanted = 0;
    if (!process_argument(shell, command, wanted)) return 1;
    SystemTable table(SystemExtendedHandleInformation);
    if (!NT_SUCCESS(table.status())) return complain(shell, u"handles", table.status());
    SystemTable types(SystemNeptuneObjectTypes);
    const auto* handles = table.first<SYSTEM_HANDLE_INFORMATION_EX>();
    const auto* names = NT_SUCCESS(types.status()) ? types.first<NEPTUNE_OBJECT_TYPE>() : nullptr;
    const ULONG type_count = names ? types.length() / sizeof *names : 0;
    shell.out.write(u"   PID  HANDLE   ACCESS TYPE\n");
    for (ULONG_PTR i = 0; i < handles->NumberOfHandles; ++i) {
        const auto& entry = handles->Handles[i];
        if (wanted && entry.UniqueProcessId != wanted) continue;
        const bool named = entry.ObjectTypeIndex < type_count;
        shell.out.print(u"{}  {} {} {}\n", app::right(entry.UniqueProcessId, 6),
                        app::hex(entry.HandleValue, 6), app::hex(entry.GrantedAccess, 8),
                        named ? View(names[entry.ObjectTypeIndex].Name) : View(u"?"));
    }
    return 0;
}

LONG command_kill(Shell& shell, const Command& command) {
    ULONG64 id = 0;
    if (!process_argument(shell, command, id)) return 1;
    CLIENT_ID client = {reinterpret_cast<HANDLE>(id), nullptr};
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    const Privilege debug(SE_DEBUG_PRIVILEGE);
    app::Handle process;
    NTSTATUS status = NtOpenProcess(process.receive(), PROCESS_TERMINATE, &attributes, &client);
    if (NT_SUCCESS(status)) status = NtTerminateProcess(process.get(), STATUS_PROCESS_IS_TERMINATING);
    if (!NT_SUCCESS(status)) return complain(shell, command.words[1], status);
    shell.out.print(u"process {} ({}) ended\n", id, command.words[1]);
    return 0;
}

}  // namespace ntcmd
