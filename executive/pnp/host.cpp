// SPDX-License-Identifier: GPL-3.0-only
#include "executive/pnp/host.hpp"

#include <string.h>

#include <algorithm>

#include "base/service_sid.hpp"
#include "executive/hal/log.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/io/images.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/thread.hpp"
#include "executive/se/service_token.hpp"

namespace pnp {

namespace {

constexpr std::u16string_view kHostImage = u"\\SystemRoot\\System32\\ntoskrnl.exe";

// Opened once: all hosts share its pages.
[[clang::no_destroy]] constinit Ref<mm::Section> host_image;

Task<Result<Ref<mm::Section>>> open_host_image() {
    if (!host_image)
        host_image = CO_TRY(co_await io::open_image(nullptr, CO_TRY(String::create(kHostImage))));
    co_return host_image;
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
    static constinit uint64_t last_number = 0;
    Ref<Host> host = TRY(make_ref<Host>(TRY(String::create(name)), ++last_number));
    host->channel_ = TRY(io::HostChannel::create(*host));
    return host;
}

Result<void> Host::add_driver(Driver& driver) {
    uint32_t number = 1;
    while (number < WDM_DRIVERS && driver_with(number))
        ++number;
    if (number == WDM_DRIVERS) return fail(STATUS_INSUFFICIENT_RESOURCES);
    // The most patient of its drivers decides, and the one with the deepest ring on the process that is next.
    uint32_t others = drivers_.empty() ? 0 : channel_->watchdog();
    uint32_t depth = drivers_.empty() ? 0 : channel_->depth();
    driver.number = number;
    driver.host = this;
    driver.add_ref();
    drivers_.push_back(driver);
    channel_->set_watchdog(std::max(others, driver.watchdog_milliseconds));
    channel_->set_depth(std::max(depth, driver.ring_depth));
    return {};
}

void Host::remove_driver(Driver& driver) {
    drivers_.remove(driver);
    driver.host = nullptr;
    driver.number = 0;
    uint32_t patience = 0, depth = 0;
    for (Driver& other : drivers_) {
        patience = std::max(patience, other.watchdog_milliseconds);
        depth = std::max(depth, other.ring_depth);
    }
    if (patience != 0) channel_->set_watchdog(patience);
    if (depth != 0) channel_->set_depth(depth);
    driver.release();
}

Driver* Host::driver_with(uint32_t number) {
    for (Driver& driver : drivers_)
        if (driver.number == number) return &driver;
    return nullptr;
}

Task<NTSTATUS> Host::request(uint32_t kind, uint32_t target, std::span<const uint8_t> data,
                             Loading* loading) {
    Ref<io::ControlRequest> control = CO_TRY(make_ref<io::ControlRequest>(kind, target));
    std::copy(data.begin(), data.end(), control->data);
    control->data_length = data.size();
    CO_TRY(channel_->submit(*control));
    if (loading) loading->request = control;
    co_return co_await control->done;
}

Task<NTSTATUS> Host::load(Ref<Driver> driver) {
    Ref<Host> keep(*this);
    if (auto carried = carry(*driver); !carried) {
        settle(*driver, carried.error());
        co_return carried.error();
    }
    driver->state = Driver::State::Starting;
    Loading loading(*driver);
    loading_.push_back(loading);
    NTSTATUS status = co_await enter(*driver, loading);
    if (status == STATUS_DRIVER_PROCESS_TERMINATED) {
        // The process is gone or going: whoever looks at settled() waits for the next.
        if (settled_.happened()) settled_.reset();
        co_return status;
    }
    settle(*driver, status);
    loading.unlink();
    if (NT_ERROR(status)) co_await drop_ports();
    co_return status;
}

void Host::settle(Driver& driver, NTSTATUS status) {
    driver.last_status = status;
    driver.state = NT_SUCCESS(status) ? Driver::State::Running : Driver::State::Failed;
    driver.has_run |= NT_SUCCESS(status);
    if (NT_ERROR(status)) stop_function(driver);
    ++driver.results;
}

Task<NTSTATUS> Host::enter(Driver& driver, Loading& loading) {
    uint8_t data[WDM_INLINE_SIZE];
    size_t length = CO_TRY(fill_load(driver, data));
    NTSTATUS status = co_await request(WDM_REQUEST_LOAD, driver.number, {data, length}, &loading);
    log.info("driver {}: DriverEntry {s}", driver.name.view(), status);
    if (NT_SUCCESS(status) && driver.has_device()) status = co_await add_device(driver, loading);
    co_return status;
}

Task<NTSTATUS> Host::add_device(Driver& driver, Loading& loading) {
    uint8_t data[WDM_INLINE_SIZE];
    size_t length = CO_TRY(fill_device(driver, data));
    start_function(driver);
    NTSTATUS status = co_await request(WDM_REQUEST_ADD_DEVICE, driver.number, {data, length}, &loading);
    log.info("driver {}: device {}: {s}", driver.name.view(), driver.device.hardware_id.view(), status);
    co_return status;
}

Task<NTSTATUS> Host::unload(Ref<Driver> driver) {
    Ref<Host> keep(*this);
    if (!running()) co_return STATUS_INVALID_DEVICE_REQUEST;
    if (driver->unloading) co_return STATUS_DELETE_PENDING;
    driver->unloading = true;
    // What the host finds closed stays closed.
    refuse_opens(*driver, true);
    co_await wait_for_closes(*driver);
    NTSTATUS status = STATUS_DRIVER_PROCESS_TERMINATED;
    if (!driver->unloaded) status = co_await request(WDM_REQUEST_UNLOAD, driver->number, {});
    log.info("driver {}: unload {s}", driver->name.view(), status);
    driver->unloading = false;
    if (!NT_SUCCESS(status) && status != STATUS_DRIVER_PROCESS_TERMINATED) {
        refuse_opens(*driver, false);
        co_return status;
    }
    driver->unloaded = true;
    driver->state = Driver::State::Stopped;
    stop_function(*driver);
    stop_if_empty();
    co_await drop_ports();
    co_return status;
}

// A file that its program has closed is not open any more, though the driver may not know yet.
Task<NTSTATUS> Host::wait_for_closes(const Driver& driver) {
    Event& closed = channel_->closed();
    while (!driver.unloaded && channel_->closing(driver.number)) {
        if (closed.happened()) closed.reset();
        co_await closed;
    }
    co_return STATUS_SUCCESS;
}

void Host::refuse_opens(const Driver& driver, bool refuse) {
    for (io::DriverDevice& device : channel_->devices())
        if (device.driver() == driver.number) device.refuse_opens(refuse);
}

void Host::stop_if_empty() {
    for (Driver& driver : drivers_)
        if (driver.state == Driver::State::Running || driver.state == Driver::State::Starting) return;
    stopping_ = true;
    if (channel_->process()) channel_->process()->terminate(STATUS_SUCCESS);
}

Task<NTSTATUS> Host::shut_down(uint32_t chance) {
    Ref<Host> keep(*this);
    if (!running()) co_return STATUS_SUCCESS;
    NTSTATUS status = co_await request(WDM_REQUEST_SHUTDOWN, chance, {});
    log.info("{}: shutdown {s}", name_.view(), status);
    co_return status;
}

// Drivers join the end of the list while this waits; none leaves it (forget_unused).
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
        for (io::DriverDevice& device : channel_->devices()) {
            if (device.index() <= last || device.retired()) continue;
            if (!next || device.index() < next->index()) next = Ref<io::DriverDevice>(device);
        }
        if (!next) co_return STATUS_SUCCESS;
        last = next->index();
        NTSTATUS status = co_await next->open_files_again();
        if (!NT_SUCCESS(status)) co_return status;
    }
}

