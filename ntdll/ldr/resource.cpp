// SPDX-License-Identifier: GPL-3.0-only
// Resources: a tree of three levels (type, name, language) in the image's resource directory. Works on mapped
// images and, by a bit in the handle, on files mapped flat.
#include "ntdll/ntdll.hpp"

namespace {

// The resource directory, and how much of it there is.
struct Tree {
    char* base;
    ULONG size;

    template <typename T>
    T* at(ULONG offset, SIZE_T count = 1) const {
        if (offset > size || count > (size - offset) / sizeof(T)) return nullptr;
        return reinterpret_cast<T*>(base + offset);
    }
};

constexpr ULONG offset_mask = 0x7fffffff;

bool is_id(ULONG_PTR key) {
    return key < 0x10000;
}

int compare_name(const Tree& tree, ULONG offset, const WCHAR* key) {
    const auto* length = tree.at<USHORT>(offset);
    const auto* text = length ? tree.at<WCHAR>(offset + sizeof(USHORT), *length) : nullptr;
    if (!text) return 1;
    return RtlCompareUnicodeStrings(key, rtl::length(key), text, *length, TRUE);
}

// The entry of a directory for `key`: an identifier, or a pointer to a name.
const IMAGE_RESOURCE_DIRECTORY_ENTRY* find(const Tree& tree, const IMAGE_RESOURCE_DIRECTORY* directory,
                                           ULONG_PTR key) {
    const ULONG names = directory->NumberOfNamedEntries;
    const ULONG count = names + directory->NumberOfIdEntries;
    const auto offset = static_cast<ULONG>(reinterpret_cast<const char*>(directory + 1) - tree.base);
    const auto* entries = tree.at<IMAGE_RESOURCE_DIRECTORY_ENTRY>(offset, count);
    if (!entries) return nullptr;
    for (ULONG i = is_id(key) ? names : 0; i < (is_id(key) ? count : names); ++i) {
        const bool same = is_id(key) ? entries[i].Name == key
                                     : compare_name(tree, entries[i].Name & offset_mask,
                                                    reinterpret_cast<PCWSTR>(key)) == 0;
        if (same) return &entries[i];
    }
    return nullptr;
}

// The language wanted, its neutral form, English, or whatever comes first.
const IMAGE_RESOURCE_DIRECTORY_ENTRY* find_language(const Tree& tree,
                                                    const IMAGE_RESOURCE_DIRECTORY* directory,
                                                    ULONG_PTR language) {
    constexpr ULONG_PTR english = 0x409;
    const ULONG_PTR candidates[] = {language, language & 0x3ff, 0, english, english & 0x3ff};
    for (const ULONG_PTR candidate : candidates) {
        if (const auto* entry = find(tree, directory, candidate)) return entry;
    }
    const auto offset = static_cast<ULONG>(reinterpret_cast<const char*>(directory + 1) - tree.base);
    const ULONG count = directory->NumberOfNamedEntries + directory->NumberOfIdEntries;
    return count ? tree.at<IMAGE_RESOURCE_DIRECTORY_ENTRY>(offset) : nullptr;
}

struct Place {
    const IMAGE_RESOURCE_DIRECTORY* directory;
    PIMAGE_RESOURCE_DATA_ENTRY data;
};

// What of a directory lies in the image that is mapped; of a file that is mapped flat, what its header says.
ULONG within_image(PVOID image, const char* directory, ULONG size) {
    if (reinterpret_cast<ULONG_PTR>(image) & 1) return size;
    const char* base =
        reinterpret_cast<char*>(reinterpret_cast<ULONG_PTR>(image) & ~static_cast<ULONG_PTR>(3));
    const auto* headers = RtlImageNtHeader(const_cast<char*>(base));
    const auto offset = static_cast<ULONG>(directory - base);
    const ULONG left = headers->OptionalHeader.SizeOfImage - offset;
    return size < left ? size : left;
}

NTSTATUS walk(PVOID image, const LDR_RESOURCE_INFO& info, ULONG level, Place& place) {
    ULONG size = 0;
    auto* base =
        static_cast<char*>(RtlImageDirectoryEntryToData(image, TRUE, IMAGE_DIRECTORY_ENTRY_RESOURCE, &size));
    if (!base) return STATUS_RESOURCE_DATA_NOT_FOUND;
    const Tree tree = {base, within_image(image, base, size)};
    const ULONG_PTR keys[] = {info.Type, info.Name, info.Language};
    constexpr NTSTATUS missing[] = {STATUS_RESOURCE_TYPE_NOT_FOUND, STATUS_RESOURCE_NAME_NOT_FOUND,
                                    STATUS_RESOURCE_LANG_NOT_FOUND};
    place = {tree.at<IMAGE_RESOURCE_DIRECTORY>(0), nullptr};
    for (ULONG step = 0; step < level; ++step) {
        if (!place.directory) return STATUS_INVALID_IMAGE_FORMAT;
        const auto* entry = step == 2 ? find_language(tree, place.directory, keys[2])
                                      : find(tree, place.directory, keys[step]);
        if (!entry) return missing[step];
        const ULONG offset = entry->OffsetToData & offset_mask;
        const bool directory = entry->OffsetToData & IMAGE_RESOURCE_DATA_IS_DIRECTORY;
        if (directory != (step < 2)) return STATUS_INVALID_IMAGE_FORMAT;
        if (directory) {
            place.directory = tree.at<IMAGE_RESOURCE_DIRECTORY>(offset);
        } else {
            place.data = tree.at<IMAGE_RESOURCE_DATA_ENTRY>(offset);
        }
    }
    return place.directory ? STATUS_SUCCESS : STATUS_INVALID_IMAGE_FORMAT;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI LdrFindResource_U(PVOID BaseAddress, const LDR_RESOURCE_INFO* Info, ULONG Level,
                                 PIMAGE_RESOURCE_DATA_ENTRY* Entry) {
    if (!Info || Level != 3) return STATUS_INVALID_PARAMETER;
    Place place;
    const NTSTATUS status = walk(BaseAddress, *Info, Level, place);
    if (!NT_SUCCESS(status)) return status;
    if (!place.data) return STATUS_INVALID_IMAGE_FORMAT;
    *Entry = place.data;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrFindResourceDirectory_U(PVOID BaseAddress, const LDR_RESOURCE_INFO* Info, ULONG Level,
                                          PIMAGE_RESOURCE_DIRECTORY* Directory) {
    if (Level > 2 || (Level && !Info)) return STATUS_INVALID_PARAMETER;
    Place place;
    const LDR_RESOURCE_INFO none = {};
    const NTSTATUS status = walk(BaseAddress, Info ? *Info : none, Level, place);
    if (NT_SUCCESS(status)) *Directory = const_cast<PIMAGE_RESOURCE_DIRECTORY>(place.directory);
    return status;
}

NTSTATUS NTAPI LdrAccessResource(PVOID BaseAddress, const IMAGE_RESOURCE_DATA_ENTRY* Entry, PVOID* Data,
                                 PULONG Size) {
    const bool flat = reinterpret_cast<ULONG_PTR>(BaseAddress) & 1;
    char* base = reinterpret_cast<char*>(reinterpret_cast<ULONG_PTR>(BaseAddress) & ~3ull);
    PIMAGE_NT_HEADERS headers = RtlImageNtHeader(base);
    if (!headers) return STATUS_INVALID_IMAGE_FORMAT;
    const ULONG image_size = headers->OptionalHeader.SizeOfImage;
    if (Entry->OffsetToData > image_size || Entry->Size > image_size - Entry->OffsetToData) {
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    PVOID data =
        flat ? RtlImageRvaToVa(headers, base, Entry->OffsetToData, nullptr) : base + Entry->OffsetToData;
    if (!data) return STATUS_RESOURCE_DATA_NOT_FOUND;
    if (Data) *Data = data;
    if (Size) *Size = Entry->Size;
    return STATUS_SUCCESS;
}

// Message tables: blocks of consecutive identifiers, each with its entries one after another.
NTSTATUS NTAPI RtlFindMessage(PVOID Base, ULONG Type, ULONG Language, ULONG MessageId,
                              PMESSAGE_RESOURCE_ENTRY* Entry) {
    struct Block {
        ULONG low;
        ULONG high;
        ULONG offset;
    };
    const LDR_RESOURCE_INFO info = {Type, 1, Language};
    PIMAGE_RESOURCE_DATA_ENTRY resource;
    NTSTATUS status = LdrFindResource_U(Base, &info, 3, &resource);
    if (!NT_SUCCESS(status)) return status;
    PVOID data;
    ULONG size;
    status = LdrAccessResource(Base, resource, &data, &size);
    if (!NT_SUCCESS(status)) return status;
    const Tree table = {static_cast<char*>(data), size};
    const auto* count = table.at<ULONG>(0);
    const auto* blocks = count ? table.at<Block>(sizeof(ULONG), *count) : nullptr;
    if (!blocks) return STATUS_INVALID_IMAGE_FORMAT;
    for (ULONG i = 0; i < *count; ++i) {
        if (MessageId < blocks[i].low || MessageId > blocks[i].high) continue;
        ULONG offset = blocks[i].offset;
        for (ULONG id = blocks[i].low;; ++id) {
            auto* entry = table.at<MESSAGE_RESOURCE_ENTRY>(offset);
            if (!entry || !entry->Length || !table.at<char>(offset, entry->Length))
                return STATUS_INVALID_IMAGE_FORMAT;
            if (id == MessageId) {
                *Entry = entry;
                return STATUS_SUCCESS;
            }
            offset += entry->Length;
        }
    }
    return STATUS_MESSAGE_NOT_FOUND;
}

}  // extern "C"
