// SPDX-License-Identifier: GPL-3.0-only
//
// How a client hears that an I/O request is complete: the status block in its memory, an event or the file
// itself signalled, an APC, a packet in a completion port. All memory is taken when the request is made, so
// telling cannot fail. What FILE_SKIP_* of the file says is left out.
#pragma once

#include "abi/nt/ntioapi.h"
#include "executive/ke/ke.hpp"
#include "executive/ob/object.hpp"

namespace ex {
class Event;
struct IoPacketPlace;
}  // namespace ex

namespace io {

class File;

class Notice {
public:
    Notice();
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;
    ~Notice();

    // Resets the event. `event` null: the file is signalled. REQUIRES: fresh.
    Result<void> prepare(ke::Call& call, const File& file, uint64_t status_block, HANDLE event,
                         PVOID apc_routine, PVOID apc_context);
    uint64_t status_block() const { return status_block_; }
    // For a request that is never told this way, by which it can be cancelled all the same.
    void name_status_block(uint64_t address) { status_block_ = address; }
    // The service's own answer tells it as well, or did not yet.
    enum class When : uint8_t { AtOnce, Later };
    // `client` null: it is gone, only the Executive's own objects are signalled.
    void deliver(ke::Client* client, File& file, NTSTATUS status, uint64_t information, When when);

private:
    bool wants_packet(const File& file, NTSTATUS status, When when) const;

    uint64_t status_block_ = 0;
    uint64_t context_ = 0;
    Ref<ex::Event> event_;
    Own<ke::Apc> apc_;
    Own<ex::IoPacketPlace> packet_;  // of an asynchronous request with a context
    Ref<ob::Object> thread_object_;
    ke::Thread* thread_ = nullptr;
};

}  // namespace io
