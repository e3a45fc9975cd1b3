// SPDX-License-Identifier: GPL-3.0-only
// Hostile threads against the kernel. The supervisor builds a world for them out of one untyped, lets them
// live and die in it, then revokes the untyped: all of it must come back, and the kernel must be as it was.
// World after world.
#include "amount.hpp"
#include "attack.hpp"

extern "C" const char __executable_start[];

namespace {

using namespace hostile;

constexpr Word kWorldBits = 23;
constexpr Word kMemoryBits = 20;
constexpr Word kPriority = 100;
constexpr Word kTopPriority = kPriority + kThreads;
constexpr Word kTickBadge = 1 << 16;
constexpr Word kIdleBadge = 1 << 17;
constexpr Word kTicksPerWorld = 10;
constexpr Word kRestartsPerWorld = 60;
constexpr Word kLivesPerWorld = 400;

constexpr Word kRoot = seL4_CapInitThreadCNode;

void must(seL4_Error error, const char* what) {
    if (error == seL4_NoError) return;
    rt::print("error ", static_cast<int>(error), " ", seL4_GetMR(0), " ", seL4_GetMR(1), " ", seL4_GetMR(2));
    rt::die(what);
}

// --- the supervisor's clock: one PIT interrupt after the other ---

class Clock {
public:
    explicit Clock(Word notification) : ports_(rt::io_ports(0x40, 0x43)), handler_(rt::slot()) {
        constexpr Word kPitPin = 2;
        constexpr Word kVector = 10;
        must(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, kRoot, handler_, 64, 0, kPitPin, 0, 0, kVector),
             "PIT");
        must(seL4_IRQHandler_SetNotification(handler_, rt::mint(notification, seL4_AllRights, kTickBadge)),
             "PIT");
        tick();
    }
    // About 5 ms from now.
    void tick() {
        seL4_IRQHandler_Ack(handler_);
        seL4_X86_IOPort_Out8(ports_, 0x43, 0x30);
        seL4_X86_IOPort_Out8(ports_, 0x40, 0x4e);
        seL4_X86_IOPort_Out8(ports_, 0x40, 0x17);
    }

private:
    Word ports_;
    Word handler_;
};

// Runs when every hostile thread is blocked or lost, and says so.
Word idle_signal;
void watch(Word) {
    for (;;)
        seL4_Signal(idle_signal);
}

// --- a world ---

class World {
public:
    World(Word memory, Word fault_endpoint) : memory_(memory), fault_endpoint_(fault_endpoint) {
        next_ = rt_slots();
        cnode_ = make(seL4_CapTableObject, kSlotBits);
        frames_ = make(seL4_CapTableObject, 9);
        make_vspace();
        fill_cspace();
        for (int i = 0; i < kThreads; ++i)
            make_thread(i);
    }

    // Begins a life with another seed.
    void start(int i, Word seed) {
        arenas[i].seed = seed;
        seL4_UserContext context{};
        context.rip = reinterpret_cast<Word>(&live);
        context.rsp = reinterpret_cast<Word>(arenas[i].stack + sizeof arenas[i].stack) - 8;
        context.rflags = 0x202;
        context.rdi = static_cast<Word>(i);
        // Nothing here may fail for good: the thread may have lost its buffer, its spaces or its priority.
        seL4_TCB_SetPriority(tcbs_[i], seL4_CapInitThreadTCB, kPriority + seed % kThreads);
        seL4_TCB_Configure(tcbs_[i], kFaultEndpoint, cnode_, guard(), vspace_, 0,
                           reinterpret_cast<Word>(arenas[i].buffer), rt::frame_of(arenas[i].buffer));
        seL4_TCB_WriteRegisters(tcbs_[i], 1, 0, 20, &context);
    }

private:
    static constexpr Word kOwnSlots = 64;

    // The same slots of the root CNode serve every world.
    static Word rt_slots() {
        static Word first = 0;
        if (first == 0) {
            first = rt::slot();
            for (Word i = 1; i < kOwnSlots; ++i)
                rt::slot();
        }
        return first;
    }
    static Word guard() { return seL4_CNode_CapData_new(0, 64 - kSlotBits).words[0]; }

    Word make(Word type, Word size_bits = 0) {
        const Word slot = next_++;
        must(rt::retype(memory_, type, size_bits, slot), "no memory for a world");
        return slot;
    }
    void give(Word slot, Word cap, Word data = 0) {
        must(seL4_CNode_Mint(cnode_, slot, kSlotBits, kRoot, cap, 64, seL4_AllRights, data), "give");
    }

