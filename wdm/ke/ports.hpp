// SPDX-License-Identifier: GPL-3.0-only
//
// I/O ports of the host. A port can be used when the Executive grants it: from the resources of a started
// device, or because the driver's service key lists it; the range's capability is then kept for the host's
// lifetime.
#pragma once

#include "abi/nt/ntdef.h"

namespace ke {

// Asks for a range in advance; refusal shows on first use.
void claim_ports(USHORT first, USHORT last);
// `bytes` is 1, 2 or 4. False when the host does not own the port.
bool read_port(USHORT port, ULONG bytes, ULONG& value);
bool write_port(USHORT port, ULONG bytes, ULONG value);

}  // namespace ke
