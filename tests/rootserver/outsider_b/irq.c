// SPDX-License-Identifier: GPL-3.0-only
//
// Interrupts: issuing handlers, and drivers of the PIT, the RTC, the HPET and the serial line.
#include "lib.h"

static word ioapic(word to, word chip, word pin, word level, word polarity, word vector) {
    return invoke(CAP_IRQ_CONTROL, IRQ_GET_IOAPIC, ARGS(to, 64, chip, pin, level, polarity, vector),
                  CAPS(CAP_CNODE));
}

static word msi(word to, word bus, word device, word function, word vector) {
    return invoke(CAP_IRQ_CONTROL, IRQ_GET_MSI, ARGS(to, 64, bus, device, function, 0, vector),
                  CAPS(CAP_CNODE));
}

static void range(word low, word high, int line) {
    check_equal(reply_length, 2, "words of the range error", line);
    check_equal(reply[0], low, "least", line);
    check_equal(reply[1], high, "most", line);
}
#define RANGE(low, high) range(low, high, __LINE__)

static void errors(void) {
    word to = slot(), other = slot(), taken = copy(CAP_TCB);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_CONTROL_GET, ARGS(1, to), CAPS(CAP_CNODE)), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_CONTROL_GET, ARGS(1, to, 64), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_CONTROL_GET, ARGS(1, to, 64), CAPS(CAP_CNODE)), ILLEGAL_OPERATION);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_CONTROL_GET, ARGS(1000, to, 64), CAPS(CAP_CNODE)), ILLEGAL_OPERATION);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_ACK, NONE, NONE), ILLEGAL_OPERATION);
    EQ(invoke(CAP_IRQ_CONTROL, 60, NONE, NONE), ILLEGAL_OPERATION);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_GET_IOAPIC, ARGS(to, 64, 0, 2, 0, 0), CAPS(CAP_CNODE)), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_GET_IOAPIC, ARGS(to, 64, 0, 2, 0, 0, 5), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_GET_MSI, ARGS(to, 64, 0, 2, 0, 0), CAPS(CAP_CNODE)), TRUNCATED_MESSAGE);
    // In order: the vector, whether it is free, the slot, then the pin.
    EQ(ioapic(taken, 9, 99, 9, 9, 108), RANGE_ERROR);
    RANGE(0, 107);
    EQ(msi(taken, 256, 32, 8, -1ul), RANGE_ERROR);
    RANGE(0, 107);
    EQ(ioapic(taken, 9, 99, 9, 9, 107), DELETE_FIRST);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_GET_IOAPIC, ARGS(to, 0, 9, 99, 9, 9, 107), CAPS(CAP_CNODE)), RANGE_ERROR);
    RANGE(1, 64);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_GET_IOAPIC, ARGS(to, 64, 9, 99, 9, 9, 107), CAPS(CAP_TCB)), FAILED_LOOKUP);
    EQ(ioapic(to, 1, 99, 9, 9, 107), RANGE_ERROR);
    RANGE(0, 0);
    EQ(ioapic(to, 0, 24, 9, 9, 107), RANGE_ERROR);
    RANGE(0, 23);
    EQ(ioapic(to, 0, 23, 2, 9, 107), RANGE_ERROR);
    RANGE(0, 1);
    EQ(ioapic(to, 0, 23, 1, 2, 107), RANGE_ERROR);
    RANGE(0, 1);
    EQ(msi(to, 256, 32, 8, 106), RANGE_ERROR);
    RANGE(0, 255);
    EQ(msi(to, 255, 32, 8, 106), RANGE_ERROR);
    RANGE(0, 31);
    EQ(msi(to, 255, 31, 8, 106), RANGE_ERROR);
    RANGE(0, 7);
    EQ(ioapic(to, 0, 23, 1, 1, 107), NO_ERROR);
    EQ(ioapic(other, 0, 22, 1, 1, 107), REVOKE_FIRST);
    EQ(ioapic(taken, 9, 99, 9, 9, 107), REVOKE_FIRST);
    EQ(msi(taken, 256, 0, 0, 107), REVOKE_FIRST);
    EQ(ioapic(other, 0, 23, 0, 0, 106), NO_ERROR);  // one pin under two vectors is the owner's affair
    word third = slot();
    EQ(msi(third, 255, 31, 7, 0), NO_ERROR);
    // A handler of which copies live stays; the last one frees the vector.
    word twin = copy(to);
    EQ(delete_cap(to), NO_ERROR);
    EQ(ioapic(to, 0, 23, 1, 1, 107), REVOKE_FIRST);
    EQ(delete_cap(twin), NO_ERROR);
    EQ(ioapic(to, 0, 23, 1, 1, 107), NO_ERROR);
    // All handlers are children of the control capability.
    EQ(revoke(CAP_IRQ_CONTROL), NO_ERROR);
    for (word i = 0; i < 108; i += 107) {
        EQ(msi(to, 0, 0, 0, i), NO_ERROR);
        EQ(delete_cap(to), NO_ERROR);
    }
    // Every vector once.
    word first = slot();
    for (word i = 0; i < 108; i++) {
        EQ(msi(first + i, 0, 0, 0, i), NO_ERROR);
        slot();
    }
    EQ(revoke(CAP_IRQ_CONTROL), NO_ERROR);
}

