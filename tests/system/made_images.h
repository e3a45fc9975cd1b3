// SPDX-License-Identifier: GPL-3.0-only
// A DLL made by hand, that others are made of by changing it: headers, a page of code, two of data. In the
// file everything lies where it lies in memory, so that an RVA is an offset into `odd::image`. It has no
// relocations.
#pragma once

#include <initializer_list>

#include "tests/system/odd_images.h"

namespace made {

using odd::image;

constexpr ULONG kHeaders = 0x80;
constexpr ULONG kCode = 0x1000;
constexpr ULONG kData = 0x2000;
constexpr ULONG kSize = 0x4000;
constexpr ULONGLONG kBase = 0x1a0000000;

inline IMAGE_DOS_HEADER& dos() {
    return *reinterpret_cast<IMAGE_DOS_HEADER*>(image);
}
template <typename T>
T& at(ULONG rva) {
    return *reinterpret_cast<T*>(image + rva);
}
inline void text(ULONG rva, const char* text) {
    memcpy(image + rva, text, strlen(text) + 1);
}
// What the entry does; else it says yes.
inline void code(std::initializer_list<UCHAR> bytes) {
    memcpy(image + kCode, bytes.begin(), bytes.size());
}
// A section that begins as zeros.
inline void nothing_of(unsigned index) {
    odd::section(index).SizeOfRawData = 0;
}

inline void describe_section(unsigned index, const char* name, ULONG rva, ULONG bytes, ULONG rights) {
    IMAGE_SECTION_HEADER& one = odd::section(index);
    memcpy(one.Name, name, strlen(name));
    one.Misc.VirtualSize = one.SizeOfRawData = bytes;
    one.VirtualAddress = one.PointerToRawData = rva;
    one.Characteristics = rights | IMAGE_SCN_MEM_READ;
}

inline void make() {
    memset(image, 0, odd::kMostBytes);
    odd::size = kSize;
    dos().e_magic = IMAGE_DOS_SIGNATURE;
    dos().e_lfanew = static_cast<LONG>(kHeaders);
    IMAGE_NT_HEADERS& nt = odd::headers();
    nt.Signature = IMAGE_NT_SIGNATURE;
    nt.FileHeader.Machine = IMAGE_FILE_MACHINE_AMD64;
    nt.FileHeader.NumberOfSections = 2;
    nt.FileHeader.SizeOfOptionalHeader = sizeof(IMAGE_OPTIONAL_HEADER64);
    nt.FileHeader.Characteristics =
        IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_LARGE_ADDRESS_AWARE | IMAGE_FILE_DLL;
    IMAGE_OPTIONAL_HEADER64& optional = nt.OptionalHeader;
    optional.Magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC;
    optional.AddressOfEntryPoint = kCode;
    optional.ImageBase = kBase;
    optional.SectionAlignment = PAGE_SIZE;
    optional.FileAlignment = 0x200;
    optional.SizeOfImage = kSize;
    optional.SizeOfHeaders = 0x400;
    optional.Subsystem = IMAGE_SUBSYSTEM_NATIVE;
    optional.NumberOfRvaAndSizes = IMAGE_NUMBEROF_DIRECTORY_ENTRIES;
    describe_section(0, ".text", kCode, PAGE_SIZE, IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE);
    describe_section(1, ".data", kData, kSize - kData, IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_WRITE);
    code({0xb0, 0x01, 0xc3});
}

struct Made {
    const char* what;
    void (*change)();
    NTSTATUS mapped;                     // by NtCreateSection and NtMapViewOfSection
    NTSTATUS loaded;                     // by LdrLoadDll
    bool (*look)(char* base) = nullptr;  // is it as it should be, once it is loaded?
};

inline bool begin() {
    return odd::take(u"\\SystemRoot\\System32\\ldrtest.dll");
}

inline bool good(const Made& made, NTSTATUS& mapped, NTSTATUS& loaded) {
    mapped = odd::map_section();
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, odd::kDosPath);
    PVOID base = nullptr;
    loaded = LdrLoadDll(nullptr, nullptr, &name, &base);
    bool looked = true;
    if (NT_SUCCESS(loaded)) {
        looked = !made.look || made.look(static_cast<char*>(base));
        LdrUnloadDll(base);
    }
    return mapped == made.mapped && loaded == made.loaded && looked;
}

inline void check(const Made& made) {
    make();
    made.change();
    if (!odd::put_file(odd::size)) return test::fail(made.what, __FILE__, __LINE__);
    NTSTATUS mapped, loaded;
    if (good(made, mapped, loaded)) return;
    test::print("%s: mapped %08x, not %08x; loaded %08x, not %08x", made.what, mapped, made.mapped, loaded,
                made.loaded);
    test::fail(made.what, __FILE__, __LINE__);
}

}  // namespace made
