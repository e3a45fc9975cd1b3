// SPDX-License-Identifier: GPL-3.0-only
//
// Hives as files: what the writer makes the reader reads, and no damage does more than be refused.
#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "executive/cm/cm.hpp"
#include "executive/cm/regf/checksum.hpp"
#include "executive/cm/regf/log_writer.hpp"
#include "executive/cm/regf/marvin.hpp"
#include "executive/cm/regf/reader.hpp"
#include "executive/cm/regf/recovery.hpp"
#include "executive/cm/regf/writer.hpp"
#include "executive/cm/remains.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using base::Ref;
using cm::Key;
using cm::regf::BaseBlock;
using cm::regf::OwnStore;
using cm::regf::Reader;
using cm::regf::Writer;

class Hives : public testing::Test, public test::Fixture {
protected:
    Hives() {
        used_ = client.limit.used();
        before_ = cm::total_bytes();
    }
    ~Hives() override {
        test::run_loop();
        EXPECT_EQ(client.limit.used(), used_);
        EXPECT_EQ(cm::total_bytes(), before_);
    }
    static Ref<Key> tree() { return MUST(Key::create_apart(2)); }
    static void set(Key& key, std::u16string_view name, ULONG type, size_t size, uint8_t seed = 1) {
        std::vector<uint8_t> data(size);
        for (size_t i = 0; i < size; ++i)
            data[i] = static_cast<uint8_t>(i * 7 + seed);
        EXPECT_TRUE(key.set_value(name, type, data));
    }
    std::vector<uint8_t> write(Ref<Key> root, cm::regf::WriteOptions options = {}) {
        Writer writer(std::move(root), MUST(OwnStore::create(client)), options);
        while (!MUST(writer.step())) {
        }
        std::vector<uint8_t> bytes(writer.store().size());
        writer.store().read(0, bytes);
        return bytes;
    }
    // The status, or the root.
    NTSTATUS read(const std::vector<uint8_t>& bytes, Ref<Key>* root = nullptr) {
        OwnStore store = MUST(OwnStore::create(client));
        EXPECT_TRUE(store->set_size(bytes.size()));
        EXPECT_TRUE(store->write(0, bytes));
        Reader reader(*store, MUST(OwnStore::create(client)), 2);
        while (true) {
            auto over = reader.step();
            if (!over) return over.error();
            if (*over) break;
        }
        Ref<Key> made = reader.take_root();
        if (root) {
            *root = made;
        } else {
            cm::end_tree(made);
        }
        return STATUS_SUCCESS;
    }
    static std::vector<uint8_t> data_of(const cm::Value& value) {
        auto bytes = MUST(value.data->bytes(1 << 24));
        return {bytes.begin(), bytes.end()};
    }
    static void expect_same(const Key& a, const Key& b) {
        ASSERT_EQ(a.value_count(), b.value_count());
        for (size_t i = 0; i < a.value_count(); ++i) {
            EXPECT_EQ(a.value(i).name.view(), b.value(i).name.view());
            EXPECT_EQ(a.value(i).type, b.value(i).type);
            EXPECT_EQ(data_of(a.value(i)), data_of(b.value(i)));
        }
        EXPECT_EQ(a.key_class(), b.key_class());
        EXPECT_EQ(a.is_link(), b.is_link());
        EXPECT_EQ(a.last_write(), b.last_write());
        EXPECT_EQ(a.security().get(), b.security().get());
        ASSERT_EQ(a.subkey_count(), b.subkey_count());
        for (size_t i = 0; i < a.subkey_count(); ++i) {
            EXPECT_EQ(a.subkey(i).name(), b.subkey(i).name());
            expect_same(a.subkey(i), b.subkey(i));
        }
    }
    void expect_kept(const Ref<Key>& root, cm::regf::WriteOptions options = {}) {
        Ref<Key> copy;
        ASSERT_EQ(read(write(root, options), &copy), STATUS_SUCCESS);
        expect_same(*root, *copy);
        cm::end_tree(copy);
    }
    static Ref<Key> usual_tree() {
        Ref<Key> root = tree();
        set(*root, u"", REG_SZ, 10);
        set(*root, u"empty", REG_BINARY, 0);
        set(*root, u"four", REG_DWORD, 4);
        set(*root, u"five", 77, 5);
        set(*root, u"\u03b1\u03b2", REG_BINARY, 3000);
        set(*root, u"segments", REG_BINARY, 3 * 16344 + 5);
        set(*root, u"segment", REG_BINARY, 16344);
        set(*root, u"more", REG_BINARY, 16345);
        set(*root, std::u16string(16383, u'n'), REG_BINARY, 3);
        set(*root, std::u16string(500, u'n'), REG_BINARY, 3);
        Ref<Key> a = MUST(root->add(u"a", u"class", false));
        MUST(MUST(a->add(u"link", {}, false))->add(u"\u0416", u"", false))->make_link();
        MUST(root->add(u"gone", {}, true));
        for (int i = 0; i < 40; ++i)
            MUST(root->add(std::u16string{u'k', static_cast<char16_t>(u'A' + i % 20),
                                          static_cast<char16_t>(u'0' + i / 20)},
                           {}, false));
        return root;
    }

