// SPDX-License-Identifier: GPL-3.0-only
//
// Mapping invocations: every error, in the kernel's order, at every level.
#include "lib.h"

enum { AT = 0x10000000000 };  // far from the image: another entry of the PML4

static void expect_missing(word bits, int line) {
    check_equal(reply_length, 3, "words of the failed lookup", line);
    check_equal(reply[0], 0, "source", line);
    check_equal(reply[1], LOOKUP_MISSING, "lookup failure", line);
    check_equal(reply[2], bits, "bits left", line);
}
#define MISSING(bits) expect_missing(bits, __LINE__)

// Levels of tables: [0] PDPT, [1] PD, [2] PT.
static const word types[] = {OBJ_PDPT, OBJ_PD, OBJ_PT}, maps[] = {PDPT_MAP, PD_MAP, PT_MAP};
static const word unmaps[] = {PDPT_UNMAP, PD_UNMAP, PT_UNMAP};

static void table_errors(void) {
    word unassigned = object(OBJ_PML4, 0), ep = object(OBJ_ENDPOINT, 0);
    for (int level = 0; level < 3; level++) {
        word table = object(types[level], 0);
        EQ(invoke(table, maps[level], ARGS(AT), CAPS(CAP_VSPACE)), TRUNCATED_MESSAGE);
        EQ(invoke(table, maps[level], ARGS(AT, 0), NONE), TRUNCATED_MESSAGE);
        EQ(map_table(table, maps[level], AT, ep), INVALID_CAPABILITY);
        EQ(reply[0], 1);
        EQ(map_table(table, maps[level], AT, 0), INVALID_CAPABILITY);
        EQ(map_table(table, maps[level], AT, unassigned), INVALID_CAPABILITY);
        EQ(reply[0], 1);
        static const word high[] = {1ul << 47, 0xffff800000000000, -1ul, 1ul << 63};
        for (int i = 0; i < 4; i++) {
            EQ(map_table(table, maps[level], high[i], CAP_VSPACE), INVALID_ARGUMENT);
            EQ(reply[0], 0);
        }
        for (word label = PDPT_MAP; label <= PT_UNMAP; label++) {
            if (label != maps[level] && label != unmaps[level]) {
                EQ(invoke(table, label, ARGS(AT, 0), CAPS(CAP_VSPACE)), ILLEGAL_OPERATION);
            }
        }
        EQ(invoke(table, PAGE_MAP, ARGS(AT, 3, 0), CAPS(CAP_VSPACE)), ILLEGAL_OPERATION);
        EQ(invoke(table, unmaps[level], NONE, NONE), NO_ERROR);  // not mapped
        // An unmapped table cannot be copied.
        EQ(invoke(CAP_CNODE, CNODE_COPY, ARGS(slot(), 64, table, 64, 15), CAPS(CAP_CNODE)),
           ILLEGAL_OPERATION);
        if (level > 0) {
            EQ(map_table(table, maps[level], AT, CAP_VSPACE), level == 1 ? FAILED_LOOKUP : FAILED_LOOKUP);
            MISSING(39);
        }
    }
    EQ(invoke(unassigned, PDPT_MAP, ARGS(AT, 0), CAPS(CAP_VSPACE)), ILLEGAL_OPERATION);
    EQ(invoke(CAP_CNODE, CNODE_COPY, ARGS(slot(), 64, unassigned, 64, 15), CAPS(CAP_CNODE)),
       ILLEGAL_OPERATION);
}

