// SPDX-License-Identifier: GPL-3.0-only
// Manifests: the XML reader, what is understood of a manifest, the tables made of it, and documents that are
// no good. Under ASan and UBSan a read or a number outside of what it may be ends the test.
#include "ntdll/sxs/section.hpp"
#include "ntdll/sxs/xml.hpp"
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
using sxs::Xml;

class Sxs : public testing::Test {
protected:
    void SetUp() override { fake::enter(); }
};

std::string narrow(Text text) {
    return {text.begin(), text.end()};
}

// All events in one line; "!" where the document is no good.
std::string events(std::u16string document) {
    // Exactly as large as it is, so that ASan guards its end.
    auto copy = std::make_unique<char16_t[]>(document.size());
    std::memcpy(copy.get(), document.data(), document.size() * sizeof(char16_t));
    auto xml = std::make_unique<Xml>(Text(copy.get(), document.size()));
    std::string said;
    for (;;) {
        switch (xml->next()) {
            case Xml::Event::Start:
                said += "<" + narrow(xml->space()) + ":" + narrow(xml->name());
                if (const auto* a = xml->attribute(u"a")) said += " a=" + narrow(a->raw);
                said += ">";
                break;
            case Xml::Event::End:
                said += "</" + narrow(xml->name()) + ">";
                break;
            case Xml::Event::Characters:
                said += (xml->literal() ? "[" : "(") + narrow(xml->characters()) + ")";
                break;
            case Xml::Event::Done:
                return said;
            case Xml::Event::Bad:
                EXPECT_EQ(xml->next(), Xml::Event::Bad);
                return said + "!";
        }
    }
}

bool good(const std::u16string& document) {
    return events(document).find('!') == std::string::npos;
}

TEST_F(Sxs, ReadsWellFormedXml) {
    EXPECT_EQ(events(u"<r/>"), "<:r></r>");
    EXPECT_EQ(events(u"\xfeff<?xml version='1.0'?>\n<!-- c -->\n<r a='1' b = \"<\">x</r>"), "!");
    EXPECT_EQ(events(u"\xfeff<?xml version='1.0'?>\n<!-- c -->\n<r a='1' b = \"&lt;\">x</r > <?p i?>"),
              "<:r a=1>(x)</r>");
    EXPECT_EQ(events(u"<p:r xmlns:p='u' xmlns='v'><s/><p:s xmlns:p='w' p:a='1' a='2'/><p:t/></p:r>"),
              "<u:r><v:s></s><w:s a=2></s><u:t></t></r>");
    EXPECT_EQ(events(u"<r><![CDATA[<&]]]></r>"), "<:r>[<&])</r>");
    EXPECT_EQ(events(u"<r xmlns='u'><s xmlns=''/></r>"), "<u:r><:s></s></r>");
}

TEST_F(Sxs, RefusesWhatIsNotWellFormed) {
    for (const char16_t* document : {u"",
                                     u" ",
                                     u"x",
                                     u"<",
                                     u"<r",
                                     u"<r>",
                                     u"</r>",
                                     u"<r></s>",
                                     u"<r/><s/>",
                                     u"<r/>x",
                                     u"<r a/>",
                                     u"<r a=1/>",
                                     u"<r a='1'b='2'/>",
                                     u"<r a='1' a='2'/>",
                                     u"<r a='<'/>",
                                     u"<r a='&'/>",
                                     u"<r>&x;</r>",
                                     u"<r>&#0;</r>",
                                     u"<r>&#xd800;</r>",
                                     u"<r>&#x110000;</r>",
                                     u"<r>&#99999999999;</r>",
                                     u"<r>&;</r>",
                                     u"<r>]]></r>",
                                     u"<r><!-- -- --></r>",
                                     u"<r><!-- </r>",
                                     u"<r><![CDATA[</r>",
                                     u"<!DOCTYPE r><r/>",
                                     u"<p:r/>",
                                     u"<r p:a=''/>",
                                     u"<r xmlns:p=''/>",
                                     u"<:r/>",
                                     u"<r:/>",
                                     u"<a:b:c xmlns:a='u'/>",
                                     u" <?xml version='1.0'?><r/>",
                                     u"<?XML version='1.0'?><r/>",
                                     u"<?xml?><r/>",
                                     u"<1/>",
                                     u"<r>\x01</r>",
                                     u"<r a='\x02'/>",
                                     u"<r/ >",
                                     u"<r><s></r></s>",
                                     u"<![CDATA[x]]><r/>",
                                     u"<r \xffff='1'/>"}) {
        EXPECT_FALSE(good(document)) << narrow(document);
    }
}