    size_t before() const { return before_; }

private:
    size_t used_, before_;
};

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

// A hive that is written by its logs: each time a log, then the file, part after part, in any of which it may
// end.
class Logs : public Hives {
protected:
    OwnStore store_of(const std::vector<uint8_t>& bytes) {
        OwnStore store = MUST(OwnStore::create(client));
        MUST(store->set_size(bytes.size()));
        MUST(store->write(0, bytes));
        return store;
    }
    static std::vector<uint8_t> bytes_of(const cm::regf::Store& store) {
        std::vector<uint8_t> bytes(store.size());
        store.read(0, bytes);
        return bytes;
    }
    struct Step {
        std::vector<uint8_t> image, log;
        std::vector<bool> dirty;
    };
    Step next(Ref<Key> root, uint32_t sequence) {
        cm::regf::WriteOptions options;
        options.sequence = sequence;
        Step step;
        step.image = write(std::move(root), options);
        OwnStore image = store_of(step.image);
        cm::regf::LogWriter log(*image, *hashes_, MUST(OwnStore::create(client)),
                                MUST(OwnStore::create(client)));
        while (!MUST(log.step())) {
        }
        step.log = bytes_of(log.log());
        for (uint32_t page = 0; page < log.pages(); ++page)
            step.dirty.push_back(log.is_dirty(page));
        return step;
    }
    // The status; the file is repaired.
    NTSTATUS repair(std::vector<uint8_t>& file, const std::vector<uint8_t>& one,
                    const std::vector<uint8_t>& two) {
        OwnStore store = store_of(file), first = store_of(one), second = store_of(two);
        EXPECT_TRUE(cm::regf::Recovery::is_needed(*store));
        cm::regf::Recovery recovery(*store, &*first, &*second);
        while (true) {
            auto over = recovery.step();
            if (!over) return over.error();
            if (*over) break;
        }
        EXPECT_FALSE(cm::regf::Recovery::is_needed(*store));
        file = bytes_of(*store);
        return STATUS_SUCCESS;
    }
    // A file as it is when it has been written up to this page, where it was `old`.
    static std::vector<uint8_t> torn(const std::vector<uint8_t>& old, const Step& step, size_t pages) {
        std::vector<uint8_t> file = old;
        if (file.size() < step.image.size()) file.resize(step.image.size());
        BaseBlock block;
        memcpy(&block, step.image.data(), sizeof block);
        --block.secondary_sequence;
        block.checksum = cm::regf::checksum(block);
        memcpy(file.data(), &block, sizeof block);
        for (size_t page = 0; page < pages; ++page)
            if (step.dirty[page]) memcpy(&file[4096 * (page + 1)], &step.image[4096 * (page + 1)], 4096);
        return file;
    }
    OwnStore hashes_ = MUST(OwnStore::create(client));
};

