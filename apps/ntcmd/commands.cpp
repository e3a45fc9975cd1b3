// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {

constexpr SIZE_T kAny = ~SIZE_T{0};

const CommandEntry kCommands[] = {
    {u"acl", u"FILE|KEY|OBJECT [/grant|/deny WHO:RIGHTS | /remove|/owner WHO]",
     u"show or change who may do what: F all, M modify, RX, R, W, X, D", command_acl, 1, 3},
    {u"beep", u"[HERTZ [MILLISECONDS]]", u"sound the speaker", command_beep, 0, 2},
    {u"cd", u"[DIRECTORY]", u"go to a directory, or show where you are", command_cd, 0, 1},
    {u"cls", u"", u"clear the screen", command_cls, 0, 0},
    {u"date", u"", u"show the date", command_date, 0, 0},
    {u"devices", u"", u"list the devices", command_devices, 0, 0},
    {u"dir", u"[PATH]", u"list a directory of files or of objects", command_dir, 0, 1},
    {u"doskey", u"[/history | /reinstall | /listsize=LINES] [/exename=PROGRAM]",
     u"the lines that were entered: list or forget them, how many are kept", command_doskey, 1, 2},
    {u"drivers", u"", u"list the drivers, their processes and restarts", command_drivers, 0, 0},
    {u"echo", u"[TEXT]", u"print text", command_echo, 0, kAny},
    {u"exit", u"[CODE]", u"leave this shell", command_exit, 0, 1},
    {u"handles", u"[PROCESS]", u"list open handles", command_handles, 0, 1},
    {u"help", u"[COMMAND]", u"list the commands, or explain one", command_help, 0, 1},
    {u"kill", u"PROCESS", u"end a process, by number or name", command_kill, 1, 1},
    {u"load", u"DRIVER", u"start a driver by its service name", command_load, 1, 1},
    {u"log", u"NAME[:LEVEL],... | trace PROGRAM | off", u"levels of the logs; the call tracer", command_log,
     0, 2},
    {u"mem", u"", u"show the use of memory", command_mem, 0, 0},
    {u"objdir", u"[PATH]", u"list a directory of the object namespace", command_objdir, 0, 1},
    {u"ps", u"", u"list the processes", command_ps, 0, 0},
    {u"pwd", u"", u"show the current directory", command_pwd, 0, 0},
    {u"reboot", u"", u"start the machine again", command_reboot, 0, 0},
    {u"reg", u"query|add|delete KEY [VALUE [TYPE DATA]]", u"read and change the registry", command_reg, 2, 5},
    {u"runas", u"admin|user PROGRAM [ARGUMENTS]", u"run a program with an administrator's or a user's rights",
     command_runas, 2, kAny},
    {u"set", u"[NAME[=[VALUE]]]", u"show or change environment variables", command_set, 0, kAny},
    {u"shutdown", u"", u"power the machine off", command_shutdown, 0, 0},
    {u"sleep", u"SECONDS", u"wait", command_sleep, 1, 1},
    {u"start", u"PROGRAM [ARGUMENTS]", u"run a program without waiting for it", command_start, 1, kAny},
    {u"threads", u"[PROCESS]", u"list threads", command_threads, 0, 1},
    {u"time", u"", u"show the time of day", command_time, 0, 0},
    {u"type", u"[FILE...]", u"show files, or what comes through |", command_type, 0, kAny},
    {u"unload", u"DRIVER", u"stop a driver by its service name", command_unload, 1, 1},
    {u"uptime", u"", u"show how long the system has been running", command_uptime, 0, 0},
    {u"ver", u"", u"show the version", command_ver, 0, 0},
    {u"whoami", u"[/all]", u"show whom this shell acts as", command_whoami, 0, 1},
};
const SIZE_T kCommandCount = sizeof kCommands / sizeof kCommands[0];

const CommandEntry* find_command(View name) {
    for (const CommandEntry& entry : kCommands)
        if (name.equals(View(entry.name))) return &entry;
    return nullptr;
}

LONG command_help(Shell& shell, const Command& command) {
    if (command.words.size() == 1) {
        for (const CommandEntry& entry : kCommands)
            shell.out.print(u"{} {}\n", app::column(View(entry.name), 10), entry.summary);
        shell.out.write(
            u"Anything else runs a program. > >> 2> 2>&1 < redirect, & separates, %NAME% is replaced.\n");
        return 0;
    }
    const CommandEntry* entry = find_command(command.words[1]);
    if (!entry) {
        shell.out.print(u"help: there is no command {}\n", command.words[1]);
        return 1;
    }
    shell.out.print(u"{} {}\n  {}\n", entry->name, entry->arguments, entry->summary);
    return 0;
}

}  // namespace ntcmd
