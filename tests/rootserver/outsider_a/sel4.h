// SPDX-License-Identifier: GPL-3.0-only
// The seL4 16.0.0 x86-64 ABI (no MCS, one CPU, huge pages) as somebody outside this project writes it down:
// numbers, not libsel4's names. Shared with nothing in the tree, so that a wrong number there shows here.
#pragma once

typedef unsigned long W;

enum syscall_number {
    SYS_CALL = -1,
    SYS_REPLY_RECV = -2,
    SYS_SEND = -3,
    SYS_NBSEND = -4,
    SYS_RECV = -5,
    SYS_REPLY = -6,
    SYS_YIELD = -7,
    SYS_NBRECV = -8,
};

enum error {
    E_OK,
    E_ARG,
    E_CAP,
    E_ILLEGAL,
    E_RANGE,
    E_ALIGN,
    E_LOOKUP,
    E_TRUNCATED,
    E_DELETE,
    E_REVOKE,
    E_MEMORY,
};

enum lookup_failure { L_NONE, L_ROOT, L_MISSING, L_DEPTH, L_GUARD };

enum object {
    O_UNTYPED,
    O_TCB,
    O_EP,
    O_NTFN,
    O_CNODE,
    O_PDPT,
    O_PML4,
    O_1G,
    O_4K,
    O_2M,
    O_PT,
    O_PD,
    O_COUNT,
};

enum label {
    RETYPE = 1,
    READ_REGS,
    WRITE_REGS,
    COPY_REGS,
    CONFIGURE,
    SET_PRIORITY,
    SET_MCP,
    SET_SCHED,
    SET_BUFFER,
    SET_SPACE,
    SUSPEND,
    RESUME,
    BIND,
    UNBIND,
    SET_TLS,
    SET_FLAGS,
    REVOKE,
    DELETE,
    CANCEL_BADGED,
    COPY,
    MINT,
    MOVE,
    MUTATE,
    ROTATE,
    SAVE_CALLER,
    IRQ_GET,
    IRQ_ACK,
    IRQ_SET,
    IRQ_CLEAR,
    DOMAIN_SET,
    DOMAIN_CONFIGURE,
    DOMAIN_START,
    PDPT_MAP,
    PDPT_UNMAP,
    PD_MAP,
    PD_UNMAP,
    PT_MAP,
    PT_UNMAP,
    PAGE_MAP,
    PAGE_UNMAP,
    PAGE_ADDRESS,
    MAKE_POOL,
    ASSIGN,
    IOPORT_ISSUE,
    IN8,
    IN16,
    IN32,
    OUT8,
    OUT16,
    OUT32,
    IRQ_IOAPIC,
    IRQ_MSI,
    LABELS,
};

enum right { R_WRITE = 1, R_READ = 2, R_GRANT = 4, R_GRANT_REPLY = 8, R_ALL = 15 };

enum initial_slot {
    C_TCB = 1,
    C_CNODE,
    C_VSPACE,
    C_IRQ,
    C_ASID_CONTROL,
    C_ASID_POOL,
    C_IOPORT,
    C_IOSPACE,
    C_BOOT_INFO,
    C_BUFFER,
    C_DOMAIN,
};

struct region {
    W start, end;
};

struct untyped {
    W address;
    unsigned char bits, device, pad[6];
};

struct boot_info {
    W extra_bytes, node, nodes, iopt_levels;
    struct buffer* buffer;
    struct region empty, shared, image, paging, io_space, extra;
    W cnode_bits, domain;
    struct region untyped;
    struct untyped list[230];
};

struct buffer {
    W tag, msg[120], user, caps[3], recv_root, recv_index, recv_depth;
};

_Static_assert(sizeof(struct buffer) == 1024, "the IPC buffer");
_Static_assert(__builtin_offsetof(struct boot_info, list) == 168, "the boot information");

// Message info word.
#define INFO(label, unwrapped, caps, length) \
    ((W)(label) << 12 | (W)(unwrapped) << 9 | (W)(caps) << 7 | (W)(length))
#define LABEL(info) ((info) >> 12)
#define UNWRAPPED(info) ((info) >> 9 & 7)
#define CAPS(info) ((info) >> 7 & 3)
#define LENGTH(info) ((info) & 127)
// CNode data word.
#define GUARD(value, size) ((W)(value) << 6 | (W)(size))
