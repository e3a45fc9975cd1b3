// SPDX-License-Identifier: GPL-3.0-only
//
// Numbers: sizes and counts near every edge, flags that mean something for arguments of a known name.
#include "tests/torture/services/generate.hpp"

namespace torture {

using service_table::Argument;
using service_table::Type;

namespace {

constexpr ULONG64 kSizes[] = {0,    1,     2,     4,     7,      8,      12,     16,      20,      24,
                              32,   40,    48,    56,    64,     0x60,   0x80,   0x98,    0x100,   0x138,
                              512,  0x400, 0x448, 0xfff, 0x1000, 0x1001, 0x2000, 0xfff0,  0x10000, 0x10001,
                              4096, 64,    128,   256,   0x4000, 0x8000, 0xffff, 0x20000, 0x40000, 0x100000};
constexpr ULONG64 kEdges[] = {1ull << 12, 1ull << 16, 1ull << 20, 1ull << 28, 1ull << 31, 1ull << 32,
                              1ull << 40, 1ull << 44, 1ull << 47, 1ull << 48, 1ull << 63, 0};
constexpr LONG64 kBeside[] = {-0x10000, -0x1001, -0x1000, -0xfff, -8, -2,    -1,    0,
                              0,        0,       1,       2,      8,  0xfff, 0x1000};

constexpr ULONG64 kProtections[] = {0x01, 0x02, 0x04, 0x04, 0x04,  0x08,  0x10,
                                    0x20, 0x40, 0x80, 0,    0x104, 0x102, 0x204};
constexpr ULONG64 kAllocations[] = {0x1000,   0x2000,     0x3000,  0x3000, 0x80000, 0x103000,
                                    0x203000, 0x20003000, 0x42000, 0x6000, 0x7000,  0x4000};
constexpr ULONG64 kFrees[] = {0x8000, 0x8000, 0x4000, 0x4001, 0x8001, 0x8002};
constexpr ULONG64 kSectionKinds[] = {0x8000000, 0x8000000, 0x4000000, 0x1000000, 0x11000000, 0x18000000};
constexpr ULONG64 kOpenOptions[] = {0, 0, 0x20, 0x10, 0x40, 0x60, 0x21, 0x1, 0x1000, 0x1020, 0x2000};
constexpr ULONG64 kDuplicates[] = {2, 2, 2, 4, 6, 1, 3, 0};
constexpr ULONG64 kHandleAttributes[] = {0, 0, 2, 1, 0x40, 0x200};
constexpr ULONG64 kThreadFlags[] = {0, 0, 0, 1, 4, 2, 0x20, 0x40};
constexpr ULONG64 kProcessFlags[] = {0, 0, 4, 0x200, 0x204};
constexpr ULONG64 kAccess[] = {0x02000000, 0x02000000, 0x10000000, 0x1f0fff, 0x1fffff,
                               0x80000000, 0x100000,   0x120116,   0x1f0003, 0};
constexpr ULONG64 kPeriods[] = {0, 0, 1, 2, 10};
// Of keyboards, beepers and consoles (abi/console/condrv.h): the host's side, and some of a program's; of
// pipes and reparse points.
constexpr ULONG64 kControlCodes[] = {0x000b0008, 0x000b0000, 0x000b0004, 0x00010000, 0x000b0020, 0x000b0040,
                                     0x00500400, 0x00500404, 0x00500408, 0x0050040c, 0x00500414, 0x00500078,
                                     0x00504000, 0x00508078, 0x00504028, 0x00110004, 0x00110008, 0x0011400c,
                                     0x0011c017, 0x00110018, 0x0011001c, 0x000900a4, 0x000900a8, 0x000900ac};
constexpr ULONG64 kFilters[] = {1, 4, 5, 0xf, 0xe00, 0xfff};
constexpr ULONG64 kPipeModes[] = {0, 0, 1, 1, 2};
constexpr ULONG64 kInstances[] = {1, 2, 4, 0xffffffff, 0};
constexpr ULONG64 kQuotas[] = {0, 16, 4096, 0x10000, 0xffffffff};
constexpr ULONG64 kShares[] = {1, 2, 3, 3, 3, 7, 7};

struct Hint {
    const char* name;  // a part of the argument's name
    const ULONG64* values;
    ULONG count;
};

template <SIZE_T kCount>
constexpr Hint hint(const char* name, const ULONG64 (&values)[kCount]) {
    return {name, values, static_cast<ULONG>(kCount)};
}

constexpr Hint kHints[] = {
    hint("Protect", kProtections),
    hint("AllocationType", kAllocations),
    hint("FreeType", kFrees),
    hint("AllocationAttributes", kSectionKinds),
    hint("OpenOptions", kOpenOptions),
    hint("CreateOptions", kOpenOptions),
    hint("HandleAttributes", kHandleAttributes),
    hint("Options", kDuplicates),
    hint("ThreadFlags", kThreadFlags),
    hint("CreateFlags", kThreadFlags),
    hint("ProcessFlags", kProcessFlags),
    hint("Period", kPeriods),
    hint("ControlCode", kControlCodes),
    hint("CompletionFilter", kFilters),
    hint("NamedPipeType", kPipeModes),
    hint("ReadMode", kPipeModes),
    hint("CompletionMode", kPipeModes),
    hint("MaximumInstances", kInstances),
    hint("boundQuota", kQuotas),
    hint("MailslotQuota", kQuotas),
    hint("ShareAccess", kShares),
};

ULONG64 information_class(World& world) {
    constexpr ULONG64 kOurs[] = {0x4e00, 0x4e01, 0x4e02, 1000};
    return world.chance(5) ? world.any_of(kOurs) : world.below(world.chance(80) ? 70 : 200);
}

ULONG64 number_by_name(World& world, const char* name) {
    for (const Hint& known : kHints)
        if (contains(name, known.name)) return known.values[world.below(known.count)];
    if (contains(name, "Class")) return information_class(world);
    if (contains(name, "Length") || contains(name, "Size") || contains(name, "Count"))
        return size(world, true);
    constexpr ULONG64 kSmall = 9;
    return world.chance(60) ? world.below(kSmall) : 1ull << world.below(32);
}

ULONG64 wild_number(World& world) {
    if (world.chance(20)) return world.random();
    return size(world, false);
}

}  // namespace

ULONG64 size(World& world, bool tame) {
    if (tame) return world.any_of(kSizes);
    return world.any_of(kEdges) + static_cast<ULONG64>(world.any_of(kBeside));
}

ULONG64 scalar(World& world, const Argument& argument, bool tame) {
    switch (argument.type) {
        case Type::kBOOLEAN:
            return tame ? world.below(2) : world.below(256);
        case Type::kACCESS_MASK:
            return tame ? world.any_of(kAccess) : world.random();
        case Type::kPVOID:
            if (contains(argument.name, "Routine"))
                return tame ? (argument.optional && world.chance(60)
                                   ? 0
                                   : world.routine(contains(argument.name, "Apc") ? Routine::Apc
                                                                                  : Routine::Thread))
                            : world.wild_pointer();
            if (argument.optional && world.chance(20)) return 0;
            return tame ? world.region() : world.wild_pointer();
        case Type::kHANDLE:  // an identifier
            return tame ? reinterpret_cast<ULONG64>(world.client().UniqueThread) : world.random();
        case Type::kNTSTATUS:
            return world.below(2) ? 0 : 0xc0000000 + world.below(0x300);
        case Type::kSIZE_T:
        case Type::kULONG_PTR:
            if (contains(argument.name, "Zero")) return tame ? 0 : world.below(70);
            return size(world, tame);
        case Type::kLARGE_INTEGER:
            return size(world, tame);
        default:
            break;
    }
    return tame ? number_by_name(world, argument.name) : wild_number(world);
}

}  // namespace torture
