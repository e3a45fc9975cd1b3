// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's services as ntdll has them, by name: what no driver imports is called all the same.
#pragma once

#include <ntifs.h>

// Once, before the first call.
void FindNtdll(void);
// A service, or another function of ntdll's, with eleven words. STATUS_PROCEDURE_NOT_FOUND.
NTSTATUS Serve(const char* Name, const ULONG_PTR* A);

#define W(Value) ((ULONG_PTR)(Value))
#define NT(Name, ...) Serve(Name, (ULONG_PTR[11]){__VA_ARGS__})
