// SPDX-License-Identifier: GPL-3.0-only
// Untyped.Retype: the order of its checks, the watermark, what new objects look like.
#include "lib.h"

static struct result untyped(W u, W type, W bits, W index, W depth, W offset, W count, W root) {
    return invoke(u, RETYPE, LIST(type, bits, index, depth, offset, count), LIST(root));
}

static void test_errors(void) {
    const W u = object(O_UNTYPED, 16), s = slot(), e = object(O_EP, 0), n = 1ul << boot->cnode_bits;
    const W c = object(O_CNODE, 4);
    EXPECT0("another label", invoke(u, READ_REGS, LIST(1, 2, 3, 4, 5, 6), LIST(C_CNODE)), E_ILLEGAL);
    EXPECT0("five words", invoke(u, RETYPE, LIST(O_COUNT, 0, 0, 0, s), LIST(C_CNODE)), E_TRUNCATED);
    EXPECT0("no root", invoke(u, RETYPE, LIST(O_COUNT, 0, 0, 0, s, 1), NONE), E_TRUNCATED);
    EXPECT("an unknown type", untyped(u, O_COUNT, 99, 0, 0, s, 1, C_CNODE), E_ARG, 0);
    EXPECT("a huge type", untyped(u, ~0ul, 99, 0, 0, s, 1, C_CNODE), E_ARG, 0);
    static const W sizes[][2] = {{O_UNTYPED, 48}, {O_UNTYPED, 64}, {O_CNODE, 43}, {O_CNODE, 64},
                                 {O_CNODE, ~0ul}, {O_TCB, 64},     {O_EP, 1000},  {O_4K, 64}};
    for (int i = 0; i < 8; ++i)
        EXPECT("too big", untyped(u, sizes[i][0], sizes[i][1], 0, 65, n, 0, e), E_RANGE, 0, 47);
    EXPECT("a CNode of one slot", untyped(u, O_CNODE, 0, 0, 65, n, 0, e), E_ARG, 1);
    EXPECT("an untyped below 16 bytes", untyped(u, O_UNTYPED, 3, 0, 65, n, 0, e), E_ARG, 1);
    EXPECT("an untyped of one byte", untyped(u, O_UNTYPED, 0, 0, 65, n, 0, e), E_ARG, 1);
    EXPECT("a bad depth", untyped(u, O_EP, 0, 0, 65, n, 0, C_CNODE), E_RANGE, 1, 64);
    EXPECT("no CNode to look in", untyped(u, O_EP, 0, 0, 65, n, 0, e), E_LOOKUP, 0, L_ROOT);
    EXPECT("no CNode as such", untyped(u, O_EP, 0, 0, 0, n, 0, e), E_LOOKUP, 0, L_MISSING, 0);
    EXPECT("an empty slot as such", untyped(u, O_EP, 0, 0, 0, n, 0, s), E_LOOKUP, 0, L_MISSING, 0);
    EXPECT("no CNode there", untyped(u, O_EP, 0, e, 64, n, 0, C_CNODE), E_LOOKUP, 0, L_MISSING, 64);
    EXPECT("nothing there", untyped(u, O_EP, 0, s, 64, n, 0, C_CNODE), E_LOOKUP, 0, L_MISSING, 64);
    EXPECT("a short lookup", untyped(u, O_EP, 0, 0, 3, n, 0, C_CNODE), E_LOOKUP, 0, L_GUARD, 3, 0,
           64 - boot->cnode_bits);
    EXPECT("beyond the node", untyped(u, O_EP, 0, 0, 0, n, 0, C_CNODE), E_RANGE, 0, n - 1);
    EXPECT("beyond the little node", untyped(u, O_EP, 0, c, 64, 16, 0, C_CNODE), E_RANGE, 0, 15);
    EXPECT("no objects", untyped(u, O_EP, 0, 0, 0, s, 0, C_CNODE), E_RANGE, 1, 256);
    EXPECT("too many objects", untyped(u, O_EP, 0, c, 64, 15, 257, C_CNODE), E_RANGE, 1, 256);
    EXPECT("more than fit the node", untyped(u, O_EP, 0, c, 64, 3, 14, C_CNODE), E_RANGE, 1, 13);
    cnode_copy(c, 9, 4, e);
    EXPECT0("a slot in use", untyped(u, O_UNTYPED, 20, c, 64, 3, 13, C_CNODE), E_DELETE);
    EXPECT("too little memory", untyped(u, O_UNTYPED, 20, c, 64, 3, 6, C_CNODE), E_MEMORY, 1 << 16);
    EXPECT("as well for many", untyped(u, O_4K, 0, 0, 0, s + 10, 17, C_CNODE), E_MEMORY, 1 << 16);
    EXPECT0("all of it", untyped(u, O_4K, 12, c, 64, 0, 9, C_CNODE), E_OK);
    EXPECT("the rest", untyped(u, O_CNODE, 12, c, 64, 10, 1, C_CNODE), E_MEMORY, 7 << 12);
    EXPECT0("nothing is lost by it", untyped(u, O_4K, 12, c, 64, 10, 6, C_CNODE), E_OK);
}

