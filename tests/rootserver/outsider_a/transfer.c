// SPDX-License-Identifier: GPL-3.0-only
// Capabilities in messages: Grant, the receive slot, unwrapping, what stops a transfer.
#include "lib.h"

static void receive_into(W s) {
    struct buffer* b = boot->buffer;
    b->recv_root = C_CNODE, b->recv_index = s, b->recv_depth = 64;
    for (W i = 0; i < 3; ++i)
        b->caps[i] = 0xcccc0000 + i;
}

static W sent[3];
static W prepared_slot;

static void prepare(struct worker* w) {
    for (W i = 0; i < 3; ++i)
        w->buffer->caps[i] = sent[i];
    w->buffer->recv_root = C_CNODE, w->buffer->recv_index = prepared_slot, w->buffer->recv_depth = 64;
}

static const W four[120] = {10, 11, 12, 13};

// What root receives of a Send of these caps through `through`: info, caps_or_badges, is the slot full.
static void transfer(const char* name, W through, W endpoint, W count, W slot_in, W info, W badge0, W badge1,
                     W badge2, int filled) {
    struct worker* w = spawn_buffered(PLAIN, SYS_SEND, through, INFO(2, 7, count, 1), four, prepare);
    const int before = full(slot_in);
    receive_into(slot_in);
    struct message m = sys0(SYS_RECV, endpoint);
    const W* b = boot->buffer->caps;
    const W got[] = {m.info, b[0], b[1], b[2], full(slot_in) && !before, w->done};
    check_words(name, got, (W[]){info, badge0, badge1, badge2, filled, 1}, 6);
}

#define KEPT(i) (0xcccc0000 + (i))

static void test_receipt(void) {
    const W e = object(O_EP, 0), granted = mint(e, R_WRITE | R_GRANT, 9),
            plain = mint(e, R_WRITE | R_GRANT_REPLY, 9);
    const W other = object(O_EP, 0), d = slot(), f = object(O_NTFN, 0);
    sent[0] = other, sent[1] = f, sent[2] = f;
    transfer("without Grant nothing is sent", plain, e, 3, d, INFO(2, 0, 0, 1), KEPT(0), KEPT(1), KEPT(2), 0);
    transfer("one cap", granted, e, 1, d, INFO(2, 0, 1, 1), KEPT(0), KEPT(1), KEPT(2), 1);
    transfer("the slot is full", granted, e, 1, d, INFO(2, 0, 0, 1), KEPT(0), KEPT(1), KEPT(2), 0);
    drop(d);
    transfer("a second cap has no slot", granted, e, 2, d, INFO(2, 0, 1, 1), KEPT(0), KEPT(1), KEPT(2), 1);
    drop(d);
    sent[0] = mint(e, R_ALL, 0x77), sent[1] = other, sent[2] = mint(e, 0, 0x88);
    transfer("unwrapped, taken, unwrapped", granted, e, 3, d, INFO(2, 5, 3, 1), 0x77, KEPT(1), 0x88, 1);
    transfer("a full slot stops the rest", granted, e, 3, d, INFO(2, 1, 1, 1), 0x77, KEPT(1), KEPT(2), 0);
    drop(d);
    sent[0] = sent[2], sent[1] = e, sent[2] = sent[0];
    transfer("three unwrapped", granted, e, 3, d, INFO(2, 7, 3, 1), 0x88, 0, 0x88, 0);
    sent[0] = slot(), sent[1] = e;
    transfer("an empty slot stops the rest", granted, e, 2, d, INFO(2, 0, 0, 1), KEPT(0), KEPT(1), KEPT(2),
             0);
    sent[0] = e, sent[1] = slot();
    transfer("also later", granted, e, 2, d, INFO(2, 1, 1, 1), 0, KEPT(1), KEPT(2), 0);
    sent[0] = C_IRQ;
    transfer("a cap that cannot be copied is not sent", granted, e, 1, d, INFO(2, 0, 0, 1), KEPT(0), KEPT(1),
             KEPT(2), 0);
    sent[0] = object(O_PT, 0);
    transfer("nor one that is refused", granted, e, 1, d, INFO(2, 0, 0, 1), KEPT(0), KEPT(1), KEPT(2), 0);
    sent[0] = object(O_UNTYPED, 12);
    make(sent[0], O_EP, 0);
    transfer("nor an untyped with children", granted, e, 1, d, INFO(2, 0, 0, 1), KEPT(0), KEPT(1), KEPT(2),
             0);
    sent[0] = object(O_UNTYPED, 12);
    transfer("an untyped without is", granted, e, 1, d, INFO(2, 0, 1, 1), KEPT(0), KEPT(1), KEPT(2), 1);
    EXPECT("and its source is full then",
           invoke(sent[0], RETYPE, LIST(O_EP, 0, 0, 0, slot(), 1), LIST(C_CNODE)), E_MEMORY, 0);
}

