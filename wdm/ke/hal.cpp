// SPDX-License-Identifier: GPL-3.0-only
//
// What drivers import from HAL.dll beyond clocks: the speaker, interrupt vectors, bus addresses.
#include "wdm/ke/hal.hpp"

#include "wdm/ke/interrupt.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/ports.hpp"

namespace ke {
namespace {

constexpr ULONG kTimerClock = 1'193'182;  // Hz, input of the 8254
constexpr USHORT kTimerChannel2 = 0x42;
constexpr USHORT kTimerControl = 0x43;
constexpr USHORT kSpeakerControl = 0x61;
constexpr UCHAR kChannel2SquareWave = 0xb6;  // low byte then high byte, mode 3, binary
constexpr ULONG kGateAndData = 0x03;

constexpr USHORT kPciAddress = 0xcf8;
constexpr USHORT kPciData = 0xcfc;
constexpr ULONG kPciEnable = 0x80000000;
constexpr ULONG kPciConfiguration = 4;  // BUS_DATA_TYPE
constexpr ULONG kPciSpace = 256;

bool switch_speaker(bool on) {
    ULONG control;
    if (!read_port(kSpeakerControl, 1, control)) return false;
    return write_port(kSpeakerControl, 1, on ? control | kGateAndData : control & ~kGateAndData);
}

ULONG pci_address(ULONG bus, ULONG slot, ULONG offset) {
    ULONG device = slot & 31, function = (slot >> 5) & 7;
    return kPciEnable | (bus & 255) << 16 | device << 11 | function << 8 | (offset & 0xfc);
}

// One byte at a time: configuration data is small and rarely read.
bool pci_byte(ULONG bus, ULONG slot, ULONG offset, bool write, UCHAR& value) {
    AtIrql exclusive(HIGH_LEVEL);
    if (!write_port(kPciAddress, 4, pci_address(bus, slot, offset))) return false;
    auto port = static_cast<USHORT>(kPciData + (offset & 3));
    if (write) return write_port(port, 1, value);
    ULONG read = 0;
    if (!read_port(port, 1, read)) return false;
    value = static_cast<UCHAR>(read);
    return true;
}

ULONG pci_transfer(const BusData& request, bool write) {
    if (request.type != kPciConfiguration || request.offset >= kPciSpace) return 0;
    ULONG room = kPciSpace - request.offset;
    ULONG length = request.length < room ? request.length : room;
    auto* bytes = static_cast<UCHAR*>(request.buffer);
    for (ULONG i = 0; i < length; i++)
        if (!pci_byte(request.bus, request.slot, request.offset + i, write, bytes[i])) return i;
    return length;
}

}  // namespace
}  // namespace ke

extern "C" {

BOOLEAN HalMakeBeep(ULONG frequency) {
    ke::AtIrql exclusive(HIGH_LEVEL);
    if (!ke::switch_speaker(false)) return FALSE;
    if (frequency == 0) return TRUE;
    ULONG divisor = ke::kTimerClock / frequency;
    if (divisor == 0 || divisor > 0xffff) return FALSE;
    return ke::write_port(ke::kTimerControl, 1, ke::kChannel2SquareWave) &&
           ke::write_port(ke::kTimerChannel2, 1, divisor & 0xff) &&
           ke::write_port(ke::kTimerChannel2, 1, divisor >> 8) && ke::switch_speaker(true);
}

ULONG HalGetInterruptVector(ULONG, ULONG, ULONG level, ULONG, PUCHAR irql, KAFFINITY* affinity) {
    *irql = ke::device_irql(level);
    *affinity = 1;
    return level;
}

BOOLEAN HalTranslateBusAddress(ULONG, ULONG, LARGE_INTEGER address, PULONG, PLARGE_INTEGER translated) {
    *translated = address;
    return TRUE;
}

ULONG HalGetBusDataByOffset(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length) {
    return ke::pci_transfer({type, bus, slot, buffer, offset, length}, false);
}

ULONG HalGetBusData(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG length) {
    return ke::pci_transfer({type, bus, slot, buffer, 0, length}, false);
}

ULONG HalSetBusDataByOffset(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length) {
    return ke::pci_transfer({type, bus, slot, buffer, offset, length}, true);
}

ULONG HalSetBusData(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG length) {
    return ke::pci_transfer({type, bus, slot, buffer, 0, length}, true);
}

VOID KeFlushWriteBuffer(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

}  // extern "C"
