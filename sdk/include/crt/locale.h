// SPDX-License-Identifier: GPL-3.0-only
//
// Empty on purpose: libc++ includes <locale.h>, and nothing of it exists in freestanding code.
#pragma once
