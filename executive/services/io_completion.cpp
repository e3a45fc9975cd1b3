// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/io_completion.hpp"
#include "executive/ex/timeout.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

// So many packets one call can take.
constexpr ULONG kMaximumBatch = 64;

FILE_IO_COMPLETION_INFORMATION to_information(const ex::IoPacket& packet) {
    FILE_IO_COMPLETION_INFORMATION information{};
    information.KeyContext = reinterpret_cast<PVOID>(packet.key);
    information.ApcContext = reinterpret_cast<PVOID>(packet.apc_context);
    information.IoStatusBlock.Status = packet.status;
    information.IoStatusBlock.Information = packet.information;
    return information;
}

Result<void> probe(ke::Call& call, const NtRemoveIoCompletionArgs& args) {
    TRY(call.probe(args.KeyContext));
    TRY(call.probe(args.ApcContext));
    return call.probe(args.IoStatusBlock);
}

// What a packet is given to must be there when it is taken. `count`: of packets.
Result<void> probe(ke::Call& call, const NtRemoveIoCompletionExArgs& args, ULONG count) {
    size_t bytes = count * sizeof(FILE_IO_COMPLETION_INFORMATION);
    TRY(call.memory().probe(args.IoCompletionInformation.address(), bytes, ke::Access::Write));
    return call.probe(args.NumEntriesRemoved);
}

// Whoever waited and cannot have his packet any more leaves it to the next.
NTSTATUS keep_or_leave(ke::Call& call, ex::IoCompletion& port, const Result<void>& writable) {
    NTSTATUS status = call.thread().terminating() ? STATUS_THREAD_IS_TERMINATING : to_status(writable);
    if (status != STATUS_SUCCESS) port.leave();
    return status;
}

}  // namespace

NTSTATUS NtCreateIoCompletion(ke::Call& call, const NtCreateIoCompletionArgs& args) {
    Ref<ex::IoCompletion> port = TRY(ex::IoCompletion::create(call.client()));
    return TRY(ob::create_handle(call, args.ObjectAttributes, std::move(port), args.DesiredAccess,
                                 args.IoCompletionHandle));
}

NTSTATUS NtOpenIoCompletion(ke::Call& call, const NtOpenIoCompletionArgs& args) {
    return to_status(ob::open_named<ex::IoCompletion>(call, args.ObjectAttributes, args.DesiredAccess,
                                                      args.IoCompletionHandle));
}

NTSTATUS NtSetIoCompletion(ke::Call& call, const NtSetIoCompletionArgs& args) {
    auto port =
        TRY(ob::borrow<ex::IoCompletion>(call, args.IoCompletionHandle, args.IoCompletionHandleAccess));
    ex::IoPacket packet;
    packet.key = reinterpret_cast<uint64_t>(args.KeyContext);
    packet.apc_context = reinterpret_cast<uint64_t>(args.ApcContext);
    packet.status = args.IoStatus;
    packet.information = args.IoStatusInformation;
    return to_status(port->post(packet));
}

ke::Task<NTSTATUS> NtRemoveIoCompletion(ke::Call& call, NtRemoveIoCompletionArgs args) {
    auto port =
        CO_TRY(ob::resolve<ex::IoCompletion>(call, args.IoCompletionHandle, args.IoCompletionHandleAccess));
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.Timeout));
    if (args.KeyContext.null() || args.ApcContext.null() || args.IoStatusBlock.null())
        co_return STATUS_ACCESS_VIOLATION;
    CO_TRY(probe(call, args));
    NTSTATUS status = co_await ke::wait(call.thread(), port->queue(), false, deadline);
    if (status != STATUS_WAIT_0) co_return status;
    status = keep_or_leave(call, *port, probe(call, args));
    if (status != STATUS_SUCCESS) co_return status;
    FILE_IO_COMPLETION_INFORMATION information = to_information(port->take());
    CO_TRY(call.write(args.KeyContext, information.KeyContext));
    CO_TRY(call.write(args.ApcContext, information.ApcContext));
    co_return to_status(call.write(args.IoStatusBlock, information.IoStatusBlock));
}

ke::Task<NTSTATUS> NtRemoveIoCompletionEx(ke::Call& call, NtRemoveIoCompletionExArgs args) {
    auto port =
        CO_TRY(ob::resolve<ex::IoCompletion>(call, args.IoCompletionHandle, args.IoCompletionHandleAccess));
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.Timeout));
    if (args.Count == 0) co_return STATUS_INVALID_PARAMETER;
    ULONG count = args.Count < kMaximumBatch ? args.Count : kMaximumBatch;
    if (args.NumEntriesRemoved.null()) co_return STATUS_ACCESS_VIOLATION;
    CO_TRY(probe(call, args, count));
    NTSTATUS status = co_await ke::wait(call.thread(), port->queue(), args.Alertable, deadline);
    ULONG removed = 0;
    if (status == STATUS_WAIT_0) {
        status = keep_or_leave(call, *port, probe(call, args, count));
        if (status != STATUS_SUCCESS) co_return status;
        uint64_t out = args.IoCompletionInformation.address();
        do {
            FILE_IO_COMPLETION_INFORMATION information = to_information(port->take());
            CO_TRY(call.memory().copy_out(out + removed++ * sizeof(information), &information,
                                          sizeof(information)));
        } while (removed < count && port->reserve());
    }
    CO_TRY(call.write(args.NumEntriesRemoved, removed));
    co_return status;
}

NTSTATUS NtQueryIoCompletion(ke::Call& call, const NtQueryIoCompletionArgs& args) {
    if (static_cast<ULONG>(args.IoCompletionInformationClass) != IoCompletionBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    auto port =
        TRY(ob::borrow<ex::IoCompletion>(call, args.IoCompletionHandle, args.IoCompletionHandleAccess));
    IO_COMPLETION_BASIC_INFORMATION basic{static_cast<LONG>(port->depth())};
    return ob::give_exact(call, args.IoCompletionInformation, args.ReturnLength, basic);
}
