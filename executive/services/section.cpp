// SPDX-License-Identifier: GPL-3.0-only
//
// Services on sections.
#include "base/bits.hpp"
#include "executive/io/file_system_hold.hpp"
#include "executive/io/images.hpp"
#include "executive/mm/region.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/modules.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/ps/win32.hpp"
#include "executive/ps/zero_bits.hpp"
#include "executive/services.hpp"
#include "executive/services/extended_memory.hpp"

using namespace ps;

namespace {

constexpr uint64_t kLargestSection = uint64_t{1} << 47;

// The access that a file handle must have for a section with this protection, and that a section handle must
// have for a view with it.
struct NeededAccess {
    ACCESS_MASK file;
    ACCESS_MASK section;
};

NeededAccess needed_access(ULONG protection) {
    switch (protection & 0xff) {
        case PAGE_READWRITE:
            return {FILE_READ_DATA | FILE_WRITE_DATA, SECTION_MAP_WRITE};
        case PAGE_EXECUTE:
            return {FILE_EXECUTE, SECTION_MAP_EXECUTE};
        case PAGE_EXECUTE_READ:
        case PAGE_EXECUTE_WRITECOPY:
            return {FILE_EXECUTE | FILE_READ_DATA, SECTION_MAP_EXECUTE | SECTION_MAP_READ};
        case PAGE_EXECUTE_READWRITE:
            return {FILE_EXECUTE | FILE_READ_DATA | FILE_WRITE_DATA, SECTION_MAP_EXECUTE | SECTION_MAP_WRITE};
        default:
            return {FILE_READ_DATA, SECTION_MAP_READ};
    }
}

// Which attributes go together. An image that is not to be executed is SEC_IMAGE with SEC_NOCACHE.
base::Result<void> check_attributes(const NtCreateSectionArgs& args) {
    constexpr ULONG kKinds = SEC_COMMIT | SEC_RESERVE | SEC_IMAGE;
    constexpr ULONG kKnown = kKinds | SEC_NOCACHE | SEC_WRITECOMBINE | SEC_LARGE_PAGES;
    ULONG attributes = args.AllocationAttributes;
    ULONG kind = attributes & kKinds;
    bool one_kind = kind != 0 && (kind & (kind - 1)) == 0;
    if (!one_kind || (attributes & ~kKnown)) return base::fail(STATUS_INVALID_PARAMETER_6);
    if (kind == SEC_IMAGE && (attributes & (SEC_WRITECOMBINE | SEC_LARGE_PAGES)))
        return base::fail(STATUS_INVALID_PARAMETER_6);
    if (attributes & SEC_LARGE_PAGES) {
        if (kind != SEC_COMMIT || args.FileHandle) return base::fail(STATUS_INVALID_PARAMETER_6);
        // Nobody has SeLockMemoryPrivilege.
        return base::fail(STATUS_PRIVILEGE_NOT_HELD);
    }
    ULONG protection = args.SectionPageProtection;
    constexpr ULONG kNotForSections = PAGE_NOACCESS | PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE;
    if (!mm::valid_protection(protection) || (protection & kNotForSections))
        return base::fail(STATUS_INVALID_PAGE_PROTECTION);
    return {};
}

struct SectionFile {
    base::Ref<ob::Object> file;
    base::Ref<mm::ControlArea> area;  // null: no file
    std::u16string_view name;         // lives as long as the file
};

base::Result<SectionFile> file_of(ke::Call& call, const NtCreateSectionArgs& args) {
    SectionFile result;
    if (!args.FileHandle) return result;
    auto found = TRY(ob::resolve_any(call, args.FileHandle, 0));
    result.area = TRY(io::control_area(*found.object, result.name));
    ACCESS_MASK needed = needed_access(args.SectionPageProtection).file;
    if ((found.granted & needed) != needed) return base::fail(STATUS_ACCESS_DENIED);
    result.file = std::move(found.object);
    return result;
}

// A file whose file system is to be called for it; null: it is none.
base::Result<base::Ref<io::File>> file_to_hold(ke::Call& call, const NtCreateSectionArgs& args) {
    ob::HandleEntry* entry = args.FileHandle ? call.handles().find(args.FileHandle) : nullptr;
    auto* file = entry ? ob::as<io::File>(*entry->object) : nullptr;
    if (!file || !file->device().calls_file_system()) return base::Ref<io::File>();
    ACCESS_MASK needed = needed_access(args.SectionPageProtection).file;
    if ((entry->access & needed) != needed) return base::fail(STATUS_ACCESS_DENIED);
    return base::Ref<io::File>(*file);
}

bool writes(ULONG protection) {
    return (protection & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)) != 0;
}

}  // namespace

