// SPDX-License-Identifier: GPL-3.0-only
// Names of hosts and services on a machine that asks no name server: what is an address already, localhost,
// the computer's own name, and the files hosts and services in System32\drivers\etc. Layouts and errors are
// those of ws2tcpip.h; what is asked is what libwine's ws2_32.dll hands to its Unix library.
#include <string_view>

#include "abi/nt/ntcrt.h"
#include "abi/nt/ntrtl_text.h"
#include "ntdll/rtl/wine_unix.hpp"

namespace wine {

namespace {

using Text = std::string_view;

constexpr NTSTATUS no_error = 0;
constexpr NTSTATUS insufficient_buffer = 122;     // ERROR_INSUFFICIENT_BUFFER
constexpr NTSTATUS bad_flags = 10022;             // WSAEINVAL
constexpr NTSTATUS type_not_supported = 10044;    // WSAESOCKTNOSUPPORT
constexpr NTSTATUS family_not_supported = 10047;  // WSAEAFNOSUPPORT
constexpr NTSTATUS service_not_found = 10109;     // WSATYPE_NOT_FOUND
constexpr NTSTATUS host_not_found = 11001;        // WSAHOST_NOT_FOUND

constexpr int unspecified = 0, internet = 2, internet6 = 23;
constexpr int stream = 1, datagram = 2, raw = 3;
constexpr int udp = 17;
constexpr int passive = 1, canonical_name = 2, numeric_host = 4, numeric_service = 8;
constexpr int no_domain = 1, as_number = 2, name_required = 4, service_as_number = 8, of_datagrams = 0x10;
constexpr SIZE_T longest_name = 256;

struct SocketAddress {
    USHORT family;
    USHORT port;  // big-endian
    union {
        struct {
            NT_IN_ADDR address;
            UCHAR zero[8];
        } v4;
        struct {
            ULONG flow;
            NT_IN6_ADDR address;
            ULONG scope;
        } v6;
    };
};
constexpr SIZE_T short_address = 16, long_address = 28;
static_assert(sizeof(SocketAddress) == long_address);

struct AddressInfo {
    int flags;
    int family;
    int type;
    int protocol;
    SIZE_T length;
    char* canonical;
    SocketAddress* address;
    AddressInfo* next;
};

struct Host {
    char* name;
    char** aliases;
    SHORT family;
    SHORT length;
    char** addresses;
};

struct GetAddresses {
    const char* node;
    const char* service;
    const AddressInfo* hints;
    AddressInfo* result;
    UINT* size;
};
struct GetHostByAddress {
    const void* address;
    int length;
    int family;
    Host* result;
    UINT* size;
};
struct GetHostByName {
    const char* name;
    Host* result;
    UINT* size;
};
struct GetNames {
    const SocketAddress* address;
    int length;
    char* host;
    ULONG host_room;
    char* service;
    ULONG service_room;
    UINT flags;
};

USHORT swapped(ULONG port) {
    return static_cast<USHORT>(port << 8 | (port >> 8 & 0xff));
}

bool same(Text a, Text b) {
    return a.size() == b.size() && _strnicmp(a.data(), b.data(), a.size()) == 0;
}

SIZE_T length_of(int family) {
    return family == internet ? short_address : long_address;
}

const UCHAR* bytes_of(const SocketAddress& address) {
    return reinterpret_cast<const UCHAR*>(address.family == internet
                                              ? static_cast<const void*>(&address.v4.address)
                                              : static_cast<const void*>(&address.v6.address));
}

SIZE_T byte_count(int family) {
    return family == internet ? sizeof(NT_IN_ADDR) : sizeof(NT_IN6_ADDR);
}

// What a name stands for.
struct Addresses {
    static constexpr SIZE_T most = 16;
    SocketAddress at[most];
    SIZE_T count;

