// SPDX-License-Identifier: GPL-3.0-only
//
// A driver host as pnp sees it: which drivers share it, what hardware they may touch, and the supervisor that
// starts its process, loads its drivers, and starts it again when it dies, as RestartPolicy says. When it
// stays down its requests fail.
//
// A driver whose first start ends its host would end it again: it is taken out, and the others go on without
// it. Who did it is known when only one driver was being started and nothing else was at hand, or when the
// instruction at fault lies in its image; else nobody is blamed, and at the next start, where drivers are
// loaded one after the other, the culprit stands alone.
#pragma once

#include "base/tree.hpp"
#include "executive/io/host_channel.hpp"
#include "executive/ke/port_range.hpp"
#include "executive/mm/neighbours.hpp"
#include "executive/ob/charge.hpp"
#include "executive/pnp/driver.hpp"
#include "executive/pnp/quieting.hpp"
#include "executive/pnp/restart_policy.hpp"

namespace pnp {

// What IoCreateDevice asks for.
struct NewDevice {
    uint32_t driver;  // its number
    uint32_t type;
    uint32_t characteristics;
    bool exclusive;
    std::span<const uint8_t> security;  // checked; empty: the default of its type
};

class Host final : public RefCounted, public io::HostChannel::Owner, public ListLink<struct HostListTag> {
public:
    static Result<Ref<Host>> create(std::u16string_view name);
    Host(String name, uint64_t number) : name_(std::move(name)), number_(number) {}

    std::u16string_view name() const { return name_; }
    // Counts up from 1: the order of their making.
    uint64_t number() const { return number_; }
    io::HostChannel& channel() { return *channel_; }
    List<Driver, HostDriverTag>& drivers() { return drivers_; }
    // The function driver comes after the class drivers that attach to its device. Gives it a number.
    // STATUS_INSUFFICIENT_RESOURCES when it has WDM_DRIVERS - 1 of them.
    Result<void> add_driver(Driver& driver);
    // REQUIRES: not loaded.
    void remove_driver(Driver& driver);
    Driver* driver_with(uint32_t number);
    uint32_t restarts() const { return restarts_; }
    bool running() const { return channel_->state() == io::HostChannel::State::Running; }
    bool supervised() const { return supervised_; }
    // It ended for want of drivers, not for its faults.
    bool stopped() const { return stopping_; }

    // Runs until the host is stopped or given up.
    Task<NTSTATUS> supervise();
    // Happens when the host is up, with success, or stays down, with the reason; from its death on it is
    // about the next start.
    Event& settled() { return settled_; }
    // Loads one more driver into a host that runs, with its device. STATUS_DRIVER_PROCESS_TERMINATED: the
    // host died meanwhile, and unless the driver is blamed for it, it is loaded with the others at the next
    // start.
    Task<NTSTATUS> load(Ref<Driver> driver);
    // STATUS_INVALID_DEVICE_REQUEST: the driver cannot be unloaded; STATUS_DEVICE_BUSY: files are open on its
    // devices, or they are part of another's stack. STATUS_DRIVER_PROCESS_TERMINATED: the host died
    // meanwhile, and is started again without it.
    Task<NTSTATUS> unload(Ref<Driver> driver);
    // IRP_MJ_SHUTDOWN for the devices that registered for this chance, WDM_SHUTDOWN_*.
    Task<NTSTATUS> shut_down(uint32_t chance);

    // --- devices, for the process that is there now
    // The number of the device in the host, at the place of its name; one of this name that its last process
    // had is given back with its open files. STATUS_OBJECT_NAME_COLLISION, STATUS_INSUFFICIENT_RESOURCES
    // (WDM_DEVICES - 1 are there).
    Result<uint32_t> create_device(const NewDevice& wanted, ob::Found& place);
    // STATUS_NO_SUCH_DEVICE.
    Result<void> delete_device(uint32_t index);

