// SPDX-License-Identifier: GPL-3.0-only
// libraries: -lws2_32 -lmswsock
// Overlapped sockets: AcceptEx and ConnectEx on a completion port, many buffers, completion routines,
// cancels, closes while requests wait.
#define _WIN32_WINNT 0x0600
#include <mswsock.h>
#include "loopback.h"

static LPFN_ACCEPTEX accept_ex;
static LPFN_CONNECTEX connect_ex;
static LPFN_GETACCEPTEXSOCKADDRS get_names;

static SOCKET overlapped(void) {
    return WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
}

static void pair(SOCKET* a, SOCKET* b) {
    SOCKET l = listener();
    *a = overlapped();
    connect(*a, (struct sockaddr*)&at, sizeof at);
    *b = accept(l, NULL, NULL);
    closesocket(l);
}

static void* function(SOCKET s, GUID guid) {
    void* result = NULL;
    DWORD length;
    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &guid, sizeof guid, &result, sizeof result, &length,
                 NULL, NULL))
        told("no function", SOCKET_ERROR);
    return result;
}

// Two that come in either order.
static void both(HANDLE port) {
    DWORD bytes[4] = {0}, of = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* request;
    for (int i = 0; i < 2; ++i)
        if (GetQueuedCompletionStatus(port, &of, &key, &request, 500) && key < 4) bytes[key] = of;
    printf("both: %lu %lu %lu\n", bytes[1], bytes[2], bytes[3]);
}

static void next(const char* what, HANDLE port) {
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* request = NULL;
    BOOL good = GetQueuedCompletionStatus(port, &bytes, &key, &request, 500);
    if (!request) {
        printf("%s: nothing comes, error %lu\n", what, GetLastError());
        return;
    }
    printf("%s: key %u, %lu bytes, error %lu\n", what, (unsigned)key, bytes, good ? 0 : GetLastError());
}

static void ports(void) {
    SOCKET l = listener(), a = overlapped(), b = overlapped();
    HANDLE port = CreateIoCompletionPort((HANDLE)l, NULL, 1, 0);
    OVERLAPPED accepting = {0}, connecting = {0}, sending = {0}, receiving = {0};
    struct sockaddr_in from = {AF_INET};
    struct sockaddr *local, *remote;
    int local_length, remote_length;
    char names[2 * (sizeof(struct sockaddr_in) + 16) + 8];
    char one[4], two[16];
    WSABUF parts[2] = {{sizeof one, one}, {sizeof two, two}};
    WSABUF words[3] = {{3, "abc"}, {0, NULL}, {5, "defgh"}};
    DWORD length, flags = 0;
    CreateIoCompletionPort((HANDLE)a, port, 2, 0);
    CreateIoCompletionPort((HANDLE)b, port, 3, 0);
    accept_ex = function(l, (GUID)WSAID_ACCEPTEX);
    connect_ex = function(l, (GUID)WSAID_CONNECTEX);
    get_names = function(l, (GUID)WSAID_GETACCEPTEXSOCKADDRS);
    told("AcceptEx", accept_ex(l, b, names, 8, sizeof from + 16, sizeof from + 16, &length, &accepting)
                         ? 0
                         : SOCKET_ERROR);
    told("ConnectEx unbound",
         connect_ex(a, (struct sockaddr*)&at, sizeof at, NULL, 0, &length, &connecting) ? 0 : SOCKET_ERROR);
    bind(a, (struct sockaddr*)&from, sizeof from);
    BOOL at_once = connect_ex(a, (struct sockaddr*)&at, sizeof at, "first", 5, &length, &connecting);
    printf("ConnectEx: %s\n", at_once || WSAGetLastError() == WSA_IO_PENDING ? "goes" : "fails");
    both(port);
    told("SO_UPDATE_CONNECT_CONTEXT", setsockopt(a, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0));
    told("SO_UPDATE_ACCEPT_CONTEXT",
         setsockopt(b, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char*)&l, sizeof l));
    get_names(names, 8, sizeof from + 16, sizeof from + 16, &local, &local_length, &remote, &remote_length);
    printf("names: %d %d, local port %s\n", local_length, remote_length,
           ((struct sockaddr_in*)local)->sin_port == at.sin_port ? "the listener's" : "another");
    printf("first: %.5s\n", names);
    told("WSARecv", WSARecv(b, parts, 2, NULL, &flags, &receiving, NULL));
    told("WSASend", WSASend(a, words, 3, &length, 0, &sending, NULL));
    printf("sent %lu\n", length);
    both(port);
    printf("%.4s %.4s\n", one, two);
    flags = 0;
    told("WSARecv", WSARecv(b, parts, 2, NULL, &flags, &receiving, NULL));
    told("CancelIoEx", CancelIoEx((HANDLE)b, (OVERLAPPED*)&receiving) ? 0 : SOCKET_ERROR);
    next("cancelled", port);
    flags = 0;
    told("WSARecv", WSARecv(b, parts, 2, NULL, &flags, &receiving, NULL));
    closesocket(a);
    next("the end", port);
    told("AcceptEx",
         accept_ex(l, a = overlapped(), names, 0, sizeof from + 16, sizeof from + 16, &length, &accepting)
             ? 0
             : SOCKET_ERROR);
    closesocket(l);
    next("the listener went", port);
    closesocket(a), closesocket(b);
    CloseHandle(port);
}

