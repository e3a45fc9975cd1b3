// SPDX-License-Identifier: GPL-3.0-only
#include <string.h>

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/trace.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/ids.hpp"
#include "executive/ps/modules.hpp"
#include "executive/ps/shared_data.hpp"
#include "executive/ps/system_dll.hpp"
#include "executive/ps/version.hpp"

namespace ps {

namespace {

constexpr uint64_t kLargestParameters = uint64_t{256} << 10;
constexpr uint64_t kLargestEnvironment = uint64_t{1} << 20;

std::u16string_view base_name(std::u16string_view path) {
    size_t slash = path.find_last_of(u"\\/");
    return slash == std::u16string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

Result<void> ProcessBuilder::map_images() {
    mm::AddressSpace& space = *process_->space_;
    auto image = TRY(space.map(*request_.image, 0, 0, 0, 0, PAGE_EXECUTE_WRITECOPY));
    process_->image_base_ = image.base;
    auto dll = TRY(space.map(*system_dll().section, 0, 0, 0, 0, PAGE_EXECUTE_WRITECOPY));
    process_->system_dll_base_ = dll.base;
    report_module(request_.image->file_name(), image.base, process_->id());
    report_module(system_dll().section->file_name(), dll.base, process_->id());
    return {};
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
    return space.copy_out(process_->peb_, peb.get(), sizeof *peb);
}

// The parent's block, moved: pointers into it are made to point into the copy.
Result<void> ProcessBuilder::copy_parameters() {
    const RTL_USER_PROCESS_PARAMETERS& given = *request_.parameters;
    uint64_t length = given.Length;
    uint64_t environment = reinterpret_cast<uint64_t>(given.Environment);
    uint64_t environment_size = environment ? given.EnvironmentSize : 0;
    if (length < sizeof given || length > kLargestParameters || environment_size > kLargestEnvironment)
        return fail(STATUS_INVALID_PARAMETER);
    uint64_t environment_at = align_up(length, 16);
    mm::AddressSpace& space = *process_->space_;
    auto region = TRY(space.allocate(0, environment_at + environment_size + sizeof(uint64_t),
                                     MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    Vector<uint8_t> block;
    TRY(block.resize(environment_at + environment_size));
    TRY(request_.source->copy_in(block.data(), request_.parameters_address, length));
    if (environment_size)
        TRY(request_.source->copy_in(&block[environment_at], environment, environment_size));
    auto* copy = reinterpret_cast<RTL_USER_PROCESS_PARAMETERS*>(block.data());
    bool normalized = copy->Flags & RTL_USER_PROC_PARAMS_NORMALIZED;
    auto move = [&](UNICODE_STRING& text) {
        uint64_t at = reinterpret_cast<uint64_t>(text.Buffer);
        uint64_t offset = normalized ? at - request_.parameters_address : at;
        bool inside = text.Buffer && range_fits(offset, text.MaximumLength, length) &&
                      text.Length <= text.MaximumLength;
        text.Buffer = inside ? reinterpret_cast<PWSTR>(region.base + offset) : nullptr;
        if (!inside) text.Length = text.MaximumLength = 0;
    };
    for (UNICODE_STRING* text :
         {&copy->CurrentDirectory.DosPath, &copy->DllPath, &copy->ImagePathName, &copy->CommandLine,
          &copy->WindowTitle, &copy->DesktopInfo, &copy->ShellInfo, &copy->RuntimeData})
        move(*text);
    copy->Flags |= RTL_USER_PROC_PARAMS_NORMALIZED;
    copy->Environment = environment_size ? reinterpret_cast<PWCHAR>(region.base + environment_at) : nullptr;
    copy->EnvironmentSize = environment_size;
    copy->CurrentDirectory.Handle = nullptr;
    TRY(space.copy_out(region.base, block.data(), block.size()));
    TRY(space.copy_out(process_->peb_ + offsetof(PEB, ProcessParameters), &region.base, sizeof region.base));
    return patch_handles(region.base);
}

// Standard handles reach the child even when it inherits nothing.
Result<void> ProcessBuilder::patch_handles(uint64_t block) {
    if (request_.inherit_handles || !request_.parent) return {};
    constexpr size_t kOffsets[] = {offsetof(RTL_USER_PROCESS_PARAMETERS, StandardInput),
                                   offsetof(RTL_USER_PROCESS_PARAMETERS, StandardOutput),
                                   offsetof(RTL_USER_PROCESS_PARAMETERS, StandardError)};
    for (size_t offset : kOffsets) {
        HANDLE handle;
        TRY(process_->space_->copy_in(&handle, block + offset, sizeof handle));
        ob::HandleEntry* entry = request_.parent->handles_.find(handle);
        HANDLE copy = nullptr;
        if (entry) copy = TRY(process_->handles_.insert(Ref<ob::Object>(entry->object), entry->access, 0));
        TRY(process_->space_->copy_out(block + offset, &copy, sizeof copy));
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

Result<void> ProcessBuilder::inherit_handles() {
    if (!request_.inherit_handles || !request_.parent) return {};
    size_t index = 0;
    while (!TRY(process_->handles_.inherit(request_.parent->handles_, index))) {
    }
    return {};
}

void ProcessBuilder::discard(Process& process) {
    process.terminating_ = true;
    process.handles_.close_all();
    process.ListLink<ProcessTag>::unlink();
}

Result<Ref<Process>> ProcessBuilder::build() {
    process_ = TRY(make_ref<Process>(request_.quota));
    process_->id_ = TRY(allocate_id(*process_));
    process_->parent_id_ = request_.parent ? request_.parent->id() : 0;
    process_->driver_host_process_ = request_.driver_host;
    process_->image_ = request_.image;
    process_->image_path_ = TRY(String::create(request_.image_path));
    bool named = request_.own && !request_.own->image_name.empty();
    process_->image_name_ =
        TRY(String::create(named ? request_.own->image_name : base_name(request_.image_path)));
    process_->traced = ke::is_traced_program(process_->image_name());
    process_->space_ = TRY(mm::AddressSpace::create(process_->quota_));
    TRY(map_shared_data(*process_->space_));
    TRY(map_images());
    TRY(make_peb());
    TRY(inherit_handles());
    Result<void> block = request_.parameters ? copy_parameters() : write_parameters();
    if (!block) {
        process_->handles_.close_all();
        return block.failure();
    }
    if (request_.parent) process_->hard_error_mode_ = request_.parent->hard_error_mode();
    if (request_.parent && request_.parent->token())
        process_->set_token(Ref<ob::Object>(request_.parent->token()));
    processes().push_back(*process_);
    log.info("process {} ({}) of process {}", process_->id_, process_->image_name(), process_->parent_id_);
    return process_;
}

Result<Ref<Process>> create_process(Ref<mm::Section> image, const ProcessParameters& parameters,
                                    bool suspended) {
    ProcessRequest request;
    request.image = std::move(image);
    request.image_path = parameters.image_path;
    request.own = &parameters;
    request.driver_host = parameters.driver_host;
    request.quota = parameters.quota_bytes;
    Ref<Process> process = TRY(ProcessBuilder(request).build());
    ThreadRequest thread;
    thread.start = process->image_base() + process->image()->entry_point();
    thread.argument = process->peb();
    thread.suspended = suspended;
    Result<Ref<Thread>> made = ThreadBuilder(*process).build(thread);
    if (made) return process;
    ProcessBuilder::discard(*process);
    return made.failure();
}

}  // namespace ps
