// SPDX-License-Identifier: GPL-3.0-only
// What a process knows of activation contexts that has none: it was made from no manifest, and none is
// active.
#include "ntdll/ntdll.hpp"

namespace {

// ACTIVATION_CONTEXT_INFO_CLASS (winnt.h).
enum Class : ULONG { Basic = 1, Detailed = 2, RunLevel = 5, Compatibility = 6 };

struct BasicInformation {
    HANDLE context;
    ULONG flags;
};
struct RunLevelInformation {
    ULONG flags, run_level, ui_access;
};
struct CompatibilityInformation {
    ULONG elements;
};

template <typename Information>
NTSTATUS answer(PVOID buffer, SIZE_T size, SIZE_T* needed) {
    if (needed) *needed = sizeof(Information);
    if (size < sizeof(Information)) return STATUS_BUFFER_TOO_SMALL;
    rtl::zero(buffer, sizeof(Information));
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlQueryInformationActivationContext(ULONG Flags, HANDLE Context, PVOID SubInstance,
                                                    ULONG Class, PVOID Buffer, SIZE_T BufferSize,
                                                    SIZE_T* ReturnSize);

NTSTATUS NTAPI RtlQueryInformationActivationContext(ULONG, HANDLE Context, PVOID, ULONG Class, PVOID Buffer,
                                                    SIZE_T BufferSize, SIZE_T* ReturnSize) {
    if (ReturnSize) *ReturnSize = 0;
    if (!Buffer && BufferSize) return STATUS_INVALID_PARAMETER;
    if (Context) return STATUS_INVALID_PARAMETER;
    switch (Class) {
        case Basic:
            return answer<BasicInformation>(Buffer, BufferSize, ReturnSize);
        case RunLevel:
            return answer<RunLevelInformation>(Buffer, BufferSize, ReturnSize);
        case Compatibility:
            return answer<CompatibilityInformation>(Buffer, BufferSize, ReturnSize);
        default:
            return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG Flags, HANDLE Context, PCWSTR Namespace,
                                                            PCWSTR Name, PWSTR Buffer, SIZE_T Characters,
                                                            SIZE_T* Written);
NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG Flags, const GUID* Extension, ULONG Section,
                                                     PCUNICODE_STRING Name, PVOID Data);
NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG Flags, const GUID* Extension, ULONG Section,
                                                   const GUID* Guid, PVOID Data);
NTSTATUS NTAPI RtlGetActiveActivationContext(HANDLE* Context);
void NTAPI RtlAddRefActivationContext(HANDLE Context);
void NTAPI RtlReleaseActivationContext(HANDLE Context);

NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG Flags, HANDLE, PCWSTR, PCWSTR Name, PWSTR,
                                                            SIZE_T, SIZE_T* Written) {
    if (Flags || !Name) return STATUS_INVALID_PARAMETER;
    if (Written) *Written = 0;
    return STATUS_SXS_KEY_NOT_FOUND;
}

NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG, const GUID*, ULONG, PCUNICODE_STRING Name,
                                                     PVOID) {
    return Name && Name->Buffer ? STATUS_SXS_KEY_NOT_FOUND : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG, const GUID*, ULONG, const GUID* Guid, PVOID) {
    return Guid ? STATUS_SXS_KEY_NOT_FOUND : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI RtlGetActiveActivationContext(HANDLE* Context) {
    *Context = nullptr;
    return STATUS_SUCCESS;
}

void NTAPI RtlAddRefActivationContext(HANDLE) {}
void NTAPI RtlReleaseActivationContext(HANDLE) {}

}  // extern "C"
