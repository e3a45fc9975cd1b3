// SPDX-License-Identifier: GPL-3.0-only
//
// libc++ includes this to learn which C library it sits on: none.
#pragma once
