// SPDX-License-Identifier: GPL-3.0-only
// Random sequences of system calls, faults, ticks and interrupts on the kernel and on the model of threads:
// whatever can be seen has to agree after each. A sequence after which it does not is made as short as it can
// be and printed. THREAD_MODEL_STEPS sets how many steps, THREAD_MODEL_SEED where to begin.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "tests/host/kernel/thread_world.hpp"

namespace {

using namespace thread_model;

constexpr Word kSequence = 600;  // steps from one boot
constexpr Word kPatience = 20;   // of them while nothing runs

// Chooses steps that often make sense.
class Generator {
public:
    Generator(Word seed, const World& world) : random_(seed), world_(world), model_(world.model()) {
        for (int i = 1; i < World::kThreads; i++)
            queue_invocation(Kind::thread, i, seL4_Label_TCB_Resume, {});
        focus_ = below(2) ? static_cast<int>(below(World::kEndpoints)) : kNone;
        if (below(3) == 0) schedule_domains();
        if (below(2)) bind_notifications();
        const Word own = below(4) ? 1 : below(256);
        queue_invocation(Kind::thread, 0, seL4_Label_TCB_SetSchedParams, {255, own}, {slot_of(Kind::thread)});
    }

    Step next() {
        if (!planned_.empty()) {
            const Step step = planned_.front();
            planned_.pop_front();
            return step;
        }
        if (model_.running == kNone || below(100) < 9) return from_outside();
        const int bound = model_.threads[static_cast<unsigned>(model_.running)].bound;
        if (bound != kNone && below(8) == 0) return signal_itself(bound);
        const bool keeper = model_.running == 0 && below(8);  // keeps the others going
        const Word choice = below(100);
        if (choice < 6) return again();
        if (choice < 14 && !keeper) return fault();
        if (choice < (keeper ? 75 : 34)) return invocation();
        if (keeper) return message(pick({seL4_SysNBSend, seL4_SysYield, seL4_SysNBRecv, seL4_SysReply}));
        return message(pick({seL4_SysCall, seL4_SysCall, seL4_SysCall, seL4_SysReplyRecv, seL4_SysReplyRecv,
                             seL4_SysReplyRecv, seL4_SysRecv, seL4_SysRecv, seL4_SysSend, seL4_SysNBSend,
                             seL4_SysReply, seL4_SysNBRecv, seL4_SysYield}));
    }

private:
    Word below(Word limit) { return random_() % limit; }
    Word some(const std::vector<Word>& from) { return from[below(from.size())]; }
    std::int64_t pick(const std::vector<std::int64_t>& from) { return from[below(from.size())]; }
    Word cptr(Word slot) { return world_.cptr_of(model_.running, slot); }
    const Cap& cap(Word slot) const { return model_.cnodes[0].slots[slot]; }

    // A slot that holds a capability of this kind, most of the time.
    Word slot_of(Kind kind) {
        std::vector<Word> found;
        for (Word slot : world_.slots())
            if (cap(slot).kind == kind &&
                (kind != Kind::endpoint || focus_ == kNone || cap(slot).object == focus_))
                found.push_back(slot);
        return found.empty() || below(20) == 0 ? some(world_.slots()) : some(found);
    }
    Word slot_of_object(Kind kind, int object) {
        for (Word slot : world_.slots())
            if (cap(slot).kind == kind && cap(slot).object == object) return slot;
        return slot_of(kind);
    }
    Word odd_cptr() {
        return some({0, cptr(World::kDomain), cptr(slot_of(Kind::null)),
                     below(4) << 62 | slot_of(Kind::endpoint), random_(),
                     Word{2} << 62 | slot_of(Kind::endpoint) << 2, Word{3} << 62});
    }

    Step from_outside() {
        if (below(3)) return {.kind = Step::Kind::tick, .words = {}, .caps = {}, .receive = {}};
        return {.kind = Step::Kind::interrupt,
                .words = {},
                .caps = {},
                .receive = {},
                .a = World::kFirstIrq + below(World::kIrqs)};
    }
    Step again() { return {.kind = Step::Kind::again, .words = {}, .caps = {}, .receive = {}}; }

    Step fault() {
        Step step{.words = {}, .caps = {}, .receive = {}, .a = random_(), .b = random_()};
        step.kind = static_cast<Step::Kind>(static_cast<Word>(Step::Kind::fault) + below(3));
        if (below(4)) return step;
        step.kind = Step::Kind::call;
        step.number = pick({1, 0, seL4_SysSetTLSBase, -31, -77, 0x7fffffff});
        step.cptr = word();
        fill(step, below(6), 0);
        return step;
    }

