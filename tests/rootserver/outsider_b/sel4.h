// SPDX-License-Identifier: GPL-3.0-only
//
// The seL4 interface (16.0.0, x86-64, non-MCS) as an outsider writes it down from the manual: nothing here is
// shared with the kernel or with the other root servers, so a mistake in a common header cannot hide.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long word;

// System calls.
enum { SYS_CALL = -1, SYS_REPLY_RECV = -2, SYS_SEND = -3, SYS_NB_SEND = -4, SYS_RECV = -5, SYS_REPLY = -6 };
enum { SYS_YIELD = -7, SYS_NB_RECV = -8 };

// Invocations.
enum {
    UNTYPED_RETYPE = 1,
    TCB_READ_REGISTERS,
    TCB_WRITE_REGISTERS,
    TCB_COPY_REGISTERS,
    TCB_CONFIGURE,
    TCB_SET_PRIORITY,
    TCB_SET_MC_PRIORITY,
    TCB_SET_SCHED_PARAMS,
    TCB_SET_IPC_BUFFER,
    TCB_SET_SPACE,
    TCB_SUSPEND,
    TCB_RESUME,
    TCB_BIND_NOTIFICATION,
    TCB_UNBIND_NOTIFICATION,
    TCB_SET_TLS_BASE,
    TCB_SET_FLAGS,
    CNODE_REVOKE,
    CNODE_DELETE,
    CNODE_CANCEL_BADGED_SENDS,
    CNODE_COPY,
    CNODE_MINT,
    CNODE_MOVE,
    CNODE_MUTATE,
    CNODE_ROTATE,
    CNODE_SAVE_CALLER,
    IRQ_CONTROL_GET,
    IRQ_ACK,
    IRQ_SET_NOTIFICATION,
    IRQ_CLEAR,
    DOMAIN_SET,
    DOMAIN_SCHEDULE_CONFIGURE,
    DOMAIN_SCHEDULE_SET_START,
    PDPT_MAP,
    PDPT_UNMAP,
    PD_MAP,
    PD_UNMAP,
    PT_MAP,
    PT_UNMAP,
    PAGE_MAP,
    PAGE_UNMAP,
    PAGE_GET_ADDRESS,
    ASID_MAKE_POOL,
    ASID_ASSIGN,
    IOPORT_ISSUE,
    IOPORT_IN8,
    IOPORT_IN16,
    IOPORT_IN32,
    IOPORT_OUT8,
    IOPORT_OUT16,
    IOPORT_OUT32,
    IRQ_GET_IOAPIC,
    IRQ_GET_MSI
};

enum { NO_ERROR, INVALID_ARGUMENT, INVALID_CAPABILITY, ILLEGAL_OPERATION, RANGE_ERROR, ALIGNMENT_ERROR };
enum { FAILED_LOOKUP = 6, TRUNCATED_MESSAGE, DELETE_FIRST, REVOKE_FIRST, NOT_ENOUGH_MEMORY };

enum { LOOKUP_INVALID_ROOT = 1, LOOKUP_MISSING, LOOKUP_DEPTH, LOOKUP_GUARD };

enum { FAULT_CAP = 1, FAULT_SYSCALL = 2, FAULT_USER = 3, FAULT_VM = 5 };

enum {
    OBJ_UNTYPED,
    OBJ_TCB,
    OBJ_ENDPOINT,
    OBJ_NOTIFICATION,
    OBJ_CNODE,
    OBJ_PDPT,
    OBJ_PML4,
    OBJ_1G,
    OBJ_4K,
    OBJ_2M
};
enum { OBJ_PT = 10, OBJ_PD = 11 };

// The initial thread's capabilities.
enum {
    CAP_NULL,
    CAP_TCB,
    CAP_CNODE,
    CAP_VSPACE,
    CAP_IRQ_CONTROL,
    CAP_ASID_CONTROL,
    CAP_ASID_POOL,
    CAP_IOPORT_CONTROL,
    CAP_IO_SPACE,
    CAP_BOOT_INFO,
    CAP_IPC_BUFFER,
    CAP_DOMAIN,
    CAP_FIRST_DYNAMIC = 16
};

enum {
    RIGHT_WRITE = 1,
    RIGHT_READ = 2,
    RIGHT_GRANT = 4,
    RIGHT_GRANT_REPLY = 8,
    RIGHT_ALL = 15,
    RIGHT_RW = 3
};

// Words of TCB.ReadRegisters.
enum {
    R_RIP,
    R_RSP,
    R_FLAGS,
    R_RAX,
    R_RBX,
    R_RCX,
    R_RDX,
    R_RSI,
    R_RDI,
    R_RBP,
    R_R8,
    R_R9,
    R_R10,
    R_R11,
    R_R12
};
enum { R_R13 = 15, R_R14, R_R15, R_FS, R_GS, R_COUNT };

struct ipc_buffer {
    word tag;
    word msg[120];
    word user_data;
    word caps[3];
    word receive_cnode, receive_index, receive_depth;
};

struct region {
    word start, end;
};

struct untyped {
    word paddr;
    u8 bits, device, padding[6];
};

struct boot_info {
    word extra_len, node, nodes, iopt_levels;
    struct ipc_buffer* ipc;
    struct region empty, shared, image, paging, io_space, extra;
    word cnode_bits, domain;
    struct region untyped;
    struct untyped list[245];
};

// A system call with everything it takes and gives back.
struct message {
    word badge;  // rdi: capability on the way in
    word info;
    word mr[4];
    word rsp;  // what the kernel left there
};

static inline void sel4(word number, struct message* m) {
    register word r10 __asm__("r10") = m->mr[0];
    register word r8 __asm__("r8") = m->mr[1];
    register word r9 __asm__("r9") = m->mr[2];
    register word r15 __asm__("r15") = m->mr[3];
    word rsp;
    __asm__ volatile(
        "movq %%rsp, %%rbx\n\t"
        "syscall\n\t"
        "movq %%rsp, %%rax\n\t"
        "movq %%rbx, %%rsp"
        : "+D"(m->badge), "+S"(m->info), "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r15), "=&a"(rsp)
        : "d"(number)
        : "rbx", "rcx", "r11", "memory");
    m->mr[0] = r10, m->mr[1] = r8, m->mr[2] = r9, m->mr[3] = r15;
    m->rsp = rsp;
}

static inline word info_of(word label, word caps, word length) {
    return label << 12 | caps << 7 | length;
}
static inline word label_of(word info) {
    return info >> 12;
}
static inline word length_of(word info) {
    return info & 127;
}
