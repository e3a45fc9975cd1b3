// SPDX-License-Identifier: GPL-3.0-only
// libraries: -lws2_32
// TCP on loopback with blocking sockets: names, echo, half close, reset, time-outs, urgent data, refusals.
#define _WIN32_WINNT 0x0600
#include <winsock2.h>

#include <stdio.h>
#include <ws2tcpip.h>

static const char* error_name(int error) {
    static char number[16];
    switch (error) {
        case 0:
            return "0";
        case WSAEADDRINUSE:
            return "ADDRINUSE";
        case WSAECONNABORTED:
            return "CONNABORTED";
        case WSAECONNREFUSED:
            return "CONNREFUSED";
        case WSAECONNRESET:
            return "CONNRESET";
        case WSAEINVAL:
            return "INVAL";
        case WSAEISCONN:
            return "ISCONN";
        case WSAENOTCONN:
            return "NOTCONN";
        case WSAEOPNOTSUPP:
            return "OPNOTSUPP";
        case WSAESHUTDOWN:
            return "SHUTDOWN";
        case WSAETIMEDOUT:
            return "TIMEDOUT";
        case WSAENOTSOCK:
            return "NOTSOCK";
        case WSAEADDRNOTAVAIL:
            return "ADDRNOTAVAIL";
        case WSAEAFNOSUPPORT:
            return "AFNOSUPPORT";
        case WSAEFAULT:
            return "FAULT";
        case WSANOTINITIALISED:
            return "NOTINITIALISED";
    }
    sprintf(number, "%d", error);
    return number;
}

static void told(const char* what, int result) {
    if (result == SOCKET_ERROR)
        printf("%s: error %s\n", what, error_name(WSAGetLastError()));
    else
        printf("%s: %d\n", what, result);
}

static struct sockaddr_in loopback(unsigned short port) {
    struct sockaddr_in address = {AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = port;
    return address;
}

// A listener at a port that was free.
static SOCKET listener(struct sockaddr_in* at) {
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int length = sizeof *at;
    *at = loopback(0);
    if (bind(s, (struct sockaddr*)at, sizeof *at) || listen(s, 5)) told("listener", SOCKET_ERROR);
    getsockname(s, (struct sockaddr*)at, &length);
    return s;
}

static void pair(SOCKET* a, SOCKET* b) {
    struct sockaddr_in at;
    SOCKET from = listener(&at);
    *a = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(*a, (struct sockaddr*)&at, sizeof at)) told("pair", SOCKET_ERROR);
    *b = accept(from, NULL, NULL);
    closesocket(from);
}

static DWORD WINAPI echo(void* argument) {
    SOCKET s = *(SOCKET*)argument;
    char bytes[4096];
    int length;
    while ((length = recv(s, bytes, sizeof bytes, 0)) > 0)
        for (int done = 0, part; done < length; done += part) {
            part = send(s, bytes + done, length - done, 0);
            if (part < 0) return 1;
        }
    shutdown(s, SD_SEND);
    return 0;
}

static DWORD WINAPI sender(void* argument) {
    SOCKET s = *(SOCKET*)argument;
    static char bytes[1 << 16];
    for (unsigned i = 0; i < 16; ++i) {
        for (unsigned k = 0; k < sizeof bytes; ++k)
            bytes[k] = (char)(i * 31 + k * 7 + k / 251);
        if (send(s, bytes, sizeof bytes, 0) != sizeof bytes) printf("a part of a block was sent\n");
    }
    shutdown(s, SD_SEND);
    return 0;
}

static void echoes(void) {
    SOCKET a, b;
    unsigned long long total = 0;
    unsigned wrong = 0;
    char bytes[5000];
    int length;
    pair(&a, &b);
    HANDLE threads[2] = {CreateThread(NULL, 0, echo, &b, 0, NULL),
                         CreateThread(NULL, 0, sender, &a, 0, NULL)};
    while ((length = recv(a, bytes, sizeof bytes, 0)) > 0) {
        for (int i = 0; i < length; ++i, ++total) {
            unsigned block = (unsigned)(total >> 16), k = (unsigned)total & 0xffff;
            wrong += bytes[i] != (char)(block * 31 + k * 7 + k / 251);
        }
    }
    WaitForMultipleObjects(2, threads, TRUE, INFINITE);
    printf("echo: %llu bytes, %u wrong, end %d\n", total, wrong, length);
    closesocket(a);
    closesocket(b);
}

