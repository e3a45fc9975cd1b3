// SPDX-License-Identifier: GPL-3.0-only
// Image parsing: a small well-formed DLL, then the same with every kind of damage. Under ASan a read outside
// the image ends the test.
#include "ntdll/ldr/exports.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr ULONG nt_at = 0x80;
constexpr ULONG exports_at = 0x1000;
constexpr ULONG imports_at = 0x1400;
constexpr ULONG code_at = 0x2000;
constexpr ULONG image_size = 0x3000;
constexpr ULONGLONG preferred = 0x180000000;

// The bytes of the DLL as it is mapped. Exact size, so that ASan guards its end.
class Dll {
public:
    Dll() : bytes_(new char[image_size]()) { build(); }
    char* base() { return bytes_.get(); }
    template <typename T>
    T& at(ULONG rva) {
        return *reinterpret_cast<T*>(base() + rva);
    }
    IMAGE_NT_HEADERS& headers() { return at<IMAGE_NT_HEADERS>(nt_at); }
    ldr::Image open() {
        ldr::Image image;
        EXPECT_EQ(ldr::Image::open(base(), image_size, image), STATUS_SUCCESS);
        return image;
    }

private:
    void text(ULONG rva, const char* value) { strcpy(base() + rva, value); }
    void build();
    void build_exports();
    void build_imports();
    std::unique_ptr<char[]> bytes_;
};

void Dll::build() {
    at<IMAGE_DOS_HEADER>(0).e_magic = IMAGE_DOS_SIGNATURE;
    at<IMAGE_DOS_HEADER>(0).e_lfanew = nt_at;
    IMAGE_NT_HEADERS& nt = headers();
    nt.Signature = IMAGE_NT_SIGNATURE;
    nt.FileHeader.Machine = IMAGE_FILE_MACHINE_AMD64;
    nt.FileHeader.NumberOfSections = 1;
    nt.FileHeader.SizeOfOptionalHeader = sizeof(IMAGE_OPTIONAL_HEADER64);
    nt.FileHeader.Characteristics = IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_DLL;
    nt.OptionalHeader.Magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC;
    nt.OptionalHeader.ImageBase = preferred;
    nt.OptionalHeader.SizeOfImage = image_size;
    nt.OptionalHeader.SizeOfHeaders = 0x400;
    nt.OptionalHeader.AddressOfEntryPoint = code_at;
    nt.OptionalHeader.NumberOfRvaAndSizes = IMAGE_NUMBEROF_DIRECTORY_ENTRIES;
    build_exports();
    build_imports();
}

void Dll::build_exports() {
    headers().OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT] = {exports_at, 0x300};
    auto& directory = at<IMAGE_EXPORT_DIRECTORY>(exports_at);
    directory.Base = 10;
    directory.NumberOfFunctions = 4;
    directory.NumberOfNames = 3;
    directory.AddressOfFunctions = exports_at + 0x40;
    directory.AddressOfNames = exports_at + 0x60;
    directory.AddressOfNameOrdinals = exports_at + 0x80;
    const ULONG functions[] = {code_at, code_at + 0x10, exports_at + 0x200, 0};
    const ULONG names[] = {exports_at + 0x100, exports_at + 0x120, exports_at + 0x140};
    const USHORT ordinals[] = {1, 2, 0};
    memcpy(&at<ULONG>(exports_at + 0x40), functions, sizeof(functions));
    memcpy(&at<ULONG>(exports_at + 0x60), names, sizeof(names));
    memcpy(&at<USHORT>(exports_at + 0x80), ordinals, sizeof(ordinals));
    text(exports_at + 0x100, "Alpha");
    text(exports_at + 0x120, "Beta");
    text(exports_at + 0x140, "Gamma");
    text(exports_at + 0x200, "OTHER.Target");
}

