// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

void check_ports() {
    const Word target = rt::slot();
    const auto issue = [&](Word first, Word last) {
        return invoke(seL4_CapIOPortControl, seL4_Label_IOPortControl_Issue, {first, last, target, 64},
                      {kRoot});
    };
    expect_error("ports: three words",
                 invoke(seL4_CapIOPortControl, seL4_Label_IOPortControl_Issue, {1, 2, 3}, {kRoot}),
                 seL4_TruncatedMessage);
    expect_error("ports: no root",
                 invoke(seL4_CapIOPortControl, seL4_Label_IOPortControl_Issue, {1, 2, 3, 64}),
                 seL4_TruncatedMessage);
    expect_error("ports: last before first", issue(0x81, 0x80), seL4_InvalidArgument, {1});
    expect_success("ports: issue", issue(0x80, 0x83));
    expect_error(
        "ports: overlap",
        invoke(seL4_CapIOPortControl, seL4_Label_IOPortControl_Issue, {0x83, 0x84, rt::slot(), 64}, {kRoot}),
        seL4_RevokeFirst);
    expect_error("ports: slot in use", issue(0x90, 0x90), seL4_DeleteFirst);
    const Answer in = invoke(target, seL4_Label_IOPort_In8, {0x80});
    expect("ports: in8", in.label == 0 && in.length == 1);
    expect_success("ports: out8", invoke(target, seL4_Label_IOPort_Out8, {0x83, 0}));
    expect_success("ports: in32", invoke(target, seL4_Label_IOPort_In32, {0x80}));
    expect_error("ports: out of range", invoke(target, seL4_Label_IOPort_In8, {0x84}), seL4_IllegalOperation);
    expect_error("ports: straddling the end", invoke(target, seL4_Label_IOPort_In16, {0x83}),
                 seL4_IllegalOperation);
    expect_error("ports: no port", invoke(target, seL4_Label_IOPort_In8, {}), seL4_TruncatedMessage);
    expect_error("ports: no data", invoke(target, seL4_Label_IOPort_Out8, {0x80}), seL4_TruncatedMessage);
    rt::remove(target);
    expect_success("ports: deletion frees the range", issue(0x80, 0x83));
    rt::remove(target);
}

constexpr Word kPitPin = 2;
constexpr Word kVector = 20;

Answer get_ioapic(Word target, Word ioapic, Word pin, Word level, Word polarity, Word vector) {
    return invoke(seL4_CapIRQControl, seL4_Label_IRQControl_GetIOAPIC,
                  {target, 64, ioapic, pin, level, polarity, vector}, {kRoot});
}

void check_irq_arguments() {
    const Word target = rt::slot();
    expect_error("irq: the old call",
                 invoke(seL4_CapIRQControl, seL4_Label_IRQControl_Get, {1, target, 64}, {kRoot}),
                 seL4_IllegalOperation);
    expect_error(
        "irq: six words",
        invoke(seL4_CapIRQControl, seL4_Label_IRQControl_GetIOAPIC, {target, 64, 0, 2, 0, 0}, {kRoot}),
        seL4_TruncatedMessage);
    expect_error("irq: vector 108", get_ioapic(target, 0, kPitPin, 0, 0, 108), seL4_RangeError, {0, 107});
    // One IOAPIC is served, whatever the machine has.
    expect_error("irq: ioapic 1", get_ioapic(target, 1, kPitPin, 0, 0, kVector), seL4_RangeError, {0, 0});
    expect_error("irq: ioapic 2^32", get_ioapic(target, Word{1} << 32, kPitPin, 0, 0, kVector),
                 seL4_RangeError, {0, 0});
    const Answer pins = get_ioapic(target, 0, 200, 0, 0, kVector);
    expect_error_begins("irq: pin 200", pins, seL4_RangeError, {0});
    const Word last_pin = pins.mr[1];
    expect_error("irq: one pin too many", get_ioapic(target, 0, last_pin + 1, 0, 0, kVector), seL4_RangeError,
                 {0, last_pin});
    expect_error("irq: pin 2^32", get_ioapic(target, 0, Word{1} << 32, 0, 0, kVector), seL4_RangeError,
                 {0, last_pin});
    expect_success("irq: the last pin", get_ioapic(target, 0, last_pin, 0, 0, kVector));
    rt::remove(target);
    expect_error("irq: level 2", get_ioapic(target, 0, kPitPin, 2, 0, kVector), seL4_RangeError, {0, 1});
    expect_error("irq: polarity 2", get_ioapic(target, 0, kPitPin, 0, 2, kVector), seL4_RangeError, {0, 1});
    const auto msi = [&](Word bus, Word device, Word function, Word vector) {
        return invoke(seL4_CapIRQControl, seL4_Label_IRQControl_GetMSI,
                      {target, 64, bus, device, function, 0, vector}, {kRoot});
    };
    expect_error("msi: bus", msi(256, 0, 0, 30), seL4_RangeError, {0, 255});
    expect_error("msi: device", msi(0, 32, 0, 30), seL4_RangeError, {0, 31});
    expect_error("msi: function", msi(0, 0, 8, 30), seL4_RangeError, {0, 7});
    expect_success("msi", msi(0, 0, 0, 30));
    const Word second = rt::slot();
    expect_error(
        "irq: vector in use",
        invoke(seL4_CapIRQControl, seL4_Label_IRQControl_GetMSI, {second, 64, 0, 0, 0, 0, 30}, {kRoot}),
        seL4_RevokeFirst);
    expect_success("msi: ack", invoke(target, seL4_Label_IRQHandler_Ack, {}));
    rt::remove(target);
    expect_success("irq: deletion frees the vector", msi(0, 0, 0, 30));
    rt::remove(target);
}

