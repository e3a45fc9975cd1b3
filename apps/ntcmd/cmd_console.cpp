// SPDX-License-Identifier: GPL-3.0-only
//
// doskey: the lines that the console's host keeps of this shell, or of another program.
#include "abi/console/condrv.h"
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {
namespace {

LONG show_history(Shell& shell, View program) {
    List<WCHAR> lines;
    NTSTATUS status = STATUS_BUFFER_TOO_SMALL;
    SIZE_T done = 0;
    // Others enter lines meanwhile.
    for (unsigned attempt = 0; attempt < 4 && status == STATUS_BUFFER_TOO_SMALL; ++attempt) {
        ULONG wanted = 4096;
        if (lines.size()) RtlCopyMemory(&wanted, lines.begin(), sizeof wanted);
        while (lines.size() * sizeof(WCHAR) < wanted)
            lines.push(0);
        status = shell.console.control(CONDRV_GET_HISTORY, program.data, program.size * sizeof(WCHAR),
                                       lines.begin(), lines.size() * sizeof(WCHAR), done);
    }
    if (!NT_SUCCESS(status)) return complain(shell, u"doskey", status);
    const View all(lines.begin(), done / sizeof(WCHAR));
    for (SIZE_T at = 0; at < all.size;) {
        const View line = all.from(at).first(all.from(at).find(u'\0'));
        shell.out.print(u"{}\n", line);
        at += line.size + 1;
    }
    return 0;
}

LONG set_size(Shell& shell, View number) {
    ULONG64 lines = 0;
    CONDRV_HISTORY_INFO info = {};
    SIZE_T done = 0;
    NTSTATUS status =
        app::parse_number(number, lines) && lines <= MAXULONG ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = shell.console.control(CONDRV_GET_HISTORY_INFO, nullptr, 0, &info, sizeof info, done);
    info.Lines = static_cast<ULONG>(lines);
    if (NT_SUCCESS(status))
        status = shell.console.control(CONDRV_SET_HISTORY_INFO, &info, sizeof info, nullptr, 0, done);
    return NT_SUCCESS(status) ? 0 : complain(shell, u"doskey /listsize", status);
}

}  // namespace

LONG command_doskey(Shell& shell, const Command& command) {
    constexpr View kProgram(u"/exename="), kSize(u"/listsize=");
    View program(u"ntcmd.exe");
    for (const Text& word : command.words)
        if (word.view().starts_with(kProgram)) program = word.view().from(kProgram.size);
    for (SIZE_T i = 1; i < command.words.size(); ++i) {
        const View word = command.words[i];
        if (word.starts_with(kProgram)) continue;
        if (word.equals(u"/history") || word.equals(u"/h")) return show_history(shell, program);
        if (word.starts_with(kSize)) return set_size(shell, word.from(kSize.size));
        if (!word.equals(u"/reinstall")) {
            shell.out.print(u"doskey: {} means nothing here; see help doskey\n", word);
            return 1;
        }
        SIZE_T done = 0;
        const NTSTATUS status = shell.console.control(CONDRV_EXPUNGE_HISTORY, program.data,
                                                      program.size * sizeof(WCHAR), nullptr, 0, done);
        return NT_SUCCESS(status) ? 0 : complain(shell, u"doskey", status);
    }
    return 0;
}

}  // namespace ntcmd
