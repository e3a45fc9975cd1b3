// SPDX-License-Identifier: GPL-3.0-only
// RTL_USER_PROCESS_PARAMETERS: one block that holds the structure, its strings and the environment. In the
// denormalised form the string pointers are offsets from the block's start.
#include "ntdll/rtl/environment.hpp"

namespace rtl {
namespace {

// Lays strings out behind the structure: first to measure, then to write.
class Layout {
public:
    explicit Layout(char* block) : block_(block), used_(sizeof(RTL_USER_PROCESS_PARAMETERS)) {}

    // Copies a string with a terminator; room for `capacity` bytes at least.
    void string(PCUNICODE_STRING from, UNICODE_STRING RTL_USER_PROCESS_PARAMETERS::* to,
                USHORT capacity = 0) {
        place(from, block_ ? &(parameters()->*to) : nullptr, capacity);
    }
    void place(PCUNICODE_STRING from, UNICODE_STRING* to, USHORT capacity) {
        const USHORT length = from ? from->Length : 0;
        SIZE_T room = static_cast<SIZE_T>(length) + sizeof(WCHAR);
        if (room < capacity) room = capacity;
        if (room > UNICODE_STRING_MAX_BYTES) room = UNICODE_STRING_MAX_BYTES;
        if (to) {
            to->Buffer = reinterpret_cast<PWSTR>(block_ + used_);
            to->Length = length;
            to->MaximumLength = static_cast<USHORT>(room);
            if (length) copy(to->Buffer, from->Buffer, length);
        }
        used_ += round_up(room, sizeof(PVOID));
    }
    // Bytes of the C library's own, as long as they are, without a terminator: it takes MaximumLength for
    // their number.
    void data(PCUNICODE_STRING from, UNICODE_STRING RTL_USER_PROCESS_PARAMETERS::* to) {
        if (!from || !from->Length) return;
        if (block_) {
            UNICODE_STRING& made = parameters()->*to;
            made.Buffer = reinterpret_cast<PWSTR>(block_ + used_);
            made.Length = made.MaximumLength = from->Length;
            copy(made.Buffer, from->Buffer, from->Length);
        }
        used_ += round_up(static_cast<SIZE_T>(from->Length), sizeof(PVOID));
    }
    void environment(const WCHAR* from, SIZE_T size) {
        if (block_) {
            parameters()->Environment = reinterpret_cast<PWSTR>(block_ + used_);
            parameters()->EnvironmentSize = size;
            copy(parameters()->Environment, from, size);
        }
        used_ += round_up(size, sizeof(PVOID));
    }
    PRTL_USER_PROCESS_PARAMETERS parameters() {
        return reinterpret_cast<PRTL_USER_PROCESS_PARAMETERS>(block_);
    }
    SIZE_T used() const { return used_; }

private:
    char* block_;
    SIZE_T used_;
};

constexpr USHORT current_directory_room = 260 * 2 * sizeof(WCHAR);

struct Source {
    PCUNICODE_STRING image, dll_path, directory, command, title, desktop, shell, runtime;
    const WCHAR* environment;
    SIZE_T environment_size;
};

void lay_out(Layout& layout, const Source& source) {
    using P = RTL_USER_PROCESS_PARAMETERS;
    layout.place(source.directory,
                 layout.parameters() ? &layout.parameters()->CurrentDirectory.DosPath : nullptr,
                 current_directory_room);
    layout.string(source.dll_path, &P::DllPath);
    layout.string(source.image, &P::ImagePathName);
    layout.string(source.command, &P::CommandLine);
    layout.string(source.title, &P::WindowTitle);
    layout.string(source.desktop, &P::DesktopInfo);
    layout.string(source.shell, &P::ShellInfo);
    layout.data(source.runtime, &P::RuntimeData);
    layout.environment(source.environment, source.environment_size);
}

template <typename Change>
void for_each_pointer(PRTL_USER_PROCESS_PARAMETERS p, Change change) {
    UNICODE_STRING* const strings[] = {&p->CurrentDirectory.DosPath,
                                       &p->DllPath,
                                       &p->ImagePathName,
                                       &p->CommandLine,
                                       &p->WindowTitle,
                                       &p->DesktopInfo,
                                       &p->ShellInfo,
                                       &p->RuntimeData,
                                       &p->RedirectionDllName};
    for (UNICODE_STRING* string : strings) {
        if (string->Buffer) change(reinterpret_cast<char*&>(string->Buffer));
    }
    if (p->Environment) change(reinterpret_cast<char*&>(p->Environment));
}

void inherit(PRTL_USER_PROCESS_PARAMETERS to) {
    const PRTL_USER_PROCESS_PARAMETERS own = peb()->ProcessParameters;
    to->ConsoleHandle = own->ConsoleHandle;
    // Whether Ctrl-C is ignored, and nothing else.
    to->ConsoleFlags = own->ConsoleFlags & 1;
    to->ProcessGroupId = own->ProcessGroupId;
    to->StandardInput = own->StandardInput;
    to->StandardOutput = own->StandardOutput;
    to->StandardError = own->StandardError;
}

}  // namespace
}  // namespace rtl

