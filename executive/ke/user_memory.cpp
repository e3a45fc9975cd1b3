// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/user_memory.hpp"

#include <string.h>

namespace ke {

namespace {

constexpr size_t kPageSize = UserMemory::kPageBytes;

Result<void> check(uint64_t address, size_t length) {
    if (address > kHighestUserAddress || length > kHighestUserAddress + 1 - address)
        return fail(STATUS_ACCESS_VIOLATION);
    return {};
}

size_t part_of_page(uint64_t address, size_t left) {
    size_t in_page = kPageSize - address % kPageSize;
    return in_page < left ? in_page : left;
}

// Most of what a service is given lies in one page, and that is there: its alias, else null.
inline uint8_t* in_one_page(UserMemory& memory, uint64_t address, size_t length, Access access) {
    if (length - 1 >= kPageSize - address % kPageSize) return nullptr;  // no bytes are in none
    return memory.present(address, access);
}

// The alias of a page, brought in if need be.
Result<uint8_t*> reach(UserMemory& memory, uint64_t address, Access access) {
    uint8_t* there = memory.present(address, access);
    if (there) [[likely]]
        return there;
    return memory.page(address, access);
}

}  // namespace

void UserMemory::set_may_wait() {
    may_wait_ = true;
    unusual_calls |= kMemoryMayWait;
}

Result<void> UserMemory::copy_in(void* to, uint64_t from, size_t length) {
    const uint8_t* there = in_one_page(*this, from, length, Access::Read);
    if (!there) [[unlikely]]
        return copy_in_pages(to, from, length);
    memcpy(to, there, length);
    return {};
}

Result<void> UserMemory::copy_out(uint64_t to, const void* from, size_t length) {
    uint8_t* there = in_one_page(*this, to, length, Access::Write);
    if (!there) [[unlikely]]
        return copy_out_pages(to, from, length);
    memcpy(there, from, length);
    return {};
}

Result<void> UserMemory::read_word(uint64_t& word, uint64_t from) {
    const uint8_t* there = in_one_page(*this, from, sizeof word, Access::Read);
    if (!there) [[unlikely]]
        return copy_in_pages(&word, from, sizeof word);
    __builtin_memcpy(&word, there, sizeof word);
    return {};
}

Result<void> UserMemory::write_word(uint64_t to, uint64_t word) {
    uint8_t* there = in_one_page(*this, to, sizeof word, Access::Write);
    if (!there) [[unlikely]]
        return copy_out_pages(to, &word, sizeof word);
    __builtin_memcpy(there, &word, sizeof word);
    return {};
}

[[gnu::noinline]] Result<void> UserMemory::copy_in_pages(void* to, uint64_t from, size_t length) {
    TRY(check(from, length));
    auto* target = static_cast<uint8_t*>(to);
    while (length > 0) {
        size_t part = part_of_page(from, length);
        memcpy(target, TRY(reach(*this, from, Access::Read)), part);
        target += part;
        from += part;
        length -= part;
    }
    return {};
}

[[gnu::noinline]] Result<void> UserMemory::copy_out_pages(uint64_t to, const void* from, size_t length) {
    TRY(check(to, length));
    const auto* source = static_cast<const uint8_t*>(from);
    while (length > 0) {
        size_t part = part_of_page(to, length);
        memcpy(TRY(reach(*this, to, Access::Write)), source, part);
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
        memset(TRY(reach(*this, to, Access::Write)), value, part);
        to += part;
        length -= part;
    }
    return {};
}

Result<void> UserMemory::probe(uint64_t address, size_t length, Access access) {
    if (in_one_page(*this, address, length, access)) [[likely]]
        return {};
    return probe_pages(address, length, access);
}

[[gnu::noinline]] Result<void> UserMemory::probe_pages(uint64_t address, size_t length, Access access) {
    TRY(check(address, length));
    while (length > 0) {
        size_t part = part_of_page(address, length);
        TRY(reach(*this, address, access));
        address += part;
        length -= part;
    }
    return {};
}

}  // namespace ke
