// SPDX-License-Identifier: GPL-3.0-only
// Manifests that mean harm, from their bytes to the tables: thousands that are put together of the pieces of
// good ones and of what breaks them, in each encoding, and a few that are large in every way that a document
// can be. Under ASan and UBSan each ends in a status.
#include "ntdll/sxs/section.hpp"
#include "tests/host/ntdll/fake.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>

namespace {

using sxs::Arena;
using sxs::Assembly;
using sxs::Text;

class SxsAttack : public testing::Test {
protected:
    void SetUp() override { fake::enter(); }
};

const std::string kHead = "<assembly xmlns='urn:schemas-microsoft-com:asm.v1' manifestVersion='1.0'>";
const std::string kTail = "</assembly>";

// The bytes lie in memory that is exactly as large as they are.
NTSTATUS make(const std::string& bytes) {
    auto copy = std::make_unique<char[]>(bytes.size());
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    Arena arena;
    Text text;
    NTSTATUS status = sxs::decode_document(copy.get(), bytes.size(), arena, text);
    if (!NT_SUCCESS(status)) return status;
    sxs::List<Assembly> assemblies;
    status = sxs::read_manifest(text, arena, *assemblies.add(arena));
    sxs::Section sections[sxs::section_count] = {};
    return NT_SUCCESS(status) ? sxs::build_sections(assemblies, 1, arena, sections) : status;
}
NTSTATUS inside(const std::string& text) {
    return make(kHead + text + kTail);
}
bool ended(NTSTATUS status) {
    return status == STATUS_SUCCESS || status == STATUS_SXS_CANT_GEN_ACTCTX || status == STATUS_NO_MEMORY;
}

std::string times(const std::string& text, size_t count) {
    std::string all;
    for (size_t i = 0; i < count; ++i)
        all += text;
    return all;
}
std::string numbered(size_t count, const std::string& before, const std::string& behind) {
    std::string all;
    for (size_t i = 0; i < count; ++i)
        all += before + std::to_string(i) + behind;
    return all;
}

std::string as_utf16(const std::string& text, bool big, bool mark) {
    std::string bytes = mark ? (big ? "\xfe\xff" : "\xff\xfe") : "";
    for (char c : text) {
        if (big) bytes += '\0';
        bytes += c;
        if (!big) bytes += '\0';
    }
    return bytes;
}

// What good manifests and bad ones are made of.
const char* const kPieces[] = {
    "<file name='a.dll'>",
    "<file name='b.dll' loadFrom='%windir%\\b.dll'/>",
    "</file>",
    "<windowClass>C</windowClass>",
    "<windowClass versioned='no'>",
    "</windowClass>",
    "<comClass clsid='{12345678-1234-1234-1234-111122223333}' threadingModel='Both' progid='P'>",
    "<comClass clsid='{12345678-1234-1234-1234-111122223334}' "
    "tlbid='{99999999-8888-7777-6666-555555555555}'/>",
    "</comClass>",
    "<progid>A.B</progid>",
    "<typelib tlbid='{99999999-8888-7777-6666-555555555555}' version='1.7' helpdir=''/>",
    "<comInterfaceProxyStub iid='{22345678-1234-1234-1234-111122223333}' name='I' numMethods='4294967295'/>",
    "<comInterfaceExternalProxyStub iid='{32345678-1234-1234-1234-111122223333}'/>",
    "<clrClass clsid='{52345678-1234-1234-1234-111122223333}' name='c'/>",
    "<clrSurrogate clsid='{62345678-1234-1234-1234-111122223333}' name='s'/>",
    "<assemblyIdentity type='win32' name='N' version='1.2.3.4'/>",
    "<dependency>",
    "<dependentAssembly>",
    "</dependentAssembly>",
    "</dependency>",
    "<trustInfo xmlns='urn:schemas-microsoft-com:asm.v2'>",
    "</trustInfo>",
    "<security><requestedPrivileges><requestedExecutionLevel "
    "level='asInvoker'/></requestedPrivileges></security>",
    "<application xmlns='urn:schemas-microsoft-com:asm.v3'><windowsSettings>",
    "<dpiAware xmlns='http://schemas.microsoft.com/SMI/2005/WindowsSettings'>true</dpiAware>",
    "</windowsSettings></application>",
    "<compatibility xmlns='urn:schemas-microsoft-com:compatibility.v1'><application>",
    "<supportedOS Id='{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}'/>",
    "</application></compatibility>",
    "<noInherit/>",
    "<x:y/>",
    "<x:y xmlns:x='u'>",
    "</x:y>",
    "<a b='c' b='d'/>",
    "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
    "<!-- comment -->",
    "<!-- -- -->",
    "<!--",
    "<![CDATA[ ]] > ]]>",
    "<![CDATA[",
    "]]>",
    "<?target data?>",
    "<?",
    "<?xml version='1.0'?>",
    "<!DOCTYPE a [<!ENTITY e '&e;&e;'>]>",
    "<!ELEMENT a ANY>",
    "&amp;",
    "&e;",
    "&#0;",
    "&#x10ffff;",
    "&#x110000;",
    "&#99999999999999999999;",
    "&#xd800;",
    "&",
    "<",
    ">",
    "'",
    "\"",
    "=",
    "text",
    "\xc3\xa4",
    "\xe2\x82\xac",
    "\xf0\x9f\x98\x80",
    "\xff",
    "\xed\xa0\x80",
    "\xef\xbb\xbf",
};
constexpr size_t kPieceCount = std::size(kPieces);

std::string put_together(std::mt19937& random) {
    std::string text = random() % 8 ? kHead : "";
    for (unsigned left = random() % 24; left; --left)
        text += kPieces[random() % kPieceCount];
    if (random() % 4) text += kTail;
    return text;
}

TEST_F(SxsAttack, PutTogetherOfPieces) {
    std::mt19937 random(20261201);
    unsigned good = 0;
    for (int round = 0; round < 6000; ++round) {
        const std::string text = put_together(random);
        const NTSTATUS status = make(text);
        ASSERT_TRUE(ended(status)) << text;
        good += status == STATUS_SUCCESS;
    }
    EXPECT_GT(good, 20u);
}

TEST_F(SxsAttack, InEachEncodingAndTheWrongOne) {
    std::mt19937 random(7);
    for (int round = 0; round < 1500; ++round) {
        const std::string text = put_together(random);
        std::string bytes = as_utf16(text, round & 1, round & 2);
        if (round % 5 == 0) bytes = "\xef\xbb\xbf" + bytes;
        if (round % 7 == 0 && !bytes.empty()) bytes.resize(random() % bytes.size());
        if (round % 11 == 0 && !bytes.empty()) bytes[random() % bytes.size()] = static_cast<char>(random());
        ASSERT_TRUE(ended(make(bytes))) << text;
    }
    const std::string plain = kHead + "<file name='a.dll'/>" + kTail;
    EXPECT_EQ(make(plain), STATUS_SUCCESS);
    EXPECT_EQ(make("\xef\xbb\xbf" + plain), STATUS_SUCCESS);
    EXPECT_EQ(make(as_utf16(plain, false, true)), STATUS_SUCCESS);
    EXPECT_EQ(make(as_utf16(plain, true, true)), STATUS_SUCCESS);
    // Without a mark it is UTF-8, whatever it looks like; two marks are one too many.
    EXPECT_EQ(make(as_utf16(plain, false, false)), STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(make("\xef\xbb\xbf\xef\xbb\xbf" + plain), STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(make("\xff\xfe" + plain), STATUS_SXS_CANT_GEN_ACTCTX);
}

// No end where there has to be one, behind each piece of markup.
TEST_F(SxsAttack, WithoutAnEnd) {
    const std::string whole =
        kHead +
        "<!-- c --><?p d?><file name='a.dll' hash='00'><windowClass>A&amp;B</windowClass>"
        "<![CDATA[x]]></file>" +
        kTail;
    EXPECT_EQ(make(whole), STATUS_SUCCESS);
    for (size_t length = 0; length < whole.size(); ++length)
        EXPECT_EQ(make(whole.substr(0, length)), STATUS_SXS_CANT_GEN_ACTCTX) << length;
    for (size_t at = 0; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged.insert(at, 1, '\0');
        EXPECT_EQ(make(damaged), STATUS_SXS_CANT_GEN_ACTCTX) << at;
    }
}

// Entities that are made of entities: a document type is not read at all.
TEST_F(SxsAttack, EntityBombs) {
    std::string bomb = "<!DOCTYPE assembly [<!ENTITY a0 'x'>";
    for (int i = 1; i < 30; ++i) {
        const std::string last = "&a" + std::to_string(i - 1) + ";";
        bomb += "<!ENTITY a" + std::to_string(i) + " '" + times(last, 10) + "'>";
    }
    EXPECT_EQ(make(bomb + "]>" + kHead + "&a29;" + kTail), STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(make("<!DOCTYPE a SYSTEM 'file:///C:/x'>" + kHead + kTail), STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(inside("<file name='&a29;'/>"), STATUS_SXS_CANT_GEN_ACTCTX);
}

TEST_F(SxsAttack, Depth) {
    EXPECT_EQ(inside(times("<a>", 60) + times("</a>", 60)), STATUS_SUCCESS);
    EXPECT_EQ(inside(times("<a>", 100) + times("</a>", 100)), STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(inside(times("<a>", 300'000)), STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(inside(times("<a xmlns:p='u'>", 60) + times("</a>", 60)), STATUS_SUCCESS);
    EXPECT_EQ(inside(times("<a xmlns:p='u' xmlns:q='u' xmlns:r='u'>", 60) + times("</a>", 60)),
              STATUS_SXS_CANT_GEN_ACTCTX);
}

TEST_F(SxsAttack, Size) {
    const std::string long_name(60'000, 'n');
    EXPECT_TRUE(ended(inside("<file name='" + long_name + "'/>")));
    EXPECT_TRUE(ended(inside("<file name='a'><windowClass>" + long_name + "</windowClass></file>")));
    EXPECT_TRUE(ended(inside("<a b='" + std::string(900'000, 'v') + "'/>")));
    EXPECT_TRUE(ended(inside("<" + std::string(900'000, 'e') + "/>")));
    EXPECT_TRUE(ended(inside(std::string(900'000, ' '))));
    EXPECT_TRUE(ended(inside("<!--" + std::string(900'000, '-') + ">")));
    EXPECT_TRUE(ended(inside("<a" + numbered(1000, " a", "='b'") + "/>")));
    EXPECT_TRUE(ended(inside(numbered(5'000, "<file name='", ".dll'/>"))));
    EXPECT_TRUE(
        ended(inside("<file name='a'>" + numbered(5'000, "<windowClass>", "</windowClass>") + "</file>")));
    EXPECT_TRUE(ended(inside(numbered(3'000, "<dependency><dependentAssembly><assemblyIdentity name='",
                                      "'/></dependentAssembly></dependency>"))));
    EXPECT_TRUE(ended(make(std::string(17u << 20, '<'))));
}

}  // namespace
