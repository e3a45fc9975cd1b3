// SPDX-License-Identifier: GPL-3.0-only
// Where DLLs are found: in \KnownDlls, then in the program's folder and System32, or on a search path given.
// Names may be NT paths (\SystemRoot\...), DOS paths or bare file names.
#include "ntdll/rtl/path.hpp"
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

constexpr WCHAR system_folder[] = u"\\System32\\";

bool is_separator(WCHAR c) {
    return c == '\\' || c == '/';
}

NTSTATUS open_file(const Path& path, HANDLE& file) {
    UNICODE_STRING nt_name = {};
    UNICODE_STRING owned = {};
    if (rtl::is_nt_path(path.text)) {
        RtlInitUnicodeString(&nt_name, path.text);
    } else {
        const NTSTATUS status = RtlDosPathNameToNtPathName_U_WithStatus(path.text, &owned, nullptr, nullptr);
        if (!NT_SUCCESS(status)) return status;
        nt_name = owned;
    }
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &nt_name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    const NTSTATUS status = NtOpenFile(&file, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &attributes, &io,
                                       FILE_SHARE_READ | FILE_SHARE_DELETE,
                                       FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    RtlFreeUnicodeString(&owned);
    return status;
}

bool not_found(NTSTATUS status) {
    switch (status) {
        case STATUS_OBJECT_NAME_NOT_FOUND:
        case STATUS_OBJECT_PATH_NOT_FOUND:
        case STATUS_NO_SUCH_FILE:
        case STATUS_OBJECT_NAME_INVALID:
        case STATUS_OBJECT_PATH_SYNTAX_BAD:
        case STATUS_OBJECT_PATH_INVALID:
        case STATUS_NO_SUCH_DEVICE:
        case STATUS_FILE_IS_A_DIRECTORY:
        case STATUS_BAD_NETWORK_PATH:
            return true;
        default:
            return false;
    }
}

// While it lives a debugger finds the name of what is mapped where the system tells it to look.
class NameForDebugger {
public:
    explicit NameForDebugger(const Path& name) : before_(rtl::teb()->NtTib.ArbitraryUserPointer) {
        rtl::teb()->NtTib.ArbitraryUserPointer = const_cast<WCHAR*>(name.text);
    }
    ~NameForDebugger() { rtl::teb()->NtTib.ArbitraryUserPointer = before_; }
    NameForDebugger(const NameForDebugger&) = delete;
    NameForDebugger& operator=(const NameForDebugger&) = delete;

private:
    PVOID before_;
};

constexpr ACCESS_MASK section_access = SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY;

// Closes the section.
NTSTATUS map_section(HANDLE section, Image& image) {
    PVOID base = nullptr;
    SIZE_T size = 0;
    NTSTATUS status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &size, ViewShare,
                                         0, PAGE_EXECUTE_READ);
    NtClose(section);
    if (!NT_SUCCESS(status)) return status;
    const bool moved = status == STATUS_IMAGE_NOT_AT_BASE;
    const bool foreign = status == STATUS_IMAGE_MACHINE_TYPE_MISMATCH;  // good for its resources alone
    status = foreign ? STATUS_INVALID_IMAGE_FORMAT : Image::open(base, size, image);
    if (NT_SUCCESS(status) && moved &&
        (image.headers().FileHeader.Characteristics & IMAGE_FILE_RELOCS_STRIPPED)) {
        status = STATUS_CONFLICTING_ADDRESSES;
    }
    if (!NT_SUCCESS(status)) NtUnmapViewOfSection(NtCurrentProcess(), base);
    return status;
}

NTSTATUS map_file(HANDLE file, Image& image) {
    HANDLE section;
    const NTSTATUS status =
        NtCreateSection(&section, section_access, nullptr, nullptr, PAGE_EXECUTE_READ, SEC_IMAGE, file);
    return NT_SUCCESS(status) ? map_section(section, image) : status;
}

// Opens and maps `folder` + `name`; `folder` may lack its separator.
NTSTATUS try_folder(const WCHAR* folder, SIZE_T folder_length, const UNICODE_STRING& name, Image& image,
                    Path& full_name) {
    full_name.length = 0;
    if (!full_name.append(folder, folder_length)) return STATUS_NAME_TOO_LONG;
    if (folder_length && !is_separator(folder[folder_length - 1]) && !full_name.append(u"\\", 1)) {
        return STATUS_NAME_TOO_LONG;
    }
    if (!full_name.append(name.Buffer, name.Length / sizeof(WCHAR))) return STATUS_NAME_TOO_LONG;
    HANDLE file;
    NTSTATUS status = open_file(full_name, file);
    if (!NT_SUCCESS(status)) return status;
    {
        NameForDebugger shown(full_name);
        status = map_file(file, image);
    }
    NtClose(file);
    return status;
}

NTSTATUS try_search_path(const WCHAR* search, const UNICODE_STRING& name, Image& image, Path& full_name) {
    for (const WCHAR* at = search; *at;) {
        SIZE_T length = 0;
        while (at[length] && at[length] != ';')
            ++length;
        if (length) {
            const NTSTATUS status = try_folder(at, length, name, image, full_name);
            if (!not_found(status)) return status;
        }
        at += length;
        if (*at) ++at;
    }
    return STATUS_DLL_NOT_FOUND;
}

NTSTATUS try_program_folder(const UNICODE_STRING& name, Image& image, Path& full_name) {
    const UNICODE_STRING& program = rtl::peb()->ProcessParameters->ImagePathName;
    SIZE_T length = program.Length / sizeof(WCHAR);
    while (length && !is_separator(program.Buffer[length - 1]))
        --length;
    if (!length) return STATUS_DLL_NOT_FOUND;
    return try_folder(program.Buffer, length, name, image, full_name);
}

