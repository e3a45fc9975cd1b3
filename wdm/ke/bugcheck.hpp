// SPDX-License-Identifier: GPL-3.0-only
//
// A bug check ends this driver host and nothing else: the Executive says why on the console, starts the host
// again and issues the requests again that it had leased.
#pragma once

#include "abi/nt/ntdef.h"

namespace ke {

constexpr ULONG kIrqlNotGreaterOrEqual = 0x09;
constexpr ULONG kIrqlNotLessOrEqual = 0x0a;
constexpr ULONG kSpinLockAlreadyOwned = 0x0f;
constexpr ULONG kKmodeExceptionNotHandled = 0x1e;
constexpr ULONG kInconsistentIrp = 0x2a;
constexpr ULONG kMultipleIrpCompleteRequests = 0x44;
constexpr ULONG kNoMoreIrpStackLocations = 0x35;
constexpr ULONG kCancelStateInCompletedIrp = 0x48;
constexpr ULONG kBadPoolCaller = 0xc2;
constexpr ULONG kDriverVerifierDetectedViolation = 0xc4;
constexpr ULONG kDriverUnmappingInvalidView = 0xd7;
constexpr ULONG kDriverEntryPointMissing = 0xce;  // no import of that name: ours, near NT's driver codes
constexpr ULONG kResourceNotOwned = 0xe3;
constexpr ULONG kThreadNotMutexOwner = 0x11;

[[noreturn]] void bug_check(ULONG code, ULONG64 p1 = 0, ULONG64 p2 = 0, ULONG64 p3 = 0, ULONG64 p4 = 0);
// With a sentence for the console, e.g. the name of a missing function.
[[noreturn]] void bug_check_text(ULONG code, const char* text, const char* subject);

}  // namespace ke
