// SPDX-License-Identifier: GPL-3.0-only
//
// A driver service: what its registry key says, and how it is doing.
#pragma once

#include "abi/nt/neptune.h"
#include "base/list.hpp"
#include "base/ref.hpp"
#include "base/sid.hpp"
#include "executive/cm/cm.hpp"
#include "executive/io/driver_ring.hpp"
#include "executive/io/driver_state.hpp"
#include "executive/pnp/resources.hpp"

namespace pnp {

class Host;

class Driver final : public RefCounted, public ListLink<struct HostDriverTag> {
public:
    // From \Registry\Machine\System\CurrentControlSet\Services\NAME. STATUS_INVALID_PARAMETER for a key that
    // is no driver's, STATUS_NAME_TOO_LONG for one whose path does not fit into a request.
    static Result<Ref<Driver>> read(const cm::Key& key);

    enum class State : uint32_t {
        Stopped = NEPTUNE_DRIVER_STOPPED,
        Starting = NEPTUNE_DRIVER_STARTING,
        Running = NEPTUNE_DRIVER_RUNNING,
        Failed = NEPTUNE_DRIVER_FAILED,
    };

    String name;           // of the service
    base::Sid sid;         // of the service
    String image_path;     // \SystemRoot\System32\drivers\beep.sys
    String registry_path;  // \Registry\Machine\...\Services\Beep
    String host_name;      // of the host it shares; empty: one of its own
    Vector<String> class_drivers;
    String device_text;  // `Device`, empty when it has no root-enumerated device
    DeviceDescription device;
    Vector<WDM_RESOURCE> extra_resources;  // `Ports`
    Ref<io::DriverControls> controls;      // `FileState`, `DeviceState`, `Stateless`
    uint32_t start = 3;
    uint32_t watchdog_milliseconds = 5000;
    uint32_t ring_depth = WDM_DEFAULT_DEPTH;
    bool repeat_safe = false;

    // Its device's PCI function may read and write memory: it has to be stopped before the host's goes.
    std::optional<hal::PciStop> stop;
    uint64_t stop_due = 0;  // interrupt time of its next step

    uint32_t number =
        0;  // in its host's requests, 1 to WDM_DRIVERS - 1; free again when the driver is forgotten
    State state = State::Stopped;
    NTSTATUS last_status = STATUS_SUCCESS;
    uint32_t results = 0;  // loads that came to one, good or bad
    // Not to be loaded when its host is started again: it was unloaded, or failed its first start.
    bool unloaded = false;
    bool unloading = false;
    bool has_run = false;    // since it was asked to load
    bool automatic = false;  // started with the system: stays in the list whatever becomes of it
    Host* host = nullptr;    // which lives as long as it has a driver

    std::u16string_view file_name() const;
    bool has_device() const { return !device_text.empty(); }
};

}  // namespace pnp
