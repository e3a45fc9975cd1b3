// SPDX-License-Identifier: GPL-3.0-only
#include "tests/common/drivers.hpp"

#include "abi/nt/neptune.h"

namespace test {

namespace {

constexpr WCHAR kServices[] = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
constexpr ULONG kKernelDriver = 1;

void set_value(HANDLE key, const WCHAR* name, ULONG type, const void* data, ULONG length) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    NtSetValueKey(key, &text, 0, type, const_cast<void*>(data), length);
}

NTSTATUS create_service(const WCHAR* service, HANDLE& key) {
    Path path(kServices, service);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr);
}

void set_text(HANDLE key, const WCHAR* name, const WCHAR* text) {
    set_value(key, name, REG_SZ, text, static_cast<ULONG>((wcslen(text) + 1) * sizeof(WCHAR)));
}

}  // namespace

Path::Path(const WCHAR* first, const WCHAR* second) {
    wcscpy(text, first);
    wcscat(text, second);
    RtlInitUnicodeString(&name, text);
}

NTSTATUS set_service_text(const WCHAR* service, const WCHAR* name, const WCHAR* text) {
    HANDLE key;
    NTSTATUS status = create_service(service, key);
    if (!NT_SUCCESS(status)) return status;
    set_text(key, name, text);
    return NtClose(key);
}

NTSTATUS set_service_number(const WCHAR* service, const WCHAR* name, ULONG number) {
    HANDLE key;
    NTSTATUS status = create_service(service, key);
    if (!NT_SUCCESS(status)) return status;
    set_value(key, name, REG_DWORD, &number, sizeof number);
    return NtClose(key);
}

NTSTATUS load_driver(const WCHAR* service, const WCHAR* image, ULONG watchdog) {
    Path path(kServices, service);
    HANDLE key;
    NTSTATUS status = create_service(service, key);
    if (!NT_SUCCESS(status)) return status;
    set_text(key, u"ImagePath", image);
    set_value(key, u"Type", REG_DWORD, &kKernelDriver, sizeof kKernelDriver);
    set_value(key, u"WatchdogMilliseconds", REG_DWORD, &watchdog, sizeof watchdog);
    NtClose(key);
    return NtLoadDriver(&path.name);
}

NTSTATUS unload_driver(const WCHAR* service) {
    Path path(kServices, service);
    return NtUnloadDriver(&path.name);
}

NTSTATUS open_device(const WCHAR* device, HANDLE& file) {
    Path path(u"\\Device\\", device);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK result;
    return NtOpenFile(&file, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &result,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

NTSTATUS control(HANDLE file, ULONG code, ULONG& value) {
    IO_STATUS_BLOCK result{};
    return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, code, &value, sizeof value, &value,
                                 sizeof value);
}

ULONG host_process(const WCHAR* service) {
    static NEPTUNE_DRIVER_INFORMATION drivers[256];
    ULONG length = 0;
    NTSTATUS status =
        NtQuerySystemInformation(SystemNeptuneDriverInformation, drivers, sizeof drivers, &length);
    for (ULONG i = 0; NT_SUCCESS(status) && i < length / sizeof *drivers; i++)
        if (wcscmp(drivers[i].Name, service) == 0) return drivers[i].HostProcess;
    return 0;
}

bool kill_process(ULONG process) {
    CLIENT_ID id = {ULongToHandle(process), nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    HANDLE handle = nullptr;
    // No handle would mean this process's other threads.
    if (!NT_SUCCESS(NtOpenProcess(&handle, PROCESS_TERMINATE, &attributes, &id))) return false;
    NTSTATUS status = NtTerminateProcess(handle, STATUS_SUCCESS);
    NtClose(handle);
    return NT_SUCCESS(status);
}

}  // namespace test
