// SPDX-License-Identifier: GPL-3.0-only
//
// Has burglar.sys try, from inside its driver host, what no driver may do. Run by an administrator, who may
// load it. Everybody else is as before afterwards.
#include "abi/nt/neptune.h"
#include "tests/drivers/burglar/burglar.h"
#include "tests/system/test.h"

namespace {

constexpr WCHAR kService[] = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Burglar";

void set(HANDLE key, const WCHAR* name, ULONG type, const void* data, ULONG length) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    NtSetValueKey(key, &text, 0, type, const_cast<void*>(data), length);
}

NTSTATUS load() {
    UNICODE_STRING path = RTL_CONSTANT_STRING(kService);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key = nullptr;
    NTSTATUS status =
        NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    if (!NT_SUCCESS(status)) return status;
    constexpr WCHAR image[] = u"System32\\burglar.sys";
    constexpr ULONG kernel_driver = 1, demand_start = 3;
    set(key, u"ImagePath", REG_SZ, image, sizeof image);
    set(key, u"Type", REG_DWORD, &kernel_driver, sizeof kernel_driver);
    set(key, u"Start", REG_DWORD, &demand_start, sizeof demand_start);
    NtClose(key);
    return NtLoadDriver(&path);
}

HANDLE open_device() {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\Burglar");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE file = nullptr;
    IO_STATUS_BLOCK result;
    NtOpenFile(&file, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &result,
               FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
    return file;
}

NTSTATUS attempt(HANDLE file, ULONG number, BURGLAR_RESULT& answer) {
    IO_STATUS_BLOCK result{};
    return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, BURGLAR_TRY, &number,
                                 sizeof number, &answer, sizeof answer);
}

// Drivers that have been started again.
ULONG restarts() {
    static NEPTUNE_DRIVER_INFORMATION drivers[64];
    ULONG length = 0, count = 0;
    NtQuerySystemInformation(SystemNeptuneDriverInformation, drivers, sizeof drivers, &length);
    for (ULONG i = 0; i < length / sizeof *drivers; ++i)
        count += drivers[i].Restarts;
    return count;
}

TEST(a_burglar_inside_a_driver) {
    ULONG before = restarts();
    NTSTATUS status = load();
    if (!NT_SUCCESS(status)) test::print("it is not loaded: %x", static_cast<ULONG>(status));
    CHECK(NT_SUCCESS(status));
    HANDLE file = open_device();
    CHECK(file != nullptr);
    ULONG number = 0;
    for (;; ++number) {
        BURGLAR_RESULT answer{};
        status = attempt(file, number, answer);
        if (!NT_SUCCESS(status)) break;
        if (answer.Status == answer.Documented) continue;
        test::running_failed = true;
        test::print("FAIL %s %s: %x, not %x", answer.Victim, answer.Attempt,
                    static_cast<ULONG>(answer.Status), static_cast<ULONG>(answer.Documented));
    }
    CHECK(status == STATUS_NO_MORE_ENTRIES);
    CHECK(number > 80);
    test::print("%u attempts", number);
    NtClose(file);
    UNICODE_STRING path = RTL_CONSTANT_STRING(kService);
    CHECK(NtUnloadDriver(&path) == STATUS_SUCCESS);
    CHECK(restarts() == before);
}

}  // namespace
