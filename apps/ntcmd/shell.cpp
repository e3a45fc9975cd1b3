// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/shell.hpp"

#include "apps/common/native.hpp"
#include "apps/ntcmd/status_text.hpp"

namespace ntcmd {
namespace {

bool lookup_variable(View name, Text& value, void* context) {
    if (name.equals(u"ERRORLEVEL")) {
        value.append(app::format(u"{}", static_cast<Shell*>(context)->exit_code).view());
        return true;
    }
    if (name.equals(u"CD")) {
        value.append(static_cast<Shell*>(context)->directory.view());
        return true;
    }
    return environment_variable(name, value);
}

// Appends one component of a path: `.` stays, `..` goes up, others are added.
void add_component(Text& path, View component) {
    if (component.empty() || component.equals(u".")) return;
    if (!component.equals(u"..")) {
        path.append(u'\\');
        path.append(component);
    } else if (!path.empty()) {
        path.truncate(path.view().find_last(u'\\'));
    }
}

}  // namespace

bool environment_variable(View name, Text& value) {
    UNICODE_STRING key = app::unicode(name);
    WCHAR buffer[512];
    UNICODE_STRING found = {0, sizeof buffer, buffer};
    const NTSTATUS status = RtlQueryEnvironmentVariable_U(nullptr, &key, &found);
    if (NT_SUCCESS(status)) {
        value.append(View(found));
        return true;
    }
    if (status != STATUS_BUFFER_TOO_SMALL) return false;
    Text room;
    for (ULONG i = 0; i < found.Length / sizeof(WCHAR); ++i)
        room.append(u' ');
    UNICODE_STRING large = room.unicode();
    if (!NT_SUCCESS(RtlQueryEnvironmentVariable_U(nullptr, &key, &large))) return false;
    value.append(View(large));
    return true;
}

LONG complain(Shell& shell, View what, NTSTATUS status) {
    const Complaint complaint(shell);
    shell.out.print(u"{}: {} (0x{})\n", what, status_text(status), app::hex(static_cast<ULONG>(status), 8));
    return 1;
}

Text Shell::absolute(View path) const {
    Text result;
    if (path.size >= 2 && path[1] == u':') {
        result.append(View(u"\\??\\"));
        result.append(path.first(2));
        path = path.from(2);
    } else if (path.empty() || path[0] != u'\\') {
        result = directory.view().equals(u"\\") ? Text() : directory;
    }
    while (!path.empty()) {
        const SIZE_T end = path.find(u'\\');
        add_component(result, path.first(end));
        path = path.from(end + 1);
    }
    return result.empty() ? Text(u"\\") : result;
}

// Null: it has complained.
HANDLE Shell::open_redirected(View name, bool append) {
    const Text path = absolute(name);
    app::Attributes attributes(path);
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr;
    const NTSTATUS status = NtCreateFile(&file, (append ? FILE_APPEND_DATA : FILE_WRITE_DATA) | SYNCHRONIZE,
                                         attributes.get(), &io, nullptr, FILE_ATTRIBUTE_NORMAL,
                                         FILE_SHARE_READ, append ? FILE_OPEN_IF : FILE_OVERWRITE_IF,
                                         FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, nullptr, 0);
    if (NT_SUCCESS(status)) return file;
    exit_code = complain(*this, path, status);
    return nullptr;
}

bool Shell::redirect_output(const Command& command) {
    if (!command.error_file.empty()) {
        const HANDLE file = open_redirected(command.error_file, command.append_errors);
        if (!file) return false;
        *error_file.receive() = file;
    }
    if (command.output_file.empty()) return true;
    const HANDLE file = open_redirected(command.output_file, command.append);
    if (!file) {
        end_redirection();
        return false;
    }
    out.redirect(file);
    return true;
}

void Shell::run_command(Command& command) {
    if (!redirect_output(command)) return;
    const CommandEntry* entry = find_command(command.words[0]);
    const SIZE_T arguments = command.words.size() - 1;
    if (!entry) {
        exit_code = run_program(*this, command, 0, true, elevated);
    } else if (arguments < entry->least || arguments > entry->most) {
        const Complaint complaint(*this);
        out.print(u"usage: {} {}\n", entry->name, entry->arguments);
        exit_code = 1;
    } else {
        exit_code = entry->run(*this, command);
    }
    end_redirection();
}

void Shell::end_redirection() {
    error_file.close();
    if (!out.redirected()) return;
    NtClose(out.handle());
    out.redirect(nullptr);
}

void Shell::execute(View line) {
    Text expanded;
    List<Command> commands;
    ParseError error = expand(line, lookup_variable, this, expanded);
    if (error == ParseError::None) error = parse(expanded, commands);
    if (error != ParseError::None) {
        out.print(u"ntcmd: {}\n", describe(error));
        exit_code = 1;
        return;
    }
    List<app::Handle> before;  // | between them and the next
    for (Command& command : commands) {
        if (leaving || console.interrupted()) break;
        if (command.piped) {
            app::Handle process;
            exit_code = start_pipe(command, process);
            before.push(static_cast<app::Handle&&>(process));
            continue;
        }
        run_command(command);
        piped_input.close();
        for (app::Handle& process : before)
            end_pipe(process);
        before.clear();
    }
    if (!console.interrupted()) return;
    piped_input.close();
    for (app::Handle& process : before)
        end_pipe(process);
    console.listen();
    out.write(u"^C\n");
    exit_code = STATUS_CONTROL_C_EXIT;
}

}  // namespace ntcmd
