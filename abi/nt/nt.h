// SPDX-License-Identifier: GPL-3.0-only
// Every type and number of the native API in one include. What a native program includes is ntdll.h.
#pragma once

#include "abi/nt/ntdbg.h"
#include "abi/nt/ntddbeep.h"
#include "abi/nt/ntddkbd.h"
#include "abi/nt/ntdef.h"
#include "abi/nt/ntexapi.h"
#include "abi/nt/ntimage.h"
#include "abi/nt/ntioapi.h"
#include "abi/nt/ntjob.h"
#include "abi/nt/ntkeapi.h"
#include "abi/nt/ntkuser.h"
#include "abi/nt/ntldr_data.h"
#include "abi/nt/ntmmapi.h"
#include "abi/nt/ntobapi.h"
#include "abi/nt/ntpebteb.h"
#include "abi/nt/ntpsapi.h"
#include "abi/nt/ntregapi.h"
#include "abi/nt/ntreghive.h"
#include "abi/nt/ntseapi.h"
#include "abi/nt/ntstatus.h"
#include "abi/nt/ntxcapi.h"
