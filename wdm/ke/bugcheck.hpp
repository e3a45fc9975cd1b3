// SPDX-License-Identifier: GPL-3.0-only
//
// A bug check ends this driver host and nothing else: the Executive says why on the console, starts the host
// again and issues the requests again that it had leased.
#pragma once

#include <string_view>

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
constexpr ULONG kSpecialPoolCorruption = 0xc1;
constexpr ULONG kBadPoolCaller = 0xc2;
constexpr ULONG kDriverVerifierDetectedViolation = 0xc4;
constexpr ULONG kDriverUnmappingInvalidView = 0xd7;
constexpr ULONG kTimerOrDpcInvalid = 0xc7;
constexpr ULONG kIrqlUnexpectedValue = 0xc8;
constexpr ULONG kDriverVerifierIoManagerViolation = 0xc9;
constexpr ULONG kDriverUnloadedTooEarly = 0xce;  // ..._WITHOUT_CANCELLING_PENDING_OPERATIONS
constexpr ULONG kWorkerThreadReturnedAtBadIrql = 0xe1;
constexpr ULONG kWorkerInvalid = 0xe4;
// NT refuses to load such a driver, with this status; here it stops when it calls what is missing.
constexpr ULONG kDriverEntryPointMissing = 0xc0000263;  // STATUS_DRIVER_ENTRYPOINT_NOT_FOUND
constexpr ULONG kResourceNotOwned = 0xe3;
constexpr ULONG kThreadNotMutexOwner = 0x11;

[[noreturn]] void bug_check(ULONG code, ULONG64 p1 = 0, ULONG64 p2 = 0, ULONG64 p3 = 0, ULONG64 p4 = 0);
// With a sentence for the console, e.g. the name of a missing function.
[[noreturn]] void bug_check_text(ULONG code, const char* text, const char* subject);

// With a sentence that begins with the driver's name, as in \Driver\Beep.
[[noreturn]] void bug_check_driver(ULONG code, const UNICODE_STRING& driver, std::string_view what,
                                   ULONG64 p1 = 0, ULONG64 p2 = 0, ULONG64 p3 = 0, ULONG64 p4 = 0);

}  // namespace ke
