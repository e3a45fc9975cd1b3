// SPDX-License-Identifier: GPL-3.0-only
//
// What pnp asks of the machine, without one.
#include "executive/hal/acpi.hpp"
#include "executive/io/images.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/reports.hpp"
#include "tests/host/pnp/world.hpp"

namespace {

std::vector<std::string> g_reports;
unsigned g_processes_left = ~0u;

// The kernel's view of the ports that were given out.
struct Ports {
    std::map<ke::CPtr, std::pair<unsigned, unsigned>> ranges;
    ke::CPtr next = 1;

    bool overlaps(unsigned first, unsigned last) const {
        for (auto& [capability, range] : ranges)
            if (first <= range.second && last >= range.first) return true;
        return false;
    }
    ke::CPtr add(unsigned first, unsigned last) {
        ranges[next] = {first, last};
        return next++;
    }
} g_ports;

}  // namespace

namespace test {

std::vector<std::string>& reports() {
    return g_reports;
}
size_t port_ranges() {
    return g_ports.ranges.size();
}
void limit_processes(unsigned count) {
    g_processes_left = count;
}

}  // namespace test

namespace ke {

Reports& Reports::instance() {
    static Reports reports;
    return reports;
}
void Reports::add(std::string_view line) {
    g_reports.emplace_back(line);
}
bool Reports::drain(const Slice&) {
    return true;
}

}  // namespace ke

namespace hal {

Result<InterruptPin> interrupt_pin(uint32_t gsi) {
    return InterruptPin{0, gsi};
}

}  // namespace hal

namespace ke {

Result<CPtr> Notification::badged(uint64_t) {
    return CPtr{1};
}
Result<Own<Interrupt>> Interrupt::connect(const Route&, CPtr) {
    return fail(STATUS_NOT_SUPPORTED);
}
Interrupt::~Interrupt() = default;
CPtr executive_ports(uint16_t, uint16_t) {
    return 0;
}
Result<CPtr> issue_ports(uint16_t first, uint16_t last) {
    if (g_ports.overlaps(first, last)) return fail(STATUS_CONFLICTING_ADDRESSES);
    return g_ports.add(first, last);
}
void delete_ports(CPtr capability) {
    EXPECT_EQ(g_ports.ranges.erase(capability), 1u);
}

}  // namespace ke

namespace ps {

uint32_t Thread::resume() {
    return 0;
}

}  // namespace ps

namespace mm {

Result<void> AddressSpace::unmap(uint64_t, Progress&, bool) {
    return fail(STATUS_NOT_MAPPED_VIEW);
}
Result<uint64_t> AddressSpace::map_run(FrameRun&, uint32_t) {
    return fail(STATUS_NOT_SUPPORTED);
}
Result<uint64_t> AddressSpace::map_device(uint64_t, uint64_t, hal::Cache) {
    return fail(STATUS_NOT_SUPPORTED);
}

}  // namespace mm

namespace io {

Task<Result<Ref<mm::Section>>> open_image(ke::Call*, String) {
    co_return Ref<mm::Section>();
}

}  // namespace io

namespace ps {

ke::Task<Result<Ref<Process>>> create_process(Ref<mm::Section>, ProcessParameters parameters) {
    if (g_processes_left == 0) co_return fail(STATUS_INSUFFICIENT_RESOURCES);
    if (g_processes_left != ~0u) --g_processes_left;
    co_return test::make_process(parameters.driver_host);
}

}  // namespace ps
