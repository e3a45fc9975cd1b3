// SPDX-License-Identifier: GPL-3.0-only
// System calls, faults, and who runs.
#include "tests/host/kernel/thread_model.hpp"

#include <algorithm>

#include "tests/host/kernel/bits.hpp"

namespace thread_model {

namespace {

using model::bits_of;
using model::number_of;

const std::vector<Register> kSyscallRegisters = {rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9,
                                                 r10, r11, r12, r13, r14, r15, ip,  sp, flags};
const std::vector<Register> kExceptionRegisters = {ip, sp, flags};

}  // namespace

void Model::system_call() {
    const int caller = running;
    const auto number = static_cast<std::int64_t>(thread(caller).registers[rdx]);
    switch (number) {
        case seL4_SysCall:
            send_call(caller, true, true);
            break;
        case seL4_SysReplyRecv:
            reply_call(caller);
            receive_call(caller, true);
            break;
        case seL4_SysSend:
            send_call(caller, false, true);
            break;
        case seL4_SysNBSend:
            send_call(caller, false, false);
            break;
        case seL4_SysRecv:
            receive_call(caller, true);
            break;
        case seL4_SysReply:
            reply_call(caller);
            break;
        case seL4_SysNBRecv:
            receive_call(caller, false);
            break;
        case seL4_SysYield:
            to_tail(caller);
            reschedule();
            break;
        default:
            if (number == seL4_SysSetTLSBase && !users_set_bases) {
                const Word base = thread(caller).registers[rdi];
                if (sane(fs_base, base) == base) thread(caller).registers[fs_base] = base;
                break;
            }
            raise(caller, seL4_Fault_UnknownSyscall, kSyscallRegisters, {static_cast<Word>(number)});
    }
    decide();
}

void Model::vm_fault(Word address, Word fsr, bool prefetch) {
    raise(running, seL4_Fault_VMFault, {ip}, {address, prefetch, fsr});
    decide();
}

void Model::exception(Word vector, Word error) {
    raise(running, seL4_Fault_UserException, kExceptionRegisters, {vector, error});
    decide();
}

void Model::trap(Word number) {
    raise(running, seL4_Fault_UnknownSyscall, kSyscallRegisters, {number});
    decide();
}

void Model::interrupt(int irq) {
    Interrupt& line = interrupts[irq];
    if (line.notification.kind == Kind::notification)
        signal(line.notification.object, line.notification.badge);
    line.masked = true;
    decide();
}

Model::Found Model::resolve(const Cap& root, Word cptr, Word bits) const {
    if (root.kind != Kind::cnode) return {.slot = {}, .failure = {seL4_InvalidRoot}};
    std::string rest = bits_of(cptr, bits);
    const Cap* cap = &root;
    while (true) {
        const CNode& cnode = cnodes[static_cast<unsigned>(cap->object)];
        const std::string guard = bits_of(cap->guard, cap->guard_size);
        if (rest.substr(0, guard.size()) != guard)
            return {.slot = {}, .failure = {seL4_GuardMismatch, rest.size(), cap->guard, cap->guard_size}};
        if (guard.size() + cnode.radix > rest.size())
            return {.slot = {}, .failure = {seL4_DepthMismatch, rest.size(), guard.size() + cnode.radix}};
        const Slot slot{cap->object, number_of(rest.substr(guard.size(), cnode.radix))};
        rest = rest.substr(guard.size() + cnode.radix);
        if (rest.empty() || at(slot).kind != Kind::cnode)
            return {.slot = slot, .bits_left = rest.size(), .failure = {}};
        cap = &at(slot);
    }
}

void Model::send_call(int caller, bool call, bool blocking) {
    const Word cptr = thread(caller).registers[rdi];
    const Found found = resolve(thread(caller).cspace, cptr);
    if (found.slot) {
        invoke(caller, *found.slot, call, blocking);
    } else if (blocking) {
        cap_fault(caller, cptr, false, found.failure);
    }
}

void Model::receive_call(int caller, bool blocking) {
    const Word cptr = thread(caller).registers[rdi];
    const Found found = resolve(thread(caller).cspace, cptr);
    if (!found.slot) return cap_fault(caller, cptr, true, found.failure);
    const Cap cap = at(*found.slot);
    if (cap.kind == Kind::endpoint && cap.read) {
        thread(caller).caller = {};
        return receive(caller, cap, blocking);
    }
    if (cap.kind == Kind::notification && cap.read) {
        const int bound = notification(cap.object).bound;
        if (bound == kNone || bound == caller) return wait(caller, cap.object, blocking);
    }
    cap_fault(caller, cptr, true, {seL4_MissingCapability, 0});
}

void Model::reply_call(int caller) {
    if (thread(caller).caller.kind == Kind::reply) reply(caller, thread(caller).caller);
}

void Model::invoke(int caller, const Slot& slot, bool call, bool blocking) {
    Thread& t = thread(caller);
    const Word info = t.registers[rsi];
    const seL4_IPCBuffer* from = buffer(caller, false);
    std::vector<Word> fault;
    const auto extra = extra_caps(caller, &fault);
    if (!extra) {
        if (blocking) cap_fault(caller, fault[0], false, {fault.begin() + 1, fault.end()});
        return;
    }
    Invocation invocation{caller, slot, at(slot), info >> 12, {}, *extra, call, blocking};
    const Word length = std::min(info & 127, Word{seL4_MsgMaxLength});
    for (Word i = 0; i < length && (i < 4 || from); i++) {
        const Register registers[] = {r10, r8, r9, r15};
        invocation.words.push_back(i < 4 ? t.registers[registers[i]] : from->msg[i]);
    }
    const Failure failure = perform(invocation);
    if (failure && call) answer(caller, *failure);
    if (!failure && t.state == State::restart) {
        if (call) answer(caller, {});
        t.state = State::running;
    }
}

void Model::answer(int caller, const Answer& answer) {
    const Word length = put_words(caller, answer.words);
    thread(caller).registers[rdi] = 0;
    thread(caller).registers[rsi] = answer.label << 12 | length;
}

// --- faults ---

void Model::cap_fault(int thread, Word cptr, bool receiving, const std::vector<Word>& failure) {
    std::vector<Word> words = {cptr, receiving};
    words.insert(words.end(), failure.begin(), failure.end());
    raise(thread, seL4_Fault_CapFault, {ip}, words);
}

void Model::raise(int number, Word type, const std::vector<Register>& registers,
                  const std::vector<Word>& words) {
    Thread& t = thread(number);
    const Found found = resolve(t.cspace, t.fault_handler);
    const Cap handler = found.slot ? at(*found.slot) : Cap{};
    if (handler.kind != Kind::endpoint || !handler.write || !(handler.grant || handler.grant_reply))
        return set_state(number, State::inactive);
    t.fault = {type, registers, words};
    send(handler.object, number, {handler.badge, true, true, handler.grant, handler.grant_reply});
}

Word sane(Register where, Word value) {
    if (where == ip || where == fs_base || where == gs_base) {
        const Word upper = value >> 47;
        return upper == 0 || upper == 0x1ffff ? value : 0;
    }
    if (where == flags) return ((value | 2 | 0x200) & ~Word{0x8 | 0x20 | 0x100}) & 0xfff;
    return value;
}

// What the handler's message does to the thread that it is for.
void Model::fault_reply(int handler, int faulted) {
    Thread& t = thread(faulted);
    const Word info = thread(handler).registers[rsi];
    const bool takes_words =
        t.fault.type == seL4_Fault_UnknownSyscall || t.fault.type == seL4_Fault_UserException;
    const seL4_IPCBuffer* from = buffer(handler, false);
    for (Word i = 0; takes_words && i < std::min<Word>(info & 127, t.fault.registers.size()); i++) {
        if (i >= 4 && !from) break;
        const Register registers[] = {r10, r8, r9, r15};
        const Word value = i < 4 ? thread(handler).registers[registers[i]] : from->msg[i];
        t.registers[t.fault.registers[i]] = sane(t.fault.registers[i], value);
    }
    t.fault = {};
    if (takes_words && (info >> 12) != 0) return set_state(faulted, State::inactive);
    set_state(faulted, State::restart);
    wake(faulted);
}

Model::Failure Model::write_registers(const Invocation& call) {
    if (call.words.size() < 2 || call.words.size() - 2 < call.words[1])
        return Answer{seL4_TruncatedMessage, {}};
    const int target = call.cap.object;
    if (target == call.caller) return Answer{seL4_IllegalOperation, {}};
    begin(call);
    Thread& t = thread(target);
    for (Word i = 0; i < std::min<Word>(call.words[1], kRegisters); i++)
        t.registers[i] = sane(static_cast<Register>(i), call.words[i + 2]);
    t.next_ip = t.registers[ip];
    t.all_restored = true;
    if (call.words[0] & 1) resume(target);
    return {};
}

// --- scheduling ---

bool Model::is_runnable(int number) const {
    return number != kNone &&
           (thread(number).state == State::running || thread(number).state == State::restart);
}

void Model::set_state(int number, State state) {
    thread(number).state = state;
    if (number == running && !is_runnable(number) && candidate_ == kNone) choose_ = true;
}

std::deque<int>& Model::queue_of(int number) {
    return ready[thread(number).domain][thread(number).priority];
}

bool Model::queued(int number) const {
    for (const auto& [domain, priorities] : ready)
        for (const auto& [priority, queue] : priorities)
            if (std::count(queue.begin(), queue.end(), number)) return true;
    return false;
}

void Model::to_head(int number) {
    if (!queued(number)) queue_of(number).push_front(number);
}

void Model::to_tail(int number) {
    if (!queued(number)) queue_of(number).push_back(number);
}

void Model::leave_queue(int number) {
    std::erase(queue_of(number), number);
}

// Alone and of the running domain, the woken thread is a candidate; else all of them queue up.
void Model::wake(int number) {
    if (thread(number).domain != domain) return to_head(number);
    if (candidate_ == kNone && !choose_) {
        candidate_ = number;
        return;
    }
    reschedule();
    to_head(number);
}

void Model::reschedule() {
    if (candidate_ != kNone) to_head(candidate_);
    candidate_ = kNone;
    choose_ = true;
}

// The highest priority that somebody is ready with in the running domain.
int Model::highest() const {
    int found = -1;
    if (const auto queues = ready.find(domain); queues != ready.end())
        for (const auto& [priority, queue] : queues->second)
            if (!queue.empty()) found = priority;
    return found;
}

bool Model::may_run_at_once(int number, bool running_goes_on) const {
    const int priority = thread(number).priority;
    if (running == kNone) return true;
    if (priority < thread(running).priority) return priority >= highest();
    return priority > thread(running).priority || !running_goes_on;
}

void Model::decide() {
    if (candidate_ != kNone || choose_) {
        const bool goes_on = is_runnable(running);
        if (goes_on) to_head(running);
        if (candidate_ != kNone && may_run_at_once(candidate_, goes_on)) {
            running = candidate_;
        } else {
            if (candidate_ != kNone)
                thread(candidate_).priority == thread(running).priority ? to_tail(candidate_)
                                                                        : to_head(candidate_);
            if (ticks_left_ == 0) next_domain();
            running = highest() < 0 ? kNone : ready[domain][highest()].front();
        }
        if (running != kNone) leave_queue(running);
        candidate_ = kNone;
        choose_ = false;
    }
    if (running != kNone && thread(running).state == State::restart) {
        thread(running).next_ip = thread(running).registers[ip];
        thread(running).state = State::running;
    }
}

void Model::tick() {
    if (running != kNone && --thread(running).slice == 0) {
        thread(running).slice = 5;
        to_tail(running);
        reschedule();
    }
    if (ticks_left_ > 0) ticks_left_--;
    if (ticks_left_ == 0) reschedule();
    decide();
}

void Model::next_domain() {
    const Word next = position_ + 1;
    const bool end = from_start_ || next >= schedule.size() || schedule[next].ticks == 0;
    from_start_ = false;
    position_ = end ? start_ : next;
    domain = static_cast<int>(schedule[position_].domain);
    ticks_left_ = schedule[position_].ticks;
}

void Model::set_priority(int number, Word priority) {
    leave_queue(number);
    thread(number).priority = static_cast<int>(priority);
    if (number == running) {
        reschedule();
    } else if (is_runnable(number)) {
        wake(number);
    }
}

Model::Failure Model::perform_domain(const Invocation& call) {
    const auto& words = call.words;
    if (call.label != seL4_Label_DomainSet_Set) return configure_schedule(call);
    if (words.empty()) return Answer{seL4_TruncatedMessage, {}};
    if (words[0] >= seL4_NumDomains) return Answer{seL4_InvalidArgument, {0}};
    if (call.extra.empty()) return Answer{seL4_TruncatedMessage, {}};
    const Cap cap = at(call.extra[0]);
    if (cap.kind != Kind::thread) return Answer{seL4_InvalidArgument, {1}};
    begin(call);
    leave_queue(cap.object);
    thread(cap.object).domain = static_cast<int>(words[0]);
    if (is_runnable(cap.object)) to_head(cap.object);
    if (cap.object == running) reschedule();
    return {};
}

Model::Failure Model::configure_schedule(const Invocation& call) {
    const auto& words = call.words;
    if (call.label == seL4_Label_DomainSet_ScheduleSetStart) {
        if (words.empty()) return Answer{seL4_TruncatedMessage, {}};
        if (words[0] >= schedule.size()) return Answer{seL4_RangeError, {0, schedule.size() - 1}};
        if (schedule[words[0]].ticks == 0) return Answer{seL4_InvalidArgument, {0}};
        begin(call);
        start_ = words[0];
        from_start_ = true;
        ticks_left_ = 0;
        reschedule();
        return {};
    }
    if (call.label != seL4_Label_DomainSet_ScheduleConfigure) return Answer{seL4_IllegalOperation, {}};
    if (words.size() < 3) return Answer{seL4_TruncatedMessage, {}};
    // The last entry stays the end of the schedule.
    if (words[0] >= schedule.size() - 1) return Answer{seL4_RangeError, {0, schedule.size() - 2}};
    if (words[1] >= seL4_NumDomains) return Answer{seL4_RangeError, {0, seL4_NumDomains - 1}};
    if (words[2] >> 56) return Answer{seL4_InvalidArgument, {2}};
    if (words[2] == 0 && words[1] != 0) return Answer{seL4_InvalidArgument, {1}};
    if (words[2] == 0 && words[0] == start_) return Answer{seL4_InvalidArgument, {2}};
    begin(call);
    schedule[words[0]] = {words[1], words[2]};
    return {};
}

}  // namespace thread_model
