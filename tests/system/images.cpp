// SPDX-License-Identifier: GPL-3.0-only
// Odd images: what their sections, the loader and the making of processes answer. The right answers are NT's,
// or the image is loaded and runs. Then 200 images with bytes changed at random: each ends, in whatever way.
#include "tests/system/odd_images.h"

#define MANIFEST(text) \
    "<assembly xmlns='urn:schemas-microsoft-com:asm.v1' manifestVersion='1.0'>" text "</assembly>"
#define DEPENDENCY(how, name)                                                          \
    "<dependency" how "><dependentAssembly><assemblyIdentity type='win32' name='" name \
    "' version='6.0.0.0' processorArchitecture='*'/></dependentAssembly></dependency>"

using namespace odd;

namespace {

ULONG offset_of(ULONG rva) {
    for (unsigned i = 0; i < headers().FileHeader.NumberOfSections; ++i) {
        const IMAGE_SECTION_HEADER& one = section(i);
        if (rva - one.VirtualAddress < one.SizeOfRawData)
            return one.PointerToRawData + rva - one.VirtualAddress;
    }
    return 0;
}
ULONG& relocation_word(ULONG index) {
    return reinterpret_cast<ULONG*>(
        image + offset_of(directory(IMAGE_DIRECTORY_ENTRY_BASERELOC).VirtualAddress))[index];
}
void rebase(ULONGLONG base) {
    const IMAGE_DATA_DIRECTORY all = directory(IMAGE_DIRECTORY_ENTRY_BASERELOC);
    const ULONG begin = offset_of(all.VirtualAddress);
    for (ULONG at = begin; at < begin + all.Size;) {
        const auto* block = reinterpret_cast<const ULONG*>(image + at);
        const auto* entries = reinterpret_cast<const USHORT*>(block + 2);
        for (ULONG i = 0; i < (block[1] - 8) / sizeof(USHORT); ++i) {
            if (entries[i] >> 12 != IMAGE_REL_BASED_DIR64) continue;
            UCHAR* place = image + offset_of(block[0] + (entries[i] & 0xfff));
            ULONGLONG value;
            memcpy(&value, place, sizeof(value));
            value += base - optional().ImageBase;
            memcpy(place, &value, sizeof(value));
        }
        at += block[1];
    }
    optional().ImageBase = base;
}
void elsewhere() {
    rebase(0);
}
void without_relocations() {
    elsewhere();
    directory(IMAGE_DIRECTORY_ENTRY_BASERELOC) = {};
    directory(IMAGE_DIRECTORY_ENTRY_TLS) = {};
}
void as_32_bit() {
    headers().FileHeader.Machine = IMAGE_FILE_MACHINE_I386;
    optional().Magic = IMAGE_NT_OPTIONAL_HDR32_MAGIC;
    reinterpret_cast<ULONG*>(&optional())[7] = 0x10000000;  // its ImageBase
}
// The file becomes what it is in memory.
void flatten() {
    constexpr ULONG sector = 0x200;
    const unsigned count = headers().FileHeader.NumberOfSections;
    for (unsigned i = count; i-- > 0;) {
        IMAGE_SECTION_HEADER& one = section(i);
        const ULONG extent = (one.Misc.VirtualSize + sector - 1) & ~(sector - 1);
        const ULONG bytes = extent < one.SizeOfRawData ? extent : one.SizeOfRawData;
        memmove(image + one.VirtualAddress, image + one.PointerToRawData, bytes);
        memset(image + one.VirtualAddress + bytes, 0, extent - bytes);
        one.PointerToRawData = one.VirtualAddress;
        one.SizeOfRawData = extent;
        if (one.VirtualAddress + extent > size) size = one.VirtualAddress + extent;
    }
    optional().SectionAlignment = optional().FileAlignment = sector;
}

const Odd kDlls[] = {
    {"as it is", [] {}, kGood, kGood},
    // Directories: where they begin counts.
    {"no size of imports", [] { directory(1).Size = 0; }, kGood, kGood},
    {"a huge size of imports", [] { directory(1).Size = 0x7fffffff; }, kGood, kGood},
    {"imports outside", [] { directory(1).VirtualAddress = 0x7ffffff0; }, kGood, kBad},
    {"no size of TLS", [] { directory(9).Size = 0; }, kGood, kGood},
    {"a small size of TLS", [] { directory(9).Size = 4; }, kGood, kGood},
    {"TLS outside", [] { directory(9).VirtualAddress = 0x7ffffff0; }, kGood, kBad},
    // Sectors of 512 bytes.
    {"text 8 bytes further", [] { section(0).PointerToRawData += 8; }, kGood, kGood},
    {"second section a byte further", [] { section(1).PointerToRawData += 1; }, kGood, kGood},
    {"text a sector short of a byte", [] { section(0).SizeOfRawData -= 0x1ff; }, kGood, kGood},
    {"raw data outside the file", [] { section(0).PointerToRawData = 0xfffffe00; }, kBad, kBad},
    // Bases and relocations.
    {"base 0", elsewhere, kMoved, kGood},
    {"base of the kernel", [] { rebase(0xffff800000000000); }, kMoved, kGood},
    {"base not on 64 KiB", [] { optional().ImageBase += 0x1000; }, kBad, kBad},
    {"no relocations, elsewhere", without_relocations, kMoved, kGood},
    {"relocations stripped, at its base",
     [] { headers().FileHeader.Characteristics |= IMAGE_FILE_RELOCS_STRIPPED; }, kGood, kGood},
    {"relocations stripped, elsewhere",
     [] {
         without_relocations();
         headers().FileHeader.Characteristics |= IMAGE_FILE_RELOCS_STRIPPED;
     },
     kMoved, STATUS_CONFLICTING_ADDRESSES},
    {"a block of 4 bytes", [] { elsewhere(), relocation_word(1) = 4; }, kBad, kBad},
    {"a block that is huge", [] { elsewhere(), relocation_word(1) = 0xfffffff0; }, kBad, kBad},
    {"a block of a page outside", [] { elsewhere(), relocation_word(0) = 0x7ffff000; }, kBad, kBad},
    {"an entry of kind 5", [] { elsewhere(), relocation_word(2) = 0x5000; }, kBad, kBad},
    {"relocations outside", [] { elsewhere(), directory(5).VirtualAddress = 0xfffffff0; }, kBad, kBad},
    {"a huge size of relocations", [] { elsewhere(), directory(5).Size = 0xffffffff; }, kBad, kBad},
    // Alignment.
    {"flat", flatten, kGood, kGood},
    {"small alignment, not flat",
     [] {
         optional().SectionAlignment = optional().FileAlignment = 0x200;
         section(1).PointerToRawData -= 0x200;
     },
     kBad, kBad},
    {"alignment 0", [] { optional().SectionAlignment = 0; }, kBad, kBad},
    {"alignment 0x3000", [] { optional().SectionAlignment = 0x3000; }, kBad, kBad},
    {"file alignment 0", [] { optional().FileAlignment = 0; }, kBad, kBad},
    {"file alignment 3", [] { optional().FileAlignment = 3; }, kBad, kBad},
    {"file alignment above", [] { optional().FileAlignment = 0x2000; }, kBad, kBad},
    // Sizes.
    {"size of image 0", [] { optional().SizeOfImage = 0; }, kBad, kBad},
    {"size of image a page", [] { optional().SizeOfImage = 0x1000; }, kBad, kBad},
    {"size of image huge", [] { optional().SizeOfImage = 0xffffffff; }, kBad, kBad},
    {"size of headers huge", [] { optional().SizeOfHeaders = 0xffffffff; }, kBad, kBad},
    // Headers.
    {"32 bits", as_32_bit, STATUS_IMAGE_MACHINE_TYPE_MISMATCH, kBad},
    {"32 bits by the machine alone", [] { headers().FileHeader.Machine = IMAGE_FILE_MACHINE_I386; }, kBad,
     kBad},
    {"another machine", [] { headers().FileHeader.Machine = 0xaa64; }, kBad, kBad},
    {"magic of 32 bits alone", [] { optional().Magic = IMAGE_NT_OPTIONAL_HDR32_MAGIC; }, kBad, kBad},
    {"not executable", [] { headers().FileHeader.Characteristics &= static_cast<USHORT>(~2); }, kBad, kBad},
    {"another signature", [] { headers().Signature = 0x4550 + 1; }, kDos, kDos},
    {"no MZ", [] { image[0] = 'N'; }, STATUS_INVALID_IMAGE_NOT_MZ, STATUS_INVALID_IMAGE_NOT_MZ},
    {"headers outside", [] { reinterpret_cast<IMAGE_DOS_HEADER*>(image)->e_lfanew = 0x7ffffff0; }, kDos,
     kDos},
    {"headers before", [] { reinterpret_cast<IMAGE_DOS_HEADER*>(image)->e_lfanew = -16; }, kDos, kDos},
    {"97 sections", [] { headers().FileHeader.NumberOfSections = 97; }, kBad, kBad},
    {"65535 sections", [] { headers().FileHeader.NumberOfSections = 0xffff; }, kBad, kBad},
    {"entry outside", [] { optional().AddressOfEntryPoint = 0x7fffffff; }, kBad, kBad},
    {"optional header of 0 bytes", [] { headers().FileHeader.SizeOfOptionalHeader = 0; }, kBad, kBad},
    // Sections.
    {"two at one place", [] { section(1).VirtualAddress = section(0).VirtualAddress; }, kBad, kBad},
    {"one not on its alignment", [] { section(1).VirtualAddress += 0x10; }, kBad, kBad},
    {"one outside", [] { section(1).VirtualAddress = 0xfffff000; }, kBad, kBad},
    {"one that is huge", [] { section(1).Misc.VirtualSize = 0xffffffff; }, kBad, kBad},
    {"half a file", [] { size = 0x200; }, kBad, kBad},
    {"64 bytes", [] { size = 0x40; }, kDos, kDos},
    {"a byte", [] { size = 1; }, STATUS_INVALID_IMAGE_NOT_MZ, STATUS_INVALID_IMAGE_NOT_MZ},
};

// This program lies where they would.
const Odd kPrograms[] = {
    {"as it is", [] {}, kMoved, kGood},
    {"no size of imports", [] { directory(1).Size = 0; }, kMoved, kGood},
    {"imports outside", [] { directory(1).VirtualAddress = 0x7ffffff0; }, kMoved, kBad},
    {"text 8 bytes further", [] { section(0).PointerToRawData += 8; }, kMoved, kGood},
    {"base 0", elsewhere, kMoved, kGood},
    {"relocations stripped, elsewhere",
     [] {
         without_relocations();
         headers().FileHeader.Characteristics |= IMAGE_FILE_RELOCS_STRIPPED;
     },
     kMoved, STATUS_CONFLICTING_ADDRESSES},
    {"flat", flatten, kMoved, kGood},
    {"32 bits", as_32_bit, STATUS_IMAGE_MACHINE_TYPE_MISMATCH, STATUS_INVALID_IMAGE_WIN_32},
    {"a DLL", [] { headers().FileHeader.Characteristics |= IMAGE_FILE_DLL; }, kMoved, kBad},
    {"no MZ", [] { image[0] = 'N'; }, STATUS_INVALID_IMAGE_NOT_MZ, STATUS_INVALID_IMAGE_NOT_MZ},
    {"half a file", [] { size = 0x200; }, kBad, kBad},
};

ULONG seed = 20261201;
ULONG random(ULONG below) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

// The program is what it changes; then it only ends.
NTSTATUS child(const UNICODE_STRING& arguments) {
    UNICODE_STRING asked = RTL_CONSTANT_STRING(u"child");
    return RtlEqualUnicodeString(&arguments, &asked, FALSE) ? STATUS_SUCCESS : STATUS_NOT_IMPLEMENTED;
}

// Mostly in the headers.
void change_at_random() {
    constexpr ULONG counts[] = {1, 1, 2, 3, 8};
    const ULONG end =
        static_cast<ULONG>(reinterpret_cast<UCHAR*>(&section(headers().FileHeader.NumberOfSections)) - image);
    for (ULONG left = counts[random(5)]; left; --left) {
        const ULONG first = random(10) ? 0x3c : 0, last = random(10) < 7 ? end : size;
        UCHAR& byte = image[first + random(last - first)];
        constexpr UCHAR values[] = {0, 0xff, 0x80, 0x7f};
        const ULONG how = random(3);
        byte = how == 0   ? static_cast<UCHAR>(random(256))
               : how == 1 ? static_cast<UCHAR>(byte ^ (1u << random(8)))
                          : values[random(4)];
    }
}

}  // namespace