void Dll::build_imports() {
    headers().OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT] = {imports_at, 0x28};
    auto& row = at<IMAGE_IMPORT_DESCRIPTOR>(imports_at);
    row.OriginalFirstThunk = imports_at + 0x40;
    row.FirstThunk = imports_at + 0x80;
    row.Name = imports_at + 0xc0;
    at<ULONGLONG>(imports_at + 0x40) = imports_at + 0xe0;
    at<ULONGLONG>(imports_at + 0x48) = IMAGE_ORDINAL_FLAG64 | 5;
    text(imports_at + 0xc0, "ntdll.dll");
    text(imports_at + 0xe2, "NtClose");
}

NTSTATUS open_status(Dll& dll, SIZE_T size = image_size) {
    ldr::Image image;
    return ldr::Image::open(dll.base(), size, image);
}

// Everything the loader reads of an image before it runs code of it.
void read_all(char* base, SIZE_T size) {
    ldr::Image image;
    if (!NT_SUCCESS(ldr::Image::open(base, size, image))) return;
    ldr::Export found;
    for (const char* name : {"Alpha", "Beta", "Gamma", "", "Zeta"})
        ldr::find_export(image, name, 0, found);
    for (ULONG ordinal : {0u, 9u, 10u, 11u, 12u, 13u, 14u, ~0u})
        ldr::find_export(image, ordinal, found);
    ldr::Imports imports(image);
    bool more = true;
    for (int rows = 0; more && rows < 2000; ++rows) {
        if (!NT_SUCCESS(imports.next(more))) break;
    }
    image.entry_point();
    for (unsigned i = 0; i < 20; ++i)
        image.directory(i);
}

TEST(Image, OpensAndFinds) {
    Dll dll;
    const ldr::Image image = dll.open();
    EXPECT_EQ(image.entry_point(), dll.base() + code_at);
    ldr::Export found = {};
    ASSERT_EQ(ldr::find_export(image, "Alpha", ~0u, found), STATUS_SUCCESS);
    EXPECT_EQ(found.rva, code_at + 0x10);
    EXPECT_FALSE(found.forwarder);
    ASSERT_EQ(ldr::find_export(image, "Gamma", 2, found), STATUS_SUCCESS);
    EXPECT_EQ(found.rva, code_at);
    ASSERT_EQ(ldr::find_export(image, "Beta", 77, found), STATUS_SUCCESS);
    EXPECT_STREQ(found.forwarder, "OTHER.Target");
    EXPECT_EQ(ldr::find_export(image, "Delta", 0, found), STATUS_ENTRYPOINT_NOT_FOUND);
    EXPECT_EQ(ldr::find_export(image, "Alph", 0, found), STATUS_ENTRYPOINT_NOT_FOUND);
    ASSERT_EQ(ldr::find_export(image, 11u, found), STATUS_SUCCESS);
    EXPECT_EQ(found.rva, code_at + 0x10);
    EXPECT_EQ(ldr::find_export(image, 9u, found), STATUS_ORDINAL_NOT_FOUND);
    EXPECT_EQ(ldr::find_export(image, 13u, found), STATUS_ORDINAL_NOT_FOUND);
    EXPECT_EQ(ldr::find_export(image, 14u, found), STATUS_ORDINAL_NOT_FOUND);
}

