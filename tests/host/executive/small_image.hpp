// SPDX-License-Identifier: GPL-3.0-only
//
// A PE image of five pages.
#pragma once

#include <stdint.h>

#include <cstring>
#include <vector>

#include "abi/nt/ntimage.h"

namespace small_image {

inline constexpr uint32_t kPage = 4096;
inline constexpr uint64_t kBase = 0x180000000;
// The image of these tests: headers, code, data that points at itself, relocations.
inline constexpr uint32_t kCode = kPage;
inline constexpr uint32_t kData = 2 * kPage;
inline constexpr uint32_t kRelocations = 4 * kPage;
inline constexpr uint32_t kSize = 5 * kPage;
inline constexpr uint32_t kAcross = kData + kPage - 4;  // a pointer across two pages

inline std::vector<uint8_t> build() {
    std::vector<uint8_t> file(kSize);
    auto* dos = reinterpret_cast<IMAGE_DOS_HEADER*>(file.data());
    dos->e_magic = IMAGE_DOS_SIGNATURE;
    dos->e_lfanew = 64;
    auto* headers = reinterpret_cast<IMAGE_NT_HEADERS64*>(&file[64]);
    headers->Signature = IMAGE_NT_SIGNATURE;
    headers->FileHeader.Machine = IMAGE_FILE_MACHINE_AMD64;
    headers->FileHeader.NumberOfSections = 3;
    headers->FileHeader.SizeOfOptionalHeader = sizeof(IMAGE_OPTIONAL_HEADER64);
    headers->FileHeader.Characteristics = IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_DLL;
    IMAGE_OPTIONAL_HEADER64& optional = headers->OptionalHeader;
    optional.Magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC;
    optional.AddressOfEntryPoint = kCode;
    optional.ImageBase = kBase;
    optional.SectionAlignment = optional.FileAlignment = kPage;
    optional.SizeOfImage = kSize;
    optional.SizeOfHeaders = kPage;
    optional.NumberOfRvaAndSizes = IMAGE_NUMBEROF_DIRECTORY_ENTRIES;
    optional.DataDirectory[IMAGE_DIRECTORY_ENTRY_BASERELOC] = {kRelocations, 16};
    auto* sections = reinterpret_cast<IMAGE_SECTION_HEADER*>(headers + 1);
    auto set = [&](int i, uint32_t rva, uint32_t size, uint32_t characteristics) {
        sections[i].VirtualAddress = sections[i].PointerToRawData = rva;
        sections[i].Misc.VirtualSize = sections[i].SizeOfRawData = size;
        sections[i].Characteristics = characteristics;
    };
    set(0, kCode, kPage, IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ | IMAGE_SCN_CNT_CODE);
    set(1, kData, 2 * kPage, IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE);
    set(2, kRelocations, kPage, IMAGE_SCN_MEM_READ);
    uint64_t pointer = kBase + kCode;
    memcpy(&file[kData + 8], &pointer, sizeof pointer);
    memcpy(&file[kAcross], &pointer, sizeof pointer);
    uint32_t block[] = {kData, 16};
    memcpy(&file[kRelocations], block, sizeof block);
    uint16_t entries[] = {IMAGE_REL_BASED_DIR64 << 12 | 8, IMAGE_REL_BASED_DIR64 << 12 | (kPage - 4), 0, 0};
    memcpy(&file[kRelocations + 8], entries, sizeof entries);
    return file;
}

}  // namespace small_image