static void names(void) {
    struct sockaddr_in at, mine, peer;
    int length = sizeof mine;
    SOCKET l = listener(&at), a = socket(AF_INET, SOCK_STREAM, 0), b;
    told("getsockname before bind", getsockname(a, (struct sockaddr*)&mine, &length));
    told("getpeername before connect", getpeername(a, (struct sockaddr*)&peer, &length));
    connect(a, (struct sockaddr*)&at, sizeof at);
    length = sizeof mine;
    getsockname(a, (struct sockaddr*)&mine, &length);
    getpeername(a, (struct sockaddr*)&peer, &length);
    printf("peer: %s, port %s\n", inet_ntoa(peer.sin_addr),
           peer.sin_port == at.sin_port ? "the listener's" : "another");
    b = accept(l, (struct sockaddr*)&peer, &length);
    printf("accepted: %s, port %s, %d bytes\n", inet_ntoa(peer.sin_addr),
           peer.sin_port == mine.sin_port ? "the client's" : "another", length);
    getsockname(b, (struct sockaddr*)&peer, &length);
    printf("own: %s, port %s\n", inet_ntoa(peer.sin_addr),
           peer.sin_port == at.sin_port ? "the listener's" : "another");
    length = 4;
    told("getpeername too short", getpeername(b, (struct sockaddr*)&peer, &length));
    told("connect again", connect(a, (struct sockaddr*)&at, sizeof at));
    told("bind again", bind(a, (struct sockaddr*)&mine, sizeof mine));
    told("listen connected", listen(a, 1));
    closesocket(l);
    SOCKET c = socket(AF_INET, SOCK_STREAM, 0);
    told("connect to nobody", connect(c, (struct sockaddr*)&at, sizeof at));
    closesocket(a), closesocket(b), closesocket(c);
    told("send on a closed one", send(c, "x", 1, 0));
}

static void halves(void) {
    SOCKET a, b;
    char bytes[16];
    pair(&a, &b);
    send(a, "one", 3, 0);
    told("shutdown", shutdown(a, SD_SEND));
    told("send after it", send(a, "two", 3, 0));
    told("recv", recv(b, bytes, sizeof bytes, 0));
    told("recv at the end", recv(b, bytes, sizeof bytes, 0));
    told("recv at the end again", recv(b, bytes, sizeof bytes, 0));
    told("send the other way", send(b, "three", 5, 0));
    told("recv it", recv(a, bytes, sizeof bytes, 0));
    shutdown(a, SD_RECEIVE);
    told("recv after SD_RECEIVE", recv(a, bytes, sizeof bytes, 0));
    closesocket(a), closesocket(b);
}

static void resets(void) {
    SOCKET a, b;
    char bytes[16];
    struct linger hard = {1, 0};
    pair(&a, &b);
    setsockopt(a, SOL_SOCKET, SO_LINGER, (char*)&hard, sizeof hard);
    closesocket(a);
    told("recv after a hard close", recv(b, bytes, sizeof bytes, 0));
    closesocket(b);
    pair(&a, &b);
    send(b, "unread", 6, 0);
    recv(a, bytes, 1, 0);
    closesocket(a);
    told("recv after a close with data", recv(b, bytes, sizeof bytes, 0));
    closesocket(b);
    pair(&a, &b);
    closesocket(a);
    told("recv after a close", recv(b, bytes, sizeof bytes, 0));
    closesocket(b);
}

