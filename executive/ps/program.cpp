// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/in_slices.hpp"
#include "executive/ps/builder.hpp"

namespace ps {

Result<bool> ProgramBuilder::step() {
    if (first_) return first_->step();
    if (!TRY(builder_.step())) return false;
    ThreadRequest request;
    request.start = process().image_base() + process().image()->entry_point();
    request.argument = process().peb();
    request.suspended = true;
    request.security = builder_.request().thread_security.span();
    first_.emplace(process(), request);
    return false;
}

ProgramBuilder::~ProgramBuilder() {
    if (first_ && process().thread_count() == 0) ProcessBuilder::discard(process());
}

Task<Result<Ref<Process>>> create_process(Ref<mm::Section> image, ProcessParameters parameters) {
    ProcessRequest request;
    request.image = std::move(image);
    request.image_path = parameters.image_path;
    request.own = &parameters;
    request.driver_host = parameters.driver_host;
    request.token = parameters.token;
    request.quota = parameters.quota_bytes;
    ProgramBuilder builder(request);
    // Its image was opened, or a driver host found dead, in the same turn.
    NTSTATUS made = co_await ke::in_slices(
        ke::Pacer::kSystemPriority, [&builder] { return builder.step(); }, ke::FirstSlice::Paced);
    if (made != STATUS_SUCCESS) co_return fail(made);
    // It may have been ended since.
    if (builder.process().terminating()) co_return fail(STATUS_PROCESS_IS_TERMINATING);
    co_return Ref<Process>(builder.process());
}

}  // namespace ps
