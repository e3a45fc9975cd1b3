// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/afd/address.hpp"

#include <string.h>

namespace io::afd {

namespace {

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr size_t kPortAt = 2, kShortHostAt = 4, kLongHostAt = 8;

bool zeros(std::span<const uint8_t> bytes) {
    for (uint8_t byte : bytes)
        if (byte) return false;
    return true;
}

}  // namespace

bool Address::is_mapped() const {
    return memcmp(ip, kMapped, sizeof kMapped) == 0;
}

bool Address::is_any() const {
    return is_mapped() ? zeros({ip + sizeof kMapped, 4}) : zeros(ip);
}

bool Address::is_loopback() const {
    if (is_mapped()) return ip[sizeof kMapped] == 127;
    return zeros({ip, 15}) && ip[15] == 1;
}

Address Address::any(uint32_t family) {
    Address result;
    if (family == kInternet) memcpy(result.ip, kMapped, sizeof kMapped);
    return result;
}

Address Address::loopback(bool mapped) {
    Address result = any(mapped ? kInternet : kInternet6);
    if (mapped) result.ip[12] = 127;
    result.ip[15] = 1;
    return result;
}

Result<Address> Address::parse(uint32_t family, std::span<const uint8_t> bytes) {
    if (bytes.size() < length(family)) return fail(STATUS_INVALID_PARAMETER);
    if ((bytes[0] | bytes[1] << 8) != static_cast<int>(family)) return fail(STATUS_INVALID_ADDRESS);
    Address result = any(family);
    result.port = static_cast<uint16_t>(bytes[kPortAt] << 8 | bytes[kPortAt + 1]);
    if (family == kInternet) {
        memcpy(result.ip + sizeof kMapped, &bytes[kShortHostAt], 4);
    } else {
        memcpy(result.ip, &bytes[kLongHostAt], sizeof result.ip);
    }
    return result;
}

void Address::write(uint32_t family, std::span<uint8_t, kLongAddress> into) const {
    memset(into.data(), 0, into.size());
    into[0] = static_cast<uint8_t>(family);
    into[kPortAt] = static_cast<uint8_t>(port >> 8);
    into[kPortAt + 1] = static_cast<uint8_t>(port);
    if (family == kInternet) {
        memcpy(&into[kShortHostAt], ip + sizeof kMapped, 4);
    } else {
        memcpy(&into[kLongHostAt], ip, sizeof ip);
    }
}

}  // namespace io::afd
