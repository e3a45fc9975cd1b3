// SPDX-License-Identifier: GPL-3.0-only
//
// Services that make, find, stop and end threads.
#include "executive/ke/in_slices.hpp"
#include "executive/ke/registers.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/attributes.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/ids.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/ps/system_dll.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"

using namespace ps;

ke::Task<NTSTATUS> NtCreateThreadEx(ke::Call& call, NtCreateThreadExArgs args) {
    auto attributes = CO_TRY(call.capture_attributes(args.ObjectAttributes));
    auto list = CO_TRY(AttributeList::capture(call, args.AttributeList, AttributeList::Makes::Thread));
    CO_TRY(list.check_processors(call));
    constexpr ULONG kKnownFlags =
        THREAD_CREATE_FLAGS_CREATE_SUSPENDED | THREAD_CREATE_FLAGS_SKIP_THREAD_ATTACH |
        THREAD_CREATE_FLAGS_HIDE_FROM_DEBUGGER | THREAD_CREATE_FLAGS_LOADER_WORKER |
        THREAD_CREATE_FLAGS_SKIP_LOADER_INIT | THREAD_CREATE_FLAGS_BYPASS_PROCESS_FREEZE;
    if (args.CreateFlags & ~kKnownFlags) co_return STATUS_INVALID_PARAMETER;
    auto process = CO_TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    CO_TRY(process->live_space());
    ThreadRequest request;
    request.start = reinterpret_cast<uint64_t>(args.StartRoutine);
    request.argument = reinterpret_cast<uint64_t>(args.Argument);
    request.stack_commit = args.StackSize;
    request.stack_reserve = args.MaximumStackSize;
    // Suspended until its handle is there: nothing can fail once it runs.
    request.suspended = true;
    base::Vector<uint8_t> security;
    if (attributes.security_descriptor)
        security = CO_TRY(se::capture_descriptor(call, attributes.security_descriptor));
    request.security = security.span();
    ThreadBuilder builder(*process, request);
    NTSTATUS made = co_await ke::in_slices(call.thread(), [&builder] { return builder.step(); });
    if (made != STATUS_SUCCESS) co_return made;
    base::Ref<Thread> thread = builder.thread();
    thread->debug().hidden = args.CreateFlags & THREAD_CREATE_FLAGS_HIDE_FROM_DEBUGGER;
    base::Result<void> given = list.give_thread(call, *thread);
    if (given) given = ob::open_handle(call, args.ThreadHandle, thread, args.DesiredAccess, attributes.flags);
    if (!given) {
        thread->end(given.error());
        co_return given.error();
    }
    if (!(args.CreateFlags & THREAD_CREATE_FLAGS_CREATE_SUSPENDED)) thread->resume();
    co_return STATUS_SUCCESS;
}

NTSTATUS NtOpenThread(ke::Call& call, const NtOpenThreadArgs& args) {
    CLIENT_ID id = TRY(call.read(args.ClientId));
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    Thread* thread = find_thread(HandleToULong(id.UniqueThread));
    if (!thread || (id.UniqueProcess && thread->process().id() != HandleToULong(id.UniqueProcess)))
        return STATUS_INVALID_CID;
    ACCESS_MASK granted = TRY(access_for(call, *thread, args.DesiredAccess));
    return base::to_status(
        ob::give_handle(call, args.ThreadHandle, base::Ref<ob::Object>(thread), granted, attributes.flags));
}

ke::Task<NTSTATUS> NtTerminateThread(ke::Call& call, NtTerminateThreadArgs args) {
    if (!args.ThreadHandle) {
        // NT's rule: no handle means the caller, unless it is the last of its process.
        if (current(call).process().thread_count() == 1) co_return STATUS_CANT_TERMINATE_SELF;
        current(call).end(args.ExitStatus);
        co_return STATUS_SUCCESS;
    }
    auto thread = CO_TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    bool others = &thread->process() != &current(call).process();
    if (others && thread->process().critical()) co_return STATUS_ACCESS_DENIED;
    thread->end(args.ExitStatus);
    co_return STATUS_SUCCESS;
}

NTSTATUS NtSuspendThread(ke::Call& call, const NtSuspendThreadArgs& args) {
    TRY(call.probe(args.PreviousSuspendCount));
    auto thread = TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    uint32_t before = TRY(thread->suspend());
    return base::to_status(call.write(args.PreviousSuspendCount, before));
}

NTSTATUS NtResumeThread(ke::Call& call, const NtResumeThreadArgs& args) {
    TRY(call.probe(args.PreviousSuspendCount));
    auto thread = TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    // One that has ended stands no more: nobody asks, as on NT.
    uint32_t before = thread->terminating() ? 0 : thread->resume();
    return base::to_status(call.write(args.PreviousSuspendCount, before));
}

