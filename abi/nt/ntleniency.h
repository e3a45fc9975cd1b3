// SPDX-License-Identifier: GPL-3.0-only
//
// A class of NtSetInformationProcess of our own (docs/exec.md): a ULONG, 1 where the process, if it is of the
// Win32 subsystem, may read and set FileBasicInformation on handles without the right to, which libwine's
// kernelbase relies on. Its children have it too. STATUS_PRIVILEGE_NOT_HELD without SeTcbPrivilege.
#pragma once

#define ProcessFileLeniency 0x4e500001u
