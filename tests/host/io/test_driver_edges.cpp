// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that looks at, and overwrites, all of the pages in which it is shown a buffer: nothing beside the
// buffer is seen or changed.
#include "tests/host/io/host_channel_test.hpp"

namespace {

using test::HostChannelTest;
using test::Pending;

constexpr uint64_t kPage = mm::kPageSize;
constexpr uint64_t kPages = 6;
constexpr uint8_t kScribble = 0xcc;
constexpr ULONG kAlone = WDM_INLINE_SIZE + 1;  // the shortest that has a window of its own accord

// What the client has at each place. Never 0, nor kScribble.
uint8_t secret(uint64_t at) {
    return static_cast<uint8_t>(at * 31 % 199 + 1);
}

struct Edges : HostChannelTest {
    HANDLE file = open();
    uint64_t memory = caller->allocate(kPages * kPage);
    size_t idle = test::windows(host->process()->space());

    void SetUp() override { restore(); }
    void restore() {
        for (uint64_t at = 0; at < kPages * kPage; ++at)
            *caller->at(memory + at) = secret(at);
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> control(ULONG method, uint64_t input, ULONG input_length,
                                                       uint64_t output, ULONG output_length) {
        return NtDeviceIoControlFile(caller->call(), {file,
                                                      nullptr,
                                                      nullptr,
                                                      nullptr,
                                                      ke::UserOut<IO_STATUS_BLOCK>(block),
                                                      CTL_CODE(FILE_DEVICE_NULL, 1, method, FILE_ANY_ACCESS),
                                                      {input, input_length},
                                                      input_length,
                                                      {output, output_length},
                                                      output_length});
    }

    // The driver looks at the pages of a window onto the client's memory + `at`.
    void look(uint64_t window, uint64_t at, ULONG length) {
        ASSERT_EQ(window % kPage, (memory + at) % kPage);
        uint64_t end = base::align_up(window + length, kPage);
        unsigned seen = 0, wrong = 0;
        for (uint64_t place = base::align_down(window, kPage); place < end; ++place) {
            bool inside = place >= window && place < window + length;
            uint8_t byte = *driver->memory(place);
            if (inside)
                wrong += byte != secret(at + place - window);
            else
                seen += byte != 0;
        }
        EXPECT_EQ(seen, 0u) << "of the neighbours of " << length << " at " << at;
        EXPECT_EQ(wrong, 0u) << "of " << length << " at " << at;
    }
    // It writes over all of them; of an input only over what is beside it, as far as it can.
    void scribble(uint64_t window, ULONG length, bool output) {
        uint64_t end = base::align_up(window + length, kPage);
        for (uint64_t place = base::align_down(window, kPage); place < end; ++place)
            if (output || place < window || place >= window + length) *driver->memory(place) = kScribble;
    }
    // The client finds the first `written` bytes of [at, at + length) overwritten, and nothing else; of whole
    // pages all may be.
    void find(uint64_t at, ULONG length, ULONG written) {
        unsigned lost = 0, missing = 0, harmed = 0;
        for (uint64_t place = 0; place < kPages * kPage; ++place) {
            uint8_t byte = *caller->at(memory + place);
            bool whole =
                base::align_down(place, kPage) >= at && base::align_down(place, kPage) + kPage <= at + length;
            if (place < at || place >= at + length)
                harmed += byte != secret(place);
            else if (place < at + written)
                missing += byte != kScribble;
            else if (!whole)
                lost += byte != secret(place);
        }
        EXPECT_EQ(harmed, 0u) << "beside " << length << " at " << at;
        EXPECT_EQ(missing, 0u) << "of " << length << " at " << at;
        EXPECT_EQ(lost, 0u) << "behind " << written << " of " << length << " at " << at;
    }
    void nothing_is_left() {
        EXPECT_EQ(host->leased(), 0u);
        EXPECT_EQ(test::windows(host->process()->space()), idle);
    }
    void complete(NTSTATUS status, uint64_t information, uint64_t written) {
        driver->complete(driver->slot(), status, information, written);
    }
};

constexpr uint64_t kOffsets[] = {0, 1, 7, 511, 2048, 3327, 3328, 4094, 4095};
constexpr ULONG kLengths[] = {kAlone, 1000, 4095, 4096, 4097, 5000, 8191, 8192, 8193, 12'288, 12'289};

TEST_F(Edges, OfReads) {
    for (uint64_t offset : kOffsets) {
        for (ULONG length : kLengths) {
            uint64_t at = kPage + offset;
            Pending reading(read(file, memory + at, length));
            WDM_REQUEST* request = driver->take();
            ASSERT_NE(request, nullptr);
            look(request->OutputAddress, at, length);
            scribble(request->OutputAddress, length, true);
            complete(STATUS_SUCCESS, length, length);
            ASSERT_TRUE(reading.done());
            EXPECT_EQ(reading.take(), STATUS_SUCCESS);
            find(at, length, length);
            restore();
            nothing_is_left();
        }
    }
}

TEST_F(Edges, OfWrites) {
    for (uint64_t offset : kOffsets) {
        for (ULONG length : kLengths) {
            uint64_t at = kPage + offset;
            Pending writing(write(file, memory + at, length));
            WDM_REQUEST* request = driver->take();
            ASSERT_NE(request, nullptr);
            look(request->InputAddress, at, length);
            scribble(request->InputAddress, length, false);
            complete(STATUS_SUCCESS, length, length);
            ASSERT_TRUE(writing.done());
            EXPECT_EQ(writing.take(), STATUS_SUCCESS);
            find(at, length, 0);
            nothing_is_left();
        }
    }
}

// A long input gives even the shortest output a window, wherever it lies.
TEST_F(Edges, OfBothBuffersOfAControl) {
    for (ULONG method : {METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT, METHOD_NEITHER}) {
        for (uint64_t offset : kOffsets) {
            for (ULONG length : {ULONG{1}, ULONG{2}, ULONG{600}, kAlone, ULONG{4096}, ULONG{5000}}) {
                uint64_t in = kPage - 1 - offset % 13, out = 3 * kPage + offset;
                Pending asking(control(method, memory + in, kAlone, memory + out, length));
                WDM_REQUEST* request = driver->take();
                ASSERT_NE(request, nullptr);
                look(request->InputAddress, in, kAlone);
                scribble(request->InputAddress, kAlone, false);
                bool window = method == METHOD_BUFFERED || length >= kAlone;
                if (window) {
                    look(request->OutputAddress, out, length);
                    scribble(request->OutputAddress, length, true);
                } else {
                    std::fill_n(driver->memory(request->OutputAddress), length, kScribble);
                }
                complete(STATUS_SUCCESS, length, length);
                ASSERT_TRUE(asking.done());
                EXPECT_EQ(asking.take(), STATUS_SUCCESS);
                find(out, length, length);
                restore();
                nothing_is_left();
            }
        }
    }
}

// Buffered I/O moves what Information says, and nothing when it fails; direct I/O is the driver's to write.
TEST_F(Edges, NoMoreThanTheDriverMayWrite) {
    struct Case {
        ULONG method;
        NTSTATUS status;
        ULONG information, claim, moved;
    };
    constexpr ULONG kLength = 1500;
    constexpr Case kCases[] = {
        {METHOD_BUFFERED, STATUS_SUCCESS, 100, kLength, 100},
        {METHOD_BUFFERED, STATUS_SUCCESS, 100, 50, 50},
        {METHOD_BUFFERED, STATUS_BUFFER_OVERFLOW, 1000, kLength, 1000},
        {METHOD_BUFFERED, STATUS_IO_DEVICE_ERROR, kLength, kLength, 0},
        {METHOD_BUFFERED, STATUS_SUCCESS, ~0u, ~0u, kLength},
        {METHOD_OUT_DIRECT, STATUS_SUCCESS, 0, kLength, kLength},
        {METHOD_OUT_DIRECT, STATUS_IO_DEVICE_ERROR, 0, kLength, kLength},
        {METHOD_NEITHER, STATUS_SUCCESS, 0, ~0u, kLength},
    };
    for (const Case& each : kCases) {
        uint64_t at = 2 * kPage - 700;
        Pending asking(control(each.method, memory, 0, memory + at, kLength));
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        scribble(request->OutputAddress, kLength, true);
        complete(each.status, each.information, each.claim);
        ASSERT_TRUE(asking.done());
        EXPECT_EQ(asking.take(), each.status);
        find(at, kLength, each.moved);
        restore();
    }
    // Whether a device's reads are buffered only its host knows.
    for (ULONG claim : {0u, 1u, 700u, 701u, kLength}) {
        uint64_t at = 2 * kPage - 700;
        Pending reading(read(file, memory + at, kLength));
        scribble(driver->take()->OutputAddress, kLength, true);
        complete(STATUS_SUCCESS, kLength, claim);
        ASSERT_TRUE(reading.done());
        find(at, kLength, claim);
        restore();
    }
}

// The request tells the numbers of the pages that it shows, those that stand in at the edges too.
TEST_F(Edges, PageNumbersAreOfWhatIsShown) {
    mm::AddressSpace& space = host->process()->space();
    auto expect = [&](const WDM_REQUEST& request, uint64_t window, ULONG length, size_t at) {
        auto* numbers = reinterpret_cast<const ULONG*>(request.Inline + at);
        uint64_t pages = base::align_up(window % kPage + length, kPage) / kPage;
        ASSERT_EQ(request.PageNumbers, pages);
        for (uint64_t i = 0; i < pages; ++i)
            EXPECT_EQ(numbers[i], space.present_frame(window + i * kPage));
    };
    for (uint64_t at : {kPage, kPage + 100}) {
        constexpr ULONG kLength = 2 * kPage;
        Pending reading(read(file, memory + at, kLength));
        WDM_REQUEST* request = driver->take();
        expect(*request, request->OutputAddress, kLength, 0);
        complete(STATUS_SUCCESS, 0, 0);
        Pending writing(write(file, memory + at, kLength));
        request = driver->take();
        expect(*request, request->InputAddress, kLength, 0);
        complete(STATUS_SUCCESS, 0, 0);
        Pending direct(control(METHOD_OUT_DIRECT, memory, 20, memory + at, kLength));
        request = driver->take();
        expect(*request, request->OutputAddress, kLength, 32);
        complete(STATUS_SUCCESS, 0, 0);
        Pending buffered(control(METHOD_BUFFERED, memory, 20, memory + at, kLength));
        EXPECT_EQ(driver->take()->PageNumbers, 0u);
        complete(STATUS_SUCCESS, 0, 0);
    }
}

TEST_F(Edges, NothingOfADeadDriverReachesTheClient) {
    constexpr ULONG kLength = 1000;
    uint64_t at = 2 * kPage - 500;
    Pending reading(read(file, memory + at, kLength));
    size_t frames = 0;
    for (int death = 0; death < 3; ++death) {
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        look(request->OutputAddress, at, kLength);  // not what the one before it wrote
        scribble(request->OutputAddress, kLength, true);
        driver->pend(driver->slot());
        if (death > 0) EXPECT_EQ(test::frames_in_use(), frames);
        frames = test::frames_in_use();
        test::kill_process(*host->process(), STATUS_SUCCESS);
        EXPECT_FALSE(reading.done());
        find(at, kLength, 0);
        restart();
    }
    scribble(driver->take()->OutputAddress, kLength, true);
    complete(STATUS_SUCCESS, kLength, kLength);
    ASSERT_TRUE(reading.done());
    find(at, kLength, kLength);
    nothing_is_left();
}

TEST_F(Edges, OfARequestThatIsCancelled) {
    file = open(0);
    idle = test::windows(host->process()->space());
    size_t frames = test::frames_in_use();
    uint64_t at = 2 * kPage - 500;
    EXPECT_EQ(test::finish(read(file, memory + at, 1000)), STATUS_PENDING);
    scribble(driver->take()->OutputAddress, 1000, true);
    driver->pend(driver->slot());
    Pending cancelling(
        NtCancelIoFile(caller->call(), {file, ke::UserOut<IO_STATUS_BLOCK>(caller->allocate(16))}));
    complete(STATUS_CANCELLED, 0, 0);
    ASSERT_TRUE(cancelling.done());
    find(at, 1000, 0);
    nothing_is_left();
    EXPECT_LE(test::frames_in_use(), frames + 2);  // the caller's own two pages for its answers
}

// Whoever is told of the end of memory, nothing is left of a half-made window.
TEST_F(Edges, WithoutMemory) {
    unsigned failures = 0;
    for (size_t more = 0;; ++more) {
        auto reading = read(file, memory + 2 * kPage - 500, 1000);
        size_t frames = test::frames_in_use();
        test::limit_frames(frames + more);
        Pending pending(std::move(reading));
        test::limit_frames(SIZE_MAX);
        if (!pending.done()) {
            ASSERT_NE(driver->take(), nullptr);
            complete(STATUS_SUCCESS, 1000, 1000);
            EXPECT_EQ(pending.take(), STATUS_SUCCESS);
            break;
        }
        ++failures;
        EXPECT_EQ(pending.take(), STATUS_NO_MEMORY);
        EXPECT_EQ(driver->take(), nullptr);
        EXPECT_EQ(test::frames_in_use(), frames);
        nothing_is_left();
    }
    EXPECT_GE(failures, 2u);
}

}  // namespace
