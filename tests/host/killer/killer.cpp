// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/killer/killer.hpp"

#include <gtest/gtest.h>

#include "executive/mm/frames.hpp"

namespace killer {

namespace {

enum class Disturbance { None, Alert, Apc, Suspend, Errand, LongErrand, CancelRequest };
enum class Target { Thread, Process, Host };
constexpr size_t kNever = SIZE_MAX;
constexpr uint64_t kEntry = 0x10000;  // where a thread is sent on an errand

struct Plan {
    Disturbance disturbance = Disturbance::None;
    size_t disturbed_at = kNever;
    Target target = Target::Thread;
    size_t killed_at = kNever;
};

void disturb(World& world, Disturbance disturbance) {
    ps::Thread& victim = *world.victim;
    if (victim.terminating()) return;
    switch (disturbance) {
        case Disturbance::None:
            break;
        case Disturbance::Alert:
            victim.alert();
            break;
        case Disturbance::Apc:
            victim.queue_apc(MUST(base::make_own<ke::Apc>()));
            break;
        case Disturbance::Suspend:
            EXPECT_TRUE(victim.suspend());
            break;
        case Disturbance::LongErrand:
            world.hold_errands = true;
            [[fallthrough]];
        case Disturbance::Errand:
            world.call(*world.outsider,
                       [thread = Ref<ps::Thread>(victim)](ke::Call& call) -> ke::Task<NTSTATUS> {
                           XSAVE_FORMAT floating{};
                           co_return co_await thread->save_floating(call.thread(), kEntry, floating);
                       });
            break;
        case Disturbance::CancelRequest:
            if (ke::Cancellable* wait = victim.current_wait()) wait->cancel_request(0);
            break;
    }
}

void kill(World& world, Target target) {
    switch (target) {
        case Target::Thread:
            return world.victim->end(STATUS_CANCELLED);
        case Target::Process:
            return world.program->terminate(STATUS_CANCELLED);
        case Target::Host:
            if (ps::Process* host = world.driver.host->process()) host->terminate(STATUS_ACCESS_VIOLATION);
    }
}

// The number of its points.
size_t play(const Make& make, const Plan& plan) {
    World world;
    auto scenario = make();
    scenario->prepare(world);
    world.settle();
    world.victim = make_thread(*world.program);
    ps::Thread& victim = *world.victim;
    size_t points = 0;
    bool inside = false;
    world.at_point = [&] {
        if (std::exchange(inside, true)) return;
        size_t now = points++;
        if (now == plan.disturbed_at) disturb(world, plan.disturbance);
        if (now == plan.killed_at) kill(world, plan.target);
        inside = false;
    };
    world.call(victim, scenario->service(world));
    world.settle();
    for (unsigned step = 0; scenario->go_on(world, step); ++step)
        world.settle();
    world.at_point = [] {};
    world.hold_errands = false;
    if (victim.suspend_count() > 0) victim.resume();
    world.settle();

    bool ended = plan.killed_at < points && plan.target != Target::Host;
    EXPECT_EQ(victim.ended(), ended);
    if (!ended) EXPECT_TRUE(world.answer(victim));
    auto outcome = world.outcome(victim);
    world.victim.reset();
    if (!world.program->terminating()) scenario->afterwards(world, outcome);
    return points;
}

// What must be as before when a world is gone.
struct Counts {
    Counts() : free_pages(mm::memory_counts().free_pages) {
        for (const ob::Type* type : ob::types())
            objects[type->view()] = type->object_count;
    }
    bool operator==(const Counts&) const = default;
    std::map<std::u16string_view, uint32_t> objects;
    uint64_t free_pages;
};

void compare(const Counts& before, const Plan& plan) {
    Counts after;
    EXPECT_EQ(after.free_pages, before.free_pages);
    for (auto [name, count] : after.objects) {
        auto was = before.objects.find(name);
        EXPECT_EQ(count, was == before.objects.end() ? 0u : was->second)
            << std::string(name.begin(), name.end());
    }
    if (!testing::Test::HasFailure()) return;
    FAIL() << "target " << static_cast<int>(plan.target) << " at " << plan.killed_at << ", disturbance "
           << static_cast<int>(plan.disturbance) << " at " << plan.disturbed_at;
}

}  // namespace

void kill_everywhere(const Make& make) {
    size_t undisturbed = play(make, {});  // what is made once and kept is made now
    EXPECT_GE(undisturbed, 2u) << "it does not wait";
    size_t plays = 0;
    Counts before;
    for (Target target : {Target::Thread, Target::Process, Target::Host})
        for (auto disturbance :
             {Disturbance::None, Disturbance::Alert, Disturbance::Apc, Disturbance::Suspend,
              Disturbance::Errand, Disturbance::LongErrand, Disturbance::CancelRequest}) {
            size_t last_disturbed = disturbance == Disturbance::None ? 1 : kNever;
            for (size_t disturbed = 0, points = 1; disturbed < std::min(last_disturbed, points); ++disturbed)
                for (size_t killed = disturbed;; ++killed) {
                    Plan plan{disturbance, disturbed, target, killed};
                    points = play(make, plan);
                    ++plays;
                    compare(before, plan);
                    if (testing::Test::HasFailure()) return;
                    if (killed >= points) break;
                }
        }
    std::printf("%zu points, %zu plays\n", undisturbed, plays);
}

}  // namespace killer
