// SPDX-License-Identifier: GPL-3.0-only
// Host tests: the kernel's doors are ordinary functions; sanitizers know no other.
#pragma once

#define ARCH_KEEPS_NOTHING
