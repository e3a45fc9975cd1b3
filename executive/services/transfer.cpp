// SPDX-License-Identifier: GPL-3.0-only
//
// Reading, writing and controlling open files.
#include "executive/ob/handle.hpp"
#include "executive/services.hpp"
#include "executive/services/file_request.hpp"

namespace io {

namespace {

constexpr uint32_t kLargestTransfer = 64 << 20;

Result<int64_t> transfer_offset(ke::Call& call, const File& file, ke::UserIn<LARGE_INTEGER> in) {
    if (in.null()) {
        // Pipes and mailslots have no positions.
        uint32_t type = file.device().device_type();
        if (!file.synchronous() && (type == FILE_DEVICE_NAMED_PIPE || type == FILE_DEVICE_MAILSLOT)) return 0;
        if (!file.synchronous()) return fail(STATUS_INVALID_PARAMETER);
        return kAtPosition;
    }
    int64_t offset = TRY(call.read(in)).QuadPart;
    bool special = offset == kAtEnd || (offset == kAtPosition && file.synchronous());
    if (offset < 0 && !special) return fail(STATUS_INVALID_PARAMETER);
    return offset;
}

Result<uint32_t> transfer_key(ke::Call& call, ke::UserIn<ULONG> in) {
    if (in.null()) return 0u;
    return TRY(call.read(in));
}

// Read or Write, which differ in direction only.
template <typename Args>
Result<Ref<Irp>> make_transfer(ke::Call& call, const Args& args, Major major, File& file) {
    if (args.Length > kLargestTransfer) return fail(STATUS_INVALID_BUFFER_SIZE);
    int64_t offset = TRY(transfer_offset(call, file, args.ByteOffset));
    if (major == Major::Read && offset == kAtEnd) return fail(STATUS_INVALID_PARAMETER);
    uint32_t key = TRY(transfer_key(call, args.Key));
    Ref<Irp> irp = TRY(Irp::create(major, file, &call.thread()));
    TRY(irp->notice().prepare(call, file, args.IoStatusBlock.address(), args.Event, args.ApcRoutine,
                              args.ApcContext));
    irp->parameters.transfer = {offset, key};
    IrpBuffer& buffer = major == Major::Read ? irp->output : irp->input;
    buffer = IrpBuffer::client(args.Buffer.address, args.Length);
    return irp;
}

// The shortest way of a read or write: the device has the data at hand, the client's memory is there, nobody
// is to be told but by the file, the status block and the answer. Nothing: it goes by an IRP.
template <typename Args>
std::optional<NTSTATUS> transfer_now(ke::Call& call, const Args& args, Major major, File& file) {
    if (!file.synchronous() || !file.turn().idle()) return std::nullopt;
    if (args.Length == 0 || args.Event || args.ApcRoutine || !args.Key.null()) return std::nullopt;
    ke::UserMemory& memory = call.memory();
    IO_STATUS_BLOCK block{};
    uint8_t* answer = memory.present<IO_STATUS_BLOCK>(args.IoStatusBlock.address(), ke::Access::Write);
    if (!answer) return std::nullopt;
    auto offset = static_cast<int64_t>(file.position);
    if (!args.ByteOffset.null()) {
        const uint8_t* in = memory.present<LARGE_INTEGER>(args.ByteOffset.address(), ke::Access::Read);
        if (!in) return std::nullopt;
        int64_t given;
        __builtin_memcpy(&given, in, sizeof given);
        if (given != kAtPosition) offset = given;
    }
    if (offset < 0) return std::nullopt;
    Device::Move move{file, static_cast<uint64_t>(offset), memory, args.Buffer.address, args.Length};
    Device& device = file.device();
    size_t moved = major == Major::Read ? device.read_now(move) : device.write_now(move);
    if (moved == 0) return std::nullopt;
    call.client().count_io(major == Major::Read ? ke::IoCounts::Read : ke::IoCounts::Write, moved);
    file.position = move.offset + moved;
    file.signal().set();
    block.Information = moved;
    __builtin_memcpy(answer, &block, sizeof block);
    return STATUS_SUCCESS;
}

// A handle that may only append writes at the end, wherever it was told to.
Result<Ref<Irp>> make_append(ke::Call& call, const NtWriteFileArgs& args) {
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, FILE_APPEND_DATA));
    Ref<Irp> irp = TRY(make_transfer(call, args, Major::Write, *file));
    irp->parameters.transfer.offset = kAtEnd;
    return irp;
}