ke::Task<NTSTATUS> NtCreateSection(ke::Call& call, NtCreateSectionArgs args) {
    // libwine's CreateFileMapping takes a handle for made that is not null, whatever the status is.
    if (ps::is_win32(call)) CO_TRY(call.write(args.SectionHandle, HANDLE{}));
    uint64_t size = 0;
    if (!args.MaximumSize.null()) size = static_cast<uint64_t>(CO_TRY(call.read(args.MaximumSize)).QuadPart);
    CO_TRY(check_attributes(args));
    ULONG attributes = args.AllocationAttributes;
    auto object = CO_TRY(call.capture_attributes(args.ObjectAttributes));
    SectionFile file;
    if (base::Ref<io::File> held = CO_TRY(file_to_hold(call, args))) {
        file.area = CO_TRY(co_await io::control_area_held(call.thread(), held, args.SectionPageProtection));
        file.name = CO_TRY(held->full_path());
        file.file = std::move(held);
    } else {
        file = CO_TRY(file_of(call, args));
    }
    base::Ref<mm::Section> section;
    if (attributes & SEC_IMAGE) {
        if (!file.area) co_return STATUS_INVALID_FILE_FOR_SECTION;
        section =
            CO_TRY(mm::Section::create_image(file.area, args.SectionPageProtection, attributes, file.name));
    } else if (!file.area) {
        section = CO_TRY(mm::Section::create_data(size, args.SectionPageProtection, attributes));
        CO_TRY(section->charge_to(call.client()));
    } else {
        if (size > kLargestSection) co_return STATUS_SECTION_TOO_BIG;
        if (writes(args.SectionPageProtection)) {
            if (!CO_TRY(file.area->prepare_writing())) co_return call.again({.done = 1});
            // A file that is to be written through a section is made as large as the section.
            NTSTATUS extended = STATUS_SUCCESS;
            if (size > file.area->size()) extended = co_await file.area->extend(size);
            if (!NT_SUCCESS(extended)) co_return extended;
        }
        section = CO_TRY(mm::Section::create_data(size, args.SectionPageProtection, attributes, file.area));
    }
    co_return CO_TRY(
        ob::create_handle(call, object, std::move(section), args.DesiredAccess, args.SectionHandle));
}

NTSTATUS NtOpenSection(ke::Call& call, const NtOpenSectionArgs& args) {
    return base::to_status(
        ob::open_named<mm::Section>(call, args.ObjectAttributes, args.DesiredAccess, args.SectionHandle));
}

