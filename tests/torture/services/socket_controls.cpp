// SPDX-License-Identifier: GPL-3.0-only
// What sockets are asked by their numbers (docs/decisions/0028): AFD's own, and those of libwine's ws2_32.
#include "tests/torture/services/control_input.hpp"

namespace torture {

namespace {

constexpr ULONG kMostBytes = 3000;  // of a buffer
constexpr ULONG kFirstOption = 219, kOptions = 80;
constexpr ULONG kPorts = 12;  // that differ

constexpr ULONG wine(ULONG number) {
    return 0x120000 | number << 2;
}

void kind(Input& input) {
    constexpr ULONG kFamilies[] = {2, 2, 2, 23, 0, 77}, kTypes[] = {1, 1, 2, 2, 3, 0},
                    kProtocols[] = {0, 0, 6, 17, 1};
    input.add(input.world.any_of(kFamilies));
    input.add(input.world.any_of(kTypes));
    input.add(input.world.any_of(kProtocols));
    input.add(ULONG{1});
}

void add_address(Input& input) {
    World& world = input.world;
    UCHAR bytes[28] = {};
    const bool longer = world.chance(20);
    bytes[0] = longer ? 23 : 2;
    if (world.chance(90)) {
        bytes[2] = 20;
        bytes[3] = static_cast<UCHAR>(world.below(kPorts));
    }
    const bool any = world.chance(15);
    if (longer && !any) bytes[23] = 1;
    if (!longer && !any) bytes[4] = 127, bytes[7] = 1;
    if (world.chance(5)) bytes[world.below(sizeof bytes)] = static_cast<UCHAR>(world.random());
    input.add(bytes, longer ? 28 : world.chance(95) ? 16 : 7);
}

void bind(Input& input) {
    input.add(ULONG{0});
    add_address(input);
}

void connect(Input& input) {
    Input address(input.world);
    add_address(address);
    input.add(input.world.chance(95) ? address.length() : word(input.world));
    input.add(static_cast<ULONG>(input.world.below(2)));
    input.add(address);
    if (input.world.chance(20)) input.add_noise(200);
}

void listen(Input& input) {
    input.add(ULONG{0});
    input.add(input.world.chance(80) ? static_cast<ULONG>(input.world.below(8)) : word(input.world));
    input.add(ULONG{0});
}

void accept_into(Input& input) {
    input.add(static_cast<ULONG>(input.world.handle(Object::kFile)));
    input.add(input.world.chance(60) ? ULONG{0} : word(input.world));
    input.add(input.world.chance(80) ? ULONG{32} : word(input.world));
}

ULONG64 somewhere(World& world, ULONG64 size) {
    return world.chance(95) ? world.room(size) : world.wild_pointer();
}

// An array of WSABUFs.
ULONG64 buffers(World& world, ULONG& count) {
    struct Buffer {
        ULONG length;
        ULONG pad;
        ULONG64 address;
    } all[60];
    count = world.chance(70) ? 1 : static_cast<ULONG>(world.below(60));
    for (ULONG i = 0; i < count; ++i) {
        const ULONG length = world.chance(10) ? 0 : static_cast<ULONG>(world.below(kMostBytes));
        all[i] = {world.chance(97) ? length : word(world), 0, somewhere(world, length)};
    }
    const ULONG64 where = world.place(all, count * static_cast<ULONG>(sizeof(Buffer)), world.chance(15));
    if (world.chance(3)) count = word(world);
    return where;
}

void receive(Input& input) {
    World& world = input.world;
    const ULONG flags = world.chance(70) ? 0 : static_cast<ULONG>(world.below(16));
    ULONG count;
    const ULONG64 array = buffers(world, count);
    input.add(world.chance(90) ? 0 : somewhere(world, 16));
    input.add(world.chance(60) ? 0 : somewhere(world, 32));
    const LONG room = static_cast<LONG>(world.chance(80) ? 28 : word(world));
    input.add(world.chance(60) ? 0 : world.place(&room, sizeof room, false));
    input.add(world.place(&flags, sizeof flags, world.chance(15)));
    input.add(static_cast<ULONG>(world.below(2)));
    input.add(count);
    input.add(array);
}

void send(Input& input) {
    World& world = input.world;
    Input address(world);
    ULONG count;
    const ULONG64 array = buffers(world, count);
    if (world.chance(50)) add_address(address);
    input.add(address.length() ? address.place() : 0);
    input.add(address.length());
    input.add(world.chance(80) ? ULONG{0} : word(world));
    input.add(static_cast<ULONG>(world.below(2)));
    input.add(count);
    input.add(array);
}

void native_receive(Input& input) {
    constexpr ULONG kFlags[] = {0x20, 0x20, 0x40, 0xa0, 0x4020, 0};
    ULONG count;
    const ULONG64 array = buffers(input.world, count);
    input.add(array);
    input.add(count);
    input.add(static_cast<ULONG>(input.world.below(3)));
    input.add(input.world.any_of(kFlags));
    input.add(ULONG{0});
    input.add(ULONG64{0});
    input.add(ULONG64{0});
}

void poll(Input& input) {
    World& world = input.world;
    const ULONG count = static_cast<ULONG>(world.below(30));
    constexpr LONGLONG kTimes[] = {0, -10'000, -200'000, 0x7fffffffffffffff};
    input.add(world.any_of(kTimes));
    input.add(world.chance(95) ? count : word(world));
    input.add(static_cast<ULONG>(world.chance(30)));
    for (ULONG i = 0; i < count; ++i) {
        input.add(world.handle(Object::kFile));
        input.add(static_cast<ULONG>(world.chance(80) ? world.below(0x200) : world.random()));
        input.add(ULONG{0});
    }
}

void event_select(Input& input) {
    input.add(input.world.chance(90) ? input.world.handle(Object::kEvent) : 0);
    input.add(static_cast<ULONG>(input.world.below(0x200)));
    input.add(ULONG{0});
}

constexpr Known kSocketControls[] = {
    {wine(200), kind},  // CREATE
    {0x12003, bind},    // BIND
    {0x12003, bind},
    {0x1200b, listen},         // LISTEN
    {wine(201), nothing},      // ACCEPT
    {wine(202), accept_into},  // ACCEPT_INTO
    {wine(203), connect},      // CONNECT
    {wine(203), connect},
    {wine(204), one_word},  // SHUTDOWN
    {wine(205), receive},   // RECVMSG
    {wine(205), receive},
    {wine(206), send},  // SENDMSG
    {wine(206), send},
    {0x12017, native_receive},  // RECEIVE
    {0x1201b, native_receive},  // RECEIVE_DATAGRAM
    {0x12024, poll},            // POLL
    {0x12024, poll},
    {0x1202f, nothing},       // GETSOCKNAME
    {0x12087, event_select},  // EVENT_SELECT
    {0x1208b, nothing},       // GET_EVENTS
    {wine(207), noise},       // TRANSMIT
    {wine(208), one_word},    // ADDRESS_LIST_CHANGE
    {wine(209), one_word},    // FIONBIO
    {wine(210), one_word},    // COMPLETE_ASYNC
    {wine(211), nothing},     // FIONREAD
    {wine(212), nothing},     // SIOCATMARK
    {wine(213), nothing},     // GET_INTERFACE_LIST
    {wine(214), two_words},   // KEEPALIVE_VALS
    {wine(216), nothing},     // GETPEERNAME
    {wine(218), nothing},     // GET_INFO
    {wine(kFirstOption), one_word},
    {wine(kFirstOption), two_words},
};

}  // namespace

ULONG socket_controls() {
    return count_of(kSocketControls);
}
Control socket_control(World& world, ULONG index) {
    Control control = made(world, kSocketControls[index]);
    if (control.code == wine(kFirstOption))
        control.code = wine(kFirstOption + static_cast<ULONG>(world.below(kOptions)));
    return control;
}

Control socket_kind(World& world, bool stream) {
    const ULONG kind[] = {2, stream ? 1u : 2u, 0, 1};
    return {wine(200), world.place(kind, sizeof kind, false), sizeof kind};
}

Control socket_address(World& world, SocketCall call, UCHAR port) {
    const UCHAR address[16] = {2, 0, 20, port, 127, 0, 0, 1};
    Input input(world);
    if (call == SocketCall::Connect) input.add(ULONG{sizeof address});
    input.add(static_cast<ULONG>(call == SocketCall::Connect));
    input.add(address);
    return {call == SocketCall::Connect ? wine(203) : 0x12003, input.place(), input.length()};
}

}  // namespace torture
