// SPDX-License-Identifier: GPL-3.0-only
// The search path for DLLs as Win32 sees it: the program's folder (or the DLL's own), an extra folder,
// System32, the Windows folder, and what PATH lists; and the folders a program adds by hand.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

constexpr ULONG with_altered_path = 0x8;
constexpr ULONG search_dll_folder = 0x100;
constexpr ULONG search_program_folder = 0x200;
constexpr ULONG search_user_folders = 0x400;
constexpr ULONG search_system = 0x800;
constexpr ULONG search_default = 0x1000;

struct Folder {
    LIST_ENTRY links;
    UNICODE_STRING name;
};

LIST_ENTRY user_folders = {&user_folders, &user_folders};
UNICODE_STRING extra_folder;
ULONG default_flags;

// Text that grows on the heap; once memory ran out it stays empty.
class Text {
public:
    void folder(const WCHAR* text, SIZE_T count) {
        if (!count) return;
        if (size_) add(u";", 1);
        add(text, count);
    }
    PWSTR take() { return buffer_; }

private:
    void add(const WCHAR* text, SIZE_T count) {
        const SIZE_T bytes = (size_ + count + 1) * sizeof(WCHAR);
        PVOID grown = buffer_ ? RtlReAllocateHeap(rtl::process_heap(), 0, buffer_, bytes) : allocate(bytes);
        if (!grown) return;
        buffer_ = static_cast<PWSTR>(grown);
        rtl::copy(buffer_ + size_, text, count * sizeof(WCHAR));
        size_ += count;
        buffer_[size_] = 0;
    }
    PWSTR buffer_ = nullptr;
    SIZE_T size_ = 0;
};

SIZE_T folder_length(const WCHAR* path, SIZE_T count) {
    while (count && path[count - 1] != '\\' && path[count - 1] != '/')
        --count;
    return count > 1 ? count - 1 : count;
}

void add_program_folder(Text& text) {
    const UNICODE_STRING& program = rtl::peb()->ProcessParameters->ImagePathName;
    text.folder(program.Buffer, folder_length(program.Buffer, program.Length / sizeof(WCHAR)));
}

void add_system_folders(Text& text, bool with_windows) {
    Path path = {};
    path.append(USER_SHARED_DATA->NtSystemRoot);
    const ULONG root = path.length;
    path.append(u"\\System32");
    text.folder(path.text, path.length);
    if (with_windows) text.folder(path.text, root);
}

void add_path_variable(Text& text) {
    WCHAR value[Path::limit];
    SIZE_T count = 0;
    if (NT_SUCCESS(RtlQueryEnvironmentVariable(nullptr, u"PATH", 4, value, Path::limit, &count))) {
        text.folder(value, count);
    }
}

void add_current_folder(Text& text) {
    WCHAR path[Path::limit];
    const ULONG bytes = RtlGetCurrentDirectory_U(sizeof(path), path);
    if (bytes && bytes < sizeof(path)) text.folder(path, bytes / sizeof(WCHAR));
}

// SetSearchPathMode: whether the system's folders come before the current one where files are searched for.
constexpr ULONG safe_search = 0x1;
constexpr ULONG unsafe_search = 0x10000;
constexpr ULONG for_ever = 0x8000;
ULONG search_mode = unsafe_search;

void add_search_folders(Text& text, bool current_first) {
    add_program_folder(text);
    if (current_first) add_current_folder(text);
    add_system_folders(text, true);
    if (!current_first) add_current_folder(text);
    add_path_variable(text);
}

NTSTATUS give(Text& text, PWSTR* path) {
    *path = text.take();
    return *path ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

// NeedCurrentDirectoryForExePath: a name with a folder is below the current one in any case.
bool exe_from_current_folder(PCWSTR name) {
    WCHAR nothing[1];
    SIZE_T size = 0;
    if (name &&
        has_directory({static_cast<USHORT>(rtl::length(name) * sizeof(WCHAR)), 0, const_cast<PWSTR>(name)}))
        return true;
    constexpr WCHAR variable[] = u"NoDefaultCurrentDirectoryInExePath";
    return RtlQueryEnvironmentVariable(nullptr, variable, sizeof(variable) / sizeof(WCHAR) - 1, nothing, 0,
                                       &size) == STATUS_VARIABLE_NOT_FOUND;
}

void add_by_flags(Text& text, const WCHAR* module, ULONG flags) {
    if (flags & search_default) flags |= search_program_folder | search_user_folders | search_system;
    if ((flags & search_dll_folder) && module)
        text.folder(module, folder_length(module, rtl::length(module)));
    if (flags & search_program_folder) add_program_folder(text);
    if (flags & search_user_folders) {
        for (PLIST_ENTRY link = user_folders.Flink; link != &user_folders; link = link->Flink) {
            const UNICODE_STRING& name = CONTAINING_RECORD(link, Folder, links)->name;
            text.folder(name.Buffer, name.Length / sizeof(WCHAR));
        }
    }
    if (flags & search_system) add_system_folders(text, false);
}

}  // namespace
}  // namespace ldr

