// SPDX-License-Identifier: GPL-3.0-only
// IPv4 and IPv6 addresses as text, and back.
#include "abi/nt/ntrtl_text.h"
#include "ntdll/crt/text.hpp"

namespace {

using crt::code;
using crt::digit;

template <typename C>
C* put(C* to, const char* text) {
    while (*text)
        *to++ = static_cast<C>(*text++);
    *to = 0;
    return to;
}

template <typename C>
C* put_number(C* to, ULONG value, unsigned base) {
    crt::print_number(value, to, base);
    return to + crt::length(to);
}

constexpr USHORT swapped(USHORT port) {
    return static_cast<USHORT>(port << 8 | port >> 8);
}

template <typename C>
C* put_v4(C* to, const UCHAR* bytes) {
    for (int i = 0; i < 4; ++i) {
        if (i) to = put(to, ".");
        to = put_number(to, bytes[i], 10);
    }
    return to;
}

struct Words {
    USHORT at[8];
};

Words words_of(const NT_IN6_ADDR& address) {
    Words words;
    for (int i = 0; i < 8; ++i)
        words.at[i] = static_cast<USHORT>(address.Bytes[2 * i] << 8 | address.Bytes[2 * i + 1]);
    return words;
}

bool all_zero(const Words& words, int from, int to) {
    for (int i = from; i < to; ++i) {
        if (words.at[i]) return false;
    }
    return true;
}

// Addresses whose last four bytes are an IPv4 address: compatible, mapped, translated, ISATAP.
bool ends_as_v4(const Words& words) {
    if ((words.at[4] & 0xfffd) == 0 && words.at[5] == 0x5efe) return true;
    if (!all_zero(words, 0, 4)) return false;
    if (words.at[4] == 0 && words.at[5] == 0) return words.at[6] != 0;
    return (words.at[4] == 0 && words.at[5] == 0xffff) || (words.at[4] == 0xffff && words.at[5] == 0);
}

struct Run {
    int start = 8;
    int length = 0;
};

// The first of the longest runs of zeros, of two words at least.
Run longest_zeros(const Words& words, int count) {
    Run best;
    for (int i = 0; i < count; ++i) {
        int length = 0;
        while (i + length < count && !words.at[i + length])
            ++length;
        if (length > 1 && length > best.length) {
            best.start = i;
            best.length = length;
        }
        i += length;
    }
    return best;
}

template <typename C>
C* put_v6(C* to, const NT_IN6_ADDR& address) {
    const Words words = words_of(address);
    const bool v4 = ends_as_v4(words);
    const int count = v4 ? 6 : 8;
    const Run zeros = longest_zeros(words, count);
    for (int i = 0; i < count;) {
        if (i == zeros.start) {
            to = put(to, "::");
            i += zeros.length;
            continue;
        }
        if (i && i != zeros.start + zeros.length) to = put(to, ":");
        to = put_number(to, words.at[i++], 16);
    }
    if (!v4) return to;
    if (zeros.start + zeros.length != count) to = put(to, ":");
    return put_v4(to, address.Bytes + 12);
}

template <typename C>
NTSTATUS give(const C* from, const C* end, C* text, ULONG* length) {
    const ULONG needed = static_cast<ULONG>(end - from) + 1;
    const bool fits = *length >= needed && text;
    *length = needed;
    if (!fits) return STATUS_INVALID_PARAMETER;
    rtl::copy(text, from, needed * sizeof(C));
    return STATUS_SUCCESS;
}

template <typename C>
NTSTATUS v4_with_port(const NT_IN_ADDR* address, USHORT port, C* text, ULONG* length) {
    if (!address || !length) return STATUS_INVALID_PARAMETER;
    C buffer[24];
    C* end = put_v4(buffer, address->Bytes);
    if (port) end = put_number(put(end, ":"), swapped(port), 10);
    return give(buffer, end, text, length);
}

template <typename C>
NTSTATUS v6_with_port(const NT_IN6_ADDR* address, ULONG scope, USHORT port, C* text, ULONG* length) {
    if (!address || !length) return STATUS_INVALID_PARAMETER;
    C buffer[72];
    C* end = port ? put(buffer, "[") : buffer;
    end = put_v6(end, *address);
    if (scope) end = put_number(put(end, "%"), scope, 10);
    if (port) end = put_number(put(end, "]:"), swapped(port), 10);
    return give(buffer, end, text, length);
}

// A number of up to 32 bits; the base by its prefix unless it has to be decimal. False: no digit, or too
// large.
template <typename C>
bool read_number(const C*& at, bool decimal, ULONG most, ULONG& value) {
    unsigned base = 10;
    if (!decimal && *at == '0') {
        base = 8;
        if (crt::lower(code(at[1])) == 'x' && digit(code(at[2])) < 16) {
            base = 16;
            at += 2;
        }
    }
    if (digit(code(*at)) >= base) return false;
    ULONGLONG sum = 0;
    for (; digit(code(*at)) < base; ++at) {
        sum = sum * base + digit(code(*at));
        if (sum > most) return false;
    }
    value = static_cast<ULONG>(sum);
    return true;
}

template <typename C>
bool read_v4(const C*& at, bool strict, UCHAR* bytes) {
    ULONG parts[4];
    int count = 0;
    for (;;) {
        // A leading zero would be octal elsewhere: not decimal.
        if (strict && *at == '0' && digit(code(at[1])) < 10) return false;
        if (!read_number(at, strict, strict ? 255 : 0xffffffff, parts[count])) return false;
        ++count;
        if (*at != '.' || count == 4) break;
        ++at;
    }
    if (strict && count < 4) return false;
    for (int i = 0; i < count - 1; ++i) {
        if (parts[i] > 255) return false;
        bytes[i] = static_cast<UCHAR>(parts[i]);
    }
    // The last part fills what is left.
    const int left = 5 - count;
    const ULONGLONG limit = 1ull << 8 * left;
    if (parts[count - 1] >= limit) return false;
    for (int i = 0; i < left; ++i)
        bytes[count - 1 + i] = static_cast<UCHAR>(parts[count - 1] >> 8 * (left - 1 - i));
    return true;
}

template <typename C>
NTSTATUS v4_of(const C* text, bool strict, const C** terminator, NT_IN_ADDR* address) {
    NT_IN_ADDR result;
    const bool ok = read_v4(text, strict, result.Bytes);
    *terminator = text;
    if (!ok) return STATUS_INVALID_PARAMETER;
    *address = result;
    return STATUS_SUCCESS;
}

// Is there a dotted address at `at` rather than a group of hexadecimal digits?
template <typename C>
bool looks_dotted(const C* at) {
    while (digit(code(*at)) < 10)
        ++at;
    return *at == '.';
}

template <typename C>
class V6Reader {
public:
    explicit V6Reader(const C* text) : at_(text) {}
    const C* at() const { return at_; }

