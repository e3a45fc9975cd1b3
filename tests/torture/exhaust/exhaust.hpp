// SPDX-License-Identifier: GPL-3.0-only
//
// Kinds of memory that a program can use up, each by what makes the next piece of it.
#pragma once

#include "abi/nt/ntdll.h"
#include "apps/common/format.hpp"
#include "apps/common/native.hpp"

namespace exhaust {

using app::View;

constexpr SIZE_T kPage = 4096;

// One kind. `more` makes the next piece, which stays until the process ends; a failure is the end of memory.
struct Kind {
    const WCHAR* name;
    NTSTATUS (*more)(ULONG index);
};
struct Kinds {
    const Kind* first;
    SIZE_T count;
};
Kinds object_kinds();
Kinds memory_kinds();
Kinds queue_kinds();
Kinds program_kinds();

// "stem123"
app::Text numbered(View stem, ULONG number);
// Starts this program with these words, inheriting nothing, suspended or not. The caller closes both handles.
NTSTATUS start_self(View words, bool suspended, RTL_USER_PROCESS_INFORMATION& process);

}  // namespace exhaust
