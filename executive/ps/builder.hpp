// SPDX-License-Identifier: GPL-3.0-only
//
// Making processes and threads. A builder takes its product apart again when a step fails.
#pragma once

#include <optional>

#include "executive/ps/debug_object.hpp"
#include "executive/ps/thread.hpp"

namespace ps {

struct ThreadRequest {
    uint64_t start = 0;
    uint64_t argument = 0;
    uint64_t stack_reserve = 0;  // 0: the image's
    uint64_t stack_commit = 0;
    bool suspended = false;
    std::span<const uint8_t> security = {};  // the descriptor that is asked for; empty: none
};

// Each page it touches may have to be made, with its page tables: so a thread is made in steps.
class ThreadBuilder {
public:
    explicit ThreadBuilder(Process& process, const ThreadRequest& request)
        : process_(process), request_(request) {}
    ThreadBuilder(const ThreadBuilder&) = delete;
    ThreadBuilder& operator=(const ThreadBuilder&) = delete;
    // What is half made goes.
    ~ThreadBuilder();
    // A slice; true when thread() is there. The process may end between two.
    Result<bool> step();
    // All of them.
    Result<Ref<Thread>> build();
    const Ref<Thread>& thread() const { return thread_; }

private:
    enum class Stage : uint8_t { Stack, Teb, MessagePage, Context, Start, Done };

    Result<void> work();
    Result<void> make_stack();
    Result<void> make_teb();
    Result<void> make_message_page();
    Result<void> write_context();
    Result<void> start();

    Process& process_;
    const ThreadRequest request_;
    Ref<Thread> thread_;
    Stage stage_ = Stage::Stack;
    uint64_t stack_limit_ = 0;
    uint64_t context_ = 0;  // its address on the stack
};

// Where a new process's parameter block comes from: a text (main, pnp), or another process's memory.
struct ProcessRequest {
    Ref<mm::Section> image;
    std::u16string_view image_path;
    Process* parent = nullptr;
    Ref<se::Token> token;        // to be copied for it; null: its parent's, or the system's
    Process* creator = nullptr;  // whose call it is; null: the Executive itself
    Vector<uint8_t> security;    // the descriptors that are asked for; empty: none
    Vector<uint8_t> thread_security;
    const RTL_USER_PROCESS_PARAMETERS* parameters = nullptr;  // captured header; pointers into `source`
    uint64_t parameters_address = 0;
    ke::UserMemory* source = nullptr;
    const ProcessParameters* own = nullptr;
    bool inherit_handles = false;
    Ref<DebugObject> debugger;       // who is told what happens in it; null: whoever debugs its parent
    bool debugger_inherited = true;  // its children are debugged with it
    bool breakaway = false;          // asks to be in no job of its parent's
    std::span<Ref<Job>> jobs;        // to be in, each nested in the one before it
    Vector<HANDLE> only_handles;     // empty: all that are to be inherited
    uint32_t priority_class = 0;     // 0: none is asked for
    uint32_t error_mode = 0;
    bool childless = false;  // it may make no processes
    bool driver_host = false;
    uint64_t quota = 0;
};

// How much there is to do is up to a client (images, parameters, environment, handles), so it goes in slices.
class ProcessBuilder {
public:
    explicit ProcessBuilder(const ProcessRequest& request) : request_(request) {}
    ProcessBuilder(const ProcessBuilder&) = delete;
    ProcessBuilder& operator=(const ProcessBuilder&) = delete;
    // What is half made ends, in slices too.
    ~ProcessBuilder();
    // A slice; true when process() is there, with its address space, PEB and parameters, but no thread.
    Result<bool> step();
    // All of them.
    Result<Ref<Process>> build();
    Process& process() { return *process_; }
    const ProcessRequest& request() const { return request_; }
    // For one that got no thread.
    static void discard(Process& process);

private:
    enum class Stage : uint8_t { Space, Image, SystemDll, Tables, Peb, Handles, Parameters, Last, Done };

    // True when the stage is done.
    Result<bool> work();
    ke::Quota::Standing standing() const;
    Result<Ref<se::Token>> make_token() const;
    Result<void> secure();
    uint32_t first_priority_class() const;
    Result<void> make_space();
    Result<bool> map(mm::Section& image, uint64_t& base);
    Result<bool> map_tables();
    Result<bool> map_table(const Ref<mm::Section>& section, PVOID& address);
    Result<void> make_peb();
    Result<void> place_parameters();
    Result<bool> copy_parameters();
    Result<void> move_parameters();
    Result<void> write_parameters();
    Result<bool> inherit_handles();
    Result<void> patch_handles();
    Result<void> join_jobs();
    void join_debugger();
    void publish();

    const ProcessRequest& request_;
    Ref<Process> process_;
    Stage stage_ = Stage::Space;
    mm::Progress mapped_;
    // Of ps::SharedTables, in the new process.
    PVOID ansi_code_page_ = nullptr;
    PVOID oem_code_page_ = nullptr;
    PVOID case_table_ = nullptr;
    PVOID api_sets_ = nullptr;
    size_t inherited_ = 0;         // handles looked at
    uint64_t block_ = 0;           // the parameters, in the new process; 0: not placed
    uint64_t environment_at_ = 0;  // in the block
    uint64_t environment_size_ = 0;
    uint64_t copied_ = 0;  // bytes of the block
};

// A process and its first thread, which begins at the image's entry point and is suspended.
class ProgramBuilder {
public:
    explicit ProgramBuilder(const ProcessRequest& request) : builder_(request) {}
    ProgramBuilder(const ProgramBuilder&) = delete;
    ProgramBuilder& operator=(const ProgramBuilder&) = delete;
    // A process that got no thread ends.
    ~ProgramBuilder();
    // A slice; true when both are there. The process may end between two.
    Result<bool> step();
    Process& process() { return builder_.process(); }
    const Ref<Thread>& thread() const { return first_->thread(); }

private:
    ProcessBuilder builder_;
    std::optional<ThreadBuilder> first_;
};

}  // namespace ps
