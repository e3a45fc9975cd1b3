// SPDX-License-Identifier: GPL-3.0-only
//
// Declared services that have no component behind them yet.
#include "executive/services.hpp"

#define UNIMPLEMENTED(name)                       \
    NTSTATUS name(ke::Call&, const name##Args&) { \
        return STATUS_NOT_IMPLEMENTED;            \
    }
#define UNIMPLEMENTED_TASK(name)                     \
    ke::Task<NTSTATUS> name(ke::Call&, name##Args) { \
        co_return STATUS_NOT_IMPLEMENTED;            \
    }

UNIMPLEMENTED_TASK(NtLoadDriver)
UNIMPLEMENTED_TASK(NtUnloadDriver)
UNIMPLEMENTED(NtWdmAllocateContiguous)
UNIMPLEMENTED(NtWdmAttach)
UNIMPLEMENTED(NtWdmBugCheck)
UNIMPLEMENTED(NtWdmClaimPorts)
UNIMPLEMENTED(NtWdmConnectInterrupt)
UNIMPLEMENTED(NtWdmCreateDevice)
UNIMPLEMENTED(NtWdmDeleteDevice)
UNIMPLEMENTED(NtWdmDisconnectInterrupt)
UNIMPLEMENTED(NtWdmFreeContiguous)
UNIMPLEMENTED(NtWdmGetPhysicalAddress)
UNIMPLEMENTED(NtWdmMapIoSpace)
UNIMPLEMENTED(NtWdmUnmapIoSpace)
