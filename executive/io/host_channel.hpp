// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's side of a driver process: the requests it has been lent, and those that wait for it. A
// HostChannel outlives the processes behind it, one after the other: when one dies, its leases come back, and
// what is safe to repeat waits for the next.
//
//   stopped --attach()--> starting --open()--> running --process ends--> ending --leases are back--> stopped
//   ...
//                                                        \--close(status)--> closed: nothing will come
//
// However many requests its driver lets pend, others go on: what is lent takes no room in the ring once the
// host has it. Only what the host does not take in time waits here.
//
// Requests are taken in every state but closed. Who decides about starting and restarting (pnp) is the Owner.
#pragma once

#include <iterator>

#include "executive/io/control_request.hpp"
#include "executive/io/device.hpp"
#include "executive/io/driver_activity.hpp"
#include "executive/io/driver_ring.hpp"
#include "executive/io/driver_state.hpp"
#include "executive/io/irp.hpp"
#include "executive/mm/edge_pages.hpp"
#include "executive/ps/process.hpp"

namespace io {

class DriverDevice;

// One after the other: who follows waits for the one before.
struct HoldTurn final : RefCounted {
    Event over;
};

enum class HostFault : uint8_t { None, Hang, Protocol };

// How a driver process ended.
struct HostDeath {
    NTSTATUS status = STATUS_SUCCESS;
    bool own_fault = false;  // nobody else ended it
    // File name of the image whose instruction ended it; empty when that is not known.
    std::u16string_view image;
    uint32_t suspects = 0;  // IRPs that a dispatch routine was busy with
};

class HostChannel final : public RefCounted, public ps::Process::Supervisor, public DriverActivity::Owner {
public:
    class Owner {
    public:
        // The process has no threads any more. False: its devices may still reach memory, its own and that of
        // its leases; Process::memory_may_go() is called when they do not.
        virtual bool quiet_devices() { return true; }
        // The process is gone and its leases are back.
        virtual void host_ended(const HostDeath& death) = 0;
        // It is to be ended for its fault.
        virtual void host_failed(HostFault fault) = 0;
        virtual bool host_owns_port(uint16_t port) = 0;

    protected:
        ~Owner() = default;
    };
    enum class State : uint8_t { Stopped, Starting, Running, Ending, Closed };

    static Result<Ref<HostChannel>> create(Owner& owner);
    explicit HostChannel(Owner& owner);
    ~HostChannel() override;

    State state() const { return state_; }
    Owner& owner() const { return owner_; }
    ps::Process* process() const { return process_.get(); }
    const WDM_ATTACH& attach_information() const { return attach_; }
    ke::Notification& interrupts() { return *interrupts_; }

    // An IRP that is longer than this (in milliseconds, 1 to 600,000) before it is pending means a hung
    // driver, and so does a control request that is not done after kControlPatience times as long, whatever
    // the host says of it, and one that is to bring a starting host up.
    static constexpr uint64_t kControlPatience = 4;
    // A request that was at hand in this many deaths is taken to be their cause.
    static constexpr unsigned kMostDeaths = 2;
    void set_watchdog(uint32_t milliseconds) { watchdog_ms_ = milliseconds; }
    uint32_t watchdog() const { return watchdog_ms_; }
    // Pages of clients that it is shown at a time; where it is not said, half of its process's quota.
    void set_most_shown(uint64_t pages) { most_shown_ = pages; }
    // Entries of either ring of the processes to come. REQUIRES: DriverRing::valid_depth(depth).
    void set_depth(uint32_t depth) { depth_ = depth; }
    uint32_t depth() const { return depth_; }

    // How long somebody waits at most to hear whether his request pends (100 ns): a driver may be slow, or
    // wait for him. 0: nobody waits.
    static constexpr uint64_t kAnswerTime = 100 * ke::kTicksPerMillisecond;
    void set_answer_time(uint64_t time) { answer_time_ = time; }
    // Gives a process that has not run yet its ring, which has its pages, and capabilities. REQUIRES:
    // stopped.
    Result<void> attach(ps::Process& process, Own<DriverRing> ring);
    // Requests may flow. REQUIRES: starting.
    void open();
    // Counts up with each start of a process and when requests begin to flow to it.
    uint32_t epoch() const { return epoch_; }
    // Nothing will serve requests any more: all that wait end with this status, as do those to come.
    void close(NTSTATUS status);
    // Out of closed, for another try.
    void reopen();

