// SPDX-License-Identifier: GPL-3.0-only
//
// A kernel for the host: as much of seL4's API as mm and ps use, over a file of memory. Its rules are the
// contract's where they can be broken (slots empty, mapped once, levels present, untypeds full); what breaks
// a rule answers the contract's error, and what no test should ever do stops the test. A frame mapped into
// the Executive's own space is really mapped, so aliases share memory; other spaces are only recorded.
#pragma once

#include <stdint.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "abi/sel4/types.h"
#include "executive/mm/boot.hpp"

extern "C" seL4_Word fake_system_call(seL4_Int64 number, seL4_CPtr* capability, seL4_Word info,
                                      seL4_Word* words);

namespace fake {

struct Object;

struct Slot {
    Object* object = nullptr;
    seL4_Word badge = 0;
    seL4_Word rights = 0xf;
    unsigned guard_bits = 0;
    // Of a frame's or table's mapping.
    Object* space = nullptr;
    uint64_t address = 0;
    seL4_Word map_rights = 0;
    seL4_Word map_attributes = 0;
    bool original = false;  // made by Retype or with a badge: its copies are below it
    Slot* parent = nullptr;
    std::vector<Slot*> children;
};

struct Object {
    seL4_ObjectType type;
    uint64_t physical = 0;
    unsigned bits = 0;
    bool device = false;
    uint64_t used = 0;                         // untyped
    std::vector<std::unique_ptr<Slot>> slots;  // CNode
    std::map<uint64_t, Slot*> pages;           // space: what is mapped where
    // Space: the slots of tables that are present, by address >> 39, 30, 21; null for those of the boot.
    std::map<uint64_t, Slot*> tables[3];
    bool has_asid = false;
    bool running = false;  // thread
    seL4_UserContext registers{};
    seL4_Word breakpoints[5] = {};  // DR0 to DR3, DR7
    unsigned references = 0;
};

class Kernel {
public:
    // RAM in untypeds of these sizes (bits), and one device untyped.
    explicit Kernel(const std::vector<unsigned>& ram_bits, size_t archive_pages = kPartPages);
    ~Kernel();

    const seL4_BootInfo& boot_info() const { return *boot_info_; }
    uint64_t image_start() const { return image_start_; }
    // Four pages each of code, constants and data, then the archive.
    mm::BootImage image() const;
    std::span<uint8_t> archive();
    seL4_Word invoke(seL4_CPtr capability, seL4_Word info, seL4_Word* words);
    // What the rest of a test looks at.
    unsigned mapped_pages(uint64_t vspace_capability);
    Object& object(seL4_CPtr capability);
    // How a page is mapped; the Executive's own space is seL4_CapInitThreadVSpace. False: not at all.
    struct Mapping {
        bool mapped;
        bool writable;
        bool executable;
    };
    Mapping mapping(uint64_t vspace_capability, uint64_t address);
    uint64_t invocations = 0;
    // Runs of pages, which are announced (abi/sel4/extensions.h). Without: each is refused.
    bool serves_runs = true;
    // Debug registers likewise.
    bool serves_breakpoints = true;
    // The one there is.
    inline static Kernel* current = nullptr;
    // What Recv, NBRecv and ReplyRecv give, in this order; when there is none, a signal that means nothing.
    struct Message {
        seL4_Word badge;
        seL4_Word info;
        seL4_Word words[4];
    };
    std::deque<Message> messages;
    // Asked when there is none: what a thread that may run at that moment sends. Badge 0: nothing.
    std::function<Message()> sender;
    // Called with each answer; the badge is the one that the answered message had.
    std::function<void(const Message&)> answered;

private:
    friend seL4_Word(::fake_system_call)(seL4_Int64, seL4_CPtr*, seL4_Word, seL4_Word*);
    static constexpr unsigned kRootBits = 13;
    static constexpr unsigned kPartPages = 4;
    friend class Invocation;

    uint8_t* memory(uint64_t physical) { return memory_ + physical; }
    Slot* boot_slot(seL4_Word number) { return root_->slots[number].get(); }
    Slot* resolve(seL4_CPtr pointer);
    Slot* resolve_in(Slot& root, seL4_Word index, seL4_Word depth);
    Object* make(seL4_ObjectType type, uint64_t physical, unsigned bits);
    void put(Slot& slot, Object* object, Slot* parent, bool original);
    void clear(Slot& slot);
    void revoke(Slot& slot);
    void unmap(Slot& slot);
    void map_own(uint64_t address, Object& frame, bool present);
    void map_at_boot(Slot& slot, uint64_t address);
    void announce_extensions();
    void answer(seL4_Word caller, seL4_Word info, const seL4_Word* words);
    void send_to_saved(seL4_CPtr reply, seL4_Word info, const seL4_Word* words);
    seL4_Word receive(bool looks, seL4_CPtr* badge, seL4_Word* words);

    unsigned image_pages_;
    std::unordered_map<Object*, std::unique_ptr<Object>> objects_;
    seL4_Word caller_ = 0;  // whom a reply would reach
    std::unordered_map<Slot*, seL4_Word> saved_callers_;
    Object* root_ = nullptr;
    Slot cspace_;  // the Executive's CSpace root
    Object* own_space_ = nullptr;
    seL4_BootInfo* boot_info_ = nullptr;
    seL4_IPCBuffer& buffer_;
    uint8_t* memory_ = nullptr;
    int file_ = -1;
    uint64_t size_ = 0;
    uint64_t image_start_ = 0;
};

}  // namespace fake