// Every name is found from every place that an earlier search may have left, with hints of every kind.
TEST(Image, FindsFromEveryPlace) {
    Dll dll;
    const ldr::Image image = dll.open();
    const ldr::Exports exports = ldr::Exports::open(image);
    const std::pair<const char*, NTSTATUS> names[] = {{"A", STATUS_ENTRYPOINT_NOT_FOUND},
                                                      {"Alpha", STATUS_SUCCESS},
                                                      {"Alpha2", STATUS_ENTRYPOINT_NOT_FOUND},
                                                      {"Beta", STATUS_SUCCESS},
                                                      {"Gamma", STATUS_SUCCESS},
                                                      {"Gammaaaaaaaaaaaaaa", STATUS_ENTRYPOINT_NOT_FOUND}};
    for (const auto& [name, status] : names) {
        for (ULONG next : {0u, 1u, 2u, 3u, 4u, ~0u}) {
            for (ULONG hint : {0u, 1u, 2u, 3u, ~0u}) {
                ldr::Exports::Cursor cursor{next, hint != 1};
                ldr::Export found = {};
                EXPECT_EQ(exports.find({name, strlen(name) + 1}, hint, cursor, found), status) << name;
                EXPECT_TRUE(status || cursor.next <= 3) << name;
            }
        }
    }
    ldr::Exports::Cursor cursor;
    ldr::Export found;
    EXPECT_EQ(exports.find({"Beta", 3}, ~0u, cursor, found), STATUS_INVALID_IMAGE_FORMAT);
    EXPECT_EQ(exports.find({"Beta", 4}, 1, cursor, found), STATUS_INVALID_IMAGE_FORMAT);
}

// A table of many names of every length, searched in order, backwards and at random, as a plain list has it.
TEST(Image, FindsAmongMany) {
    constexpr ULONG count = 200;
    constexpr ULONG table = 0x1000;
    std::vector<std::string> names;
    for (ULONG i = 0; i < count; ++i) {
        char text[64];
        snprintf(text, sizeof(text), "Rtl%.*s%03u", static_cast<int>(i / 9), "CommonBeginningOfANameOf", i);
        names.emplace_back(text);
    }
    std::ranges::sort(names);
    Dll dll;
    auto bytes = std::make_unique<char[]>(0x8000);
    memcpy(bytes.get(), dll.base(), image_size);
    auto& headers = *reinterpret_cast<IMAGE_NT_HEADERS*>(bytes.get() + nt_at);
    headers.OptionalHeader.SizeOfImage = 0x8000;
    auto& directory = *reinterpret_cast<IMAGE_EXPORT_DIRECTORY*>(bytes.get() + exports_at);
    directory.NumberOfFunctions = directory.NumberOfNames = count;
    directory.AddressOfFunctions = table + 0x2000;
    directory.AddressOfNames = table + 0x3000;
    directory.AddressOfNameOrdinals = table + 0x4000;
    ULONG text = table + 0x5000;
    for (ULONG i = 0; i < count; ++i) {
        reinterpret_cast<ULONG*>(bytes.get() + table + 0x2000)[i] = 0x100 + i;
        reinterpret_cast<ULONG*>(bytes.get() + table + 0x3000)[i] = text;
        reinterpret_cast<USHORT*>(bytes.get() + table + 0x4000)[i] = static_cast<USHORT>(i);
        strcpy(bytes.get() + text, names[i].c_str());
        text += static_cast<ULONG>(names[i].size()) + 1;
    }
    ldr::Image image;
    ASSERT_EQ(ldr::Image::open(bytes.get(), 0x8000, image), STATUS_SUCCESS);
    const ldr::Exports exports = ldr::Exports::open(image);
    std::mt19937 random(7);
    ldr::Exports::Cursor cursor;
    for (ULONG round = 0; round < 6 * count; ++round) {
        const ULONG i = round < count ? round : round < 2 * count ? 2 * count - 1 - round : random() % count;
        ldr::Export found = {};
        ASSERT_EQ(exports.find({names[i].c_str(), names[i].size() + 1}, random() % 300, cursor, found),
                  STATUS_SUCCESS)
            << names[i];
        EXPECT_EQ(found.rva, 0x100 + i);
        const std::string other = names[i] + "x";
        EXPECT_EQ(exports.find({other.c_str(), other.size() + 1}, 0, cursor, found),
                  STATUS_ENTRYPOINT_NOT_FOUND);
    }
}

