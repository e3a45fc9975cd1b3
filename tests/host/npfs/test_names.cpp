// SPDX-License-Identifier: GPL-3.0-only
//
// Names, instances, who may open them, the folder of all pipes, and waiting for an instance (WaitNamedPipe).
#include "tests/host/npfs/pipe_test.hpp"

namespace {

using namespace test;

TEST_F(PipeTest, InstancesOfOneName) {
    How how{.instances = 2};
    PipeFile second{u"\\Pipe"}, third{u"\\pipe"}, other{u"\\pipe"}, none{u"\\pipe"};
    ASSERT_EQ(serve(server, how), STATUS_SUCCESS);
    How only_new = how, only_there = how, other_way = how;
    only_new.disposition = FILE_CREATE;
    only_there.disposition = FILE_OPEN;
    other_way.share = FILE_SHARE_READ;
    EXPECT_EQ(serve(second, only_new), STATUS_ACCESS_DENIED);
    EXPECT_EQ(serve(second, other_way), STATUS_ACCESS_DENIED);
    EXPECT_EQ(serve(second, only_there), STATUS_SUCCESS);
    EXPECT_EQ(access_asked & FILE_CREATE_PIPE_INSTANCE, ACCESS_MASK{FILE_CREATE_PIPE_INSTANCE});
    EXPECT_EQ(serve(third, how), STATUS_INSTANCE_NOT_AVAILABLE);
    EXPECT_EQ(local(server).CurrentInstances, 2u);
    EXPECT_EQ(connect(client), STATUS_SUCCESS);
    EXPECT_EQ(connect(other), STATUS_SUCCESS);
    EXPECT_EQ(connect(none), STATUS_PIPE_NOT_AVAILABLE);
    EXPECT_EQ(write(client, "first"), STATUS_SUCCESS);
    EXPECT_EQ(write(other, "second"), STATUS_SUCCESS);
    EXPECT_EQ(read(server), "first");
    EXPECT_EQ(read(second), "second");
    server.close();
    second.close();
    EXPECT_EQ(connect(none), STATUS_OBJECT_NAME_NOT_FOUND);
    // Until the last end is closed an instance counts.
    EXPECT_EQ(read(client), "!c000014b");
}

TEST_F(PipeTest, OneWayOnly) {
    How how{.share = FILE_SHARE_WRITE};  // the client writes
    ASSERT_EQ(serve(server, how), STATUS_SUCCESS);
    EXPECT_EQ(connect(client), STATUS_ACCESS_DENIED);
    EXPECT_EQ(connect(client, FILE_GENERIC_WRITE), STATUS_SUCCESS);
    EXPECT_EQ(write(client, "x"), STATUS_SUCCESS);
    EXPECT_EQ(write(server, "x"), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(read(client), "!c000000d");
    EXPECT_EQ(read(server), "x");
}

TEST_F(PipeTest, ADescriptorOfAnyLength) {
    How how;
    how.descriptor.resize(60'000, 0x5a);
    ULONG length = 60'000;
    memcpy(how.descriptor.data(), &length, sizeof length);
    ASSERT_EQ(serve(server, how), STATUS_SUCCESS);
    access_answer = STATUS_ACCESS_DENIED;
    EXPECT_EQ(connect(client), STATUS_ACCESS_DENIED);
    access_answer = STATUS_SUCCESS;
    Request small(IRP_MJ_QUERY_SECURITY, server, 0, 100);
    small.stack.Parameters.QuerySecurity = {DACL_SECURITY_INFORMATION, 0, 100};
    EXPECT_EQ(small.send(), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(small.information(), 60'000u);
    Request whole(IRP_MJ_QUERY_SECURITY, server, 0, 60'000);
    whole.stack.Parameters.QuerySecurity = {DACL_SECURITY_INFORMATION, 0, 60'000};
    EXPECT_EQ(whole.send(), STATUS_SUCCESS);
    EXPECT_EQ(whole.answer, how.descriptor);
    how.descriptor.back() = 1;
    Request change(IRP_MJ_SET_SECURITY, server);
    change.stack.Parameters.SetSecurity = {DACL_SECURITY_INFORMATION, 0, how.descriptor.data()};
    EXPECT_EQ(change.send(), STATUS_SUCCESS);
    Request again(IRP_MJ_QUERY_SECURITY, server, 0, 60'000);
    again.stack.Parameters.QuerySecurity = {DACL_SECURITY_INFORMATION, 0, 60'000};
    EXPECT_EQ(again.send(), STATUS_SUCCESS);
    EXPECT_EQ(again.answer, how.descriptor);
}

TEST_F(PipeTest, NamesOfAnyLength) {
    PipeFile folder{u"\\"};
    ASSERT_EQ(connect(folder), STATUS_SUCCESS);
    for (size_t length : {1, 255, 256, 259, 260, 1000, 32'000}) {
        std::u16string name(length, u'n');
        PipeFile absolute{u"\\" + name}, relative{name, &folder};
        EXPECT_EQ(serve(absolute), STATUS_SUCCESS) << length;
        EXPECT_EQ(connect(relative), STATUS_SUCCESS) << length;
        EXPECT_EQ(write(relative, "x"), STATUS_SUCCESS);
        EXPECT_EQ(read(absolute), "x");
        absolute.close();
        relative.close();
        PipeFile made{name, &folder};
        EXPECT_EQ(serve(made), STATUS_SUCCESS) << length;
        EXPECT_EQ(connect(absolute), STATUS_SUCCESS) << length;
    }
    PipeFile backslash{u"\\x", &folder}, none{u"\\"}, empty{u""};
    EXPECT_EQ(serve(backslash), STATUS_OBJECT_NAME_INVALID);
    EXPECT_EQ(serve(none), STATUS_OBJECT_NAME_INVALID);
    EXPECT_EQ(serve(empty), STATUS_OBJECT_NAME_INVALID);
}

// As CreatePipe makes it: without a name, its other end relative to the first.
TEST_F(PipeTest, APipeWithoutAName) {
    PipeFile folder{u"\\"};
    ASSERT_EQ(connect(folder), STATUS_SUCCESS);
    PipeFile first{u"", &folder}, second{u"", &first}, third{u"", &first}, named{u"x", &first};
    EXPECT_EQ(serve(first), STATUS_SUCCESS);
    EXPECT_EQ(connect(named), STATUS_OBJECT_NAME_INVALID);
    EXPECT_EQ(connect(second), STATUS_SUCCESS);
    EXPECT_EQ(connect(third), STATUS_PIPE_NOT_AVAILABLE);
    EXPECT_EQ(write(second, "x"), STATUS_SUCCESS);
    EXPECT_EQ(read(first), "x");
}

std::vector<std::u16string> list(PipeFile& folder, std::u16string pattern = {}) {
    std::vector<std::u16string> names;
    for (bool first = true;; first = false) {
        Request request(IRP_MJ_DIRECTORY_CONTROL, folder, 0, 200);
        request.stack.MinorFunction = IRP_MN_QUERY_DIRECTORY;
        request.stack.Flags = first ? SL_RESTART_SCAN : 0;
        request.pattern = {static_cast<USHORT>(pattern.size() * 2), static_cast<USHORT>(pattern.size() * 2),
                           pattern.data()};
        request.stack.Parameters.QueryDirectory = {200, 0, &request.pattern, FileNamesInformation};
        if (request.send() != STATUS_SUCCESS) return names;
        for (size_t at = 0;;) {
            FILE_NAMES_INFORMATION entry;
            constexpr size_t kName = offsetof(FILE_NAMES_INFORMATION, FileName);
            memcpy(&entry, request.buffer.data() + at, kName);
            std::u16string name(entry.FileNameLength / 2, 0);
            memcpy(name.data(), request.buffer.data() + at + kName, entry.FileNameLength);
            names.push_back(name);
            if (entry.NextEntryOffset == 0) break;
            at += entry.NextEntryOffset;
        }
    }
}

TEST_F(PipeTest, TheFolderListsAll) {
    PipeFile folder{u"\\"};
    ASSERT_EQ(connect(folder), STATUS_SUCCESS);
    std::vector<std::unique_ptr<PipeFile>> pipes;
    for (int i = 0; i < 40; ++i) {
        std::string number = std::to_string(i);
        pipes.push_back(
            std::make_unique<PipeFile>(u"\\name." + std::u16string(number.begin(), number.end())));
        ASSERT_EQ(serve(*pipes.back()), STATUS_SUCCESS);
    }
    EXPECT_EQ(list(folder).size(), 40u);
    EXPECT_EQ(list(folder, u"NAME.1?").size(), 10u);
    EXPECT_EQ(list(folder, u"*9").size(), 4u);
    EXPECT_EQ(list(folder, u"other").size(), 0u);
}

struct WaitRequest : ControlRequest {
    WaitRequest(PipeFile& folder, std::u16string_view name, LONGLONG timeout = 0)
        : ControlRequest(folder, FSCTL_PIPE_WAIT, asked(name, timeout)) {}
    static std::string asked(std::u16string_view name, LONGLONG timeout) {
        constexpr size_t kName = offsetof(FILE_PIPE_WAIT_FOR_BUFFER, Name);
        FILE_PIPE_WAIT_FOR_BUFFER header{};
        header.Timeout.QuadPart = timeout;
        header.TimeoutSpecified = timeout != 0;
        header.NameLength = static_cast<ULONG>(name.size() * 2);
        std::string bytes(reinterpret_cast<char*>(&header), kName);
        bytes.append(reinterpret_cast<const char*>(name.data()), name.size() * 2);
        return bytes;
    }
};

TEST_F(PipeTest, WaitsForAnInstance) {
    PipeFile folder{u"\\"};
    ASSERT_EQ(connect(folder), STATUS_SUCCESS);
    WaitRequest none(folder, u"pipe");
    EXPECT_EQ(none.send(), STATUS_OBJECT_NAME_NOT_FOUND);
    open();
    for (unsigned point = 0;; ++point) {
        WaitRequest cancelled(folder, u"pipe");
        cancel_at(cancelled, point);
        cancelled.send();
        bool reached = cancel_was_reached();
        cancel_nowhere();
        if (!reached) EXPECT_TRUE(fire_timer());
        EXPECT_EQ(cancelled.status(), reached ? STATUS_CANCELLED : STATUS_IO_TIMEOUT);
        if (!reached) break;
    }
    WaitRequest comes(folder, u"PIPE", -100);
    EXPECT_EQ(comes.send(), STATUS_PENDING);
    EXPECT_EQ(control(server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
    ControlRequest listen(server, FSCTL_PIPE_LISTEN);
    EXPECT_EQ(listen.send(), STATUS_PENDING);
    EXPECT_EQ(comes.status(), STATUS_SUCCESS);
    WaitRequest listens(folder, u"pipe");
    EXPECT_EQ(listens.send(), STATUS_SUCCESS);
    server.close();
    EXPECT_EQ(listen.status(), STATUS_PIPE_BROKEN);
    // Lists that say more than they have.
    for (ULONG length : {0u, 1u, 3u, 9u, 0xfffeu, 0xffffffffu}) {
        ControlRequest wrong(folder, FSCTL_PIPE_WAIT, WaitRequest::asked(u"pipe", 0));
        reinterpret_cast<FILE_PIPE_WAIT_FOR_BUFFER*>(wrong.buffer.data())->NameLength = length;
        EXPECT_TRUE(NT_ERROR(wrong.send()));
    }
}

TEST_F(PipeTest, WhoIsAtTheOtherEnd) {
    open();
    auto attribute = [&](PipeFile& file, ULONG code, std::string_view name) -> ULONG {
        ControlRequest request(file, code, name, 4);
        if (request.send() != STATUS_SUCCESS) return 0;
        ULONG value;
        memcpy(&value, request.buffer.data(), sizeof value);
        return value;
    };
    EXPECT_EQ(attribute(server, FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, "ClientProcessId"), kProcess + 1);
    EXPECT_EQ(attribute(client, FSCTL_PIPE_GET_PIPE_ATTRIBUTE, "ServerProcessId"), kProcess);
    EXPECT_EQ(attribute(server, FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, "ClientProcess"), 0u);
}

}  // namespace
