// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/pci.hpp"

#include "executive/hal/machine.hpp"

namespace hal {

namespace {

constexpr uint16_t kAddressPort = 0xcf8;
constexpr uint16_t kDataPort = 0xcfc;
constexpr uint32_t kEnable = 1u << 31;

// The header's words (PCI Local Bus Specification 3.0, 6.1 and 6.2), and those of capabilities.
constexpr uint8_t kCommand = 0x04;  // with the status above it
constexpr uint32_t kIoSpace = 1u << 0;
constexpr uint32_t kMemorySpace = 1u << 1;
constexpr uint32_t kBusMaster = 1u << 2;
constexpr uint32_t kNoInterrupt = 1u << 10;
constexpr uint32_t kCommandMask = 0xffff;  // ones written to the status clear it
constexpr uint32_t kHasCapabilities = 1u << 20;
constexpr uint8_t kHeaderType = 0x0c;  // in bits 16 to 22
constexpr uint8_t kFirstRange = 0x10;
constexpr uint8_t kCapabilities = 0x34;
constexpr uint8_t kInterrupt = 0x3c;

constexpr uint8_t kPowerManagement = 0x01;
constexpr uint8_t kPowerControl = 4;
constexpr uint32_t kPowerState = 3;
constexpr uint32_t kNoSoftReset = 1u << 3;
constexpr uint8_t kMessages = 0x05;
constexpr uint32_t kMessagesEnabled = 1u << 16;
constexpr uint8_t kExpress = 0x10;
constexpr uint8_t kExpressCapabilities = 4;
constexpr uint32_t kExpressCanReset = 1u << 28;
constexpr uint8_t kExpressControl = 8;  // with the status above it
constexpr uint32_t kExpressReset = 1u << 15;
constexpr uint32_t kExpressPending = 1u << 21;
constexpr uint8_t kMessageTable = 0x11;
constexpr uint32_t kMessageTableEnabled = 1u << 31;
constexpr uint8_t kAdvanced = 0x13;               // conventional functions: the first word has the abilities
constexpr uint32_t kAdvancedCanReset = 3u << 24;  // transactions pending, and function level reset
constexpr uint8_t kAdvancedControl = 4;           // with the status above it
constexpr uint32_t kAdvancedReset = 1u << 0;
constexpr uint32_t kAdvancedPending = 1u << 8;

void select(PciFunction at, uint8_t offset) {
    uint32_t place = uint32_t{at.bus} << 16 | uint32_t{at.device} << 11 | uint32_t{at.function} << 8;
    out32(kAddressPort, kEnable | place | (offset & 0xfcu));
}

uint32_t read(PciFunction at, uint8_t offset) {
    select(at, offset);
    return in32(kDataPort);
}

void write(PciFunction at, uint8_t offset, uint32_t value) {
    select(at, offset);
    out32(kDataPort, value);
}

uint32_t command(PciFunction at) {
    return read(at, kCommand) & kCommandMask;
}

// found(kind, offset, first word) for each of its capabilities. The list is the device's to write: it is
// followed for no longer than it can be.
template <typename Found>
void each_capability(PciFunction at, Found found) {
    constexpr unsigned kMost = (256 - 64) / 4;
    if (!(read(at, kCommand) & kHasCapabilities)) return;
    uint32_t next = read(at, kCapabilities) & 0xfc;
    for (unsigned left = kMost; left > 0 && next >= 0x40; --left) {
        uint32_t word = read(at, static_cast<uint8_t>(next));
        if (word == ~0u) return;
        found(static_cast<uint8_t>(word), static_cast<uint8_t>(next), word);
        next = word >> 8 & 0xfc;
    }
}

}  // namespace

bool pci_present(PciFunction function) {
    return (read(function, 0) & 0xffff) != 0xffff;
}

std::optional<PciRange> pci_range(PciFunction function, unsigned number) {
    constexpr uint32_t kPort = 1, kWide = 4;
    bool bridge = (read(function, kHeaderType) >> 16 & 0x7f) != 0;
    if (number >= (bridge ? 2 : kPciRanges)) return {};
    auto place_of = [](unsigned which) { return static_cast<uint8_t>(kFirstRange + 4 * which); };
    auto is_wide = [](uint32_t word) { return !(word & kPort) && (word & 6) == kWide; };
    for (unsigned before = 0; before < number; ++before) {
        if (!is_wide(read(function, place_of(before)))) continue;
        if (++before == number) return {};
    }
    uint8_t place = place_of(number);
    uint32_t low = read(function, place);
    bool port = low & kPort, wide = is_wide(low) && number + 1 < kPciRanges;
    uint32_t flags = port ? 3 : 15;
    uint32_t before = command(function);
    write(function, kCommand, before & ~(kIoSpace | kMemorySpace));
    auto size_bits = [function](uint8_t at) {
        uint32_t old = read(function, at);
        write(function, at, ~0u);
        uint32_t bits = read(function, at);
        write(function, at, old);
        return bits;
    };
    uint64_t bits = size_bits(place) & ~flags;
    uint64_t high = 0;
    if (port) bits |= 0xffff'0000;
    if (wide) {
        auto above = static_cast<uint8_t>(place + 4);
        high = read(function, above);
        bits |= uint64_t{size_bits(above)} << 32;
    } else {
        bits |= ~uint64_t{0} << 32;
    }
    write(function, kCommand, before);
    uint64_t start = high << 32 | (low & ~flags);
    uint64_t length = ~bits + 1;
    if (start == 0 || (!wide && length > UINT32_MAX)) return {};
    return PciRange{port, start, length};
}

std::optional<uint8_t> pci_interrupt_line(PciFunction function) {
    uint32_t word = read(function, kInterrupt);
    bool has_pin = word & 0xff00;
    uint8_t line = word & 0xff;
    if (!has_pin || line > 15) return {};
    return line;
}

void pci_start(PciFunction function) {
    write(function, kCommand, (command(function) | kIoSpace | kMemorySpace | kBusMaster) & ~kNoInterrupt);
}

uint32_t PciStop::step() {
    switch (stage_) {
        case Stage::Begin:
            return begin();
        case Stage::Pending:
            if (pending() && ++looks_ < kResetMilliseconds / kLookMilliseconds) return kLookMilliseconds;
            return reset();
        case Stage::PoweredDown:
            stage_ = Stage::PoweredUp;
            write(function_, static_cast<uint8_t>(power_ + kPowerControl),
                  read(function_, static_cast<uint8_t>(power_ + kPowerControl)) & ~kPowerState);
            return kPowerMilliseconds;
        case Stage::PoweredUp:
        case Stage::Reset:
            return restore();
        case Stage::Done:
            break;
    }
    return 0;
}

uint32_t PciStop::begin() {
    stage_ = Stage::Done;
    if (!pci_present(function_)) return 0;
    write(function_, kCommand, (command(function_) & ~kBusMaster) | kNoInterrupt);
    each_capability(function_, [this](uint8_t kind, uint8_t at, uint32_t word) {
        if (kind == kPowerManagement) power_ = at;
        if (kind == kExpress) express_ = at;
        if (kind == kAdvanced && (word & kAdvancedCanReset) == kAdvancedCanReset) advanced_ = at;
        if (kind == kMessages) write(function_, at, word & ~kMessagesEnabled);
        if (kind == kMessageTable) write(function_, at, word & ~kMessageTableEnabled);
    });
    // Read behind what was written: nothing of it is on its way any more.
    for (unsigned i = 0; i < kHeaderWords; ++i)
        header_[i] = read(function_, static_cast<uint8_t>(4 * i));
    stage_ = Stage::Pending;
    return kLookMilliseconds;
}

bool PciStop::pending() const {
    if (express_) return read(function_, static_cast<uint8_t>(express_ + kExpressControl)) & kExpressPending;
    if (advanced_)
        return read(function_, static_cast<uint8_t>(advanced_ + kAdvancedControl)) & kAdvancedPending;
    return false;
}

uint32_t PciStop::reset() {
    auto place = [](uint8_t capability, uint8_t offset) { return static_cast<uint8_t>(capability + offset); };
    stage_ = Stage::Reset;
    if (express_ && (read(function_, place(express_, kExpressCapabilities)) & kExpressCanReset)) {
        uint8_t at = place(express_, kExpressControl);
        write(function_, at, (read(function_, at) & 0xffff) | kExpressReset);
        return kResetMilliseconds;
    }
    if (advanced_) {
        write(function_, place(advanced_, kAdvancedControl), kAdvancedReset);
        return kResetMilliseconds;
    }
    uint32_t power = power_ ? read(function_, place(power_, kPowerControl)) : kNoSoftReset;
    if (power & kNoSoftReset) {
        stage_ = Stage::Done;
        return kGraceMilliseconds;
    }
    stage_ = Stage::PoweredDown;
    write(function_, place(power_, kPowerControl), power | kPowerState);
    return kPowerMilliseconds;
}

// What a reset loses, but for its leave to do anything.
uint32_t PciStop::restore() {
    constexpr uint8_t kCacheLine = kHeaderType;
    stage_ = Stage::Done;
    for (unsigned i = 0; i < kHeaderWords; ++i) {
        auto offset = static_cast<uint8_t>(4 * i);
        bool range = offset >= kFirstRange && offset < kFirstRange + 4 * kPciRanges;
        if (range || offset == kCacheLine || offset == kInterrupt) write(function_, offset, header_[i]);
    }
    write(function_, kCommand, kNoInterrupt);
    return 0;
}

}  // namespace hal
