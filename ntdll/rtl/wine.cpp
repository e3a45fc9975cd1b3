// SPDX-License-Identifier: GPL-3.0-only
// What Debian's libwine DLLs ask of ntdll beyond NT: their debug channels, which are all off here, and the
// names of a host system that there is not.
#include "ntdll/crt/text.hpp"
#include "ntdll/ntdll.hpp"

extern "C" {

UCHAR __wine_dbg_get_channel_flags(PVOID Channel);
const char* __wine_dbg_strdup(const char* Text);
int __wine_dbg_output(const char* Text);
int __wine_dbg_header(int Class, PVOID Channel, const char* Function);
NTSTATUS NTAPI wine_nt_to_unix_file_name(const OBJECT_ATTRIBUTES* Attributes, PCHAR Name, PULONG Size,
                                         ULONG Disposition);
NTSTATUS NTAPI wine_unix_to_nt_file_name(const char* Name, PWSTR Buffer, PULONG Size);
NTSTATUS wine_server_call(PVOID Request);
const char* wine_get_version(void);
void wine_get_host_version(const char** Sysname, const char** Release);
}

namespace {

// Where a thread's debug texts are kept until the line is printed: they overwrite each other.
constexpr SIZE_T kept = 1024;
char texts[kept];
ULONG used;

}  // namespace

extern "C" {

// Which classes of messages a channel prints: none.
UCHAR __wine_dbg_get_channel_flags(PVOID) {
    return 0;
}

// A short copy that lives until others have taken its room.
const char* __wine_dbg_strdup(const char* Text) {
    const SIZE_T size = rtl::length(Text) + 1;
    if (size > kept) return "";
    ULONG at = __atomic_fetch_add(&used, static_cast<ULONG>(size), __ATOMIC_RELAXED) % kept;
    if (at + size > kept) at = 0;
    rtl::copy(texts + at, Text, size);
    return texts + at;
}

int __wine_dbg_output(const char* Text) {
    DbgPrint("%s", Text);
    return static_cast<int>(rtl::length(Text));
}

int __wine_dbg_header(int, PVOID, const char*) {
    return -1;
}

NTSTATUS NTAPI wine_nt_to_unix_file_name(const OBJECT_ATTRIBUTES*, PCHAR, PULONG, ULONG) {
    return STATUS_NOT_IMPLEMENTED;
}
NTSTATUS NTAPI wine_unix_to_nt_file_name(const char*, PWSTR, PULONG) {
    return STATUS_NOT_IMPLEMENTED;
}
NTSTATUS wine_server_call(PVOID) {
    return STATUS_NOT_IMPLEMENTED;
}
const char* wine_get_version(void) {
    return "8.0";
}
void wine_get_host_version(const char** Sysname, const char** Release) {
    if (Sysname) *Sysname = "Neptune OS";
    if (Release) *Release = "";
}

}  // extern "C"