namespace {

constexpr ULONG kFloatingPart = CONTEXT_FLOATING_POINT & ~CONTEXT_AMD64;

bool has_floating(const CONTEXT& context) {
    return (context.ContextFlags & CONTEXT_FLOATING_POINT) == CONTEXT_FLOATING_POINT;
}

// Breakpoints in registers that no thread has with this kernel: who sets some is told so. Those that are off
// are any thread's.
bool sets_what_is_not_there(const CONTEXT& context) {
    return ke::has_debug_registers(context) && !ke::kernel_has_debug_registers() &&
           ke::to_debug_registers(context).active();
}

uint64_t floating_entry(const Thread& thread) {
    return thread.process().system_dll_base() + system_dll().move_floating_point;
}

// A thread that has not run yet stands before ntdll's first instruction; what it was made to do is the
// CONTEXT on its stack that ntdll will load (ThreadBuilder). Its address, or 0.
uint64_t first_context(Thread& thread) {
    CONTEXT registers{};
    const uint64_t entry = thread.process().system_dll_base() + system_dll().initialize_thunk;
    if (!thread.get_context(registers) || registers.Rip != entry) return 0;
    return registers.Rcx;
}

// Those that `from` says it has.
void move_parts(const CONTEXT& from, CONTEXT& to) {
    ke::merge_context(from, to);
    if (!has_floating(from)) return;
    to.FltSave = from.FltSave;
    to.MxCsr = to.FltSave.MxCsr = from.MxCsr;
}

Result<void> read_first(Thread& thread, uint64_t at, CONTEXT& context) {
    Own<CONTEXT> first = TRY(make_own<CONTEXT>());
    TRY(thread.process().space().copy_in(first.get(), at, sizeof *first));
    first->ContextFlags = context.ContextFlags;
    move_parts(*first, context);
    return {};
}

Result<void> write_first(Thread& thread, uint64_t at, const CONTEXT& context) {
    mm::AddressSpace& space = thread.process().space();
    Own<CONTEXT> first = TRY(make_own<CONTEXT>());
    TRY(space.copy_in(first.get(), at, sizeof *first));
    move_parts(context, *first);
    return space.copy_out(at, first.get(), sizeof *first);
}

}  // namespace

ke::Task<NTSTATUS> NtGetContextThread(ke::Call& call, NtGetContextThreadArgs args) {
    auto thread = CO_TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    CONTEXT context = CO_TRY(call.read(args.ThreadContext));
    if (uint64_t at = first_context(*thread)) {
        CO_TRY(read_first(*thread, at, context));
        thread->show_debug_registers(context);
        co_return base::to_status(call.write(args.ThreadContext, context));
    }
    if (has_floating(context)) {
        NTSTATUS status =
            co_await thread->save_floating(call.thread(), floating_entry(*thread), context.FltSave);
        if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
        context.MxCsr = context.FltSave.MxCsr;
        // What is not there is not claimed.
        if (!NT_SUCCESS(status)) context.ContextFlags &= ~kFloatingPart;
    }
    NTSTATUS settled = co_await thread->settled(call.thread());
    if (!NT_SUCCESS(settled)) co_return settled;
    CO_TRY(thread->get_context(context));
    co_return base::to_status(call.write(args.ThreadContext, context));
}

ke::Task<NTSTATUS> NtSetContextThread(ke::Call& call, NtSetContextThreadArgs args) {
    auto thread = CO_TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    CONTEXT context = CO_TRY(call.read(args.ThreadContext));
    if (sets_what_is_not_there(context)) co_return STATUS_NOT_SUPPORTED;
    // A thread that goes on has nothing to be told.
    if (thread.get() == &current(call)) context.Dr6 = 0;
    if (uint64_t at = first_context(*thread)) {
        CO_TRY(write_first(*thread, at, context));
        co_return base::to_status(thread->set_debug_registers(context));
    }
    if (has_floating(context)) {
        context.FltSave.MxCsr = context.MxCsr;
        NTSTATUS status =
            co_await thread->load_floating(call.thread(), floating_entry(*thread), context.FltSave);
        // A thread that cannot be sent, the caller itself for one, keeps its own.
        if (!NT_SUCCESS(status) && status != STATUS_NOT_SUPPORTED) co_return status;
    }
    NTSTATUS settled = co_await thread->settled(call.thread());
    if (!NT_SUCCESS(settled)) co_return settled;
    co_return base::to_status(thread->set_context(context));
}

NTSTATUS NtGetNextThread(ke::Call& call, const NtGetNextThreadArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    uint64_t serial = call.progress().cursor;
    if (args.ThreadHandle) {
        auto from = TRY(ob::resolve<Thread>(call, args.ThreadHandle, 0));
        if (&from->process() != process.get()) return STATUS_INVALID_PARAMETER;
        if (from->ended()) return STATUS_NO_MORE_ENTRIES;
        if (serial <= from->serial()) serial = from->serial() + 1;
    }
    ke::Slice slice;
    while (Thread* next = process->thread_from(serial)) {
        Result<ACCESS_MASK> granted = access_for(call, *next, args.DesiredAccess);
        if (granted)
            return base::to_status(ob::give_handle(call, args.NewThreadHandle, base::Ref<ob::Object>(next),
                                                   *granted, args.HandleAttributes));
        if (granted.error() != STATUS_ACCESS_DENIED) return granted.error();
        serial = next->serial() + 1;
        if (slice.over()) return call.again({.cursor = serial});
    }
    return STATUS_NO_MORE_ENTRIES;
}

NTSTATUS NtRaiseException(ke::Call& call, const NtRaiseExceptionArgs& args) {
    Thread& thread = current(call);
    EXCEPTION_RECORD record = TRY(call.read(args.ExceptionRecord));
    CONTEXT context = TRY(call.read(args.ThreadContext));
    if (record.NumberParameters > EXCEPTION_MAXIMUM_PARAMETERS) return STATUS_INVALID_PARAMETER;
    if (args.FirstChance) TRY(thread.set_debug_registers(context));
    return thread.raise(record, context, args.FirstChance);
}
