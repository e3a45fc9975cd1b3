// SPDX-License-Identifier: GPL-3.0-only
//
// What a helper thread of the Executive stands on: a TCB, a stack between pages where nothing is mapped, and
// an IPC buffer.
#include "executive/ke/helper_thread.hpp"
#include "executive/mm/pages.hpp"

namespace mm {

namespace {

// Each helper has a range of its own: an empty page, the stack, an empty page, the IPC buffer, the rest
// empty.
constexpr uint64_t kRange = 64 * 1024;
constexpr uint64_t kStackPages = 4;
constexpr uint64_t kStackAt = kPageSize;
constexpr uint64_t kBufferAt = kStackAt + (kStackPages + 1) * kPageSize;
static_assert(kBufferAt + 2 * kPageSize <= kRange);

constinit uint64_t helpers_made;

// STATUS_NO_MEMORY. The page is never given back: helper threads do not end.
Result<FrameNumber> map_fresh(uint64_t address) {
    FrameNumber frame = TRY(allocate_frame());
    TRY(map_own(frame_capability(frame), address, seL4_X86_Default_VMAttributes));
    return frame;
}

Result<CPtr> make_tcb() {
    PageNumber page = TRY(take_page(PageKind::Thread));
    CPtr tcb = page_slot(page, Slot::Object);
    seL4_Error error = cspace().retype_into(page_slot(page, Slot::Untyped), seL4_TCBObject, 0, tcb);
    if (!error) return tcb;
    give_page(page);
    return fail(ke::from_kernel(error));
}

}  // namespace

}  // namespace mm

namespace ke {

Result<HelperResources> allocate_helper() {
    uint64_t base = mm::kHelperBase + mm::helpers_made++ * mm::kRange;
    HelperResources resources;
    for (uint64_t page = 0; page < mm::kStackPages; ++page)
        TRY(mm::map_fresh(base + mm::kStackAt + page * mm::kPageSize));
    resources.stack_top = base + mm::kStackAt + mm::kStackPages * mm::kPageSize;
    mm::FrameNumber frame = TRY(mm::map_fresh(base + mm::kBufferAt));
    resources.buffer = reinterpret_cast<seL4_IPCBuffer*>(base + mm::kBufferAt);
    resources.tcb = TRY(mm::make_tcb());
    seL4_Error error = seL4_TCB_Configure(resources.tcb, mm::cspace().helper_fault_endpoint(), cspace_root(),
                                          mm::cspace().root_guard(), seL4_CapInitThreadVSpace, 0,
                                          base + mm::kBufferAt, mm::frame_capability(frame));
    if (error) return fail(from_kernel(error));
    return resources;
}

}  // namespace ke
