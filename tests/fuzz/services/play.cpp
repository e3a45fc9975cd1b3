// SPDX-License-Identifier: GPL-3.0-only
#include "tests/fuzz/services/play.hpp"

#include "abi/nt/neptune.h"
#include "abi/sel4/sel4.h"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ps/builder.hpp"
#include "tests/fuzz/services/boot.hpp"
#include "tests/fuzz/services/state.hpp"
#include "tests/host/killer/clock.hpp"
#include "tests/torture/services/left_out.hpp"

namespace fuzz {

using service_table::Service;
using torture::Mood;
using torture::Words;

namespace {

constexpr unsigned kPrograms = 3;
constexpr unsigned kThreadsEach = 3;
constexpr unsigned kSceneOfHundred = 7;  // and again of these
// Steps in which everything that was started must have ended.
constexpr uint64_t kMostSteps = 3'000'000;

uint64_t badge_of(ke::Thread& thread) {
    return reinterpret_cast<uint64_t>(&thread);
}

// The index of a service, by weight.
unsigned any_service(Input& input) {
    static const std::vector<unsigned> choices = [] {
        std::vector<unsigned> all;
        for (unsigned i = 0; i < service_table::count; ++i)
            all.insert(all.end(), torture::weight(service_table::services[i], false), i);
        return all;
    }();
    return choices[input.next() % choices.size()];
}

// One that gives a handle when it succeeds.
unsigned any_giver(Input& input) {
    static const std::vector<unsigned> choices = [] {
        std::vector<unsigned> all;
        for (unsigned i = 0; i < service_table::count; ++i)
            for (unsigned k = 0; k < service_table::services[i].count; ++k)
                if (gives_handle(service_table::services[i].arguments[k]) &&
                    torture::weight(service_table::services[i], false))
                    all.push_back(i);
        return all;
    }();
    return choices[input.below(choices.size())];
}

Mood any_mood(Input& input) {
    uint64_t roll = input.below(100);
    return roll < 60 ? Mood::Tame : roll < 92 ? Mood::Odd : Mood::Wild;
}

unsigned index_of(const char* name) {
    for (unsigned i = 0; i < service_table::count; ++i)
        if (torture::same(service_table::services[i].name, name)) return i;
    found(std::string("there is no service ") + name);
}

}  // namespace

Play::Play(Input& input) : input_(input) {
    prepare_places();
    boot().answered = [this](const fake::Kernel::Message& message) { answered(message); };
    driver_ = std::make_unique<killer::Driver>();
    for (unsigned i = 0; i < kPrograms; ++i)
        start_program();
}

void Play::start_program() {
    base::Ref<ps::Process> process = killer::make_process(false);
    if (!process) return;
    programs_.push_back(process);
    for (unsigned i = 1; i < kThreadsEach; ++i)
        start_thread(*process);
}

void Play::start_thread(ps::Process& process) {
    (void)ps::ThreadBuilder(process, {}).build();
}

Client& Play::client(ps::Process& process) {
    auto& found = clients_[&process];
    if (!found || found->process_id() != process.id()) found = std::make_unique<Client>(process, input_);
    return *found;
}

void Play::run() {
    while (!input_.over()) {
        if (input_.chance(kSceneOfHundred) && input_.chance(kSceneOfHundred)) play_scene();
        turn([this] { return event(); });
    }
}

// `sender` is asked whenever the Executive looks for a message, as the last answer has just been sent: what
// it does before it gives one is what others did until then.
void Play::turn(std::function<fake::Kernel::Message()> sender) {
    boot().sender = std::move(sender);
    ke::Dispatcher::instance().turn();
    boot().sender = nullptr;
}

fake::Kernel::Message Play::event() {
    if (input_.over()) return {};
    uint64_t roll = input_.below(100);
    if (roll < 66) return next_message();
    if (roll < 70) return return_errand();
    if (roll < 78)
        (void)ke::Pacer::instance().called(0);
    else if (roll < 86)
        drive();
    else if (roll < 90)
        killer::advance_clock(uint64_t{1} << input_.below(26));
    else if (roll < 98)
        disturb();
    else if (roll < 99)
        start_program();
    else if (ps::Thread* thread =
                 any_thread(input_, [](ps::Thread& t) { return !t.process().terminating(); }))
        start_thread(thread->process());
    return {};
}

fake::Kernel::Message Play::next_message() {
    ps::Thread* thread = any_thread(input_, [](ps::Thread& t) { return t.computes(); });
    if (!thread) return {};
    return input_.chance(3) ? next_fault(*thread) : next_call(*thread);
}

fake::Kernel::Message Play::next_call(ps::Thread& thread) {
    auto pending = pending_.find(badge_of(thread));
    // Its stub repeats the call that was answered "again"; a stub of its own need not.
    if (thread.place() == ke::Thread::Place::Again && pending != pending_.end() && !input_.chance(2))
        return send(thread, pending->second.service, pending->second.words);
    Client& world = client(thread.process());
    // Without handles most calls would fail alike.
    bool furnish = input_.chance(25);
    unsigned index = furnish ? any_giver(input_) : any_service(input_);
    const Service& service = service_table::services[index];
    Words words = torture::generate(world, service, furnish ? Mood::Tame : any_mood(input_), nullptr);
    torture::restrict(world, service, words);
    return send(thread, index, words);
}

fake::Kernel::Message Play::send(ps::Thread& thread, unsigned index, const Words& words) {
    const Service& service = service_table::services[index];
    // A program may have put anything in place of its thread's page: the kernel's message is then elsewhere.
    if (!thread.process().gone())
        for (unsigned i = NEPTUNE_CALL_LENGTH; i < service.count; ++i)
            (void)thread.process().space().copy_out(thread.teb() + NEPTUNE_IPC_BUFFER_WORD(i),
                                                    &words.value[i], sizeof words.value[i]);
    pending_[badge_of(thread)] = {thread.id(), index, words,
                                  alone_ ? Entry{} : note_call(thread.id(), index, words)};
    fake::Kernel::Message message{};
    message.badge = badge_of(thread);
    message.info = seL4_MessageInfo_new(service.number, 0, 0, NEPTUNE_CALL_LENGTH).words[0];
    std::copy_n(words.value, NEPTUNE_CALL_LENGTH, message.words);
    return message;
}

fake::Kernel::Message Play::next_fault(ps::Thread& thread) {
    Client& world = client(thread.process());
    bool memory = input_.chance(70);
    uint64_t ip = input_.chance(50) ? world.routine(torture::Routine::Thread) : world.wild_pointer();
    uint64_t address = input_.chance(50) ? world.region() : world.wild_pointer();
    note(memory ? "memory fault of thread" : "exception of thread", thread.id(), address);
    fake::Kernel::Message message{};
    message.badge = badge_of(thread) | ke::Dispatcher::kFaultBit;
    auto label = memory              ? seL4_Fault_VMFault
                 : input_.chance(80) ? seL4_Fault_UserException
                                     : seL4_Fault_CapFault;
    message.info = seL4_MessageInfo_new(static_cast<seL4_Word>(label), 0, 0, NEPTUNE_CALL_LENGTH).words[0];
    message.words[0] = ip;
    message.words[1] = address;
    message.words[2] = memory && input_.chance(20);
    message.words[3] = memory ? input_.below(4) : input_.below(20);
    seL4_SetMR(4, input_.next());
    return message;
}

void Play::answered(const fake::Kernel::Message& message) {
    auto found = pending_.find(message.badge);
    if (found == pending_.end()) return;
    uint64_t label = message.info >> 12;
    if (label != NEPTUNE_REPLY_STATUS && label != NEPTUNE_REPLY_APC) return;
    auto status = static_cast<uint32_t>(message.words[0]);
    last_status_ = status;
    if (!alone_) note_status(found->second.entry, status);
    Pending call = found->second;
    pending_.erase(found);
    if (!NT_SUCCESS(static_cast<NTSTATUS>(status))) return;
    ++tally().succeeded;
    tally().service[call.service] = true;
    // Nothing is held by this test that the Executive should let go: its end must be seen by the sanitizer.
    if (ps::Thread* thread = ps::find_thread(call.thread))
        client(thread->process()).keep_results(service_table::services[call.service], call.words.value);
}

// What is done to threads from outside, wherever they are.
void Play::disturb() {
    ps::Thread* thread = any_thread(input_, [](ps::Thread&) { return true; });
    if (!thread) return;
    uint64_t roll = input_.below(100);
    if (roll < 20) {
        note("suspend thread", thread->id());
        (void)thread->suspend();
    } else if (roll < 55) {
        note("resume thread", thread->id());
        thread->resume();
    } else if (roll < 70) {
        note("alert thread", thread->id());
        thread->alert();
    } else if (roll < 80) {
        if (thread->terminating()) return;
        note("APC to thread", thread->id());
        if (auto apc = base::make_own<ke::Apc>()) thread->queue_apc(std::move(*apc));
    } else if (roll < 85) {
        note("cancel the request of thread", thread->id());
        if (ke::Cancellable* wait = thread->current_wait()) wait->cancel_request(0);
    } else if (roll < 97) {
        note("end thread", thread->id());
        thread->end(STATUS_CANCELLED);
    } else {
        note("end process", thread->process().id());
        thread->process().terminate(STATUS_CANCELLED);
    }
}

void Play::drive() {
    uint64_t roll = input_.below(100);
    if (roll < 50) return (void)driver_->act();
    if (roll < 70) return driver_->press_key();
    if (roll < 80) {
        driver_->slow = !driver_->slow;
        return;
    }
    auto word = static_cast<uint32_t>(input_.next());
    uint64_t value = input_.chance(50) ? input_.next() : input_.below(100);
    note("the driver misbehaves:", word, value);
    driver_->misbehave(word, value);
}

// Whoever was sent to move his floating point state comes back.
fake::Kernel::Message Play::return_errand() {
    ps::Thread* thread =
        any_thread(input_, [](ps::Thread& t) { return t.place() == ke::Thread::Place::Errand; });
    if (!thread) return {};
    return {badge_of(*thread), seL4_MessageInfo_new(NEPTUNE_CALL_MOVED, 0, 0, 4).words[0], {}};
}

// All that still happens when no program does anything.
void Play::settle() {
    uint64_t queued = 0, acts = 0, paced = 0, errands = 0;
    auto sender = [&]() -> fake::Kernel::Message {
        if (++queued + acts + paced > kMostSteps)
            found("what was ended does not end: " + std::to_string(queued) + " entries of the queue, " +
                  std::to_string(acts) + " acts of the driver, " + std::to_string(paced) +
                  " slices of the pacer, " + std::to_string(errands) + " errands");
        fake::Kernel::Message message = return_errand();
        errands += message.badge != 0;
        return message;
    };
    bool more = true;
    while (more) {
        turn(sender);
        bool acted = driver_ && driver_->act();
        bool work = ke::Pacer::instance().called(0) != 0;
        acts += acted;
        paced += work;
        more = acted || work || !base::Loop::instance().idle() ||
               any_thread(input_, [](ps::Thread& t) { return t.place() == ke::Thread::Place::Errand; });
    }
}

// A call of the only thread there is, to its end.
void Play::call_alone(ps::Thread& thread, unsigned service, const Words& words) {
    last_status_ = static_cast<uint32_t>(STATUS_PENDING);
    base::Ref<ps::Thread> caller(thread);
    alone_ = true;
    do {
        turn([&] { return send(*caller, service, words); });
        settle();
    } while (caller->place() == ke::Thread::Place::Again);
}

void Play::remove_atoms() {
    static const unsigned kDelete = index_of("NtDeleteAtom");
    constexpr uint64_t kFirst = 0xc000;
    constexpr uint64_t kMost = 400;  // more than a play can make
    base::Ref<ps::Process> janitor = killer::make_process(false);
    if (!janitor) found("there is no memory for a process when all others are gone");
    ps::Thread& thread = *janitor->threads().front();
    for (uint64_t atom = kFirst; atom < kFirst + kMost; ++atom) {
        Words words{{atom}};
        do
            call_alone(thread, kDelete, words);
        while (NT_SUCCESS(static_cast<NTSTATUS>(last_status_)));
    }
    janitor->terminate(STATUS_SUCCESS);
    settle();
}

Play::~Play() {
    note("everything is ended");
    driver_->slow = false;
    pending_.clear();
    for (ps::Process& process : ps::processes())
        if (!process.is_driver_host()) process.terminate(STATUS_CANCELLED);
    settle();
    // What waits for a time comes to it: no wait of the Executive's own is longer.
    for (unsigned minute = 0; minute < 3; ++minute) {
        killer::advance_clock(60 * ke::kTicksPerSecond);
        settle();
    }
    for (ps::Process& process : ps::processes())
        if (!process.is_driver_host()) found("a process does not end");
    // What has a name of its own stays, with all that is in it, until the name goes.
    names_.remove_new();
    remove_keys();
    remove_files();
    settle();
    if (driver_->host->leased() + driver_->host->waiting() != 0) found("requests are left at the driver");
    // An APC for a thread of the host's is there, and paid for, as long as the thread is.
    driver_.reset();
    settle();
    for (auto& program : programs_)
        if (program->quota().used() != 0)
            found("a process that has ended is charged " + std::to_string(program->quota().used()) +
                  " bytes");
    pending_.clear();
    clients_.clear();
    programs_.clear();
    settle();
    remove_atoms();
    settle();
    boot().answered = nullptr;
}

namespace {

// Processes and threads that are left, by their ids.
std::string left_over() {
    constexpr uint32_t kHighest = 1 << 16;
    std::string text;
    for (uint32_t id = 4; id < kHighest; id += 4) {
        if (ps::Process* process = ps::find_process(id))
            text += "\nprocess " + std::to_string(id) + (process->is_driver_host() ? ", driver host" : "") +
                    (process->ended() ? ", ended" : "") + ", threads " +
                    std::to_string(process->thread_count());
        if (ps::Thread* thread = ps::find_thread(id))
            text += "\nthread " + std::to_string(id) + " of process " +
                    std::to_string(thread->process().id()) + (thread->ended() ? ", ended" : "");
    }
    return text;
}

void play_once(std::span<const uint8_t> bytes, std::string title) {
    boot();
    begin_history(std::move(title));
    Input input(bytes);
    // One item a slice, or no end to a slice: either way the clock of this machine decides nothing.
    ke::slice_ticks = input.below(4) ? 0 : uint64_t{1} << 62;
    Play(input).run();
    while (ke::Pacer::instance().called(0) != 0 || base::Loop::instance().run(1)) {
    }
}

}  // namespace

void play(std::span<const uint8_t> bytes, std::string title) {
    // Pages that are taken once and kept (the heap's, tables') are no leak: that goes on and on.
    constexpr unsigned kTries = 4;
    for (unsigned play = 0; play < kTries; ++play) {
        State before;
        play_once(bytes, title);
        State after;
        std::string difference = after.objects_since(before);
        if (difference.empty() && after.free_pages() >= before.free_pages()) return;
        difference += std::to_string(before.free_pages()) + " pages were free, " +
                      std::to_string(after.free_pages()) + " are";
        if (!after.objects_since(before).empty() || play == kTries - 1)
            found("left behind: " + difference + left_over());
    }
}

void warm_up() {
    constexpr uint64_t kPlays = 20;
    for (uint64_t seed = 0; seed < kPlays; ++seed)
        play_once(random_input(~seed), "of the warm-up, " + std::to_string(seed));
}

std::vector<uint8_t> random_input(uint64_t seed) {
    constexpr uint64_t kShortest = 500;
    constexpr uint64_t kMost = 40'000;
    torture::Random random(seed);
    std::vector<uint8_t> bytes(kShortest + random.next() % kMost);
    for (uint8_t& byte : bytes)
        byte = static_cast<uint8_t>(random.next() >> 32);
    return bytes;
}

}  // namespace fuzz