static void handler_errors(void) {
    word handler = slot(), n = object(OBJ_NOTIFICATION, 0), ep = object(OBJ_ENDPOINT, 0);
    EQ(ioapic(handler, 0, 20, 0, 0, 9), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, NONE), TRUNCATED_MESSAGE);
    const word bad[] = {ep, 0, CAP_TCB, mint(n, RIGHT_READ, 0)};
    for (int i = 0; i < 4; i++) {
        EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(bad[i])), INVALID_CAPABILITY);
        EQ(reply[0], 0);
    }
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 3))), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(n)), NO_ERROR);  // replaces
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(invoke(handler, IRQ_CLEAR, NONE, NONE), NO_ERROR);
    EQ(invoke(handler, IRQ_CLEAR, NONE, NONE), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(invoke(handler, IRQ_CONTROL_GET, NONE, NONE), ILLEGAL_OPERATION);
    EQ(invoke(handler, 60, NONE, NONE), ILLEGAL_OPERATION);
    EQ(delete_cap(handler), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), INVALID_CAPABILITY);
}

// Devices

static word ports(word first, word last) {
    word to = slot();
    EQ(invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(first, last, to, 64), CAPS(CAP_CNODE)), NO_ERROR);
    return to;
}

static void out8(word cap, word port, word value) {
    EQ(invoke(cap, IOPORT_OUT8, ARGS(port, value), NONE), NO_ERROR);
}

static word in8(word cap, word port) {
    EQ(invoke(cap, IOPORT_IN8, ARGS(port), NONE), NO_ERROR);
    return reply[0];
}

// Waits up to `us` for a signal.
static word wait_signal(word n, word us) {
    word end = tsc() + us * tsc_mhz;
    for (;;) {
        word badge = poll(n);
        if (badge || tsc() > end) {
            return badge;
        }
    }
}

