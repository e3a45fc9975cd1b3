// SPDX-License-Identifier: GPL-3.0-only
//
// The processes of a console, and how Ctrl-C and Ctrl-Break reach them: one that waits for them hears of
// them, a Win32 program gets a thread at kernel32's CtrlRoutine, any other is ended.
#include "apps/conhost/console.hpp"

// ntdll's (ntdll/rtl/console.cpp). Imported as data: its address means the same in the other process, a
// thunk's does not.
extern "C" __declspec(dllimport) NTSTATUS NTAPI RtlConsoleControl(PVOID event);

namespace conhost {
namespace {

constexpr ULONG kIgnoresControlC = 1;  // of ConsoleFlags, for the first of a new process group
constexpr ULONG kSubsystemNative = 1;

template <typename T>
bool read_memory(HANDLE process, const void* at, T& into) {
    return NT_SUCCESS(NtReadVirtualMemory(process, const_cast<void*>(at), &into, sizeof into, nullptr));
}

NTSTATUS open_process(ULONG id, ACCESS_MASK access, app::Handle& process) {
    CLIENT_ID client = {reinterpret_cast<HANDLE>(static_cast<ULONG_PTR>(id)), nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    return NtOpenProcess(process.receive(), access, &attributes, &client);
}

void console_flags(HANDLE process, const PROCESS_BASIC_INFORMATION& basic, ULONG& flags) {
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    if (!read_memory(process, &basic.PebBaseAddress->ProcessParameters, parameters) || !parameters ||
        !read_memory(process, &parameters->ConsoleFlags, flags))
        flags = 0;
}

}  // namespace

void Console::add_process(const CONDRV_MESSAGE& message) {
    Process added = {message.Process, message.File, 0, false};
    app::Handle process;
    PROCESS_BASIC_INFORMATION basic = {};
    ULONG flags = 0;
    if (NT_SUCCESS(open_process(message.Process, PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, process)) &&
        NT_SUCCESS(NtQueryInformationProcess(process.get(), ProcessBasicInformation, &basic, sizeof basic,
                                             nullptr))) {
        console_flags(process.get(), basic, flags);
        if (flags & kIgnoresControlC) added.group = added.id;
        added.survives = flags & CONDRV_FLAG_SHELL;
        for (const Process& other : processes_)
            if (!added.group && other.id == static_cast<ULONG>(basic.InheritedFromUniqueProcessId))
                added.group = other.group;
    }
    if (!added.group) added.group = added.id;
    processes_.push(added);
    had_processes_ = true;
    answer(message, STATUS_SUCCESS);
}

void Console::remove_process(ULONG64 file) {
    for (SIZE_T i = 0; i < processes_.size(); ++i)
        if (processes_[i].file == file) {
            histories_.release(processes_[i].id);
            // Who was ended cannot put back what it had put aside.
            for (Screen* screen : screens_)
                if (screen->alternate_of == processes_[i].id) {
                    screen->alternate_of = 0;
                    screen->output.set_alternate(screen->buffer, false);
                    screen->buffer.cursor_visible = true;
                }
            return processes_.remove(i);
        }
}

bool Console::is_process(ULONG id) const {
    for (const Process& process : processes_)
        if (process.id == id) return true;
    return false;
}

// The name of its file; empty when it is not known.
Text Console::program_of(ULONG id) {
    app::Handle process;
    alignas(UNICODE_STRING) UCHAR buffer[1024];
    if (!NT_SUCCESS(open_process(id, PROCESS_QUERY_INFORMATION, process)) ||
        !NT_SUCCESS(
            NtQueryInformationProcess(process.get(), ProcessImageFileName, buffer, sizeof buffer, nullptr)))
        return Text();
    const View path(*reinterpret_cast<const UNICODE_STRING*>(buffer));
    const SIZE_T last = path.find_last(u'\\');
    return Text(last < path.size ? path.from(last + 1) : path);
}

// Newest first. Who has too little room is told how many there are.
void Console::process_list(const CONDRV_MESSAGE& message) {
    app::List<ULONG> list;
    for (SIZE_T i = processes_.size(); i-- > 0;)
        list.push(processes_[i].id);
    const ULONG count = static_cast<ULONG>(list.size());
    if (message.OutputLength < sizeof count) return answer(message, STATUS_BUFFER_TOO_SMALL);
    if (message.OutputLength / sizeof(ULONG) < list.size())
        return answer(message, STATUS_BUFFER_TOO_SMALL, &count, sizeof count);
    answer(message, STATUS_SUCCESS, list.begin(), list.size() * sizeof(ULONG));
}

void Console::control_event(ULONG event, ULONG group) {
    // The newest first, as on NT.
    for (SIZE_T i = processes_.size(); i-- > 0;)
        if (!processes_[i].survives && (!group || processes_[i].group == group))
            tell_process(processes_[i], event);
    // Who waits without being one of the processes hears of all that is for all.
    for (SIZE_T i = event_waits_.size(); i-- > 0 && !group;) {
        const CONDRV_MESSAGE message = event_waits_[i];
        if (is_process(message.Process)) continue;
        event_waits_.remove(i);
        answer(message, STATUS_SUCCESS, &event, sizeof event);
    }
}

void Console::tell_process(const Process& told, ULONG event) {
    for (SIZE_T i = 0; i < event_waits_.size(); ++i) {
        if (event_waits_[i].Process != told.id) continue;
        const CONDRV_MESSAGE message = event_waits_[i];
        event_waits_.remove(i);
        return answer(message, STATUS_SUCCESS, &event, sizeof event);
    }
    app::Handle process, thread;
    SECTION_IMAGE_INFORMATION image = {};
    constexpr ACCESS_MASK kAccess = PROCESS_CREATE_THREAD | PROCESS_QUERY_INFORMATION | PROCESS_VM_OPERATION |
                                    PROCESS_VM_WRITE | PROCESS_VM_READ | PROCESS_TERMINATE;
    if (!NT_SUCCESS(open_process(told.id, kAccess, process)) ||
        !NT_SUCCESS(
            NtQueryInformationProcess(process.get(), ProcessImageInformation, &image, sizeof image, nullptr)))
        return;
    if (image.SubSystemType == kSubsystemNative) {
        NtTerminateProcess(process.get(), STATUS_CONTROL_C_EXIT);
        return;
    }
    // ntdll lies at one place in all processes.
    RtlCreateUserThread(process.get(), nullptr, FALSE, 0, 0, 0, RtlConsoleControl,
                        reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(event)), thread.receive(), nullptr);
}

}  // namespace conhost
