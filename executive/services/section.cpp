// SPDX-License-Identifier: GPL-3.0-only
//
// Services on sections.
#include "base/bits.hpp"
#include "executive/io/images.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/modules.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace ps;

namespace {

base::Result<base::Ref<mm::Section>> create_section(ke::Call& call, const NtCreateSectionArgs& args,
                                                    uint64_t size) {
    constexpr ULONG kKinds = SEC_COMMIT | SEC_RESERVE | SEC_IMAGE | SEC_FILE;
    ULONG attributes = args.AllocationAttributes;
    if (!(attributes & kKinds)) return base::fail(STATUS_INVALID_PARAMETER_6);
    if ((attributes & SEC_IMAGE) && (attributes & (SEC_COMMIT | SEC_RESERVE)))
        return base::fail(STATUS_INVALID_PARAMETER_6);
    base::Ref<mm::Backing> backing;
    std::u16string_view name;
    if (args.FileHandle) {
        auto file = TRY(ob::resolve_any(call, args.FileHandle, 0));
        backing = TRY(io::file_backing(*file.object, file.granted, name));
    }
    if (!(attributes & SEC_IMAGE))
        return mm::Section::create_data(size, args.SectionPageProtection, attributes, std::move(backing));
    if (!backing) return base::fail(STATUS_INVALID_FILE_FOR_SECTION);
    return mm::Section::create_image(std::move(backing), args.SectionPageProtection, name);
}

// The access a handle must have for a view with this protection.
ACCESS_MASK needed_access(ULONG protection) {
    switch (protection & 0xff) {
        case PAGE_READWRITE:
            return SECTION_MAP_WRITE;
        case PAGE_EXECUTE:
        case PAGE_EXECUTE_READ:
        case PAGE_EXECUTE_WRITECOPY:
            return SECTION_MAP_EXECUTE | SECTION_MAP_READ;
        case PAGE_EXECUTE_READWRITE:
            return SECTION_MAP_EXECUTE | SECTION_MAP_WRITE;
        default:
            return SECTION_MAP_READ;
    }
}

}  // namespace

NTSTATUS NtCreateSection(ke::Call& call, const NtCreateSectionArgs& args) {
    uint64_t size = 0;
    if (!args.MaximumSize.null()) {
        LARGE_INTEGER given = TRY(call.read(args.MaximumSize));
        if (given.QuadPart < 0) return STATUS_INVALID_PARAMETER_4;
        size = static_cast<uint64_t>(given.QuadPart);
    }
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    auto section = TRY(create_section(call, args, size));
    return TRY(
        ob::create_handle(call, attributes, std::move(section), args.DesiredAccess, args.SectionHandle));
}

NTSTATUS NtOpenSection(ke::Call& call, const NtOpenSectionArgs& args) {
    return base::to_status(
        ob::open_named<mm::Section>(call, args.ObjectAttributes, args.DesiredAccess, args.SectionHandle));
}

NTSTATUS NtMapViewOfSection(ke::Call& call, const NtMapViewOfSectionArgs& args) {
    PVOID base = TRY(call.read(args.BaseAddress));
    SIZE_T size = TRY(call.read(args.ViewSize));
    uint64_t offset = 0;
    if (!args.SectionOffset.null()) {
        LARGE_INTEGER given = TRY(call.read(args.SectionOffset));
        if (given.QuadPart < 0) return STATUS_INVALID_PARAMETER_6;
        offset = base::align_down(static_cast<uint64_t>(given.QuadPart), MM_ALLOCATION_GRANULARITY);
    }
    if (args.InheritDisposition != ViewShare && args.InheritDisposition != ViewUnmap)
        return STATUS_INVALID_PARAMETER_8;
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    auto section = TRY(ob::resolve<mm::Section>(call, args.SectionHandle, 0));
    if (!section->image())
        section = TRY(ob::resolve<mm::Section>(call, args.SectionHandle, needed_access(args.PageProtection)));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress;
    auto view = TRY(space.map(*section, reinterpret_cast<uint64_t>(base), offset, size, args.AllocationType,
                              args.PageProtection, progress));
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
    return view.relocated ? STATUS_IMAGE_NOT_AT_BASE : STATUS_SUCCESS;
}

NTSTATUS NtUnmapViewOfSection(ke::Call& call, const NtUnmapViewOfSectionArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress{.at = call.progress().done, .detail = call.progress().cursor};
    TRY(space.unmap(reinterpret_cast<uint64_t>(args.BaseAddress), progress));
    if (progress.more) return call.again({.done = progress.at, .cursor = progress.detail});
    return STATUS_SUCCESS;
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
            information.AllocationAttributes = section->attributes() | (section->backing() ? SEC_FILE : 0);
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

NTSTATUS NtExtendSection(ke::Call& call, const NtExtendSectionArgs& args) {
    LARGE_INTEGER size = TRY(call.read(args.NewSectionSize));
    auto section = TRY(ob::resolve<mm::Section>(call, args.SectionHandle, args.SectionHandleAccess));
    if (section->image()) return STATUS_SECTION_NOT_EXTENDED;
    if (size.QuadPart < 0) return STATUS_INVALID_PARAMETER_2;
    TRY(section->extend(static_cast<uint64_t>(size.QuadPart)));
    size.QuadPart = static_cast<LONGLONG>(section->size());
    return base::to_status(call.write(args.NewSectionSize, size));
}
