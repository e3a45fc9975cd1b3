// SPDX-License-Identifier: GPL-3.0-only
//
// Pool is heap memory of the host: paged and nonpaged are the same here, and all of it goes with the host. A
// block of a page or more is page aligned, as drivers expect. Pool cannot be executed, as on Windows with
// memory integrity, but for what ExAllocatePool2 is asked for with POOL_FLAG_NON_PAGED_EXECUTE.
#include "wdm/ex/pool.hpp"

#include <string.h>

#include "abi/nt/ntstatus.h"
#include "base/format.hpp"
#include "wdm/ex/raise.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/platform/platform.hpp"
#include "wdm/rtl/list.hpp"
#include "wdm/rtl/string.hpp"

namespace {

constexpr ULONG kRaiseOnFailure = 0x10;      // POOL_RAISE_IF_ALLOCATION_FAILURE
constexpr ULONG64 kFlagUninitialized = 0x2;  // POOL_FLAG_UNINITIALIZED
constexpr ULONG64 kFlagRaise = 0x20;         // POOL_FLAG_RAISE_ON_FAILURE
constexpr ULONG64 kFlagExecute = 0x80;       // POOL_FLAG_NON_PAGED_EXECUTE

constexpr ULONG kQuotaFailInsteadOfRaise = 0x8;
constexpr ULONG kNoTag = 0x656e6f4e;  // "None"
constexpr SIZE_T kPage = 4096;
constexpr ULONG64 kGuard = 0x6c6f6f7064726167;
constexpr ULONG kOverrun = 0x23;  // fourth parameter of SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION
constexpr ULONG kBlocksAtIdle = 256;
constexpr ULONG kQuietPasses = 64;

struct Header {
    LIST_ENTRY link;
    const void* owner;  // the code that allocated it
    ULONG64 reserved;
    ULONG64 guard;
    ULONG tag;
    USHORT size;    // bytes, below a page
    USHORT offset;  // of the block in its memory