extern "C" {

NTSTATUS NTAPI RtlCreateProcessParametersEx(PRTL_USER_PROCESS_PARAMETERS* Parameters,
                                            PCUNICODE_STRING ImagePathName, PCUNICODE_STRING DllPath,
                                            PCUNICODE_STRING CurrentDirectory, PCUNICODE_STRING CommandLine,
                                            PWSTR Environment, PCUNICODE_STRING WindowTitle,
                                            PCUNICODE_STRING DesktopInfo, PCUNICODE_STRING ShellInfo,
                                            PCUNICODE_STRING RuntimeData, ULONG Flags) {
    using namespace rtl;
    if (!Parameters || !ImagePathName) return STATUS_INVALID_PARAMETER;
    RtlAcquirePebLock();
    const PRTL_USER_PROCESS_PARAMETERS own = peb()->ProcessParameters;
    const WCHAR* environment = Environment ? Environment : own->Environment;
    const WCHAR empty[2] = {};
    if (!environment) environment = empty;
    const Source source = {ImagePathName,
                           DllPath ? DllPath : &own->DllPath,
                           CurrentDirectory ? CurrentDirectory : &own->CurrentDirectory.DosPath,
                           CommandLine ? CommandLine : ImagePathName,
                           WindowTitle,
                           DesktopInfo,
                           ShellInfo,
                           RuntimeData,
                           environment,
                           environment_size(environment)};
    Layout measure(nullptr);
    lay_out(measure, source);
    NTSTATUS status = STATUS_NO_MEMORY;
    if (auto* block = static_cast<char*>(RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, measure.used()))) {
        Layout layout(block);
        lay_out(layout, source);
        PRTL_USER_PROCESS_PARAMETERS made = layout.parameters();
        made->Length = made->MaximumLength = static_cast<ULONG>(layout.used());
        made->Flags = RTL_USER_PROC_PARAMS_NORMALIZED;
        inherit(made);
        if (!(Flags & RTL_USER_PROC_PARAMS_NORMALIZED)) RtlDeNormalizeProcessParams(made);
        *Parameters = made;
        status = STATUS_SUCCESS;
    }
    RtlReleasePebLock();
    return status;
}

NTSTATUS NTAPI RtlCreateProcessParameters(PRTL_USER_PROCESS_PARAMETERS* Parameters,
                                          PCUNICODE_STRING ImagePathName, PCUNICODE_STRING DllPath,
                                          PCUNICODE_STRING CurrentDirectory, PCUNICODE_STRING CommandLine,
                                          PWSTR Environment, PCUNICODE_STRING WindowTitle,
                                          PCUNICODE_STRING DesktopInfo, PCUNICODE_STRING ShellInfo,
                                          PCUNICODE_STRING RuntimeData) {
    return RtlCreateProcessParametersEx(Parameters, ImagePathName, DllPath, CurrentDirectory, CommandLine,
                                        Environment, WindowTitle, DesktopInfo, ShellInfo, RuntimeData, 0);
}

void NTAPI RtlDestroyProcessParameters(PRTL_USER_PROCESS_PARAMETERS Parameters) {
    RtlFreeHeap(rtl::process_heap(), 0, Parameters);
}

PRTL_USER_PROCESS_PARAMETERS NTAPI RtlNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS Parameters) {
    if (!Parameters || (Parameters->Flags & RTL_USER_PROC_PARAMS_NORMALIZED)) return Parameters;
    char* base = reinterpret_cast<char*>(Parameters);
    rtl::for_each_pointer(Parameters, [base](char*& p) { p = base + reinterpret_cast<ULONG_PTR>(p); });
    Parameters->Flags |= RTL_USER_PROC_PARAMS_NORMALIZED;
    return Parameters;
}

PRTL_USER_PROCESS_PARAMETERS NTAPI RtlDeNormalizeProcessParams(PRTL_USER_PROCESS_PARAMETERS Parameters) {
    if (!Parameters || !(Parameters->Flags & RTL_USER_PROC_PARAMS_NORMALIZED)) return Parameters;
    char* base = reinterpret_cast<char*>(Parameters);
    rtl::for_each_pointer(Parameters, [base](char*& p) { p = reinterpret_cast<char*>(p - base); });
    Parameters->Flags &= ~static_cast<ULONG>(RTL_USER_PROC_PARAMS_NORMALIZED);
    return Parameters;
}

}  // extern "C"
