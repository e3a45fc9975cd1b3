// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/hardware.hpp"

#include "base/vector.hpp"
#include "executive/hal/machine.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/port_range.hpp"

namespace ke {

namespace {

constexpr uint16_t kSerialPorts = 0x3f8;
constexpr uint16_t kSerialPortsEnd = 0x3ff;
constexpr uint16_t kCursorPorts = 0x3d4;
constexpr uint16_t kCursorPortsEnd = 0x3d5;
constinit CPtr serial_ports;
constinit CPtr cursor_ports;

constexpr unsigned kVectors = 108;
constinit bool vector_used[kVectors];

struct OwnRange {
    uint16_t first;
    uint16_t last;
    CPtr capability;
};
// What hal itself uses, each range a constant of its code. Read before the heap works: a table of fixed size.
constexpr unsigned kPortRanges = 32;
constinit OwnRange port_ranges[kPortRanges] = {};
constinit unsigned port_range_count;

const OwnRange* range_with(uint16_t first, uint16_t last) {
    for (unsigned i = 0; i < port_range_count; ++i)
        if (port_ranges[i].first <= first && port_ranges[i].last >= last) return &port_ranges[i];
    return nullptr;
}

CPtr capability_for(uint16_t first, uint16_t last) {
    if (const OwnRange* range = range_with(first, last)) [[likely]]
        return range->capability;
    if (CPtr shared = PortRange::covering(first, last)) return shared;
    if (port_range_count == kPortRanges) return 0;
    Result<CPtr> capability = issue_ports(first, last);
    if (!capability) return 0;
    port_ranges[port_range_count++] = {first, last, *capability};
    return *capability;
}

CPtr console_ports(uint16_t port) {
    return port >= kSerialPorts ? serial_ports : cursor_ports;
}

CPtr issue_at_boot(uint16_t first, uint16_t last, CPtr slot) {
    seL4_Error error = seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last,
                                                    seL4_CapInitThreadCNode, slot, kDepth);
    return error ? 0 : slot;
}

}  // namespace

void take_console_ports(const seL4_BootInfo& boot_info) {
    CPtr end = boot_info.empty.end;
    serial_ports = issue_at_boot(kSerialPorts, kSerialPortsEnd, end - 1);
    cursor_ports = issue_at_boot(kCursorPorts, kCursorPortsEnd, end - 2);
}

CPtr executive_ports(uint16_t first, uint16_t last) {
    const OwnRange* range = range_with(first, last);
    return range && range->first == first && range->last == last ? range->capability : 0;
}

Result<CPtr> issue_ports(uint16_t first, uint16_t last) {
    CPtr slot = TRY(allocate_slot());
    seL4_Error error =
        seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, cspace_root(), slot, kDepth);
    if (error) {
        free_slot(slot);
        return fail(from_kernel(error));
    }
    return slot;
}

void delete_ports(CPtr capability) {
    seL4_CNode_Revoke(cspace_root(), capability, kDepth);
    seL4_CNode_Delete(cspace_root(), capability, kDepth);
    free_slot(capability);
}

Result<Own<Notification>> Notification::create() {
    CPtr capability = TRY(allocate_notification());
    Own<Notification> notification(new (std::nothrow) Notification(capability));
    if (notification) return notification;
    free_notification(capability);
    return fail(STATUS_INSUFFICIENT_RESOURCES);
}

Notification::~Notification() {
    free_notification(capability_);
    for (unsigned i = 0; i < badged_count_; ++i)
        free_slot(badged_[i]);
}

void Notification::signal() {
    seL4_RawSend(seL4_SysNBSend, capability_, 0, 0, 0, 0, 0);
}

Result<CPtr> Notification::badged(uint64_t bits) {
    if (badged_count_ == 32) return fail(STATUS_INSUFFICIENT_RESOURCES);
    CPtr slot = TRY(allocate_slot());
    seL4_Error error = seL4_CNode_Mint(cspace_root(), slot, kDepth, cspace_root(), capability_, kDepth,
                                       seL4_CapRights_new(0, 0, 1, 1), bits);
    if (error) {
        free_slot(slot);
        return fail(from_kernel(error));
    }
    badged_[badged_count_++] = slot;
    return slot;
}

