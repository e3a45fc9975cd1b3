// SPDX-License-Identifier: GPL-3.0-only
// LPC: ports, connections, requests and their answers, views, the end of either side.
#include "tests/system/ports.h"

namespace {

NTSTATUS create_lpc(Handle& port, ULONG information = 64) {
    Name name(kPort);
    return NtCreatePort(port.out(), &name.attributes, information, sizeof(Message), 0);
}

NTSTATUS connect_lpc(Handle& port, ULONG* value = nullptr, PORT_VIEW* view = nullptr,
                     REMOTE_PORT_VIEW* theirs = nullptr) {
    Name name(kPort);
    ULONG longest = 0, length = sizeof(ULONG);
    NTSTATUS status = NtConnectPort(port.out(), &name.string, &kQuality, view, theirs, &longest, value,
                                    value ? &length : nullptr);
    if (NT_SUCCESS(status)) CHECK(longest == sizeof(Message));
    return status;
}

// Takes one client, who says `value`, and answers its requests by one more until it is gone.
void serve_one(HANDLE port, ULONG value) {
    Message message;
    CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS);
    CHECK(message.type() == LPC_CONNECTION_REQUEST && message.value() == value);
    message.put(value + 1);
    Handle server;
    CHECK(NtAcceptConnectPort(server.out(), reinterpret_cast<PVOID>(0x55), &message.header, TRUE, nullptr,
                              nullptr) == STATUS_SUCCESS);
    CHECK(NtCompleteConnectPort(server) == STATUS_SUCCESS);
    CHECK(NtCompleteConnectPort(server) == STATUS_INVALID_PARAMETER);
    PORT_MESSAGE* answer = nullptr;
    for (;;) {
        PVOID context = nullptr;
        LARGE_INTEGER time = after(10 * kSecond);
        NTSTATUS status = NtReplyWaitReceivePortEx(port, &context, answer, &message.header, &time);
        CHECK(status == STATUS_SUCCESS && context == reinterpret_cast<PVOID>(0x55));
        if (status != STATUS_SUCCESS || message.type() == LPC_PORT_CLOSED) return;
        answer = message.type() == LPC_REQUEST ? &message.header : nullptr;
        message.put(message.value() + 1);
    }
}

}  // namespace

TEST(a_request_has_its_answer) {
    Handle port, client;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    Worker server([&] { serve_one(port, 7); });
    ULONG value = 7;
    REQUIRE(connect_lpc(client, &value) == STATUS_SUCCESS);
    CHECK(value == 8);
    Message question(41), answer;
    CHECK(NtRequestWaitReplyPort(client, &question.header, &answer.header) == STATUS_SUCCESS);
    CHECK(answer.value() == 42 && answer.type() == LPC_REPLY &&
          answer.header.u1.s1.DataLength == sizeof(ULONG));
    CHECK(answer.header.ClientId.UniqueThread == NtCurrentTeb()->ClientId.UniqueThread);
    CHECK(NtRequestPort(client, &question.header) == STATUS_SUCCESS);
    Message large(1, sizeof(Message::data));
    CHECK(NtRequestWaitReplyPort(client, &large.header, &answer.header) == STATUS_SUCCESS &&
          answer.value() == 2);
    client.close();
}

