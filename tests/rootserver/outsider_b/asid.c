// SPDX-License-Identifier: GPL-3.0-only
//
// ASID pools: the errors in order, and all of them used up.
#include "lib.h"

static void make_pool_errors(void) {
    word untyped = untyped_of(12), small = untyped_of(11), big = untyped_of(13), to = slot(),
         taken = copy(CAP_TCB);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to), CAPS(untyped, CAP_CNODE)), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to, 64), CAPS(untyped)), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_ASID_CONTROL, ASID_ASSIGN, ARGS(to, 64), CAPS(untyped, CAP_CNODE)), ILLEGAL_OPERATION);
    const word bad[] = {small, big, CAP_TCB, 0, boot->untyped.start};
    for (int i = 0; i < 5; i++) {
        EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to, 64), CAPS(bad[i], CAP_CNODE)),
           INVALID_CAPABILITY);
        EQ(reply[0], 1);
    }
    word device = slot();
    EQ(retype(boot->untyped.start, OBJ_UNTYPED, 12, device, 1), NO_ERROR);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to, 64), CAPS(device, CAP_CNODE)), INVALID_CAPABILITY);
    word child = slot();
    EQ(retype(untyped, OBJ_ENDPOINT, 0, child, 1), NO_ERROR);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to, 64), CAPS(untyped, CAP_CNODE)), REVOKE_FIRST);
    EQ(delete_cap(child), NO_ERROR);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to, 0), CAPS(untyped, CAP_CNODE)), RANGE_ERROR);
    EQ(reply[0], 1);
    EQ(reply[1], 64);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to, 64), CAPS(untyped, CAP_TCB)), FAILED_LOOKUP);
    EQ(reply[0], 0);
    EQ(reply[1], LOOKUP_INVALID_ROOT);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(taken, 64), CAPS(untyped, CAP_CNODE)), DELETE_FIRST);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(to, 64), CAPS(untyped, CAP_CNODE)), NO_ERROR);
    // The untyped is used up by its pool, which is its child.
    EQ(retype(untyped, OBJ_ENDPOINT, 0, child, 1), NOT_ENOUGH_MEMORY);
    EQ(reply[0], 0);
    word pml4 = object(OBJ_PML4, 0), other = object(OBJ_PML4, 0);
    EQ(invoke(to, ASID_ASSIGN, NONE, NONE), TRUNCATED_MESSAGE);
    EQ(invoke(to, ASID_ASSIGN, NONE, CAPS(CAP_TCB)), INVALID_CAPABILITY);
    EQ(reply[0], 1);
    EQ(invoke(to, ASID_ASSIGN, NONE, CAPS(CAP_VSPACE)), INVALID_CAPABILITY);
    EQ(reply[0], 1);
    EQ(invoke(to, ASID_MAKE_POOL, NONE, CAPS(pml4)), ILLEGAL_OPERATION);
    EQ(invoke(to, ASID_ASSIGN, NONE, CAPS(pml4)), NO_ERROR);
    EQ(invoke(to, ASID_ASSIGN, NONE, CAPS(pml4)), INVALID_CAPABILITY);
    word twin = copy(to);
    EQ(invoke(twin, ASID_ASSIGN, NONE, CAPS(other)), NO_ERROR);
    word copied = copy(pml4);
    EQ(delete_cap(copied), NO_ERROR);
    // With the pool go the assignments: their spaces map nothing any more.
    word pdpt = object(OBJ_PDPT, 0), frame = object(OBJ_4K, 0);
    EQ(map_table(pdpt, PDPT_MAP, 0, pml4), NO_ERROR);
    EQ(revoke(untyped), NO_ERROR);
    EQ(invoke(to, ASID_ASSIGN, NONE, CAPS(other)), INVALID_CAPABILITY);
    EQ(reply[0], 0);
    EQ(map_page(frame, 0x1000, 3, pml4), FAILED_LOOKUP);
    EQ(reply[0], 0);
    EQ(reply[1], LOOKUP_INVALID_ROOT);
    EQ(reply_length, 2);
    word pdpt2 = object(OBJ_PDPT, 0);
    EQ(map_table(pdpt2, PDPT_MAP, 0, pml4), FAILED_LOOKUP);
    EQ(reply[1], LOOKUP_INVALID_ROOT);
    EQ(invoke(pdpt, PDPT_UNMAP, NONE, NONE), NO_ERROR);
    EQ(retype(untyped, OBJ_ENDPOINT, 0, child, 1), NO_ERROR);
}

