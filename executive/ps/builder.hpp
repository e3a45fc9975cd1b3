// SPDX-License-Identifier: GPL-3.0-only
//
// Making processes and threads. A builder takes its product apart again when a step fails.
#pragma once

#include "executive/ps/thread.hpp"

namespace ps {

struct ThreadRequest {
    uint64_t start = 0;
    uint64_t argument = 0;
    uint64_t stack_reserve = 0;  // 0: the image's
    uint64_t stack_commit = 0;
    bool suspended = false;
};

class ThreadBuilder {
public:
    explicit ThreadBuilder(Process& process) : process_(process) {}
    Result<Ref<Thread>> build(const ThreadRequest& request);

private:
    Result<void> make_stack(const ThreadRequest& request);
    Result<void> make_teb();
    Result<uint64_t> write_context(const ThreadRequest& request);
    Result<void> start(const ThreadRequest& request, uint64_t context);
    void undo();

    Process& process_;
    Ref<Thread> thread_;
    uint64_t stack_limit_ = 0;
};

// Where a new process's parameter block comes from: a text (main, pnp), or another process's memory.
struct ProcessRequest {
    Ref<mm::Section> image;
    std::u16string_view image_path;
    Process* parent = nullptr;
    const RTL_USER_PROCESS_PARAMETERS* parameters = nullptr;  // captured header; pointers into `source`
    uint64_t parameters_address = 0;
    ke::UserMemory* source = nullptr;
    const ProcessParameters* own = nullptr;
    bool inherit_handles = false;
    bool driver_host = false;
    uint64_t quota = 0;
};

class ProcessBuilder {
public:
    explicit ProcessBuilder(const ProcessRequest& request) : request_(request) {}
    // With its address space, PEB and parameters, but no thread.
    Result<Ref<Process>> build();
    // For one that got no thread.
    static void discard(Process& process);

private:
    Result<void> map_images();
    Result<void> make_peb();
    Result<void> copy_parameters();
    Result<void> write_parameters();
    Result<void> inherit_handles();
    Result<void> patch_handles(uint64_t block);

    const ProcessRequest& request_;
    Ref<Process> process_;
};

}  // namespace ps
