// SPDX-License-Identifier: GPL-3.0-only
#include "executive/pnp/host.hpp"

#include <string.h>

#include <algorithm>

#include "executive/hal/console.hpp"
#include "executive/hal/log.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/io/images.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/thread.hpp"

namespace pnp {

namespace {

constexpr uint64_t kMinute = 60 * ke::kTicksPerSecond;
constexpr std::u16string_view kHostImage = u"\\SystemRoot\\System32\\ntoskrnl.exe";

// Opened once: all hosts share its pages.
constinit mm::Section* host_image = nullptr;

Task<Result<Ref<mm::Section>>> open_host_image() {
    if (!host_image) {
        Ref<mm::Section> section =
            CO_TRY(co_await io::open_image(nullptr, CO_TRY(String::create(kHostImage))));
        host_image = section.leak();
    }
    co_return Ref<mm::Section>(*host_image);
}

// Appends counted text to the inline part of a request.
Result<uint16_t> append_text(std::span<uint8_t> data, size_t& used, std::u16string_view text) {
    size_t bytes = text.size() * sizeof(char16_t);
    if (bytes > data.size() - used) return fail(STATUS_NAME_TOO_LONG);
    memcpy(data.data() + used, text.data(), bytes);
    auto at = static_cast<uint16_t>(used);
    used += bytes;
    return at;
}

Result<size_t> fill_load(const Driver& driver, std::span<uint8_t> data) {
    WDM_LOAD_DRIVER load{};
    size_t used = sizeof load;
    load.DriverNumber = driver.number;
    load.ImagePathOffset = TRY(append_text(data, used, driver.image_path));
    load.ImagePathLength = static_cast<USHORT>(driver.image_path.length() * 2);
    load.RegistryPathOffset = TRY(append_text(data, used, driver.registry_path));
    load.RegistryPathLength = static_cast<USHORT>(driver.registry_path.length() * 2);
    memcpy(data.data(), &load, sizeof load);
    return used;
}

Result<size_t> fill_device(const Driver& driver, std::span<uint8_t> data) {
    WDM_ADD_DEVICE add{};
    size_t used = sizeof add;
    add.NodeNumber = driver.number;
    for (const String& name : driver.class_drivers) {
        Driver* above = find_driver(name);
        if (!above || above->host != driver.host || above->state != Driver::State::Running)
            return fail(STATUS_OBJECT_NAME_NOT_FOUND);
        if (add.ClassDriverCount == 4) return fail(STATUS_INVALID_PARAMETER);
        add.ClassDrivers[add.ClassDriverCount++] = above->number;
    }
    for (const WDM_RESOURCE& resource : driver.device.resources)
        add.Resources[add.ResourceCount++] = resource;
    add.HardwareIdOffset = TRY(append_text(data, used, driver.device.hardware_id));
    add.HardwareIdLength = static_cast<USHORT>(driver.device.hardware_id.length() * 2);
    memcpy(data.data(), &add, sizeof add);
    return used;
}

}  // namespace

Result<Ref<Host>> Host::create(std::u16string_view name) {
    Ref<Host> host = TRY(make_ref<Host>(TRY(String::create(name))));
    host->requests_ = TRY(io::DriverHost::create(*host));
    return host;
}

void Host::add_driver(Driver& driver) {
    // The most patient of its drivers decides.
    uint32_t others = drivers_.empty() ? 0 : requests_->watchdog();
    driver.host = this;
    driver.add_ref();
    drivers_.push_back(driver);
    requests_->set_watchdog(std::max(others, driver.watchdog_milliseconds));
    requests_->set_repeat_safe(driver.repeat_safe);
}

Task<NTSTATUS> Host::request(uint32_t kind, uint32_t target, std::span<const uint8_t> data) {
    Ref<io::ControlRequest> control = CO_TRY(make_ref<io::ControlRequest>(kind, target));
    memcpy(control->data, data.data(), data.size());
    control->data_length = data.size();
    CO_TRY(requests_->submit(*control));
    co_return co_await control->done;
}

Task<NTSTATUS> Host::load(Ref<Driver> driver) {
    uint8_t data[WDM_INLINE_SIZE];
    driver->state = Driver::State::Starting;
    loading_ = driver.get();
    auto length = fill_load(*driver, data);
    NTSTATUS status = length.error();
    if (length) status = co_await request(WDM_REQUEST_LOAD, driver->number, {data, *length});
    log.info("driver {}: DriverEntry {s}", driver->name.view(), status);
    if (NT_SUCCESS(status) && driver->has_device()) status = co_await add_device(*driver);
    if (driver->unloaded) co_return status;  // its host died of it
    loading_ = nullptr;
    driver->last_status = status;
    driver->state = NT_SUCCESS(status) ? Driver::State::Running : Driver::State::Failed;
    driver->has_run |= NT_SUCCESS(status);
    co_return status;
}

Task<NTSTATUS> Host::add_device(Driver& driver) {
    uint8_t data[WDM_INLINE_SIZE];
    size_t length = CO_TRY(fill_device(driver, data));
    NTSTATUS status = co_await request(WDM_REQUEST_ADD_DEVICE, driver.number, {data, length});
    log.info("driver {}: device {}: {s}", driver.name.view(), driver.device.hardware_id.view(), status);
    co_return status;
}

Task<NTSTATUS> Host::unload(Ref<Driver> driver) {
    if (!running()) co_return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = co_await request(WDM_REQUEST_UNLOAD, driver->number, {});
    log.info("driver {}: unload {s}", driver->name.view(), status);
    if (!NT_SUCCESS(status)) co_return status;
    driver->unloaded = true;
    driver->state = Driver::State::Stopped;
    for (Driver& other : drivers_)
        if (other.state == Driver::State::Running) co_return status;
    // Nothing is left in it.
    stopping_ = true;
    if (requests_->process()) requests_->process()->terminate(STATUS_SUCCESS);
    co_return status;
}

Task<NTSTATUS> Host::shut_down(uint32_t chance) {
    if (!running()) co_return STATUS_SUCCESS;
    NTSTATUS status = co_await request(WDM_REQUEST_SHUTDOWN, chance, {});
    log.info("{}: shutdown {s}", name_.view(), status);
    co_return status;
}

Task<NTSTATUS> Host::load_all() {
    NTSTATUS failure = STATUS_UNSUCCESSFUL;
    for (Driver* driver = drivers_.front(); driver; driver = drivers_.next(*driver)) {
        if (driver->unloaded) continue;
        NTSTATUS status = co_await load(Ref<Driver>(*driver));
        if (status == STATUS_DRIVER_PROCESS_TERMINATED) co_return status;
        if (NT_SUCCESS(status)) continue;
        report("{}: not started: {s}", driver->file_name(), status);
        failure = status;
    }
    for (Driver& driver : drivers_)
        if (driver.state == Driver::State::Running) co_return STATUS_SUCCESS;
    co_return failure;
}

Task<NTSTATUS> Host::open_files_again() {
    // Devices may go while files are opened: each device is held, the next one is looked up by its number.
    for (uint32_t last = 0;;) {
        Ref<io::DriverDevice> next;
        for (io::DriverDevice& device : requests_->devices())
            if (device.index() > last && (!next || device.index() < next->index()))
                next = Ref<io::DriverDevice>(device);
        if (!next) co_return STATUS_SUCCESS;
        last = next->index();
        NTSTATUS status = co_await next->open_files_again();
        if (!NT_SUCCESS(status)) co_return status;
    }
}

// Devices that the driver did not create again.
void Host::drop_lost_devices() {
    for (;;) {
        Ref<io::DriverDevice> lost;
        for (io::DriverDevice& device : requests_->devices())
            if (device.index() == 0) lost = Ref<io::DriverDevice>(device);
        if (!lost) return;
        lost->retire();
    }
}

Task<NTSTATUS> Host::bring_up() {
    Ref<mm::Section> image = CO_TRY(co_await open_host_image());
    ps::ProcessParameters parameters;
    parameters.image_path = kHostImage;
    parameters.image_name = shown_name();
    parameters.driver_host = true;
    fault_ = io::HostFault::None;
    bug_check_ = 0;
    Ref<ps::Process> process = CO_TRY(ps::create_process(std::move(image), parameters, true));
    auto attached = requests_->attach(*process);
    if (!attached) {
        process->terminate(attached.error());
        co_return attached.error();
    }
    process->threads().front()->resume();
    NTSTATUS status = co_await load_all();
    if (NT_SUCCESS(status)) status = co_await open_files_again();
    co_return status;
}

Task<NTSTATUS> Host::supervise() {
    Ref<Host> keep(*this);
    supervised_ = true;
    stopping_ = false;
    std::fill(std::begin(deaths_), std::end(deaths_), 0u);
    NTSTATUS status = STATUS_SUCCESS;
    for (;;) {
        if (ended_.happened()) ended_.reset();
        set_states(Driver::State::Starting);
        status = co_await bring_up();
        if (NT_SUCCESS(status)) {
            drop_lost_devices();
            requests_->open();
        } else if (requests_->process()) {
            // No driver in it started: there is nothing to start again.
            stopping_ = status != STATUS_DRIVER_PROCESS_TERMINATED;
            requests_->process()->terminate(STATUS_SUCCESS);
        } else if (!ended_.happened()) {
            break;  // there is no process at all
        }
        first_start_.signal(status);
        co_await ended_;
        if (stopping_ || !may_restart()) break;
        ++restarts_;
    }
    if (!stopping_ || !NT_SUCCESS(status)) {
        for (Driver& driver : drivers_)
            if (!driver.unloaded) driver.state = Driver::State::Failed;
    } else {
        set_states(Driver::State::Stopped);
    }
    requests_->close(STATUS_DEVICE_DOES_NOT_EXIST);
    for (io::DriverDevice& device : requests_->devices())
        device.unbind();
    drop_lost_devices();
    supervised_ = false;
    first_start_.signal(status);
    co_return STATUS_SUCCESS;
}

void Host::set_states(Driver::State state) {
    for (Driver& driver : drivers_)
        if (!driver.unloaded) driver.state = state;
}

void Host::host_ended(NTSTATUS status, bool own_fault) {
    forget_hardware();
    uint64_t now = ke::interrupt_time();
    memmove(deaths_, deaths_ + 1, sizeof deaths_ - sizeof *deaths_);
    deaths_[4] = now;
    Driver* blamed = blame(status);
    std::string_view next = blamed          ? "; it is not started"
                            : may_restart() ? "; it is started again"
                                            : "; it has died too often and stays down";
    if (!stopping_) report_death(blamed ? blamed->file_name() : shown_name(), status, own_fault, next);
    ended_.signal(status);
}

// A driver whose first start ends its host would do so again: its load has failed, and the others go on
// without it.
Driver* Host::blame(NTSTATUS status) {
    Driver* driver = loading_;
    loading_ = nullptr;
    if (!driver || driver->has_run || stopping_) return nullptr;
    driver->unloaded = true;
    driver->state = Driver::State::Failed;
    driver->last_status = NT_ERROR(status) ? status : STATUS_DRIVER_PROCESS_TERMINATED;
    return driver;
}

void Host::host_failed(io::HostFault fault) {
    fault_ = fault;
    if (requests_->process()) requests_->process()->terminate(STATUS_DRIVER_PROCESS_TERMINATED);
}

bool Host::may_restart() {
    bool wanted = false;
    for (Driver& driver : drivers_)
        wanted |= !driver.unloaded;
    return wanted && (deaths_[0] == 0 || deaths_[4] - deaths_[0] > kMinute);
}

std::u16string_view Host::shown_name() {
    // The function driver's; a host of class drivers alone goes by its first.
    for (Driver& driver : drivers_)
        if (driver.has_device()) return driver.file_name();
    return drivers_.empty() ? std::u16string_view(name_) : drivers_.front()->file_name();
}

void Host::report_death(std::u16string_view name, NTSTATUS status, bool own_fault, std::string_view next) {
    if (bug_check_ != 0) return report("{}: stopped itself, bug check {x}{}", name, bug_check_, next);
    switch (fault_) {
        case io::HostFault::Hang:
            return report("{}: did not answer for {} ms and was ended{}", name, requests_->watchdog(), next);
        case io::HostFault::Protocol:
            return report("{}: spoilt its request ring and was ended{}", name, next);
        case io::HostFault::None:
            if (!own_fault) return report("{}: was ended{}", name, next);
            return report("{}: failed with {s}{}", name, status, next);
    }
}

}  // namespace pnp
