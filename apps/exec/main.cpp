// SPDX-License-Identifier: GPL-3.0-only
//
// exec.exe: what smss.exe starts in the place of a shell in the machines of `./neptune exec`. It takes its
// orders from the channel (abi/exec/channel.h): starts the program that it is told to, with the channel's
// pipes as its standard handles, and reports how it ended.
#include "apps/common/command_interpreter.hpp"
#include "apps/common/format.hpp"
#include "apps/common/program_token.hpp"
#include "apps/exec/channel.hpp"
#include "apps/exec/control.hpp"
#include "apps/exec/send_files.hpp"
#include "apps/exec/user_settings.hpp"

namespace {

using app::View;

[[clang::no_destroy]] constinit exec::Channel channel;

template <typename... Values>
void tell(View pattern, const Values&... values) {
    const app::Text text = app::format(pattern, values...);
    UNICODE_STRING string = text.unicode();
    NtDisplayString(&string);
}

// The texts of an order to start a program, as they lie in the message.
struct Order {
    ULONG flags;
    View image, command, directory, environment;
};

bool parse(const UCHAR* body, ULONG length, Order& order) {
    EXEC_START start;
    if (length < sizeof start) return false;
    RtlCopyMemory(&start, body, sizeof start);
    const UCHAR* at = body + sizeof start;
    ULONG left = length - static_cast<ULONG>(sizeof start);
    const auto take = [&](ULONG bytes, View& view) {
        if (bytes > left || bytes % sizeof(WCHAR)) return false;
        view = View(reinterpret_cast<const WCHAR*>(at), bytes / sizeof(WCHAR));
        at += bytes;
        left -= bytes;
        return true;
    };
    order.flags = start.Flags;
    return take(start.ImageBytes, order.image) && take(start.CommandBytes, order.command) &&
           take(start.DirectoryBytes, order.directory) && take(start.EnvironmentBytes, order.environment);
}

// Each variable is NAME=VALUE; without a value it goes.
void set_environment(View block) {
    while (!block.empty()) {
        const View entry = block.first(block.find(u'\0'));
        block = block.from(entry.size + 1);
        const SIZE_T equals = entry.find(u'=');
        UNICODE_STRING name = app::unicode(entry.first(equals));
        UNICODE_STRING value = app::unicode(entry.from(equals + 1));
        RtlSetEnvironmentVariable(nullptr, &name, value.Length ? &value : nullptr);
    }
}

struct StandardHandles {
    app::Handle input, output, error;

