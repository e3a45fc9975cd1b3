// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/mm/image.hpp"

#include "abi/nt/ntdll.h"
#include "wdm/mm/imports.hpp"
#include "wdm/rtl/string.hpp"

namespace mm {
namespace {

NTSTATUS map_section(const UNICODE_STRING& path, void*& base) {
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    HANDLE file, section;
    NTSTATUS status = NtOpenFile(&file, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &attributes, &io,
                                 FILE_SHARE_READ | FILE_SHARE_DELETE,
                                 FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    if (!NT_SUCCESS(status)) return status;
    status = NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE, file);
    NtClose(file);
    if (!NT_SUCCESS(status)) return status;
    base = nullptr;
    SIZE_T size = 0;
    status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &size, ViewUnmap, 0,
                                PAGE_EXECUTE_READ);
    NtClose(section);
    return status;
}

void register_unwind_table(const View& view) {
    const IMAGE_DATA_DIRECTORY* directory = view.directory(IMAGE_DIRECTORY_ENTRY_EXCEPTION);
    if (directory == nullptr) return;
    auto* table = view.at<RUNTIME_FUNCTION>(directory->VirtualAddress);
    ULONG count = directory->Size / sizeof(RUNTIME_FUNCTION);
    if (table != nullptr && view.contains(directory->VirtualAddress, directory->Size))
        RtlAddFunctionTable(table, count, reinterpret_cast<ULONG64>(view.base));
}

NTSTATUS prepare(const View& view, Image& image) {
    NTSTATUS status = bind_imports(view);
    if (!NT_SUCCESS(status)) return status;
    register_unwind_table(view);
    ULONG entry = view.headers().OptionalHeader.AddressOfEntryPoint;
    image = {view.base, view.size, entry != 0 ? view.at<void>(entry) : nullptr};
    return STATUS_SUCCESS;
}

}  // namespace

bool View::open(void* mapped, View& view) {
    auto* dos = static_cast<IMAGE_DOS_HEADER*>(mapped);
    if (dos->e_magic != IMAGE_DOS_SIGNATURE) return false;
    ULONG offset = static_cast<ULONG>(dos->e_lfanew);
    if (offset > 4096 - sizeof(IMAGE_NT_HEADERS64)) return false;
    auto* headers = reinterpret_cast<IMAGE_NT_HEADERS64*>(static_cast<UCHAR*>(mapped) + offset);
    if (headers->Signature != IMAGE_NT_SIGNATURE) return false;
    if (headers->FileHeader.Machine != IMAGE_FILE_MACHINE_AMD64) return false;
    view = {static_cast<UCHAR*>(mapped), headers->OptionalHeader.SizeOfImage, offset};
    return true;
}

NTSTATUS load_image(const UNICODE_STRING& path, Image& image) {
    void* base;
    NTSTATUS status = map_section(path, base);
    if (!NT_SUCCESS(status)) return status;
    View view;
    status = View::open(base, view) ? prepare(view, image) : STATUS_INVALID_IMAGE_FORMAT;
    if (!NT_SUCCESS(status)) NtUnmapViewOfSection(NtCurrentProcess(), base);
    return status;
}

void unload_image(void* base) {
    View view;
    if (View::open(base, view)) {
        const IMAGE_DATA_DIRECTORY* directory = view.directory(IMAGE_DIRECTORY_ENTRY_EXCEPTION);
        if (directory != nullptr)
            RtlDeleteFunctionTable(view.at<RUNTIME_FUNCTION>(directory->VirtualAddress));
    }
    NtUnmapViewOfSection(NtCurrentProcess(), base);
}

}  // namespace mm
