// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/keyed_event.hpp"
#include "executive/ex/ex.hpp"
#include "executive/ex/timeout.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

// Without a handle the system's own keyed event is meant.
Result<Ref<ex::KeyedEvent>> resolve_event(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    if (!handle) return Ref<ex::KeyedEvent>(ex::critical_section_event());
    return ob::resolve<ex::KeyedEvent>(call, handle, access);
}

// The lowest bit is left to the users of a key.
bool valid_key(PVOID key) {
    return (reinterpret_cast<uint64_t>(key) & 1) == 0;
}

}  // namespace

NTSTATUS NtCreateKeyedEvent(ke::Call& call, const NtCreateKeyedEventArgs& args) {
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    if (args.Flags != 0) return STATUS_INVALID_PARAMETER_4;
    Ref<ex::KeyedEvent> event = TRY(ex::KeyedEvent::create());
    return TRY(
        ob::create_handle(call, attributes, std::move(event), args.DesiredAccess, args.KeyedEventHandle));
}

NTSTATUS NtOpenKeyedEvent(ke::Call& call, const NtOpenKeyedEventArgs& args) {
    return to_status(ob::open_named<ex::KeyedEvent>(call, args.ObjectAttributes, args.DesiredAccess,
                                                    args.KeyedEventHandle));
}

ke::Task<NTSTATUS> NtWaitForKeyedEvent(ke::Call& call, NtWaitForKeyedEventArgs args) {
    auto event = CO_TRY(resolve_event(call, args.KeyedEventHandle, KEYEDEVENT_WAIT));
    if (!valid_key(args.Key)) co_return STATUS_INVALID_PARAMETER_1;
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.Timeout));
    co_return co_await event->meet(call.thread(), ex::KeyedEvent::Side::Wait,
                                   reinterpret_cast<uint64_t>(args.Key), args.Alertable, deadline);
}

ke::Task<NTSTATUS> NtReleaseKeyedEvent(ke::Call& call, NtReleaseKeyedEventArgs args) {
    auto event = CO_TRY(resolve_event(call, args.KeyedEventHandle, KEYEDEVENT_WAKE));
    if (!valid_key(args.Key)) co_return STATUS_INVALID_PARAMETER_1;
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.Timeout));
    co_return co_await event->meet(call.thread(), ex::KeyedEvent::Side::Release,
                                   reinterpret_cast<uint64_t>(args.Key), args.Alertable, deadline);
}
