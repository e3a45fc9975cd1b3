// SPDX-License-Identifier: GPL-3.0-only
// The same objects in the kernel and in the model.
#include "tests/host/kernel/thread_world.hpp"

#include "arch/features.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/sched/domain.hpp"
#include "kernel/sched/sched.hpp"

namespace thread_model {

using Context = arch::UserContext;

Word Context::* const kContext[kRegisters] = {
    &Context::fault_ip, &Context::rsp, &Context::rflags, &Context::rax,     &Context::rbx,
    &Context::rcx,      &Context::rdx, &Context::rsi,    &Context::rdi,     &Context::rbp,
    &Context::r8,       &Context::r9,  &Context::r10,    &Context::r11,     &Context::r12,
    &Context::r13,      &Context::r14, &Context::r15,    &Context::fs_base, &Context::gs_base};

namespace {

constexpr Word kDeepRadix = 2, kDeepFirst = Word{1} << 62;
constexpr Word kBufferAddress = 0x40'0000;
constexpr Word kEmptySlots = 12;

// The schedule outlives a boot on the host.
void forget_schedule() {
    using namespace kernel::sched;
    (void)configure_domain(0, 0, kMaxDuration);
    (void)start_schedule_at(0);
    for (Word i = 1; i < seL4_NumDomainSchedules; i++)
        (void)configure_domain(i, 0, 0);
    next_domain();
    state.choose = false;
}

}  // namespace

World::World(Word seed) : random_(seed) {
    arch::features.fsgsbase = model_.users_set_bases = below(8) != 0;
    forget_schedule();
    model_.set_endless();
    model_.cnodes.push_back({fake::Kernel::kRadix, std::vector<Cap>(Word{1} << fake::Kernel::kRadix)});
    model_.cnodes.push_back({kDeepRadix, std::vector<Cap>(Word{1} << kDeepRadix)});
    for (Word slot = 1; slot < fake::Kernel::kFirstFree; slot++)
        if (!kernel_.slot(slot).is_empty()) model_.cnodes[0].slots[slot].kind = Kind::other;
    put(kRoot, {.kind = Kind::cnode, .guard_size = 64 - fake::Kernel::kRadix, .original = true});
    put(kDomain, {.kind = Kind::domain, .original = true});
    addresses_[Kind::cnode] = {arch::window_offset(&kernel_.slot(0))};
    make_endpoints();
    make_notifications();
    make_interrupts();
    make_spaces();
    make_threads();
    for (Word i = 0; i < kEmptySlots; i++)
        slots_.push_back(kernel_.free_slot());
}

World::~World() {
    arch::features.fsgsbase = true;
    forget_schedule();
}

void World::put(Word slot, const Cap& cap) {
    model_.cnodes[0].slots[slot] = cap;
    slots_.push_back(slot);
}

// Copies with other rights and badges.
void World::make_copies(Word source, const std::vector<Word>& badges, Word count) {
    for (Word i = 0; i < count; i++) {
        const Word slot = kernel_.free_slot(), rights = below(2) ? 15 : below(16);
        const Word badge = badges[below(badges.size())];
        kernel_.call(kRoot, seL4_Label_CNode_Mint, {slot, 64, source, 64, rights, badge}, {kRoot});
        Cap cap = model_.cnodes[0].slots[source];
        cap.write = rights & 1;
        cap.read = rights & 2;
        cap.grant = cap.grant && (rights & 4);
        cap.grant_reply = cap.grant_reply && (rights & 8);
        cap.badge = badge;
        cap.original = false;
        put(slot, cap);
    }
}

void World::make_endpoints() {
    for (int i = 0; i < kEndpoints; i++) {
        const Word slot = kernel_.make(seL4_EndpointObject);
        addresses_[Kind::endpoint].push_back(kernel_.slot(slot).cap.as<kernel::EndpointCap>().address);
        model_.endpoints.emplace_back();
        put(slot, {.kind = Kind::endpoint,
                   .object = i,
                   .write = true,
                   .read = true,
                   .grant = true,
                   .grant_reply = true,
                   .original = true});
        const Word base = 0x10000 * static_cast<Word>(i + 1);
        make_copies(slot, {0, base + 1, base + 2, base + 3}, 6);
    }
}

void World::make_notifications() {
    for (int i = 0; i < kNotifications; i++) {
        const Word slot = kernel_.make(seL4_NotificationObject);
        addresses_[Kind::notification].push_back(
            kernel_.slot(slot).cap.as<kernel::NotificationCap>().address);
        model_.notifications.emplace_back();
        put(slot, {.kind = Kind::notification, .object = i, .write = true, .read = true, .original = true});
        make_copies(slot, {0, 0x1000, 0x2000, 0x4000}, 3);
    }
}

void World::make_interrupts() {
    for (int i = 0; i < kIrqs; i++) {
        const int irq = kFirstIrq + i;
        const Word slot = kernel_.free_slot(), pin = static_cast<Word>(irq);
        kernel_.call(seL4_CapIRQControl, seL4_Label_IRQControl_GetIOAPIC, {slot, 64, 0, pin, 0, 0, pin},
                     {kRoot});
        put(slot, {.kind = Kind::irq_handler, .object = irq, .original = true});
        model_.interrupts[irq];
    }
}

// A second CSpace: an upper CNode that leads to the root CNode in several ways, most of them odd; and a
// VSpace that is there for a thread to lose it.
void World::make_spaces() {
    deep_slot_ = kernel_.make(seL4_CapTableObject, kDeepRadix);
    addresses_[Kind::cnode].push_back(kernel_.slot(deep_slot_).cap.as<kernel::CNodeCap>().address);
    put(deep_slot_, {.kind = Kind::cnode, .object = 1, .original = true});
    const Word fits = 64 - kDeepRadix - fake::Kernel::kRadix;
    const Word guards[] = {64 - fake::Kernel::kRadix, fits, fits - 2};
    for (Word i = 0; i < 3; i++) {
        kernel_.call(deep_slot_, seL4_Label_CNode_Mint, {i, kDeepRadix, kRoot, 64, 15, guards[i]}, {kRoot});
        model_.cnodes[1].slots[i] = {.kind = Kind::cnode, .object = 0, .guard_size = guards[i]};
    }
    kernel_.call(deep_slot_, seL4_Label_CNode_Copy, {3, kDeepRadix, slots_[4], 64, 15}, {kRoot});
    model_.cnodes[1].slots[3] = model_.cnodes[0].slots[slots_[4]];
    model_.cnodes[1].slots[3].original = false;
    // As a handler or a receiver it looks like an endpoint's to whoever does not ask what it is.
    const Word odd = kernel_.free_slot(), guard_size = 0b110111;
    kernel_.call(kRoot, seL4_Label_CNode_Mint, {odd, 64, deep_slot_, 64, 15, guard_size}, {kRoot});
    put(odd, {.kind = Kind::cnode, .object = 1, .guard_size = guard_size});
    odd_slot_ = odd;
    dead_space_ = kernel_.make(seL4_X64_PML4Object);
    put(dead_space_, {.kind = Kind::other});
    kernel_.call(seL4_CapInitThreadASIDPool, seL4_Label_ASIDPool_Assign, {}, {dead_space_});
}

void World::make_threads() {
    model_.threads.resize(kThreads);
    deep_.resize(kThreads);
    model_.frames.resize(kThreads);
    addresses_[Kind::thread] = {arch::window_offset(&kernel_.root())};
    put(seL4_CapInitThreadTCB, {.kind = Kind::thread, .object = 0, .original = true});
    std::vector<Word> slots = {seL4_CapInitThreadTCB};
    for (int i = 1; i < kThreads; i++) {
        slots.push_back(kernel_.make(seL4_TCBObject));
        addresses_[Kind::thread].push_back(kernel_.slot(slots.back()).cap.as<kernel::TcbCap>().address);
        put(slots.back(), {.kind = Kind::thread, .object = i, .original = true});
    }
    for (int i = 0; i < kThreads; i++)
        configure(i, slots[static_cast<unsigned>(i)]);
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {dead_space_, 64});
    for (int i = 0; i < kThreads; i++)
        adopt(i);
}

