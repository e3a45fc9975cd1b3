// SPDX-License-Identifier: GPL-3.0-only
// DOS path names: kinds, full paths, conversion to NT paths, the current directory, searching.
#include "ntdll/rtl/path.hpp"

#include "ntdll/crt/text.hpp"

namespace rtl {
namespace {

constexpr SIZE_T max_path = 1024;  // characters of a path that is being put together

bool separator(WCHAR c) {
    return c == '\\' || c == '/';
}

// Empty, or nothing but spaces: the name of nothing.
bool is_blank(const WCHAR* path) {
    while (*path == ' ')
        ++path;
    return !*path;
}

bool starts_with(const WCHAR* path, const WCHAR* prefix) {
    const SIZE_T count = length(prefix);
    return crt::compare_folded(path, prefix, count) == 0 && (!path[count] || separator(path[count]));
}

// A path under construction. Everything appended is normalised: separators are backslashes, "." goes, ".."
// takes the component before it (never the root). The last component loses all the dots and spaces that it
// ends with, the separator before it stays if nothing else does; one that others follow loses a single dot.
class Builder {
public:
    bool root(const WCHAR* text, SIZE_T count) {
        for (SIZE_T i = 0; i < count; ++i) {
            if (!put(separator(text[i]) ? u'\\' : text[i])) return false;
        }
        root_ = size_;
        return true;
    }
    bool components(const WCHAR* text) {
        while (*text) {
            while (separator(*text))
                ++text;
            SIZE_T count = 0;
            while (text[count] && !separator(text[count]))
                ++count;
            if (count && !component(text, count, !text[count])) return false;
            text += count;
        }
        return true;
    }
    // Ends the path; keeps a separator that the source ended with.
    bool finish(bool keep_trailing) {
        if (keep_trailing && size_ > root_ && text_[size_ - 1] != '\\' && !put(u'\\')) return false;
        text_[size_] = 0;
        return true;
    }
    const WCHAR* text() const { return text_; }
    SIZE_T size() const { return size_; }

private:
    bool put(WCHAR c) {
        if (size_ + 1 >= max_path) return false;
        text_[size_++] = c;
        return true;
    }
    bool component(const WCHAR* text, SIZE_T count, bool last) {
        if (count == 1 && text[0] == '.') return true;
        if (count == 2 && text[0] == '.' && text[1] == '.') {
            while (size_ > root_ && text_[size_ - 1] != '\\')
                --size_;
            if (size_ > root_) --size_;
            return true;
        }
        if (!last && text[count - 1] == '.') --count;
        while (last && count && (text[count - 1] == '.' || text[count - 1] == ' '))
            --count;
        if (size_ > root_ && !put(u'\\')) return false;
        for (SIZE_T i = 0; i < count; ++i) {
            if (!put(text[i])) return false;
        }
        return true;
    }