static void levels(void) {
    word pdpt = object(OBJ_PDPT, 0), pd = object(OBJ_PD, 0), pt = object(OBJ_PT, 0),
         frame = object(OBJ_4K, 0);
    word other[3] = {object(OBJ_PDPT, 0), object(OBJ_PD, 0), object(OBJ_PT, 0)};
    word large = object(OBJ_2M, 0);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(39);
    EQ(map_page(large, AT, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(39);
    EQ(map_table(pdpt, PDPT_MAP, AT + 0x123456789, CAP_VSPACE), NO_ERROR);  // rounded down
    EQ(map_table(pdpt, PDPT_MAP, AT, CAP_VSPACE), INVALID_CAPABILITY);
    EQ(reply[0], 0);
    EQ(map_table(other[0], PDPT_MAP, AT + (1ul << 38), CAP_VSPACE), DELETE_FIRST);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(30);
    EQ(map_page(large, AT, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(30);
    EQ(map_table(pt, PT_MAP, AT, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(30);
    EQ(map_table(pd, PD_MAP, AT + 0x12345678, CAP_VSPACE), NO_ERROR);
    EQ(map_table(other[1], PD_MAP, AT, CAP_VSPACE), DELETE_FIRST);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(21);
    EQ(map_table(pt, PT_MAP, AT + 0x1fffff, CAP_VSPACE), NO_ERROR);
    EQ(map_table(other[2], PT_MAP, AT, CAP_VSPACE), DELETE_FIRST);
    EQ(map_page(large, AT, RIGHT_RW, CAP_VSPACE), DELETE_FIRST);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    *(volatile word*)AT = 5;
    EQ(*(volatile word*)AT, 5);
    EQ(map_page(large, AT + 0x200000, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    *(volatile word*)(AT + 0x3ffff8) = 6;
    // A large page is where a table would be.
    EQ(map_table(other[2], PT_MAP, AT + 0x200000, CAP_VSPACE), DELETE_FIRST);
    word second = object(OBJ_4K, 0);
    EQ(map_page(second, AT + 0x201000, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(21);
    // Copies keep a table from being unmapped.
    word twin = copy(pt);
    EQ(invoke(pt, PT_UNMAP, NONE, NONE), REVOKE_FIRST);
    EQ(invoke(twin, PT_UNMAP, NONE, NONE), REVOKE_FIRST);
    EQ(map_table(twin, PT_MAP, AT, CAP_VSPACE), INVALID_CAPABILITY);
    EQ(delete_cap(pt), NO_ERROR);
    EQ(*(volatile word*)AT, 5);
    EQ(invoke(twin, PT_UNMAP, NONE, NONE), NO_ERROR);
    EQ(map_table(twin, PT_MAP, AT, CAP_VSPACE), NO_ERROR);
    // The table is empty now; the frame believes to be mapped, and may be mapped there again.
    EQ(map_page(frame, AT + 0x1000, RIGHT_RW, CAP_VSPACE), INVALID_ARGUMENT);
    EQ(reply[0], 0);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(*(volatile word*)AT, 5);
    // Deleting an upper level takes what is below out of sight; the rest stays harmless.
    EQ(invoke(pdpt, PDPT_UNMAP, NONE, NONE), NO_ERROR);
    EQ(invoke(frame, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(invoke(large, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(invoke(twin, PT_UNMAP, NONE, NONE), NO_ERROR);
    EQ(invoke(pd, PD_UNMAP, NONE, NONE), NO_ERROR);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(39);
    EQ(map_table(pdpt, PDPT_MAP, AT, CAP_VSPACE), NO_ERROR);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(30);
}

static void page_errors(void) {
    word frame = object(OBJ_4K, 0), large = object(OBJ_2M, 0), unassigned = object(OBJ_PML4, 0);
    word pdpt = object(OBJ_PDPT, 0), pd = object(OBJ_PD, 0), pt = object(OBJ_PT, 0);
    struct space s = {object(OBJ_PML4, 0), object(OBJ_PDPT, 0), object(OBJ_PD, 0), object(OBJ_PT, 0)};
    EQ(invoke(CAP_ASID_POOL, ASID_ASSIGN, NONE, CAPS(s.pml4)), NO_ERROR);
    EQ(invoke(frame, PAGE_MAP, ARGS(AT, 3), CAPS(CAP_VSPACE)), TRUNCATED_MESSAGE);
    EQ(invoke(frame, PAGE_MAP, ARGS(AT, 3, 0), NONE), TRUNCATED_MESSAGE);
    EQ(map_page(frame, AT, 3, CAP_CNODE), INVALID_CAPABILITY);
    EQ(reply[0], 1);
    EQ(map_page(frame, AT, 3, unassigned), INVALID_CAPABILITY);
    EQ(reply[0], 1);
    EQ(map_page(frame, AT + 1, 3, CAP_VSPACE), ALIGNMENT_ERROR);
    EQ(map_page(frame, AT + 0x800, 3, CAP_VSPACE), ALIGNMENT_ERROR);
    EQ(map_page(large, AT + 0x1000, 3, CAP_VSPACE), ALIGNMENT_ERROR);
    // The border: the end of the page may not lie behind 2^47 - 1.
    static const word high[] = {0x7ffffffff000, 0x7ffffffff001, 1ul << 47, 0xffffff8000000000, -4096ul, -1ul};
    for (int i = 0; i < 6; i++) {
        EQ(map_page(frame, high[i], 3, CAP_VSPACE), INVALID_ARGUMENT);
        EQ(reply[0], 0);
    }
    EQ(map_page(large, 0x7fffffe00000, 3, CAP_VSPACE), INVALID_ARGUMENT);
    EQ(map_page(large, -0x200000ul, 3, CAP_VSPACE), INVALID_ARGUMENT);
    EQ(map_page(frame, 0x7fffffffe000, 3, CAP_VSPACE), FAILED_LOOKUP);
    MISSING(39);
    word high_pdpt = object(OBJ_PDPT, 0), high_pd = object(OBJ_PD, 0), high_pt = object(OBJ_PT, 0);
    EQ(map_table(high_pdpt, PDPT_MAP, 0x7ffffffff000, CAP_VSPACE), NO_ERROR);
    EQ(map_table(high_pd, PD_MAP, 0x7fffffffffff, CAP_VSPACE), NO_ERROR);
    EQ(map_page(large, 0x7fffffc00000, 3, CAP_VSPACE), NO_ERROR);
    EQ(map_table(high_pt, PT_MAP, 0x7fffffe00000, CAP_VSPACE), NO_ERROR);
    EQ(map_page(frame, 0x7fffffffe000, 3, CAP_VSPACE), NO_ERROR);
    *(volatile word*)0x7fffffffeff8 = 1;
    EQ(invoke(frame, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(map_table(pdpt, PDPT_MAP, AT, CAP_VSPACE), NO_ERROR);
    EQ(map_table(pd, PD_MAP, AT, CAP_VSPACE), NO_ERROR);
    EQ(map_table(pt, PT_MAP, AT, CAP_VSPACE), NO_ERROR);
    EQ(map_page(frame, AT, 3, CAP_VSPACE), NO_ERROR);
    // Mapped already: the space is looked at first, then the address.
    EQ(map_page(frame, AT + 0x1000, 3, s.pml4), INVALID_CAPABILITY);
    EQ(reply[0], 1);
    EQ(map_page(frame, AT + 0x1000, 3, CAP_VSPACE), INVALID_ARGUMENT);
    EQ(map_page(frame, -1ul, 3, CAP_VSPACE), INVALID_ARGUMENT);
    EQ(map_page(frame, AT, 3, CAP_VSPACE), NO_ERROR);
    word twin = copy(frame);
    EQ(map_page(twin, AT + 0x1000, 3, CAP_VSPACE), NO_ERROR);  // a copy is a mapping of its own
    *(volatile word*)AT = 77;
    EQ(*(volatile word*)(AT + 0x1000), 77);
    EQ(delete_cap(frame), NO_ERROR);
    EQ(*(volatile word*)(AT + 0x1000), 77);
    static const word labels[] = {0, PDPT_MAP, PT_UNMAP, ASID_MAKE_POOL, 60};
    for (int i = 0; i < 5; i++) {
        EQ(invoke(twin, labels[i], ARGS(AT, 3, 0), CAPS(CAP_VSPACE)), ILLEGAL_OPERATION);
    }
    EQ(invoke(CAP_VSPACE, PAGE_MAP, ARGS(AT, 3, 0), CAPS(CAP_VSPACE)), ILLEGAL_OPERATION);
}

static void addresses(void) {
    word frame = object(OBJ_4K, 0), large = object(OBJ_2M, 0), batch = slot();
    for (int i = 0; i < 15; i++) {
        slot();
    }
    EQ(invoke(frame, PAGE_GET_ADDRESS, NONE, NONE), NO_ERROR);
    EQ(reply_length, 1);
    EQ(reply[0] & 0xfff, 0);
    EQ(invoke(large, PAGE_GET_ADDRESS, NONE, NONE), NO_ERROR);
    EQ(reply[0] & 0x1fffff, 0);
    word untyped = untyped_of(16);
    EQ(retype(untyped, OBJ_4K, 0, batch, 16), NO_ERROR);
    EQ(invoke(batch, PAGE_GET_ADDRESS, NONE, NONE), NO_ERROR);
    word base = reply[0];
    EQ(base & 0xffff, 0);
    for (word i = 0; i < 16; i++) {
        EQ(invoke(batch + i, PAGE_GET_ADDRESS, NONE, NONE), NO_ERROR);
        EQ(reply[0], base + i * 4096);
    }
}

const struct test vspace_tests[] = {{"vspace/table-errors", table_errors},
                                    {"vspace/levels", levels},
                                    {"vspace/page-errors", page_errors},
                                    {"vspace/addresses", addresses},
                                    {0, 0}};
