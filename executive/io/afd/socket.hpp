// SPDX-License-Identifier: GPL-3.0-only
//
// A socket: what a file of \Device\Afd becomes by its CREATE request. What it knows of its connection are two
// streams, one each way; who moves bytes at their other ends is the business of a transport (transport.hpp).
// Receive, send, accept and poll are answered from the streams and the queues here; a request that has to
// wait is a Waiting in one of the lists.
#pragma once

#include "executive/io/afd/address.hpp"
#include "executive/io/afd/ring.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ob/charge.hpp"

namespace ex {
class Event;
}

namespace io::afd {

class Socket;
class Waiting;
class Poll;
struct Watch;

// One direction of a connection. It lives as long as one of its ends.
class Stream final : public RefCounted, private ke::PacedWork {
public:
    Ring ring;
    Socket* reader = nullptr;  // null: not accepted yet, or gone
    Socket* writer = nullptr;
    bool ended = false;        // nothing follows what is in the ring
    bool reset = false;        // nobody reads or writes it any more; what was in it is lost
    bool reader_gone = false;  // what is written comes to nothing
    // Out of band: one byte, which is not in the ring, and where it stood.
    bool has_urgent = false;
    uint8_t urgent = 0;
    uint64_t urgent_at = 0;
    ob::Charge charge;

    // After bytes or room have come: whoever waits at either end goes on, a slice in this turn and the rest
    // by the pacer.
    void settle();
    // The same, all of it by the pacer: for who may be called by a slice of a stream's.
    void settle_later();
    // Its ends lose what it held.
    void abort();

private:
    bool slice() override;
    bool step();

    bool moving_ = false;
    bool again_ = false;
    Ref<Stream> keep_;  // while it is with the pacer
};

// A connection that its listener has not given to anybody yet.
struct Incoming final : RefCounted, ListLink<struct IncomingTag> {
    Incoming(Ref<Stream> from, Ref<Stream> to, const Address& here, const Address& there)
        : in(std::move(from)), out(std::move(to)), local(here), remote(there) {}
    Ref<Stream> in, out;
    Address local, remote;
};

struct Datagram : ListLink<struct DatagramTag> {
    Address from;
    Vector<uint8_t> bytes;
    // Bytes of the room that its receiver was charged: an empty one takes some too.
    size_t cost() const { return cost_of(bytes.size()); }
    static size_t cost_of(size_t length) { return sizeof(Datagram) + length; }
};

// What is asked, of which file, by whom; `irp` is null on the way that takes no request.
struct Ask {
    File& file;
    ke::Client& client;
    uint32_t code;
    uint64_t in;
    size_t in_length;
    uint64_t out;
    size_t out_length;
    Irp* irp;

