// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/pinning.hpp"

#include "executive/io/device.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ps/process.hpp"

namespace io {

namespace {

// None of its pages is pinned yet, and all of them count.
Result<Ref<mm::PinnedPages>> begin_pinning(Irp& irp, const IrpBuffer& buffer, ke::Access access) {
    auto& space = static_cast<ps::Process&>(irp.client()).space();
    Ref<mm::PinnedPages> pages = TRY(space.begin_pinning(buffer.address, buffer.length, access));
    pages->set_charge(TRY(ob::PinCharge::take(irp.client(), pages->pages())));
    return pages;
}

// The Executive's own bytes are shown as a copy of them.
Result<bool> copy_buffer(IrpBuffer& buffer, ke::Access access) {
    if (!buffer.pages) buffer.pages = TRY(mm::PinnedPages::with({buffer.data, buffer.length}, access));
    return true;
}

// A slice; true when the buffer is pinned. What may be read only is pinned for writing too if that is
// permitted.
Result<bool> pin_buffer(Irp& irp, IrpBuffer& buffer, ke::Access access, bool may_be_read_only) {
    auto& space = static_cast<ps::Process&>(irp.client()).space();
    if (!buffer.pages) buffer.pages = TRY(begin_pinning(irp, buffer, access));
    Result<void> pinned = space.go_on_pinning(*buffer.pages);
    if (!pinned && pinned.error() == STATUS_ACCESS_VIOLATION && may_be_read_only &&
        buffer.pages->access() == ke::Access::Write) {
        buffer.pages = nullptr;
        buffer.pages = TRY(begin_pinning(irp, buffer, ke::Access::Read));
        return false;
    }
    TRY(pinned);
    return buffer.pages->complete();
}

}  // namespace

Result<bool> pin_some(Irp& irp) {
    if (!irp.reachable()) return fail(STATUS_CANCELLED);
    Device::Windows windows = irp.device().windows(irp);
    struct Side {
        bool wanted;
        IrpBuffer& buffer;
        ke::Access access;
    };
    // A client's memory that may have to be waited for is pinned in any case.
    bool may_wait = irp.client().memory().may_wait();
    auto wanted = [may_wait](bool window, const IrpBuffer& buffer) {
        return window || (may_wait && buffer.place == IrpBuffer::Place::Client && buffer.length > 0);
    };
    Side sides[] = {{wanted(windows.input, irp.input), irp.input, ke::Access::Read},
                    {wanted(windows.output, irp.output), irp.output, ke::Access::Write}};
    for (Side& side : sides) {
        if (!side.wanted || side.buffer.place == IrpBuffer::Place::None) continue;
        if (side.buffer.pages && side.buffer.pages->complete()) continue;
        if (side.buffer.place == IrpBuffer::Place::Executive) {
            TRY(copy_buffer(side.buffer, side.access));
            continue;
        }
        bool may_be_read_only = &side.buffer == &irp.output && output_is_read(irp);
        if (!TRY(pin_buffer(irp, side.buffer, side.access, may_be_read_only))) return false;
    }
    return true;
}

[[clang::coro_wrapper]] Task<NTSTATUS> pin_rest(ke::Thread& thread, Irp& irp) {
    return ke::in_slices(thread, [&irp] { return pin_some(irp); }, ke::FirstSlice::Paced);
}

}  // namespace io
