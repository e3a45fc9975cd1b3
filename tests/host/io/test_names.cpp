// SPDX-License-Identifier: GPL-3.0-only
//
// Wild cards, sharing, the boot archive and driver resources.
#include <gtest/gtest.h>
#include <string.h>

#include <vector>

#include "executive/io/archive.hpp"
#include "executive/io/share_access.hpp"
#include "executive/io/wildcard.hpp"
#include "executive/pnp/resources.hpp"
#include "tests/host/hal/fake_pci.hpp"

namespace {

TEST(Wildcard, AsNtMatches) {
    using io::matches_wildcard;
    EXPECT_TRUE(matches_wildcard(u"", u"anything"));
    EXPECT_TRUE(matches_wildcard(u"*", u"a.b"));
    EXPECT_FALSE(matches_wildcard(u"*.*", u"noperiod"));
    EXPECT_TRUE(matches_wildcard(u"<.*", u"with.period"));
    EXPECT_TRUE(matches_wildcard(u"*.SYS", u"beep.sys"));
    EXPECT_FALSE(matches_wildcard(u"*.sys", u"beep.sys2"));
    EXPECT_TRUE(matches_wildcard(u"b??p.s?s", u"beep.sys"));
    EXPECT_FALSE(matches_wildcard(u"????", u"abc"));
    EXPECT_TRUE(matches_wildcard(u">>>>", u"abc"));
    EXPECT_TRUE(matches_wildcard(u"a>>.txt", u"a.txt"));
    EXPECT_TRUE(matches_wildcard(u"abc\"", u"abc"));
    EXPECT_TRUE(matches_wildcard(u"a\"b", u"a.b"));
    EXPECT_TRUE(matches_wildcard(u"<.c", u"a.b.c"));
    EXPECT_TRUE(matches_wildcard(u"*a*b*c*", u"xxaxxbxxcxx"));
    EXPECT_FALSE(matches_wildcard(u"*a*b*c*", u"xxcxxbxxaxx"));
    EXPECT_FALSE(matches_wildcard(std::u16string(300, u'*'), u"a"));
}

TEST(ShareAccess, Rules) {
    io::ShareAccess share;
    EXPECT_TRUE(share.add(FILE_READ_DATA, FILE_SHARE_READ));
    EXPECT_TRUE(share.add(FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE));
    EXPECT_FALSE(share.add(FILE_WRITE_DATA, FILE_SHARE_VALID_FLAGS));
    EXPECT_FALSE(share.add(FILE_READ_DATA, 0));
    EXPECT_TRUE(share.add(FILE_READ_ATTRIBUTES, 0));
    share.remove(FILE_READ_DATA, FILE_SHARE_READ);
    EXPECT_TRUE(share.add(FILE_WRITE_DATA, FILE_SHARE_READ));
    EXPECT_FALSE(share.add(DELETE, FILE_SHARE_VALID_FLAGS));
    EXPECT_EQ(share.opens(), 3u);
}

std::vector<uint8_t> make_archive(std::vector<std::pair<const char*, std::string>> files) {
    std::vector<uint8_t> bytes(4096 * (1 + files.size()));
    BootArchiveHeader header{
        {}, static_cast<uint32_t>(files.size()), sizeof(BootArchiveEntry), bytes.size(), 0};
    memcpy(header.magic, BOOT_ARCHIVE_MAGIC, 8);
    memcpy(bytes.data(), &header, sizeof header);
    for (size_t i = 0; i < files.size(); ++i) {
        BootArchiveEntry entry{{}, 4096 * (1 + i), files[i].second.size(), 0, 0};
        strncpy(entry.name, files[i].first, sizeof entry.name - 1);
        memcpy(bytes.data() + sizeof header + i * sizeof entry, &entry, sizeof entry);
        memcpy(bytes.data() + entry.offset, files[i].second.data(), files[i].second.size());
    }
    return bytes;
}

TEST(Archive, ReadsAndRefuses) {
    auto bytes = make_archive({{"System32\\a.txt", "hello"}, {"b", ""}});
    auto archive = io::Archive::open(bytes);
    ASSERT_TRUE(archive);
    EXPECT_EQ(archive->count(), 2u);
    auto found = archive->find("System32\\a.txt");
    EXPECT_EQ(std::string(found.begin(), found.end()), "hello");
    EXPECT_TRUE(archive->find("c").empty());
    for (size_t length : {0, 7, 31, 32, 100, 4096})
        EXPECT_FALSE(io::Archive::open(std::span(bytes).first(length)));
    auto damaged = bytes;
    damaged[0] ^= 1;
    EXPECT_FALSE(io::Archive::open(damaged));
    damaged = bytes;
    damaged[8] = 0xff, damaged[9] = 0xff;  // too many entries
    EXPECT_FALSE(io::Archive::open(damaged));
    damaged = bytes;
    damaged[32 + 104 + 7] = 0x7f;  // an offset beyond everything
    ASSERT_TRUE(io::Archive::open(damaged));
    EXPECT_FALSE(io::Archive::open(damaged)->entry(0));
    damaged = bytes;
    memset(damaged.data() + 32, 'x', 104);  // a name without an end
    EXPECT_FALSE(io::Archive::open(damaged)->entry(0));
}

TEST(Resources, Parse) {
    auto device = pnp::parse_device(u"ACPI\\PNP0303: ports 0x60-0x60, ports 0x64-0x64, irq 1");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->hardware_id.view(), u"ACPI\\PNP0303");
    ASSERT_EQ(device->resources.size(), 3u);
    EXPECT_EQ(device->resources[1].Start, 0x64u);
    EXPECT_EQ(device->resources[2].Type, WDM_RESOURCE_INTERRUPT);
    EXPECT_TRUE(pnp::covers(device->resources.span(), WDM_RESOURCE_PORT, 0x64, 1));
    EXPECT_FALSE(pnp::covers(device->resources.span(), WDM_RESOURCE_PORT, 0x60, 5));
    EXPECT_FALSE(pnp::covers(device->resources.span(), WDM_RESOURCE_MEMORY, 0x60, 1));
    base::Vector<WDM_RESOURCE> list;
    EXPECT_TRUE(pnp::parse_resources(u" 0x42-0x43 , 97-97,memory 0xfed00000-0xfed003ff ", list));
    EXPECT_EQ(list.size(), 3u);
    EXPECT_EQ(list[2].Length, 0x400u);
    EXPECT_TRUE(pnp::parse_device(u"ROOT\\THING"));
    for (const char16_t* wrong : {u"ports", u"ports 5-4", u"ports 0x60-0x10000", u"irq 16", u"irq 1-2",
                                  u"dma 1", u"ports x", u"1,,2", u"ports 1-", u"-"})
        EXPECT_FALSE(pnp::parse_resources(wrong, list)) << std::u16string(wrong).size();
    EXPECT_FALSE(pnp::parse_device(u": irq 1"));
    fakes::PciFunction& function = fakes::pci()[2 << 8 | 31 << 3 | 7];
    function.range(0, 0xfebf0000, 0x1000);
    function.range(1, 0xc001, 0x40);
    auto pci = pnp::parse_device(u"PCI\\VEN_1234&DEV_11E8: pci 2:31.7, ports 0x70");
    ASSERT_TRUE(pci);
    ASSERT_EQ(pci->resources.size(), 4u);
    EXPECT_TRUE(pnp::covers(pci->resources.span(), WDM_RESOURCE_MEMORY, 0xfebf0000, 0x1000));
    EXPECT_TRUE(pnp::covers(pci->resources.span(), WDM_RESOURCE_PORT, 0xc000, 0x40));
    EXPECT_EQ(pci->resources[2].Type, WDM_RESOURCE_INTERRUPT);
    ASSERT_TRUE(pci->function);
    EXPECT_EQ(pci->function->bus, 2);
    EXPECT_EQ(pci->function->device, 31);
    EXPECT_EQ(pci->function->function, 7);
    for (const char16_t* wrong :
         {u"X: pci 2:31", u"X: pci 2:31.8", u"X: pci 2:32.0", u"X: pci 256:1.0", u"X: pci 2.31:7",
          u"X: pci 2:.7", u"X: pci :", u"X: pci 2:31.7, pci 2:31.7"})
        EXPECT_EQ(pnp::parse_device(wrong).error(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(pnp::parse_device(u"X: pci 2:31.6").error(), STATUS_NO_SUCH_DEVICE);
    EXPECT_FALSE(pnp::parse_resources(u"pci 2:31.7", list));
    fakes::pci().clear();
    std::u16string many = u"1";
    for (int i = 0; i < 20; ++i)
        many += u",1";
    base::Vector<WDM_RESOURCE> full;
    EXPECT_FALSE(pnp::parse_resources(many, full));
}

}  // namespace