    WCHAR text_[max_path];
    SIZE_T size_ = 0;
    SIZE_T root_ = 0;
};

// Characters of "\\server\share\" at the start of a UNC path.
SIZE_T unc_root(const WCHAR* path) {
    SIZE_T at = 2;
    for (unsigned part = 0; part < 2; ++part) {
        while (path[at] && !separator(path[at]))
            ++at;
        if (!path[at]) return at;
        ++at;
    }
    return at;
}

struct CurrentDirectory {
    CurrentDirectory() { RtlAcquirePebLock(); }
    ~CurrentDirectory() { RtlReleasePebLock(); }
    CurrentDirectory(const CurrentDirectory&) = delete;
    CurrentDirectory& operator=(const CurrentDirectory&) = delete;
    UNICODE_STRING& path() const { return peb()->ProcessParameters->CurrentDirectory.DosPath; }
};

// The current directory as text; the system drive's root when the process has none.
void current_directory(WCHAR (&text)[max_path]) {
    CurrentDirectory current;
    const UNICODE_STRING& path = current.path();
    SIZE_T count = path.Length / sizeof(WCHAR);
    if (count >= max_path) count = max_path - 1;
    copy(text, path.Buffer, count * sizeof(WCHAR));
    text[count] = 0;
    if (!count) crt::copy(text, u"C:\\");
}

bool build_relative(Builder& builder, const WCHAR* path) {
    WCHAR current[max_path];
    current_directory(current);
    if (is_nt_path(current))
        return builder.root(u"\\", 1) && builder.components(current) && builder.components(path);
    return builder.root(current, current[0] ? 3 : 0) && builder.components(current + (current[0] ? 3 : 0)) &&
           builder.components(path);
}

// Relative to another drive's current directory, which the environment keeps as "=X:".
bool build_drive_relative(Builder& builder, const WCHAR* path) {
    WCHAR current[max_path];
    current_directory(current);
    if (crt::upper(current[0]) == crt::upper(path[0]) && current[1] == ':')
        return build_relative(builder, path + 2);
    const WCHAR name[] = {u'=', static_cast<WCHAR>(crt::upper(path[0])), u':'};
    SIZE_T count = 0;
    if (NT_SUCCESS(RtlQueryEnvironmentVariable(nullptr, name, 3, current, max_path, &count)) && count >= 3) {
        return builder.root(current, 3) && builder.components(current + 3) && builder.components(path + 2);
    }
    const WCHAR root[] = {path[0], u':', u'\\'};
    return builder.root(root, 3) && builder.components(path + 2);
}

bool build_full(Builder& builder, const WCHAR* path) {
    switch (RtlDetermineDosPathNameType_U(path)) {
        case RtlPathTypeUncAbsolute: {
            const SIZE_T root = unc_root(path);
            return builder.root(path, root) && builder.components(path + root);
        }
        case RtlPathTypeDriveAbsolute:
            return builder.root(path, 3) && builder.components(path + 3);
        case RtlPathTypeDriveRelative:
            return build_drive_relative(builder, path);
        case RtlPathTypeRooted: {
            WCHAR current[max_path];
            current_directory(current);
            const bool drive = current[0] && current[1] == ':';
            return (drive ? builder.root(current, 3) : builder.root(u"C:\\", 3)) &&
                   builder.components(path + 1);
        }
        case RtlPathTypeLocalDevice:
            return builder.root(path, 4) && builder.components(path + 4);
        case RtlPathTypeRootLocalDevice:
            return builder.root(u"\\\\.\\", 4);
        default:
            return build_relative(builder, path);
    }
}

bool ends_in_separator(const WCHAR* path) {
    const SIZE_T count = length(path);
    return count && separator(path[count - 1]);
}

// The DOS device a path's last component names: offset and length in characters of the whole, 0 if it is
// none.
ULONG dos_device(const WCHAR* name, SIZE_T count) {
    while (count && (name[count - 1] == ' ' || name[count - 1] == ':' || name[count - 1] == '.'))
        --count;
    for (SIZE_T i = 0; i < count; ++i) {
        if (name[i] != '.' && name[i] != ':') continue;
        count = i;
        while (count && name[count - 1] == ' ')
            --count;
    }
    const auto is = [&](const WCHAR* device) {
        return count == length(device) && crt::compare_folded(name, device, count) == 0;
    };
    if (is(u"con") || is(u"prn") || is(u"aux") || is(u"nul") || is(u"conin$") || is(u"conout$")) {
        return static_cast<ULONG>(count);
    }
    if (count == 4 &&
        (crt::compare_folded(name, u"com", 3) == 0 || crt::compare_folded(name, u"lpt", 3) == 0)) {
        return name[3] >= '1' && name[3] <= '9' ? 4 : 0;
    }
    return 0;
}

WCHAR* file_part(WCHAR* path) {
    WCHAR* part = path;
    for (WCHAR* at = path; *at; ++at) {
        if (separator(*at)) part = at + 1;
    }
    return *part ? part : nullptr;
}

NTSTATUS to_nt_path(const WCHAR* prefix, const WCHAR* rest, SIZE_T rest_count, PUNICODE_STRING out) {
    const SIZE_T prefix_count = length(prefix);
    const SIZE_T bytes = (prefix_count + rest_count) * sizeof(WCHAR);
    if (bytes + sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES) return STATUS_NAME_TOO_LONG;
    auto* buffer = static_cast<PWSTR>(RtlAllocateHeap(process_heap(), 0, bytes + sizeof(WCHAR)));
    if (!buffer) return STATUS_NO_MEMORY;
    copy(buffer, prefix, prefix_count * sizeof(WCHAR));
    copy(buffer + prefix_count, rest, rest_count * sizeof(WCHAR));
    buffer[bytes / sizeof(WCHAR)] = 0;
    *out = {static_cast<USHORT>(bytes), static_cast<USHORT>(bytes + sizeof(WCHAR)), buffer};
    return STATUS_SUCCESS;
}

NTSTATUS convert(const WCHAR* path, PUNICODE_STRING out) {
    if (!path || !*path) return STATUS_OBJECT_NAME_INVALID;
    // \\?\ and \??\ paths are taken as they are.
    if (crt::compare(path, u"\\\\?\\", 4) == 0) return to_nt_path(u"\\??\\", path + 4, length(path + 4), out);
    if (is_nt_path(path)) return to_nt_path(u"", path, length(path), out);
    if (const ULONG device = RtlIsDosDeviceName_U(path)) {
        return to_nt_path(u"\\??\\", path + (device >> 16) / sizeof(WCHAR), (device & 0xffff) / sizeof(WCHAR),
                          out);
    }
    Builder builder;
    if (!build_full(builder, path) || !builder.finish(ends_in_separator(path))) return STATUS_NAME_TOO_LONG;
    const WCHAR* full = builder.text();
    if (is_nt_path(full)) return to_nt_path(u"", full, builder.size(), out);
    if (separator(full[0]) && (full[2] == '.' || full[2] == '?') && separator(full[3])) {
        return to_nt_path(u"\\??\\", full + 4, builder.size() - 4, out);
    }
    if (separator(full[0])) return to_nt_path(u"\\??\\UNC\\", full + 2, builder.size() - 2, out);
    return to_nt_path(u"\\??\\", full, builder.size(), out);
}

}  // namespace

bool is_nt_path(const WCHAR* path) {
    if (path[0] != '\\' || separator(path[1])) return false;
    return starts_with(path, u"\\??") || starts_with(path, u"\\SystemRoot") ||
           starts_with(path, u"\\Device") || starts_with(path, u"\\DosDevices") ||
           starts_with(path, u"\\GLOBAL??");
}

}  // namespace rtl

