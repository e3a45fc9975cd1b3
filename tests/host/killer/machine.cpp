// SPDX-License-Identifier: GPL-3.0-only
//
// What the Executive's main provides, for the host; a clock that the test moves; processes and threads
// without images.
#include <cstdio>
#include <cstdlib>

#include "abi/nt/neptune.h"
#include "abi/sel4/sel4.h"
#include "executive/cm/cm.hpp"
#include "executive/ex/ex.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/timer_queue.hpp"
#include "executive/mm/objects.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/ids.hpp"
#include "tests/host/killer/world.hpp"

namespace base {

Loop& Loop::instance() {
    static Loop loop;
    return loop;
}

void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, expression);
    std::abort();
}

}  // namespace base

namespace ke {

namespace {

uint64_t now = 1000 * kTicksPerSecond;

[[clang::coro_wrapper]] Task<NTSTATUS> serve(Call& call, const Words&) {
    return killer::serve_next(call);
}

}  // namespace

// Every service is reached by the same number: a test calls the handlers themselves.
const Service services[service_count] = {{"test", nullptr, serve, nullptr, 0, false}};

uint64_t interrupt_time() {
    return now;
}
uint64_t system_time() {
    return now;
}
uint64_t boot_time() {
    return 0;
}
uint64_t performance_counter() {
    return now;
}
void set_system_time(uint64_t) {}
void arm_alarm(uint64_t) {}
void acknowledge_alarm() {}
Result<void> initialize_clock(uint64_t) {
    return {};
}

}  // namespace ke

namespace ps {

Result<Ref<Process>> ProcessBuilder::build() {
    process_ = TRY(make_ref<Process>(uint64_t{1} << 30));
    process_->id_ = TRY(allocate_id(*process_));
    process_->driver_host_process_ = request_.driver_host;
    process_->image_name_ = TRY(String::create(u"test.exe"));
    process_->space_ = TRY(mm::AddressSpace::create(process_->quota_));
    process_->self_ = process_;
    processes().push_back(*process_);
    return process_;
}

void ProcessBuilder::discard(Process&) {}

Result<Ref<Thread>> ThreadBuilder::build(const ThreadRequest&) {
    thread_ = TRY(make_ref<Thread>(Ref<Process>(process_)));
    thread_->id_ = TRY(allocate_id(*thread_));
    mm::AddressSpace& space = process_.space();
    auto region = TRY(space.allocate(0, NEPTUNE_THREAD_BLOCK_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    thread_->teb_ = region.base;
    TRY(space.page(region.base + NEPTUNE_THREAD_PAGE, ke::Access::Write));
    mm::FrameNumber frame = space.present_frame(region.base + NEPTUNE_THREAD_PAGE);
    mm::add_frame(frame);
    thread_->message_frame_ = frame;
    ke::ThreadStart start{};
    start.vspace = space.vspace();
    start.message_buffer = region.base + NEPTUNE_THREAD_PAGE;
    start.message_frame = mm::frame_capability(frame);
    start.message_alias = reinterpret_cast<uint64_t*>(mm::alias(frame));
    start.priority = 8;
    thread_->resources_ = TRY(mm::allocate_thread(ke::kProgramRadix));
    TRY(thread_->ke::Thread::start(start));
    thread_->add_ref();
    process_.threads_.push_back(*thread_);
    ++process_.thread_count_;
    return thread_;
}

Result<Ref<Process>> create_process(Ref<mm::Section>, const ProcessParameters&, bool) {
    return fail(STATUS_NOT_SUPPORTED);
}

}  // namespace ps

namespace killer {

fake::Kernel& machine() {
    static fake::Kernel* kernel = [] {
        auto* made = new fake::Kernel({16, 17, 18, 20, 21, 22, 23, 24, 26, 27});
        seL4_SetIPCBuffer(made->boot_info().ipcBuffer);
        MUST(mm::initialize(made->boot_info(), made->image()));
        MUST(ke::Dispatcher::instance().initialize());
        MUST(ob::initialize());
        MUST(cm::initialize());
        MUST(ex::initialize());
        return made;
    }();
    return *kernel;
}

void advance_clock(uint64_t by) {
    ke::now += by;
    ke::TimerQueue::instance().run_due();
}

Ref<ps::Process> make_process(bool driver_host) {
    ps::ProcessRequest request;
    request.driver_host = driver_host;
    return MUST(ps::ProcessBuilder(request).build());
}

Ref<ps::Thread> make_thread(ps::Process& process) {
    return MUST(ps::ThreadBuilder(process).build({}));
}

}  // namespace killer