static void pit(void) {
    word cap = ports(0x40, 0x43), handler = slot(), n = object(OBJ_NOTIFICATION, 0);
    EQ(ioapic(handler, 0, 2, 0, 0, 2), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 0x71))), NO_ERROR);
    out8(cap, 0x43, 0x34);  // a pulse each 2 ms
    out8(cap, 0x40, 2386 & 0xff);
    out8(cap, 0x40, 2386 >> 8);
    EQ(wait_signal(n, 1000000), 0x71);  // open from the start
    EQ(wait_signal(n, 10000), 0);
    for (int i = 0; i < 10; i++) {
        EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
        EQ(wait_signal(n, 1000000), 0x71);
        if (i < 3) {
            EQ(wait_signal(n, 10000), 0);  // masked until the Ack
        }
    }
    // Blocking waits: time passes while nobody runs.
    word begin = tsc();
    for (int i = 0; i < 10; i++) {
        EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
        struct message m = {0};
        EQ(recv(n, &m), 0x71);
    }
    CHECK(tsc() - begin > 10000 * tsc_mhz);
    // Cleared: nothing comes. A new notification, with the pin still masked, hears after an Ack.
    EQ(invoke(handler, IRQ_CLEAR, NONE, NONE), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(wait_signal(n, 10000), 0);
    word other = object(OBJ_NOTIFICATION, 0);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(other, RIGHT_WRITE, 0x72))), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(wait_signal(other, 1000000), 0x72);
    // The notification's end clears the handler.
    EQ(revoke(other), NO_ERROR);
    EQ(delete_cap(other), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 0x73))), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(wait_signal(n, 1000000), 0x73);
    // A dead handler masks its pin.
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(delete_cap(handler), NO_ERROR);
    poll(n);
    EQ(wait_signal(n, 10000), 0);
    // Issued again, under another vector.
    EQ(ioapic(handler, 0, 2, 0, 0, 107), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(n)), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    struct message m = {0};
    recv(n, &m);
    EQ(m.badge, 0);  // signalled with badge 0
    out8(cap, 0x43, 0x30);
    out8(cap, 0x40, 0);
}

// A bound driver thread above everything: interrupts preempt whatever runs.
static volatile word ticks;
static word tick_handler, tick_notification;
static void driver(word unused) {
    (void)unused;
    for (;;) {
        struct message ack = {tick_handler, info_of(IRQ_ACK, 0, 0), {0}, 0};
        sel4(SYS_CALL, &ack);
        struct message m = {0};
        recv(tick_notification, &m);
        ticks++;
    }
}

static void driver_thread(void) {
    word cap = ports(0x40, 0x43);
    struct thread* t = thread();
    tick_handler = slot();
    tick_notification = object(OBJ_NOTIFICATION, 0);
    EQ(ioapic(tick_handler, 0, 2, 0, 0, 50), NO_ERROR);
    EQ(invoke(tick_handler, IRQ_SET_NOTIFICATION, NONE, CAPS(tick_notification)), NO_ERROR);
    out8(cap, 0x43, 0x34);
    out8(cap, 0x40, 1193 & 0xff);
    out8(cap, 0x40, 1193 >> 8);
    ticks = 0;
    start(t, driver, 0);
    word begin = tsc();
    while (ticks < 50 && tsc() - begin < 5000000 * tsc_mhz) {
    }
    CHECK(ticks >= 50);
    CHECK(tsc() - begin > 20000 * tsc_mhz);
    out8(cap, 0x43, 0x30);
    out8(cap, 0x40, 0);
}

// The RTC's periodic interrupt, on pin 8; its line stays until register C is read.
static void rtc(void) {
    word cap = ports(0x70, 0x71), handler = slot(), n = object(OBJ_NOTIFICATION, 0);
    EQ(ioapic(handler, 0, 8, 0, 0, 8), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 8))), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    out8(cap, 0x70, 0x0c);
    in8(cap, 0x71);
    out8(cap, 0x70, 0x0b);
    word b = in8(cap, 0x71);
    out8(cap, 0x70, 0x0b);
    out8(cap, 0x71, b | 0x40);
    for (int i = 0; i < 5; i++) {
        EQ(wait_signal(n, 2000000), 8);
        out8(cap, 0x70, 0x0c);
        CHECK(in8(cap, 0x71) & 0x40);
        EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    }
    out8(cap, 0x70, 0x0b);
    out8(cap, 0x71, b & ~0x40ul);
}