constexpr Word kPitData = 0x40;
constexpr Word kPitCommand = 0x43;

// One interrupt in about a millisecond.
void start_pit(Word ports) {
    constexpr Word kOneShot = 0x30;
    constexpr Word kCount = 1193;
    seL4_X86_IOPort_Out8(ports, kPitCommand, kOneShot);
    seL4_X86_IOPort_Out8(ports, kPitData, kCount & 0xff);
    seL4_X86_IOPort_Out8(ports, kPitData, kCount >> 8);
}

// In this mode it waits for a count before it does anything.
void silence_pit(Word ports) {
    seL4_X86_IOPort_Out8(ports, kPitCommand, 0x30);
}

// How long to wait for what must not come, and for what must: a busy host may keep an emulated timer waiting.
constexpr Word kAWhile = 500'000'000;
constexpr Word kLong = 30 * kAWhile;

bool arrives(Word notification, Word patience) {
    const Word start = __builtin_ia32_rdtsc();
    Word badge = 0;
    while (badge == 0 && __builtin_ia32_rdtsc() - start < patience)
        seL4_Poll(notification, &badge);
    return badge == 0x40;
}

void check_irq_delivery() {
    const Word handler = rt::slot();
    const Word notification = rt::object(seL4_NotificationObject);
    const Word badged = rt::mint(notification, seL4_AllRights, 0x40);
    const Word read_only = rt::mint(notification, seL4_CanRead, 1);
    const Word ports = rt::io_ports(0x40, 0x43);
    silence_pit(ports);
    expect_success("irq: the PIT's pin", get_ioapic(handler, 0, kPitPin, 0, 0, kVector));
    expect_error("irq: no notification", invoke(handler, seL4_Label_IRQHandler_SetNotification, {}),
                 seL4_TruncatedMessage);
    expect_error("irq: notification without Write",
                 invoke(handler, seL4_Label_IRQHandler_SetNotification, {}, {read_only}),
                 seL4_InvalidCapability, {0});
    expect_success("irq: set notification",
                   invoke(handler, seL4_Label_IRQHandler_SetNotification, {}, {badged}));
    // The firmware's last period may still end, once.
    seL4_IRQHandler_Ack(handler);
    arrives(notification, kAWhile);
    seL4_IRQHandler_Ack(handler);
    start_pit(ports);
    expect("irq: arrives with the badge", arrives(notification, kLong));
    start_pit(ports);
    expect("irq: masked until acknowledged", !arrives(notification, kAWhile));
    seL4_IRQHandler_Ack(handler);
    start_pit(ports);
    expect("irq: arrives again", arrives(notification, kLong));
    expect_success("irq: clear", invoke(handler, seL4_Label_IRQHandler_Clear, {}));
    seL4_IRQHandler_Ack(handler);
    start_pit(ports);
    expect("irq: not after clear", !arrives(notification, kAWhile));
    rt::remove(handler);
    rt::remove(ports);
}

}  // namespace

void device_suite() {
    check_ports();
    check_irq_arguments();
    check_irq_delivery();
}

}  // namespace conformance
