// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "executive/mm/address_space.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/image.hpp"
#include "tests/host/executive/machine.hpp"
#include "tests/host/executive/small_image.hpp"

namespace {

using small_image::build;
using small_image::kAcross;
using small_image::kBase;
using small_image::kCode;
using small_image::kData;
using small_image::kPage;
using small_image::kRelocations;
using small_image::kSize;

class InMemory final : public mm::Backing {
public:
    bool in_memory() const override { return true; }
};

base::Ref<mm::ControlArea> area_of(const std::vector<uint8_t>& file) {
    auto area = mm::ControlArea::create(base::Own<mm::Backing>(new InMemory), file.size());
    EXPECT_TRUE(area && *(*area)->prepare_writing());
    for (size_t at = 0; at < file.size(); at += kPage) {
        auto frame = (*area)->page(at / kPage, mm::ControlArea::Use::Write);
        memcpy(mm::alias(*frame), &file[at], std::min<size_t>(kPage, file.size() - at));
    }
    return *area;
}

base::Result<base::Ref<mm::Section>> image_of(base::Ref<mm::ControlArea> file) {
    return mm::Section::create_image(std::move(file), PAGE_EXECUTE_READ, SEC_IMAGE, u"test.dll");
}

base::Result<base::Ref<mm::Section>> section_of(const std::vector<uint8_t>& file) {
    return image_of(area_of(file));
}

// With its pointer in the code.
std::vector<uint8_t> build_with_pointer_in_code() {
    std::vector<uint8_t> file = build();
    uint64_t pointer = kBase + kData;
    memcpy(&file[kCode + 8], &pointer, sizeof pointer);
    memcpy(&file[kRelocations], &kCode, sizeof kCode);
    memset(&file[kRelocations + 10], 0, 2);
    return file;
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

// Whoever has the image at a base has the same frames, by whatever section, wherever the first view was; and
// each is charged for them, while they are committed once.
TEST_F(Images, RelocatedPagesAreSharedByBase) {
    constexpr uint64_t kElsewhere = 0x10000000, kThirdPlace = 0x20000000;
    auto other = mm::AddressSpace::create(quota);
    ASSERT_TRUE(other);
    auto area = area_of(build_with_pointer_in_code());
    uint64_t committed = mm::commit_counts().committed;
    {
        auto first = image_of(area), second = image_of(area);
        ASSERT_TRUE(first && second);
        mm::AddressSpace* const spaces[] = {space.get(), other->get()};
        for (uint64_t base : {kElsewhere, kBase, kThirdPlace})
            for (mm::AddressSpace* in : spaces) {
                uint64_t before = mm::commit_counts().committed, used = quota.used();
                auto& section = in == space.get() ? *first : *second;
                ASSERT_TRUE(in->map(*section, base, 0, 0, 0, PAGE_EXECUTE_WRITECOPY));
                EXPECT_EQ(read_pointer(*in, base + kCode + 8), base + kData);
                if (base == kBase) continue;
                // Page tables, pages that may be written to, and the shared ones, among them those that
                // copies are made of, with what they are kept by.
                EXPECT_GE(quota.used() - used, (2 + 2 + 3) * kPage);
                EXPECT_EQ(mm::commit_counts().committed - before, in == space.get() ? 2u + 2 + 4 : 2u + 2);
            }
        for (uint64_t base : {kElsewhere, kBase, kThirdPlace}) {
            mm::FrameNumber frame = space->present_frame(base + kCode);
            EXPECT_NE(frame, mm::kNoFrame);
            EXPECT_EQ((*other)->present_frame(base + kCode), frame);
        }
        EXPECT_NE(space->present_frame(kElsewhere + kCode), space->present_frame(kThirdPlace + kCode));
        // What is written stays in the process as ever.
        ASSERT_TRUE(space->protect(kElsewhere + kCode, kPage, PAGE_EXECUTE_READWRITE));
        uint64_t value = 5;
        ASSERT_TRUE(space->copy_out(kElsewhere + kCode + 8, &value, sizeof value));
        EXPECT_EQ(read_pointer(**other, kElsewhere + kCode + 8), kElsewhere + kData);
        for (uint64_t base : {kElsewhere, kBase, kThirdPlace})
            for (mm::AddressSpace* in : spaces)
                ASSERT_TRUE(in->unmap(base));
    }
    run_queued_work();
    EXPECT_EQ(mm::commit_counts().committed, committed);
    EXPECT_EQ(quota.used(), 0u);
}

// Another image may be in the file once somebody could have written it.
TEST_F(Images, AFileThatIsWrittenIsLookedAtAgain) {
    auto area = area_of(build());
    auto section = image_of(area);
    ASSERT_TRUE(section);
    area->add_writer();
    uint16_t machine_type = IMAGE_FILE_MACHINE_I386;
    auto frame = area->page(0, mm::ControlArea::Use::Write);
    memcpy(mm::alias(*frame) + 68, &machine_type, sizeof machine_type);
    EXPECT_FALSE(image_of(area));
    area->remove_writer();
    EXPECT_FALSE(image_of(area));
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
    EXPECT_EQ(section_of({'M', 'Z'}).error(), STATUS_INVALID_IMAGE_PROTECT);
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
