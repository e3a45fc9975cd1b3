// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/sxs/section.hpp"
#include "abi/nt/ntrtl_hash.h"

namespace sxs {
namespace {

bool equal(const GUID& one, const GUID& other) {
    return __builtin_memcmp(&one, &other, sizeof(GUID)) == 0;
}

ULONG hash(Text key) {
    const UNICODE_STRING string = unicode(key);
    ULONG value = 0;
    RtlHashUnicodeString(&string, TRUE, HASH_STRING_ALGORITHM_X65599, &value);
    return value;
}

// A section while it grows: data first, the list of entries at the end. Where memory runs out it stays as it
// is and says so.
template <typename Header, typename Entry>
class Writer {
public:
    explicit Writer(Arena& arena) : arena_(arena) { reserve(sizeof(Header)); }

    // A structure of zeros; what place() gives holds until the next reserve.
    template <typename T>
    ULONG reserve() {
        return reserve(sizeof(T));
    }
    template <typename T>
    T& place(ULONG offset) {
        static T nowhere;
        return failed_ ? nowhere : *reinterpret_cast<T*>(data_ + offset);
    }
    // The text with its terminator; the offset is that of nothing (0) for an empty one.
    ULONG put(Text text) {
        if (text.empty()) return 0;
        const ULONG offset = reserve((static_cast<ULONG>(text.size()) + 1) * sizeof(WCHAR));
        if (!failed_) rtl::copy(data_ + offset, text.data(), text.size() * sizeof(WCHAR));
        return offset;
    }
    void enter(Entry entry) {
        if (Entry* made = entries_.add(arena_)) {
            *made = entry;
        } else {
            failed_ = true;
        }
    }
    ULONG end() const { return used_; }

    NTSTATUS finish(Header header, Section& section) {
        if (entries_.count) {
            header.ElementCount = entries_.count;
            header.ElementListOffset = reserve(entries_.count * sizeof(Entry));
            header.HeaderSize = sizeof(Header);
            header.FormatVersion = header.DataFormatVersion = 1;
        }
        if (failed_) return STATUS_NO_MEMORY;
        if (!entries_.count) return STATUS_SUCCESS;
        rtl::copy(data_, &header, sizeof(header));
        char* at = data_ + header.ElementListOffset;
        entries_.each([&at](const Entry& entry) {
            rtl::copy(at, &entry, sizeof(entry));
            at += sizeof(entry);
        });
        section = {data_, used_};
        return STATUS_SUCCESS;
    }

private:
    ULONG reserve(ULONG size) {
        const auto needed = static_cast<ULONG>(rtl::round_up(used_ + size, 8));
        if (needed > room_) {
            const ULONG room = needed * 2;
            auto* grown = static_cast<char*>(arena_.take(room));
            if (!grown) {
                failed_ = true;
                return 0;
            }
            rtl::copy(grown, data_, used_);
            data_ = grown;
            room_ = room;
        }
        const ULONG offset = used_;
        used_ = needed;
        return offset;
    }

