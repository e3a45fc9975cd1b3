// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/notice.hpp"

#include "executive/ex/event.hpp"
#include "executive/ex/io_completion.hpp"
#include "executive/io/file.hpp"
#include "executive/ob/charge.hpp"
#include "executive/ob/handle.hpp"

namespace io {

Notice::Notice() = default;
Notice::~Notice() = default;

Result<void> Notice::prepare(ke::Call& call, const File& file, uint64_t status_block, HANDLE event,
                             PVOID apc_routine, PVOID apc_context) {
    status_block_ = status_block;
    context_ = reinterpret_cast<uint64_t>(apc_context);
    TRY(call.probe(ke::UserOut<IO_STATUS_BLOCK>(status_block)));
    if (apc_routine) {
        // Its end is told in one way: whoever has given the file a port takes packets.
        if (file.completion_port()) return fail(STATUS_INVALID_PARAMETER);
        apc_ = TRY(ob::ChargedApc::create(call.client()));
        apc_->routine = reinterpret_cast<uint64_t>(apc_routine);
        apc_->context = context_;
        apc_->argument1 = status_block;
        thread_ = &call.thread();
        thread_object_ = Ref<ob::Object>(call.thread().thread_object());
    } else if (context_ && !file.synchronous()) {
        packet_ = TRY(ex::IoPacketPlace::create(call.client()));
    }
    if (event) {
        event_ = TRY(ob::resolve<ex::Event>(call, event, EVENT_MODIFY_STATE));
        event_->clear();
    }
    return {};
}

bool Notice::wants_packet(const File& file, NTSTATUS status, When when) const {
    if (!packet_ || !file.completion_port()) return false;
    bool skip = file.notification_modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS;
    return !(skip && when == When::AtOnce && NT_SUCCESS(status));
}

void Notice::deliver(ke::Client* client, File& file, NTSTATUS status, uint64_t information, When when) {
    if (client && status_block_) {
        IO_STATUS_BLOCK block{};
        block.Status = status;
        block.Information = information;
        // It was writable when the request was made; a client that has changed that loses the answer.
        (void)client->memory().copy_out(status_block_, &block, sizeof block);
    }
    if (event_) event_->set();
    bool skip_file = file.notification_modes & FILE_SKIP_SET_EVENT_ON_HANDLE;
    if (file.synchronous() || (!event_ && !skip_file)) file.signal().set();
    if (!client) return;
    if (apc_) {
        thread_->queue_apc(std::move(apc_));
    } else if (wants_packet(file, status, when)) {
        file.completion_port()->post(std::move(packet_),
                                     {file.completion_key(), context_, status, information});
    }
}

}  // namespace io
