// SPDX-License-Identifier: GPL-3.0-only
//
// The way every file service goes: from a request that has been decoded to the answer for the client.
#pragma once

#include "executive/io/file.hpp"

namespace io {

// The offset of a Read or Write that means "at the file's position".
inline constexpr int64_t kAtPosition = -2;
inline constexpr int64_t kAtEnd = -1;

// Starts a decoded request, its notice prepared, and waits for it as the file's mode says: STATUS_PENDING
// when an asynchronous file's request goes on.
Task<NTSTATUS> perform(ke::Call& call, Ref<Irp> irp);
// Waits in any case and writes the status block: the services that are always synchronous.
Task<NTSTATUS> perform_synchronously(ke::Call& call, Ref<Irp> irp, ke::UserOut<IO_STATUS_BLOCK> status_block);
// An answer that needs no waiting.
Task<NTSTATUS> answer(NTSTATUS status);

}  // namespace io
