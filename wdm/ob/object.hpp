// SPDX-License-Identifier: GPL-3.0-only
//
// Objects that drivers reference by pointer: threads, files, devices, drivers of this host. Each kind keeps
// its own count; this finds out which kind a pointer is by the type field that all of them begin with.
#pragma once

#include "abi/wdm/iotypes.h"

extern "C" {
LONG_PTR ObfReferenceObject(PVOID Object);
LONG_PTR ObfDereferenceObject(PVOID Object);
}
