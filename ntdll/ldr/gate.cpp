// SPDX-License-Identifier: GPL-3.0-only
// Services that are called by number through the gate (arch/entry.S). Numbers are libwine's own, and differ
// between its releases; names do not: a service is known by the name of the stub that calls, which its DLL
// exports.
#include "ntdll/crt/text.hpp"
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

constexpr ULONG most_services = 0x2000;  // two tables of 4096
constexpr ULONG longest_stub = 32;       // bytes from its beginning to where it returns from the gate

PVOID services[most_services];

// The name of the export that `address` lies in, null if there is none.
const char* stub_at(const Module& module, PVOID address) {
    const Image& image = module.image;
    const Image::Directory directory = image.directory(IMAGE_DIRECTORY_ENTRY_EXPORT);
    const auto* header = directory.size ? image.at<IMAGE_EXPORT_DIRECTORY>(directory.rva) : nullptr;
    ULONG rva;
    if (!header || !image.rva_of(reinterpret_cast<ULONGLONG>(address), rva)) return nullptr;
    const auto* functions = image.at<ULONG>(header->AddressOfFunctions, header->NumberOfFunctions);
    const auto* names = image.at<ULONG>(header->AddressOfNames, header->NumberOfNames);
    const auto* ordinals = image.at<USHORT>(header->AddressOfNameOrdinals, header->NumberOfNames);
    if (!functions || !names || !ordinals) return nullptr;
    for (ULONG i = 0; i < header->NumberOfNames; ++i) {
        if (ordinals[i] >= header->NumberOfFunctions) continue;
        if (rva - functions[ordinals[i]] < longest_stub) return image.string(names[i]);
    }
    return nullptr;
}

// A program without windows gives user32's window procedures to nobody, and its screen has 96 dots an inch.
NTSTATUS NTAPI initialize_client_pfn_arrays(PVOID, PVOID, PVOID, PVOID) {
    return STATUS_SUCCESS;
}
ULONG NTAPI get_system_dpi_for_process(HANDLE) {
    return 96;
}

// MsgWaitForMultipleObjectsEx: no message ever comes, so that it is a wait for the objects, and where all of
// them and a message are waited for, one that only its time ends.
ULONG NTAPI wait_for_objects(ULONG count, const HANDLE* handles, ULONG milliseconds, ULONG, ULONG flags) {
    constexpr ULONG failed = 0xffffffff, infinite = 0xffffffff, wait_all = 1, alertable = 2,
                    most = MAXIMUM_WAIT_OBJECTS - 1;
    LARGE_INTEGER interval;
    interval.QuadPart = milliseconds == infinite ? INT64_MIN : milliseconds * -10000LL;
    LARGE_INTEGER* timeout = milliseconds == infinite ? nullptr : &interval;
    const BOOLEAN alerts = (flags & alertable) != 0;
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    if (count == 0 || (flags & wait_all)) {
        status = NtDelayExecution(alerts, &interval);
        if (status == STATUS_SUCCESS) status = STATUS_TIMEOUT;
    } else if (count <= most) {
        status = NtWaitForMultipleObjects(count, const_cast<HANDLE*>(handles), WaitAny, alerts, timeout);
    }
    if (NT_SUCCESS(status)) return static_cast<ULONG>(status);
    RtlSetLastWin32ErrorAndNtStatusFromNtStatus(status);
    return failed;
}

// Every other of user32's and gdi32's services fails as those calls do, by a result of zero: programs that
// only ask about a screen or a window go on. The name is told once.
ULONG_PTR NTAPI no_window_manager() {
    return 0;
}
bool is_of_window_manager(const char* name) {
    return crt::compare(name, "NtUser", 6) == 0 || crt::compare(name, "NtGdi", 5) == 0;
}

struct Known {
    const char* name;
    PVOID function;
};
const Known without_windows[] = {
    {"NtUserInitializeClientPfnArrays", reinterpret_cast<PVOID>(initialize_client_pfn_arrays)},
    {"NtUserMsgWaitForMultipleObjectsEx", reinterpret_cast<PVOID>(wait_for_objects)},
    {"NtUserGetSystemDpiForProcess", reinterpret_cast<PVOID>(get_system_dpi_for_process)},
};

// What stands for the service: ntdll's own export of that name, or one of the above; else what raises the
// names of DLL and stub.
PVOID find(const char* dll, const char* name) {
    for (const Known& known : without_windows) {
        if (crt::compare(name, known.name) == 0) return known.function;
    }
    Export found;
    if (NT_SUCCESS(find_export(loader.ntdll->image, name, ~0u, found)) && !found.forwarder)
        return loader.ntdll->image.base() + found.rva;
    if (!is_of_window_manager(name)) return missing_function(dll, name);
    DbgPrint("%s: there is no window manager\n", name);
    return reinterpret_cast<PVOID>(no_window_manager);
}

const char* export_name(const Module& module) {
    const Image::Directory directory = module.image.directory(IMAGE_DIRECTORY_ENTRY_EXPORT);
    const auto* header = directory.size ? module.image.at<IMAGE_EXPORT_DIRECTORY>(directory.rva) : nullptr;
    const char* name = header ? module.image.string(header->Name) : nullptr;
    return name ? name : "?";
}

}  // namespace
}  // namespace ldr

extern "C" PVOID KiFindService(ULONG number, PVOID return_address);

// Never null.
extern "C" PVOID KiFindService(ULONG number, PVOID return_address) {
    using namespace ldr;
    const bool counted = number < most_services;
    if (counted && services[number]) return services[number];
    LoaderLock lock;
    const Module* module = find_by_address(return_address);
    const char* stub = module ? stub_at(*module, return_address) : nullptr;
    PVOID function =
        stub ? find(export_name(*module), stub)
             : missing_function(module ? export_name(*module) : "?", "a service by an unknown stub");
    if (!function) RtlRaiseStatus(STATUS_NO_MEMORY);
    if (counted && stub) services[number] = function;
    return function;
}