static word assign_all(word pool, word first) {
    word done = 0;
    while (invoke(pool, ASID_ASSIGN, NONE, CAPS(first + done)) == NO_ERROR) {
        done++;
    }
    return done;
}

static void one_pool_full(void) {
    word untyped = untyped_of(12), pool = slot(), first = slot();
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pool, 64), CAPS(untyped, CAP_CNODE)), NO_ERROR);
    for (int i = 0; i < 513; i++) {
        slot();
    }
    word memory = untyped_of(22);
    EQ(retype(memory, OBJ_PML4, 0, first, 256), NO_ERROR);
    EQ(retype(memory, OBJ_PML4, 0, first + 256, 256), NO_ERROR);
    EQ(retype(memory, OBJ_PML4, 0, first + 512, 1), NO_ERROR);
    EQ(assign_all(pool, first), 512);
    EQ(invoke(pool, ASID_ASSIGN, NONE, CAPS(first + 512)), DELETE_FIRST);
    EQ(delete_cap(first + 77), NO_ERROR);  // frees its number
    EQ(invoke(pool, ASID_ASSIGN, NONE, CAPS(first + 512)), NO_ERROR);
    EQ(revoke(memory), NO_ERROR);
    // The first pool holds the root server's space, and number 0 is nobody's.
    EQ(retype(memory, OBJ_PML4, 0, first, 256), NO_ERROR);
    EQ(retype(memory, OBJ_PML4, 0, first + 256, 256), NO_ERROR);
    EQ(assign_all(CAP_ASID_POOL, first), 510);
    EQ(invoke(CAP_ASID_POOL, ASID_ASSIGN, NONE, CAPS(first + 511)), DELETE_FIRST);
}

static void all_pools(void) {
    word pools[8], memory[8];
    for (int i = 0; i < 7; i++) {
        memory[i] = untyped_of(12);
        pools[i] = slot();
        EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pools[i], 64), CAPS(memory[i], CAP_CNODE)),
           NO_ERROR);
    }
    memory[7] = untyped_of(12);
    pools[7] = slot();
    // Full is found before anything about the untyped.
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pools[7], 64), CAPS(memory[7], CAP_CNODE)),
       DELETE_FIRST);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pools[7], 64), CAPS(CAP_TCB, CAP_TCB)), DELETE_FIRST);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pools[7]), CAPS(CAP_TCB, CAP_TCB)), TRUNCATED_MESSAGE);
    EQ(delete_cap(pools[3]), NO_ERROR);
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pools[7], 64), CAPS(memory[7], CAP_CNODE)), NO_ERROR);
    for (int i = 0; i < 8; i++) {
        if (i != 3) {
            word pml4 = object(OBJ_PML4, 0), pdpt = object(OBJ_PDPT, 0);
            EQ(invoke(pools[i], ASID_ASSIGN, NONE, CAPS(pml4)), NO_ERROR);
            EQ(map_table(pdpt, PDPT_MAP, 0, pml4), NO_ERROR);
        }
    }
}

// 4094 spaces beside the root server's, if there are memory and slots for them.
static void all_numbers(void) {
    if (boot->empty.end - boot->empty.start < 5000 || memory_bits < 25) {
        return;
    }
    word spaces = slot();
    for (int i = 0; i < 4096; i++) {
        slot();
    }
    word memory = untyped_of(24), last = object(OBJ_PML4, 0);
    for (word i = 0; i < 16; i++) {
        EQ(retype(memory, OBJ_PML4, 0, spaces + i * 256, 256), NO_ERROR);
    }
    word done = assign_all(CAP_ASID_POOL, spaces);
    EQ(done, 510);
    for (int i = 0; i < 7; i++) {
        word pool = slot(), untyped = untyped_of(12);
        EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pool, 64), CAPS(untyped, CAP_CNODE)), NO_ERROR);
        word more = assign_all(pool, spaces + done);
        EQ(more, 512);
        EQ(invoke(pool, ASID_ASSIGN, NONE, CAPS(last)), DELETE_FIRST);
        done += more;
    }
    EQ(done, 4094);
}

const struct test asid_tests[] = {{"asid/make-pool", make_pool_errors},
                                  {"asid/full", one_pool_full},
                                  {"asid/pools", all_pools},
                                  {"asid/numbers", all_numbers},
                                  {0, 0}};
