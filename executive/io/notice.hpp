// SPDX-License-Identifier: GPL-3.0-only
//
// How a client hears that an I/O request is complete: the status block in its memory, an event or the file
// itself signalled, an APC, a packet in a completion port. All memory is taken when the request is made, so
// telling cannot fail.
#pragma once

#include "abi/nt/ntioapi.h"
#include "executive/ke/ke.hpp"
#include "executive/ob/object.hpp"

namespace ex {
class Event;
}

namespace io {

class File;

class Notice {
public:
    Notice();
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;
    ~Notice();

    // Resets the event. `event` null: the file is signalled. REQUIRES: fresh.
    Result<void> prepare(ke::Call& call, uint64_t status_block, HANDLE event, PVOID apc_routine,
                         PVOID apc_context);
    uint64_t status_block() const { return status_block_; }
    // `client` null: it is gone, only the Executive's own objects are signalled.
    void deliver(ke::Client* client, File& file, NTSTATUS status, uint64_t information);

private:
    uint64_t status_block_ = 0;
    uint64_t context_ = 0;
    Ref<ex::Event> event_;
    Own<ke::Apc> apc_;
    Ref<ob::Object> thread_object_;
    ke::Thread* thread_ = nullptr;
};

}  // namespace io
