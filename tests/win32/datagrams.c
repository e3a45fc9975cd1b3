// SPDX-License-Identifier: GPL-3.0-only
// libraries: -lws2_32
// UDP on loopback: to and from, connected, cut, refused, broadcast, many at once; IPv6; sizes.
#define _WIN32_WINNT 0x0600
#include <winsock2.h>

#include <stdio.h>
#include <ws2tcpip.h>

static void told(const char* what, int result) {
    if (result == SOCKET_ERROR)
        printf("%s: error %d\n", what, WSAGetLastError());
    else
        printf("%s: %d\n", what, result);
}

static SOCKET bound(struct sockaddr_in* at) {
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int length = sizeof *at;
    DWORD time = 200;
    memset(at, 0, sizeof *at);
    at->sin_family = AF_INET;
    at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (struct sockaddr*)at, sizeof *at)) told("bind", SOCKET_ERROR);
    getsockname(s, (struct sockaddr*)at, &length);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char*)&time, sizeof time);
    return s;
}

static void version_6(void) {
    struct sockaddr_in6 at = {AF_INET6}, from;
    SOCKET a = socket(AF_INET6, SOCK_DGRAM, 0), b = socket(AF_INET6, SOCK_DGRAM, 0);
    char bytes[16], text[64];
    int length = sizeof at;
    at.sin6_addr = in6addr_loopback;
    if (bind(a, (struct sockaddr*)&at, sizeof at)) return told("bind ::1", SOCKET_ERROR);
    getsockname(a, (struct sockaddr*)&at, &length);
    told("sendto ::1", sendto(b, "six", 3, 0, (struct sockaddr*)&at, sizeof at));
    length = sizeof from;
    told("recvfrom", recvfrom(a, bytes, sizeof bytes, 0, (struct sockaddr*)&from, &length));
    printf("from %s, %d bytes\n", inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text), length);
    closesocket(a), closesocket(b);
}

int main(void) {
    static char large[65535];
    WSADATA data;
    struct sockaddr_in a_at, b_at, from;
    char bytes[64];
    int length = sizeof from;
    u_long count = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    WSAStartup(MAKEWORD(2, 2), &data);
    SOCKET a = bound(&a_at), b = bound(&b_at), c = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);

    told("sendto", sendto(a, "hello", 5, 0, (struct sockaddr*)&b_at, sizeof b_at));
    told("recvfrom", recvfrom(b, bytes, sizeof bytes, 0, (struct sockaddr*)&from, &length));
    printf("from %s, %s, %d bytes: %.5s\n", inet_ntoa(from.sin_addr),
           from.sin_port == a_at.sin_port ? "its port" : "another", length, bytes);
    told("recvfrom of nothing", recvfrom(b, bytes, sizeof bytes, 0, NULL, NULL));
    sendto(a, "0123456789", 10, 0, (struct sockaddr*)&b_at, sizeof b_at);
    sendto(a, "", 0, 0, (struct sockaddr*)&b_at, sizeof b_at);
    sendto(a, "last", 4, 0, (struct sockaddr*)&b_at, sizeof b_at);
    Sleep(20);
    told("peek", recvfrom(b, bytes, sizeof bytes, MSG_PEEK, NULL, NULL));
    ioctlsocket(b, FIONREAD, &count);
    printf("readable: %s\n", count >= 10 ? "at least the first" : "less");
    told("recv of 4", recv(b, bytes, 4, 0));
    told("recv of an empty one", recv(b, bytes, sizeof bytes, 0));
    told("recv of the last", recv(b, bytes, sizeof bytes, 0));

    told("send unconnected", send(c, "x", 1, 0));
    told("connect", connect(c, (struct sockaddr*)&b_at, sizeof b_at));
    told("send", send(c, "to b", 4, 0));
    told("recv", recv(b, bytes, sizeof bytes, 0));
    length = sizeof from;
    told("getpeername", getpeername(c, (struct sockaddr*)&from, &length));
    printf("%s\n", from.sin_port == b_at.sin_port ? "b's port" : "another");
    getsockname(c, (struct sockaddr*)&from, &length);
    printf("own port: %s\n", from.sin_port ? "one" : "none");
    sendto(a, "stranger", 8, 0, (struct sockaddr*)&from, sizeof from);
    sendto(b, "friend", 6, 0, (struct sockaddr*)&from, sizeof from);
    length = recv(c, bytes, sizeof bytes, 0);
    printf("a connected one hears: %.*s\n", length, bytes);

    told("65507 bytes", sendto(a, large, 65507, 0, (struct sockaddr*)&b_at, sizeof b_at));
    told("recv", recv(b, large, sizeof large, 0));
    told("65508 bytes", sendto(a, large, 65508, 0, (struct sockaddr*)&b_at, sizeof b_at));
    told("listen", listen(a, 1));
    told("accept", accept(a, NULL, NULL) == INVALID_SOCKET ? SOCKET_ERROR : 0);
    b_at.sin_port = 0;
    told("to port 0", sendto(a, "x", 1, 0, (struct sockaddr*)&b_at, sizeof b_at));
    closesocket(c);
    version_6();
    closesocket(a), closesocket(b);
    WSACleanup();
    return 0;
}
