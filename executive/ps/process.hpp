// SPDX-License-Identifier: GPL-3.0-only
//
// Processes. A process is an object with an address space, a handle table, a token and threads; it is
// signalled when its last thread has ended. It lives on as an object while handles name it; its memory goes
// when its last thread does.
#pragma once

#include "abi/nt/ntpsapi.h"
#include "abi/nt/ntpsinfo.h"
#include "executive/ke/grants.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/ob/handle.hpp"
#include "executive/ps/debuggee.hpp"
#include "executive/ps/job.hpp"
#include "executive/se/token.hpp"

namespace ps {

class Thread;

// The priority of threads in a process of this class, PROCESS_PRIORITY_CLASS_...
int32_t base_priority_of(uint32_t priority_class);

class Process final : public ob::Object,
                      public ke::Client,
                      private mm::CommitGuard,
                      public ListLink<struct ProcessTag> {
public:
    static const ob::Type kType;

    // --- ke::Client
    ke::UserMemory& memory() override { return *space_; }
    ob::HandleTable& handles() override { return handles_; }
    ob::Object& process_object() override { return *this; }
    bool is_driver_host() const override { return driver_host_process_; }
    bool gone() const override { return !space_ || (terminating_ && thread_count_ == 0); }
    ke::Quota& quota() override { return quota_; }
    ke::Waitable* waitable() override { return &ended_; }
    void has_computed(uint64_t time) override;
    void has_transferred(ke::IoCounts::Kind kind, uint64_t bytes) override;

    uint32_t id() const override { return id_; }
    uint32_t parent_id() const { return parent_id_; }
    // Base name of the image, as `ps` shows it.
    std::u16string_view image_name() const override { return image_name_; }
    std::u16string_view image_path() const { return image_path_; }
    // STATUS_PROCESS_IS_TERMINATING when its memory is gone or going.
    Result<mm::AddressSpace*> live_space();
    // REQUIRES: live, as a process with a running thread is.
    mm::AddressSpace& space() { return *space_; }
    uint64_t peb() const { return peb_; }
    uint64_t image_base() const { return image_base_; }
    uint64_t system_dll_base() const { return system_dll_base_; }
    mm::Section* image() const { return image_.get(); }
    NTSTATUS exit_status() const { return exit_status_; }
    bool ended() const { return ended_.is_set(); }
    bool terminating() const { return terminating_; }
    // One that the Executive itself starts and no driver host, smss: others cannot end it or its threads.
    bool critical() const { return critical_; }
    List<Thread, struct ProcessThreadTag>& threads() { return threads_; }
    uint32_t thread_count() const { return thread_count_; }
    // The first thread with this serial number or a later one, null when there is none: for going through
    // them in slices.
    Thread* thread_from(uint64_t serial);
    // abi/nt/ntleniency.h
    bool file_leniency() const { return file_leniency_; }
    void set_file_leniency(bool lenient) { file_leniency_ = lenient; }
    uint32_t priority_class() const { return priority_class_; }
    // For a slice, from the thread with this serial number on; true when all threads know of it.
    bool set_priority_class(uint32_t priority_class, uint64_t& serial);
    // All of them come to know, the first ones at once.
    void give_priority_class(uint32_t priority_class);
    int32_t base_priority() const { return base_priority_of(priority_class_); }
    // Kept for the process and whoever asks; children get the same. No hard error is shown here.
    uint32_t hard_error_mode() const { return hard_error_mode_; }
    void set_hard_error_mode(uint32_t mode) { hard_error_mode_ = mode; }
    // The innermost one that it is in, null when there is none.
    Job* job() const { return job_.get(); }
    void set_job(Ref<Job> job);
    // Of its memory, 0 when that is gone.
    mm::AddressSpace::Counters memory_counters() const;
    uint64_t create_time() const { return create_time_; }
    uint64_t exit_time() const { return exit_time_; }
    // It may make no processes (PsAttributeChildProcessPolicy).
    bool may_have_no_children() const { return may_have_no_children_; }
    // Kept, and told who asks: nothing here goes by them but the first, which new threads come to know.
    struct Kept {
        bool boost_disabled = false;
        uint8_t io_priority = IoPriorityNormal;
        uint8_t page_priority = MEMORY_PRIORITY_NORMAL;
        ULONG throttling_mask = 0, throttling = 0;
    };
    Kept kept;
    // What its debugger is told.
    Debuggee& debuggee() { return debuggee_; }

    // Its own from its beginning to its end. REQUIRES: it has not ended, or it has a thread.
    se::Token& token() override { return *token_; }
    // Null when it has ended.
    const Ref<se::Token>& primary_token() const { return token_; }
    // REQUIRES: a primary token that no other process has.
    void set_token(Ref<se::Token> token) { token_ = std::move(token); }

    // Who has it and is told of its end: a driver host's channel, for smss the session manager; null for
    // others.
    class Supervisor {
    public:
        // Its threads are gone. False: devices may still reach its memory, which stays as it is until
        // memory_may_go() is called.
        virtual bool quiet_devices() { return true; }
        // The process is gone: its leases go back to their owner.
        virtual void process_ended(NTSTATUS status) = 0;
        // May code of this process touch the port with its own in and out instructions?
        virtual bool owns_port(uint16_t port) {
            (void)port;
            return false;
        }

    protected:
        ~Supervisor() = default;
    };
    void attach_supervisor(Supervisor* supervisor) { supervisor_ = supervisor; }
    Supervisor* supervisor() const { return supervisor_; }

    // No device reaches the memory of this driver host any more. REQUIRES: quiet_devices() said false.
    void memory_may_go() { ending_.go_on(); }

    // Ends every thread, the first ones at once. The object is signalled when all is done.
    void terminate(NTSTATUS status);
    // The same, because a thread of another process asked for it.
    void terminate_from_outside(NTSTATUS status);
    // It ends when its last handle is closed before it has had a thread.
    void end_without_threads() { may_have_no_thread_ = true; }
    void last_handle_closed() override;
    // Its last thread has ended, and its debugger is yet to be told: nothing can begin in it, and what it had
    // open is closed, so that two processes that debug each other can end.
    void last_thread_ends(NTSTATUS status);
    bool ended_from_outside() const { return ended_from_outside_; }
    // File name of the image that held the instruction whose exception ended it; empty when none did.
    std::u16string_view fault_image() const { return fault_image_; }
    // Runs its threads before those of all others, or as usual again: for a watchdog's last look at it. The
    // first ones at once.
    void raise(bool raised);
    bool raised() const { return raised_; }
    // Ends every thread but this one, for a slice: `looked_at` counts the threads that were, over all slices.
    // False when some are left.
    bool terminate_others(Thread& survivor, NTSTATUS status, uint64_t& looked_at);
    // Gives all threads, now and later, a copy of a capability, and returns its CPtr there. Driver hosts
    // only. STATUS_INSUFFICIENT_RESOURCES when there is room for no more (ke/grants.hpp).
    Result<uint32_t> grant_capability(ke::CPtr source);
    // Takes it back; the CPtr may be another's then.
    void revoke_capability(uint32_t pointer);

private:
    friend class ProcessBuilder;
    friend class ThreadBuilder;
    friend class Thread;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit Process(uint64_t quota);
    ~Process() override;
    void thread_ended(NTSTATUS status);
    // --- mm::CommitGuard, as long as it is in a job
    Result<void> commit(uint64_t pages) override;
    void uncommit(uint64_t pages) override;

    // The end of a process, paced: the threads that terminate() has not come to, and when the last thread is
    // gone, the handles, the memory, and who waits for it.
    class Ending final : public ke::PacedWork {
    public:
        explicit Ending(Process& process) : process_(process) {}
        bool slice() override;
        bool gives_memory() const override { return stage_ == Stage::Memory; }
        void end_threads();
        // No thread runs any more.
        void close_handles();
        // No thread is left.
        void finish();
        // The devices are quiet.
        void go_on();

    private:
        enum class Stage : uint8_t { Threads, Handles, Devices, Memory, Last };
        bool some_threads(const ke::Slice& slice);

        Process& process_;
        Stage stage_ = Stage::Threads;
        uint32_t threads_left_ = 0;
    };
    void last_step();

    // Tells its threads of raise(), paced.
    class Raising final : public ke::PacedWork {
    public:
        explicit Raising(Process& process) : process_(process) {}
        bool slice() override;
        void begin();

    private:
        Process& process_;
        uint64_t serial_ = 0;  // where it goes on
    };

    ke::Quota quota_;
    Own<mm::AddressSpace> space_;
    ob::HandleTable handles_;
    Ref<mm::Section> image_;
    Ref<se::Token> token_;
    Ref<Job> job_;
    size_t own_charge_ = 0;  // bytes of its quota: its token, and its space before there is anything in it
    Ref<Process> self_;      // until it has ended
    String image_name_;
    String image_path_;
    String fault_image_;
    struct SerialOf {
        uint64_t operator()(const Thread& thread) const;
    };
    void add(Thread& thread);
    void remove(Thread& thread);
    // Tells its threads what their priority is, for a slice, from this serial number on; true when all know.
    bool tell_priority(uint64_t& serial);
    List<Thread, ProcessThreadTag> threads_;
    Tree<Thread, struct ThreadSerialTag, SerialOf> by_serial_;
    ke::Latch ended_;
    Ending ending_{*this};
    Raising raising_{*this};
    Debuggee debuggee_{*this};
    Supervisor* supervisor_ = nullptr;
    Own<ke::Grants> grants_;  // of a driver host
    uint32_t id_ = 0;
    uint32_t parent_id_ = 0;
    uint32_t thread_count_ = 0;
    uint32_t priority_class_ = PROCESS_PRIORITY_CLASS_NORMAL;
    uint32_t hard_error_mode_ = 0;
    uint64_t peb_ = 0;
    uint64_t image_base_ = 0;
    uint64_t system_dll_base_ = 0;
    uint64_t create_time_ = 0;
    uint64_t exit_time_ = 0;
    NTSTATUS exit_status_ = STATUS_PENDING;
    bool terminating_ = false;
    bool ended_from_outside_ = false;
    bool raised_ = false;
    bool critical_ = false;
    bool driver_host_process_ = false;
    bool file_leniency_ = false;
    bool may_have_no_thread_ = false;
    bool may_have_no_children_ = false;
};

// As ProcessIoCounters tells them.
inline IO_COUNTERS io_counters(const ke::IoCounts& of) {
    return {of.operations[ke::IoCounts::Read],  of.operations[ke::IoCounts::Write],
            of.operations[ke::IoCounts::Other], of.bytes[ke::IoCounts::Read],
            of.bytes[ke::IoCounts::Write],      of.bytes[ke::IoCounts::Other]};
}

// All processes, in order of creation.
List<Process, ProcessTag>& processes();
Process* find_process(uint32_t id);

// How main and pnp start a program: no caller, an environment of its own.
struct ProcessParameters {
    std::u16string_view image_path;    // \SystemRoot\System32\smss.exe
    std::u16string_view command_line;  // empty: the image path
    std::u16string_view image_name;    // what process lists show; empty: the image's base name
    std::u16string_view current_directory = u"\\SystemRoot\\System32";
    bool driver_host = false;
    Ref<se::Token> token = {};  // null: the system's
    uint64_t quota_bytes = 0;   // 0: the default
};
// Makes the process with one thread, which is suspended, in slices. The image file comes from `image`; the
// texts of the parameters but for the image's name must last until it is done. It is not terminating then:
// STATUS_PROCESS_IS_TERMINATING when somebody ended it meanwhile.
ke::Task<Result<Ref<Process>>> create_process(Ref<mm::Section> image, ProcessParameters parameters);

// ntdll.dll, which every process gets mapped; set once at boot before the first process.
// STATUS_PROCEDURE_NOT_FOUND when it lacks an entry that the Executive calls.
Result<void> set_system_dll(Ref<mm::Section> ntdll);

}  // namespace ps