extern "C" {

RTL_PATH_TYPE NTAPI RtlDetermineDosPathNameType_U(PCWSTR Path) {
    using rtl::separator;
    if (separator(Path[0])) {
        if (!separator(Path[1])) return RtlPathTypeRooted;
        if (Path[2] != '.' && Path[2] != '?') return RtlPathTypeUncAbsolute;
        if (separator(Path[3])) return RtlPathTypeLocalDevice;
        return Path[3] ? RtlPathTypeUncAbsolute : RtlPathTypeRootLocalDevice;
    }
    if (!Path[0] || Path[1] != ':') return RtlPathTypeRelative;
    return separator(Path[2]) ? RtlPathTypeDriveAbsolute : RtlPathTypeDriveRelative;
}

// The device's offset in the path in the high word, its length in the low one, both in bytes.
ULONG NTAPI RtlIsDosDeviceName_U(PCWSTR Path) {
    const RTL_PATH_TYPE type = RtlDetermineDosPathNameType_U(Path);
    if (type == RtlPathTypeUncAbsolute || type == RtlPathTypeLocalDevice || type == RtlPathTypeUnknown)
        return 0;
    if (type == RtlPathTypeRootLocalDevice) return 0;
    const SIZE_T count = rtl::length(Path);
    SIZE_T start = count;
    while (start && !rtl::separator(Path[start - 1]))
        --start;
    if (start == 0 && type == RtlPathTypeDriveRelative) start = 2;
    const ULONG size = rtl::dos_device(Path + start, count - start);
    if (!size) return 0;
    return static_cast<ULONG>(start * sizeof(WCHAR)) << 16 | size * static_cast<ULONG>(sizeof(WCHAR));
}

// Returns the size in bytes without terminator, or what is needed with one when the buffer is too small.
ULONG NTAPI RtlGetFullPathName_U(PCWSTR Path, ULONG BufferBytes, PWSTR Buffer, PWSTR* FilePart) {
    if (FilePart) *FilePart = nullptr;
    if (!Path || rtl::is_blank(Path)) return 0;
    rtl::Builder builder;
    bool built;
    const ULONG device = RtlIsDosDeviceName_U(Path);
    if (device) {
        WCHAR name[16] = {};
        rtl::copy(name, reinterpret_cast<const char*>(Path) + (device >> 16), device & 0xffff);
        built = builder.root(u"\\\\.\\", 4) && builder.components(name) && builder.finish(false);
    } else if (rtl::is_nt_path(Path)) {
        built = builder.root(u"\\", 1) && builder.components(Path) &&
                builder.finish(rtl::ends_in_separator(Path));
    } else {
        built = rtl::build_full(builder, Path) && builder.finish(rtl::ends_in_separator(Path));
    }
    if (!built) return 0;
    const ULONG bytes = static_cast<ULONG>(builder.size() * sizeof(WCHAR));
    if (bytes + sizeof(WCHAR) > BufferBytes) return bytes + sizeof(WCHAR);
    rtl::copy(Buffer, builder.text(), bytes + sizeof(WCHAR));
    if (FilePart && !device) *FilePart = rtl::file_part(Buffer);
    return bytes;
}

NTSTATUS NTAPI RtlDosPathNameToNtPathName_U_WithStatus(PCWSTR DosPath, PUNICODE_STRING NtPath,
                                                       PWSTR* FilePart, PRTL_RELATIVE_NAME_U RelativeName) {
    if (RelativeName) *RelativeName = {};
    const NTSTATUS status = rtl::convert(DosPath, NtPath);
    if (NT_SUCCESS(status) && FilePart) *FilePart = rtl::file_part(NtPath->Buffer);
    return status;
}

BOOLEAN NTAPI RtlDosPathNameToNtPathName_U(PCWSTR DosPath, PUNICODE_STRING NtPath, PWSTR* FilePart,
                                           PRTL_RELATIVE_NAME_U RelativeName) {
    return NT_SUCCESS(RtlDosPathNameToNtPathName_U_WithStatus(DosPath, NtPath, FilePart, RelativeName));
}

ULONG NTAPI RtlGetCurrentDirectory_U(ULONG BufferBytes, PWSTR Buffer) {
    rtl::CurrentDirectory current;
    const UNICODE_STRING& path = current.path();
    SIZE_T bytes = path.Length;
    // The final separator shows only in the root of a drive.
    if (bytes > 3 * sizeof(WCHAR) && rtl::separator(path.Buffer[bytes / sizeof(WCHAR) - 1]))
        bytes -= sizeof(WCHAR);
    if (bytes + sizeof(WCHAR) > BufferBytes) return static_cast<ULONG>(bytes + sizeof(WCHAR));
    rtl::copy(Buffer, path.Buffer, bytes);
    Buffer[bytes / sizeof(WCHAR)] = 0;
    return static_cast<ULONG>(bytes);
}

NTSTATUS NTAPI RtlSetCurrentDirectory_U(PCUNICODE_STRING Path) {
    WCHAR given[rtl::max_path];
    WCHAR full[rtl::max_path + 1];
    if (Path->Length >= sizeof(given)) return STATUS_NAME_TOO_LONG;
    rtl::copy(given, Path->Buffer, Path->Length);
    given[Path->Length / sizeof(WCHAR)] = 0;
    ULONG bytes = RtlGetFullPathName_U(given, sizeof(full) - sizeof(WCHAR), full, nullptr);
    if (!bytes || bytes >= sizeof(full) - sizeof(WCHAR)) return STATUS_OBJECT_NAME_INVALID;
    UNICODE_STRING nt;
    NTSTATUS status = RtlDosPathNameToNtPathName_U_WithStatus(full, &nt, nullptr, nullptr);
    if (!NT_SUCCESS(status)) return status;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &nt, OBJ_CASE_INSENSITIVE | OBJ_INHERIT, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    HANDLE directory;
    status =
        NtOpenFile(&directory, FILE_TRAVERSE | SYNCHRONIZE, &attributes, &io,
                   FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    RtlFreeUnicodeString(&nt);
    if (!NT_SUCCESS(status)) return status;
    if (!rtl::separator(full[bytes / sizeof(WCHAR) - 1])) {
        full[bytes / sizeof(WCHAR)] = u'\\';
        bytes += sizeof(WCHAR);
        full[bytes / sizeof(WCHAR)] = 0;
    }
    rtl::CurrentDirectory current;
    UNICODE_STRING& path = current.path();
    HANDLE& handle = rtl::peb()->ProcessParameters->CurrentDirectory.Handle;
    if (bytes + sizeof(WCHAR) > path.MaximumLength) {
        NtClose(directory);
        return STATUS_NAME_TOO_LONG;
    }
    rtl::copy(path.Buffer, full, bytes + sizeof(WCHAR));
    path.Length = static_cast<USHORT>(bytes);
    const HANDLE previous = handle;
    handle = directory;
    if (previous) NtClose(previous);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlDoesFileExists_U(PCWSTR Path) {
    UNICODE_STRING nt;
    if (!RtlDosPathNameToNtPathName_U(Path, &nt, nullptr, nullptr)) return FALSE;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &nt, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    FILE_BASIC_INFORMATION information;
    const NTSTATUS status = NtQueryAttributesFile(&attributes, &information);
    RtlFreeUnicodeString(&nt);
    return NT_SUCCESS(status) || status == STATUS_SHARING_VIOLATION || status == STATUS_ACCESS_DENIED;
}

// Tries `Name` (with `Extension` when it has none) in each folder of the search path.
ULONG NTAPI RtlDosSearchPath_U(PCWSTR Path, PCWSTR Name, PCWSTR Extension, ULONG BufferBytes, PWSTR Buffer,
                               PWSTR* FilePart) {
    WCHAR candidate[rtl::max_path];
    const bool has_extension = crt::find(Name, u'.') != nullptr;
    const WCHAR* extension = !has_extension && Extension ? Extension : u"";
    if (RtlDetermineDosPathNameType_U(Name) != RtlPathTypeRelative) {
        return RtlDoesFileExists_U(Name) ? RtlGetFullPathName_U(Name, BufferBytes, Buffer, FilePart) : 0;
    }
    while (*Path) {
        SIZE_T count = 0;
        while (Path[count] && Path[count] != ';')
            ++count;
        const SIZE_T total = count + 1 + rtl::length(Name) + rtl::length(extension) + 1;
        if (count && total <= rtl::max_path) {
            rtl::copy(candidate, Path, count * sizeof(WCHAR));
            if (!rtl::separator(candidate[count - 1])) candidate[count++] = u'\\';
            candidate[count] = 0;
            crt::append(crt::append(candidate, Name), extension);
            if (RtlDoesFileExists_U(candidate))
                return RtlGetFullPathName_U(candidate, BufferBytes, Buffer, FilePart);
        }
        while (*Path && *Path != ';')
            ++Path;
        if (*Path) ++Path;
    }
    return 0;
}

PWSTR NTAPI RtlGetNtSystemRoot(void) {
    return const_cast<PWSTR>(USER_SHARED_DATA->NtSystemRoot);
}

}  // extern "C"