static void waits(void) {
    SOCKET a, b;
    char bytes[16];
    DWORD time = 50;
    int length = sizeof time;
    pair(&a, &b);
    setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, (char*)&time, sizeof time);
    told("recv in 50 ms", recv(a, bytes, sizeof bytes, 0));
    getsockopt(a, SOL_SOCKET, SO_RCVTIMEO, (char*)&time, &length);
    printf("time %lu\n", time);
    send(b, "abcdef", 6, 0);
    told("peek", recv(a, bytes, 4, MSG_PEEK));
    told("recv", recv(a, bytes, sizeof bytes, 0));
    printf("%.6s\n", bytes);
    send(b, "12345", 5, 0);
    u_long count = 0;
    ioctlsocket(a, FIONREAD, &count);
    printf("readable %lu\n", count);
    told("recv of 3", recv(a, bytes, 3, MSG_WAITALL));
    told("recv of none", recv(a, bytes, 0, 0));
    closesocket(a), closesocket(b);
}

static void urgent(void) {
    SOCKET a, b;
    char bytes[16];
    u_long mark = 7;
    pair(&a, &b);
    send(b, "ab", 2, 0);
    told("send urgent", send(b, "!", 1, MSG_OOB));
    send(b, "cd", 2, 0);
    Sleep(50);
    told("recv urgent", recv(a, bytes, sizeof bytes, MSG_OOB));
    printf("%c\n", bytes[0]);
    ioctlsocket(a, SIOCATMARK, &mark);
    printf("none is waiting: %lu\n", mark);
    for (int length = 0, part; length < 4; length += part) {
        part = recv(a, bytes + length, (int)sizeof bytes - length, 0);
        if (part <= 0) return told("recv", part);
    }
    printf("%.4s\n", bytes);
    closesocket(a), closesocket(b);
}

static void option(SOCKET s, const char* what, int level, int name) {
    DWORD value = 0xffffffff;
    int length = sizeof value;
    if (getsockopt(s, level, name, (char*)&value, &length)) return told(what, SOCKET_ERROR);
    printf("%s: %lu, %d bytes\n", what, length == 1 ? value & 0xff : value, length);
}

static void options(void) {
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    BOOL on = TRUE;
    option(s, "SO_ACCEPTCONN", SOL_SOCKET, SO_ACCEPTCONN);
    option(s, "SO_TYPE", SOL_SOCKET, SO_TYPE);
    option(s, "SO_ERROR", SOL_SOCKET, SO_ERROR);
    option(s, "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR);
    option(s, "SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE);
    option(s, "SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE);
    option(s, "TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char*)&on, sizeof on);
    option(s, "TCP_NODELAY set", IPPROTO_TCP, TCP_NODELAY);
    setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, (char*)&on, sizeof on);
    option(s, "SO_KEEPALIVE set", SOL_SOCKET, SO_KEEPALIVE);
    option(s, "SO_BROADCAST", SOL_SOCKET, SO_BROADCAST);
    closesocket(s);
}

static void refusals(void) {
    struct sockaddr_in at, other = loopback(0);
    SOCKET l = listener(&at), s = socket(AF_INET, SOCK_STREAM, 0);
    told("bind where one listens", bind(s, (struct sockaddr*)&at, sizeof at));
    other.sin_addr.s_addr = htonl(0x0a000001);
    told("bind to another's address", bind(s, (struct sockaddr*)&other, sizeof other));
    told("bind too short", bind(s, (struct sockaddr*)&at, 4));
    told("listen unbound", listen(s, 1));
    told("accept unbound", accept(s, NULL, NULL) == INVALID_SOCKET ? SOCKET_ERROR : 0);
    told("send unconnected", send(s, "x", 1, 0));
    told("recv unconnected", recv(s, (char*)&at, 1, 0));
    told("shutdown unconnected", shutdown(s, SD_BOTH));
    told("family", socket(77, SOCK_STREAM, 0) == INVALID_SOCKET ? SOCKET_ERROR : 0);
    closesocket(s), closesocket(l);
}

int main(void) {
    WSADATA data;
    setvbuf(stdout, NULL, _IONBF, 0);
    told("socket before WSAStartup", socket(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET ? SOCKET_ERROR : 0);
    told("WSAStartup", WSAStartup(MAKEWORD(2, 2), &data));
    names();
    echoes();
    halves();
    resets();
    waits();
    urgent();
    options();
    refusals();
    told("WSACleanup", WSACleanup());
    return 0;
}