ACCESS_MASK control_access(uint32_t code) {
    uint32_t access = code >> 14 & 3;
    return (access & FILE_READ_ACCESS ? FILE_READ_DATA : 0u) |
           (access & FILE_WRITE_ACCESS ? FILE_WRITE_DATA : 0u);
}

// For METHOD_IN_DIRECT and METHOD_OUT_DIRECT the "output" buffer may be read or written by the driver; what
// the Executive has to know is only that it may be written.
template <typename Args>
Result<Ref<Irp>> make_control(ke::Call& call, const Args& args, Major major, uint32_t code) {
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, control_access(code)));
    if (args.InputBufferLength > kLargestTransfer || args.OutputBufferLength > kLargestTransfer)
        return fail(STATUS_INVALID_BUFFER_SIZE);
    Ref<Irp> irp = TRY(Irp::create(major, *file, &call.thread()));
    TRY(irp->notice().prepare(call, *file, args.IoStatusBlock.address(), args.Event, args.ApcRoutine,
                              args.ApcContext));
    irp->parameters.control.code = code;
    irp->input = IrpBuffer::client(args.InputBuffer.address, args.InputBufferLength);
    irp->output = IrpBuffer::client(args.OutputBuffer.address, args.OutputBufferLength);
    return irp;
}

[[clang::coro_wrapper]] Task<NTSTATUS> perform_result(ke::Call& call, Result<Ref<Irp>> request) {
    if (!request) return services::answer(request.error());
    return services::perform(call, std::move(*request));
}

template <typename Args>
[[clang::coro_wrapper]] Task<NTSTATUS> transfer(ke::Call& call, const Args& args, Major major, File& file) {
    if (file.device().moves_at_once())
        if (auto status = transfer_now(call, args, major, file)) return *status;
    return perform_result(call, make_transfer(call, args, major, file));
}

}  // namespace

}  // namespace io

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtReadFile(ke::Call& call, NtReadFileArgs args) {
    auto file = ob::borrow<io::File>(call, args.FileHandle, FILE_READ_DATA);
    if (!file) return file.error();
    return io::transfer(call, args, io::Major::Read, **file);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtWriteFile(ke::Call& call, NtWriteFileArgs args) {
    auto file = ob::borrow<io::File>(call, args.FileHandle, FILE_WRITE_DATA);
    if (!file) return io::perform_result(call, io::make_append(call, args));
    return io::transfer(call, args, io::Major::Write, **file);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtDeviceIoControlFile(ke::Call& call,
                                                                 NtDeviceIoControlFileArgs args) {
    return io::perform_result(call,
                              io::make_control(call, args, io::Major::DeviceControl, args.IoControlCode));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtFsControlFile(ke::Call& call, NtFsControlFileArgs args) {
    return io::perform_result(call,
                              io::make_control(call, args, io::Major::FileSystemControl, args.FsControlCode));
}

ke::Task<NTSTATUS> NtFlushBuffersFile(ke::Call& call, NtFlushBuffersFileArgs args) {
    using namespace io;
    Ref<File> file = CO_TRY(ob::resolve<File>(call, args.FileHandle, 0));
    Ref<Irp> irp = CO_TRY(Irp::create(Major::FlushBuffers, *file, &call.thread()));
    co_return co_await services::perform_synchronously(call, std::move(irp), args.IoStatusBlock);
}