// Devices that the driver did not create again.
[[clang::coro_wrapper]] Task<NTSTATUS> Host::drop_lost_devices() {
    auto step = [this]() -> Result<bool> {
        ke::Slice slice;
        for (;;) {
            Ref<io::DriverDevice> lost;
            for (io::DriverDevice& device : channel_->devices())
                if (device.index() == 0 && !device.retired()) lost = Ref<io::DriverDevice>(device);
            if (!lost) return true;
            if (slice.over()) return false;
            lost->retire();
        }
    };
    return ke::in_slices(ke::Pacer::kSystemPriority, step);
}

Result<Ref<se::Token>> Host::make_token() {
    Vector<Sid> services;
    TRY(services.push_back(base::service_sid(name_)));
    for (Driver& driver : drivers_)
        TRY(services.push_back(driver.sid));
    return se::service_token(services);
}

Result<void> Host::carry(const Driver& driver) {
    ps::Process* process = channel_->process();
    if (!process || !process->primary_token()) return {};
    if (process->token().content().sids->has(driver.sid)) return {};
    process->set_token(TRY(make_token()));
    return {};
}

Task<NTSTATUS> Host::bring_up() {
    Ref<mm::Section> image = CO_TRY(co_await open_host_image());
    ps::ProcessParameters parameters;
    parameters.image_path = kHostImage;
    parameters.image_name = shown_name();
    parameters.driver_host = true;
    parameters.token = CO_TRY(make_token());
    fault_ = io::HostFault::None;
    bug_check_ = 0;
    Own<io::DriverRing> ring = CO_TRY(io::DriverRing::create(channel_->depth()));
    // The turn may be that of the death before, with all that was at hand.
    auto add_pages = [&ring] { return ring->add_pages(); };
    NTSTATUS paged = co_await ke::in_slices(ke::Pacer::kSystemPriority, add_pages, ke::FirstSlice::Paced);
    if (!NT_SUCCESS(paged)) co_return paged;
    Ref<ps::Process> process = CO_TRY(co_await ps::create_process(std::move(image), parameters));
    auto attached = channel_->attach(*process, std::move(ring));
    if (!attached) {
        process->terminate(attached.error());
        co_return attached.error();
    }
    for (ps::Thread& thread : process->threads())
        thread.resume();
    NTSTATUS status = co_await load_all();
    if (NT_SUCCESS(status)) status = co_await open_files_again();
    if (!NT_SUCCESS(status)) co_return status;
    co_await drop_lost_devices();
    bool died = channel_->state() != io::HostChannel::State::Starting;
    co_return died ? STATUS_DRIVER_PROCESS_TERMINATED : STATUS_SUCCESS;
}

