// SPDX-License-Identifier: GPL-3.0-only
// NTSTATUS to Win32 error code, sorted by status.
#include "ntdll/ntdll.hpp"

namespace {

struct Pair {
    ULONG status;
    ULONG error;
};

constexpr ULONG no_translation = 317;  // ERROR_MR_MID_NOT_FOUND

constexpr Pair pairs[] = {
    {static_cast<ULONG>(STATUS_SUCCESS), 0},
    {static_cast<ULONG>(STATUS_WAIT_1), 1},
    {static_cast<ULONG>(STATUS_ABANDONED_WAIT_0), 735},
    {static_cast<ULONG>(STATUS_USER_APC), 737},
    {static_cast<ULONG>(STATUS_TIMEOUT), 258},
    {static_cast<ULONG>(STATUS_PENDING), 997},
    {static_cast<ULONG>(STATUS_MORE_ENTRIES), 234},
    {static_cast<ULONG>(STATUS_NOT_ALL_ASSIGNED), 1300},
    {static_cast<ULONG>(STATUS_SOME_NOT_MAPPED), 1301},
    {static_cast<ULONG>(STATUS_NOTIFY_ENUM_DIR), 1022},
    {static_cast<ULONG>(STATUS_OBJECT_NAME_EXISTS), 698},
    {static_cast<ULONG>(STATUS_IMAGE_NOT_AT_BASE), 700},
    {static_cast<ULONG>(STATUS_GUARD_PAGE_VIOLATION), 0x80000001u},
    {static_cast<ULONG>(STATUS_DATATYPE_MISALIGNMENT), 998},
    {static_cast<ULONG>(STATUS_BREAKPOINT), 0x80000003u},
    {static_cast<ULONG>(STATUS_SINGLE_STEP), 0x80000004u},
    {static_cast<ULONG>(STATUS_BUFFER_OVERFLOW), 234},
    {static_cast<ULONG>(STATUS_NO_MORE_FILES), 18},
    {static_cast<ULONG>(STATUS_PARTIAL_COPY), 299},
    {static_cast<ULONG>(STATUS_DEVICE_BUSY), 170},
    {static_cast<ULONG>(STATUS_INVALID_EA_NAME), 254},
    {static_cast<ULONG>(STATUS_NO_MORE_ENTRIES), 259},
    {static_cast<ULONG>(STATUS_UNSUCCESSFUL), 31},
    {static_cast<ULONG>(STATUS_NOT_IMPLEMENTED), 1},
    {static_cast<ULONG>(STATUS_INVALID_INFO_CLASS), 87},
    {static_cast<ULONG>(STATUS_INFO_LENGTH_MISMATCH), 24},
    {static_cast<ULONG>(STATUS_ACCESS_VIOLATION), 998},
    {static_cast<ULONG>(STATUS_IN_PAGE_ERROR), 999},
    {static_cast<ULONG>(STATUS_PAGEFILE_QUOTA), 1454},
    {static_cast<ULONG>(STATUS_INVALID_HANDLE), 6},
    {static_cast<ULONG>(STATUS_BAD_INITIAL_STACK), 1462},
    {static_cast<ULONG>(STATUS_INVALID_CID), 87},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER), 87},
    {static_cast<ULONG>(STATUS_NO_SUCH_DEVICE), 2},
    {static_cast<ULONG>(STATUS_NO_SUCH_FILE), 2},
    {static_cast<ULONG>(STATUS_INVALID_DEVICE_REQUEST), 1},
    {static_cast<ULONG>(STATUS_END_OF_FILE), 38},
    {static_cast<ULONG>(STATUS_WRONG_VOLUME), 34},
    {static_cast<ULONG>(STATUS_NO_MEDIA_IN_DEVICE), 21},
    {static_cast<ULONG>(STATUS_UNRECOGNIZED_MEDIA), 1785},
    {static_cast<ULONG>(STATUS_NONEXISTENT_SECTOR), 27},
    {static_cast<ULONG>(STATUS_MORE_PROCESSING_REQUIRED), 234},
    {static_cast<ULONG>(STATUS_NO_MEMORY), 8},
    {static_cast<ULONG>(STATUS_CONFLICTING_ADDRESSES), 487},
    {static_cast<ULONG>(STATUS_NOT_MAPPED_VIEW), 487},
    {static_cast<ULONG>(STATUS_UNABLE_TO_FREE_VM), 87},
    {static_cast<ULONG>(STATUS_UNABLE_TO_DELETE_SECTION), 87},
    {static_cast<ULONG>(STATUS_INVALID_SYSTEM_SERVICE), 1},
    {static_cast<ULONG>(STATUS_ILLEGAL_INSTRUCTION), 0xc000001du},
    {static_cast<ULONG>(STATUS_INVALID_LOCK_SEQUENCE), 5},
    {static_cast<ULONG>(STATUS_INVALID_VIEW_SIZE), 5},
    {static_cast<ULONG>(STATUS_INVALID_FILE_FOR_SECTION), 193},
    {static_cast<ULONG>(STATUS_ALREADY_COMMITTED), 5},
    {static_cast<ULONG>(STATUS_ACCESS_DENIED), 5},
    {static_cast<ULONG>(STATUS_BUFFER_TOO_SMALL), 122},
    {static_cast<ULONG>(STATUS_OBJECT_TYPE_MISMATCH), 6},
    {static_cast<ULONG>(STATUS_NONCONTINUABLE_EXCEPTION), 0xc0000025u},
    {static_cast<ULONG>(STATUS_NOT_LOCKED), 158},
    {static_cast<ULONG>(STATUS_NOT_COMMITTED), 487},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER_MIX), 87},
    {static_cast<ULONG>(STATUS_OBJECT_NAME_INVALID), 123},
    {static_cast<ULONG>(STATUS_OBJECT_NAME_NOT_FOUND), 2},
    {static_cast<ULONG>(STATUS_OBJECT_NAME_COLLISION), 183},
    {static_cast<ULONG>(STATUS_PORT_DISCONNECTED), 6},
    {static_cast<ULONG>(STATUS_OBJECT_PATH_INVALID), 161},
    {static_cast<ULONG>(STATUS_OBJECT_PATH_NOT_FOUND), 3},
    {static_cast<ULONG>(STATUS_OBJECT_PATH_SYNTAX_BAD), 161},
    {static_cast<ULONG>(STATUS_DATA_ERROR), 23},
    {static_cast<ULONG>(STATUS_CRC_ERROR), 23},
    {static_cast<ULONG>(STATUS_SECTION_TOO_BIG), 8},
    {static_cast<ULONG>(STATUS_PORT_CONNECTION_REFUSED), 5},
    {static_cast<ULONG>(STATUS_INVALID_PORT_HANDLE), 6},
    {static_cast<ULONG>(STATUS_SHARING_VIOLATION), 32},
    {static_cast<ULONG>(STATUS_QUOTA_EXCEEDED), 1816},
    {static_cast<ULONG>(STATUS_INVALID_PAGE_PROTECTION), 87},
    {static_cast<ULONG>(STATUS_MUTANT_NOT_OWNED), 288},
    {static_cast<ULONG>(STATUS_SEMAPHORE_LIMIT_EXCEEDED), 298},
    {static_cast<ULONG>(STATUS_PORT_ALREADY_SET), 87},
    {static_cast<ULONG>(STATUS_SECTION_NOT_IMAGE), 87},
    {static_cast<ULONG>(STATUS_SUSPEND_COUNT_EXCEEDED), 156},
    {static_cast<ULONG>(STATUS_THREAD_IS_TERMINATING), 5},
    {static_cast<ULONG>(STATUS_BAD_WORKING_SET_LIMIT), 87},
    {static_cast<ULONG>(STATUS_INCOMPATIBLE_FILE_MAP), 87},
    {static_cast<ULONG>(STATUS_SECTION_PROTECTION), 87},
    {static_cast<ULONG>(STATUS_EA_TOO_LARGE), 1392},
    {static_cast<ULONG>(STATUS_FILE_LOCK_CONFLICT), 33},
    {static_cast<ULONG>(STATUS_LOCK_NOT_GRANTED), 33},
    {static_cast<ULONG>(STATUS_DELETE_PENDING), 5},
    {static_cast<ULONG>(STATUS_INVALID_OWNER), 1307},
    {static_cast<ULONG>(STATUS_NO_SUCH_PRIVILEGE), 1313},
    {static_cast<ULONG>(STATUS_PRIVILEGE_NOT_HELD), 1314},
    {static_cast<ULONG>(STATUS_ILL_FORMED_PASSWORD), 1324},
    {static_cast<ULONG>(STATUS_NONE_MAPPED), 1332},
    {static_cast<ULONG>(STATUS_INVALID_ACL), 1336},
    {static_cast<ULONG>(STATUS_INVALID_SID), 1337},
    {static_cast<ULONG>(STATUS_INVALID_SECURITY_DESCR), 1338},
    {static_cast<ULONG>(STATUS_PROCEDURE_NOT_FOUND), 127},
    {static_cast<ULONG>(STATUS_INVALID_IMAGE_FORMAT), 193},
    {static_cast<ULONG>(STATUS_NO_TOKEN), 1008},
    {static_cast<ULONG>(STATUS_RANGE_NOT_LOCKED), 158},
    {static_cast<ULONG>(STATUS_DISK_FULL), 112},
    {static_cast<ULONG>(STATUS_SERVER_DISABLED), 1341},
    {static_cast<ULONG>(STATUS_RESOURCE_DATA_NOT_FOUND), 1812},
    {static_cast<ULONG>(STATUS_RESOURCE_TYPE_NOT_FOUND), 1813},
    {static_cast<ULONG>(STATUS_RESOURCE_NAME_NOT_FOUND), 1814},
    {static_cast<ULONG>(STATUS_INTEGER_DIVIDE_BY_ZERO), 0xc0000094u},
    {static_cast<ULONG>(STATUS_INSUFFICIENT_RESOURCES), 1450},
    {static_cast<ULONG>(STATUS_WORKING_SET_QUOTA), 1453},
    {static_cast<ULONG>(STATUS_MEDIA_WRITE_PROTECTED), 19},
    {static_cast<ULONG>(STATUS_DEVICE_NOT_READY), 21},
    {static_cast<ULONG>(STATUS_BAD_IMPERSONATION_LEVEL), 1346},
    {static_cast<ULONG>(STATUS_CANT_OPEN_ANONYMOUS), 1347},
    {static_cast<ULONG>(STATUS_INSTANCE_NOT_AVAILABLE), 231},
    {static_cast<ULONG>(STATUS_PIPE_NOT_AVAILABLE), 231},
    {static_cast<ULONG>(STATUS_INVALID_PIPE_STATE), 230},
    {static_cast<ULONG>(STATUS_PIPE_BUSY), 231},
    {static_cast<ULONG>(STATUS_ILLEGAL_FUNCTION), 1},
    {static_cast<ULONG>(STATUS_PIPE_DISCONNECTED), 233},
    {static_cast<ULONG>(STATUS_PIPE_CLOSING), 232},
    {static_cast<ULONG>(STATUS_PIPE_CONNECTED), 535},
    {static_cast<ULONG>(STATUS_PIPE_LISTENING), 536},
    {static_cast<ULONG>(STATUS_INVALID_READ_MODE), 230},
    {static_cast<ULONG>(STATUS_IO_TIMEOUT), 121},
    {static_cast<ULONG>(STATUS_FILE_FORCED_CLOSED), 38},
    {static_cast<ULONG>(STATUS_FILE_IS_A_DIRECTORY), 5},
    {static_cast<ULONG>(STATUS_NOT_SUPPORTED), 50},
    {static_cast<ULONG>(STATUS_DEVICE_DOES_NOT_EXIST), 433},
    {static_cast<ULONG>(STATUS_BAD_DEVICE_TYPE), 66},
    {static_cast<ULONG>(STATUS_NOT_SAME_DEVICE), 17},
    {static_cast<ULONG>(STATUS_FILE_RENAMED), 2},
    {static_cast<ULONG>(STATUS_CANT_WAIT), 5},
    {static_cast<ULONG>(STATUS_PIPE_EMPTY), 232},
    {static_cast<ULONG>(STATUS_UNEXPECTED_IO_ERROR), 31},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER_1), 87},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER_2), 87},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER_3), 87},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER_4), 87},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER_5), 87},
    {static_cast<ULONG>(STATUS_INVALID_PARAMETER_6), 87},
    {static_cast<ULONG>(STATUS_STACK_OVERFLOW), 1001},
    {static_cast<ULONG>(STATUS_VARIABLE_NOT_FOUND), 203},
    {static_cast<ULONG>(STATUS_DIRECTORY_NOT_EMPTY), 145},
    {static_cast<ULONG>(STATUS_FILE_CORRUPT_ERROR), 1392},
    {static_cast<ULONG>(STATUS_NOT_A_DIRECTORY), 267},
    {static_cast<ULONG>(STATUS_NAME_TOO_LONG), 206},
    {static_cast<ULONG>(STATUS_FILES_OPEN), 2401},
    {static_cast<ULONG>(STATUS_PROCESS_IS_TERMINATING), 5},
    {static_cast<ULONG>(STATUS_NO_GUID_TRANSLATION), 1360},
    {static_cast<ULONG>(STATUS_IMAGE_ALREADY_LOADED), 1056},
    {static_cast<ULONG>(STATUS_TOO_MANY_OPENED_FILES), 4},
    {static_cast<ULONG>(STATUS_CANCELLED), 995},
    {static_cast<ULONG>(STATUS_CANNOT_DELETE), 5},
    {static_cast<ULONG>(STATUS_FILE_DELETED), 5},
    {static_cast<ULONG>(STATUS_FILE_CLOSED), 6},
    {static_cast<ULONG>(STATUS_COMMITMENT_LIMIT), 1455},
    {static_cast<ULONG>(STATUS_INVALID_IMAGE_NOT_MZ), 193},
    {static_cast<ULONG>(STATUS_INVALID_IMAGE_PROTECT), 193},
    {static_cast<ULONG>(STATUS_INVALID_IMAGE_WIN_16), 193},
    {static_cast<ULONG>(STATUS_DLL_NOT_FOUND), 126},
    {static_cast<ULONG>(STATUS_ORDINAL_NOT_FOUND), 182},
    {static_cast<ULONG>(STATUS_ENTRYPOINT_NOT_FOUND), 127},
    {static_cast<ULONG>(STATUS_CONTROL_C_EXIT), 572},
    {static_cast<ULONG>(STATUS_INVALID_ADDRESS), 487},
    {static_cast<ULONG>(STATUS_DLL_INIT_FAILED), 1114},
    {static_cast<ULONG>(STATUS_PIPE_BROKEN), 109},
    {static_cast<ULONG>(STATUS_REGISTRY_CORRUPT), 1015},
    {static_cast<ULONG>(STATUS_KEY_DELETED), 1018},
    {static_cast<ULONG>(STATUS_CHILD_MUST_BE_VOLATILE), 1021},
    {static_cast<ULONG>(STATUS_IO_DEVICE_ERROR), 1117},
    {static_cast<ULONG>(STATUS_RESOURCE_LANG_NOT_FOUND), 1815},
    {static_cast<ULONG>(STATUS_CANNOT_LOAD_REGISTRY_FILE), 317},
    {static_cast<ULONG>(STATUS_NOT_FOUND), 1168},
    {static_cast<ULONG>(STATUS_RETRY), 1237},
    {static_cast<ULONG>(STATUS_HANDLE_NOT_CLOSABLE), 6},
    {static_cast<ULONG>(STATUS_NO_CALLBACK_ACTIVE), 317},
    {static_cast<ULONG>(STATUS_RESOURCE_NOT_OWNED), 288},
    {static_cast<ULONG>(STATUS_TOO_MANY_LINKS), 1142},
    {static_cast<ULONG>(STATUS_DRIVER_UNABLE_TO_LOAD), 2001},
    {static_cast<ULONG>(STATUS_NO_MATCH), 1169},
    {static_cast<ULONG>(STATUS_INSUFFICIENT_POWER), 1},
    {static_cast<ULONG>(STATUS_INVALID_IMAGE_WIN_32), 193},
    {static_cast<ULONG>(STATUS_INVALID_IMAGE_WIN_64), 193},
    {static_cast<ULONG>(STATUS_SXS_KEY_NOT_FOUND), 14007},
};

constexpr bool sorted() {
    for (SIZE_T i = 1; i < sizeof(pairs) / sizeof(pairs[0]); ++i) {
        if (pairs[i - 1].status >= pairs[i].status) return false;
    }
    return true;
}
static_assert(sorted());

}  // namespace

extern "C" {

ULONG NTAPI RtlNtStatusToDosErrorNoTeb(NTSTATUS Status) {
    const ULONG status = static_cast<ULONG>(Status);
    // Statuses that wrap a Win32 code, and codes that are none of ours.
    if (status & 0x20000000) return status;
    if (status >> 16 == 0xc007 || status >> 16 == 0x8007) return status & 0xffff;
    SIZE_T low = 0;
    for (SIZE_T high = sizeof(pairs) / sizeof(pairs[0]); low < high;) {
        const SIZE_T middle = low + (high - low) / 2;
        if (pairs[middle].status == status) return pairs[middle].error;
        if (pairs[middle].status < status) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return no_translation;
}

ULONG NTAPI RtlNtStatusToDosError(NTSTATUS Status) {
    if (PTEB teb = rtl::teb()) teb->LastStatusValue = Status;
    return RtlNtStatusToDosErrorNoTeb(Status);
}

}  // extern "C"
