// SPDX-License-Identifier: GPL-3.0-only
//
// Lists of attributes and quotas that a client gives with a request: copied, so that what has been checked is
// what the device gets, and checked in slices.
#pragma once

#include "base/list_check.hpp"
#include "executive/io/irp.hpp"
#include "executive/ke/call.hpp"

namespace services {

// Copies a list, which becomes the request's input. STATUS_INVALID_PARAMETER: it has more than 64 KiB, which
// no file system keeps for a file. STATUS_ACCESS_VIOLATION, STATUS_QUOTA_EXCEEDED.
base::Result<void> take_list(ke::Call& call, io::Irp& irp, ke::UserInBuffer list);
// Only the bytes.
base::Result<base::Vector<uint8_t>> copy_list(ke::Call& call, ke::UserInBuffer list);

inline constexpr uint64_t kNothingWrong = ~uint64_t{0};
// The offset of the first entry that is wrong, or kNothingWrong. STATUS_THREAD_IS_TERMINATING. The bytes live
// meanwhile.
ke::Task<base::Result<uint64_t>> check_list(ke::Call& call, base::ListKind kind,
                                            std::span<const uint8_t> list);
// STATUS_EA_LIST_INCONSISTENT or STATUS_QUOTA_LIST_INCONSISTENT, with the offset in the status block.
NTSTATUS list_is_wrong(ke::Call& call, base::ListKind kind, uint64_t offset,
                       ke::UserOut<IO_STATUS_BLOCK> status_block);

}  // namespace services
