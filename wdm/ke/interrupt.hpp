// SPDX-License-Identifier: GPL-3.0-only
//
// Connecting interrupt service routines to the lines that the Executive grants.
#pragma once

#include "abi/wdm/ketypes.h"

namespace ke {

struct InterruptRequest {
    ULONG line;  // global system interrupt number
    KIRQL irql;
    KIRQL synchronize_irql;
    bool latched;
    PKSERVICE_ROUTINE routine;
    PVOID context;
};

NTSTATUS connect_interrupt(const InterruptRequest& request, PKINTERRUPT& interrupt);
void disconnect_interrupt(_KINTERRUPT& interrupt);

// The device level of an interrupt line, as the HAL gives it: lower lines are more urgent.
constexpr KIRQL device_irql(ULONG line) {
    return static_cast<KIRQL>(line < 9 ? 12 - line : 3);
}

}  // namespace ke
