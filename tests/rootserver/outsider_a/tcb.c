// SPDX-License-Identifier: GPL-3.0-only
// Threads: what their spaces and buffers must be, and what a missing or read-only buffer does.
#include "lib.h"

static W device_frame(void) {
    for (W i = 0; i < boot->untyped.end - boot->untyped.start; ++i)
        if (boot->list[i].device && boot->list[i].bits >= 12) {
            const W s = slot();
            if (retype(boot->untyped.start + i, O_4K, 0, s, 1) == E_OK) return s;
        }
    return 0;
}

static void test_configure(void) {
    const W t = object(O_TCB, 0), f = object(O_4K, 0), e = object(O_EP, 0), c = object(O_CNODE, 4),
            p = object(O_PML4, 0);
    const W at = 0x1000;
    EXPECT0("three words", invoke(t, CONFIGURE, LIST(0, 0, 0), LIST(c, C_VSPACE, f)), E_TRUNCATED);
    EXPECT0("two caps", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, C_VSPACE)), E_TRUNCATED);
    EXPECT0("no buffer", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, C_VSPACE, 0)), E_OK);
    EXPECT0("a buffer cap without an address is not looked at",
            invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, C_VSPACE, e)), E_OK);
    EXPECT0("a buffer that is no frame", invoke(t, CONFIGURE, LIST(0, 0, 0, at), LIST(c, C_VSPACE, e)),
            E_ILLEGAL);
    EXPECT0("an empty buffer slot", invoke(t, CONFIGURE, LIST(0, 0, 0, at), LIST(c, C_VSPACE, 0)), E_ILLEGAL);
    EXPECT0("an address that is not aligned",
            invoke(t, CONFIGURE, LIST(0, 0, 0, at + 512), LIST(c, C_VSPACE, f)), E_ALIGN);
    EXPECT0("the buffer is looked at first", invoke(t, CONFIGURE, LIST(0, 0, 0, at + 8), LIST(e, e, f)),
            E_ALIGN);
    EXPECT0("1024 bytes are enough", invoke(t, CONFIGURE, LIST(0, 0, 0, at + 3072), LIST(c, C_VSPACE, f)),
            E_OK);
    EXPECT0("any address", invoke(t, CONFIGURE, LIST(0, 0, 0, ~1023ul), LIST(c, C_VSPACE, f)), E_OK);
    EXPECT0("a device frame", invoke(t, CONFIGURE, LIST(0, 0, 0, at), LIST(c, C_VSPACE, device_frame())),
            E_ILLEGAL);
    EXPECT0("a CSpace that is none", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(e, C_VSPACE, 0)), E_ILLEGAL);
    EXPECT0("no CSpace", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(0, C_VSPACE, 0)), E_ILLEGAL);
    EXPECT0("a VSpace that is none", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, c, 0)), E_ILLEGAL);
    EXPECT0("no VSpace", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, 0, 0)), E_ILLEGAL);
    EXPECT0("a VSpace without an ASID", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, p, 0)), E_ILLEGAL);
    EXPECT0("with one", invoke(C_ASID_POOL, ASSIGN, NONE, LIST(p)), E_OK);
    EXPECT0("it is good", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, p, 0)), E_OK);
    EXPECT0("too long a guard", invoke(t, CONFIGURE, LIST(0, GUARD(0, 61), 0, 0), LIST(c, p, 0)), E_ILLEGAL);
    EXPECT0("VSpace data does not count", invoke(t, CONFIGURE, LIST(0, 0, ~0ul, 0), LIST(c, p, 0)), E_OK);
    EXPECT0("any fault endpoint", invoke(t, CONFIGURE, LIST(~0ul, 0, 0, 0), LIST(c, p, 0)), E_OK);
}

static void test_set_space(void) {
    const W t = object(O_TCB, 0), c = object(O_CNODE, 4), e = object(O_EP, 0), f = object(O_4K, 0);
    EXPECT0("two words", invoke(t, SET_SPACE, LIST(0, 0), LIST(c, C_VSPACE)), E_TRUNCATED);
    EXPECT0("one cap", invoke(t, SET_SPACE, LIST(0, 0, 0), LIST(c)), E_TRUNCATED);
    EXPECT0("SetSpace", invoke(t, SET_SPACE, LIST(0, 0, 0), LIST(c, C_VSPACE)), E_OK);
    EXPECT0("with a guard", invoke(t, SET_SPACE, LIST(0, GUARD(0, 60), 0), LIST(c, C_VSPACE)), E_OK);
    EXPECT0("too long", invoke(t, SET_SPACE, LIST(0, GUARD(0, 61), 0), LIST(c, C_VSPACE)), E_ILLEGAL);
    EXPECT0("no CNode", invoke(t, SET_SPACE, LIST(0, 0, 0), LIST(e, C_VSPACE)), E_ILLEGAL);
    EXPECT0("no VSpace", invoke(t, SET_SPACE, LIST(0, 0, 0), LIST(c, f)), E_ILLEGAL);
    EXPECT0("SetIPCBuffer: no words", invoke(t, SET_BUFFER, NONE, LIST(f)), E_TRUNCATED);
    EXPECT0("no cap", invoke(t, SET_BUFFER, LIST(0), NONE), E_TRUNCATED);
    EXPECT0("address zero", invoke(t, SET_BUFFER, LIST(0), LIST(e)), E_OK);
    EXPECT0("a frame", invoke(t, SET_BUFFER, LIST(0x400), LIST(f)), E_OK);
    EXPECT0("not aligned", invoke(t, SET_BUFFER, LIST(0x401), LIST(f)), E_ALIGN);
    EXPECT0("type before alignment", invoke(t, SET_BUFFER, LIST(0x401), LIST(e)), E_ILLEGAL);
}