extern "C" {

NTSTATUS NTAPI LdrGetDllPath(PCWSTR Module, ULONG Flags, PWSTR* Path, PWSTR* SearchPaths) {
    using namespace ldr;
    LoaderLock lock;
    Text text;
    constexpr ULONG search_flags = 0x1f00;
    if ((Flags | default_flags) & search_flags) {
        add_by_flags(text, Module, Flags & search_flags ? Flags : default_flags);
    } else {
        if ((Flags & with_altered_path) && Module) {
            text.folder(Module, folder_length(Module, rtl::length(Module)));
        } else {
            add_program_folder(text);
        }
        text.folder(extra_folder.Buffer, extra_folder.Length / sizeof(WCHAR));
        add_system_folders(text, true);
        // SetDllDirectory takes the current folder off, even an empty one.
        if (!extra_folder.Buffer) add_current_folder(text);
        add_path_variable(text);
    }
    *Path = text.take();
    if (SearchPaths) *SearchPaths = nullptr;
    return *Path ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

NTSTATUS NTAPI LdrAddDllDirectory(PCUNICODE_STRING Directory, PVOID* Cookie) {
    using namespace ldr;
    auto* folder = static_cast<Folder*>(allocate(sizeof(Folder)));
    if (!folder) return STATUS_NO_MEMORY;
    const NTSTATUS status = RtlDuplicateUnicodeString(0, Directory, &folder->name);
    if (!NT_SUCCESS(status)) {
        release(folder);
        return status;
    }
    LoaderLock lock;
    InsertHeadList(&user_folders, &folder->links);
    *Cookie = folder;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrRemoveDllDirectory(PVOID Cookie) {
    using namespace ldr;
    LoaderLock lock;
    for (PLIST_ENTRY link = user_folders.Flink; link != &user_folders; link = link->Flink) {
        Folder* folder = CONTAINING_RECORD(link, Folder, links);
        if (folder != Cookie) continue;
        RemoveEntryList(link);
        RtlFreeUnicodeString(&folder->name);
        release(folder);
        return STATUS_SUCCESS;
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI LdrSetDllDirectory(PCUNICODE_STRING Directory) {
    using namespace ldr;
    UNICODE_STRING copy = {};
    if (Directory->Buffer) {
        const NTSTATUS status = RtlDuplicateUnicodeString(3, Directory, &copy);
        if (!NT_SUCCESS(status)) return status;
    }
    LoaderLock lock;
    RtlFreeUnicodeString(&extra_folder);
    extra_folder = copy;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrGetDllDirectory(PUNICODE_STRING Directory) {
    using namespace ldr;
    LoaderLock lock;
    const USHORT needed = static_cast<USHORT>(extra_folder.Length + sizeof(WCHAR));
    Directory->Length = extra_folder.Length;
    if (Directory->MaximumLength < needed) {
        Directory->Length = needed;
        return STATUS_BUFFER_TOO_SMALL;
    }
    rtl::copy(Directory->Buffer, extra_folder.Buffer, extra_folder.Length);
    Directory->Buffer[extra_folder.Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrSetDefaultDllDirectories(ULONG Flags) {
    using namespace ldr;
    constexpr ULONG known = search_program_folder | search_user_folders | search_system | search_default;
    if (!Flags || (Flags & ~known)) return STATUS_INVALID_PARAMETER;
    default_flags = Flags;
    return STATUS_SUCCESS;
}

// The search path for programs, as CreateProcess documents it.
NTSTATUS NTAPI RtlGetExePath(PCWSTR Name, PWSTR* Path) {
    using namespace ldr;
    LoaderLock lock;
    Text text;
    add_program_folder(text);
    if (exe_from_current_folder(Name)) add_current_folder(text);
    add_system_folders(text, true);
    add_path_variable(text);
    return give(text, Path);
}

// That of SearchPath.
NTSTATUS NTAPI RtlGetSearchPath(PWSTR* Path) {
    using namespace ldr;
    LoaderLock lock;
    Text text;
    add_search_folders(text, search_mode & unsafe_search);
    return give(text, Path);
}

NTSTATUS NTAPI RtlSetSearchPathMode(ULONG Flags) {
    using namespace ldr;
    const bool known = Flags == safe_search || Flags == unsafe_search || Flags == (safe_search | for_ever);
    if (!known) return STATUS_INVALID_PARAMETER;
    LoaderLock lock;
    if (search_mode & for_ever) return STATUS_ACCESS_DENIED;
    search_mode = Flags;
    return STATUS_SUCCESS;
}

void NTAPI RtlReleasePath(PWSTR Path) {
    ldr::release(Path);
}

}  // extern "C"
