// SPDX-License-Identifier: GPL-3.0-only
//
// A thread control block: 2^11 bytes of untyped memory. It begins with the registers, where the entry code
// and the CPU itself store them, and ends with the five capability slots that make up the thread's
// environment. A thread is in at most one ready queue and at most one endpoint or notification queue.
#pragma once
#include <cstddef>

#include "abi/sel4/types.h"
#include "arch/thread.hpp"
#include "kernel/api/lookup_failure.hpp"
#include "kernel/object/cte.hpp"

namespace kernel {

struct Notification;

enum class ThreadState : std::uint8_t {
    inactive,
    running,
    restart,  // runs next from its restart address: the system call is made again
    blocked_on_receive,
    blocked_on_send,
    blocked_on_reply,
    blocked_on_notification,
    idle,
};

// Why a thread waits for its fault handler; the meaning of the words depends on the type.
struct Fault {
    seL4_FaultType type = seL4_Fault_NullFault;
    bool in_receive = false;    // CapFault
    LookupFailure lookup = {};  // CapFault
    Word a = 0;                 // CPtr, system call number, vector, or address
    Word b = 0;                 // error code of the exception or of the page fault
    bool prefetch = false;      // VMFault
};

struct alignas(2048) Tcb {
    static constexpr Word kSizeBits = 11;
    static constexpr std::uint8_t kTimeSlice = 5;

    arch::Thread arch;

    ThreadState state;
    std::uint8_t priority;
    std::uint8_t mcp;  // the highest priority this thread may give
    std::uint8_t domain;
    std::uint8_t time_slice;  // ticks left
    bool queued;              // in a ready queue
    // Of the endpoint capability it blocks with.
    bool can_grant;
    bool can_grant_reply;
    bool is_call;

    Tcb* ready_next;
    Tcb* ready_previous;
    Tcb* wait_next;  // in the queue of blocking_object
    Tcb* wait_previous;
    void* blocking_object;  // Endpoint or Notification
    Word blocking_badge;
    Notification* bound_notification;

    Fault fault;
    Word fault_handler;  // a CPtr in the thread's own CSpace
    Word buffer_address;

    Cte cspace;
    Cte vspace;
    Cte reply;   // the master reply capability
    Cte caller;  // the reply capability of who called this thread last
    Cte buffer;  // the frame of the IPC buffer

    static constexpr Word kSlots = 5;
    Cte* slots() { return &cspace; }

    char name[64];  // given by DebugNameThread in a debug kernel
};
static_assert(sizeof(Tcb) == Word{1} << Tcb::kSizeBits);
static_assert(offsetof(Tcb, arch) == 0);
static_assert(offsetof(Tcb, buffer) == offsetof(Tcb, cspace) + 4 * sizeof(Cte));

// REQUIRES: the memory is zero.
void initialise_tcb(Tcb& tcb, std::uint8_t domain);

inline Tcb* tcb_of(const TcbCap& cap) {
    return arch::from_physical<Tcb>(cap.address);
}

}  // namespace kernel

extern "C" {
// The thread whose registers the next exit from the kernel loads. Never null; the idle thread has none of its
// own.
extern kernel::Tcb* kernel_current;
extern kernel::Tcb kernel_idle;
}
