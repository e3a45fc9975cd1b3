// SPDX-License-Identifier: GPL-3.0-only
// libraries: -lws2_32
// Sockets that do not block: select, WSAPoll, WSAEventSelect and what each says when.
#define _WIN32_WINNT 0x0600
#include "loopback.h"

static void nonblocking(SOCKET s) {
    u_long on = 1;
    ioctlsocket(s, FIONBIO, &on);
}

static int selected(SOCKET s, int ms) {
    fd_set readable, writable, failed;
    struct timeval time = {ms / 1000, ms % 1000 * 1000};
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    FD_SET(s, &readable);
    FD_SET(s, &writable);
    FD_SET(s, &failed);
    int count = select(0, &readable, &writable, &failed, &time);
    if (count < 0) told("select", count);
    return (FD_ISSET(s, &readable) ? 1 : 0) | (FD_ISSET(s, &writable) ? 2 : 0) |
           (FD_ISSET(s, &failed) ? 4 : 0);
}

static void show(const char* what, SOCKET s) {
    WSAPOLLFD one = {s, POLLRDNORM | POLLRDBAND | POLLWRNORM, 0};
    int found = selected(s, 20);
    int count = WSAPoll(&one, 1, 0);
    printf("%s: select%s%s%s, poll %d %#x\n", what, found & 1 ? " read" : "", found & 2 ? " write" : "",
           found & 4 ? " fail" : "", count, one.revents);
}

static void selects(void) {
    char bytes[8];
    SOCKET l = listener(), a = socket(AF_INET, SOCK_STREAM, 0), b;
    fd_set none;
    struct timeval now = {0, 0};
    FD_ZERO(&none);
    told("select of nothing", select(0, &none, NULL, NULL, &now));
    nonblocking(l), nonblocking(a);
    told("accept", accept(l, NULL, NULL) == INVALID_SOCKET ? SOCKET_ERROR : 0);
    show("listener", l);
    told("connect", connect(a, (struct sockaddr*)&at, sizeof at));
    show("connecting", a);
    show("listener", l);
    b = accept(l, NULL, NULL);
    show("listener", l);
    told("recv", recv(a, bytes, 8, 0));
    show("connected", a);
    send(b, "abc", 3, 0);
    show("with data", a);
    told("recv", recv(a, bytes, 8, 0));
    show("without", a);
    shutdown(b, SD_SEND);
    show("ended", a);
    told("recv", recv(a, bytes, 8, 0));
    show("ended and read", a);
    closesocket(b);
    closesocket(l);
    closesocket(a);
}

static void full(void) {
    static char bytes[16384];
    SOCKET l = listener(), a = socket(AF_INET, SOCK_STREAM, 0), b;
    long long sent = 0, got = 0;
    int length;
    connect(a, (struct sockaddr*)&at, sizeof at);
    b = accept(l, NULL, NULL);
    nonblocking(a), nonblocking(b);
    for (unsigned i = 0; i < 10000; ++i) {
        length = send(a, bytes, sizeof bytes, 0);
        if (length < 0) {
            if (selected(a, 50) & 2) continue;
            break;
        }
        sent += length;
    }
    told("send into what is full", send(a, bytes, 1, 0));
    printf("it is: %s\n", selected(a, 0) & 2 ? "not" : "yes");
    while (selected(b, 200) & 1 && (length = recv(b, bytes, sizeof bytes, 0)) > 0)
        got += length;
    printf("%s\n", got == sent ? "all of it came" : "something was lost");
    printf("room again: %s\n", selected(a, 200) & 2 ? "yes" : "no");
    closesocket(a), closesocket(b), closesocket(l);
}

static void network(const char* what, SOCKET s, HANDLE event) {
    WSANETWORKEVENTS events;
    DWORD wait = WaitForSingleObject(event, 100);
    if (WSAEnumNetworkEvents(s, event, &events)) return told(what, SOCKET_ERROR);
    printf("%s: wait %lu, events %#lx", what, wait, events.lNetworkEvents);
    for (unsigned i = 0; i < FD_MAX_EVENTS; ++i)
        if (events.lNetworkEvents >> i & 1 && events.iErrorCode[i])
            printf(", %u error %d", i, events.iErrorCode[i]);
    printf("\n");
}

static void events(void) {
    char bytes[8];
    SOCKET l = listener(), a = socket(AF_INET, SOCK_STREAM, 0), b;
    HANDLE on_l = WSACreateEvent(), on_a = WSACreateEvent(), on_b = WSACreateEvent();
    u_long off = 0;
    WSAEventSelect(l, on_l, FD_ACCEPT | FD_CLOSE);
    WSAEventSelect(a, on_a, FD_CONNECT | FD_READ | FD_WRITE | FD_CLOSE);
    told("blocking again", ioctlsocket(a, FIONBIO, &off));
    told("connect", connect(a, (struct sockaddr*)&at, sizeof at));
    network("client", a, on_a);
    network("listener", l, on_l);
    b = accept(l, NULL, NULL);
    network("listener", l, on_l);
    WSAEventSelect(b, on_b, FD_READ | FD_WRITE | FD_CLOSE);
    network("server", b, on_b);
    send(a, "abcdef", 6, 0);
    network("server with data", b, on_b);
    network("told once", b, on_b);
    told("recv a part", recv(b, bytes, 2, 0));
    network("told again", b, on_b);
    told("recv the rest", recv(b, bytes, 8, 0));
    network("nothing more", b, on_b);
    shutdown(a, SD_SEND);
    network("ended", b, on_b);
    told("recv", recv(b, bytes, 8, 0));
    closesocket(b);
    network("client", a, on_a);
    closesocket(a);
    a = socket(AF_INET, SOCK_STREAM, 0);
    closesocket(l);
    WSAEventSelect(a, on_a, FD_CONNECT | FD_CLOSE);
    told("connect to nobody", connect(a, (struct sockaddr*)&at, sizeof at));
    network("refused", a, on_a);
    closesocket(a);
}

static DWORD WINAPI later(void* argument) {
    Sleep(50);
    send(*(SOCKET*)argument, "x", 1, 0);
    return 0;
}

static void long_select(void) {
    SOCKET l = listener(), pairs[120];
    fd_set readable;
    struct timeval time = {5, 0};
    FD_ZERO(&readable);
    for (unsigned i = 0; i < 120; i += 2) {
        pairs[i] = socket(AF_INET, SOCK_STREAM, 0);
        connect(pairs[i], (struct sockaddr*)&at, sizeof at);
        pairs[i + 1] = accept(l, NULL, NULL);
        FD_SET(pairs[i + 1], &readable);
    }
    HANDLE thread = CreateThread(NULL, 0, later, &pairs[72], 0, NULL);
    told("select of 60", select(0, &readable, NULL, NULL, &time));
    printf("the one: %s\n", FD_ISSET(pairs[73], &readable) ? "yes" : "no");
    WaitForSingleObject(thread, INFINITE);
    for (unsigned i = 0; i < 120; ++i)
        closesocket(pairs[i]);
    closesocket(l);
}

int main(void) {
    WSADATA data;
    setvbuf(stdout, NULL, _IONBF, 0);
    WSAStartup(MAKEWORD(2, 2), &data);
    selects();
    full();
    events();
    long_select();
    WSACleanup();
    return 0;
}
