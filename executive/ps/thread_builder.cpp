// SPDX-License-Identifier: GPL-3.0-only
#include "abi/nt/neptune.h"
#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/objects.hpp"
#include "executive/mm/pages.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/ids.hpp"
#include "executive/ps/system_dll.hpp"
#include "executive/se/default_descriptor.hpp"

namespace ps {

namespace {

constexpr uint64_t kDefaultReserve = uint64_t{1} << 20;
constexpr uint64_t kDefaultCommit = uint64_t{16} << 10;
constexpr uint64_t kLargestStack = uint64_t{1} << 30;
constexpr uint64_t kGuardSize = mm::kPageSize;
// A driver host's first thread loads its drivers and serves their requests.
constexpr int32_t kHostPriority = 30;

}  // namespace

ThreadBuilder::~ThreadBuilder() {
    if (!thread_ || stage_ == Stage::Done) return;
    if (thread_->resources_.page) mm::free_thread(thread_->resources_);
    if (thread_->message_frame_ != mm::kNoFrame) mm::release_frame(thread_->message_frame_);
    auto space = process_.live_space();
    if (!space) return;
    if (thread_->teb_) (*space)->discard(thread_->teb_);
    if (thread_->stack_base_) (*space)->discard(thread_->stack_base_);
}

Result<void> ThreadBuilder::make_stack() {
    thread_ = TRY(make_ref<Thread>(Ref<Process>(process_)));
    thread_->id_ = TRY(reserve_id());
    thread_->start_address_ = request_.start;
    if (!process_.primary_token()) return fail(STATUS_PROCESS_IS_TERMINATING);
    TRY(thread_->set_descriptor(
        TRY(se::default_descriptor(process_.token(), Thread::kType, request_.security, true))));
    const SECTION_IMAGE_INFORMATION& image = process_.image()->image_information();
    uint64_t reserve = request_.stack_reserve ? request_.stack_reserve : image.MaximumStackSize;
    uint64_t commit = request_.stack_commit ? request_.stack_commit : image.CommittedStackSize;
    if (reserve < kDefaultReserve / 16) reserve = kDefaultReserve;
    if (commit < kDefaultCommit) commit = kDefaultCommit;
    if (reserve > kLargestStack) return fail(STATUS_INVALID_PARAMETER);
    reserve = align_up(reserve, MM_ALLOCATION_GRANULARITY);
    commit = align_up(commit, mm::kPageSize);
    if (commit > reserve - 2 * kGuardSize) commit = reserve - 2 * kGuardSize;

    mm::AddressSpace& space = process_.space();
    auto region = TRY(space.allocate(0, reserve, MEM_RESERVE, PAGE_READWRITE));
    thread_->stack_base_ = region.base;
    thread_->stack_top_ = region.base + reserve;
    stack_limit_ = thread_->stack_top_ - commit;
    TRY(space.allocate(stack_limit_, commit, MEM_COMMIT, PAGE_READWRITE));
    TRY(space.allocate(stack_limit_ - kGuardSize, kGuardSize, MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD));
    return {};
}

Result<void> ThreadBuilder::make_teb() {
    mm::AddressSpace& space = process_.space();
    auto region = TRY(space.allocate(0, NEPTUNE_THREAD_BLOCK_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    uint64_t address = thread_->teb_ = region.base;
    // The region is zero, as most of a TEB's two pages is: its beginning in one piece, what is further on by
    // itself.
    auto pointer = [address](size_t offset) { return reinterpret_cast<uint8_t*>(address + offset); };
    auto put = [&](size_t offset, const auto& value) {
        return space.copy_out(address + offset, &value, sizeof value);
    };
    uint8_t head[offsetof(TEB, ActivationContextStackPointer) + sizeof(PVOID)] = {};
    auto set = [&head](size_t offset, const auto& value) { memcpy(head + offset, &value, sizeof value); };
    NT_TIB tib = {};
    tib.ExceptionList = reinterpret_cast<PEXCEPTION_REGISTRATION_RECORD>(~uint64_t{0});
    tib.StackBase = reinterpret_cast<PVOID>(thread_->stack_top_);
    tib.StackLimit = reinterpret_cast<PVOID>(stack_limit_);
    tib.Self = reinterpret_cast<NT_TIB*>(address);
    set(offsetof(TEB, NtTib), tib);
    const CLIENT_ID id = {ULongToHandle(process_.id()), ULongToHandle(thread_->id())};
    set(offsetof(TEB, ClientId), id);
    set(offsetof(TEB, ProcessEnvironmentBlock), process_.peb());
    set(offsetof(TEB, CurrentLocale), LCID{0x409});
    auto* cache = pointer(offsetof(TEB, ActivationStack.FrameListCache));
    set(offsetof(TEB, ActivationStack.FrameListCache.Flink), cache);
    set(offsetof(TEB, ActivationStack.FrameListCache.Blink), cache);
    set(offsetof(TEB, ActivationStack.NextCookieSequenceNumber), ULONG{1});
    set(offsetof(TEB, ActivationContextStackPointer), pointer(offsetof(TEB, ActivationStack)));
    TRY(space.copy_out(address, head, sizeof head));
    TRY(put(offsetof(TEB, RealClientId), id));
    UNICODE_STRING text = {};
    text.MaximumLength = sizeof TEB::StaticUnicodeBuffer;
    text.Buffer = reinterpret_cast<PWSTR>(pointer(offsetof(TEB, StaticUnicodeBuffer)));
    TRY(put(offsetof(TEB, StaticUnicodeString), text));
    return put(offsetof(TEB, DeallocationStack), thread_->stack_base_);
}

Result<void> ThreadBuilder::make_message_page() {
    mm::AddressSpace& space = process_.space();
    uint64_t address = thread_->teb_;
    // The message page is there from the start and stays, whatever the program does to this address.
    TRY(space.page(address + NEPTUNE_THREAD_PAGE, ke::Access::Write));
    mm::FrameNumber frame = space.present_frame(address + NEPTUNE_THREAD_PAGE);
    mm::add_frame(frame);
    thread_->message_frame_ = frame;
    return {};
}

// The CONTEXT that ntdll continues at after it has initialised the thread.
Result<void> ThreadBuilder::write_context() {
    Own<CONTEXT> context = TRY(make_own<CONTEXT>());
    *context = {};
    uint64_t address = align_down(thread_->stack_top_ - sizeof(CONTEXT), 64);
    context->ContextFlags = CONTEXT_FULL | CONTEXT_SEGMENTS;
    context->Rip = process_.system_dll_base() + system_dll().user_thread_start;
    context->Rcx = request_.start;
    context->Rdx = request_.argument;
    context->Rsp = address - 0x28;
    context->EFlags = 0x202;
    context->SegCs = 0x2b;
    context->SegSs = context->SegDs = context->SegEs = context->SegFs = context->SegGs = 0x33;
    context->MxCsr = context->FltSave.MxCsr = INITIAL_MXCSR;
    context->FltSave.ControlWord = INITIAL_FPCSR;
    context_ = address;
    return process_.space().copy_out(address, context.get(), sizeof *context);
}

// Now it may run: its process keeps it, and it keeps its process.
Result<void> ThreadBuilder::start() {
    ke::ThreadStart start{};
    start.vspace = process_.space().vspace();
    start.message_buffer = thread_->teb_ + NEPTUNE_THREAD_PAGE;
    start.message_frame = mm::frame_capability(thread_->message_frame_);
    start.message_alias = reinterpret_cast<uint64_t*>(mm::alias(thread_->message_frame_));
    if (process_.grants_) start.grants = process_.grants_->node();
    start.ip = process_.system_dll_base() + system_dll().initialize_thunk;
    start.stack = context_ - 0x28;
    start.gs_base = thread_->teb_;
    start.argument1 = context_;
    start.argument2 = process_.system_dll_base();
    if (process_.is_driver_host() && process_.thread_count() == 0)
        thread_->priority_increment_ = kHostPriority - process_.base_priority();
    start.priority = static_cast<unsigned>(thread_->priority());
    start.suspended = request_.suspended;
    TRY(mm::commit_pages(Thread::kCommitted));
    if (Result<void> charged = process_.quota().charge(Thread::kRunningCharge); !charged) {
        mm::uncommit_pages(Thread::kCommitted);
        return charged;
    }
    thread_->charged_ = Thread::kRunningCharge;
    thread_->resources_ = TRY(mm::allocate_thread());
    TRY(thread_->ke::Thread::start(start));
    if (process_.kept.boost_disabled) thread_->disable_boost(true);
    set_holder(thread_->id_, *thread_);
    log.trace("thread {} of process {} starts at {p}", thread_->id_, process_.id(), request_.start);
    thread_->add_ref();
    process_.add(*thread_);
    ++process_.thread_count_;
    return {};
}

Result<void> ThreadBuilder::work() {
    switch (stage_) {
        case Stage::Stack:
            return make_stack();
        case Stage::Teb:
            return make_teb();
        case Stage::MessagePage:
            return make_message_page();
        case Stage::Context:
            return write_context();
        case Stage::Start:
            return start();
        case Stage::Done:
            break;
    }
    return {};
}

Result<bool> ThreadBuilder::step() {
    // The first is a part of a turn that has read its caller's arguments, and a stage may be more than half
    // of another slice.
    ke::Slice slice(ke::slice_ticks / 2);
    while (stage_ != Stage::Done) {
        if (process_.terminating()) return fail(STATUS_PROCESS_IS_TERMINATING);
        TRY(work());
        stage_ = static_cast<Stage>(static_cast<uint8_t>(stage_) + 1);
        if (slice.used_up()) break;
    }
    return stage_ == Stage::Done;
}

Result<Ref<Thread>> ThreadBuilder::build() {
    while (!TRY(step())) {
    }
    return thread_;
}

}  // namespace ps
