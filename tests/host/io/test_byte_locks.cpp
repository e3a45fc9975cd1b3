// SPDX-License-Identifier: GPL-3.0-only
//
// Byte-range locks of a file of the memory volume: LockFileEx's rules and [MS-FSA] 2.1.4.10.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "executive/io/open.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "tests/host/io/fake_process.hpp"

namespace {

using base::Ref;
using io::Irp;
using io::Major;

constexpr uint8_t kShared = 0;
constexpr uint8_t kExclusive = io::kExclusiveLock;
constexpr uint8_t kNow = io::kFailImmediately;

struct ByteLocksTest : testing::Test {
    ByteLocksTest() {
        volume = MUST(io::ramfs::Volume::create(64));
        first = open();
        second = open();
        uint8_t text[100] = {};
        Ref<Irp> irp = request(Major::Write, *first, 0);
        irp->input = io::IrpBuffer::executive(text);
        irp->start();
        EXPECT_EQ(irp->status(), STATUS_SUCCESS);
    }
    ~ByteLocksTest() override {
        for (Ref<io::File>* file : {&first, &second})
            if (*file) close(*file);
        volume.reset();
        EXPECT_EQ(test::frames_in_use(), 0u);
    }
    Ref<io::File> open() {
        constexpr ACCESS_MASK kAccess = FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE;
        io::OpenOptions wanted{kAccess, FILE_SHARE_VALID_FLAGS, 0, FILE_OPEN_IF, 0};
        auto task = io::open_on(nullptr, volume, MUST(base::String::create(u"\\locked")), wanted);
        task.start(nullptr);
        return MUST(task.take()).file;
    }
    static void close(Ref<io::File>& file) {
        file->last_handle_closed();
        file.reset();
        test::run_loop();
    }
    Ref<Irp> request(Major major, io::File& file, uint32_t process) {
        Ref<Irp> irp = MUST(Irp::create(major, file, nullptr));
        io::Subject subject;
        subject.numbers.Process = process;
        irp->set_subject(subject);
        return irp;
    }
    Ref<Irp> lock(io::File& file, uint64_t offset, uint64_t length, uint8_t flags, uint32_t key = 0,
                  uint32_t process = 4) {
        Ref<Irp> irp = request(Major::LockControl, file, process);
        irp->minor = io::kMinorLock;
        irp->stack_flags = flags;
        irp->parameters.lock = {static_cast<int64_t>(offset), static_cast<int64_t>(length), key};
        irp->start();
        test::run_loop();
        return irp;
    }
    NTSTATUS try_lock(io::File& file, uint64_t offset, uint64_t length, uint8_t flags, uint32_t key = 0,
                      uint32_t process = 4) {
        Ref<Irp> irp = lock(file, offset, length, flags | kNow, key, process);
        EXPECT_TRUE(irp->is_done());
        return irp->status();
    }
    NTSTATUS unlock(io::File& file, uint64_t offset, uint64_t length, uint32_t key = 0,
                    uint32_t process = 4) {
        Ref<Irp> irp = request(Major::LockControl, file, process);
        irp->minor = io::kMinorUnlockSingle;
        irp->parameters.lock = {static_cast<int64_t>(offset), static_cast<int64_t>(length), key};
        irp->start();
        test::run_loop();
        return irp->status();
    }
    NTSTATUS transfer(Major major, io::File& file, uint64_t offset, size_t length, uint32_t key = 0,
                      uint32_t process = 4) {
        std::vector<uint8_t> data(length);
        Ref<Irp> irp = request(major, file, process);
        irp->parameters.transfer = {static_cast<int64_t>(offset), key};
        (major == Major::Read ? irp->output : irp->input) = io::IrpBuffer::executive(data);
        irp->start();
        EXPECT_TRUE(irp->is_done());
        return irp->status();
    }
    NTSTATUS read(io::File& file, uint64_t offset, size_t length, uint32_t key = 0, uint32_t process = 4) {
        return transfer(Major::Read, file, offset, length, key, process);
    }
    NTSTATUS write(io::File& file, uint64_t offset, size_t length, uint32_t key = 0, uint32_t process = 4) {
        return transfer(Major::Write, file, offset, length, key, process);
    }