    // --- hardware, for the process that is there now
    Result<uint32_t> claim_ports(uint16_t first, uint16_t last);
    struct ConnectedInterrupt {
        uint32_t bit;
        uint32_t acknowledge;
    };
    Result<ConnectedInterrupt> connect_interrupt(uint32_t gsi, bool level, bool active_low);
    Result<void> disconnect_interrupt(uint32_t bit);
    Result<uint64_t> map_memory(uint64_t physical, uint64_t length, hal::Cache cache);
    struct Contiguous {
        uint64_t address;
        uint64_t physical;
    };
    // Maps frames that are there, and keeps them.
    Result<Contiguous> map_contiguous(Ref<mm::FrameRun> frames, ob::Charge charge);
    Result<void> free_contiguous(uint64_t address, mm::Progress& progress);

    // What a driver said when it gave up (KeBugCheckEx).
    void bug_checked(uint32_t code) { bug_check_ = code; }

    // --- io::HostChannel::Owner
    bool quiet_devices() override;
    void host_ended(const io::HostDeath& death) override;
    void host_failed(io::HostFault fault) override;
    bool host_owns_port(uint16_t port) override;

private:
    static constexpr unsigned kInterrupts = 16;
    struct Block : TreeLink<Block> {
        uint64_t address;
        Ref<mm::FrameRun> frames;
        ob::Charge charge;
    };
    struct BlockAddress {
        uint64_t operator()(const Block& block) const { return block.address; }
    };
    struct Grant {
        Ref<ke::PortRange> range;
        uint32_t slot;
    };
    // A driver inside DriverEntry or AddDevice: lives in the frame of load().
    struct Loading : ListLink<struct LoadingTag> {
        explicit Loading(Driver& which) : driver(which) {}
        Driver& driver;
        Ref<io::ControlRequest> request;
    };

    Task<NTSTATUS> bring_up();
    void come_up();
    Task<NTSTATUS> load_all();
    Task<NTSTATUS> request(uint32_t kind, uint32_t target, std::span<const uint8_t> data,
                           Loading* loading = nullptr);
    Task<NTSTATUS> enter(Driver& driver, Loading& loading);
    void settle(Driver& driver, NTSTATUS status);
    Task<NTSTATUS> add_device(Driver& driver, Loading& loading);
    Task<NTSTATUS> open_files_again();
    Task<NTSTATUS> wait_for_closes(const Driver& driver);
    void refuse_opens(const Driver& driver, bool refuse);
    void close(NTSTATUS status);
    void stop_if_empty();
    [[clang::coro_wrapper]] Task<NTSTATUS> drop_lost_devices();
    bool allows(uint32_t type, uint64_t start, uint64_t length);
    // A slice of giving back what its process had; true when nothing is left.
    bool forget_hardware();
    void remove_block(Block& block);
    void start_function(Driver& driver);
    void stop_function(Driver& driver);
    // Takes back ports that were those of a driver that is not there any more.
    Task<NTSTATUS> drop_ports();
    void drop_port(size_t index);
    void set_states(Driver::State state);
    // The SIDs of its services: the host's own, then its drivers'.
    Result<Ref<se::Token>> make_token();
    // The process that runs carries the SID of this one too, which joins it.
    Result<void> carry(const Driver& driver);
    bool may_restart();
    void report_death(std::u16string_view name, const io::HostDeath& death, std::string_view next);
    std::string_view what_follows(const Driver* blamed);
    std::u16string_view shown_name();
    void take_out(Driver& driver, NTSTATUS status);
    Driver* blame(const io::HostDeath& death);
    Driver* culprit(const io::HostDeath& death);

    String name_;
    uint64_t number_;
    Ref<io::HostChannel> channel_;
    List<Driver, HostDriverTag> drivers_;  // a reference is held for each
    List<Loading, LoadingTag> loading_;
    Event ended_;
    Event settled_;
    io::HostFault fault_ = io::HostFault::None;
    uint32_t bug_check_ = 0;
    uint32_t restarts_ = 0;
    RestartPolicy policy_;
    bool supervised_ = false;
    bool stopping_ = false;
    Quieting quieting_{*this};

    Own<ke::Interrupt> interrupts_[kInterrupts];
    uint32_t interrupt_slots_[kInterrupts] = {};
    ke::CPtr interrupt_signals_[kInterrupts] = {};
    Vector<Grant> ports_;
    Tree<Block, Block, BlockAddress> blocks_;
};

}  // namespace pnp
