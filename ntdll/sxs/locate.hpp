// SPDX-License-Identifier: GPL-3.0-only
// Where manifests and assemblies lie: in resources, in files of their own, in the program's folder, in
// WinSxS.
#pragma once

#include "ntdll/sxs/manifest.hpp"

namespace sxs {

// Bytes of a manifest, copied into an arena, with where they are from.
struct Source {
    const void* bytes;
    ULONG size;
    Text path;  // a DOS path
    LARGE_INTEGER written;
};

// A manifest of the module mapped at `base`: RT_MANIFEST, `name` (an identifier or a pointer to a name), any
// language unless one is given. The statuses of LdrFindResource_U.
NTSTATUS read_resource(PVOID base, ULONG_PTR name, USHORT language, Arena& arena, Source& source);
// The same of an image file that need not be one of this machine's.
NTSTATUS read_image_file(Text path, ULONG_PTR name, USHORT language, Arena& arena, Source& source);
// A whole file of one MB at most.
NTSTATUS read_file(Text path, Arena& arena, Source& source);

// The full path with a zero behind it. Empty when there is none or memory runs out.
Text full_path(Text path, Arena& arena);
// Up to the last separator, with it.
Text folder_of(Text path);
Text join(Arena& arena, Text first, Text second, Text third = {}, Text fourth = {});

// Reads the manifest of a shared or private assembly into `found`: of WinSxS the highest version with the
// same first two numbers that is not below the one asked for, then those in `folder` as the documented search
// has them. STATUS_SXS_ASSEMBLY_NOT_FOUND if nobody has it.
NTSTATUS find_assembly(const Identity& wanted, Text folder, Arena& arena, Assembly& found);

}  // namespace sxs
