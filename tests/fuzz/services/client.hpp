// SPDX-License-Identifier: GPL-3.0-only
//
// A process of the play as the generator of calls (tests/torture/services) sees its own: memory of several
// kinds at the addresses of arena.hpp, and the handles that calls gave it.
#pragma once

#include <vector>

#include "executive/ps/thread.hpp"
#include "tests/fuzz/services/input.hpp"
#include "tests/torture/services/world.hpp"

namespace fuzz {

using torture::Object;

inline bool gives_handle(const service_table::Argument& argument) {
    return argument.type == service_table::Type::kHANDLE &&
           argument.direction == service_table::Direction::Out;
}

class Client final : public torture::World {
public:
    Client(ps::Process& process, Input& input);

    uint32_t process_id() const { return process_id_; }
    // A call of it has succeeded: the handles it gave are kept.
    void keep_results(const service_table::Service& service, const ULONG64* words);

    // --- torture::World
    ULONG64 random() override { return input_.next(); }
    ULONG64 place(const void* bytes, ULONG size, bool ends_at_edge) override;
    ULONG64 room(ULONG64 size) override;
    ULONG64 path_room() override;
    void put(ULONG64 where, const void* bytes, ULONG size) override;
    ULONG64 wild_pointer() override;
    ULONG64 region() override;
    ULONG64 handle(Object type) override;
    ULONG64 wild_handle() override;
    CLIENT_ID client() override;
    ULONG64 routine(torture::Routine kind) override;
    void context(CONTEXT& context) override;
    ULONG64 process_parameters() override;

private:
    static constexpr size_t kKept = 16;  // handles of each type

    void lay_out();
    ULONG64 take(ULONG64 size);
    ULONG64 kept(Object type);
    void keep(ULONG64 handle);

    ps::Process* process_;  // it is there whenever it calls
    uint32_t process_id_;
    Input& input_;
    ULONG64 used_ = 0;
    std::vector<ULONG64> kept_[service_table::object_count];
};

// A thread of the play's programs, chosen by the input; null when there is none that `suits`.
template <typename Suits>
ps::Thread* any_thread(Input& input, Suits suits) {
    std::vector<ps::Thread*> found;
    for (ps::Process& process : ps::processes())
        if (!process.is_driver_host())
            for (ps::Thread& thread : process.threads())
                if (suits(thread)) found.push_back(&thread);
    return found.empty() ? nullptr : found[input.below(found.size())];
}

}  // namespace fuzz