static void test_watermark(void) {
    const W u = object(O_UNTYPED, 14), a = slot(), b = slot(), c = slot();
    EXPECT("an empty untyped", untyped(u, O_UNTYPED, 15, 0, 0, a, 1, C_CNODE), E_MEMORY, 1 << 14);
    retype(u, O_EP, 0, a, 1);
    EXPECT("16 bytes used", untyped(u, O_4K, 0, 0, 0, b, 4, C_CNODE), E_MEMORY, (1 << 14) - 16);
    EXPECT0("a page is aligned", untyped(u, O_4K, 0, 0, 0, b, 1, C_CNODE), E_OK);
    EXPECT("up to its end", untyped(u, O_4K, 0, 0, 0, c, 3, C_CNODE), E_MEMORY, 2 << 12);
    const W first = invoke(b, PAGE_ADDRESS, NONE, NONE).mr[0];
    drop(b);
    EXPECT0("a freed page is not used again", untyped(u, O_4K, 0, 0, 0, b, 1, C_CNODE), E_OK);
    check("while a child lives", invoke(b, PAGE_ADDRESS, NONE, NONE).mr[0] == first + 4096);
    drop(a);
    drop(b);
    EXPECT("without children all is free", untyped(u, O_4K, 0, 0, 0, b, 5, C_CNODE), E_MEMORY, 1 << 14);
    EXPECT0("a page", untyped(u, O_4K, 0, 0, 0, b, 1, C_CNODE), E_OK);
    check("from the start", invoke(b, PAGE_ADDRESS, NONE, NONE).mr[0] == first - 4096);
    EXPECT("is used", untyped(u, O_4K, 0, 0, 0, c, 4, C_CNODE), E_MEMORY, 3 << 12);
    retype(u, O_NTFN, 0, c, 1);
    EXPECT("32 bytes more", untyped(u, O_UNTYPED, 13, 0, 0, slot(), 2, C_CNODE), E_MEMORY, (3 << 12) - 32);
    const W d = slot();
    EXPECT0("half of it", untyped(u, O_UNTYPED, 13, 0, 0, d, 1, C_CNODE), E_OK);
    EXPECT("is the end", untyped(u, O_EP, 0, 0, 0, slot(), 1, C_CNODE), E_MEMORY, 0);
    EXPECT("a failure changes nothing", untyped(d, O_2M, 0, 0, 0, slot(), 1, C_CNODE), E_MEMORY, 1 << 13);
}

