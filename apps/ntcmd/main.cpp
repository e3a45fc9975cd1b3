// SPDX-License-Identifier: GPL-3.0-only
//
// ntcmd.exe, the native command prompt. `ntcmd /c COMMAND` runs one line and ends with its exit code.
#include "apps/common/native.hpp"
#include "apps/ntcmd/rights.hpp"
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {
namespace {

// The command behind /c in the process's command line, empty when there is none.
View command_of(PPEB peb) {
    View line(peb->ProcessParameters->CommandLine);
    for (SIZE_T i = 0; i + 2 < line.size; ++i)
        if (line[i] == u' ' && line[i + 1] == u'/' && app::upper(line[i + 2]) == u'C')
            return line.from(i + 3).trimmed();
    return View();
}

void start_directory(Shell& shell, PPEB peb) {
    View current(peb->ProcessParameters->CurrentDirectory.DosPath);
    if (current.size > 1 && current.back() == u'\\') --current.size;
    if (!current.empty()) shell.directory = shell.absolute(current);
}

}  // namespace

void Shell::show_choices(const List<Text>& choices) {
    SIZE_T widest = 0;
    for (const Text& choice : choices)
        widest = choice.size() > widest ? choice.size() : widest;
    const SIZE_T width = widest + 2, columns = console.width();
    SIZE_T used = 0;
    out.write(u"\n");
    for (const Text& choice : choices) {
        if (used && used + width > columns) {
            out.write(u"\n");
            used = 0;
        }
        out.write(app::column(choice, width));
        used += width;
    }
    out.write(u"\n");
}

// The line has a Tab in it, at the cursor. What comes of it stands on the screen when this returns, with the
// cursor at its end.
void Shell::complete_line(View prompt, Text& line) {
    const SIZE_T cursor = line.view().find(u'\t');
    line.erase(cursor, 1);
    const Completed made = ntcmd::complete(line, cursor, *this);
    const Text rest(line.view().from(cursor));
    Text shown;
    if (made.choices.empty()) {
        for (SIZE_T i = made.start; i < cursor; ++i)
            shown.append(u'\b');
    } else {
        out.write(rest);
        show_choices(made.choices);
        shown.append(prompt);
        shown.append(line.view().first(made.start));
    }
    shown.append(made.word);
    shown.append(rest);
    out.write(shown);
    line.truncate(made.start);
    line.append(made.word);
    line.append(rest);
}

NTSTATUS Shell::read_line(Text& line) {
    const Text prompt = app::format(u"{}> ", directory);
    if (console.has_keys()) out.write(prompt);
    for (;;) {
        const NTSTATUS status = console.read_line(line);
        if (!NT_SUCCESS(status) || line.view().find(u'\t') == line.size() || !console.has_keys())
            return status;
        complete_line(prompt, line);
    }
}

void Shell::run() {
    if (!console.has_input()) {
        out.write(u"ntcmd: nothing to read from\n");
        exit_code = STATUS_INVALID_HANDLE;
        return;
    }
    while (!leaving) {
        Text line;
        console.listen();
        const NTSTATUS status = read_line(line);
        if (!NT_SUCCESS(status)) {
            exit_code = status == STATUS_END_OF_FILE || status == STATUS_PIPE_BROKEN ? exit_code : status;
            return;
        }
        console.listen();
        execute(line);
    }
}

}  // namespace ntcmd

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    RtlNormalizeProcessParams(peb->ProcessParameters);
    const RTL_USER_PROCESS_PARAMETERS& given = *peb->ProcessParameters;
    ntcmd::Shell shell;
    shell.console.open(given.ConsoleHandle, given.StandardInput);
    shell.out.open(given.StandardOutput, shell.console);
    ntcmd::start_directory(shell, peb);
    shell.elevated = ntcmd::elevated_by_boot_option();
    const app::View command = ntcmd::command_of(peb);
    if (!command.empty())
        shell.execute(command);
    else
        shell.run();
    NtTerminateProcess(NtCurrentProcess(), shell.exit_code);
}