    Ref<io::ramfs::Volume> volume;
    Ref<io::File> first, second;
};

TEST_F(ByteLocksTest, AnExclusiveLockIsItsOwnersAlone) {
    EXPECT_EQ(try_lock(*first, 10, 10, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(read(*first, 0, 100), STATUS_SUCCESS);
    EXPECT_EQ(write(*first, 0, 100), STATUS_SUCCESS);
    EXPECT_EQ(read(*second, 0, 10), STATUS_SUCCESS);
    EXPECT_EQ(read(*second, 20, 10), STATUS_SUCCESS);
    EXPECT_EQ(read(*second, 0, 11), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_EQ(write(*second, 19, 1), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_EQ(read(*first, 10, 1, 7), STATUS_FILE_LOCK_CONFLICT);     // another key
    EXPECT_EQ(read(*first, 10, 1, 0, 8), STATUS_FILE_LOCK_CONFLICT);  // another process
    EXPECT_EQ(try_lock(*second, 19, 5, kShared), STATUS_LOCK_NOT_GRANTED);
    EXPECT_EQ(try_lock(*second, 20, 5, kShared), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*first, 15, 1, kExclusive), STATUS_LOCK_NOT_GRANTED);
    EXPECT_EQ(unlock(*second, 10, 10), STATUS_RANGE_NOT_LOCKED);
    EXPECT_EQ(unlock(*first, 10, 9), STATUS_RANGE_NOT_LOCKED);
    EXPECT_EQ(unlock(*first, 10, 10, 7), STATUS_RANGE_NOT_LOCKED);
    EXPECT_EQ(unlock(*first, 10, 10, 0, 8), STATUS_RANGE_NOT_LOCKED);
    EXPECT_EQ(unlock(*first, 10, 10), STATUS_SUCCESS);
    EXPECT_EQ(read(*second, 0, 100), STATUS_SUCCESS);
}

TEST_F(ByteLocksTest, SharedLocksKeepEverybodyFromWriting) {
    EXPECT_EQ(try_lock(*first, 0, 50, kShared), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*second, 25, 50, kShared), STATUS_SUCCESS);
    EXPECT_EQ(read(*second, 0, 100), STATUS_SUCCESS);
    EXPECT_EQ(write(*first, 0, 1), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_EQ(write(*second, 0, 1), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_EQ(try_lock(*first, 10, 1, kExclusive), STATUS_LOCK_NOT_GRANTED);
    EXPECT_EQ(write(*first, 75, 1), STATUS_SUCCESS);
}

// LockFileEx: "If the same range is locked with an exclusive and a shared lock, two unlock operations are
// necessary"; the first is the exclusive lock's.
TEST_F(ByteLocksTest, AnOwnSharedLockOverAnExclusiveOne) {
    EXPECT_EQ(try_lock(*first, 0, 10, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*first, 0, 10, kShared), STATUS_SUCCESS);
    EXPECT_EQ(unlock(*first, 0, 10), STATUS_SUCCESS);
    EXPECT_EQ(read(*second, 0, 10), STATUS_SUCCESS);
    EXPECT_EQ(write(*second, 0, 10), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_EQ(unlock(*first, 0, 10), STATUS_SUCCESS);
    EXPECT_EQ(write(*second, 0, 10), STATUS_SUCCESS);
    EXPECT_EQ(unlock(*first, 0, 10), STATUS_RANGE_NOT_LOCKED);
}

TEST_F(ByteLocksTest, RangesAtTheEdges) {
    EXPECT_EQ(try_lock(*first, UINT64_MAX, 1, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*first, UINT64_MAX, 2, kExclusive), STATUS_INVALID_LOCK_RANGE);
    EXPECT_EQ(try_lock(*second, 1, UINT64_MAX, kExclusive), STATUS_LOCK_NOT_GRANTED);
    EXPECT_EQ(try_lock(*second, 1, UINT64_MAX - 1, kExclusive), STATUS_SUCCESS);
    // Of no length: between two bytes.
    EXPECT_EQ(try_lock(*second, 0, 0, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*first, 0, 0, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*first, 1, 0, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*first, 2, 0, kExclusive), STATUS_LOCK_NOT_GRANTED);
    EXPECT_EQ(read(*first, 5, 0), STATUS_SUCCESS);
    EXPECT_EQ(unlock(*first, 0, 0), STATUS_SUCCESS);
    EXPECT_EQ(unlock(*first, 0, 0), STATUS_RANGE_NOT_LOCKED);
}

TEST_F(ByteLocksTest, WhoWaitsIsServedInOrder) {
    EXPECT_EQ(try_lock(*first, 0, 100, kExclusive), STATUS_SUCCESS);
    Ref<Irp> one = lock(*second, 0, 10, kExclusive);
    Ref<Irp> two = lock(*second, 5, 10, kExclusive);
    Ref<Irp> three = lock(*second, 20, 10, kShared);
    EXPECT_FALSE(one->is_done() || two->is_done() || three->is_done());
    EXPECT_EQ(unlock(*first, 0, 100), STATUS_SUCCESS);
    EXPECT_TRUE(one->is_done());
    EXPECT_EQ(one->status(), STATUS_SUCCESS);
    EXPECT_FALSE(two->is_done());
    EXPECT_TRUE(three->is_done());
    two->request_cancel();
    EXPECT_EQ(two->status(), STATUS_CANCELLED);
    EXPECT_EQ(unlock(*second, 0, 10), STATUS_SUCCESS);
    EXPECT_EQ(unlock(*second, 5, 10), STATUS_RANGE_NOT_LOCKED);
}

TEST_F(ByteLocksTest, TheEndOfItsFileIsTheEndOfALock) {
    EXPECT_EQ(try_lock(*first, 0, 100, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*first, 0, 0, kExclusive), STATUS_SUCCESS);
    Ref<Irp> waits = lock(*second, 50, 1, kExclusive);
    Ref<Irp> more = lock(*second, 0, 20, kShared);
    close(first);
    EXPECT_EQ(waits->status(), STATUS_SUCCESS);
    EXPECT_EQ(more->status(), STATUS_SUCCESS);
    first = open();
    Ref<Irp> never = lock(*first, 0, 100, kExclusive);
    EXPECT_FALSE(never->is_done());
    close(first);
    EXPECT_EQ(never->status(), STATUS_RANGE_NOT_LOCKED);
    EXPECT_EQ(unlock(*second, 50, 1), STATUS_SUCCESS);
}

// Against a list that is gone along.
TEST_F(ByteLocksTest, AgreesWithAList) {
    struct Held {
        uint64_t offset, length;
        bool exclusive;
        int file;
        uint32_t key;
    };
    std::vector<Held> held;
    std::mt19937 random(8);
    io::File* files[] = {first.get(), second.get()};
    for (int turn = 0; turn < 20'000; ++turn) {
        Held wanted{random() % 40, random() % 6, random() % 3 == 0, static_cast<int>(random() % 2),
                    static_cast<uint32_t>(random() % 2)};
        auto overlaps = [&](const Held& other) {
            bool nothing =
                (other.offset == 0 && other.length == 0) || (wanted.offset == 0 && wanted.length == 0);
            return !nothing && wanted.offset <= other.offset + other.length - 1 &&
                   wanted.offset + wanted.length - 1 >= other.offset;
        };
        auto own = [&](const Held& other) { return other.file == wanted.file && other.key == wanted.key; };
        switch (random() % 4) {
            case 0: {
                auto found = held.end();
                for (bool exclusive : {true, false}) {
                    if (found != held.end()) break;
                    found = std::ranges::find_if(held, [&](const Held& other) {
                        return own(other) && other.offset == wanted.offset && other.length == wanted.length &&
                               other.exclusive == exclusive;
                    });
                }
                NTSTATUS expected = found == held.end() ? STATUS_RANGE_NOT_LOCKED : STATUS_SUCCESS;
                ASSERT_EQ(unlock(*files[wanted.file], wanted.offset, wanted.length, wanted.key), expected);
                if (found != held.end()) held.erase(found);
                break;
            }
            case 1: {
                bool refused = std::ranges::any_of(held, [&](const Held& other) {
                    bool harmless = wanted.exclusive ? false : !other.exclusive || own(other);
                    return overlaps(other) && !harmless;
                });
                ASSERT_EQ(try_lock(*files[wanted.file], wanted.offset, wanted.length,
                                   wanted.exclusive ? kExclusive : kShared, wanted.key),
                          refused ? STATUS_LOCK_NOT_GRANTED : STATUS_SUCCESS);
                if (!refused) held.push_back(wanted);
                break;
            }
            default: {
                if (wanted.length == 0) break;
                bool writes = random() % 2 == 0;
                bool refused = std::ranges::any_of(held, [&](const Held& other) {
                    return overlaps(other) && (other.exclusive ? !own(other) : writes);
                });
                ASSERT_EQ(transfer(writes ? Major::Write : Major::Read, *files[wanted.file], wanted.offset,
                                   wanted.length, wanted.key),
                          refused ? STATUS_FILE_LOCK_CONFLICT : STATUS_SUCCESS);
            }
        }
    }
}

// Locks belong to the file object and a process: they go with the process's last handle, whoever else has
// one.
TEST_F(ByteLocksTest, GoWithTheLastHandleOfTheirProcess) {
    Ref<ps::Process> one = test::make_process(false), two = test::make_process(false);
    auto handle_of = [&](ps::Process& process) {
        return MUST(process.handles().insert(first, FILE_READ_DATA | FILE_WRITE_DATA, 0));
    };
    auto close_handle = [&](ps::Process& process, HANDLE handle) {
        MUST(process.handles().close(handle));
        test::run_loop();
    };
    HANDLE of_one = handle_of(*one), again = handle_of(*one), of_two = handle_of(*two);
    for (uint64_t at = 0; at < 50; ++at) {
        EXPECT_EQ(try_lock(*first, at, 1, kExclusive, 0, one->id()), STATUS_SUCCESS);
        EXPECT_EQ(try_lock(*first, 50 + at, 1, kExclusive, 0, two->id()), STATUS_SUCCESS);
    }
    Ref<Irp> waits = lock(*second, 0, 50, kExclusive);
    close_handle(*one, of_one);
    EXPECT_EQ(read(*second, 0, 1), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_FALSE(waits->is_done());
    // A handle that comes while the table is looked through counts.
    const uint64_t usual = std::exchange(ke::slice_ticks, 0);
    for (int i = 0; i < 200; ++i)
        handle_of(*one);
    MUST(one->handles().close(again));
    ke::Pacer::instance().called(0);
    ke::slice_ticks = usual;
    test::run_loop();
    EXPECT_EQ(read(*second, 0, 1), STATUS_FILE_LOCK_CONFLICT);
    test::end_process(*one, STATUS_SUCCESS);
    test::run_loop();
    EXPECT_EQ(read(*second, 50, 1), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_TRUE(waits->is_done());
    EXPECT_EQ(unlock(*second, 0, 50), STATUS_SUCCESS);
    EXPECT_EQ(unlock(*first, 50, 1, 0, two->id()), STATUS_SUCCESS);
    close_handle(*two, of_two);
    EXPECT_EQ(read(*second, 51, 1), STATUS_SUCCESS);
    first.reset();
    test::end_process(*two, STATUS_SUCCESS);
}

// FsRtlFastUnlockAll: whoever waits for a lock by a handle that his process has closed waits no more, the
// locks of others and what they wait for stay, and what is asked for by a later handle is another thing.
TEST_F(ByteLocksTest, WhoWaitsGoesWithTheLastHandleOfHisProcess) {
    Ref<ps::Process> one = test::make_process(false), two = test::make_process(false);
    auto handle_of = [&](ps::Process& process) {
        return MUST(process.handles().insert(first, FILE_READ_DATA | FILE_WRITE_DATA, 0));
    };
    HANDLE of_one = handle_of(*one), again = handle_of(*one);
    handle_of(*two);
    EXPECT_EQ(try_lock(*second, 0, 100, kExclusive), STATUS_SUCCESS);
    std::vector<Ref<Irp>> waiting;
    for (uint64_t at = 0; at < 50; ++at)
        waiting.push_back(lock(*first, at, 1, kExclusive, 0, one->id()));
    Ref<Irp> others = lock(*first, 50, 1, kExclusive, 0, two->id());
    Ref<Irp> of_another_file = lock(*second, 60, 1, kExclusive, 0, one->id());
    MUST(one->handles().close(of_one));
    test::run_loop();
    EXPECT_FALSE(waiting.front()->is_done());
    MUST(one->handles().close(again));
    // It looks, then ends one after the other; what comes by a new handle meanwhile is not touched.
    ke::Pacer::instance().called(0);
    const uint64_t usual = std::exchange(ke::slice_ticks, 0);
    ke::Pacer::instance().called(0);
    EXPECT_TRUE(waiting.front()->is_done());
    EXPECT_FALSE(waiting.back()->is_done());
    of_one = handle_of(*one);
    Ref<Irp> later = request(Major::LockControl, *first, one->id());
    later->minor = io::kMinorLock;
    later->stack_flags = kExclusive;
    later->parameters.lock = {70, 1, 0};
    later->start();
    ke::slice_ticks = usual;
    test::run_loop();
    for (Ref<Irp>& irp : waiting) {
        EXPECT_TRUE(irp->is_done());
        EXPECT_EQ(irp->status(), STATUS_RANGE_NOT_LOCKED);
    }
    EXPECT_FALSE(others->is_done() || of_another_file->is_done() || later->is_done());
    EXPECT_EQ(unlock(*second, 0, 100), STATUS_SUCCESS);
    for (Ref<Irp>* irp : {&others, &of_another_file, &later}) {
        EXPECT_TRUE((*irp)->is_done());
        EXPECT_EQ((*irp)->status(), STATUS_SUCCESS);
    }
    // Nobody got what the ended requests asked for.
    EXPECT_EQ(try_lock(*second, 0, 50, kExclusive), STATUS_SUCCESS);
    test::end_process(*one, STATUS_SUCCESS);
    first.reset();
    test::end_process(*two, STATUS_SUCCESS);
    test::run_loop();
}

// Two processes that close their last handles at the same time: each one's locks go.
TEST_F(ByteLocksTest, TwoProcessesLetGoAtOnce) {
    Ref<ps::Process> one = test::make_process(false), two = test::make_process(false),
                     stays = test::make_process(false);
    auto handle_of = [&](ps::Process& process) {
        return MUST(process.handles().insert(first, FILE_READ_DATA | FILE_WRITE_DATA, 0));
    };
    HANDLE of_one = handle_of(*one), of_two = handle_of(*two);
    handle_of(*stays);
    for (uint64_t at = 0; at < 20; ++at) {
        EXPECT_EQ(try_lock(*first, at, 1, kExclusive, 0, one->id()), STATUS_SUCCESS);
        EXPECT_EQ(try_lock(*first, 20 + at, 1, kExclusive, 0, two->id()), STATUS_SUCCESS);
    }
    EXPECT_EQ(try_lock(*first, 40, 1, kExclusive, 0, stays->id()), STATUS_SUCCESS);
    MUST(one->handles().close(of_one));
    ke::Pacer::instance().called(0);
    const uint64_t usual = std::exchange(ke::slice_ticks, 0);
    for (int slice = 0; slice < 5; ++slice)
        ke::Pacer::instance().called(0);
    MUST(two->handles().close(of_two));
    for (int slice = 0; slice < 10; ++slice)
        ke::Pacer::instance().called(0);
    ke::slice_ticks = usual;
    test::run_loop();
    EXPECT_EQ(try_lock(*second, 0, 40, kExclusive), STATUS_SUCCESS);
    EXPECT_EQ(try_lock(*second, 40, 1, kExclusive), STATUS_LOCK_NOT_GRANTED);
    for (Ref<ps::Process>* process : {&one, &two})
        test::end_process(**process, STATUS_SUCCESS);
    first.reset();
    test::end_process(*stays, STATUS_SUCCESS);
    test::run_loop();
}

}  // namespace
