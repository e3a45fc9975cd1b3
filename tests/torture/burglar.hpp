// SPDX-License-Identifier: GPL-3.0-only
//
// What the burglars share: an attempt and the status that NT documents for it.
#pragma once

#include "tests/system/test.h"

namespace burglar {

inline int attempts;

inline void expect(const char* what, NTSTATUS status, NTSTATUS documented) {
    ++attempts;
    if (status == documented) return;
    test::running_failed = true;
    test::print("FAIL %s: %x, not %x", what, static_cast<ULONG>(status), static_cast<ULONG>(documented));
}

}  // namespace burglar
