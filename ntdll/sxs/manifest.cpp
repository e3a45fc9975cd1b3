// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/sxs/manifest.hpp"
#include "abi/nt/ntactctx.h"
#include "ntdll/sxs/xml.hpp"

namespace sxs {
namespace {

constexpr Text asm_v1 = u"urn:schemas-microsoft-com:asm.v1";
constexpr Text asm_v2 = u"urn:schemas-microsoft-com:asm.v2";
constexpr Text asm_v3 = u"urn:schemas-microsoft-com:asm.v3";
constexpr Text compatibility_v1 = u"urn:schemas-microsoft-com:compatibility.v1";
constexpr Text settings_prefix = u"http://schemas.microsoft.com/SMI/";

bool parse_number(Text text, ULONG most, ULONG& value) {
    value = 0;
    if (text.empty()) return false;
    for (const WCHAR c : text) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
        if (value > most) return false;
    }
    return true;
}

Text trimmed(Text text) {
    constexpr Text spaces = u" \t\r\n";
    const SIZE_T from = text.find_first_not_of(spaces);
    return from == Text::npos ? Text() : text.substr(from, text.find_last_not_of(spaces) - from + 1);
}

// The piece of `list` up to a separator, which is taken off.
Text next_piece(Text& list, WCHAR separator) {
    const SIZE_T at = list.find(separator);
    const Text piece = list.substr(0, at);
    list = at == Text::npos ? Text() : list.substr(at + 1);
    return piece;
}

struct Flag {
    Text name;
    ULONG value;
};
constexpr Flag misc_flags[] = {{u"recomposeonresize", 0x1},     {u"onlyiconic", 0x2},
                               {u"insertnotreplace", 0x4},      {u"static", 0x8},
                               {u"cantlinkinside", 0x10},       {u"canlinkbyole1", 0x20},
                               {u"islinkobject", 0x40},         {u"insideout", 0x80},
                               {u"activatewhenvisible", 0x100}, {u"renderingisdeviceindependent", 0x200},
                               {u"invisibleatruntime", 0x400},  {u"alwaysrun", 0x800},
                               {u"actslikebutton", 0x1000},     {u"actslikelabel", 0x2000},
                               {u"nouiactivate", 0x4000},       {u"alignable", 0x8000},
                               {u"simpleframe", 0x10000},       {u"setclientsitefirst", 0x20000},
                               {u"imemode", 0x40000},           {u"ignoreativatewhenvisible", 0x80000},
                               {u"wantstomenumerge", 0x100000}, {u"supportsmultilevelundo", 0x200000}};
constexpr Flag library_flags[] = {{u"restricted", 1}, {u"control", 2}, {u"hidden", 4}, {u"hasdiskimage", 8}};

bool parse_flags(Text list, const Flag* known, SIZE_T count, ULONG& value) {
    value = 0;
    while (!list.empty()) {
        const Text piece = trimmed(next_piece(list, ','));
        SIZE_T i = 0;
        while (i < count && !same(known[i].name, piece))
            ++i;
        if (i == count) return false;
        value |= known[i].value;
    }
    return true;
}

// Each function is called behind the start of its element and takes everything up to its end; false when the
// manifest is no good or memory has run out, which `status` tells.
class Reader {
public:
    Reader(Text text, Arena& arena, Assembly& assembly) : xml_(text), arena_(arena), assembly_(assembly) {}

    bool document() {
        if (xml_.next() != Xml::Event::Start || !is(u"assembly", asm_v1)) return bad();
        Text version;
        if (!value(u"manifestVersion", version) || version != u"1.0") return bad();
        if (!children([this] { return assembly_child(); })) return false;
        return xml_.next() == Xml::Event::Done || bad();
    }
    NTSTATUS status() const { return status_; }

private:
    bool bad() {
        if (status_ == STATUS_SUCCESS) status_ = STATUS_SXS_CANT_GEN_ACTCTX;
        return false;
    }
    bool no_memory() {
        status_ = STATUS_NO_MEMORY;
        return false;
    }
    bool is(Text name, Text space) const { return xml_.name() == name && xml_.space() == space; }
    // In any of the schemas that assemblies are described in.
    bool is(Text name) const { return is(name, asm_v1) || is(name, asm_v2) || is(name, asm_v3); }

