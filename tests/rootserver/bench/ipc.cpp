// SPDX-License-Identifier: GPL-3.0-only
#include "stamps.hpp"

namespace bench {
namespace {

Word endpoint;
Word notification;
Word client_notification;

void stamping_server(Word) {
    empty_call(seL4_SysRecv, endpoint);
    for (;;) {
        stamp<1>();
        stamp<2>();
        empty_call(seL4_SysReplyRecv, endpoint);
    }
}

void empty_server(Word) {
    empty_call(seL4_SysRecv, endpoint);
    for (;;)
        empty_call(seL4_SysReplyRecv, endpoint);
}

// Answers with as many words as were sent.
void echo_server(Word) {
    Word badge;
    Word mr[4] = {};
    Word info = seL4_RawCall(seL4_SysRecv, endpoint, &badge, 0, &mr[0], &mr[1], &mr[2], &mr[3]);
    for (;;)
        info = seL4_RawCall(seL4_SysReplyRecv, endpoint, &badge, info, &mr[0], &mr[1], &mr[2], &mr[3]);
}

void call_with(Word length) {
    Word badge;
    Word mr[4] = {1, 2, 3, 4};
    stamp<0>();
    seL4_RawCall(seL4_SysCall, endpoint, &badge, length, &mr[0], &mr[1], &mr[2], &mr[3]);
    stamp<3>();
}

template <typename Run>
void with_server(rt::Entry entry, Word vspace, Run run) {
    endpoint = rt::object(seL4_EndpointObject);
    const rt::Thread thread = rt::spawn(entry, 0, kPriority, 0, vspace);
    seL4_Yield();
    run();
    rt::stop(thread);
}

void yielder(Word) {
    for (;;) {
        empty_call(seL4_SysYield, 0);
        stamp<1>();
    }
}

void waiter(Word) {
    for (;;) {
        empty_call(seL4_SysRecv, notification);
        stamp<1>();
    }
}

}  // namespace

void measure_ipc(const char* suffix, Word vspace) {
    const auto call = [] {
        stamp<0>();
        empty_call(seL4_SysCall, endpoint);
        stamp<3>();
    };
    with_server(stamping_server, vspace, [&] {
        report("call", suffix, smallest<0, 1>(call));
        report("reply_recv", suffix, smallest<2, 3>(call));
    });
    with_server(empty_server, vspace, [&] { report("round_trip_0", suffix, smallest<0, 3>(call)); });
    with_server(echo_server, vspace, [&] {
        report("round_trip_4", suffix, smallest<0, 3>([] { call_with(4); }));
        report("round_trip_10", suffix, smallest<0, 3>([] { call_with(10); }));
    });
}

void measure_switches(const char* suffix, Word vspace) {
    notification = rt::object(seL4_NotificationObject);
    const rt::Thread woken = rt::spawn(waiter, 0, kHigher, 0, vspace);
    report("signal_waiter", suffix, smallest<0, 1>([] {
               stamp<0>();
               seL4_Signal(notification);
           }));
    rt::stop(woken);
    const rt::Thread other = rt::spawn(yielder, 0, kPriority, 0, vspace);
    seL4_Yield();
    report("yield_switch", suffix, smallest<0, 1>([] {
               stamp<0>();
               seL4_Yield();
           }));
    rt::stop(other);
}

namespace {

Word fault_endpoint;

// Steps over the faulting instruction, ud2.
void fault_handler(Word) {
    constexpr Word kLength = 2;
    Word badge;
    Word mr[4] = {};
    Word answer = 0;
    seL4_RawCall(seL4_SysRecv, fault_endpoint, &badge, 0, &mr[0], &mr[1], &mr[2], &mr[3]);
    for (;;) {
        mr[0] += kLength;
        answer = 1;
        seL4_RawCall(seL4_SysReplyRecv, fault_endpoint, &badge, answer, &mr[0], &mr[1], &mr[2], &mr[3]);
    }
}

void faulter(Word) {
    report("fault_handler_reply", "", smallest<0, 1>([] {
               stamp<0>();
               asm volatile("ud2");
               stamp<1>();
           }));
    seL4_Signal(client_notification);
}

}  // namespace

void measure_fault() {
    fault_endpoint = rt::object(seL4_EndpointObject);
    client_notification = rt::object(seL4_NotificationObject);
    const rt::Thread handler = rt::spawn(fault_handler, 0, kPriority);
    seL4_Yield();
    const rt::Thread thread = rt::spawn(faulter, 0, kPriority, fault_endpoint);
    seL4_Wait(client_notification, nullptr);
    rt::stop(thread);
    rt::stop(handler);
}

}  // namespace bench
