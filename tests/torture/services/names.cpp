// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/names.hpp"

#include "tests/torture/services/generate.hpp"

namespace torture {

using service_table::Service;

namespace {

constexpr ULONG kMostCharacters = 2040;  // of a name, as it is placed in one piece of at most 4096 bytes
constexpr ULONG64 kDifferentNames = 24;
constexpr ULONG64 kFarPercent = 1;  // of paths as long as can be

enum class Family { Object, Key, File, Pipe, Mailslot, Image, Driver };

Family family(const Service& service) {
    if (contains(service.name, "Driver")) return Family::Driver;
    if (contains(service.name, "Key") && !contains(service.name, "Keyed")) return Family::Key;
    if (contains(service.name, "NamedPipe")) return Family::Pipe;
    if (contains(service.name, "Mailslot")) return Family::Mailslot;
    if (contains(service.name, "File")) return Family::File;
    return Family::Object;
}

// Nothing here lets a call delete or change what the system itself runs on.
constexpr const char* kFiles[] = {"\\SystemRoot\\torture\\f",
                                  "\\SystemRoot\\torture\\d\\f",
                                  "\\SystemRoot\\torture",
                                  "\\Device\\Null",
                                  "\\Device\\KeyboardClass0",
                                  "\\Device\\Beep",
                                  "\\??\\C:\\Windows\\torture\\f",
                                  "\\SystemRoot\\torture\\image.exe",
                                  "\\SystemRoot\\torture\\d",
                                  "\\Device\\ConDrv\\Server",
                                  "\\Device\\ConDrv\\Connection",
                                  "\\Device\\ConDrv\\Input",
                                  "\\Device\\Afd",
                                  "\\Device\\Nsi",
                                  "\\??\\pipe\\torture.f",
                                  "\\??\\pipe\\",
                                  "\\??\\mailslot\\torture.f",
                                  "\\??\\mailslot\\"};
constexpr const char* kObjects[] = {"\\BaseNamedObjects\\torture\\o", "\\BaseNamedObjects\\torture\\d\\o",
                                    "\\BaseNamedObjects\\torture\\o\\o",
                                    "\\Sessions\\1\\BaseNamedObjects\\torture\\o",
                                    "\\BaseNamedObjects\\torture\\l\\o"};
constexpr const char* kKeys[] = {"\\Registry\\Machine\\Software\\torture\\k",
                                 "\\Registry\\Machine\\Software\\torture\\k\\k",
                                 "\\Registry\\Machine\\Software\\torture\\k\\k\\k",
                                 "\\Registry\\Machine\\Software\\torture",
                                 "\\Registry\\Machine\\torture",
                                 "\\Registry\\A\\torture"};
constexpr const char* kImages[] = {"\\SystemRoot\\System32\\nothing.exe",
                                   "\\SystemRoot\\System32\\untidy.exe", "\\SystemRoot\\torture\\image.exe"};

// What an ordinary user may name, and not change.
constexpr const char* kSystemFiles[] = {"\\SystemRoot\\System32\\ntdll.dll",
                                        "\\SystemRoot\\System32\\ntcmd.exe",
                                        "\\SystemRoot\\System32\\drivers\\i8042prt.sys",
                                        "\\SystemRoot\\System32\\drivers",
                                        "\\SystemRoot\\System32",
                                        "\\SystemRoot",
                                        "\\??\\C:\\"};
constexpr const char* kSystemObjects[] = {"\\BaseNamedObjects\\canary",
                                          "\\BaseNamedObjects\\canary-asked",
                                          "\\BaseNamedObjects",
                                          "\\KnownDlls",
                                          "\\SystemRoot",
                                          "\\Device",
                                          "\\Driver",
                                          "\\??\\C:",
                                          "\\ObjectTypes",
                                          "\\Device\\KeyboardClass0",
                                          "\\Sessions"};
constexpr const char* kSystemKeys[] = {
    "\\Registry",
    "\\Registry\\Machine",
    "\\Registry\\User",
    "\\Registry\\Machine\\Software",
    "\\Registry\\Machine\\System\\CurrentControlSet",
    "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\i8042prt",
    "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager"};
constexpr const char* kSystemDrivers[] = {
    "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\beep",
    "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\i8042prt"};
constexpr ULONG64 kSystemPercent = 20;
// Of files: a stream of one.
constexpr ULONG64 kStreamPercent = 15;
constexpr ULONG64 kDifferentStreams = 4;

bool is_file(Family kind) {
    return kind == Family::File || kind == Family::Pipe || kind == Family::Mailslot;
}

// A name under construction, in characters.
struct Builder {
    WCHAR text[kMostCharacters];
    ULONG length = 0;

