// SPDX-License-Identifier: GPL-3.0-only
#include "executive/lpc/port.hpp"

#include "executive/ke/remains.hpp"

namespace lpc {

const ob::Type Port::kType{
    u"ALPC Port",
    {STANDARD_RIGHTS_READ | PORT_CONNECT, STANDARD_RIGHTS_WRITE | DELETE, 0, PORT_ALL_ACCESS},
    PORT_ALL_ACCESS};

Port::Port(Kind kind, ps::Process& owner, const ALPC_PORT_ATTRIBUTES& attributes, bool lpc_mode)
    : Object(kType), kind_(kind), lpc_mode_(lpc_mode), attributes_(attributes), owner_(owner) {
    set_extra_charge(sizeof(Port) - kBaseCharge);
}

Result<Ref<Port>> Port::create(Kind kind, ps::Process& owner, const ALPC_PORT_ATTRIBUTES& attributes,
                               bool lpc_mode) {
    return make_ref<Port>(kind, owner, attributes, lpc_mode);
}

Port::~Port() {
    // Nobody had a handle to it, or it was closed.
    ASSERT(queue_.empty() && pending_.empty() && possessions_.empty());
    leave_listener();
    if (connection_ && connection_->client_ == this) connection_->client_ = nullptr;
    if (connection_ && connection_->server_ == this) connection_->server_ = nullptr;
}

void Port::set_connection(Ref<Connection> connection) {
    const Port* other = kind_ == Kind::Client ? &connection->listener() : connection->client();
    if (other && other->lpc_mode()) limit_ = other->longest();
    connection_ = std::move(connection);
    if (kind_ != Kind::Server) return;
    serves_ = true;
    ++source().servers_;
}

void Port::leave_listener() {
    if (!std::exchange(serves_, false)) return;
    --source().servers_;
    if (source().unattended()) source().closing_.begin_later();
}

Result<Port*> Port::target() {
    if (kind_ == Kind::Listening || !connection_) return fail(STATUS_INVALID_PORT_HANDLE);
    if (connection_->state() != Connection::State::Open) return fail(STATUS_PORT_DISCONNECTED);
    Port* other = kind_ == Kind::Client ? &connection_->listener() : connection_->client();
    if (!other) return fail(STATUS_PORT_DISCONNECTED);
    return other;
}

void Port::put(Message& message) {
    if (Receive* receive = receivers_.front()) return receive->take(message);
    if (unattended()) [[unlikely]]
        return message.discard();
    queue_.push_back(message);
    wake();
    if (listener_) listener_->tell();
}

void Port::put_back(Message& message) {
    if (message.canceled || unattended()) return message.discard();
    if (Receive* receive = receivers_.front()) return receive->take(message);
    Message* first = queue_.front();
    first ? queue_.insert_before(*first, message) : queue_.push_back(message);
    wake();
    if (listener_) listener_->tell();
}

void Port::received(Message& message) {
    message.ListLink<PlaceTag>::unlink();
    if (!message.wants_answer() || message.canceled || unattended()) return message.discard();
    message.pending_at = this;
    pending_.push_back(message);
}

Message* Port::pending(uint32_t id) {
    Message* message = Message::find(id);
    if (!message || message->pending_at != &source()) return nullptr;
    // One that was pending at a client's port which is no more names nothing.
    if (kind_ == Kind::Client && !(message->connection == connection_)) return nullptr;
    return message;
}

void Port::give_up(Message& message) {
    message.canceled = true;
    // It is being received at this moment.
    if (message.held) return;
    Port* at = message.pending_at;
    bool over = !message.connection || message.connection->state() == Connection::State::Ended;
    if (!at || over || at->lpc_mode()) return message.discard();
    message.canceled = false;
    message.extras.reset();
    // Who has it learns of it by the same message.
    message.pending_at = nullptr;
    message.ListLink<PlaceTag>::unlink();
    message.header.u2.s2.Type = LPC_CANCELED;
    message.header.u1.s1.DataLength = 0;
    message.header.u1.s1.TotalLength = sizeof(PORT_MESSAGE);
    at->put(message);
}

bool Port::signaled(const ke::Thread&) const {
    return !queue_.empty();
}

Result<Possession*> Port::possess(Possession::Kind kind, ke::Client& payer) {
    if (possession_count_ >= kMostPossessions) return fail(STATUS_QUOTA_EXCEEDED);
    ob::Charge charge = TRY(ob::Charge::take(payer, sizeof(Possession)));
    auto possession = TRY(make_own<Possession>());
    possession->kind = kind;
    possession->charge = std::move(charge);
    possession->handle = next_handle_ += 0x10;
    ++possession_count_;
    possessions_.push_back(*possession);
    return possession.leak();
}

Possession* Port::find(Possession::Kind kind, uint64_t handle) {
    for (Possession& possession : possessions_)
        if (possession.kind == kind && possession.handle == handle) return &possession;
    return nullptr;
}

Possession* Port::find_view(uint64_t base) {
    for (Possession& possession : possessions_)
        if (possession.kind == Possession::Kind::View && possession.base == base) return &possession;
    return nullptr;
}

Possession* Port::find_shown_by(const Connection& connection) {
    for (Possession& possession : possessions_)
        if (possession.shown_by == &connection) return &possession;
    return nullptr;
}

void Port::dispossess(Possession& possession) {
    if (possession.kind == Possession::Kind::View) {
        auto space = possession.process->live_space();
        uint64_t base = 0;
        if (possession.section && space &&
            (*space)->section_at(possession.base, base) == possession.section.get() &&
            base == possession.base)
            (*space)->discard(base);
    }
    --possession_count_;
    delete &possession;
}

void Port::close() {
    closed_ = true;
    closing_.begin();
}

void Port::Closing::begin() {
    self_ = Ref<Port>(port_);
    if (!linked() && !slice()) ke::Pacer::instance().add(*this);
}

void Port::Closing::begin_later() {
    self_ = Ref<Port>(port_);
    if (!linked()) ke::Pacer::instance().add(*this);
}

bool Port::Closing::slice() {
    ke::Slice slice;
    if (!let_go(slice)) return false;
    port_.leave_listener();
    if (port_.unattended()) {
        if (!end_messages(slice)) return false;
        port_.listener_.reset();
        port_.owner_.reset();
    }
    Ref<Port> self = std::move(self_);
    return true;
}

// Whoever asks for a connection, its own, and what its owner made in it. False: some are left.
bool Port::Closing::let_go(ke::Slice& slice) {
    while (Connection* connection = port_.requests_.front()) {
        if (slice.over()) return false;
        connection->unlink();
        Ref<Connection>(*connection)->end(STATUS_PORT_CONNECTION_REFUSED);
    }
    if (port_.connection_) port_.connection_->end(STATUS_PORT_DISCONNECTED);
    // What a client has shown lies at the listening port, by which it came, and goes with the server's for
    // it.
    Port* shown_at = port_.kind_ == Kind::Server ? &port_.source() : nullptr;
    while (Possession* view = shown_at ? shown_at->find_shown_by(*port_.connection_) : nullptr) {
        if (slice.over()) return false;
        shown_at->dispossess(*view);
    }
    while (Possession* possession = port_.possessions_.front()) {
        if (slice.over()) return false;
        port_.dispossess(*possession);
    }
    return true;
}

bool Port::Closing::end_messages(ke::Slice& slice) {
    while (Receive* receive = port_.receivers_.front()) {
        if (slice.over()) return false;
        receive->end(STATUS_PORT_CLOSED);
    }
    for (auto* messages : {&port_.queue_, &port_.pending_}) {
        while (Message* message = messages->front()) {
            if (slice.over()) return false;
            message->discard();
        }
    }
    return true;
}

Connection::Connection(Port& listener, Port& client)
    : client_process(client.owner_), listener_(listener), client_(&client) {}

Connection::~Connection() {
    ASSERT(messages_.empty());
}

void Connection::accept(Port& server) {
    ASSERT(state_ == State::Asked);
    ListLink<RequestTag>::unlink();
    server_ = &server;
    server_process = server.owner_;
    state_ = State::Accepted;
}

void Connection::open() {
    state_ = State::Open;
    settled_.set();
}

void Connection::end(NTSTATUS status, bool server_knows) {
    if (state_ == State::Ended) return;
    bool was_open = state_ == State::Open;
    ListLink<RequestTag>::unlink();
    state_ = State::Ended;
    refusal_ = status;
    settled_.set();
    if (was_open && !server_knows && server_ && !server_->closed() && farewell_) {
        farewell_->message_context[1] = server_context;
        listener_->put(*farewell_.leak());
    }
    ending_.begin();
}

void Connection::Ending::begin() {
    self_ = Ref<Connection>(connection_);
    if (!slice()) ke::Pacer::instance().add(*this);
}

// A message that the connection's end leaves alone has nothing to do with it any more.
bool Connection::withdraw(Message& message) {
    if (Receive* receive = message.awaiting) {
        receive->end(STATUS_PORT_DISCONNECTED);
        return true;
    }
    if (message.held && message.type() != LPC_REPLY) message.canceled = true;
    bool stays = message.held || (!message.from_server && !message.pending() && !listener_->closed() &&
                                  message.type() == LPC_DATAGRAM);
    if (!stays) return false;
    message.message_context[1] = server_context;
    message.ListLink<ConnectionTag>::unlink();
    message.connection.reset();
    return true;
}

bool Connection::Ending::slice() {
    ke::Slice slice;
    Connection& connection = connection_;
    while (Message* message = connection.messages_.front()) {
        if (slice.over()) return false;
        message->ListLink<ConnectionTag>::unlink();
        if (!connection.withdraw(*message)) message->discard();
    }
    if (Port* client = connection.client_) {
        while (Receive* receive = client->receivers_.front()) {
            if (slice.over()) return false;
            receive->end(connection.refusal_);
        }
        client->wake();
        if (client->listener_) client->listener_->tell();
    }
    for (PortView& view : connection.views) {
        auto space = view.process ? view.process->live_space() : fail(STATUS_NOT_FOUND);
        uint64_t base = 0;
        if (view.section && space && (*space)->section_at(view.base, base) == view.section.get() &&
            base == view.base)
            (*space)->discard(base);
    }
    connection.views = {};
    connection.farewell_ = Held();
    Ref<Connection> self = std::move(self_);
    return true;
}

}  // namespace lpc
