// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/event.hpp"
#include "executive/services.hpp"

using namespace base;

NTSTATUS NtCreateEvent(ke::Call& call, const NtCreateEventArgs& args) {
    if (static_cast<ULONG>(args.EventType) > SynchronizationEvent) return STATUS_INVALID_PARAMETER;
    Ref<ex::Event> event = TRY(ex::Event::create(args.EventType, args.InitialState != FALSE));
    return TRY(ob::create_handle(call, args.ObjectAttributes, std::move(event), args.DesiredAccess,
                                 args.EventHandle));
}

NTSTATUS NtOpenEvent(ke::Call& call, const NtOpenEventArgs& args) {
    return to_status(
        ob::open_named<ex::Event>(call, args.ObjectAttributes, args.DesiredAccess, args.EventHandle));
}

NTSTATUS NtSetEvent(ke::Call& call, const NtSetEventArgs& args) {
    auto* event = TRY(ob::borrow<ex::Event>(call, args.EventHandle, args.EventHandleAccess));
    TRY(call.probe(args.PreviousState));
    return to_status(call.write(args.PreviousState, event->set()));
}

NTSTATUS NtResetEvent(ke::Call& call, const NtResetEventArgs& args) {
    auto* event = TRY(ob::borrow<ex::Event>(call, args.EventHandle, args.EventHandleAccess));
    TRY(call.probe(args.PreviousState));
    return to_status(call.write(args.PreviousState, event->clear()));
}

NTSTATUS NtClearEvent(ke::Call& call, const NtClearEventArgs& args) {
    auto* event = TRY(ob::borrow<ex::Event>(call, args.EventHandle, args.EventHandleAccess));
    event->clear();
    return STATUS_SUCCESS;
}

NTSTATUS NtPulseEvent(ke::Call& call, const NtPulseEventArgs& args) {
    auto* event = TRY(ob::borrow<ex::Event>(call, args.EventHandle, args.EventHandleAccess));
    TRY(call.probe(args.PreviousState));
    return to_status(call.write(args.PreviousState, event->pulse()));
}

NTSTATUS NtQueryEvent(ke::Call& call, const NtQueryEventArgs& args) {
    if (static_cast<ULONG>(args.EventInformationClass) != EventBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    auto* event = TRY(ob::borrow<ex::Event>(call, args.EventHandle, args.EventHandleAccess));
    EVENT_BASIC_INFORMATION basic{event->event_type(), event->is_set()};
    return ob::give_exact(call, args.EventInformation, args.ReturnLength, basic);
}
