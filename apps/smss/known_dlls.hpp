// SPDX-License-Identifier: GPL-3.0-only
//
// \KnownDlls: sections of the DLLs that the registry names, made once, from which the loader of every process
// takes them without a look at a folder. As on NT the directory holds a link KnownDllPath to where they come
// from.
//
//   \Registry\Machine\System\CurrentControlSet\Control\Session Manager\KnownDLLs
//       DllDirectory  REG_EXPAND_SZ  the folder, \SystemRoot\System32 when there is none
//       anything else REG_SZ         a file's name in it; one that is not there is left out
#pragma once

namespace smss {

// The sections are permanent: they outlive smss, and one that starts again finds them.
void make_known_dlls();

}  // namespace smss
