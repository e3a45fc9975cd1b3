// SPDX-License-Identifier: GPL-3.0-only
//
// Locks on ranges of a file, its extended attributes, the quotas of its volume: what only its device knows.
// One that does not answers STATUS_INVALID_DEVICE_REQUEST. A list that a device gets is a copy that has been
// checked (base/list_check.hpp).
#include "executive/ob/handle.hpp"
#include "executive/ps/process.hpp"
#include "executive/services.hpp"
#include "executive/services/checked_list.hpp"
#include "executive/services/file_request.hpp"

namespace io {

namespace {

constexpr uint32_t kLongestAnswer = 1 << 20;

// Reading or writing, either is enough.
Result<File*> file_to_lock(ke::Call& call, HANDLE handle) {
    auto readable = ob::borrow<File>(call, handle, FILE_READ_DATA);
    if (readable || readable.error() != STATUS_ACCESS_DENIED) return readable;
    return ob::borrow<File>(call, handle, FILE_WRITE_DATA);
}

// What is asked for, and where its end is to be told, if all of that is in memory.
struct LockingAtOnce {
    Device::ByteLocking locking;
    uint8_t* answer;
    void tell(NTSTATUS status) const {
        IO_STATUS_BLOCK block{};
        block.Status = status;
        __builtin_memcpy(answer, &block, sizeof block);
    }
};

template <typename Args>
std::optional<LockingAtOnce> locking_at_once(ke::Call& call, const Args& args, File& file) {
    ke::UserMemory& memory = call.memory();
    uint8_t* answer = memory.present<IO_STATUS_BLOCK>(args.IoStatusBlock.address(), ke::Access::Write);
    const uint8_t* offset = memory.present<LARGE_INTEGER>(args.ByteOffset.address(), ke::Access::Read);
    const uint8_t* length = memory.present<LARGE_INTEGER>(args.Length.address(), ke::Access::Read);
    if (!answer || !offset || !length) return std::nullopt;
    uint32_t process = static_cast<ps::Process&>(call.client()).id();
    LockingAtOnce now{{file, call.client(), 0, 0, process, args.Key, false}, answer};
    __builtin_memcpy(&now.locking.offset, offset, sizeof(int64_t));
    __builtin_memcpy(&now.locking.length, length, sizeof(int64_t));
    return now;
}

// The shortest way of a lock, as of a transfer: it need not wait, nobody is to be told but by the file, the
// status block and the answer. Nothing: it goes by an IRP.
std::optional<NTSTATUS> lock_now(ke::Call& call, const NtLockFileArgs& args, File& file) {
    if (!file.device().moves_at_once() || !file.synchronous() || !file.turn().idle()) return std::nullopt;
    if (args.Event || args.ApcRoutine) return std::nullopt;
    std::optional<LockingAtOnce> now = locking_at_once(call, args, file);
    if (!now) return std::nullopt;
    now->locking.exclusive = args.ExclusiveLock != 0;
    std::optional<NTSTATUS> status = file.device().lock_now(now->locking);
    if (!status) return std::nullopt;
    if (NT_SUCCESS(*status)) now->tell(*status);
    file.signal().set();
    return status;
}

std::optional<NTSTATUS> unlock_now(ke::Call& call, const NtUnlockFileArgs& args, File& file) {
    if (!file.device().moves_at_once()) return std::nullopt;
    std::optional<LockingAtOnce> now = locking_at_once(call, args, file);
    if (!now) return std::nullopt;
    std::optional<NTSTATUS> status = file.device().unlock_now(now->locking);
    if (status) now->tell(*status);
    return status;
}

template <typename Args>
Result<Ref<Irp>> lock_request(ke::Call& call, const Args& args, File& file, uint8_t minor) {
    int64_t offset = TRY(call.read(args.ByteOffset)).QuadPart;
    int64_t length = TRY(call.read(args.Length)).QuadPart;
    Ref<Irp> irp = TRY(Irp::create(Major::LockControl, file, &call.thread()));
    irp->minor = minor;
    irp->parameters.lock = {offset, length, args.Key};
    return irp;
}

Result<Ref<Irp>> make_lock(ke::Call& call, const NtLockFileArgs& args, File& file) {
    Ref<Irp> irp = TRY(lock_request(call, args, file, kMinorLock));
    TRY(irp->notice().prepare(call, file, args.IoStatusBlock.address(), args.Event, args.ApcRoutine,
                              args.ApcContext));
    irp->stack_flags = static_cast<uint8_t>((args.FailImmediately ? kFailImmediately : 0) |
                                            (args.ExclusiveLock ? kExclusiveLock : 0));
    return irp;
}

// An answer, and a list of what it is to be about.
Result<Ref<Irp>> make_query(ke::Call& call, Major major, File& file, ke::UserOutBuffer answer,
                            ke::UserInBuffer list, bool single, bool restart) {
    if (answer.length > kLongestAnswer) return fail(STATUS_INVALID_PARAMETER);
    Ref<Irp> irp = TRY(Irp::create(major, file, &call.thread()));
    irp->stack_flags = static_cast<uint8_t>((single ? kReturnSingleEntry : 0) | (restart ? kRestartScan : 0));
    irp->output = IrpBuffer::client(answer.address, answer.length);
    if (!list.null() && list.length > 0) TRY(services::take_list(call, *irp, list));
    return irp;
}

Result<Ref<Irp>> make_query_ea(ke::Call& call, const NtQueryEaFileArgs& args) {
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, FILE_READ_EA));
    Ref<Irp> irp = TRY(make_query(call, Major::QueryEa, *file, args.Buffer, args.EaList,
                                  args.ReturnSingleEntry != 0, args.RestartScan != 0));
    if (args.EaIndex.null()) return irp;
    irp->parameters.attributes.index = TRY(call.read(args.EaIndex));
    irp->stack_flags |= kIndexSpecified;
    return irp;
}

