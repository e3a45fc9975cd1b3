// SPDX-License-Identifier: GPL-3.0-only
// Every edge line of the machine, as fast as its device can raise it, also while the kernel is at long work.
// The kernel masks a line with each interrupt, and a masked pin forgets edges; so the rule for a driver is:
// acknowledge, then look at the device. Under that rule no device ever falls silent, and this holds the
// kernel to it.
#include "amount.hpp"
#include "sources.hpp"

namespace {

using edges::kSources;
using edges::Source;
using rt::Word;

constexpr Word kFirstVector = 30;
// A busy host may keep an emulated device waiting; counted in ticks of the TSC.
constexpr Word kPatience = 60'000'000'000;

Source* sources[kSources];
Word notification;
Word passed, failed;

void report(bool good, const char* name, const char* what) {
    ++(good ? passed : failed);
    rt::print(good ? "ok " : "FAIL ", name, "-", what);
}

// Kernel work with preemption points, in which interrupts arrive.
class Work {
public:
    Work() : memory_(rt::untyped(20)), first_(rt::slot()) {
        for (Word i = 1; i < kObjects; ++i)
            rt::slot();
    }
    void some() {
        rt::retype(memory_, ++rounds_ % 2 ? seL4_NotificationObject : seL4_X86_4K, 0, first_, kObjects);
        rt::revoke(memory_);
    }

private:
    static constexpr Word kObjects = 100;
    Word memory_;
    Word first_;
    Word rounds_ = 0;
};

bool connect(Source& source, unsigned number) {
    source.handler = rt::slot();
    const seL4_Error error =
        seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, source.handler, 64, 0,
                                  source.pin(), 0, 0, kFirstVector + number);
    if (error != seL4_NoError) return false;
    const Word badged = rt::mint(notification, seL4_AllRights, Word{1} << number);
    return seL4_IRQHandler_SetNotification(source.handler, badged) == seL4_NoError;
}

void serve(Source& source) {
    seL4_IRQHandler_Ack(source.handler);
    if (!source.take()) return;
    ++source.served;
    source.last_seen = __builtin_ia32_rdtsc();
    source.arm();
}

// The others' interrupts tell the time. Should all fall silent, the run does not end, which fails as well.
Source* silent_source() {
    const Word now = __builtin_ia32_rdtsc();
    for (Source* source : sources)
        if (source && source->served < amount::kEdges && now - source->last_seen > kPatience) return source;
    return nullptr;
}

bool all_served() {
    for (Source* source : sources)
        if (source && source->served < amount::kEdges) return false;
    return true;
}

void wait_and_serve() {
    Word badge = 0;
    seL4_Wait(notification, &badge);
    for (unsigned i = 0; i < kSources; ++i)
        if ((badge >> i & 1) && sources[i]) serve(*sources[i]);
}

}  // namespace

void root_main() {
    notification = rt::object(seL4_NotificationObject);
    edges::find(sources);
    for (unsigned i = 0; i < kSources; ++i)
        if (sources[i]) report(connect(*sources[i], i), sources[i]->name(), "connect");
    Work work;
    for (Source* source : sources) {
        if (!source) continue;
        source->last_seen = __builtin_ia32_rdtsc();
        seL4_IRQHandler_Ack(source->handler);
        source->take();
        source->arm();
    }
    while (!all_served() && !silent_source()) {
        wait_and_serve();
        work.some();
    }
    for (Source* source : sources) {
        if (!source) continue;
        source->close();
        report(source->served >= amount::kEdges, source->name(), "no-edge-lost");
        rt::print("# ", source->name(), " ", source->served);
    }
    rt::print(passed, " passed, ", failed, " failed");
}
