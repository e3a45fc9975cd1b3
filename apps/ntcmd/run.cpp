// SPDX-License-Identifier: GPL-3.0-only
//
// Running programs: where they are found, the command line they get, and what their end means.
#include "apps/common/command_interpreter.hpp"
#include "apps/ntcmd/rights.hpp"
#include "apps/ntcmd/shell.hpp"
#include "apps/ntcmd/status_text.hpp"

namespace ntcmd {
namespace {

bool is_file(View path) {
    app::Attributes attributes(path);
    FILE_BASIC_INFORMATION information;
    return NT_SUCCESS(NtQueryAttributesFile(attributes.get(), &information)) &&
           !(information.FileAttributes & FILE_ATTRIBUTE_DIRECTORY);
}

Text with_extension(View path) {
    Text name(path);
    const View last = path.from(path.find_last(u'\\') == path.size ? 0 : path.find_last(u'\\') + 1);
    if (last.find(u'.') == last.size) name.append(View(u".exe"));
    return name;
}

// The program's full path, empty when it is nowhere. A name with a backslash is taken as it is.
Text find_program(Shell& shell, View name) {
    const Text file = with_extension(name);
    if (name.find(u'\\') != name.size || name.find(u':') != name.size) {
        Text path = shell.absolute(file);
        return is_file(path) ? path : Text();
    }
    Text here = shell.absolute(file);
    if (is_file(here)) return here;
    Text search;
    if (!environment_variable(u"PATH", search)) search = Text(u"\\SystemRoot\\System32");
    for (View rest = search.view(); !rest.empty();) {
        const SIZE_T end = rest.find(u';');
        Text path = shell.absolute(rest.first(end));
        path.append(u'\\');
        path.append(file);
        if (is_file(path)) return path;
        rest = rest.from(end + 1);
    }
    return Text();
}

// Words joined so that a program which splits by the usual rules gets them back.
void append_quoted(Text& line, View word) {
    if (!line.empty()) line.append(u' ');
    const bool plain = !word.empty() && word.find(u' ') == word.size && word.find(u'"') == word.size;
    if (plain) return line.append(word);
    line.append(u'"');
    for (SIZE_T i = 0; i < word.size; ++i) {
        if (word[i] == u'"') line.append(u'\\');
        line.append(word[i]);
    }
    line.append(u'"');
}

NTSTATUS open_input(Shell& shell, const Command& command, app::Handle& input) {
    if (command.input_file.empty()) return STATUS_SUCCESS;
    return app::open_file(shell.absolute(command.input_file), FILE_READ_DATA | SYNCHRONIZE,
                          FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, *input.receive());
}

NTSTATUS inherit(HANDLE handle, HANDLE process, HANDLE& copy) {
    return NtDuplicateObject(NtCurrentProcess(), handle, process, &copy, 0, OBJ_INHERIT,
                             DUPLICATE_SAME_ACCESS);
}

struct Streams {
    HANDLE input;  // null: the shell's own
    HANDLE output;
    HANDLE error;  // null: with the output
    // Who is not waited for does not read from the console, and is not one of its processes.
    bool foreground;
};

// The subsystem that a program's header names; IMAGE_SUBSYSTEM_UNKNOWN for what is no program.
ULONG subsystem_of(View path) {
    app::Handle file, section;
    SECTION_IMAGE_INFORMATION image = {};
    NTSTATUS status = app::open_file(path, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE,
                                     FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, *file.receive());
    if (NT_SUCCESS(status))
        status = NtCreateSection(section.receive(), SECTION_QUERY, nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE,
                                 file.get());
    if (NT_SUCCESS(status))
        status = NtQuerySection(section.get(), SectionImageInformation, &image, sizeof image, nullptr);
    return NT_SUCCESS(status) ? image.SubSystemType : IMAGE_SUBSYSTEM_UNKNOWN;
}

// As Windows programs name a path; empty where they have no name for it.
Text dos_path(View path) {
    constexpr View kDevices(u"\\??\\"), kRoot(u"\\SystemRoot");
    if (path.starts_with(kDevices)) return Text(path.from(kDevices.size));
    if (!path.starts_with(kRoot) || (path.size > kRoot.size && path[kRoot.size] != u'\\')) return Text();
    Text root(RtlGetNtSystemRoot());
    root.append(path.from(kRoot.size));
    return root;
}

NTSTATUS create(Shell& shell, View path, const Text& line, Streams streams, HANDLE token,
                RTL_USER_PROCESS_INFORMATION& process) {
    Text name(path), folder = shell.directory;
    const ULONG subsystem = subsystem_of(path);
    if (subsystem == IMAGE_SUBSYSTEM_WINDOWS_CUI || subsystem == IMAGE_SUBSYSTEM_WINDOWS_GUI) {
        name = dos_path(path);
        folder = dos_path(folder);
        if (name.empty()) name = Text(path);
        if (folder.empty()) folder = Text(RtlGetNtSystemRoot());
        folder.append(u'\\');
    }
    UNICODE_STRING program = app::unicode(path), image = name.unicode(), command_line = line.unicode();
    UNICODE_STRING directory = folder.unicode();
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &image, nullptr, &directory, &command_line, nullptr,
                                     nullptr, nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    app::Handle output_copy, input_copy, error_copy;
    HANDLE input = streams.input;
    if (!input && streams.foreground) input = NtCurrentPeb()->ProcessParameters->StandardInput;
    if (streams.output) status = inherit(streams.output, NtCurrentProcess(), *output_copy.receive());
    if (NT_SUCCESS(status) && input) status = inherit(input, NtCurrentProcess(), *input_copy.receive());
    if (NT_SUCCESS(status) && streams.error)
        status = inherit(streams.error, NtCurrentProcess(), *error_copy.receive());
    parameters->StandardOutput = output_copy.get();
    parameters->StandardError = streams.error ? error_copy.get() : output_copy.get();
    parameters->StandardInput = input_copy.get();
    parameters->ConsoleFlags |= app::console_flags_of(name);
    if (!streams.foreground) parameters->ConsoleHandle = nullptr;
    if (NT_SUCCESS(status))
        status = RtlCreateUserProcess(&program, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr,
                                      TRUE, nullptr, token, &process);
    RtlDestroyProcessParameters(parameters);
    return status;
}

// Starts a program with these streams; it runs.
NTSTATUS start(Shell& shell, View path, const Text& line, Streams streams, bool administrator,
               app::Handle& process, CLIENT_ID& id) {
    app::Handle token;
    NTSTATUS status = app::make_program_token(administrator, token);
    if (!NT_SUCCESS(status)) return status;
    RTL_USER_PROCESS_INFORMATION made = {};
    made.Length = sizeof made;
    status = create(shell, path, line, streams, token.get(), made);
    if (!NT_SUCCESS(status)) return status;
    *process.receive() = made.Process;
    id = made.ClientId;
    app::Handle thread(made.Thread);
    return NtResumeThread(thread.get(), nullptr);
}

Text line_of(const Command& command, SIZE_T first_word) {
    Text line;
    for (SIZE_T i = first_word; i < command.words.size(); ++i)
        append_quoted(line, command.words[i]);
    return line;
}

// A pipe without a name: what is written to one end is read from the other.
NTSTATUS make_pipe(app::Handle& read, app::Handle& write) {
    app::Handle folder;
    constexpr ULONG kSynchronous = FILE_SYNCHRONOUS_IO_NONALERT;
    NTSTATUS status = app::open_file(View(u"\\Device\\NamedPipe\\"), FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                     kSynchronous, *folder.receive());
    if (!NT_SUCCESS(status)) return status;
    UNICODE_STRING none = {};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER timeout;
    timeout.QuadPart = -500'000;
    constexpr ULONG kSize = 4096;
    InitializeObjectAttributes(&attributes, &none, 0, folder.get(), nullptr);
    status = NtCreateNamedPipeFile(read.receive(), FILE_GENERIC_READ, &attributes, &io, FILE_SHARE_WRITE,
                                   FILE_CREATE, kSynchronous, FILE_PIPE_BYTE_STREAM_TYPE,
                                   FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_QUEUE_OPERATION, 1, kSize, kSize,
                                   &timeout);
    if (!NT_SUCCESS(status)) return status;
    InitializeObjectAttributes(&attributes, &none, 0, read.get(), nullptr);
    return NtOpenFile(write.receive(), FILE_GENERIC_WRITE, &attributes, &io, 0, kSynchronous);
}

// A command of the shell's own is done by another shell, so that it and who reads from it go on together.
NTSTATUS start_piped(Shell& shell, const Command& command, Streams streams, app::Handle& process) {
    const bool own = find_command(command.words[0]) != nullptr;
    const Text path = find_program(shell, own ? View(u"ntcmd") : command.words[0].view());
    if (path.empty()) return STATUS_OBJECT_NAME_NOT_FOUND;
    Text line = own ? app::format(u"ntcmd /c {} {}", command.words[0], command.tail) : line_of(command, 0);
    CLIENT_ID id;
    return start(shell, path, line, streams, shell.elevated, process, id);
}

// On Ctrl-C a process of the console does what it likes, and any other is ended.
LONG wait_for(Shell& shell, HANDLE process) {
    while (shell.console.wait_or_break(process, nullptr)) {
        if (!shell.console.is_process(process)) {
            NtTerminateProcess(process, STATUS_CONTROL_C_EXIT);
            NtWaitForSingleObject(process, FALSE, nullptr);
            break;
        }
        shell.console.listen();
    }
    PROCESS_BASIC_INFORMATION information = {};
    NtQueryInformationProcess(process, ProcessBasicInformation, &information, sizeof information, nullptr);
    return information.ExitStatus;
}

}  // namespace

LONG run_program(Shell& shell, const Command& command, SIZE_T first_word, bool wait, bool administrator) {
    const Text path = find_program(shell, command.words[first_word]);
    if (path.empty()) {
        const Complaint complaint(shell);
        shell.out.print(u"{} is no command and no program on the path\n", command.words[first_word]);
        return 1;
    }
    app::Handle input, process;
    NTSTATUS status = open_input(shell, command, input);
    if (!NT_SUCCESS(status)) return complain(shell, command.input_file, status);
    if (!input.get()) *input.receive() = shell.piped_input.release();
    CLIENT_ID id;
    status =
        start(shell, path, line_of(command, first_word),
              {input.get(), shell.out.handle(), shell.error_file.get(), wait}, administrator, process, id);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    input.close();
    if (!wait) {
        shell.out.print(u"process {}\n", static_cast<ULONG64>(reinterpret_cast<ULONG_PTR>(id.UniqueProcess)));
        return 0;
    }
    const LONG code = wait_for(shell, process.get());
    if (NT_SUCCESS(code) || code == STATUS_CONTROL_C_EXIT) return code;
    const Complaint complaint(shell);
    shell.out.print(u"{} ended: {} (0x{})\n", command.words[first_word], status_text(code),
                    app::hex(static_cast<ULONG>(code), 8));
    return code;
}

LONG Shell::start_pipe(const Command& command, app::Handle& process) {
    app::Handle read, write, file;
    NTSTATUS status = open_input(*this, command, file);
    if (!NT_SUCCESS(status)) return complain(*this, command.input_file, status);
    if (!command.input_file.empty()) *piped_input.receive() = file.release();
    if (!redirect_output(command)) return 1;
    status = make_pipe(read, write);
    HANDLE output = out.redirected() ? out.handle() : write.get();
    if (NT_SUCCESS(status))
        status = start_piped(*this, command, {piped_input.get(), output, error_file.get(), true}, process);
    end_redirection();
    *piped_input.receive() = read.release();
    return NT_SUCCESS(status) ? 0 : complain(*this, command.words[0], status);
}

void Shell::end_pipe(app::Handle& process) {
    if (process.get()) wait_for(*this, process.get());
}

LONG command_start(Shell& shell, const Command& command) {
    return run_program(shell, command, 1, false, shell.elevated);
}

LONG command_runas(Shell& shell, const Command& command) {
    const View who = command.words[1];
    if (!who.equals(u"admin") && !who.equals(u"user")) {
        shell.out.print(u"runas: {} is neither admin nor user\n", who);
        return 1;
    }
    return run_program(shell, command, 2, true, who.equals(u"admin"));
}

}  // namespace ntcmd
