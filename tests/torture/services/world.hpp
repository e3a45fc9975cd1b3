// SPDX-License-Identifier: GPL-3.0-only
//
// What the generator of calls needs of the client on whose behalf it makes them: chance, memory, handles. The
// fuzzer program answers with its own process, the fuzzer on the host with a client made for it.
#pragma once

#include "nt/service_table.hpp"

namespace torture {

using service_table::Object;

enum class Routine { Apc, Thread };

class World {
public:
    virtual ULONG64 random() = 0;
    // Whether the client has so few rights that it may try anything on anybody.
    virtual bool ordinary() { return false; }
    // REQUIRES: bound > 0.
    ULONG64 below(ULONG64 bound) { return random() % bound; }
    bool chance(ULONG64 of_hundred) { return below(100) < of_hundred; }
    template <typename T, SIZE_T kCount>
    T any_of(const T (&values)[kCount]) {
        return values[below(kCount)];
    }

    // Puts bytes into the client's memory and returns their address, which is a multiple of 8 unless
    // `ends_at_edge`: then the byte behind the last is not accessible. `size` is at most 4096.
    virtual ULONG64 place(const void* bytes, ULONG size, bool ends_at_edge) = 0;
    // Writable memory of `size` bytes; of fewer when there is not so much.
    virtual ULONG64 room(ULONG64 size) = 0;
    // Writable memory for the longest path, 65,534 bytes, which holds nothing else; put() writes to it.
    virtual ULONG64 path_room() = 0;
    virtual void put(ULONG64 where, const void* bytes, ULONG size) = 0;
    // An address that a service should not trust: unmapped, read-only, guarded, the kernel's, someone else's.
    virtual ULONG64 wild_pointer() = 0;
    // Where memory may be allocated, freed and protected; 0 for "anywhere".
    virtual ULONG64 region() = 0;

    // A handle to an object of that type, or what else may stand in its place.
    virtual ULONG64 handle(Object type) = 0;
    virtual ULONG64 wild_handle() = 0;
    // A process and thread that are the fuzzer's own, running or ended.
    virtual CLIENT_ID client() = 0;
    virtual ULONG64 routine(Routine kind) = 0;
    // A CONTEXT that the client's threads could go on with.
    virtual void context(CONTEXT& context) = 0;
    // RTL_USER_PROCESS_PARAMETERS of a program that ends by itself, 0 when there are none.
    virtual ULONG64 process_parameters() = 0;

protected:
    ~World() = default;
};

}  // namespace torture
