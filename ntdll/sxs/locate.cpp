// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/sxs/locate.hpp"
#include "abi/nt/ntactctx.h"

namespace sxs {
namespace {

constexpr ULONG rt_manifest = 24;
constexpr ULONG largest = 0x100000;
constexpr Text this_machine = u"amd64";

class Handle {
public:
    ~Handle() {
        if (handle_) NtClose(handle_);
    }
    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    HANDLE* receive() { return &handle_; }
    HANDLE get() const { return handle_; }

private:
    HANDLE handle_ = nullptr;
};

NTSTATUS open_nt(const UNICODE_STRING& name, ULONG access, ULONG options, Handle& handle) {
    OBJECT_ATTRIBUTES attributes;
    auto* writable = const_cast<UNICODE_STRING*>(&name);
    InitializeObjectAttributes(&attributes, writable, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    return NtOpenFile(handle.receive(), access | SYNCHRONIZE, &attributes, &io,
                      FILE_SHARE_READ | FILE_SHARE_DELETE, options | FILE_SYNCHRONOUS_IO_NONALERT);
}

NTSTATUS open_dos(Text path, ULONG access, Handle& handle) {
    UNICODE_STRING name = {};
    NTSTATUS status = RtlDosPathNameToNtPathName_U_WithStatus(path.data(), &name, nullptr, nullptr);
    if (!NT_SUCCESS(status)) return status;
    status = open_nt(name, access, FILE_NON_DIRECTORY_FILE, handle);
    RtlFreeUnicodeString(&name);
    return status;
}

void read_times(HANDLE file, Source& source) {
    FILE_BASIC_INFORMATION basic = {};
    IO_STATUS_BLOCK io;
    if (NT_SUCCESS(NtQueryInformationFile(file, &io, &basic, sizeof(basic), FileBasicInformation)))
        source.written = basic.LastWriteTime;
}

NTSTATUS copy_bytes(const void* bytes, ULONG size, Arena& arena, Source& source) {
    void* room = arena.take(size + 1);
    if (!room) return STATUS_NO_MEMORY;
    rtl::copy(room, bytes, size);
    source.bytes = room;
    source.size = size;
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS read_resource(PVOID base, ULONG_PTR name, USHORT language, Arena& arena, Source& source) {
    const LDR_RESOURCE_INFO info = {rt_manifest, name, language};
    PIMAGE_RESOURCE_DATA_ENTRY entry;
    PVOID data;
    ULONG size;
    NTSTATUS status = LdrFindResource_U(base, &info, 3, &entry);
    if (NT_SUCCESS(status)) status = LdrAccessResource(base, entry, &data, &size);
    if (!NT_SUCCESS(status)) return status;
    return size > largest ? STATUS_SXS_CANT_GEN_ACTCTX : copy_bytes(data, size, arena, source);
}

NTSTATUS read_image_file(Text path, ULONG_PTR name, USHORT language, Arena& arena, Source& source) {
    Handle file, section;
    NTSTATUS status = open_dos(path, FILE_READ_DATA | FILE_READ_ATTRIBUTES, file);
    if (!NT_SUCCESS(status)) return status;
    status = NtCreateSection(section.receive(), SECTION_MAP_READ | SECTION_QUERY, nullptr, nullptr,
                             PAGE_READONLY, SEC_IMAGE, file.get());
    PVOID base = nullptr;
    SIZE_T size = 0;
    if (NT_SUCCESS(status)) {
        status = NtMapViewOfSection(section.get(), NtCurrentProcess(), &base, 0, 0, nullptr, &size, ViewShare,
                                    0, PAGE_READONLY);
    }
    if (!NT_SUCCESS(status)) return status;
    status = read_resource(base, name, language, arena, source);
    NtUnmapViewOfSection(NtCurrentProcess(), base);
    if (!NT_SUCCESS(status)) return status;
    source.path = path;
    read_times(file.get(), source);
    return STATUS_SUCCESS;
}

NTSTATUS read_file(Text path, Arena& arena, Source& source) {
    Handle file;
    NTSTATUS status = open_dos(path, FILE_READ_DATA | FILE_READ_ATTRIBUTES, file);
    if (!NT_SUCCESS(status)) return status;
    FILE_STANDARD_INFORMATION standard = {};
    IO_STATUS_BLOCK io;
    status = NtQueryInformationFile(file.get(), &io, &standard, sizeof(standard), FileStandardInformation);
    if (!NT_SUCCESS(status)) return status;
    if (static_cast<ULONGLONG>(standard.EndOfFile.QuadPart) > largest) return STATUS_SXS_CANT_GEN_ACTCTX;
    const auto size = static_cast<ULONG>(standard.EndOfFile.QuadPart);
    void* room = arena.take(size + 1);
    if (!room) return STATUS_NO_MEMORY;
    LARGE_INTEGER start = {};
    status = NtReadFile(file.get(), nullptr, nullptr, nullptr, &io, room, size, &start, nullptr);
    if (!NT_SUCCESS(status) && status != STATUS_END_OF_FILE) return status;
    source.bytes = room;
    source.size = NT_SUCCESS(status) ? static_cast<ULONG>(io.Information) : 0;
    source.path = path;
    read_times(file.get(), source);
    return STATUS_SUCCESS;
}

Text full_path(Text path, Arena& arena) {
    constexpr ULONG most = 0x8000;
    const Text ended = arena.copy(path);
    const ULONG bytes = ended.data() ? RtlGetFullPathName_U(ended.data(), 0, nullptr, nullptr) : 0;
    auto* room =
        bytes && bytes < most * sizeof(WCHAR) ? arena.make<WCHAR>(bytes / sizeof(WCHAR) + 1) : nullptr;
    if (!room) return {};
    const ULONG used = RtlGetFullPathName_U(ended.data(), bytes + sizeof(WCHAR), room, nullptr);
    return {room, used <= bytes ? used / sizeof(WCHAR) : 0};
}

Text folder_of(Text path) {
    const SIZE_T at = path.find_last_of(u"\\/");
    return at == Text::npos ? Text() : path.substr(0, at + 1);
}

Text join(Arena& arena, Text first, Text second, Text third, Text fourth) {
    const Text parts[] = {first, second, third, fourth};
    SIZE_T count = 0;
    for (const Text part : parts)
        count += part.size();
    auto* room = arena.make<WCHAR>(count + 1);
    if (!room) return {};
    SIZE_T at = 0;
    for (const Text part : parts) {
        rtl::copy(room + at, part.data(), part.size() * sizeof(WCHAR));
        at += part.size();
    }
    return {room, count};
}

namespace {

bool neutral(Text language) {
    return language.empty() || language == u"*" || same(language, u"neutral") || same(language, u"none");
}

bool same_token(Text one, Text other) {
    const auto none = [](Text token) { return token.empty() || same(token, u"none"); };
    return none(one) ? none(other) : same(one, other);
}

// Whether the assembly that was found is the one that was asked for. Private assemblies must have its
// version.
bool answers(const Identity& wanted, const Identity& found, bool shared) {
    if (!same(wanted.name, found.name) || !same_token(wanted.token, found.token)) return false;
    const bool any = wanted.architecture.empty() || wanted.architecture == u"*";
    if (!any && !same(wanted.architecture, found.architecture)) return false;
    if (!wanted.has_version) return true;
    const ULONGLONG asked = wanted.version.value();
    const ULONGLONG has = found.version.value();
    return shared ? has >= asked && has >> 32 == asked >> 32 : has == asked;
}

NTSTATUS take(const Source& source, const Identity& wanted, bool shared, Arena& arena, Assembly& found) {
    Text text;
    NTSTATUS status = decode_document(source.bytes, source.size, arena, text);
    if (!NT_SUCCESS(status)) return status;
    status = read_manifest(text, arena, found);
    if (!NT_SUCCESS(status)) return status;
    if (!answers(wanted, found.identity, shared)) return STATUS_SXS_CANT_GEN_ACTCTX;
    found.manifest_path = source.path;
    found.path_type = ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE;
    found.written = source.written;
    return STATUS_SUCCESS;
}

bool absent(NTSTATUS status) {
    switch (status) {
        case STATUS_OBJECT_NAME_NOT_FOUND:
        case STATUS_OBJECT_PATH_NOT_FOUND:
        case STATUS_OBJECT_NAME_INVALID:
        case STATUS_NO_SUCH_FILE:
        case STATUS_NOT_A_DIRECTORY:
        case STATUS_FILE_IS_A_DIRECTORY:
        case STATUS_RESOURCE_TYPE_NOT_FOUND:
        case STATUS_RESOURCE_NAME_NOT_FOUND:
        case STATUS_RESOURCE_DATA_NOT_FOUND:
        case STATUS_RESOURCE_LANG_NOT_FOUND:
            return true;
        default:
            return false;
    }
}

// `stem` is a path without an extension.
NTSTATUS try_private(const Identity& wanted, Text stem, Arena& arena, Assembly& found) {
    Source source = {};
    const Text dll = join(arena, stem, u".dll");
    const Text file = join(arena, stem, u".manifest");
    if (dll.empty() || file.empty()) return STATUS_NO_MEMORY;
    NTSTATUS status = read_image_file(dll, CREATEPROCESS_MANIFEST_RESOURCE_ID, 0, arena, source);
    if (!NT_SUCCESS(status)) status = read_file(file, arena, source);
    if (absent(status)) return STATUS_SXS_ASSEMBLY_NOT_FOUND;
    if (NT_SUCCESS(status)) status = take(source, wanted, false, arena, found);
    found.directory = folder_of(source.path);
    return status;
}

NTSTATUS find_private(const Identity& wanted, Text folder, Arena& arena, Assembly& found) {
    const Text name = wanted.name;
    const Text local = neutral(wanted.language) ? folder : join(arena, folder, wanted.language, u"\\");
    const Text stems[] = {join(arena, local, name), join(arena, local, name, u"\\", name)};
    NTSTATUS status = STATUS_SXS_ASSEMBLY_NOT_FOUND;
    for (const Text stem : stems) {
        if (stem.empty()) return STATUS_NO_MEMORY;
        status = try_private(wanted, stem, arena, found);
        if (status != STATUS_SXS_ASSEMBLY_NOT_FOUND) return status;
    }
    return status;
}

// Of "amd64_name_token_6.0.2600.2982_none_hash.manifest" the version.
bool version_of(Text file, Text prefix, Text language, Version& version) {
    if (file.size() <= prefix.size() || !same(file.substr(0, prefix.size()), prefix)) return false;
    file.remove_prefix(prefix.size());
    const SIZE_T end = file.find(u'_');
    if (end == Text::npos || !parse_version(file.substr(0, end), version)) return false;
    file.remove_prefix(end + 1);
    return same(file.substr(0, file.find(u'_')), language);
}

struct Best {
    Text file;
    Version version;
};

// The best file of the folder with the shared manifests.
NTSTATUS look_through(HANDLE folder, const Identity& wanted, Text prefix, Arena& arena, Best& best) {
    constexpr ULONG room = 4096;
    auto* buffer = static_cast<char*>(arena.take(room));
    const Text pattern = join(arena, prefix, u"*");
    if (!buffer || pattern.empty()) return STATUS_NO_MEMORY;
    UNICODE_STRING mask = unicode(pattern);
    const Text language = neutral(wanted.language) ? Text(u"none") : wanted.language;
    for (BOOLEAN first = TRUE;; first = FALSE) {
        IO_STATUS_BLOCK io;
        const NTSTATUS status =
            NtQueryDirectoryFile(folder, nullptr, nullptr, nullptr, &io, buffer, room, FileNamesInformation,
                                 FALSE, first ? &mask : nullptr, first);
        if (!NT_SUCCESS(status)) break;
        for (ULONG at = 0;;) {
            const auto& entry = *reinterpret_cast<const FILE_NAMES_INFORMATION*>(buffer + at);
            const Text name(entry.FileName, entry.FileNameLength / sizeof(WCHAR));
            Version version;
            const bool good = version_of(name, prefix, language, version) &&
                              version.value() >= wanted.version.value() &&
                              version.value() >> 32 == wanted.version.value() >> 32;
            if (good && (best.file.empty() || version.value() > best.version.value()))
                best = {arena.copy(name), version};
            if (!entry.NextEntryOffset) break;
            at += entry.NextEntryOffset;
        }
    }
    return best.file.empty() ? STATUS_SXS_ASSEMBLY_NOT_FOUND : STATUS_SUCCESS;
}

NTSTATUS find_shared(const Identity& wanted, Arena& arena, Assembly& found) {
    if (wanted.token.empty() || !wanted.has_version) return STATUS_SXS_ASSEMBLY_NOT_FOUND;
    const UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\SystemRoot\\WinSxS\\Manifests");
    Handle folder;
    NTSTATUS status = open_nt(name, FILE_LIST_DIRECTORY, FILE_DIRECTORY_FILE, folder);
    if (!NT_SUCCESS(status)) return STATUS_SXS_ASSEMBLY_NOT_FOUND;
    const bool any = wanted.architecture.empty() || wanted.architecture == u"*";
    const Text head = join(arena, any ? this_machine : wanted.architecture, u"_", wanted.name, u"_");
    const Text prefix = join(arena, head, wanted.token, u"_");
    Best best = {};
    status = look_through(folder.get(), wanted, prefix, arena, best);
    if (!NT_SUCCESS(status)) return status;
    const Text root = join(arena, text_of(USER_SHARED_DATA->NtSystemRoot), u"\\WinSxS\\");
    const SIZE_T stem = best.file.rfind(u'.');
    const Text path = join(arena, root, u"Manifests\\", best.file);
    if (path.empty() || stem == Text::npos) return STATUS_SXS_ASSEMBLY_NOT_FOUND;
    Source source = {};
    status = read_file(path, arena, source);
    if (!NT_SUCCESS(status)) return absent(status) ? STATUS_SXS_ASSEMBLY_NOT_FOUND : status;
    status = take(source, wanted, true, arena, found);
    found.directory_name = best.file.substr(0, stem);
    found.directory = join(arena, root, found.directory_name, u"\\");
    return status;
}

}  // namespace

NTSTATUS find_assembly(const Identity& wanted, Text folder, Arena& arena, Assembly& found) {
    if (wanted.name.find_first_of(u"\\/:") != Text::npos) return STATUS_SXS_CANT_GEN_ACTCTX;
    const NTSTATUS status = find_shared(wanted, arena, found);
    if (status != STATUS_SXS_ASSEMBLY_NOT_FOUND) return status;
    return find_private(wanted, folder, arena, found);
}

}  // namespace sxs