TEST(Image, ReadsImports) {
    Dll dll;
    const ldr::Image image = dll.open();
    ldr::Imports imports(image);
    bool more = false;
    ASSERT_EQ(imports.next(more), STATUS_SUCCESS);
    ASSERT_TRUE(more);
    EXPECT_STREQ(imports.dll(), "ntdll.dll");
    EXPECT_EQ(imports.count(), 2u);
    EXPECT_TRUE(IMAGE_SNAP_BY_ORDINAL64(imports.names()[1].Ordinal));
    ASSERT_EQ(imports.next(more), STATUS_SUCCESS);
    EXPECT_FALSE(more);
}

TEST(Image, BadHeadersHaveClearStatuses) {
    Dll mz;
    mz.at<USHORT>(0) = 0;
    EXPECT_EQ(open_status(mz), STATUS_INVALID_IMAGE_NOT_MZ);
    Dll pe;
    pe.headers().Signature = 0;
    EXPECT_EQ(open_status(pe), STATUS_INVALID_IMAGE_FORMAT);
    Dll win32;
    win32.headers().FileHeader.Machine = IMAGE_FILE_MACHINE_I386;
    EXPECT_EQ(open_status(win32), STATUS_INVALID_IMAGE_WIN_32);
    Dll magic;
    magic.headers().OptionalHeader.Magic = 0x10b;
    EXPECT_EQ(open_status(magic), STATUS_INVALID_IMAGE_FORMAT);
    Dll offset;
    offset.at<IMAGE_DOS_HEADER>(0).e_lfanew = 0x7ffffffc;
    EXPECT_EQ(open_status(offset), STATUS_INVALID_IMAGE_FORMAT);
    offset.at<IMAGE_DOS_HEADER>(0).e_lfanew = -4;
    EXPECT_EQ(open_status(offset), STATUS_INVALID_IMAGE_FORMAT);
    Dll sections;
    sections.headers().FileHeader.NumberOfSections = 0xffff;
    EXPECT_EQ(open_status(sections), STATUS_INVALID_IMAGE_FORMAT);
}

TEST(Image, TruncatedAtEveryLength) {
    for (SIZE_T size = 0; size < 0x2100; size += size < 0x300 ? 1 : 7) {
        Dll dll;
        auto copy = std::make_unique<char[]>(size);
        memcpy(copy.get(), dll.base(), size);
        read_all(copy.get(), size);
    }
}

TEST(Image, BadImportsHaveAStatus) {
    Dll name;
    name.at<IMAGE_IMPORT_DESCRIPTOR>(imports_at).Name = image_size;
    Dll thunk;
    thunk.at<IMAGE_IMPORT_DESCRIPTOR>(imports_at).FirstThunk = image_size - 4;
    Dll endless;
    for (ULONG at = imports_at + 0x40; at < image_size; at += 8)
        endless.at<ULONGLONG>(at) = 1;
    for (Dll* dll : {&name, &thunk, &endless}) {
        const ldr::Image image = dll->open();
        ldr::Imports imports(image);
        bool more;
        EXPECT_EQ(imports.next(more), STATUS_INVALID_IMAGE_FORMAT);
    }
}

TEST(Image, RandomDamage) {
    std::mt19937 random(42);
    constexpr ULONG targets[] = {0, nt_at, exports_at, imports_at};
    constexpr ULONG spans[] = {64, 264, 0x220, 0x100};
    for (int round = 0; round < 30000; ++round) {
        Dll dll;
        for (unsigned hits = 1 + random() % 4; hits; --hits) {
            const unsigned area = random() % std::size(targets);
            const ULONG at = targets[area] + random() % spans[area];
            switch (random() % 3) {
                case 0:
                    dll.at<UCHAR>(at) = static_cast<UCHAR>(random());
                    break;
                case 1:
                    dll.at<ULONG>(at & ~3u) = random();
                    break;
                default:
                    dll.at<ULONG>(at & ~3u) = image_size - random() % 64;
            }
        }
        read_all(dll.base(), image_size);
    }
}

}  // namespace
