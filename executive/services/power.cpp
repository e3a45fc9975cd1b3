// SPDX-License-Identifier: GPL-3.0-only
//
// Power: what the machine can do, switching it off, what threads want of it. The machine never sleeps.
#include "executive/ob/ob.hpp"
#include "executive/ps/thread.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

template <typename T>
NTSTATUS give(ke::Call& call, const NtPowerInformationArgs& args, const T& value) {
    if (args.OutputBuffer.length < sizeof value) return STATUS_BUFFER_TOO_SMALL;
    return to_status(call.copy_out(args.OutputBuffer, &value, sizeof value));
}

// The one power source is the mains, and the one way to less power is off.
SYSTEM_POWER_CAPABILITIES capabilities() {
    SYSTEM_POWER_CAPABILITIES result{};
    result.SystemS5 = TRUE;
    result.ProcessorMinThrottle = result.ProcessorMaxThrottle = 100;
    return result;
}

SYSTEM_BATTERY_STATE battery() {
    SYSTEM_BATTERY_STATE result{};
    result.AcOnLine = TRUE;
    return result;
}

PROCESSOR_POWER_INFORMATION processor() {
    PROCESSOR_POWER_INFORMATION result{};
    result.MaxMhz = result.CurrentMhz = result.MhzLimit = ke::processor_megahertz();
    return result;
}

}  // namespace

NTSTATUS NtPowerInformation(ke::Call& call, const NtPowerInformationArgs& args) {
    if (args.InformationLevel == SystemReserveHiberFile) {
        if (!se::holds_privilege(call, SE_CREATE_PAGEFILE_PRIVILEGE)) return STATUS_PRIVILEGE_NOT_HELD;
        return STATUS_NOT_SUPPORTED;
    }
    // What is only asked takes nothing.
    if (args.InputBuffer.address != 0 || args.InputBuffer.length != 0) return STATUS_INVALID_PARAMETER;
    switch (args.InformationLevel) {
        case SystemPowerCapabilities:
            return give(call, args, capabilities());
        case SystemBatteryState:
            return give(call, args, battery());
        case ProcessorInformation:
            return give(call, args, processor());
        case SystemPowerInformation:
            return give(call, args, SYSTEM_POWER_INFORMATION{});
        case LastWakeTime:
        case LastSleepTime:
            return give(call, args, ULONGLONG{0});
        case SystemPowerPolicyAc:
        case SystemPowerPolicyDc:
        case VerifySystemPolicyAc:
        case VerifySystemPolicyDc:
        case SystemPowerPolicyCurrent:
        case AdministratorPowerPolicy:
            return STATUS_NOT_IMPLEMENTED;
        default:
            return STATUS_INVALID_PARAMETER;
    }
}

ke::Task<NTSTATUS> NtInitiatePowerAction(ke::Call& call, NtInitiatePowerActionArgs args) {
    constexpr ULONG kFlags = POWER_ACTION_QUERY_ALLOWED | POWER_ACTION_UI_ALLOWED |
                             POWER_ACTION_OVERRIDE_APPS | POWER_ACTION_LIGHTEST_FIRST |
                             POWER_ACTION_LOCK_CONSOLE | POWER_ACTION_DISABLE_WAKES | POWER_ACTION_CRITICAL;
    auto action = static_cast<ULONG>(args.SystemAction);
    auto lightest = static_cast<ULONG>(args.LightestSystemState);
    if (action > PowerActionWarmEject || action == PowerActionReserved || lightest >= PowerSystemMaximum ||
        (args.Flags & ~kFlags))
        co_return STATUS_INVALID_PARAMETER;
    if (!se::holds_privilege(call, SE_SHUTDOWN_PRIVILEGE)) co_return STATUS_PRIVILEGE_NOT_HELD;
    switch (action) {
        case PowerActionNone:
            co_return STATUS_SUCCESS;
        case PowerActionShutdown:
            co_return co_await NtShutdownSystem(call, {.Action = ShutdownNoReboot});
        case PowerActionShutdownReset:
            co_return co_await NtShutdownSystem(call, {.Action = ShutdownReboot});
        case PowerActionShutdownOff:
            co_return co_await NtShutdownSystem(call, {.Action = ShutdownPowerOff});
        default:
            co_return STATUS_NOT_SUPPORTED;
    }
}

// Without ES_CONTINUOUS it is a moment's activity, of which nothing is kept.
NTSTATUS NtSetThreadExecutionState(ke::Call& call, const NtSetThreadExecutionStateArgs& args) {
    constexpr ULONG kFlags = ES_SYSTEM_REQUIRED | ES_DISPLAY_REQUIRED | ES_AWAYMODE_REQUIRED | ES_CONTINUOUS;
    ULONG flags = args.NewFlags;
    bool away = (flags & ES_AWAYMODE_REQUIRED) && !(flags & ES_CONTINUOUS);
    if ((flags & ~kFlags) || away) return STATUS_INVALID_PARAMETER;
    if (args.PreviousFlags.null()) return STATUS_ACCESS_VIOLATION;
    ps::Thread& thread = ps::current(call);
    TRY(call.write(args.PreviousFlags, thread.execution_state));
    if (flags & ES_CONTINUOUS) thread.execution_state = flags;
    return STATUS_SUCCESS;
}