    Word word() {
        switch (below(8)) {
            case 0:
                return random_();
            case 1:
                return Word{1} << below(64);
            case 2:
                return ~Word{0} << below(64);
            default:
                return 0x5000 + below(256);
        }
    }
    Word rough_length() {
        const Word choice = below(20);
        return choice < 12 ? below(5) : choice < 18 ? below(23) : choice < 19 ? 120 : below(128);
    }

    // Message words and capabilities, and where a capability would be welcome.
    void fill(Step& step, Word length, Word extra) {
        step.info = (below(3) ? 0 : below(40)) << 12 | below(8) << 9 | extra << 7 | length;
        for (Word i = 0; i < std::min<Word>(length, 120); i++)
            step.words.push_back(word());
        for (Word i = 0; i < extra; i++)
            step.caps.push_back(below(12) ? cptr(below(2) ? slot_of(Kind::endpoint) : some(world_.slots()))
                                          : odd_cptr());
        if (below(8) == 0) step.base = 0x1000 + below(4096);
        if (below(2)) return;
        step.receive = {cptr(World::kRoot), slot_of(Kind::null), 64};
        if (below(12) == 0) step.receive[below(3)] = below(70);
    }

    Step message(std::int64_t number) {
        Step step{.kind = Step::Kind::call, .number = number, .words = {}, .caps = {}, .receive = {}};
        const Word choice = below(100);
        const Kind kind = choice < 75 ? Kind::endpoint : choice < 93 ? Kind::notification : Kind::reply;
        step.cptr = choice < 97 ? cptr(slot_of(kind)) : odd_cptr();
        fill(step, rough_length(), below(6) ? 0 : below(4));
        return step;
    }

    // So that it finds the signal when it receives next.
    Step signal_itself(int notification) {
        Step step = message(seL4_SysNBSend);
        step.cptr = cptr(slot_of_object(Kind::notification, notification));
        planned_.push_back(message(pick({seL4_SysReplyRecv, seL4_SysReplyRecv, seL4_SysRecv})));
        return step;
    }

    // --- invocations of kernel objects ---

    Step invoke(Word slot, Word label, std::vector<Word> words, std::vector<Word> caps = {}) {
        Step step{.kind = Step::Kind::call,
                  .number = below(12) ? seL4_SysCall : pick({seL4_SysSend, seL4_SysNBSend}),
                  .cptr = cptr(slot),
                  .words = std::move(words),
                  .caps = std::move(caps),
                  .receive = {}};
        for (Word& cap : step.caps)
            cap = cptr(cap);
        if (below(4) == 0) step.base = 0x1000 + below(4096);
        if (below(20) == 0 && !step.words.empty()) step.words.resize(below(step.words.size()));
        if (below(30) == 0 && !step.caps.empty()) step.caps.resize(below(step.caps.size()));
        if (below(20) == 0 && !step.caps.empty()) step.caps.back() = cptr(some(world_.slots()));
        step.info = label << 12 | step.caps.size() << 7 | step.words.size();
        return step;
    }
    void queue_invocation(Kind kind, int object, Word label, std::vector<Word> words,
                          std::vector<Word> caps = {}) {
        planned_.push_back(invoke(slot_of_object(kind, object), label, std::move(words), std::move(caps)));
    }
    void schedule_domains() {
        for (Word i = 0; i < 3; i++)
            queue_invocation(Kind::domain, 0, seL4_Label_DomainSet_ScheduleConfigure,
                             {i, i % 2, 1 + below(6)});
        queue_invocation(Kind::domain, 0, seL4_Label_DomainSet_ScheduleSetStart, {below(2)});
        for (int i = 5; i < World::kThreads; i++)
            queue_invocation(Kind::domain, 0, seL4_Label_DomainSet_Set, {1},
                             {slot_of_object(Kind::thread, i)});
    }

    void bind_notifications() {
        for (int i = 0; i < World::kIrqs; i++)
            queue_invocation(Kind::irq_handler, World::kFirstIrq + i, seL4_Label_IRQHandler_SetNotification,
                             {}, {slot_of(Kind::notification)});
        for (int i = 0; i < 3; i++)
            queue_invocation(Kind::thread, static_cast<int>(below(World::kThreads)),
                             seL4_Label_TCB_BindNotification, {}, {slot_of_object(Kind::notification, i)});
    }

