// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "abi/nt/ntimage.h"
#include "executive/mm/address_space.hpp"
#include "executive/mm/image.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint32_t kPage = 4096;
constexpr uint64_t kBase = 0x180000000;
// The image of these tests: headers, code, data that points at itself, relocations.
constexpr uint32_t kCode = kPage;
constexpr uint32_t kData = 2 * kPage;
constexpr uint32_t kRelocations = 4 * kPage;
constexpr uint32_t kSize = 5 * kPage;
constexpr uint32_t kAcross = kData + kPage - 4;  // a pointer across two pages

std::vector<uint8_t> build() {
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

class InMemory final : public mm::Backing {
public:
    bool in_memory() const override { return true; }
};

base::Result<base::Ref<mm::Section>> section_of(std::vector<uint8_t> file) {
    auto area = mm::ControlArea::create(base::Own<mm::Backing>(new InMemory), file.size());
    EXPECT_TRUE(area && *(*area)->prepare_writing());
    for (size_t at = 0; at < file.size(); at += kPage) {
        auto frame = (*area)->page(at / kPage, mm::ControlArea::Use::Write);
        memcpy(mm::alias(*frame), &file[at], std::min<size_t>(kPage, file.size() - at));
    }
    return mm::Section::create_image(*area, PAGE_EXECUTE_READ, SEC_IMAGE, u"test.dll");
}

uint64_t read_pointer(mm::AddressSpace& space, uint64_t address) {
    uint64_t value = 0;
    EXPECT_TRUE(space.copy_in(&value, address, sizeof value));
    return value;
}

class Images : public testing::Test {
protected:
    Images() : quota(uint64_t{1} << 40) {
        machine();
        space = std::move(*mm::AddressSpace::create(quota));
    }
    ke::Quota quota;
    base::Own<mm::AddressSpace> space;
};

TEST_F(Images, AreMappedWhereTheyWant) {
    auto section = section_of(build());
    ASSERT_TRUE(section);
    auto view = space->map(**section, 0, 0, 0, 0, PAGE_EXECUTE_WRITECOPY);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->base, kBase);
    EXPECT_FALSE(view->relocated);
    EXPECT_EQ(read_pointer(*space, kBase + kData + 8), kBase + kCode);
    EXPECT_EQ(space->fault(kBase + kCode, ke::Access::Write), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(space->fault(kBase + kCode, ke::Access::Read), STATUS_SUCCESS);
    EXPECT_EQ(space->fault(kBase + kCode, ke::Access::Execute), STATUS_SUCCESS);
    EXPECT_TRUE(machine().mapping(space->vspace(), kBase + kCode).executable);
    EXPECT_EQ(space->fault(kBase + kData, ke::Access::Execute), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(space->fault(kBase, ke::Access::Execute), STATUS_ACCESS_VIOLATION);
}

TEST_F(Images, AreRelocatedElsewhere) {
    auto section = section_of(build());
    ASSERT_TRUE(section);
    ASSERT_TRUE(space->allocate(kBase, kPage, MEM_RESERVE, PAGE_READWRITE));
    auto view = space->map(**section, 0, 0, 0, 0, PAGE_EXECUTE_WRITECOPY);
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->relocated);
    EXPECT_EQ(read_pointer(*space, view->base + kData + 8), view->base + kCode);
    EXPECT_EQ(read_pointer(*space, view->base + kAcross), view->base + kCode);
    size_t header = 64 + offsetof(IMAGE_NT_HEADERS64, OptionalHeader.ImageBase);
    EXPECT_EQ(read_pointer(*space, view->base + header), view->base);
    // Another process has room at the preferred base: the shared pages are not for it.
    auto other = mm::AddressSpace::create(quota);
    ASSERT_TRUE(other);
    auto second = (*other)->map(**section, kBase, 0, 0, 0, PAGE_EXECUTE_WRITECOPY);
    ASSERT_TRUE(second);
    EXPECT_EQ(read_pointer(**other, kBase + kAcross), kBase + kCode);
    EXPECT_EQ(read_pointer(*space, view->base + kAcross), view->base + kCode);
}

TEST_F(Images, WritesStayInTheProcess) {
    auto section = section_of(build());
    auto other = mm::AddressSpace::create(quota);
    ASSERT_TRUE(section);
    ASSERT_TRUE(other);
    ASSERT_TRUE(space->map(**section, 0, 0, 0, 0, PAGE_EXECUTE_WRITECOPY));
    ASSERT_TRUE((*other)->map(**section, 0, 0, 0, 0, PAGE_EXECUTE_WRITECOPY));
    uint64_t value = 5;
    ASSERT_TRUE(space->copy_out(kBase + kData, &value, sizeof value));
    EXPECT_EQ(read_pointer(*space, kBase + kData), 5u);
    EXPECT_EQ(read_pointer(**other, kBase + kData), 0u);
}

TEST_F(Images, WhatIsNoImageIsRefused) {
    EXPECT_EQ(section_of({}).error(), STATUS_INVALID_IMAGE_NOT_MZ);
    EXPECT_EQ(section_of({'e', 'c', 'h', 'o'}).error(), STATUS_INVALID_IMAGE_NOT_MZ);
    EXPECT_EQ(section_of({'M', 'Z'}).error(), STATUS_INVALID_IMAGE_FORMAT);
    for (size_t length = 0; length < kPage; length += 7) {
        std::vector<uint8_t> file = build();
        file.resize(length);
        EXPECT_FALSE(section_of(std::move(file)));
    }
}

// Damaged headers: refused, or a section whose every page can be had without harm.
TEST_F(Images, DamageIsSurvived) {
    uint32_t random = 4711;
    auto next = [&random](uint32_t limit) {
        random = random * 1664525 + 1013904223;
        return (random >> 9) % limit;
    };
    unsigned accepted = 0;
    for (int round = 0; round < 3000; ++round) {
        std::vector<uint8_t> file = build();
        for (uint32_t i = 0; i <= next(4); ++i) {
            uint32_t at = next(4) == 0 ? kRelocations + next(24) : 60 + next(400);
            file[at] = static_cast<uint8_t>(next(3) == 0 ? 0xff : next(256));
        }
        auto section = section_of(std::move(file));
        if (!section) continue;
        // Large ones would only be slow.
        if ((*section)->size() > 64 * kPage) continue;
        ++accepted;
        auto own = mm::AddressSpace::create(quota);
        ASSERT_TRUE(own);
        auto view = (*own)->map(**section, 0x10000000, 0, 0, 0, PAGE_EXECUTE_WRITECOPY);
        if (!view) continue;
        for (uint64_t at = 0; at < view->size; at += kPage)
            (void)(*own)->fault(view->base + at, ke::Access::Read);
    }
    EXPECT_GT(accepted, 100u);
}

}  // namespace
