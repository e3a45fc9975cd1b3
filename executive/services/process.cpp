// SPDX-License-Identifier: GPL-3.0-only
//
// Services that make, find, stop and end processes.
#include "executive/io/images.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/attributes.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"
#include "executive/services/process_token.hpp"

using namespace ps;

namespace ps {

namespace {

// The parts of NtCreateUserProcess behind the opened image.
class UserProcessCreation {
    static constexpr size_t kMostJobs = 8;
    static constexpr size_t kMostHandles = 256;

public:
    UserProcessCreation(ke::Call& call, const NtCreateUserProcessArgs& args, const AttributeList& list)
        : call_(call), args_(args), list_(list) {}

    Result<void> begin(Ref<mm::Section> image, std::u16string_view path);
    // A slice of making the process and its first thread; true when both are there.
    Result<bool> step() { return builder_.step(); }
    // The answers, and it runs.
    NTSTATUS finish();

private:
    Result<Ref<Process>> parent();
    Result<Ref<se::Token>> token();
    Result<Vector<uint8_t>> security(ke::UserIn<OBJECT_ATTRIBUTES> in);
    Result<void> take_jobs();
    Result<void> take_handles();
    Result<void> take_kinds();
    Result<NTSTATUS> hand_out(Process& process, Thread& thread);

