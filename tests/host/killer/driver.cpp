// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/killer/driver.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ob/namespace.hpp"

namespace killer {

namespace {

constexpr uint32_t kDevice = 7;
constexpr uint32_t kDriver = 1;

ke::Task<NTSTATUS> bring_up(Ref<io::HostChannel> host, Ref<io::DriverDevice> device) {
    NTSTATUS status = co_await device->open_files_again();
    if (NT_SUCCESS(status)) host->open();
    co_return STATUS_SUCCESS;
}

}  // namespace

Driver::Driver() {
    machine();
    host = MUST(io::HostChannel::create(*this));
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

base::Result<void> Driver::attach(io::HostChannel& host, ps::Process& process) {
    base::Own<io::DriverRing> ring = TRY(io::DriverRing::create(host.depth()));
    while (!TRY(ring->add_pages())) {
    }
    return host.attach(process, std::move(ring));
}

// False: there is no memory to start in.
bool Driver::start() {
    held_.clear();
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

uint8_t* Driver::memory(uint64_t offset) {
    auto& space = host->process()->space();
    return static_cast<uint8_t*>(
        static_cast<void*>(MUST(space.page(host->attach_information().Ring + offset, ke::Access::Write))));
}

WDM_RING& Driver::ring() {
    return *reinterpret_cast<WDM_RING*>(memory(0));
}

uint8_t* Driver::entry(uint32_t number) {
    return memory(4096 + uint64_t{number} * WDM_ENTRY_SIZE);
}

bool Driver::act() {
    if (!host->process()) {
        if (host->state() == io::HostChannel::State::Closed) return false;
        return start();
    }
    if (host->process()->terminating()) return false;
    WDM_RING& header = ring();
    // It may have spoilt its own ring: that is the end of it.
    if (header.CancelTail - header.CancelHead > WDM_CANCELS) {
        host->process()->terminate(STATUS_ACCESS_VIOLATION);
        return true;
    }
    while (header.CancelHead != header.CancelTail) {
        uint64_t id = header.Cancels[header.CancelHead++ % WDM_CANCELS];
        for (Held& held : held_)
            held.cancelled |= held.id == id;
    }
    if (take()) return true;
    if (std::exchange(header.ExecutiveWaiting, 0u) != 0) host->received();
    return host->process() && !host->process()->terminating() && finish_one();
}

bool Driver::take() {
    WDM_RING& header = ring();
    if (header.SubmitHead == header.SubmitTail) return false;
    uint32_t depth = host->attach_information().Depth;
    if (header.SubmitTail - header.SubmitHead > depth) {
        host->process()->terminate(STATUS_ACCESS_VIOLATION);
        return true;
    }
    auto& request = *reinterpret_cast<WDM_REQUEST*>(entry(header.SubmitHead % depth));
    ++header.SubmitHead;
    bool reading = request.MajorFunction == static_cast<uint8_t>(io::Major::Read);
    bool pends = request.Awaited && reading && keys == 0;
    held_.push_back({request.Id, reading, request.CancelId == request.Id});
    if (pends) host->received();
    return true;
}

bool Driver::finish_one() {
    for (size_t i = 0; i < held_.size(); ++i) {
        Held held = held_[i];
        if (slow && !(held.reading && keys)) continue;
        if (!held.cancelled && held.reading && keys == 0) continue;
        if (!held.cancelled && held.reading) --keys;
        held_.erase(held_.begin() + static_cast<ptrdiff_t>(i));
        if (held.cancelled)
            complete(held.id, STATUS_CANCELLED, 0);
        else
            complete(held.id, STATUS_SUCCESS, held.reading ? 1 : 0);
        return true;
    }
    return false;
}

void Driver::misbehave(uint32_t word, uint64_t value) {
    if (!host->process() || host->process()->terminating()) return;
    constexpr uint32_t kKinds = 5;
    uint32_t where = word / kKinds;
    uint32_t depth = host->attach_information().Depth;
    switch (word % kKinds) {
        case 0:  // completes something in time, with what it likes, and forgets that it did
            if (held_.empty()) return;
            return complete(held_[where % held_.size()].id, static_cast<NTSTATUS>(value), value >> 32);
        case 1:  // completes what it may not have
            return complete(value, STATUS_SUCCESS, 0);
        case 2:  // writes into the ring's first page
            reinterpret_cast<uint64_t*>(&ring())[where % (mm::kPageSize / sizeof value)] = value;
            host->received();
            return;
        case 3:  // writes into a request or a completion
            reinterpret_cast<uint64_t*>(
                entry(where % (2 * depth)))[where / 128 % (WDM_ENTRY_SIZE / sizeof value)] = value;
            return;
        default:
            host->process()->terminate(static_cast<NTSTATUS>(value));
    }
}

void Driver::complete(uint64_t id, NTSTATUS status, uint64_t information) {
    WDM_RING& header = ring();
    uint32_t depth = host->attach_information().Depth;
    auto& done = *reinterpret_cast<WDM_COMPLETION*>(entry(depth + header.CompleteTail % depth));
    done.Id = id;
    done.Status = status;
    done.Information = done.Written = information;
    ++header.CompleteTail;
    host->received();
}

}  // namespace killer
