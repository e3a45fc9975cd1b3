// SPDX-License-Identifier: GPL-3.0-only
//
// Who may open a device. Each that a driver makes has a descriptor: the one it asks for, or by its type NT's
// default. It is checked when the device itself is opened, and also a name below it when the device says
// FILE_DEVICE_SECURE_OPEN; else those are its driver's to guard.
#pragma once

#include "executive/io/file.hpp"

namespace io {

// Everybody may read and write, but disks and file systems only read; administrators and the system may all.
Result<Vector<uint8_t>> default_device_security(uint32_t device_type, uint32_t characteristics);

// The system and administrators may all, others nothing.
Result<Vector<uint8_t>> guarded_device_security();

// What an opener gets of what he wants (mapped). A driver's open is the kernel's and not checked, unless it
// asks for it; but the descriptor of a device that is not its own is not for it to change (docs/security.md).
// Devices that check access by themselves (Device::checks_access) are asked afterwards.
// `call` null: the Executive asks. STATUS_ACCESS_DENIED, STATUS_PRIVILEGE_NOT_HELD,
// STATUS_BAD_IMPERSONATION_LEVEL.
Result<ACCESS_MASK> check_open(ke::Call* call, Device& device, bool names_more, const OpenOptions& options);

}  // namespace io
