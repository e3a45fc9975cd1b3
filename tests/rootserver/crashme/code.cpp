// SPDX-License-Identifier: GPL-3.0-only
#include "code.hpp"

namespace crashme {
namespace {

struct Instruction {
    unsigned char length;
    unsigned char bytes[5];
};

// Operands that follow are whatever comes.
constexpr Instruction kDelicate[] = {
    {2, {0x0f, 0x05}},                    // syscall
    {2, {0x0f, 0x34}},                    // sysenter
    {2, {0x0f, 0x07}},                    // sysret
    {3, {0x48, 0x0f, 0x35}},              // sysexit
    {1, {0xcd}},                          // int n
    {1, {0xcc}},                          // int3
    {1, {0xf1}},                          // int1
    {2, {0x48, 0xcf}},                    // iretq
    {1, {0xcf}},                          // iretd
    {1, {0xcb}},                          // far return
    {2, {0x48, 0xcb}},                    // far return, 64 bits
    {2, {0xff, 0x2c}},                    // far jump
    {1, {0x9d}},                          // popf
    {1, {0x9c}},                          // pushf
    {2, {0x8e, 0xd0}},                    // mov ss, ax
    {2, {0x8e, 0xd8}},                    // mov ds, ax
    {2, {0x8e, 0xe0}},                    // mov fs, ax
    {2, {0x8e, 0xe8}},                    // mov gs, ax
    {2, {0x0f, 0xa1}},                    // pop fs
    {3, {0x0f, 0x01, 0xf8}},              // swapgs
    {3, {0x0f, 0x01, 0xd1}},              // xsetbv
    {3, {0x0f, 0x01, 0xd0}},              // xgetbv
    {3, {0x0f, 0x01, 0xcb}},              // stac
    {2, {0x0f, 0x01}},                    // lgdt and its kin
    {2, {0x0f, 0x00}},                    // ltr and its kin
    {1, {0xfa}},                          // cli
    {1, {0xfb}},                          // sti
    {1, {0xf4}},                          // hlt
    {1, {0xfd}},                          // std
    {1, {0xec}},                          // in
    {1, {0xee}},                          // out
    {2, {0x0f, 0x30}},                    // wrmsr
    {2, {0x0f, 0x32}},                    // rdmsr
    {2, {0x0f, 0x31}},                    // rdtsc
    {2, {0x0f, 0x33}},                    // rdpmc
    {2, {0x0f, 0x20}},                    // mov from control register
    {2, {0x0f, 0x22}},                    // mov to control register
    {2, {0x0f, 0x23}},                    // mov to debug register
    {4, {0xf3, 0x48, 0x0f, 0xae}},        // rd/wr fs/gs base
    {2, {0x0f, 0xae}},                    // fxsave, xrstor, clflush
    {3, {0x48, 0x0f, 0xae}},              //
    {2, {0x0f, 0xc7}},                    // xsaves, rdrand
    {2, {0x0f, 0x09}},                    // wbinvd
    {2, {0xdb, 0xe3}},                    // fninit
    {2, {0x0f, 0x77}},                    // emms
    {2, {0xd9, 0xc0}},                    // fld
    {3, {0xc5, 0xfc, 0x77}},              // vzeroall
    {2, {0x0f, 0x0b}},                    // ud2
    {1, {0xf0}},                          // lock
    {1, {0x65}},                          // gs:
    {2, {0xeb, 0xfe}},                    // jump to itself
    {5, {0x48, 0xc7, 0xc2, 0xff, 0xff}},  // mov rdx, -...
};
constexpr Word kCount = sizeof kDelicate / sizeof kDelicate[0];

}  // namespace

void write_code(Random& random, unsigned char* code, Word size) {
    const Word share = random.below(8);
    for (Word at = 0; at < size;) {
        if (random.below(8) < share) {
            const Instruction& chosen = kDelicate[random.below(kCount)];
            for (Word i = 0; i < chosen.length && at < size; ++i)
                code[at++] = chosen.bytes[i];
        } else {
            code[at++] = static_cast<unsigned char>(random.next());
        }
    }
}

}  // namespace crashme
