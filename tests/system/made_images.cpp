// SPDX-License-Identifier: GPL-3.0-only
// DLLs made by hand, byte for byte: what the headers and sections of the PE format may be, and what is
// refused with which status. tests/system/made_directories.cpp has the directories.
#include "tests/system/made_images.h"

using namespace odd;
using namespace made;

namespace {

void move_headers(ULONG to, ULONG from = kHeaders) {
    const ULONG bytes = sizeof(IMAGE_NT_HEADERS) + 2 * sizeof(IMAGE_SECTION_HEADER);
    memmove(image + to, image + from, bytes);
    dos().e_lfanew = static_cast<LONG>(to);
}

// A file as other systems have it: a program of DOS, and what may lie behind one.
void other_kind(USHORT signature, UCHAR system = 0) {
    headers().Signature = signature;
    image[kHeaders + 0x36] = system;  // of an NE file: what it is for, 2 is Windows
}

// One page each, from 0x2000 on; the first is code and the others have no bytes in the file.
void with_sections(USHORT count) {
    memmove(image + 0x2000, image + kCode, PAGE_SIZE);
    headers().FileHeader.NumberOfSections = count;
    for (USHORT i = 0; i < count; ++i) {
        IMAGE_SECTION_HEADER& one = section(i);
        one = {};
        one.Misc.VirtualSize = PAGE_SIZE;
        one.VirtualAddress = 0x2000 + i * PAGE_SIZE;
        one.Characteristics = IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE;
    }
    section(0).PointerToRawData = 0x2000;
    section(0).SizeOfRawData = PAGE_SIZE;
    section(0).Characteristics = IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_EXECUTE;
    optional().AddressOfEntryPoint = 0x2000;
    optional().SizeOfHeaders = 0x2000;
    optional().SizeOfImage = 0x2000 + count * PAGE_SIZE;
}

// Nothing but headers.
void without_sections(ULONG alignment) {
    headers().FileHeader.NumberOfSections = 0;
    optional().AddressOfEntryPoint = 0;
    optional().SectionAlignment = optional().FileAlignment = alignment;
    optional().SizeOfImage = PAGE_SIZE;
    size = 0x400;
}

// Each section begins at a multiple of this.
void aligned_to(ULONG alignment) {
    optional().SectionAlignment = alignment;
    section(0).VirtualAddress = alignment;
    section(1).VirtualAddress = 2 * alignment;
    optional().AddressOfEntryPoint = alignment;
    optional().SizeOfImage = 2 * alignment + 2 * PAGE_SIZE;
}

const Made kHeaderCases[] = {
    {"as made", [] {}, kGood, kGood},
    // Where the headers are. NT calls a file without them a DOS program.
    {"headers at an odd place", [] { move_headers(0x82); }, kDos, kDos},
    {"headers at 4, in the DOS header",
     [] {
         optional().SectionAlignment = optional().FileAlignment = 4;
         move_headers(4);
     },
     kGood, kGood},
    {"headers at 0", [] { dos().e_lfanew = 0; }, kDos, kDos},
    {"headers at the end of their page",
     [] {
         move_headers(0xe00);
         optional().SizeOfHeaders = 0x1000;
     },
     kGood, kGood},
    {"headers at the end of the file", [] { dos().e_lfanew = static_cast<LONG>(kSize); }, kDos, kDos},
    {"half of the headers in the file",
     [] {
         move_headers(0x3c0);
         size = 0x400;
     },
     kBad, kBad},
    {"a DOS program", [] { memset(image + kHeaders, 0, kCode - kHeaders); }, kDos, kDos},
    {"an OS/2 program", [] { other_kind(0x454e); }, STATUS_INVALID_IMAGE_NE_FORMAT,
     STATUS_INVALID_IMAGE_NE_FORMAT},
    {"a 16-bit Windows program", [] { other_kind(0x454e, 2); }, STATUS_INVALID_IMAGE_WIN_16,
     STATUS_INVALID_IMAGE_WIN_16},
    {"a linear executable", [] { other_kind(0x454c); }, STATUS_INVALID_IMAGE_LE_FORMAT,
     STATUS_INVALID_IMAGE_LE_FORMAT},
    // The file header.
    {"machine 0", [] { headers().FileHeader.Machine = 0; }, kBad, kBad},
    {"machine IA64", [] { headers().FileHeader.Machine = 0x200; }, kBad, kBad},
    {"machine ARM64", [] { headers().FileHeader.Machine = 0xaa64; }, kBad, kBad},
    {"machine EBC", [] { headers().FileHeader.Machine = 0xebc; }, kBad, kBad},
    {"not a DLL: its imports and entry are left alone",
     [] {
         headers().FileHeader.Characteristics &= static_cast<USHORT>(~IMAGE_FILE_DLL);
         code({0x0f, 0x0b});
     },
     kGood, kGood},
    {"symbols and times of no meaning",
     [] {
         headers().FileHeader.TimeDateStamp = 0xffffffff;
         headers().FileHeader.PointerToSymbolTable = 0xfffffff0;
         headers().FileHeader.NumberOfSymbols = 0xffffffff;
     },
     kGood, kGood},
    // The optional header.
    {"magic of a ROM image", [] { optional().Magic = 0x107; }, kBad, kBad},
    {"an optional header of 0xffff bytes", [] { headers().FileHeader.SizeOfOptionalHeader = 0xffff; }, kBad,
     kBad},
    {"an optional header 16 bytes longer",
     [] {
         memmove(reinterpret_cast<UCHAR*>(&section(0)) + 16, &section(0), 2 * sizeof(IMAGE_SECTION_HEADER));
         headers().FileHeader.SizeOfOptionalHeader += 16;
     },
     kGood, kGood},
    {"six directories",
     [] {
         UCHAR* table = reinterpret_cast<UCHAR*>(&section(0));
         headers().FileHeader.SizeOfOptionalHeader -= 10 * sizeof(IMAGE_DATA_DIRECTORY);
         optional().NumberOfRvaAndSizes = 6;
         memmove(&section(0), table, 2 * sizeof(IMAGE_SECTION_HEADER));
     },
     kGood, kGood},
    {"no directories", [] { optional().NumberOfRvaAndSizes = 0; }, kGood, kGood},
    {"2^32 - 1 directories", [] { optional().NumberOfRvaAndSizes = 0xffffffff; }, kGood, kGood},
    {"a wrong checksum", [] { optional().CheckSum = 0x12345678; }, kGood, kGood},
    {"fields that must be 0 are not",
     [] {
         optional().Win32VersionValue = 0xffffffff;
         optional().LoaderFlags = 0xffffffff;
     },
     kGood, kGood},
    {"subsystem 0", [] { optional().Subsystem = 0; }, kGood, kGood},
    {"subsystem 0xffff", [] { optional().Subsystem = 0xffff; }, kGood, kGood},
    {"no entry", [] { optional().AddressOfEntryPoint = 0; }, kGood, kGood},
    {"the entry in the headers", [] { optional().AddressOfEntryPoint = 0x40; }, kBad, kBad},
    {"the entry at the image's end", [] { optional().AddressOfEntryPoint = kSize; }, kBad, kBad},
    {"an entry that says no", [] { code({0x31, 0xc0, 0xc3}); }, kGood, STATUS_DLL_INIT_FAILED},
    {"an entry that is no instruction", [] { code({0x0f, 0x0b}); }, kGood, STATUS_ILLEGAL_INSTRUCTION},
    {"an entry that reads at 0", [] { code({0x31, 0xc0, 0x8b, 0x00, 0xc3}); }, kGood,
     STATUS_ACCESS_VIOLATION},
    // Alignment.
    {"files aligned to 0x100", [] { optional().FileAlignment = 0x100; }, kBad, kBad},
    {"files aligned to 0x200, sections to 0x100", [] { optional().SectionAlignment = 0x100; }, kBad, kBad},
    {"all aligned to 1, flat",
     [] {
         optional().SectionAlignment = optional().FileAlignment = 1;
         section(0).VirtualAddress = section(0).PointerToRawData = 0xfff;
     },
     kGood, kGood},
    {"sections aligned to 64 KiB", [] { aligned_to(0x10000); }, kGood, kGood},
    {"sections aligned to 32 MiB", [] { aligned_to(0x2000000); }, kGood, kGood},
    {"sections aligned to 2 GiB, and not", [] { optional().SectionAlignment = 0x80000000; }, kBad, kBad},
    // Sizes.
    {"an odd size of the image", [] { optional().SizeOfImage = kSize - 0xfff; }, kGood, kGood},
    {"an odd size of the headers", [] { optional().SizeOfHeaders = 0x1a3; }, kGood, kGood},
    {"headers into the first section", [] { optional().SizeOfHeaders = 0x1800; }, kBad, kBad},
    {"headers as large as the file", [] { optional().SizeOfHeaders = kSize + 1; }, kBad, kBad},
};

const Made kSectionCases[] = {
    {"no sections, flat", [] { without_sections(0x200); }, kGood, kGood},
    {"no sections, aligned to 4", [] { without_sections(4); }, kGood, kGood},
    {"no sections, pages", [] { without_sections(PAGE_SIZE); }, kGood, kGood},
    {"96 sections", [] { with_sections(96); }, kGood, kGood},
    {"97 sections", [] { with_sections(97); }, kBad, kBad},
    {"the second first",
     [] {
         const IMAGE_SECTION_HEADER first = section(0);
         section(0) = section(1);
         section(1) = first;
     },
     kBad, kBad},
    {"a page between two",
     [] {
         section(1).VirtualAddress += PAGE_SIZE;
         optional().SizeOfImage += PAGE_SIZE;
     },
     kBad, kBad},
    {"a page before the first",
     [] {
         for (unsigned i = 0; i < 2; ++i)
             section(i).VirtualAddress += PAGE_SIZE;
         optional().AddressOfEntryPoint += PAGE_SIZE;
         optional().SizeOfImage += PAGE_SIZE;
     },
     kBad, kBad},
    {"one reaches into the other", [] { section(0).Misc.VirtualSize = PAGE_SIZE + 1; }, kBad, kBad},
    {"no virtual size: that of the file counts", [] { section(0).Misc.VirtualSize = 0; }, kGood, kGood},
    {"no bytes in the file, wherever", [] { nothing_of(1), section(1).PointerToRawData = 0xfffff000; }, kGood,
     kGood},
    {"bytes at 0 in the file are none",
     [] {
         section(1).PointerToRawData = 0;
         section(1).SizeOfRawData = 0xffffffff;
     },
     kGood, kGood},
    {"more bytes in the file than in memory", [] { section(0).SizeOfRawData = kSize - kCode; }, kGood, kGood},
    {"the file ends before the bytes do", [] { size = kSize - PAGE_SIZE; }, kBad, kBad},
    {"the file ends in the padding",
     [] {
         section(1).Misc.VirtualSize = 0x1800;
         size = kSize - 0x700;
     },
     kGood, kGood},
    {"both from the same bytes", [] { section(1).PointerToRawData = kCode; }, kGood, kGood},
    {"no name", [] { memset(section(0).Name, 0, 8); }, kGood, kGood},
    {"a name without an end", [] { memset(section(0).Name, '/', 8); }, kGood, kGood},
    {"line numbers and relocations of objects",
     [] {
         section(0).PointerToRelocations = section(0).PointerToLinenumbers = 0xfffffff0;
         section(0).NumberOfRelocations = section(0).NumberOfLinenumbers = 0xffff;
     },
     kGood, kGood},
    {"discardable, not cached, not paged",
     [] {
         section(1).Characteristics |=
             IMAGE_SCN_MEM_DISCARDABLE | IMAGE_SCN_MEM_NOT_CACHED | IMAGE_SCN_MEM_NOT_PAGED;
     },
     kGood, kGood},
    {"data without any right", [] { section(1).Characteristics = 0; }, kGood, kGood},
    {"code that can be written", [] { section(0).Characteristics |= IMAGE_SCN_MEM_WRITE; }, kGood, kGood},
    {"all flags", [] { section(1).Characteristics = 0xffffffff; }, kGood, kGood},
};

}  // namespace

TEST(made_headers) {
    REQUIRE(begin());
    for (const Made& made : kHeaderCases)
        check(made);
}

TEST(made_sections) {
    REQUIRE(begin());
    for (const Made& made : kSectionCases)
        check(made);
}
