// SPDX-License-Identifier: GPL-3.0-only
//
// The system calls of the host build: functions of the fake kernel in place of the instruction.
#pragma once
#include "abi/sel4/types.h"

#define SEL4_INLINE static inline __attribute__((unused, always_inline))

extern "C" seL4_Word fake_system_call(seL4_Int64 number, seL4_CPtr* capability, seL4_Word info,
                                      seL4_Word* words);

SEL4_INLINE void seL4_RawSend(seL4_Int64 sys, seL4_CPtr dest, seL4_Word info, seL4_Word mr0, seL4_Word mr1,
                              seL4_Word mr2, seL4_Word mr3) {
    seL4_Word words[4] = {mr0, mr1, mr2, mr3};
    fake_system_call(sys, &dest, info, words);
}

SEL4_INLINE seL4_Word seL4_RawCall(seL4_Int64 sys, seL4_CPtr dest, seL4_Word* badge, seL4_Word info,
                                   seL4_Word* mr0, seL4_Word* mr1, seL4_Word* mr2, seL4_Word* mr3) {
    seL4_Word words[4] = {*mr0, *mr1, *mr2, *mr3};
    seL4_Word answer = fake_system_call(sys, &dest, info, words);
    *mr0 = words[0];
    *mr1 = words[1];
    *mr2 = words[2];
    *mr3 = words[3];
    *badge = dest;
    return answer;
}

SEL4_INLINE seL4_Word seL4_RawCallEmpty(seL4_Int64 sys, seL4_CPtr dest, seL4_Word* badge, seL4_Word info) {
    seL4_Word words[4] = {};
    seL4_Word answer = fake_system_call(sys, &dest, info, words);
    *badge = dest;
    return answer;
}
