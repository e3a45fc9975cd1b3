// SPDX-License-Identifier: GPL-3.0-only
//
// What pointer arguments point to: structures with names, handles and pointers in them, and buffers.
#include <string.h>

#include "abi/nt/ntiolists.h"
#include "abi/nt/ntmmapi.h"
#include "tests/torture/services/generate.hpp"
#include "tests/torture/services/names.hpp"

namespace torture {

using service_table::Argument;
using service_table::Direction;
using service_table::Form;
using service_table::Service;
using service_table::Type;

namespace {

constexpr ULONG64 kAtEdgePercent = 15;
constexpr ULONG kMostPlaced = 4096;

template <typename T>
ULONG64 put(World& world, const T& value) {
    return world.place(&value, sizeof value, world.chance(kAtEdgePercent));
}

// Times are short, or the run stands still; now and then one is for ever.
LONGLONG time(World& world, bool tame) {
    constexpr LONGLONG kTimes[] = {0, 0, -1, -1000, -10'000, -10'000, -50'000, -100'000, 1, -300'000};
    if (tame) return world.any_of(kTimes);
    return static_cast<LONGLONG>(world.chance(50) ? size(world, false) : world.random());
}

LONGLONG quad(World& world, const char* name, bool tame) {
    if (contains(name, "Time") || contains(name, "Interval")) return time(world, tame);
    if (contains(name, "Offset") && tame) {
        constexpr LONGLONG kOffsets[] = {0, 0, 0, -1, -2, 0x10000, 512, 4096};
        return world.any_of(kOffsets);
    }
    return static_cast<LONGLONG>(size(world, tame));
}

// Words that may be numbers, handles or pointers: what an information class may take them for.
ULONG64 filler(World& world, ULONG length, bool tame) {
    ULONG64 words[kMostPlaced / sizeof(ULONG64)];
    const ULONG size = length < kMostPlaced ? length : kMostPlaced;
    const ULONG count = (size + 7) / 8;
    for (ULONG i = 0; i < count; ++i) {
        switch (world.below(i < 8 ? 8 : 1)) {
            case 1:
                words[i] = world.below(32);
                break;
            case 2:
                words[i] = world.handle(Object::Any);
                break;
            case 3:
                words[i] = world.room(64);
                break;
            case 4:
                words[i] = tame ? world.below(3) : world.wild_pointer();
                break;
            case 5:
                words[i] = tame ? 1 : world.random();
                break;
            case 6:
                words[i] = 1ull << world.below(64);
                break;
            default:
                words[i] = 0;
                break;
        }
    }
    return world.place(words, size, world.chance(kAtEdgePercent));
}

// A list of extended attributes that is well formed, or of their names.
ULONG64 extended_attributes(World& world, ULONG length, bool names_only) {
    UCHAR list[512] = {};
    ULONG at = 0, last = 0;
    const ULONG header = names_only ? 5 : 8;
    const ULONG room = length < sizeof list ? length : sizeof list;
    for (ULONG64 left = 1 + world.below(8); left > 0; --left) {
        const ULONG value = names_only ? 0 : static_cast<ULONG>(world.below(40));
        const ULONG end = at + header + 2 + 1 + value;
        if (end > room) break;
        if (at > 0) *reinterpret_cast<ULONG*>(list + last) = at - last;
        UCHAR* entry = list + at;
        entry[names_only ? 4 : 5] = 2;
        if (!names_only) {
            entry[4] = world.chance(10) ? FILE_NEED_EA : 0;
            *reinterpret_cast<USHORT*>(entry + 6) = static_cast<USHORT>(value);
        }
        entry[header] = 'E';
        entry[header + 1] = static_cast<UCHAR>('0' + world.below(20));
        last = at;
        at = (end + 3) & ~3u;
    }
    return world.place(list, room, world.chance(kAtEdgePercent));
}

ULONG64 attribute_list(World& world, bool tame) {
    constexpr ULONG_PTR kKinds[] = {PS_ATTRIBUTE_CLIENT_ID,   PS_ATTRIBUTE_TEB_ADDRESS,
                                    PS_ATTRIBUTE_IMAGE_NAME,  PS_ATTRIBUTE_PARENT_PROCESS,
                                    PS_ATTRIBUTE_HANDLE_LIST, PS_ATTRIBUTE_PRIORITY_CLASS};
    struct {
        SIZE_T total;
        PS_ATTRIBUTE attributes[3];
    } list = {};
    const ULONG count = static_cast<ULONG>(world.below(4));
    list.total = sizeof list.total + count * sizeof list.attributes[0];
    for (ULONG i = 0; i < count; ++i) {
        PS_ATTRIBUTE& attribute = list.attributes[i];
        attribute.Attribute = tame ? world.any_of(kKinds) : world.random() & 0x7001f;
        attribute.Size = tame ? 16 : size(world, false);
        attribute.Value = tame ? world.room(64) : world.wild_pointer();
        if (attribute.Attribute == PS_ATTRIBUTE_IMAGE_NAME) {
            const UNICODE_STRING name = image_name(world);
            attribute.Size = name.Length;
            attribute.Value = reinterpret_cast<ULONG_PTR>(name.Buffer);
        }
        if (attribute.Attribute == PS_ATTRIBUTE_PARENT_PROCESS)
            attribute.Value = world.handle(Object::kProcess);
    }
    if (!tame && world.chance(30)) list.total = size(world, false);
    return put(world, list);
}

ULONG64 privileges(World& world, bool tame) {
    struct {
        ULONG count;
        LUID_AND_ATTRIBUTES each[4];
    } list = {};
    list.count = tame ? static_cast<ULONG>(world.below(5)) : static_cast<ULONG>(size(world, false));
    for (LUID_AND_ATTRIBUTES& one : list.each) {
        one.Luid.LowPart = static_cast<ULONG>(world.below(40));
        // SE_PRIVILEGE_ENABLED or nothing; never SE_PRIVILEGE_REMOVED, which would end the fun for the whole
        // process.
        one.Attributes = world.below(2) ? 2 : 0;
    }
    return put(world, list);
}

ULONG64 thread_context(World& world, bool tame) {
    CONTEXT context;
    world.context(context);
    if (!tame) {
        auto* words = reinterpret_cast<ULONG64*>(&context);
        for (ULONG i = 0; i < 4; ++i)
            words[world.below(sizeof context / 8)] = world.random();
    }
    return world.place(&context, sizeof context, world.chance(kAtEdgePercent));
}

ULONG64 exception_record(World& world, bool tame) {
    EXCEPTION_RECORD record = {};
    record.ExceptionCode = STATUS_BREAKPOINT;
    record.NumberParameters = tame ? 0 : static_cast<ULONG>(world.random());
    return put(world, record);
}

// A message, mostly a new one, now and then with the number of one that has been received somewhere.
ULONG64 port_message(World& world, bool tame) {
    struct {
        PORT_MESSAGE header;
        ULONG64 data[8];
    } message = {};
    message.header.u1.s1.DataLength =
        static_cast<USHORT>(tame ? world.below(sizeof message.data) : world.random());
    message.header.u1.s1.TotalLength =
        static_cast<USHORT>(tame ? sizeof(PORT_MESSAGE) + message.header.u1.s1.DataLength : world.random());
    if (!tame) message.header.u2.ZeroInit = static_cast<ULONG>(world.random());
    message.header.ClientId = world.client();
    if (world.chance(40))
        message.header.MessageId = static_cast<ULONG>(world.below(64) << 2 | world.below(8) << 22);
    for (ULONG64& word : message.data)
        word = world.chance(50) ? world.below(4) : world.room(64);
    return put(world, message);
}

ULONG64 message_attributes(World& world, bool tame) {
    ULONG64 list[0xa0 / sizeof(ULONG64)] = {};
    const auto which = static_cast<ULONG>(world.random());
    ALPC_MESSAGE_ATTRIBUTES head = {tame ? which & ALPC_MESSAGE_ATTRIBUTE_ALL : which,
                                    static_cast<ULONG>(which & world.random())};
    for (ULONG64& word : list)
        word = world.chance(50) ? world.below(4) * 0x10 : world.handle(Object::Any);
    memcpy(list, &head, sizeof head);
    return world.place(list, sizeof list, world.chance(kAtEdgePercent));
}

ULONG64 port_attributes(World& world, bool tame) {
    if (!tame) return filler(world, sizeof(ALPC_PORT_ATTRIBUTES), tame);
    ALPC_PORT_ATTRIBUTES attributes = {};
    attributes.Flags = static_cast<ULONG>(world.random()) & 0x03ff0000;
    attributes.SecurityQos = {sizeof(SECURITY_QUALITY_OF_SERVICE), SecurityImpersonation,
                              static_cast<BOOLEAN>(world.below(2)), FALSE};
    attributes.MaxMessageLength = 64 + world.below(0xff00);
    attributes.DupObjectTypes = OB_ALL_OBJECT_TYPE_CODES;
    return put(world, attributes);
}

// What a pointer to one structure or number points to.
ULONG64 structure(World& world, const Service& service, const Argument& argument, bool tame) {
    switch (argument.type) {
        case Type::kUNICODE_STRING:
            return put(world, string(world, service, argument.direction != Direction::In, tame));
        case Type::kOBJECT_ATTRIBUTES:
            return put(world, attributes(world, service, tame));
        case Type::kLARGE_INTEGER:
        case Type::kULARGE_INTEGER: {
            LARGE_INTEGER number;
            number.QuadPart = quad(world, argument.name, tame);
            return put(world, number);
        }
        case Type::kCLIENT_ID:
            return put(world, world.client());
        case Type::kCONTEXT:
            return thread_context(world, tame);
        case Type::kEXCEPTION_RECORD:
            return exception_record(world, tame);
        case Type::kPS_ATTRIBUTE_LIST:
            return attribute_list(world, tame);
        case Type::kRTL_USER_PROCESS_PARAMETERS:
            return tame ? world.process_parameters() : filler(world, 0x448, false);
        case Type::kTOKEN_PRIVILEGES:
            return privileges(world, tame);
        case Type::kPORT_MESSAGE:
            return port_message(world, tame);
        case Type::kALPC_MESSAGE_ATTRIBUTES:
            return message_attributes(world, tame);
        case Type::kALPC_PORT_ATTRIBUTES:
            return port_attributes(world, tame);
        case Type::kPVOID: {
            const ULONG64 address = tame ? (world.chance(30) ? 0 : world.region()) : world.wild_pointer();
            return put(world, address);
        }
        case Type::kSIZE_T: {
            const ULONG64 bytes = size(world, tame);
            return put(world, bytes);
        }
        default:
            return filler(world, 64, tame);
    }
}

ULONG64 handles(World& world, ULONG64 count) {
    ULONG64 list[80];
    for (ULONG64& handle : list)
        handle = world.handle(Object::Any);
    const ULONG64 used = count < 80 ? count : 80;
    return world.place(list, static_cast<ULONG>(used * sizeof list[0]), world.chance(kAtEdgePercent));
}

// MEM_EXTENDED_PARAMETERs, with places that can be had.
ULONG64 memory_parameters(World& world, ULONG64 count, bool tame) {
    constexpr ULONG64 kLowest[] = {0, 0, 0x10000, 0x5000000000, 0x7fff0000};
    constexpr ULONG64 kHighest[] = {0, 0, 0x7fffffff, 0xffffffff, 0x50ffffffff};
    constexpr ULONG64 kAlignments[] = {0, 0, 0x10000, 0x200000, 1ull << 40};
    MEM_EXTENDED_PARAMETER list[4] = {};
    for (MEM_EXTENDED_PARAMETER& one : list) {
        one.TypeAndReserved = tame ? 1 + world.below(2) : world.random() & 0xff;
        if (one.TypeAndReserved != MemExtendedParameterAddressRequirements) continue;
        const ULONG64 wanted[] = {world.any_of(kLowest), world.any_of(kHighest), world.any_of(kAlignments)};
        one.ULong64 = tame ? put(world, wanted) : world.wild_pointer();
    }
    const ULONG64 used = count < 4 ? count : 4;
    return world.place(list, static_cast<ULONG>(used * sizeof list[0]), world.chance(kAtEdgePercent));
}

}  // namespace

ULONG64 pointed(World& world, const Service& service, const Argument& argument, ULONG64 length, bool tame) {
    if (argument.form == Form::Array && argument.type == Type::kMEM_EXTENDED_PARAMETER)
        return memory_parameters(world, length, tame);
    if (argument.form == Form::Array)
        return argument.type == Type::kHANDLE ? handles(world, length) : world.room(length * 32);
    if (argument.form == Form::Buffer) {
        if (argument.direction == Direction::Out) return world.room(length);
        const bool names_only = contains(argument.name, "EaList");
        if (tame && length > 0 &&
            (names_only || contains(service.name, "SetEa") || contains(argument.name, "EaBuffer")))
            return extended_attributes(world, static_cast<ULONG>(length < kMostPlaced ? length : kMostPlaced),
                                       names_only);
        return filler(world, static_cast<ULONG>(length < kMostPlaced ? length : kMostPlaced), tame);
    }
    if (argument.direction == Direction::Out && argument.type != Type::kUNICODE_STRING) return world.room(64);
    return structure(world, service, argument, tame);
}

}  // namespace torture
