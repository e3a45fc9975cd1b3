// SPDX-License-Identifier: GPL-3.0-only
//
// Loading and unloading drivers by their registry path. What has begun is done to its end, also when the
// caller is ended meanwhile.
#include "executive/cm/registry.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

namespace {

base::Result<base::Ref<cm::Key>> service_key(ke::Call& call, ke::UserIn<UNICODE_STRING> path) {
    ke::Call::Attributes attributes;
    attributes.name_address = path.address();
    attributes.name = TRY(call.capture_string(path));
    cm::Place place = TRY(cm::lookup(call, attributes, false));
    if (!place.key) return base::fail(STATUS_OBJECT_NAME_NOT_FOUND);
    return std::move(place.key);
}

}  // namespace

ke::Task<NTSTATUS> NtLoadDriver(ke::Call& call, NtLoadDriverArgs args) {
    if (!se::holds_privilege(call, SE_LOAD_DRIVER_PRIVILEGE)) co_return STATUS_PRIVILEGE_NOT_HELD;
    auto key = CO_TRY(service_key(call, args.DriverServiceName));
    auto job = CO_TRY(ke::Job::start([&key] [[clang::coro_wrapper]] { return pnp::load_driver(key); }));
    co_return co_await ke::EventWait(call.thread(), job->done());
}

ke::Task<NTSTATUS> NtUnloadDriver(ke::Call& call, NtUnloadDriverArgs args) {
    if (!se::holds_privilege(call, SE_LOAD_DRIVER_PRIVILEGE)) co_return STATUS_PRIVILEGE_NOT_HELD;
    auto key = CO_TRY(service_key(call, args.DriverServiceName));
    auto job = CO_TRY(ke::Job::start([&key] [[clang::coro_wrapper]] { return pnp::unload_driver(key); }));
    co_return co_await ke::EventWait(call.thread(), job->done());
}
