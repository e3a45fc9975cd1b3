// SPDX-License-Identifier: GPL-3.0-only
//
// The world of one thread of a fuzzing process: its own scratch memory and chance, the process's handles.
#pragma once

#include <string.h>

#include "tests/torture/services/arena.hpp"
#include "tests/torture/services/random.hpp"
#include "tests/torture/services/shared.hpp"

namespace torture {

class ProcessWorld final : public World {
public:
    ProcessWorld(ULONG slot, ULONG64 seed) : random_(seed), slot_(slot) {}

    ULONG64 random() override { return random_.next(); }
    bool ordinary() override { return orders().ordinary; }
    ULONG64 place(const void* bytes, ULONG size, bool ends_at_edge) override;
    ULONG64 room(ULONG64 size) override;
    ULONG64 path_room() override { return path_scratch(slot_); }
    void put(ULONG64 where, const void* bytes, ULONG size) override {
        memcpy(reinterpret_cast<void*>(where), bytes, size);
    }
    ULONG64 wild_pointer() override;
    ULONG64 region() override;
    ULONG64 handle(Object type) override;
    ULONG64 wild_handle() override;
    CLIENT_ID client() override;
    ULONG64 routine(Routine kind) override;
    void context(CONTEXT& context) override;
    ULONG64 process_parameters() override;

    ULONG slot() const { return slot_; }

private:
    ULONG64 take(ULONG64 size);

    Random random_;
    ULONG slot_;
    ULONG64 used_ = 0;  // bytes of the slot's scratch memory, from its start
};

// Where a thread of this process goes on that was sent elsewhere by its context: it ends.
void set_parameters(PRTL_USER_PROCESS_PARAMETERS parameters);

}  // namespace torture
