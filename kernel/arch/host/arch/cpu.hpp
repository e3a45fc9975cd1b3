// SPDX-License-Identifier: GPL-3.0-only
// Host tests: the instructions that the object code uses, on a machine that is a few arrays.
#pragma once
#include <cstdint>

namespace arch {

using Word = std::uint64_t;

// What the fake machine remembers.
struct HostCpu {
    std::uint8_t ports[65536 + 4] = {};
};
extern HostCpu host_cpu;

template <typename T>
inline T read_ports(std::uint16_t port) {
    T value;
    __builtin_memcpy(&value, &host_cpu.ports[port], sizeof(T));
    return value;
}
template <typename T>
inline void write_ports(std::uint16_t port, T value) {
    __builtin_memcpy(&host_cpu.ports[port], &value, sizeof(T));
}
inline std::uint8_t in8(std::uint16_t port) {
    return read_ports<std::uint8_t>(port);
}
inline std::uint16_t in16(std::uint16_t port) {
    return read_ports<std::uint16_t>(port);
}
inline std::uint32_t in32(std::uint16_t port) {
    return read_ports<std::uint32_t>(port);
}
inline void out8(std::uint16_t port, std::uint8_t value) {
    write_ports(port, value);
}
inline void out16(std::uint16_t port, std::uint16_t value) {
    write_ports(port, value);
}
inline void out32(std::uint16_t port, std::uint32_t value) {
    write_ports(port, value);
}
void invlpg(Word address);
void write_cr3(Word value);
void invalidate_address(Word tag, Word address);
void invalidate_tag(Word tag);

}  // namespace arch
