// SPDX-License-Identifier: GPL-3.0-only
//
// Which pages of a space are there, as working-set queries tell.
#include <bit>

#include "executive/mm/address_space.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"

namespace mm {

namespace {

// Entries looked at in one slice.
constexpr unsigned kEntriesPerSlice = 64;

// NT's five bits for a protection.
uint64_t short_protection(uint32_t protection) {
    constexpr uint64_t kNoCache = 8, kGuard = 16;
    constexpr uint64_t kOf[] = {0, 1, 4, 5, 2, 3, 6, 7};  // by the PAGE_* bit, from PAGE_NOACCESS on
    uint64_t bits = kOf[std::countr_zero((protection & 0xff) | 0x100u) & 7];
    return bits | (protection & PAGE_NOCACHE ? kNoCache : 0) | (protection & PAGE_GUARD ? kGuard : 0);
}

bool shared(const Region& region, const PageEntry& entry) {
    return region.kind != Region::Kind::Private && !entry.owned;
}

}  // namespace

uint64_t AddressSpace::page_attributes(uint64_t address) {
    constexpr unsigned kShareCount = 1, kProtection = 4, kShared = 15, kLocked = 22;
    Region* region = region_at(address);
    PageEntry* entry = region ? tables_->find(address) : nullptr;
    if (!entry || entry->frame == kNoFrame) return 0;
    uint64_t is_shared = shared(*region, *entry);
    uint64_t protection = protection_of(*region, address / kPageSize) & 0x7ff;
    return 1 | is_shared << kShareCount | protection << kProtection | is_shared << kShared |
           uint64_t{entry->locked} << kLocked;
}

size_t AddressSpace::pages_present(uint64_t& at, std::span<uint64_t> blocks) {
    constexpr unsigned kShareCount = 5, kShared = 8;
    constexpr uint64_t kEnd = ke::kHighestUserAddress + 1;
    size_t count = 0;
    for (unsigned step = 0; step < kEntriesPerSlice && count < blocks.size(); ++step) {
        at = tables_->next_used(at, kEnd);
        if (at >= kEnd) {
            at = 0;
            break;
        }
        Region* region = region_at(at);
        PageEntry* entry = tables_->find(at);
        if (region && entry && entry->frame != kNoFrame) {
            uint64_t is_shared = shared(*region, *entry);
            blocks[count++] = short_protection(protection_of(*region, at / kPageSize)) |
                              is_shared << kShareCount | is_shared << kShared | at;
        }
        at += kPageSize;
    }
    return count;
}

}  // namespace mm
