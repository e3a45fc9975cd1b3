// SPDX-License-Identifier: GPL-3.0-only
//
// What npfs.sys answers to one request after the other: the documentation of CreateNamedPipe, ReadFile,
// WriteFile, TransactNamedPipe, PeekNamedPipe and NtCreateNamedPipeFile.
#include <random>

#include "tests/host/npfs/pipe_test.hpp"

namespace {

using namespace test;

TEST_F(PipeTest, AStreamHasNoBorders) {
    open();
    EXPECT_EQ(write(client, "abc"), STATUS_SUCCESS);
    EXPECT_EQ(write(client, ""), STATUS_SUCCESS);
    EXPECT_EQ(write(client, "def"), STATUS_SUCCESS);
    EXPECT_EQ(read(server, 4), "abcd");
    EXPECT_EQ(read(server), "ef");
    ReadRequest waits(server);
    EXPECT_EQ(waits.send(), STATUS_PENDING);
    EXPECT_EQ(write(client, ""), STATUS_SUCCESS);
    EXPECT_FALSE(waits.done());  // nothing is no data
    EXPECT_EQ(write(client, "x"), STATUS_SUCCESS);
    EXPECT_EQ(waits.status(), STATUS_SUCCESS);
    EXPECT_EQ(waits.text(), "x");
}

TEST_F(PipeTest, AMessageIsReadAsOne) {
    open(kMessages);
    EXPECT_EQ(write(client, "one"), STATUS_SUCCESS);
    EXPECT_EQ(write(client, ""), STATUS_SUCCESS);
    EXPECT_EQ(write(client, "three"), STATUS_SUCCESS);
    EXPECT_EQ(read(server), "one");
    EXPECT_EQ(read(server), "");  // a message all the same
    EXPECT_EQ(read(server, 2), "th+");
    EXPECT_EQ(read(server, 2), "re+");
    EXPECT_EQ(read(server, 2), "e");
    // Who waits hears of a message of no bytes too.
    ReadRequest waits(server);
    EXPECT_EQ(waits.send(), STATUS_PENDING);
    EXPECT_EQ(write(client, ""), STATUS_SUCCESS);
    EXPECT_EQ(waits.status(), STATUS_SUCCESS);
    EXPECT_EQ(waits.information(), 0u);
    // Several who wait share one that is too long for the first.
    ReadRequest first(server, 2), second(server, 8);
    EXPECT_EQ(first.send(), STATUS_PENDING);
    EXPECT_EQ(second.send(), STATUS_PENDING);
    EXPECT_EQ(write(client, "longer"), STATUS_SUCCESS);
    EXPECT_EQ(first.status(), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(first.text() + second.text(), "longer");
    // The same pipe read as a stream.
    EXPECT_EQ(set_modes(server, FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_QUEUE_OPERATION), STATUS_SUCCESS);
    EXPECT_EQ(write(client, "ab"), STATUS_SUCCESS);
    EXPECT_EQ(write(client, "cd"), STATUS_SUCCESS);
    EXPECT_EQ(read(server, 3), "abc");
    EXPECT_EQ(read(server, 3), "d");
}

TEST_F(PipeTest, WhoWritesBeyondTheQuotaWaits) {
    open();
    ULONG_PTR written = 0;
    EXPECT_EQ(write(client, "0123456789abcdef", &written), STATUS_SUCCESS);
    EXPECT_EQ(written, 16u);
    EXPECT_EQ(local(client).WriteQuotaAvailable, 0u);
    EXPECT_EQ(local(server).ReadDataAvailable, 16u);
    WriteRequest waits(client, "ghij"), behind(client, "kl");
    EXPECT_EQ(waits.send(), STATUS_PENDING);
    EXPECT_EQ(behind.send(), STATUS_PENDING);
    FlushRequest flush(client);
    EXPECT_EQ(flush.send(), STATUS_PENDING);
    EXPECT_EQ(read(server, 3), "012");
    EXPECT_FALSE(waits.done());
    EXPECT_EQ(read(server, 1), "3");
    EXPECT_EQ(waits.status(), STATUS_SUCCESS);
    EXPECT_EQ(waits.information(), 4u);
    EXPECT_FALSE(behind.done());
    EXPECT_EQ(read(server, 17), "456789abcdefghijk");
    EXPECT_EQ(behind.status(), STATUS_SUCCESS);
    EXPECT_EQ(behind.information(), 2u);
    EXPECT_FALSE(flush.done());
    EXPECT_EQ(read(server), "l");
    EXPECT_EQ(flush.status(), STATUS_SUCCESS);
}

// FILE_PIPE_COMPLETE_OPERATION (PIPE_NOWAIT): nothing waits; of a stream as much is written as there is room
// for, a message that has none is not written, and both are successes.
TEST_F(PipeTest, NothingWaitsInCompletionMode) {
    How how{.completion = FILE_PIPE_COMPLETE_OPERATION};
    ASSERT_EQ(serve(server, how), STATUS_SUCCESS);
    EXPECT_EQ(control(server, FSCTL_PIPE_LISTEN), STATUS_PIPE_LISTENING);
    ASSERT_EQ(connect(client), STATUS_SUCCESS);
    EXPECT_EQ(control(server, FSCTL_PIPE_LISTEN), STATUS_PIPE_CONNECTED);
    EXPECT_EQ(read(server), "!c00000d9");  // STATUS_PIPE_EMPTY
    ULONG_PTR written = 0;
    EXPECT_EQ(write(server, "0123456789", &written), STATUS_SUCCESS);
    EXPECT_EQ(write(server, "abcdefghij", &written), STATUS_SUCCESS);
    EXPECT_EQ(written, 6u);
    EXPECT_EQ(write(server, "x", &written), STATUS_SUCCESS);
    EXPECT_EQ(written, 0u);
    EXPECT_EQ(read(client), "0123456789abcdef");
    // Who waits already has to be there no more before an end stops to wait.
    ReadRequest waits(client);
    EXPECT_EQ(waits.send(), STATUS_PENDING);
    EXPECT_EQ(set_modes(client, FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_COMPLETE_OPERATION), STATUS_PIPE_BUSY);
    waits.cancel();
    EXPECT_EQ(waits.status(), STATUS_CANCELLED);
    EXPECT_EQ(set_modes(client, FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_COMPLETE_OPERATION), STATUS_SUCCESS);
    EXPECT_EQ(set_modes(client, FILE_PIPE_MESSAGE_MODE, FILE_PIPE_QUEUE_OPERATION), STATUS_INVALID_PARAMETER);
}

TEST_F(PipeTest, AMessageThatHasNoRoomIsNotCut) {
    How how = kMessages;
    how.completion = FILE_PIPE_COMPLETE_OPERATION;
    open(how);
    ULONG_PTR written = 9;
    EXPECT_EQ(write(client, "seventeen letters", &written), STATUS_SUCCESS);
    EXPECT_EQ(written, 0u);
    EXPECT_EQ(read(server), "!c00000d9");
    EXPECT_EQ(write(client, "sixteen letters!", &written), STATUS_SUCCESS);
    EXPECT_EQ(written, 16u);
    EXPECT_EQ(read(server), "sixteen letters!");
}

TEST_F(PipeTest, Transceives) {
    open(kMessages);
    ControlRequest call(client, FSCTL_PIPE_TRANSCEIVE, "question", 64);
    EXPECT_EQ(call.send(), STATUS_PENDING);
    EXPECT_EQ(read(server), "question");
    ControlRequest second(client, FSCTL_PIPE_TRANSCEIVE, "x", 64);
    EXPECT_EQ(second.send(), STATUS_PIPE_BUSY);
    EXPECT_EQ(write(server, "answer"), STATUS_SUCCESS);
    EXPECT_EQ(call.status(), STATUS_SUCCESS);
    EXPECT_EQ(call.text(), "answer");
    // A longer answer: the rest is read.
    ControlRequest cut(client, FSCTL_PIPE_TRANSCEIVE, "again", 3);
    EXPECT_EQ(cut.send(), STATUS_PENDING);
    EXPECT_EQ(write(server, "answer"), STATUS_SUCCESS);
    EXPECT_EQ(cut.status(), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(cut.text() + read(client), "answer");
    EXPECT_EQ(read(server), "again");
    // What has come and nobody has read is no answer.
    EXPECT_EQ(write(server, "early"), STATUS_SUCCESS);
    ControlRequest late(client, FSCTL_PIPE_TRANSCEIVE, "x", 64);
    EXPECT_EQ(late.send(), STATUS_PIPE_BUSY);
    EXPECT_EQ(set_modes(client, FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_QUEUE_OPERATION), STATUS_SUCCESS);
    ControlRequest stream(client, FSCTL_PIPE_TRANSCEIVE, "x", 64);
    EXPECT_EQ(stream.send(), STATUS_INVALID_PIPE_STATE);
}

TEST_F(PipeTest, Peeks) {
    open(kMessages);
    EXPECT_EQ(write(client, "first"), STATUS_SUCCESS);
    EXPECT_EQ(write(client, "second"), STATUS_SUCCESS);
    constexpr ULONG kData = offsetof(FILE_PIPE_PEEK_BUFFER, Data);
    auto peek = [&](PipeFile& file, ULONG room, FILE_PIPE_PEEK_BUFFER& answer, std::string& text) {
        ControlRequest request(file, FSCTL_PIPE_PEEK, {}, room);
        NTSTATUS status = request.send();
        if (!NT_ERROR(status)) {
            memcpy(&answer, request.buffer.data(), kData);
            text.assign(request.buffer.begin() + kData,
                        request.buffer.begin() + static_cast<long>(request.information()));
        }
        return status;
    };
    FILE_PIPE_PEEK_BUFFER answer{};
    std::string text;
    EXPECT_EQ(peek(server, kData - 1, answer, text), STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_EQ(peek(server, kData, answer, text), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(answer.ReadDataAvailable, 11u);
    EXPECT_EQ(answer.NumberOfMessages, 2u);
    EXPECT_EQ(answer.MessageLength, 5u);
    EXPECT_EQ(peek(server, kData + 3, answer, text), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(text, "fir");
    EXPECT_EQ(peek(server, kData + 50, answer, text), STATUS_SUCCESS);
    EXPECT_EQ(text, "first");
    EXPECT_EQ(read(server, 2), "fi+");
    EXPECT_EQ(peek(server, kData + 50, answer, text), STATUS_SUCCESS);
    EXPECT_EQ(text, "rst");
    EXPECT_EQ(answer.MessageLength, 3u);
    client.close();
    EXPECT_EQ(peek(server, kData + 50, answer, text), STATUS_SUCCESS);
    EXPECT_EQ(answer.NamedPipeState, ULONG{FILE_PIPE_CLOSING_STATE});
    EXPECT_EQ(read(server) + read(server), "rstsecond");
    EXPECT_EQ(peek(server, kData + 50, answer, text), STATUS_PIPE_BROKEN);
    EXPECT_EQ(control(server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
    EXPECT_EQ(peek(server, kData + 50, answer, text), STATUS_PIPE_DISCONNECTED);
}

TEST_F(PipeTest, OnlyTheServerActsAsItsClient) {
    ASSERT_EQ(serve(server), STATUS_SUCCESS);
    EXPECT_EQ(control(server, FSCTL_PIPE_IMPERSONATE), STATUS_CANNOT_IMPERSONATE);
    ASSERT_EQ(connect(client), STATUS_SUCCESS);
    EXPECT_EQ(control(client, FSCTL_PIPE_IMPERSONATE), STATUS_ILLEGAL_FUNCTION);
    EXPECT_EQ(impersonated, nullptr);
    EXPECT_EQ(control(server, FSCTL_PIPE_IMPERSONATE), STATUS_SUCCESS);
    EXPECT_EQ(impersonated, &client.object);
    client.close();
    EXPECT_EQ(control(server, FSCTL_PIPE_IMPERSONATE), STATUS_CANNOT_IMPERSONATE);
}

// Against the bytes that were written, with writes that wait and reads that wait.
TEST_F(PipeTest, NoByteIsLostOrTurned) {
    std::mt19937 random(44);
    for (bool messages : {false, true}) {
        open(messages ? kMessages : How{});
        std::string written, seen;
        std::vector<std::unique_ptr<WriteRequest>> writes;
        std::vector<std::unique_ptr<ReadRequest>> reads;
        auto collect = [&] {
            while (!reads.empty() && reads.front()->done()) {
                EXPECT_FALSE(NT_ERROR(reads.front()->status()));
                seen += reads.front()->text();
                reads.erase(reads.begin());
            }
            std::erase_if(writes, [](auto& write) { return write->done(); });
        };
        for (int turn = 0; turn < 20'000; ++turn) {
            if (random() % 2 && writes.size() < 5) {
                std::string text(random() % 30, 'a');
                for (char& letter : text)
                    letter = static_cast<char>('a' + random() % 26);
                written += text;
                writes.push_back(std::make_unique<WriteRequest>(client, text));
                writes.back()->send();
            } else if (reads.size() < 5) {
                reads.push_back(std::make_unique<ReadRequest>(server, random() % 40));
                reads.back()->send();
            }
            collect();
            ASSERT_TRUE(std::string_view(written).starts_with(seen)) << turn;
        }
        client.close();
        for (auto& read : reads)
            EXPECT_TRUE(read->done());
        server.close();
    }
}

}  // namespace
