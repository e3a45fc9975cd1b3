// SPDX-License-Identifier: GPL-3.0-only
//
// The configuration this kernel offers, as programs for seL4 ask for it.
#pragma once

#define CONFIG_ARCH_X86 1
#define CONFIG_ARCH_X86_64 1
#define CONFIG_X86_64 1
#define CONFIG_PLAT_PC99 1
#define CONFIG_WORD_SIZE 64
#define CONFIG_HUGE_PAGE 1
#define CONFIG_IRQ_IOAPIC 1
#define CONFIG_FASTPATH 1
#define CONFIG_MAX_NUM_NODES 1
#define CONFIG_NUM_PRIORITIES 256
#define CONFIG_NUM_DOMAINS 16
#define CONFIG_ROOT_CNODE_SIZE_BITS 13
#define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS 245
#define CONFIG_RETYPE_FAN_OUT_LIMIT 256
#define CONFIG_TIME_SLICE 5
#define CONFIG_TIMER_TICK_MS 2
#define CONFIG_FSGSBASE_INST 1
