// SPDX-License-Identifier: GPL-3.0-only
//
// A hive's bytes to and from an open file, whatever it lies on. The requests are the Executive's own.
#pragma once

#include "executive/cm/regf/store.hpp"
#include "executive/io/file.hpp"
#include "executive/ke/in_slices.hpp"

namespace services {

// On whose behalf something is done with a hive: a thread's, which waits for it, or nobody's any more; and
// whose process pays for the memory that it takes meanwhile.
struct Behalf {
    cm::regf::Payer payer;
    ke::Thread* thread = nullptr;
    Behalf(ke::Call& call) : payer(call.client()), thread(&call.thread()) {}
    explicit Behalf(cm::regf::Payer who) : payer(std::move(who)) {}

    // STATUS_THREAD_IS_TERMINATING, or what the event says.
    ke::Task<NTSTATUS> wait(base::Event& event) const {
        if (!thread) co_return co_await event;
        co_return co_await ke::EventWait(*thread, event);
    }
    // ke::in_slices().
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> in_slices(ke::SliceStep step,
                                                         ke::FirstSlice first = ke::FirstSlice::AtOnce,
                                                         unsigned least_priority = 0) const {
        unsigned priority = !thread && least_priority == 0 ? ke::Pacer::kPromptPriority : least_priority;
        return ke::in_slices(ke::SlicesFor{thread, priority, true}, step, first);
    }
    // What follows is another turn's work. STATUS_SUCCESS, STATUS_THREAD_IS_TERMINATING.
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> pause() const {
        return in_slices([]() -> base::Result<bool> { return true; }, ke::FirstSlice::Paced);
    }
};

// All of the file. STATUS_NOT_REGISTRY_FILE when it is too large or has fewer than `least` bytes; what the
// device answers; STATUS_THREAD_IS_TERMINATING.
ke::Task<base::Result<cm::regf::OwnStore>> read_hive_file(const Behalf& by, base::Ref<io::File> file,
                                                          size_t least);
// Bytes of the store to the same place of the file. REQUIRES: the store outlives it; they are in it.
ke::Task<NTSTATUS> write_hive_part(const Behalf& by, base::Ref<io::File> file, const cm::regf::Store& store,
                                   size_t from, size_t to);
// Cuts the file where it is longer.
ke::Task<NTSTATUS> set_hive_size(const Behalf& by, base::Ref<io::File> file, size_t size);
// The file gets this name on its device, which nobody may have. What the device answers.
ke::Task<NTSTATUS> rename_hive_file(const Behalf& by, base::Ref<io::File> file, base::String name);
// The file goes when it is closed.
ke::Task<NTSTATUS> delete_hive_file(const Behalf& by, base::Ref<io::File> file);
// What has been written is where it stays.
ke::Task<NTSTATUS> flush_hive_file(const Behalf& by, base::Ref<io::File> file);

}  // namespace services
