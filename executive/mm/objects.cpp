// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/objects.hpp"

#include "abi/nt/neptune.h"
#include "base/vector.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/slots.hpp"

namespace mm {

namespace {

[[clang::no_destroy]] constinit Vector<CPtr> free_notifications;
// The page that notifications are cut from, and how many it still gives.
constinit PageNumber notification_page;
constinit uint32_t notifications_left;
constinit CPtr asid_pool = seL4_CapInitThreadASIDPool;

// ASIDs are never given back: a root page keeps its own and is reused as it is.
[[clang::no_destroy]] constinit Vector<PageNumber> free_roots;

Result<void> assign_asid(CPtr root) {
    seL4_Error error = seL4_X86_ASIDPool_Assign(asid_pool, root);
    if (error != seL4_DeleteFirst) return error ? Result<void>(fail(ke::from_kernel(error))) : Result<void>();
    PageNumber page = TRY(take_page(PageKind::Pool));
    CPtr pool = TRY(ke::allocate_slot());
    CPtr cspace_root = ke::cspace_root();
    error = seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, page_slot(page, Slot::Untyped), cspace_root,
                                          pool, ke::kDepth);
    if (!error) error = seL4_X86_ASIDPool_Assign(pool, root);
    if (error) return fail(STATUS_INSUFFICIENT_RESOURCES);
    asid_pool = pool;
    return {};
}

}  // namespace

Result<ke::ThreadResources> allocate_thread() {
    if (!may_take(1)) return fail(STATUS_INSUFFICIENT_RESOURCES);
    PageNumber page = TRY(take_page(PageKind::Thread));
    ke::ThreadResources resources;
    resources.page = page;
    resources.tcb = page_slot(page, Slot::Object);
    resources.cspace = page_slot(page, Slot::Alias);
    CPtr untyped = page_slot(page, Slot::Untyped);
    seL4_Error error = cspace().retype_into(untyped, seL4_TCBObject, 0, resources.tcb);
    if (!error)
        error = cspace().retype_into(untyped, seL4_CapTableObject, NEPTUNE_CSPACE_RADIX, resources.cspace);
    Result<CPtr> slot = ke::allocate_slot();
    if (error || !slot) {
        if (slot) ke::free_slot(*slot);
        give_page(page);
        return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    resources.reply_slot = *slot;
    return resources;
}

void free_thread(const ke::ThreadResources& resources) {
    give_page(resources.page);
    // The right to answer a thread ends with its TCB.
    ke::free_slot(resources.reply_slot);
}

Result<PageNumber> take_vspace() {
    if (!free_roots.empty()) {
        PageNumber root = free_roots.back();
        free_roots.pop_back();
        return root;
    }
    if (!may_take(1)) return fail(STATUS_INSUFFICIENT_RESOURCES);
    // Room to give it back is made now, when failing is still possible.
    static uint32_t roots;
    TRY(free_roots.reserve(roots + 1));
    PageNumber root = TRY(take_page(PageKind::Root));
    if (Result<void> assigned = assign_asid(page_slot(root, Slot::Object)); !assigned) {
        give_page(root);
        return assigned.failure();
    }
    ++roots;
    return root;
}

void give_vspace(PageNumber root) {
    MUST(free_roots.push_back(root));
}

}  // namespace mm

namespace ke {

Result<CPtr> allocate_slot() {
    return mm::slot_pointer(TRY(mm::take_slot()));
}

void free_slot(CPtr slot) {
    mm::give_slot(mm::slot_number(slot));
}

Result<CPtr> allocate_endpoint() {
    mm::PageNumber page = TRY(mm::take_page(mm::PageKind::Pool));
    CPtr slot = mm::page_slot(page, mm::Slot::Object);
    seL4_Error error =
        mm::cspace().retype_into(mm::page_slot(page, mm::Slot::Untyped), seL4_EndpointObject, 0, slot);
    if (error) return fail(from_kernel(error));
    return slot;
}

Result<NodeResources> allocate_node(unsigned radix) {
    if (!mm::may_take(1)) return fail(STATUS_INSUFFICIENT_RESOURCES);
    mm::PageNumber page = TRY(mm::take_page(mm::PageKind::Pool));
    CPtr node = mm::page_slot(page, mm::Slot::Object);
    seL4_Error error =
        mm::cspace().retype_into(mm::page_slot(page, mm::Slot::Untyped), seL4_CapTableObject, radix, node);
    if (!error) return NodeResources{node, page};
    mm::give_page(page);
    return fail(from_kernel(error));
}

void free_node(const NodeResources& node) {
    mm::give_page(node.page);
}

Result<CPtr> allocate_notification() {
    if (!mm::free_notifications.empty()) {
        CPtr notification = mm::free_notifications.back();
        mm::free_notifications.pop_back();
        return notification;
    }
    if (mm::notifications_left == 0) {
        mm::notification_page = TRY(mm::take_page(mm::PageKind::Pool));
        mm::notifications_left = mm::kPageSize >> seL4_NotificationBits;
    }
    CPtr slot = TRY(allocate_slot());
    seL4_Error error = mm::cspace().retype_into(mm::page_slot(mm::notification_page, mm::Slot::Untyped),
                                                seL4_NotificationObject, 0, slot);
    if (error) {
        free_slot(slot);
        return fail(from_kernel(error));
    }
    --mm::notifications_left;
    return slot;
}

void free_notification(CPtr notification) {
    seL4_CNode_Revoke(cspace_root(), notification, kDepth);
    // Losing the record only loses 32 bytes.
    (void)mm::free_notifications.push_back(notification);
}

}  // namespace ke
