// SPDX-License-Identifier: GPL-3.0-only
//
// A driver host as pnp sees it: which drivers share it, what hardware they may touch, and the supervisor that
// starts its process, loads its drivers, and starts it again when it dies. Five deaths within a minute, or
// two before it has come up at all, and it stays down; its requests then fail.
#pragma once

#include "executive/io/driver_host.hpp"
#include "executive/pnp/driver.hpp"

namespace pnp {

class Host final : public RefCounted, public io::DriverHost::Owner, public ListLink<struct HostListTag> {
public:
    static Result<Ref<Host>> create(std::u16string_view name);
    explicit Host(String name) : name_(std::move(name)) {}

    std::u16string_view name() const { return name_; }
    io::DriverHost& requests() { return *requests_; }
    List<Driver, HostDriverTag>& drivers() { return drivers_; }
    // The function driver comes after the class drivers that attach to its device.
    void add_driver(Driver& driver);
    uint32_t restarts() const { return restarts_; }
    bool running() const { return requests_->state() == io::DriverHost::State::Running; }
    bool supervised() const { return supervised_; }

    // Runs until the host is stopped or given up. `first_start` is signalled when the first attempt to bring
    // it up has ended, in one way or the other.
    Task<NTSTATUS> supervise();
    Event& first_start() { return first_start_; }
    // Loads one more driver into a host that runs, with its device.
    Task<NTSTATUS> load(Ref<Driver> driver);
    Task<NTSTATUS> unload(Ref<Driver> driver);
    // IRP_MJ_SHUTDOWN for the devices that registered for this chance, WDM_SHUTDOWN_*.
    Task<NTSTATUS> shut_down(uint32_t chance);

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
    Result<Contiguous> allocate_contiguous(size_t length, uint64_t highest);
    Result<void> free_contiguous(uint64_t address);

    // What a driver said when it gave up (KeBugCheckEx).
    void bug_checked(uint32_t code) { bug_check_ = code; }

    // --- io::DriverHost::Owner
    void host_ended(NTSTATUS status, bool own_fault) override;
    void host_failed(io::HostFault fault) override;
    bool host_owns_port(uint16_t port) override;

private:
    static constexpr unsigned kInterrupts = 16;
    struct Block {
        uint64_t address;
        Vector<mm::FrameNumber> frames;
    };
    struct Grant {
        uint16_t first, last;
        uint32_t slot;
    };

    Task<NTSTATUS> bring_up();
    Task<NTSTATUS> load_all();
    Task<NTSTATUS> request(uint32_t kind, uint32_t target, std::span<const uint8_t> data);
    Task<NTSTATUS> add_device(Driver& driver);
    Task<NTSTATUS> open_files_again();
    void drop_lost_devices();
    bool allows(uint32_t type, uint64_t start, uint64_t length);
    void forget_hardware();
    void set_states(Driver::State state);
    bool may_restart();
    void report_death(std::u16string_view name, NTSTATUS status, bool own_fault, std::string_view next);
    std::u16string_view shown_name();
    Driver* blame(NTSTATUS status);

    String name_;
    Ref<io::DriverHost> requests_;
    List<Driver, HostDriverTag> drivers_;
    Driver* loading_ = nullptr;  // inside DriverEntry or AddDevice
    Event ended_;
    Event first_start_;
    io::HostFault fault_ = io::HostFault::None;
    uint32_t bug_check_ = 0;
    uint32_t restarts_ = 0;
    uint64_t deaths_[5] = {};  // when, the oldest first
    bool supervised_ = false;
    bool stopping_ = false;

    Own<ke::Interrupt> interrupts_[kInterrupts];
    uint32_t interrupt_slots_[kInterrupts] = {};
    ke::CPtr interrupt_signals_[kInterrupts] = {};
    Vector<Grant> ports_;
    Vector<Block> blocks_;
};

}  // namespace pnp
