// SPDX-License-Identifier: GPL-3.0-only
//
// A thread of the Executive's own, beside the one that serves. It touches no object of the Executive: it
// makes kernel calls that take long, paces work by calling the serving thread once for each slice, or reports
// a fault of it. It has a stack of its own with nothing mapped below, an IPC buffer of its own, and lives as
// long as the Executive. Kernel priorities are seL4's, 0-255; the serving thread has 255.
#pragma once

#include <stdint.h>

#include "abi/sel4/types.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace ke {

using CPtr = uint64_t;

// What mm makes for a helper thread. The TCB has its address space, its CSpace (the Executive's) and its IPC
// buffer.
struct HelperResources {
    CPtr tcb = 0;
    uint64_t stack_top = 0;  // 16-byte aligned
    seL4_IPCBuffer* buffer = nullptr;
};

class HelperThread {
public:
    constexpr HelperThread() = default;
    HelperThread(const HelperThread&) = delete;
    HelperThread& operator=(const HelperThread&) = delete;

    // Makes the thread and lets it enter run(). REQUIRES: not started. STATUS_NO_MEMORY,
    // STATUS_INSUFFICIENT_RESOURCES.
    Result<void> start(unsigned kernel_priority);
    void set_priority(unsigned kernel_priority);
    // Ends its wait(), or the next one. Signals do not add up.
    void signal();
    CPtr tcb() const { return resources_.tcb; }

    // On the serving thread, from its loop, when run() does call(): the word it sent; the result goes back to
    // it.
    virtual uint64_t called(uint64_t word) {
        (void)word;
        return 0;
    }

protected:
    // Helper threads do not end.
    ~HelperThread() = default;

    // Its whole life, on its own thread. A return stops it for good.
    virtual void run() = 0;
    // --- for run() only
    void wait();
    // One round trip to called().
    uint64_t call(uint64_t word);
    // Untyped_Retype into slots from `index` on of the CNode at `node_index` of `root`, resolved to `depth`
    // bits, through its own IPC buffer: the inline functions of sel4.h use the serving thread's.
    seL4_Error retype(CPtr untyped, seL4_Word type, seL4_Word size_bits, CPtr root, seL4_Word node_index,
                      seL4_Word depth, seL4_Word index, seL4_Word count);
    seL4_IPCBuffer& buffer() { return *resources_.buffer; }

private:
    static void enter(HelperThread* self);

    HelperResources resources_;
    CPtr wake_ = 0;     // the notification it waits on
    CPtr serving_ = 0;  // the endpoint that it calls
};

// --- provided by mm
Result<HelperResources> allocate_helper();

}  // namespace ke
