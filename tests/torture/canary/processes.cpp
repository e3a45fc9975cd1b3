// SPDX-License-Identifier: GPL-3.0-only
//
// The processes that the system runs on, the shell and the canary: each with its beginning, priority,
// descriptor and number; and the drivers with their hosts.
#include "abi/nt/neptune.h"
#include "apps/common/native.hpp"
#include "tests/torture/canary/inventory.hpp"

namespace canary {
namespace {

alignas(8) UCHAR list[0x40000];

// What a run of the fuzzer starts and ends, and who asks the canary.
bool is_passing(const SYSTEM_PROCESS_INFORMATION& process) {
    constexpr const WCHAR* kPassing[] = {u"services.exe", u"nothing.exe", u"untidy.exe", u"image.exe",
                                         u"canary.exe"};
    if (process.UniqueProcessId == NtCurrentTeb()->ClientId.UniqueProcess) return false;
    for (const WCHAR* passing : kPassing) {
        UNICODE_STRING name;
        RtlInitUnicodeString(&name, passing);
        if (RtlEqualUnicodeString(&process.ImageName, &name, TRUE)) return true;
    }
    return false;
}

ULONG64 content_of(const SYSTEM_PROCESS_INFORMATION& process) {
    Hash hash;
    hash.add(reinterpret_cast<ULONG64>(process.UniqueProcessId));
    hash.add(static_cast<ULONG64>(process.CreateTime.QuadPart));
    hash.add(static_cast<ULONG64>(process.BasePriority)).add(process.SessionId);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    CLIENT_ID client = {process.UniqueProcessId, nullptr};
    app::Handle handle;
    const NTSTATUS status = NtOpenProcess(handle.receive(), READ_CONTROL, &attributes, &client);
    hash.add(static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) hash.add(security_of(handle.get()));
    return hash.value();
}

}  // namespace

void survey_processes() {
    ULONG length = 0;
    const NTSTATUS status = NtQuerySystemInformation(SystemProcessInformation, list, sizeof list, &length);
    if (!NT_SUCCESS(status)) return found(Group::Processes, "are not listed");
    for (UCHAR* at = list;;) {
        const auto& process = *reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(at);
        if (!is_passing(process)) see(Group::Processes, process.ImageName, content_of(process));
        if (!process.NextEntryOffset) return;
        at += process.NextEntryOffset;
    }
}

void survey_drivers() {
    static NEPTUNE_DRIVER_INFORMATION drivers[64];
    ULONG length = 0;
    const NTSTATUS status =
        NtQuerySystemInformation(SystemNeptuneDriverInformation, drivers, sizeof drivers, &length);
    if (!NT_SUCCESS(status)) return found(Group::Drivers, "are not listed");
    for (ULONG i = 0; i < length / sizeof drivers[0]; ++i) {
        const NEPTUNE_DRIVER_INFORMATION& driver = drivers[i];
        UNICODE_STRING name;
        RtlInitUnicodeString(&name, driver.Name);
        Hash hash;
        hash.add(driver.HostProcess).add(driver.State).add(driver.Restarts).add(driver.Devices);
        see(Group::Drivers, name, hash.value());
    }
}

}  // namespace canary
