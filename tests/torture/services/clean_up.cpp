// SPDX-License-Identifier: GPL-3.0-only
//
// Removes what outlives processes by its nature: permanent names, keys, files, atoms.
#include <string.h>

#include "abi/nt/ntdisposition.h"
#include "nt/service_stubs.hpp"
#include "tests/common/report.hpp"
#include "tests/torture/services/epoch.hpp"
#include "tests/torture/services/generate.hpp"
#include "tests/torture/services/known.hpp"
#include "tests/torture/services/open_to_all.hpp"

namespace torture {
namespace {

constexpr ULONG kMostDepth = 1000;  // of trees that are walked down
constexpr ULONG kMostTries = 9000;  // entries of one folder that are looked at

// Of the three trees.
const Place kObjectTree = Place::top(1);
const Place kKeyTree = Place::top(2);
const Place kFileTree = Place::top(3);

Known known;

// A walk does one of these to each entry.
enum class Deed { Remember, Remove, Count };

ULONG counted;

// True when the entry is one to be removed.
bool is_new(Deed deed, const Place& place) {
    if (deed == Deed::Remember) known.add(place);
    if (deed == Deed::Count) ++counted;
    return deed == Deed::Remove && !known.contains(place);
}

struct Attributes {
    OBJECT_ATTRIBUTES attributes = {};
    UNICODE_STRING name;

