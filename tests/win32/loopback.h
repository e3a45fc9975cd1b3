// SPDX-License-Identifier: GPL-3.0-only
// What programs on TCP begin with: results told, a listener on loopback at a port that was free.
#pragma once
#include <winsock2.h>

#include <stdio.h>
#include <ws2tcpip.h>

static struct sockaddr_in at;  // of the last listener

static void told(const char* what, int result) {
    int error = WSAGetLastError();
    if (result != SOCKET_ERROR)
        printf("%s: %d\n", what, result);
    else if (error == WSA_IO_PENDING)
        printf("%s: pending\n", what);
    else if (error == WSAEWOULDBLOCK)
        printf("%s: error WOULDBLOCK\n", what);
    else
        printf("%s: error %d\n", what, error);
}

static SOCKET listener(void) {
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int length = sizeof at;
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (struct sockaddr*)&at, sizeof at) || listen(s, 5)) told("listener", SOCKET_ERROR);
    getsockname(s, (struct sockaddr*)&at, &length);
    return s;
}
