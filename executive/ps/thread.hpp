// SPDX-License-Identifier: GPL-3.0-only
//
// Threads as objects: NT's view of a ke::Thread. A thread holds a reference to its process; while it runs its
// process holds one to it. Signalled when it has ended.
#pragma once

#include "abi/nt/ntexapi.h"
#include "abi/nt/ntxcapi.h"
#include "executive/ps/process.hpp"

namespace ps {

class Thread final : public ob::Object,
                     public ke::Thread,
                     public ListLink<ProcessThreadTag>,
                     public TreeLink<ThreadSerialTag>,
                     public DebugSlot {
public:
    static const ob::Type kType;

    ob::Object& thread_object() override { return *this; }
    bool handle_fault(const ke::Fault& fault) override;
    bool extend_stack(uint64_t address) override;
    void terminated() override;
    ke::Waitable* waitable() override { return &ended_; }

    // Rises with each thread that is made, and is never used again.
    uint64_t serial() const { return serial_; }
    // Of the one that was made last.
    static uint64_t latest_serial();
    Process& process() const { return *process_; }
    uint64_t teb() const { return teb_; }
    uint64_t start_address() const { return start_address_; }
    int32_t priority() const;
    // -2..2, or -15 and 15, added to the process's base.
    int32_t priority_increment() const { return priority_increment_; }
    void set_priority_increment(int32_t increment);
    void apply_priority() {
        set_priority(process_->raised() ? kRaisedPriority : static_cast<unsigned>(priority()));
    }
    NTSTATUS exit_status() const { return exit_status_; }
    bool ended() const { return ended_.is_set(); }
    uint64_t create_time() const { return create_time_; }
    uint64_t exit_time() const { return exit_time_; }
    std::u16string_view name() const { return thread_name_; }
    void set_name(String name) { thread_name_ = std::move(name); }
    // Kept, and told who asks.
    uint8_t io_priority = IoPriorityNormal;
    uint8_t page_priority = MEMORY_PRIORITY_NORMAL;
    // Null when it acts as its process.
    const Ref<se::Token>& impersonation_token() const { return worn_; }
    void set_impersonation(Ref<se::Token> token) {
        impersonation_ = token.get();
        worn_ = std::move(token);
    }

    // ES_*, NtSetThreadExecutionState's.
    uint32_t execution_state = ES_CONTINUOUS;

    // What the debugger of its process has of it.
    DebugSlot& debug() { return *this; }
    const DebugSlot& debug() const { return *this; }

    uint32_t resume();
    void end(NTSTATUS status);
    // The debugger of its process is told first; where it does not handle the exception, or there is none, it
    // goes to KiUserExceptionDispatcher, or, where there is no way to and at the second chance, ends the
    // process. STATUS_SUCCESS, or STATUS_IN_PAGE_ERROR with a ke::PageIn: the stack has to be brought in
    // first.
    NTSTATUS raise(const EXCEPTION_RECORD& record, const CONTEXT& context, bool first_chance);
    // The debugger does not handle it.
    NTSTATUS go_on_with(const DebugSlot& slot);
    // The rest of terminated().
    void finish_end();
    // Says on the console what happened and ends the process with the exception's code.
    void report_and_end(const EXCEPTION_RECORD& record, const CONTEXT& context);

private:
    friend class ThreadBuilder;
    friend class Process;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit Thread(Ref<Process> process);
    // What a running one takes beside its process's memory: the page of its TCB, and another for what the
    // calls that it waits in keep once they have suspended.
    static constexpr size_t kRunningCharge = 2 * mm::kPageSize;
    static constexpr uint64_t kCommitted = 1;  // the latter
    void uncharge();
    ~Thread() override;
    void load_trap_flag(Position& position) override;
    void read_trap_flag(Position& position) override;
    NTSTATUS dispatch(const EXCEPTION_RECORD& record, const CONTEXT& context);
    void touch_guards(uint64_t address, size_t length);
    bool memory_fault(const ke::Fault& fault);
    bool step_begins(uint64_t ip);
    bool exception(const ke::Fault& fault);
    bool raise_breakpoint(uint64_t ip, uint64_t behind, bool has_parameter);
    bool raise_status(NTSTATUS status, uint64_t address, std::span<const uint64_t> information = {});
    bool grow_stack(uint64_t address, NTSTATUS& status);
    bool port_instruction(CONTEXT& context);

    Ref<Process> process_;
    const uint64_t serial_;
    ke::Latch ended_;
    String thread_name_;
    Ref<se::Token> worn_;  // what impersonation() says
    size_t charged_ = 0;   // bytes, in its process's quota
    int32_t priority_increment_ = 0;
    uint64_t teb_ = 0;
    mm::FrameNumber message_frame_ =
        mm::kNoFrame;  // a reference: the kernel writes it while the thread lives
    uint64_t stack_base_ = 0;
    uint64_t stack_top_ = 0;
    uint64_t start_address_ = 0;
    uint64_t create_time_ = 0;
    uint64_t exit_time_ = 0;
    NTSTATUS exit_status_ = STATUS_PENDING;
};

Thread* find_thread(uint32_t id);
// The caller of a service as ps objects.
inline Thread& current(ke::Call& call) {
    return static_cast<Thread&>(call.thread());
}

}  // namespace ps
