// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/ldr/image.hpp"

namespace ldr {
namespace {

constexpr unsigned max_sections = 96;

bool good_headers(const IMAGE_NT_HEADERS& nt) {
    return nt.Signature == IMAGE_NT_SIGNATURE && nt.OptionalHeader.Magic == IMAGE_NT_OPTIONAL_HDR64_MAGIC &&
           nt.FileHeader.SizeOfOptionalHeader >= offsetof(IMAGE_OPTIONAL_HEADER64, DataDirectory) &&
           nt.FileHeader.NumberOfSections <= max_sections;
}

}  // namespace

NTSTATUS Image::open(PVOID base, SIZE_T size, Image& image) {
    Image opened;
    opened.base_ = static_cast<char*>(base);
    opened.size_ = size > 0x7fffffff ? 0x7fffffff : static_cast<ULONG>(size);
    const auto* dos = opened.at<IMAGE_DOS_HEADER>(0);
    if (!dos || dos->e_magic != IMAGE_DOS_SIGNATURE) return STATUS_INVALID_IMAGE_NOT_MZ;
    if (dos->e_lfanew < 0 || dos->e_lfanew & 3) return STATUS_INVALID_IMAGE_FORMAT;
    const auto offset = static_cast<ULONG>(dos->e_lfanew);
    auto* nt = opened.at<IMAGE_NT_HEADERS>(offset);
    if (!nt || nt->Signature != IMAGE_NT_SIGNATURE) return STATUS_INVALID_IMAGE_FORMAT;
    if (nt->FileHeader.Machine != IMAGE_FILE_MACHINE_AMD64) {
        return nt->FileHeader.Machine == IMAGE_FILE_MACHINE_I386 ? STATUS_INVALID_IMAGE_WIN_32
                                                                 : STATUS_INVALID_IMAGE_FORMAT;
    }
    if (!good_headers(*nt)) return STATUS_INVALID_IMAGE_FORMAT;
    opened.headers_ = nt;
    if (nt->OptionalHeader.SizeOfImage < opened.size_) opened.size_ = nt->OptionalHeader.SizeOfImage;
    const ULONG table = offset + static_cast<ULONG>(offsetof(IMAGE_NT_HEADERS, OptionalHeader)) +
                        nt->FileHeader.SizeOfOptionalHeader;
    opened.section_count_ = nt->FileHeader.NumberOfSections;
    opened.sections_ = opened.at<IMAGE_SECTION_HEADER>(table, opened.section_count_);
    if (!opened.sections_) return STATUS_INVALID_IMAGE_FORMAT;
    image = opened;
    return STATUS_SUCCESS;
}

PVOID Image::entry_point() const {
    const ULONG rva = headers_->OptionalHeader.AddressOfEntryPoint;
    return rva && rva < size_ ? base_ + rva : nullptr;
}

const char* Image::string(ULONG rva) const {
    if (rva >= size_) return nullptr;
    for (ULONG at = rva; at < size_; ++at) {
        if (!base_[at]) return base_ + rva;
    }
    return nullptr;
}

bool Image::rva_of(ULONGLONG address, ULONG& rva) const {
    const ULONGLONG offset = address - reinterpret_cast<ULONGLONG>(base_);
    if (offset >= size_) return false;
    rva = static_cast<ULONG>(offset);
    return true;
}

namespace {

const IMAGE_DATA_DIRECTORY* entry_of(const IMAGE_NT_HEADERS& headers, unsigned index) {
    const auto& optional = headers.OptionalHeader;
    const unsigned present = (headers.FileHeader.SizeOfOptionalHeader -
                              static_cast<unsigned>(offsetof(IMAGE_OPTIONAL_HEADER64, DataDirectory))) /
                             sizeof(IMAGE_DATA_DIRECTORY);
    if (index >= present || index >= optional.NumberOfRvaAndSizes ||
        index >= IMAGE_NUMBEROF_DIRECTORY_ENTRIES) {
        return nullptr;
    }
    return &optional.DataDirectory[index];
}

}  // namespace

Image::Directory Image::directory(unsigned index) const {
    const IMAGE_DATA_DIRECTORY* entry = entry_of(*headers_, index);
    if (!entry || !entry->VirtualAddress || !at<char>(entry->VirtualAddress, entry->Size)) return {};
    return {entry->VirtualAddress, entry->Size};
}

ULONG Image::directory_rva(unsigned index) const {
    const IMAGE_DATA_DIRECTORY* entry = entry_of(*headers_, index);
    return entry ? entry->VirtualAddress : 0;
}

Imports::Imports(const Image& image) : image_(image) {
    const ULONG rva = image.directory_rva(IMAGE_DIRECTORY_ENTRY_IMPORT);
    row_ = rva ? image.at<IMAGE_IMPORT_DESCRIPTOR>(rva) : nullptr;
    rows_left_ = row_ ? (image.size() - rva) / sizeof(IMAGE_IMPORT_DESCRIPTOR) : 0;
    outside_ = rva && !row_;
}

NTSTATUS Imports::next(bool& more) {
    more = false;
    if (outside_) return STATUS_INVALID_IMAGE_FORMAT;
    if (!rows_left_ || !row_->Name || !row_->FirstThunk) return STATUS_SUCCESS;
    const ULONG targets_rva = row_->FirstThunk;
    const ULONG names_rva = row_->OriginalFirstThunk ? row_->OriginalFirstThunk : targets_rva;
    dll_ = image_.string(row_->Name);
    names_ = image_.at<IMAGE_THUNK_DATA>(names_rva);
    targets_ = image_.at<IMAGE_THUNK_DATA>(targets_rva);
    if (!dll_ || !*dll_ || !names_ || !targets_) return STATUS_INVALID_IMAGE_FORMAT;
    const SIZE_T names_room = (image_.size() - names_rva) / sizeof(IMAGE_THUNK_DATA);
    const SIZE_T targets_room = (image_.size() - targets_rva) / sizeof(IMAGE_THUNK_DATA);
    const SIZE_T room = names_room < targets_room ? names_room : targets_room;
    count_ = 0;
    while (count_ < room && names_[count_].Ordinal)
        ++count_;
    if (count_ == room) return STATUS_INVALID_IMAGE_FORMAT;
    ++row_;
    --rows_left_;
    more = true;
    return STATUS_SUCCESS;
}

}  // namespace ldr