// The frame of its buffer, with the rights it is to have; the root server keeps the one it has.
Cap World::make_buffer(int thread, Word* slot) {
    *slot = thread == 0 ? Word{seL4_CapInitThreadIPCBuffer} : kernel_.make(seL4_X86_4K);
    Cap cap = {.kind = Kind::frame, .object = thread, .write = true, .read = true, .original = true};
    addresses_[Kind::frame].push_back(kernel_.slot(*slot).cap.as<kernel::FrameCap>().address);
    put(*slot, cap);
    const Word choice = below(8);
    if (thread == 0 || choice > 1) return cap;
    const Word weak = kernel_.free_slot(), rights = choice == 0 ? 2 : 0;
    kernel_.call(kRoot, seL4_Label_CNode_Copy, {weak, 64, *slot, 64, rights}, {kRoot});
    *slot = weak;
    cap.read = rights & 2;
    cap.write = cap.original = false;
    put(weak, cap);
    return cap;
}

void World::configure(int number, Word slot) {
    Thread& thread = model_.threads[static_cast<unsigned>(number)];
    deep_[static_cast<unsigned>(number)] = number != 0 && below(4) == 0;
    const bool deep = deep_[static_cast<unsigned>(number)];
    Word frame = 0;
    thread.buffer = make_buffer(number, &frame);
    thread.buffer.original = false;
    thread.buffer_index = number == 0 ? 0 : below(4);
    thread.cspace = model_.cnodes[0].slots[deep ? deep_slot_ : kRoot];
    thread.fault_handler =
        cptr_of(number, slots_[below(4) ? 2 + below(kEndpoints * 7) : below(slots_.size())]);
    if (below(12) == 0) thread.fault_handler = below(2) ? random_() : cptr_of(number, odd_slot_);
    const Word space = number != 0 && below(8) == 0 ? dead_space_ : Word{seL4_CapInitThreadVSpace};
    const bool no_buffer = number != 0 && below(8) == 0;
    if (no_buffer) thread.buffer = {};
    if (no_buffer) thread.buffer_index = 0;
    kernel_.call(slot, seL4_Label_TCB_Configure,
                 {thread.fault_handler, 0, 0, no_buffer ? 0 : kBufferAddress + 1024 * thread.buffer_index},
                 {deep ? deep_slot_ : kRoot, space, frame});
    if (number == 0) return;
    const Word priorities[] = {0, 20, 20, 20, 63, 64, 64, 255};
    kernel_.call(slot, seL4_Label_TCB_SetSchedParams, {below(2) ? 255 : below(100), priorities[below(8)]},
                 {seL4_CapInitThreadTCB});
}

// What the kernel says of a thread that was just configured is where the model begins.
void World::adopt(int number) {
    Thread& thread = model_.threads[static_cast<unsigned>(number)];
    const kernel::Tcb& from = tcb(number);
    if (number == 0) thread.state = State::running;
    thread.priority = from.priority;
    thread.mcp = from.mcp;
    for (int i = 0; i < kRegisters; i++)
        thread.registers[i] = from.arch.context.*kContext[i];
    thread.next_ip = from.arch.context.rip;
    thread.all_restored = from.arch.context.trap != arch::kTrapSyscall;
    __builtin_memcpy(&model_.frames[static_cast<unsigned>(number)],
                     arch::from_physical(addresses_[Kind::frame][static_cast<unsigned>(number)]),
                     sizeof(Frame));
}

Word World::cptr_of(int thread, Word slot) const {
    return deep_[static_cast<unsigned>(thread)] ? kDeepFirst | slot : slot;
}

}  // namespace thread_model