// A copy of an untyped is its child; the original is full from then on.
static void test_copies(void) {
    const W u = object(O_UNTYPED, 13), v = copy(u), w = slot();
    EXPECT("the source of a copy is full", untyped(u, O_EP, 0, 0, 0, w, 1, C_CNODE), E_MEMORY, 0);
    EXPECT0("and has a child", cnode_copy(C_CNODE, w, 64, u), E_REVOKE);
    EXPECT0("the copy allocates", untyped(v, O_4K, 0, 0, 0, w, 1, C_CNODE), E_OK);
    EXPECT("from the same memory", untyped(v, O_4K, 0, 0, 0, slot(), 2, C_CNODE), E_MEMORY, 4096);
    revoke(u);
    check("Revoke takes copy and object", !full(v) && !full(w));
    EXPECT0("then all is free again", untyped(u, O_4K, 0, 0, 0, w, 2, C_CNODE), E_OK);
    drop(w);
    drop(w + 1);
    const W x = copy(u);
    drop(u);
    EXPECT0("a copy outlives its source", untyped(x, O_4K, 0, 0, 0, w, 1, C_CNODE), E_OK);
}

static void test_fan_out(void) {
    const W u = object(O_UNTYPED, 16), first = slot();
    for (int i = 0; i < 255; ++i)
        slot();
    EXPECT0("16 pages at once", untyped(u, O_4K, 0, 0, 0, first, 16, C_CNODE), E_OK);
    const W base = invoke(first, PAGE_ADDRESS, NONE, NONE).mr[0];
    int in_order = 1;
    for (W i = 0; i < 16; ++i)
        in_order &= invoke(first + i, PAGE_ADDRESS, NONE, NONE).mr[0] == base + i * 4096;
    check("in the order of the slots", in_order);
    revoke(u);
    EXPECT0("256 untypeds at once", untyped(u, O_UNTYPED, 4, 0, 0, first, 256, C_CNODE), E_OK);
    check("to the last", full(first + 255));
    EXPECT("of 16 bytes", untyped(u, O_4K, 0, 0, 0, slot(), 16, C_CNODE), E_MEMORY, (1 << 16) - 4096);
    EXPECT0("an endpoint of the smallest untyped", untyped(first, O_EP, 0, 0, 0, slot(), 1, C_CNODE), E_OK);
    EXPECT("no notification", untyped(first + 1, O_NTFN, 0, 0, 0, slot(), 1, C_CNODE), E_MEMORY, 16);
}

static void test_zeroed(void) {
    const W u = object(O_UNTYPED, 13), f = slot(), second = slot(), page = 0x200000000;
    const W pdpt = object(O_PDPT, 0), pd = object(O_PD, 0), pt = object(O_PT, 0);
    invoke(pdpt, PDPT_MAP, LIST(page, 0), LIST(C_VSPACE));
    EXPECT0("a directory is mapped", invoke(pd, PD_MAP, LIST(page, 0), LIST(C_VSPACE)), E_OK);
    EXPECT0("a table is mapped", invoke(pt, PT_MAP, LIST(page, 0), LIST(C_VSPACE)), E_OK);
    for (int round = 0; round < 3; ++round) {
        retype(u, O_4K, 0, f, 2);
        EXPECT0("a page is mapped", invoke(second, PAGE_MAP, LIST(page, 3, 0), LIST(C_VSPACE)), E_OK);
        volatile W* words = (volatile W*)page;
        W sum = 0;
        for (int i = 0; i < 512; ++i) {
            sum |= words[i];
            words[i] = ~0ul;
        }
        check("memory is zero at each use", sum == 0);
        if (round)
            revoke(u);
        else
            drop(f), drop(second);
    }
}

static W device_untyped(void) {
    for (W i = 0; i < boot->untyped.end - boot->untyped.start; ++i)
        if (boot->list[i].device && boot->list[i].bits == 20 && boot->list[i].address == 0)
            return boot->untyped.start + i;
    return 0;
}

