// SPDX-License-Identifier: GPL-3.0-only
//
// National language support: the tables that the boot volume holds (System32\*.nls) become the sections
// \NLS\NlsSection... that NtGetNlsSectionPtr and NtInitializeNlsFiles map, and System32\apisetschema.dll the
// table of API sets. A volume without them has none: native programs do without.
#pragma once

#include "executive/io/archive.hpp"
#include "executive/io/ramfs/node.hpp"

namespace io {

// The section that a table's file becomes, for a file name such as "c_1252.nls"; empty: it is no such file.
// "NlsSectionCP1252", "NlsSectionNORM1", "NlsSectionLANG_INTL", ...
std::string_view national_section(std::string_view file, std::span<char, 32> room);

// Makes of a file of the archive what it stands for, if anything. What is wrong with it is told by the
// status.
Result<void> publish_table(const Archive::Entry& entry, ramfs::Node& file);

}  // namespace io
