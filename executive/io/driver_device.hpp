// SPDX-License-Identifier: GPL-3.0-only
//
// A named device of a driver. The object stays when the driver's process dies: the driver that is started
// again creates a device of the same name, and gets this one back with its open files and waiting requests.
#pragma once

#include "executive/io/driver_host.hpp"
#include "executive/io/file.hpp"

namespace io {

class DriverDevice final : public Device, public ListLink<HostDeviceTag> {
public:
    DriverDevice(Ref<DriverHost> host, uint32_t driver, uint32_t device_type, uint32_t characteristics,
                 bool exclusive)
        : Device(device_type, characteristics),
          host_(std::move(host)),
          driver_(driver),
          exclusive_(exclusive) {}
    ~DriverDevice() override;

    DriverHost& host() const { return *host_; }
    uint32_t driver() const { return driver_; }
    // The number by which the host knows it. STATUS_NO_SUCH_DEVICE when it has none.
    Result<uint32_t> index_in_host() const {
        if (index_ == 0) return fail(STATUS_NO_SUCH_DEVICE);
        return index_;
    }
    void bind(uint32_t index, uint32_t driver) {
        index_ = index;
        driver_ = driver;
    }
    void unbind() { index_ = 0; }
    uint32_t index() const { return index_; }
    // Its driver has deleted it: it leaves the namespace, and what is still open on it fails.
    void retire();

    // Opens every file that is open again, at a driver that has just been started: files that it refuses
    // answer STATUS_FILE_INVALID from then on, by the driver.
    Task<NTSTATUS> open_files_again();

    void start(Irp& irp) override;
    void cancel(Irp& irp) override { host_->cancel(irp); }
    void cleanup(File& file) override;
    void closed(File& file) override;

private:
    Result<Ref<Irp>> create_again(File& file);

    Ref<DriverHost> host_;
    uint32_t driver_;
    uint32_t index_ = 0;
    bool exclusive_;
    List<File, DeviceFileTag> files_;
};

}  // namespace io