namespace {

// Commits the first `length` bytes of a view of a reserved section; false: again.
base::Result<bool> commit_first(mm::Section& section, uint64_t offset, uint64_t length) {
    uint64_t first = offset / mm::kPageSize;
    uint64_t end = (offset + length + mm::kPageSize - 1) / mm::kPageSize;
    constexpr unsigned kSteps = 16;
    for (unsigned step = 0; step < kSteps && first < end; ++step)
        first = TRY(section.commit(first, end));
    return first >= end;
}

// Of NtMapViewOfSection and NtMapViewOfSectionEx, whose arguments have these names in common.
template <typename Args>
NTSTATUS map_view(ke::Call& call, const Args& args, uint64_t base, SIZE_T size, uint64_t offset,
                  uint64_t committed, const mm::Bounds& bounds) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    auto section =
        TRY(ob::resolve<mm::Section>(call, args.SectionHandle, needed_access(args.PageProtection).section));
    mm::AddressSpace& space = *TRY(process->live_space());
    if (section->reserves() && committed > 0) {
        if (offset >= section->size() || committed > section->size() - offset)
            return STATUS_INVALID_VIEW_SIZE;
        if (!TRY(commit_first(*section, offset, committed))) return call.again({.done = 1});
    }
    mm::Progress progress;
    auto view = TRY(
        space.map(*section, base, offset, size, args.AllocationType, args.PageProtection, bounds, progress));
    if (progress.more) return call.again({.done = 1});
    base::Result<void> written = call.write(args.BaseAddress, reinterpret_cast<PVOID>(view.base));
    if (written) written = call.write(args.ViewSize, view.size);
    if (written && !args.SectionOffset.null())
        written = call.write(args.SectionOffset, LARGE_INTEGER{.QuadPart = static_cast<LONGLONG>(offset)});
    if (!written) {
        (void)space.unmap(view.base);
        return written.error();
    }
    if (section->image()) report_module(section->file_name(), view.base, process->id());
    if (section->image() && process.get() == &current(call).process())
        process->debuggee().mapped(current(call), view.base);
    bool foreign = section->image() && section->image()->information().Machine != IMAGE_FILE_MACHINE_AMD64;
    if (foreign) return STATUS_IMAGE_MACHINE_TYPE_MISMATCH;
    return view.relocated ? STATUS_IMAGE_NOT_AT_BASE : STATUS_SUCCESS;
}