    void add(const SocketAddress& address) {
        if (count < most) at[count++] = address;
    }
};

SocketAddress loopback(int family) {
    SocketAddress result = {};
    result.family = static_cast<USHORT>(family);
    auto* bytes = const_cast<UCHAR*>(bytes_of(result));
    if (family == internet) bytes[0] = 127;
    bytes[byte_count(family) - 1] = 1;
    return result;
}

bool parse(const char* text, SocketAddress& address) {
    PCSTR end;
    address = {};
    address.family = internet;
    if (NT_SUCCESS(RtlIpv4StringToAddressA(text, FALSE, &end, &address.v4.address)) && !*end) return true;
    USHORT port;
    address = {};
    address.family = internet6;
    return NT_SUCCESS(RtlIpv6StringToAddressExA(text, &address.v6.address, &address.v6.scope, &port));
}

void write_number(const SocketAddress& address, char* text, ULONG room) {
    if (address.family == internet) {
        RtlIpv4AddressToStringExA(&address.v4.address, 0, text, &room);
    } else {
        RtlIpv6AddressToStringExA(&address.v6.address, address.v6.scope, 0, text, &room);
    }
}

// A file of System32\drivers\etc: lines of words, of which what follows a # is none.
class Database {
public:
    explicit Database(const WCHAR* path);
    ~Database() { RtlFreeHeap(rtl::process_heap(), 0, bytes_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // Calls `look(words, count)` for each line that has words until it says true.
    template <typename Look>
    bool each(Look look) const {
        Text left(bytes_, size_);
        while (!left.empty()) {
            const SIZE_T end = left.find_first_of("\r\n");
            Text line = left.substr(0, end);
            left = end == Text::npos ? Text() : left.substr(end + 1);
            line = line.substr(0, line.find('#'));
            Text words[most_words];
            SIZE_T count = 0;
            while (count < most_words) {
                const SIZE_T first = line.find_first_not_of(" \t");
                if (first == Text::npos) break;
                line = line.substr(first);
                words[count++] = line.substr(0, line.find_first_of(" \t"));
                line = line.substr(words[count - 1].size());
            }
            if (count && look(words, count)) return true;
        }
        return false;
    }

private:
    static constexpr SIZE_T most_words = 16;
    static constexpr LONGLONG largest = 1 << 20;
    char* bytes_ = nullptr;
    SIZE_T size_ = 0;
};

Database::Database(const WCHAR* path) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE file;
    IO_STATUS_BLOCK io;
    if (!NT_SUCCESS(NtOpenFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ,
                               FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE)))
        return;
    FILE_STANDARD_INFORMATION standard = {};
    NTSTATUS status = NtQueryInformationFile(file, &io, &standard, sizeof(standard), FileStandardInformation);
    if (NT_SUCCESS(status) && standard.EndOfFile.QuadPart > 0 && standard.EndOfFile.QuadPart <= largest) {
        const auto size = static_cast<ULONG>(standard.EndOfFile.QuadPart);
        bytes_ = static_cast<char*>(RtlAllocateHeap(rtl::process_heap(), 0, size));
        if (bytes_) status = NtReadFile(file, nullptr, nullptr, nullptr, &io, bytes_, size, nullptr, nullptr);
        if (bytes_ && NT_SUCCESS(status)) size_ = io.Information;
    }
    NtClose(file);
}

const WCHAR hosts_file[] = u"\\SystemRoot\\System32\\drivers\\etc\\hosts";
const WCHAR services_file[] = u"\\SystemRoot\\System32\\drivers\\etc\\services";

bool parse_word(Text word, SocketAddress& address) {
    char text[64];
    if (word.size() >= sizeof(text)) return false;
    word.copy(text, word.size());
    text[word.size()] = 0;
    return parse(text, address);
}

bool is_local(Text name) {
    constexpr Text local = "localhost";
    if (same(name, local)) return true;
    return name.size() > local.size() && name[name.size() - local.size() - 1] == '.' &&
           same(name.substr(name.size() - local.size()), local);
}

bool is_own(Text name) {
    char own[longest_name];
    return same(name, Text(own, computer_name(own, sizeof(own))));
}

void find_host(const char* name, Addresses& found) {
    SocketAddress address;
    if (parse(name, address)) return found.add(address);
    Database(hosts_file).each([&](const Text* words, SIZE_T count) {
        if (!parse_word(words[0], address)) return false;
        for (SIZE_T i = 1; i < count; ++i) {
            if (!same(words[i], name)) continue;
            found.add(address);
            break;
        }
        return false;
    });
    if (found.count || (!is_local(name) && !is_own(name))) return;
    found.add(loopback(internet6));
    found.add(loopback(internet));
}

// The first name that the hosts file has for an address, and a zero. False: none.
bool find_name(const SocketAddress& wanted, char* name, SIZE_T room) {
    return Database(hosts_file).each([&](const Text* words, SIZE_T count) {
        SocketAddress address;
        if (count < 2 || words[1].size() >= room || !parse_word(words[0], address)) return false;
        const SIZE_T bytes = byte_count(wanted.family);
        if (address.family != wanted.family) return false;
        if (__builtin_memcmp(bytes_of(address), bytes_of(wanted), bytes) != 0) return false;
        words[1].copy(name, words[1].size());
        name[words[1].size()] = 0;
        return true;
    });
}

// NUMBER/PROTOCOL.
bool parse_service(Text word, ULONG& port, Text& protocol) {
    const SIZE_T slash = word.find('/');
    if (slash == 0 || slash == Text::npos) return false;
    port = 0;
    for (const char c : word.substr(0, slash)) {
        if (c < '0' || c > '9') return false;
        port = port * 10 + static_cast<ULONG>(c - '0');
        if (port > 0xffff) return false;
    }
    protocol = word.substr(slash + 1);
    return true;
}

// `protocol` empty: any.
bool find_service(Text name, Text wanted, ULONG& port) {
    return Database(services_file).each([&](const Text* words, SIZE_T count) {
        Text protocol;
        if (count < 2 || !parse_service(words[1], port, protocol)) return false;
        if (!wanted.empty() && !same(wanted, protocol)) return false;
        for (SIZE_T i = 0; i < count; ++i)
            if (i != 1 && same(words[i], name)) return true;
        return false;
    });
}

bool find_service_name(ULONG wanted, Text wanted_protocol, char* name, SIZE_T room) {
    return Database(services_file).each([&](const Text* words, SIZE_T count) {
        Text protocol;
        ULONG port;
        if (count < 2 || !parse_service(words[1], port, protocol)) return false;
        if (port != wanted || !same(protocol, wanted_protocol) || words[0].size() >= room) return false;
        words[0].copy(name, words[0].size());
        name[words[0].size()] = 0;
        return true;
    });
}

// The caller's room for a result and all that it points to. What does not fit is counted all the same.
class Room {
public:
    Room(void* at, SIZE_T size) : at_(static_cast<char*>(at)), size_(size) {}
    template <typename T>
    T* take(SIZE_T count = 1) {
        used_ = rtl::round_up(used_, alignof(T));
        const SIZE_T first = used_;
        used_ += count * sizeof(T);
        return used_ <= size_ ? reinterpret_cast<T*>(at_ + first) : nullptr;
    }
    char* copy(Text text) {
        char* result = take<char>(text.size() + 1);
        if (!result) return nullptr;
        text.copy(result, text.size());
        result[text.size()] = 0;
        return result;
    }
    bool fits() const { return used_ <= size_; }
    SIZE_T used() const { return used_; }

private:
    char* at_;
    SIZE_T size_;
    SIZE_T used_ = 0;
};

NTSTATUS end(const Room& room, UINT* size) {
    if (room.fits()) return no_error;
    *size = static_cast<UINT>(room.used());
    return insufficient_buffer;
}

NTSTATUS service_port(const GetAddresses& asked, const AddressInfo& hints, ULONG& port) {
    port = 0;
    if (!asked.service) return no_error;
    const Text name(asked.service);
    if (!name.empty() && name.find_first_not_of("0123456789") == Text::npos) {
        for (const char c : name) {
            port = port * 10 + static_cast<ULONG>(c - '0');
            if (port > 0xffff) return service_not_found;
        }
        return no_error;
    }
    if (hints.flags & numeric_service) return host_not_found;
    const bool datagrams = hints.type == datagram || hints.protocol == udp;
    const Text protocol = datagrams ? "udp" : hints.type == stream ? "tcp" : "";
    return find_service(name, protocol, port) ? no_error : service_not_found;
}

void find_addresses(const GetAddresses& asked, const AddressInfo& hints, Addresses& found) {
    if (asked.node) {
        SocketAddress address;
        if (!(hints.flags & numeric_host)) return find_host(asked.node, found);
        if (parse(asked.node, address)) found.add(address);
        return;
    }
    for (const int family : {internet6, internet}) {
        SocketAddress any = {};
        any.family = static_cast<USHORT>(family);
        found.add(hints.flags & passive ? any : loopback(family));
    }
}

NTSTATUS check(const AddressInfo& hints) {
    if (hints.family != unspecified && hints.family != internet && hints.family != internet6)
        return family_not_supported;
    if (hints.type < 0 || hints.type > raw) return type_not_supported;
    return no_error;
}

NTSTATUS write_host(Room& room, Host* result, Text name, const Addresses& found, int family, UINT* size) {
    SIZE_T count = 0;
    for (SIZE_T i = 0; i < found.count; ++i)
        count += found.at[i].family == family;
    if (!count) return host_not_found;
    Host* host = room.take<Host>();
    char** aliases = room.take<char*>();
    char** list = room.take<char*>(count + 1);
    char* text = room.copy(name);
    UCHAR* bytes = room.take<UCHAR>(count * byte_count(family));
    if (!room.fits() || host != result) return end(room, size);
    *aliases = nullptr;
    SIZE_T at = 0;
    for (SIZE_T i = 0; i < found.count; ++i) {
        if (found.at[i].family != family) continue;
        list[at] = reinterpret_cast<char*>(bytes + at * byte_count(family));
        rtl::copy(list[at++], bytes_of(found.at[i]), byte_count(family));
    }
    list[at] = nullptr;
    *host = {text, aliases, static_cast<SHORT>(family), static_cast<SHORT>(byte_count(family)), list};
    return no_error;
}

}  // namespace

NTSTATUS get_addresses(void* arguments) {
    const auto& asked = *static_cast<GetAddresses*>(arguments);
    const AddressInfo hints = asked.hints ? *asked.hints : AddressInfo{};
    if (const NTSTATUS error = check(hints)) return error;
    if ((hints.flags & canonical_name) && !asked.node) return bad_flags;
    ULONG port;
    if (const NTSTATUS error = service_port(asked, hints, port)) return error;
    Addresses found = {};
    find_addresses(asked, hints, found);
    Room room(asked.result, *asked.size);
    AddressInfo* before = nullptr;
    SIZE_T count = 0;
    for (SIZE_T i = 0; i < found.count; ++i) {
        SocketAddress& address = found.at[i];
        if (hints.family != unspecified && hints.family != address.family) continue;
        AddressInfo* info = room.take<AddressInfo>();
        SocketAddress* at = room.take<SocketAddress>();
        char* name = (hints.flags & canonical_name) && count == 0 ? room.copy(asked.node) : nullptr;
        ++count;
        if (!room.fits()) continue;
        address.port = swapped(port);
        *at = address;
        *info = {0, address.family, hints.type, hints.protocol, length_of(address.family), name, at, nullptr};
        if (before) before->next = info;
        before = info;
    }
    return count ? end(room, asked.size) : host_not_found;
}

NTSTATUS get_host_by_address(void* arguments) {
    const auto& asked = *static_cast<GetHostByAddress*>(arguments);
    if (asked.family != internet && asked.family != internet6) return family_not_supported;
    if (asked.length < 0 || static_cast<SIZE_T>(asked.length) < byte_count(asked.family)) return bad_flags;
    Addresses found = {};
    SocketAddress address = {};
    address.family = static_cast<USHORT>(asked.family);
    rtl::copy(const_cast<UCHAR*>(bytes_of(address)), asked.address, byte_count(asked.family));
    found.add(address);
    char name[longest_name];
    if (!find_name(address, name, sizeof(name))) return host_not_found;
    Room room(asked.result, *asked.size);
    return write_host(room, asked.result, name, found, asked.family, asked.size);
}

NTSTATUS get_host_by_name(void* arguments) {
    const auto& asked = *static_cast<GetHostByName*>(arguments);
    Addresses found = {};
    find_host(asked.name, found);
    Room room(asked.result, *asked.size);
    return write_host(room, asked.result, asked.name, found, internet, asked.size);
}

NTSTATUS get_names(void* arguments) {
    const auto& asked = *static_cast<GetNames*>(arguments);
    const int family =
        asked.address && asked.length >= static_cast<int>(short_address) ? asked.address->family : 0;
    if (family != internet && family != internet6) return family_not_supported;
    if (asked.length < static_cast<int>(length_of(family))) return family_not_supported;
    SocketAddress address = {};
    rtl::copy(&address, asked.address, length_of(family));
    if (asked.host && asked.host_room) {
        char name[longest_name];
        const bool named = !(asked.flags & as_number) && find_name(address, name, sizeof(name));
        if (!named && (asked.flags & name_required)) return host_not_found;
        if (!named) write_number(address, name, sizeof(name));
        Text text(name);
        if (named && (asked.flags & no_domain)) text = text.substr(0, text.find('.'));
        Room room(asked.host, asked.host_room);
        if (!room.copy(text)) return insufficient_buffer;
    }
    if (asked.service && asked.service_room) {
        char name[longest_name];
        const ULONG port = swapped(address.port);
        const bool named =
            !(asked.flags & service_as_number) &&
            find_service_name(port, asked.flags & of_datagrams ? "udp" : "tcp", name, sizeof(name));
        if (!named) RtlIntegerToChar(port, 10, sizeof(name), name);
        Room room(asked.service, asked.service_room);
        if (!room.copy(name)) return insufficient_buffer;
    }
    return no_error;
}

}  // namespace wine
