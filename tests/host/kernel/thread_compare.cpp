// SPDX-License-Identifier: GPL-3.0-only
// One step in the kernel and in the model, and a look at everything afterwards.
#include <algorithm>
#include <sstream>

#include "arch/translations.hpp"
#include "kernel/api/entry.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/sched/sched.hpp"
#include "kernel/vspace/vspace.hpp"
#include "tests/host/kernel/thread_world.hpp"

namespace thread_model {

namespace {

constexpr Word kInterruptVector = 48, kTimerVector = 157;

void fill(seL4_IPCBuffer& buffer, const Step& step) {
    for (Word i = 4; i < step.words.size(); i++)
        buffer.msg[i] = step.words[i];
    for (Word i = 0; i < step.caps.size(); i++)
        buffer.caps_or_badges[i] = step.caps[i];
    if (step.receive.size() != 3) return;
    buffer.receiveCNode = step.receive[0];
    buffer.receiveIndex = step.receive[1];
    buffer.receiveDepth = step.receive[2];
}

bool is_call(const Step& step) {
    return step.kind == Step::Kind::call || step.kind == Step::Kind::again;
}

std::ostream& operator<<(std::ostream& out, const Cap& cap) {
    return out << cap.text();
}

// Who is derived from whom the kernel knows in another way.
bool operator==(const Cap& a, const Cap& b) {
    return a.kind == b.kind && a.object == b.object && a.badge == b.badge && a.write == b.write &&
           a.read == b.read && a.grant == b.grant && a.grant_reply == b.grant_reply && a.guard == b.guard &&
           a.guard_size == b.guard_size;
}

template <typename T>
std::string differ(const char* what, const T& kernel, const T& model) {
    if (kernel == model) return {};
    std::ostringstream out;
    out << what << ": kernel " << std::hex << kernel << ", model " << model << "; ";
    return out.str();
}

// The threads of a queue, first to last; links that do not fit end it.
template <typename Next, typename Previous>
std::vector<const kernel::Tcb*> walk(const kernel::Tcb* head, const kernel::Tcb* tail, Next next,
                                     Previous previous) {
    std::vector<const kernel::Tcb*> found;
    const kernel::Tcb* before = nullptr;
    for (const kernel::Tcb* at = head; at; before = at, at = next(*at)) {
        if (previous(*at) != before || found.size() > World::kThreads) return {nullptr};
        found.push_back(at);
    }
    if (head && before != tail) return {nullptr};
    return found;
}

std::vector<const kernel::Tcb*> waiting(const kernel::WaitQueue& queue) {
    return walk(
        queue.head, queue.tail, [](const kernel::Tcb& t) { return t.wait_next; },
        [](const kernel::Tcb& t) { return t.wait_previous; });
}

}  // namespace

std::optional<std::string> World::step(const Step& step) {
    const bool by_thread = step.kind != Step::Kind::tick && step.kind != Step::Kind::interrupt;
    if (by_thread && model_.running == kNone) return std::nullopt;
    if (is_call(step)) write_user_memory(step);
    if (step.kind == Step::Kind::call) write_user_registers(step);
    if (is_call(step) && !model_.covers()) return std::nullopt;
    enter_kernel(step);
    enter_model(step);
    const std::string difference = compare();
    return difference.empty() ? std::nullopt : std::optional(difference);
}

void World::write_user_memory(const Step& step) {
    seL4_IPCBuffer* memory = model_.memory_of(model_.running);
    if (!memory) return;
    fill(*memory, step);
    const Thread& thread = model_.threads[static_cast<unsigned>(model_.running)];
    const Word frame = addresses_[Kind::frame][static_cast<unsigned>(thread.buffer.object)];
    fill(arch::from_physical<seL4_IPCBuffer>(frame)[thread.buffer_index], step);
}

void World::write_user_registers(const Step& step) {
    Thread& thread = model_.threads[static_cast<unsigned>(model_.running)];
    thread.registers[rdx] = static_cast<Word>(step.number);
    thread.registers[rdi] = step.cptr;
    thread.registers[rsi] = step.info;
    constexpr Register kMessage[] = {r10, r8, r9, r15};
    for (Word i = 0; i < 4 && i < step.words.size(); i++)
        thread.registers[kMessage[i]] = step.words[i];
    if (step.base != 0 && model_.users_set_bases) {
        thread.registers[fs_base] = arch::cpu_bases.fs = step.base;
        thread.registers[gs_base] = arch::cpu_bases.gs = ~step.base;
    }
    for (Register index : {rdx, rdi, rsi, r10, r8, r9, r15})
        kernel_current->arch.context.*kContext[index] = thread.registers[index];
}

void World::enter_kernel(const Step& step) {
    using namespace kernel;
    arch::UserContext& context = kernel_current->arch.context;
    const bool interrupted = step.kind == Step::Kind::tick || step.kind == Step::Kind::interrupt;
    if (!interrupted) context.fault_ip = context.rip;
    context.trap = interrupted ? kTimerVector : kInterruptVector;
    const Tcb* left = nullptr;
    switch (step.kind) {
        case Step::Kind::call:
        case Step::Kind::again: {
            context.rip += 2;
            context.trap = arch::kTrapSyscall;
            const auto number = static_cast<std::int64_t>(context.rdx);
            number == seL4_SysCall        ? left = kernel_call()
            : number == seL4_SysReplyRecv ? left = kernel_reply_recv()
                                          : (kernel_syscall(), nullptr);
            if (left && left != kernel_current) __builtin_trap();
            break;
        }
        case Step::Kind::fault:
            return kernel_vm_fault(step.a, step.b & 31, step.b & 32);
        case Step::Kind::exception:
            return kernel_user_exception(step.a, step.b);
        case Step::Kind::trap:
            return kernel_unknown_trap(step.a);
        case Step::Kind::tick:
            return kernel_timer_tick();
        case Step::Kind::interrupt:
            return kernel_interrupt(static_cast<unsigned>(step.a));
    }
}

void World::enter_model(const Step& step) {
    if (step.kind == Step::Kind::tick || step.kind == Step::Kind::interrupt) {
        if (model_.running != kNone)
            model_.threads[static_cast<unsigned>(model_.running)].all_restored = true;
        return step.kind == Step::Kind::tick ? model_.tick() : model_.interrupt(static_cast<int>(step.a));
    }
    Thread& thread = model_.threads[static_cast<unsigned>(model_.running)];
    thread.registers[ip] = thread.next_ip;
    thread.all_restored = !is_call(step);
    if (step.kind == Step::Kind::fault) return model_.vm_fault(step.a, step.b & 31, step.b & 32);
    if (step.kind == Step::Kind::exception) return model_.exception(step.a, step.b);
    if (step.kind == Step::Kind::trap) return model_.trap(step.a);
    thread.next_ip += 2;
    model_.system_call();
}

int World::number_of(Kind kind, Word address) {
    const auto& known = addresses_[kind];
    const auto found = std::find(known.begin(), known.end(), address);
    return found == known.end() ? kNone : static_cast<int>(found - known.begin());
}

int World::thread_of(const kernel::Tcb* tcb) {
    return tcb ? number_of(Kind::thread, arch::window_offset(tcb)) : kNone;
}

Cap World::translate(const kernel::Cap& cap) {
    switch (cap.tag()) {
        case kernel::CapTag::null:
            return {};
        case kernel::CapTag::endpoint: {
            const auto c = cap.as<kernel::EndpointCap>();
            return {.kind = Kind::endpoint,
                    .object = number_of(Kind::endpoint, c.address),
                    .badge = c.badge,
                    .write = c.write != 0,
                    .read = c.read != 0,
                    .grant = c.grant != 0,
                    .grant_reply = c.grant_reply != 0};
        }
        case kernel::CapTag::notification: {
            const auto c = cap.as<kernel::NotificationCap>();
            return {.kind = Kind::notification,
                    .object = number_of(Kind::notification, c.address),
                    .badge = c.badge,
                    .write = c.write != 0,
                    .read = c.read != 0};
        }
        case kernel::CapTag::reply: {
            const auto c = cap.as<kernel::ReplyCap>();
            return {.kind = c.master ? Kind::other : Kind::reply,
                    .object = number_of(Kind::thread, c.address),
                    .grant = c.grant != 0};
        }
        case kernel::CapTag::tcb:
            return {.kind = Kind::thread,
                    .object = number_of(Kind::thread, cap.as<kernel::TcbCap>().address)};
        case kernel::CapTag::cnode: {
            const auto c = cap.as<kernel::CNodeCap>();
            return {.kind = Kind::cnode,
                    .object = number_of(Kind::cnode, c.address),
                    .guard = c.guard,
                    .guard_size = c.guard_size};
        }
        case kernel::CapTag::frame: {
            const auto c = cap.as<kernel::FrameCap>();
            return {.kind = Kind::frame,
                    .object = number_of(Kind::frame, c.address),
                    .write = c.rights == 3,
                    .read = c.rights >= 2};
        }
        case kernel::CapTag::irq_handler:
            return {.kind = Kind::irq_handler,
                    .object = static_cast<int>(cap.as<kernel::IrqHandlerCap>().irq)};
        case kernel::CapTag::domain:
            return {.kind = Kind::domain};
        default:
            return {.kind = Kind::other};
    }
}

std::string World::compare() {
    std::string all = differ("running", thread_of(kernel_current), model_.running) +
                      differ("domain", int{kernel::sched::state.domain}, model_.domain);
    if (kernel::sched::state.candidate || kernel::sched::state.choose) all += "the choice is still open; ";
    const Word* root = kernel::vspace::root_for(*kernel_current);
    all += differ("page tables", arch::loaded_root,
                  root ? kernel::vspace::root_word(root) : arch::kernel_root());
    for (int i = 0; i < kThreads; i++)
        if (const std::string text = compare_thread(i); !text.empty())
            all += "thread " + std::to_string(i) + ": " + text;
    return all + compare_slots() + compare_links() + compare_replies() + compare_memory() +
           compare_waiting() + compare_ready() + compare_interrupts();
}

std::string World::compare_thread(int number) {
    static const char* const names[] = {"ip",  "rsp", "rflags", "rax", "rbx", "rcx", "rdx",
                                        "rsi", "rdi", "rbp",    "r8",  "r9",  "r10", "r11",
                                        "r12", "r13", "r14",    "r15", "fs",  "gs"};
    const Thread& wanted = model_.threads[static_cast<unsigned>(number)];
    if (!wanted.alive) return {};
    const kernel::Tcb& got = tcb(number);
    std::string all;
    arch::UserContext context = got.arch.context;
    if (&got == kernel_current) arch::save_bases(context);
    for (int i = 0; i < kRegisters; i++)
        all += differ(names[i], Word{context.*kContext[i]}, wanted.registers[i]);
    if (&got == kernel_current) all += differ("FS of the CPU", arch::cpu_bases.fs, wanted.registers[fs_base]);
    const kernel::Notification* bound = got.bound_notification;
    all += differ("next ip", got.arch.context.rip, wanted.next_ip) +
           differ("restores all", got.arch.context.trap != arch::kTrapSyscall, wanted.all_restored) +
           differ("state", static_cast<int>(got.state), static_cast<int>(wanted.state)) +
           differ("priority", int{got.priority}, wanted.priority) + differ("mcp", int{got.mcp}, wanted.mcp) +
           differ("domain", int{got.domain}, wanted.domain) +
           differ("time slice", int{got.time_slice}, wanted.slice) +
           differ("fault", Word{got.fault.type}, wanted.fault.type) +
           differ("caller", translate(got.caller.cap), wanted.caller) +
           differ("buffer", translate(got.buffer.cap), wanted.buffer) +
           differ("bound", bound ? number_of(Kind::notification, arch::window_offset(bound)) : kNone,
                  wanted.bound);
    return all;
}

std::string World::compare_slots() {
    std::string all;
    for (Word cnode = 0; cnode < model_.cnodes.size(); cnode++) {
        const auto* slots = arch::from_physical<kernel::Cte>(addresses_[Kind::cnode][cnode]);
        const auto& wanted = model_.cnodes[cnode].slots;
        for (Word i = 0; i < wanted.size(); i++) {
            if (wanted[i].kind == Kind::null && slots[i].is_empty()) continue;
            all += differ("slot", translate(slots[i].cap), wanted[i]);
        }
    }
    return all;
}

// Neighbours in the derivation list know each other, and empty slots nobody.
std::string World::compare_links() {
    std::vector<const kernel::Cte*> slots;
    for (Word cnode = 0; cnode < model_.cnodes.size(); cnode++)
        for (Word i = 0; i < model_.cnodes[cnode].slots.size(); i++)
            slots.push_back(&arch::from_physical<kernel::Cte>(addresses_[Kind::cnode][cnode])[i]);
    for (int i = 0; i < kThreads; i++)
        for (Word slot = 0; slot < kernel::Tcb::kSlots; slot++)
            slots.push_back(&tcb(i).slots()[slot]);
    for (const auto& [irq, line] : model_.interrupts)
        slots.push_back(&fake::Kernel::irq_slot(static_cast<Word>(irq)));
    for (const kernel::Cte* slot : slots) {
        const bool linked = slot->links.previous || slot->links.next_and_flags;
        const kernel::Cte *next = slot->next(), *previous = slot->previous();
        if ((slot->is_empty() && linked) || (next && next->previous() != slot) ||
            (previous && previous->next() != slot))
            return "links are wrong; ";
    }
    return {};
}

// The master reply capability of a thread and the one derived from it, wherever that is, know each other.
std::string World::compare_replies() {
    std::vector<const kernel::Cte*> holders(kThreads);
    auto note = [&](const Cap& cap, const kernel::Cte& slot) {
        if (cap.kind == Kind::reply) holders[static_cast<unsigned>(cap.object)] = &slot;
    };
    for (Word cnode = 0; cnode < model_.cnodes.size(); cnode++)
        for (Word i = 0; i < model_.cnodes[cnode].slots.size(); i++)
            note(model_.cnodes[cnode].slots[i],
                 arch::from_physical<kernel::Cte>(addresses_[Kind::cnode][cnode])[i]);
    for (int i = 0; i < kThreads; i++)
        note(model_.threads[static_cast<unsigned>(i)].caller, tcb(i).caller);
    for (int i = 0; i < kThreads; i++) {
        const kernel::Cte* holder = holders[static_cast<unsigned>(i)];
        if (!model_.threads[static_cast<unsigned>(i)].alive) continue;
        if (tcb(i).reply.next() != holder || (holder && holder->previous() != &tcb(i).reply) ||
            (holder && holder->next()))
            return "the links of reply capability " + std::to_string(i) + " are wrong; ";
    }
    return {};
}

std::string World::compare_memory() {
    for (Word i = 0; i < model_.frames.size(); i++)
        if (__builtin_memcmp(&model_.frames[i], arch::from_physical(addresses_[Kind::frame][i]),
                             sizeof(Frame)))
            return "frame " + std::to_string(i) + " differs; ";
    return {};
}

std::string World::compare_waiting() {
    std::string all;
    auto same = [&](const std::vector<const kernel::Tcb*>& got, const std::deque<int>& wanted) {
        std::deque<int> numbers;
        for (const kernel::Tcb* tcb : got)
            numbers.push_back(thread_of(tcb));
        if (numbers != wanted) all += "a queue differs; ";
    };
    for (Word i = 0; i < model_.endpoints.size(); i++) {
        const auto& got = *arch::from_physical<kernel::Endpoint>(addresses_[Kind::endpoint][i]);
        const Endpoint& wanted = model_.endpoints[i];
        const bool sends = got.state() == kernel::Endpoint::State::senders;
        same(waiting(got.queue()), sends ? wanted.senders : wanted.receivers);
        const bool idle = wanted.senders.empty() && wanted.receivers.empty();
        const auto state = idle ? 0 : wanted.receivers.empty() ? 1 : 2;
        all += differ("endpoint", static_cast<int>(got.state()), state);
    }
    for (Word i = 0; i < model_.notifications.size(); i++) {
        const auto& got = *arch::from_physical<kernel::Notification>(addresses_[Kind::notification][i]);
        const Notification& wanted = model_.notifications[i];
        same(waiting(got.queue), wanted.waiters);
        all += differ("active", got.active(), wanted.active) +
               differ("word", wanted.active ? got.badge : 0, wanted.active ? wanted.word : 0) +
               differ("bound", thread_of(got.bound()), wanted.bound);
    }
    return all;
}

std::string World::compare_ready() {
    std::string all;
    for (int domain = 0; domain < seL4_NumDomains; domain++) {
        const auto& got = kernel::sched::state.ready[domain];
        Word occupied[5] = {};
        for (const auto& [priority, queue] : model_.ready[domain]) {
            if (queue.empty()) continue;
            occupied[priority / 64] |= Word{1} << (priority % 64);
            occupied[4] |= Word{1} << (priority / 64);
            const auto& ready = got.queues[priority];
            const auto threads = walk(
                ready.head, ready.tail, [](const kernel::Tcb& t) { return t.ready_next; },
                [](const kernel::Tcb& t) { return t.ready_previous; });
            std::deque<int> numbers;
            for (const kernel::Tcb* tcb : threads)
                numbers.push_back(tcb && tcb->queued ? thread_of(tcb) : kNone);
            if (numbers != queue) all += "ready queue " + std::to_string(priority) + " differs; ";
        }
        for (int i = 0; i < 5; i++)
            all += differ("ready", i < 4 ? got.occupied[i] : got.summary, occupied[i]);
    }
    return all;
}

std::string World::compare_interrupts() {
    std::string all;
    for (const auto& [irq, wanted] : model_.interrupts) {
        all += differ("masked", fake::lines[irq].masked, wanted.masked) +
               differ("handler", translate(fake::Kernel::irq_slot(static_cast<Word>(irq)).cap),
                      wanted.notification);
    }
    return all;
}

std::string Step::text() const {
    std::ostringstream out;
    out << "{" << static_cast<int>(kind) << ", " << number << ", 0x" << std::hex << cptr << ", 0x" << info
        << ", {";
    auto list = [&out](const std::vector<Word>& numbers) {
        for (Word number : numbers)
            out << "0x" << number << ", ";
        out << "}, ";
    };
    list(words);
    out << "{";
    list(caps);
    out << "{";
    list(receive);
    out << "0x" << base << ", 0x" << a << ", 0x" << b << "},";
    return out.str();
}

}  // namespace thread_model
