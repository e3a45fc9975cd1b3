// SPDX-License-Identifier: GPL-3.0-only
//
// How a test program reports: `ok NAME` or `FAIL NAME why` for each test, then `N passed, N failed`, on
// standard output if the process has one, else on the console. Nothing allocates: the heap may be what is
// being tortured.
#pragma once

#include "abi/nt/ntdll.h"

namespace test {

// Opens the report; to be called first.
void begin(PPEB peb);

void pass(const char* name);
// `detail` is shown in hexadecimal.
void fail(const char* name, const char* why, ULONG64 detail);
void check(const char* name, bool good, const char* why = "does not hold", ULONG64 detail = 0);
// A line of its own, for a person.
void note(const char* text, ULONG64 number);

// Prints the last line and ends the process: status 0 if nothing failed.
[[noreturn]] void end();

}  // namespace test
