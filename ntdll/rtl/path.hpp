// SPDX-License-Identifier: GPL-3.0-only
// DOS paths and NT paths. An NT path is absolute in the object namespace: \SystemRoot\..., \Device\...,
// \??\C:\...
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

// Native programs name files by NT paths. A DOS path may begin with one backslash too (the current drive's
// root), so only paths below the namespace's well-known roots count.
bool is_nt_path(const WCHAR* path);

}  // namespace rtl
