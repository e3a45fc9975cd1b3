// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/primer.hpp"

#include "executive/hal/log.hpp"
#include "executive/ke/helper_thread.hpp"
#include "executive/mm/cspace.hpp"
#include "executive/mm/sources.hpp"

namespace mm {

namespace {

constexpr unsigned kPriority = 1;
constexpr unsigned kUrgentPriority = 255;

class Primer final : public ke::HelperThread {
public:
    uint64_t called(uint64_t) override { return prime_next(); }
    void hurry(uint64_t untyped);

protected:
    void run() override;

private:
    uint64_t volatile ready_ = 0;  // the untyped it was done with last
};

[[clang::no_destroy]] constinit Primer primer;

void Primer::run() {
    while (uint64_t untyped = call(0)) {
        CPtr slot = priming_slot();
        (void)retype(untyped, seL4_EndpointObject, 0, cspace().plain(), cspace().top_index(slot),
                     cspace().top_bits(), cspace().inner_index(slot), 1);
        ready_ = untyped;
    }
}

// On the serving thread: two threads of one priority take turns.
void Primer::hurry(uint64_t untyped) {
    set_priority(kUrgentPriority);
    while (ready_ != untyped)
        seL4_Yield();
    set_priority(kPriority);
}

}  // namespace

Result<void> start_primer() {
    set_source_waiter([](CPtr untyped) { primer.hurry(untyped); });
    return primer.start(kPriority);
}

}  // namespace mm
