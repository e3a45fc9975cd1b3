// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/hive_file.hpp"

#include <algorithm>

namespace services {

using namespace base;
using cm::regf::OwnStore;
using cm::regf::Store;
using io::Irp;
using io::IrpBuffer;
using io::Major;

namespace {

constexpr size_t kPart = 16 << 10;

// Waits for the end of a request of the Executive's. One that was answered at once has taken much of this
// turn, and another may follow it.
ke::Task<NTSTATUS> finish(const Behalf& by, Ref<Irp> irp) {
    irp->start();
    if (irp->is_done()) co_return irp->status();
    if (by.thread) co_return co_await io::RequestWait(*by.thread, *irp);
    co_await irp->done();
    co_return irp->status();
}

// What a request works on must outlast one that is abandoned: it is the request's own.
Result<Ref<Irp>> make(Major major, io::File& file, size_t length) {
    Ref<Irp> irp = TRY(Irp::create(major, file, nullptr));
    TRY(irp->data.resize(length));
    IrpBuffer buffer = IrpBuffer::executive(irp->data.span());
    (major == Major::Write || major == Major::SetInformation ? irp->input : irp->output) = buffer;
    return irp;
}

template <typename T>
Result<Ref<Irp>> make_setting(io::File& file, uint32_t information_class, const T& information) {
    Ref<Irp> irp = TRY(make(Major::SetInformation, file, sizeof information));
    __builtin_memcpy(irp->data.data(), &information, sizeof information);
    irp->parameters.query.information_class = information_class;
    return irp;
}

}  // namespace

ke::Task<Result<OwnStore>> read_hive_file(const Behalf& by, Ref<io::File> file, size_t least) {
    Ref<Irp> query = CO_TRY(make(Major::QueryInformation, *file, sizeof(FILE_STANDARD_INFORMATION)));
    query->parameters.query.information_class = FileStandardInformation;
    NTSTATUS status = co_await finish(by, query);
    if (!NT_SUCCESS(status)) co_return fail(status);
    FILE_STANDARD_INFORMATION standard;
    __builtin_memcpy(&standard, query->data.data(), sizeof standard);
    auto size = static_cast<uint64_t>(standard.EndOfFile.QuadPart);
    if (size < least || size > Store::kLargest) co_return fail(STATUS_NOT_REGISTRY_FILE);
    OwnStore store = CO_TRY(OwnStore::create(by.payer));
    CO_TRY(store->set_size(size));
    for (size_t at = 0; at < size;) {
        size_t length = std::min(kPart, size - at);
        Ref<Irp> irp = CO_TRY(make(Major::Read, *file, length));
        irp->parameters.transfer = {static_cast<int64_t>(at), 0};
        status = co_await finish(by, irp);
        if (!NT_SUCCESS(status)) co_return fail(status);
        if (irp->information() == 0 || irp->information() > length) co_return fail(STATUS_REGISTRY_IO_FAILED);
        length = irp->information();
        auto take = [&]() -> Result<bool> {
            TRY(store->write(at, irp->data.span().first(length)));
            return true;
        };
        status = co_await by.in_slices(take, ke::FirstSlice::Paced);
        if (!NT_SUCCESS(status)) co_return fail(status);
        at += length;
    }
    co_return store;
}

ke::Task<NTSTATUS> write_hive_part(const Behalf& by, Ref<io::File> file, const Store& store, size_t from,
                                   size_t to) {
    while (from < to) {
        size_t length = std::min(kPart, to - from);
        Ref<Irp> irp = CO_TRY(make(Major::Write, *file, length));
        auto give = [&]() -> Result<bool> {
            store.read(from, irp->data.span());
            return true;
        };
        NTSTATUS status = co_await by.in_slices(give, ke::FirstSlice::Paced);
        if (!NT_SUCCESS(status)) co_return status;
        irp->parameters.transfer = {static_cast<int64_t>(from), 0};
        status = co_await finish(by, irp);
        if (!NT_SUCCESS(status)) co_return status;
        if (irp->information() != length) co_return STATUS_REGISTRY_IO_FAILED;
        from += length;
    }
    co_return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> set_hive_size(const Behalf& by, Ref<io::File> file, size_t size) {
    FILE_END_OF_FILE_INFORMATION end;
    end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
    co_return co_await finish(by, CO_TRY(make_setting(*file, FileEndOfFileInformation, end)));
}

ke::Task<NTSTATUS> delete_hive_file(const Behalf& by, Ref<io::File> file) {
    FILE_DISPOSITION_INFORMATION disposition{TRUE};
    co_return co_await finish(by, CO_TRY(make_setting(*file, FileDispositionInformation, disposition)));
}

ke::Task<NTSTATUS> rename_hive_file(const Behalf& by, Ref<io::File> file, String name) {
    Ref<Irp> irp = CO_TRY(make_setting(*file, FileRenameInformation, FILE_RENAME_INFORMATION{}));
    irp->name = std::move(name);
    co_return co_await finish(by, std::move(irp));
}

ke::Task<NTSTATUS> flush_hive_file(const Behalf& by, Ref<io::File> file) {
    Ref<Irp> irp = CO_TRY(make(Major::FlushBuffers, *file, 0));
    NTSTATUS status = co_await finish(by, irp);
    co_return status == STATUS_INVALID_DEVICE_REQUEST ? STATUS_SUCCESS : status;
}

}  // namespace services