    void add(WCHAR c) {
        if (length < kMostCharacters) text[length++] = c;
    }
    void add(const char* ascii) {
        for (; *ascii; ++ascii)
            add(static_cast<WCHAR>(*ascii));
    }
    void add_number(ULONG64 value) {
        if (value > 9) add_number(value / 10);
        add(static_cast<WCHAR>('0' + value % 10));
    }
};

const char* of_the_system(World& world, Family kind) {
    switch (kind) {
        case Family::Key:
            return world.any_of(kSystemKeys);
        case Family::File:
            return world.any_of(kSystemFiles);
        case Family::Driver:
            return world.any_of(kSystemDrivers);
        default:
            return world.any_of(kSystemObjects);
    }
}

void add_stream(World& world, Builder& name) {
    if (!world.chance(kStreamPercent)) return;
    name.add(":s");
    name.add_number(world.below(kDifferentStreams));
    if (world.chance(20)) name.add(":$DATA");
}

void usual(World& world, Family kind, Builder& name) {
    if (kind != Family::Image && world.ordinary() && world.chance(kSystemPercent))
        return name.add(of_the_system(world, kind));
    switch (kind) {
        case Family::Key:
            name.add(world.any_of(kKeys));
            break;
        case Family::File:
            name.add(world.any_of(kFiles));
            if (name.text[name.length - 1] != 'f') return;
            name.add_number(world.below(kDifferentNames));
            return add_stream(world, name);
        case Family::Pipe:
            name.add("\\??\\pipe\\torture.f");
            break;
        case Family::Mailslot:
            name.add("\\??\\mailslot\\torture.f");
            break;
        case Family::Image:
            return name.add(world.any_of(kImages));
        case Family::Driver:
            return name.add("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\nosuchdriver");
        case Family::Object:
            name.add(world.any_of(kObjects));
            break;
    }
    name.add_number(world.below(kDifferentNames));
}

// Short, below a root that an attribute gives; of a file also a stream of the root itself, or nothing.
void relative(World& world, Family kind, Builder& name) {
    if (kind == Family::Pipe && world.chance(50)) return;
    const bool file = kind == Family::File;
    if (file && world.chance(kStreamPercent)) return add_stream(world, name);
    name.add(file ? 'f' : world.below(2) ? 'o' : 'k');
    name.add_number(world.below(kDifferentNames));
    if (file) add_stream(world, name);
}

void deep(World& world, Family kind, Builder& name) {
    name.add(kind == Family::Key ? "\\Registry\\Machine\\Software\\torture" : "\\BaseNamedObjects\\torture");
    const ULONG64 levels = world.below(900) + 1;
    for (ULONG64 i = 0; i < levels; ++i)
        name.add("\\d");
}

void endless(World& world, Builder& name) {
    name.add("\\BaseNamedObjects\\torture\\");
    const ULONG64 count = world.below(kMostCharacters);
    for (ULONG64 i = 0; i < count; ++i)
        name.add('x');
}

void noise(World& world, Builder& name) {
    const ULONG64 count = world.below(40);
    for (ULONG64 i = 0; i < count; ++i)
        name.add(world.chance(30) ? u'\\' : static_cast<WCHAR>(world.random()));
}

// A path of up to 32,767 characters.
UNICODE_STRING far(World& world, Family kind) {
    constexpr ULONG kMostUnits = 32'767;
    Builder start;
    start.add(kind == Family::Key    ? "\\Registry\\Machine\\Software\\torture"
              : kind == Family::File ? "\\SystemRoot\\torture"
                                     : "\\BaseNamedObjects\\torture");
    const ULONG length = kMostUnits - static_cast<ULONG>(world.chance(50) ? 0 : world.below(kMostUnits / 2));
    const ULONG component = 2 + static_cast<ULONG>(world.below(300));  // with its backslash
    const ULONG64 where = world.path_room();
    WCHAR part[256];
    for (ULONG i = 0; i < length; ++i) {
        part[i % 256] = i < start.length ? start.text[i] : (i - start.length) % component ? u'd' : u'\\';
        if (i % 256 != 255 && i + 1 < length) continue;
        const ULONG first = i / 256 * 256;
        world.put(where + first * sizeof(WCHAR), part, (i + 1 - first) * sizeof(WCHAR));
    }
    UNICODE_STRING string;
    string.Length = string.MaximumLength = static_cast<USHORT>(length * sizeof(WCHAR));
    string.Buffer = reinterpret_cast<WCHAR*>(where);
    return string;
}

UNICODE_STRING placed(World& world, const Builder& name, bool fillable) {
    UNICODE_STRING string;
    string.Length = static_cast<USHORT>(name.length * sizeof(WCHAR));
    string.MaximumLength = fillable ? static_cast<USHORT>(string.Length + world.below(512)) : string.Length;
    const ULONG64 where = name.length ? world.place(name.text, string.Length, world.chance(15)) : 0;
    string.Buffer = reinterpret_cast<WCHAR*>(where);
    return string;
}

void spoil(World& world, UNICODE_STRING& string) {
    switch (world.below(5)) {
        case 0:
            string.Length = static_cast<USHORT>(world.random());
            break;
        case 1:
            string.Length = string.MaximumLength = 0xfffe;
            break;
        case 2:
            string.Buffer = reinterpret_cast<WCHAR*>(world.wild_pointer());
            break;
        case 3:
            string.MaximumLength = static_cast<USHORT>(world.random());
            break;
        default:
            string.Buffer = reinterpret_cast<WCHAR*>(reinterpret_cast<ULONG64>(string.Buffer) + 1);
            break;
    }
}

void build(World& world, Family kind, Builder& name, bool tame) {
    const ULONG64 roll = world.below(tame ? 90 : 100);
    if (roll < 60) return usual(world, kind, name);
    if (roll < 75) return relative(world, kind, name);
    if (roll < 80) return deep(world, kind, name);
    if (roll < 84) return endless(world, name);
    if (roll < 90) return;
    noise(world, name);
}

}  // namespace

UNICODE_STRING string(World& world, const Service& service, bool fillable, bool tame) {
    if (world.chance(kFarPercent)) return far(world, family(service));
    Builder name;
    build(world, family(service), name, tame);
    UNICODE_STRING result = placed(world, name, fillable);
    if (!tame && world.chance(60)) spoil(world, result);
    return result;
}

OBJECT_ATTRIBUTES attributes(World& world, const Service& service, bool tame) {
    constexpr ULONG kFlags[] = {OBJ_CASE_INSENSITIVE,
                                OBJ_CASE_INSENSITIVE,
                                OBJ_CASE_INSENSITIVE | OBJ_OPENIF,
                                OBJ_INHERIT | OBJ_CASE_INSENSITIVE,
                                OBJ_PERMANENT | OBJ_CASE_INSENSITIVE,
                                OBJ_OPENLINK};
    Family kind = family(service);
    // A key, and the file that it is loaded from.
    if (kind == Family::Key && (contains(service.name, "Load") || contains(service.name, "Replace")) &&
        world.chance(50))
        kind = Family::File;
    OBJECT_ATTRIBUTES result = {};
    result.Length = sizeof result;
    result.Attributes = tame ? world.any_of(kFlags) : static_cast<ULONG>(world.random());
    Builder name;
    if (world.chance(20)) {
        const Object root = kind == Family::Key ? Object::kKey
                            : is_file(kind)     ? Object::kFile
                                                : Object::kDirectory;
        result.RootDirectory = reinterpret_cast<HANDLE>(tame ? world.handle(root) : world.wild_handle());
        relative(world, kind, name);
    } else {
        build(world, kind, name, tame);
    }
    UNICODE_STRING string = world.chance(kFarPercent) ? far(world, kind) : placed(world, name, false);
    if (!tame && world.chance(40)) spoil(world, string);
    // Most objects of a program have no name.
    const bool unnamed = kind == Family::Object && contains(service.name, "Create") && world.chance(60);
    if (!unnamed)
        result.ObjectName =
            reinterpret_cast<UNICODE_STRING*>(world.place(&string, sizeof string, world.chance(10)));
    if (!tame && world.chance(20)) result.Length = static_cast<ULONG>(world.below(64));
    if (!tame && world.chance(20)) result.SecurityDescriptor = reinterpret_cast<PVOID>(world.wild_pointer());
    return result;
}

UNICODE_STRING image_name(World& world) {
    Builder name;
    usual(world, Family::Image, name);
    return placed(world, name, false);
}

}  // namespace torture
