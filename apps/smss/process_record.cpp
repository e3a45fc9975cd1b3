// SPDX-License-Identifier: GPL-3.0-only
#include "apps/smss/process_record.hpp"

namespace smss {
namespace {

using app::View;

constexpr WCHAR kKey[] = u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager\\Shell";

struct Record {
    HANDLE id;
    LARGE_INTEGER created;
};

bool identify(HANDLE process, Record& record) {
    PROCESS_BASIC_INFORMATION basic = {};
    KERNEL_USER_TIMES times = {};
    if (!NT_SUCCESS(
            NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof basic, nullptr)) ||
        !NT_SUCCESS(NtQueryInformationProcess(process, ProcessTimes, &times, sizeof times, nullptr)))
        return false;
    record = {reinterpret_cast<HANDLE>(basic.UniqueProcessId), times.CreateTime};
    return true;
}

bool read(View value_name, Record& record) {
    app::Attributes attributes{View(kKey)};
    app::Handle key;
    if (!NT_SUCCESS(NtOpenKey(key.receive(), KEY_QUERY_VALUE, attributes.get()))) return false;
    alignas(8) UCHAR buffer[128];
    ULONG length = 0;
    UNICODE_STRING name = app::unicode(value_name);
    if (!NT_SUCCESS(
            NtQueryValueKey(key.get(), &name, KeyValuePartialInformation, buffer, sizeof buffer, &length)))
        return false;
    const auto& value = *reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    if (value.Type != REG_BINARY || value.DataLength != sizeof record) return false;
    RtlCopyMemory(&record, value.Data, sizeof record);
    return true;
}

// Read by everybody, written by the system alone.
class OnlySystems {
public:
    OnlySystems() {
        auto* dacl = reinterpret_cast<PACL>(dacl_);
        RtlCreateAcl(dacl, sizeof dacl_, ACL_REVISION);
        SID system = {SID_REVISION, 1, {{0, 0, 0, 0, 0, 5}}, {SECURITY_LOCAL_SYSTEM_RID}};
        SID everyone = {SID_REVISION, 1, {{0, 0, 0, 0, 0, 1}}, {SECURITY_WORLD_RID}};
        RtlAddAccessAllowedAce(dacl, ACL_REVISION, KEY_ALL_ACCESS, &system);
        RtlAddAccessAllowedAce(dacl, ACL_REVISION, KEY_READ, &everyone);
        RtlCreateSecurityDescriptor(&descriptor_, SECURITY_DESCRIPTOR_REVISION);
        RtlSetDaclSecurityDescriptor(&descriptor_, TRUE, dacl, FALSE);
        RtlSetControlSecurityDescriptor(&descriptor_, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    }
    OnlySystems(const OnlySystems&) = delete;
    OnlySystems& operator=(const OnlySystems&) = delete;
    PVOID get() { return &descriptor_; }

private:
    alignas(8) UCHAR dacl_[64];
    SECURITY_DESCRIPTOR descriptor_;
};

}  // namespace

bool open_recorded(View value_name, app::Handle& process) {
    Record record = {}, found = {};
    if (!read(value_name, record)) return false;
    CLIENT_ID client = {record.id, nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    const NTSTATUS status = NtOpenProcess(process.receive(), SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION,
                                          &attributes, &client);
    return NT_SUCCESS(status) && identify(process.get(), found) &&
           found.created.QuadPart == record.created.QuadPart;
}

void record_process(View value_name, HANDLE process) {
    Record record = {};
    if (!identify(process, record)) return;
    OnlySystems security;
    app::Attributes attributes{View(kKey)};
    attributes.get()->SecurityDescriptor = security.get();
    app::Handle key;
    UNICODE_STRING name = app::unicode(value_name);
    if (NT_SUCCESS(NtCreateKey(key.receive(), KEY_SET_VALUE, attributes.get(), 0, nullptr,
                               REG_OPTION_VOLATILE, nullptr)))
        NtSetValueKey(key.get(), &name, 0, REG_BINARY, &record, sizeof record);
}

}  // namespace smss
