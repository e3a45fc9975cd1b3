// SPDX-License-Identifier: GPL-3.0-only
//
// Opening keys the way RtlQueryRegistryValues and its relatives name them.
#pragma once

#include "abi/nt/ntdef.h"

namespace rtl {

// `relative_to` is RTL_REGISTRY_*; with RTL_REGISTRY_HANDLE `path` is a key handle. The caller closes `key`.
NTSTATUS open_key(ULONG relative_to, PCWSTR path, ACCESS_MASK access, bool create, HANDLE& key);

}  // namespace rtl