    // Those that do not fit into an entry of the ring.
    static Device::Windows windows(const Irp& irp);
    void submit(Irp& irp);
    // Ahead of all that waits, also while the host is starting.
    void submit_now(Irp& irp);
    void cancel(Irp& irp);
    // STATUS_INSUFFICIENT_RESOURCES when the ring is full, STATUS_DRIVER_PROCESS_TERMINATED without a
    // process.
    Result<void> submit(ControlRequest& request);
    // The request of this number; null when it is none that the process has now.
    Irp* lent(uint64_t id);
    uint32_t leased() const { return leased_; }
    uint32_t waiting() const { return waiting_count_; }
    // What is kept for its devices from process to process, in bytes: it counts for the process that is
    // there. STATUS_QUOTA_EXCEEDED.
    Result<void> keep(size_t bytes);
    void release_kept(size_t bytes);
    List<DriverDevice, struct HostDeviceTag>& devices() { return devices_; }
    // The lowest number that no device of it has. STATUS_INSUFFICIENT_RESOURCES.
    Result<uint32_t> free_device_index();
    // A file of this driver's is just being closed: its dispatch routine has not returned yet.
    bool closing(uint32_t driver);
    // Signalled when that may have changed, at the latest after the watchdog's time. Who waits resets it
    // first.
    Event& closed() { return closed_; }
    // Who comes last of those that have its driver hold a file (file_system_hold.hpp); null: nobody.
    Ref<HoldTurn> last_hold;

    // --- ps::Process::Supervisor
    bool quiet_devices() override { return owner_.quiet_devices(); }
    void process_ended(NTSTATUS status) override;
    bool owns_port(uint16_t port) override { return owner_.host_owns_port(port); }
    void runs_endlessly(const DriverActivity::Endless& found) override;
    // Takes some of the completions that the host has put into its ring; true when there may be more.
    bool received();

private:
    class Bell final : public ke::Doorbell {
    public:
        explicit Bell(HostChannel& host) : host_(host) {}
        bool received() override { return host_.received(); }

    private:
        HostChannel& host_;
    };
    // Fails what waits for a closed host, between other work.
    class Refusal final : public Ready {
    public:
        explicit Refusal(HostChannel& host) : host_(host) {}
        void begin();
        void run() override;

    private:
        HostChannel& host_;
        Ref<HostChannel> keep_;
    };
    class Watchdog final : public ke::Timer {
    public:
        explicit Watchdog(HostChannel& host) : host_(host) {}
        void expired() override { host_.look_for_hang(); }

    private:
        HostChannel& host_;
    };
    // The time of those who wait for an answer is up.
    class AnswerLimit final : public ke::Timer {
    public:
        explicit AnswerLimit(HostChannel& host) : host_(host) {}
        void expired() override { host_.end_awaiting(); }

    private:
        HostChannel& host_;
    };
    // Brings the leases of a dead process back, between other work.
    class Recall final : public Ready {
    public:
        explicit Recall(HostChannel& host) : host_(host) {}
        void begin(bool was_starting);
        void run() override;
        bool was_starting() const { return was_starting_; }

    private:
        HostChannel& host_;
        Ref<HostChannel> keep_;
        bool was_starting_ = false;
    };
    // What waits, waits among its own kind: a request may take an entry when that leaves as many free as its
    // class must, so that those of the classes behind it, and controls, find room whatever came before.
    enum class Class : uint8_t { Ordinary, OpenAndClose, Paging, Call };
    static constexpr unsigned kLeft[] = {6, 4, 2, 1};
    static constexpr size_t kClasses = std::size(kLeft);

