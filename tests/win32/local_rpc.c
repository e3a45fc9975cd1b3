// SPDX-License-Identifier: GPL-3.0-only
// Remote procedure calls between two programs of this machine (ncalrpc), without stubs: buffers are sent and
// received as they are.
// libraries: -lrpcrt4
#define _WIN32_WINNT 0x0600
#include "say.h"

#include <rpc.h>
#include <rpcndr.h>

// 3c1ee1c5-08d7-4b1b-9d9c-5a0c3a3a6f01, version 1.0, and the transfer syntax of NDR.
#define OUR_INTERFACE {{0x3c1ee1c5, 0x08d7, 0x4b1b, {0x9d, 0x9c, 0x5a, 0x0c, 0x3a, 0x3a, 0x6f, 0x01}}, {1, 0}}
#define OUR_TRANSFER {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}}

static unsigned char endpoint[] = "neptune-local-rpc";
static unsigned char sequence[] = "ncalrpc";

// Procedure 0: the number that comes, and one.
static void RPC_ENTRY add_one(PRPC_MESSAGE message) {
    unsigned long value = *(unsigned long*)message->Buffer;
    message->BufferLength = sizeof value;
    I_RpcGetBuffer(message);
    *(unsigned long*)message->Buffer = value + 1;
}

// Procedure 1: the server ends.
static void RPC_ENTRY stop(PRPC_MESSAGE message) {
    message->BufferLength = 0;
    I_RpcGetBuffer(message);
    RpcMgmtStopServerListening(NULL);
}

static RPC_DISPATCH_FUNCTION procedures[] = {add_one, stop, NULL};
static RPC_DISPATCH_TABLE table = {2, procedures, 0};
static RPC_SERVER_INTERFACE server_interface = {
    sizeof(RPC_SERVER_INTERFACE), OUR_INTERFACE, OUR_TRANSFER, &table, 0, NULL, NULL, NULL, 0};
static RPC_CLIENT_INTERFACE client_interface = {
    sizeof(RPC_CLIENT_INTERFACE), OUR_INTERFACE, OUR_TRANSFER, NULL, 0, NULL, 0, NULL, 0};

static int serve(void) {
    RPC_STATUS status = RpcServerUseProtseqEpA(sequence, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, endpoint, NULL);
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, "local-rpc-ready");
    if (status == RPC_S_OK) status = RpcServerRegisterIf(&server_interface, NULL, NULL);
    if (status == RPC_S_OK) status = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE);
    SetEvent(ready);
    if (status == RPC_S_OK) status = RpcMgmtWaitServerListen();
    RpcServerUnregisterIf(&server_interface, NULL, FALSE);
    return (int)status;
}

static RPC_STATUS call(handle_t binding, unsigned procedure, unsigned long* value) {
    RPC_MESSAGE message;
    RPC_STATUS status;
    memset(&message, 0, sizeof message);
    message.Handle = binding;
    message.RpcInterfaceInformation = &client_interface;
    message.ProcNum = procedure;
    message.DataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    message.BufferLength = value ? sizeof *value : 0;
    status = I_RpcGetBuffer(&message);
    if (status != RPC_S_OK) return status;
    if (value) *(unsigned long*)message.Buffer = *value;
    status = I_RpcSendReceive(&message);
    if (status != RPC_S_OK) return status;
    if (value) *value = *(unsigned long*)message.Buffer;
    return I_RpcFreeBuffer(&message);
}

int main(int argc, char** argv) {
    unsigned char* text = NULL;
    handle_t binding = NULL;
    unsigned long value = 41;
    int i, sum = 0;
    DWORD code = 0;
    char command[MAX_PATH * 2], program[MAX_PATH];
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process;
    HANDLE ready;
    if (argc == 2) return serve();
    ready = MADE(CreateEventA(NULL, TRUE, FALSE, "local-rpc-ready"));
    GetModuleFileNameA(NULL, program, sizeof program);
    sprintf(command, "\"%s\" serve", program);
    if (!YES(CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))) return 1;
    NUM(WaitForSingleObject(ready, 30000));
    NUM(RpcStringBindingComposeA(NULL, sequence, NULL, endpoint, NULL, &text));
    STR(text);
    NUM(RpcBindingFromStringBindingA(text, &binding));
    NUM(call(binding, 0, &value));
    NUM(value);
    for (i = 0; i < 100; ++i) {
        value = i;
        if (call(binding, 0, &value) == RPC_S_OK) sum += (int)value;
    }
    NUM(sum);
    NUM(call(binding, 1, NULL));
    NUM(WaitForSingleObject(process.hProcess, 30000));
    GetExitCodeProcess(process.hProcess, &code);
    NUM(code);
    NUM(RpcBindingFree(&binding));
    NUM(RpcStringFreeA(&text));
    return 0;
}
