// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/file_system_hold.hpp"

#include "executive/io/driver_device.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/ob/charge.hpp"

namespace io {

namespace {

// What is found, for a thread that may be gone by then.
class Search final : public RefCounted {
public:
    Search(Ref<File> file, uint32_t protection, const Subject& subject, ob::Charge charge)
        : file(std::move(file)), protection(protection), subject(subject), charge_(std::move(charge)) {}

    const Ref<File> file;
    const uint32_t protection;
    const Subject subject;
    Result<Ref<mm::ControlArea>> area = fail(STATUS_UNSUCCESSFUL);

private:
    ob::Charge charge_;
};

// The search itself, its two requests and the frames that wait for them.
constexpr size_t kCharge = sizeof(Search) + 2 * sizeof(Irp) + 1024;

Result<Ref<Irp>> make_call(Major major, const Search& search) {
    Ref<Irp> irp = TRY(Irp::create(major, *search.file, nullptr));
    irp->parameters.call = {-1, search.protection, 0};
    irp->set_subject(search.subject);
    return irp;
}

Task<NTSTATUS> look_while_held(Ref<Search> search) {
    auto& device = static_cast<DriverDevice&>(search->file->device());
    Ref<Irp> acquire = CO_TRY(make_call(Major::AcquireForSection, *search));
    Ref<Irp> release = CO_TRY(make_call(Major::ReleaseForSection, *search));
    acquire->start();
    NTSTATUS status = co_await acquire->done();
    if (!NT_SUCCESS(status)) co_return status;
    search->area = device.control_area(*search->file);
    // It is the process that has it that is told, and no other.
    release->parameters.call.epoch = acquire->parameters.call.epoch;
    release->start();
    co_await release->done();
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> in_its_turn(Ref<Search> search) {
    HostChannel& host = static_cast<DriverDevice&>(search->file->device()).host();
    Ref<HoldTurn> turn = CO_TRY(make_ref<HoldTurn>());
    Ref<HoldTurn> before = std::exchange(host.last_hold, turn);
    if (before) co_await before->over;
    before = nullptr;
    NTSTATUS status = co_await look_while_held(search);
    if (host.last_hold.get() == turn.get()) host.last_hold = nullptr;
    turn->over.signal(STATUS_SUCCESS);
    co_return status;
}

}  // namespace

Task<Result<Ref<mm::ControlArea>>> control_area_held(ke::Thread& thread, Ref<File> file,
                                                     uint32_t page_protection) {
    ob::Charge charge = CO_TRY(ob::Charge::take(thread.client(), kCharge));
    Ref<Search> search =
        CO_TRY(make_ref<Search>(std::move(file), page_protection, Subject::of(thread), std::move(charge)));
    auto job = CO_TRY(ke::Job::start([&search] [[clang::coro_wrapper]] { return in_its_turn(search); }));
    NTSTATUS status = co_await ke::EventWait(thread, job->done());
    if (!NT_SUCCESS(status)) co_return fail(status);
    co_return std::move(search->area);
}

}  // namespace io