    // A process that is being torn down takes nothing any more, although its end has not been told yet.
    bool accepts() const { return state_ == State::Running && !process_->terminating(); }
    Class class_of(const Irp& irp);
    List<Irp, QueueTag>& waiting(Class of) { return waiting_[static_cast<size_t>(of)]; }
    bool has_room(Class of) { return ring_->room() > kLeft[static_cast<size_t>(of)]; }
    // The most urgent class of which one waits and can be lent; null when there is none.
    List<Irp, QueueTag>* lendable();
    // Lends some of those that wait; true when more can be lent.
    bool pump();
    void wait(Irp& irp, Class among);
    Ref<Irp> take(Irp& waiting);
    void ring_host();
    Result<void> lend(Irp& irp);
    WDM_REQUEST& begin(uint32_t kind, uint32_t target);
    void hand_over(Lease& lease);
    Result<void> fill_buffers(Irp& irp, WDM_REQUEST& request);
    static void fill_page_numbers(const Irp& irp, WDM_REQUEST& request);
    Result<void> fill_name(Irp& irp, WDM_REQUEST& request);
    void note_control(Irp& irp, const WDM_REQUEST& request);
    Result<uint64_t> open_window(Irp& irp, const IrpBuffer& buffer, Window Windows::* side,
                                 uint32_t protection);
    void close_windows(DataLease& lease);
    void cancel_some();
    void begin_awaiting(Irp& irp, WDM_REQUEST& request);
    void look_for_answers();
    void answered(Irp& awaited);
    void end_awaiting();
    // Takes it out of the ring. False: it is a forgery, and nothing else was done.
    bool take_completion(const WDM_COMPLETION& completion);
    void take_completion(Irp& irp, const WDM_COMPLETION& completion, NTSTATUS status);
    void pop_completion();
    NTSTATUS take_output(Irp& irp, const WDM_COMPLETION& completion, NTSTATUS status, uint64_t information);
    void give_back(Lease& lease);
    void recall(Lease& lease);
    bool take_last_completion();
    void all_recalled();
    bool spoilt();
    void look_for_hang();
    // The lease whose time is up; `next`, interrupt time, is when to look again at the latest.
    Lease* overdue(uint64_t now, uint64_t& next);
    void end_hung(Lease& lease, uint64_t now);
    void raise(bool raised);
    void fail_host(HostFault fault);

    Owner& owner_;
    State state_ = State::Stopped;
    NTSTATUS closed_status_ = STATUS_NO_SUCH_DEVICE;
    Ref<ps::Process> process_;
    Own<DriverRing> ring_;
    Own<Bell> bell_;
    Own<ke::Notification> requests_;
    Own<ke::Notification> interrupts_;
    WDM_ATTACH attach_{};
    Tree<Lease, LeaseTag, LeaseId> leases_;      // a reference is held for each
    List<ControlRequest, ControlTag> controls_;  // of these
    List<Lease, CancelTag> cancels_;             // of these, to be cancelled when there is room to say so
    // Of these, whose makers wait to hear whether they pend: so few that a look at all of them is short.
    List<Irp, AwaitedTag> awaited_;
    static constexpr unsigned kMostAwaited = 8;
    unsigned awaited_count_ = 0;
    uint64_t answer_time_ = kAnswerTime;
    AnswerLimit answer_limit_{*this};
    uint32_t leased_ = 0;
    static constexpr uint64_t kShownShare = 2;  // of its quota
    uint64_t most_shown_ = 0;                   // pages; 0: not known yet
    uint64_t shown_pages_ = 0;                  // of clients, in windows
    uint32_t window_work_ = 0;                  // windows opened and closed since completions were last taken
    uint64_t last_id_ = 0;
    uint32_t epoch_ = 0;
    size_t kept_ = 0;
    List<Irp, QueueTag> waiting_[kClasses];  // a reference is held for each
    uint32_t waiting_count_ = 0;             // in all of them
    List<DriverDevice, HostDeviceTag> devices_;
    Watchdog watchdog_{*this};
    DriverActivity activity_{*this};
    Refusal refusal_{*this};
    Recall recall_{*this};
    HostDeath death_;
    uint32_t watchdog_ms_ = 5000;
    uint32_t depth_ = WDM_DEFAULT_DEPTH;
    Event closed_;
    bool raised_ = false;
    bool deserved_ = false;  // it was ended for a fault of its own
};

}  // namespace io
