// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/pump/attach.hpp"

#include "abi/nt/ntstatus.h"
#include "wdm/mm/mdl.hpp"
#include "wdm/pump/data.hpp"

namespace pump {

namespace {

PVOID pointer(ULONG64 address) {
    return reinterpret_cast<PVOID>(address);
}

bool in_ring(ULONG64 address) {
    return address < WDM_INLINE_SIZE;
}

constexpr SIZE_T align(SIZE_T length) {
    return (length + 15) & ~SIZE_T{15};
}

bool reserve_data(Lease& lease, SIZE_T length) {
    lease.data_length = length;
    lease.data = length <= kShortData ? lease.short_data : take_data(length);
    return lease.data != nullptr;
}

// Copies from the ring or from a window, of which nothing need be mapped for that.
NTSTATUS fetch(void* to, const WDM_REQUEST& request, ULONG64 address, SIZE_T length) {
    if (!in_ring(address)) return platform::move_buffer(to, pointer(address), length);
    __builtin_memcpy(to, request.Inline + address, length);
    return STATUS_SUCCESS;
}

// Where the output goes: `buffer` is ours, null where the driver writes to a window.
void output_goes(Lease& lease, const WDM_REQUEST& request, UCHAR* buffer) {
    lease.output = buffer;
    lease.output_length = request.OutputLength;
    lease.window =
        in_ring(request.OutputAddress) ? nullptr : static_cast<UCHAR*>(pointer(request.OutputAddress));
}

// The numbers of a window's pages that came with the request.
const ULONG* page_numbers(const WDM_REQUEST& request) {
    SIZE_T at = in_ring(request.InputAddress) ? align(request.InputLength) : 0;
    return reinterpret_cast<const ULONG*>(request.Inline + at);
}

// `buffer`: a window, or ours.
NTSTATUS attach_mdl(Lease& lease, const WDM_REQUEST& request, void* buffer, ULONG length) {
    if (length == 0) return STATUS_SUCCESS;
    lease.mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);
    if (lease.mdl == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    lease.irp->MdlAddress = lease.mdl;
    mm::mark_mapped(*lease.mdl);
    if (request.PageNumbers != 0)
        mm::number_pages(*lease.mdl, page_numbers(request));
    else
        mm::mark_locked(*lease.mdl);
    return STATUS_SUCCESS;
}

// One buffer, as a device with these flags has it: its SystemBuffer, an MDL, or UserBuffer.
NTSTATUS attach_buffer(Lease& lease, const WDM_REQUEST& request, void* buffer, ULONG length, ULONG flags) {
    if ((flags & DO_BUFFERED_IO) != 0)
        lease.irp->AssociatedIrp.SystemBuffer = buffer;
    else if ((flags & DO_DIRECT_IO) != 0)
        return attach_mdl(lease, request, buffer, length);
    else
        lease.irp->UserBuffer = buffer;
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS attach_buffered(Lease& lease, const WDM_REQUEST& request) {
    ULONG input = request.InputLength, output = request.OutputLength;
    if (input == 0 && output == 0) return STATUS_SUCCESS;
    if (!reserve_data(lease, input > output ? input : output)) return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = STATUS_SUCCESS;
    if (in_ring(request.InputAddress) && lease.data == lease.short_data) [[likely]]
        copy_short(lease.data, request.Inline + request.InputAddress, input);
    else
        status = fetch(lease.data, request, request.InputAddress, input);
    if (output > input) __builtin_memset(lease.data + input, 0, output - input);
    lease.irp->AssociatedIrp.SystemBuffer = lease.data;
    output_goes(lease, request, lease.data);
    return status;
}

NTSTATUS attach_input(Lease& lease, const WDM_REQUEST& request, ULONG flags) {
    ULONG64 address = request.InputAddress;
    ULONG length = request.InputLength;
    if (length == 0) return STATUS_SUCCESS;
    if (in_ring(address) && length <= kShortData) [[likely]] {
        lease.data = lease.short_data;
        copy_short(lease.data, request.Inline + address, length);
        return attach_buffer(lease, request, lease.data, length, flags);
    }
    bool copied = in_ring(address) || (flags & DO_BUFFERED_IO) != 0;
    if (!copied) return attach_buffer(lease, request, pointer(address), length, flags);
    if (!reserve_data(lease, length)) return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = fetch(lease.data, request, address, length);
    return status < 0 ? status : attach_buffer(lease, request, lease.data, length, flags);
}

NTSTATUS attach_output(Lease& lease, const WDM_REQUEST& request, ULONG flags) {
    ULONG64 address = request.OutputAddress;
    ULONG length = request.OutputLength;
    if (length == 0) return STATUS_SUCCESS;
    bool own = in_ring(address) || (flags & DO_BUFFERED_IO) != 0;
    if (own) {
        if (!reserve_data(lease, length)) return STATUS_INSUFFICIENT_RESOURCES;
        __builtin_memset(lease.data, 0, length);
    }
    output_goes(lease, request, lease.data);
    return attach_buffer(lease, request, own ? lease.data : pointer(address), length, flags);
}

void* reserve_parameter(Lease& lease, SIZE_T length) {
    return lease.parameter = platform::allocate(length);
}

NTSTATUS attach_list(Lease& lease, const WDM_REQUEST& request, PVOID& list) {
    list = nullptr;
    if (request.InputLength == 0) return STATUS_SUCCESS;
    list = reserve_parameter(lease, request.InputLength);
    if (list == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    return fetch(list, request, request.InputAddress, request.InputLength);
}

NTSTATUS attach_two(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location, bool direct) {
    ULONG input = request.InputLength, output = request.OutputLength;
    bool copied_input = input != 0 && (direct || in_ring(request.InputAddress));
    bool own_output = output != 0 && in_ring(request.OutputAddress);
    SIZE_T output_at = copied_input ? align(input) : 0;
    SIZE_T length = output_at + (own_output ? output : 0);
    if (length != 0 && !reserve_data(lease, length)) return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = copied_input ? fetch(lease.data, request, request.InputAddress, input) : STATUS_SUCCESS;
    if (status < 0) return status;
    void* out = pointer(request.OutputAddress);
    if (own_output) {
        out = lease.data + output_at;
        __builtin_memcpy(out, request.Inline + request.OutputAddress, output);
    }
    output_goes(lease, request, own_output ? lease.data + output_at : nullptr);
    if (direct) {
        if (input != 0) lease.irp->AssociatedIrp.SystemBuffer = lease.data;
        return attach_mdl(lease, request, out, output);
    }
    location.Parameters.DeviceIoControl.Type3InputBuffer =
        copied_input ? lease.data : pointer(request.InputAddress);
    lease.irp->UserBuffer = out;
    return STATUS_SUCCESS;
}

}  // namespace pump
