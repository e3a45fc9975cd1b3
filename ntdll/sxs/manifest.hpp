// SPDX-License-Identifier: GPL-3.0-only
// What an assembly's manifest says, as Microsoft's "Assembly Manifests" and "Application Manifests" describe
// it. Everything lies in the arena it was read into.
#pragma once

#include "ntdll/sxs/arena.hpp"

namespace sxs {

struct Version {
    USHORT major, minor, build, revision;
    ULONGLONG value() const {
        return static_cast<ULONGLONG>(major) << 48 | static_cast<ULONGLONG>(minor) << 32 |
               static_cast<ULONGLONG>(build) << 16 | revision;
    }
};

struct Identity {
    Text name, type, architecture, token, language;
    Version version;
    bool has_version;
    bool optional;  // of a dependency
};

struct WindowClass {
    Text name;
    bool versioned;
};

struct ComClass {
    GUID clsid, library;
    GUID alias;  // made by build_sections
    Text clsid_text, model, progid;
    List<Text> progids;
    // OLEMISC bits by aspect: default, content, thumbnail, icon, docprint; `aspects` has the bits of those
    // given.
    ULONG misc[5];
    ULONG aspects;
    // Of a .NET class: its name and the version of the run time. A null name otherwise.
    Text clr_name, clr_version;
};

struct TypeLibrary {
    GUID id;
    Text help_directory;
    USHORT resource, flags, major, minor;
};

struct Interface {
    GUID iid, library, base, proxy;
    Text name;
    ULONG methods;
    bool has_methods, has_base;
};

struct File {
    Text name, load_from;
    List<WindowClass> classes;
    List<ComClass> com_classes;
    List<TypeLibrary> libraries;
    List<Interface> interfaces;
};

struct Surrogate {
    GUID clsid;
    Text name, version;
};

struct Compatible {
    GUID id;
    ULONG type;  // ACTCTX_COMPATIBILITY_ELEMENT_TYPE
    ULONGLONG tested;
};

struct Setting {
    Text space, name, value;
};

struct Assembly {
    Identity identity;
    Text manifest_path;  // a DOS path
    ULONG path_type;     // ACTIVATION_CONTEXT_PATH_TYPE
    LARGE_INTEGER written;
    Text directory;       // of its files, with the last separator
    Text directory_name;  // below WinSxS; empty elsewhere
    bool no_inherit;
    ULONG run_level;  // ACTCTX_REQUESTED_RUN_LEVEL
    ULONG ui_access;
    List<File> files;
    List<Interface> interfaces;
    List<ComClass> clr_classes;
    List<Surrogate> surrogates;
    List<Identity> dependencies;
    List<Compatible> compatible;
    List<Setting> settings;
};

// The manifest's text: UTF-16 of either order with a byte order mark, else UTF-8. The decoded text lies in
// `arena`. STATUS_SXS_CANT_GEN_ACTCTX for bytes that are neither.
NTSTATUS decode_document(const void* bytes, SIZE_T size, Arena& arena, Text& text);

// STATUS_SXS_CANT_GEN_ACTCTX for what is no manifest; STATUS_NO_MEMORY. `text` must live as long as
// `assembly`.
NTSTATUS read_manifest(Text text, Arena& arena, Assembly& assembly);

// "1.2.3.4"; false for anything else.
bool parse_version(Text text, Version& version);

}  // namespace sxs
