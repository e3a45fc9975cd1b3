// SPDX-License-Identifier: GPL-3.0-only
//
// cd, pwd, dir, type, and the completion of names: paths of the object namespace and of volumes alike.
#include "apps/common/native.hpp"
#include "apps/ntcmd/namespace_walk.hpp"
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {
namespace {

void print_date(Output& out, const LARGE_INTEGER& time) {
    TIME_FIELDS fields;
    RtlTimeToTimeFields(&time, &fields);
    out.print(u"{}-{}-{} {}:{}", app::right(fields.Year, 4, u'0'), app::right(fields.Month, 2, u'0'),
              app::right(fields.Day, 2, u'0'), app::right(fields.Hour, 2, u'0'),
              app::right(fields.Minute, 2, u'0'));
}

struct Totals {
    Output& out;
    ULONG64 files = 0, directories = 0, bytes = 0;
};

void print_entry(const DirectoryEntry& entry, void* context) {
    Totals& totals = *static_cast<Totals*>(context);
    if (entry.is_object) {
        totals.out.print(u"{} {}\n", app::column(entry.type, 16), entry.name);
        ++totals.files;
        return;
    }
    print_date(totals.out, entry.time);
    if (entry.is_directory) {
        totals.out.print(u"  <DIR>         {}\n", entry.name);
        ++totals.directories;
    } else {
        totals.out.print(u"  {} {}\n", app::right(entry.size, 13), entry.name);
        ++totals.files;
        totals.bytes += entry.size;
    }
}

// Up to its end, which a pipe's is when nobody writes to it any more.
NTSTATUS show(Shell& shell, HANDLE file) {
    NTSTATUS status = STATUS_SUCCESS;
    char buffer[512];
    while (NT_SUCCESS(status)) {
        IO_STATUS_BLOCK io;
        status = NtReadFile(file, nullptr, nullptr, nullptr, &io, buffer, sizeof buffer, nullptr, nullptr);
        if (NT_SUCCESS(status)) {
            if (io.Information == 0) break;
            if (!shell.out.write_bytes(buffer, static_cast<ULONG>(io.Information))) break;
        }
    }
    return status == STATUS_END_OF_FILE || status == STATUS_PIPE_BROKEN ? STATUS_SUCCESS : status;
}

LONG show_file(Shell& shell, View name) {
    const Text path = shell.absolute(name);
    app::Handle file;
    NTSTATUS status = app::open_file(path, FILE_READ_DATA | SYNCHRONIZE,
                                     FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, *file.receive());
    if (NT_SUCCESS(status)) status = show(shell, file.get());
    return NT_SUCCESS(status) ? 0 : complain(shell, path, status);
}

// What the command before | writes, or who started this shell gives it.
LONG show_input(Shell& shell) {
    HANDLE input = shell.piped_input.get();
    if (!input) input = NtCurrentPeb()->ProcessParameters->StandardInput;
    const NTSTATUS status = input ? show(shell, input) : STATUS_SUCCESS;
    return NT_SUCCESS(status) ? 0 : complain(shell, u"type", status);
}

}  // namespace

LONG command_pwd(Shell& shell, const Command&) {
    shell.out.print(u"{}\n", shell.directory);
    return 0;
}

LONG command_cd(Shell& shell, const Command& command) {
    if (command.words.size() == 1) return command_pwd(shell, command);
    Text path = shell.absolute(command.words[1]);
    const NTSTATUS status = check_directory(path);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    shell.directory = static_cast<Text&&>(path);
    return 0;
}

LONG command_dir(Shell& shell, const Command& command) {
    const Text path = command.words.size() > 1 ? shell.absolute(command.words[1]) : shell.directory;
    shell.out.print(u"{}\n", path);
    Totals totals{shell.out};
    const NTSTATUS status = walk_directory(path, print_entry, &totals);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    if (totals.bytes || totals.directories)
        shell.out.print(u"{} files, {} bytes, {} directories\n", totals.files, totals.bytes,
                        totals.directories);
    else
        shell.out.print(u"{} entries\n", totals.files);
    return 0;
}

LONG command_objdir(Shell& shell, const Command& command) {
    const Text path = command.words.size() > 1 ? shell.absolute(command.words[1]) : Text(u"\\");
    Totals totals{shell.out};
    const NTSTATUS status = walk_objects(path, print_entry, &totals);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    shell.out.print(u"{} objects\n", totals.files);
    return 0;
}

LONG command_type(Shell& shell, const Command& command) {
    if (command.words.size() == 1) return show_input(shell);
    LONG code = 0;
    for (SIZE_T i = 1; i < command.words.size(); ++i)
        if (show_file(shell, command.words[i]) != 0) code = 1;
    return code;
}

namespace {

struct Completion {
    View prefix;     // what stands before the last component
    View component;  // the beginning that candidates share
    List<Text>& candidates;
};

void add_candidate(const DirectoryEntry& entry, void* context) {
    Completion& completion = *static_cast<Completion*>(context);
    if (!entry.name.starts_with(completion.component)) return;
    Text candidate(completion.prefix);
    candidate.append(entry.name);
    const bool container = entry.is_directory || (entry.is_object && entry.type.equals(u"Directory"));
    if (container) candidate.append(u'\\');
    completion.candidates.push(static_cast<Text&&>(candidate));
}

void add_program(const DirectoryEntry& entry, void* context) {
    Completion& completion = *static_cast<Completion*>(context);
    const View name = entry.name;
    if (name.size <= 4 || !name.from(name.size - 4).equals(u".exe")) return;
    if (name.starts_with(completion.component)) completion.candidates.push(Text(name.first(name.size - 4)));
}

}  // namespace

void Shell::complete(View word, bool first, List<Text>& candidates) {
    const SIZE_T slash = word.find_last(u'\\');
    const SIZE_T start = slash == word.size ? 0 : slash + 1;
    Completion completion{word.first(start), word.from(start), candidates};
    if (first && start == 0) {
        for (SIZE_T i = 0; i < kCommandCount; ++i)
            if (View(kCommands[i].name).starts_with(word)) candidates.push(Text(kCommands[i].name));
        walk_directory(Text(u"\\SystemRoot\\System32"), add_program, &completion);
        return;
    }
    walk_directory(start ? absolute(word.first(start)) : directory, add_candidate, &completion);
}

}  // namespace ntcmd