// The HPET, mapped uncached; its comparator 0 by level on a pin of the I/O APIC, and by message if it can.
static void hpet(void) {
    word frame = device_frame(0xfed00000, OBJ_4K, 12), pt = object(OBJ_PT, 0), at = 0x600000;
    word n = object(OBJ_NOTIFICATION, 0), handler = slot();
    EQ(map_table(pt, PT_MAP, at, CAP_VSPACE), NO_ERROR);
    EQ(invoke(frame, PAGE_MAP, ARGS(at, RIGHT_RW, 3), CAPS(CAP_VSPACE)), NO_ERROR);
    volatile word* h = (volatile word*)at;
    word period = h[0] >> 32;
    if (period <= 1000000 || period > 100000000) {
        return;  // there is none
    }
    word ms = 1000000000000 / period;
    h[2] = 0;
    h[0xf0 / 8] = 0;
    h[2] = 1;
    word before = h[0xf0 / 8];
    spin_us(1000);
    CHECK(h[0xf0 / 8] > before);
    volatile word* timer = h + 0x100 / 8;
    word routes = timer[0] >> 32;
    CHECK(routes != 0);
    word pin = 31 - (word)__builtin_clz((u32)routes);
    if (pin > 23) {
        return;
    }
    EQ(ioapic(handler, 0, pin, 1, 0, 60), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 0x60))), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    for (int i = 0; i < 5; i++) {
        timer[0] = pin << 9 | 4 | 2;  // interrupts on, by level, once
        timer[1] = h[0xf0 / 8] + ms;
        EQ(wait_signal(n, 2000000), 0x60);
        EQ(wait_signal(n, 5000), 0);  // still asserted, but masked
        EQ(h[0x20 / 8] & 1, 1);
        h[0x20 / 8] = 1;
        EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
        EQ(wait_signal(n, 5000), 0);
    }
    // Acknowledged before the device: it comes again.
    timer[1] = h[0xf0 / 8] + ms;
    EQ(wait_signal(n, 2000000), 0x60);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    EQ(wait_signal(n, 2000000), 0x60);
    h[0x20 / 8] = 1;
    if (timer[0] & 1ul << 15) {
        word message = slot();
        EQ(msi(message, 0, 0, 0, 61), NO_ERROR);
        EQ(invoke(message, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 0x61))), NO_ERROR);
        timer[2] = 0xfee00000ul << 32 | (61 + 48);
        for (int i = 0; i < 5; i++) {  // each one comes, Ack or not
            timer[0] = 1ul << 14 | 4;
            timer[1] = h[0xf0 / 8] + ms;
            EQ(wait_signal(n, 2000000), 0x61);
        }
        EQ(invoke(message, IRQ_ACK, NONE, NONE), NO_ERROR);
        print("# hpet: by message too\n");
    }
    timer[0] = 0;
}

// The transmitter-empty interrupt of the console's line.
static void serial(void) {
    word handler = slot(), n = object(OBJ_NOTIFICATION, 0);
    EQ(ioapic(handler, 0, 4, 0, 0, 4), NO_ERROR);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 4))), NO_ERROR);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    // The console's ports belong to another capability; it is the first dynamic one made by the library.
    word cap = boot->empty.start;
    out8(cap, 0x3fc, 0x0b);
    out8(cap, 0x3f9, 2);
    EQ(wait_signal(n, 2000000), 4);
    EQ(in8(cap, 0x3fa) & 0xf, 2);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    out8(cap, 0x3f8, '\n');
    EQ(wait_signal(n, 2000000), 4);
    out8(cap, 0x3f9, 0);
    in8(cap, 0x3fa);
}

const struct test irq_tests[] = {{"irq/errors", errors}, {"irq/handler-errors", handler_errors},
                                 {"irq/pit", pit},       {"irq/driver-thread", driver_thread},
                                 {"irq/rtc", rtc},       {"irq/hpet", hpet},
                                 {"irq/serial", serial}, {0, 0}};