    Attributes(HANDLE root, const UNICODE_STRING& given) : name(given) {
        attributes.Length = sizeof attributes;
        attributes.RootDirectory = root;
        attributes.ObjectName = &name;
        attributes.Attributes = OBJ_CASE_INSENSITIVE;
    }
    Attributes(HANDLE root, const WCHAR* text) : Attributes(root, unicode(text)) {}
    static UNICODE_STRING unicode(const WCHAR* text) {
        UNICODE_STRING string;
        RtlInitUnicodeString(&string, text);
        return string;
    }
    OBJECT_ATTRIBUTES* get() { return &attributes; }
};

// One entry of the folder that is walked. Used up before the walk goes down.
alignas(8) UCHAR buffer[8192];

// Objects

bool opens(const service_table::Service& service, const UNICODE_STRING& type) {
    constexpr const char* kForms[] = {"NtOpen", "Object"};
    const char* name = service.name;
    for (const char* prefix = kForms[0]; *prefix; ++prefix, ++name)
        if (*name != *prefix) return false;
    for (ULONG i = 0; i < type.Length / sizeof(WCHAR); ++i, ++name)
        if (static_cast<WCHAR>(*name) != type.Buffer[i]) return false;
    return !*name || same(name, kForms[1]);
}

HANDLE open_as(HANDLE root, const UNICODE_STRING& name, const UNICODE_STRING& type, ACCESS_MASK access) {
    HANDLE handle = nullptr;
    Attributes attributes(root, name);
    attributes.attributes.Attributes |= OBJ_OPENLINK;
    // Debug objects have no service that opens them: making one of that name does.
    const UNICODE_STRING debug_object = Attributes::unicode(u"DebugObject");
    if (RtlEqualUnicodeString(&type, &debug_object, FALSE)) {
        attributes.attributes.Attributes |= OBJ_OPENIF;
        NtCreateDebugObject(&handle, access, attributes.get(), 0);
        return handle;
    }
    // So are ports, which give all access or none.
    const UNICODE_STRING port = Attributes::unicode(u"ALPC Port");
    if (RtlEqualUnicodeString(&type, &port, FALSE)) {
        attributes.attributes.Attributes |= OBJ_OPENIF;
        NtAlpcCreatePort(&handle, attributes.get(), nullptr);
        return handle;
    }
    for (unsigned i = 0; i < service_table::count; ++i) {
        if (!opens(service_table::services[i], type)) continue;
        service_table::stub(i)(reinterpret_cast<ULONG64>(&handle), access,
                               reinterpret_cast<ULONG64>(attributes.get()), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                               0, 0, 0);
    }
    return handle;
}

// One that its maker has closed to all: as an administrator does, who owns it then, and opens it to all.
void open_to_all(HANDLE root, const UNICODE_STRING& name, const UNICODE_STRING& type) {
    BOOLEAN before;
    RtlAdjustPrivilege(SE_TAKE_OWNERSHIP_PRIVILEGE, TRUE, FALSE, &before);
    HANDLE object = open_as(root, name, type, WRITE_OWNER);
    if (!object) return;
    struct {
        TOKEN_OWNER owner;
        UCHAR sid[SECURITY_MAX_SID_SIZE];
    } own;
    ULONG length;
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    NtQueryInformationToken(NtCurrentProcessToken(), TokenOwner, &own, sizeof own, &length);
    RtlSetOwnerSecurityDescriptor(&descriptor, own.owner.Owner, FALSE);
    NtSetSecurityObject(object, OWNER_SECURITY_INFORMATION, &descriptor);
    NtClose(object);
    object = open_as(root, name, type, WRITE_DAC);
    if (!object) return;
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, nullptr, FALSE);
    NtSetSecurityObject(object, DACL_SECURITY_INFORMATION, &descriptor);
    NtClose(object);
}

// What was there before is left as it is.
HANDLE open_object(HANDLE root, const UNICODE_STRING& name, const UNICODE_STRING& type, bool is_left_over) {
    HANDLE handle = open_as(root, name, type, MAXIMUM_ALLOWED | DELETE);
    if (handle) return handle;
    if (is_left_over) open_to_all(root, name, type);
    return open_as(root, name, type, MAXIMUM_ALLOWED);
}

bool is_key(const UNICODE_STRING& type) {
    const UNICODE_STRING key = Attributes::unicode(u"Key");
    return RtlEqualUnicodeString(&type, &key, FALSE);
}

void walk_objects(Deed deed, HANDLE directory, const Place& place, ULONG depth) {
    if (depth > kMostDepth) return;
    ULONG position = 0;
    for (ULONG tries = 0; tries < kMostTries; ++tries) {
        const NTSTATUS status =
            NtQueryDirectoryObject(directory, buffer, sizeof buffer, TRUE, FALSE, &position, nullptr);
        if (!NT_SUCCESS(status)) return;
        const auto& entry = *reinterpret_cast<const OBJECT_DIRECTORY_INFORMATION*>(buffer);
        const Place here = place.below(entry.Name);
        const bool remove = is_new(deed, here);
        // Keys have a walk of their own.
        if (is_key(entry.TypeName)) continue;
        const HANDLE object = open_object(directory, entry.Name, entry.TypeName, remove);
        if (!object) continue;
        walk_objects(deed, object, here, depth + 1);
        // What was permanent alone is gone with the handle, and the next is where it was.
        if (remove && NT_SUCCESS(NtMakeTemporaryObject(object)) && position) --position;
        NtClose(object);
    }
}

void walk_namespace(Deed deed) {
    Attributes attributes(nullptr, u"\\");
    HANDLE root;
    if (!NT_SUCCESS(NtOpenDirectoryObject(&root, DIRECTORY_QUERY | DIRECTORY_TRAVERSE, attributes.get())))
        return;
    walk_objects(deed, root, kObjectTree, 0);
    NtClose(root);
}

// Keys

void walk_keys(Deed deed, HANDLE key, const Place& place, ULONG depth) {
    ULONG index = 0;
    for (ULONG tries = 0; tries < kMostTries; ++tries) {
        ULONG length;
        if (!NT_SUCCESS(NtEnumerateKey(key, index, KeyBasicInformation, buffer, sizeof buffer, &length)))
            return;
        const auto& basic = *reinterpret_cast<const KEY_BASIC_INFORMATION*>(buffer);
        UNICODE_STRING name;
        name.Length = name.MaximumLength = static_cast<USHORT>(basic.NameLength);
        name.Buffer = const_cast<WCHAR*>(basic.Name);
        const Place here = place.below(name);
        const bool remove = is_new(deed, here);
        Attributes attributes(key, name);
        attributes.get()->Attributes |= OBJ_OPENLINK;
        HANDLE child;
        ++index;
        if (!NT_SUCCESS(NtOpenKey(&child, MAXIMUM_ALLOWED, attributes.get()))) continue;
        if (depth < kMostDepth) walk_keys(deed, child, here, depth + 1);
        if (remove && NT_SUCCESS(NtDeleteKey(child))) --index;
        NtClose(child);
    }
}

// What has been loaded and was not there before. Their names are short.
void unload_hives(HANDLE key, const Place& place) {
    struct {
        KEY_BASIC_INFORMATION basic;
        WCHAR more[64];
    } found;
    ULONG length;
    for (ULONG index = 0; index < kMostTries; ++index) {
        NTSTATUS status = NtEnumerateKey(key, index, KeyBasicInformation, &found, sizeof found, &length);
        if (status == STATUS_NO_MORE_ENTRIES) return;
        if (!NT_SUCCESS(status)) continue;
        UNICODE_STRING name;
        name.Length = name.MaximumLength = static_cast<USHORT>(found.basic.NameLength);
        name.Buffer = found.basic.Name;
        if (!is_new(Deed::Remove, place.below(name))) continue;
        Attributes attributes(key, name);
        if (NT_SUCCESS(NtUnloadKey2(attributes.get(), REG_FORCE_UNLOAD))) --index;
    }
}

void walk_registry(Deed deed) {
    Attributes attributes(nullptr, u"\\Registry");
    HANDLE key;
    if (!NT_SUCCESS(NtOpenKey(&key, KEY_ENUMERATE_SUB_KEYS, attributes.get()))) return;
    Attributes machine(key, Attributes::unicode(u"Machine"));
    HANDLE hives;
    if (deed == Deed::Remove && NT_SUCCESS(NtOpenKey(&hives, KEY_ENUMERATE_SUB_KEYS, machine.get()))) {
        unload_hives(hives, kKeyTree.below(Attributes::unicode(u"Machine")));
        NtClose(hives);
    }
    walk_keys(deed, key, kKeyTree, 0);
    NtClose(key);
}

// Files

// A link is a folder without entries here: where it leads to is not looked at.
HANDLE open_folder(HANDLE root, const UNICODE_STRING& name) {
    Attributes attributes(root, name);
    HANDLE folder;
    IO_STATUS_BLOCK io;
    const NTSTATUS status =
        NtOpenFile(&folder, FILE_LIST_DIRECTORY | SYNCHRONIZE, attributes.get(), &io,
                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                   FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_REPARSE_POINT);
    return NT_SUCCESS(status) ? folder : nullptr;
}

bool is_dots(const UNICODE_STRING& name) {
    return name.Buffer[0] == '.' && (name.Length == 2 || (name.Length == 4 && name.Buffer[1] == '.'));
}

// What is read-only is not deleted as it is, and its attributes stay: the name may be a link to a file of the
// system.
void delete_file(HANDLE folder, const UNICODE_STRING& name) {
    Attributes attributes(folder, name);
    HANDLE file;
    IO_STATUS_BLOCK io;
    if (!NT_SUCCESS(NtOpenFile(&file, DELETE | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE, attributes.get(), &io,
                               FILE_SHARE_VALID_FLAGS,
                               FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_REPARSE_POINT)))
        return;
    FILE_DISPOSITION_INFORMATION_EX gone = {FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS |
                                            FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE};
    NtSetInformationFile(file, &io, &gone, sizeof gone, FileDispositionInformationEx);
    NtClose(file);
}

void walk_files(Deed deed, HANDLE folder, const Place& place, ULONG depth) {
    BOOLEAN restart = TRUE;
    for (ULONG tries = 0; tries < kMostTries; ++tries, restart = FALSE) {
        IO_STATUS_BLOCK io;
        if (!NT_SUCCESS(NtQueryDirectoryFile(folder, nullptr, nullptr, nullptr, &io, buffer, sizeof buffer,
                                             FileBothDirectoryInformation, TRUE, nullptr, restart)))
            return;
        const auto& entry = *reinterpret_cast<const FILE_BOTH_DIR_INFORMATION*>(buffer);
        WCHAR text[256];
        UNICODE_STRING name;
        name.Length = static_cast<USHORT>(entry.FileNameLength < sizeof text ? entry.FileNameLength : 0);
        name.MaximumLength = sizeof text;
        name.Buffer = text;
        memcpy(text, entry.FileName, name.Length);
        if (!name.Length || is_dots(name)) continue;
        const Place here = place.below(name);
        const bool remove = is_new(deed, here);
        if (const HANDLE child = depth < kMostDepth ? open_folder(folder, name) : nullptr) {
            walk_files(deed, child, here, depth + 1);
            NtClose(child);
        }
        if (remove) delete_file(folder, name);
    }
}

void walk_volume(Deed deed) {
    const UNICODE_STRING name = Attributes::unicode(u"\\SystemRoot");
    const HANDLE folder = open_folder(nullptr, name);
    if (!folder) return;
    walk_files(deed, folder, kFileTree, 0);
    NtClose(folder);
}

void walk(Deed deed) {
    walk_namespace(deed);
    walk_registry(deed);
    walk_volume(deed);
}

void print_count(const char* label, void (*walk_tree)(Deed)) {
    counted = 0;
    walk_tree(Deed::Count);
    test::note(label, counted);
}

void clean_atoms() {
    constexpr ULONG kFirst = 0xc000;
    for (ULONG atom = kFirst; atom <= 0xffff; ++atom)
        for (ULONG uses = 0; uses < 0x1000 && NT_SUCCESS(NtDeleteAtom(static_cast<USHORT>(atom))); ++uses) {
        }
}

// Places

HANDLE objects;

void copy_image() {
    Attributes from(nullptr, u"\\SystemRoot\\System32\\nothing.exe");
    Attributes to(nullptr, u"\\SystemRoot\\torture\\image.exe");
    static UCHAR bytes[0x8000];
    HANDLE source;
    HANDLE target;
    IO_STATUS_BLOCK io;
    if (!NT_SUCCESS(NtOpenFile(&source, FILE_READ_DATA | SYNCHRONIZE, from.get(), &io, FILE_SHARE_READ,
                               FILE_SYNCHRONOUS_IO_NONALERT)))
        return;
    NtReadFile(source, nullptr, nullptr, nullptr, &io, bytes, sizeof bytes, nullptr, nullptr);
    const ULONG length = static_cast<ULONG>(io.Information);
    NtClose(source);
    if (!NT_SUCCESS(NtCreateFile(&target, FILE_WRITE_DATA | SYNCHRONIZE, to.get(), &io, nullptr, 0, 0,
                                 FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0)))
        return;
    NtWriteFile(target, nullptr, nullptr, nullptr, &io, bytes, length, nullptr, nullptr);
    NtClose(target);
}

void make_folder(const WCHAR* name) {
    const OpenToAll open_to_all;
    Attributes attributes(nullptr, name);
    attributes.get()->SecurityDescriptor = open_to_all.get();
    HANDLE folder;
    IO_STATUS_BLOCK io;
    if (NT_SUCCESS(NtCreateFile(&folder, FILE_LIST_DIRECTORY | SYNCHRONIZE, attributes.get(), &io, nullptr, 0,
                                0, FILE_OPEN_IF, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr,
                                0)))
        NtClose(folder);
}

}  // namespace

void print_names() {
    print_count("state names:objects", walk_namespace);
    print_count("state names:keys", walk_registry);
    print_count("state names:files", walk_volume);
}

void prepare_places() {
    walk(Deed::Remember);
    const OpenToAll open_to_all;
    Attributes directory(nullptr, u"\\BaseNamedObjects\\torture");
    directory.get()->SecurityDescriptor = open_to_all.get();
    NtCreateDirectoryObject(&objects, DIRECTORY_ALL_ACCESS, directory.get());
    Attributes key(nullptr, u"\\Registry\\Machine\\Software\\torture");
    key.get()->SecurityDescriptor = open_to_all.get();
    HANDLE handle;
    if (NT_SUCCESS(NtCreateKey(&handle, KEY_ALL_ACCESS, key.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr)))
        NtClose(handle);
    make_folder(u"\\SystemRoot\\torture");
    make_folder(u"\\SystemRoot\\torture\\d");
    copy_image();
}

void clean_up() {
    // Its name may be made temporary by now: what is in it goes with it.
    if (objects) NtClose(objects);
    walk(Deed::Remove);
    clean_atoms();
}

}  // namespace torture
