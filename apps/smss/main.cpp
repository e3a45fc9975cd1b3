// SPDX-License-Identifier: GPL-3.0-only
//
// smss.exe, the first program: makes the environment that the registry holds, starts the programs that the
// registry lists, and keeps the last of them, the shell, running. The Executive starts smss again when it
// ends; it finds its own shell then (process_record.hpp).
//
//   \Registry\Machine\System\CurrentControlSet\Control\Session Manager
//       FileLeniency REG_DWORD     1: Win32 programs may do with files what libwine relies on
//       Execute      REG_MULTI_SZ  command lines, started in this order, the last one again whenever it ends
//       Environment\ REG_SZ        variables of every program
//       KnownDLLs\   REG_SZ        what \KnownDlls has sections of (known_dlls.hpp)
#include "abi/nt/ntleniency.h"
#include "apps/common/format.hpp"
#include "apps/common/native.hpp"
#include "apps/smss/console.hpp"
#include "apps/smss/known_dlls.hpp"
#include "apps/smss/logon.hpp"
#include "apps/smss/process_record.hpp"

namespace {

using app::Text;
using app::View;

constexpr WCHAR kKey[] = u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager";
constexpr View kShellValue(u"Process");
constexpr ULONG kBuffer = 8192;
constexpr LONGLONG kTicksPerSecond = 10'000'000;
constexpr LONGLONG kSecondsBetweenAttempts = 5;

template <typename... Values>
void report(View pattern, const Values&... values) {
    const Text text = app::format(pattern, values...);
    UNICODE_STRING string = text.unicode();
    NtDisplayString(&string);
}

NTSTATUS open_key(View path, app::Handle& key) {
    app::Attributes attributes(path);
    return NtOpenKey(key.receive(), KEY_READ, attributes.get());
}

void load_environment() {
    Text path(kKey);
    path.append(View(u"\\Environment"));
    app::Handle key;
    if (!NT_SUCCESS(open_key(path, key))) return;
    alignas(8) UCHAR buffer[kBuffer];
    ULONG length = 0;
    for (ULONG index = 0;; ++index) {
        const NTSTATUS status =
            NtEnumerateValueKey(key.get(), index, KeyValueFullInformation, buffer, sizeof buffer, &length);
        if (!NT_SUCCESS(status)) return;
        const auto& value = *reinterpret_cast<KEY_VALUE_FULL_INFORMATION*>(buffer);
        View name(value.Name, value.NameLength / sizeof(WCHAR));
        View data(reinterpret_cast<const WCHAR*>(buffer + value.DataOffset),
                  value.DataLength / sizeof(WCHAR));
        UNICODE_STRING name_string = app::unicode(name),
                       data_string = app::unicode(data.first(data.find(u'\0')));
        RtlSetEnvironmentVariable(nullptr, &name_string, &data_string);
    }
}

// The first word of a command line is the image; a bare name lies in \SystemRoot\System32.
Text image_of(View command_line) {
    View word = command_line.first(command_line.find(u' '));
    Text path;
    if (word.find(u'\\') == word.size) path = Text(u"\\SystemRoot\\System32\\");
    path.append(word);
    return path;
}

// `token`, `security` and `environment` null: like smss itself.
NTSTATUS start(View command_line, HANDLE token, PVOID security, PWSTR environment,
               const smss::Console* console, app::Handle& process) {
    const Text image = image_of(command_line);
    Text line(command_line);
    UNICODE_STRING image_string = image.unicode(), line_string = line.unicode();
    UNICODE_STRING directory = app::unicode(View(u"\\SystemRoot"));
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status = RtlCreateProcessParametersEx(&parameters, &image_string, nullptr, &directory,
                                                   &line_string, environment, nullptr, nullptr, nullptr,
                                                   nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    if (console) {
        parameters->ConsoleHandle = console->reference.get();
        parameters->StandardInput = console->input.get();
        parameters->StandardOutput = parameters->StandardError = console->output.get();
    }
    RTL_USER_PROCESS_INFORMATION information = {};
    information.Length = sizeof information;
    status = RtlCreateUserProcess(&image_string, OBJ_CASE_INSENSITIVE, parameters, security, nullptr, nullptr,
                                  FALSE, nullptr, token, &information);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return status;
    *process.receive() = information.Process;
    app::Handle thread(information.Thread);
    return NtResumeThread(thread.get(), nullptr);
}

NTSTATUS wait_for(HANDLE process) {
    NtWaitForSingleObject(process, FALSE, nullptr);
    PROCESS_BASIC_INFORMATION information = {};
    const NTSTATUS status = NtQueryInformationProcess(process, ProcessBasicInformation, &information,
                                                      sizeof information, nullptr);
    return NT_SUCCESS(status) ? information.ExitStatus : status;
}

void pause(LONGLONG seconds) {
    LARGE_INTEGER interval;
    interval.QuadPart = -seconds * kTicksPerSecond;
    NtDelayExecution(FALSE, &interval);
}

// The shell acts as the administrator who is logged on at the console.
NTSTATUS start_shell(View command_line, app::Handle& logon, app::Handle& process) {
    NTSTATUS status = logon.get() ? STATUS_SUCCESS : smss::log_on_administrator(logon);
    if (!NT_SUCCESS(status)) return status;
    BOOLEAN before = FALSE;
    status = RtlAdjustPrivilege(SE_ASSIGNPRIMARYTOKEN_PRIVILEGE, TRUE, FALSE, &before);
    if (!NT_SUCCESS(status)) return status;
    smss::ShellSecurity security;
    const smss::UserEnvironment environment;
    smss::Console console;
    console.open();
    status = start(command_line, logon.get(), security.get(), environment.get(), &console, process);
    RtlAdjustPrivilege(SE_ASSIGNPRIMARYTOKEN_PRIVILEGE, before, FALSE, &before);
    if (NT_SUCCESS(status)) smss::record_process(kShellValue, process.get());
    return status;
}

// The session: a shell is always started again, however it ends, but not faster than once in a while.
[[noreturn]] void run_session(View command_line) {
    app::Handle logon;
    for (bool first = true;; first = false) {
        app::Handle process;
        NTSTATUS status = STATUS_SUCCESS;
        if (!first || !smss::open_recorded(kShellValue, process))
            status = start_shell(command_line, logon, process);
        if (!NT_SUCCESS(status)) {
            report(u"smss: {}: cannot start (0x{})\n", command_line, app::hex(static_cast<ULONG>(status), 8));
            pause(kSecondsBetweenAttempts);
            continue;
        }
        status = wait_for(process.get());
        report(u"smss: {} ended with 0x{}, starting it again\n", command_line,
               app::hex(static_cast<ULONG>(status), 8));
        if (!NT_SUCCESS(status)) pause(1);
    }
}

NTSTATUS start_plainly(View command_line, app::Handle& process) {
    return start(command_line, nullptr, nullptr, nullptr, nullptr, process);
}

void run(View command_line) {
    app::Handle process;
    const NTSTATUS started = smss::is_console_host(command_line)
                                 ? smss::start_console_host(command_line, start_plainly)
                                 : start_plainly(command_line, process);
    if (!NT_SUCCESS(started))
        report(u"smss: {}: cannot start (0x{})\n", command_line, app::hex(static_cast<ULONG>(started), 8));
}

// What Session Manager\FileLeniency says, for all that smss starts (abi/nt/ntleniency.h).
void set_file_leniency() {
    app::Handle key;
    if (!NT_SUCCESS(open_key(View(kKey), key))) return;
    struct {
        KEY_VALUE_PARTIAL_INFORMATION head;
        UCHAR rest[sizeof(ULONG)];
    } value = {};
    ULONG length = 0;
    UNICODE_STRING name = app::unicode(View(u"FileLeniency"));
    NTSTATUS status =
        NtQueryValueKey(key.get(), &name, KeyValuePartialInformation, &value, sizeof value, &length);
    if (!NT_SUCCESS(status) || value.head.Type != REG_DWORD) return;
    ULONG lenient = 0;
    RtlCopyMemory(&lenient, value.head.Data, sizeof lenient);
    status = NtSetInformationProcess(NtCurrentProcess(), static_cast<PROCESSINFOCLASS>(ProcessFileLeniency),
                                     &lenient, sizeof lenient);
    if (!NT_SUCCESS(status)) report(u"smss: FileLeniency: 0x{}\n", app::hex(static_cast<ULONG>(status), 8));
}

NTSTATUS run_listed() {
    app::Handle key;
    NTSTATUS status = open_key(View(kKey), key);
    if (!NT_SUCCESS(status)) return status;
    alignas(8) UCHAR buffer[kBuffer];
    ULONG length = 0;
    UNICODE_STRING name = app::unicode(View(u"Execute"));
    status = NtQueryValueKey(key.get(), &name, KeyValuePartialInformation, buffer, sizeof buffer, &length);
    if (!NT_SUCCESS(status)) return status;
    const auto& value = *reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    View list(reinterpret_cast<const WCHAR*>(value.Data), value.DataLength / sizeof(WCHAR));
    while (!list.empty() && list[0]) {
        const View line = list.first(list.find(u'\0'));
        list = list.from(line.size + 1);
        if (list.empty() || !list[0]) run_session(line);
        run(line);
    }
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    RtlNormalizeProcessParams(peb->ProcessParameters);
    load_environment();
    set_file_leniency();
    smss::make_known_dlls();
    const NTSTATUS status = run_listed();
    if (!NT_SUCCESS(status))
        report(u"smss: the list of programs to start (Session Manager\\Execute): 0x{}\n",
               app::hex(static_cast<ULONG>(status), 8));
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
