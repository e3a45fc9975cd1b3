// SPDX-License-Identifier: GPL-3.0-only
//
// Which of the work that waits the pacer does next.
#include <gtest/gtest.h>

#include "executive/ke/pacer.hpp"

namespace {

class Endless final : public ke::PacedWork {
public:
    bool slice() override {
        ++slices;
        return over;
    }
    unsigned slices = 0;
    bool over = false;
};

// A thread of high priority has always something to be done, and what the others wait for is done all the
// same.
TEST(Pacer, NothingWaitsForEverBehindUrgentWork) {
    ke::Pacer& pacer = ke::Pacer::instance();
    Endless urgent, prompt, idle;
    pacer.add(urgent, ke::Pacer::kSystemPriority);
    pacer.add(prompt);
    pacer.add_idle(idle);
    constexpr unsigned kSlices = 1024;
    for (unsigned i = 0; i < kSlices; ++i)
        EXPECT_NE(pacer.called(0), 0u);
    EXPECT_GE(prompt.slices, kSlices / 16);
    EXPECT_GE(idle.slices, kSlices / 128);
    // It is the most urgent nevertheless.
    EXPECT_GE(urgent.slices, kSlices * 3 / 4);
    urgent.over = prompt.over = idle.over = true;
    for (unsigned i = 0; pacer.called(0) != 0; ++i)
        ASSERT_LT(i, kSlices);
}

}  // namespace
