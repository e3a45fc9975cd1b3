// SPDX-License-Identifier: GPL-3.0-only
//
// Hives as files: what the writer makes the reader reads, and no damage does more than be refused.
#include "base/acl.hpp"
#include "base/descriptor.hpp"
#include "tests/host/objects/hives_test.hpp"

namespace {

TEST_F(Hives, AreReadAsTheyWereWritten) {
    for (bool latest : {true, false})
        for (bool narrow : {true, false}) {
            Ref<Key> root = usual_tree();
            cm::regf::WriteOptions options;
            options.latest = latest;
            options.narrow = narrow;
            // All but what is volatile.
            std::vector<uint8_t> bytes = write(root, options);
            EXPECT_TRUE(root->find(u"gone")->remove());
            Ref<Key> copy;
            ASSERT_EQ(read(bytes, &copy), STATUS_SUCCESS);
            EXPECT_EQ(copy->find(u"gone"), nullptr);
            expect_kept(root, options);
            cm::end_tree(copy);
            cm::end_tree(root);
        }
}

TEST_F(Hives, OfNothing) {
    Ref<Key> root = tree();
    EXPECT_EQ(write(root).size(), 2 * 4096u);
    expect_kept(root);
    cm::end_tree(root);
}

TEST_F(Hives, ManySubkeysAndValues) {
    {
        Ref<Key> root = tree();
        for (unsigned i = 0; i < 1203; ++i) {
            std::u16string name;
            for (unsigned rest = i + 10000; rest; rest /= 10)
                name += static_cast<char16_t>(u'0' + rest % 10);
            MUST(root->add(name, {}, false));
            set(*root, name, REG_BINARY, i % 50);
        }
        expect_kept(root);
        cm::end_tree(root);
    }
    test::run_loop();
}

// A hundred thousand, which nearly reach the registry's limit.
TEST_F(Hives, ManyKeys) {
    constexpr unsigned kKeys = 100'000, kEach = 500;
    size_t used = client.limit.used();
    client.limit = ke::Quota(64 << 20);
    client.limit.charge_anyway(used);
    auto name = [](unsigned number) {
        std::u16string text = u"k";
        for (; number; number /= 10)
            text += static_cast<char16_t>(u'0' + number % 10);
        return text;
    };
    Ref<Key> root = tree(), group;
    for (unsigned i = 0; i < kKeys; ++i) {
        if (i % kEach == 0) group = MUST(root->add(name(i), {}, false));
        MUST(group->add(name(i), {}, false));
    }
    group.reset();
    std::vector<uint8_t> bytes = write(root);
    cm::end_tree(std::move(root));
    test::run_loop();
    Ref<Key> copy;
    ASSERT_EQ(read(bytes, &copy), STATUS_SUCCESS);
    EXPECT_EQ(copy->subkey_count(), kKeys / kEach);
    for (size_t i = 0; i < copy->subkey_count(); ++i)
        EXPECT_EQ(copy->subkey(i).subkey_count(), kEach);
    EXPECT_EQ(write(copy), bytes);
    // There is no room for them twice, and nothing is left of what there was.
    EXPECT_EQ(read(bytes), STATUS_REGISTRY_QUOTA_LIMIT);
    cm::end_tree(std::move(copy));
    test::run_loop();
}

TEST_F(Hives, FiveHundredAndTenLevels) {
    Ref<Key> root = tree(), key = root;
    while (key->level() < Key::kMaximumLevel)
        key = MUST(key->add(u"k", {}, false));
    key.reset();
    expect_kept(root);
    cm::end_tree(root);
}

// A list of as many entries as one that a program sets may have is read; a longer one, which no turn could
// check access by, is refused.
TEST_F(Hives, LongLists) {
    for (unsigned entries : {64u, 65u, 700u}) {
        base::AclBuilder dacl;
        for (unsigned i = 0; i < entries; ++i)
            EXPECT_TRUE(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, KEY_READ, base::kEveryone));
        auto list = MUST(dacl.finish());
        base::Parts parts;
        parts.owner = base::SidView(base::kAdministrators).bytes();
        parts.group = base::SidView(base::kLocalSystem).bytes();
        parts.has_dacl = true;
        parts.dacl = list.span();
        Ref<Key> root = tree();
        auto bytes = MUST(base::build_descriptor(parts));
        MUST(root->add(u"k", {}, false, MUST(ob::Descriptor::of(std::move(bytes)))));
        EXPECT_EQ(read(write(root)), entries <= 64 ? STATUS_SUCCESS : STATUS_REGISTRY_CORRUPT) << entries;
        cm::end_tree(root);
    }
}

