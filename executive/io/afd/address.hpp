// SPDX-License-Identifier: GPL-3.0-only
//
// The address of one end of a socket. All are kept as IPv6 has them, those of IPv4 mapped (::ffff:a.b.c.d),
// so that a socket of both families meets either; a socket's own family says how it is written out.
#pragma once

#include <span>

#include "executive/io/afd/codes.hpp"

namespace io::afd {

// Bytes of a sockaddr_in and a sockaddr_in6.
inline constexpr size_t kShortAddress = 16, kLongAddress = 28;

struct Address {
    uint8_t ip[16] = {};
    uint16_t port = 0;  // the machine's byte order

    bool is_mapped() const;
    // 0.0.0.0 or ::.
    bool is_any() const;
    // 127.0.0.0/8 or ::1.
    bool is_loopback() const;
    bool same_host(const Address& other) const { return __builtin_memcmp(ip, other.ip, sizeof ip) == 0; }
    bool operator==(const Address& other) const { return same_host(other) && port == other.port; }

    // Any address of a family.
    static Address any(uint32_t family);
    static Address loopback(bool mapped);
    // From a sockaddr. STATUS_INVALID_PARAMETER: too short; STATUS_INVALID_ADDRESS: of another family.
    static Result<Address> parse(uint32_t family, std::span<const uint8_t> bytes);
    static size_t length(uint32_t family) { return family == kInternet ? kShortAddress : kLongAddress; }
    // A sockaddr of length(family) bytes.
    void write(uint32_t family, std::span<uint8_t, kLongAddress> into) const;
};

}  // namespace io::afd
