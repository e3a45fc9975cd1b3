// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "executive/ke/helper_thread.hpp"
#include "executive/mm/pages.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

bool mapped(uint64_t address) {
    return machine().mapping(seL4_CapInitThreadVSpace, address).mapped;
}

TEST(HelperThread, HasAStackAndABufferOfItsOwnWithNothingBeside) {
    machine();
    auto first = ke::allocate_helper();
    auto second = ke::allocate_helper();
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_NE(first->tcb, second->tcb);
    EXPECT_EQ(first->stack_top % 16, 0u);
    for (ke::HelperResources* helper : {&*first, &*second}) {
        uint64_t top = helper->stack_top;
        auto buffer = reinterpret_cast<uint64_t>(helper->buffer);
        for (uint64_t page = 1; page <= 4; ++page)
            EXPECT_TRUE(mapped(top - page * mm::kPageSize));
        EXPECT_FALSE(mapped(top - 5 * mm::kPageSize));
        EXPECT_FALSE(mapped(top));
        EXPECT_TRUE(mapped(buffer));
        EXPECT_FALSE(mapped(buffer - mm::kPageSize));
        EXPECT_FALSE(mapped(buffer + mm::kPageSize));
    }
    EXPECT_NE(first->buffer, second->buffer);
}

}  // namespace