    ke::Call& call_;
    const NtCreateUserProcessArgs& args_;
    const AttributeList& list_;
    Ref<Process> parent_;
    Ref<Job> jobs_[kMostJobs];
    RTL_USER_PROCESS_PARAMETERS parameters_{};
    ProcessParameters defaults_;
    ProcessRequest request_;
    ProgramBuilder builder_{request_};
};

Result<Ref<Process>> UserProcessCreation::parent() {
    const PS_ATTRIBUTE* attribute = list_.find(PsAttributeParentProcess);
    if (!attribute) return Ref<Process>(current(call_).process());
    return ob::resolve<Process>(call_, attribute->ValuePtr, PROCESS_CREATE_PROCESS);
}

// Null: none is asked for.
Result<Ref<se::Token>> UserProcessCreation::token() {
    const PS_ATTRIBUTE* attribute = list_.find(PsAttributeToken);
    return services::token_for_child(call_, attribute ? attribute->ValuePtr : nullptr);
}

Result<Vector<uint8_t>> UserProcessCreation::security(ke::UserIn<OBJECT_ATTRIBUTES> in) {
    auto attributes = TRY(call_.capture_attributes(in));
    if (!attributes.security_descriptor) return Vector<uint8_t>();
    return se::capture_descriptor(call_, attributes.security_descriptor);
}

Result<void> UserProcessCreation::take_jobs() {
    const PS_ATTRIBUTE* attribute = list_.find(PsAttributeJobList);
    if (!attribute) return {};
    size_t count = attribute->Size / sizeof(HANDLE);
    if (count == 0 || count > kMostJobs || attribute->Size % sizeof(HANDLE) != 0)
        return fail(STATUS_INVALID_PARAMETER);
    HANDLE handles[kMostJobs];
    TRY(call_.memory().copy_in(handles, attribute->Value, attribute->Size));
    for (size_t i = 0; i < count; ++i)
        jobs_[i] = TRY(ob::resolve<Job>(call_, handles[i], JOB_OBJECT_ASSIGN_PROCESS));
    request_.jobs = {jobs_, count};
    return {};
}

// Only those, of the handles that are inherited.
Result<void> UserProcessCreation::take_handles() {
    const PS_ATTRIBUTE* attribute = list_.find(PsAttributeHandleList);
    if (!attribute) return {};
    size_t count = attribute->Size / sizeof(HANDLE);
    if (!request_.inherit_handles || count > kMostHandles) return fail(STATUS_INVALID_PARAMETER);
    Vector<HANDLE>& handles = request_.only_handles;
    TRY(handles.resize(count));
    TRY(call_.memory().copy_in(handles.data(), attribute->Value, attribute->Size));
    for (HANDLE handle : handles.span()) {
        ob::HandleEntry* entry = parent_->handles().find(handle);
        if (!entry || !(entry->attributes & OBJ_INHERIT)) return fail(STATUS_INVALID_PARAMETER);
    }
    return {};
}

// What is asked of the kind of process: most of it there is no choice of.
Result<void> UserProcessCreation::take_kinds() {
    TRY(list_.check_processors(call_));
    if (TRY(list_.read(call_, PsAttributeProtectionLevel, UCHAR{0})) != 0) return fail(STATUS_ACCESS_DENIED);
    if (list_.find(PsAttributeSecureProcess) || list_.find(PsAttributeUmsThread))
        return fail(STATUS_NOT_SUPPORTED);
    if (TRY(list_.read(call_, PsAttributePreferredNode, USHORT{0})) != 0)
        return fail(STATUS_INVALID_PARAMETER);
    USHORT machine = TRY(list_.read(call_, PsAttributeMachineType, USHORT{IMAGE_FILE_MACHINE_AMD64}));
    if (machine != IMAGE_FILE_MACHINE_AMD64) return fail(STATUS_NOT_SUPPORTED);
    UCHAR priority = TRY(list_.read(call_, PsAttributePriorityClass, UCHAR{0}));
    if (list_.find(PsAttributePriorityClass) &&
        (priority == 0 || priority > PROCESS_PRIORITY_CLASS_ABOVE_NORMAL))
        return fail(STATUS_INVALID_PARAMETER);
    if (priority == PROCESS_PRIORITY_CLASS_REALTIME &&
        !se::holds_privilege(call_, SE_INC_BASE_PRIORITY_PRIVILEGE))
        return fail(STATUS_PRIVILEGE_NOT_HELD);
    request_.priority_class = priority;
    request_.error_mode = TRY(list_.read(call_, PsAttributeErrorMode, parent_->hard_error_mode()));
    ULONG policy = TRY(list_.read(call_, PsAttributeChildProcessPolicy, ULONG{0}));
    constexpr ULONG kKnown = PROCESS_CREATION_CHILD_PROCESS_RESTRICTED |
                             PROCESS_CREATION_CHILD_PROCESS_OVERRIDE |
                             PROCESS_CREATION_CHILD_PROCESS_RESTRICTED_UNLESS_SECURE;
    if (policy & ~kKnown) return fail(STATUS_INVALID_PARAMETER);
    // Who may make none may not pass the right on either.
    if (current(call_).process().may_have_no_children()) return fail(STATUS_ACCESS_DENIED);
    request_.childless = policy & (PROCESS_CREATION_CHILD_PROCESS_RESTRICTED |
                                   PROCESS_CREATION_CHILD_PROCESS_RESTRICTED_UNLESS_SECURE);
    return {};
}

Result<void> UserProcessCreation::begin(Ref<mm::Section> image, std::u16string_view path) {
    parent_ = TRY(parent());
    request_.image = std::move(image);
    request_.image_path = path;
    request_.parent = parent_.get();
    request_.creator = &current(call_).process();
    request_.inherit_handles = args_.ProcessFlags & PROCESS_CREATE_FLAGS_INHERIT_HANDLES;
    request_.breakaway = args_.ProcessFlags & PROCESS_CREATE_FLAGS_BREAKAWAY;
    TRY(take_jobs());
    TRY(take_handles());
    TRY(take_kinds());
    request_.token = TRY(token());
    if (const PS_ATTRIBUTE* attribute = list_.find(PsAttributeDebugPort))
        request_.debugger = TRY(ob::resolve<DebugObject>(call_, attribute->ValuePtr, DEBUG_PROCESS_ASSIGN));
    request_.debugger_inherited = !(args_.ProcessFlags & PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT);
    request_.security = TRY(security(args_.ProcessObjectAttributes));
    request_.thread_security = TRY(security(args_.ThreadObjectAttributes));
    defaults_.image_path = path;
    request_.own = &defaults_;
    if (args_.ProcessParameters.null()) return {};
    parameters_ = TRY(call_.read(args_.ProcessParameters));
    request_.parameters = &parameters_;
    request_.parameters_address = args_.ProcessParameters.address();
    request_.source = &call_.memory();
    return {};
}

Result<NTSTATUS> UserProcessCreation::hand_out(Process& process, Thread& thread) {
    auto process_attributes = TRY(call_.capture_attributes(args_.ProcessObjectAttributes));
    auto thread_attributes = TRY(call_.capture_attributes(args_.ThreadObjectAttributes));
    TRY(list_.give_thread(call_, thread));
    TRY(list_.give_image(call_, process.image()->image_information()));
    TRY(call_.probe(args_.ThreadHandle));
    TRY(ob::open_handle(call_, args_.ProcessHandle, Ref<ob::Object>(&process), args_.ProcessDesiredAccess,
                        process_attributes.flags));
    TRY(ob::open_handle(call_, args_.ThreadHandle, Ref<ob::Object>(&thread), args_.ThreadDesiredAccess,
                        thread_attributes.flags));
    return STATUS_SUCCESS;
}

NTSTATUS UserProcessCreation::finish() {
    Process& process = builder_.process();
    Ref<Thread> thread = builder_.thread();
    Result<NTSTATUS> given = hand_out(process, *thread);
    if (!given) {
        process.terminate(given.error());
        return given.error();
    }
    bool suspended = (args_.ThreadFlags & THREAD_CREATE_FLAGS_CREATE_SUSPENDED) ||
                     (args_.ProcessFlags & PROCESS_CREATE_FLAGS_SUSPENDED);
    if (!suspended) thread->resume();
    return STATUS_SUCCESS;
}

}  // namespace

}  // namespace ps