TEST(messages_are_checked) {
    Handle port, client;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    Worker server([&] { serve_one(port, 7); });
    ULONG value = 7;
    REQUIRE(connect_lpc(client, &value) == STATUS_SUCCESS);
    const auto ask = [&](USHORT data, USHORT total, USHORT type, USHORT offset) {
        Message message(1);
        message.header.u1.s1 = {data, total};
        message.header.u2.s2 = {type, offset};
        return NtRequestPort(client, &message.header);
    };
    CHECK(ask(0, sizeof(PORT_MESSAGE) - 1, 0, 0) == STATUS_INVALID_PARAMETER);
    CHECK(ask(8, sizeof(PORT_MESSAGE) + 7, 0, 0) == STATUS_INVALID_PARAMETER);
    CHECK(ask(0xffff, 0xffff, 0, 0) == STATUS_INVALID_PARAMETER);
    CHECK(ask(8, sizeof(Message) + 1, 0, 0) == STATUS_PORT_MESSAGE_TOO_LONG);
    CHECK(ask(8, sizeof(PORT_MESSAGE) + 8, LPC_REPLY, 0) == STATUS_INVALID_PARAMETER);
    CHECK(ask(8, sizeof(PORT_MESSAGE) + 8, 0, 8) == STATUS_INVALID_PARAMETER);
    CHECK(ask(8, sizeof(PORT_MESSAGE) + 8, 0, 0xfff0) == STATUS_INVALID_PARAMETER);
    // Room for one entry, and it says two.
    Message entries(2, sizeof(PORT_DATA_INFORMATION));
    entries.header.u2.s2.DataInfoOffset = sizeof(PORT_MESSAGE);
    CHECK(NtRequestPort(client, &entries.header) == STATUS_INVALID_PARAMETER);
    CHECK(NtRequestPort(client, nullptr) == STATUS_ACCESS_VIOLATION);
    Message stray(1);
    stray.header.MessageId = 0x1234;
    CHECK(NtReplyPort(port, &stray.header) == STATUS_REPLY_MESSAGE_MISMATCH);
    CHECK(NtRequestPort(port, &stray.header) == STATUS_INVALID_PORT_HANDLE);
    Handle event;
    NtCreateEvent(event.out(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    CHECK(NtRequestPort(event, &stray.header) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(NtRequestPort(nullptr, &stray.header) == STATUS_INVALID_HANDLE);
    client.close();
}

TEST(a_connection_is_refused) {
    Handle port, client;
    Name nobody(u"\\BaseNamedObjects\\ports-test-nobody");
    CHECK(NtConnectPort(client.out(), &nobody.string, &kQuality, nullptr, nullptr, nullptr, nullptr,
                        nullptr) == STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    Worker server([&] {
        Message message;
        CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS);
        message.put(99);
        HANDLE none = nullptr;
        CHECK(NtAcceptConnectPort(&none, nullptr, &message.header, FALSE, nullptr, nullptr) ==
              STATUS_SUCCESS);
        CHECK(NtAcceptConnectPort(&none, nullptr, &message.header, TRUE, nullptr, nullptr) ==
              STATUS_REPLY_MESSAGE_MISMATCH);
    });
    ULONG value = 1;
    CHECK(connect_lpc(client, &value) == STATUS_PORT_CONNECTION_REFUSED && value == 99);
    CHECK(server.wait(10 * kSecond));
    // The listener goes while somebody waits.
    Worker late([&] {
        Handle another;
        CHECK(connect_lpc(another) == STATUS_PORT_CONNECTION_REFUSED);
    });
    sleep(kSecond / 10);
    port.close();
}

TEST(views_lie_at_both_ends) {
    Handle port, client, mine, theirs;
    LARGE_INTEGER size = {};
    size.QuadPart = 0x10000;
    const auto make = [&](Handle& section) {
        return NtCreateSection(section.out(), SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT,
                               nullptr);
    };
    REQUIRE(make(mine) == STATUS_SUCCESS && make(theirs) == STATUS_SUCCESS);
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    PORT_VIEW at_server = {sizeof(PORT_VIEW), theirs, 0, 0x10000, nullptr, nullptr};
    REMOTE_PORT_VIEW of_client = {sizeof(REMOTE_PORT_VIEW), 0, nullptr};
    Handle accepted;
    Worker server([&] {
        Message message;
        CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS &&
              message.header.ClientViewSize == 0x10000);
        CHECK(NtAcceptConnectPort(accepted.out(), nullptr, &message.header, TRUE, &at_server, &of_client) ==
              STATUS_SUCCESS);
        NtCompleteConnectPort(accepted);
    });
    PORT_VIEW own = {sizeof(PORT_VIEW), mine, 0, 0x10000, nullptr, nullptr};
    REMOTE_PORT_VIEW other = {sizeof(REMOTE_PORT_VIEW), 0, nullptr};
    REQUIRE(connect_lpc(client, nullptr, &own, &other) == STATUS_SUCCESS);
    REQUIRE(server.wait(10 * kSecond));
    CHECK(own.ViewBase && own.ViewRemoteBase == of_client.ViewBase && of_client.ViewSize == 0x10000);
    CHECK(other.ViewBase == at_server.ViewRemoteBase && other.ViewSize == 0x10000 && at_server.ViewBase);
    *static_cast<volatile ULONG*>(own.ViewBase) = 5;
    CHECK(*static_cast<volatile ULONG*>(of_client.ViewBase) == 5);
    *static_cast<volatile ULONG*>(at_server.ViewBase) = 6;
    CHECK(*static_cast<volatile ULONG*>(other.ViewBase) == 6);
    client.close();
    accepted.close();
    sleep(kSecond / 10);
    MEMORY_BASIC_INFORMATION memory = {};
    CHECK(NtQueryVirtualMemory(NtCurrentProcess(), own.ViewBase, MemoryBasicInformation, &memory,
                               sizeof(memory), nullptr) == STATUS_SUCCESS);
    CHECK(memory.State == MEM_FREE);
}

TEST(data_of_a_request_is_read_and_written) {
    Handle port, client;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    static char text[] = "abcdef";
    Worker server([&] {
        Message message;
        Handle accepted;
        CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS);
        NtAcceptConnectPort(accepted.out(), nullptr, &message.header, TRUE, nullptr, nullptr);
        NtCompleteConnectPort(accepted);
        CHECK(NtReplyWaitReceivePort(port, nullptr, nullptr, &message.header) == STATUS_SUCCESS);
        char read[8] = {};
        SIZE_T count = 0;
        CHECK(NtReadRequestData(port, &message.header, 0, read, 6, &count) == STATUS_SUCCESS && count == 6);
        CHECK(read[0] == 'a' && read[5] == 'f');
        CHECK(NtReadRequestData(port, &message.header, 0, read, 7, &count) == STATUS_INVALID_PARAMETER);
        CHECK(NtReadRequestData(port, &message.header, 1, read, 1, &count) == STATUS_INVALID_PARAMETER);
        CHECK(NtWriteRequestData(port, &message.header, 0, "xy", 2, &count) == STATUS_SUCCESS && count == 2);
        CHECK(NtImpersonateClientOfPort(port, &message.header) == STATUS_SUCCESS);
        HANDLE none = nullptr;
        NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof(none));
        CHECK(NtReplyPort(port, &message.header) == STATUS_SUCCESS);
        CHECK(NtReplyPort(port, &message.header) == STATUS_REPLY_MESSAGE_MISMATCH);
        CHECK(NtReadRequestData(port, &message.header, 0, read, 1, &count) == STATUS_REPLY_MESSAGE_MISMATCH);
    });
    REQUIRE(connect_lpc(client) == STATUS_SUCCESS);
    Message question(1, sizeof(PORT_DATA_INFORMATION)), answer;
    question.header.u2.s2.DataInfoOffset = sizeof(PORT_MESSAGE);
    PORT_DATA_INFORMATION entries = {1, {{text, 6}}};
    __builtin_memcpy(question.data, &entries, sizeof(entries));
    CHECK(NtRequestWaitReplyPort(client, &question.header, &answer.header) == STATUS_SUCCESS);
    CHECK(text[0] == 'x' && text[1] == 'y' && text[2] == 'c');
}

