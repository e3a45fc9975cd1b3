// SPDX-License-Identifier: GPL-3.0-only
//
// What liar.sys is asked to do, as IOCTL codes (METHOD_BUFFERED, a ULONG in and out). It names its device
// after its service key.
#pragma once

#define LIAR_CODE(function) (0x222000u | ((function) << 2))

#define LIAR_ADD_ONE LIAR_CODE(1)         // does as it should
#define LIAR_FORGE LIAR_CODE(2)           // completes the request at hand before it is done, and once more
#define LIAR_CLAIM LIAR_CODE(3)           // says that it wrote all of a long output, and wrote nothing
#define LIAR_REPLACE_DEVICE LIAR_CODE(4)  // deletes its device and makes another of the same name
#define LIAR_ENDED_FILES LIAR_CODE(5)     // clean-ups * 0x10000 + closes of the device that was replaced
#define LIAR_NEVER_UNLOAD LIAR_CODE(6)  // from now on: says of its control requests that they pend, and spins