    UCHAR* block() { return reinterpret_cast<UCHAR*>(this + 1); }
    ULONG64 right_guard() const { return kGuard ^ reinterpret_cast<ULONG64>(this); }
};
static_assert(sizeof(Header) == 48);

constexpr SIZE_T kTail = sizeof(ULONG64);

constinit platform::Lock list_lock;
constinit LIST_ENTRY blocks{&blocks, &blocks};
constinit LIST_ENTRY* next_to_check = &blocks;
constinit bool used_since = false;  // only a hint

struct Allocation {
    SIZE_T bytes;
    ULONG tag;
    const void* owner;
};

// A block on a page boundary is one of a page or more, without a header: small ones are never there.
PVOID allocate_small(const Allocation& wanted) {
    SIZE_T bytes = sizeof(Header) + wanted.bytes + kTail;
    USHORT offset = sizeof(Header);
    auto* memory = static_cast<UCHAR*>(platform::allocate(bytes));
    if (memory != nullptr && (reinterpret_cast<ULONG64>(memory + offset) & (kPage - 1)) == 0) [[unlikely]] {
        platform::release(memory);
        memory = static_cast<UCHAR*>(platform::allocate(bytes + 16));
        if ((reinterpret_cast<ULONG64>(memory + offset) & (kPage - 1)) == 0) offset += 16;
    }
    if (memory == nullptr) return nullptr;
    auto* header = reinterpret_cast<Header*>(memory + offset) - 1;
    *header = {.link = {},
               .owner = wanted.owner,
               .reserved = 0,
               .guard = header->right_guard(),
               .tag = wanted.tag,
               .size = static_cast<USHORT>(wanted.bytes),
               .offset = offset};
    memcpy(header->block() + wanted.bytes, &header->guard, kTail);
    platform::Guard guard(list_lock);
    rtl::insert_tail(blocks, header->link);
    used_since = true;
    return header->block();
}

PVOID allocate(Allocation wanted, bool raise, bool execute = false) {
    if (wanted.bytes == 0) wanted.bytes = 1;
    PVOID block = execute                ? platform::allocate_executable(wanted.bytes)
                  : wanted.bytes < kPage ? allocate_small(wanted)
                                         : platform::allocate(wanted.bytes);
    if (block == nullptr && raise) ex::raise_status(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

[[noreturn, gnu::noinline]] void overrun(Header& header) {
    static constexpr WCHAR unknown[] = u"a driver";
    const io::Driver* driver = io::driver_at(header.owner);
    char text[64];
    std::string_view tag(reinterpret_cast<const char*>(&header.tag), sizeof header.tag);
    auto line =
        base::format(text, "wrote beyond its pool block of {} bytes, tag {}", ULONG{header.size}, tag);
    ke::bug_check_driver(ke::kSpecialPoolCorruption,
                         driver != nullptr ? driver->object.DriverName : rtl::string_of(unknown, 8), line,
                         reinterpret_cast<ULONG64>(header.block()),
                         reinterpret_cast<ULONG64>(header.block() + header.size), 0, kOverrun);
}

void check(Header& header) {
    if (header.guard != header.right_guard() ||
        memcmp(header.block() + header.size, &header.guard, kTail) != 0) [[unlikely]]
        overrun(header);
}

// Caller holds the lock.
void check_some(ULONG most) {
    for (; most > 0 && next_to_check != &blocks; most--) {
        check(*CONTAINING_RECORD(next_to_check, Header, link));
        next_to_check = next_to_check->Flink;
    }
}

void free_small(Header& header) {
    check(header);
    {
        platform::Guard guard(list_lock);
        if (next_to_check == &header.link) next_to_check = header.link.Flink;
        rtl::remove(header.link);
        used_since = true;
    }
    header.guard = 0;
    platform::release(header.block() - header.offset);
}

// What the runtime itself gave to a driver, and blocks of a page or more, have no header.
void free(PVOID block) {
    if (block != nullptr && (reinterpret_cast<ULONG64>(block) & (kPage - 1)) != 0) {
        Header& header = static_cast<Header*>(block)[-1];
        if (header.guard == header.right_guard()) return free_small(header);
    }
    platform::release(block);
}

}  // namespace

namespace ex {

void check_pool_at_idle() {
    static constinit ULONG passes = 0;
    if (!used_since && ++passes % kQuietPasses != 0) return;
    platform::Guard guard(list_lock);
    used_since = false;
    if (next_to_check == &blocks) next_to_check = blocks.Flink;
    check_some(kBlocksAtIdle);
}

void check_pool() {
    platform::Guard guard(list_lock);
    next_to_check = blocks.Flink;
    check_some(~0u);
}

}  // namespace ex

extern "C" {

PVOID ExAllocatePoolWithTag(ULONG type, SIZE_T bytes, ULONG tag) {
    return allocate({bytes, tag, __builtin_return_address(0)}, (type & kRaiseOnFailure) != 0);
}

PVOID ExAllocatePool(ULONG type, SIZE_T bytes) {
    return allocate({bytes, kNoTag, __builtin_return_address(0)}, (type & kRaiseOnFailure) != 0);
}

PVOID ExAllocatePoolWithTagPriority(ULONG type, SIZE_T bytes, ULONG tag, ULONG) {
    return allocate({bytes, tag, __builtin_return_address(0)}, (type & kRaiseOnFailure) != 0);
}

PVOID ExAllocatePoolWithQuotaTag(ULONG type, SIZE_T bytes, ULONG tag) {
    return allocate({bytes, tag, __builtin_return_address(0)}, (type & kQuotaFailInsteadOfRaise) == 0);
}

PVOID ExAllocatePoolWithQuota(ULONG type, SIZE_T bytes) {
    return allocate({bytes, kNoTag, __builtin_return_address(0)}, (type & kQuotaFailInsteadOfRaise) == 0);
}

PVOID ExAllocatePool2(ULONG64 flags, SIZE_T bytes, ULONG tag) {
    PVOID block = allocate({bytes, tag, __builtin_return_address(0)}, (flags & kFlagRaise) != 0,
                           (flags & kFlagExecute) != 0);
    if (block != nullptr && (flags & kFlagUninitialized) == 0) __builtin_memset(block, 0, bytes);
    return block;
}

VOID ExFreePoolWithTag(PVOID block, ULONG) {
    free(block);
}

VOID ExFreePool(PVOID block) {
    free(block);
}

// Drivers fill such strings with pool of their own, too.
VOID RtlFreeUnicodeString(PUNICODE_STRING string) {
    if (string->Buffer != nullptr) free(string->Buffer);
    *string = {};
}

VOID RtlFreeAnsiString(PANSI_STRING string) {
    if (string->Buffer != nullptr) free(string->Buffer);
    *string = {};
}

VOID RtlFreeOemString(PANSI_STRING string) {
    if (string->Buffer != nullptr) free(string->Buffer);
    *string = {};
}

}  // extern "C"