    NTSTATUS open(ULONG flags) {
        NTSTATUS status = open(flags & EXEC_START_CONSOLE_INPUT, View(u"Input"), EXEC_PIPE_INPUT, input);
        if (NT_SUCCESS(status))
            status = open(flags & EXEC_START_CONSOLE_OUTPUT, View(u"Output"), EXEC_PIPE_OUTPUT, output);
        if (NT_SUCCESS(status))
            status = open(flags & EXEC_START_CONSOLE_ERROR, View(u"Output"), EXEC_PIPE_ERROR, error);
        return status;
    }

private:
    // The console is the one that smss.exe has given.
    static NTSTATUS open(bool of_console, View name, ULONG pipe, app::Handle& handle) {
        if (!of_console) return exec::open_pipe(pipe, true, handle);
        app::Attributes attributes(name, OBJ_CASE_INSENSITIVE | OBJ_INHERIT,
                                   NtCurrentPeb()->ProcessParameters->ConsoleHandle);
        IO_STATUS_BLOCK block;
        return NtOpenFile(handle.receive(), FILE_GENERIC_READ | FILE_GENERIC_WRITE, attributes.get(), &block,
                          FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
    }
};

NTSTATUS create(const Order& order, HANDLE token, const StandardHandles& handles,
                RTL_USER_PROCESS_INFORMATION& process) {
    app::Text path(u"\\??\\");
    path.append(order.image);
    UNICODE_STRING nt_image = path.unicode(), image = app::unicode(order.image);
    UNICODE_STRING command = app::unicode(order.command), directory = app::unicode(order.directory);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &image, nullptr, &directory, &command, nullptr, &image,
                                     nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    parameters->ConsoleFlags |= app::console_flags_of(order.image);
    parameters->StandardInput = handles.input.get();
    parameters->StandardOutput = handles.output.get();
    parameters->StandardError = handles.error.get();
    process = {};
    process.Length = sizeof process;
    status = RtlCreateUserProcess(&nt_image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr,
                                  TRUE, nullptr, token, &process);
    RtlDestroyProcessParameters(parameters);
    return status;
}

NTSTATUS start(const Order& order, app::Handle& process) {
    app::Handle token;
    NTSTATUS status = app::make_program_token(order.flags & EXEC_START_ADMINISTRATOR, token);
    if (!NT_SUCCESS(status)) return status;
    StandardHandles handles;
    status = handles.open(order.flags);
    if (!NT_SUCCESS(status)) return status;
    set_environment(order.environment);
    RTL_USER_PROCESS_INFORMATION made;
    status = create(order, token.get(), handles, made);
    if (!NT_SUCCESS(status)) return status;
    *process.receive() = made.Process;
    app::Handle thread(made.Thread);
    const EXEC_STARTED started = {
        static_cast<unsigned int>(reinterpret_cast<ULONG_PTR>(made.ClientId.UniqueProcess))};
    status = channel.report(EXEC_REPORT_STARTED, &started, sizeof started);
    return NT_SUCCESS(status) ? NtResumeThread(thread.get(), nullptr) : status;
}

NTSTATUS wait_for(HANDLE process) {
    NtWaitForSingleObject(process, FALSE, nullptr);
    PROCESS_BASIC_INFORMATION information = {};
    const NTSTATUS status = NtQueryInformationProcess(process, ProcessBasicInformation, &information,
                                                      sizeof information, nullptr);
    return NT_SUCCESS(status) ? information.ExitStatus : status;
}

NTSTATUS report_end(ULONG kind, NTSTATUS status) {
    const EXEC_ENDED ended = {static_cast<unsigned int>(status)};
    return channel.report(kind, &ended, sizeof ended);
}

// There is one program at a time. It is looked after by a thread of its own, since orders go on meanwhile.
HANDLE volatile running;

NTSTATUS NTAPI look_after(PVOID process) {
    const NTSTATUS status = wait_for(process);
    running = nullptr;
    NtClose(process);
    return report_end(EXEC_REPORT_ENDED, status);
}

// What cannot be started is reported; an error here ends the channel's service.
NTSTATUS start_program() {
    Order order = {};
    if (!parse(channel.body(), channel.length(), order)) return STATUS_INVALID_PARAMETER;
    if (running) return report_end(EXEC_REPORT_FAILED, STATUS_DEVICE_BUSY);
    app::Handle process, thread;
    NTSTATUS status = start(order, process);
    if (!NT_SUCCESS(status)) return report_end(EXEC_REPORT_FAILED, status);
    running = process.get();
    status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, look_after, process.get(),
                                 thread.receive(), nullptr);
    if (!NT_SUCCESS(status)) return status;
    process.release();
    return STATUS_SUCCESS;
}

NTSTATUS serve() {
    for (;;) {
        ULONG kind = 0;
        NTSTATUS status = channel.next_order(kind);
        if (NT_SUCCESS(status) && kind == EXEC_ORDER_START) status = start_program();
        if (NT_SUCCESS(status) && kind == EXEC_ORDER_GET && channel.length() % sizeof(WCHAR) == 0)
            status = exec::send_files(
                View(reinterpret_cast<const WCHAR*>(channel.body()), channel.length() / sizeof(WCHAR)));
        if (!NT_SUCCESS(status)) return status;
        if (kind == EXEC_ORDER_CANCEL && running) NtTerminateProcess(running, STATUS_CONTROL_C_EXIT);
    }
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    RtlNormalizeProcessParams(peb->ProcessParameters);
    exec::write_user_settings();
    exec::watch_for_control_c(&running);
    NTSTATUS status = channel.open();
    if (NT_SUCCESS(status)) status = serve();
    if (!NT_SUCCESS(status)) tell(u"exec: 0x{}\n", app::hex(static_cast<ULONG>(status), 8));
    // smss would start another one. The tool turns the machine off.
    for (;;) {
        LARGE_INTEGER day;
        day.QuadPart = -864'000'000'000;
        NtDelayExecution(FALSE, &day);
    }
}