TEST_F(Logs, RepairWhatIsTorn) {
    Ref<Key> root = usual_tree();
    Step first = next(root, 5);
    for (bool dirty : first.dirty)
        EXPECT_TRUE(dirty);
    set(*root, u"five", 77, 5, 9);
    Step second = next(root, 6);
    EXPECT_LT(std::count(second.dirty.begin(), second.dirty.end(), true), 4);
    EXPECT_GT(std::count(second.dirty.begin(), second.dirty.end(), true), 0);
    for (size_t pages = 0; pages <= second.dirty.size(); ++pages) {
        std::vector<uint8_t> file = torn(first.image, second, pages);
        ASSERT_EQ(repair(file, first.log, second.log), STATUS_SUCCESS);
        EXPECT_EQ(file, second.image);
        // The logs may lie the other way round, and the base block may be lost.
        file = torn(first.image, second, pages);
        file[100] ^= 1;
        ASSERT_EQ(repair(file, second.log, first.log), STATUS_SUCCESS);
        EXPECT_EQ(file, second.image);
    }
    std::vector<uint8_t> file = torn(first.image, second, 1);
    EXPECT_EQ(repair(file, {}, {}), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(repair(file, first.log, std::vector<uint8_t>(700)), STATUS_REGISTRY_CORRUPT);
    // An entry that is damaged is none.
    std::vector<uint8_t> log = second.log;
    log.back() ^= 1;
    EXPECT_EQ(repair(file, first.log, log), STATUS_REGISTRY_CORRUPT);
    cm::end_tree(root);
    hashes_ = OwnStore();
}

// As Windows before 8.1 made them: the sectors that are others, and which these are.
std::vector<uint8_t> old_log(const std::vector<uint8_t>& old, const std::vector<uint8_t>& image) {
    constexpr size_t kSector = 512;
    size_t sectors = (image.size() - 4096) / kSector;
    std::vector<uint8_t> log(image.begin(), image.begin() + kSector), vector(sectors / 8), dirty;
    BaseBlock block;
    memcpy(&block, log.data(), sizeof block);
    block.type = 1;
    block.checksum = cm::regf::checksum(block);
    memcpy(log.data(), &block, sizeof block);
    for (size_t sector = 0; sector < sectors; ++sector) {
        size_t at = 4096 + sector * kSector;
        if (at + kSector <= old.size() && !memcmp(&old[at], &image[at], kSector)) continue;
        vector[sector / 8] = static_cast<uint8_t>(vector[sector / 8] | 1u << sector % 8);
        dirty.insert(dirty.end(), &image[at], &image[at] + kSector);
    }
    for (char letter : std::string("DIRT"))
        log.push_back(static_cast<uint8_t>(letter));
    log.insert(log.end(), vector.begin(), vector.end());
    log.resize((log.size() + kSector - 1) / kSector * kSector);
    log.insert(log.end(), dirty.begin(), dirty.end());
    return log;
}

TEST_F(Logs, OfTheOldForm) {
    Ref<Key> root = usual_tree();
    Step first = next(root, 5);
    set(*root, u"five", 77, 5, 9);
    set(*root, u"grows", REG_BINARY, 20000, 9);
    Step second = next(root, 6);
    cm::end_tree(root);
    hashes_ = OwnStore();
    std::vector<uint8_t> log = old_log(first.image, second.image);
    auto expect_repaired = [&](std::vector<uint8_t> file, bool second_log) {
        ASSERT_EQ(second_log ? repair(file, {}, log) : repair(file, log, {}), STATUS_SUCCESS);
        EXPECT_TRUE(std::equal(file.begin() + 4096, file.end(), second.image.begin() + 4096));
        EXPECT_EQ(file.size(), second.image.size());
        EXPECT_EQ(read(file), STATUS_SUCCESS);
    };
    for (size_t pages = 0; pages <= second.dirty.size(); ++pages) {
        expect_repaired(torn(first.image, second, pages), pages % 2);
        std::vector<uint8_t> file = torn(first.image, second, pages);
        file[100] ^= 1;
        expect_repaired(file, pages % 2);
    }
    // Made for another state, or not whole.
    std::vector<uint8_t> file = torn(first.image, second, 0);
    auto changed = [&](size_t field, uint32_t value) {
        std::vector<uint8_t> other = log;
        BaseBlock block;
        memcpy(&other[field], &value, sizeof value);
        memcpy(&block, other.data(), sizeof block);
        block.checksum = cm::regf::checksum(block);
        memcpy(other.data(), &block, sizeof block);
        return repair(file, other, {});
    };
    EXPECT_EQ(changed(offsetof(BaseBlock, timestamp), 1), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(changed(offsetof(BaseBlock, primary_sequence), 77), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(changed(offsetof(BaseBlock, bins_size), 0x7ffff000), STATUS_REGISTRY_CORRUPT);
    EXPECT_EQ(changed(512, 0), STATUS_REGISTRY_CORRUPT);
    log.resize(log.size() - 512);
    EXPECT_EQ(changed(0, 0x66676572), STATUS_REGISTRY_CORRUPT);
    log.resize(600);
    EXPECT_EQ(changed(0, 0x66676572), STATUS_REGISTRY_CORRUPT);
    // Any bits.
    log = old_log(first.image, second.image);
    std::minstd_rand random(5);
    for (unsigned run = 0; run < 500; ++run) {
        std::vector<uint8_t> other = log, damaged = torn(first.image, second, run % 3);
        for (unsigned i = 0; i < 3; ++i)
            other[512 + random() % (other.size() - 512)] ^= static_cast<uint8_t>(1u << random() % 8);
        if (repair(damaged, other, {}) == STATUS_SUCCESS) read(damaged);
        test::run_loop();
    }
}

TEST_F(Logs, Mutated) {
    Ref<Key> root = usual_tree();
    Step first = next(root, 5);
    set(*root, u"five", 77, 5, 9);
    Step second = next(root, 6);
    cm::end_tree(root);
    hashes_ = OwnStore();
    std::minstd_rand random(3);
    auto seal = [](std::vector<uint8_t>& log) {
        cm::regf::LogEntry entry;
        memcpy(&entry, &log[512], sizeof entry);
        if (entry.size < 40 || entry.size > log.size() - 512) return;
        cm::regf::Marvin pages, head;
        pages.add(std::span(log).subspan(552, (entry.size - 40) / 4 * 4));
        uint64_t value = pages.value();
        memcpy(&log[512 + 24], &value, 8);
        head.add(std::span(log).subspan(512, 32));
        value = head.value();
        memcpy(&log[512 + 32], &value, 8);
    };
    for (unsigned run = 0; run < 3000; ++run) {
        std::vector<uint8_t> file = torn(first.image, second, random() % 3), log = second.log;
        for (unsigned i = 0; i < 1 + random() % 3; ++i) {
            uint32_t word = random() % 2 ? static_cast<uint32_t>(random()) : 1u << random() % 32;
            memcpy(&log[random() % 2 ? 512 + random() % 60 : random() % (log.size() - 4)], &word, 4);
        }
        if (random() % 4) seal(log);
        NTSTATUS status = repair(file, first.log, log);
        EXPECT_TRUE(status == STATUS_SUCCESS || status == STATUS_REGISTRY_CORRUPT) << std::hex << status;
        // One that says that it is huge is long.
        if (status == STATUS_SUCCESS && file.size() < (1 << 20)) read(file);
        test::run_loop();
    }
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
