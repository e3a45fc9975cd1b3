// SPDX-License-Identifier: GPL-3.0-only
// The exported helpers on PE images, mapped as images or flat as files.
#include "ntdll/ntdll.hpp"

namespace {

// Images mapped as data carry flags in the low bits of their handle.
char* plain(PVOID base) {
    return reinterpret_cast<char*>(reinterpret_cast<ULONG_PTR>(base) & ~static_cast<ULONG_PTR>(3));
}

constexpr ULONGLONG any_size = 0x10000000;

}  // namespace

extern "C" {

// Flag 1: the size is not known.
NTSTATUS NTAPI RtlImageNtHeaderEx(ULONG Flags, PVOID Base, ULONGLONG Size, PIMAGE_NT_HEADERS* Headers) {
    if (!Base || Base == reinterpret_cast<PVOID>(~0ull) || !Headers) return STATUS_INVALID_PARAMETER;
    *Headers = nullptr;
    const ULONGLONG limit = Flags & 1 ? any_size : Size;
    if (limit < sizeof(IMAGE_DOS_HEADER)) return STATUS_INVALID_IMAGE_FORMAT;
    const auto* dos = static_cast<PIMAGE_DOS_HEADER>(Base);
    if (dos->e_magic != IMAGE_DOS_SIGNATURE) return STATUS_INVALID_IMAGE_FORMAT;
    if (dos->e_lfanew < 0) return STATUS_INVALID_IMAGE_FORMAT;
    const auto offset = static_cast<ULONGLONG>(dos->e_lfanew);
    if (offset >= any_size || offset + offsetof(IMAGE_NT_HEADERS, OptionalHeader) > limit) {
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    auto* headers = rtl::at<IMAGE_NT_HEADERS>(Base, offset);
    if (headers->Signature != IMAGE_NT_SIGNATURE) return STATUS_INVALID_IMAGE_FORMAT;
    *Headers = headers;
    return STATUS_SUCCESS;
}

PIMAGE_NT_HEADERS NTAPI RtlImageNtHeader(PVOID Base) {
    PIMAGE_NT_HEADERS headers = nullptr;
    RtlImageNtHeaderEx(1, Base, 0, &headers);
    return headers;
}

PIMAGE_SECTION_HEADER NTAPI RtlImageRvaToSection(PIMAGE_NT_HEADERS Headers, PVOID, ULONG Rva) {
    PIMAGE_SECTION_HEADER section = IMAGE_FIRST_SECTION(Headers);
    for (unsigned i = 0; i < Headers->FileHeader.NumberOfSections; ++i, ++section) {
        if (Rva - section->VirtualAddress < section->SizeOfRawData) return section;
    }
    return nullptr;
}

PVOID NTAPI RtlImageRvaToVa(PIMAGE_NT_HEADERS Headers, PVOID Base, ULONG Rva,
                            PIMAGE_SECTION_HEADER* LastSection) {
    PIMAGE_SECTION_HEADER section = LastSection ? *LastSection : nullptr;
    if (!section || Rva - section->VirtualAddress >= section->SizeOfRawData) {
        section = RtlImageRvaToSection(Headers, Base, Rva);
    }
    if (!section) return nullptr;
    if (LastSection) *LastSection = section;
    return plain(Base) + section->PointerToRawData + (Rva - section->VirtualAddress);
}

PVOID NTAPI RtlImageDirectoryEntryToData(PVOID Base, BOOLEAN MappedAsImage, USHORT Directory, PULONG Size) {
    *Size = 0;
    const bool flat = !MappedAsImage || (reinterpret_cast<ULONG_PTR>(Base) & 1);
    char* base = plain(Base);
    PIMAGE_NT_HEADERS headers = RtlImageNtHeader(base);
    if (!headers || headers->OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR64_MAGIC) return nullptr;
    if (Directory >= headers->OptionalHeader.NumberOfRvaAndSizes ||
        Directory >= IMAGE_NUMBEROF_DIRECTORY_ENTRIES) {
        return nullptr;
    }
    const IMAGE_DATA_DIRECTORY& entry = headers->OptionalHeader.DataDirectory[Directory];
    if (!entry.VirtualAddress) return nullptr;
    if (!flat && entry.VirtualAddress >= headers->OptionalHeader.SizeOfImage) return nullptr;
    *Size = entry.Size;
    if (!flat || entry.VirtualAddress < headers->OptionalHeader.SizeOfHeaders)
        return base + entry.VirtualAddress;
    return RtlImageRvaToVa(headers, base, entry.VirtualAddress, nullptr);
}

}  // extern "C"
