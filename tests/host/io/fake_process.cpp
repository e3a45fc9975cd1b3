// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "tests/host/io/fake_process.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "executive/hal/acpi.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ps/debug_object.hpp"
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

Result<Own<Grants>> Grants::create() {
    return make_own<Grants>(NodeResources{});
}
Grants::~Grants() = default;
Result<uint32_t> Grants::add(CPtr) {
    auto slot = static_cast<uint32_t>(__builtin_ctzll(~used_));
    used_ |= uint64_t{1} << slot;
    return slot;
}
void Grants::remove(uint32_t slot) {
    used_ &= ~(uint64_t{1} << slot);
}
void Thread::set_priority(unsigned) {}

}  // namespace ke

namespace hal {

InterruptLine isa_interrupt(uint8_t irq) {
    return {irq == 0 ? 2u : irq, false, false};
}

}  // namespace hal

namespace mm {

size_t pages_at_once() {
    return 1;
}

}  // namespace mm

namespace ps {

Debuggee::Debuggee(Process& process) : process_(process) {}
Debuggee::~Debuggee() = default;
void Debuggee::gone() {}
bool Debuggee::slice() {
    return true;
}

constinit const ob::Type Thread::kType{u"Thread", {}, THREAD_ALL_ACCESS};
void Thread::end(NTSTATUS) {}
int32_t Thread::priority() const {
    return 8;
}
Thread* find_thread(uint32_t id) {
    ob::Object* object = find_id(id);
    return object ? ob::as<Thread>(*object) : nullptr;
}

class ProcessBuilder {
public:
    static Result<Ref<Process>> build(bool driver_host) {
        Ref<Process> process = TRY(make_ref<Process>(uint64_t{1} << 30));
        TRY(se::initialize());
        process->token_ = TRY(se::system_token().duplicate());
        process->id_ = TRY(allocate_id(*process));
        process->driver_host_process_ = driver_host;
        if (driver_host) process->grants_ = TRY(ke::Grants::create());
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

unsigned signals() {
    unsigned all = 0;
    for (auto [capability, count] : g_signals)
        all += count;
    return all;
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

WDM_REQUEST& FakeDriver::submission(uint32_t number) {
    uint64_t at = 4096 + uint64_t{number % attach_.Depth} * WDM_ENTRY_SIZE;
    return *reinterpret_cast<WDM_REQUEST*>(memory(attach_.Ring + at));
}

WDM_COMPLETION& FakeDriver::completion(uint32_t number) {
    uint64_t at = 4096 + uint64_t{attach_.Depth + number % attach_.Depth} * WDM_ENTRY_SIZE;
    return *reinterpret_cast<WDM_COMPLETION*>(memory(attach_.Ring + at));
}

uint8_t* FakeDriver::memory(uint64_t address) {
    if (address < kCopies) return test::at(host_.process()->space(), address);
    return taken_[(address - kCopies) / 4096].request.Inline + address % 4096;
}

WDM_REQUEST* FakeDriver::take() {
    WDM_RING& ring = header();
    if (ring.SubmitHead == ring.SubmitTail) return nullptr;
    Taken& taken = taken_.emplace_back();
    std::memcpy(&taken.request, &submission(ring.SubmitHead), sizeof taken.request);
    copy_in(taken);
    for (ULONG64& line : ring.Dispatching) {
        if (line != 0) continue;
        line = taken.request.Id;
        break;
    }
    ++ring.SubmitHead;
    return &taken.request;
}

void FakeDriver::copy_in(Taken& taken) {
    WDM_REQUEST& request = taken.request;
    uint64_t copies = kCopies + uint64_t{slot()} * 4096;
    bool control = request.MajorFunction >= 0x0d && request.MajorFunction <= 0x0f;
    bool two = control && METHOD_FROM_CTL_CODE(request.Parameters.DeviceIoControl.IoControlCode) != 0;
    taken.output = request.OutputAddress;
    taken.output_inline = request.OutputLength != 0 && request.OutputAddress < WDM_INLINE_SIZE;
    if (taken.output_inline && !two && request.OutputLength > request.InputLength)
        std::fill_n(request.Inline + request.InputLength, request.OutputLength - request.InputLength,
                    uint8_t{0});
    if (request.InputAddress < WDM_INLINE_SIZE) request.InputAddress += copies;
    if (request.OutputAddress < WDM_INLINE_SIZE) request.OutputAddress += copies;
}

void FakeDriver::leave_dispatch(uint64_t id) {
    for (ULONG64& line : header().Dispatching)
        if (line == id) line = 0;
}

std::vector<uint64_t> FakeDriver::cancelled() {
    WDM_RING& ring = header();
    std::vector<uint64_t> ids;
    while (ring.CancelHead != ring.CancelTail)
        ids.push_back(ring.Cancels[ring.CancelHead++ % WDM_CANCELS]);
    if (std::exchange(ring.ExecutiveWaiting, 0u) != 0) tell();
    return ids;
}

void FakeDriver::tell() {
    while (host_.received()) {
    }
    run_loop();
}

bool FakeDriver::room_to_complete() {
    return header().CompleteTail - header().CompleteHead < attach_.Depth;
}

void FakeDriver::announce(uint64_t id) {
    WDM_COMPLETION& done = completion(header().CompleteTail);
    done = {};
    done.Id = id;
    ++header().CompleteTail;
    tell();
}

void FakeDriver::put_completion(unsigned slot, NTSTATUS status, uint64_t information, uint64_t written) {
    Taken& taken = taken_[slot];
    WDM_COMPLETION& done = completion(header().CompleteTail);
    done.Id = taken.request.Id;
    done.Status = status;
    done.Information = information;
    done.Written = written;
    if (taken.output_inline)
        std::copy_n(taken.request.Inline + taken.output,
                    std::min<uint64_t>(written, WDM_INLINE_SIZE - taken.output), done.Inline);
    ++header().CompleteTail;
    leave_dispatch(done.Id);
}

void FakeDriver::complete(unsigned slot, NTSTATUS status, uint64_t information, uint64_t written) {
    put_completion(slot, status, information, written);
    tell();
}

}  // namespace test
