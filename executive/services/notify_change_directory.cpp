// SPDX-License-Identifier: GPL-3.0-only
//
// Waiting for changes in a directory. What it watches is its device's to say.
#include "executive/io/directory_watch.hpp"
#include "executive/ob/handle.hpp"
#include "executive/ps/win32.hpp"
#include "executive/services.hpp"
#include "executive/services/file_request.hpp"

namespace io {

namespace {

constexpr uint32_t kLargestBuffer = 1 << 20;

template <typename Args>
Result<Ref<Irp>> make_notify(ke::Call& call, const Args& args, uint8_t minor) {
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, FILE_LIST_DIRECTORY));
    if (args.Length > kLargestBuffer) return fail(STATUS_INVALID_PARAMETER);
    Ref<Irp> irp = TRY(Irp::create(Major::DirectoryControl, *file, &call.thread()));
    TRY(irp->notice().prepare(call, *file, args.IoStatusBlock.address(), args.Event, args.ApcRoutine,
                              args.ApcContext));
    irp->minor = minor;
    irp->stack_flags = args.WatchTree ? kWatchTree : 0;
    irp->parameters.query.information_class = args.CompletionFilter;
    irp->output = IrpBuffer::client(args.Buffer.address, args.Length);
    return irp;
}

// On a synchronous file too it goes on without its caller, who waits for the file.
Task<NTSTATUS> notify_later(ke::Call& call, Ref<Irp> irp) {
    irp->file()->signal().clear();
    irp->start();
    if (!irp->is_done()) {
        irp->go_on_without(call.thread());
        co_return STATUS_PENDING;
    }
    NTSTATUS status = irp->status();
    irp->notice().deliver(&call.client(), *irp->file(), status, irp->information(), Notice::When::AtOnce);
    co_return status;
}

[[clang::coro_wrapper]] Task<NTSTATUS> notify(ke::Call& call, Result<Ref<Irp>> request) {
    if (!request) return services::answer(request.error());
    // libwine's FindFirstChangeNotification opens the directory synchronously, and does not expect to wait.
    bool later = (*request)->file()->synchronous() && (*request)->output.length == 0 && ps::is_win32(call);
    return later ? notify_later(call, std::move(*request)) : services::perform(call, std::move(*request));
}

}  // namespace

}  // namespace io

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtNotifyChangeDirectoryFile(ke::Call& call,
                                                                       NtNotifyChangeDirectoryFileArgs args) {
    return io::notify(call, io::make_notify(call, args, io::kMinorNotifyChangeDirectory));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtNotifyChangeDirectoryFileEx(
    ke::Call& call, NtNotifyChangeDirectoryFileExArgs args) {
    switch (args.DirectoryNotifyInformationClass) {
        case DirectoryNotifyInformation:
            return io::notify(call, io::make_notify(call, args, io::kMinorNotifyChangeDirectory));
        case DirectoryNotifyExtendedInformation:
            return io::notify(call, io::make_notify(call, args, io::kMinorNotifyChangeDirectoryEx));
        default:
            return services::answer(STATUS_INVALID_PARAMETER);
    }
}
