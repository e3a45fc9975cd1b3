// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/objects/fake_client.hpp"

#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>

#include "executive/cm/cm.hpp"
#include "executive/ex/ex.hpp"
#include "executive/hal/serial.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ke/timer_queue.hpp"
#include "executive/mm/frames.hpp"
#include "executive/ps/win32.hpp"

namespace {

uint64_t g_now = 1000 * ke::kTicksPerSecond;
constexpr uint64_t kBoot = 0x01d0'0000'0000'0000;

const ob::Type kStandInType{u"StandIn", {}, 0x1fffff};

class StandIn final : public ob::Object {
public:
    StandIn() : Object(kStandInType) {}
};

}  // namespace

namespace ps {

bool is_win32(ke::Call&) {
    return false;
}
bool has_file_leniency(ke::Call&) {
    return false;
}

}  // namespace ps

namespace base {

void assertion_failed(const char* expression, const char* file, int line) {
    fprintf(stderr, "%s:%d: %s\n", file, line, expression);
    abort();
}

void* allocate_frame(size_t size) {
    return malloc(size);
}

void free_frame(void* frame, size_t) {
    free(frame);
}

Loop& Loop::instance() {
    static Loop loop;
    return loop;
}

}  // namespace base

namespace hal {

void serial_write(std::initializer_list<std::string_view> pieces) {
    for (std::string_view piece : pieces)
        fwrite(piece.data(), 1, piece.size(), stderr);
}

bool serial_in_line() {
    return false;
}

}  // namespace hal

namespace ke {

uint64_t interrupt_time() {
    return g_now;
}
uint64_t system_time() {
    return kBoot + g_now;
}
void arm_alarm(uint64_t) {}

// The pacer's thread does not run: run_loop() does its part.
Result<void> HelperThread::start(unsigned) {
    return {};
}
void HelperThread::set_priority(unsigned) {}
void HelperThread::signal() {}
void HelperThread::wait() {}
uint64_t HelperThread::call(uint64_t) {
    return 0;
}

Thread::~Thread() {
    while (Apc* apc = apcs_.pop_front())
        delete apc;
}
unsigned g_queued_apcs = 0;

void Thread::queue_apc(Own<Apc> apc) {
    ++g_queued_apcs;
    apcs_.push_back(*apc.leak());
}
unsigned Thread::kernel_priority() const {
    return 0;
}
bool Thread::test_alert() {
    return std::exchange(alerted_, false);
}
std::optional<NTSTATUS> Thread::refuse_wait(bool) {
    if (terminating_) return STATUS_THREAD_IS_TERMINATING;
    return {};
}
bool Thread::release_bound() {
    while (ThreadBound* bound = bound_.pop_front())
        bound->thread_ended(*this);
    return false;
}
void Thread::terminate() {
    terminating_ = true;
    if (wait_) wait_->cancel(STATUS_THREAD_IS_TERMINATING);
    release_bound();
}
void Thread::Completion::run() {}

}  // namespace ke

namespace mm {

MemoryCounts memory_counts() {
    return {1 << 20, 1 << 19};
}

}  // namespace mm

namespace ex {

KeyedEvent& critical_section_event() {
    static Ref<KeyedEvent> event = MUST(KeyedEvent::create());
    return *event;
}

}  // namespace ex

namespace test {

namespace {

// Under the sanitizers, beside other work, ten microseconds are nothing: slices here have no end.
[[maybe_unused]] const bool long_slices = [] {
    ke::slice_ticks = uint64_t{1} << 62;
    return true;
}();

}  // namespace

void run_loop() {
    do {
        while (base::Loop::instance().run(100)) {
        }
    } while (ke::Pacer::instance().called(0) != 0 || !base::Loop::instance().idle());
}

void advance_clock(uint64_t by) {
    g_now += by;
    ke::TimerQueue::instance().run_due();
    run_loop();
}

base::Result<uint8_t*> Memory::page(uint64_t address, ke::Access) {
    auto found = pages_.find(address / 4096);
    if (found == pages_.end()) return base::fail(STATUS_ACCESS_VIOLATION);
    return &found->second[address % 4096];
}

uint64_t Memory::allocate(size_t length) {
    uint64_t address = next_;
    next_ = (next_ + length + 15) & ~uint64_t{15};
    for (uint64_t page = address / 4096; page <= (address + length) / 4096; ++page)
        pages_[page];
    return address;
}

void Memory::EXPECT_OK(const base::Result<void>& result) {
    EXPECT_TRUE(result);
}

uint64_t Memory::put_string(std::u16string_view text) {
    uint64_t characters = allocate(text.size() * 2 + 2);
    EXPECT_OK(copy_out(characters, text.data(), text.size() * 2));
    auto length = static_cast<USHORT>(text.size() * 2);
    return put(UNICODE_STRING{length, length, reinterpret_cast<PWSTR>(characters)});
}

uint64_t Memory::put_attributes(std::u16string_view name, ULONG flags, HANDLE root) {
    OBJECT_ATTRIBUTES attributes{};
    attributes.Length = sizeof(attributes);
    attributes.RootDirectory = root;
    attributes.ObjectName = reinterpret_cast<PUNICODE_STRING>(put_string(name));
    attributes.Attributes = flags;
    return put(attributes);
}

Client::Client() : process(MUST(base::make_ref<StandIn>())) {}

Client::~Client() {
    table.close_all();
}

Thread::Thread(Client& client) : ke::Thread(client), object_(MUST(base::make_ref<StandIn>())) {}

unsigned Thread::queued_apcs() {
    return std::exchange(ke::g_queued_apcs, 0);
}

void Thread::end() {
    terminate();
    run_loop();
}

Fixture::Fixture() {
    static const bool ready = [] {
        MUST(se::initialize());
        MUST(ob::initialize());
        MUST(cm::initialize());
        return true;
    }();
    (void)ready;
}

HANDLE Fixture::make_event(EVENT_TYPE type, bool set, ke::UserIn<OBJECT_ATTRIBUTES> attributes) {
    auto handle = out<HANDLE>();
    NTSTATUS status = NtCreateEvent(call(), {handle, EVENT_ALL_ACCESS, attributes, type, set});
    EXPECT_EQ(status, STATUS_SUCCESS);
    return get(handle);
}

}  // namespace test