TEST(a_server_asks_back) {
    Handle port, client;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    Worker server([&] {
        Message message, question(5), answer;
        Handle accepted;
        CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS);
        NtAcceptConnectPort(accepted.out(), nullptr, &message.header, TRUE, nullptr, nullptr);
        NtCompleteConnectPort(accepted);
        CHECK(NtReplyWaitReceivePort(port, nullptr, nullptr, &message.header) == STATUS_SUCCESS);
        question.header.u2.s2.Type = LPC_REQUEST;
        question.header.MessageId = message.header.MessageId;
        question.header.ClientId = message.header.ClientId;
        CHECK(NtRequestWaitReplyPort(accepted, &question.header, &answer.header) == STATUS_SUCCESS);
        CHECK(answer.value() == 6);
        message.put(8);
        CHECK(NtReplyPort(port, &message.header) == STATUS_SUCCESS);
    });
    REQUIRE(connect_lpc(client) == STATUS_SUCCESS);
    Message question(1), answer;
    CHECK(NtRequestWaitReplyPort(client, &question.header, &answer.header) == STATUS_SUCCESS);
    CHECK(answer.type() == LPC_REQUEST && answer.value() == 5);
    answer.put(6);
    CHECK(NtReplyWaitReplyPort(client, &answer.header) == STATUS_SUCCESS);
    CHECK(answer.type() == LPC_REPLY && answer.value() == 8);
    CHECK(NtReplyWaitReplyPort(client, &answer.header) == STATUS_REPLY_MESSAGE_MISMATCH);
}

TEST(the_end_of_a_thread_is_told) {
    Handle port, client;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    Handle accepted;
    {
        Worker server([&] {
            Message message;
            CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS);
            NtAcceptConnectPort(accepted.out(), nullptr, &message.header, TRUE, nullptr, nullptr);
            NtCompleteConnectPort(accepted);
        });
        REQUIRE(connect_lpc(client) == STATUS_SUCCESS);
    }
    CHECK(NtRegisterThreadTerminatePort(nullptr) == STATUS_INVALID_HANDLE);
    {
        Worker dies([&] { CHECK(NtRegisterThreadTerminatePort(client) == STATUS_SUCCESS); });
    }
    Message message;
    LARGE_INTEGER time = after(5 * kSecond);
    CHECK(NtReplyWaitReceivePortEx(port, nullptr, nullptr, &message.header, &time) == STATUS_SUCCESS);
    CHECK(message.type() == LPC_CLIENT_DIED &&
          message.header.u1.s1.TotalLength == sizeof(LPC_CLIENT_DIED_MSG));
    client.close();
    CHECK(NtReplyWaitReceivePortEx(port, nullptr, nullptr, &message.header, &time) == STATUS_SUCCESS);
    CHECK(message.type() == LPC_PORT_CLOSED);
    time = after(0);
    CHECK(NtReplyWaitReceivePortEx(port, nullptr, nullptr, &message.header, &time) == STATUS_TIMEOUT);
    CHECK(NtRequestPort(accepted, &message.header) == STATUS_INVALID_PARAMETER);
    message = Message(1);
    CHECK(NtRequestPort(accepted, &message.header) == STATUS_PORT_DISCONNECTED);
}