Result<void> Doorbell::open() {
    if (!capability_) capability_ = TRY(Dispatcher::instance().open_doorbell(*this));
    return {};
}

Doorbell::~Doorbell() {
    if (capability_) Dispatcher::instance().close_doorbell(capability_);
}

Result<Own<Interrupt>> Interrupt::connect(const Route& route, CPtr target) {
    unsigned vector = 0;
    while (vector < kVectors && vector_used[vector])
        ++vector;
    if (vector == kVectors) return fail(STATUS_INSUFFICIENT_RESOURCES);
    CPtr slot = TRY(allocate_slot());
    seL4_Error error =
        seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, cspace_root(), slot, kDepth, route.ioapic, route.pin,
                                  route.level, route.active_low, vector);
    if (error) {
        free_slot(slot);
        return fail(from_kernel(error));
    }
    Own<Interrupt> interrupt(new (std::nothrow) Interrupt(slot, vector));
    if (!interrupt) {
        seL4_CNode_Delete(cspace_root(), slot, kDepth);
        free_slot(slot);
        return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    vector_used[vector] = true;
    if (seL4_IRQHandler_SetNotification(slot, target)) return fail(STATUS_INVALID_PARAMETER);
    seL4_IRQHandler_Ack(slot);
    return interrupt;
}

Interrupt::~Interrupt() {
    seL4_IRQHandler_Clear(capability_);
    // Copies in a driver's threads go too; the line is free only when the last one is gone.
    seL4_CNode_Revoke(cspace_root(), capability_, kDepth);
    seL4_CNode_Delete(cspace_root(), capability_, kDepth);
    free_slot(capability_);
    vector_used[vector_] = false;
}

void Interrupt::acknowledge() {
    seL4_IRQHandler_Ack(capability_);
}

}  // namespace ke

namespace hal {

uint8_t console_in8(uint16_t port) {
    auto reply = seL4_X86_IOPort_In8(ke::console_ports(port), port);
    return reply.error ? 0xff : static_cast<uint8_t>(reply.result);
}

void console_out8(uint16_t port, uint8_t value) {
    seL4_X86_IOPort_Out8(ke::console_ports(port), port, value);
}

uint8_t in8(uint16_t port) {
    ke::CPtr capability = ke::capability_for(port, port);
    if (!capability) return 0xff;
    auto reply = seL4_X86_IOPort_In8(capability, port);
    return reply.error ? 0xff : static_cast<uint8_t>(reply.result);
}

uint16_t in16(uint16_t port) {
    ke::CPtr capability = ke::capability_for(port, static_cast<uint16_t>(port + 1));
    if (!capability) return 0xffff;
    auto reply = seL4_X86_IOPort_In16(capability, port);
    return reply.error ? 0xffff : static_cast<uint16_t>(reply.result);
}

uint32_t in32(uint16_t port) {
    ke::CPtr capability = ke::capability_for(port, static_cast<uint16_t>(port + 3));
    if (!capability) return 0xffffffff;
    auto reply = seL4_X86_IOPort_In32(capability, port);
    return reply.error ? 0xffffffff : static_cast<uint32_t>(reply.result);
}

void out8(uint16_t port, uint8_t value) {
    if (ke::CPtr capability = ke::capability_for(port, port)) seL4_X86_IOPort_Out8(capability, port, value);
}

void out16(uint16_t port, uint16_t value) {
    ke::CPtr capability = ke::capability_for(port, static_cast<uint16_t>(port + 1));
    if (capability) seL4_X86_IOPort_Out16(capability, port, value);
}

void out32(uint16_t port, uint32_t value) {
    ke::CPtr capability = ke::capability_for(port, static_cast<uint16_t>(port + 3));
    if (capability) seL4_X86_IOPort_Out32(capability, port, value);
}

}  // namespace hal