    bool read(NT_IN6_ADDR& address) {
        if (at_[0] == ':') {
            if (at_[1] != ':') return false;
            skip_zeros();
        }
        while (count_ < 16 && digit(code(*at_)) < 16) {
            if (count_ <= 12 && looks_dotted(at_)) {
                if (!read_v4(at_, true, bytes_ + count_)) return false;
                count_ += 4;
                break;
            }
            if (!group()) return false;
            if (*at_ != ':' || count_ == 16) break;
            if (at_[1] == ':') {
                if (gap_ >= 0) break;
                skip_zeros();
            } else if (digit(code(at_[1])) < 16) {
                ++at_;
            } else {
                return false;
            }
        }
        return *at_ != ':' && finish(address);
    }

private:
    void skip_zeros() {
        gap_ = count_;
        at_ += 2;
    }
    bool group() {
        ULONG value = 0;
        int digits = 0;
        for (; digit(code(*at_)) < 16; ++at_) {
            if (++digits > 4) return false;
            value = value * 16 + digit(code(*at_));
        }
        bytes_[count_++] = static_cast<UCHAR>(value >> 8);
        bytes_[count_++] = static_cast<UCHAR>(value);
        return true;
    }
    bool finish(NT_IN6_ADDR& address) {
        if (gap_ < 0 ? count_ != 16 : count_ > 14) return false;
        address = {};
        const int head = gap_ < 0 ? 16 : gap_;
        rtl::copy(address.Bytes, bytes_, static_cast<SIZE_T>(head));
        rtl::copy(address.Bytes + 16 - (count_ - head), bytes_ + head, static_cast<SIZE_T>(count_ - head));
        return true;
    }

