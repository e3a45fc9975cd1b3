// SPDX-License-Identifier: GPL-3.0-only
// The other half of some of libwine's DLLs is a Unix library, whose functions they call by number through
// __wine_unix_call_dispatcher: NtQueryVirtualMemory gives them the handle that names theirs, which here is
// the base of the DLL. Functions that a program without a network has answers to are here; any other is
// STATUS_NOT_SUPPORTED, which the DLLs take for a library that cannot be had.
#include "ntdll/ldr/ldr.hpp"

namespace {

using Function = NTSTATUS (*)(void* arguments);

// --- ws2_32.dll: names of hosts. The result is an error of Windows Sockets.
constexpr NTSTATUS sockets_fault = 10014;           // WSAEFAULT
constexpr NTSTATUS sockets_host_not_found = 11001;  // WSAHOST_NOT_FOUND

struct GetHostName {
    char* name;
    UINT size;
};

struct ComputerName {
    KEY_VALUE_PARTIAL_INFORMATION information;
    WCHAR rest[64];
};

SIZE_T computer_name(ComputerName& name) {
    UNICODE_STRING path = RTL_CONSTANT_STRING(
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\ComputerName\\ComputerName");
    UNICODE_STRING value = RTL_CONSTANT_STRING(u"ComputerName");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key;
    if (!NT_SUCCESS(NtOpenKey(&key, KEY_QUERY_VALUE, &attributes))) return 0;
    ULONG length;
    const NTSTATUS status =
        NtQueryValueKey(key, &value, KeyValuePartialInformation, &name, sizeof(name), &length);
    NtClose(key);
    if (!NT_SUCCESS(status) || name.information.Type != REG_SZ) return 0;
    const auto* text = reinterpret_cast<const WCHAR*>(name.information.Data);
    const SIZE_T most = name.information.DataLength / sizeof(WCHAR);
    SIZE_T count = 0;
    while (count < most && text[count])
        ++count;
    return count;
}

NTSTATUS get_host_name(void* arguments) {
    const auto& asked = *static_cast<GetHostName*>(arguments);
    ComputerName name;
    const SIZE_T count = computer_name(name);
    if (asked.size <= count) return sockets_fault;
    const auto* text = reinterpret_cast<const WCHAR*>(name.information.Data);
    for (SIZE_T i = 0; i < count; ++i) {
        const WCHAR c = text[i];
        asked.name[i] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    asked.name[count] = 0;
    return 0;
}

NTSTATUS no_such_host(void*) {
    return sockets_host_not_found;
}

// getaddrinfo, gethostbyaddr, gethostbyname, gethostname, getnameinfo
const Function sockets[] = {no_such_host, no_such_host, no_such_host, get_host_name, no_such_host};

struct Library {
    const WCHAR* dll;
    const Function* functions;
    UINT count;
};
const Library libraries[] = {{u"ws2_32.dll", sockets, sizeof(sockets) / sizeof(sockets[0])}};

const Library* library_of(const UNICODE_STRING& name) {
    for (const Library& library : libraries) {
        UNICODE_STRING dll;
        RtlInitUnicodeString(&dll, library.dll);
        if (RtlEqualUnicodeString(&name, &dll, TRUE)) return &library;
    }
    return nullptr;
}

}  // namespace

extern "C" {

NTSTATUS __wine_unix_call(ULONGLONG Handle, UINT Code, void* Arguments) {
    const Library* library = nullptr;
    {
        ldr::LoaderLock lock;
        const ldr::Module* module = ldr::find_by_base(reinterpret_cast<PVOID>(Handle));
        if (!module) return STATUS_INVALID_HANDLE;
        library = library_of(module->entry.BaseDllName);
    }
    if (!library || Code >= library->count) return STATUS_NOT_SUPPORTED;
    return library->functions[Code](Arguments);
}

// Data: DLLs load the address of the function from here.
decltype(&__wine_unix_call) __wine_unix_call_dispatcher = __wine_unix_call;

}  // extern "C"
