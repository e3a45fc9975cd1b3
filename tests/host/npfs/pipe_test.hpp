// SPDX-License-Identifier: GPL-3.0-only
//
// A pipe with one instance, as a server and a client have it.
#pragma once

#include "tests/host/npfs/kernel.hpp"

namespace test {

struct How {
    ULONG type = FILE_PIPE_BYTE_STREAM_TYPE;
    ULONG read_mode = FILE_PIPE_BYTE_STREAM_MODE;
    ULONG completion = FILE_PIPE_QUEUE_OPERATION;
    ULONG instances = 1;
    ULONG quota = 16;
    USHORT share = FILE_SHARE_READ | FILE_SHARE_WRITE;
    ULONG disposition = FILE_OPEN_IF;
    std::vector<UCHAR> descriptor{};
};
inline const How kMessages{.type = FILE_PIPE_MESSAGE_TYPE, .read_mode = FILE_PIPE_MESSAGE_MODE};

inline NTSTATUS serve(PipeFile& file, const How& how = {}) {
    Request request(IRP_MJ_CREATE_NAMED_PIPE, file);
    NAMED_PIPE_CREATE_PARAMETERS parameters{};
    parameters.NamedPipeType = how.type;
    parameters.ReadMode = how.read_mode;
    parameters.CompletionMode = how.completion;
    parameters.MaximumInstances = how.instances;
    parameters.InboundQuota = parameters.OutboundQuota = how.quota;
    parameters.DefaultTimeout.QuadPart = -500'000;
    parameters.TimeoutSpecified = TRUE;
    auto descriptor = how.descriptor;
    request.access.SecurityDescriptor = descriptor.empty() ? nullptr : descriptor.data();
    request.context.DesiredAccess = FILE_GENERIC_READ | FILE_GENERIC_WRITE;
    request.stack.Parameters.CreatePipe = {&request.context, how.disposition << 24, 0, 0, how.share, 0,
                                           &parameters};
    NTSTATUS status = request.send();
    file.open = NT_SUCCESS(status);
    return status;
}

inline NTSTATUS connect(PipeFile& file, ACCESS_MASK access = FILE_GENERIC_READ | FILE_GENERIC_WRITE) {
    Request request(IRP_MJ_CREATE, file);
    request.context.DesiredAccess = access;
    request.stack.Parameters.Create = {&request.context, FILE_OPEN << 24};
    NTSTATUS status = request.send();
    file.open = NT_SUCCESS(status);
    return status;
}

struct ReadRequest : Request {
    explicit ReadRequest(PipeFile& file, ULONG length = 64) : Request(IRP_MJ_READ, file, 0, length) {
        stack.Parameters.Read.Length = length;
    }
    std::string text() const { return {buffer.begin(), buffer.begin() + static_cast<long>(information())}; }
};
struct WriteRequest : Request {
    WriteRequest(PipeFile& file, std::string_view text) : Request(IRP_MJ_WRITE, file, text.size()) {
        stack.Parameters.Write.Length = static_cast<ULONG>(text.size());
        std::copy(text.begin(), text.end(), buffer.begin());
    }
};
struct ControlRequest : Request {
    ControlRequest(PipeFile& file, ULONG code, std::string_view in = {}, ULONG out = 0)
        : Request(IRP_MJ_FILE_SYSTEM_CONTROL, file, in.size(), out) {
        stack.MinorFunction = IRP_MN_USER_FS_REQUEST;
        input.assign(in.begin(), in.end());
        input.reserve(1);
        std::copy(in.begin(), in.end(), buffer.begin());
        stack.Parameters.FileSystemControl = {out, 0,           static_cast<ULONG>(in.size()), 0, code,
                                              0,   input.data()};
    }
    std::string text() const { return {answer.begin(), answer.begin() + static_cast<long>(information())}; }
};
struct FlushRequest : Request {
    explicit FlushRequest(PipeFile& file) : Request(IRP_MJ_FLUSH_BUFFERS, file) {}
};

inline NTSTATUS control(PipeFile& file, ULONG code) {
    ControlRequest request(file, code);
    return request.send();
}
inline NTSTATUS write(PipeFile& file, std::string_view text, ULONG_PTR* written = nullptr) {
    WriteRequest request(file, text);
    NTSTATUS status = request.send();
    if (written) *written = request.information();
    return status;
}
// What a read that does not wait gives: the text, or "!" and its status, behind a text that is cut "+".
inline std::string read(PipeFile& file, ULONG length = 64) {
    ReadRequest request(file, length);
    NTSTATUS status = request.send();
    if (status == STATUS_PENDING) request.cancel();
    if (status == STATUS_BUFFER_OVERFLOW) return request.text() + "+";
    if (status == STATUS_SUCCESS) return request.text();
    char text[16];
    snprintf(text, sizeof text, "!%x", static_cast<unsigned>(status));
    return text;
}

struct PipeTest : testing::Test {
    PipeTest() {
        access_answer = STATUS_SUCCESS;
        allocations_left = SIZE_MAX;
        impersonated = nullptr;
        asking_process = kProcess;
        cancel_nowhere();
    }
    ~PipeTest() override {
        client.close();
        server.close();
        EXPECT_FALSE(fire_timer()) << "a timer is left";
        EXPECT_EQ(allocations, 0u);
    }
    void open(const How& how = {}) {
        ASSERT_EQ(serve(server, how), STATUS_SUCCESS);
        asking_process = kProcess + 1;
        ASSERT_EQ(connect(client), STATUS_SUCCESS);
        if (how.read_mode == FILE_PIPE_MESSAGE_MODE)
            EXPECT_EQ(set_modes(client, FILE_PIPE_MESSAGE_MODE, how.completion), STATUS_SUCCESS);
    }
    static NTSTATUS set_modes(PipeFile& file, ULONG read_mode, ULONG completion) {
        FILE_PIPE_INFORMATION modes{read_mode, completion};
        Request request(IRP_MJ_SET_INFORMATION, file, sizeof modes);
        memcpy(request.buffer.data(), &modes, sizeof modes);
        request.stack.Parameters.SetFile = {sizeof modes, 0, FilePipeInformation};
        return request.send();
    }
    static FILE_PIPE_LOCAL_INFORMATION local(PipeFile& file) {
        FILE_PIPE_LOCAL_INFORMATION answer{};
        Request request(IRP_MJ_QUERY_INFORMATION, file, 0, sizeof answer);
        request.stack.Parameters.QueryFile = {sizeof answer, 0, FilePipeLocalInformation};
        EXPECT_EQ(request.send(), STATUS_SUCCESS);
        memcpy(&answer, request.buffer.data(), sizeof answer);
        return answer;
    }

    PipeFile server{u"\\pipe"}, client{u"\\PIPE"};
};

}  // namespace test