// A changed CSpace counts from the next lookup on; a blocked thread keeps its place.
static void test_space_change(void) {
    const W c = object(O_CNODE, 4), e = object(O_EP, 0), d = object(O_CNODE, 4), h = object(O_EP, 0);
    cnode_copy(c, 2, 4, mint(e, R_ALL, 1));
    cnode_copy(d, 2, 4, mint(h, R_ALL, 2));
    const W guard = GUARD(0, 60);
    struct worker* w =
        spawn_syscall((struct spawn_options){.cspace = c, .cspace_data = guard}, SYS_SEND, 2, 0, 0, 0);
    EXPECT0("a blocked sender's CSpace", invoke(w->tcb, SET_SPACE, LIST(0, guard, 0), LIST(d, C_VSPACE)),
            E_OK);
    check("does not move it", sys0(SYS_NBRECV, e).badge == 1 && w->done);
    w = spawn_syscall((struct spawn_options){.cspace = c, .cspace_data = guard}, SYS_SEND, 2, 0, 0, 0);
    invoke(w->tcb, SET_SPACE, LIST(0, guard, 0), LIST(d, C_VSPACE));
    stop(w);
    invoke(w->tcb, RESUME, NONE, NONE);
    check("a restarted one looks in the new",
          sys0(SYS_NBRECV, e).badge == 0 && sys0(SYS_NBRECV, h).badge == 2);
}

// Receivers need a writable buffer; senders can do with a readable one.
static void test_buffer_rights(void) {
    const W e = object(O_EP, 0);
    static const W words[120] = {1, 2, 3, 4, 5, 6};
    for (int i = 0; i < 3; ++i) {
        struct worker* w =
            spawn_buffered((struct spawn_options){.priority = 90}, SYS_SEND, e, INFO(1, 0, 0, 6), words, 0);
        const W frame = slot();
        EXPECT0("a frame with fewer rights",
                invoke(C_CNODE, COPY,
                       LIST(frame, 64, w->frame, 64,
                            i == 0   ? R_READ
                            : i == 1 ? R_WRITE
                                     : 0),
                       LIST(C_CNODE)),
                E_OK);
        EXPECT0("is a buffer", invoke(w->tcb, SET_BUFFER, LIST((W)w->buffer), LIST(frame)), E_OK);
        boot->buffer->msg[4] = 0xee;
        struct message m = sys0(SYS_RECV, e);
        check("to send from, if it can be read",
              LENGTH(m.info) == (i == 0 ? 6 : 4) && boot->buffer->msg[4] == (i ? 0xee : 5));
        struct worker* r = spawn_syscall(PLAIN, SYS_RECV, e, 0, 0, 0);
        const W copied = slot();
        invoke(C_CNODE, COPY,
               LIST(copied, 64, r->frame, 64,
                    i == 0   ? R_READ
                    : i == 1 ? R_WRITE
                             : 0),
               LIST(C_CNODE));
        invoke(r->tcb, SET_BUFFER, LIST((W)r->buffer), LIST(copied));
        sys(SYS_SEND, e, INFO(1, 0, 0, 6), 1, 2, 3, 4);
        check("not to receive into", r->done && r->r.rsi == INFO(1, 0, 0, 4));
    }
}

