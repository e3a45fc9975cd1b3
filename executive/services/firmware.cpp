// SPDX-License-Identifier: GPL-3.0-only
//
// Firmware variables, licences and profile intervals.
#include <algorithm>

#include "executive/ob/ob.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

// What NT says where the firmware has no variables that can be reached while the system runs; nobody asks
// ours for any, with UEFI either.
constexpr NTSTATUS kNoVariables = STATUS_NOT_IMPLEMENTED;

// 100 ns units.
constexpr ULONG kShortestInterval = 1221;
constexpr ULONG kLongestInterval = 10'000'000;
constexpr ULONG kUsualInterval = 10'000;
constinit ULONG g_profile_interval = kUsualInterval;

struct License {
    std::u16string_view name;
    ULONG type;
    std::u16string_view text;  // REG_SZ, with its zero
    ULONG number;              // REG_DWORD
};
constexpr License kLicenses[] = {
    {u"Kernel-MUI-Language-Allowed", REG_SZ, std::u16string_view(u"EMPTY", 6), 0},
    {u"Kernel-MUI-Number-Allowed", REG_DWORD, {}, 0},
};

}  // namespace

NTSTATUS NtQuerySystemEnvironmentValue(ke::Call& call, const NtQuerySystemEnvironmentValueArgs& args) {
    if (!se::holds_privilege(call, SE_SYSTEM_ENVIRONMENT_PRIVILEGE)) return STATUS_PRIVILEGE_NOT_HELD;
    TRY(call.capture_string(args.VariableName));
    return kNoVariables;
}

NTSTATUS NtQuerySystemEnvironmentValueEx(ke::Call& call, const NtQuerySystemEnvironmentValueExArgs& args) {
    if (!se::holds_privilege(call, SE_SYSTEM_ENVIRONMENT_PRIVILEGE)) return STATUS_PRIVILEGE_NOT_HELD;
    TRY(call.capture_string(args.VariableName));
    TRY(call.read(args.VendorGuid));
    TRY(call.read(args.ValueLength));
    return kNoVariables;
}

NTSTATUS NtQueryLicenseValue(ke::Call& call, const NtQueryLicenseValueArgs& args) {
    if (args.ValueName.null() || args.ResultDataSize.null()) return STATUS_INVALID_PARAMETER;
    String name = TRY(call.capture_string(args.ValueName));
    if (name.empty()) return STATUS_INVALID_PARAMETER;
    const License* found = std::find_if(std::begin(kLicenses), std::end(kLicenses),
                                        [&](const License& license) { return license.name == name.view(); });
    if (found == std::end(kLicenses)) return STATUS_OBJECT_NAME_NOT_FOUND;
    bool number = found->type == REG_DWORD;
    const void* data = number ? static_cast<const void*>(&found->number) : found->text.data();
    size_t size = number ? sizeof found->number : found->text.size() * sizeof(char16_t);
    bool fits = args.Data.length >= size;
    if (fits) TRY(call.copy_out(args.Data, data, size));
    TRY(call.write(args.Type, found->type));
    TRY(call.write(args.ResultDataSize, static_cast<ULONG>(size)));
    return fits ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
}

// A source that there is none of has no interval.
NTSTATUS NtQueryIntervalProfile(ke::Call& call, const NtQueryIntervalProfileArgs& args) {
    if (args.Interval.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(call.write(args.Interval, args.ProfileSource == ProfileTime ? g_profile_interval : 0));
}

// NT takes the nearest that there is. Nothing is profiled here: it is kept for who asks.
NTSTATUS NtSetIntervalProfile(ke::Call&, const NtSetIntervalProfileArgs& args) {
    if (args.Source == ProfileTime)
        g_profile_interval = std::clamp(args.Interval, kShortestInterval, kLongestInterval);
    return STATUS_SUCCESS;
}
