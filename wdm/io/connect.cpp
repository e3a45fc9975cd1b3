// SPDX-License-Identifier: GPL-3.0-only
//
// Connecting interrupts, in the old form and in the parts of the new one that describe a line.
#include "abi/nt/ntstatus.h"
#include "wdm/ke/interrupt.hpp"

typedef struct _IO_CONNECT_INTERRUPT_PARAMETERS {
    ULONG Version;
    struct {
        PVOID PhysicalDeviceObject;
        PKINTERRUPT* InterruptObject;
        PKSERVICE_ROUTINE ServiceRoutine;
        PVOID ServiceContext;
        PKSPIN_LOCK SpinLock;
        KIRQL SynchronizeIrql;
        BOOLEAN FloatingSave;
        BOOLEAN ShareVector;
        ULONG Vector;
        KIRQL Irql;
        ULONG InterruptMode;
        KAFFINITY ProcessorEnableMask;
        USHORT Group;
    } FullySpecified;
} IO_CONNECT_INTERRUPT_PARAMETERS, *PIO_CONNECT_INTERRUPT_PARAMETERS;

namespace {
constexpr ULONG kLatched = 1;  // KINTERRUPT_MODE
constexpr ULONG kFullySpecified = 1, kFullySpecifiedGroup = 4;
}  // namespace

extern "C" {

// The vector of a translated interrupt resource is its line (pnp/bus.cpp).
NTSTATUS IoConnectInterrupt(PKINTERRUPT* interrupt, PKSERVICE_ROUTINE routine, PVOID context, PKSPIN_LOCK,
                            ULONG vector, KIRQL irql, KIRQL synchronize_irql, ULONG mode, BOOLEAN, KAFFINITY,
                            BOOLEAN) {
    return ke::connect_interrupt({vector, irql, synchronize_irql, mode == kLatched, routine, context},
                                 *interrupt);
}

VOID IoDisconnectInterrupt(PKINTERRUPT interrupt) {
    ke::disconnect_interrupt(*interrupt);
}

NTSTATUS IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS parameters) {
    if (parameters->Version != kFullySpecified && parameters->Version != kFullySpecifiedGroup) {
        parameters->Version = kFullySpecified;  // what the caller should try instead
        return STATUS_NOT_SUPPORTED;
    }
    const auto& full = parameters->FullySpecified;
    return ke::connect_interrupt({full.Vector, full.Irql, full.SynchronizeIrql,
                                  full.InterruptMode == kLatched, full.ServiceRoutine, full.ServiceContext},
                                 *full.InterruptObject);
}

VOID IoDisconnectInterruptEx(PVOID parameters) {
    struct Disconnect {
        ULONG version;
        PKINTERRUPT interrupt;
    };
    ke::disconnect_interrupt(*static_cast<Disconnect*>(parameters)->interrupt);
}

}  // extern "C"
