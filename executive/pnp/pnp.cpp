// SPDX-License-Identifier: GPL-3.0-only
#include "executive/pnp/pnp.hpp"

#include <algorithm>

#include "executive/ex/driver_list.hpp"
#include "executive/hal/console.hpp"
#include "executive/io/driver_device.hpp"

namespace pnp {

namespace {

constexpr std::u16string_view kServices = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services";
constexpr uint32_t kLastAutomaticStart = 2;

// In order of their first mention; never removed. A reference is held by the array.
[[clang::no_destroy]] constinit Vector<Ref<Driver>> drivers;
[[clang::no_destroy]] constinit List<Host, HostListTag> hosts;
constinit uint32_t last_number = 0;

class DriverInformation final : public ex::DriverList {
public:
    uint32_t count() override { return static_cast<uint32_t>(drivers.size()); }
    void describe(uint32_t index, NEPTUNE_DRIVER_INFORMATION& out) override;
    Task<NTSTATUS> shut_down() override;
};
constinit DriverInformation driver_information;

void copy_name(WCHAR (&out)[32], std::u16string_view name) {
    size_t length = std::min<size_t>(name.size(), 31);
    for (size_t i = 0; i < length; ++i)
        out[i] = name[i];
    out[length] = 0;
}

void DriverInformation::describe(uint32_t index, NEPTUNE_DRIVER_INFORMATION& out) {
    out = {};
    const Driver& driver = *drivers[index];
    copy_name(out.Name, driver.name);
    copy_name(out.FileName, driver.file_name());
    out.State = static_cast<ULONG>(driver.state);
    if (!driver.host) return;
    io::DriverHost& requests = driver.host->requests();
    out.HostProcess = requests.process() ? requests.process()->id() : 0;
    out.Restarts = driver.host->restarts();
    out.LeasedRequests = requests.leased();
    for (io::DriverDevice& device : requests.devices())
        out.Devices += device.driver() == driver.number;
}

// Hosts are never removed: the list can be walked across waits.
Task<NTSTATUS> DriverInformation::shut_down() {
    for (uint32_t chance : {WDM_SHUTDOWN_FIRST_CHANCE, WDM_SHUTDOWN_LAST_CHANCE})
        for (Host* host = hosts.front(); host; host = hosts.next(*host))
            co_await host->shut_down(chance);
    co_return STATUS_SUCCESS;
}

Result<Host*> host_for(const Driver& driver) {
    std::u16string_view name = driver.host_name.empty() ? driver.name : driver.host_name;
    for (Host& host : hosts)
        if (equal_ignore_case(host.name(), name)) return &host;
    Ref<Host> host = TRY(Host::create(name));
    hosts.push_back(*host);
    return host.leak();
}

// Makes a driver known that is not yet.
Result<Driver*> add_driver(const cm::Key& key) {
    if (Driver* known = find_driver(key.name())) return known;
    Ref<Driver> driver = TRY(Driver::read(key));
    TRY(drivers.reserve(drivers.size() + 1));
    Host* host = TRY(host_for(*driver));
    driver->number = ++last_number;
    host->add_driver(*driver);
    MUST(drivers.push_back(driver));
    return driver.get();
}

// Drivers with a device come behind those that attach to it.
void add_services(const cm::Key& services, bool with_device) {
    for (size_t i = 0; Ref<cm::Key> key = cm::subkey(services, i); ++i) {
        auto start = cm::read_dword(*key, u"Start");
        if (!start || *start > kLastAutomaticStart) continue;
        if (static_cast<bool>(cm::read_string(*key, u"Device")) != with_device) continue;
        auto added = add_driver(*key);
        if (!added) report("driver {}: its registry key makes no sense: {s}", key->name(), added.error());
    }
}

Task<NTSTATUS> start_host(Host& host) {
    Event& first = host.first_start();
    if (first.happened()) first.reset();
    host.requests().reopen();
    {
        ke::OwnWork own;
        ke::spawn("driver host", host.supervise());
    }
    co_return co_await first;
}

Result<Ref<cm::Key>> service_key(std::u16string_view path) {
    return cm::open_key(path);
}

}  // namespace

Driver* find_driver(std::u16string_view name) {
    for (Ref<Driver>& driver : drivers)
        if (equal_ignore_case(driver->name, name)) return driver.get();
    return nullptr;
}

void report_line(std::string_view pattern, std::span<const FormatArgument> arguments) {
    char text[200];
    hal::console_report(format_arguments(text, pattern, arguments));
}

Result<void> initialize() {
    ex::set_driver_list(driver_information);
    return {};
}

Task<NTSTATUS> start() {
    Ref<cm::Key> services = CO_TRY(cm::open_key(kServices));
    add_services(*services, false);
    add_services(*services, true);
    for (Host& host : hosts)
        ke::spawn("driver host", host.supervise());
    for (Host* host = hosts.front(); host; host = hosts.next(*host))
        (void)co_await host->first_start();
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> load_driver(String registry_path) {
    Ref<cm::Key> key = CO_TRY(service_key(registry_path));
    Ref<Driver> driver(CO_TRY(add_driver(*key)));
    Host& host = *driver->host;
    bool up = driver->state == Driver::State::Running || driver->state == Driver::State::Starting;
    if (up) co_return STATUS_IMAGE_ALREADY_LOADED;
    driver->unloaded = driver->has_run = false;
    if (!host.running() && host.supervised()) co_return STATUS_DEVICE_BUSY;
    NTSTATUS status = host.running() ? co_await host.load(driver) : co_await start_host(host);
    co_return NT_SUCCESS(status) || driver->unloaded ? driver->last_status : status;
}

Task<NTSTATUS> unload_driver(String registry_path) {
    Ref<cm::Key> key = CO_TRY(service_key(registry_path));
    Ref<Driver> driver(find_driver(key->name()));
    if (!driver || driver->state != Driver::State::Running) co_return STATUS_OBJECT_NAME_NOT_FOUND;
    co_return co_await driver->host->unload(driver);
}

}  // namespace pnp
