// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptors that NT gives the folders of its system volume (icacls shows them on any), for the boot
// volume: Windows is changed by the system and administrators alone, everybody makes folders in the root and
// files below these.
#pragma once

#include "base/descriptor.hpp"
#include "executive/prelude.hpp"

namespace io {

enum class Folder : uint8_t { Root, Windows, Temp, Users, Public };

Result<Vector<uint8_t>> default_descriptor(Folder folder);

}  // namespace io
