// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/killer/world.hpp"

#include <gtest/gtest.h>

#include "abi/nt/neptune.h"
#include "abi/sel4/sel4.h"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/services.hpp"

namespace killer {

namespace {

Service next_service;
std::map<ke::Thread*, std::optional<NTSTATUS>> answers;

void send(ke::Thread& thread, seL4_Word label) {
    fake::Kernel::Message message{};
    message.badge = reinterpret_cast<uint64_t>(&thread);
    message.info = seL4_MessageInfo_new(label, 0, 0, 4).words[0];
    machine().messages.push_back(message);
    ke::Dispatcher::instance().turn();
}

}  // namespace

ke::Task<NTSTATUS> serve_next(ke::Call& call) {
    Service service = std::exchange(next_service, {});
    NTSTATUS status = co_await service(call);
    answers[&call.thread()] = status;
    co_return status;
}

World::World() {
    machine();
    answers.clear();
}

World::~World() {
    at_point = [] {};
    driver.slow = hold_errands = false;
    for (auto* process : {&program, &other_program})
        (*process)->terminate(STATUS_SUCCESS);
    settle();
    for (auto* process : {&program, &other_program}) {
        EXPECT_TRUE((*process)->ended());
        EXPECT_EQ((*process)->quota().used(), 0u);
    }
    EXPECT_EQ(driver.host->leased() + driver.host->waiting(), 0u);
}

// Under the sanitizers ten microseconds are nothing, and no stub here makes a call again: slices have no end
// where a test does not say so.
[[maybe_unused]] const bool long_slices = [] {
    ke::slice_ticks = uint64_t{1} << 62;
    return true;
}();

void World::call(ps::Thread& thread, Service service) {
    if (thread.terminating()) return;
    ASSERT_EQ(thread.place(), ke::Thread::Place::User);
    answers[&thread].reset();
    next_service = std::move(service);
    send(thread, 0);
}

// Whoever was sent to move his floating point state comes back.
bool World::return_errand(ps::Process& process) {
    if (hold_errands) return false;
    for (ps::Thread& thread : process.threads()) {
        if (thread.place() != ke::Thread::Place::Errand) continue;
        send(thread, NEPTUNE_CALL_MOVED);
        return true;
    }
    return false;
}

void World::settle() {
    base::Loop& loop = base::Loop::instance();
    for (;;) {
        at_point();
        if (!loop.idle()) {
            loop.run(1);
        } else if (!return_errand(*program) && !return_errand(*other_program) && !driver.act()) {
            // The pacer comes last, as the thread of the lowest priority.
            if (ke::Pacer::instance().called(0) == 0 && loop.idle()) return;
        }
    }
}

std::optional<NTSTATUS> World::answer(ps::Thread& thread) {
    return thread.place() == ke::Thread::Place::User ? answers[&thread] : std::nullopt;
}

std::optional<NTSTATUS> World::outcome(ps::Thread& thread) {
    return answers[&thread];
}

NTSTATUS World::call_and_settle(ps::Thread& thread, Service service) {
    call(thread, std::move(service));
    settle();
    return answer(thread).value_or(STATUS_PENDING);
}

uint64_t World::allocate(size_t length) {
    return MUST(program->space().allocate(0, length, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)).base;
}

uint64_t World::put_attributes(std::u16string_view name) {
    uint64_t at = allocate();
    auto length = static_cast<USHORT>(name.size() * 2);
    UNICODE_STRING text{length, length, reinterpret_cast<PWSTR>(at + 128)};
    OBJECT_ATTRIBUTES attributes{};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = reinterpret_cast<PUNICODE_STRING>(at + 64);
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    MUST(program->space().copy_out(at, &attributes, sizeof attributes));
    MUST(program->space().copy_out(at + 64, &text, sizeof text));
    MUST(program->space().copy_out(at + 128, name.data(), length));
    return at;
}

HANDLE World::make_event(EVENT_TYPE type, bool set) {
    uint64_t out = allocate();
    NtCreateEvent(bystander->call(), {ke::UserOut<HANDLE>(out), EVENT_ALL_ACCESS, {}, type, set});
    return get<HANDLE>(out);
}

HANDLE World::open_device(uint32_t options, std::u16string_view name) {
    constexpr ACCESS_MASK kAccess = FILE_READ_DATA | FILE_WRITE_DATA | FILE_READ_EA | FILE_WRITE_EA |
                                    READ_CONTROL | WRITE_DAC | SYNCHRONIZE;
    uint64_t out = allocate();
    ke::UserIn<OBJECT_ATTRIBUTES> attributes(put_attributes(name));
    NTSTATUS status = call_and_settle(*bystander, [=] [[clang::coro_wrapper]] (ke::Call & call) {
        return NtOpenFile(call, {ke::UserOut<HANDLE>(out), kAccess, attributes,
                                 ke::UserOut<IO_STATUS_BLOCK>(out + 16), 0, options});
    });
    EXPECT_EQ(status, STATUS_SUCCESS);
    return get<HANDLE>(out);
}

Service World::read(HANDLE file, uint64_t status_block) {
    uint64_t at = allocate();
    if (!status_block) status_block = at + 64;
    return [=] [[clang::coro_wrapper]] (ke::Call & call) {
        return NtReadFile(call, {file,
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 ke::UserOut<IO_STATUS_BLOCK>(status_block),
                                 {at + 128, 8},
                                 8,
                                 ke::UserIn<LARGE_INTEGER>(at),
                                 {}});
    };
}

Service World::wait(HANDLE handle, bool alertable) {
    return [=] [[clang::coro_wrapper]] (ke::Call & call) {
        return NtWaitForSingleObject(call, {handle, static_cast<BOOLEAN>(alertable), {}});
    };
}

}  // namespace killer
