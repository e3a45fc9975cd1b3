// SPDX-License-Identifier: GPL-3.0-only
//
// What a driver host asks about whose request it has (NtWdmQuerySubject and its like).
#pragma once

#include "abi/nt/ntdef.h"

// Which of his tokens: the one that he acts with, his process's, his thread's.
#define WDM_SUBJECT_EFFECTIVE 0u
#define WDM_SUBJECT_PRIMARY 1u
#define WDM_SUBJECT_IMPERSONATION 2u
