// SPDX-License-Identifier: GPL-3.0-only
// Section 2: what each system call returns in each register, and what it leaves alone.
#include "lib.h"

static void unchanged(const char* name, struct message m, W dest) {
    const W got[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    const W expected[] = {dest, 0, POISON(0), POISON(1), POISON(2), POISON(3)};
    check_words(name, got, expected, 6);
}

static void test_object_calls(void) {
    const W s = slot();
    struct message m = sys(SYS_CALL, C_CNODE, INFO(DELETE, 7, 0, 2), s, 64, 0x33, 0x44);
    const W got[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("Call on an object answers with two registers", got, (W[]){0, 0, s, 64, 0x33, 0x44}, 6);
    m = sys(SYS_SEND, C_CNODE, INFO(DELETE, 0, 0, 2), s, 64, 0x33, 0x44);
    const W sent[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("Send on an object changes no register", sent,
                (W[]){C_CNODE, INFO(DELETE, 0, 0, 2), s, 64, 0x33, 0x44}, 6);
    const W e = object(O_EP, 0);
    sys(SYS_SEND, C_CNODE, INFO(DELETE, 0, 0, 2), e, 64, 0, 0);
    check("Send on an object acts", !full(e));
    const W e2 = object(O_EP, 0);
    sys(SYS_NBSEND, C_CNODE, INFO(DELETE, 0, 0, 2), e2, 64, 0, 0);
    check("NBSend on an object acts", !full(e2));
    m = sys(SYS_SEND, C_CNODE, INFO(DELETE, 0, 0, 1), s, 64, 0, 0);
    check("Send drops an error", m.badge == C_CNODE && m.info == INFO(DELETE, 0, 0, 1));
    unchanged("Send on an empty slot is dropped", sys0(SYS_SEND, s), s);
    unchanged("NBSend on an empty slot is dropped", sys0(SYS_NBSEND, s), s);
    EXPECT("Call on an empty slot", invoke(s, 1, NONE, NONE), E_CAP, 0);
    EXPECT("Call on the null slot", invoke(0, 0, NONE, NONE), E_CAP, 0);
    unchanged("NBSend on a bad CPtr is ignored", sys0(SYS_NBSEND, ~0ul), ~0ul);
    unchanged("Yield changes nothing", sys0(SYS_YIELD, 77), 77);
    unchanged("Reply without a caller changes nothing", sys0(SYS_REPLY, 5), 5);
}

static void test_notification_calls(void) {
    const W n = object(O_NTFN, 0), b = mint(n, R_ALL, 0xf0f0f0f0f0f0f0f0);
    unchanged("Send on a notification changes nothing", sys0(SYS_SEND, b), b);
    struct message m = sys(SYS_RECV, n, 0x5555, 1, 2, 3, 4);
    const W got[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("Recv of a signal sets the badge only", got, (W[]){0xf0f0f0f0f0f0f0f0, 0x5555, 1, 2, 3, 4},
                6);
    m = sys(SYS_CALL, b, INFO(9, 0, 0, 3), 1, 2, 3, 4);
    const W called[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("Call on a notification returns an empty answer", called, (W[]){0, 0, 1, 2, 3, 4}, 6);
    m = sys(SYS_NBRECV, n, 0x77, 1, 2, 3, 4);
    check("NBRecv takes the signal", m.badge == 0xf0f0f0f0f0f0f0f0 && m.info == 0x77);
    m = sys(SYS_NBRECV, n, 0x77, 1, 2, 3, 4);
    const W nothing[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("NBRecv of nothing zeroes the badge", nothing, (W[]){0, 0x77, 1, 2, 3, 4}, 6);
    EXPECT("Call on a notification without Write", invoke(mint(n, R_READ, 0), 0, NONE, NONE), E_CAP, 0);
    EXPECT("the others leave a notification alone",
           invoke(mint(n, R_GRANT | R_GRANT_REPLY, 0), 0, NONE, NONE), E_CAP, 0);
}

static void test_endpoint_calls(void) {
    const W e = object(O_EP, 0);
    struct message m = sys(SYS_NBRECV, e, 0x99, 1, 2, 3, 4);
    const W nothing[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("NBRecv on an idle endpoint", nothing, (W[]){0, 0x99, 1, 2, 3, 4}, 6);
    unchanged("NBSend with nobody there", sys0(SYS_NBSEND, e), e);
    m = sys(SYS_NBRECV, e, 0, 1, 2, 3, 4);
    check("and it left nothing behind", m.badge == 0 && m.info == 0);
    struct worker* w =
        spawn_syscall(PLAIN, SYS_SEND, mint(e, R_WRITE, 0x1234), INFO(0x123456789ab, 5, 0, 2), 8, 9);
    check("Send waits", !w->done);
    m = sys(SYS_RECV, e, 0x99, 1, 2, 3, 4);
    const W got[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("Recv of two words leaves the others", got,
                (W[]){0x1234, INFO(0x123456789ab, 0, 0, 2), 8, 9, 3, 4}, 6);
    check("the sender goes on", w->done);
    const W sent[] = {w->r.rdi == 0, w->r.rsi, w->r.r10, w->r.r8, w->r.r9, w->r.r15, w->r.rsp};
    check_words("with its registers", sent, (W[]){0, INFO(0x123456789ab, 5, 0, 2), 8, 9, 0x92, 0x93, 0}, 7);
    const W bits = ((1ul << 52) - 1);
    w = spawn_syscall(PLAIN, SYS_SEND, e, INFO(bits, 0, 0, 0), 8, 9);
    m = sys0(SYS_RECV, e);
    check_words("a label of 52 bits", &m.info, (W[]){INFO(bits, 0, 0, 0)}, 1);
    EXPECT("Call without Write", invoke(mint(e, R_READ | R_GRANT | R_GRANT_REPLY, 0), 0, NONE, NONE), E_CAP,
           0);
}

// A cap fault of a helper: MRs as the handler sees them.
static void expect_cap_fault(const char* name, int number, W dest, W info, int receiving, W type, W w0) {
    const W handler = object(O_EP, 0), badged = mint(handler, R_ALL, 0xfa);
    struct worker* w = spawn_syscall((struct spawn_options){.fault_ep = badged}, number, dest, info, 5, 6);
    struct message m = sys(SYS_NBRECV, handler, 0, 0, 0, 0, 0);
    const W words = type == L_MISSING ? 5 : 4;
    const W got[] = {
        m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3], type == L_MISSING ? boot->buffer->msg[4] : w0};
    const W expected[] = {0xfa, INFO(1, 0, 0, words), (W)raw_syscall_instruction, dest, (W)receiving, type,
                          w0};
    check_words(name, got, expected, 7);
    stop(w);
}

static void test_cap_faults(void) {
    const W e = object(O_EP, 0), n = object(O_NTFN, 0), empty = slot();
    const W bad = ~0ul;
    // The root CNode has a guard of zero bits: all ones mismatch it.
    expect_cap_fault("Recv on an empty slot", SYS_RECV, empty, 0, 1, L_MISSING, 0);
    expect_cap_fault("NBRecv on an empty slot", SYS_NBRECV, empty, 0, 1, L_MISSING, 0);
    expect_cap_fault("Recv on a CNode", SYS_RECV, C_CNODE, 0, 1, L_MISSING, 0);
    expect_cap_fault("Recv on an endpoint without Read", SYS_RECV, mint(e, R_WRITE | R_GRANT, 0), 0, 1,
                     L_MISSING, 0);
    expect_cap_fault("Recv on a notification without Read", SYS_RECV, mint(n, R_WRITE, 0), 0, 1, L_MISSING,
                     0);
    expect_cap_fault("ReplyRecv on an empty slot", SYS_REPLY_RECV, empty, 0, 1, L_MISSING, 0);
    const W handler = object(O_EP, 0);
    static const int numbers[] = {SYS_SEND, SYS_CALL, SYS_RECV, SYS_REPLY_RECV, SYS_NBRECV};
    for (int i = 0; i < 5; ++i) {
        struct worker* w =
            spawn_syscall((struct spawn_options){.fault_ep = handler}, numbers[i], bad, 0, 5, 6);
        struct message m = sys0(SYS_NBRECV, handler);
        const W got[] = {m.info,
                         m.mr[1],
                         m.mr[2],
                         m.mr[3],
                         boot->buffer->msg[4],
                         boot->buffer->msg[5],
                         boot->buffer->msg[6]};
        const W guard = 64 - boot->cnode_bits;
        check_words("a guard that does not match", got,
                    (W[]){INFO(1, 0, 0, 7), bad, i >= 2, L_GUARD, 64, 0, guard}, 7);
        stop(w);
    }
    struct worker* w = spawn_syscall((struct spawn_options){.fault_ep = handler}, SYS_NBSEND, bad, 0, 5, 6);
    check("NBSend on it does not fault", w->done);
}

static void extra_cap_bad(struct worker* w) {
    w->buffer->caps[0] = ~0ul;
}

static void test_extra_cap_fault(void) {
    const W handler = object(O_EP, 0), e = object(O_EP, 0);
    static const W words[4] = {1, 2, 3, 4};
    static const int numbers[] = {SYS_SEND, SYS_CALL, SYS_NBSEND};
    for (int i = 0; i < 3; ++i) {
        struct worker* w = spawn_buffered((struct spawn_options){.fault_ep = handler}, numbers[i], e,
                                          INFO(1, 0, 1, 4), words, extra_cap_bad);
        struct message m = sys0(SYS_NBRECV, handler);
        if (i == 2) {
            check("NBSend with a bad extra capability goes on", w->done && m.mr[1] == 0);
        } else {
            const W got[] = {m.info, m.mr[1], m.mr[2], m.mr[3]};
            check_words("a bad extra capability faults", got, (W[]){INFO(1, 0, 0, 7), ~0ul, 0, L_GUARD}, 4);
        }
        stop(w);
    }
    struct worker* w = spawn_buffered((struct spawn_options){.fault_ep = handler, .no_buffer = 1}, SYS_SEND,
                                      e, INFO(1, 0, 1, 4), words, extra_cap_bad);
    struct message m = sys0(SYS_NBRECV, e);
    check("without a buffer there are no extra capabilities", w->done && m.info == INFO(1, 0, 0, 4));
}

void test_registers(void) {
    suite("registers");
    test_object_calls();
    test_notification_calls();
    test_endpoint_calls();
    test_cap_faults();
    test_extra_cap_fault();
}
