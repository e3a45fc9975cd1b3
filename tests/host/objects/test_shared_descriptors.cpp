// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "executive/ob/descriptor.hpp"

namespace {

using base::Ref;
using base::Vector;
using ob::Descriptor;

Vector<uint8_t> bytes(size_t size, uint8_t last) {
    Vector<uint8_t> made;
    MUST(made.resize(size));
    made[size - 1] = last;
    return made;
}

TEST(SharedDescriptors, EqualOnesAreOne) {
    Ref<Descriptor> first = MUST(Descriptor::of(bytes(100, 1)));
    Ref<Descriptor> other = MUST(Descriptor::of(bytes(100, 2)));
    Ref<Descriptor> longer = MUST(Descriptor::of(bytes(104, 1)));
    Ref<Descriptor> again = MUST(Descriptor::of(bytes(100, 1)));
    EXPECT_EQ(first, again);
    EXPECT_NE(first, other);
    EXPECT_NE(first, longer);
    EXPECT_EQ(first->reference_count(), 2u);
    EXPECT_EQ(other->bytes()[99], 2);
}

TEST(SharedDescriptors, TheLastHolderEndsIt) {
    for (int i = 0; i < 3; ++i) {
        Ref<Descriptor> made = MUST(Descriptor::of(bytes(64, 7)));
        EXPECT_EQ(made->reference_count(), 1u);
        EXPECT_EQ(made->bytes().size(), 64u);
    }
}

TEST(SharedDescriptors, LongOnesAreAlone) {
    Ref<Descriptor> first = MUST(Descriptor::of(bytes(Descriptor::kMostShared + 4, 1)));
    Ref<Descriptor> again = MUST(Descriptor::of(bytes(Descriptor::kMostShared + 4, 1)));
    EXPECT_NE(first, again);
}

TEST(SharedDescriptors, NothingIsNull) {
    Ref<Descriptor> none = MUST(Descriptor::of({}));
    EXPECT_FALSE(none);
    EXPECT_TRUE(Descriptor::bytes(none).empty());
}

TEST(SharedDescriptors, ManyAreFound) {
    constexpr size_t kMany = 1000;
    Ref<Descriptor> made[kMany];
    auto numbered = [](size_t i) {
        Vector<uint8_t> of = bytes(40, static_cast<uint8_t>(i));
        of[20] = static_cast<uint8_t>(i >> 8);
        return of;
    };
    for (size_t i = 0; i < kMany; ++i)
        made[i] = MUST(Descriptor::of(numbered(i)));
    for (size_t i = 0; i < kMany; i += 2)
        made[i].reset();
    for (size_t i = 1; i < kMany; i += 2)
        EXPECT_EQ(MUST(Descriptor::of(numbered(i))), made[i]);
    for (size_t i = 0; i < kMany; i += 2)
        EXPECT_EQ(MUST(Descriptor::of(numbered(i)))->reference_count(), 1u);
}

}  // namespace