TEST_F(Sxs, KeepsItsBounds) {
    const auto nested = [](size_t depth) {
        std::u16string document;
        for (size_t i = 0; i < depth; ++i)
            document += u"<e>";
        for (size_t i = 0; i < depth; ++i)
            document += u"</e>";
        return document;
    };
    EXPECT_TRUE(good(nested(Xml::most_depth)));
    EXPECT_FALSE(good(nested(Xml::most_depth + 1)));
    EXPECT_FALSE(good(nested(100'000)));
    const auto many = [](size_t count, const char* prefix) {
        std::u16string document = u"<r";
        for (size_t i = 0; i < count; ++i) {
            for (const char c : " " + std::string(prefix) + std::to_string(i) + "='u'")
                document += static_cast<char16_t>(c);
        }
        return document + u"/>";
    };
    EXPECT_TRUE(good(many(Xml::most_attributes, "a")));
    EXPECT_FALSE(good(many(Xml::most_attributes + 1, "a")));
    EXPECT_TRUE(good(many(Xml::most_attributes, "xmlns:a")));
    // Declarations of elements that are closed are forgotten.
    std::u16string row = u"<r>";
    for (int i = 0; i < 1000; ++i)
        row += u"<e xmlns:p='u'><p:f/></e>";
    EXPECT_TRUE(good(row + u"</r>"));
    EXPECT_TRUE(good(u"<r a='" + std::u16string(1'000'000, u'x') + u"'/>"));
}

TEST_F(Sxs, DecodesReferences) {
    Arena arena;
    Text text;
    ASSERT_TRUE(Xml::decode(u"a&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;\tb", arena, text));
    EXPECT_EQ(text, Text(u"a<>&\"'A\xd83d\xde00 b"));
}

NTSTATUS decode(const std::string& bytes, std::u16string& result) {
    Arena arena;
    Text text;
    auto copy = std::make_unique<char[]>(bytes.size());
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    const NTSTATUS status = sxs::decode_document(copy.get(), bytes.size(), arena, text);
    result = text;
    return status;
}

TEST_F(Sxs, DecodesDocuments) {
    std::u16string text;
    EXPECT_EQ(decode("<\xc3\xa4/>", text), STATUS_SUCCESS);
    EXPECT_EQ(text, u"<\u00e4/>");
    EXPECT_EQ(decode(std::string("\xff\xfe<\0r\0", 6), text), STATUS_SUCCESS);
    EXPECT_EQ(text, u"\xfeff<r");
    EXPECT_EQ(decode(std::string("\xfe\xff\0<\0r", 6), text), STATUS_SUCCESS);
    EXPECT_EQ(text, u"\xfeff<r");
    EXPECT_EQ(decode("\xef\xbb\xbf<r/>", text), STATUS_SUCCESS);
    EXPECT_EQ(text, u"\xfeff<r/>");
    EXPECT_EQ(decode("", text), STATUS_SUCCESS);
    for (const std::string& bad : {std::string("\xff"), std::string("\xc0\x80"), std::string("\xed\xa0\x80"),
                                   std::string("\xf4\x90\x80\x80"), std::string("<\xe4/>"),
                                   std::string("\xe2\x82"), std::string("\xff\xfe<", 3),
                                   std::string("\xff\xfe\0\xd8", 4), std::string("\xff\xfe\0\xdc<\0", 6)}) {
        EXPECT_EQ(decode(bad, text), STATUS_SXS_CANT_GEN_ACTCTX);
    }
}

constexpr char16_t whole[] =
    uR"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0" xmlns:asmv3="urn:schemas-microsoft-com:asm.v3">
 <assemblyIdentity type="win32" name="Some.Thing" version="1.2.3.4" processorArchitecture="amd64"
   publicKeyToken="6595b64144ccf1df" language="*"/>
 <description>words &amp; more</description>
 <noInherit/>
 <dependency><dependentAssembly>
  <assemblyIdentity type="win32" name="Other" version="6.0.0.0" processorArchitecture="*"/></dependentAssembly></dependency>
 <dependency optional="yes"><dependentAssembly><assemblyIdentity type="win32" name="May.Be"/></dependentAssembly></dependency>
 <file name="one.dll" hash="00">
  <windowClass>Class1</windowClass><windowClass versioned="no">Class2</windowClass>
  <comClass clsid="{12345678-1234-1234-1234-111122223333}" threadingModel="Neutral" progid="Some.Thing.1"
    tlbid="{99999999-8888-7777-6666-555555555555}" miscStatusIcon="static, alignable" miscStatus="insideout">
   <progid>Some.Thing</progid><progid>Some.Other</progid></comClass>
  <typelib tlbid="{99999999-8888-7777-6666-555555555555}" version="1.7" helpdir="help" resourceid="16" flags="HIDDEN"/>
  <comInterfaceProxyStub iid="{22345678-1234-1234-1234-111122223333}" name="IThing" numMethods="5"
    baseInterface="{00000000-0000-0000-C000-000000000046}"/>
 </file>
 <file name="two.dll" loadFrom="C:\x\two.dll"/>
 <comInterfaceExternalProxyStub iid="{32345678-1234-1234-1234-111122223333}" name="IFar"
   proxyStubClsid32="{42345678-1234-1234-1234-111122223333}"/>
 <clrClass clsid="{52345678-1234-1234-1234-111122223333}" name="clr.cls" runtimeVersion="v1" threadingModel="Both"/>
 <clrSurrogate clsid="{62345678-1234-1234-1234-111122223333}" name="clr.sur" runtimeVersion="v2"/>
 <trustInfo xmlns="urn:schemas-microsoft-com:asm.v2"><security><requestedPrivileges>
  <requestedExecutionLevel level="requireAdministrator" uiAccess="true"/></requestedPrivileges></security></trustInfo>
 <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1"><application>
  <supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/><supportedOS Id="no"/>
  <maxversiontested Id="10.0.18362.1"/></application></compatibility>
 <asmv3:application><asmv3:windowsSettings xmlns="http://schemas.microsoft.com/SMI/2005/WindowsSettings">
  <dpiAware> true
  </dpiAware></asmv3:windowsSettings></asmv3:application>
</assembly>)";

struct Made {
    Arena arena;
    sxs::List<Assembly> assemblies;
    sxs::Section sections[sxs::section_count] = {};
    NTSTATUS status;

    explicit Made(Text text) {
        status = sxs::read_manifest(text, arena, *assemblies.add(arena));
        if (NT_SUCCESS(status)) status = sxs::build_sections(assemblies, 1, arena, sections);
    }
    template <typename T>
    T at(ULONG kind, ULONG offset) const {
        EXPECT_LE(offset + sizeof(T), sections[kind].size);
        T value;
        std::memcpy(&value, sections[kind].base + offset, sizeof value);
        return value;
    }
    std::string text(ULONG kind, ULONG offset, ULONG length) const {
        EXPECT_LE(offset + length + 2, sections[kind].size);
        const Text found(reinterpret_cast<const char16_t*>(sections[kind].base + offset), length / 2);
        EXPECT_EQ(found.data()[found.size()], 0);
        return narrow(found);
    }
};

GUID guid(const WCHAR* text) {
    GUID id = {};
    const UNICODE_STRING string = fake::string(text);
    EXPECT_EQ(RtlGUIDFromString(&string, &id), STATUS_SUCCESS);
    return id;
}
bool operator==(const GUID& one, const GUID& other) {
    return std::memcmp(&one, &other, sizeof one) == 0;
}

TEST_F(Sxs, ReadsAManifest) {
    const Made made{Text(whole)};
    ASSERT_EQ(made.status, STATUS_SUCCESS);
    const Assembly& assembly = *made.assemblies.at(0);
    EXPECT_EQ(narrow(assembly.identity.name), "Some.Thing");
    EXPECT_EQ(assembly.identity.version.value(), 0x0001000200030004u);
    EXPECT_TRUE(assembly.no_inherit);
    ASSERT_EQ(assembly.dependencies.count, 2u);
    EXPECT_FALSE(assembly.dependencies.at(0)->optional);
    EXPECT_TRUE(assembly.dependencies.at(1)->optional);
    EXPECT_FALSE(assembly.dependencies.at(1)->has_version);
    EXPECT_EQ(assembly.run_level, ULONG{ACTCTX_RUN_LEVEL_REQUIRE_ADMIN});
    EXPECT_EQ(assembly.ui_access, 1u);
    ASSERT_EQ(assembly.compatible.count, 2u);
    EXPECT_EQ(assembly.compatible.at(1)->tested, 0x000a000047ba0001u);
    ASSERT_EQ(assembly.settings.count, 1u);
    EXPECT_EQ(narrow(assembly.settings.at(0)->value), "true");
}

TEST_F(Sxs, TablesOfDllsAndWindows) {
    const Made made{Text(whole)};
    ULONG kind = ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION;
    sxs::Found found = sxs::find(made.sections[kind], Text(u"ONE.DLL"));
    ASSERT_TRUE(found.length);
    EXPECT_EQ(found.roster, 1u);
    EXPECT_EQ(made.at<ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION>(kind, found.offset).Flags, 2u);
    found = sxs::find(made.sections[kind], Text(u"two.dll"));
    const auto dll = made.at<ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION>(kind, found.offset);
    EXPECT_EQ(dll.PathSegmentCount, 1u);
    const auto part =
        made.at<ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT>(kind, dll.PathSegmentOffset);
    EXPECT_EQ(made.text(kind, part.Offset, part.Length), "C:\\x\\two.dll");
    EXPECT_FALSE(sxs::find(made.sections[kind], Text(u"three.dll")).length);
    EXPECT_FALSE(sxs::find(made.sections[kind], Text()).length);

    kind = ACTIVATION_CONTEXT_SECTION_WINDOW_CLASS_REDIRECTION;
    const auto window = [&](Text name) {
        const sxs::Found at = sxs::find(made.sections[kind], name);
        const auto data = made.at<ACTIVATION_CONTEXT_DATA_WINDOW_CLASS_REDIRECTION>(kind, at.offset);
        return made.text(kind, at.offset + data.VersionSpecificClassNameOffset,
                         data.VersionSpecificClassNameLength) +
               " " + made.text(kind, data.DllNameOffset, data.DllNameLength);
    };
    EXPECT_EQ(window(u"class1"), "1.2.3.4!Class1 one.dll");
    EXPECT_EQ(window(u"Class2"), "Class2 one.dll");
}

TEST_F(Sxs, TablesOfCom) {
    const Made made{Text(whole)};
    ULONG kind = ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION;
    const GUID clsid = guid(u"{12345678-1234-1234-1234-111122223333}");
    sxs::Found found = sxs::find(made.sections[kind], clsid);
    ASSERT_TRUE(found.length);
    const auto server = made.at<ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION>(kind, found.offset);
    EXPECT_EQ(server.Size, 0x78u);
    EXPECT_EQ(server.Flags, 0x300u);
    EXPECT_EQ(server.ThreadingModel, 5u);
    EXPECT_TRUE(server.ReferenceClsid == clsid);
    EXPECT_EQ(server.MiscStatusDefault, 0x80u);
    EXPECT_EQ(server.MiscStatusIcon, 0x8008u);
    EXPECT_EQ(made.text(kind, server.ModuleOffset, server.ModuleLength), "one.dll");
    EXPECT_EQ(made.text(kind, found.offset + server.ProgIdOffset, server.ProgIdLength), "Some.Thing.1");
    EXPECT_EQ(sxs::find(made.sections[kind], server.ConfiguredClsid).offset, found.offset);

    kind = ACTIVATION_CONTEXT_SECTION_COM_PROGID_REDIRECTION;
    for (const Text progid : {Text(u"Some.Thing.1"), Text(u"some.thing"), Text(u"Some.Other")}) {
        found = sxs::find(made.sections[kind], progid);
        ASSERT_TRUE(found.length);
        const auto data = made.at<ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION>(kind, found.offset);
        EXPECT_TRUE(made.at<GUID>(kind, data.ConfiguredClsidOffset) == server.ConfiguredClsid);
    }

    kind = ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION;
    found = sxs::find(made.sections[kind], guid(u"{52345678-1234-1234-1234-111122223333}"));
    const auto clr = made.at<ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION>(kind, found.offset);
    EXPECT_EQ(made.text(kind, clr.ModuleOffset, clr.ModuleLength), "mscoree.dll");
    const ULONG shim_at = found.offset + clr.ShimDataOffset;
    const auto shim = made.at<ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM>(kind, shim_at);
    EXPECT_EQ(made.text(kind, shim_at + shim.TypeOffset, shim.TypeLength), "clr.cls");
    EXPECT_EQ(made.text(kind, shim_at + shim.ShimVersionOffset, shim.ShimVersionLength), "v1");

    kind = ACTIVATION_CONTEXT_SECTION_COM_INTERFACE_REDIRECTION;
    const GUID iid = guid(u"{22345678-1234-1234-1234-111122223333}");
    found = sxs::find(made.sections[kind], iid);
    auto stub = made.at<ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION>(kind, found.offset);
    EXPECT_EQ(stub.Flags, 3u);
    EXPECT_EQ(stub.NumMethods, 5u);
    EXPECT_TRUE(stub.ProxyStubClsid32 == iid);
    EXPECT_EQ(made.text(kind, found.offset + stub.NameOffset, stub.NameLength), "IThing");
    found = sxs::find(made.sections[kind], guid(u"{32345678-1234-1234-1234-111122223333}"));
    stub = made.at<ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION>(kind, found.offset);
    EXPECT_TRUE(stub.ProxyStubClsid32 == guid(u"{42345678-1234-1234-1234-111122223333}"));
    EXPECT_EQ(stub.Flags, 0u);

    kind = ACTIVATION_CONTEXT_SECTION_COM_TYPE_LIBRARY_REDIRECTION;
    found = sxs::find(made.sections[kind], guid(u"{99999999-8888-7777-6666-555555555555}"));
    const auto library = made.at<ACTIVATION_CONTEXT_DATA_COM_TYPE_LIBRARY_REDIRECTION>(kind, found.offset);
    EXPECT_EQ(library.ResourceId, 16);
    EXPECT_EQ(library.LibraryFlags, 4);
    EXPECT_EQ(library.MajorVersion, 1);
    EXPECT_EQ(library.MinorVersion, 7);
    EXPECT_EQ(made.text(kind, found.offset + library.HelpDirOffset, library.HelpDirLength), "help");

    kind = ACTIVATION_CONTEXT_SECTION_CLR_SURROGATES;
    found = sxs::find(made.sections[kind], guid(u"{62345678-1234-1234-1234-111122223333}"));
    const auto surrogate = made.at<ACTIVATION_CONTEXT_DATA_CLR_SURROGATE>(kind, found.offset);
    EXPECT_EQ(made.text(kind, found.offset + surrogate.TypeNameOffset, surrogate.TypeNameLength), "clr.sur");
    EXPECT_EQ(made.text(kind, found.offset + surrogate.VersionOffset, surrogate.VersionLength), "v2");
}

// What stands in an assembly element.
NTSTATUS inside(const std::u16string& text) {
    const std::u16string document =
        u"<assembly xmlns='urn:schemas-microsoft-com:asm.v1' manifestVersion='1.0'>" + text + u"</assembly>";
    return Made(document).status;
}

TEST_F(Sxs, RefusesBadManifests) {
    EXPECT_EQ(inside(u""), STATUS_SUCCESS);
    EXPECT_EQ(inside(u"<unknown><deeper a='b'>x</deeper></unknown>"), STATUS_SUCCESS);
    for (const char16_t* text :
         {u"<assemblyIdentity/>", u"<assemblyIdentity name='a' version='1'/>",
          u"<assemblyIdentity name='a' version='1.2.3.4.5'/>",
          u"<assemblyIdentity name='a' version='1.2.3.65536'/>",
          u"<assemblyIdentity name='a' version='1.2..4'/>",
          u"<assemblyIdentity name='a'/><assemblyIdentity name='b'/>", u"<file/>", u"<file name=''/>",
          u"<file name='a'><windowClass/></file>",
          u"<file name='a'><windowClass versioned='maybe'>b</windowClass></file>",
          u"<file name='a'><comClass/></file>", u"<file name='a'><comClass clsid='no'/></file>",
          u"<file name='a'><typelib tlbid='{99999999-8888-7777-6666-555555555555}' version='1'/></file>",
          u"<comInterfaceExternalProxyStub iid='{99999999-8888-7777-6666-55555555555}'/>",
          u"<dependency><dependentAssembly><assemblyIdentity/></dependentAssembly></dependency>",
          u"<trustInfo><security><requestedPrivileges><requestedExecutionLevel level='god'/>"
          u"</requestedPrivileges></security></trustInfo>",
          u"<file name='a'>"}) {
        EXPECT_EQ(inside(text), STATUS_SXS_CANT_GEN_ACTCTX) << narrow(text);
    }
    EXPECT_EQ(Made(Text(u"<assembly manifestVersion='1.0'/>")).status, STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(Made(Text(u"<assembly xmlns='urn:schemas-microsoft-com:asm.v1'/>")).status,
              STATUS_SXS_CANT_GEN_ACTCTX);
    EXPECT_EQ(
        Made(Text(u"<assembly xmlns='urn:schemas-microsoft-com:asm.v1' manifestVersion='2.0'/>")).status,
        STATUS_SXS_CANT_GEN_ACTCTX);
}

// Cut anywhere and changed anywhere: a status, never a fault.
TEST_F(Sxs, Damage) {
    const std::u16string document(whole);
    for (size_t length = 0; length < document.size(); length += 3) {
        auto copy = std::make_unique<char16_t[]>(length);
        std::memcpy(copy.get(), document.data(), length * sizeof(char16_t));
        EXPECT_EQ(Made(Text(copy.get(), length)).status, STATUS_SXS_CANT_GEN_ACTCTX);
    }
    std::mt19937 random(3);
    for (int round = 0; round < 3000; ++round) {
        std::u16string damaged = document;
        for (unsigned hits = 1 + random() % 5; hits; --hits) {
            const size_t at = random() % damaged.size();
            switch (random() % 4) {
                case 0:
                    damaged[at] = static_cast<char16_t>(random());
                    break;
                case 1:
                    damaged.erase(at, random() % 40);
                    break;
                case 2:
                    damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 200));
                    break;
                default:
                    damaged[at] = u"<>&\"'/=!?{}[]-:; "[random() % 17];
            }
        }
        const Made made{Text(damaged)};
        EXPECT_TRUE(made.status == STATUS_SUCCESS || made.status == STATUS_SXS_CANT_GEN_ACTCTX);
    }
}

TEST_F(Sxs, MemoryRunsOut) {
    const SIZE_T before = fake::committed();
    for (int left = 0; left < 200; ++left) {
        fake::allocations_left = left;
        Arena arena;
        sxs::List<Assembly> assemblies;
        Assembly* assembly = assemblies.add(arena);
        NTSTATUS status = assembly ? sxs::read_manifest(Text(whole), arena, *assembly) : STATUS_NO_MEMORY;
        sxs::Section sections[sxs::section_count] = {};
        if (NT_SUCCESS(status)) status = sxs::build_sections(assemblies, 1, arena, sections);
        EXPECT_TRUE(status == STATUS_SUCCESS || status == STATUS_NO_MEMORY);
        if (status == STATUS_SUCCESS) break;
    }
    fake::allocations_left = -1;
    EXPECT_LE(fake::committed(), before + 0x100000);
}

}  // namespace