TEST(who_waits_hears_of_the_servers_end) {
    Handle port, client, accepted;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    Worker server([&] {
        Message message;
        CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS);
        NtAcceptConnectPort(accepted.out(), nullptr, &message.header, TRUE, nullptr, nullptr);
        NtCompleteConnectPort(accepted);
        CHECK(NtReplyWaitReceivePort(port, nullptr, nullptr, &message.header) == STATUS_SUCCESS);
        accepted.close();
    });
    REQUIRE(connect_lpc(client) == STATUS_SUCCESS);
    Message question(1), answer;
    CHECK(NtRequestWaitReplyPort(client, &question.header, &answer.header) == STATUS_PORT_DISCONNECTED);
    CHECK(NtRequestPort(client, &question.header) == STATUS_PORT_DISCONNECTED);
}

TEST(a_waitable_port_is_signalled_by_messages) {
    Handle port, client;
    Name name(kPort);
    REQUIRE(NtCreateWaitablePort(port.out(), &name.attributes, 64, sizeof(Message), 0) == STATUS_SUCCESS);
    LARGE_INTEGER now = after(0), later = after(5 * kSecond);
    CHECK(NtWaitForSingleObject(port, FALSE, &now) == STATUS_TIMEOUT);
    Worker connector([&] { connect_lpc(client); });
    CHECK(NtWaitForSingleObject(port, FALSE, &later) == STATUS_SUCCESS);
    port.close();
}

TEST(who_listens_passes_over_messages) {
    Handle port, client, accepted;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    Message message;
    {
        Worker connector([&] { CHECK(connect_lpc(client) == STATUS_SUCCESS); });
        CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS);
        NtAcceptConnectPort(accepted.out(), nullptr, &message.header, TRUE, nullptr, nullptr);
        NtCompleteConnectPort(accepted);
    }
    Message note(1);
    for (ULONG i = 0; i < 300; ++i)
        CHECK(NtRequestPort(client, &note.header) == STATUS_SUCCESS);
    Worker second([&] {
        Handle another;
        CHECK(connect_lpc(another) == STATUS_PORT_CONNECTION_REFUSED);
    });
    CHECK(NtListenPort(port, &message.header) == STATUS_SUCCESS && message.type() == LPC_CONNECTION_REQUEST);
    HANDLE none = nullptr;
    CHECK(NtAcceptConnectPort(&none, nullptr, &message.header, FALSE, nullptr, nullptr) == STATUS_SUCCESS);
    LARGE_INTEGER now = after(0);
    CHECK(NtReplyWaitReceivePortEx(port, nullptr, nullptr, &message.header, &now) == STATUS_TIMEOUT);
}

TEST(an_lpc_port_is_sent_what_it_has_room_for) {
    Handle port, client;
    REQUIRE(create_lpc(port) == STATUS_SUCCESS);
    CHECK(connect_alpc(client) == STATUS_LPC_REQUESTS_NOT_ALLOWED);
    Worker server([&] { serve_one(port, 0); });
    Name name(kPort);
    ALPC_PORT_ATTRIBUTES attributes = port_attributes(ALPC_PORFLG_ALLOW_LPC_REQUESTS);
    attributes.MaxMessageLength = 0x8000;
    REQUIRE(NtAlpcConnectPort(client.out(), &name.string, nullptr, &attributes, ALPC_SYNC_CONNECTION, nullptr,
                              nullptr, nullptr, nullptr, nullptr, nullptr) == STATUS_SUCCESS);
    struct {
        Message message;
        UCHAR more[64] = {};
    } large;
    large.message.header.u1.s1.TotalLength = sizeof(Message) + 8;
    CHECK(send(client, large.message) == STATUS_PORT_MESSAGE_TOO_LONG);
    CHECK(NtAlpcSetInformation(client, AlpcPortInformation, &attributes, sizeof(attributes)) ==
          STATUS_SUCCESS);
    CHECK(send(client, large.message) == STATUS_PORT_MESSAGE_TOO_LONG);
    Message question(4), answer;
    CHECK(ask(client, question, answer) == STATUS_SUCCESS && answer.value() == 5);
    client.close();
}
