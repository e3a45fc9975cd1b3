// SPDX-License-Identifier: GPL-3.0-only
//
// Services of debuggers.
#include "executive/ex/timeout.hpp"
#include "executive/io/open.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/debug_object.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace ps;

NTSTATUS NtCreateDebugObject(ke::Call& call, const NtCreateDebugObjectArgs& args) {
    if (args.Flags & ~ULONG{DEBUG_KILL_ON_CLOSE}) return STATUS_INVALID_PARAMETER;
    auto object = TRY(DebugObject::create(args.Flags & DEBUG_KILL_ON_CLOSE));
    return TRY(ob::create_handle(call, args.ObjectAttributes, std::move(object), args.DesiredAccess,
                                 args.DebugObjectHandle));
}

// Not the caller's own, and none that the system needs: nobody could go on with those.
ke::Task<NTSTATUS> NtDebugActiveProcess(ke::Call& call, NtDebugActiveProcessArgs args) {
    auto process = CO_TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    if (process.get() == &current(call).process() || process->critical() || process->is_driver_host())
        co_return STATUS_ACCESS_DENIED;
    auto object =
        CO_TRY(ob::resolve<DebugObject>(call, args.DebugObjectHandle, args.DebugObjectHandleAccess));
    Debuggee& debuggee = process->debuggee();
    NTSTATUS status = co_await ke::wait(call.thread(), debuggee.free(), false, ke::Deadline::never());
    if (status != STATUS_SUCCESS) co_return status;
    if (process->terminating()) co_return STATUS_PROCESS_IS_TERMINATING;
    if (debuggee.attached()) co_return STATUS_PORT_ALREADY_SET;
    if (!object->active()) co_return STATUS_DEBUGGER_INACTIVE;
    debuggee.attach_running(std::move(object));
    co_return STATUS_SUCCESS;
}

NTSTATUS NtRemoveProcessDebug(ke::Call& call, const NtRemoveProcessDebugArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    auto object = TRY(ob::resolve<DebugObject>(call, args.DebugObjectHandle, args.DebugObjectHandleAccess));
    if (process->debuggee().object().get() != object.get()) return STATUS_PORT_NOT_SET;
    process->debuggee().detach();
    return STATUS_SUCCESS;
}

NTSTATUS NtDebugContinue(ke::Call& call, const NtDebugContinueArgs& args) {
    CLIENT_ID id = TRY(call.read(args.ClientId));
    switch (args.ContinueStatus) {
        case DBG_CONTINUE:
        case DBG_EXCEPTION_HANDLED:
        case DBG_EXCEPTION_NOT_HANDLED:
        case DBG_REPLY_LATER:
        case DBG_TERMINATE_THREAD:
        case DBG_TERMINATE_PROCESS:
            break;
        default:
            return STATUS_INVALID_PARAMETER;
    }
    auto object = TRY(ob::resolve<DebugObject>(call, args.DebugObjectHandle, args.DebugObjectHandleAccess));
    base::Ref<Process> process(find_process(HandleToULong(id.UniqueProcess)));
    if (!process || process->debuggee().object().get() != object.get() ||
        !process->debuggee().waits_for_answer(HandleToULong(id.UniqueThread)))
        return STATUS_INVALID_PARAMETER;
    return process->debuggee().answer(args.ContinueStatus);
}

