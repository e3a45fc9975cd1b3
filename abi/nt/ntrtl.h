// SPDX-License-Identifier: GPL-3.0-only
// The run-time library that ntdll.dll exports, by subject. Strings are counted; lengths are in bytes unless
// a parameter says characters. Functions that allocate use the process heap.
#pragma once

#include "abi/nt/ntrtl_data.h"
#include "abi/nt/ntrtl_heap.h"
#include "abi/nt/ntrtl_process.h"
#include "abi/nt/ntrtl_security.h"
#include "abi/nt/ntrtl_seh.h"
#include "abi/nt/ntrtl_string.h"
#include "abi/nt/ntrtl_sync.h"
#include "abi/nt/ntrtl_system.h"
