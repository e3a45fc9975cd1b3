// SPDX-License-Identifier: GPL-3.0-only
//
// The way every file service goes: from a request that has been decoded to the answer for the client.
#pragma once

#include "executive/io/file.hpp"

namespace services {

// Starts a decoded request, its notice prepared, and waits for it as the file's mode says: STATUS_PENDING
// when an asynchronous file's request goes on.
ke::Task<NTSTATUS> perform(ke::Call& call, base::Ref<io::Irp> irp);
// Waits in any case and writes the status block: the services that are always synchronous.
ke::Task<NTSTATUS> perform_synchronously(ke::Call& call, base::Ref<io::Irp> irp,
                                         ke::UserOut<IO_STATUS_BLOCK> status_block);
// An answer that needs no waiting.
ke::Task<NTSTATUS> answer(NTSTATUS status);

}  // namespace services
