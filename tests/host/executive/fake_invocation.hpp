// SPDX-License-Identifier: GPL-3.0-only
//
// How the kernel made for tests does an invocation: its own parts only.
#pragma once

#include "tests/host/executive/fake_kernel.hpp"

namespace fake {

// In place of a physical address: a page of the test itself, already where it belongs.
inline constexpr uint64_t kHostPage = ~uint64_t{0};

[[noreturn]] void give_up(const char* what, uint64_t detail);

// One invocation: its arguments, its answer.
class Invocation {
public:
    Invocation(Kernel& kernel, Slot& slot, seL4_Word info, seL4_Word* words)
        : kernel_(kernel), slot_(slot), label_(info >> 12), length_(info & 0x7f), words_(words) {}
    seL4_Error run();

private:
    Slot* extra(int i) { return kernel_.resolve(kernel_.buffer_.caps_or_badges[i]); }
    seL4_Word message(int i) const { return i < 4 ? words_[i] : kernel_.buffer_.msg[i]; }
    seL4_Error retype();
    seL4_Error copy(bool mint);
    seL4_Error mutate();
    seL4_Error save_caller();
    seL4_Error map_table();
    seL4_Error map_page();
    seL4_Error map_at(Slot& slot, Object* space, uint64_t address, seL4_Word rights, seL4_Word attributes);
    seL4_Error map_pages();
    seL4_Error unmap_pages();
    seL4_Error failed_lookup(unsigned bits) {
        words_[0] = 0;
        words_[1] = seL4_MissingCapability;
        words_[2] = bits;
        return seL4_FailedLookup;
    }
    void read_registers();
    void write_registers();
    seL4_Error set_debug_registers();

    Kernel& kernel_;
    Slot& slot_;
    seL4_Word label_;
    seL4_Word length_;
    seL4_Word* words_;
};

}  // namespace fake
