// SPDX-License-Identifier: GPL-3.0-only
//
// What the kernel hands over: registers, BootInfo, initial capabilities, memory.
#include "lib.h"

extern u32 first_mxcsr;
extern u16 first_x87;

static void registers(void) {
    EQ(first_registers[R_RSP], 0);
    EQ(first_registers[R_FLAGS], 0x202);
    EQ(first_registers[R_RDI], (word)boot);
    for (int i = R_RAX; i <= R_R15; i++) {
        if (i != R_RDI) {
            EQ(first_registers[i], 0);
        }
    }
    EQ(first_mxcsr, 0x1f80);
    EQ(first_x87, 0x37f);
}

static void fields(void) {
    EQ(sizeof *boot, 4088);
    EQ((word)boot & 4095, 0);
    EQ((word)boot->ipc, (word)boot - 4096);
    EQ(boot->node, 0);
    EQ(boot->nodes, 1);
    EQ(boot->iopt_levels, -1ul);
    EQ(boot->shared.start, boot->shared.end);
    EQ(boot->io_space.start, boot->io_space.end);
    EQ(boot->domain, 0);
    EQ(boot->empty.end, 1ul << boot->cnode_bits);
    CHECK(boot->empty.start < boot->empty.end);
    CHECK(boot->cnode_bits >= 12 && boot->cnode_bits <= 19);
    EQ(boot->extra.end - boot->extra.start, (boot->extra_len + 4095) / 4096);
    CHECK(boot->untyped.end - boot->untyped.start <= 245);
    CHECK(boot->image.start >= CAP_FIRST_DYNAMIC && boot->paging.start >= CAP_FIRST_DYNAMIC);
    extern char image_start[];
    EQ(boot->image.end - boot->image.start, ((word)boot->ipc - (word)image_start) / 4096);
    EQ(boot->paging.end - boot->paging.start, 3);
    // The rest of the page is empty.
    for (word i = boot->untyped.end - boot->untyped.start; i < 245; i++) {
        CHECK(boot->list[i].paddr == 0 && boot->list[i].bits == 0 && boot->list[i].device == 0);
    }
    // The regions do not overlap and end where `empty` begins.
    const struct region all[] = {boot->image, boot->paging, boot->extra, boot->untyped, boot->empty};
    word total = CAP_FIRST_DYNAMIC;
    for (int i = 0; i < 5; i++) {
        total += all[i].end - all[i].start;
        for (int j = 0; j < i; j++) {
            CHECK(all[i].start >= all[j].end || all[i].end <= all[j].start);
        }
    }
    EQ(total, 1ul << boot->cnode_bits);
}

// The memory map: as the boot loader gave it under Multiboot 1, empty under 2; always 50 entries long.
static void memory_map(const char* block) {
    struct __attribute__((packed)) entry {
        u32 size;
        word base, length;
        u32 type;
    };
    u32 bytes = *(const u32*)block;
    const struct entry* entries = (const struct entry*)(block + 4);
    EQ(sizeof *entries, 24);
    EQ(bytes % 24, 0);
    CHECK(bytes / 24 <= 50);
    for (word i = 0; i < 50; i++) {
        if (i < bytes / 24) {
            EQ(entries[i].size, 20);
            CHECK(entries[i].length != 0 && entries[i].type >= 1 && entries[i].type <= 20);
        } else {
            CHECK(entries[i].base == 0 && entries[i].length == 0);
        }
    }
}

