// SPDX-License-Identifier: GPL-3.0-only
// Servers and clients of ports, in threads of the program itself.
#pragma once

#include "tests/system/test.h"

namespace {

constexpr LONGLONG kSecond = -10'000'000;

struct Message {
    PORT_MESSAGE header = {};
    UCHAR data[1024] = {};

    Message() = default;
    // So many bytes that begin with this one.
    explicit Message(ULONG value, USHORT length = sizeof(ULONG)) {
        header.u1.s1.DataLength = length;
        header.u1.s1.TotalLength = static_cast<USHORT>(sizeof(PORT_MESSAGE) + length);
        put(value);
    }
    void put(ULONG value) { __builtin_memcpy(data, &value, sizeof(value)); }
    ULONG value() const {
        ULONG value;
        __builtin_memcpy(&value, data, sizeof(value));
        return value;
    }
    USHORT type() const { return header.u2.s2.Type & 0xfff; }
};

struct Handle {
    HANDLE value = nullptr;
    Handle() = default;
    ~Handle() { close(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    void close() {
        if (value) NtClose(value);
        value = nullptr;
    }
    HANDLE* out() {
        close();
        return &value;
    }
    operator HANDLE() const { return value; }
};

struct Name {
    UNICODE_STRING string;
    OBJECT_ATTRIBUTES attributes;
    explicit Name(const WCHAR* text) {
        RtlInitUnicodeString(&string, text);
        InitializeObjectAttributes(&attributes, &string, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    }
};

constexpr WCHAR kPort[] = u"\\BaseNamedObjects\\ports-test";

constexpr SECURITY_QUALITY_OF_SERVICE kQuality = {sizeof(SECURITY_QUALITY_OF_SERVICE), SecurityImpersonation,
                                                  TRUE, FALSE};

// A thread that runs a lambda.
template <typename Body>
class Worker {
public:
    explicit Worker(Body body) : body_(body) {
        NtCreateThreadEx(handle_.out(), THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                         reinterpret_cast<PVOID>(run), this, 0, 0, 0, 0, nullptr);
    }
    ~Worker() { CHECK(wait(10 * kSecond)); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    bool wait(LONGLONG timeout) {
        LARGE_INTEGER time;
        time.QuadPart = timeout;
        return NtWaitForSingleObject(handle_, FALSE, &time) == STATUS_SUCCESS;
    }
    HANDLE handle() const { return handle_; }

private:
    static NTSTATUS NTAPI run(PVOID self) {
        static_cast<Worker*>(self)->body_();
        return STATUS_SUCCESS;
    }
    Body body_;
    Handle handle_;
};

inline LARGE_INTEGER after(LONGLONG time) {
    LARGE_INTEGER timeout;
    timeout.QuadPart = time;
    return timeout;
}

inline void sleep(LONGLONG time) {
    LARGE_INTEGER timeout = after(time);
    NtDelayExecution(FALSE, &timeout);
}

// --- ALPC

struct Attributes {
    alignas(8) UCHAR bytes[256] = {};
    explicit Attributes(ULONG which) {
        SIZE_T needed = 0;
        AlpcInitializeMessageAttribute(which, list(), sizeof(bytes), &needed);
    }
    PALPC_MESSAGE_ATTRIBUTES list() { return reinterpret_cast<PALPC_MESSAGE_ATTRIBUTES>(bytes); }
    ULONG valid() { return list()->ValidAttributes; }
    template <typename T>
    T& get(ULONG which) {
        return *static_cast<T*>(AlpcGetMessageAttribute(list(), which));
    }
};

inline ALPC_PORT_ATTRIBUTES port_attributes(ULONG flags = 0) {
    ALPC_PORT_ATTRIBUTES attributes = {};
    attributes.Flags = flags | ALPC_PORFLG_ALLOW_DUP_OBJECT;
    attributes.SecurityQos = kQuality;
    attributes.MaxMessageLength = sizeof(Message);
    attributes.DupObjectTypes = OB_ALL_OBJECT_TYPE_CODES;
    return attributes;
}

inline NTSTATUS create_alpc(Handle& port, ULONG flags = 0) {
    Name name(kPort);
    ALPC_PORT_ATTRIBUTES attributes = port_attributes(flags);
    return NtAlpcCreatePort(port.out(), &name.attributes, &attributes);
}

inline NTSTATUS connect_alpc(Handle& port, ULONG flags = ALPC_SYNC_CONNECTION,
                             LONGLONG timeout = 10 * kSecond) {
    Name name(kPort);
    ALPC_PORT_ATTRIBUTES attributes = port_attributes();
    LARGE_INTEGER time = after(timeout);
    return NtAlpcConnectPort(port.out(), &name.string, nullptr, &attributes, flags, nullptr, nullptr, nullptr,
                             nullptr, nullptr, &time);
}

inline NTSTATUS receive(HANDLE port, Message& message, LONGLONG timeout = 10 * kSecond,
                        Attributes* attributes = nullptr) {
    SIZE_T size = sizeof(message);
    LARGE_INTEGER time = after(timeout);
    return NtAlpcSendWaitReceivePort(port, 0, nullptr, nullptr, &message.header, &size,
                                     attributes ? attributes->list() : nullptr, &time);
}

inline NTSTATUS send(HANDLE port, Message& message, ULONG flags = ALPC_MSGFLG_RELEASE_MESSAGE,
                     Attributes* attributes = nullptr) {
    return NtAlpcSendWaitReceivePort(port, flags, &message.header, attributes ? attributes->list() : nullptr,
                                     nullptr, nullptr, nullptr, nullptr);
}

inline NTSTATUS ask(HANDLE port, Message& question, Message& answer, LONGLONG timeout = 10 * kSecond,
                    Attributes* attributes = nullptr, Attributes* received = nullptr) {
    SIZE_T size = sizeof(answer);
    LARGE_INTEGER time = after(timeout);
    return NtAlpcSendWaitReceivePort(port, ALPC_MSGFLG_SYNC_REQUEST, &question.header,
                                     attributes ? attributes->list() : nullptr, &answer.header, &size,
                                     received ? received->list() : nullptr, &time);
}

inline NTSTATUS accept(HANDLE port, Handle& server, Message& request, PVOID context = nullptr,
                       bool yes = true) {
    ALPC_PORT_ATTRIBUTES attributes = port_attributes();
    return NtAlpcAcceptConnectPort(server.out(), port, 0, nullptr, &attributes, context, &request.header,
                                   nullptr, yes);
}

// A listening port and a client connected to it.
struct Pair {
    Handle port, server, client;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    explicit Pair(ULONG flags = 0) {
        if (!NT_SUCCESS(create_alpc(port, flags))) return;
        status = connect_alpc(client, 0);
        Message request;
        if (NT_SUCCESS(status)) status = receive(port, request);
        if (NT_SUCCESS(status)) status = accept(port, server, request, reinterpret_cast<PVOID>(0x77));
        Message reply;
        if (NT_SUCCESS(status)) status = receive(client, reply);
        if (NT_SUCCESS(status) && reply.type() != LPC_CONNECTION_REPLY) status = STATUS_UNSUCCESSFUL;
    }
};

}  // namespace