static void test_receive_slot(void) {
    const W e = object(O_EP, 0), granted = mint(e, R_WRITE | R_GRANT, 9), other = object(O_EP, 0), d = slot();
    struct buffer* b = boot->buffer;
    sent[0] = other;
    struct {
        const char* name;
        W root, index, depth;
        int taken;
    } places[] = {
        {"a root that is no CNode", other, d, 64, 0},
        {"an empty root", d, d, 64, 0},
        {"a root that is no CPtr", ~0ul, d, 64, 0},
        {"a depth of zero", C_CNODE, d, 0, 0},
        {"a depth of 65", C_CNODE, d, 65, 0},
        {"too short a depth", C_CNODE, d, 13, 0},
        {"a slot in use", C_CNODE, other, 64, 0},
        {"a slot beyond", C_CNODE, ~0ul, 64, 0},
        {"the slot", C_CNODE, d, 64, 1},
    };
    for (unsigned i = 0; i < sizeof places / sizeof *places; ++i) {
        b->recv_root = places[i].root, b->recv_index = places[i].index, b->recv_depth = places[i].depth;
        struct worker* w = spawn_buffered(PLAIN, SYS_SEND, granted, INFO(2, 0, 1, 1), four, prepare);
        struct message m = sys0(SYS_RECV, e);
        const W got[] = {m.info, (W)full(d), w->done};
        check_words(places[i].name, got, (W[]){INFO(2, 0, places[i].taken, 1), places[i].taken, 1}, 3);
    }
    drop(d);
    receive_into(d);
    struct worker* w = spawn_buffered((struct spawn_options){.no_buffer = 1}, SYS_SEND, granted,
                                      INFO(2, 0, 1, 1), four, prepare);
    struct message m = sys0(SYS_RECV, e);
    check("a sender without a buffer sends none", w->done && m.info == INFO(2, 0, 0, 1) && !full(d));
    prepared_slot = d;
    w = spawn_buffered((struct spawn_options){.no_buffer = 1}, SYS_RECV, e, 0, four, prepare);
    boot->buffer->caps[0] = other;
    sys(SYS_SEND, e, INFO(6, 0, 1, 0), 0, 0, 0, 0);
    check("a receiver without a buffer takes none", w->done && w->r.rsi == INFO(6, 0, 0, 0) && !full(d));
}

// The new cap: same rights and badge, derived as by Copy.
static void test_derived(void) {
    const W e = object(O_EP, 0), granted = mint(e, R_WRITE | R_GRANT, 0), other = object(O_EP, 0), d = slot();
    sent[0] = mint(other, R_WRITE, 0x55);
    transfer("a badged writer", granted, e, 1, d, INFO(2, 0, 1, 1), KEPT(0), KEPT(1), KEPT(2), 1);
    struct worker* w = spawn_syscall(PLAIN, SYS_SEND, d, 0, 1, 2);
    check("keeps its badge", sys0(SYS_NBRECV, other).badge == 0x55 && w->done);
    EXPECT0("and its rights", invoke(C_CNODE, CANCEL_BADGED, LIST(d, 64), NONE), E_ILLEGAL);
    revoke(d);
    check("revoking it does nothing", full(sent[0]) && full(d));
    revoke(sent[0]);
    check("revoking its source takes it", !full(d) && full(sent[0]));
    sent[0] = other;
    transfer("an original", granted, e, 1, d, INFO(2, 0, 1, 1), KEPT(0), KEPT(1), KEPT(2), 1);
    revoke(other);
    check("has a child", !full(d) && !full(sent[0] == other ? d : other));
}

static void answer_with_caps(struct worker* w) {
    sys0(SYS_RECV, w->arg[0]);
    w->buffer->caps[0] = w->arg[1], w->buffer->caps[1] = w->arg[0];
    sys(SYS_REPLY, 0, INFO(3, 0, 2, 1), 5, 0, 0, 0);
    w->done = 1;
}

// A reply carries caps if the receiver's endpoint cap had Grant when it received. The endpoint of the call is
// not unwrapped in it.
static void test_reply_grant(void) {
    const W e = object(O_EP, 0), caller = mint(e, R_WRITE | R_GRANT_REPLY, 3), other = object(O_EP, 0),
            d = slot();
    const W readers[] = {mint(e, R_READ, 0), mint(e, R_READ | R_GRANT_REPLY, 0),
                         mint(e, R_READ | R_GRANT, 0)};
    prepared_slot = d;
    for (W i = 0; i < 6; ++i) {
        const W reader = readers[i % 3];
        struct worker* r = i < 3 ? 0 : spawn(answer_with_caps, PLAIN, reader, other);
        struct worker* w = spawn_buffered(PLAIN, SYS_CALL, caller, INFO(1, 0, 0, 1), four, prepare);
        if (!r) r = spawn(answer_with_caps, PLAIN, reader, other);
        const W taken = i % 3 == 2;
        const W got[] = {w->done, w->r.rsi, (W)full(d), r->done};
        check_words("caps in a reply", got, (W[]){1, INFO(3, 0, taken, 1), taken, 1}, 4);
        drop(d);
    }
}

// Calls with caps both ways, as a name server would: it keeps what it is given and hands out copies.
static void test_name_server(void) {
    const W e = object(O_EP, 0), n = object(O_NTFN, 0), give = slot(), take = slot();
    prepared_slot = take;
    sent[0] = n;
    receive_into(give);
    struct worker* w = spawn_buffered(PLAIN, SYS_CALL, mint(e, R_ALL, 4), INFO(1, 0, 1, 1), four, prepare);
    struct message m = sys0(SYS_RECV, e);
    check("a cap is registered", m.info == INFO(1, 0, 1, 1) && full(give));
    boot->buffer->caps[0] = mint(give, R_ALL, 0x10);
    sys(SYS_REPLY, 0, INFO(0, 0, 1, 0), 0, 0, 0, 0);
    check("and another handed out", w->done && w->r.rsi == INFO(0, 0, 1, 0) && full(take));
    sys0(SYS_SEND, take);
    check("that works", sys0(SYS_NBRECV, n).badge == 0x10);
}

void test_transfer(void) {
    suite("transfer");
    test_receipt();
    test_receive_slot();
    test_derived();
    test_reply_grant();
    test_name_server();
}
