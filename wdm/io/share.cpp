// SPDX-License-Identifier: GPL-3.0-only
//
// Share access of files, for file system drivers.
#include "abi/nt/ntstatus.h"
#include "abi/wdm/pnptypes.h"

namespace {

constexpr ULONG kReadAccess = 0x0001 | 0x0020;   // FILE_READ_DATA | FILE_EXECUTE
constexpr ULONG kWriteAccess = 0x0002 | 0x0004;  // FILE_WRITE_DATA | FILE_APPEND_DATA
constexpr ULONG kShareRead = 1, kShareWrite = 2, kShareDelete = 4;

struct Access {
    bool read, write, remove, share_read, share_write, share_delete;
    bool any() const { return read || write || remove; }
};

Access wanted(ACCESS_MASK access, ULONG share) {
    return {(access & kReadAccess) != 0, (access & kWriteAccess) != 0, (access & DELETE) != 0,
            (share & kShareRead) != 0,   (share & kShareWrite) != 0,   (share & kShareDelete) != 0};
}

void note(FILE_OBJECT& file, const Access& access) {
    file.ReadAccess = access.read;
    file.WriteAccess = access.write;
    file.DeleteAccess = access.remove;
    if (!access.any()) return;
    file.SharedRead = access.share_read;
    file.SharedWrite = access.share_write;
    file.SharedDelete = access.share_delete;
}

// Counts the file's access in (`step` 1) or out (-1).
void count(const FILE_OBJECT& file, SHARE_ACCESS& share, ULONG step) {
    if (!file.ReadAccess && !file.WriteAccess && !file.DeleteAccess) return;
    share.OpenCount += step;
    share.Readers += file.ReadAccess ? step : 0;
    share.Writers += file.WriteAccess ? step : 0;
    share.Deleters += file.DeleteAccess ? step : 0;
    share.SharedRead += file.SharedRead ? step : 0;
    share.SharedWrite += file.SharedWrite ? step : 0;
    share.SharedDelete += file.SharedDelete ? step : 0;
}

bool conflicts(const Access& access, const SHARE_ACCESS& share) {
    return (access.read && share.SharedRead < share.OpenCount) ||
           (access.write && share.SharedWrite < share.OpenCount) ||
           (access.remove && share.SharedDelete < share.OpenCount) ||
           (share.Readers != 0 && !access.share_read) || (share.Writers != 0 && !access.share_write) ||
           (share.Deleters != 0 && !access.share_delete);
}

}  // namespace

extern "C" {

NTSTATUS IoCheckShareAccess(ACCESS_MASK desired, ULONG share_mode, PFILE_OBJECT file, PSHARE_ACCESS share,
                            BOOLEAN update) {
    Access access = wanted(desired, share_mode);
    note(*file, access);
    if (!access.any()) return STATUS_SUCCESS;
    if (conflicts(access, *share)) return STATUS_SHARING_VIOLATION;
    if (update) count(*file, *share, 1);
    return STATUS_SUCCESS;
}

VOID IoSetShareAccess(ACCESS_MASK desired, ULONG share_mode, PFILE_OBJECT file, PSHARE_ACCESS share) {
    note(*file, wanted(desired, share_mode));
    *share = {};
    count(*file, *share, 1);
}

VOID IoUpdateShareAccess(PFILE_OBJECT file, PSHARE_ACCESS share) {
    count(*file, *share, 1);
}

VOID IoRemoveShareAccess(PFILE_OBJECT file, PSHARE_ACCESS share) {
    count(*file, *share, ~0u);
}

}  // extern "C"
