// SPDX-License-Identifier: GPL-3.0-only
// Access masks: generic rights made specific, and compared.
#include "ntdll/ntdll.hpp"

extern "C" {

void NTAPI RtlMapGenericMask(PACCESS_MASK AccessMask, const GENERIC_MAPPING* Mapping) {
    ACCESS_MASK mask = *AccessMask;
    if (mask & GENERIC_READ) mask |= Mapping->GenericRead;
    if (mask & GENERIC_WRITE) mask |= Mapping->GenericWrite;
    if (mask & GENERIC_EXECUTE) mask |= Mapping->GenericExecute;
    if (mask & GENERIC_ALL) mask |= Mapping->GenericAll;
    *AccessMask = mask & ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
}

BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK Granted, ACCESS_MASK Desired) {
    return (~Granted & Desired) == 0;
}

BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK Granted, ACCESS_MASK Desired) {
    return (Desired & Granted) != 0;
}

}  // extern "C"
