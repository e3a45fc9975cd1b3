// SPDX-License-Identifier: GPL-3.0-only
//
// How a message is written into its receiver's memory.
#include <string.h>

#include "executive/lpc/attributes.hpp"
#include "executive/lpc/port.hpp"

namespace lpc {

namespace {

// An attribute list as it is being written.
class AttributeList {
public:
    AttributeList(ke::UserMemory& memory, const Place& place) : memory_(memory), place_(place) {}
    bool has_room(ULONG which) const { return place_.allocated & which; }
    template <typename T>
    Result<void> put(ULONG which, const T& value) {
        TRY(memory_.copy_out(place_.attributes + attribute_offset(place_.allocated, which), &value,
                             sizeof value));
        valid_ |= which;
        return {};
    }
    Result<void> finish() {
        return memory_.copy_out(place_.attributes + offsetof(ALPC_MESSAGE_ATTRIBUTES, ValidAttributes),
                                &valid_, sizeof valid_);
    }

private:
    ke::UserMemory& memory_;
    const Place& place_;
    ULONG valid_ = 0;
};

// The port by which the receiver sees the message, for what it lets in.
const Port* receiving_port(const Message& message) {
    const Connection* connection = message.connection.get();
    if (!connection) return nullptr;
    if (message.from_server) return connection->client();
    return connection->server() ? connection->server() : &connection->listener();
}

ALPC_CONTEXT_ATTR context_of(const Message& message) {
    ALPC_CONTEXT_ATTR context{};
    context.PortContext = reinterpret_cast<PVOID>(message.message_context[1]);
    if (Connection* connection = message.connection.get()) {
        Port* receiver = message.from_server ? connection->client() : connection->server();
        uint64_t port = message.from_server ? (receiver ? receiver->context : 0) : connection->server_context;
        context.PortContext = reinterpret_cast<PVOID>(port);
        if (receiver) context.Sequence = ++receiver->sequence;
    }
    if (message.connection)
        context.MessageContext = reinterpret_cast<PVOID>(message.message_context[!message.from_server]);
    context.MessageId = message.header.MessageId;
    context.CallbackId = message.header.CallbackId;
    return context;
}

uint64_t number_of(const LUID& luid) {
    return uint64_t{static_cast<uint32_t>(luid.HighPart)} << 32 | luid.LowPart;
}

Result<void> put_token(AttributeList& list, const Message& message) {
    if (!list.has_room(ALPC_MESSAGE_TOKEN_ATTRIBUTE) || !message.sender) return {};
    const Ref<se::Token>& worn = message.sender->impersonation_token();
    const Ref<se::Token>& token = worn ? worn : message.sender->process().primary_token();
    if (!token) return {};
    return list.put(ALPC_MESSAGE_TOKEN_ATTRIBUTE,
                    ALPC_TOKEN_ATTR{number_of(token->id()), number_of(token->content().logon),
                                    number_of(token->modified_id())});
}

Result<void> put_handle(AttributeList& list, ps::Process& process, Message& message) {
    Extras& extras = *message.extras;
    const Port* port = receiving_port(message);
    bool lets_in = port && port->attributes().Flags & ALPC_PORFLG_ALLOW_DUP_OBJECT &&
                   port->attributes().DupObjectTypes & extras.object_type;
    if (!list.has_room(ALPC_MESSAGE_HANDLE_ATTRIBUTE) || !extras.object || !lets_in) return {};
    ULONG attributes = extras.handle_flags & ALPC_HANDLEFLG_DUPLICATE_INHERIT ? OBJ_INHERIT : 0;
    auto handle = process.handles().insert(extras.object, extras.access, attributes);
    // Without room for it the message comes without.
    if (!handle) return {};
    Result<void> put = list.put(ALPC_MESSAGE_HANDLE_ATTRIBUTE,
                                ALPC_HANDLE_ATTR{0, *handle, extras.object_type, extras.access});
    if (!put) process.handles().undo_insert(*handle);
    return put;
}

// It goes with the port that it came by, if the receiver does not let it go before.
Result<void> put_view(AttributeList& list, ps::Process& process, Message& message) {
    const Extras& extras = *message.extras;
    if (!list.has_room(ALPC_MESSAGE_VIEW_ATTRIBUTE) || !extras.section || !message.connection) return {};
    Port* at = message.from_server ? message.connection->client() : &message.connection->listener();
    auto space = process.live_space();
    if (!space || !at || at->closed()) return {};
    auto possession = at->possess(Possession::Kind::View, process);
    if (!possession) return {};
    Possession& view = **possession;
    view.process = Ref<ps::Process>(process);
    ULONG protection = extras.section->may_be_viewed(PAGE_READWRITE) ? PAGE_READWRITE : PAGE_READONLY;
    auto shown = (*space)->map(*extras.section, 0, extras.view_offset, extras.view_size, 0, protection);
    if (!shown) return at->dispossess(view), Result<void>();
    view.section = extras.section;
    view.base = shown->base;
    if (!message.from_server && message.connection->server()) view.shown_by = message.connection.get();
    view.size = extras.view_size;
    Result<void> put = list.put(ALPC_MESSAGE_VIEW_ATTRIBUTE,
                                ALPC_DATA_VIEW_ATTR{0, reinterpret_cast<HANDLE>(extras.section_handle),
                                                    reinterpret_cast<PVOID>(shown->base), extras.view_size});
    if (!put) at->dispossess(view);
    return put;
}

Result<void> put_attributes(ps::Thread& thread, const Place& place, Message& message) {
    AttributeList list(thread.client().memory(), place);
    if (list.has_room(ALPC_MESSAGE_CONTEXT_ATTRIBUTE))
        TRY(list.put(ALPC_MESSAGE_CONTEXT_ATTRIBUTE, context_of(message)));
    TRY(put_token(list, message));
    if (message.extras) {
        if (list.has_room(ALPC_MESSAGE_SECURITY_ATTRIBUTE) && message.extras->security)
            TRY(list.put(
                ALPC_MESSAGE_SECURITY_ATTRIBUTE,
                ALPC_SECURITY_ATTR{0, nullptr, reinterpret_cast<HANDLE>(message.extras->security_handle)}));
        TRY(put_view(list, thread.process(), message));
        TRY(put_handle(list, thread.process(), message));
    }
    return list.finish();
}

}  // namespace

NTSTATUS deliver(ps::Thread& thread, const Place& place, Message& message) {
    ke::UserMemory& memory = thread.client().memory();
    size_t total = message.total();
    if (!place.length.null()) TRY(memory.write_word(place.length.address(), total));
    if (total > place.capacity) return STATUS_BUFFER_TOO_SMALL;
    bool in_one_page = total <= ke::UserMemory::kPageBytes - place.buffer % ke::UserMemory::kPageBytes;
    uint8_t* there = in_one_page ? memory.present(place.buffer, ke::Access::Write) : nullptr;
    if (there) [[likely]] {
        memcpy(there, &message.header, sizeof message.header);
        memcpy(there + sizeof message.header, message.data(), message.length());
    } else {
        TRY(memory.copy_out(place.buffer, &message.header, sizeof message.header));
        TRY(memory.copy_out(place.buffer + sizeof message.header, message.data(), message.length()));
    }
    if (!place.context.null()) {
        uint64_t context =
            message.connection ? message.connection->server_context : message.message_context[1];
        TRY(memory.write_word(place.context.address(), context));
    }
    if (place.attributes) [[unlikely]]
        TRY(put_attributes(thread, place, message));
    return STATUS_SUCCESS;
}

}  // namespace lpc
