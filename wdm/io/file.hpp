// SPDX-License-Identifier: GPL-3.0-only
//
// FILE_OBJECTs of this host: one for each file object of the Executive that is open on one of its devices.
// The Executive numbers them; a number is known here from IRP_MJ_CREATE to IRP_MJ_CLOSE.
#pragma once

#include "abi/wdm/iotypes.h"

namespace io {

// Makes the file object of a create request; null without memory. An older one of that number is replaced:
// after a restart of the host the Executive opens its files again.
FILE_OBJECT* open_file(ULONG64 number, DEVICE_OBJECT& device, const UNICODE_STRING& name);
FILE_OBJECT* file_of(ULONG64 number);
ULONG64 number_of(const FILE_OBJECT& file);
void close_file(FILE_OBJECT& file);

}  // namespace io
