// SPDX-License-Identifier: GPL-3.0-only
// What stands in for the Unix libraries of libwine's DLLs: functions by number, with a structure of
// arguments.
#pragma once

#include "ntdll/ntdll.hpp"

namespace wine {

using Function = NTSTATUS (*)(void* arguments);

// --- ws2_32.dll: names of hosts and services. The result is an error of Windows Sockets; results lie in the
// caller's room, which may be too small: ERROR_INSUFFICIENT_BUFFER, and how much is needed.
NTSTATUS get_addresses(void* arguments);
NTSTATUS get_host_by_address(void* arguments);
NTSTATUS get_host_by_name(void* arguments);
NTSTATUS get_host_name(void* arguments);
NTSTATUS get_names(void* arguments);

// --- dnsapi.dll: name servers, of which there are none. The result is an error of its.
NTSTATUS get_search_list(void* arguments);
NTSTATUS get_servers(void* arguments);
NTSTATUS set_servers(void* arguments);
NTSTATUS query_server(void* arguments);

// The computer's name in small letters and with a zero, as much as there is room for; its length, 0: none.
SIZE_T computer_name(char* name, SIZE_T room);

}  // namespace wine