TEST_F(Hives, BaseBlocks) {
    Ref<Key> root = usual_tree();
    std::vector<uint8_t> good = write(root);
    cm::end_tree(root);
    auto changed = [&](size_t at, uint32_t word, bool sum) {
        std::vector<uint8_t> bytes = good;
        memcpy(&bytes[at], &word, sizeof word);
        BaseBlock block;
        memcpy(&block, bytes.data(), sizeof block);
        if (sum) block.checksum = cm::regf::checksum(block);
        memcpy(bytes.data(), &block, sizeof block);
        return read(bytes);
    };
    EXPECT_EQ(changed(0, 0x66676573, true), STATUS_NOT_REGISTRY_FILE);
    EXPECT_EQ(changed(offsetof(BaseBlock, root), 0x20, false), STATUS_SUCCESS);
    EXPECT_EQ(changed(offsetof(BaseBlock, primary_sequence), 7, false), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(changed(offsetof(BaseBlock, major), 2, true), STATUS_NOT_REGISTRY_FILE);
    EXPECT_EQ(changed(offsetof(BaseBlock, bins_size), 0x7ffff000, true), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(changed(offsetof(BaseBlock, bins_size), 0, true), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(changed(offsetof(BaseBlock, root), 0x24, true), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(changed(offsetof(BaseBlock, root), 0xfffffff8, true), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(read(std::vector<uint8_t>(100)), STATUS_NOT_REGISTRY_FILE);
    EXPECT_EQ(read(std::vector<uint8_t>(good.begin(), good.end() - 4096)), STATUS_REGISTRY_CORRUPT);
}

// Words, halves and bytes are others than they were: all is read or refused, and nothing is left behind.
TEST_F(Hives, Mutated) {
    std::minstd_rand random(7);
    for (bool latest : {true, false}) {
        Ref<Key> root = usual_tree();
        cm::regf::WriteOptions options;
        options.latest = latest;
        const std::vector<uint8_t> good = write(root, options);
        cm::end_tree(root);
        unsigned taken = 0;
        for (unsigned run = 0; run < 3000; ++run) {
            std::vector<uint8_t> bytes = good;
            for (unsigned i = 0; i < 1 + random() % 4; ++i) {
                // Mostly what is no data.
                size_t at = 4096 + random() % (random() % 4 ? 8192 : bytes.size() - 4096 - 4);
                uint32_t word;
                memcpy(&word, &bytes[at & ~size_t{3}], sizeof word);
                switch (random() % 6) {
                    case 0:
                        word = static_cast<uint32_t>(random());
                        break;
                    case 1:
                        word ^= 1u << random() % 32;
                        break;
                    case 2:
                        word += 8;
                        break;
                    case 3:
                        word = 0x20 + random() % (bytes.size() / 8) * 8;
                        break;
                    case 4:
                        word = ~0u;
                        break;
                    default:
                        memcpy(&word, &bytes[4096 + random() % (bytes.size() - 4100)], sizeof word);
                }
                memcpy(&bytes[at & ~size_t{3}], &word, sizeof word);
            }
            NTSTATUS status = read(bytes);
            taken += status == STATUS_SUCCESS;
            EXPECT_TRUE(status == STATUS_SUCCESS || status == STATUS_REGISTRY_CORRUPT ||
                        status == STATUS_REGISTRY_QUOTA_LIMIT)
                << std::hex << status;
            test::run_loop();
        }
        EXPECT_GT(taken, 30u);
        EXPECT_LT(taken, 2900u);
    }
}

// Of .NET's tests of the same hash.
TEST(Marvin, Vectors) {
    auto hash = [](uint64_t seed, std::vector<uint8_t> bytes) {
        cm::regf::Marvin marvin(seed);
        marvin.add(bytes);
        return marvin.value();
    };
    EXPECT_EQ(hash(0x004fb61a001bdbcc, {}), 0x30ed35c100cd3c7du);
    EXPECT_EQ(hash(0x004fb61a001bdbcc, {0xaf}), 0x48e73fc77d75ddc1u);
    EXPECT_EQ(hash(0x004fb61a001bdbcc, {0xe7, 0x0f}), 0xb5f6e1fc485dbff8u);
    EXPECT_EQ(hash(0x004fb61a001bdbcc, {0x86, 0x42, 0xdc, 0x59}), 0x7008f2e87e9cf556u);
}

TEST_F(Hives, ChangesMeanwhileBeginAnew) {
    Ref<Key> root = usual_tree();
    Writer writer(root, MUST(OwnStore::create(client)), {});
    uint64_t usual = std::exchange(ke::slice_ticks, 0);
    for (int i = 0; i < 9; ++i)
        EXPECT_FALSE(MUST(writer.step()));
    EXPECT_EQ(writer.attempts(), 1u);
    MUST(root->add(u"later", {}, false));
    EXPECT_FALSE(MUST(writer.step()));
    EXPECT_EQ(writer.attempts(), 2u);
    ke::slice_ticks = usual;
    while (!MUST(writer.step())) {
    }
    std::vector<uint8_t> bytes(writer.store().size());
    writer.store().read(0, bytes);
    Ref<Key> copy;
    ASSERT_EQ(read(bytes, &copy), STATUS_SUCCESS);
    EXPECT_NE(copy->find(u"later"), nullptr);
    cm::end_tree(copy);
    cm::end_tree(root);
}

}  // namespace
