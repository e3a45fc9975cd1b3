// SPDX-License-Identifier: GPL-3.0-only
// What every test root server starts from: text on COM1, capability slots, objects, threads, and the way to
// switch the machine off. It uses nothing but the seL4 API, so it runs on any seL4 kernel of this
// configuration.
#pragma once
#include <cstddef>
#include <cstdint>

#include "abi/sel4/sel4.h"

namespace rt {

using Word = seL4_Word;

extern const seL4_BootInfo* info;

// --- text ---

struct Hex {
    Word value;
};
void put(char c);
void put(const char* text);
void put(Word number);
void put(int number);
void put(Hex number);
template <typename... Parts>
void print(Parts... parts) {
    (put(parts), ...);
    put('\n');
}

// Ends the run: QEMU leaves with its debug-exit device if there is one, or by ACPI.
[[noreturn]] void power_off();
[[noreturn]] void die(const char* why);

// --- capabilities and objects; whatever cannot be had ends the run ---

Word slot();  // an empty slot of the root CNode
Word object(Word type, Word size_bits = 0);
seL4_Error retype(Word untyped, Word type, Word size_bits, Word first_slot, Word count = 1);
// An untyped of its own, 2^size_bits bytes of RAM.
Word untyped(Word size_bits);
// The capability of a page of this program.
Word frame_of(const void* page);
void remove(Word slot);  // CNode.Delete
void revoke(Word slot);
// A copy with these rights and badge, in a new slot.
Word mint(Word source, seL4_CapRights_t rights, Word badge);
Word copy(Word source, seL4_CapRights_t rights = seL4_AllRights);
// An I/O port capability for a range, inclusive.
Word io_ports(Word first, Word last);

// --- address space ---

// Maps frames into the root server's VSpace, with the tables they need.
seL4_Error map(Word frame, Word address, seL4_CapRights_t rights = seL4_ReadWrite, Word attributes = 0);
// The same in any VSpace.
seL4_Error map_in(Word vspace, Word frame, Word address, seL4_CapRights_t rights = seL4_ReadWrite,
                  Word attributes = 0);
// A new VSpace in which this program's image lies at the same addresses, on the same frames.
Word clone_vspace();
// A range of addresses that nothing uses; sizes are rounded up to 2 MiB.
Word addresses(Word size);

// --- threads ---

struct Thread {
    Word tcb;
    seL4_IPCBuffer* buffer;
    Word stack_top;
};
inline constexpr int kMaxThreads = 24;

using Entry = void (*)(Word argument);

// A thread in this program's spaces with stack and IPC buffer, not running yet.
Thread make_thread(Word fault_handler = 0, Word vspace = seL4_CapInitThreadVSpace);
void start(const Thread& thread, Entry entry, Word argument, Word priority);
Thread spawn(Entry entry, Word argument, Word priority, Word fault_handler = 0,
             Word vspace = seL4_CapInitThreadVSpace);
// Ends it and makes its stack available again.
void stop(const Thread& thread);
void set_priority(Word tcb, Word priority);

}  // namespace rt

// The program itself; returning from it powers the machine off.
void root_main();