    Step invocation() {
        const Word choice = below(100);
        if (choice < 62) return of_thread();
        if (choice < 86) return of_cnode();
        if (choice < 94) return of_interrupt();
        return of_domain();
    }
    Word priority() { return below(3) ? 20 + below(2) * 44 : below(300); }

    Step of_thread() {
        const Word own = slot_of_object(Kind::thread, model_.running), other = slot_of(Kind::thread);
        const Word slot = below(5) ? slot_of(Kind::thread) : own;
        const Word choice = below(100);
        if (choice < 30) return invoke(slot, seL4_Label_TCB_Resume, {});
        if (choice < 38) return invoke(slot, seL4_Label_TCB_Suspend, {});
        if (choice < 48) return invoke(slot, seL4_Label_TCB_SetPriority, {priority()}, {other});
        if (choice < 51) return invoke(slot, seL4_Label_TCB_SetMCPriority, {priority()}, {other});
        if (choice < 57)
            return invoke(slot, seL4_Label_TCB_SetSchedParams, {priority(), priority()}, {other});
        if (choice < 66)
            return invoke(slot, seL4_Label_TCB_BindNotification, {}, {slot_of(Kind::notification)});
        if (choice < 69) return invoke(slot, seL4_Label_TCB_UnbindNotification, {});
        if (choice < 78) return invoke(slot, seL4_Label_TCB_ReadRegisters, {below(6) == 0, below(23)});
        if (choice < 88) return write_registers(slot);
        if (choice < 92) return invoke(slot, seL4_Label_TCB_CopyRegisters, {below(16)}, {other});
        if (choice < 94) return invoke(slot, seL4_Label_TCB_SetTLSBase, {word()});
        if (choice < 96) return invoke(slot, seL4_Label_TCB_SetFlags, {below(4), below(4)});
        const Word address = below(4) ? 0x40'0000 + 1024 * below(5) : below(3) * 512;
        return invoke(slot, seL4_Label_TCB_SetIPCBuffer, {address}, {slot_of(Kind::frame)});
    }
    Step write_registers(Word slot) {
        const Word count = below(6) ? below(6) : below(24);
        std::vector<Word> words = {below(3) == 0, count};
        for (Word i = 0; i < count; i++)
            words.push_back(word());
        return invoke(slot, seL4_Label_TCB_WriteRegisters, words);
    }
    Step of_cnode() {
        const Word empty = below(10) ? slot_of(Kind::null) : below(2) ? random_() : some(world_.slots());
        const Word depth = below(20) ? 64 : below(70);
        const Word from = below(2) ? slot_of(Kind::endpoint) : some(world_.slots());
        const Word choice = below(100);
        if (choice < 20) return invoke(World::kRoot, seL4_Label_CNode_SaveCaller, {empty, depth});
        if (choice < 35)
            return invoke(World::kRoot, seL4_Label_CNode_CancelBadgedSends,
                          {below(3) ? sent_with() : from, depth});
        const Word object = is_simple(from) ? from : slot_of(Kind::endpoint);
        if (choice < 45 && is_simple(object)) {
            const Word rights = below(2) ? 15 : below(16);
            return invoke(World::kRoot, seL4_Label_CNode_Mint, {empty, 64, object, depth, rights, below(3)},
                          {World::kRoot});
        }
        if (choice < 55 && is_simple(object))
            return invoke(World::kRoot, seL4_Label_CNode_Copy, {empty, depth, object, 64, below(16)},
                          {World::kRoot});
        if (choice < 70 && (is_simple(object) || cap(object).kind == Kind::reply))
            return invoke(World::kRoot, seL4_Label_CNode_Move, {empty, 64, object, depth}, {World::kRoot});
        return remove();
    }
    // A capability with the badge that some thread waits with, or once did.
    Word sent_with() {
        const Word badge = model_.threads[below(World::kThreads)].badge;
        std::vector<Word> found;
        for (Word slot : world_.slots())
            if (cap(slot).kind == Kind::endpoint && cap(slot).badge == badge && cap(slot).grant_reply)
                found.push_back(slot);
        return found.empty() ? slot_of(Kind::endpoint) : some(found);
    }
    // Of a kind whose copies the model follows.
    bool is_simple(Word slot) const {
        const Kind kind = cap(slot).kind;
        return kind == Kind::endpoint || kind == Kind::notification || kind == Kind::reply ||
               kind == Kind::thread || kind == Kind::frame || kind == Kind::irq_handler;
    }
    // Mostly what was copied: originals make the world smaller.
    Word victim(bool original) {
        std::vector<Word> found;
        for (Word slot : world_.slots())
            if ((is_simple(slot) && cap(slot).original == original) || cap(slot).kind == Kind::null)
                found.push_back(slot);
        return some(found);
    }
    Step remove() {
        const Word choice = below(100);
        if (choice < 10) return invoke(World::kRoot, seL4_Label_CNode_Revoke, {victim(true), 64});
        if (choice < 35) {
            const Word slot = victim(true);
            planned_.push_back(invoke(World::kRoot, seL4_Label_CNode_Delete, {slot, 64}));
            return invoke(World::kRoot, seL4_Label_CNode_Revoke, {slot, 64});
        }
        return invoke(World::kRoot, seL4_Label_CNode_Delete, {victim(false), 64});
    }
    Step of_interrupt() {
        const Word slot = slot_of(Kind::irq_handler), choice = below(10);
        if (choice < 6)
            return invoke(slot, seL4_Label_IRQHandler_SetNotification, {}, {slot_of(Kind::notification)});
        return invoke(slot, choice < 9 ? seL4_Label_IRQHandler_Ack : seL4_Label_IRQHandler_Clear, {});
    }
    Step of_domain() {
        const Word slot = slot_of(Kind::domain), choice = below(10);
        const bool used = model_.schedule[0].ticks < 1000;
        if (choice < 5 && used)
            return invoke(slot, seL4_Label_DomainSet_Set, {below(20) ? below(2) : below(20)},
                          {slot_of(Kind::thread)});
        if (choice < 8 && used)
            return invoke(slot, seL4_Label_DomainSet_ScheduleConfigure, {1 + below(3), below(2), below(6)});
        const Word index = some({0, 1, 2, 98, 99, 100, 101});
        if (choice < 9)
            return invoke(slot, seL4_Label_DomainSet_ScheduleSetStart, {below(3) ? below(4) : index});
        const Word ticks = some({0, 1, 5, (Word{1} << 56) - 1, Word{1} << 56});
        return invoke(slot, seL4_Label_DomainSet_ScheduleConfigure, {index, some({0, 1, 15, 16}), ticks});
    }

