// SPDX-License-Identifier: GPL-3.0-only
#include <string.h>

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/trace.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/ids.hpp"
#include "executive/ps/modules.hpp"
#include "executive/ps/shared_data.hpp"
#include "executive/ps/shared_tables.hpp"
#include "executive/ps/system_dll.hpp"
#include "executive/ps/version.hpp"
#include "executive/se/default_descriptor.hpp"

namespace ps {

namespace {

constexpr uint64_t kLargestParameters = uint64_t{256} << 10;
constexpr uint64_t kLargestEnvironment = uint64_t{1} << 20;
constexpr size_t kCopyBlock = 512;

std::u16string_view base_name(std::u16string_view path) {
    size_t slash = path.find_last_of(u"\\/");
    return slash == std::u16string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

ProcessBuilder::~ProcessBuilder() {
    if (process_ && stage_ != Stage::Done) discard(*process_);
}

Result<bool> ProcessBuilder::map(mm::Section& image, uint64_t& base) {
    auto view = TRY(process_->space_->map(image, 0, 0, 0, 0, PAGE_EXECUTE_WRITECOPY, mm::Bounds{}, mapped_));
    if (mapped_.more) return false;
    mapped_ = {};
    if (view.relocated && image.image()->fixed()) return fail(STATUS_CONFLICTING_ADDRESSES);
    base = view.base;
    report_module(image.file_name(), base, process_->id());
    return true;
}

Result<bool> ProcessBuilder::map_table(const Ref<mm::Section>& section, PVOID& address) {
    if (!section || address) return true;
    auto view = TRY(process_->space_->map(*section, 0, 0, 0, 0, PAGE_READONLY, mm::Bounds{}, mapped_));
    if (mapped_.more) return false;
    mapped_ = {};
    address = reinterpret_cast<PVOID>(view.base);
    return true;
}

// Native programs have none.
Result<bool> ProcessBuilder::map_tables() {
    ULONG subsystem = request_.image->image_information().SubSystemType;
    if (subsystem != IMAGE_SUBSYSTEM_WINDOWS_GUI && subsystem != IMAGE_SUBSYSTEM_WINDOWS_CUI) return true;
    const SharedTables& shared = shared_tables();
    return TRY(map_table(shared.ansi_code_page, ansi_code_page_)) &&
           TRY(map_table(shared.oem_code_page, oem_code_page_)) &&
           TRY(map_table(shared.case_table, case_table_)) && TRY(map_table(shared.api_sets, api_sets_));
}

Result<void> ProcessBuilder::make_peb() {
    mm::AddressSpace& space = *process_->space_;
    auto region = TRY(space.allocate(0, sizeof(PEB), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    process_->peb_ = region.base;
    Own<PEB> peb = TRY(make_own<PEB>());
    *peb = {};
    const SECTION_IMAGE_INFORMATION& image = request_.image->image_information();
    peb->ImageBaseAddress = reinterpret_cast<PVOID>(process_->image_base_);
    peb->Mutant = reinterpret_cast<HANDLE>(~uint64_t{0});
    peb->NumberOfProcessors = 1;
    peb->CriticalSectionTimeout.QuadPart = -25'920'000'000'000;
    peb->HeapSegmentReserve = 1 << 20;
    peb->HeapSegmentCommit = 2 << 12;
    peb->HeapDeCommitTotalFreeThreshold = 1 << 16;
    peb->HeapDeCommitFreeBlockThreshold = 1 << 12;
    peb->OSMajorVersion = kMajorVersion;
    peb->OSMinorVersion = kMinorVersion;
    peb->OSBuildNumber = kBuildNumber;
    peb->OSPlatformId = 2;  // VER_PLATFORM_WIN32_NT
    peb->ImageSubsystem = image.SubSystemType;
    peb->ImageSubsystemMajorVersion = image.SubSystemMajorVersion;
    peb->ImageSubsystemMinorVersion = image.SubSystemMinorVersion;
    peb->ActiveProcessAffinityMask = 1;
    peb->AnsiCodePageData = ansi_code_page_;
    peb->OemCodePageData = oem_code_page_;
    peb->UnicodeCaseTableData = case_table_;
    if (api_sets_) peb->ApiSetMap = static_cast<char*>(api_sets_) + shared_tables().api_set_offset;
    return space.copy_out(process_->peb_, peb.get(), sizeof *peb);
}

Result<void> ProcessBuilder::place_parameters() {
    const RTL_USER_PROCESS_PARAMETERS& given = *request_.parameters;
    environment_size_ = given.Environment ? given.EnvironmentSize : 0;
    // ntdll puts the environment into the block too.
    if (given.Length < sizeof given || given.Length > kLargestParameters + kLargestEnvironment ||
        environment_size_ > kLargestEnvironment)
        return fail(STATUS_INVALID_PARAMETER);
    environment_at_ = align_up(uint64_t{given.Length}, 16);
    auto region = TRY(process_->space_->allocate(0, environment_at_ + environment_size_ + sizeof(uint64_t),
                                                 MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    block_ = region.base;
    return {};
}

// The parent's block and its environment behind it.
Result<bool> ProcessBuilder::copy_parameters() {
    const RTL_USER_PROCESS_PARAMETERS& given = *request_.parameters;
    if (block_ == 0) TRY(place_parameters());
    ke::Slice slice;
    uint8_t bytes[kCopyBlock];
    for (uint64_t end = environment_at_ + environment_size_; copied_ < end;) {
        bool first = copied_ < given.Length;
        if (!first && copied_ < environment_at_) copied_ = environment_at_;
        uint64_t left = first ? given.Length - copied_ : end - copied_;
        uint64_t from = first ? request_.parameters_address + copied_
                              : reinterpret_cast<uint64_t>(given.Environment) + copied_ - environment_at_;
        size_t part = left < sizeof bytes ? left : sizeof bytes;
        TRY(request_.source->copy_in(bytes, from, part));
        TRY(process_->space_->copy_out(block_ + copied_, bytes, part));
        copied_ += part;
        if (slice.over() && copied_ < end) return false;
    }
    TRY(move_parameters());
    return true;
}

// Pointers into the parent's block are made to point into the copy.
Result<void> ProcessBuilder::move_parameters() {
    uint64_t length = request_.parameters->Length;
    mm::AddressSpace& space = *process_->space_;
    RTL_USER_PROCESS_PARAMETERS copy;
    TRY(space.copy_in(&copy, block_, sizeof copy));
    bool normalized = copy.Flags & RTL_USER_PROC_PARAMS_NORMALIZED;
    auto move = [&](UNICODE_STRING& text) {
        uint64_t at = reinterpret_cast<uint64_t>(text.Buffer);
        uint64_t offset = normalized ? at - request_.parameters_address : at;
        bool inside = text.Buffer && range_fits(offset, text.MaximumLength, length) &&
                      text.Length <= text.MaximumLength;
        text.Buffer = inside ? reinterpret_cast<PWSTR>(block_ + offset) : nullptr;
        if (!inside) text.Length = text.MaximumLength = 0;
    };
    for (UNICODE_STRING* text :
         {&copy.CurrentDirectory.DosPath, &copy.DllPath, &copy.ImagePathName, &copy.CommandLine,
          &copy.WindowTitle, &copy.DesktopInfo, &copy.ShellInfo, &copy.RuntimeData})
        move(*text);
    copy.Flags |= RTL_USER_PROC_PARAMS_NORMALIZED;
    copy.Environment = environment_size_ ? reinterpret_cast<PWCHAR>(block_ + environment_at_) : nullptr;
    copy.EnvironmentSize = environment_size_;
    copy.CurrentDirectory.Handle = nullptr;
    TRY(space.copy_out(block_, &copy, sizeof copy));
    TRY(space.copy_out(process_->peb_ + offsetof(PEB, ProcessParameters), &block_, sizeof block_));
    return patch_handles();
}

// The console and standard handles reach the child even when it inherits nothing.
Result<void> ProcessBuilder::patch_handles() {
    if (request_.inherit_handles || !request_.parent) return {};
    constexpr size_t kOffsets[] = {offsetof(RTL_USER_PROCESS_PARAMETERS, ConsoleHandle),
                                   offsetof(RTL_USER_PROCESS_PARAMETERS, StandardInput),
                                   offsetof(RTL_USER_PROCESS_PARAMETERS, StandardOutput),
                                   offsetof(RTL_USER_PROCESS_PARAMETERS, StandardError)};
    for (size_t offset : kOffsets) {
        HANDLE handle;
        TRY(process_->space_->copy_in(&handle, block_ + offset, sizeof handle));
        // One that is negative asks for a console of its own.
        bool console = offset == offsetof(RTL_USER_PROCESS_PARAMETERS, ConsoleHandle);
        if (console && reinterpret_cast<int64_t>(handle) <= 0) continue;
        ob::HandleEntry* entry = request_.parent->handles_.find(handle);
        HANDLE copy = nullptr;
        uint32_t attributes = console ? OBJ_INHERIT : 0;
        if (entry)
            copy = TRY(process_->handles_.insert(Ref<ob::Object>(entry->object), entry->access, attributes));
        TRY(process_->space_->copy_out(block_ + offset, &copy, sizeof copy));
    }
    return {};
}

// A block made here, for a process started by the Executive: path, command line, directory, an empty
// environment.
Result<void> ProcessBuilder::write_parameters() {
    const ProcessParameters& own = *request_.own;
    std::u16string_view command = own.command_line.empty() ? own.image_path : own.command_line;
    mm::AddressSpace& space = *process_->space_;
    size_t texts =
        (own.image_path.size() + command.size() + own.current_directory.size() + 4) * sizeof(char16_t);
    uint64_t size = sizeof(RTL_USER_PROCESS_PARAMETERS) + texts + 32;
    auto region = TRY(space.allocate(0, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    RTL_USER_PROCESS_PARAMETERS block{};
    uint64_t at = region.base + sizeof block;
    auto put = [&](UNICODE_STRING& text, std::u16string_view value) -> Result<void> {
        text.Length = static_cast<USHORT>(value.size() * sizeof(char16_t));
        text.MaximumLength = static_cast<USHORT>(text.Length + sizeof(char16_t));
        text.Buffer = reinterpret_cast<PWSTR>(at);
        TRY(space.copy_out(at, value.data(), text.Length));
        at += text.MaximumLength;
        return {};
    };
    TRY(put(block.ImagePathName, own.image_path));
    TRY(put(block.CommandLine, command));
    TRY(put(block.CurrentDirectory.DosPath, own.current_directory));
    block.CurrentDirectory.DosPath.MaximumLength = block.CurrentDirectory.DosPath.Length;
    block.Flags = RTL_USER_PROC_PARAMS_NORMALIZED;
    block.MaximumLength = block.Length = static_cast<ULONG>(at - region.base);
    block.Environment = reinterpret_cast<PWCHAR>(align_up(at, 16));
    block.EnvironmentSize = 2 * sizeof(char16_t);
    TRY(space.copy_out(region.base, &block, sizeof block));
    return space.copy_out(process_->peb_ + offsetof(PEB, ProcessParameters), &region.base,
                          sizeof region.base);
}

Result<bool> ProcessBuilder::inherit_handles() {
    if (!request_.inherit_handles || !request_.parent) return true;
    return process_->handles_.inherit(request_.parent->handles_, inherited_, request_.only_handles.span());
}

// It ends as one does whose last thread has ended.
void ProcessBuilder::discard(Process& process) {
    process.terminate(STATUS_PROCESS_IS_TERMINATING);
}

// Trust comes from who starts a process, not from whom it is said to be a child of.
ke::Quota::Standing ProcessBuilder::standing() const {
    using Standing = ke::Quota::Standing;
    if (!request_.creator) return Standing::System;
    switch (request_.creator->quota_.standing()) {
        case Standing::System:
            return Standing::Shell;
        case Standing::Shell:
            return Standing::Started;
        default:
            return Standing::Program;
    }
}

// Unless another is asked for, its parent's where that is low.
uint32_t ProcessBuilder::first_priority_class() const {
    if (request_.priority_class) return request_.priority_class;
    uint32_t parents = request_.parent ? request_.parent->priority_class() : PROCESS_PRIORITY_CLASS_NORMAL;
    bool low = parents == PROCESS_PRIORITY_CLASS_IDLE || parents == PROCESS_PRIORITY_CLASS_BELOW_NORMAL;
    return low ? parents : PROCESS_PRIORITY_CLASS_NORMAL;
}

// A copy of its own, charged to the process.
Result<Ref<se::Token>> ProcessBuilder::make_token() const {
    const se::Token* like = request_.token.get();
    if (!like && request_.parent) like = request_.parent->primary_token().get();
    if (!like && request_.parent) return fail(STATUS_PROCESS_IS_TERMINATING);
    return (like ? *like : se::system_token()).duplicate();
}

// Its own token says who may do what with it.
Result<void> ProcessBuilder::secure() {
    Vector<uint8_t> own;
    if (!request_.creator) own = TRY(se::system_process_descriptor());
    std::span<const uint8_t> asked = request_.creator ? request_.security.span() : own.span();
    return process_->set_descriptor(
        TRY(se::default_descriptor(*process_->token_, Process::kType, asked, true)));
}

Result<void> ProcessBuilder::make_space() {
    process_ = TRY(make_ref<Process>(request_.quota));
    process_->quota_.set_standing(standing());
    process_->id_ = TRY(reserve_id());
    process_->self_ = process_;
    process_->parent_id_ = request_.parent ? request_.parent->id() : 0;
    process_->driver_host_process_ = request_.driver_host;
    process_->priority_class_ = first_priority_class();
    if (request_.driver_host) process_->grants_ = TRY(ke::Grants::create());
    process_->critical_ = !request_.creator && !request_.driver_host;
    process_->image_ = request_.image;
    process_->image_path_ = TRY(String::create(request_.image_path));
    bool named = request_.own && !request_.own->image_name.empty();
    process_->image_name_ =
        TRY(String::create(named ? request_.own->image_name : base_name(request_.image_path)));
    process_->traced = ke::is_traced_program(process_->image_name());
    process_->token_ = TRY(make_token());
    size_t own = process_->token_->charge() + mm::AddressSpace::kFirstPages * mm::kPageSize;
    TRY(process_->quota_.charge(own));
    process_->own_charge_ = own;
    TRY(secure());
    process_->space_ = TRY(mm::AddressSpace::create(process_->quota_));
    const SECTION_IMAGE_INFORMATION& image = request_.image->image_information();
    if (image.DllCharacteristics & IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE) {
        bool wide = (image.DllCharacteristics & IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA) &&
                    (image.ImageCharacteristics & IMAGE_FILE_LARGE_ADDRESS_AWARE);
        process_->space_->set_lowest(mm::draw_lowest_address(wide));
    }
    return map_shared_data(*process_->space_);
}

Result<void> ProcessBuilder::join_jobs() {
    Job* inherited = request_.parent ? request_.parent->job() : nullptr;
    if (inherited && !TRY(inherited->lets_out(request_.breakaway))) TRY(Job::inherit(*process_, *inherited));
    for (const Ref<Job>& job : request_.jobs)
        TRY(job->assign(*process_));
    return {};
}

void ProcessBuilder::join_debugger() {
    Ref<DebugObject> debugger = request_.debugger;
    if (!debugger && request_.parent && request_.parent->debuggee().inherits)
        debugger = request_.parent->debuggee().object();
    process_->debuggee().inherits = request_.debugger_inherited;
    if (debugger && debugger->active()) process_->debuggee().attach_new(std::move(debugger));
}

void ProcessBuilder::publish() {
    if (request_.parent) {
        process_->hard_error_mode_ = request_.error_mode;
        process_->file_leniency_ = request_.parent->file_leniency();
    }
    process_->may_have_no_children_ = request_.childless;
    // From now on others can find it, and end it.
    set_holder(process_->id_, *process_);
    processes().push_back(*process_);
    log.info("process {} ({}) of process {}", process_->id_, process_->image_name(), process_->parent_id_);
}

Result<bool> ProcessBuilder::work() {
    switch (stage_) {
        case Stage::Space:
            TRY(make_space());
            return true;
        case Stage::Image:
            return map(*request_.image, process_->image_base_);
        case Stage::SystemDll:
            if (!TRY(map(*system_dll().section, process_->system_dll_base_))) return false;
            set_service_gate(process_->system_dll_base_ + system_dll().service_gate);
            return true;
        case Stage::Tables:
            return map_tables();
        case Stage::Peb:
            TRY(make_peb());
            return true;
        case Stage::Handles:
            return inherit_handles();
        case Stage::Parameters:
            if (request_.parameters) return copy_parameters();
            // Without any its maker writes them.
            if (request_.own) TRY(write_parameters());
            return true;
        case Stage::Last:
            // Its own end takes it out of its jobs, from here on.
            TRY(join_jobs());
            join_debugger();
            publish();
            return true;
        case Stage::Done:
            break;
    }
    return true;
}

Result<bool> ProcessBuilder::step() {
    ke::Slice slice;
    while (stage_ != Stage::Done) {
        if (process_ && process_->terminating()) return fail(STATUS_PROCESS_IS_TERMINATING);
        if (!TRY(work())) return false;
        stage_ = static_cast<Stage>(static_cast<uint8_t>(stage_) + 1);
        if (slice.used_up()) break;
    }
    return stage_ == Stage::Done;
}

Result<Ref<Process>> ProcessBuilder::build() {
    while (!TRY(step())) {
    }
    return process_;
}

}  // namespace ps
