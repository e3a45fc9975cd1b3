// SPDX-License-Identifier: GPL-3.0-only
// All of ntdll.dll for a native program: the services and everything the library adds to them.
#pragma once

#include "abi/nt/nt.h"
#include "abi/nt/ntcrt.h"
#include "abi/nt/ntldr.h"
#include "abi/nt/ntrtl.h"
#include "nt/services.h"