CHILD(child);

TEST(dlls) {
    REQUIRE(take(u"\\SystemRoot\\System32\\ldrtest.dll"));
    const ULONG whole = size;
    for (const Odd& odd : kDlls)
        check(odd, whole, load);
}

TEST(programs) {
    REQUIRE(take(u"\\SystemRoot\\System32\\images.exe"));
    const ULONG whole = size;
    for (const Odd& odd : kPrograms)
        check(odd, whole, run);
}

// A program of the Win32 subsystem whose manifest cannot be used, or that needs an assembly that is not
// there, does not start. What NT itself has is left out.
TEST(manifests) {
    struct {
        const char* what;
        const char* text;
        NTSTATUS used;
    } const cases[] = {
        {"no manifest", nullptr, kGood},
        {"a manifest", MANIFEST(""), kGood},
        {"no XML", "this is no manifest", STATUS_SXS_CANT_GEN_ACTCTX},
        {"not closed", MANIFEST("<file name='a.dll'>"), STATUS_SXS_CANT_GEN_ACTCTX},
        {"no assembly", "<a/>", STATUS_SXS_CANT_GEN_ACTCTX},
        {"an assembly that is missing", MANIFEST(DEPENDENCY("", "Nobody.Has.This")),
         STATUS_SXS_CANT_GEN_ACTCTX},
        {"one that may be missing", MANIFEST(DEPENDENCY(" optional='yes'", "Nobody.Has.This")), kGood},
        {"comctl32", MANIFEST(DEPENDENCY("", "Microsoft.Windows.Common-Controls")), kGood},
    };
    REQUIRE(take(u"\\SystemRoot\\System32\\images.exe"));
    memcpy(image, original, kMostBytes);
    optional().Subsystem = IMAGE_SUBSYSTEM_WINDOWS_CUI;
    REQUIRE(put_file(size));
    for (const auto& one : cases) {
        REQUIRE(put_manifest(one.text));
        const NTSTATUS used = run();
        if (used != one.used) test::print("%s: %08x, not %08x", one.what, used, one.used);
        CHECK(used == one.used);
    }
    CHECK(put_manifest(nullptr));
}

TEST(changed_at_random) {
    REQUIRE(take(u"\\SystemRoot\\System32\\images.exe"));
    const ULONG whole = size;
    unsigned ran = 0, refused = 0;
    for (unsigned i = 0; i < 200; ++i) {
        size = whole;
        memcpy(image, original, kMostBytes);
        change_at_random();
        REQUIRE(put_file(size));
        HANDLE made;
        const NTSTATUS mapped = create_section(made);
        if (made) NtClose(made);
        const NTSTATUS used = run();
        (used == STATUS_SUCCESS ? ran : refused) += 1;
        // What makes no section makes no process.
        if (!NT_SUCCESS(mapped)) CHECK(!NT_SUCCESS(used));
    }
    test::print("%u ran, %u did not", ran, refused);
    CHECK(ran > 20 && refused > 20);
}
