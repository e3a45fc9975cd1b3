// SPDX-License-Identifier: GPL-3.0-only
//
// A driver host's first code. The Executive has made this process for one driver, or for a stack of drivers
// that share memory; which, it says through the ring.
#include "abi/nt/ntdll.h"
#include "wdm/ke/thread.hpp"
#include "wdm/platform/executive.hpp"
#include "wdm/ps/process.hpp"
#include "wdm/pump/emulate.hpp"
#include "wdm/pump/lease.hpp"
#include "wdm/pump/threads.hpp"

extern "C" VOID NTAPI NtProcessStartup(PPEB) {
    WDM_ATTACH attach{};
    NTSTATUS status = platform::attach(attach);
    if (!NT_SUCCESS(status))
        NtTerminateProcess(NtCurrentProcess(), status);  // no driver host: started by hand
    ke::current();
    ps::host();
    pump::install_emulator();
    pump::attach_ring(*reinterpret_cast<WDM_RING*>(attach.Ring));
    pump::run();
}
