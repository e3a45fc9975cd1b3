// SPDX-License-Identifier: GPL-3.0-only
//
// The shell's state, which every command gets: output, console, current directory, environment, the last
// exit code. A command is one function in a table; it answers the exit code, 0 for success.
#pragma once

#include "apps/common/native.hpp"
#include "apps/ntcmd/completion.hpp"
#include "apps/ntcmd/console.hpp"
#include "apps/ntcmd/parser.hpp"

namespace ntcmd {

class Shell final : public Completer {
public:
    Output out;
    Console console;
    Text directory = Text(u"\\SystemRoot");
    LONG exit_code = 0;
    bool leaving = false;
    app::Handle piped_input;  // what the command before | writes, for the next program
    app::Handle error_file;   // of the command at hand, where complaints go: 2>, 2>>; null: with the output
    bool elevated = false;    // programs are administrator's without being asked for

    void run();
    // Runs every command of a line and keeps the exit code of the last.
    void execute(View line);
    // A path as typed made absolute: against the current directory, `.` and `..` resolved, X: becomes \??\X:.
    Text absolute(View path) const;
    void complete(View word, bool first, List<Text>& candidates) override;

private:
    void run_command(Command& command);
    // Starts a command that | follows; what it writes is piped_input from then on.
    LONG start_pipe(const Command& command, app::Handle& process);
    void end_pipe(app::Handle& process);
    HANDLE open_redirected(View name, bool append);
    bool redirect_output(const Command& command);
    void end_redirection();
    NTSTATUS read_line(Text& line);
    void complete_line(View prompt, Text& line);
    void show_choices(const List<Text>& choices);
};

// While it is there, what the shell writes is about an error.
class Complaint {
public:
    explicit Complaint(Shell& shell)
        : shell_(shell), output_(shell.out.redirected() ? shell.out.handle() : nullptr) {
        if (shell.error_file.get()) shell.out.redirect(shell.error_file.get());
    }
    ~Complaint() { shell_.out.redirect(output_); }
    Complaint(const Complaint&) = delete;
    Complaint& operator=(const Complaint&) = delete;

private:
    Shell& shell_;
    HANDLE output_;
};

struct CommandEntry {
    const WCHAR* name;
    const WCHAR* arguments;  // as help shows them
    const WCHAR* summary;
    LONG (*run)(Shell& shell, const Command& command);
    SIZE_T least, most;  // how many arguments it takes
};

// Sorted by name.
extern const CommandEntry kCommands[];
extern const SIZE_T kCommandCount;

const CommandEntry* find_command(View name);

// Prints "what: text of the status (0xC0000034)" and answers 1.
LONG complain(Shell& shell, View what, NTSTATUS status);

// Starts a program: found beside the current directory and on PATH, its arguments quoted again. With `wait`,
// Ctrl-C ends it; answers its exit status. It gets an ordinary token, or an administrator's.
LONG run_program(Shell& shell, const Command& command, SIZE_T first_word, bool wait, bool administrator);

bool environment_variable(View name, Text& value);

// A registry key as typed (HKLM\..., HKU\...) as the Executive names it; other text as it is.
Text key_path(View typed);

// Commands, one family a file.
LONG command_acl(Shell&, const Command&);
LONG command_cd(Shell&, const Command&);
LONG command_dir(Shell&, const Command&);
LONG command_type(Shell&, const Command&);
LONG command_pwd(Shell&, const Command&);
LONG command_start(Shell&, const Command&);
LONG command_runas(Shell&, const Command&);
LONG command_whoami(Shell&, const Command&);
LONG command_ps(Shell&, const Command&);
LONG command_kill(Shell&, const Command&);
LONG command_threads(Shell&, const Command&);
LONG command_handles(Shell&, const Command&);
LONG command_objdir(Shell&, const Command&);
LONG command_doskey(Shell&, const Command&);
LONG command_drivers(Shell&, const Command&);
LONG command_devices(Shell&, const Command&);
LONG command_load(Shell&, const Command&);
LONG command_unload(Shell&, const Command&);
LONG command_reg(Shell&, const Command&);
LONG command_help(Shell&, const Command&);
LONG command_ver(Shell&, const Command&);
LONG command_echo(Shell&, const Command&);
LONG command_cls(Shell&, const Command&);
LONG command_set(Shell&, const Command&);
LONG command_mem(Shell&, const Command&);
LONG command_date(Shell&, const Command&);
LONG command_time(Shell&, const Command&);
LONG command_uptime(Shell&, const Command&);
LONG command_beep(Shell&, const Command&);
LONG command_log(Shell&, const Command&);
LONG command_sleep(Shell&, const Command&);
LONG command_exit(Shell&, const Command&);
LONG command_shutdown(Shell&, const Command&);
LONG command_reboot(Shell&, const Command&);

}  // namespace ntcmd