NTSTATUS NtSetInformationDebugObject(ke::Call& call, const NtSetInformationDebugObjectArgs& args) {
    auto object = TRY(ob::resolve<DebugObject>(call, args.DebugObjectHandle, args.DebugObjectHandleAccess));
    if (args.DebugObjectInformationClass != DebugObjectKillProcessOnExitInformation)
        return STATUS_INVALID_PARAMETER;
    if (args.DebugInformationLength != sizeof(ULONG)) {
        TRY(call.write(args.ReturnLength, ULONG{sizeof(ULONG)}));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    ULONG flags;
    TRY(call.copy_in(&flags, args.DebugInformation));
    if (flags & ~ULONG{DEBUG_KILL_ON_CLOSE}) return STATUS_INVALID_PARAMETER;
    TRY(call.write(args.ReturnLength, ULONG{sizeof flags}));
    object->set_kills(flags & DEBUG_KILL_ON_CLOSE);
    return STATUS_SUCCESS;
}

namespace ps {

namespace {

using Kind = Debuggee::Kind;

bool has_file(const Debuggee::Event& event) {
    return event.kind == Kind::CreateProcess || event.kind == Kind::LoadDll;
}

// Where the event's image is, in its process.
uint64_t image_base(const Debuggee::Event& event) {
    return event.kind == Kind::CreateProcess ? event.thread->process().image_base() : event.base;
}

// The name of its file, empty when it has none.
std::u16string_view file_name(const Debuggee::Event& event) {
    uint64_t base = 0;
    auto space = event.thread->process().live_space();
    mm::Section* section = space ? (*space)->section_at(image_base(event), base) : nullptr;
    return section ? section->file_name() : std::u16string_view();
}

// For the debugger to read symbols from: as far as it may itself.
ke::Task<Result<Ref<io::File>>> open_file(ke::Call& call, std::u16string_view name) {
    io::OpenOptions options;
    options.access = FILE_GENERIC_READ;
    options.share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    options.options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    String path = CO_TRY(String::create(name));
    io::Opened opened = CO_TRY(co_await io::open_path(&call, std::move(path), options));
    co_return std::move(opened.file);
}

// Where an image says that its COFF symbols are.
struct Symbols {
    ULONG offset = 0;  // in the file
    ULONG count = 0;
};

Symbols symbols_of(const Debuggee::Event& event) {
    auto space = event.thread->process().live_space();
    IMAGE_DOS_HEADER dos;
    IMAGE_FILE_HEADER file;
    uint64_t base = image_base(event);
    if (!space || !(*space)->copy_in(&dos, base, sizeof dos)) return {};
    uint64_t at = base + static_cast<uint32_t>(dos.e_lfanew) + offsetof(IMAGE_NT_HEADERS64, FileHeader);
    if (!(*space)->copy_in(&file, at, sizeof file)) return {};
    return {file.PointerToSymbolTable, file.NumberOfSymbols};
}

// The handles that go with an event, taken back unless the debugger comes to know of them.
class Handles {
public:
    explicit Handles(ke::Call& call) : call_(call) {}
    ~Handles() {
        for (unsigned i = 0; i < count_; ++i)
            call_.handles().undo_insert(given_[i]);
    }
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;
    // Null when the debugger has no room for it, as on NT.
    HANDLE give(Ref<ob::Object> object, ACCESS_MASK access) {
        auto handle = call_.handles().insert(std::move(object), access, 0);
        if (handle) given_[count_++] = *handle;
        return handle ? *handle : nullptr;
    }
    void keep() { count_ = 0; }

private:
    static constexpr unsigned kMost = 3;
    ke::Call& call_;
    HANDLE given_[kMost] = {};
    unsigned count_ = 0;
};

DBG_STATE state_of(const EXCEPTION_RECORD& record) {
    return record.ExceptionCode == STATUS_BREAKPOINT    ? DbgBreakpointStateChange
           : record.ExceptionCode == STATUS_SINGLE_STEP ? DbgSingleStepStateChange
                                                        : DbgExceptionStateChange;
}

HANDLE give_file(Handles& handles, const Ref<io::File>& file) {
    return file ? handles.give(file, file->options().access) : nullptr;
}

DBGUI_WAIT_STATE_CHANGE describe(const Debuggee::Event& event, Handles& handles, const Ref<io::File>& file) {
    Thread& thread = *event.thread;
    DBGUI_WAIT_STATE_CHANGE change{};
    change.AppClientId = {ULongToHandle(thread.process().id()), ULongToHandle(thread.id())};
    auto& info = change.StateInfo;
    switch (event.kind) {
        case Kind::CreateProcess: {
            Symbols symbols = symbols_of(event);
            change.NewState = DbgCreateProcessStateChange;
            info.CreateProcessInfo.HandleToProcess =
                handles.give(Ref<ob::Object>(thread.process()), PROCESS_ALL_ACCESS);
            info.CreateProcessInfo.HandleToThread = handles.give(Ref<ob::Object>(thread), THREAD_ALL_ACCESS);
            DBGKM_CREATE_PROCESS& created = info.CreateProcessInfo.NewProcess;
            created.FileHandle = give_file(handles, file);
            created.BaseOfImage = reinterpret_cast<PVOID>(image_base(event));
            created.DebugInfoFileOffset = symbols.offset;
            created.DebugInfoSize = symbols.count;
            created.InitialThread.StartAddress = reinterpret_cast<PVOID>(thread.start_address());
            break;
        }
        case Kind::CreateThread:
            change.NewState = DbgCreateThreadStateChange;
            info.CreateThread.HandleToThread = handles.give(Ref<ob::Object>(thread), THREAD_ALL_ACCESS);
            info.CreateThread.NewThread.StartAddress = reinterpret_cast<PVOID>(thread.start_address());
            break;
        case Kind::ExitThread:
            change.NewState = DbgExitThreadStateChange;
            info.ExitThread.ExitStatus = thread.exit_status();
            break;
        case Kind::ExitProcess:
            change.NewState = DbgExitProcessStateChange;
            info.ExitProcess.ExitStatus = thread.process().exit_status();
            break;
        case Kind::Exception:
            change.NewState = state_of(event.slot->record);
            info.Exception.ExceptionRecord = event.slot->record;
            info.Exception.FirstChance = event.slot->first_chance;
            break;
        case Kind::LoadDll: {
            Symbols symbols = symbols_of(event);
            change.NewState = DbgLoadDllStateChange;
            info.LoadDll.FileHandle = give_file(handles, file);
            info.LoadDll.BaseOfDll = reinterpret_cast<PVOID>(event.base);
            info.LoadDll.DebugInfoFileOffset = symbols.offset;
            info.LoadDll.DebugInfoSize = symbols.count;
            // Where the loader has put it; of images from before nobody has.
            if (event.slot)
                info.LoadDll.NamePointer =
                    reinterpret_cast<PVOID>(thread.teb() + offsetof(TEB, NtTib.ArbitraryUserPointer));
            break;
        }
        case Kind::UnloadDll:
            change.NewState = DbgUnloadDllStateChange;
            info.UnloadDll.BaseAddress = reinterpret_cast<PVOID>(event.base);
            break;
    }
    return change;
}

}  // namespace

}  // namespace ps

// The file is opened before the event is taken, since that may wait: whoever has lost the event meanwhile
// looks for another.
ke::Task<NTSTATUS> NtWaitForDebugEvent(ke::Call& call, NtWaitForDebugEventArgs args) {
    auto object =
        CO_TRY(ob::resolve<DebugObject>(call, args.DebugObjectHandle, args.DebugObjectHandleAccess));
    CO_TRY(call.probe(args.WaitStateChange));
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.Timeout));
    while (object->active()) {
        Debuggee* debuggee = object->ready();
        if (!debuggee) {
            NTSTATUS status = co_await ke::wait(call.thread(), *object, args.Alertable, deadline);
            if (status != STATUS_SUCCESS) co_return status;
            continue;
        }
        base::Ref<Process> process(debuggee->process());
        uint64_t number = debuggee->number();
        base::Ref<io::File> file;
        if (std::u16string_view name = has_file(debuggee->event()) ? file_name(debuggee->event()) : u"";
            !name.empty()) {
            auto opened = co_await open_file(call, name);
            if (opened) file = std::move(*opened);
        }
        NTSTATUS status = STATUS_RETRY;
        if (object->ready() == debuggee && debuggee->number() == number && !call.thread().terminating()) {
            Handles handles(call);
            DBGUI_WAIT_STATE_CHANGE change = describe(debuggee->event(), handles, file);
            status = base::to_status(call.write(args.WaitStateChange, change));
            if (NT_SUCCESS(status)) {
                handles.keep();
                debuggee->take();
            }
        }
        if (file && file->handle_count() == 0) file->last_handle_closed();
        if (call.thread().terminating()) co_return STATUS_THREAD_IS_TERMINATING;
        if (status != STATUS_RETRY) co_return status;
    }
    co_return STATUS_DEBUGGER_INACTIVE;
}