    ke::UserMemory& memory() const { return client.memory(); }
    // STATUS_INVALID_PARAMETER: the input is shorter.
    template <typename T>
    Result<T> read(size_t at = 0) const {
        T value;
        if (in_length < at || in_length - at < sizeof value) return fail(STATUS_INVALID_PARAMETER);
        TRY(memory().copy_in(&value, in + at, sizeof value));
        return value;
    }
};

// How a request ends. STATUS_PENDING: a list holds it, or, where there is no request, it has to become one.
struct Outcome {
    NTSTATUS status = STATUS_SUCCESS;
    uint64_t information = 0;
};
inline constexpr Outcome kWaits{STATUS_PENDING, 0};

// The buffers of a message, captured. Most have one.
class Buffers {
public:
    // More are STATUS_INVALID_PARAMETER.
    static constexpr uint32_t kMost = 256;
    static Result<Buffers> capture(ke::UserMemory& memory, uint64_t array, uint32_t count);
    static Buffers of(uint64_t address, size_t length);
    uint64_t total() const { return total_; }
    // Of memory beside this.
    size_t bytes() const { return more_.size() * sizeof(UserBuffer); }
    // Calls `move(address, at, length)` for the pieces of the bytes from `skip` on, `length` of them.
    template <typename Move>
    Result<void> each(uint64_t skip, size_t length, Move move) const {
        size_t done = 0;
        for (size_t i = 0; i < count_ && done < length; ++i) {
            const UserBuffer& buffer = count_ == 1 ? one_ : more_[i];
            if (skip >= buffer.length) {
                skip -= buffer.length;
                continue;
            }
            size_t part = buffer.length - static_cast<size_t>(skip);
            if (part > length - done) part = length - done;
            TRY(move(buffer.address + skip, done, part));
            done += part;
            skip = 0;
        }
        return {};
    }

private:
    size_t count_ = 0;
    uint64_t total_ = 0;
    UserBuffer one_{};
    Vector<UserBuffer> more_;
};

// What a receive or send wants. Addresses are the client's; all were captured when it was issued.
struct Message {
    Buffers buffers;
    uint32_t flags = 0;  // MSG_*
    bool may_wait = false;
    bool force = false;           // overlapped
    bool queued = false;          // send: what there is room for may go, the rest later
    uint32_t timeout = 0;         // ms; 0: none
    uint64_t address = 0;         // receive: where the sender goes
    uint64_t address_length = 0;  // receive: of an int, how much room there is and how much was needed
    uint64_t flags_out = 0;
    uint64_t control = 0;  // a WSABUF
    uint64_t done = 0;     // bytes moved already
    bool has_to = false;
    Address to{};  // send
};

// A request that waits, held in a list of its socket's, or a poll.
class Held {
public:
    explicit Held(Irp& irp) : irp_(irp) { irp.parameters.control.held = this; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    Irp& irp() const { return *irp_; }
    // Takes itself out of wherever it is, answers its request and destroys itself.
    virtual void end(const Outcome& outcome) = 0;

protected:
    virtual ~Held() = default;
    void answer(const Outcome& outcome);

private:
    Ref<Irp> irp_;
};

class Waiting final : public Held, public ListLink<struct WaitingTag>, public ke::Timer {
public:
    enum class What : uint8_t { Receive, Send, Accept, AcceptInto, AcceptedInto, Never };
    // STATUS_QUOTA_EXCEEDED.
    static Result<Waiting*> create(What what, Irp& irp, Message message = {});
    Waiting(What of, Irp& irp, Message given) : Held(irp), what(of), message(std::move(given)) {}
    ~Waiting() override;
    void end(const Outcome& outcome) override;
    void expired() override { end({STATUS_IO_TIMEOUT, 0}); }

    What what;
    Message message;
    // AcceptInto: what becomes the connection.
    Ref<File> accept_file;
    AcceptIntoParameters accept{};

private:
    size_t charged_ = 0;
};

class Socket final : public FileContext, private ke::PacedWork, public TreeLink<struct BoundTag> {
public:
    enum class State : uint8_t { Fresh, Listening, Connected, Failed };
    enum Option : uint8_t {
        kKeepAlive,
        kBroadcast,
        kUrgentInline,
        kReceiveRoom,
        kSendRoom,
        kReceiveTime,
        kSendTime,
        kReuse,
        kExclusive,
        kOnly6,
        kNoDelay,
        kTimeToLive,
        kTypeOfService,
        kDontFragment,
        kHeaderIncluded,
        kMulticastInterface,
        kMulticastLoop,
        kMulticastLive,
        kPacketInformation,
        kUnicastInterface,
        kReceiveLive,
        kReceiveType,
        kHops6,
        kDontFragment6,
        kMulticastInterface6,
        kMulticastLoop6,
        kMulticastLive6,
        kUnicastInterface6,
        kReceiveHops6,
        kPacketInformation6,
        kReceiveType6,
        kOptions
    };
    static constexpr size_t kLongestDatagram = 65507;
    static constexpr size_t kMostDatagrams = 72 << 10;  // bytes that wait, Datagram::cost()

    static Result<Own<Socket>> create(File& file, ke::Client& owner, const Kind& kind);
    Socket(File& of, const Kind& as, ob::Charge charge);
    ~Socket() override;

    const Kind kind;
    File& file;
    bool stream() const { return kind.type == kStream; }
    State state = State::Fresh;
    bool bound = false;
    bool receive_shut = false, send_shut = false;
    bool nonblocking = false;
    bool closed = false;
    bool accepting = false;           // an AcceptEx has it
    NTSTATUS error = STATUS_SUCCESS;  // SO_ERROR; of a datagram socket also the next receive's
    Address local{}, remote{};
    Linger linger{};
    uint32_t options[kOptions] = {};
    uint64_t connect_time = 0;
    Ref<Stream> in, out;

