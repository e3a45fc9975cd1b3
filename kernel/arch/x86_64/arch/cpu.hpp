// SPDX-License-Identifier: GPL-3.0-only
// Single x86-64 instructions under readable names. Nothing here keeps state.
#pragma once
#include <cstdint>

namespace arch {

using Word = std::uint64_t;

inline std::uint8_t in8(std::uint16_t port) {
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline std::uint16_t in16(std::uint16_t port) {
    std::uint16_t value;
    asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline std::uint32_t in32(std::uint16_t port) {
    std::uint32_t value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline void out8(std::uint16_t port, std::uint8_t value) {
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
inline void out16(std::uint16_t port, std::uint16_t value) {
    asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
inline void out32(std::uint16_t port, std::uint32_t value) {
    asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

inline Word read_msr(std::uint32_t index) {
    std::uint32_t low;
    std::uint32_t high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return (Word{high} << 32) | low;
}
inline void write_msr(std::uint32_t index, Word value) {
    asm volatile("wrmsr"
                 :
                 : "c"(index), "a"(static_cast<std::uint32_t>(value)),
                   "d"(static_cast<std::uint32_t>(value >> 32))
                 : "memory");
}

inline Word read_cr0() {
    Word value;
    asm volatile("movq %%cr0, %0" : "=r"(value));
    return value;
}
inline void write_cr0(Word value) {
    asm volatile("movq %0, %%cr0" : : "r"(value) : "memory");
}
inline Word read_cr2() {
    Word value;
    asm volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}
inline Word read_cr3() {
    Word value;
    asm volatile("movq %%cr3, %0" : "=r"(value));
    return value;
}
template <int number>
inline Word read_debug_register() {
    Word value;
    asm volatile("movq %%db%c1, %0" : "=r"(value) : "i"(number));
    return value;
}
template <int number>
inline void write_debug_register(Word value) {
    asm volatile("movq %0, %%db%c1" : : "r"(value), "i"(number) : "memory");
}
inline void write_cr3(Word value) {
    asm volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}
inline Word read_cr4() {
    Word value;
    asm volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}
inline void write_cr4(Word value) {
    asm volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}
inline void write_xcr0(Word value) {
    asm volatile("xsetbv"
                 :
                 : "c"(0), "a"(static_cast<std::uint32_t>(value)),
                   "d"(static_cast<std::uint32_t>(value >> 32)));
}

inline void invlpg(Word address) {
    asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}
// What is known of one address under one tag; of everything under one tag; of everything, global or not. For
// CPUs with INVPCID.
void invalidate_address(Word tag, Word address);
void invalidate_tag(Word tag);
void invalidate_everything();

struct CpuidResult {
    std::uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    CpuidResult r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

inline Word read_tsc() {
    std::uint32_t low;
    std::uint32_t high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return (Word{high} << 32) | low;
}
inline void pause() {
    asm volatile("pause");
}

inline Word read_fs_base_direct() {
    Word value;
    asm volatile("rdfsbase %0" : "=r"(value));
    return value;
}
inline Word read_gs_base_direct() {
    Word value;
    asm volatile("rdgsbase %0" : "=r"(value));
    return value;
}
inline void write_fs_base_direct(Word value) {
    asm volatile("wrfsbase %0" : : "r"(value));
}
inline void write_gs_base_direct(Word value) {
    asm volatile("wrgsbase %0" : : "r"(value));
}

// Stops for good; the reason has been printed where a console exists.
[[noreturn]] inline void halt_forever() {
    for (;;)
        asm volatile("cli; hlt");
}

}  // namespace arch