    // The image, read-only but for the arenas. The copies of the frames live in a CNode of the world.
    void make_vspace() {
        vspace_ = make(seL4_X64_PML4Object);
        must(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace_), "ASID");
        const Word begin = reinterpret_cast<Word>(__executable_start) & ~(kPage - 1);
        const Word pdpt = make(seL4_X86_PDPTObject);
        const Word directory = make(seL4_X86_PageDirectoryObject);
        const Word table = make(seL4_X86_PageTableObject);
        must(seL4_X86_PDPT_Map(pdpt, vspace_, begin, seL4_X86_WriteBack), "PDPT");
        must(seL4_X86_PageDirectory_Map(directory, vspace_, begin, seL4_X86_WriteBack), "PD");
        must(seL4_X86_PageTable_Map(table, vspace_, begin, seL4_X86_WriteBack), "PT");
        const Word scratch = next_++;
        const Word count = rt::info->userImageFrames.end - rt::info->userImageFrames.start;
        for (Word i = 0; i < count; ++i) {
            const Word at = begin + i * kPage;
            const bool arena =
                at >= reinterpret_cast<Word>(arenas) && at < reinterpret_cast<Word>(arenas + kThreads);
            const Word frame = rt::info->userImageFrames.start + i;
            must(seL4_CNode_Copy(kRoot, scratch, 64, kRoot, frame, 64, seL4_AllRights), "copy a frame");
            must(seL4_X86_Page_Map(scratch, vspace_, at, arena ? seL4_ReadWrite : seL4_CanRead,
                                   seL4_X86_WriteBack),
                 "map the image");
            must(seL4_CNode_Move(frames_, i, 9, kRoot, scratch, 64), "keep a frame");
        }
    }

    void fill_cspace() {
        give(kOwnCNode, cnode_, guard());
        give(kOwnVSpace, vspace_);
        must(seL4_Untyped_Retype(memory_, seL4_UntypedObject, kMemoryBits, cnode_, 0, 0, kMemory, 1),
             "memory");
        must(seL4_Untyped_Retype(memory_, seL4_UntypedObject, 14, cnode_, 0, 0, kSmallMemory, 1), "memory");
        must(seL4_Untyped_Retype(memory_, seL4_EndpointObject, 0, cnode_, 0, 0, kEndpoint, 1), "endpoint");
        must(seL4_Untyped_Retype(memory_, seL4_NotificationObject, 0, cnode_, 0, 0, kNotification, 1),
             "notification");
        must(seL4_Untyped_Retype(memory_, seL4_X86_4K, 0, cnode_, 0, 0, kFrame, 1), "frame");
        give(kAsidControl, seL4_CapASIDControl);
        const Word pool = make(seL4_UntypedObject, 12);
        const Word pool_cap = next_++;
        must(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, pool, kRoot, pool_cap, 64), "ASID pool");
        give(kAsidPool, pool_cap);
        static const Word ports = rt::io_ports(0x80, 0x83);
        give(kPorts, ports);
        static const Word interrupt = [] {
            const Word slot = rt::slot();
            must(seL4_IRQControl_GetMSI(seL4_CapIRQControl, kRoot, slot, 64, 0, 0, 0, 0, 50), "MSI");
            return slot;
        }();
        give(kInterrupt, interrupt);
    }

    void make_thread(int i) {
        tcbs_[i] = make(seL4_TCBObject);
        if (i == 0) give(kFaultEndpoint, fault_endpoint_, 1);
        must(seL4_TCB_SetMCPriority(tcbs_[i], seL4_CapInitThreadTCB, kTopPriority), "MCP");
        give(kFirstTcb + static_cast<Word>(i), tcbs_[i]);
    }

    Word memory_;
    Word fault_endpoint_;
    Word next_;
    Word cnode_ = 0;
    Word frames_ = 0;
    Word vspace_ = 0;
    Word tcbs_[kThreads] = {};
};

struct Totals {
    Word worlds = 0;
    Word calls = 0;
    Word faults = 0;
    Word messages = 0;
};

void show(const Totals& totals) {
    rt::print("# ", totals.worlds, " worlds, ", totals.calls, " calls, ", totals.faults, " faults, ",
              totals.messages, " messages");
}

// Takes what the threads send until the world's time is over.
void supervise(World& world, Word fault_endpoint, Clock& clock, Word seed, Totals& totals) {
    Word ticks = 0;
    Word lives = 0;
    Word restarts = 0;
    while (ticks < kTicksPerWorld && lives < kLivesPerWorld && restarts < kRestartsPerWorld) {
        Word badge = 0;
        const seL4_MessageInfo_t info = seL4_Recv(fault_endpoint, &badge);
        if (badge >= kTickBadge) {
            if ((badge & kTickBadge) != 0) {
                ++ticks;
                clock.tick();
            }
            ++restarts;
            // Whoever is blocked or lost begins again.
            for (int i = 0; i < kThreads; ++i)
                world.start(i, ++seed * 0x9e3779b97f4a7c15);
            continue;
        }
        const Word label = seL4_MessageInfo_get_label(info);
        ++(label == seL4_Fault_UserException || label == seL4_Fault_VMFault || label == seL4_Fault_CapFault
               ? totals.faults
               : totals.messages);
        ++lives;
        world.start(static_cast<int>(lives % kThreads), ++seed * 0x9e3779b97f4a7c15);
    }
}

bool is_whole(Word memory) {
    const Word slot = rt::slot();
    if (rt::retype(memory, seL4_UntypedObject, kWorldBits, slot) != seL4_NoError) return false;
    rt::revoke(memory);
    return true;
}

}  // namespace

void root_main() {
    const Word memory = rt::untyped(kWorldBits);
    const Word fault_endpoint = rt::object(seL4_EndpointObject);
    const Word notification = rt::object(seL4_NotificationObject);
    must(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification), "bind");
    Clock clock(notification);
    idle_signal = rt::mint(notification, seL4_AllRights, kIdleBadge);
    rt::spawn(watch, 0, 1);
    Totals totals;
    bool whole = true;
    while (whole && totals.calls < amount::kHostileCalls) {
        for (Arena& arena : arenas)
            arena.calls = 0;
        World world(memory, fault_endpoint);
        const Word seed = totals.worlds * 1000 + 1;
        for (int i = 0; i < kThreads; ++i)
            world.start(i, seed + static_cast<Word>(i) * 77);
        supervise(world, fault_endpoint, clock, seed, totals);
        rt::revoke(memory);
        whole = is_whole(memory);
        for (const Arena& arena : arenas)
            totals.calls += arena.calls;
        ++totals.worlds;
        if (totals.worlds % 32 == 0) show(totals);
    }
    show(totals);
    rt::print(whole ? "ok " : "FAIL ", "every byte of a hostile world comes back");
    rt::print(whole ? "1 passed, 0 failed" : "0 passed, 1 failed");
}