bool system_name(const UNICODE_STRING& name, Path& full_name) {
    full_name.length = 0;
    return full_name.append(USER_SHARED_DATA->NtSystemRoot) && full_name.append(system_folder) &&
           full_name.append(name.Buffer, name.Length / sizeof(WCHAR));
}

// The directory of sections that smss made, opened when the first DLL is looked for. A process that may not,
// or a system without it, looks into folders.
HANDLE known_dlls() {
    static HANDLE directory;
    static bool tried;
    if (tried) return directory;
    tried = true;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\KnownDlls");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    if (!NT_SUCCESS(NtOpenDirectoryObject(&directory, DIRECTORY_QUERY | DIRECTORY_TRAVERSE, &attributes)))
        directory = nullptr;
    return directory;
}

// One that is known goes before all folders. STATUS_DLL_NOT_FOUND: it is not.
NTSTATUS try_known(const UNICODE_STRING& name, Image& image, Path& full_name) {
    if (!known_dlls()) return STATUS_DLL_NOT_FOUND;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, const_cast<PUNICODE_STRING>(&name), OBJ_CASE_INSENSITIVE,
                               known_dlls(), nullptr);
    HANDLE section;
    if (!NT_SUCCESS(NtOpenSection(&section, section_access, &attributes))) return STATUS_DLL_NOT_FOUND;
    if (!system_name(name, full_name)) {
        NtClose(section);
        return STATUS_NAME_TOO_LONG;
    }
    NameForDebugger shown(full_name);
    return map_section(section, image);
}

// All the places that LoadLibrary looks at by default: PATH's too.
NTSTATUS try_default_path(const UNICODE_STRING& name, Image& image, Path& full_name) {
    PWSTR path;
    NTSTATUS status = LdrGetDllPath(nullptr, 0, &path, nullptr);
    if (!NT_SUCCESS(status)) return status;
    status = try_search_path(path, name, image, full_name);
    RtlReleasePath(path);
    return status;
}

// System32 is opened below \SystemRoot, which always exists, and recorded under the DOS name of that folder.
NTSTATUS try_system_folder(const UNICODE_STRING& name, Image& image, Path& full_name) {
    Path nt = {};
    nt.append(u"\\SystemRoot");
    nt.append(system_folder);
    const NTSTATUS status = try_folder(nt.text, nt.length, name, image, full_name);
    if (NT_SUCCESS(status)) system_name(name, full_name);
    return status;
}

}  // namespace

bool Path::append(const WCHAR* piece, SIZE_T count) {
    if (count >= limit - length) return false;
    rtl::copy(text + length, piece, count * sizeof(WCHAR));
    length += static_cast<ULONG>(count);
    text[length] = 0;
    return true;
}

bool Path::append(const WCHAR* piece) {
    return append(piece, rtl::length(piece));
}

UNICODE_STRING Path::string() {
    const auto bytes = static_cast<USHORT>(length * sizeof(WCHAR));
    return {bytes, static_cast<USHORT>(bytes + sizeof(WCHAR)), text};
}

UNICODE_STRING base_name(const UNICODE_STRING& path) {
    USHORT start = path.Length / sizeof(WCHAR);
    while (start && !is_separator(path.Buffer[start - 1]) && path.Buffer[start - 1] != ':')
        --start;
    const auto skipped = static_cast<USHORT>(start * sizeof(WCHAR));
    return {static_cast<USHORT>(path.Length - skipped), static_cast<USHORT>(path.MaximumLength - skipped),
            path.Buffer + start};
}

bool has_directory(const UNICODE_STRING& name) {
    return base_name(name).Length != name.Length;
}

bool with_extension(const UNICODE_STRING& name, Path& path) {
    path.length = 0;
    UNICODE_STRING trimmed = name;
    while (trimmed.Length && trimmed.Buffer[trimmed.Length / sizeof(WCHAR) - 1] == ' ') {
        trimmed.Length -= sizeof(WCHAR);
    }
    if (!trimmed.Length || !path.append(trimmed.Buffer, trimmed.Length / sizeof(WCHAR))) return false;
    const UNICODE_STRING base = base_name(path.string());
    for (USHORT i = 0; i < base.Length / sizeof(WCHAR); ++i) {
        if (base.Buffer[i] != '.') continue;
        // A trailing dot means: no extension at all.
        if (path.text[path.length - 1] == '.') path.text[--path.length] = 0;
        return true;
    }
    return path.append(u".dll");
}

NTSTATUS map_dll(const UNICODE_STRING& name, const WCHAR* search_path, Image& image, Path& full_name) {
    if (has_directory(name)) {
        const NTSTATUS status = try_folder(u"", 0, name, image, full_name);
        return not_found(status) ? STATUS_DLL_NOT_FOUND : status;
    }
    NTSTATUS status = try_known(name, image, full_name);
    if (status != STATUS_DLL_NOT_FOUND) return status;
    if (search_path) {
        status = try_search_path(search_path, name, image, full_name);
        if (not_found(status) || status == STATUS_DLL_NOT_FOUND) {
            status = try_system_folder(name, image, full_name);
        }
    } else {
        status = try_program_folder(name, image, full_name);
        if (not_found(status) || status == STATUS_DLL_NOT_FOUND) {
            status = try_system_folder(name, image, full_name);
        }
        if (not_found(status)) status = try_default_path(name, image, full_name);
    }
    return not_found(status) ? STATUS_DLL_NOT_FOUND : status;
}

}  // namespace ldr
