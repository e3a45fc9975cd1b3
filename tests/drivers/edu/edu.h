// SPDX-License-Identifier: GPL-3.0-only
//
// edu.sys drives QEMU's `edu` device, a PCI function whose only purpose is to be driven: it moves up to 4095
// bytes between memory and a buffer of its own, 100 ms after it was told to. The driver can be told to die
// meanwhile.
#pragma once

#define EDU_BYTE 0xed
#define EDU_SIZE 2048

#define EDU_CODE(function) (0x222000u | ((function) << 2))

// One ULONG out each, METHOD_BUFFERED.
// Moves a pattern from a common buffer into the device and back to another place of it, and says how many
// bytes came back wrong.
#define EDU_ROUND EDU_CODE(1)
// Tells the device to fill a common buffer with EDU_BYTE, and ends its host 5 ms later.
#define EDU_DIE EDU_CODE(2)
// Bytes of its common buffer that are not as it left them. REQUIRES: EDU_ROUND has not been asked.
#define EDU_STRAYS EDU_CODE(3)

// A direct read of at least EDU_SIZE bytes at the start of a page, from this offset: tells the device to fill
// it and ends the host. When it is issued again, to a process that has never been asked for EDU_ROUND, it is
// answered and nothing is done.
#define EDU_READ_AND_DIE 0x1000
