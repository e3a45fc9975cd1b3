// SPDX-License-Identifier: GPL-3.0-only
//
// The console's front door, power, the log.
#include <algorithm>
#include <bit>

#include "executive/hal/hal.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/reports.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/ke/trace.hpp"
#include "executive/ob/ob.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/thread.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"
#include "executive/services/hives.hpp"

using namespace base;

namespace {

constexpr size_t kMaximumLogText = 512;  // as DbgPrint's on NT
constexpr size_t kLogLine = 160;         // what is printed of it in one turn

// "PROGRAM", "-PROGRAM" or "off", for running processes and those to come.
void set_trace(std::u16string_view word) {
    bool on = !word.starts_with(u'-') && word != u"off";
    if (word.starts_with(u'-')) word.remove_prefix(1);
    ke::set_traced_program(word == u"off" ? std::u16string_view() : word, on);
    for (ps::Process& process : ps::processes())
        process.traced = ke::is_traced_program(process.image_name());
}

// One line a level: which components are printed up to it.
void show_log_state() {
    char line[120];
    for (unsigned level = 0; level < static_cast<unsigned>(hal::LogLevel::Count); ++level) {
        std::span<char> rest(line);
        auto add = [&rest](std::string_view pattern, std::string_view text) {
            rest = rest.subspan(format(rest, pattern, text).size());
        };
        add("log: {}:", hal::name(static_cast<hal::LogLevel>(level)));
        size_t before = rest.size();
        for (unsigned i = 0; i < static_cast<unsigned>(hal::LogComponent::Count); ++i)
            if (static_cast<unsigned>(hal::log_levels[i]) == level)
                add(" {}", hal::name(static_cast<hal::LogComponent>(i)));
        if (rest.size() < before) ke::report({line, sizeof line - rest.size()});
    }
}

// DbgPrintEx's levels: numbers up to 31, or a mask of such.
hal::LogLevel level_of(ULONG level) {
    constexpr hal::LogLevel kLevels[] = {hal::LogLevel::Error, hal::LogLevel::Warning, hal::LogLevel::Trace,
                                         hal::LogLevel::Info};
    constexpr ULONG kNumbers = 32;
    if (level >= kNumbers) level = static_cast<ULONG>(std::countr_zero(level));
    return level < std::size(kLevels) ? kLevels[level] : hal::LogLevel::Trace;
}

}  // namespace

NTSTATUS NtDisplayString(ke::Call& call, const NtDisplayStringArgs& args) {
    constexpr size_t kPiece = 8;  // on a serial line each takes a thousand instructions
    constexpr size_t kLongestPiece = 3 * kPiece;
    UNICODE_STRING text = TRY(call.read(args.String));
    if (text.Length % sizeof(char16_t) != 0) return STATUS_INVALID_PARAMETER;
    size_t length = text.Length / sizeof(char16_t);
    ke::Slice slice;
    uint64_t done = std::min<uint64_t>(call.progress().done, length);
    if (!ke::Reports::instance().drain(slice)) return call.again({.done = done});
    while (done < length) {
        if (!hal::serial_takes(kLongestPiece)) {
            if (slice.over()) return call.again({.done = done});
            continue;
        }
        char16_t piece[kPiece];
        size_t part = std::min(kPiece, length - done);
        TRY(call.memory().copy_in(piece, reinterpret_cast<uint64_t>(text.Buffer) + done * sizeof(char16_t),
                                  part * sizeof(char16_t)));
        // A surrogate pair is not cut in two.
        if (part == kPiece && (piece[part - 1] & 0xfc00) == 0xd800) --part;
        char utf8[kLongestPiece];
        hal::console_put({utf8, to_utf8({piece, part}, utf8)});
        done += part;
        if (slice.over()) return call.again({.done = done});
    }
    while (!hal::console_show())
        if (slice.over()) return call.again({.done = length});
    return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> NtShutdownSystem(ke::Call& call, NtShutdownSystemArgs args) {
    if (!se::holds_privilege(call, SE_SHUTDOWN_PRIVILEGE)) co_return STATUS_PRIVILEGE_NOT_HELD;
    ex::log.info("shutdown by {}, action {}", call.client().image_name(), static_cast<ULONG>(args.Action));
    auto action = static_cast<ULONG>(args.Action);
    if (action > ShutdownPowerOff) co_return STATUS_INVALID_PARAMETER;
    NTSTATUS flushed = co_await services::Hive::flush_all(call);
    if (!NT_SUCCESS(flushed)) co_return flushed;
    auto job = CO_TRY(ke::Job::start(pnp::shut_down));
    if (co_await ke::EventWait(call.thread(), job->done()) == STATUS_THREAD_IS_TERMINATING)
        co_return STATUS_THREAD_IS_TERMINATING;
    if (action == ShutdownNoReboot) ke::report("It is now safe to switch off the machine.");
    ke::Reports::instance().finish_all();
    switch (action) {
        case ShutdownNoReboot:
            co_return co_await ke::delay(call.thread(), false, ke::Deadline::never());
        case ShutdownReboot:
            hal::reboot();
            break;
        default:
            hal::power_off();
            break;
    }
    // Still here: the machine offers no way that works.
    co_return STATUS_NOT_SUPPORTED;
}

NTSTATUS NtSystemDebugControl(ke::Call& call, const NtSystemDebugControlArgs&) {
    if (!se::holds_privilege(call, SE_DEBUG_PRIVILEGE)) return STATUS_ACCESS_DENIED;
    // There is no kernel debugger to control.
    return STATUS_DEBUGGER_INACTIVE;
}

NTSTATUS NtNeptuneSetLog(ke::Call& call, const NtNeptuneSetLogArgs& args) {
    constexpr std::u16string_view kTrace = u"trace ";
    if (!se::holds_privilege(call, SE_DEBUG_PRIVILEGE)) return STATUS_PRIVILEGE_NOT_HELD;
    String request = TRY(call.capture_string(args.Request));
    if (request.empty()) {
        show_log_state();
        return STATUS_SUCCESS;
    }
    if (request.view().starts_with(kTrace)) {
        set_trace(request.view().substr(kTrace.size()));
        return STATUS_SUCCESS;
    }
    char list[256];
    if (request.length() > sizeof(list) / 3) return STATUS_INVALID_PARAMETER;
    return to_status(hal::set_log({list, to_utf8(request, list)}));
}

NTSTATUS NtNeptuneLog(ke::Call& call, const NtNeptuneLogArgs& args) {
    bool driver = call.client().is_driver_host();
    hal::Log log(driver ? hal::LogComponent::Driver : hal::LogComponent::User);
    hal::LogLevel level = level_of(args.Level);
    if (!log.enabled(level)) return STATUS_SUCCESS;
    size_t length = std::min(args.Text.length, kMaximumLogText);
    uint64_t done = std::min<uint64_t>(call.progress().done, length);
    ke::Slice slice;
    if (!ke::Reports::instance().finish_line(slice)) return call.again({.done = done});
    char text[kLogLine];
    char line[kLogLine + 64];
    while (!hal::serial_takes(sizeof line))
        if (slice.over()) return call.again({.done = done});
    size_t part = std::min(kLogLine, length - done);
    TRY(call.memory().copy_in(text, args.Text.address + done, part));
    done += part;
    while (part > 0 && (text[part - 1] == '\n' || text[part - 1] == '\r'))
        --part;
    if (part > 0)
        log.say(level, format(line, "{}: {}", call.client().image_name(), std::string_view(text, part)));
    if (done < length) return call.again({.done = done});
    return STATUS_SUCCESS;
}
