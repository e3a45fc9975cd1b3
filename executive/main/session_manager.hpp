// SPDX-License-Identifier: GPL-3.0-only
//
// smss.exe, the first program. It is critical: when it ends, whyever, it is started again after a moment, and
// goes on with the shell that it finds.
#pragma once

#include "executive/ke/timer.hpp"
#include "executive/mm/section.hpp"
#include "executive/ps/process.hpp"

// Hears of the process's end as a driver host would.
class SessionManager final : private ps::Process::Supervisor, private ke::Timer {
public:
    static SessionManager& instance();
    constexpr SessionManager() = default;

    // Once. The image is kept for the next start.
    ke::Task<NTSTATUS> start(std::u16string_view path, base::Ref<mm::Section> image);

private:
    static constexpr uint64_t kPause = 2 * ke::kTicksPerSecond;

    ke::Task<NTSTATUS> create();
    ke::Task<NTSTATUS> start_again();
    void process_ended(NTSTATUS status) override;
    void expired() override;

    std::u16string_view path_;
    base::Ref<mm::Section> image_;
};
