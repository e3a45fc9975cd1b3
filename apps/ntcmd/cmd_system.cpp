// SPDX-License-Identifier: GPL-3.0-only
//
// ver, echo, cls, set, mem, date, time, uptime, beep, log, sleep, exit, shutdown, reboot.
#include "abi/nt/neptune.h"
#include "apps/common/native.hpp"
#include "apps/ntcmd/rights.hpp"
#include "apps/ntcmd/shell.hpp"
#include "apps/ntcmd/system_table.hpp"

namespace ntcmd {
namespace {

NTSTATUS local_time(TIME_FIELDS& fields) {
    LARGE_INTEGER now;
    const NTSTATUS status = NtQuerySystemTime(&now);
    if (NT_SUCCESS(status)) RtlTimeToTimeFields(&now, &fields);
    return status;
}

// Seconds with up to three decimals, as a time to wait (negative: relative).
bool parse_seconds(View text, LARGE_INTEGER& wait) {
    const SIZE_T point = text.find(u'.');
    ULONG64 whole = 0, milliseconds = 0;
    if (!app::parse_number(text.first(point), whole) || whole > 1'000'000) return false;
    View decimals = text.from(point + 1);
    if (decimals.size > 3 || (point < text.size && decimals.empty())) return false;
    if (!decimals.empty() && !app::parse_number(decimals, milliseconds)) return false;
    for (SIZE_T i = decimals.size; i < 3 && !decimals.empty(); ++i)
        milliseconds *= 10;
    wait.QuadPart = -static_cast<LONG64>((whole * 1000 + milliseconds) * 10'000);
    return true;
}

LONG shut_down(Shell& shell, SHUTDOWN_ACTION action) {
    shell.out.write(action == ShutdownReboot ? u"starting again\n" : u"powering off\n");
    const Privilege privilege(SE_SHUTDOWN_PRIVILEGE);
    const NTSTATUS status = NtShutdownSystem(action);
    return NT_SUCCESS(status) ? 0 : complain(shell, u"shutdown", status);
}

}  // namespace

LONG command_ver(Shell& shell, const Command&) {
    const PPEB peb = NtCurrentPeb();
    shell.out.print(u"Neptune OS {} (NT {}.{}.{})\n", NEPTUNE_VERSION, peb->OSMajorVersion,
                    peb->OSMinorVersion, peb->OSBuildNumber);
    return 0;
}

LONG command_echo(Shell& shell, const Command& command) {
    shell.out.print(u"{}\n", command.tail);
    return 0;
}

LONG command_cls(Shell& shell, const Command&) {
    shell.console.clear();
    return 0;
}

LONG command_set(Shell& shell, const Command& command) {
    const View argument = command.tail.view();
    if (argument.empty()) {
        const WCHAR* entry = static_cast<const WCHAR*>(NtCurrentPeb()->ProcessParameters->Environment);
        for (; *entry; entry += View(entry).size + 1)
            shell.out.print(u"{}\n", entry);
        return 0;
    }
    const SIZE_T equals = argument.find(u'=');
    const View name = argument.first(equals).trimmed();
    if (equals == argument.size) {
        Text value;
        if (!environment_variable(name, value)) {
            shell.out.print(u"set: {} is not set\n", name);
            return 1;
        }
        shell.out.print(u"{}={}\n", name, value);
        return 0;
    }
    UNICODE_STRING key = app::unicode(name), value = app::unicode(argument.from(equals + 1));
    const NTSTATUS status = RtlSetEnvironmentVariable(nullptr, &key, value.Length ? &value : nullptr);
    return NT_SUCCESS(status) ? 0 : complain(shell, name, status);
}

LONG command_mem(Shell& shell, const Command&) {
    SYSTEM_BASIC_INFORMATION basic = {};
    SYSTEM_PERFORMANCE_INFORMATION performance = {};
    NTSTATUS status = NtQuerySystemInformation(SystemBasicInformation, &basic, sizeof basic, nullptr);
    if (NT_SUCCESS(status))
        status =
            NtQuerySystemInformation(SystemPerformanceInformation, &performance, sizeof performance, nullptr);
    if (!NT_SUCCESS(status)) return complain(shell, u"mem", status);
    const ULONG64 page = basic.PageSize;
    shell.out.print(u"{} KB in all\n", app::right(basic.NumberOfPhysicalPages * page / 1024, 10));
    shell.out.print(u"{} KB free\n", app::right(performance.AvailablePages * page / 1024, 10));
    shell.out.print(u"{} KB committed\n", app::right(performance.CommittedPages * page / 1024, 10));
    shell.out.print(u"{} KB of the Executive's own\n",
                    app::right(performance.NonPagedPoolPages * page / 1024, 10));
    return 0;
}

LONG command_date(Shell& shell, const Command&) {
    TIME_FIELDS t;
    const NTSTATUS status = local_time(t);
    if (!NT_SUCCESS(status)) return complain(shell, u"date", status);
    shell.out.print(u"{}-{}-{}\n", app::right(t.Year, 4, u'0'), app::right(t.Month, 2, u'0'),
                    app::right(t.Day, 2, u'0'));
    return 0;
}

LONG command_time(Shell& shell, const Command&) {
    TIME_FIELDS t;
    const NTSTATUS status = local_time(t);
    if (!NT_SUCCESS(status)) return complain(shell, u"time", status);
    shell.out.print(u"{}:{}:{}.{}\n", app::right(t.Hour, 2, u'0'), app::right(t.Minute, 2, u'0'),
                    app::right(t.Second, 2, u'0'), app::right(t.Milliseconds, 3, u'0'));
    return 0;
}

LONG command_uptime(Shell& shell, const Command&) {
    LARGE_INTEGER counter, frequency;
    const NTSTATUS status = NtQueryPerformanceCounter(&counter, &frequency);
    if (!NT_SUCCESS(status) || frequency.QuadPart == 0) return complain(shell, u"uptime", status);
    const ULONG64 seconds = static_cast<ULONG64>(counter.QuadPart / frequency.QuadPart);
    shell.out.print(u"{} days {}:{}:{}\n", seconds / 86400, app::right(seconds / 3600 % 24, 2, u'0'),
                    app::right(seconds / 60 % 60, 2, u'0'), app::right(seconds % 60, 2, u'0'));
    return 0;
}

LONG command_beep(Shell& shell, const Command& command) {
    ULONG64 hertz = 800, milliseconds = 200;
    if ((command.words.size() > 1 && !app::parse_number(command.words[1], hertz)) ||
        (command.words.size() > 2 && !app::parse_number(command.words[2], milliseconds)) || hertz > 0x7FFF ||
        milliseconds > 60'000) {
        shell.out.write(u"beep: 37 to 32767 hertz, at most 60000 milliseconds\n");
        return 1;
    }
    app::Handle device;
    NTSTATUS status =
        app::open_file(View(DD_BEEP_DEVICE_NAME_U), FILE_WRITE_DATA | SYNCHRONIZE, 0, *device.receive());
    BEEP_SET_PARAMETERS parameters = {static_cast<ULONG>(hertz), static_cast<ULONG>(milliseconds)};
    IO_STATUS_BLOCK io;
    if (NT_SUCCESS(status))
        status =
            app::device_control(device.get(), IOCTL_BEEP_SET, &parameters, sizeof parameters, nullptr, 0, io);
    if (!NT_SUCCESS(status)) return complain(shell, u"beep", status);
    LARGE_INTEGER wait;
    wait.QuadPart = -static_cast<LONG64>(milliseconds) * 10'000;
    return shell.console.wait_or_break(nullptr, &wait) ? STATUS_CONTROL_C_EXIT : 0;
}

LONG command_log(Shell& shell, const Command& command) {
    Text request(command.words.size() > 1 ? command.words[1].view() : View());
    if (command.words.size() > 2) {
        request.append(u' ');
        request.append(command.words[2].view());
    }
    UNICODE_STRING text = request.unicode();
    const Privilege debug(SE_DEBUG_PRIVILEGE);
    const NTSTATUS status = NtNeptuneSetLog(&text);
    return NT_SUCCESS(status) ? 0 : complain(shell, u"log", status);
}

LONG command_sleep(Shell& shell, const Command& command) {
    LARGE_INTEGER wait;
    if (!parse_seconds(command.words[1], wait)) {
        shell.out.write(u"sleep: a number of seconds, as 2 or 0.25\n");
        return 1;
    }
    return shell.console.wait_or_break(nullptr, &wait) ? STATUS_CONTROL_C_EXIT : 0;
}

LONG command_exit(Shell& shell, const Command& command) {
    ULONG64 code = 0;
    if (command.words.size() > 1 && !app::parse_number(command.words[1], code)) {
        shell.out.print(u"exit: {} is not a number\n", command.words[1]);
        return 1;
    }
    shell.leaving = true;
    return command.words.size() > 1 ? static_cast<LONG>(code) : shell.exit_code;
}

LONG command_shutdown(Shell& shell, const Command&) {
    return shut_down(shell, ShutdownPowerOff);
}
LONG command_reboot(Shell& shell, const Command&) {
    return shut_down(shell, ShutdownReboot);
}

}  // namespace ntcmd
