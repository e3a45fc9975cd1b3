// SPDX-License-Identifier: GPL-3.0-only
//
// ntcmd.exe, the native command prompt. `ntcmd /c COMMAND` runs one line and ends with its exit code.
#include "apps/common/native.hpp"
#include "apps/ntcmd/rights.hpp"
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {
namespace {

constexpr SIZE_T kColumns = 80;

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

// Draws the line again below the prompt's first row, which `row` keeps between calls. VT sequences: the
// cursor goes up to that row, everything behind is cleared, and the cursor is put where the line's cursor is.
void Shell::draw(const LineEditor& editor, View prompt, SIZE_T& row) {
    Text picture(u"\r");
    if (row) picture.append(app::format(u"\x1b[{}A", static_cast<ULONG64>(row)).view());
    picture.append(u"\x1b[J");
    picture.append(prompt);
    picture.append(editor.text());
    const SIZE_T end = prompt.size + editor.text().size;
    const SIZE_T cursor = prompt.size + editor.cursor();
    if (end % kColumns == 0) picture.append(u"\r\n");
    const SIZE_T up = end / kColumns - cursor / kColumns;
    picture.append(u'\r');
    if (up) picture.append(app::format(u"\x1b[{}A", static_cast<ULONG64>(up)).view());
    if (cursor % kColumns)
        picture.append(app::format(u"\x1b[{}C", static_cast<ULONG64>(cursor % kColumns)).view());
    row = cursor / kColumns;
    out.write(picture);
}

void Shell::show_choices(const LineEditor& editor) {
    SIZE_T widest = 0;
    for (const Text& choice : editor.choices())
        widest = choice.size() > widest ? choice.size() : widest;
    const SIZE_T width = widest + 2;
    SIZE_T used = 0;
    out.write(u"\r\n");
    for (const Text& choice : editor.choices()) {
        if (used && used + width > kColumns) {
            out.write(u"\r\n");
            used = 0;
        }
        out.write(app::column(choice, width));
        used += width;
    }
    out.write(u"\r\n");
}

// A character at the end of a short line is printed alone; everything else draws the line again.
bool Shell::read_line(LineEditor& editor) {
    const Text prompt = app::format(u"{}> ", directory);
    SIZE_T row = 0;
    editor.begin();
    out.write(prompt);
    while (true) {
        const Key key = keyboard.read();
        const SIZE_T length = editor.text().size;
        const LineEditor::Result result = editor.key(key);
        if (result == LineEditor::Result::Editing) {
            if (!editor.choices().empty()) {
                show_choices(editor);
                row = 0;
            }
            const bool typed_at_end = editor.text().size == length + 1 && editor.cursor() == length + 1 &&
                                      key.kind == KeyKind::Character &&
                                      (prompt.size() + length + 1) % kColumns != 0;
            if (typed_at_end)
                out.write(editor.text().from(length));
            else
                draw(editor, prompt, row);
            if (typed_at_end) row = (prompt.size() + length + 1) / kColumns;
            continue;
        }
        out.write(result == LineEditor::Result::Cancelled ? u"^C\r\n" : u"\r\n");
        return result == LineEditor::Result::Entered;
    }
}

void Shell::run() {
    LineEditor editor(*this);
    while (!leaving)
        if (read_line(editor)) execute(editor.text());
}

}  // namespace ntcmd

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    RtlNormalizeProcessParams(peb->ProcessParameters);
    ntcmd::Shell shell;
    NTSTATUS status = shell.out.open(peb->ProcessParameters->StandardOutput);
    if (!NT_SUCCESS(status)) NtTerminateProcess(NtCurrentProcess(), status);
    ntcmd::start_directory(shell, peb);
    shell.elevated = ntcmd::elevated_by_boot_option();
    status = shell.keyboard.open();
    const app::View command = ntcmd::command_of(peb);
    if (!command.empty()) {
        if (shell.keyboard.present()) shell.keyboard.release();
        shell.execute(command);
    } else {
        if (!shell.keyboard.present()) {
            ntcmd::complain(shell, u"ntcmd: \\Device\\KeyboardClass0", status);
            shell.out.write(u"ntcmd: waits for a keyboard\n");
        }
        shell.run();
    }
    NtTerminateProcess(NtCurrentProcess(), shell.exit_code);
}