static void extra_blocks(void) {
    static const word order[] = {9, 0, 3, 1, 2, 4};  // VBE, RSDP, framebuffer, memory map, TSC
    static const word lengths[] = {0, 800, 0x4c4, 16 + 36, 16 + 22, 20};
    word done = 0, seen = 0, last = 0;
    while (done < boot->extra_len) {
        const char* at = (const char*)boot + 4096 + done;
        word id = ((const word*)at)[0], length = ((const word*)at)[1];
        CHECK(id >= 1);
        CHECK(length > 16 && length <= boot->extra_len - done);
        if (length <= 16 || length > boot->extra_len - done) {
            return;
        }
        if (id <= 5) {  // others, unknown here, are to be skipped
            CHECK(!(seen & 1ul << id));
            CHECK(!seen || order[id] > last);
            last = order[id];
            seen |= 1ul << id;
            EQ(length, lengths[id]);
        }
        if (id == 2) {
            memory_map(at + 16);
        } else if (id == 3) {
            CHECK(at[16] == 'R' && at[19] == ' ' && at[23] == ' ');
        } else if (id == 5) {
            CHECK(tsc_mhz > 100 && tsc_mhz < 20000);
        }
        done += length;
    }
    EQ(done, boot->extra_len);
    EQ(seen & 0x2c, 0x2c);
}

// Copying tells what is in a slot.
static word copy_error(word from) {
    word to = slot();
    word error = invoke(CAP_CNODE, CNODE_COPY, ARGS(to, 64, from, 64, RIGHT_ALL), CAPS(CAP_CNODE));
    if (error == NO_ERROR) {
        EQ(delete_cap(to), NO_ERROR);
    }
    return error;
}

static void initial_capabilities(void) {
    static const word copied[] = {CAP_TCB,       CAP_CNODE,     CAP_VSPACE,     CAP_ASID_CONTROL,
                                  CAP_ASID_POOL, CAP_BOOT_INFO, CAP_IPC_BUFFER, CAP_DOMAIN};
    for (word i = 0; i < sizeof copied / 8; i++) {
        EQ(copy_error(copied[i]), NO_ERROR);
    }
    static const word empty[] = {0, CAP_IO_SPACE, 12, 13, 14, 15};
    for (word i = 0; i < sizeof empty / 8; i++) {
        EQ(copy_error(empty[i]), FAILED_LOOKUP);
        EQ(reply_length, 3);
        EQ(reply[0], 1);
        EQ(reply[1], LOOKUP_MISSING);
        EQ(reply[2], 64);
    }
    EQ(copy_error(CAP_IRQ_CONTROL), ILLEGAL_OPERATION);
    EQ(copy_error(CAP_IOPORT_CONTROL), ILLEGAL_OPERATION);
    EQ(copy_error(boot->empty.end - 1), FAILED_LOOKUP);
    EQ(copy_error(boot->paging.start), NO_ERROR);
    EQ(copy_error(boot->paging.end - 1), NO_ERROR);
    EQ(copy_error(boot->image.start), NO_ERROR);
    EQ(copy_error(boot->image.end - 1), NO_ERROR);
    word last = copy_error(boot->untyped.end - 1);
    CHECK(last == NO_ERROR || last == REVOKE_FIRST);  // the latter if the tests live on it
}

static word address_of(word frame) {
    word error = invoke(frame, PAGE_GET_ADDRESS, NONE, NONE);
    EQ(error, NO_ERROR);
    EQ(reply_length, 1);
    return reply[0];
}

static void image_memory(void) {
    word base = address_of(boot->image.start);
    EQ(base & 4095, 0);
    for (word i = boot->image.start; i < boot->image.end; i++) {
        EQ(address_of(i), base + (i - boot->image.start) * 4096);
    }
    word own[] = {base, address_of(CAP_BOOT_INFO), address_of(CAP_IPC_BUFFER)};
    for (word i = 0; i < boot->untyped.end - boot->untyped.start; i++) {
        const struct untyped* u = &boot->list[i];
        for (int j = 0; j < 3; j++) {
            CHECK(own[j] < u->paddr || own[j] - u->paddr >= 1ul << u->bits);
        }
    }
    // Code is readable, writable and executable, constants too.
    static const char constant[] = "constant";
    *(volatile char*)constant = 'C';
    CHECK(*(volatile const char*)constant == 'C');
}

