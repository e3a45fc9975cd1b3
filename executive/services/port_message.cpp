// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/port_message.hpp"

#include <string.h>

#include "executive/lpc/attributes.hpp"
#include "executive/ob/ob.hpp"

namespace services {

namespace {

using namespace base;

constexpr uint64_t kPage = ke::UserMemory::kPageBytes;

struct ObjectType {
    std::u16string_view name;
    ULONG code;
};
constexpr ObjectType kObjectTypes[] = {
    {u"File", OB_FILE_OBJECT_TYPE},           {u"Thread", OB_THREAD_OBJECT_TYPE},
    {u"Semaphore", OB_SEMAPHORE_OBJECT_TYPE}, {u"Event", OB_EVENT_OBJECT_TYPE},
    {u"Process", OB_PROCESS_OBJECT_TYPE},     {u"Mutant", OB_MUTANT_OBJECT_TYPE},
    {u"Section", OB_SECTION_OBJECT_TYPE},     {u"Key", OB_REG_KEY_OBJECT_TYPE},
    {u"Token", OB_TOKEN_OBJECT_TYPE},         {u"Job", OB_JOB_OBJECT_TYPE},
};

ULONG type_code(const ob::Type& type) {
    for (const ObjectType& one : kObjectTypes)
        if (type.view() == one.name) return one.code;
    return 0;
}

Result<lpc::Extras*> extras_of(lpc::Message& message) {
    if (!message.extras) message.extras = TRY(make_own<lpc::Extras>());
    return message.extras.get();
}

template <typename T>
Result<T> read_one(ke::Call& call, uint64_t list, ULONG allocated, ULONG which) {
    return call.read(ke::UserIn<T>(list + lpc::attribute_offset(allocated, which)));
}

// What a handle names, with no more than it grants.
Result<void> pass_handle(ke::Call& call, const ALPC_HANDLE_ATTR& given, lpc::Message& message) {
    constexpr ULONG kKnown = ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS | ALPC_HANDLEFLG_DUPLICATE_SAME_ATTRIBUTES |
                             ALPC_HANDLEFLG_DUPLICATE_INHERIT;
    if (given.Flags & ~kKnown) return fail(STATUS_INVALID_PARAMETER);
    ob::Resolved resolved = TRY(ob::resolve_any(call, given.Handle, 0));
    ULONG code = type_code(resolved.object->type());
    if (given.ObjectType && given.ObjectType != code) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    ACCESS_MASK access = resolved.granted;
    if (!(given.Flags & ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS)) {
        access = resolved.object->type().map(given.DesiredAccess);
        if (access & ~resolved.granted) return fail(STATUS_ACCESS_DENIED);
    }
    lpc::Extras& extras = *TRY(extras_of(message));
    extras.object = std::move(resolved.object);
    extras.access = access;
    extras.handle_flags = given.Flags;
    extras.object_type = code;
    return {};
}

Result<void> show_view(const ALPC_DATA_VIEW_ATTR& given, lpc::Port& port, lpc::Message& message) {
    lpc::Possession* view = port.find_view(reinterpret_cast<uint64_t>(given.ViewBase));
    if (!view || view->handle == 0) return fail(STATUS_INVALID_PARAMETER);
    if (given.ViewSize > view->size) return fail(STATUS_INVALID_VIEW_SIZE);
    lpc::Extras& extras = *TRY(extras_of(message));
    extras.section = view->section;
    extras.section_handle = view->handle;
    extras.view_offset = view->offset;
    extras.view_size = given.ViewSize ? given.ViewSize : view->size;
    extras.view_flags = given.Flags;
    return {};
}

Result<void> act_for(const ALPC_SECURITY_ATTR& given, lpc::Port& port, lpc::Message& message) {
    auto handle = reinterpret_cast<uint64_t>(given.ContextHandle);
    lpc::Possession* context = port.find(lpc::Possession::Kind::Security, handle);
    if (!context) return fail(STATUS_INVALID_HANDLE);
    lpc::Extras& extras = *TRY(extras_of(message));
    extras.security = context->token;
    extras.security_handle = handle;
    return {};
}

bool in_one_page(uint64_t address, size_t size) {
    return size <= kPage - address % kPage;
}

}  // namespace

Result<GivenMessage> read_message(ke::Call& call, uint64_t address, size_t longest) {
    GivenMessage given;
    const uint8_t* there = in_one_page(address, sizeof(PORT_MESSAGE))
                               ? call.memory().present(address, ke::Access::Read)
                               : nullptr;
    if (there) [[likely]]
        memcpy(&given.header, there, sizeof given.header);
    else
        TRY(call.memory().copy_in(&given.header, address, sizeof given.header));
    size_t total = given.header.u1.s1.TotalLength;
    size_t length = given.header.u1.s1.DataLength;
    if (total < sizeof(PORT_MESSAGE) || length > total - sizeof(PORT_MESSAGE))
        return fail(STATUS_INVALID_PARAMETER);
    if (total > longest) return fail(STATUS_PORT_MESSAGE_TOO_LONG);
    given.data = address + sizeof(PORT_MESSAGE);
    if (there && in_one_page(address, sizeof(PORT_MESSAGE) + length)) [[likely]]
        given.data_there = there + sizeof(PORT_MESSAGE);
    return given;
}

Result<void> read_data(ke::Call& call, const GivenMessage& given, lpc::Message& message) {
    size_t length = given.header.u1.s1.DataLength;
    if (given.data_there) [[likely]] {
        memcpy(message.data(), given.data_there, length);
        return {};
    }
    return call.memory().copy_in(message.data(), given.data, length);
}

Result<lpc::Held> capture_message(ke::Call& call, const GivenMessage& given) {
    lpc::Held message(TRY(lpc::Message::create(ps::current(call), given.header.u1.s1.DataLength)));
    TRY(read_data(call, given, *message));
    message->header.u1 = given.header.u1;
    message->header.u2.s2.DataInfoOffset = given.header.u2.s2.DataInfoOffset;
    return message;
}

Result<void> read_attributes(ke::Call& call, uint64_t address, lpc::Port& port, lpc::Message& message) {
    auto head = TRY(call.read(ke::UserIn<ALPC_MESSAGE_ATTRIBUTES>(address)));
    ULONG allocated = head.AllocatedAttributes;
    ULONG valid = head.ValidAttributes;
    constexpr ULONG kSent = ALPC_MESSAGE_SECURITY_ATTRIBUTE | ALPC_MESSAGE_VIEW_ATTRIBUTE |
                            ALPC_MESSAGE_CONTEXT_ATTRIBUTE | ALPC_MESSAGE_HANDLE_ATTRIBUTE;
    if (allocated & ~ALPC_MESSAGE_ATTRIBUTE_ALL || valid & ~allocated || valid & ~kSent)
        return fail(STATUS_INVALID_PARAMETER);
    if (valid & ALPC_MESSAGE_CONTEXT_ATTRIBUTE) {
        auto context =
            TRY(read_one<ALPC_CONTEXT_ATTR>(call, address, allocated, ALPC_MESSAGE_CONTEXT_ATTRIBUTE));
        bool server = port.kind() != lpc::Port::Kind::Client;
        message.message_context[server] = reinterpret_cast<uint64_t>(context.MessageContext);
    }
    if (valid & ALPC_MESSAGE_SECURITY_ATTRIBUTE)
        TRY(act_for(
            TRY(read_one<ALPC_SECURITY_ATTR>(call, address, allocated, ALPC_MESSAGE_SECURITY_ATTRIBUTE)),
            port, message));
    if (valid & ALPC_MESSAGE_VIEW_ATTRIBUTE)
        TRY(show_view(
            TRY(read_one<ALPC_DATA_VIEW_ATTR>(call, address, allocated, ALPC_MESSAGE_VIEW_ATTRIBUTE)), port,
            message));
    if (valid & ALPC_MESSAGE_HANDLE_ATTRIBUTE)
        TRY(pass_handle(
            call, TRY(read_one<ALPC_HANDLE_ATTR>(call, address, allocated, ALPC_MESSAGE_HANDLE_ATTRIBUTE)),
            message));
    return {};
}

void release_sent(ke::Call& call, uint64_t address, lpc::Port& port) {
    auto head = call.read(ke::UserIn<ALPC_MESSAGE_ATTRIBUTES>(address));
    if (!head || !(head->ValidAttributes & head->AllocatedAttributes & ALPC_MESSAGE_VIEW_ATTRIBUTE)) return;
    auto view =
        read_one<ALPC_DATA_VIEW_ATTR>(call, address, head->AllocatedAttributes, ALPC_MESSAGE_VIEW_ATTRIBUTE);
    if (!view || !(view->Flags & ALPC_VIEWFLG_UNMAP_EXISTING)) return;
    lpc::Possession* own = port.find_view(reinterpret_cast<uint64_t>(view->ViewBase));
    if (own) port.dispossess(*own);
}

Result<lpc::Place> read_place(ke::Call& call, lpc::Port& port, uint64_t buffer, uint64_t length,
                              uint64_t attributes) {
    lpc::Place place;
    place.buffer = buffer;
    place.capacity = port.longest();
    if (length) {
        uint64_t capacity = 0;
        TRY(call.memory().read_word(capacity, length));
        place.capacity = capacity < lpc::Message::kLongest ? capacity : lpc::Message::kLongest;
        place.length = ke::UserOut<SIZE_T>(length);
    }
    if (place.capacity < sizeof(PORT_MESSAGE)) return fail(STATUS_BUFFER_TOO_SMALL);
    // Nobody said how much of the buffer is there: what a message does not need may not be.
    size_t sure = length ? place.capacity : sizeof(PORT_MESSAGE);
    if (!in_one_page(buffer, sure) || !call.memory().present(buffer, ke::Access::Write)) [[unlikely]] {
        TRY(call.bring(buffer, sure, ke::Access::Write));
        TRY(call.memory().probe(buffer, sure, ke::Access::Write));
    }
    if (attributes) {
        auto head = TRY(call.read(ke::UserIn<ALPC_MESSAGE_ATTRIBUTES>(attributes)));
        if (head.AllocatedAttributes & ~ALPC_MESSAGE_ATTRIBUTE_ALL) return fail(STATUS_INVALID_PARAMETER);
        place.attributes = attributes;
        place.allocated = head.AllocatedAttributes;
        TRY(call.memory().probe(attributes, lpc::attributes_size(place.allocated), ke::Access::Write));
    }
    return place;
}

Result<lpc::Message*> find_received(ke::Call& call, lpc::Port& port, ke::UserIn<PORT_MESSAGE> address) {
    PORT_MESSAGE header = TRY(call.read(address));
    lpc::Message* message = port.pending(header.MessageId);
    if (!message) return fail(port.lpc_mode() ? STATUS_REPLY_MESSAGE_MISMATCH : STATUS_INVALID_MESSAGE);
    return message;
}

Result<ALPC_PORT_ATTRIBUTES> read_port_attributes(ke::Call& call, ke::UserIn<ALPC_PORT_ATTRIBUTES> in) {
    ALPC_PORT_ATTRIBUTES attributes{};
    attributes.SecurityQos = {sizeof(SECURITY_QUALITY_OF_SERVICE), SecurityImpersonation, TRUE, FALSE};
    attributes.MaxMessageLength = lpc::Message::kLongest;
    if (in.null()) return attributes;
    attributes = TRY(call.read(in));
    constexpr ULONG kKnown = 0x03ff0000;
    if (attributes.Flags & ~kKnown) return fail(STATUS_INVALID_PARAMETER);
    if (attributes.MaxMessageLength < sizeof(PORT_MESSAGE) ||
        attributes.MaxMessageLength > lpc::Message::kLongest)
        return fail(STATUS_INVALID_PARAMETER);
    const SECURITY_QUALITY_OF_SERVICE& quality = attributes.SecurityQos;
    if (static_cast<ULONG>(quality.ImpersonationLevel) > SecurityDelegation)
        return fail(STATUS_INVALID_PARAMETER);
    return attributes;
}

}  // namespace services
