// SPDX-License-Identifier: GPL-3.0-only
// What libwine's dnsapi.dll asks its Unix library: on a machine that asks no name server there is none.
#include "ntdll/rtl/wine_unix.hpp"

namespace wine {

namespace {

constexpr NTSTATUS no_error = 0;
constexpr NTSTATUS not_supported = 50;  // ERROR_NOT_SUPPORTED
constexpr NTSTATUS more_data = 234;     // ERROR_MORE_DATA
constexpr NTSTATUS no_servers = 9852;   // DNS_ERROR_NO_DNS_SERVERS

// A list that is empty: of how many bytes, where nobody has room for it yet.
template <typename List>
NTSTATUS give_head(void* to, ULONG* length, const List& list, ULONG bytes) {
    const ULONG room = *length;
    *length = bytes;
    if (!to) return no_error;
    if (room < bytes) return more_data;
    rtl::copy(to, &list, bytes);
    return no_error;
}

}  // namespace

// DNS_TXT_DATAW: a count and as many strings.
NTSTATUS get_search_list(void* arguments) {
    struct Asked {
        void* list;
        ULONG* length;
    };
    struct List {
        ULONG count;
        WCHAR* names[1];
    };
    const auto& asked = *static_cast<Asked*>(arguments);
    return give_head(asked.list, asked.length, List{}, FIELD_OFFSET(List, names));
}

NTSTATUS get_servers(void* arguments) {
    struct Asked {
        USHORT family;
        void* list;
        ULONG* length;
    };
    struct List {  // DNS_ADDR_ARRAY, without addresses
        ULONG most;
        ULONG count;
        ULONG tag;
        USHORT family;
        USHORT reserved;
        ULONG flags[4];
    };
    const auto& asked = *static_cast<Asked*>(arguments);
    List list = {};
    list.family = asked.family;
    return give_head(asked.list, asked.length, list, sizeof(list));
}

NTSTATUS set_servers(void*) {
    return not_supported;
}

NTSTATUS query_server(void*) {
    return no_servers;
}

}  // namespace wine
