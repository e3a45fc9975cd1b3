// SPDX-License-Identifier: GPL-3.0-only
//
// Locks on ranges of a file, its extended attributes, the quotas of its volume: what only its device knows.
// One that does not answers STATUS_INVALID_DEVICE_REQUEST.
#include "executive/ob/handle.hpp"
#include "executive/services.hpp"
#include "executive/services/file_request.hpp"

namespace io {

namespace {

// Of lists of names, of attributes, of SIDs and of quotas.
constexpr uint32_t kLongestList = 64 << 10;
constexpr uint32_t kLongestAnswer = 1 << 20;

// Reading or writing, either is enough.
Result<Ref<File>> file_to_lock(ke::Call& call, HANDLE handle) {
    auto readable = ob::resolve<File>(call, handle, FILE_READ_DATA);
    if (readable || readable.error() != STATUS_ACCESS_DENIED) return readable;
    return ob::resolve<File>(call, handle, FILE_WRITE_DATA);
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

Result<Ref<Irp>> make_lock(ke::Call& call, const NtLockFileArgs& args) {
    Ref<File> file = TRY(file_to_lock(call, args.FileHandle));
    Ref<Irp> irp = TRY(lock_request(call, args, *file, kMinorLock));
    TRY(irp->notice().prepare(call, *file, args.IoStatusBlock.address(), args.Event, args.ApcRoutine,
                              args.ApcContext));
    irp->stack_flags = static_cast<uint8_t>((args.FailImmediately ? kFailImmediately : 0) |
                                            (args.ExclusiveLock ? kExclusiveLock : 0));
    return irp;
}

Result<Ref<Irp>> make_unlock(ke::Call& call, const NtUnlockFileArgs& args) {
    Ref<File> file = TRY(file_to_lock(call, args.FileHandle));
    return lock_request(call, args, *file, kMinorUnlockSingle);
}

// An answer, and a list of what it is to be about.
Result<Ref<Irp>> make_query(ke::Call& call, Major major, File& file, ke::UserOutBuffer answer,
                            ke::UserInBuffer list, bool single, bool restart) {
    if (answer.length > kLongestAnswer || list.length > kLongestList) return fail(STATUS_INVALID_PARAMETER);
    Ref<Irp> irp = TRY(Irp::create(major, file, &call.thread()));
    irp->stack_flags = static_cast<uint8_t>((single ? kReturnSingleEntry : 0) | (restart ? kRestartScan : 0));
    irp->output = IrpBuffer::client(answer.address, answer.length);
    if (!list.null()) irp->input = IrpBuffer::client(list.address, list.length);
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
    if (from_one) irp->stack_flags |= kIndexSpecified;
    return irp;
}

template <typename Args>
Result<Ref<Irp>> make_set(ke::Call& call, const Args& args, Major major, ACCESS_MASK access) {
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, access));
    if (args.Length > kLongestList) return fail(STATUS_INVALID_PARAMETER);
    Ref<Irp> irp = TRY(Irp::create(major, *file, &call.thread()));
    irp->input = IrpBuffer::client(args.Buffer.address, args.Length);
    return irp;
}

template <typename Args>
[[clang::coro_wrapper]] Task<NTSTATUS> to_the_end(ke::Call& call, const Args& args,
                                                  Result<Ref<Irp>> request) {
    if (!request) return services::answer(request.error());
    return services::perform_synchronously(call, std::move(*request), args.IoStatusBlock);
}

}  // namespace

}  // namespace io

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtLockFile(ke::Call& call, NtLockFileArgs args) {
    auto request = io::make_lock(call, args);
    return request ? services::perform(call, std::move(*request)) : services::answer(request.error());
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtUnlockFile(ke::Call& call, NtUnlockFileArgs args) {
    return io::to_the_end(call, args, io::make_unlock(call, args));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtQueryEaFile(ke::Call& call, NtQueryEaFileArgs args) {
    return io::to_the_end(call, args, io::make_query_ea(call, args));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSetEaFile(ke::Call& call, NtSetEaFileArgs args) {
    return io::to_the_end(call, args, io::make_set(call, args, io::Major::SetEa, FILE_WRITE_EA));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtQueryQuotaInformationFile(ke::Call& call,
                                                                       NtQueryQuotaInformationFileArgs args) {
    return io::to_the_end(call, args, io::make_query_quota(call, args));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSetQuotaInformationFile(ke::Call& call,
                                                                     NtSetQuotaInformationFileArgs args) {
    return io::to_the_end(call, args, io::make_set(call, args, io::Major::SetQuota, FILE_WRITE_DATA));
}
