// SPDX-License-Identifier: GPL-3.0-only
// The tables of an activation context, laid out as programs get to see them: COM and user32 read them by
// themselves.
#pragma once

#include "abi/nt/ntactctx.h"
#include "ntdll/sxs/manifest.hpp"

namespace sxs {

constexpr ULONG section_count = 12;  // by ACTIVATION_CONTEXT_SECTION_*

// Empty (null, 0) when nothing in the manifests is of its kind.
struct Section {
    char* base;
    ULONG size;
};

// Makes all sections. `seed` tells contexts apart: aliases of classes come from it. STATUS_NO_MEMORY.
NTSTATUS build_sections(const List<Assembly>& assemblies, ULONG seed, Arena& arena,
                        Section (&sections)[section_count]);

// What is found, as offsets in its section; a length of 0 when there is nothing.
struct Found {
    ULONG offset, length, roster;
};
Found find(const Section& section, Text key);
Found find(const Section& section, const GUID& key);

}  // namespace sxs
