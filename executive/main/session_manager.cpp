// SPDX-License-Identifier: GPL-3.0-only
#include "executive/main/session_manager.hpp"

#include "executive/hal/log.hpp"

namespace {

[[clang::no_destroy]] constinit SessionManager session_manager;

}  // namespace

SessionManager& SessionManager::instance() {
    return session_manager;
}

base::Result<void> SessionManager::start(std::u16string_view path, base::Ref<mm::Section> image) {
    path_ = path;
    image_ = std::move(image);
    return create();
}

base::Result<void> SessionManager::create() {
    ps::ProcessParameters parameters;
    parameters.image_path = path_;
    auto process = TRY(ps::create_process(image_, parameters, false));
    process->attach_driver_host(this);
    return {};
}

void SessionManager::process_ended(NTSTATUS status) {
    ps::log.error("{} ended with {s}: it is started again", path_, status);
    schedule(ke::interrupt_time() + kPause);
}

void SessionManager::expired() {
    auto created = create();
    if (created) return;
    ps::log.error("{} does not start: {s}", path_, created.error());
    schedule(ke::interrupt_time() + kPause);
}
