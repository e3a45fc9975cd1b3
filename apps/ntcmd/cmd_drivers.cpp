// SPDX-License-Identifier: GPL-3.0-only
//
// drivers, devices, load, unload.
#include "abi/nt/neptune.h"
#include "apps/common/native.hpp"
#include "apps/ntcmd/namespace_walk.hpp"
#include "apps/ntcmd/rights.hpp"
#include "apps/ntcmd/shell.hpp"
#include "apps/ntcmd/system_table.hpp"

namespace ntcmd {
namespace {

const WCHAR* state_name(ULONG state) {
    switch (state) {
        case NEPTUNE_DRIVER_STOPPED:
            return u"stopped";
        case NEPTUNE_DRIVER_STARTING:
            return u"starting";
        case NEPTUNE_DRIVER_RUNNING:
            return u"running";
        case NEPTUNE_DRIVER_FAILED:
            return u"failed";
    }
    return u"unknown";
}

NTSTATUS load_or_unload(View name, bool load) {
    Text path(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\");
    const bool is_file = name.size > 4 && name.from(name.size - 4).equals(u".sys");
    path.append(is_file ? name.first(name.size - 4) : name);
    UNICODE_STRING service = path.unicode();
    const Privilege privilege(SE_LOAD_DRIVER_PRIVILEGE);
    return load ? NtLoadDriver(&service) : NtUnloadDriver(&service);
}

}  // namespace

LONG command_drivers(Shell& shell, const Command&) {
    SystemTable table(SystemNeptuneDriverInformation);
    if (!NT_SUCCESS(table.status())) return complain(shell, u"drivers", table.status());
    const auto* drivers = table.first<NEPTUNE_DRIVER_INFORMATION>();
    shell.out.write(u"DRIVER           FILE               PID STATE    RESTARTS REQUESTS DEVICES\n");
    for (ULONG i = 0; i < table.length() / sizeof *drivers; ++i)
        shell.out.print(u"{} {} {} {} {} {} {}\n", app::column(View(drivers[i].Name), 16),
                        app::column(View(drivers[i].FileName), 16), app::right(drivers[i].HostProcess, 5),
                        app::column(View(state_name(drivers[i].State)), 8),
                        app::right(drivers[i].Restarts, 8), app::right(drivers[i].LeasedRequests, 8),
                        app::right(drivers[i].Devices, 7));
    return 0;
}

namespace {

void print_device(const DirectoryEntry& entry, void* context) {
    if (entry.type.equals(u"Device")) static_cast<Shell*>(context)->out.print(u"\\Device\\{}\n", entry.name);
}

}  // namespace

LONG command_devices(Shell& shell, const Command&) {
    const NTSTATUS status = walk_objects(Text(u"\\Device"), print_device, &shell);
    return NT_SUCCESS(status) ? 0 : complain(shell, u"\\Device", status);
}

LONG command_load(Shell& shell, const Command& command) {
    const NTSTATUS status = load_or_unload(command.words[1], true);
    return NT_SUCCESS(status) ? 0 : complain(shell, command.words[1], status);
}

LONG command_unload(Shell& shell, const Command& command) {
    const NTSTATUS status = load_or_unload(command.words[1], false);
    return NT_SUCCESS(status) ? 0 : complain(shell, command.words[1], status);
}

}  // namespace ntcmd