NTSTATUS unmap_view(ke::Call& call, Process& process, PVOID address, bool preserve) {
    mm::AddressSpace& space = *TRY(process.live_space());
    mm::Progress progress{.at = call.progress().done, .detail = call.progress().cursor};
    uint64_t base = 0;
    mm::Section* section = space.section_at(reinterpret_cast<uint64_t>(address), base);
    bool image = section && section->image() && &process == &current(call).process();
    TRY(space.unmap(reinterpret_cast<uint64_t>(address), progress, preserve));
    // In the first slice the view leaves.
    if (image) process.debuggee().unmapped(current(call), base);
    if (progress.more) return call.again({.done = progress.at, .cursor = progress.detail});
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS NtMapViewOfSection(ke::Call& call, const NtMapViewOfSectionArgs& args) {
    PVOID base = TRY(call.read(args.BaseAddress));
    SIZE_T size = TRY(call.read(args.ViewSize));
    uint64_t offset = 0;
    if (!args.SectionOffset.null())
        offset = static_cast<uint64_t>(TRY(call.read(args.SectionOffset)).QuadPart);
    if (args.InheritDisposition != ViewShare && args.InheritDisposition != ViewUnmap)
        return STATUS_INVALID_PARAMETER_8;
    constexpr ULONG kTypes = MEM_TOP_DOWN | MEM_RESERVE | MEM_DIFFERENT_IMAGE_BASE_OK | MEM_LARGE_PAGES;
    if (args.AllocationType & ~kTypes) return STATUS_INVALID_PARAMETER_9;
    auto highest = highest_address(args.ZeroBits);
    if (!highest) return STATUS_INVALID_PARAMETER_4;
    if (size != 0 && args.CommitSize > size) return STATUS_INVALID_PARAMETER_5;
    return map_view(call, args, reinterpret_cast<uint64_t>(base), size, offset, args.CommitSize,
                    {.highest = *highest});
}

NTSTATUS NtMapViewOfSectionEx(ke::Call& call, const NtMapViewOfSectionExArgs& args) {
    auto base = reinterpret_cast<uint64_t>(TRY(call.read(args.BaseAddress)));
    SIZE_T size = TRY(call.read(args.ViewSize));
    uint64_t offset = 0;
    if (!args.SectionOffset.null())
        offset = static_cast<uint64_t>(TRY(call.read(args.SectionOffset)).QuadPart);
    constexpr ULONG kTypes =
        MEM_TOP_DOWN | MEM_RESERVE | MEM_DIFFERENT_IMAGE_BASE_OK | MEM_LARGE_PAGES | MEM_REPLACE_PLACEHOLDER;
    if (args.AllocationType & ~kTypes) return STATUS_INVALID_PARAMETER;
    auto extended = TRY(memory::read_parameters(call, args.ExtendedParameters, args.ExtendedParameterCount));
    if (extended.bounded && base != 0) return STATUS_INVALID_PARAMETER;
    if (extended.machine && extended.machine != IMAGE_FILE_MACHINE_AMD64) return STATUS_NOT_SUPPORTED;
    // What replaces a placeholder is as large as it, and grows no more.
    bool replaces = args.AllocationType & MEM_REPLACE_PLACEHOLDER;
    if (replaces && (base == 0 || (args.AllocationType & (MEM_RESERVE | MEM_TOP_DOWN))))
        return STATUS_INVALID_PARAMETER;
    return map_view(call, args, base, size, offset, 0, extended.bounds);
}

NTSTATUS NtUnmapViewOfSectionEx(ke::Call& call, const NtUnmapViewOfSectionExArgs& args) {
    constexpr ULONG kFlags = MEM_UNMAP_WITH_TRANSIENT_BOOST | MEM_PRESERVE_PLACEHOLDER;
    if (args.Flags & ~kFlags) return STATUS_INVALID_PARAMETER;
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    return unmap_view(call, *process, args.BaseAddress, args.Flags & MEM_PRESERVE_PLACEHOLDER);
}

NTSTATUS NtUnmapViewOfSection(ke::Call& call, const NtUnmapViewOfSectionArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    return unmap_view(call, *process, args.BaseAddress, false);
}

NTSTATUS NtQuerySection(ke::Call& call, const NtQuerySectionArgs& args) {
    auto section = TRY(ob::resolve<mm::Section>(call, args.SectionHandle, args.SectionHandleAccess));
    auto give = [&](const auto& value) -> NTSTATUS {
        if (args.SectionInformationLength < sizeof value) return STATUS_INFO_LENGTH_MISMATCH;
        TRY(call.copy_out(args.SectionInformation, &value, sizeof value));
        return base::to_status(call.write(args.ReturnLength, sizeof value));
    };
    switch (args.SectionInformationClass) {
        case SectionBasicInformation: {
            SECTION_BASIC_INFORMATION information{};
            information.AllocationAttributes = section->attributes() | (section->has_file() ? SEC_FILE : 0);
            information.MaximumSize.QuadPart = static_cast<LONGLONG>(section->size());
            return give(information);
        }
        case SectionImageInformation:
            if (!section->image()) return STATUS_SECTION_NOT_IMAGE;
            return give(section->image_information());
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

ke::Task<NTSTATUS> NtExtendSection(ke::Call& call, NtExtendSectionArgs args) {
    LARGE_INTEGER size = CO_TRY(call.read(args.NewSectionSize));
    auto section = CO_TRY(ob::resolve<mm::Section>(call, args.SectionHandle, args.SectionHandleAccess));
    if (!section->extensible()) co_return STATUS_SECTION_NOT_EXTENDED;
    auto bytes = static_cast<uint64_t>(size.QuadPart);
    if (bytes > kLargestSection) co_return STATUS_SECTION_TOO_BIG;
    NTSTATUS extended = STATUS_SUCCESS;
    if (bytes > section->area().size()) extended = co_await section->area().extend(bytes);
    if (!NT_SUCCESS(extended)) co_return extended;
    section->extend(bytes);
    size.QuadPart = static_cast<LONGLONG>(section->size());
    co_return base::to_status(call.write(args.NewSectionSize, size));
}
