// SPDX-License-Identifier: GPL-3.0-only
// The other half of some of libwine's DLLs is a Unix library, whose functions they call by number through
// __wine_unix_call_dispatcher: NtQueryVirtualMemory gives them the handle that names theirs, which here is
// the base of the DLL. Those of ws2_32 are answered; any other is
// STATUS_NOT_SUPPORTED, which the DLLs take for a library that cannot be had.
#include "ntdll/rtl/wine_unix.hpp"

#include "ntdll/ldr/ldr.hpp"

namespace wine {

SIZE_T computer_name(char* name, SIZE_T room) {
    struct {
        KEY_VALUE_PARTIAL_INFORMATION information;
        WCHAR rest[64];
    } value;
    UNICODE_STRING path = RTL_CONSTANT_STRING(
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\ComputerName\\ComputerName");
    UNICODE_STRING value_name = RTL_CONSTANT_STRING(u"ComputerName");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key;
    if (!NT_SUCCESS(NtOpenKey(&key, KEY_QUERY_VALUE, &attributes))) return 0;
    ULONG length;
    const NTSTATUS status =
        NtQueryValueKey(key, &value_name, KeyValuePartialInformation, &value, sizeof(value), &length);
    NtClose(key);
    if (!NT_SUCCESS(status) || value.information.Type != REG_SZ) return 0;
    const auto* text = reinterpret_cast<const WCHAR*>(value.information.Data);
    const SIZE_T most = value.information.DataLength / sizeof(WCHAR);
    SIZE_T count = 0;
    while (count < most && text[count] && count + 1 < room) {
        const WCHAR c = text[count];
        name[count++] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    if (room) name[count] = 0;
    return count;
}

NTSTATUS get_host_name(void* arguments) {
    struct GetHostName {
        char* name;
        UINT room;
    };
    constexpr NTSTATUS fault = 10014;  // WSAEFAULT
    const auto& asked = *static_cast<GetHostName*>(arguments);
    char name[64];
    const SIZE_T count = computer_name(name, sizeof(name));
    if (asked.room <= count) return fault;
    rtl::copy(asked.name, name, count + 1);
    return 0;
}

}  // namespace wine

namespace {

const wine::Function sockets[] = {wine::get_addresses, wine::get_host_by_address, wine::get_host_by_name,
                                  wine::get_host_name, wine::get_names};
const wine::Function names[] = {wine::get_search_list, wine::get_servers, wine::set_servers,
                                wine::query_server};

struct Library {
    const WCHAR* dll;
    const wine::Function* functions;
    UINT count;
};
const Library libraries[] = {{u"ws2_32.dll", sockets, sizeof(sockets) / sizeof(sockets[0])},
                             {u"dnsapi.dll", names, sizeof(names) / sizeof(names[0])}};

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
