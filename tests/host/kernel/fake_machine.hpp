// SPDX-License-Identifier: GPL-3.0-only
// The machine under the object code in host tests, and a root server's environment in it: Kernel boots one,
// and makes its system calls.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "abi/sel4/labels.h"
#include "kernel/api/message.hpp"
#include "kernel/object/tcb.hpp"
#include "kernel/vspace/vspace.hpp"

namespace fake {

using kernel::Cap;
using kernel::Cte;
using kernel::Tcb;
using kernel::Word;

inline constexpr Word kMemorySize = Word{64} << 20;

struct Interrupts {
    unsigned every = 0;  // one comes at every n-th question; 0: none
    unsigned asked = 0;
    unsigned handled = 0;
    bool pending = false;
};
extern Interrupts interrupts;

struct Line {
    bool routed = false, masked = false, level = false, low = false;
    unsigned pin = 0;
};
extern Line lines[];
extern unsigned ioapics;

// Fresh, zeroed memory behind the window.
void map_memory();

struct Answer {
    Word label, length, badge;
    Word mr[8];
};

// A kernel just booted, with one thread: the root server at priority 255.
class Kernel {
public:
    static constexpr Word kRadix = 10;
    static constexpr Word kFirstFree = 32;
    static constexpr Word kUntypedBits = 22;
    static constexpr Word kUntyped = 16, kDeviceUntyped = 17, kSmallUntyped = 18;  // slots
    static constexpr Word kUntypedAddress = Word{16} << 20, kSmallAddress = Word{24} << 20;
    static constexpr Word kDeviceAddress = Word{1} << 40;

    Kernel();

    // One invocation by Call, repeated while it is preempted.
    Answer call(Word cptr, Word label, std::initializer_list<Word> words = {},
                std::initializer_list<Word> caps = {});
    Answer call(Word cptr, Word label, const std::vector<Word>& words, const std::vector<Word>& caps);
    // A system call of the running thread, as its registers and buffer say.
    void syscall(std::int64_t number, Word cptr, Word info);

    Cte& slot(Word index) { return cnode_[index]; }
    static const Cte& irq_slot(Word irq);
    Tcb& root() { return *root_; }
    kernel::IpcBuffer& buffer() { return *buffer_; }

    // Makes objects in free slots of the root CNode; returns the slot of the first.
    Word make(seL4_ObjectType type, Word size_bits = 0, Word count = 1);
    Word free_slot() { return next_slot_++; }
    // A thread with the root server's CSpace and VSpace, and its own buffer; not started.
    Word make_thread(std::uint8_t priority, Word fault_handler = 0);
    Tcb& thread(Word slot_index) { return *kernel::tcb_of(slot(slot_index).cap.as<kernel::TcbCap>()); }

private:
    void boot_objects();
    void boot_thread();

    Cte* cnode_;
    Tcb* root_;
    kernel::IpcBuffer* buffer_;
    Word next_slot_ = kFirstFree;
};

}  // namespace fake
