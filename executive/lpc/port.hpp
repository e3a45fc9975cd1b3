// SPDX-License-Identifier: GPL-3.0-only
//
// Ports. A listening port has a name; a connection joins a client's port and one of the server's, which the
// server gets for each client that it accepts. What clients send arrives at the listening port, what servers
// send at the client's; whoever receives by a server's port receives what is for the listening one. LPC and
// ALPC are two faces of this.
#pragma once

#include "executive/ke/pacer.hpp"
#include "executive/lpc/message.hpp"
#include "executive/lpc/receive.hpp"

namespace lpc {

class Port;

// A view that the connection of two LPC ports made in a process.
struct PortView {
    Ref<ps::Process> process;
    Ref<mm::Section> section;
    uint64_t base = 0;
};

class Connection final : public RefCounted, public ListLink<struct RequestTag> {
public:
    enum class State : uint8_t { Asked, Accepted, Open, Ended };

    Connection(Port& listener, Port& client);

    State state() const { return state_; }
    Port& listener() const { return *listener_; }
    Port* client() const { return client_; }
    Port* server() const { return server_; }
    // What a client waits on: signalled when it is open or ended.
    ke::Latch& settled() { return settled_; }
    // Why it ended.
    NTSTATUS refusal() const { return refusal_; }
    uint64_t server_context = 0;
    bool async = false;  // its client did not wait for the answer: it comes as a message

    // The server's port for it. REQUIRES: Asked.
    void accept(Port& server);
    // REQUIRES: Accepted.
    void open();
    // Ends it for both, in slices: waits for answers end, nothing arrives any more.
    void end(NTSTATUS status, bool server_knows = false);
    // The server is told then that its client is gone.
    void set_farewell(Held message) { farewell_ = std::move(message); }
    void add(Message& message) { messages_.push_back(message); }
    // Which lie in both processes until it ends.
    Vector<PortView> views;
    // What the server says to the client that it accepts, and of its view.
    Held answer;
    REMOTE_PORT_VIEW server_view = {};
    uint64_t client_view_at_server = 0;
    PORT_VIEW client_view = {};
    Ref<mm::Section> client_section;
    Ref<se::Token> client_token;  // where the client is seen as it was
    Ref<ps::Process> client_process;
    Ref<ps::Process> server_process;

private:
    friend class Port;
    ~Connection() override;
    class Ending final : public ke::PacedWork {
    public:
        explicit Ending(Connection& connection) : connection_(connection) {}
        bool slice() override;
        void begin();

    private:
        Connection& connection_;
        Ref<Connection> self_;
    };
    bool withdraw(Message& message);

    Ref<Port> listener_;
    Port* client_;
    Port* server_ = nullptr;
    State state_ = State::Asked;
    NTSTATUS refusal_ = STATUS_PORT_DISCONNECTED;
    ke::Latch settled_;
    Held farewell_;
    List<Message, ConnectionTag> messages_;
    Ending ending_{*this};
};

// What a port's owner made in it to send: sections, security contexts, reserves.
struct Possession : ListLink<struct PossessionTag> {
    enum class Kind : uint8_t { Section, Security, Reserve, View };
    Kind kind = Kind::Section;
    uint64_t handle = 0;
    Ref<mm::Section> section;
    Ref<se::Token> token;
    Ref<ps::Process> process;
    // The connection by which it was shown, of a view from a client at the listening port.
    const Connection* shown_by = nullptr;
    uint64_t base = 0;    // of a view
    uint64_t offset = 0;  // of it, in its section
    uint64_t size = 0;    // bytes
    ob::Charge charge;
};

class Port final : public ob::Object, public ke::Waitable {
public:
    static const ob::Type kType;
    enum class Kind : uint8_t { Listening, Client, Server };
    // Who is told when messages have come.
    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void tell() = 0;
    };

    static Result<Ref<Port>> create(Kind kind, ps::Process& owner, const ALPC_PORT_ATTRIBUTES& attributes,
                                    bool lpc_mode);