    template <typename Visit>
    bool children(Visit visit) {
        for (;;) {
            switch (xml_.next()) {
                case Xml::Event::Start:
                    if (!visit()) return false;
                    break;
                case Xml::Event::End:
                    return true;
                case Xml::Event::Characters:
                    break;
                default:
                    return bad();
            }
        }
    }
    bool skip() {
        const ULONG outside = xml_.depth() - 1;
        for (;;) {
            const Xml::Event event = xml_.next();
            if (event == Xml::Event::Bad || event == Xml::Event::Done) return bad();
            if (event == Xml::Event::End && xml_.depth() == outside) return true;
        }
    }
    bool content(Text& text);

    // False when there is no such attribute, or when memory has run out.
    bool value(Text name, Text& text) {
        text = {};
        const Attribute* attribute = xml_.attribute(name);
        if (!attribute) return false;
        return Xml::decode(attribute->raw, arena_, text) || no_memory();
    }
    // An attribute that may be absent.
    bool optional(Text name, Text& text) { return value(name, text) || NT_SUCCESS(status_); }
    bool guid(Text name, bool needed, GUID& id) {
        Text text;
        if (!value(name, text)) return NT_SUCCESS(status_) && (!needed || bad());
        const UNICODE_STRING string = unicode(text);
        return text.size() < 100 && NT_SUCCESS(RtlGUIDFromString(&string, &id)) ? true : bad();
    }
    template <typename T>
    bool add(List<T>& list, T*& element) {
        element = list.add(arena_);
        return element || no_memory();
    }

    bool identity(Identity& identity);
    bool assembly_child();
    bool dependency();
    bool dependent_assembly(bool optional_one);
    bool file();
    bool file_child(File& file);
    bool window_class(File& file);
    bool com_class(File& file);
    bool com_attributes(ComClass& made);
    bool misc_status(ComClass& made);
    bool type_library(File& file);
    bool interface_stub(List<Interface>& list, bool external);
    bool clr_class();
    bool surrogate();
    bool trust();
    bool execution_level();
    bool compatibility();
    bool compatible(ULONG type);
    bool windows_settings();