    List<Waiting, WaitingTag> receives, sends, accepts, others;
    bool accepts_empty() const { return accepts.empty(); }
    List<Incoming, IncomingTag> backlog;  // each is held
    uint32_t backlog_length = 0, most_backlog = 0;
    List<Datagram, DatagramTag> datagrams;
    size_t datagram_bytes = 0;

    // --- bound.hpp
    uint64_t bound_key = 0;

    // --- events: what is true now
    uint32_t events() const;
    // Something of these may have become true.
    void changed();
    // They may be told again.
    void enable(uint32_t events) {
        told_ &= ~events;
        if (mask_ & events) changed();
    }
    void select(Ref<ex::Event> event, uint32_t mask);
    uint32_t selected() const { return mask_; }
    Ref<ex::Event> selected_event() const;
    // Those that were to be told since the last time.
    uint32_t take_events();
    void watch(Watch& watch);
    NTSTATUS status_of(unsigned bit) const;

    // --- by a transport
    void connected(Ref<Stream> from, Ref<Stream> to, const Address& other);
    // Of a listener.
    bool has_room() const { return backlog_length < most_backlog || !accepts_empty(); }
    // REQUIRES: has_room().
    void offer(Ref<Incoming> incoming);
    void deliver(Own<Datagram> datagram);

    // --- steps of a stream's; false: nothing to do
    bool serve_receive();
    bool serve_send();
    // What keeps it while something is told.
    Ref<File> file_reference() { return closed ? Ref<File>() : Ref<File>(file); }
    // One who waits gets what there is, or his end; the others by the pacer.
    void serve_accepts();
    void serve_datagrams();
    // Its last handle was closed: whoever waits is told, the first now and the others by the pacer.
    void close();
    void finish_sending();

private:
    bool slice() override;
    bool step();
    bool end_one();
    bool look_at_one();
    void go_on();
    void leave();
    void tell_event();

    ob::Charge charge_;
    List<Watch, struct WatchTag> watches_, looking_;
    bool look_again_ = false;
    bool serving_ = false;
    bool working_ = false;
    Ref<File> keep_;  // while what waited for it is being told of its end
    Watch* exclusive_ = nullptr;
    Ref<ex::Event> event_;
    uint32_t mask_ = 0, pending_ = 0, told_ = 0;
    friend struct Watch;
};

// Writes a value where there is room for all of it. STATUS_BUFFER_TOO_SMALL.
template <typename T>
Result<Outcome> give(const Ask& ask, const T& value) {
    if (ask.out_length < sizeof value) return fail(STATUS_BUFFER_TOO_SMALL);
    TRY(ask.memory().copy_out(ask.out, &value, sizeof value));
    return Outcome{STATUS_SUCCESS, sizeof value};
}

// --- requests; each is checked against what the socket is (AFD's statuses)
Result<Outcome> bind(Socket& socket, const Ask& ask);
Result<Outcome> listen(Socket& socket, const Ask& ask);
Result<Outcome> connect(Socket& socket, const Ask& ask);
Result<Outcome> accept(Socket& socket, const Ask& ask);
Result<Outcome> accept_into(Socket& socket, const Ask& ask);
Result<Outcome> shut_down(Socket& socket, const Ask& ask);
Result<Outcome> receive(Socket& socket, const Ask& ask);
Result<Outcome> send(Socket& socket, const Ask& ask);
// NtReadFile and NtWriteFile, which wait wherever the socket's own requests would not.
Result<Outcome> read(Socket& socket, const Ask& ask);
Result<Outcome> write(Socket& socket, const Ask& ask);
Result<Outcome> option(Socket& socket, const Ask& ask);
Result<Outcome> poll(const Ask& ask);
Result<Outcome> event_select(Socket& socket, const Ask& ask);
Result<Outcome> get_events(Socket& socket, const Ask& ask);
Result<Outcome> write_name(const Socket& socket, const Ask& ask, const Address& address);
// An ephemeral port, where it is not bound. STATUS_TOO_MANY_ADDRESSES.
Result<void> bind_to_any(Socket& socket, const Address& address);
Result<Outcome> write_accept_names(const Socket& socket, const Waiting& waiting, const Outcome& outcome);
// Gives a connection that waits to an accept that waits, or ends one that can have none. False: there are not
// both.
bool join_accept(Socket& listener);
// The error of Windows Sockets.
uint32_t sockets_error(NTSTATUS status);
// The socket of a file, or null.
Socket* socket_of(File& file);

}  // namespace io::afd
