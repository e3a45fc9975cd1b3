// SPDX-License-Identifier: GPL-3.0-only
//
// Loading and unloading drivers by their registry path. What has begun is done to its end, also when the
// caller is ended meanwhile.
#include "executive/ke/spawn.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

ke::Task<NTSTATUS> NtLoadDriver(ke::Call& call, NtLoadDriverArgs args) {
    if (!se::holds_privilege(call, SE_LOAD_DRIVER_PRIVILEGE)) co_return STATUS_PRIVILEGE_NOT_HELD;
    base::String path = CO_TRY(call.capture_string(args.DriverServiceName));
    auto job =
        CO_TRY(ke::Job::start([&path] [[clang::coro_wrapper]] { return pnp::load_driver(std::move(path)); }));
    co_return co_await ke::EventWait(call.thread(), job->done());
}

ke::Task<NTSTATUS> NtUnloadDriver(ke::Call& call, NtUnloadDriverArgs args) {
    if (!se::holds_privilege(call, SE_LOAD_DRIVER_PRIVILEGE)) co_return STATUS_PRIVILEGE_NOT_HELD;
    base::String path = CO_TRY(call.capture_string(args.DriverServiceName));
    auto job = CO_TRY(
        ke::Job::start([&path] [[clang::coro_wrapper]] { return pnp::unload_driver(std::move(path)); }));
    co_return co_await ke::EventWait(call.thread(), job->done());
}
