// SPDX-License-Identifier: GPL-3.0-only
// What Wine's DLLs ask of an ntdll beyond NT's names: debug channels, which are all off; names of a Unix
// system and a server, which are not there.
#include "ntdll/ntdll.hpp"

namespace {

constexpr SIZE_T ring_size = 0x4000;
char ring[ring_size];
ULONG ring_at;

}  // namespace

extern "C" {

UCHAR __wine_dbg_get_channel_flags(PVOID) {
    return 0;
}
int __wine_dbg_header(int, PVOID, const char*) {
    return -1;
}
int __wine_dbg_write(const char* text, ULONG size) {
    NtNeptuneLog(0, 1, text, size);
    return static_cast<int>(size);
}
int __wine_dbg_output(const char* text) {
    return __wine_dbg_write(text, static_cast<ULONG>(rtl::length(text)));
}
// Callers put some such strings into one line of output and forget them.
const char* __wine_dbg_strdup(const char* text) {
    const SIZE_T size = rtl::length(text) + 1;
    if (size > ring_size) return "";
    for (ULONG at = __atomic_load_n(&ring_at, __ATOMIC_RELAXED);;) {
        const ULONG from = at + size > ring_size ? 0 : at;
        if (!__atomic_compare_exchange_n(&ring_at, &at, static_cast<ULONG>(from + size), false,
                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            continue;
        }
        rtl::copy(ring + from, text, size);
        return ring + from;
    }
}

const char* wine_get_version(void) {
    return "8.0";
}
void wine_get_host_version(const char** system, const char** release) {
    if (system) *system = "Neptune OS";
    if (release) *release = "";
}
NTSTATUS wine_nt_to_unix_file_name(PVOID, char*, ULONG*, UINT) {
    return STATUS_NOT_IMPLEMENTED;
}
NTSTATUS wine_unix_to_nt_file_name(const char*, WCHAR*, ULONG*) {
    return STATUS_NOT_IMPLEMENTED;
}
ULONG wine_server_call(PVOID) {
    return static_cast<ULONG>(STATUS_NOT_IMPLEMENTED);
}
int wine_server_fd_to_handle(int, UINT, UINT, HANDLE*) {
    return STATUS_NOT_IMPLEMENTED;
}
int wine_server_handle_to_fd(HANDLE, UINT, int*, UINT*) {
    return STATUS_NOT_IMPLEMENTED;
}
NTSTATUS __wine_unix_spawnvp(char* const*, int) {
    return STATUS_NOT_IMPLEMENTED;
}

}  // extern "C"
