// SPDX-License-Identifier: GPL-3.0-only
//
// A named device of a driver. The object stays when the driver's process dies: the driver that is started
// again creates a device of the same name, and gets this one back with its open files and waiting requests.
//
// A device that its driver deletes leaves the namespace at once and takes nothing new; its files stay valid
// objects. The driver goes on to see the clean-up and close of each, so it keeps its number in the host until
// the last of them is done: then this object goes, and the number is free.
//
// When a process follows one that died, each open file is opened in it again and the state that its controls
// had set is set again, before it sees any other request. The state of the device itself is set with the
// first of them, or with a file of the Executive's own when none is open. A file whose state, or whose
// device's, cannot be set again fails once, with STATUS_REINITIALIZATION_NEEDED: all its requests that wait
// by then, or its next when none does.
#pragma once

#include "executive/io/file.hpp"
#include "executive/io/host_channel.hpp"

namespace io {

class DriverDevice final : public Device, public ListLink<HostDeviceTag> {
public:
    DriverDevice(Ref<HostChannel> host, uint32_t device_type, uint32_t characteristics, bool exclusive)
        : Device(device_type, characteristics), host_(std::move(host)), exclusive_(exclusive) {}
    ~DriverDevice() override;

    HostChannel& host() const { return *host_; }
    // The number of its driver, kNoDriver for the runtime's own.
    static constexpr uint32_t kNoDriver = 0;
    uint32_t driver() const { return driver_; }
    // All its requests may be issued again after a death.
    bool repeat_safe() const { return repeat_safe_; }
    // The number by which the host knows it, 1 to WDM_DEVICES - 1. STATUS_NO_SUCH_DEVICE when it has none.
    Result<uint32_t> index_in_host() const {
        if (index_ == 0) return fail(STATUS_NO_SUCH_DEVICE);
        return index_;
    }
    void bind(uint32_t index, uint32_t driver, bool repeat_safe) {
        index_ = index;
        driver_ = driver;
        repeat_safe_ = repeat_safe;
    }
    // What its service key says of its controls.
    void set_controls(Ref<DriverControls> controls) { controls_ = std::move(controls); }
    const DriverControls& controls() const;
    void unbind() { index_ = 0; }
    uint32_t index() const { return index_; }
    // Its driver has deleted it, or will not make it again. From now on opening it fails with
    // STATUS_NO_SUCH_DEVICE and every request of an open file but its end with STATUS_DELETE_PENDING.
    void retire();
    bool retired() const { return retired_; }
    // While its driver is being unloaded opening it fails with STATUS_NO_SUCH_DEVICE.
    void refuse_opens(bool refuse) { refuses_opens_ = refuse; }

    // Opens every file that is open again, at a driver that has just been started, and sets its state: files
    // that it refuses answer STATUS_FILE_INVALID from then on, by the driver.
    // STATUS_DRIVER_PROCESS_TERMINATED.
    Task<NTSTATUS> open_files_again();
    // A control that leaves something behind has succeeded; `record` is null when it cannot be sent again.
    void state_set(Irp& irp, ControlKind kind, Own<ControlRecord> record);
    // Some file of it has ever lost state: its requests have to be admitted.
    bool lost_state() const { return lost_state_; }
    // STATUS_REINITIALIZATION_NEEDED when the state of its file is lost.
    Result<void> admit(const Irp& irp);
    // Who opened an open file of this number, and with that how far he may be acted as.
    // STATUS_INVALID_PARAMETER: there is none. STATUS_INSUFFICIENT_RESOURCES: it is among too many.
    struct Opener {
        const Subject& subject;
        SECURITY_IMPERSONATION_LEVEL level;
    };
    Result<Opener> opener_of(uint64_t number);
    // Requests that end a file and wait for their host (HostChannel's).
    uint32_t waiting_ends = 0;

    bool owned_by(const ke::Client& host) const override { return host_->process() == &host; }
    bool calls_file_system() const override { return true; }
    Windows windows(const Irp& irp) const override { return HostChannel::windows(irp); }
    bool answers() const override { return true; }
    void start(Irp& irp) override;
    void cancel(Irp& irp) override { host_->cancel(irp); }
    void cleanup(File& file) override;
    void closed(File& file) override;

private:
    void open(Irp& irp, File& file);
    Result<bool> next_to_open(Ref<File>& next);
    Task<NTSTATUS> ask(Ref<Irp> irp);
    Task<NTSTATUS> open_again(Ref<File> file);
    Task<NTSTATUS> send_again(Ref<File> file, ControlRecords& records);
    Task<NTSTATUS> set_device_state_again(Ref<File> file);
    Task<NTSTATUS> set_device_state_alone();
    bool keep_room();
    Result<Ref<Irp>> create_again(File& file);

    Ref<HostChannel> host_;
    uint32_t driver_ = kNoDriver;
    uint32_t index_ = 0;
    bool exclusive_;
    bool repeat_safe_ = false;
    bool retired_ = false;
    bool refuses_opens_ = false;
    Ref<DriverControls> controls_;
    ControlRecords state_;      // of the device itself
    uint32_t state_epoch_ = 0;  // the process that it was set at
    bool lost_state_ = false;
    bool state_lost_ = false;  // not all of it could be set at this one
    bool keeps_ = false;       // room for it counts for the host
    List<File, DeviceFileTag> files_;
};

}  // namespace io