    std::mt19937_64 random_;
    const World& world_;
    const Model& model_;
    int focus_ = kNone;  // an endpoint that most messages go through
    std::deque<Step> planned_;
};

// What differs when the whole sequence is carried out after a boot.
std::optional<std::string> replay(Word seed, const std::vector<Step>& steps) {
    World world(seed);
    for (const Step& step : steps)
        if (auto difference = world.step(step)) return difference;
    return std::nullopt;
}

// Leaves out all that the difference does not need.
std::string shrink(Word seed, std::vector<Step> steps) {
    for (std::size_t chunk = steps.size() / 2; chunk > 0; chunk /= 2) {
        for (std::size_t i = 0; i + chunk <= steps.size();) {
            auto fewer = steps;
            fewer.erase(fewer.begin() + static_cast<long>(i), fewer.begin() + static_cast<long>(i + chunk));
            if (replay(seed, fewer)) {
                steps = fewer;
            } else {
                i++;
            }
        }
    }
    std::string text;
    for (const Step& step : steps)
        text += step.text() + "\n";
    return text + replay(seed, steps).value_or("");
}

Word setting(const char* name, Word otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 0) : otherwise;
}

// `./neptune test --long` shows the last line that begins so.
void show(Word done, Word count) {
    std::printf("# %llu of %llu modelled steps of threads\n", static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(count));
    std::fflush(stdout);
}

TEST(ThreadModel, AgreesWithTheKernel) {
    constexpr Word kUsual = 50'000, kLong = 3'000'000;
    const Word count = setting("THREAD_MODEL_STEPS", std::getenv("NEPTUNE_LONG") ? kLong : kUsual);
    Word seed = setting("THREAD_MODEL_SEED", 1);
    constexpr Word kShown = 100'000;
    for (Word done = 0, shown = kShown; done < count; seed++) {
        World world(seed);
        Generator generator(seed, world);
        std::vector<Step> steps;
        Word idle = 0;
        for (; steps.size() < kSequence && idle < kPatience; done++) {
            idle = world.model().running == kNone ? idle + 1 : 0;
            steps.push_back(generator.next());
            if (world.step(steps.back())) FAIL() << "seed " << seed << ", shortest:\n" << shrink(seed, steps);
        }
        for (; shown <= done; shown += kShown)
            show(shown, count);
    }
}

}  // namespace
