// SPDX-License-Identifier: GPL-3.0-only
//
// The few functions of the file system library that need no cache manager: wild cards and statuses.
#include "abi/nt/ntdll.h"

extern "C" {

BOOLEAN FsRtlDoesNameContainWildCards(PUNICODE_STRING name) {
    // The last three stand for the DOS forms of * ? and .
    static constexpr WCHAR wild[] = {u'*', u'?', u'<', u'>', u'"'};
    for (USHORT i = 0; i < name->Length / sizeof(WCHAR); i++)
        for (WCHAR c : wild)
            if (name->Buffer[i] == c) return TRUE;
    return FALSE;
}

BOOLEAN FsRtlAreNamesEqual(PUNICODE_STRING first, PUNICODE_STRING second, BOOLEAN ignore_case, const WCHAR*) {
    return RtlEqualUnicodeString(first, second, ignore_case);
}

// Statuses that an exception filter may take for an answer; the others are mistakes of the driver.
BOOLEAN FsRtlIsNtstatusExpected(NTSTATUS status) {
    switch (status) {
        case STATUS_ACCESS_VIOLATION:
        case STATUS_DATATYPE_MISALIGNMENT:
        case STATUS_ILLEGAL_INSTRUCTION:
        case STATUS_INSTRUCTION_MISALIGNMENT:
            return FALSE;
        default:
            return TRUE;
    }
}

NTSTATUS FsRtlNormalizeNtstatus(NTSTATUS status, NTSTATUS generic) {
    return FsRtlIsNtstatusExpected(status) ? status : generic;
}

}  // extern "C"