// The buffer is the frame of the cap: it need not be mapped, and its address only counts within the frame.
static void test_unmapped_buffer(void) {
    const W e = object(O_EP, 0), f = object(O_4K, 0), page = 0x300000000;
    struct worker* w = spawn_syscall(PLAIN, SYS_RECV, e, 0, 0, 0);
    EXPECT0("an unmapped frame", invoke(w->tcb, SET_BUFFER, LIST(0xdead0000000c00), LIST(f)), E_OK);
    boot->buffer->msg[4] = 55, boot->buffer->msg[5] = 66;
    sys(SYS_SEND, e, INFO(1, 0, 0, 6), 1, 2, 3, 4);
    check("takes a message", w->done && w->r.rsi == INFO(1, 0, 0, 6));
    invoke(object(O_PDPT, 0), PDPT_MAP, LIST(page, 0), LIST(C_VSPACE));
    const W pd = object(O_PD, 0), pt = object(O_PT, 0);
    invoke(pd, PD_MAP, LIST(page, 0), LIST(C_VSPACE));
    invoke(pt, PT_MAP, LIST(page, 0), LIST(C_VSPACE));
    EXPECT0("mapped afterwards", invoke(f, PAGE_MAP, LIST(page, 3, 0), LIST(C_VSPACE)), E_OK);
    const struct buffer* b = (struct buffer*)(page + 0xc00);
    check("it is there",
          b->msg[4] == 55 && b->msg[5] == 66 && b->tag == 0 && b->msg[3] == 0 && b->msg[6] == 0);
}

// Errors have more words than four registers: without a buffer the rest is not told.
static void test_error_without_buffer(void) {
    const W c = object(O_CNODE, 4), g = slot();
    invoke(C_CNODE, MINT, LIST(g, 64, c, 64, R_ALL, GUARD(5, 3)), LIST(C_CNODE));
    struct spawn_options o = {.no_buffer = 1};
    struct worker* w = spawn_syscall(o, SYS_CALL, g, INFO(DELETE, 0, 0, 2), 0, 7);
    const W got[] = {w->r.rdi, w->r.rsi, w->r.r10, w->r.r8, w->r.r9, w->r.r15};
    check_words("an error of five words", got, (W[]){0, INFO(E_LOOKUP, 0, 0, 4), 0, L_GUARD, 7, 5}, 6);
    w = spawn_syscall(o, SYS_CALL, C_CNODE, INFO(COPY, 0, 1, 5), slot(), 64);
    check("no extra caps: truncated", w->done && w->r.rsi == INFO(E_TRUNCATED, 0, 0, 0));
    w = spawn_syscall(o, SYS_CALL, g, INFO(DELETE, 0, 0, 120), 5 << 4 | 3, 7);
    check("a long message is cut to four words", w->done && w->r.rsi == INFO(0, 0, 0, 0));
    const W t = object(O_TCB, 0);
    w = spawn_syscall(o, SYS_CALL, t, INFO(READ_REGS, 0, 0, 2), 0, 20);
    check("a long answer too", w->done && w->r.rsi == INFO(0, 0, 0, 4) && w->r.rdi == 0);
    const W h = object(O_EP, 0);
    w = spawn_syscall((struct spawn_options){.no_buffer = 1}, SYS_RECV, h, 0, 0, 0);
    spawn_syscall((struct spawn_options){.fault_ep = h}, SYS_RECV, C_CNODE, 0, 0, 0);
    check("and a fault message", w->done && w->r.rsi == INFO(1, 0, 0, 4) && w->r.r15 == L_MISSING);
}

static void test_priorities(void) {
    const W t = object(O_TCB, 0), low = object(O_TCB, 0), e = object(O_EP, 0);
    EXPECT0("a thread of MCP 40", invoke(low, SET_MCP, LIST(40), LIST(C_TCB)), E_OK);
    EXPECT("above it", invoke(t, SET_PRIORITY, LIST(41), LIST(low)), E_RANGE, 0, 40);
    EXPECT("far above", invoke(t, SET_MCP, LIST(~0ul), LIST(low)), E_RANGE, 0, 40);
    EXPECT("256", invoke(t, SET_PRIORITY, LIST(256), LIST(C_TCB)), E_RANGE, 0, 255);
    EXPECT0("at it", invoke(t, SET_PRIORITY, LIST(40), LIST(low)), E_OK);
    EXPECT("no authority", invoke(t, SET_PRIORITY, LIST(300), LIST(e)), E_CAP, 1);
    EXPECT("an empty one", invoke(t, SET_MCP, LIST(0), LIST(0)), E_CAP, 1);
    EXPECT("MCP first", invoke(t, SET_SCHED, LIST(50, 60), LIST(low)), E_RANGE, 0, 40);
    EXPECT("then priority", invoke(t, SET_SCHED, LIST(30, 60), LIST(low)), E_RANGE, 0, 40);
    EXPECT("no authority for both", invoke(t, SET_SCHED, LIST(300, 300), LIST(e)), E_CAP, 1);
    EXPECT0("a priority above the thread's own MCP", invoke(low, SET_SCHED, LIST(3, 200), LIST(C_TCB)), E_OK);
    EXPECT("MCP is the authority's", invoke(t, SET_PRIORITY, LIST(4), LIST(low)), E_RANGE, 0, 3);
}

void test_tcb(void) {
    suite("tcb");
    test_configure();
    test_set_space();
    test_space_change();
    forget();
    test_buffer_rights();
    test_unmapped_buffer();
    test_error_without_buffer();
    test_priorities();
}
