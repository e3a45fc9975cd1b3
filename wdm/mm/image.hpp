// SPDX-License-Identifier: GPL-3.0-only
//
// Driver images. A .sys is mapped as an image section (the Executive relocates it), its imports are bound to
// this program's exports, to ntdll through forwarders, and to further driver libraries beside it, and its
// unwind table is registered. A function that nobody exports is bound to a stub that stops this host and says
// its name, but only if the driver ever calls it.
#pragma once

#include "abi/nt/ntdef.h"

namespace mm {

struct Image {
    void* base;
    ULONG size;
    void* entry;
};

// `path` is a native path. A damaged image is STATUS_INVALID_IMAGE_FORMAT, never a fault.
NTSTATUS load_image(const UNICODE_STRING& path, Image& image);
void unload_image(void* base);
// The address a name has in ntoskrnl.exe or hal.dll, null when it is not exported.
void* system_routine(const char* name);

}  // namespace mm
