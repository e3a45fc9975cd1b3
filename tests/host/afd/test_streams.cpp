// SPDX-License-Identifier: GPL-3.0-only
//
// Connections between two sockets of one machine, and datagrams.
#include <string>

#include "executive/io/afd/device.hpp"
#include "executive/ob/handle.hpp"
#include "tests/host/io/host_channel_test.hpp"

namespace {

using base::Ref;
using namespace io::afd;

struct SocketTest : testing::Test {
    SocketTest() {
        [[maybe_unused]] static test::Fixture& namespaces = *new test::Fixture;
        block = caller->allocate(4096);
        in = caller->allocate(4096);
        out = caller->allocate(4096);
        data = caller->allocate(4096);
    }
    ~SocketTest() override {
        caller->finish();
        process->handles().close_all();
        test::run_loop();
        caller.reset();
        test::end_process(*process, STATUS_SUCCESS);
        test::run_loop();
    }

    HANDLE open(uint32_t options = 0) {
        io::OpenOptions wanted;
        wanted.options = options;
        Ref<io::File> file = MUST(base::make_ref<io::File>(Ref<io::Device>(device), base::String{}, wanted));
        file->set_opened();
        return MUST(process->handles().insert(file, FILE_GENERIC_READ | FILE_GENERIC_WRITE, 0));
    }
    HANDLE socket(uint32_t type, uint32_t options = FILE_SYNCHRONOUS_IO_NONALERT) {
        HANDLE handle = open(options);
        EXPECT_EQ(run(handle, kCreate, CreateParameters{{kInternet, type, 0}, 0}, 0), STATUS_SUCCESS);
        return handle;
    }
    template <typename T>
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> control(HANDLE handle, uint32_t code, const T& input,
                                                       ULONG room, uint64_t output = 0) {
        MUST(process->space().copy_out(in, &input, sizeof input));
        return NtDeviceIoControlFile(caller->call(), {handle,
                                                      nullptr,
                                                      nullptr,
                                                      nullptr,
                                                      ke::UserOut<IO_STATUS_BLOCK>(block),
                                                      code,
                                                      {in, sizeof input},
                                                      sizeof input,
                                                      {output ? output : out, room},
                                                      room});
    }
    template <typename T>
    NTSTATUS run(HANDLE handle, uint32_t code, const T& input, ULONG room) {
        return test::finish(control(handle, code, input, room));
    }
    struct BindParameters {
        uint32_t zero = 0;
        uint8_t address[kShortAddress] = {kInternet, 0, 0, 0, 127, 0, 0, 1};
    };
    struct ConnectTo {
        ConnectParameters head{kShortAddress, 1};
        uint8_t address[kShortAddress] = {kInternet, 0, 0, 0, 127, 0, 0, 1};
    };
    // Its port, as it is in an address.
    std::pair<uint8_t, uint8_t> bind(HANDLE handle) {
        EXPECT_EQ(run(handle, kBind, BindParameters{}, kShortAddress), STATUS_SUCCESS);
        return {*caller->at(out + 2), *caller->at(out + 3)};
    }
    NTSTATUS connect(HANDLE handle, std::pair<uint8_t, uint8_t> port) {
        ConnectTo to;
        to.address[2] = port.first;
        to.address[3] = port.second;
        return run(handle, kConnect, to, 0);
    }
    SendParameters send_of(std::string_view text) {
        MUST(process->space().copy_out(data + 64, text.data(), text.size()));
        UserBuffer buffer{static_cast<uint32_t>(text.size()), 0, data + 64};
        MUST(process->space().copy_out(data, &buffer, sizeof buffer));
        SendParameters send{};
        send.count = 1;
        send.buffers = data;
        return send;
    }
    ReceiveParameters receive_of(uint32_t length) {
        UserBuffer buffer{length, 0, data + 1024};
        MUST(process->space().copy_out(data + 32, &buffer, sizeof buffer));
        ReceiveParameters receive{};
        receive.count = 1;
        receive.buffers = data + 32;
        return receive;
    }
    std::string received() {
        auto length = caller->get<IO_STATUS_BLOCK>(block).Information;
        return {reinterpret_cast<char*>(caller->at(data + 1024)), length};
    }
    void pair(HANDLE& client, HANDLE& server) {
        listener = socket(kStream);
        auto port = bind(listener);
        EXPECT_EQ(run(listener, kListen, ListenParameters{0, 5, 0}, 0), STATUS_SUCCESS);
        client = socket(kStream);
        EXPECT_EQ(connect(client, port), STATUS_SUCCESS);
        EXPECT_EQ(run(listener, kAccept, 0, 4), STATUS_SUCCESS);
        server = reinterpret_cast<HANDLE>(uint64_t{caller->get<uint32_t>(out)});
    }
    void close(HANDLE handle) { EXPECT_TRUE(process->handles().close(handle)); }

