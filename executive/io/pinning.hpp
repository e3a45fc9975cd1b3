// SPDX-License-Identifier: GPL-3.0-only
//
// The buffers of a request that its driver sees through a window stay where they are from before it is
// started until it is gone. As on NT they are pinned while the thread that issues it waits: what it issues
// next comes after it, and a bad address is told at once. How long they are is up to the client, so they are
// pinned in slices. So are those of a client whose memory may have to be waited for, whoever moves the bytes.
//
// A process has no more pinned at a time than a quarter of its quota, which is a quarter of RAM: a request
// beyond that fails with STATUS_QUOTA_EXCEEDED, as for a buffer that NT cannot lock. A driver host is shown
// no more than half of its quota: one beyond that fails with STATUS_INSUFFICIENT_RESOURCES, as where NT has
// no addresses left to map an MDL.
#pragma once

#include "executive/io/device.hpp"

namespace io {

// Its output buffer is what the driver is to read (METHOD_IN_DIRECT): the client need not be allowed to write
// there. What a driver writes there comes back all the same where he is.
inline bool output_is_read(const Irp& irp) {
    return irp.is_control() && METHOD_FROM_CTL_CODE(irp.parameters.control.code) == METHOD_IN_DIRECT;
}

inline bool must_pin(const Irp& irp) {
    if (!irp.is_long()) return false;
    if (irp.client().memory().may_wait()) return true;
    Device::Windows windows = irp.device().windows(irp);
    return windows.input || windows.output;
}

// Pins some of what the request's device maps, a slice of either buffer at most; true when all of it is.
Result<bool> pin_some(Irp& irp);
// Pins what is left of it, for the thread that issues the request. STATUS_SUCCESS, why that cannot be, or
// STATUS_THREAD_IS_TERMINATING.
[[clang::coro_wrapper]] Task<NTSTATUS> pin_rest(ke::Thread& thread, Irp& irp);

}  // namespace io
