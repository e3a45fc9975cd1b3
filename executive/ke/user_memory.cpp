// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/user_memory.hpp"

#include <string.h>

namespace ke {

namespace {

constexpr uint64_t kPageSize = 4096;

Result<void> check(uint64_t address, size_t length) {
    if (address > kHighestUserAddress || length > kHighestUserAddress + 1 - address)
        return fail(STATUS_ACCESS_VIOLATION);
    return {};
}

size_t part_of_page(uint64_t address, size_t left) {
    size_t in_page = kPageSize - address % kPageSize;
    return in_page < left ? in_page : left;
}

// Most of what a service is given lies in one page. REQUIRES: check() is content.
bool in_one_page(uint64_t address, size_t length) {
    return length - 1 < kPageSize - address % kPageSize;  // no bytes are in none
}

}  // namespace

void UserMemory::set_may_wait() {
    may_wait_ = true;
    unusual_calls |= kMemoryMayWait;
}

Result<void> UserMemory::copy_in(void* to, uint64_t from, size_t length) {
    TRY(check(from, length));
    if (in_one_page(from, length)) [[likely]] {
        memcpy(to, TRY(page(from, Access::Read)), length);
        return {};
    }
    auto* target = static_cast<uint8_t*>(to);
    while (length > 0) {
        size_t part = part_of_page(from, length);
        memcpy(target, TRY(page(from, Access::Read)), part);
        target += part;
        from += part;
        length -= part;
    }
    return {};
}

Result<void> UserMemory::copy_out(uint64_t to, const void* from, size_t length) {
    TRY(check(to, length));
    if (in_one_page(to, length)) [[likely]] {
        memcpy(TRY(page(to, Access::Write)), from, length);
        return {};
    }
    const auto* source = static_cast<const uint8_t*>(from);
    while (length > 0) {
        size_t part = part_of_page(to, length);
        memcpy(TRY(page(to, Access::Write)), source, part);
        source += part;
        to += part;
        length -= part;
    }
    return {};
}

Result<void> UserMemory::fill(uint64_t to, uint8_t value, size_t length) {
    TRY(check(to, length));
    while (length > 0) {
        size_t part = part_of_page(to, length);
        memset(TRY(page(to, Access::Write)), value, part);
        to += part;
        length -= part;
    }
    return {};
}

Result<void> UserMemory::probe(uint64_t address, size_t length, Access access) {
    TRY(check(address, length));
    while (length > 0) {
        size_t part = part_of_page(address, length);
        TRY(page(address, access));
        address += part;
        length -= part;
    }
    return {};
}

}  // namespace ke