    Kind kind() const { return kind_; }
    bool lpc_mode() const { return lpc_mode_; }
    // Null when nobody receives by it any more: its name must not keep its process.
    ps::Process* owner() const { return owner_.get(); }
    const ALPC_PORT_ATTRIBUTES& attributes() const { return attributes_; }
    void set_attributes(const ALPC_PORT_ATTRIBUTES& attributes) { attributes_ = attributes; }
    // Bytes, header included, of what its owner sends; an LPC port at the other end has room for no more than
    // it says.
    size_t longest() const {
        return attributes_.MaxMessageLength < limit_ ? attributes_.MaxMessageLength : limit_;
    }
    // Of an LPC connection's request, without the header.
    size_t longest_request = 0;
    uint32_t sequence = 0;
    // What its owner calls it.
    uint64_t context = 0;
    bool closed() const { return closed_; }
    // Nobody receives what is for it any more: nothing lies at it, so that what a message carries cannot keep
    // the port that the message lies at.
    bool unattended() const { return closed_ && servers_ == 0; }
    const Ref<Connection>& connection() const { return connection_; }
    void set_connection(Ref<Connection> connection);
    // Where what is for its owner arrives.
    Port& source() { return kind_ == Kind::Server ? connection_->listener() : *this; }
    // Where what its owner sends goes. STATUS_PORT_DISCONNECTED; STATUS_INVALID_PORT_HANDLE for a listening
    // port.
    Result<Port*> target();
    void set_listener(Own<Listener> listener) { listener_ = std::move(listener); }
    bool has_listener() const { return static_cast<bool>(listener_); }

    // A message has come.
    void put(Message& message);
    // One that could not be received is the next again.
    void put_back(Message& message);
    // The next message, or null.
    Message* front() { return queue_.front(); }
    // Off its queue: what it wants an answer to is pending here now, else it is done with.
    void received(Message& message);
    // Nobody waits for the answer to this message of its owner's any more: it is withdrawn, or who has
    // received it is told.
    void give_up(Message& message);
    // The message of this number that is to be answered by the owner of this port, or null.
    Message* pending(uint32_t id);
    void add(Receive& receive) { receivers_.push_back(receive); }
    // A request to connect. REQUIRES: not closed.
    void add(Connection& connection) { requests_.push_back(connection); }

    // --- what its owner made in it
    Result<Possession*> possess(Possession::Kind kind, ke::Client& payer);
    Possession* find(Possession::Kind kind, uint64_t handle);
    Possession* find_view(uint64_t base);
    Possession* find_shown_by(const Connection& connection);
    static constexpr uint32_t kMostPossessions = 1024;
    void dispossess(Possession& possession);

    ke::Waitable* waitable() override {
        return attributes_.Flags & ALPC_PORFLG_WAITABLE_PORT ? this : nullptr;
    }
    bool signaled(const ke::Thread&) const override;
    bool keeps_state() const override { return true; }
    // A permanent one keeps its name, by which nobody finds a server any more.
    void last_handle_closed() override { close(); }
    // For one that gets no handle.
    void close();

private:
    friend class Connection;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Port(Kind kind, ps::Process& owner, const ALPC_PORT_ATTRIBUTES& attributes, bool lpc_mode);
    ~Port() override;
    // Refuses who wants to connect, ends what is not to go on.
    class Closing final : public ke::PacedWork {
    public:
        explicit Closing(Port& port) : port_(port) {}
        bool slice() override;
        void begin();
        void begin_later();

    private:
        bool let_go(ke::Slice& slice);
        bool end_messages(ke::Slice& slice);

        Port& port_;
        Ref<Port> self_;
    };

    // A server's port: by it nobody receives any more.
    void leave_listener();

    const Kind kind_;
    const bool lpc_mode_;
    bool closed_ = false;
    bool serves_ = false;   // a server's port, which counts at the listening one
    uint32_t servers_ = 0;  // by which what is for this listening port is received
    uint32_t possession_count_ = 0;
    uint64_t next_handle_ = 0;
    size_t limit_ = Message::kLongest;
    ALPC_PORT_ATTRIBUTES attributes_;
    Ref<ps::Process> owner_;
    Ref<Connection> connection_;
    Own<Listener> listener_;
    List<Message, PlaceTag> queue_;
    List<Message, PlaceTag> pending_;
    List<Receive, ReceiverTag> receivers_;
    List<Connection, RequestTag> requests_;
    List<Possession, PossessionTag> possessions_;
    Closing closing_{*this};
};

}  // namespace lpc
