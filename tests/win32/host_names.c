// SPDX-License-Identifier: GPL-3.0-only
// libraries: -lws2_32
// Names of hosts and services on a machine without a network: what is an address already, localhost, its own.
#define _WIN32_WINNT 0x0600
#include <winsock2.h>

#include <stdio.h>
#include <ws2tcpip.h>

static void show(const char* what, const char* node, const char* service, int flags, int family, int type) {
    struct addrinfo hints = {flags, family, type}, *first = NULL;
    int error = getaddrinfo(node, service, &hints, &first);
    printf("%s: %d", what, error);
    for (struct addrinfo* i = first; i; i = i->ai_next) {
        char text[64] = "";
        unsigned short port = 0;
        if (i->ai_family == AF_INET) {
            struct sockaddr_in* four = (struct sockaddr_in*)i->ai_addr;
            inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
            port = ntohs(four->sin_port);
        } else if (i->ai_family == AF_INET6) {
            struct sockaddr_in6* six = (struct sockaddr_in6*)i->ai_addr;
            inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
            port = ntohs(six->sin6_port);
        }
        printf(" [%s]:%u type %d protocol %d length %u%s%s", text, port, i->ai_socktype, i->ai_protocol,
               (unsigned)i->ai_addrlen, i->ai_canonname ? " is " : "",
               i->ai_canonname ? i->ai_canonname : "");
    }
    printf("\n");
    if (first) freeaddrinfo(first);
}

static void back(const char* what, const char* address, int flags) {
    struct sockaddr_in at = {AF_INET};
    char host[256] = "", service[64] = "";
    at.sin_addr.s_addr = inet_addr(address);
    at.sin_port = htons(8080);
    int error =
        getnameinfo((struct sockaddr*)&at, sizeof at, host, sizeof host, service, sizeof service, flags);
    printf("%s: %d %s %s\n", what, error, host, service);
}

int main(void) {
    WSADATA data;
    char name[256], computer[64];
    DWORD length = sizeof computer;
    setvbuf(stdout, NULL, _IONBF, 0);
    WSAStartup(MAKEWORD(2, 2), &data);
    show("an address", "192.0.2.7", "80", 0, AF_UNSPEC, SOCK_STREAM);
    show("numeric host", "192.0.2.7", NULL, AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM);
    show("numeric host that is none", "localhost", NULL, AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM);
    show("version 6", "2001:db8::1", "443", 0, AF_UNSPEC, SOCK_STREAM);
    show("the wrong family", "2001:db8::1", "443", 0, AF_INET, SOCK_STREAM);
    show("localhost, 4", "localhost", "8080", 0, AF_INET, SOCK_STREAM);
    show("passive", NULL, "8080", AI_PASSIVE, AF_INET, SOCK_STREAM);
    show("not passive", NULL, "8080", 0, AF_INET, SOCK_STREAM);
    show("datagrams", "127.0.0.1", "53", 0, AF_INET, SOCK_DGRAM);
    show("neither", NULL, NULL, 0, AF_INET, SOCK_STREAM);
    show("a service's name", "127.0.0.1", "http", 0, AF_INET, SOCK_STREAM);
    show("a service that is none", "127.0.0.1", "no-such-service", 0, AF_INET, SOCK_STREAM);
    show("canonical", "127.0.0.1", NULL, AI_CANONNAME, AF_INET, SOCK_STREAM);
    show("a family that is none", "127.0.0.1", NULL, 0, 77, SOCK_STREAM);
    back("numbers", "127.0.0.1", NI_NUMERICHOST | NI_NUMERICSERV);
    gethostname(name, sizeof name);
    GetComputerNameA(computer, &length);
    printf("the host's name: %s\n",
           _stricmp(name, computer) ? "another than the computer's" : "the computer's");
    struct hostent* host = gethostbyname("localhost");
    if (!host)
        printf("gethostbyname: error %d\n", WSAGetLastError());
    else
        printf("gethostbyname: %s, family %d, length %d, %s\n", host->h_name, host->h_addrtype,
               host->h_length, inet_ntoa(*(struct in_addr*)host->h_addr_list[0]));
    host = gethostbyname("10.1.2.3");
    if (!host)
        printf("gethostbyname: error %d\n", WSAGetLastError());
    else
        printf("gethostbyname: %s, %s, %s\n", host->h_name, inet_ntoa(*(struct in_addr*)host->h_addr_list[0]),
               host->h_addr_list[1] ? "more" : "no more");
    printf("inet_addr: %lx %lx %lx\n", inet_addr("1.2.3.4"), inet_addr("1.2.3"), inet_addr("x"));
    struct servent* service = getservbyname("http", "tcp");
    printf("http: %d\n", service ? ntohs(service->s_port) : -1);
    WSACleanup();
    return 0;
}