static int routine_calls;
static void CALLBACK routine(DWORD error, DWORD length, WSAOVERLAPPED* request, DWORD flags) {
    (void)request;
    ++routine_calls;
    printf("routine: error %lu, %lu bytes, flags %#lx\n", error, length, flags);
}

static void routines(void) {
    SOCKET a, b;
    OVERLAPPED request = {0};
    char bytes[16];
    WSABUF part = {sizeof bytes, bytes};
    DWORD flags = 0, length = 0;
    pair(&a, &b);
    told("WSARecv", WSARecv(a, &part, 1, NULL, &flags, &request, routine));
    send(b, "routine", 7, 0);
    told("SleepEx", (int)SleepEx(500, TRUE));
    memset(&request, 0, sizeof request);
    request.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    flags = 0;
    told("WSARecv", WSARecv(a, &part, 1, NULL, &flags, &request, NULL));
    told("WSAGetOverlappedResult",
         WSAGetOverlappedResult(a, &request, &length, FALSE, &flags) ? 0 : SOCKET_ERROR);
    send(b, "event", 5, 0);
    told("WSAGetOverlappedResult",
         WSAGetOverlappedResult(a, &request, &length, TRUE, &flags) ? 0 : SOCKET_ERROR);
    printf("%lu bytes\n", length);
    // As files too.
    memset(&request, 0, sizeof request);
    if (!ReadFile((HANDLE)a, bytes, 4, NULL, &request)) told("ReadFile", SOCKET_ERROR);
    DWORD written = 0;
    OVERLAPPED writing = {0};
    writing.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    if (!WriteFile((HANDLE)b, "file", 4, &written, &writing)) told("WriteFile", SOCKET_ERROR);
    GetOverlappedResult((HANDLE)b, &writing, &written, TRUE);
    GetOverlappedResult((HANDLE)a, &request, &length, TRUE);
    printf("as files: %lu, %lu, %.4s\n", written, length, bytes);
    closesocket(a), closesocket(b);
}

// A megabyte each way at once, both overlapped.
static void both_ways(void) {
    enum { kBytes = 1 << 20 };
    SOCKET s[2];
    static char out[2][kBytes], in[2][kBytes];
    OVERLAPPED sending[2] = {{0}, {0}};
    DWORD length, flags;
    pair(&s[0], &s[1]);
    for (int i = 0; i < 2; ++i) {
        for (int k = 0; k < kBytes; ++k)
            out[i][k] = (char)(k * 13 + i + k / 1000);
        WSABUF all = {kBytes, out[i]};
        sending[i].hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
        int result = WSASend(s[i], &all, 1, NULL, 0, &sending[i], NULL);
        if (result && WSAGetLastError() != WSA_IO_PENDING) told("WSASend", result);
    }
    for (int i = 0; i < 2; ++i) {
        int done = 0, part;
        while (done < kBytes && (part = recv(s[i], in[i] + done, kBytes - done, 0)) > 0)
            done += part;
        printf("%d bytes, %s\n", done, memcmp(in[i], out[1 - i], kBytes) ? "others" : "the same");
    }
    for (int i = 0; i < 2; ++i) {
        BOOL good = WSAGetOverlappedResult(s[i], &sending[i], &length, TRUE, &flags);
        printf("sent: %d, %lu\n", good, length);
        closesocket(s[i]);
    }
}

int main(void) {
    WSADATA data;
    setvbuf(stdout, NULL, _IONBF, 0);
    WSAStartup(MAKEWORD(2, 2), &data);
    ports();
    routines();
    both_ways();
    printf("%d routine called\n", routine_calls);
    WSACleanup();
    return 0;
}
