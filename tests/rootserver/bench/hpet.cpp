// SPDX-License-Identifier: GPL-3.0-only
#include "hpet.hpp"

namespace bench {
namespace {

constexpr Word kAddress = 0xfed00000;

// A frame of the HPET's page, from the device untyped that begins there.
Word device_frame() {
    const seL4_BootInfo& info = *rt::info;
    for (Word i = 0; i < info.untyped.end - info.untyped.start; ++i) {
        const seL4_UntypedDesc& piece = info.untypedList[i];
        if (!piece.isDevice || piece.paddr != kAddress || piece.sizeBits < 12) continue;
        const Word frame = rt::slot();
        return rt::retype(info.untyped.start + i, seL4_X86_4K, 0, frame) == seL4_NoError ? frame : 0;
    }
    return 0;
}

// The PIT shares the HPET's pin; in this mode it waits for a count that never comes.
void silence_pit() {
    const Word ports = rt::io_ports(0x40, 0x43);
    seL4_X86_IOPort_Out8(ports, 0x43, 0x30);
}

}  // namespace

bool Alarm::map() {
    const Word frame = device_frame();
    if (frame == 0) return false;
    base_ = rt::addresses(4096);
    if (rt::map(frame, base_, seL4_ReadWrite, seL4_X86_CacheDisabled) != seL4_NoError) return false;
    constexpr Word kFemtosecondsPerNanosecond = 1'000'000;
    nanoseconds_per_count_ = (reg(kCapabilities) >> 32) / kFemtosecondsPerNanosecond;
    return nanoseconds_per_count_ != 0;
}

bool Alarm::connect() {
    constexpr Word kVector = 60;
    const Word routes = reg(kTimer) >> 32;
    if (routes == 0) return false;
    const auto pin = static_cast<Word>(__builtin_ctzll(routes));
    handler_ = rt::slot();
    notification_ = rt::object(seL4_NotificationObject);
    if (seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, handler_, 64, 0, pin, 0, 0,
                                  kVector) != seL4_NoError) {
        return false;
    }
    seL4_IRQHandler_SetNotification(handler_, notification_);
    constexpr Word kEnabled = 1 << 2;
    reg(kTimer) = kEnabled | (pin << 9);
    return true;
}

bool Alarm::open() {
    if (!map()) return false;
    silence_pit();
    reg(kConfiguration) = 1;
    return connect();
}

Word Alarm::late(Word delay) {
    const Word due = reg(kCounter) + delay / nanoseconds_per_count_;
    reg(kComparator) = due;
    // An interrupt left over from the alarm before may come early.
    do {
        seL4_IRQHandler_Ack(handler_);
        seL4_Wait(notification_, nullptr);
    } while (static_cast<std::int64_t>(reg(kCounter) - due) < 0);
    return (reg(kCounter) - due) * nanoseconds_per_count_;
}

}  // namespace bench
