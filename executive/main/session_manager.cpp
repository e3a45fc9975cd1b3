// SPDX-License-Identifier: GPL-3.0-only
#include "executive/main/session_manager.hpp"

#include "executive/hal/log.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/ps/thread.hpp"

namespace {

[[clang::no_destroy]] constinit SessionManager session_manager;

}  // namespace

SessionManager& SessionManager::instance() {
    return session_manager;
}

ke::Task<NTSTATUS> SessionManager::start(std::u16string_view path, base::Ref<mm::Section> image) {
    path_ = path;
    image_ = std::move(image);
    co_return co_await create();
}

ke::Task<NTSTATUS> SessionManager::create() {
    ps::ProcessParameters parameters;
    parameters.image_path = path_;
    auto process = CO_TRY(co_await ps::create_process(image_, parameters));
    process->attach_supervisor(this);
    for (ps::Thread& thread : process->threads())
        thread.resume();
    co_return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> SessionManager::start_again() {
    NTSTATUS status = co_await create();
    if (NT_SUCCESS(status)) co_return status;
    ps::log.error("{} does not start: {s}", path_, status);
    schedule(ke::interrupt_time() + kPause);
    co_return STATUS_SUCCESS;
}

void SessionManager::process_ended(NTSTATUS status) {
    ps::log.error("{} ended with {s}: it is started again", path_, status);
    schedule(ke::interrupt_time() + kPause);
}

void SessionManager::expired() {
    ke::spawn("session manager", start_again());
}