    Ref<AfdDevice> device = MUST(base::make_ref<AfdDevice>());
    Ref<ps::Process> process = test::make_process(false);
    std::unique_ptr<test::Caller> caller = std::make_unique<test::Caller>(*process);
    uint64_t block = 0, in = 0, out = 0, data = 0;
    HANDLE listener = nullptr;
};

TEST_F(SocketTest, BytesGoBothWays) {
    HANDLE client, server;
    pair(client, server);
    EXPECT_EQ(run(client, kSendMessage, send_of("hello"), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(server, kReceiveMessage, receive_of(3), 0), STATUS_SUCCESS);
    EXPECT_EQ(received(), "hel");
    EXPECT_EQ(run(server, kReceiveMessage, receive_of(100), 0), STATUS_SUCCESS);
    EXPECT_EQ(received(), "lo");
    EXPECT_EQ(run(server, kSendMessage, send_of("back"), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(client, kReceiveMessage, receive_of(100), 0), STATUS_SUCCESS);
    EXPECT_EQ(received(), "back");
}

TEST_F(SocketTest, AReceiveWaitsForData) {
    HANDLE client, server;
    pair(client, server);
    auto receiving = control(server, kReceiveMessage, receive_of(10), 0);
    test::Pending waiting(std::move(receiving));
    EXPECT_FALSE(waiting.done());
    auto other = std::make_unique<test::Caller>(*process);
    std::swap(caller, other);
    EXPECT_EQ(run(client, kSendMessage, send_of("x"), 0), STATUS_SUCCESS);
    std::swap(caller, other);
    test::run_loop();
    ASSERT_TRUE(waiting.done());
    EXPECT_EQ(waiting.take(), STATUS_SUCCESS);
    EXPECT_EQ(received(), "x");
    other->finish();
}

TEST_F(SocketTest, NobodyListens) {
    HANDLE client = socket(kStream);
    EXPECT_EQ(connect(client, {3, 4}), STATUS_CONNECTION_REFUSED);
    EXPECT_EQ(run(client, kSendMessage, send_of("x"), 0), STATUS_INVALID_CONNECTION);
    EXPECT_EQ(run(client, kReceiveMessage, receive_of(1), 0), STATUS_INVALID_CONNECTION);
}

TEST_F(SocketTest, AnEndIsZeroBytes) {
    HANDLE client, server;
    pair(client, server);
    EXPECT_EQ(run(client, kSendMessage, send_of("last"), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(client, kShutdown, uint32_t{1}, 0), STATUS_SUCCESS);
    EXPECT_EQ(run(client, kSendMessage, send_of("more"), 0), STATUS_PIPE_DISCONNECTED);
    EXPECT_EQ(run(server, kReceiveMessage, receive_of(100), 0), STATUS_SUCCESS);
    EXPECT_EQ(received(), "last");
    EXPECT_EQ(run(server, kReceiveMessage, receive_of(100), 0), STATUS_SUCCESS);
    EXPECT_EQ(received(), "");
}

TEST_F(SocketTest, UnreadDataIsAReset) {
    HANDLE client, server;
    pair(client, server);
    EXPECT_EQ(run(client, kSendMessage, send_of("unread"), 0), STATUS_SUCCESS);
    close(server);
    test::run_loop();
    EXPECT_EQ(run(client, kReceiveMessage, receive_of(1), 0), STATUS_CONNECTION_RESET);
}

TEST_F(SocketTest, NonBlockingWaitsForNothing) {
    HANDLE client, server;
    pair(client, server);
    EXPECT_EQ(run(client, kSetNonBlocking, uint32_t{1}, 0), STATUS_SUCCESS);
    EXPECT_EQ(run(client, kReceiveMessage, receive_of(1), 0), STATUS_DEVICE_NOT_READY);
    std::string much(900, 'm');
    NTSTATUS status = STATUS_SUCCESS;
    size_t taken = 0;
    while (status == STATUS_SUCCESS) {
        status = run(client, kSendMessage, send_of(much), 0);
        if (status == STATUS_SUCCESS) taken += caller->get<IO_STATUS_BLOCK>(block).Information;
    }
    EXPECT_EQ(status, STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(taken, Ring::kCapacity);
}

TEST_F(SocketTest, PortsAreTakenOnce) {
    HANDLE first = socket(kStream), second = socket(kStream);
    auto port = bind(first);
    BindParameters same;
    same.address[2] = port.first;
    same.address[3] = port.second;
    EXPECT_EQ(run(second, kBind, same, kShortAddress), STATUS_SHARING_VIOLATION);
    EXPECT_EQ(run(first, kBind, same, kShortAddress), STATUS_ADDRESS_ALREADY_ASSOCIATED);
    same.address[4] = 10;
    EXPECT_EQ(run(second, kBind, same, kShortAddress), STATUS_INVALID_ADDRESS_COMPONENT);
}

TEST_F(SocketTest, Datagrams) {
    HANDLE receiver = socket(kDatagram), sender = socket(kDatagram);
    auto port = bind(receiver);
    EXPECT_EQ(connect(sender, port), STATUS_SUCCESS);
    EXPECT_EQ(run(sender, kSendMessage, send_of("one"), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(sender, kSendMessage, send_of("three"), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(receiver, kReceiveMessage, receive_of(10), 0), STATUS_SUCCESS);
    EXPECT_EQ(received(), "one");
    EXPECT_EQ(run(receiver, kReceiveMessage, receive_of(2), 0), STATUS_BUFFER_OVERFLOW);
    close(receiver);
    EXPECT_EQ(run(sender, kSendMessage, send_of("lost"), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(sender, kReceiveMessage, receive_of(10), 0), STATUS_PORT_UNREACHABLE);
}

TEST_F(SocketTest, PollsTellWhatIsTrue) {
    HANDLE client, server;
    pair(client, server);
    struct {
        PollHeader head;
        PollEntry entry;
    } wanted{{0, 1, 0, {}}, {reinterpret_cast<uint64_t>(server), kEventReceive | kEventDisconnect, 0}};
    EXPECT_EQ(run(open(FILE_SYNCHRONOUS_IO_NONALERT), kPoll, wanted, sizeof wanted), STATUS_TIMEOUT);
    EXPECT_EQ(run(client, kSendMessage, send_of("x"), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(open(FILE_SYNCHRONOUS_IO_NONALERT), kPoll, wanted, sizeof wanted), STATUS_SUCCESS);
    EXPECT_EQ(caller->get<PollEntry>(out + sizeof(PollHeader)).events, kEventReceive);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, sizeof wanted);
}

TEST_F(SocketTest, APollWaits) {
    HANDLE client, server;
    pair(client, server);
    struct {
        PollHeader head;
        PollEntry entry;
    } wanted{{INT64_MAX, 1, 0, {}}, {reinterpret_cast<uint64_t>(server), kEventReceive, 0}};
    HANDLE poller = open(0);
    EXPECT_EQ(run(poller, kPoll, wanted, sizeof wanted), STATUS_PENDING);
    close(server);
    test::run_loop();
    EXPECT_EQ(caller->get<PollEntry>(out + sizeof(PollHeader)).events, kEventClose);
}

// Requests of an overlapped socket, each with a status block of its own.
struct ManyTest : SocketTest {
    static constexpr unsigned kMany = 2000;
    ManyTest() { blocks = caller->allocate(kMany * sizeof(IO_STATUS_BLOCK)); }
    template <typename T>
    void start(unsigned number, HANDLE handle, uint32_t code, const T& input, ULONG room = 0) {
        block = blocks + number * sizeof(IO_STATUS_BLOCK);
        IO_STATUS_BLOCK pending{};
        pending.Status = STATUS_PENDING;
        MUST(process->space().copy_out(block, &pending, sizeof pending));
        EXPECT_EQ(run(handle, code, input, room), STATUS_PENDING) << number;
    }
    NTSTATUS status_of(unsigned number) {
        return caller->get<IO_STATUS_BLOCK>(blocks + number * sizeof(IO_STATUS_BLOCK)).Status;
    }
    unsigned count(NTSTATUS status) {
        unsigned result = 0;
        for (unsigned i = 0; i < kMany; ++i)
            result += status_of(i) == status;
        return result;
    }
    void many_wait(HANDLE handle) {
        for (unsigned i = 0; i < kMany; ++i)
            start(i, handle, kReceiveMessage, receive_of(1));
    }

    uint64_t blocks = 0;
};

TEST_F(ManyTest, WhoWaitsIsToldOfTheEndInSlices) {
    HANDLE receiver = socket(kDatagram, 0);
    bind(receiver);
    many_wait(receiver);
    close(receiver);
    EXPECT_LT(count(STATUS_CANCELLED), kMany);
    test::run_loop();
    EXPECT_EQ(count(STATUS_CANCELLED), kMany);
}

TEST_F(ManyTest, AShutdownEndsAllReceives) {
    HANDLE receiver = socket(kDatagram, 0);
    bind(receiver);
    many_wait(receiver);
    block = caller->allocate(4096);
    EXPECT_EQ(run(receiver, kShutdown, uint32_t{0}, 0), STATUS_SUCCESS);
    test::run_loop();
    EXPECT_EQ(count(STATUS_PIPE_DISCONNECTED), kMany);
}

TEST_F(ManyTest, AStreamsReceivesEndWithTheOtherSide) {
    HANDLE client, server;
    pair(client, server);
    HANDLE waiting = socket(kStream, 0);
    auto port = bind(listener = socket(kStream));
    EXPECT_EQ(run(listener, kListen, ListenParameters{0, 5, 0}, 0), STATUS_SUCCESS);
    EXPECT_EQ(connect(waiting, port), STATUS_SUCCESS);
    many_wait(waiting);
    close(listener);  // which never accepted it
    test::run_loop();
    EXPECT_EQ(count(STATUS_CONNECTION_RESET), kMany);
}

// A datagram without bytes takes memory too.
TEST_F(ManyTest, EmptyDatagramsAreBounded) {
    HANDLE receiver = socket(kDatagram), sender = socket(kDatagram);
    EXPECT_EQ(connect(sender, bind(receiver)), STATUS_SUCCESS);
    constexpr unsigned kSent = 5000;
    for (unsigned i = 0; i < kSent; ++i)
        ASSERT_EQ(run(sender, kSendMessage, send_of(""), 0), STATUS_SUCCESS);
    EXPECT_EQ(run(receiver, kSetNonBlocking, uint32_t{1}, 0), STATUS_SUCCESS);
    unsigned got = 0;
    while (run(receiver, kReceiveMessage, receive_of(1), 0) == STATUS_SUCCESS)
        ++got;
    EXPECT_GT(got, 100u);
    EXPECT_LE(got * sizeof(Datagram), Socket::kMostDatagrams);
}

// One waiter who only peeks does not keep the next from looking.
TEST_F(ManyTest, PeekersAllSeeIt) {
    HANDLE receiver = socket(kDatagram, 0), sender = socket(kDatagram);
    auto port = bind(receiver);
    ReceiveParameters peek = receive_of(1);
    MUST(process->space().copy_out(data + 512, &kMessagePeek, sizeof kMessagePeek));
    peek.flags = data + 512;
    peek.force_async = 1;
    for (unsigned i = 0; i < kMany; ++i)
        start(i, receiver, kReceiveMessage, peek);
    block = caller->allocate(4096);
    EXPECT_EQ(connect(sender, port), STATUS_SUCCESS);
    EXPECT_EQ(run(sender, kSendMessage, send_of("x"), 0), STATUS_SUCCESS);
    test::run_loop();
    EXPECT_EQ(count(STATUS_SUCCESS), kMany);
}

TEST_F(ManyTest, AnAcceptWhoseSocketWasUsedIsPassedOver) {
    HANDLE to = socket(kStream, 0), first = socket(kStream), second = socket(kStream),
           client = socket(kStream);
    auto port = bind(to);
    EXPECT_EQ(run(to, kListen, ListenParameters{0, 5, 0}, 0), STATUS_SUCCESS);
    auto into = [](HANDLE handle) {
        return AcceptIntoParameters{static_cast<uint32_t>(reinterpret_cast<uint64_t>(handle)), 0, 32};
    };
    start(0, to, kAcceptInto, into(first), 64);
    start(1, to, kAcceptInto, into(second), 64);
    block = caller->allocate(4096);
    HANDLE other = socket(kStream);
    auto elsewhere = bind(other);
    EXPECT_EQ(run(other, kListen, ListenParameters{0, 5, 0}, 0), STATUS_SUCCESS);
    EXPECT_EQ(connect(first, elsewhere), STATUS_SUCCESS);
    EXPECT_EQ(connect(client, port), STATUS_SUCCESS);
    test::run_loop();
    EXPECT_EQ(status_of(0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(status_of(1), STATUS_SUCCESS);
}

}  // namespace
