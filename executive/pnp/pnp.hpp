// SPDX-License-Identifier: GPL-3.0-only
//
// Plug and play: which drivers there are, in which hosts they run, and that they keep running.
#pragma once

#include "base/format.hpp"
#include "executive/ob/answer.hpp"
#include "executive/pnp/host.hpp"

namespace pnp {

// Starts the drivers whose services say so (Start 0 to 2) and returns when each of them has been tried.
// REQUIRES: io::initialize(), a registry.
Task<NTSTATUS> start();

// By the key of a service. STATUS_IMAGE_ALREADY_LOADED; STATUS_DELETE_PENDING while it is being
// unloaded. A host that dies meanwhile is waited for as long as it is started again.
Task<NTSTATUS> load_driver(Ref<cm::Key> key);
// STATUS_OBJECT_NAME_NOT_FOUND when it does not run; else as Host::unload.
Task<NTSTATUS> unload_driver(Ref<cm::Key> key);

// Drivers of this host that were unloaded leave the list, and the host goes with its last driver. Nothing
// happens while it is being brought up.
void forget_unused(Host& host);
// Tells the drivers that registered for it that the system goes down, and waits for them; one that does not
// answer within its watchdog's patience is ended.
Task<NTSTATUS> shut_down();
// They are being told: no host is started again.
bool shutting_down();

// Those that run, ran or failed.
std::span<const Ref<Driver>> drivers();
// NEPTUNE_DRIVER_INFORMATION of each of them, a slice of it, as SystemNeptuneDriverInformation gives it.
// STATUS_INFO_LENGTH_MISMATCH with the length that is needed now.
NTSTATUS give_drivers(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned);

// By service name, without regard to case; null when it is not loaded and did not fail.
Driver* find_driver(std::u16string_view name);

// One line for the person at the console.
void report_line(std::string_view pattern, std::span<const FormatArgument> arguments);
template <typename... Args>
void report(std::string_view pattern, const Args&... args) {
    const FormatArgument arguments[] = {FormatArgument(0), FormatArgument(args)...};
    report_line(pattern, std::span(arguments).subspan(1));
}

}  // namespace pnp
