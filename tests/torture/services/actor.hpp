// SPDX-License-Identifier: GPL-3.0-only
//
// Who plays a scene of many calls: a thread of a client, whose memory is reached through its world. The
// fuzzer program calls as itself, the fuzzer on the host as a thread made for it.
#pragma once

#include "tests/torture/services/controls.hpp"

namespace torture {

class Actor {
public:
    explicit Actor(World& world) : world_(world) {}

    World& world() { return world_; }
    template <typename... Args>
    NTSTATUS call(const char* service, Args... args) {
        return make(service, Words{{ULONG64(args)...}});
    }
    // A call that gives a handle, which is its first argument; 0 when it fails.
    template <typename... Args>
    ULONG64 give(const char* service, Args... args) {
        const ULONG64 where = world_.room(sizeof(ULONG64));
        const ULONG64 none = 0;
        world_.put(where, &none, sizeof none);
        return NT_SUCCESS(call(service, where, args...)) ? word_at(where) : 0;
    }
    void close(ULONG64 handle) {
        if (handle) call("NtClose", handle);
    }
    template <typename T>
    ULONG64 place(const T& value) {
        return world_.place(&value, sizeof value, false);
    }
    ULONG64 status_block() { return world_.room(16); }
    ULONG up_to(ULONG most) { return 1 + static_cast<ULONG>(world_.below(most)); }
    bool chance(ULONG64 of_hundred) { return world_.chance(of_hundred); }
    // What is at an address of the client's; 0 when nothing can be read there.
    virtual ULONG64 word_at(ULONG64 address) = 0;

protected:
    virtual NTSTATUS make(const char* service, const Words& words) = 0;
    ~Actor() = default;

private:
    World& world_;
};

// Plays one scene of files: many names, streams or locks of one file, links that lead on and on, a watched
// directory, all control codes of one file. `most` bounds its counts. None of its calls waits for another.
void play_file_scene(Actor& actor, ULONG most);

// Plays one scene of sockets: many connections, accepts before and after who connects, requests that wait for
// datagrams, polls of one socket; each is closed, shut down or cancelled while all wait.
void play_socket_scene(Actor& actor, ULONG most);

// Plays one scene of ports: conversations of some clients with a server, which carry ports, views and
// contexts, and crowds of messages and clients that nobody looks at.
void play_port_scene(Actor& actor, ULONG most);

}  // namespace torture
