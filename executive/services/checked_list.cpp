// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/checked_list.hpp"

#include "executive/ke/in_slices.hpp"

using namespace base;

namespace services {

namespace {

constexpr size_t kLongest = 64 << 10;
// Entries between two looks at the clock.
constexpr unsigned kFew = 16;

}  // namespace

Result<Vector<uint8_t>> copy_list(ke::Call& call, ke::UserInBuffer list) {
    if (list.length > kLongest) return fail(STATUS_INVALID_PARAMETER);
    TRY(call.bring(list.address, list.length, ke::Access::Read));
    Vector<uint8_t> bytes;
    TRY(bytes.resize(list.length));
    TRY(call.memory().copy_in(bytes.data(), list.address, list.length));
    return bytes;
}

Result<void> take_list(ke::Call& call, io::Irp& irp, ke::UserInBuffer list) {
    TRY(irp.set_data(TRY(copy_list(call, list))));
    irp.input = io::IrpBuffer::executive(irp.data.span());
    return {};
}

ke::Task<Result<uint64_t>> check_list(ke::Call& call, base::ListKind kind, std::span<const uint8_t> list) {
    base::ListCheck check(kind, list);
    auto step = [&check]() -> Result<bool> {
        for (ke::Slice slice; !check.go_on(kFew);)
            if (slice.over()) return false;
        return true;
    };
    NTSTATUS status = co_await ke::in_slices(call.thread(), step);
    if (status != STATUS_SUCCESS) co_return fail(status);
    co_return check.good() ? kNothingWrong : uint64_t{check.wrong_at()};
}

NTSTATUS list_is_wrong(ke::Call& call, base::ListKind kind, uint64_t offset,
                       ke::UserOut<IO_STATUS_BLOCK> status_block) {
    bool quotas = kind == base::ListKind::Quotas || kind == base::ListKind::QuotaSids;
    IO_STATUS_BLOCK block{};
    block.Status = quotas ? STATUS_QUOTA_LIST_INCONSISTENT : STATUS_EA_LIST_INCONSISTENT;
    block.Information = offset;
    TRY(call.write(status_block, block));
    return block.Status;
}

}  // namespace services
