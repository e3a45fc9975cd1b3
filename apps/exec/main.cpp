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
    // A UNICODE_STRING holds no more.
    const auto fits = [](ULONG bytes) { return bytes < UNICODE_STRING_MAX_BYTES; };
    if (!fits(start.ImageBytes) || !fits(start.CommandBytes) || !fits(start.DirectoryBytes)) return false;
    order.flags = start.Flags;
    return take(start.ImageBytes, order.image) && take(start.CommandBytes, order.command) &&
           take(start.DirectoryBytes, order.directory) && take(start.EnvironmentBytes, order.environment);
}

// Takes the first of a block's variables, NAME=VALUE; empty at its end.
View take_variable(View& block) {
    const View entry = block.first(block.find(u'\0'));
    block = block.from(entry.size + 1);
    return entry;
}

// Less than zero, zero or more: the order of an environment's names. One may begin with `=`.
LONG compare_names(View first, View second) {
    const auto name_of = [](View entry) {
        return app::unicode(entry.first(entry.size ? 1 + entry.from(1).find(u'=') : 0));
    };
    UNICODE_STRING one = name_of(first), other = name_of(second);
    return RtlCompareUnicodeString(&one, &other, TRUE);
}

// Variables of `given`, in order of name, come in the place of those that are there; without a value one
// goes. All at once: there may be ten thousand.
NTSTATUS set_environment(View given) {
    if (given.empty()) return STATUS_SUCCESS;
    const RTL_USER_PROCESS_PARAMETERS& parameters = *NtCurrentPeb()->ProcessParameters;
    View old(static_cast<const WCHAR*>(parameters.Environment), parameters.EnvironmentSize / sizeof(WCHAR));
    auto* made = static_cast<WCHAR*>(
        RtlAllocateHeap(RtlProcessHeap(), 0, (old.size + given.size + 2) * sizeof(WCHAR)));
    if (!made) return STATUS_NO_MEMORY;
    SIZE_T size = 0;
    const auto put = [&](View entry) {
        RtlCopyMemory(made + size, entry.data, entry.size * sizeof(WCHAR));
        size += entry.size;
        made[size++] = 0;
    };
    View before = take_variable(old), next = take_variable(given);
    while (!before.empty() || !next.empty()) {
        const LONG order = next.empty() ? -1 : before.empty() ? 1 : compare_names(before, next);
        if (order < 0) put(before);
        if (order >= 0 && next.data[next.size - 1] != u'=') put(next);
        if (order <= 0) before = take_variable(old);
        if (order >= 0) next = take_variable(given);
    }
    made[size++] = 0;
    if (size == 1) made[size++] = 0;
    RtlSetCurrentEnvironment(made, nullptr);
    return STATUS_SUCCESS;
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
    status = set_environment(order.environment);
    if (!NT_SUCCESS(status)) return status;
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