    Xml xml_;
    Arena& arena_;
    Assembly& assembly_;
    NTSTATUS status_ = STATUS_SUCCESS;
};

// The text in an element, whatever is between comments; elements in it are passed over.
bool Reader::content(Text& text) {
    WCHAR* room = nullptr;
    SIZE_T used = 0;
    text = {};
    const ULONG outside = xml_.depth() - 1;
    for (;;) {
        const Xml::Event event = xml_.next();
        if (event == Xml::Event::Bad || event == Xml::Event::Done) return bad();
        if (event == Xml::Event::End && xml_.depth() == outside) break;
        if (event != Xml::Event::Characters) continue;
        Text piece = xml_.characters();
        if (!xml_.literal() && !Xml::decode(piece, arena_, piece)) return no_memory();
        auto* grown = arena_.make<WCHAR>(used + piece.size() + 1);
        if (!grown) return no_memory();
        rtl::copy(grown, room, used * sizeof(WCHAR));
        rtl::copy(grown + used, piece.data(), piece.size() * sizeof(WCHAR));
        room = grown;
        used += piece.size();
    }
    text = trimmed({room, used});
    return true;
}

bool Reader::identity(Identity& identity) {
    Text version;
    const bool read = optional(u"name", identity.name) && optional(u"type", identity.type) &&
                      optional(u"processorArchitecture", identity.architecture) &&
                      optional(u"publicKeyToken", identity.token) &&
                      optional(u"language", identity.language) && optional(u"version", version);
    if (!read) return false;
    identity.has_version = !version.empty();
    if (identity.has_version && !parse_version(version, identity.version)) return bad();
    return skip();
}

bool Reader::assembly_child() {
    if (is(u"assemblyIdentity")) {
        if (!assembly_.identity.name.empty()) return bad();
        return identity(assembly_.identity) && (!assembly_.identity.name.empty() || bad());
    }
    if (is(u"dependency")) return dependency();
    if (is(u"file")) return file();
    if (is(u"noInherit")) {
        assembly_.no_inherit = true;
        return skip();
    }
    if (is(u"comInterfaceExternalProxyStub")) return interface_stub(assembly_.interfaces, true);
    if (is(u"clrClass")) return clr_class();
    if (is(u"clrSurrogate")) return surrogate();
    if (is(u"trustInfo")) return trust();
    if (is(u"compatibility", compatibility_v1)) return compatibility();
    if (is(u"application")) {
        return children([this] { return xml_.name() == u"windowsSettings" ? windows_settings() : skip(); });
    }
    return skip();
}

bool Reader::dependency() {
    Text text;
    if (!optional(u"optional", text)) return false;
    const bool optional_one = same(text, u"yes") || same(text, u"true");
    return children([this, optional_one] {
        return is(u"dependentAssembly") ? dependent_assembly(optional_one) : skip();
    });
}

bool Reader::dependent_assembly(bool optional_one) {
    return children([this, optional_one] {
        if (!is(u"assemblyIdentity")) return skip();
        Identity* wanted;
        if (!add(assembly_.dependencies, wanted)) return false;
        wanted->optional = optional_one;
        return identity(*wanted) && (!wanted->name.empty() || bad());
    });
}

bool Reader::file() {
    File* made;
    if (!add(assembly_.files, made)) return false;
    if (!value(u"name", made->name) || made->name.empty()) return bad();
    if (!optional(u"loadFrom", made->load_from)) return false;
    return children([this, made] { return file_child(*made); });
}

bool Reader::file_child(File& file) {
    if (is(u"windowClass")) return window_class(file);
    if (is(u"comClass")) return com_class(file);
    if (is(u"typelib")) return type_library(file);
    if (is(u"comInterfaceProxyStub")) return interface_stub(file.interfaces, false);
    return skip();
}

bool Reader::window_class(File& file) {
    WindowClass* made;
    Text versioned;
    if (!add(file.classes, made) || !optional(u"versioned", versioned)) return false;
    made->versioned = !same(versioned, u"no");
    if (made->versioned && !versioned.empty() && !same(versioned, u"yes")) return bad();
    return content(made->name) && (!made->name.empty() || bad());
}

bool Reader::misc_status(ComClass& made) {
    struct Aspect {
        Text name;
        ULONG bit;
        ULONG index;
    };
    constexpr Aspect aspects[] = {{u"miscStatus", 1, 0},
                                  {u"miscStatusIcon", 2, 3},
                                  {u"miscStatusContent", 4, 1},
                                  {u"miscStatusThumbnail", 8, 2},
                                  {u"miscStatusDocPrint", 16, 4}};
    for (const Aspect& aspect : aspects) {
        Text list;
        if (!value(aspect.name, list)) {
            if (!NT_SUCCESS(status_)) return false;
            continue;
        }
        if (!parse_flags(list, misc_flags, sizeof(misc_flags) / sizeof(*misc_flags), made.misc[aspect.index]))
            return bad();
        made.aspects |= aspect.bit;
    }
    return true;
}

bool Reader::com_attributes(ComClass& made) {
    return value(u"clsid", made.clsid_text) && guid(u"clsid", true, made.clsid) &&
           guid(u"tlbid", false, made.library) && optional(u"progid", made.progid) &&
           optional(u"threadingModel", made.model);
}

bool Reader::com_class(File& file) {
    ComClass* made;
    if (!add(file.com_classes, made)) return false;
    if (!com_attributes(*made)) return bad();
    if (!misc_status(*made)) return false;
    return children([this, made] {
        Text* progid;
        if (!is(u"progid")) return skip();
        return add(made->progids, progid) && content(*progid) && (!progid->empty() || bad());
    });
}

bool Reader::clr_class() {
    ComClass* made;
    if (!add(assembly_.clr_classes, made)) return false;
    if (!com_attributes(*made) || !value(u"name", made->clr_name)) return bad();
    if (!optional(u"runtimeVersion", made->clr_version)) return false;
    return children([this, made] {
        Text* progid;
        if (!is(u"progid")) return skip();
        return add(made->progids, progid) && content(*progid) && (!progid->empty() || bad());
    });
}

bool Reader::surrogate() {
    Surrogate* made;
    if (!add(assembly_.surrogates, made) || !guid(u"clsid", true, made->clsid)) return false;
    if (!value(u"name", made->name)) return bad();
    return optional(u"runtimeVersion", made->version) && skip();
}

bool Reader::type_library(File& file) {
    TypeLibrary* made;
    Text version, resource, flags;
    if (!add(file.libraries, made) || !guid(u"tlbid", true, made->id)) return false;
    if (!value(u"version", version) || !optional(u"helpdir", made->help_directory)) return bad();
    ULONG major, minor, number;
    const Text first = next_piece(version, '.');
    if (!parse_number(first, 0xffff, major) || !parse_number(version, 0xffff, minor)) return bad();
    made->major = static_cast<USHORT>(major);
    made->minor = static_cast<USHORT>(minor);
    if (!optional(u"resourceid", resource) || !optional(u"flags", flags)) return false;
    if (!resource.empty()) {
        if (!parse_number(resource, 0xffff, number)) return bad();
        made->resource = static_cast<USHORT>(number);
    }
    if (!parse_flags(flags, library_flags, sizeof(library_flags) / sizeof(*library_flags), number))
        return bad();
    made->flags = static_cast<USHORT>(number);
    return skip();
}

bool Reader::interface_stub(List<Interface>& list, bool external) {
    Interface* made;
    Text methods;
    if (!add(list, made) || !guid(u"iid", true, made->iid) || !guid(u"tlbid", false, made->library))
        return false;
    if (!guid(u"baseInterface", false, made->base) || !optional(u"name", made->name)) return false;
    made->has_base = xml_.attribute(u"baseInterface");
    // Without a class of its own a file's stub is the class of the interface's identifier.
    made->proxy = external ? GUID{} : made->iid;
    if (!guid(u"proxyStubClsid32", false, made->proxy) || !optional(u"numMethods", methods)) return false;
    made->has_methods = !methods.empty();
    if (made->has_methods && !parse_number(methods, 0xffff, made->methods)) return bad();
    return skip();
}

bool Reader::trust() {
    return children([this] {
        if (!is(u"security")) return skip();
        return children([this] {
            if (!is(u"requestedPrivileges")) return skip();
            return children([this] { return is(u"requestedExecutionLevel") ? execution_level() : skip(); });
        });
    });
}

bool Reader::execution_level() {
    Text level, access;
    if (!optional(u"level", level) || !optional(u"uiAccess", access)) return false;
    if (same(level, u"asInvoker")) {
        assembly_.run_level = ACTCTX_RUN_LEVEL_AS_INVOKER;
    } else if (same(level, u"highestAvailable")) {
        assembly_.run_level = ACTCTX_RUN_LEVEL_HIGHEST_AVAILABLE;
    } else if (same(level, u"requireAdministrator")) {
        assembly_.run_level = ACTCTX_RUN_LEVEL_REQUIRE_ADMIN;
    } else {
        return bad();
    }
    assembly_.ui_access = same(access, u"true");
    if (!access.empty() && !assembly_.ui_access && !same(access, u"false")) return bad();
    return skip();
}

bool Reader::compatibility() {
    return children([this] {
        if (!is(u"application", compatibility_v1)) return skip();
        return children([this] {
            if (is(u"supportedOS", compatibility_v1)) return compatible(ACTCTX_COMPATIBILITY_ELEMENT_TYPE_OS);
            if (is(u"maxversiontested", compatibility_v1))
                return compatible(ACTCTX_COMPATIBILITY_ELEMENT_TYPE_MAXVERSIONTESTED);
            return skip();
        });
    });
}

// Identifiers of systems that nobody knows are passed over, as documented; so are those that are none.
bool Reader::compatible(ULONG type) {
    Compatible read = {{}, type, 0};
    Text id;
    Version version;
    if (!optional(u"Id", id)) return false;
    if (type == ACTCTX_COMPATIBILITY_ELEMENT_TYPE_OS) {
        const UNICODE_STRING string = unicode(id);
        if (id.size() > 100 || !NT_SUCCESS(RtlGUIDFromString(&string, &read.id))) return skip();
    } else if (parse_version(id, version)) {
        read.tested = version.value();
    } else {
        return skip();
    }
    Compatible* made;
    if (!add(assembly_.compatible, made)) return false;
    *made = read;
    return skip();
}

bool Reader::windows_settings() {
    return children([this] {
        if (xml_.space().substr(0, settings_prefix.size()) != settings_prefix) return skip();
        Setting* made;
        if (!add(assembly_.settings, made)) return false;
        made->space = xml_.space();
        made->name = xml_.name();
        return content(made->value);
    });
}

}  // namespace

bool parse_version(Text text, Version& version) {
    USHORT parts[4];
    for (USHORT& part : parts) {
        ULONG number;
        if (!parse_number(next_piece(text, '.'), 0xffff, number)) return false;
        part = static_cast<USHORT>(number);
    }
    version = {parts[0], parts[1], parts[2], parts[3]};
    return text.empty();
}

NTSTATUS read_manifest(Text text, Arena& arena, Assembly& assembly) {
    Reader reader(text, arena, assembly);
    return reader.document() ? STATUS_SUCCESS : reader.status();
}

}  // namespace sxs
