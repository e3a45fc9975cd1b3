// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "tests/host/io/fake_process.hpp"

#include <map>

#include "executive/hal/acpi.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ps/ids.hpp"

namespace {

std::map<ke::CPtr, unsigned> g_signals;
ke::CPtr g_next_capability = 100;

}  // namespace

namespace ke {

Dispatcher& Dispatcher::instance() {
    static Dispatcher dispatcher;
    return dispatcher;
}
Result<Own<Notification>> Notification::create() {
    return Own<Notification>(new Notification(g_next_capability++));
}
Notification::~Notification() = default;
void Notification::signal() {
    ++g_signals[capability_];
}
Result<void> Doorbell::open() {
    capability_ = g_next_capability++;
    return {};
}
Doorbell::~Doorbell() = default;

Result<void> Thread::install(uint32_t, CPtr) {
    return {};
}
void Thread::uninstall(uint32_t) {}
void Thread::set_priority(unsigned) {}

}  // namespace ke

namespace hal {

InterruptLine isa_interrupt(uint8_t irq) {
    return {irq == 0 ? 2u : irq, false, false};
}

}  // namespace hal

namespace ps {

constinit const ob::Type Thread::kType{u"Thread", {}, THREAD_ALL_ACCESS};
void Thread::end(NTSTATUS) {}
int32_t Thread::priority() const {
    return 8;
}

class ProcessBuilder {
public:
    static Result<Ref<Process>> build(bool driver_host) {
        Ref<Process> process = TRY(make_ref<Process>(uint64_t{1} << 30));
        process->id_ = TRY(allocate_id(*process));
        process->driver_host_process_ = driver_host;
        process->space_ = TRY(mm::AddressSpace::create(process->quota_));
        process->self_ = process;
        processes().push_back(*process);
        return process;
    }
    static void set_fault_image(Process& process, std::u16string_view image) {
        process.fault_image_ = MUST(String::create(image));
    }
};

}  // namespace ps

namespace test {

base::Ref<ps::Process> make_process(bool driver_host) {
    return MUST(ps::ProcessBuilder::build(driver_host));
}

void end_process(ps::Process& process, NTSTATUS status) {
    process.terminate(status);
    run_loop();
}

void kill_process(ps::Process& process, NTSTATUS status) {
    process.terminate_from_outside(status);
    run_loop();
}

void set_fault_image(ps::Process& process, std::u16string_view image) {
    ps::ProcessBuilder::set_fault_image(process, image);
}

unsigned signals(ke::CPtr capability) {
    return g_signals[capability];
}

uint64_t Caller::allocate(size_t length) {
    std::vector<mm::FrameNumber> frames;
    for (size_t i = 0; i < length; i += mm::kPageSize)
        frames.push_back(MUST(mm::allocate_frame()));
    uint64_t address = MUST(process_.space().map_frames(frames, PAGE_READWRITE));
    for (mm::FrameNumber frame : frames)
        mm::release_frame(frame);
    return address;
}

WDM_RING& FakeDriver::header() {
    return *reinterpret_cast<WDM_RING*>(memory(attach_.Ring));
}

WDM_REQUEST& FakeDriver::request(unsigned slot) {
    return *reinterpret_cast<WDM_REQUEST*>(memory(io::DriverRing::host_address(attach_.Ring, slot, 0)));
}

WDM_REQUEST* FakeDriver::take() {
    WDM_RING& ring = header();
    if (ring.SubmitHead == ring.SubmitTail) return nullptr;
    slot_ = ring.SubmitRing[ring.SubmitHead++ % WDM_SLOTS];
    request(slot_).State = WDM_STATE_DISPATCHING;
    return &request(slot_);
}

void FakeDriver::announce(uint32_t slot) {
    WDM_RING& ring = header();
    ring.CompleteRing[ring.CompleteTail++ % WDM_SLOTS] = slot;
    while (host_.received()) {
    }
    run_loop();
}

void FakeDriver::complete(unsigned slot, NTSTATUS status, uint64_t information, uint64_t written) {
    WDM_REQUEST& done = request(slot);
    done.Status = status;
    done.Information = information;
    done.Written = written;
    done.State = WDM_STATE_COMPLETED;
    announce(slot);
}

}  // namespace test
