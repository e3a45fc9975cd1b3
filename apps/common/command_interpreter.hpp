// SPDX-License-Identifier: GPL-3.0-only
//
// Which program is the command interpreter, as whoever starts programs for somebody at a console asks: what
// the variable ComSpec names.
#pragma once

#include "abi/console/condrv.h"
#include "apps/common/native.hpp"

namespace app {

// What ConsoleFlags of a program of this DOS path has, beside what it inherits.
inline ULONG console_flags_of(View image) {
    WCHAR buffer[260];
    UNICODE_STRING name = unicode(View(u"ComSpec")), value = {0, sizeof buffer, buffer};
    const bool known = NT_SUCCESS(RtlQueryEnvironmentVariable_U(nullptr, &name, &value));
    return known && View(value).equals(image) ? CONDRV_FLAG_SHELL : 0;
}

}  // namespace app
