// SPDX-License-Identifier: GPL-3.0-only
#include <bit>

#include "executive/ke/dispatcher.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ob/namespace.hpp"
#include "tests/host/killer/driver.hpp"

namespace killer {

namespace {

constexpr uint32_t kDevice = 7;
constexpr uint32_t kDriver = 1;

ke::Task<NTSTATUS> bring_up(Ref<io::DriverHost> host, Ref<io::DriverDevice> device) {
    NTSTATUS status = co_await device->open_files_again();
    if (NT_SUCCESS(status)) host->open();
    co_return STATUS_SUCCESS;
}

}  // namespace

Driver::Driver() {
    machine();
    host = MUST(io::DriverHost::create(*this));
    device = MUST(base::make_ref<io::DriverDevice>(host, uint32_t{FILE_DEVICE_KEYBOARD}, 0u, false));
    host->devices().push_back(*device);
    MUST(ob::insert_path(u"\\Device\\Fake", *device, true));
    start();
}

Driver::~Driver() {
    slow = false;
    while (act() || base::Loop::instance().run(100)) {
    }
    host->close(STATUS_NO_SUCH_DEVICE);
    if (host->process()) host->process()->terminate(STATUS_SUCCESS);
    base::Loop& loop = base::Loop::instance();
    do {
        while (loop.run(100)) {
        }
    } while (ke::Pacer::instance().called(0) != 0 || !loop.idle());
    device->retire();
}

base::Result<void> Driver::attach(io::DriverHost& host, ps::Process& process) {
    base::Own<io::DriverRing> ring = TRY(io::DriverRing::create());
    while (!TRY(ring->add_pages())) {
    }
    return host.attach(process, std::move(ring));
}

// False: there is no memory to start in.
bool Driver::start() {
    held_ = cancelled_ = 0;
    auto process = make_process(true);
    if (!process) return false;
    if (!attach(*host, *process)) {
        process->terminate(STATUS_NO_MEMORY);
        return false;
    }
    device->bind(kDevice, kDriver, false);
    ke::OwnWork own;
    ke::spawn("driver", bring_up(host, device));
    return true;
}

WDM_RING& Driver::ring() {
    auto& space = host->process()->space();
    return *reinterpret_cast<WDM_RING*>(MUST(space.page(host->attach_information().Ring, ke::Access::Write)));
}

WDM_REQUEST& Driver::request(unsigned slot) {
    uint64_t address = io::DriverRing::host_address(host->attach_information().Ring, slot, 0);
    return *reinterpret_cast<WDM_REQUEST*>(MUST(host->process()->space().page(address, ke::Access::Write)));
}

bool Driver::act() {
    if (!host->process()) {
        if (host->state() == io::DriverHost::State::Closed) return false;
        return start();
    }
    if (host->process()->terminating()) return false;
    for (uint64_t slots = std::exchange(ring().CancelSlots, 0); slots; slots &= slots - 1) {
        auto slot = static_cast<unsigned>(std::countr_zero(slots));
        if (request(slot).CancelId == request(slot).Id) cancelled_ |= uint64_t{1} << slot;
    }
    return take() || finish_one();
}

bool Driver::take() {
    WDM_RING& header = ring();
    if (header.SubmitHead == header.SubmitTail) return false;
    // It may have spoilt its own ring: that is the end of it.
    if (header.SubmitTail - header.SubmitHead > WDM_SLOTS) {
        host->process()->terminate(STATUS_ACCESS_VIOLATION);
        return true;
    }
    unsigned slot = header.SubmitRing[header.SubmitHead++ % WDM_SLOTS] % WDM_SLOTS;
    request(slot).State = WDM_STATE_PENDING;
    held_ |= uint64_t{1} << slot;
    return true;
}

bool Driver::finish_one() {
    for (unsigned slot = 0; slot < WDM_SLOTS; ++slot) {
        uint64_t bit = uint64_t{1} << slot;
        if (!(held_ & bit)) continue;
        bool reading = request(slot).MajorFunction == static_cast<uint8_t>(io::Major::Read);
        if (slow && !(reading && keys)) continue;
        if (cancelled_ & bit) {
            complete(slot, STATUS_CANCELLED, 0);
            return true;
        }
        if (reading && keys == 0) continue;
        if (reading) --keys;
        complete(slot, STATUS_SUCCESS, reading ? 1 : 0);
        return true;
    }
    return false;
}

void Driver::misbehave(uint32_t word, uint64_t value) {
    if (!host->process() || host->process()->terminating()) return;
    constexpr uint32_t kKinds = 5;
    uint32_t where = word / kKinds;
    unsigned slot = where % WDM_SLOTS;
    switch (word % kKinds) {
        case 0:  // completes what it may not have, with what it likes
            return complete(slot, static_cast<NTSTATUS>(value), value >> 32);
        case 1:  // announces what it did not complete
            ring().CompleteRing[ring().CompleteTail++ % WDM_SLOTS] = static_cast<uint32_t>(value);
            host->received();
            return;
        case 2:  // writes into the ring's first page
            reinterpret_cast<uint64_t*>(&ring())[where % (mm::kPageSize / sizeof value)] = value;
            host->received();
            return;
        case 3:  // writes into a request
            reinterpret_cast<uint64_t*>(&request(slot))[where / WDM_SLOTS % (WDM_SLOT_SIZE / sizeof value)] =
                value;
            return;
        default:
            host->process()->terminate(static_cast<NTSTATUS>(value));
    }
}

void Driver::complete(unsigned slot, NTSTATUS status, uint64_t information) {
    held_ &= ~(uint64_t{1} << slot);
    cancelled_ &= ~(uint64_t{1} << slot);
    WDM_REQUEST& done = request(slot);
    done.Status = status;
    done.Information = information;
    done.State = WDM_STATE_COMPLETED;
    WDM_RING& header = ring();
    header.CompleteRing[header.CompleteTail++ % WDM_SLOTS] = slot;
    host->received();
}

}  // namespace killer
