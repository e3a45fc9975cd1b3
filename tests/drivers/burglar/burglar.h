// SPDX-License-Identifier: GPL-3.0-only
//
// burglar.sys: from inside a driver host it tries what no driver may do, by the Executive's services as its
// thread can call them, beside the runtime. The program that asks says which attempt; the answer says what it
// was, what came of it and what is documented.
#pragma once

// METHOD_BUFFERED. In: a ULONG, the number of the attempt, from 0 on. Out: BURGLAR_RESULT.
// STATUS_NO_MORE_ENTRIES behind the last.
#define BURGLAR_TRY 0x222004u

typedef struct _BURGLAR_RESULT {
    char Victim[24];
    char Attempt[72];
    long Status;
    long Documented;
} BURGLAR_RESULT;
