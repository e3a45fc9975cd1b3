// SPDX-License-Identifier: GPL-3.0-only
//
// Symbolic links of drivers. A link lasts as long as a handle to it is held here, so the links of a host that
// dies go with it, and a driver that is started again finds its names free.
#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/platform/executive.hpp"
#include "wdm/platform/platform.hpp"
#include "wdm/rtl/string.hpp"

namespace {

struct Link {
    Link* next;
    HANDLE handle;
    UNICODE_STRING name;
};

constinit Link* links = nullptr;
constinit platform::Lock links_lock;

NTSTATUS create(const UNICODE_STRING& name, const UNICODE_STRING& target) {
    void* memory = platform::allocate(sizeof(Link));
    if (memory == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    auto* link = new (memory) Link{};
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    if (rtl::duplicate(name, link->name)) status = platform::create_link(name, target, link->handle);
    if (status < 0) {
        rtl::free(link->name);
        platform::release(link);
        return status;
    }
    platform::Guard guard(links_lock);
    link->next = links;
    links = link;
    return STATUS_SUCCESS;
}

Link* take(const UNICODE_STRING& name) {
    platform::Guard guard(links_lock);
    for (Link** at = &links; *at != nullptr; at = &(*at)->next) {
        Link* link = *at;
        if (!rtl::equal_ignoring_case(link->name, name)) continue;
        *at = link->next;
        return link;
    }
    return nullptr;
}

}  // namespace

extern "C" {

NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING name, PUNICODE_STRING target) {
    return create(*name, *target);
}

NTSTATUS IoCreateUnprotectedSymbolicLink(PUNICODE_STRING name, PUNICODE_STRING target) {
    return create(*name, *target);
}

NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING name) {
    Link* link = take(*name);
    if (link == nullptr) return STATUS_OBJECT_NAME_NOT_FOUND;
    platform::close_handle(link->handle);
    rtl::free(link->name);
    platform::release(link);
    return STATUS_SUCCESS;
}

}  // extern "C"
