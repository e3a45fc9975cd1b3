// SPDX-License-Identifier: GPL-3.0-only
#include "executive/pnp/pnp.hpp"

#include <algorithm>

#include "executive/io/driver_device.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ke/reports.hpp"

namespace pnp {

namespace {

constexpr std::u16string_view kServices = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services";
constexpr uint32_t kLastAutomaticStart = 2;

// Drivers that failed and were not started with the system are shown until this many others have failed.
constexpr unsigned kMostFailed = 64;

// In order of their first mention.
[[clang::no_destroy]] constinit Vector<Ref<Driver>> listed;
// In order of their numbers; a reference is held for each.
[[clang::no_destroy]] constinit List<Host, HostListTag> hosts;
constinit bool goes_down = false;

void copy_name(WCHAR (&out)[32], std::u16string_view name) {
    size_t length = std::min<size_t>(name.size(), 31);
    for (size_t i = 0; i < length; ++i)
        out[i] = name[i];
    out[length] = 0;
}

NEPTUNE_DRIVER_INFORMATION describe(const Driver& driver) {
    NEPTUNE_DRIVER_INFORMATION out{};
    copy_name(out.Name, driver.name);
    copy_name(out.FileName, driver.file_name());
    out.State = static_cast<ULONG>(driver.state);
    if (!driver.host) return out;
    io::HostChannel& channel = driver.host->channel();
    out.HostProcess = channel.process() ? channel.process()->id() : 0;
    out.Restarts = driver.host->restarts();
    out.LeasedRequests = channel.leased();
    for (io::DriverDevice& device : channel.devices())
        out.Devices += device.driver() == driver.number && !device.retired();
    return out;
}

// The first host with a higher number: hosts come and go while one of them is waited for.
Ref<Host> host_after(uint64_t number) {
    for (Host& host : hosts)
        if (host.number() > number) return Ref<Host>(host);
    return {};
}

Result<Host*> host_for(const Driver& driver) {
    std::u16string_view name = driver.host_name.empty() ? driver.name : driver.host_name;
    for (Host& host : hosts)
        if (equal_ignore_case(host.name(), name)) return &host;
    Ref<Host> host = TRY(Host::create(name));
    hosts.push_back(*host);
    return host.leak();
}

// REQUIRES: nothing is loading in its host.
void forget(Driver& driver) {
    Host& host = *driver.host;
    host.remove_driver(driver);
    for (size_t i = 0; i < listed.size(); ++i)
        if (listed[i].get() == &driver) return listed.remove(i);
}

bool being_brought_up(Host& host) {
    return host.supervised() && !host.running();
}

// Makes room in the list of failures.
void forget_oldest_failure() {
    unsigned failed = 0;
    Driver* oldest = nullptr;
    for (Ref<Driver>& driver : listed) {
        if (driver->automatic || driver->state != Driver::State::Failed) continue;
        ++failed;
        if (!oldest && !being_brought_up(*driver->host)) oldest = driver.get();
    }
    if (failed <= kMostFailed || !oldest) return;
    Ref<Host> host(*oldest->host);
    forget(*oldest);
    forget_unused(*host);
}

bool is_down(const Driver& driver) {
    return driver.state == Driver::State::Stopped || driver.state == Driver::State::Failed;
}

// Makes a driver known that is not yet, or is down: its key may say something else by now.
Result<Driver*> add_driver(const cm::Key& key) {
    Driver* known = find_driver(key.name());
    if (known && (!is_down(*known) || being_brought_up(*known->host))) return known;
    Ref<Driver> driver = TRY(Driver::read(key));
    TRY(listed.reserve(listed.size() + 1));
    if (known) {
        driver->automatic = known->automatic;
        Ref<Host> host(*known->host);
        forget(*known);
        forget_unused(*host);
    }
    forget_oldest_failure();
    Ref<Host> host(TRY(host_for(*driver)));
    auto added = host->add_driver(*driver);
    if (!added) {
        forget_unused(*host);
        return added.failure();
    }
    MUST(listed.push_back(driver));
    return driver.get();
}

// Drivers with a device come behind those that attach to it.
void add_services(const cm::Key& services, bool with_device) {
    for (size_t i = 0; Ref<cm::Key> key = cm::subkey(services, i); ++i) {
        auto start = cm::read_dword(*key, u"Start");
        if (!start || *start > kLastAutomaticStart) continue;
        if (static_cast<bool>(cm::read_string(*key, u"Device")) != with_device) continue;
        auto added = add_driver(*key);
        if (added)
            (*added)->automatic = true;
        else
            report("driver {}: its registry key makes no sense: {s}", key->name(), added.error());
    }
}

void start_host(Host& host) {
    if (host.settled().happened()) host.settled().reset();
    host.channel().reopen();
    ke::OwnWork own;
    ke::spawn("driver host", host.supervise());
}

// Until the load of the driver has come to a result, over as many deaths of its host as its policy allows.
Task<NTSTATUS> bring_in(Ref<Host> host, Ref<Driver> driver) {
    uint32_t before = driver->results;
    if (host->running())
        (void)co_await host->load(driver);
    else if (!host->supervised())
        start_host(*host);
    while (driver->results == before) {
        if (!host->supervised() && !host->settled().happened()) co_return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS status = co_await host->settled();
        if (driver->results != before) break;
        if (!host->running() && !host->stopped()) co_return status;
        // It came too late to be loaded with the others.
        if (host->running())
            (void)co_await host->load(driver);
        else
            start_host(*host);
    }
    co_return driver->last_status;
}

}  // namespace

Driver* find_driver(std::u16string_view name) {
    for (Ref<Driver>& driver : listed)
        if (equal_ignore_case(driver->name, name)) return driver.get();
    return nullptr;
}

void forget_unused(Host& host) {
    if (being_brought_up(host)) return;
    Ref<Host> keep(host);
    for (size_t i = listed.size(); i-- > 0;) {
        Driver& driver = *listed[i];
        bool gone = driver.state == Driver::State::Stopped && !driver.automatic;
        if (driver.host == &host && gone) forget(driver);
    }
    if (!host.drivers().empty() || host.supervised() || !static_cast<ListLink<HostListTag>&>(host).linked())
        return;
    hosts.remove(host);
    host.release();
}

bool shutting_down() {
    return goes_down;
}

void report_line(std::string_view pattern, std::span<const FormatArgument> arguments) {
    char text[200];
    ke::report(format_arguments(text, pattern, arguments));
}

std::span<const Ref<Driver>> drivers() {
    return listed;
}

// Drivers that come or go between two slices are in the list or not, as they would be a moment later.
NTSTATUS give_drivers(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned) {
    constexpr size_t kEntry = sizeof(NEPTUNE_DRIVER_INFORMATION);
    bool fits = listed.size() * kEntry <= out.length;
    size_t done = fits ? std::min<size_t>(call.progress().done, listed.size()) : listed.size();
    for (ke::Slice slice; done < listed.size(); ++done) {
        if (slice.over()) return call.again({.done = done});
        NEPTUNE_DRIVER_INFORMATION entry = describe(*listed[done]);
        TRY(call.memory().copy_out(out.address + done * kEntry, &entry, kEntry));
    }
    TRY(call.write(returned, static_cast<ULONG>(done * kEntry)));
    return fits ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
}

Task<NTSTATUS> shut_down() {
    goes_down = true;
    for (uint32_t chance : {WDM_SHUTDOWN_FIRST_CHANCE, WDM_SHUTDOWN_LAST_CHANCE})
        for (Ref<Host> host = host_after(0); host; host = host_after(host->number()))
            co_await host->shut_down(chance);
    goes_down = false;  // the machine is off, or goes on
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> start() {
    Ref<cm::Key> services = CO_TRY(cm::open_key(kServices));
    add_services(*services, false);
    add_services(*services, true);
    for (Ref<Host> host = host_after(0); host; host = host_after(host->number()))
        start_host(*host);
    for (Ref<Host> host = host_after(0); host; host = host_after(host->number()))
        if (host->supervised()) (void)co_await host->settled();
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> load_driver(Ref<cm::Key> key) {
    Ref<Driver> driver(CO_TRY(add_driver(*key)));
    if (driver->unloading) co_return STATUS_DELETE_PENDING;
    bool up = driver->state == Driver::State::Running || driver->state == Driver::State::Starting;
    if (up) co_return STATUS_IMAGE_ALREADY_LOADED;
    driver->state = Driver::State::Starting;
    driver->unloaded = driver->has_run = false;
    Ref<Host> host(*driver->host);
    // To read the service was all of a turn.
    auto nothing = []() -> Result<bool> { return true; };
    co_await ke::in_slices(ke::Pacer::kSystemPriority, nothing, ke::FirstSlice::Paced);
    NTSTATUS status = co_await bring_in(host, driver);
    // Out of memory before anything was tried.
    if (driver->state == Driver::State::Starting && !host->supervised())
        driver->state = Driver::State::Failed;
    co_return status;
}

Task<NTSTATUS> unload_driver(Ref<cm::Key> key) {
    Ref<Driver> driver(find_driver(key->name()));
    if (!driver || driver->state != Driver::State::Running) co_return STATUS_OBJECT_NAME_NOT_FOUND;
    Ref<Host> host(*driver->host);
    NTSTATUS status = co_await host->unload(driver);
    forget_unused(*host);
    co_return status;
}

}  // namespace pnp
