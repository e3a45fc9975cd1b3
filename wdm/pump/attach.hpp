// SPDX-License-Identifier: GPL-3.0-only
//
// The buffers of a request in the IRP that a driver sees, after the device's or control code's method. What
// came in the ring is copied, for its entry is free once the request has been taken; so is a window that the
// driver is to see as its SystemBuffer, for the client may change it meanwhile. The Executive copies that,
// and nothing is mapped for it. All of these fail with STATUS_INSUFFICIENT_RESOURCES when there is no memory,
// and with what the Executive says when the client's is gone.
#pragma once

#include "wdm/pump/lease.hpp"

namespace pump {

// SystemBuffer for input and output.
NTSTATUS attach_buffered(Lease& lease, const WDM_REQUEST& request);
// One side, as a device with these flags (DO_BUFFERED_IO, DO_DIRECT_IO, neither) has it.
NTSTATUS attach_input(Lease& lease, const WDM_REQUEST& request, ULONG flags);
NTSTATUS attach_output(Lease& lease, const WDM_REQUEST& request, ULONG flags);
// Both of a control whose method is not METHOD_BUFFERED; direct: METHOD_IN_DIRECT or METHOD_OUT_DIRECT.
NTSTATUS attach_two(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location, bool direct);
// The input, as something that the stack location points to; null in `list` when there is none.
NTSTATUS attach_list(Lease& lease, const WDM_REQUEST& request, PVOID& list);
// Room for something that the stack location will point to; null when there is none.
void* reserve_parameter(Lease& lease, SIZE_T length);

}  // namespace pump