    const C* at_;
    UCHAR bytes_[16] = {};
    int count_ = 0;
    int gap_ = -1;
};

template <typename C>
NTSTATUS v6_of(const C* text, const C** terminator, NT_IN6_ADDR* address) {
    V6Reader<C> reader(text);
    NT_IN6_ADDR result;
    const bool ok = reader.read(result);
    *terminator = reader.at();
    if (!ok) return STATUS_INVALID_PARAMETER;
    *address = result;
    return STATUS_SUCCESS;
}

template <typename C>
bool read_port(const C*& at, USHORT& port) {
    ULONG value;
    if (!read_number(++at, false, 0xffff, value)) return false;
    port = swapped(static_cast<USHORT>(value));
    return true;
}

template <typename C>
NTSTATUS v4_ex(const C* text, bool strict, NT_IN_ADDR* address, USHORT* port) {
    if (!text || !address || !port) return STATUS_INVALID_PARAMETER;
    NT_IN_ADDR result;
    USHORT number = 0;
    if (!read_v4(text, strict, result.Bytes)) return STATUS_INVALID_PARAMETER;
    if (*text == ':' && !read_port(text, number)) return STATUS_INVALID_PARAMETER;
    if (*text) return STATUS_INVALID_PARAMETER;
    *address = result;
    *port = number;
    return STATUS_SUCCESS;
}

template <typename C>
NTSTATUS v6_ex(const C* text, NT_IN6_ADDR* address, ULONG* scope, USHORT* port) {
    if (!text || !address || !scope || !port) return STATUS_INVALID_PARAMETER;
    const bool bracket = *text == '[';
    NT_IN6_ADDR result;
    const C* at;
    if (!NT_SUCCESS(v6_of(text + bracket, &at, &result))) return STATUS_INVALID_PARAMETER;
    ULONG zone = 0;
    USHORT number = 0;
    if (*at == '%' && !read_number(++at, true, 0xffffffff, zone)) return STATUS_INVALID_PARAMETER;
    if (bracket) {
        if (*at++ != ']') return STATUS_INVALID_PARAMETER;
        if (*at == ':' && !read_port(at, number)) return STATUS_INVALID_PARAMETER;
    }
    if (*at) return STATUS_INVALID_PARAMETER;
    *address = result;
    *scope = zone;
    *port = number;
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

PSTR NTAPI RtlIpv4AddressToStringA(const NT_IN_ADDR* Address, PSTR Text) {
    return put_v4(Text, Address->Bytes);
}
PWSTR NTAPI RtlIpv4AddressToStringW(const NT_IN_ADDR* Address, PWSTR Text) {
    return put_v4(Text, Address->Bytes);
}
PSTR NTAPI RtlIpv6AddressToStringA(const NT_IN6_ADDR* Address, PSTR Text) {
    return put_v6(Text, *Address);
}
PWSTR NTAPI RtlIpv6AddressToStringW(const NT_IN6_ADDR* Address, PWSTR Text) {
    return put_v6(Text, *Address);
}
NTSTATUS NTAPI RtlIpv4AddressToStringExA(const NT_IN_ADDR* Address, USHORT Port, PSTR Text, PULONG Length) {
    return v4_with_port(Address, Port, Text, Length);
}
NTSTATUS NTAPI RtlIpv4AddressToStringExW(const NT_IN_ADDR* Address, USHORT Port, PWSTR Text, PULONG Length) {
    return v4_with_port(Address, Port, Text, Length);
}
NTSTATUS NTAPI RtlIpv6AddressToStringExA(const NT_IN6_ADDR* Address, ULONG Scope, USHORT Port, PSTR Text,
                                         PULONG Length) {
    return v6_with_port(Address, Scope, Port, Text, Length);
}
NTSTATUS NTAPI RtlIpv6AddressToStringExW(const NT_IN6_ADDR* Address, ULONG Scope, USHORT Port, PWSTR Text,
                                         PULONG Length) {
    return v6_with_port(Address, Scope, Port, Text, Length);
}
NTSTATUS NTAPI RtlIpv4StringToAddressA(PCSTR Text, BOOLEAN Strict, PCSTR* Terminator, NT_IN_ADDR* Address) {
    return v4_of(Text, Strict, Terminator, Address);
}
NTSTATUS NTAPI RtlIpv4StringToAddressW(PCWSTR Text, BOOLEAN Strict, PCWSTR* Terminator, NT_IN_ADDR* Address) {
    return v4_of(Text, Strict, Terminator, Address);
}
NTSTATUS NTAPI RtlIpv6StringToAddressA(PCSTR Text, PCSTR* Terminator, NT_IN6_ADDR* Address) {
    return v6_of(Text, Terminator, Address);
}
NTSTATUS NTAPI RtlIpv6StringToAddressW(PCWSTR Text, PCWSTR* Terminator, NT_IN6_ADDR* Address) {
    return v6_of(Text, Terminator, Address);
}
NTSTATUS NTAPI RtlIpv4StringToAddressExA(PCSTR Text, BOOLEAN Strict, NT_IN_ADDR* Address, PUSHORT Port) {
    return v4_ex(Text, Strict, Address, Port);
}
NTSTATUS NTAPI RtlIpv4StringToAddressExW(PCWSTR Text, BOOLEAN Strict, NT_IN_ADDR* Address, PUSHORT Port) {
    return v4_ex(Text, Strict, Address, Port);
}
NTSTATUS NTAPI RtlIpv6StringToAddressExA(PCSTR Text, NT_IN6_ADDR* Address, PULONG Scope, PUSHORT Port) {
    return v6_ex(Text, Address, Scope, Port);
}
NTSTATUS NTAPI RtlIpv6StringToAddressExW(PCWSTR Text, NT_IN6_ADDR* Address, PULONG Scope, PUSHORT Port) {
    return v6_ex(Text, Address, Scope, Port);
}

}  // extern "C"
