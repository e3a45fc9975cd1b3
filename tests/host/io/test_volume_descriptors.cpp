// SPDX-License-Identifier: GPL-3.0-only
//
// What the descriptors of a memory volume's files take.
#include <gtest/gtest.h>

#include <vector>

#include "base/acl.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "tests/host/io/fake_process.hpp"

namespace {

using base::Ref;

// A descriptor that no other is like, and too long to be shared anyway.
Ref<ob::Descriptor> long_descriptor(ULONG number) {
    base::AclBuilder dacl;
    for (ULONG i = 0; i < 60; ++i)
        MUST(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, number, base::kEveryone));
    base::Vector<uint8_t> list = MUST(dacl.finish());
    base::Parts parts;
    parts.owner = parts.group = base::SidView(base::kLocalSystem).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    return MUST(ob::Descriptor::of(MUST(base::build_descriptor(parts))));
}

// What all descriptors take is bounded, and a change that does not fit changes nothing.
TEST(VolumeDescriptors, TheirBytesHaveABound) {
    io::ramfs::Allowance allowance(64);
    const size_t each = long_descriptor(1)->bytes().size();
    std::vector<Ref<io::ramfs::Node>> nodes;
    base::Result<void> given;
    while (given && nodes.size() < 10'000) {
        auto node = io::ramfs::Node::create(FILE_ATTRIBUTE_DIRECTORY, allowance, nullptr);
        if (!node) break;
        nodes.push_back(*node);
        given = nodes.back()->set_descriptor(long_descriptor(static_cast<ULONG>(nodes.size())));
    }
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error(), STATUS_DISK_FULL);
    EXPECT_FALSE(nodes.back()->descriptor());
    // Long before the nodes themselves are at their end.
    EXPECT_TRUE(allowance.add_node());
    allowance.remove_node();
    EXPECT_GT(nodes.size() * each, 64u * 1024);
    // Another in its place takes the room of both for a moment, so it needs some.
    EXPECT_EQ(nodes.front()->set_descriptor(long_descriptor(0)).error(), STATUS_DISK_FULL);
    EXPECT_EQ(nodes.front()->descriptor()->bytes().size(), each);
    // Who goes gives back.
    nodes.erase(nodes.begin());
    EXPECT_TRUE(nodes.back()->set_descriptor(long_descriptor(0)));
    EXPECT_TRUE(nodes.front()->set_descriptor({}));
    EXPECT_TRUE(nodes.front()->set_descriptor(long_descriptor(0)));
}

}  // namespace