ke::Task<NTSTATUS> NtCreateUserProcess(ke::Call& call, NtCreateUserProcessArgs args) {
    AttributeList list =
        CO_TRY(AttributeList::capture(call, args.AttributeList, AttributeList::Makes::Process));
    base::String path = CO_TRY(list.image_name(call));
    auto image = CO_TRY(co_await io::open_image(&call, CO_TRY(path.copy())));
    const SECTION_IMAGE_INFORMATION& information = image->image_information();
    if (information.Machine != IMAGE_FILE_MACHINE_AMD64) co_return STATUS_INVALID_IMAGE_WIN_32;
    if (information.ImageCharacteristics & 0x2000) co_return STATUS_INVALID_IMAGE_FORMAT;  // a DLL
    UserProcessCreation creation(call, args, list);
    CO_TRY(creation.begin(std::move(image), path));
    NTSTATUS made =
        co_await ke::in_slices(call.thread(), [&creation] { return creation.step(); }, ke::FirstSlice::Paced);
    co_return made == STATUS_SUCCESS ? creation.finish() : made;
}

NTSTATUS NtOpenProcess(ke::Call& call, const NtOpenProcessArgs& args) {
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    if (args.ClientId.null()) return STATUS_INVALID_PARAMETER_MIX;
    CLIENT_ID id = TRY(call.read(args.ClientId));
    Process* process = find_process(HandleToULong(id.UniqueProcess));
    if (!process && id.UniqueThread) {
        Thread* thread = find_thread(HandleToULong(id.UniqueThread));
        process = thread ? &thread->process() : nullptr;
    }
    if (!process) return STATUS_INVALID_CID;
    ACCESS_MASK granted = TRY(access_for(call, *process, args.DesiredAccess));
    return base::to_status(
        ob::give_handle(call, args.ProcessHandle, base::Ref<ob::Object>(process), granted, attributes.flags));
}

ke::Task<NTSTATUS> NtTerminateProcess(ke::Call& call, NtTerminateProcessArgs args) {
    if (!args.ProcessHandle) {
        // The first half of a program's own exit: everybody else goes.
        uint64_t looked_at = call.progress().done;
        bool all = current(call).process().terminate_others(current(call), args.ExitStatus, looked_at);
        co_return all ? STATUS_SUCCESS : call.again({.done = looked_at});
    }
    auto process = CO_TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    bool itself = process.get() == &current(call).process();
    if (process->critical() && !itself) co_return STATUS_ACCESS_DENIED;
    if (process->terminating() && !itself) co_return STATUS_PROCESS_IS_TERMINATING;
    // Whoever ends its own process comes back from here no more, however many threads there are.
    if (itself) current(call).end(args.ExitStatus);
    itself ? process->terminate(args.ExitStatus) : process->terminate_from_outside(args.ExitStatus);
    co_return STATUS_SUCCESS;
}

namespace {

// A slice of what is done to each thread that a process has when its turn comes, from the one with this
// serial number on; true when that was all.
template <typename Act>
bool for_each_thread(Process& process, uint64_t& serial, Act act) {
    ke::Slice slice;
    while (Thread* thread = process.thread_from(serial)) {
        if (slice.over()) return false;
        serial = thread->serial() + 1;
        act(*thread);
    }
    return true;
}

}  // namespace

// Not by "again": the caller may be one of those that stop.
ke::Task<NTSTATUS> NtSuspendProcess(ke::Call& call, NtSuspendProcessArgs args) {
    auto process = CO_TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    if (process->terminating()) co_return STATUS_PROCESS_IS_TERMINATING;
    co_return co_await ke::in_slices(call.thread(), [&process, serial = uint64_t{0}]() mutable {
        return base::Result<bool>(
            for_each_thread(*process, serial, [](Thread& thread) { (void)thread.suspend(); }));
    });
}

NTSTATUS NtResumeProcess(ke::Call& call, const NtResumeProcessArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    if (process->terminating()) return STATUS_PROCESS_IS_TERMINATING;
    uint64_t serial = call.progress().cursor;
    bool all = for_each_thread(*process, serial, [](Thread& thread) { thread.resume(); });
    return all ? STATUS_SUCCESS : call.again({.cursor = serial});
}

NTSTATUS NtGetNextProcess(ke::Call& call, const NtGetNextProcessArgs& args) {
    Process* next = processes().front();
    if (args.ProcessHandle) {
        auto from = TRY(ob::resolve<Process>(call, args.ProcessHandle, 0));
        if (from->ended()) return STATUS_NO_MORE_ENTRIES;
        next = processes().next(*from);
    }
    // Goes on behind the last that an earlier slice looked at, if that is still there.
    Process* last = find_process(static_cast<uint32_t>(call.progress().cursor));
    if (last && !last->ended()) next = processes().next(*last);
    ke::Slice slice;
    for (; next; next = processes().next(*next)) {
        Result<ACCESS_MASK> granted = access_for(call, *next, args.DesiredAccess);
        if (granted)
            return base::to_status(ob::give_handle(call, args.NewProcessHandle, base::Ref<ob::Object>(next),
                                                   *granted, args.HandleAttributes));
        if (granted.error() != STATUS_ACCESS_DENIED) return granted.error();
        if (slice.over()) return call.again({.cursor = next->id()});
    }
    return STATUS_NO_MORE_ENTRIES;
}