static void untypeds(void) {
    word count = boot->untyped.end - boot->untyped.start, ram = 0, last = 0;
    int past_devices = 0;
    for (word i = 0; i < count; i++) {
        const struct untyped* u = &boot->list[i];
        CHECK(u->bits >= 4 && u->bits <= 47);
        CHECK(u->device <= 1);
        if (u->device) {
            CHECK(!past_devices);
            CHECK(i == 0 || u->paddr >= last);
            last = u->paddr + (1ul << u->bits);
        } else {
            past_devices = 1;
            ram += 1ul << u->bits;
            CHECK(u->paddr >= 0x100000);
        }
        // Alignment is that of the address in the kernel's window, which is 0 at 2^39.
        EQ((u->paddr - (1ul << 39)) & ((1ul << u->bits) - 1), 0);
        if (u->paddr == 1ul << 39) {
            EQ(u->bits, 46);
        }
        for (int j = 0; j < 6; j++) {
            EQ(u->padding[j], 0);
        }
        // The local APIC and the I/O APIC are the kernel's.
        static const word kept[] = {0xfee00000, 0xfec00000, 0xfffffff8};
        for (int j = 0; j < 3; j++) {
            CHECK(kept[j] < u->paddr || kept[j] - u->paddr >= 1ul << u->bits);
        }
        for (word j = 0; j < i; j++) {
            const struct untyped* v = &boot->list[j];
            CHECK(u->paddr >= v->paddr + (1ul << v->bits) || v->paddr >= u->paddr + (1ul << u->bits));
        }
    }
    CHECK(ram > 16ul << 20);
    EQ(boot->list[0].paddr, 0);
    EQ(boot->list[0].bits, 20);
    EQ(last, 1ul << 47);
}

static void device_memory(void) {
    word hpet = device_frame(0xfed00000, OBJ_4K, 12);
    CHECK(hpet != 0);
    EQ(address_of(hpet), 0xfed00000);
    // Device untypeds become frames and untypeds, nothing else.
    word low = boot->untyped.start;
    word to = slot();
    static const word other[] = {OBJ_TCB, OBJ_ENDPOINT, OBJ_NOTIFICATION, OBJ_PT, OBJ_PD, OBJ_PDPT, OBJ_PML4};
    for (word i = 0; i < sizeof other / 8; i++) {
        EQ(retype(low, other[i], 0, to, 1), INVALID_ARGUMENT);
        EQ(reply[0], 1);
    }
    EQ(retype(low, OBJ_CNODE, 4, to, 1), INVALID_ARGUMENT);
    EQ(retype(low, OBJ_4K, 0, to, 1), NO_ERROR);
    EQ(address_of(to), 0);
    struct thread* t = thread();
    EQ(invoke(t->tcb, TCB_SET_IPC_BUFFER, ARGS(0x10000), CAPS(to)), ILLEGAL_OPERATION);
}

static void all_memory_is_usable(void) {
    // Of every kind of RAM untyped: a frame can be made, is zero and keeps what is written.
    word pt = object(OBJ_PT, 0), at = 0x600000;
    EQ(invoke(pt, PT_MAP, ARGS(at, 0), CAPS(CAP_VSPACE)), NO_ERROR);
    for (word i = 0; i < boot->untyped.end - boot->untyped.start; i++) {
        if (boot->list[i].device || boot->list[i].bits < 12 || boot->list[i].bits > 22) {
            continue;
        }
        word frame = slot();
        EQ(retype(boot->untyped.start + i, OBJ_4K, 0, frame, 1), NO_ERROR);
        EQ(invoke(frame, PAGE_MAP, ARGS(at, RIGHT_RW, 0), CAPS(CAP_VSPACE)), NO_ERROR);
        volatile word* p = (volatile word*)at;
        for (int j = 0; j < 512; j++) {
            CHECK(p[j] == 0);
            p[j] = 0x1234;
        }
        EQ(delete_cap(frame), NO_ERROR);
    }
}

const struct test boot_tests[] = {{"boot/registers", registers},
                                  {"boot/fields", fields},
                                  {"boot/extra-blocks", extra_blocks},
                                  {"boot/capabilities", initial_capabilities},
                                  {"boot/image", image_memory},
                                  {"boot/untypeds", untypeds},
                                  {"boot/devices", device_memory},
                                  {"boot/memory", all_memory_is_usable},
                                  {0, 0}};