    Arena& arena_;
    char* data_ = nullptr;
    ULONG used_ = 0;
    ULONG room_ = 0;
    bool failed_ = false;
    List<Entry> entries_;
};

using Strings = Writer<ACTIVATION_CONTEXT_STRING_SECTION_HEADER, ACTIVATION_CONTEXT_STRING_SECTION_ENTRY>;
using Guids = Writer<ACTIVATION_CONTEXT_GUID_SECTION_HEADER, ACTIVATION_CONTEXT_GUID_SECTION_ENTRY>;

ULONG bytes(Text text) {
    return static_cast<ULONG>(text.size() * sizeof(WCHAR));
}
ULONG relative(ULONG offset, ULONG base) {
    return offset ? offset - base : 0;
}

void enter(Strings& section, Text key, ULONG offset, ULONG roster) {
    const ULONG at = section.put(key);
    section.enter({hash(key), at, bytes(key), offset, section.end() - offset, roster});
}

NTSTATUS finish(Strings& writer, Section& section) {
    ACTIVATION_CONTEXT_STRING_SECTION_HEADER header = {};
    header.Magic = ACTIVATION_CONTEXT_STRING_SECTION_MAGIC;
    header.HashAlgorithm = HASH_STRING_ALGORITHM_X65599;
    return writer.finish(header, section);
}
NTSTATUS finish(Guids& writer, Section& section) {
    ACTIVATION_CONTEXT_GUID_SECTION_HEADER header = {};
    header.Magic = ACTIVATION_CONTEXT_GUID_SECTION_MAGIC;
    return writer.finish(header, section);
}

template <typename Visit>
void each_assembly(const List<Assembly>& assemblies, Visit visit) {
    ULONG roster = 0;
    assemblies.each([&](Assembly& assembly) { visit(assembly, ++roster); });
}
template <typename Visit>
void each_file(const List<Assembly>& assemblies, Visit visit) {
    each_assembly(assemblies, [&](Assembly& assembly, ULONG roster) {
        assembly.files.each([&](File& file) { visit(assembly, file, roster); });
    });
}

void dll_redirection(Strings& section, const File& file, ULONG roster) {
    using Data = ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION;
    const ULONG at = section.reserve<Data>();
    Data data = {};
    data.Size = sizeof(Data);
    data.Flags = ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_OMITS_ASSEMBLY_ROOT;
    if (!file.load_from.empty()) {
        using Segment = ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT;
        data.Flags |= ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_INCLUDES_BASE_NAME;
        data.TotalPathLength = bytes(file.load_from);
        data.PathSegmentCount = 1;
        data.PathSegmentOffset = section.reserve<Segment>();
        const ULONG text = section.put(file.load_from);
        section.place<Segment>(data.PathSegmentOffset) = {bytes(file.load_from), text};
    }
    section.place<Data>(at) = data;
    enter(section, file.name, at, roster);
}

// Digits of a number behind `text`.
void append_number(WCHAR*& text, ULONG number) {
    if (number >= 10) append_number(text, number / 10);
    *text++ = static_cast<WCHAR>('0' + number % 10);
}

// "6.0.2600.2982!Button"
Text versioned(const Version& version, Text name, Arena& arena) {
    constexpr SIZE_T longest_version = 4 * 6;
    auto* room = arena.make<WCHAR>(longest_version + name.size());
    if (!room) return {};
    WCHAR* at = room;
    const USHORT parts[] = {version.major, version.minor, version.build, version.revision};
    for (const USHORT part : parts) {
        append_number(at, part);
        *at++ = '.';
    }
    at[-1] = '!';
    rtl::copy(at, name.data(), name.size() * sizeof(WCHAR));
    return {room, static_cast<SIZE_T>(at - room) + name.size()};
}

void window_class(Strings& section, const Assembly& assembly, const File& file, const WindowClass& made,
                  ULONG roster, Arena& arena) {
    using Data = ACTIVATION_CONTEXT_DATA_WINDOW_CLASS_REDIRECTION;
    const Text name = made.versioned ? versioned(assembly.identity.version, made.name, arena) : made.name;
    const ULONG at = section.reserve<Data>();
    const ULONG name_at = section.put(name);
    const ULONG dll_at = section.put(file.name);
    section.place<Data>(at) = {sizeof(Data), 0, bytes(name), relative(name_at, at), bytes(file.name), dll_at};
    enter(section, made.name, at, roster);
}

// COM+'s values of a threading model.
ULONG threading_model(Text text) {
    struct Model {
        Text name;
        ULONG value;
    };
    constexpr Model models[] = {
        {u"Apartment", 1}, {u"Free", 2}, {u"Single", 3}, {u"Both", 4}, {u"Neutral", 5}};
    for (const Model& model : models) {
        if (same(model.name, text)) return model.value;
    }
    return 3;
}

// A name-based identifier (RFC 4122, version 3): another for each context and class.
GUID make_alias(const GUID& clsid, ULONG seed, ULONG index) {
    MD5_CTX context;
    MD5Init(&context);
    MD5Update(&context, &seed, sizeof(seed));
    MD5Update(&context, &index, sizeof(index));
    MD5Update(&context, &clsid, sizeof(clsid));
    MD5Final(&context);
    GUID alias;
    rtl::copy(&alias, context.Digest, sizeof(alias));
    alias.Data3 = static_cast<USHORT>((alias.Data3 & 0xfff) | 0x3000);
    alias.Data4[0] = static_cast<UCHAR>((alias.Data4[0] & 0x3f) | 0x80);
    return alias;
}

ULONG clr_shim(Guids& section, const ComClass& made, ULONG module, Text module_name) {
    using Shim = ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM;
    const ULONG at = section.reserve<Shim>();
    const ULONG name = section.put(made.clr_name);
    const ULONG version = section.put(made.clr_version);
    Shim shim = {};
    shim.Size = sizeof(Shim);
    shim.Type = ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM_TYPE_CLR_CLASS;
    shim.ModuleLength = bytes(module_name);
    shim.ModuleOffset = module;
    shim.TypeLength = bytes(made.clr_name);
    shim.TypeOffset = relative(name, at);
    shim.ShimVersionLength = bytes(made.clr_version);
    shim.ShimVersionOffset = relative(version, at);
    section.place<Shim>(at) = shim;
    return at;
}

void com_class(Guids& section, Text module_name, const ComClass& made, ULONG roster) {
    using Data = ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION;
    const ULONG at = section.reserve<Data>();
    const ULONG progid = section.put(made.progid);
    const ULONG module = section.put(module_name);
    Data data = {};
    data.Size = sizeof(Data);
    data.Flags = made.aspects << ACTIVATION_CONTEXT_DATA_COM_SERVER_MISCSTATUS_FLAG_OFFSET;
    data.ThreadingModel = threading_model(made.model);
    data.ReferenceClsid = data.ImplementedClsid = made.clsid;
    data.ConfiguredClsid = made.alias;
    data.TypeLibraryId = made.library;
    data.ModuleLength = bytes(module_name);
    data.ModuleOffset = module;
    data.ProgIdLength = bytes(made.progid);
    data.ProgIdOffset = relative(progid, at);
    if (!made.clr_name.empty()) {
        const ULONG shim = clr_shim(section, made, module, module_name);
        data.ShimDataLength = section.end() - shim;
        data.ShimDataOffset = relative(shim, at);
    }
    data.MiscStatusDefault = made.misc[0];
    data.MiscStatusContent = made.misc[1];
    data.MiscStatusThumbnail = made.misc[2];
    data.MiscStatusIcon = made.misc[3];
    data.MiscStatusDocPrint = made.misc[4];
    section.place<Data>(at) = data;
    const ULONG length = section.end() - at;
    section.enter({made.clsid, at, length, roster});
    section.enter({made.alias, at, length, roster});
}

void progids(Strings& section, const ComClass& made, ULONG roster) {
    using Data = ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION;
    if (made.progid.empty() && !made.progids.count) return;
    const ULONG alias = section.reserve<GUID>();
    section.place<GUID>(alias) = made.alias;
    const auto one = [&](Text progid) {
        const ULONG at = section.reserve<Data>();
        section.place<Data>(at) = {sizeof(Data), 0, alias};
        enter(section, progid, at, roster);
    };
    if (!made.progid.empty()) one(made.progid);
    made.progids.each(one);
}

void com_interface(Guids& section, const Interface& made, ULONG roster) {
    using Data = ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION;
    const ULONG at = section.reserve<Data>();
    const ULONG name = section.put(made.name);
    const ULONG flags =
        (made.has_methods ? ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION_FLAG_NUM_METHODS_VALID : 0) |
        (made.has_base ? ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION_FLAG_BASE_INTERFACE_VALID : 0);
    section.place<Data>(at) = {sizeof(Data), flags,     made.proxy,       made.methods,
                               made.library, made.base, bytes(made.name), relative(name, at)};
    section.enter({made.iid, at, section.end() - at, roster});
}

void type_library(Guids& section, const File& file, const TypeLibrary& made, ULONG roster) {
    using Data = ACTIVATION_CONTEXT_DATA_COM_TYPE_LIBRARY_REDIRECTION;
    const ULONG at = section.reserve<Data>();
    const ULONG help = section.put(made.help_directory);
    const ULONG name = section.put(file.name);
    section.place<Data>(at) = {sizeof(Data),  0,          bytes(file.name),           name,
                               made.resource, made.flags, bytes(made.help_directory), relative(help, at),
                               made.major,    made.minor};
    section.enter({made.id, at, section.end() - at, roster});
}

void surrogate(Guids& section, const Surrogate& made, ULONG roster) {
    using Data = ACTIVATION_CONTEXT_DATA_CLR_SURROGATE;
    const ULONG at = section.reserve<Data>();
    const ULONG version = section.put(made.version);
    const ULONG name = section.put(made.name);
    section.place<Data>(at) = {
        sizeof(Data),    0, made.clsid, relative(version, at), bytes(made.version), relative(name, at),
        bytes(made.name)};
    section.enter({made.clsid, at, section.end() - at, roster});
}

constexpr Text clr_module = u"mscoree.dll";

template <typename Visit>
void each_class(const List<Assembly>& assemblies, Visit visit) {
    each_file(assemblies, [&](Assembly&, File& file, ULONG roster) {
        file.com_classes.each([&](ComClass& made) { visit(file.name, made, roster); });
    });
    each_assembly(assemblies, [&](Assembly& assembly, ULONG roster) {
        assembly.clr_classes.each([&](ComClass& made) { visit(clr_module, made, roster); });
    });
}

template <typename Kind, typename Fill>
NTSTATUS build(Arena& arena, Section& section, Fill fill) {
    Kind writer(arena);
    fill(writer);
    return finish(writer, section);
}

}  // namespace

NTSTATUS build_sections(const List<Assembly>& all, ULONG seed, Arena& arena,
                        Section (&sections)[section_count]) {
    ULONG classes = 0;
    each_class(all,
               [&](Text, ComClass& made, ULONG) { made.alias = make_alias(made.clsid, seed, ++classes); });
    const NTSTATUS statuses[] = {
        build<Strings>(arena, sections[ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION],
                       [&](Strings& section) {
                           each_file(all, [&](Assembly&, File& file, ULONG roster) {
                               dll_redirection(section, file, roster);
                           });
                       }),
        build<Strings>(arena, sections[ACTIVATION_CONTEXT_SECTION_WINDOW_CLASS_REDIRECTION],
                       [&](Strings& section) {
                           each_file(all, [&](Assembly& assembly, File& file, ULONG roster) {
                               file.classes.each([&](WindowClass& made) {
                                   window_class(section, assembly, file, made, roster, arena);
                               });
                           });
                       }),
        build<Guids>(arena, sections[ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION],
                     [&](Guids& section) {
                         each_class(all, [&](Text module, ComClass& made, ULONG roster) {
                             com_class(section, module, made, roster);
                         });
                     }),
        build<Guids>(arena, sections[ACTIVATION_CONTEXT_SECTION_COM_INTERFACE_REDIRECTION],
                     [&](Guids& section) {
                         each_assembly(all, [&](Assembly& assembly, ULONG roster) {
                             const auto one = [&](Interface& made) { com_interface(section, made, roster); };
                             assembly.interfaces.each(one);
                             assembly.files.each([&](File& file) { file.interfaces.each(one); });
                         });
                     }),
        build<Guids>(arena, sections[ACTIVATION_CONTEXT_SECTION_COM_TYPE_LIBRARY_REDIRECTION],
                     [&](Guids& section) {
                         each_file(all, [&](Assembly&, File& file, ULONG roster) {
                             file.libraries.each(
                                 [&](TypeLibrary& made) { type_library(section, file, made, roster); });
                         });
                     }),
        build<Strings>(arena, sections[ACTIVATION_CONTEXT_SECTION_COM_PROGID_REDIRECTION],
                       [&](Strings& section) {
                           each_class(all, [&](Text, ComClass& made, ULONG roster) {
                               progids(section, made, roster);
                           });
                       }),
        build<Guids>(arena, sections[ACTIVATION_CONTEXT_SECTION_CLR_SURROGATES],
                     [&](Guids& section) {
                         each_assembly(all, [&](Assembly& assembly, ULONG roster) {
                             assembly.surrogates.each(
                                 [&](Surrogate& made) { surrogate(section, made, roster); });
                         });
                     }),
    };
    for (const NTSTATUS status : statuses) {
        if (!NT_SUCCESS(status)) return status;
    }
    return STATUS_SUCCESS;
}

Found find(const Section& section, Text key) {
    if (!section.base) return {};
    const auto& header = *reinterpret_cast<const ACTIVATION_CONTEXT_STRING_SECTION_HEADER*>(section.base);
    if (header.Magic != ACTIVATION_CONTEXT_STRING_SECTION_MAGIC) return {};
    const ULONG wanted = hash(key);
    const auto* entry = reinterpret_cast<const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY*>(
        section.base + header.ElementListOffset);
    for (const auto* end = entry + header.ElementCount; entry != end; ++entry) {
        const Text text(reinterpret_cast<const WCHAR*>(section.base + entry->KeyOffset),
                        entry->KeyLength / sizeof(WCHAR));
        if (entry->PseudoKey == wanted && same(text, key))
            return {entry->Offset, entry->Length, entry->AssemblyRosterIndex};
    }
    return {};
}

Found find(const Section& section, const GUID& key) {
    if (!section.base) return {};
    const auto& header = *reinterpret_cast<const ACTIVATION_CONTEXT_GUID_SECTION_HEADER*>(section.base);
    if (header.Magic != ACTIVATION_CONTEXT_GUID_SECTION_MAGIC) return {};
    const auto* entry = reinterpret_cast<const ACTIVATION_CONTEXT_GUID_SECTION_ENTRY*>(
        section.base + header.ElementListOffset);
    for (const auto* end = entry + header.ElementCount; entry != end; ++entry) {
        if (equal(entry->Guid, key)) return {entry->Offset, entry->Length, entry->AssemblyRosterIndex};
    }
    return {};
}

}  // namespace sxs
