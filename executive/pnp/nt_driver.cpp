// SPDX-License-Identifier: GPL-3.0-only
//
// Loading and unloading drivers by their registry path.
#include "executive/pnp/pnp.hpp"
#include "executive/services.hpp"

ke::Task<NTSTATUS> NtLoadDriver(ke::Call& call, NtLoadDriverArgs args) {
    base::String path = CO_TRY(call.capture_string(args.DriverServiceName));
    co_return co_await pnp::load_driver(std::move(path));
}

ke::Task<NTSTATUS> NtUnloadDriver(ke::Call& call, NtUnloadDriverArgs args) {
    base::String path = CO_TRY(call.capture_string(args.DriverServiceName));
    co_return co_await pnp::unload_driver(std::move(path));
}
