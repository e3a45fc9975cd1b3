// SPDX-License-Identifier: GPL-3.0-only
//
// What the death of a host means: whose fault it was, whether it is started again, what is said of it.
#include "executive/pnp/pnp.hpp"

namespace pnp {

void Host::host_ended(const io::HostDeath& death) {
    if (settled_.happened()) settled_.reset();
    Driver* blamed = blame(death);
    // With a driver that is taken out its fault is: what is left has not failed.
    if (death.own_fault && !blamed && !stopping_) policy_.died(ke::interrupt_time());
    for (Driver& driver : drivers_)
        if (driver.unloading) take_out(driver, STATUS_SUCCESS);
    if (!stopping_) report_death(blamed ? blamed->file_name() : shown_name(), death, what_follows(blamed));
    ended_.signal(death.status);
}

std::string_view Host::what_follows(const Driver* blamed) {
    if (shutting_down()) return "";
    if (blamed) return "; it is not started";
    return may_restart() ? "; it is started again" : "; it has died too often and stays down";
}

// A driver whose first start ends its host would do so again: its load has failed.
Driver* Host::blame(const io::HostDeath& death) {
    Driver* driver = culprit(death);
    bool failed = NT_ERROR(death.status);
    if (driver) take_out(*driver, failed ? death.status : STATUS_DRIVER_PROCESS_TERMINATED);
    return driver;
}

Driver* Host::culprit(const io::HostDeath& death) {
    if (!death.own_fault || stopping_) return nullptr;
    auto at_fault = [&death](const Driver& driver) {
        return equal_ignore_case(driver.file_name(), death.image);
    };
    unsigned images = 0;
    for (Driver& driver : drivers_)
        images += at_fault(driver);
    Driver* suspect = nullptr;
    unsigned suspects = 0;
    for (Loading& loading : loading_) {
        if (loading.driver.has_run || !loading.request || !loading.request->taken) continue;
        if (loading.request->overdue) return &loading.driver;
        if (images > 0 && !at_fault(loading.driver)) continue;
        suspect = &loading.driver;
        ++suspects;
    }
    // Else it hung in something that is no load.
    if (suspects != 1 || fault_ == io::HostFault::Hang) return nullptr;
    bool certain = images == 1 || death.suspects == 0;
    return certain ? suspect : nullptr;
}

void Host::take_out(Driver& driver, NTSTATUS status) {
    driver.unloaded = true;
    driver.unloading = false;
    driver.state = NT_SUCCESS(status) ? Driver::State::Stopped : Driver::State::Failed;
    driver.last_status = status;
    ++driver.results;
}

void Host::host_failed(io::HostFault fault) {
    fault_ = fault;
    if (channel_->process()) channel_->process()->terminate(STATUS_DRIVER_PROCESS_TERMINATED);
}

bool Host::may_restart() {
    bool wanted = false;
    for (Driver& driver : drivers_)
        wanted |= !driver.unloaded;
    return wanted && policy_.allows_start() && !shutting_down();
}

std::u16string_view Host::shown_name() {
    // The function driver's; a host of class drivers alone goes by its first.
    for (Driver& driver : drivers_)
        if (driver.has_device()) return driver.file_name();
    return drivers_.empty() ? std::u16string_view(name_) : drivers_.front()->file_name();
}

void Host::report_death(std::u16string_view name, const io::HostDeath& death, std::string_view next) {
    if (bug_check_ != 0) return report("{}: stopped itself, bug check {x}{}", name, bug_check_, next);
    switch (fault_) {
        case io::HostFault::Hang:
            return report("{}: did not answer for {} ms and was ended{}", name, channel_->watchdog(), next);
        case io::HostFault::Protocol:
            return report("{}: spoilt its request ring and was ended{}", name, next);
        case io::HostFault::None:
            if (!death.own_fault) return report("{}: was ended{}", name, next);
            return report("{}: failed with {s}{}", name, death.status, next);
    }
}

}  // namespace pnp
