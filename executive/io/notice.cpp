// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/notice.hpp"

#include "executive/ex/event.hpp"
#include "executive/ex/io_completion.hpp"
#include "executive/io/file.hpp"
#include "executive/ob/handle.hpp"

namespace io {

Notice::Notice() = default;
Notice::Notice(Notice&&) noexcept = default;
Notice& Notice::operator=(Notice&&) noexcept = default;
Notice::~Notice() = default;

Result<Notice> Notice::create(ke::Call& call, uint64_t status_block, HANDLE event, uint64_t apc_routine,
                              uint64_t apc_context) {
    Notice notice;
    notice.status_block_ = status_block;
    notice.context_ = apc_context;
    TRY(call.probe(ke::UserOut<IO_STATUS_BLOCK>(status_block)));
    if (event) {
        notice.event_ = TRY(ob::resolve<ex::Event>(call, event, EVENT_MODIFY_STATE));
        notice.event_->clear();
    }
    if (apc_routine) {
        notice.apc_ = TRY(make_own<ke::Apc>());
        notice.apc_->routine = apc_routine;
        notice.apc_->context = apc_context;
        notice.apc_->argument1 = status_block;
        notice.thread_ = &call.thread();
        notice.thread_object_ = Ref<ob::Object>(call.thread().thread_object());
    }
    return notice;
}

void Notice::deliver(ke::Client* client, File& file, NTSTATUS status, uint64_t information) {
    if (client && status_block_) {
        IO_STATUS_BLOCK block{};
        block.Status = status;
        block.Information = information;
        // It was writable when the request was made; a client that has changed that loses the answer.
        (void)client->memory().copy_out(status_block_, &block, sizeof block);
    }
    if (event_) event_->set();
    if (!event_ || file.synchronous()) file.signal().set();
    if (apc_ && client) {
        thread_->queue_apc(std::move(apc_));
    } else if (file.completion_port() && context_ && client) {
        (void)file.completion_port()->post({file.completion_key(), context_, status, information});
    }
}

}  // namespace io
