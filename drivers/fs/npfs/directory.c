// SPDX-License-Identifier: GPL-3.0-only
//
// The folder of all pipes. A handle's place in it is an index: pipes that come and go meanwhile may be missed
// or seen twice, as on NT.
#include "drivers/fs/npfs/npfs.h"

NTSTATUS NTAPI NpDirectory(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return NpComplete(Irp, STATUS_NOT_IMPLEMENTED, 0);
}
