// SPDX-License-Identifier: GPL-3.0-only
// As real programs go: an allocator that splits untypeds, a loader that fills CSpaces, servers that save
// reply caps.
#include "lib.h"

// A loader: fifty threads, each with a CSpace of its own that holds an endpoint with its badge; all call one
// server.
static void client(struct worker* w) {
    // In its own CSpace the server is slot 1, and nothing else is there.
    for (W i = 0; i < 20; ++i) {
        struct message m = sys(SYS_CALL, 1, INFO(i, 0, 0, 2), i, w->arg[0], 0, 0);
        w->value[0] += m.mr[0] == i + w->arg[0] && LABEL(m.info) == 0x33;
    }
    w->done = 1;
}

static void test_loader(void) {
    enum { kClients = 50 };
    const W e = object(O_EP, 0);
    struct worker* w[kClients];
    for (W i = 0; i < kClients; ++i) {
        const W c = object(O_CNODE, 1), b = mint(e, R_WRITE | R_GRANT_REPLY, i + 1);
        cnode_copy(c, 1, 1, b);
        w[i] = spawn(
            client, (struct spawn_options){.priority = 110 + i % 5, .cspace = c, .cspace_data = GUARD(0, 63)},
            i + 1, 0);
    }
    W wrong = 0;
    struct message m = sys0(SYS_RECV, e);
    for (W i = 0; i < kClients * 20 - 1; ++i) {
        wrong += m.badge != m.mr[1] || LABEL(m.info) != m.mr[0];
        m = sys(SYS_REPLY_RECV, e, INFO(0x33, 0, 0, 1), m.mr[0] + m.badge, 0, 0, 0);
    }
    sys(SYS_REPLY, 0, INFO(0x33, 0, 0, 1), m.mr[0] + m.badge, 0, 0, 0);
    W all = 0;
    for (W i = 0; i < kClients; ++i)
        all += w[i]->value[0];
    check("a thousand calls of fifty clients", wrong == 0 && all == kClients * 20);
}

// A server that takes all requests first and answers them later, in another order, from saved caps.
static void test_saving_server(void) {
    enum { kClients = 40 };
    const W e = object(O_EP, 0);
    struct worker* w[kClients];
    W saved[kClients];
    for (W i = 0; i < kClients; ++i)
        w[i] = spawn_syscall(PLAIN, SYS_CALL, e, INFO(1, 0, 0, 1), i, 0);
    for (W i = 0; i < kClients; ++i) {
        struct message m = sys0(SYS_RECV, e);
        saved[m.mr[0]] = slot();
        invoke(C_CNODE, SAVE_CALLER, LIST(saved[m.mr[0]], 64), NONE);
    }
    int good = 1;
    for (W i = 0; i < kClients; ++i) {
        const W k = i * 7 % kClients;
        good &= !w[k]->done;
        sys(SYS_SEND, saved[k], INFO(2, 0, 0, 1), k * 3, 0, 0, 0);
        good &= w[k]->done && w[k]->r.r10 == k * 3 && !full(saved[k]);
    }
    check("forty requests answered in another order", good);
}

// A buddy allocator: splits untypeds down to pages and gives them back, in two thousand steps.
static void test_allocator(void) {
    enum { kLevels = 7, kMany = 64 };
    const W root = object(O_UNTYPED, 19);
    W level[kLevels + 1][kMany], count[kLevels + 1] = {1}, state = 12345, errors = 0, frames = 0;
    level[0][0] = root;
    const W kept = slot();
    for (int step = 0; step < 2000; ++step) {
        state = state * 6364136223846793005 + 1442695040888963407;
        const W at = (state >> 40) % kLevels;
        if (count[at] == 0 || count[at + 1] + 2 > kMany) continue;
        // Split the last one of this level in two.
        const W parent = level[at][--count[at]], first = slot(), second = slot();
        errors |= retype(parent, at + 1 == kLevels ? O_4K : O_UNTYPED, 18 - at, first, 1);
        errors |= retype(parent, at + 1 == kLevels ? O_4K : O_UNTYPED, 18 - at, second, 1);
        const struct result r = invoke(parent, RETYPE, LIST(O_EP, 0, 0, 0, kept, 1), LIST(C_CNODE));
        errors |= r.error != E_MEMORY || r.mr[0] != 0;
        if (at + 1 == kLevels) {
            frames += 2;
        } else {
            level[at + 1][count[at + 1]++] = first;
            level[at + 1][count[at + 1]++] = second;
        }
        if (state >> 60 == 0) {
            errors |= revoke(root);
            for (int i = 1; i <= kLevels; ++i)
                count[i] = 0;
            count[0] = 1;
        }
    }
    check("an allocator splits and gives back", errors == 0 && frames > 0);
    revoke(root);
    EXPECT0("all of it", invoke(root, RETYPE, LIST(O_UNTYPED, 19, 0, 0, kept, 1), LIST(C_CNODE)), E_OK);
}

// Threads made, run and destroyed again and again in the same memory.
static void test_recycling(void) {
    const W u = object(O_UNTYPED, 13), t = slot(), e = slot();
    W errors = 0;
    for (W i = 0; i < 300; ++i) {
        errors |= retype(u, O_TCB, 0, t, 1) | retype(u, O_EP, 0, e, 1);
        errors |= invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(C_CNODE, C_VSPACE, 0)).error;
        const struct result r = invoke(t, READ_REGS, LIST(0, 20), NONE);
        W sum = 0;
        for (int k = 0; k < 20; ++k)
            sum |= k == 2 ? r.mr[k] ^ 0x202 : r.mr[k];
        errors |= sum;
        W regs[22] = {1, 20, (W)raw_syscall_instruction, 0, 0x202, 1, 2, 3, (W)SYS_CALL, 0, e, 5, 6, 7, 8, 9};
        errors |= invoke(t, SET_PRIORITY, LIST(110), LIST(C_TCB)).error;
        errors |= invoke(t, WRITE_REGS, regs, 22, NONE).error;
        struct message m = sys0(SYS_NBRECV, e);
        errors |= m.info != 0;
        errors |= i & 1 ? revoke(u) : drop(t) | drop(e);
    }
    check("three hundred threads in the same memory", errors == 0);
}

void test_programs(void) {
    suite("programs");
    test_loader();
    forget();
    test_saving_server();
    test_allocator();
    test_recycling();
}
