// SPDX-License-Identifier: GPL-3.0-only
// libraries: -lws2_32 -liphlpapi
// The network interfaces of a machine without a network: loopback alone.
#define _WIN32_WINNT 0x0600
#include <winsock2.h>

#include <iphlpapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <ws2tcpip.h>

static void show_address(const char* what, const SOCKET_ADDRESS* address, unsigned prefix) {
    char text[64];
    const void* bytes = address->lpSockaddr->sa_family == AF_INET
                            ? (void*)&((struct sockaddr_in*)address->lpSockaddr)->sin_addr
                            : (void*)&((struct sockaddr_in6*)address->lpSockaddr)->sin6_addr;
    printf("%s %s/%u\n", what, inet_ntop(address->lpSockaddr->sa_family, bytes, text, sizeof text), prefix);
}

static void adapters(ULONG family) {
    ULONG size = 0;
    ULONG error = GetAdaptersAddresses(family, 0, NULL, NULL, &size);
    printf("family %lu: %lu\n", family, error);
    IP_ADAPTER_ADDRESSES* first = malloc(size);
    error = GetAdaptersAddresses(family, 0, NULL, first, &size);
    if (error) {
        printf("error %lu\n", error);
        return;
    }
    for (IP_ADAPTER_ADDRESSES* i = first; i; i = i->Next) {
        if (i->IfType != IF_TYPE_SOFTWARE_LOOPBACK) continue;
        printf("loopback: up %d, address %lu bytes\n", i->OperStatus == IfOperStatusUp,
               i->PhysicalAddressLength);
        for (IP_ADAPTER_UNICAST_ADDRESS* u = i->FirstUnicastAddress; u; u = u->Next)
            show_address("unicast", &u->Address, u->OnLinkPrefixLength);
    }
    free(first);
}

int main(void) {
    ULONG size = 0, count = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    adapters(AF_INET);
    adapters(AF_INET6);
    MIB_IFROW row = {{0}};
    row.dwIndex = 1;
    ULONG error = GetIfEntry(&row);
    printf("GetIfEntry: %lu, type %lu\n", error, row.dwType);
    error = GetNumberOfInterfaces(&count);
    printf("interfaces: %lu, %s\n", error, count ? "some" : "none");
    error = GetIpAddrTable(NULL, &size, FALSE);
    printf("GetIpAddrTable: %lu\n", error);
    MIB_IPADDRTABLE* table = malloc(size);
    error = GetIpAddrTable(table, &size, TRUE);
    for (DWORD i = 0; !error && i < table->dwNumEntries; ++i)
        if (table->table[i].dwAddr == htonl(INADDR_LOOPBACK))
            printf("127.0.0.1, mask %08lx\n", ntohl(table->table[i].dwMask));
    free(table);
    return 0;
}