static void test_device(void) {
    W u = device_untyped();
    const W s = slot(), t = slot();
    check("the first MiB is a device untyped", u != 0);
    static const W types[] = {O_TCB, O_EP, O_NTFN, O_CNODE, O_PDPT, O_PML4, O_PT, O_PD};
    for (int i = 0; i < 8; ++i)
        EXPECT("no object of device memory", untyped(u, types[i], 4, 0, 0, s, 1, C_CNODE), E_ARG, 1);
    EXPECT("but frames, if they fit", untyped(u, O_2M, 0, 0, 0, s, 1, C_CNODE), E_MEMORY, 1 << 20);
    EXPECT("memory is told before the type", untyped(u, O_CNODE, 20, 0, 0, s, 1, C_CNODE), E_MEMORY, 1 << 20);
    EXPECT0("smaller untypeds", untyped(u, O_UNTYPED, 16, 0, 0, s, 1, C_CNODE), E_OK);
    EXPECT0("and frames", untyped(s, O_4K, 0, 0, 0, t, 1, C_CNODE), E_OK);
    struct result r = invoke(t, PAGE_ADDRESS, NONE, NONE);
    check_result("at its address", r, E_OK, LIST(0));
    EXPECT("a device untyped's child is one", untyped(s, O_EP, 4, 0, 0, t + 1, 1, C_CNODE), E_ARG, 1);
    EXPECT0("no IPC buffer", invoke(object(O_TCB, 0), SET_BUFFER, LIST(0x1000), LIST(t)), E_ILLEGAL);
    EXPECT("watermarks hold there too", untyped(u, O_4K, 0, 0, 0, slot(), 256, C_CNODE), E_MEMORY, 15 << 16);
    revoke(u);
    check("revoked", !full(s) && !full(t));
    EXPECT0("from the start again", untyped(u, O_4K, 0, 0, 0, t, 1, C_CNODE), E_OK);
    EXPECT("at zero", invoke(t, PAGE_ADDRESS, NONE, NONE), E_OK, 0);
    revoke(u);
}

// Boot untypeds: whatever their watermark, without children all their memory is there.
static void test_boot_untypeds(void) {
    const W s = slot();
    int good = 1, seen = 0;
    for (W i = 0; i < boot->untyped.end - boot->untyped.start; ++i) {
        const W u = boot->untyped.start + i, bits = boot->list[i].bits;
        if (boot->list[i].device || bits < 4 || bits > 15) continue;
        ++seen;
        struct result r = untyped(u, O_UNTYPED, bits + 1, 0, 0, s, 1, C_CNODE);
        good &= r.error == E_MEMORY && r.mr[0] == 1ul << bits;
        good &= retype(u, O_UNTYPED, bits, s, 1) == E_OK;
        r = untyped(u, O_EP, 0, 0, 0, s + 1, 1, C_CNODE);
        good &= r.error == E_MEMORY && r.mr[0] == 0;
        good &= drop(s) == E_OK;
    }
    check("boot untypeds give all their memory", good);
    check("there are small ones", seen > 0);
}

// The whole pool is one object, many times over: the reset is preempted and starts again where it was.
static void test_reset(void) {
    const W u = object(O_UNTYPED, 21), s = slot();
    int good = 1;
    for (int i = 0; i < 6; ++i) {
        good &= retype(u, i & 1 ? O_2M : O_UNTYPED, 21, s, 1) == E_OK;
        good &= drop(s) == E_OK;
    }
    check("two MiB are cleared again and again", good);
    EXPECT0("a big CNode", untyped(u, O_CNODE, 15, 0, 0, s, 1, C_CNODE), E_OK);
    EXPECT0("is empty", cnode_copy(s, 0x7fff, 15, C_TCB), E_OK);
}

void test_retype(void) {
    suite("retype");
    test_errors();
    test_watermark();
    test_copies();
    test_fan_out();
    test_zeroed();
    test_device();
    test_boot_untypeds();
    test_reset();
}
