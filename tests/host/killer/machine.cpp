// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's components on the machine of the tests; processes and threads without images.
#include "tests/host/executive/machine.hpp"
#include "abi/nt/neptune.h"
#include "executive/cm/cm.hpp"
#include "executive/ex/ex.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/mm/objects.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/ids.hpp"
#include "tests/host/killer/world.hpp"

namespace ke {

namespace {

[[clang::coro_wrapper]] Task<NTSTATUS> serve(Call& call, const Words&) {
    return killer::serve_next(call);
}

}  // namespace

// Every service is reached by the same number: a test calls the handlers themselves.
const Service services[service_count] = {{"test", nullptr, serve, nullptr, 0, false}};

}  // namespace ke

// No drivers are listed here.
namespace pnp {

NTSTATUS give_drivers(ke::Call&, ke::UserOutBuffer, ke::UserOut<ULONG>) {
    return STATUS_SUCCESS;
}
Task<NTSTATUS> shut_down() {
    co_return STATUS_SUCCESS;
}

}  // namespace pnp

namespace ps {

Result<Ref<Process>> ProcessBuilder::build() {
    process_ = TRY(make_ref<Process>(uint64_t{1} << 30));
    TRY(se::initialize());
    process_->token_ = TRY(se::system_token().duplicate());
    process_->id_ = TRY(allocate_id(*process_));
    process_->driver_host_process_ = request_.driver_host;
    if (request_.driver_host) process_->grants_ = TRY(ke::Grants::create());
    process_->image_name_ = TRY(String::create(u"test.exe"));
    process_->space_ = TRY(mm::AddressSpace::create(process_->quota_));
    process_->self_ = process_;
    processes().push_back(*process_);
    return process_;
}

Result<bool> ProcessBuilder::step() {
    return fail(STATUS_NOT_SUPPORTED);
}
void ProcessBuilder::discard(Process&) {}
ProcessBuilder::~ProcessBuilder() = default;

ThreadBuilder::~ThreadBuilder() = default;
Result<bool> ThreadBuilder::step() {
    return fail(STATUS_NOT_SUPPORTED);
}
Result<Ref<Thread>> ThreadBuilder::build() {
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
    thread_->resources_ = TRY(mm::allocate_thread());
    TRY(thread_->ke::Thread::start(start));
    thread_->add_ref();
    process_.add(*thread_);
    ++process_.thread_count_;
    return thread_;
}

}  // namespace ps

namespace killer {

fake::Kernel& machine() {
    static fake::Kernel& kernel = [] -> fake::Kernel& {
        fake::Kernel& made = ::machine();
        MUST(ke::Dispatcher::instance().initialize());
        MUST(se::initialize());
        MUST(ob::initialize());
        MUST(cm::initialize());
        MUST(ex::initialize());
        return made;
    }();
    return kernel;
}

Ref<ps::Process> make_process(bool driver_host) {
    ps::ProcessRequest request;
    request.driver_host = driver_host;
    return MUST(ps::ProcessBuilder(request).build());
}

Ref<ps::Thread> make_thread(ps::Process& process) {
    return MUST(ps::ThreadBuilder(process, {}).build());
}

}  // namespace killer
