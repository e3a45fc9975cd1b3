// SPDX-License-Identifier: GPL-3.0-only
//
// The system call instruction itself, and nothing else: a host build puts its own kernel here by naming
// another folder first on the include path.
#pragma once
#include "abi/sel4/types.h"

#define SEL4_INLINE static inline __attribute__((unused, always_inline))

// A system call that sends: nothing comes back.
SEL4_INLINE void seL4_RawSend(seL4_Int64 sys, seL4_CPtr dest, seL4_Word info, seL4_Word mr0, seL4_Word mr1,
                              seL4_Word mr2, seL4_Word mr3) {
    register seL4_Word r10 __asm__("r10") = mr0;
    register seL4_Word r8 __asm__("r8") = mr1;
    register seL4_Word r9 __asm__("r9") = mr2;
    register seL4_Word r15 __asm__("r15") = mr3;
    __asm__ __volatile__("movq %%rsp, %%rbx\n\tsyscall\n\tmovq %%rbx, %%rsp"
                         : "+D"(dest), "+S"(info), "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r15)
                         : "d"(sys)
                         : "rcx", "rbx", "r11", "memory");
}

// A system call that receives: returns the info word, the badge in *badge.
SEL4_INLINE seL4_Word seL4_RawCall(seL4_Int64 sys, seL4_CPtr dest, seL4_Word* badge, seL4_Word info,
                                   seL4_Word* mr0, seL4_Word* mr1, seL4_Word* mr2, seL4_Word* mr3) {
    register seL4_Word r10 __asm__("r10") = *mr0;
    register seL4_Word r8 __asm__("r8") = *mr1;
    register seL4_Word r9 __asm__("r9") = *mr2;
    register seL4_Word r15 __asm__("r15") = *mr3;
    __asm__ __volatile__("movq %%rsp, %%rbx\n\tsyscall\n\tmovq %%rbx, %%rsp"
                         : "+D"(dest), "+S"(info), "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r15)
                         : "d"(sys)
                         : "rcx", "rbx", "r11", "memory");
    *mr0 = r10;
    *mr1 = r8;
    *mr2 = r9;
    *mr3 = r15;
    *badge = dest;
    return info;
}

// The same for messages of no length: MR registers need no value going in, and are lost coming out.
SEL4_INLINE seL4_Word seL4_RawCallEmpty(seL4_Int64 sys, seL4_CPtr dest, seL4_Word* badge, seL4_Word info) {
    __asm__ __volatile__("movq %%rsp, %%rbx\n\tsyscall\n\tmovq %%rbx, %%rsp"
                         : "+D"(dest), "+S"(info)
                         : "d"(sys)
                         : "rcx", "rbx", "r8", "r9", "r10", "r11", "r15", "memory");
    *badge = dest;
    return info;
}