// Of the SIDs of a list, or from one on.
Result<Ref<Irp>> make_query_quota(ke::Call& call, const NtQueryQuotaInformationFileArgs& args) {
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, 0));
    ke::UserInBuffer sids = args.SidList;
    auto start = reinterpret_cast<uint64_t>(args.StartSid);
    bool from_one = sids.null() && start != 0;
    if (from_one) {
        auto head = TRY(call.read(ke::UserIn<uint64_t>(start)));
        sids = {start, 8 + 4 * (head >> 8 & 0xff)};
    }
    Ref<Irp> irp = TRY(make_query(call, Major::QueryQuota, *file, args.Buffer, sids,
                                  args.ReturnSingleEntry != 0, args.RestartScan != 0));
    if (!from_one) return irp;
    TRY(base::SidView::at(irp->data.span()));
    irp->stack_flags |= kIndexSpecified;
    return irp;
}

template <typename Args>
Result<Ref<Irp>> make_set(ke::Call& call, const Args& args, Major major, ACCESS_MASK access) {
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, access));
    Ref<Irp> irp = TRY(Irp::create(major, *file, &call.thread()));
    TRY(services::take_list(call, *irp, args.Buffer));
    return irp;
}

template <typename Args>
[[clang::coro_wrapper]] Task<NTSTATUS> to_the_end(ke::Call& call, const Args& args,
                                                  Result<Ref<Irp>> request) {
    if (!request) return services::answer(request.error());
    return services::perform_synchronously(call, std::move(*request), args.IoStatusBlock);
}

// The same, once its list is known to be good.
Task<NTSTATUS> checked(ke::Call& call, Ref<Irp> irp, base::ListKind kind,
                       ke::UserOut<IO_STATUS_BLOCK> status_block) {
    uint64_t wrong_at = CO_TRY(co_await services::check_list(call, kind, irp->data.span()));
    if (wrong_at != services::kNothingWrong)
        co_return services::list_is_wrong(call, kind, wrong_at, status_block);
    co_return co_await services::perform_synchronously(call, std::move(irp), status_block);
}

template <typename Args>
[[clang::coro_wrapper]] Task<NTSTATUS> once_checked(ke::Call& call, const Args& args,
                                                    Result<Ref<Irp>> request, base::ListKind kind) {
    if (!request) return request.error();
    return checked(call, std::move(*request), kind, args.IoStatusBlock);
}

// One SID is no list.
[[clang::coro_wrapper]] Task<NTSTATUS> query(ke::Call& call, const auto& args, Result<Ref<Irp>> request,
                                             base::ListKind kind) {
    bool has_list = request && (*request)->input.length > 0 &&
                    !((*request)->major == Major::QueryQuota && (*request)->stack_flags & kIndexSpecified);
    if (has_list) return once_checked(call, args, std::move(request), kind);
    return to_the_end(call, args, std::move(request));
}

}  // namespace

}  // namespace io

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtLockFile(ke::Call& call, NtLockFileArgs args) {
    auto file = io::file_to_lock(call, args.FileHandle);
    if (!file) return file.error();
    if (auto status = io::lock_now(call, args, **file)) return *status;
    auto request = io::make_lock(call, args, **file);
    return request ? services::perform(call, std::move(*request)) : services::answer(request.error());
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtUnlockFile(ke::Call& call, NtUnlockFileArgs args) {
    auto file = io::file_to_lock(call, args.FileHandle);
    if (!file) return file.error();
    if (auto status = io::unlock_now(call, args, **file)) return *status;
    return io::to_the_end(call, args, io::lock_request(call, args, **file, io::kMinorUnlockSingle));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtQueryEaFile(ke::Call& call, NtQueryEaFileArgs args) {
    return io::query(call, args, io::make_query_ea(call, args), base::ListKind::AttributeNames);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSetEaFile(ke::Call& call, NtSetEaFileArgs args) {
    return io::once_checked(call, args, io::make_set(call, args, io::Major::SetEa, FILE_WRITE_EA),
                            base::ListKind::Attributes);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtQueryQuotaInformationFile(ke::Call& call,
                                                                       NtQueryQuotaInformationFileArgs args) {
    return io::query(call, args, io::make_query_quota(call, args), base::ListKind::QuotaSids);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSetQuotaInformationFile(ke::Call& call,
                                                                     NtSetQuotaInformationFileArgs args) {
    return io::once_checked(call, args, io::make_set(call, args, io::Major::SetQuota, FILE_WRITE_DATA),
                            base::ListKind::Quotas);
}
