// SPDX-License-Identifier: GPL-3.0-only
//
// All sockets are asynchronous: what a request of such a one waits for does not stop the scene.
#include "tests/torture/services/actor.hpp"

namespace torture {

namespace {

constexpr ULONG kMostSockets = 300;  // of one scene
constexpr ULONG kPorts = 12;
constexpr ULONG kRequest = 0x120000;  // ws2_32's, with their numbers
constexpr ULONG kAccept = kRequest | 201 << 2, kAcceptInto = kRequest | 202 << 2;
constexpr ULONG kShutdown = kRequest | 204 << 2, kReceive = kRequest | 205 << 2, kSend = kRequest | 206 << 2;
constexpr ULONG kListen = 0x1200b, kPoll = 0x12024;

NTSTATUS control(Actor& actor, ULONG64 file, const Control& asked, ULONG answer = 0) {
    return actor.call("NtDeviceIoControlFile", file, 0, 0, 0, actor.status_block(), asked.code, asked.input,
                      asked.length, answer ? actor.world().room(answer) : 0, answer);
}

template <typename T>
NTSTATUS control(Actor& actor, ULONG64 file, ULONG code, const T& input, ULONG answer = 0) {
    return control(actor, file, {code, actor.place(input), sizeof input}, answer);
}

ULONG64 open(Actor& actor) {
    static constexpr char kName[] = "\\Device\\Afd\\Torture";
    WCHAR units[sizeof kName - 1];
    for (ULONG i = 0; i < sizeof kName - 1; ++i)
        units[i] = static_cast<WCHAR>(kName[i]);
    UNICODE_STRING name;
    name.Length = name.MaximumLength = sizeof units;
    name.Buffer = reinterpret_cast<WCHAR*>(actor.place(units));
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = reinterpret_cast<UNICODE_STRING*>(actor.place(name));
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    return actor.give("NtOpenFile", FILE_GENERIC_READ | FILE_GENERIC_WRITE, actor.place(attributes),
                      actor.status_block(), FILE_SHARE_VALID_FLAGS, 0);
}

ULONG64 make(Actor& actor, bool stream) {
    const ULONG64 file = open(actor);
    control(actor, file, socket_kind(actor.world(), stream));
    return file;
}

ULONG64 bound(Actor& actor, bool stream, UCHAR port) {
    const ULONG64 file = make(actor, stream);
    control(actor, file, socket_address(actor.world(), SocketCall::Bind, port), 16);
    return file;
}

ULONG64 listener(Actor& actor, UCHAR port) {
    const ULONG64 file = bound(actor, true, port);
    const ULONG words[] = {0, actor.up_to(250), 0};
    control(actor, file, kListen, words);
    return file;
}

ULONG64 connected(Actor& actor, bool stream, UCHAR port) {
    const ULONG64 file = make(actor, stream);
    control(actor, file, socket_address(actor.world(), SocketCall::Connect, port));
    return file;
}

struct Buffer {
    ULONG64 length, address;
};

void receive(Actor& actor, ULONG64 file, ULONG length, ULONG flags) {
    const Buffer buffer = {length, actor.world().room(length)};
    const ULONG64 input[] = {0, 0, 0, actor.place(flags), 1 | ULONG64{1} << 32, actor.place(buffer)};
    control(actor, file, kReceive, input);
}

void send(Actor& actor, ULONG64 file, ULONG length) {
    const Buffer buffer = {length, actor.world().room(length)};
    const ULONG64 input[] = {0, 0, 1 | ULONG64{1} << 32, actor.place(buffer)};
    control(actor, file, kSend, input);
}

// One of the ways in which a socket goes, while whatever waits for it does.
void finish(Actor& actor, ULONG64 file) {
    if (actor.chance(20)) control(actor, file, kShutdown, static_cast<ULONG>(actor.world().below(3)));
    if (actor.chance(10)) actor.call("NtCancelIoFile", file, actor.status_block());
    if (actor.chance(10)) actor.call("NtCancelIoFileEx", file, 0, actor.status_block());
    if (actor.chance(90)) actor.close(file);
}

void some_bytes(Actor& actor, ULONG64 file) {
    const ULONG flags = actor.chance(70) ? 0 : static_cast<ULONG>(actor.world().below(16));
    if (actor.chance(50)) receive(actor, file, actor.up_to(4000), flags);
    if (actor.chance(60)) send(actor, file, static_cast<ULONG>(actor.world().below(9000)));
}

// Some accepts wait before anybody connects, others come late; all sockets talk.
void connections(Actor& actor, ULONG most) {
    const UCHAR port = static_cast<UCHAR>(actor.world().below(kPorts));
    const ULONG64 to = listener(actor, port);
    const ULONG count = actor.up_to(most < kMostSockets ? most : kMostSockets);
    static ULONG64 files[kMostSockets];
    for (ULONG i = 0; i < count; ++i) {
        const ULONG64 target = actor.chance(30) ? make(actor, true) : 0;
        const ULONG into[] = {static_cast<ULONG>(target), static_cast<ULONG>(actor.chance(40) ? 16 : 0), 32};
        if (target)
            control(actor, to, kAcceptInto, into, 80);
        else if (actor.chance(50))
            control(actor, to, {kAccept, 0, 0}, 4);
        files[i] = actor.chance(60) ? connected(actor, true, port) : target;
        if (files[i]) some_bytes(actor, files[i]);
    }
    if (actor.chance(50)) finish(actor, to);
    for (ULONG i = 0; i < count; ++i)
        if (files[i]) finish(actor, files[i]);
    finish(actor, to);
}

// Many receives wait, some only to look; many datagrams come, some of no bytes.
void datagrams(Actor& actor, ULONG most) {
    const UCHAR port = static_cast<UCHAR>(actor.world().below(kPorts));
    const ULONG64 to = bound(actor, false, port), from = connected(actor, false, port);
    const ULONG before = static_cast<ULONG>(actor.world().below(most)), count = actor.up_to(most);
    for (ULONG i = 0; i < before; ++i)
        receive(actor, to, actor.up_to(200), actor.chance(50) ? 2 : 0);
    for (ULONG i = 0; i < count; ++i)
        send(actor, from, actor.chance(50) ? 0 : actor.up_to(3000));
    finish(actor, to);
    for (ULONG i = 0; i < 3; ++i)
        some_bytes(actor, from);
    finish(actor, from);
}

// One socket many times in many polls, some alone at it.
void polls(Actor& actor, ULONG most) {
    const UCHAR port = static_cast<UCHAR>(actor.world().below(kPorts));
    const ULONG64 to = listener(actor, port), helper = open(actor);
    ULONG64 one = connected(actor, true, port);
    const ULONG count = actor.up_to(most < kMostSockets ? most : kMostSockets);
    for (ULONG i = 0; i < count; ++i) {
        struct {
            LONGLONG time;
            ULONG count, exclusive;
            struct {
                ULONG64 handle;
                ULONG events, status;
            } entries[8];
        } asked = {actor.chance(80) ? 0x7fffffffffffffff : -100'000, actor.up_to(8), actor.chance(10), {}};
        for (auto& entry : asked.entries)
            entry = {actor.chance(60) ? one : actor.chance(50) ? to : helper, actor.up_to(0x1ff) & ~4u, 0};
        control(actor, helper, kPoll, asked, sizeof asked);
        if (actor.chance(5)) actor.close(connected(actor, true, port));
        if (actor.chance(2)) finish(actor, one), one = connected(actor, true, port);
    }
    finish(actor, one);
    finish(actor, to);
    finish(actor, helper);
}

// Each of its requests, in any state.
void all_controls(Actor& actor, ULONG most) {
    const bool stream = actor.chance(60);
    const UCHAR port = static_cast<UCHAR>(actor.world().below(kPorts));
    ULONG64 files[4] = {make(actor, stream), listener(actor, port), connected(actor, true, port),
                        connected(actor, false, port)};
    for (ULONG i = 0; i < 4 * socket_controls() && i < most; ++i) {
        ULONG64& file = files[actor.world().below(4)];
        control(actor, file,
                socket_control(actor.world(), static_cast<ULONG>(actor.world().below(socket_controls()))),
                actor.chance(30) ? 0 : actor.up_to(200));
        if (actor.chance(3)) finish(actor, file), file = make(actor, stream);
    }
    for (ULONG64 file : files)
        finish(actor, file);
}

using Scene = void (*)(Actor&, ULONG);
constexpr Scene kScenes[] = {connections, connections, datagrams, polls, all_controls, all_controls};

}  // namespace

void play_socket_scene(Actor& actor, ULONG most) {
    actor.world().any_of(kScenes)(actor, most);
}

}  // namespace torture
