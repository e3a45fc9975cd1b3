// SPDX-License-Identifier: GPL-3.0-only
//
// The I/O component: devices, open files, requests, the boot volume and the console device, and the engine
// that lets driver processes serve requests.
#pragma once

#include "executive/io/device.hpp"
#include "executive/io/file.hpp"
#include "executive/io/irp.hpp"
#include "executive/io/open.hpp"

namespace io {

// Mounts the boot archive as \Device\BootVolume (\??\C: is its root, \SystemRoot the directory Windows in
// it), makes \Device\Console, and lets ps open images. The archive stays where it is: its pages are mapped,
// not copied. STATUS_FILE_CORRUPT_ERROR when it is no archive.
Result<void> initialize(std::span<const uint8_t> archive);

// The bytes of a file of the boot archive (name relative to \SystemRoot); empty when there is none. Valid
// before initialize(), for what must be read before files exist.
std::span<const uint8_t> archive_file(std::span<const uint8_t> archive, std::string_view name);

}  // namespace io
