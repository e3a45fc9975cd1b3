// SPDX-License-Identifier: GPL-3.0-only
//
// Labels of snippets.S: code whose every instruction address matters.
#pragma once

#include "sel4.h"

extern word store[22];  // what `s_store` saw; [20] is CS
extern volatile word spin_count;
extern int store_bases;  // the processor can read FS and GS bases

extern const char s_spin[], s_ud2[], s_send[], s_send_syscall[], s_send_after[], s_call[], s_call_syscall[];
extern const char s_call_after[], s_recv[], s_recv_syscall[], s_recv_after[], s_yield[], s_yield_syscall[];
extern const char s_yield_after[], s_store[], s_stored[], s_syscall[], s_syscall_after[], s_int9e[],
    s_inta0[];
extern const char s_intfe[], s_intff[], s_intff_after[];
extern const char x_divide[], x_debug[], x_debug_at[], x_debug_at2[], x_int3[], x_int3_at[], x_int3_long[];
extern const char x_int3_long_at[], x_icebp[], x_icebp_at[], x_invalid[], x_fpu[], x_stack[], x_stack_at[];
extern const char x_general[], x_hlt[], x_cli[], x_in[], x_int80[], x_int2e[], x_int20[], x_int0[], x_int1[];
extern const char x_int4[], x_int14[], x_int9d[], x_selector[], x_sysenter[], x_rdmsr[], x_cr3[], x_dr[];
extern const char x_swapgs[], x_wbinvd[], x_xsetbv[], x_avx[], x_lgdt[], x_sysret[], x_iret[], x_jump[],
    x_read[];
extern const char x_write[], x_modify[], x_ret[], x_x87[], x_x87_at[], x_sse[], x_sse_at[], x_bits32[],
    x_lock[];
extern const char x_syscall_df[], x_syscall_df_after[];