Task<NTSTATUS> Host::supervise() {
    Ref<Host> keep(*this);
    supervised_ = true;
    stopping_ = false;
    policy_ = {};
    NTSTATUS status = STATUS_SUCCESS;
    auto forget = [this]() -> Result<bool> { return forget_hardware(); };
    for (;;) {
        if (ended_.happened()) ended_.reset();
        if (settled_.happened()) settled_.reset();
        set_states(Driver::State::Starting);
        status = co_await bring_up();
        if (NT_SUCCESS(status)) {
            come_up();
        } else if (channel_->process()) {
            // No driver in it started: there is nothing to start again.
            stopping_ = status != STATUS_DRIVER_PROCESS_TERMINATED;
            channel_->process()->terminate(STATUS_SUCCESS);
        } else if (!ended_.happened()) {
            // There is no process at all, unless somebody ended it while it was made.
            if (status != STATUS_PROCESS_IS_TERMINATING || !may_restart()) break;
            continue;
        }
        co_await ended_;
        co_await ke::in_slices(ke::Pacer::kSystemPriority, forget, ke::FirstSlice::Paced);
        if (stopping_ || !may_restart()) break;
        ++restarts_;
    }
    for (io::DriverDevice& device : channel_->devices())
        device.unbind();
    co_await drop_lost_devices();
    close(status);
    co_return STATUS_SUCCESS;
}

void Host::come_up() {
    policy_.came_up();
    channel_->open();
    settled_.signal(STATUS_SUCCESS);
    forget_unused(*this);
}

// It stays down, for this reason or because it was stopped.
void Host::close(NTSTATUS status) {
    // One that was stopped had nothing left in it, but for what came meanwhile and starts it again.
    if (!stopping_) set_states(Driver::State::Failed);
    channel_->close(STATUS_DEVICE_DOES_NOT_EXIST);
    supervised_ = false;
    settled_.signal(NT_SUCCESS(status) ? STATUS_DRIVER_PROCESS_TERMINATED : status);
    forget_unused(*this);
}

void Host::set_states(Driver::State state) {
    for (Driver& driver : drivers_)
        if (!driver.unloaded) driver.state = state;
}

}  // namespace pnp
