// SPDX-License-Identifier: GPL-3.0-only
//
// Processes made from an image's section, without a thread: their maker gives them parameters and threads.
// A copy of another process's memory (no section) there is none of.
#include "executive/ke/in_slices.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/builder.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"
#include "executive/services/process_token.hpp"

using namespace ps;

namespace ps {

namespace {

constexpr ULONG kKnownFlags = PROCESS_CREATE_FLAGS_BREAKAWAY | PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT |
                              PROCESS_CREATE_FLAGS_INHERIT_HANDLES |
                              PROCESS_CREATE_FLAGS_OVERRIDE_ADDRESS_SPACE | PROCESS_CREATE_FLAGS_LARGE_PAGES;

// What the arguments name, kept until the process is there.
struct Request {
    Ref<Process> parent;
    String path;
    ProcessRequest request;
};

template <typename Args>
Result<void> read(ke::Call& call, const Args& args, ULONG flags, Request& into) {
    if (flags & ~kKnownFlags) return fail(STATUS_INVALID_PARAMETER);
    if (flags & PROCESS_CREATE_FLAGS_LARGE_PAGES) return fail(STATUS_PRIVILEGE_NOT_HELD);
    if (current(call).process().may_have_no_children()) return fail(STATUS_ACCESS_DENIED);
    into.parent = TRY(ob::resolve<Process>(call, args.ParentProcess, args.ParentProcessAccess));
    if (!args.SectionHandle) return fail(STATUS_NOT_SUPPORTED);
    auto section = TRY(ob::resolve<mm::Section>(call, args.SectionHandle, args.SectionHandleAccess));
    if (!section->image()) return fail(STATUS_SECTION_NOT_IMAGE);
    const SECTION_IMAGE_INFORMATION& image = section->image_information();
    if (image.Machine != IMAGE_FILE_MACHINE_AMD64) return fail(STATUS_INVALID_IMAGE_WIN_32);
    into.path = TRY(String::create(section->file_name()));
    ProcessRequest& request = into.request;
    request.image = std::move(section);
    request.image_path = into.path;
    request.parent = into.parent.get();
    request.error_mode = into.parent->hard_error_mode();
    request.creator = &current(call).process();
    request.inherit_handles = flags & PROCESS_CREATE_FLAGS_INHERIT_HANDLES;
    request.breakaway = flags & PROCESS_CREATE_FLAGS_BREAKAWAY;
    request.debugger_inherited = !(flags & PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT);
    if (args.DebugPort)
        request.debugger = TRY(ob::resolve<DebugObject>(call, args.DebugPort, args.DebugPortAccess));
    request.token = TRY(services::token_for_child(call, args.TokenHandle));
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    if (attributes.security_descriptor)
        request.security = TRY(se::capture_descriptor(call, attributes.security_descriptor));
    return call.probe(args.ProcessHandle);
}

template <typename Args>
ke::Task<NTSTATUS> create(ke::Call& call, Args args, ULONG flags) {
    Request request;
    CO_TRY(read(call, args, flags, request));
    ProcessBuilder builder(request.request);
    NTSTATUS made =
        co_await ke::in_slices(call.thread(), [&builder] { return builder.step(); }, ke::FirstSlice::Paced);
    if (made != STATUS_SUCCESS) co_return made;
    Process& process = builder.process();
    process.end_without_threads();
    auto attributes = call.capture_attributes(args.ObjectAttributes);
    Result<void> given = attributes ? ob::open_handle(call, args.ProcessHandle, Ref<ob::Object>(&process),
                                                      args.DesiredAccess, attributes->flags)
                                    : Result<void>(fail(attributes.error()));
    if (!given) process.terminate(given.error());
    co_return base::to_status(given);
}

}  // namespace

}  // namespace ps

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtCreateProcess(ke::Call& call, NtCreateProcessArgs args) {
    return ps::create(call, args, args.InheritObjectTable ? PROCESS_CREATE_FLAGS_INHERIT_HANDLES : 0);
}

ke::Task<NTSTATUS> NtCreateProcessEx(ke::Call& call, NtCreateProcessExArgs args) {
    // Only of job sets, which there are none of.
    if (args.JobMemberLevel != 0) co_return STATUS_INVALID_PARAMETER;
    co_return co_await ps::create(call, args, args.Flags);
}
