// SPDX-License-Identifier: GPL-3.0-only
#include "sources.hpp"

namespace edges {
namespace {

void out8(Word ports, Word port, Word value) {
    seL4_X86_IOPort_Out8(ports, port, value);
}

Word in8(Word ports, Word port) {
    return seL4_X86_IOPort_In8(ports, port).result;
}

// Channel 0 in mode 0: the line falls with the count and rises when it has run out, some microseconds later.
class Pit final : public Source {
public:
    const char* name() const override { return "PIT"; }
    Word pin() const override { return 2; }
    bool open() override {
        ports_ = rt::io_ports(0x40, 0x43);
        return true;
    }
    void arm() override {
        constexpr Word kOneShot = 0x30, kCount = 24;
        out8(ports_, 0x43, kOneShot);
        out8(ports_, 0x40, kCount);
        out8(ports_, 0x40, 0);
    }
    bool take() override {
        constexpr Word kReadStatus = 0xe2, kOut = 0x80;
        out8(ports_, 0x43, kReadStatus);
        return (in8(ports_, 0x40) & kOut) != 0;
    }
    void close() override { out8(ports_, 0x43, 0x30); }

private:
    Word ports_ = 0;
};

// The periodic interrupt at 8,192 Hz; register C, once read, lets the line fall.
class Rtc final : public Source {
public:
    const char* name() const override { return "RTC"; }
    Word pin() const override { return 8; }
    bool open() override {
        ports_ = rt::io_ports(0x70, 0x71);
        enabled_ = reg(kB) | kPeriodic;
        set(kA, 0x23);
        set(kB, enabled_);
        return true;
    }
    void arm() override {}
    bool take() override { return (reg(kC) & kPeriodic) != 0; }
    void close() override { set(kB, enabled_ & ~kPeriodic); }

private:
    static constexpr Word kA = 10, kB = 11, kC = 12, kPeriodic = 0x40;
    Word reg(Word number) const {
        out8(ports_, 0x70, number);
        return in8(ports_, 0x71);
    }
    void set(Word number, Word value) const {
        out8(ports_, 0x70, number);
        out8(ports_, 0x71, value);
    }
    Word ports_ = 0;
    Word enabled_ = 0;
};

// Comparator 0, by edge, on a line that no other device has. An edge leaves no trace in the device: it is due
// when the counter has passed the comparator.
class Hpet final : public Source {
public:
    const char* name() const override { return "HPET"; }
    Word pin() const override { return pin_; }
    bool open() override {
        const Word frame = device_frame();
        if (frame == 0) return false;
        base_ = rt::addresses(4096);
        if (rt::map(frame, base_, seL4_ReadWrite, seL4_X86_CacheDisabled) != seL4_NoError) return false;
        const Word routes = reg(kTimer) >> 32;
        if (routes >> 16 == 0) return false;  // its lines are the PIT's and other devices'
        pin_ = static_cast<Word>(63 - __builtin_clzll(routes));
        reg(kConfiguration) = 1;
        reg(kTimer) = 4 | pin_ << 9;
        return true;
    }
    void arm() override {
        due_ = reg(kCounter) + 2000;
        reg(kComparator) = due_;
    }
    bool take() override { return static_cast<std::int64_t>(reg(kCounter) - due_) >= 0; }
    void close() override { reg(kTimer) = 0; }

private:
    static constexpr Word kAddress = 0xfed00000;
    enum Register : Word { kConfiguration = 0x10, kCounter = 0xf0, kTimer = 0x100, kComparator = 0x108 };
    volatile Word& reg(Word offset) const { return *reinterpret_cast<volatile Word*>(base_ + offset); }
    static Word device_frame() {
        const seL4_BootInfo& info = *rt::info;
        for (Word i = 0; i < info.untyped.end - info.untyped.start; ++i) {
            const seL4_UntypedDesc& piece = info.untypedList[i];
            if (!piece.isDevice || piece.paddr != kAddress || piece.sizeBits < 12) continue;
            const Word frame = rt::slot();
            return rt::retype(info.untyped.start + i, seL4_X86_4K, 0, frame) == seL4_NoError ? frame : 0;
        }
        return 0;
    }
    Word base_ = 0;
    Word pin_ = 0;
    Word due_ = 0;
};

// COM2 in loopback: what is sent is received, and the line rises with it.
class Serial final : public Source {
public:
    const char* name() const override { return "serial"; }
    Word pin() const override { return 3; }
    bool open() override {
        ports_ = rt::io_ports(kBase, kBase + 7);
        out8(ports_, kBase + 7, 0x5a);
        if (in8(ports_, kBase + 7) != 0x5a) return false;
        constexpr Word kLoopback = 0x10, kOut2 = 0x08;
        out8(ports_, kBase + 3, 3);
        out8(ports_, kBase + 2, 0);
        out8(ports_, kBase + 4, kLoopback | kOut2);
        out8(ports_, kBase + 1, 1);
        return true;
    }
    void arm() override { out8(ports_, kBase, 'e'); }
    bool take() override {
        bool any = false;
        while ((in8(ports_, kBase + 5) & 1) != 0) {
            in8(ports_, kBase);
            any = true;
        }
        return any;
    }
    void close() override { out8(ports_, kBase + 1, 0); }

private:
    static constexpr Word kBase = 0x2f8;
    Word ports_ = 0;
};

// The keyboard's controller puts a byte into its own output buffer on command.
class Keyboard final : public Source {
public:
    const char* name() const override { return "keyboard"; }
    Word pin() const override { return 1; }
    bool open() override {
        data_ = rt::io_ports(0x60, 0x60);
        command_ = rt::io_ports(0x64, 0x64);
        if (in8(command_, 0x64) == 0xff) return false;
        constexpr Word kWriteConfig = 0x60, kInterrupt = 1;
        send(command_, 0x64, kWriteConfig);
        send(data_, 0x60, kInterrupt);
        take();
        return true;
    }
    void arm() override {
        constexpr Word kWriteOutput = 0xd2;
        send(command_, 0x64, kWriteOutput);
        send(data_, 0x60, 'k');
    }
    bool take() override {
        bool any = false;
        while ((in8(command_, 0x64) & 1) != 0) {
            in8(data_, 0x60);
            any = true;
        }
        return any;
    }
    void close() override {}

private:
    void send(Word ports, Word port, Word value) const {
        while ((in8(command_, 0x64) & 2) != 0) {
        }
        out8(ports, port, value);
    }
    Word data_ = 0;
    Word command_ = 0;
};

constinit Pit pit;
constinit Rtc rtc;
constinit Hpet hpet;
constinit Serial serial;
constinit Keyboard keyboard;

}  // namespace

void find(Source* (&sources)[kSources]) {
    Source* const all[kSources] = {&pit, &rtc, &hpet, &serial, &keyboard};
    for (unsigned i = 0; i < kSources; ++i)
        sources[i] = all[i]->open() ? all[i] : nullptr;
}

}  // namespace edges
