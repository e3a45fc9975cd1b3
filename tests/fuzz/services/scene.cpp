// SPDX-License-Identifier: GPL-3.0-only
//
// The scenes of tests/torture/services, played by one thread while all others stand still: whatever the
// system still does for a call, in its queue, its pacer and its driver, happens before the next.
#include "tests/fuzz/services/play.hpp"
#include "tests/torture/services/actor.hpp"

namespace fuzz {

using torture::Words;

namespace {

constexpr ULONG kMost = 150;  // of what a scene makes

unsigned index_of(const char* name) {
    for (unsigned i = 0; i < service_table::count; ++i)
        if (torture::same(service_table::services[i].name, name)) return i;
    found(std::string("there is no service ") + name);
}

}  // namespace

// A call that does not come back, and the thread's or the input's end, end the scene: what is called then
// does nothing.
class Play::SceneActor final : public torture::Actor {
public:
    SceneActor(Play& play, ps::Thread& thread)
        : Actor(play.client(thread.process())), play_(play), thread_(thread) {}

    ULONG64 word_at(ULONG64 address) override {
        ULONG64 word = 0;
        if (over() || !thread_->process().space().copy_in(&word, address, sizeof word)) return 0;
        return word;
    }

private:
    bool over() const { return thread_->terminating() || thread_->process().gone() || play_.input_.over(); }

    NTSTATUS make(const char* name, const Words& words) override {
        if (over() || !thread_->computes()) return STATUS_THREAD_IS_TERMINATING;
        const unsigned service = index_of(name);
        play_.last_status_ = static_cast<uint32_t>(STATUS_PENDING);
        do {
            play_.turn([&] { return play_.send(*thread_, service, words); });
            play_.settle();
        } while (thread_->place() == ke::Thread::Place::Again && !thread_->terminating());
        return static_cast<NTSTATUS>(play_.last_status_);
    }

    Play& play_;
    base::Ref<ps::Thread> thread_;
};

void Play::play_scene() {
    ps::Thread* thread = any_thread(input_, [](ps::Thread& t) { return t.computes() && !t.terminating(); });
    if (!thread || thread->process().gone()) return;
    note("a scene begins, of thread", thread->id());
    SceneActor actor(*this, *thread);
    constexpr void (*kScenes[])(torture::Actor&, ULONG) = {
        torture::play_file_scene, torture::play_socket_scene, torture::play_port_scene};
    kScenes[input_.below(3)](actor, kMost);
    note("the scene is over", thread->id());
}

}  // namespace fuzz
