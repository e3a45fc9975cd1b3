// SPDX-License-Identifier: GPL-3.0-only
//
// Whatever waits in a pipe, and whatever ends it: a cancel at each point at which the driver looks for one,
// the close of either end, a disconnect, the lack of memory. A request is completed once, and nothing is
// left.
#include <functional>

#include "tests/host/npfs/pipe_test.hpp"

namespace {

using namespace test;

// One of each kind of request that waits.
enum class Kind { Listen, Read, ClientRead, Write, Flush, Transceive, ServerTransceive };
constexpr Kind kKinds[] = {Kind::Listen, Kind::Read,       Kind::ClientRead,      Kind::Write,
                           Kind::Flush,  Kind::Transceive, Kind::ServerTransceive};

struct EndsTest : PipeTest {
    // The request, and what it takes to make it wait.
    std::unique_ptr<Request> prepare(Kind kind) {
        if (kind == Kind::Listen) {
            EXPECT_EQ(serve(server, kMessages), STATUS_SUCCESS);
            return std::make_unique<ControlRequest>(server, FSCTL_PIPE_LISTEN);
        }
        open(kMessages);
        switch (kind) {
            case Kind::Read:
                return std::make_unique<ReadRequest>(server);
            case Kind::ClientRead:
                return std::make_unique<ReadRequest>(client);
            case Kind::Write:
                EXPECT_EQ(write(client, "sixteen letters!"), STATUS_SUCCESS);
                return std::make_unique<WriteRequest>(client, "more");
            case Kind::Flush:
                EXPECT_EQ(write(client, "unread"), STATUS_SUCCESS);
                return std::make_unique<FlushRequest>(client);
            case Kind::ServerTransceive:
                return std::make_unique<ControlRequest>(server, FSCTL_PIPE_TRANSCEIVE, "call", 64);
            default:
                return std::make_unique<ControlRequest>(client, FSCTL_PIPE_TRANSCEIVE, "call", 64);
        }
    }
    // What lets it go on.
    void serve_it(Kind kind) {
        switch (kind) {
            case Kind::Listen:
                EXPECT_EQ(connect(client), STATUS_SUCCESS);
                break;
            case Kind::Read:
                EXPECT_EQ(write(client, "x"), STATUS_SUCCESS);
                break;
            case Kind::Write:
            case Kind::Flush:
                (void)read(server);
                (void)read(server);
                break;
            case Kind::ServerTransceive:
                EXPECT_EQ(write(client, "answer"), STATUS_SUCCESS);
                break;
            default:
                EXPECT_EQ(write(server, "answer"), STATUS_SUCCESS);
        }
    }
    void close_all() {
        client.close();
        server.close();
        EXPECT_EQ(allocations, 0u);
    }
    // The pipe is as good as new.
    void check_works() {
        close_all();
        open(kMessages);
        EXPECT_EQ(write(client, "still"), STATUS_SUCCESS);
        EXPECT_EQ(read(server), "still");
        close_all();
    }
};

TEST_F(EndsTest, CancelledAtEachPoint) {
    using Event = std::function<void(Kind)>;
    const Event events[] = {[](Kind) {}, [&](Kind kind) { serve_it(kind); }, [&](Kind) { client.close(); },
                            [&](Kind) { server.close(); },
                            [&](Kind) { (void)control(server, FSCTL_PIPE_DISCONNECT); }};
    for (Kind kind : kKinds) {
        for (const Event& event : events) {
            for (unsigned point = 0;; ++point) {
                auto request = prepare(kind);
                cancel_at(*request, point);
                request->send();
                if (&event != &events[0] || request->done()) event(kind);
                bool reached = cancel_was_reached();
                cancel_nowhere();
                if (!request->done()) request->cancel();
                EXPECT_TRUE(request->done()) << static_cast<int>(kind) << " at " << point;
                if (reached && &event == &events[0]) EXPECT_EQ(request->status(), STATUS_CANCELLED);
                request.reset();
                check_works();
                if (!reached) break;
            }
        }
    }
}

TEST_F(EndsTest, ADisconnectEndsWhatWaits) {
    for (Kind kind : kKinds) {
        auto request = prepare(kind);
        EXPECT_EQ(request->send(), STATUS_PENDING);
        EXPECT_EQ(control(server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
        EXPECT_EQ(request->status(), STATUS_PIPE_DISCONNECTED) << static_cast<int>(kind);
        if (kind != Kind::Listen) {
            EXPECT_EQ(read(client), "!c00000b0");
            EXPECT_EQ(write(client, "x"), STATUS_PIPE_DISCONNECTED);
            EXPECT_EQ(control(client, FSCTL_PIPE_PEEK), STATUS_PIPE_DISCONNECTED);
        }
        EXPECT_EQ(read(server), "!c00000b0");
        EXPECT_EQ(control(server, FSCTL_PIPE_DISCONNECT), STATUS_PIPE_DISCONNECTED);
        // The instance serves another one.
        client.close();
        ControlRequest listen(server, FSCTL_PIPE_LISTEN);
        EXPECT_EQ(listen.send(), STATUS_PENDING);
        EXPECT_EQ(connect(client), STATUS_SUCCESS);
        EXPECT_EQ(listen.status(), STATUS_SUCCESS);
        EXPECT_EQ(write(client, "new"), STATUS_SUCCESS);
        EXPECT_EQ(read(server), "new");
        close_all();
    }
}

TEST_F(EndsTest, AClosedEndEndsWhatWaits) {
    for (bool by_client : {true, false}) {
        for (Kind kind : kKinds) {
            if (kind == Kind::Listen && by_client) continue;
            auto request = prepare(kind);
            EXPECT_EQ(request->send(), STATUS_PENDING);
            (by_client ? client : server).close();
            // What was written is there for the other end, and its writer goes on to wait; but who closed
            // his own end does not.
            bool own = (kind == Kind::Write || kind == Kind::Flush) && by_client;
            if (own && !request->done()) request->cancel();
            NTSTATUS wanted = own ? request->status() : STATUS_PIPE_BROKEN;
            EXPECT_EQ(request->status(), wanted) << static_cast<int>(kind) << by_client;
            close_all();
        }
    }
}

// Without memory nothing has happened.
TEST_F(EndsTest, MemoryThatIsNotThere) {
    for (Kind kind : kKinds) {
        auto request = prepare(kind);
        allocations_left = 0;
        NTSTATUS status = request->send();
        allocations_left = SIZE_MAX;
        if (status == STATUS_PENDING) request->cancel();
        EXPECT_TRUE(status == STATUS_PENDING || status == STATUS_INSUFFICIENT_RESOURCES);
        request.reset();
        check_works();
    }
    for (size_t left = 0;; ++left) {
        allocations_left = left;
        NTSTATUS status = serve(server, kMessages);
        allocations_left = SIZE_MAX;
        if (status == STATUS_SUCCESS) break;
        EXPECT_EQ(status, STATUS_INSUFFICIENT_RESOURCES);
        EXPECT_EQ(allocations, 0u);
    }
    close_all();
    // A reader makes room for who waits, and there is none to hold what he wrote: it stays his.
    open();
    EXPECT_EQ(write(client, "0123456789abcdef"), STATUS_SUCCESS);
    WriteRequest waits(client, "gh");
    EXPECT_EQ(waits.send(), STATUS_PENDING);
    allocations_left = 0;
    EXPECT_EQ(read(server, 8), "01234567");
    allocations_left = SIZE_MAX;
    EXPECT_FALSE(waits.done());
    EXPECT_EQ(read(server), "89abcdefgh");
    EXPECT_EQ(waits.status(), STATUS_SUCCESS);
    EXPECT_EQ(waits.information(), 2u);
}

}  // namespace
