// SPDX-License-Identifier: GPL-3.0-only
//
// Mapping into the Executive's own address space, with paging objects on demand. They are never taken away
// again.
#include "executive/mm/execute_disable.hpp"
#include "executive/mm/pages.hpp"

namespace mm {

namespace {

// Provides the missing level that a failed map named (21: page table, 30: directory, 39: pointer table).
Result<void> add_level(uint64_t address, seL4_Word bits_left) {
    constexpr CPtr kOwnSpace = seL4_CapInitThreadVSpace;
    PageKind kind = bits_left == 39   ? PageKind::Pointer
                    : bits_left == 30 ? PageKind::Directory
                                      : PageKind::PageTable;
    PageNumber page = TRY(take_page(kind));
    CPtr object = page_slot(page, Slot::Object);
    seL4_Error error;
    switch (kind) {
        case PageKind::Pointer:
            error = seL4_X86_PDPT_Map(object, kOwnSpace, address, seL4_X86_Default_VMAttributes);
            break;
        case PageKind::Directory:
            error = seL4_X86_PageDirectory_Map(object, kOwnSpace, address, seL4_X86_Default_VMAttributes);
            break;
        default:
            error = seL4_X86_PageTable_Map(object, kOwnSpace, address, seL4_X86_Default_VMAttributes);
    }
    if (!error) return {};
    give_page(page);
    return fail(ke::from_kernel(error));
}

}  // namespace

Result<void> map_own(CPtr frame, uint64_t address, seL4_Word attributes) {
    for (int missing = 0; missing <= 3; ++missing) {
        seL4_Error error = seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_ReadWrite,
                                             data_attributes(attributes));
        if (!error) return {};
        if (error != seL4_FailedLookup) return fail(ke::from_kernel(error));
        TRY(add_level(address, seL4_GetMR(2)));
    }
    return fail(STATUS_UNSUCCESSFUL);
}

}  // namespace mm
