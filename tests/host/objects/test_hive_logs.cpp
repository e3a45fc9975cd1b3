// SPDX-License-Identifier: GPL-3.0-only
//
// Hives that were being written when something ended, repaired by their logs, of both forms.
#include "tests/host/objects/hives_test.hpp"

namespace {

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

}  // namespace
